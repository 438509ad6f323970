//! Transactions and the savepoints in them, which share one session.

use std::{
    fmt,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionOptions};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Rows, Runner, Transaction, TransactionLink,
    driver::Driver,
    session::{Session, broken},
};

struct Shared<D: Driver> {
    session: Mutex<Session<D>>,
    supports_returning: bool,
    /// How many there have been, which is the last one's number: an inner one's is always higher.
    savepoints: AtomicU32,
    /// The savepoints that were dropped without an end: they are rolled back before anything else
    /// is sent.
    dropped: std::sync::Mutex<Vec<u32>>,
}

impl<D: Driver> Shared<D> {
    fn dropped(&self) -> std::sync::MutexGuard<'_, Vec<u32>> {
        // Nothing that could panic is done with it.
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a statement of the planner's leaves nothing that a rollback could undo.
fn is_read(sql: &str) -> bool {
    let writes = || {
        ["INSERT ", "UPDATE ", "DELETE "]
            .iter()
            .any(|word| sql.contains(word))
    };
    sql.starts_with("SELECT") || (sql.starts_with("WITH") && !writes())
}

/// A transaction, or a savepoint in it.
pub(super) struct Nested<D: Driver> {
    shared: Arc<Shared<D>>,
    /// The number of a savepoint that has not ended.
    savepoint: Option<u32>,
}

impl<D: Driver> Nested<D> {
    /// The transaction that was begun in `session`.
    pub(super) fn outermost(session: Session<D>, supports_returning: bool) -> Self {
        Self {
            shared: Arc::new(Shared {
                session: Mutex::new(session),
                supports_returning,
                savepoints: AtomicU32::new(0),
                dropped: std::sync::Mutex::default(),
            }),
            savepoint: None,
        }
    }

    /// The session, for a statement.
    async fn session(&self, statement: &Statement) -> Result<MutexGuard<'_, Session<D>>, DbErr> {
        let mut session = self.any_session().await?;
        match is_read(&statement.sql) {
            true => session.depth(self.savepoint).map(drop)?,
            false => session.enter(self.savepoint)?,
        }
        Ok(session)
    }

    /// The session, after what was dropped in it is undone, whether or not this savepoint is still
    /// there.
    async fn any_session(&self) -> Result<MutexGuard<'_, Session<D>>, DbErr> {
        let mut session = self.shared.session.lock().await;
        let dropped = std::mem::take(&mut *self.shared.dropped());
        if let Some(outermost) = session.outermost_of(&dropped) {
            session.rollback_to(outermost).await?;
        }
        Ok(session)
    }
}

#[async_trait]
impl<D: Driver> Runner for Nested<D> {
    fn backend(&self) -> DbBackend {
        D::BACKEND
    }

    fn supports_returning(&self) -> bool {
        self.shared.supports_returning
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.session(&statement).await?.execute(statement).await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.session(&statement).await?.query_one(statement).await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.session(&statement).await?.query_all(statement).await
    }

    async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        let mut session = self.session(&statement).await?;
        Ok(Box::pin(async_stream::try_stream! {
            let mut rows = std::pin::pin!(session.stream(statement));
            while let Some(row) = rows.try_next().await? {
                yield row;
            }
        }))
    }

    /// A savepoint, which has the modes of its transaction.
    async fn begin(&self, options: TransactionOptions) -> Result<TransactionLink, DbErr> {
        let TransactionOptions {
            isolation_level,
            access_mode,
            sqlite_transaction_mode,
        } = options;
        if isolation_level.is_some() || access_mode.is_some() || sqlite_transaction_mode.is_some() {
            return Err(broken(
                "a nested transaction has the isolation level and access mode of the outermost: set them there",
            ));
        }
        let mut session = self.any_session().await?;
        session.depth(self.savepoint)?;
        let number = self.shared.savepoints.fetch_add(1, Ordering::AcqRel) + 1;
        session.savepoint(number).await?;
        Ok(Box::new(Self {
            shared: Arc::clone(&self.shared),
            savepoint: Some(number),
        }))
    }
}

#[async_trait]
impl<D: Driver> Transaction for Nested<D> {
    async fn commit(mut self: Box<Self>) -> Result<(), DbErr> {
        {
            let mut session = self.any_session().await?;
            match self.savepoint {
                None => session.commit().await?,
                Some(number) => session.release(number).await?,
            }
        }
        // One that could not be committed is rolled back as it is dropped.
        self.savepoint = None;
        Ok(())
    }

    async fn rollback(mut self: Box<Self>) -> Result<(), DbErr> {
        {
            let mut session = self.any_session().await?;
            match self.savepoint {
                None => session.rollback().await?,
                Some(number) => session.rollback_to(number).await?,
            }
        }
        self.savepoint = None;
        Ok(())
    }
}

impl<D: Driver> Drop for Nested<D> {
    fn drop(&mut self) {
        // The session rolls back by itself when the last handle is gone.
        if let Some(number) = self.savepoint {
            self.shared.dropped().push(number);
        }
    }
}

impl<D: Driver> fmt::Debug for Nested<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nested")
            .field("savepoint", &self.savepoint)
            .finish_non_exhaustive()
    }
}
