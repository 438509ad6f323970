//! The databases: a shared one with every tenant's rows, and some with one tenant's rows each.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tenancy_core::tenant::TenantIdRef;

use super::{
    history::{self, HISTORY},
    locks::{Locks, Side, secure},
    places::{ACTORS, Places, connect},
    rows::Rows,
    schema::{Kind, Schema, TENANTS},
    state::{self, State},
};

pub struct World {
    pub schema: Schema,
    pub ids: Vec<Vec<Vec<i64>>>,
    /// The ids that an insert may find taken, by table and tenant.
    pub met: Vec<Vec<Vec<i64>>>,
    /// The ids and keys of rows that nobody who acts reads, by table.
    pub poisoned: Vec<Vec<(i64, i64)>>,
    /// Loads every tenant's rows.
    everybodys: String,
    /// Loads the rows that one tenant reads, by tenant.
    alone: Vec<String>,
    pub locks: Locks,
    /// Sees every tenant's rows.
    pub shared: DatabaseConnection,
    /// Logs in as the role under the policies.
    application: Option<DatabaseConnection>,
    pub actors: Vec<Actor>,
    pub baseline: State,
    state: Statement,
}

pub struct Actor {
    pub tenant: usize,
    pub side: Side,
    pub alone: DatabaseConnection,
}

impl World {
    pub async fn new(places: &Places, schema: Schema, random: &mut fastrand::Rng) -> Self {
        let mut tenants: Vec<_> = (0..TENANTS).collect();
        random.shuffle(&mut tenants);
        tenants.truncate(ACTORS);
        let rows = Rows::random(random, &schema, &tenants);
        let definition = |is_alone| schema.definition(is_alone) + &state::definition(&schema);
        let shared = connect(&places.urls[0]).await;
        run(&shared, &definition(false)).await;
        load(&shared, &rows.shared).await;
        run(&shared, &history::definition(&schema)).await;
        // PostgreSQL then tries conditions on values of all tenants while it plans.
        if schema.backend == DbBackend::Postgres && random.bool() {
            run(&shared, &schema.analysis()).await;
        }
        let application = match &places.application {
            Some((url, role)) => {
                secure(&shared, &schema, places.locks, role).await;
                Some(connect(url).await)
            }
            None => None,
        };
        let mut actors = Vec::new();
        for (tenant, url) in tenants.into_iter().zip(&places.urls[1..]) {
            let alone = connect(url).await;
            run(&alone, &definition(true)).await;
            load(&alone, &rows.alone[tenant]).await;
            run(&alone, &history::definition(&schema)).await;
            let guards = schema.guards(tenant);
            if !guards.is_empty() {
                run(&alone, &guards).await;
            }
            let context = schema.context(tenant).await;
            let side = Side::new(
                places.locks,
                &schema,
                &context,
                &shared,
                application.as_ref(),
            );
            actors.push(Actor {
                tenant,
                side,
                alone,
            });
        }
        // Under policies, and on MySQL, an upsert that meets a row which is only read fails: that
        // is a case of its own.
        let fails = places.locks.has_policies() || schema.backend == DbBackend::MySql;
        let met = match fails {
            true => rows.ids.clone(),
            false => rows.met,
        };
        let state = state::query(&schema);
        let mut world = Self {
            schema,
            ids: rows.ids,
            met,
            poisoned: rows.poisoned,
            everybodys: rows.shared,
            alone: rows.alone,
            locks: places.locks,
            shared,
            application,
            actors,
            baseline: State::new(),
            state,
        };
        world.baseline = world.state(&world.shared).await;
        world
    }

    pub async fn state(&self, database: &impl ConnectionTrait) -> State {
        state::state(database, &self.state).await
    }

    /// What is wrong with the state after a write, if anything.
    pub fn wrong(&self, tenant: usize, shared: State, alone: State) -> Option<String> {
        let mine = self.of_tenant(tenant, shared.clone(), true);
        let wanted = self.of_tenant(tenant, alone, true);
        self.others_changed(tenant, shared).or_else(|| {
            (mine != wanted)
                .then(|| format!("the tenant's rows are {mine:#?} and should be {wanted:#?}"))
        })
    }

    /// How a write changed the rows of anybody else, if it did.
    pub fn others_changed(&self, tenant: usize, shared: State) -> Option<String> {
        let before = self.of_tenant(tenant, self.baseline.clone(), false);
        let after = self.of_tenant(tenant, shared, false);
        (before != after).then(|| format!("another's rows changed: {before:#?} became {after:#?}"))
    }

    /// The part of a state that is the tenant's, or that is not.
    fn of_tenant(&self, tenant: usize, mut state: State, is_own: bool) -> State {
        let own = [Kind::Uuid, Kind::Int64, Kind::Text].map(|kind| self.key(tenant, kind));
        state.retain(|(_, owner), _| own.contains(owner) == is_own);
        state
    }

    /// The tenant as `state_of` spells it.
    fn key(&self, tenant: usize, kind: Kind) -> String {
        let id = &self.schema.tenants[tenant];
        match (self.schema.backend, kind, id.value()) {
            (DbBackend::Postgres, ..) => id.to_string(),
            (_, Kind::Uuid, TenantIdRef::Uuid(id)) => hex(id.as_bytes()),
            _ => hex(id.to_string().as_bytes()),
        }
    }

    /// Leaves no rows in the shared database but those that this tenant reads.
    pub async fn isolate(&self, tenant: usize) {
        self.reload(&self.alone[tenant]).await;
    }

    pub async fn restore(&self) {
        self.reload(&self.everybodys).await;
    }

    async fn reload(&self, rows: &str) {
        let forgotten = format!("DELETE FROM {HISTORY};\n");
        load(&self.shared, &(self.schema.emptying() + rows + &forgotten)).await;
    }

    pub async fn close(self) {
        let removal = self.schema.removal();
        if let Some(application) = self.application {
            application.close().await.unwrap();
        }
        for database in self
            .actors
            .into_iter()
            .map(|actor| actor.alone)
            .chain([self.shared])
        {
            run(&database, &removal).await;
            database.close().await.unwrap();
        }
    }
}

async fn run(database: &DatabaseConnection, sql: &str) {
    database
        .execute_unprepared(sql)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

/// In one transaction: a commit for each row takes its time.
async fn load(database: &DatabaseConnection, rows: &str) {
    run(database, &format!("BEGIN;\n{rows}COMMIT;")).await;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
