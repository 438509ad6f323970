//! One PostgreSQL connection, inside one transaction whose local settings name the tenant and the user.
//!
//! A connection goes back to the pool only after its transaction has ended and the server has said so. Whatever comes in between, a
//! future dropped at any await point above all, the connection is closed instead: sqlx 0.9.0 would give it to the next borrower with
//! the transaction open.

use std::sync::Arc;

use futures_util::{Stream, TryStreamExt};
use sea_orm::{
    ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, TransactionOptions,
    Values,
    sqlx::{
        self, AssertSqlSafe, Executor, PgConnection, Postgres, Row, pool::PoolConnection,
        postgres::PgRow, query::Query,
    },
};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;

use super::{
    SecuredPool,
    setting::{Setting, set_sql},
};
use crate::{Error, ErrorKind};

/// How many statements a transaction may leave prepared when none is kept for the next one.
const PREPARED: u32 = 100;

const FORGET: &str = "DEALLOCATE ALL";

pub(crate) struct Session {
    /// None once it is back in the pool.
    connection: Option<PoolConnection<Postgres>>,
    /// Whether something was sent whose answer is not read yet.
    is_busy: bool,
    /// Whether an error of the server has aborted the transaction.
    is_aborted: bool,
    /// Whether it was dropped once, and what is left is a rollback that nobody waits for.
    is_left: bool,
    /// Where it began, and where it ends: it may be dropped outside of any runtime.
    runtime: Handle,
    /// How many statements were prepared that the server should forget, where sqlx keeps none.
    ///
    /// sqlx 0.9.0 gives each of them a name all the same, and does not close it. A pooler would hand them on to another client,
    /// whose statements have the same names.
    prepared: Option<u32>,
}

impl Session {
    /// Begins a transaction with its settings: one message, one answer.
    pub(super) async fn begin(
        pool: &SecuredPool,
        setting: &Setting,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let TransactionOptions {
            isolation_level,
            access_mode,
            sqlite_transaction_mode: _,
        } = options;
        let values = setting.values();
        let set = set_sql(&values)?;
        let connection = pool.pool.acquire().await.map_err(not_acquired)?;
        let mut session = Self {
            connection: Some(connection),
            is_busy: false,
            is_aborted: false,
            is_left: false,
            // The pool has just used it.
            runtime: Handle::current(),
            prepared: (!pool.keeps_statements).then_some(0),
        };
        let mut begin = "BEGIN".to_owned();
        if let Some(level) = isolation_level {
            begin.push_str(&format!(" ISOLATION LEVEL {level}"));
        }
        if let Some(mode) = access_mode {
            begin.push_str(&format!(" {mode}"));
        }
        let rows = session.raw(format!("{begin}; {set}")).await?;
        let is_set = match rows.as_slice() {
            [row] => values.iter().enumerate().all(|(index, value)| {
                row.try_get::<String, _>(index)
                    .is_ok_and(|set| set == **value)
            }),
            _ => false,
        };
        if is_set {
            Ok(session)
        } else {
            Err(broken("the server did not take the transaction's settings"))
        }
    }

    /// Sends text of our own by the simple protocol, which needs no preparation.
    async fn raw(&mut self, text: String) -> Result<Vec<PgRow>, DbErr> {
        let connection = self.start()?;
        let rows = connection
            .fetch_all(sqlx::raw_sql(AssertSqlSafe(text)))
            .await;
        self.finish(rows).map_err(exec)
    }

    /// Counts a statement that is about to be prepared.
    async fn count(&mut self) -> Result<(), DbErr> {
        match self.prepared {
            Some(prepared) if prepared >= PREPARED && !self.is_aborted => {
                self.raw(FORGET.to_owned()).await?;
                self.prepared = Some(1);
            }
            Some(prepared) => self.prepared = Some(prepared.saturating_add(1)),
            None => {}
        }
        Ok(())
    }

    pub(super) async fn execute(&mut self, statement: &Statement) -> Result<ExecResult, DbErr> {
        self.count().await?;
        let done = query(statement).execute(self.start()?).await;
        self.finish(done).map(ExecResult::from).map_err(exec)
    }

    pub(super) async fn query_one(
        &mut self,
        statement: &Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.count().await?;
        let row = query(statement).fetch_optional(self.start()?).await;
        let row = self.finish(row).map_err(queried)?;
        Ok(row.map(QueryResult::from))
    }

