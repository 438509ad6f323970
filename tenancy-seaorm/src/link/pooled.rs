//! A pool of sqlx's, from which a connection is borrowed for a statement or a transaction.

use std::fmt;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions,
    sqlx::Pool,
};

use super::{Rows, Runner, TransactionLink, driver::Driver, session::Session, transaction::Nested};

pub(super) struct Pooled<D: Driver> {
    pool: Pool<D>,
    supports_returning: bool,
}

impl<D: Driver> Pooled<D> {
    /// `pool` is that of `connection`.
    pub(super) fn new(pool: Pool<D>, connection: &DatabaseConnection) -> Self {
        Self {
            pool,
            supports_returning: connection.get_database_backend().support_returning(),
        }
    }
}

#[async_trait]
impl<D: Driver> Runner for Pooled<D> {
    fn backend(&self) -> DbBackend {
        D::BACKEND
    }

    fn supports_returning(&self) -> bool {
        self.supports_returning
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Session::borrow(&self.pool).await?.execute(statement).await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut session = Session::borrow(&self.pool).await?;
        session.query_one(statement).await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut session = Session::borrow(&self.pool).await?;
        session.query_all(statement).await
    }

    async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        let mut session = Session::borrow(&self.pool).await?;
        Ok(Box::pin(async_stream::try_stream! {
            let mut rows = std::pin::pin!(session.stream(statement));
            while let Some(row) = rows.try_next().await? {
                yield row;
            }
        }))
    }

    async fn begin(&self, options: TransactionOptions) -> Result<TransactionLink, DbErr> {
        let mut session = Session::borrow(&self.pool).await?;
        session.begin(D::begin(&options)).await?;
        Ok(Box::new(Nested::outermost(
            session,
            self.supports_returning,
        )))
    }
}

impl<D: Driver> fmt::Debug for Pooled<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooled")
            .field("backend", &D::BACKEND)
            .finish_non_exhaustive()
    }
}
