//! The databases: a shared one with every tenant's rows, and some with one tenant's rows each.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tenancy_core::TenantIdRef;
use tenancy_seaorm::{ScopedConnection, TenantDatabase};
use uuid::Uuid;

use super::{
    rows::Rows,
    schema::{Kind, Schema, TENANTS, Table, Ty, quoted},
};

/// How many of the tenants act, and therefore have a database of their own.
pub const ACTORS: usize = 3;

/// Where the databases of one engine are.
pub struct Places {
    backend: DbBackend,
    server: Option<DatabaseConnection>,
    name: String,
    urls: Vec<String>,
}

impl Places {
    pub async fn new(backend: DbBackend) -> Self {
        let name = format!("tenancy_{:.12}", Uuid::new_v4().simple().to_string());
        let place = |number: usize| format!("{name}_{number}");
        let numbers = 0..=ACTORS;
        let (server, urls) = match backend {
            DbBackend::Sqlite => (None, numbers.map(|_| "sqlite::memory:".into()).collect()),
            DbBackend::Postgres => {
                let base = std::env::var("TENANCY_TEST_POSTGRES")
                    .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
                let server = server(&base, "PostgreSQL at TENANCY_TEST_POSTGRES").await;
                server
                    .execute_unprepared(&format!("CREATE DATABASE {name}"))
                    .await
                    .unwrap();
                let (url, query) = base.split_once('?').unwrap_or((&base, ""));
                let (host, _) = url.rsplit_once('/').unwrap();
                // Tables that were never analysed look large: PostgreSQL would compile most statements, for longer than they run.
                let url = |number: usize| {
                    format!(
                        "{host}/{name}?{query}&options[search_path]={}&options[jit]=off",
                        place(number)
                    )
                };
                let urls: Vec<_> = numbers.clone().map(url).collect();
                let first = connect(&urls[0]).await;
                for number in numbers {
                    first
                        .execute_unprepared(&format!("CREATE SCHEMA {}", place(number)))
                        .await
                        .unwrap();
                }
                first.close().await.unwrap();
                (Some(server), urls)
            }
            _ => {
                let base = std::env::var("TENANCY_TEST_MYSQL")
                    .unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/mysql".into());
                let server = server(&base, "MySQL or MariaDB at TENANCY_TEST_MYSQL").await;
                let (host, _) = base.rsplit_once('/').unwrap();
                for number in numbers.clone() {
                    let sql = format!("CREATE DATABASE {} COLLATE utf8mb4_bin", place(number));
                    server.execute_unprepared(&sql).await.unwrap();
                }
                (
                    Some(server),
                    numbers
                        .map(|number| {
                            // Each statement is another text. To drop one from a full cache is a message that the server
                            // does not answer: sqlx then waits 40 ms for it to be acknowledged before it sends the next.
                            format!("{host}/{}?statement-cache-capacity=2000", place(number))
                        })
                        .collect(),
                )
            }
        };
        Self {
            backend,
            server,
            name,
            urls,
        }
    }

    pub async fn remove(self) {
        let Some(server) = self.server else { return };
        let statements: Vec<_> = match self.backend {
            DbBackend::Postgres => vec![format!("DROP DATABASE {} WITH (FORCE)", self.name)],
            _ => (0..=ACTORS)
                .map(|number| format!("DROP DATABASE {}_{number}", self.name))
                .collect(),
        };
        for sql in statements {
            server.execute_unprepared(&sql).await.unwrap();
        }
    }
}

async fn server(url: &str, what: &str) -> DatabaseConnection {
    Database::connect(url).await.unwrap_or_else(|error| {
        panic!("no {what} ({error}): run the tests with `scripts/test.sh`, which starts one")
    })
}

/// One connection, on which transactions begin and end by text.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .test_before_acquire(false)
        .sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The rows of each table and tenant, in short. The tenant is empty where rows are everybody's.
pub type State = BTreeMap<(String, String), String>;

pub struct World {
    pub schema: Schema,
    pub ids: Vec<Vec<Vec<i64>>>,
    pub shared: DatabaseConnection,
    pub actors: Vec<Actor>,
    pub baseline: State,
    state: Statement,
}

pub struct Actor {
    pub tenant: usize,
    pub scoped: ScopedConnection,
    pub alone: DatabaseConnection,
}