    pub(super) async fn query_all(
        &mut self,
        statement: &Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.count().await?;
        let rows = query(statement).fetch_all(self.start()?).await;
        let rows = self.finish(rows).map_err(queried)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// The rows as they come. Those that nobody waits for are read, and an error among them found, by what is sent next.
    pub(super) fn stream<'a>(
        &'a mut self,
        statement: &'a Statement,
    ) -> impl Stream<Item = Result<QueryResult, DbErr>> + Send + 'a {
        async_stream::try_stream! {
            self.count().await?;
            self.start()?;
            let connection = self.connection.as_deref_mut().ok_or_else(ended)?;
            let mut rows = query(statement).fetch(connection);
            loop {
                match rows.try_next().await {
                    Ok(row) => {
                        // The server has taken the statement.
                        self.is_busy = false;
                        match row {
                            Some(row) => yield QueryResult::from(row),
                            None => break,
                        }
                    }
                    Err(error) => {
                        drop(rows);
                        self.finish(Err::<(), _>(error)).map_err(queried)?;
                        break;
                    }
                }
            }
        }
    }

    pub(super) async fn savepoint(&mut self, number: u32) -> Result<(), DbErr> {
        self.raw(format!("SAVEPOINT {}", name(number))).await?;
        Ok(())
    }

    /// Ends a savepoint, and reports it when an earlier error has undone it already.
    pub(super) async fn release(&mut self, number: u32) -> Result<(), DbErr> {
        if self.is_aborted {
            self.rollback_to(number).await?;
            return Err(aborted());
        }
        self.raw(format!("RELEASE SAVEPOINT {}", name(number)))
            .await?;
        Ok(())
    }

    pub(super) async fn rollback_to(&mut self, number: u32) -> Result<(), DbErr> {
        let name = name(number);
        let text = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
        self.raw(text).await?;
        self.is_aborted = false;
        Ok(())
    }

    /// Ends the transaction. One that an earlier error has aborted is rolled back, which `COMMIT` alone would do without a word.
    pub(super) async fn commit(&mut self) -> Result<(), DbErr> {
        if self.is_aborted {
            self.rollback().await?;
            return Err(aborted());
        }
        // Before, because nothing after a commit that fails is run.
        let commit = match self.prepared {
            Some(1..) => format!("{FORGET}; COMMIT"),
            _ => "COMMIT".to_owned(),
        };
        self.raw(commit).await?;
        self.connection = None;
        Ok(())
    }

    pub(super) async fn rollback(&mut self) -> Result<(), DbErr> {
        // After, because an aborted transaction takes nothing else.
        let rollback = match self.prepared {
            Some(1..) => format!("ROLLBACK; {FORGET}"),
            _ => "ROLLBACK".to_owned(),
        };
        self.raw(rollback).await?;
        self.connection = None;
        Ok(())
    }

    /// The connection, for one thing to send.
    fn start(&mut self) -> Result<&mut PgConnection, DbErr> {
        if self.is_busy {
            return Err(broken(
                "an earlier statement of this transaction was not waited for, so its outcome is unknown",
            ));
        }
        match &mut self.connection {
            Some(connection) => {
                self.is_busy = true;
                Ok(connection)
            }
            None => Err(ended()),
        }
    }

    fn finish<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match &outcome {
            Ok(_) => self.is_busy = false,
            // The server answered, and waits for a rollback.
            Err(sqlx::Error::Database(_)) => {
                self.is_busy = false;
                self.is_aborted = true;
            }
            // Nothing was sent, or what came cannot be read: who knows.
            Err(_) => {}
        }
        outcome
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // sqlx gives a connection back in a task, and panics where it cannot spawn one: while unwinding, that ends the process.
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        // A runtime that shuts down drops what it is given to run: this drop must not give it the same again.
        if self.is_busy || self.is_left {
            connection.close_on_drop();
            return;
        }
        let session = Self {
            connection: Some(connection),
            is_busy: false,
            is_aborted: self.is_aborted,
            is_left: true,
            prepared: self.prepared,
            runtime: runtime.clone(),
        };
        runtime.spawn(roll_back(session));
    }
}

/// Ends the transaction of a session that nobody waits for. One that cannot be ended is closed as it is dropped.
async fn roll_back(mut session: Session) {
    let _ = session.rollback().await;
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("is_busy", &self.is_busy)
            .field("is_aborted", &self.is_aborted)
            .finish_non_exhaustive()
    }
}

fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn name(number: u32) -> String {
    format!("tenancy_{number}")
}

fn exec(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        other => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(other))),
    }
}

fn broken(why: &str) -> DbErr {
    Error::new(ErrorKind::Transaction, why).into()
}

fn ended() -> DbErr {
    broken("the transaction has ended")
}

fn aborted() -> DbErr {
    broken("the transaction was aborted by an earlier error, and is rolled back")
}
