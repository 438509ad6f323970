use std::pin::Pin;

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StreamTrait, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};
use tenancy_core::TenantContext;

use crate::{
    PlanExplanation,
    link::{Rows, TransactionLink},
    scope::Scope,
};

/// A transaction, or a savepoint within one, that is scoped like the connection that began it.
///
/// Rolled back when dropped without [`commit`](Self::commit).
#[derive(Debug)]
#[must_use = "a transaction that is dropped is rolled back"]
pub struct ScopedTransaction {
    transaction: TransactionLink,
    scope: Scope,
}

impl ScopedTransaction {
    pub(crate) fn new(transaction: TransactionLink, scope: Scope) -> Self {
        Self { transaction, scope }
    }

    /// The context that this transaction is scoped to.
    #[must_use]
    pub fn context(&self) -> &TenantContext {
        self.scope.context()
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// A savepoint under another authority in the same tenant.
    pub(crate) async fn begin_scoped(
        &self,
        scope: Scope,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let savepoint = self.transaction.begin(options).await?;
        Ok(Self::new(savepoint, scope))
    }

    /// What the planner makes of a statement, and why, as
    /// [`ScopedConnection::explain_plan`](crate::ScopedConnection::explain_plan) does.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it; see [`Error::of`](crate::Error::of).
    pub fn explain_plan(&self, statement: &Statement) -> Result<PlanExplanation, DbErr> {
        self.scope.explain(statement)
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }

    /// Rolls the transaction back, or back to the savepoint.
    ///
    /// # Errors
    ///
    /// The database's error.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }
}

/// Commits after `Ok`, rolls back after `Err`.
pub(crate) async fn finish<T, E>(
    transaction: ScopedTransaction,
    outcome: Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    E: std::fmt::Display + std::fmt::Debug,
{
    let ended = match &outcome {
        Ok(_) => transaction.commit().await,
        Err(_) => transaction.rollback().await,
    };
    ended.map_err(TransactionError::Connection)?;
    outcome.map_err(TransactionError::Transaction)
}

#[async_trait::async_trait]
impl TransactionSession for ScopedTransaction {
    async fn commit(self) -> Result<(), DbErr> {
        self.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.rollback().await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for ScopedTransaction {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute(self.scope.rewrite(stmt)?).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = self
            .scope
            .rewrite_text(sql, ConnectionTrait::get_database_backend(self))?;
        self.transaction.execute(statement).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one(self.scope.rewrite(stmt)?).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all(self.scope.rewrite(stmt)?).await
    }

    fn support_returning(&self) -> bool {
        self.transaction.supports_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.transaction.is_mock()
    }
}

impl StreamTrait for ScopedTransaction {
    type Stream<'a> = Rows<'a>;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(self)
    }

    fn stream_raw<'a>(
        &'a self,
        stmt: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move { self.transaction.stream(self.scope.rewrite(stmt)?).await })
    }
}

#[async_trait::async_trait]
impl TransactionTrait for ScopedTransaction {
    type Transaction = ScopedTransaction;

    async fn begin(&self) -> Result<ScopedTransaction, DbErr> {
        self.begin_with_config(None, None).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<ScopedTransaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            isolation_level,
            access_mode,
            ..Default::default()
        })
        .await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<ScopedTransaction, DbErr> {
        self.begin_scoped(self.scope.clone(), options).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c ScopedTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction_with_config(callback, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c ScopedTransaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let transaction = self
            .begin_with_config(isolation_level, access_mode)
            .await
            .map_err(TransactionError::Connection)?;
        let outcome = callback(&transaction).await;
        finish(transaction, outcome).await
    }
}
