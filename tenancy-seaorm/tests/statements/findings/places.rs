//! Where the two databases of a world are, and how they go away.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use uuid::Uuid;

pub struct Places {
    pub backend: DbBackend,
    /// The database of three tenants, as its owner.
    pub shared: String,
    /// The same as the role of the application, which owns nothing.
    pub application: String,
    /// The one-tenant database.
    pub alone: String,
    pub role: String,
    removal: Option<(DatabaseConnection, Vec<String>)>,
}

/// Whether `TENANCY_TEST_ONLY` names this engine, or none: for a quick look while working.
pub fn is_chosen(backend: DbBackend) -> bool {
    let only = std::env::var("TENANCY_TEST_ONLY");
    only.map_or(true, |only| {
        format!("{backend:?}").eq_ignore_ascii_case(&only)
    })
}

impl Places {
    pub async fn new(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Sqlite => Self::sqlite(),
            DbBackend::Postgres => Self::postgres().await,
            DbBackend::MySql => Self::mysql().await,
            other => panic!("{other:?} is not tested"),
        }
    }

    fn sqlite() -> Self {
        let memory = String::from("sqlite::memory:");
        Self {
            backend: DbBackend::Sqlite,
            shared: memory.clone(),
            application: memory.clone(),
            alone: memory,
            role: String::new(),
            removal: None,
        }
    }

    async fn postgres() -> Self {
        let base = std::env::var("TENANCY_TEST_POSTGRES")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let server = server(&base, "PostgreSQL at TENANCY_TEST_POSTGRES").await;
        let name = format!("tenancy_{}", Uuid::new_v4().simple());
        for sql in [
            format!("CREATE DATABASE {name}"),
            format!("CREATE DATABASE {name}_alone"),
            format!("CREATE ROLE {name} LOGIN PASSWORD '{name}' NOSUPERUSER NOBYPASSRLS"),
        ] {
            server.execute_unprepared(&sql).await.unwrap();
        }
        let (url, query) = base.split_once('?').unwrap_or((&base, ""));
        let (host, _) = url.rsplit_once('/').unwrap();
        let address = address(host);
        let query = match query {
            "" => String::new(),
            query => format!("?{query}"),
        };
        Self {
            backend: DbBackend::Postgres,
            shared: format!("{host}/{name}{query}"),
            application: format!("postgres://{name}:{name}@{address}/{name}{query}"),
            alone: format!("{host}/{name}_alone{query}"),
            removal: Some((
                server,
                vec![
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                    format!("DROP DATABASE {name}_alone WITH (FORCE)"),
                    format!("DROP ROLE {name}"),
                ],
            )),
            role: name,
        }
    }

    async fn mysql() -> Self {
        let base = std::env::var("TENANCY_TEST_MYSQL")
            .unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/mysql".into());
        let server = server(&base, "MySQL or MariaDB at TENANCY_TEST_MYSQL").await;
        // Names of users have at most 32 characters.
        let name = format!("tenancy_{:.20}", Uuid::new_v4().simple().to_string());
        for sql in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            format!("CREATE DATABASE {name}_alone CHARACTER SET utf8mb4"),
            // Without a password: MySQL 8 asks for TLS or RSA before it takes one.
            format!("CREATE USER '{name}'@'%'"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO '{name}'@'%'"),
        ] {
            server.execute_unprepared(&sql).await.unwrap();
        }
        let (host, _) = base.rsplit_once('/').unwrap();
        let address = address(host);
        // A statement that leaves the cache is closed without an answer, and the next one then
        // waits 40 ms for TCP.
        let cache = "statement-cache-capacity=2000";
        Self {
            backend: DbBackend::MySql,
            shared: format!("{host}/{name}?{cache}"),
            application: format!("mysql://{name}@{address}/{name}?{cache}"),
            alone: format!("{host}/{name}_alone?{cache}"),
            removal: Some((
                server,
                vec![
                    format!("DROP DATABASE {name}"),
                    format!("DROP DATABASE {name}_alone"),
                    format!("DROP USER '{name}'@'%'"),
                ],
            )),
            role: name,
        }
    }

    pub async fn remove(self) {
        let Some((server, statements)) = self.removal else {
            return;
        };
        for sql in statements {
            server.execute_unprepared(&sql).await.unwrap();
        }
        server.close().await.unwrap();
    }
}

async fn server(url: &str, what: &str) -> DatabaseConnection {
    Database::connect(url).await.unwrap_or_else(|error| {
        panic!("no {what} ({error}): run the tests with `scripts/test.sh`, which starts one")
    })
}

/// The host and the port of a URL, without its user.
fn address(host: &str) -> &str {
    host.rsplit_once('@')
        .map_or_else(|| host.split_once("//").unwrap().1, |(_, address)| address)
}
