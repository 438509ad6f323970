//! What a scoped connection runs its statements on: a connection of SeaORM's as it is, or PostgreSQL transactions of our own in
//! which row-level security knows the tenant and the user.

#[cfg(feature = "row-security")]
mod platform;
#[cfg(feature = "row-security")]
mod pool;
#[cfg(feature = "row-security")]
mod secured;
#[cfg(feature = "row-security")]
mod session;
#[cfg(feature = "row-security")]
mod setting;
mod transaction;

use std::pin::Pin;

use futures_util::Stream;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StreamTrait, TransactionOptions, TransactionTrait,
};

#[cfg(feature = "row-security")]
pub(crate) use platform::ensure_separate;
#[cfg(feature = "row-security")]
pub(crate) use pool::open_resetting;
#[cfg(feature = "row-security")]
pub(crate) use secured::SecuredPool;
#[cfg(feature = "row-security")]
pub(crate) use setting::Setting;
pub(crate) use transaction::TransactionLink;

/// Rows, as they come.
pub(crate) type Rows<'a> = Pin<Box<dyn Stream<Item = Result<QueryResult, DbErr>> + Send + 'a>>;

/// Runs what has been scoped.
#[derive(Debug, Clone)]
pub(crate) enum Link {
    Plain(DatabaseConnection),
    #[cfg(feature = "row-security")]
    Secured(SecuredPool, Setting),
}

impl Link {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Plain(connection) => connection.get_database_backend(),
            #[cfg(feature = "row-security")]
            Self::Secured(..) => DbBackend::Postgres,
        }
    }

    pub(crate) fn supports_returning(&self) -> bool {
        match self {
            Self::Plain(connection) => connection.support_returning(),
            #[cfg(feature = "row-security")]
            Self::Secured(..) => true,
        }
    }

    pub(crate) fn is_mock(&self) -> bool {
        match self {
            Self::Plain(connection) => connection.is_mock_connection(),
            #[cfg(feature = "row-security")]
            Self::Secured(..) => false,
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Plain(connection) => connection.execute_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(pool, setting) => {
                pool.once(setting, async |session| session.execute(&statement).await)
                    .await
            }
        }
    }

    pub(crate) async fn query_one(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Plain(connection) => connection.query_one_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(pool, setting) => {
                pool.once(setting, async |session| session.query_one(&statement).await)
                    .await
            }
        }
    }

    pub(crate) async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Plain(connection) => connection.query_all_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(pool, setting) => {
                pool.once(setting, async |session| session.query_all(&statement).await)
                    .await
            }
        }
    }

    pub(crate) async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        match self {
            Self::Plain(connection) => Ok(Box::pin(connection.stream_raw(statement).await?)),
            #[cfg(feature = "row-security")]
            Self::Secured(pool, setting) => pool.stream(setting, statement).await,
        }
    }

    pub(crate) async fn begin(
        &self,
        options: TransactionOptions,
    ) -> Result<TransactionLink, DbErr> {
        match self {
            Self::Plain(connection) => Ok(TransactionLink::Plain(
                connection.begin_with_options(options).await?,
            )),
            #[cfg(feature = "row-security")]
            Self::Secured(pool, setting) => Ok(TransactionLink::Secured(
                pool.begin(setting, options).await?,
            )),
        }
    }
}
