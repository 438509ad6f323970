//! Where the databases of one engine are.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};
use uuid::Uuid;

use super::locks::Locks;

/// How many of the tenants act, and therefore have a database of their own.
pub const ACTORS: usize = 3;

pub struct Places {
    backend: DbBackend,
    server: Option<DatabaseConnection>,
    name: String,
    pub locks: Locks,
    /// Where the role under the policies logs in, and its name.
    pub application: Option<(String, String)>,
    /// The shared database first.
    pub urls: Vec<String>,
}

impl Places {
    pub async fn new(backend: DbBackend, locks: Locks) -> Self {
        let name = format!("tenancy_{:.12}", Uuid::new_v4().simple().to_string());
        let place = |number: usize| format!("{name}_{number}");
        let numbers = 0..=ACTORS;
        let mut application = None;
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
                // Tables that were never analysed look large: PostgreSQL would compile most
                // statements, for longer than they run.
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
                if locks.has_policies() {
                    let role = format!(
                        "CREATE ROLE {name} LOGIN PASSWORD '{name}' NOSUPERUSER NOBYPASSRLS; GRANT USAGE ON SCHEMA {} TO {name}",
                        place(0)
                    );
                    first.execute_unprepared(&role).await.unwrap();
                    let (_, host_and_rest) = urls[0].split_once("//").unwrap();
                    let (host, rest) = host_and_rest.split_once('/').unwrap();
                    let address = host.rsplit_once('@').map_or(host, |(_, address)| address);
                    let url = format!("postgres://{name}:{name}@{address}/{rest}");
                    application = Some((url, name.clone()));
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
                            // Each statement is another text. To drop one from a full cache is a
                            // message that the server does not answer: sqlx then waits 40 ms for it
                            // to be acknowledged before it sends the next.
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
            locks,
            application,
            urls,
        }
    }

    pub async fn remove(self) {
        let Some(server) = self.server else { return };
        let statements: Vec<_> = match self.backend {
            DbBackend::Postgres => vec![
                format!("DROP DATABASE {} WITH (FORCE)", self.name),
                format!("DROP ROLE IF EXISTS {}", self.name),
            ],
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
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .test_before_acquire(false)
        .sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    // Some random queries would run for hours.
    let limit = match connection.get_database_backend() {
        DbBackend::MySql => "SET SESSION max_statement_time = 20",
        DbBackend::Postgres => "SET statement_timeout = '20s'",
        _ => return connection,
    };
    connection.execute_unprepared(limit).await.unwrap();
    connection
}
