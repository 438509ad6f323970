//! The same inside a transaction.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StreamTrait, TransactionOptions, TransactionTrait,
};

use super::Rows;
#[cfg(feature = "row-security")]
use super::secured::SecuredTransaction;

/// A transaction or a savepoint; rolled back when dropped.
#[derive(Debug)]
pub(crate) enum TransactionLink {
    Plain(DatabaseTransaction),
    #[cfg(feature = "row-security")]
    Secured(SecuredTransaction),
}

impl TransactionLink {
    pub(crate) fn backend(&self) -> DbBackend {
        match self {
            Self::Plain(transaction) => ConnectionTrait::get_database_backend(transaction),
            #[cfg(feature = "row-security")]
            Self::Secured(_) => DbBackend::Postgres,
        }
    }

    pub(crate) fn supports_returning(&self) -> bool {
        match self {
            Self::Plain(transaction) => transaction.support_returning(),
            #[cfg(feature = "row-security")]
            Self::Secured(_) => true,
        }
    }

    pub(crate) fn is_mock(&self) -> bool {
        match self {
            Self::Plain(transaction) => transaction.is_mock_connection(),
            #[cfg(feature = "row-security")]
            Self::Secured(_) => false,
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.execute_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.session().await?.execute(&statement).await,
        }
    }

    pub(crate) async fn query_one(
        &self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.query_one_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.session().await?.query_one(&statement).await,
        }
    }

    pub(crate) async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Plain(transaction) => transaction.query_all_raw(statement).await,
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.session().await?.query_all(&statement).await,
        }
    }

    pub(crate) async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        match self {
            Self::Plain(transaction) => Ok(Box::pin(transaction.stream_raw(statement).await?)),
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.stream(statement).await,
        }
    }

    pub(crate) async fn begin(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        match self {
            Self::Plain(transaction) => {
                Ok(Self::Plain(transaction.begin_with_options(options).await?))
            }
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => Ok(Self::Secured(transaction.begin(options).await?)),
        }
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Plain(transaction) => transaction.commit().await,
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.commit().await,
        }
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Plain(transaction) => transaction.rollback().await,
            #[cfg(feature = "row-security")]
            Self::Secured(transaction) => transaction.rollback().await,
        }
    }
}
