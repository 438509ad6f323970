//! What scoped statements run on.
//!
//! A pool of sqlx's is borrowed from by sessions of our own, which give back no connection that is
//! not clean. What has no such pool, a mock or a proxy, runs statements as SeaORM does.

#[cfg(any(
    feature = "sqlx-mysql",
    feature = "sqlx-postgres",
    feature = "sqlx-sqlite"
))]
mod driver;
mod foreign;
#[cfg(feature = "audit")]
mod guarded;
#[cfg(feature = "row-security")]
mod platform;
#[cfg(any(
    feature = "sqlx-mysql",
    feature = "sqlx-postgres",
    feature = "sqlx-sqlite"
))]
mod pooled;
#[cfg(feature = "row-security")]
mod resetting;
#[cfg(feature = "row-security")]
mod secured;
#[cfg(any(
    feature = "sqlx-mysql",
    feature = "sqlx-postgres",
    feature = "sqlx-sqlite"
))]
mod session;
#[cfg(feature = "row-security")]
mod settings;
#[cfg(any(
    feature = "sqlx-mysql",
    feature = "sqlx-postgres",
    feature = "sqlx-sqlite"
))]
mod transaction;

use std::{fmt::Debug, pin::Pin, sync::Arc};

use async_trait::async_trait;
use futures_util::Stream;
use sea_orm::{
    DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, ExecResult, QueryResult,
    Statement, TransactionOptions,
};

use crate::error::{Error, ErrorKind};

#[cfg(feature = "audit")]
pub(crate) use guarded::Guarded;
#[cfg(feature = "row-security")]
pub(crate) use platform::ensure_separate;
#[cfg(feature = "row-security")]
pub(crate) use resetting::open_resetting;
#[cfg(feature = "row-security")]
pub(crate) use secured::SecuredPool;
#[cfg(feature = "row-security")]
pub(crate) use settings::TenantSettings;

/// Rows, as they come.
pub(crate) type Rows<'a> = Pin<Box<dyn Stream<Item = Result<QueryResult, DbErr>> + Send + 'a>>;

/// Where a connection's statements go. Cheap to clone.
pub(crate) type Link = Arc<dyn Runner>;

/// Where a transaction's statements go.
pub(crate) type TransactionLink = Box<dyn Transaction>;

/// Runs what has been scoped.
#[async_trait]
pub(crate) trait Runner: Debug + Send + Sync {
    fn backend(&self) -> DbBackend;

    fn supports_returning(&self) -> bool;

    fn is_mock(&self) -> bool {
        false
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr>;

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr>;

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr>;

    async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr>;

    async fn begin(&self, options: TransactionOptions) -> Result<TransactionLink, DbErr>;
}

/// A transaction, or a savepoint in it; rolled back when dropped.
#[async_trait]
pub(crate) trait Transaction: Runner {
    async fn commit(self: Box<Self>) -> Result<(), DbErr>;

    async fn rollback(self: Box<Self>) -> Result<(), DbErr>;
}

/// The link to a connection of SeaORM's.
///
/// # Errors
///
/// [`ErrorKind::Incompatible`] for a pool whose driver's feature this crate was built without:
/// SeaORM's own transactions leave theirs to the next borrower when a future is dropped.
pub(crate) fn link_to(connection: &DatabaseConnection) -> Result<Link, Error> {
    match &connection.inner {
        #[cfg(feature = "sqlx-mysql")]
        DatabaseConnectionType::SqlxMySqlPoolConnection(_) => {
            let pool = connection.get_mysql_connection_pool().clone();
            Ok(Arc::new(pooled::Pooled::new(pool, connection)))
        }
        #[cfg(feature = "sqlx-postgres")]
        DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
            let pool = connection.get_postgres_connection_pool().clone();
            Ok(Arc::new(pooled::Pooled::new(pool, connection)))
        }
        #[cfg(feature = "sqlx-sqlite")]
        DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
            let pool = connection.get_sqlite_connection_pool().clone();
            Ok(Arc::new(pooled::Pooled::new(pool, connection)))
        }
        other => match driver_feature(other) {
            Some(feature) => Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "tenancy-seaorm guards the connections of this pool with its feature `{feature}`: enable it in Cargo.toml"
                ),
            )),
            None => Ok(Arc::new(connection.clone())),
        },
    }
}

/// The feature that a pool of sqlx's needs, by the name that SeaORM prints of the variant: only
/// SeaORM's features decide whether the variant exists, so ours cannot name it.
fn driver_feature(inner: &DatabaseConnectionType) -> Option<&'static str> {
    match format!("{inner:?}").as_str() {
        "SqlxMySqlPoolConnection" => Some("sqlx-mysql"),
        "SqlxPostgresPoolConnection" => Some("sqlx-postgres"),
        "SqlxSqlitePoolConnection" => Some("sqlx-sqlite"),
        _ => None,
    }
}
