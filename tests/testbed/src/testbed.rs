//! The handle of a testbed: its connections, and its database as a tenant sees it.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tenancy_seaorm::{Catalog, ScopedConnection, TenantDatabase};
use uuid::Uuid;

use crate::{ACME, GLOBEX, catalog, context, servers};

pub struct Testbed {
    /// Sees everything: for preparing and for looking at what happened.
    pub owner: DatabaseConnection,
    pub database: TenantDatabase,
    /// The connection under `database`, as the role of the application.
    pub application: DatabaseConnection,
    pub backend: DbBackend,
    /// The role that `application` logs in as, where there is one.
    pub role: String,
    pub(crate) login: String,
    pub(crate) is_locked_twice: bool,
    pub(crate) cleanup: Option<Cleanup>,
}

pub(crate) struct Cleanup {
    pub(crate) server: DatabaseConnection,
    pub(crate) statements: Vec<String>,
}

impl Testbed {
    /// A bed with empty tables.
    pub async fn new(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Sqlite => servers::sqlite().await,
            DbBackend::Postgres => servers::postgres().await,
            DbBackend::MySql => servers::mysql().await,
            other => panic!("{other:?} is not tested"),
        }
    }

    pub async fn close(self) {
        let Some(Cleanup { server, statements }) = self.cleanup else {
            return;
        };
        self.owner.close().await.unwrap();
        self.application.close().await.unwrap();
        for sql in statements {
            server.execute_unprepared(&sql).await.unwrap();
        }
        server.close().await.unwrap();
    }

    /// Puts PostgreSQL's policies under the planner's predicates.
    pub async fn lock_twice(&mut self) {
        let security = tenancy_seaorm::RowSecurity::of(&catalog());
        security.apply(&self.owner).await.unwrap();
        self.database = self.database.clone().with_row_security().unwrap();
        self.is_locked_twice = true;
    }

    /// Whether there are policies under the planner's predicates.
    pub fn is_locked_twice(&self) -> bool {
        self.is_locked_twice
    }

    /// Where the application's role logs in.
    pub fn application_url(&self) -> &str {
        &self.login
    }

    /// Further sessions of the application's role.
    pub async fn login(&self) -> DatabaseConnection {
        servers::connect(&self.login).await
    }

    pub fn scoped(&self, tenant: Uuid) -> ScopedConnection {
        self.database.scoped(&context(tenant)).unwrap()
    }

    pub fn acme(&self) -> ScopedConnection {
        self.scoped(ACME)
    }

    pub fn globex(&self) -> ScopedConnection {
        self.scoped(GLOBEX)
    }

    /// A statement with this backend's placeholders and quotes; `sql` is written with `$1`, each
    /// used once, and `"`.
    pub fn sql(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
        let sql = match self.backend {
            DbBackend::Sqlite => sql.replace('$', "?"),
            DbBackend::MySql => (1..=9).fold(sql.replace('"', "`"), |sql, number| {
                sql.replace(&format!("${number}"), "?")
            }),
            _ => sql.into(),
        };
        Statement::from_sql_and_values(self.backend, sql, values)
    }
}

/// ACME on a connection of the testbed's owner, for what a test creates and nobody granted.
pub fn acme_under(bed: &Testbed, catalog: &Catalog) -> ScopedConnection {
    let database = TenantDatabase::new(bed.owner.clone(), catalog).unwrap();
    database.scoped(&context(ACME)).unwrap()
}
