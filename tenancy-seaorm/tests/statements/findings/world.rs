//! A database of three tenants, and one that holds the rows of a single scope.

use std::time::{Duration, Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    sqlx::{self, Executor},
};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::StaticResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{ScopedConnection, TenantDatabase};

use crate::findings::{model::Model, places::Places, rows::State, witness};

pub struct World<'p> {
    places: &'p Places,
    model: Model,
    context: TenantContext,
    /// Sees and changes every row of the shared database.
    owner: DatabaseConnection,
    /// Is asked for plans, where the owner cannot be.
    witness: Option<DatabaseConnection>,
    database: TenantDatabase,
    /// Scoped to tenant 1, user 7, a member.
    pub scoped: ScopedConnection,
    /// The one-tenant database.
    pub alone: DatabaseConnection,
    /// What both held before any statement.
    pub base: State,
    pub base_alone: State,
    /// On MySQL some statements of MariaDB's are errors, there and here.
    pub is_mysql: bool,
}

impl<'p> World<'p> {
    pub async fn new(places: &'p Places, model: Model) -> Self {
        let owner = connect(&places.shared, None).await;
        run(&owner, &model.schema).await;
        if places.backend == DbBackend::Postgres {
            let role = &places.role;
            let grants = format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
                 GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
            );
            run(&owner, &grants).await;
        }
        let alone = connect(&places.alone, model.session).await;
        run(&alone, &model.alone).await;
        let application = match places.backend {
            DbBackend::Sqlite => owner.clone(),
            _ => connect(&places.application, model.session).await,
        };
        let database = TenantDatabase::new(application, &model.catalog).unwrap();
        let context = member(model.tenant.clone()).await;
        let scoped = database.scoped(&context).unwrap();
        let is_mysql = places.backend == DbBackend::MySql && !is_mariadb(&owner).await;
        let mut world = Self {
            places,
            model,
            context,
            owner,
            witness: None,
            database,
            scoped,
            alone,
            base: State::default(),
            base_alone: State::default(),
            is_mysql,
        };
        world.fill(false).await;
        world.fill(true).await;
        if !world.model.finish.is_empty() {
            run(&world.owner, world.model.finish).await;
            run(&world.alone, world.model.finish).await;
        }
        if places.backend == DbBackend::MySql {
            let witness = connect(&places.shared, None).await;
            world.witness = Some(witness);
        }
        witness::prepare(world.witness(), &world.owned()).await;
        world.base = world.state().await;
        world.base_alone = world.state_alone().await;
        world
    }

    /// Puts PostgreSQL's policies under the planner's predicates.
    pub async fn lock_twice(&mut self) {
        let security = tenancy_seaorm::RowSecurity::of(&self.model.catalog)
            .application_role(&self.places.role)
            .unwrap();
        security.apply(&self.owner).await.unwrap();
        self.database = self.database.clone().with_row_security().unwrap();
        self.scoped = self.database.scoped(&self.context).unwrap();
    }

    pub async fn state(&self) -> State {
        State::of(&self.owner, self.model.tables).await
    }

    pub async fn state_alone(&self) -> State {
        State::of(&self.alone, self.model.tables).await
    }

    /// The connection on which plans are looked at.
    pub fn witness(&self) -> &DatabaseConnection {
        self.witness.as_ref().unwrap_or(&self.owner)
    }

    /// Each table of a tenant, with its tenant column.
    pub fn owned(&self) -> Vec<(&'static str, &'static str)> {
        let tables = self.model.tables.iter();
        let owned = tables.filter(|(_, is_own)| is_own.contains("tenant_id"));
        owned.map(|(table, _)| (*table, "tenant_id")).collect()
    }

    /// Makes the rows of the shared database what they were.
    pub async fn restore(&mut self) {
        if self.places.backend == DbBackend::Sqlite {
            // A statement may have left a transaction open.
            self.owner = connect(&self.places.shared, None).await;
            run(&self.owner, &self.model.schema).await;
            self.database = TenantDatabase::new(self.owner.clone(), &self.model.catalog).unwrap();
            self.scoped = self.database.scoped(&self.context).unwrap();
        }
        self.fill(false).await;
    }

    /// Takes the rows of others out of the shared database.
    pub async fn isolate(&mut self) {
        for (table, is_own) in self.model.tables {
            // Tables of no tenant stay as they are.
            if !is_own.contains('_') {
                continue;
            }
            run(
                &self.owner,
                &format!("DELETE FROM {table} WHERE NOT ({is_own})"),
            )
            .await;
        }
    }

    /// The same for the one-tenant database.
    pub async fn restore_alone(&mut self) {
        if self.places.backend == DbBackend::Sqlite {
            self.alone = connect(&self.places.alone, None).await;
            run(&self.alone, &self.model.alone).await;
        }
        self.fill(true).await;
    }

    async fn fill(&self, is_alone: bool) {
        let mut sql = String::from("BEGIN;\n");
        for (table, _) in self.model.tables {
            sql.push_str(&format!("DELETE FROM {table};\n"));
        }
        // Others come first, so that what counts rows of a table does not count the same.
        let (db, others) = match is_alone {
            true => (&self.alone, ""),
            false => (&self.owner, &*self.model.others),
        };
        sql.push_str(others);
        sql.push_str(&self.model.own);
        sql.push_str("COMMIT;");
        let filled = tokio::time::timeout(Duration::from_secs(30), run(db, &sql)).await;
        filled.expect("no statement left a transaction open that holds locks");
    }

    pub async fn close(self) {
        let Self {
            owner,
            witness,
            alone,
            scoped,
            database,
            ..
        } = self;
        drop((scoped, database));
        for db in [Some(owner), Some(alone), witness].into_iter().flatten() {
            db.close().await.unwrap();
        }
    }
}

