//! Connections that hold no pool of sqlx's: mocks, proxies and SeaORM's other drivers.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, StreamTrait, TransactionOptions, TransactionTrait,
};

use super::{Rows, Runner, Transaction, TransactionLink};

/// Implements [`Runner`] by SeaORM's own traits.
macro_rules! runs_as_it_is {
    ($runner:ident) => {
        #[async_trait]
        impl Runner for $runner {
            fn backend(&self) -> DbBackend {
                ConnectionTrait::get_database_backend(self)
            }

            fn supports_returning(&self) -> bool {
                self.support_returning()
            }

            fn is_mock(&self) -> bool {
                self.is_mock_connection()
            }

            async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.execute_raw(statement).await
            }

            async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.query_one_raw(statement).await
            }

            async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.query_all_raw(statement).await
            }

            async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
                Ok(Box::pin(self.stream_raw(statement).await?))
            }

            async fn begin(&self, options: TransactionOptions) -> Result<TransactionLink, DbErr> {
                Ok(Box::new(self.begin_with_options(options).await?))
            }
        }
    };
}

runs_as_it_is!(DatabaseConnection);
runs_as_it_is!(DatabaseTransaction);

#[async_trait]
impl Transaction for DatabaseTransaction {
    async fn commit(self: Box<Self>) -> Result<(), DbErr> {
        (*self).commit().await
    }

    async fn rollback(self: Box<Self>) -> Result<(), DbErr> {
        (*self).rollback().await
    }
}
