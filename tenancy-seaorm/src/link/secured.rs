//! The pool whose connections are borrowed for a transaction each, and the handle of such a transaction.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{
    DbErr, Statement, TransactionOptions,
    sqlx::{ConnectOptions, PgPool, postgres::PgConnectOptions},
};
use tokio::sync::{Mutex, MutexGuard};

use super::{Rows, Setting, session::Session};
use crate::{Error, ErrorKind};

#[derive(Debug, Clone)]
pub(crate) struct SecuredPool {
    pub(crate) pool: PgPool,
    /// Whether connections keep the statements that they have prepared.
    pub(super) keeps_statements: bool,
}

impl SecuredPool {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            keeps_statements: keeps_statements(&pool.connect_options()),
            pool,
        }
    }

    /// Runs one statement in a transaction of its own: begin, statement, commit.
    pub(super) async fn once<T>(
        &self,
        setting: &Setting,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        let mut session = Session::begin(self, setting, TransactionOptions::default()).await?;
        match work(&mut session).await {
            Ok(value) => {
                session.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // Its error is the news; a connection that cannot roll back is closed.
                let _ = session.rollback().await;
                Err(error)
            }
        }
    }

    /// The transaction ends with the stream.
    pub(super) async fn stream(
        &self,
        setting: &Setting,
        statement: Statement,
    ) -> Result<Rows<'static>, DbErr> {
        let mut session = Session::begin(self, setting, TransactionOptions::default()).await?;
        Ok(Box::pin(async_stream::try_stream! {
            {
                let mut rows = std::pin::pin!(session.stream(&statement));
                while let Some(row) = rows.try_next().await? {
                    yield row;
                }
            }
            session.commit().await?;
        }))
    }

    pub(super) async fn begin(
        &self,
        setting: &Setting,
        options: TransactionOptions,
    ) -> Result<SecuredTransaction, DbErr> {
        let session = Session::begin(self, setting, options).await?;
        Ok(SecuredTransaction {
            shared: Arc::new(Shared {
                session: Mutex::new(session),
                savepoints: AtomicU32::new(0),
                dropped: AtomicU32::new(NONE),
            }),
            savepoint: None,
        })
    }
}

/// Whether sqlx's cache of statements has a capacity, which the options tell as a URL only.
fn keeps_statements(options: &PgConnectOptions) -> bool {
    // Without secrets, and without names that would not make a URL.
    let options = options.clone().host("localhost");
    let url = options.username("").password("").to_url_lossy();
    !url.query_pairs()
        .any(|(key, value)| key == "statement-cache-capacity" && value == "0")
}

/// No savepoint was dropped.
const NONE: u32 = u32::MAX;

#[derive(Debug)]
struct Shared {
    session: Mutex<Session>,
    /// How many there have been, which is the last one's number: an inner one's is always higher.
    savepoints: AtomicU32,
    /// The outermost savepoint that was dropped without an end: it is rolled back before anything else is sent.
    dropped: AtomicU32,
}

/// A transaction, or a savepoint in it.
#[derive(Debug)]
pub(crate) struct SecuredTransaction {
    shared: Arc<Shared>,
    /// The number of a savepoint that has not ended.
    savepoint: Option<u32>,
}

impl SecuredTransaction {
    pub(super) async fn session(&self) -> Result<MutexGuard<'_, Session>, DbErr> {
        let mut session = self.shared.session.lock().await;
        let dropped = self.shared.dropped.swap(NONE, Ordering::AcqRel);
        if dropped != NONE {
            session.rollback_to(dropped).await?;
        }
        Ok(session)
    }

    pub(super) async fn stream(&self, statement: Statement) -> Result<Rows<'_>, DbErr> {
        let mut session = self.session().await?;
        Ok(async_stream::try_stream! {
            let mut rows = std::pin::pin!(session.stream(&statement));
            while let Some(row) = rows.try_next().await? {
                yield row;
            }
        }
        .boxed())
    }

    /// A savepoint, which has the modes of its transaction.
    pub(super) async fn begin(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        if options.isolation_level.is_some() || options.access_mode.is_some() {
            let why = "a nested transaction has the isolation level and access mode of the outermost: set them there";
            return Err(Error::new(ErrorKind::Transaction, why).into());
        }
        let mut session = self.session().await?;
        let number = self.shared.savepoints.fetch_add(1, Ordering::AcqRel) + 1;
        session.savepoint(number).await?;
        Ok(Self {
            shared: Arc::clone(&self.shared),
            savepoint: Some(number),
        })
    }

    pub(super) async fn commit(mut self) -> Result<(), DbErr> {
        let ended = {
            let mut session = self.session().await?;
            match self.savepoint {
                None => session.commit().await,
                Some(number) => session.release(number).await,
            }
        };
        self.savepoint = None;
        ended
    }

    pub(super) async fn rollback(mut self) -> Result<(), DbErr> {
        let ended = {
            let mut session = self.session().await?;
            match self.savepoint {
                None => session.rollback().await,
                Some(number) => session.rollback_to(number).await,
            }
        };
        self.savepoint = None;
        ended
    }
}

impl Drop for SecuredTransaction {
    fn drop(&mut self) {
        // The session rolls back by itself when the last handle is gone.
        if let Some(number) = self.savepoint {
            self.shared.dropped.fetch_min(number, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sqlx::postgres::PgConnectOptions;

    use super::keeps_statements;

    #[test]
    fn whether_statements_are_kept_is_read_from_any_options() {
        for options in [
            PgConnectOptions::new_without_pgpass(),
            PgConnectOptions::new_without_pgpass().host("::1"),
            PgConnectOptions::new_without_pgpass().socket("/a folder/of sockets"),
            PgConnectOptions::new_without_pgpass().username("a/b@c:d ?e"),
            PgConnectOptions::new_without_pgpass().password("p/q@r:s ?t"),
            PgConnectOptions::new_without_pgpass().database("statement-cache-capacity=0"),
        ] {
            assert!(keeps_statements(&options), "{options:?}");
            let without = options.statement_cache_capacity(0);
            assert!(!keeps_statements(&without), "{without:?}");
        }
        let url = "postgres://app@127.0.0.1/app?statement-cache-capacity=0";
        assert!(!keeps_statements(&url.parse().unwrap()));
        assert!(keeps_statements(
            &format!("{url}1").replace("=01", "=10").parse().unwrap()
        ));
    }
}
