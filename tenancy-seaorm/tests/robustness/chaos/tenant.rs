//! A tenant, its rows as they must be, and its way to the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use tenancy_core::{Slug, TenantContext, TenantId, tenant::TenantKind};
use tenancy_seaorm::{Catalog, ScopedConnection, TenantDatabase};
use testbed::note;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::model::{Rows, SPAN, tenant_id};

/// Of each tenant, to begin with.
pub const ROWS: i64 = 4;
/// Of each pool.
pub const CONNECTIONS: u32 = 6;

/// How the tenant reaches the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The library's: transactions with a setting of their own.
    Secured,
    /// A setting for the session, on a connection of the pool, and then the statement on a
    /// connection of the pool.
    Naive,
}

pub struct Tenant {
    pub index: usize,
    pub id: Uuid,
    context: TenantContext,
    next: AtomicI64,
    /// Those who work for one tenant take turns, so that there is an order of what they do.
    rows: Mutex<Rows>,
}

impl Tenant {
    pub fn new(index: usize, way: Way) -> Arc<Self> {
        let id = tenant_id(index);
        let first = index as i64 * SPAN;
        let mut rows = Rows::default();
        for id in first..first + ROWS {
            rows.set(id, Some(1));
        }
        let kind = match way {
            Way::Secured => TenantKind::Client,
            // Who may write reference tables.
            Way::Naive => TenantKind::Platform,
        };
        let slug = Slug::parse(&format!("tenant-{index}")).unwrap();
        let tenant = tenancy_core::Tenant::new(TenantId::uuid(id).unwrap(), slug);
        let tenant = Arc::new(tenant.with_kind(kind));
        Arc::new(Self {
            index,
            id,
            context: TenantContext::assume(tenant, "a test").unwrap(),
            next: AtomicI64::new(first + ROWS),
            rows: Mutex::new(rows),
        })
    }

    /// The row that is never deleted.
    pub fn pinned(&self) -> i64 {
        self.index as i64 * SPAN
    }

    /// An id that was never used.
    pub fn new_id(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn rows(&self) -> &Mutex<Rows> {
        &self.rows
    }
}

pub struct Pool {
    pub connection: DatabaseConnection,
    database: TenantDatabase,
    way: Way,
}

impl Pool {
    pub async fn new(url: &str, way: Way, is_tried: bool) -> Self {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(CONNECTIONS)
            .acquire_timeout(Duration::from_millis(300))
            .test_before_acquire(is_tried)
            .sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        let catalog = Catalog::builder().allow_function("pg_sleep");
        let database = match way {
            Way::Secured => {
                let catalog = catalog.tenant_owned::<note::Entity>().build().unwrap();
                let database = TenantDatabase::new(connection.clone(), &catalog).unwrap();
                database.with_row_security().unwrap()
            }
            // To this catalog nobody owns the table, so that nothing but the policies keeps tenants
            // apart.
            Way::Naive => {
                let catalog = catalog.reference::<note::Entity>().build().unwrap();
                TenantDatabase::new(connection.clone(), &catalog).unwrap()
            }
        };
        Self {
            connection,
            database,
            way,
        }
    }

    pub async fn scoped(&self, tenant: &Tenant) -> Result<ScopedConnection, DbErr> {
        if self.way == Way::Naive {
            let set = "SELECT set_config('app.tenant_id', $1, false)";
            let id = tenant.id.to_string().into();
            let set = Statement::from_sql_and_values(DbBackend::Postgres, set, [id]);
            self.connection.query_one_raw(set).await?;
        }
        Ok(self.database.scoped(&tenant.context).unwrap())
    }
}