impl World {
    pub async fn new(places: &Places, schema: Schema, random: &mut fastrand::Rng) -> Self {
        let rows = Rows::random(random, &schema);
        let definition = schema.definition();
        let shared = connect(&places.urls[0]).await;
        run(&shared, &definition).await;
        load(&shared, &rows.shared).await;
        let database = TenantDatabase::new(shared.clone(), &schema.catalog()).unwrap();
        let mut tenants: Vec<_> = (0..TENANTS).collect();
        random.shuffle(&mut tenants);
        let mut actors = Vec::new();
        for (tenant, url) in tenants.into_iter().zip(&places.urls[1..]) {
            let alone = connect(url).await;
            run(&alone, &definition).await;
            load(&alone, &rows.alone[tenant]).await;
            let scoped = database.scoped(&schema.context(tenant)).unwrap();
            actors.push(Actor {
                tenant,
                scoped,
                alone,
            });
        }
        let state = state_of(&schema);
        let mut world = Self {
            schema,
            ids: rows.ids,
            shared,
            actors,
            baseline: State::new(),
            state,
        };
        world.baseline = world.state(&world.shared).await;
        world
    }

    pub async fn state(&self, database: &DatabaseConnection) -> State {
        let rows = database.query_all_raw(self.state.clone()).await.unwrap();
        let text = |row: &sea_orm::QueryResult, index| {
            row.try_get_by_index::<Option<String>>(index)
                .unwrap()
                .unwrap_or_default()
        };
        rows.iter()
            .map(|row| ((text(row, 0), text(row, 1)), text(row, 2)))
            .collect()
    }

    /// What is wrong with the state after a write, if anything.
    pub fn wrong(&self, tenant: usize, shared: State, alone: State) -> Option<String> {
        let own: Vec<_> = [Kind::Uuid, Kind::Int64, Kind::Text]
            .map(|kind| self.key(tenant, kind))
            .to_vec();
        let is_own = |key: &(String, String)| own.contains(&key.1);
        let split = |state: State| {
            state
                .into_iter()
                .partition::<State, _>(|(key, _)| is_own(key))
        };
        let (mine, others) = split(shared);
        let (_, before) = split(self.baseline.clone());
        if others != before {
            return Some(format!(
                "another's rows changed: {before:#?} became {others:#?}"
            ));
        }
        let mut alone = alone;
        alone.retain(|(_, tenant), _| !tenant.is_empty());
        (mine != alone).then(|| format!("the tenant's rows are {mine:#?} and should be {alone:#?}"))
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

    pub async fn close(self) {
        let removal = self.schema.removal();
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

/// One query that condenses every table, tenant by tenant.
fn state_of(schema: &Schema) -> Statement {
    let parts: Vec<_> = schema
        .tables
        .iter()
        .map(|table| of_table(schema, table))
        .collect();
    Statement::from_string(schema.backend, parts.join(" UNION ALL "))
}

fn of_table(schema: &Schema, table: &Table) -> String {
    let name = table.name;
    let from = schema.quoted(name);
    let backend = schema.backend;
    let key = table.tenant.map(|(column, kind)| {
        let column = quoted(backend, column);
        match (backend, kind) {
            (DbBackend::Postgres, _) => format!("CAST({column} AS TEXT)"),
            (DbBackend::MySql, Kind::Int32 | Kind::Int64) => format!("HEX(CAST({column} AS CHAR))"),
            _ => format!("HEX({column})"),
        }
    });
    let group = key
        .as_ref()
        .map_or(String::new(), |key| format!(" GROUP BY {key}"));
    let key = key.unwrap_or_else(|| "''".into());
    let columns = table
        .columns
        .iter()
        .map(|column| (quoted(backend, column.name), column.ty));
    match backend {
        DbBackend::Postgres => format!(
            "SELECT '{name}' AS t, {key} AS k, MD5(STRING_AGG(CAST(x AS TEXT), '|' ORDER BY CAST(x AS TEXT))) AS h FROM {from} x{group}"
        ),
        DbBackend::Sqlite => {
            let quoted: Vec<_> = columns
                .map(|(column, _)| format!("QUOTE({column})"))
                .collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, GROUP_CONCAT({}, '|' ORDER BY id) AS h FROM {from}{group}",
                quoted.join(" || ',' || ")
            )
        }
        _ => {
            let texts = columns.map(|(column, ty)| match ty {
                Ty::Int | Ty::Real | Ty::Flag | Ty::Tenant(Kind::Int32 | Kind::Int64) => {
                    format!("COALESCE({column}, '~')")
                }
                Ty::Text | Ty::Json | Ty::Tenant(_) => format!("COALESCE(HEX({column}), '~')"),
            });
            let texts: Vec<_> = texts.collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, CONCAT(COUNT(*), '-', SUM(CRC32(CONCAT_WS(',', {})))) AS h FROM {from}{group}",
                texts.join(", ")
            )
        }
    }
}
