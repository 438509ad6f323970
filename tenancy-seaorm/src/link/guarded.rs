//! A transaction of the library's own work, for code that is written for any connection of
//! SeaORM's.

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    TransactionOptions,
};

use super::{TransactionLink, link_to};

/// One that leaves nothing to the next borrower of its connection, whenever its future is dropped.
pub(crate) struct Guarded(TransactionLink);

impl Guarded {
    pub(crate) async fn begin(
        connection: &DatabaseConnection,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        Ok(Self(link_to(connection)?.begin(options).await?))
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        self.0.commit().await
    }

    pub(crate) async fn rollback(self) -> Result<(), DbErr> {
        self.0.rollback().await
    }
}

#[async_trait]
impl ConnectionTrait for Guarded {
    fn get_database_backend(&self) -> DbBackend {
        self.0.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.0.backend(), sql);
        self.0.execute(statement).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all(statement).await
    }

    fn support_returning(&self) -> bool {
        self.0.supports_returning()
    }
}