pub async fn run(db: &DatabaseConnection, sql: &str) {
    let done = db.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

/// So many steps of a statement's take SQLite about a tenth of a second.
const STEPS: i32 = 2_000_000;

/// Ends a statement that takes as many steps again within a second, as one that never ends does.
fn is_timely() -> impl FnMut() -> bool + Send + 'static {
    let mut last: Option<Instant> = None;
    move || {
        let before = last.replace(Instant::now());
        before.is_none_or(|before| before.elapsed() > Duration::from_secs(1))
    }
}

/// One connection, so that each statement meets what the one before left in the session.
async fn connect(url: &str, session: Option<&'static str>) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    // SQLite has no limit of time of its own.
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                let mut handle = connection.lock_handle().await?;
                handle.set_progress_handler(STEPS, is_timely());
                Ok(())
            })
        })
    });
    if let Some(session) = session {
        options.map_sqlx_mysql_pool_opts(move |pool| {
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(sqlx::raw_sql(session)).await?;
                    Ok(())
                })
            })
        });
    }
    Database::connect(options).await.unwrap()
}

async fn is_mariadb(db: &DatabaseConnection) -> bool {
    let version = sea_orm::Statement::from_string(DbBackend::MySql, "SELECT VERSION()");
    let row = db.query_one_raw(version).await.unwrap().unwrap();
    let version: String = row.try_get_by_index(0).unwrap();
    version.contains("MariaDB")
}

/// User 7, with the role of a member in the tenant and no other.
async fn member(tenant: TenantId) -> TenantContext {
    let key = || TenantKey::parse_name("here").unwrap();
    let store = InMemoryTenantStore::new();
    let here = Tenant::new(tenant, Slug::parse("here").unwrap());
    store.insert(here).unwrap();
    let user = Principal::new("7").with_membership(Membership::new(key(), [Role::Member]));
    let tenancy = Tenancy::builder()
        .resolver(StaticResolver::new(key()))
        .authenticate(Somebody(user))
        .store(store)
        .build()
        .unwrap();
    let (request, ()) = http::Request::new(()).into_parts();
    let context = tenancy.resolve(&request, Mode::Required).await;
    context.unwrap().unwrap()
}

struct Somebody(Principal);

impl Authenticator for Somebody {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(self.0.clone()))))
    }
}
