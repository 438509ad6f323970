//! A connection that is borrowed from a pool, for a statement or for a transaction.
//!
//! A connection goes back to the pool only when nothing is open on it and the server has said so.
//! Whatever comes in between, a future dropped at any await point above all, the connection is
//! closed instead: sqlx 0.9.0 would give it to the next borrower with the transaction open, or with
//! an answer to come that was somebody else's. SQLite, which is in this process, rolls back
//! instead: a database in memory ends with its connection.

use std::{fmt, sync::Arc};

use futures_util::{Stream, TryStreamExt};
use sea_orm::{
    ConnAcquireErr, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sqlx::{self, Connection, Pool, pool::PoolConnection},
};
use tokio::runtime::Handle;

use super::driver::{Driver, Fate};
use crate::error::{Error, ErrorKind};

/// How many statements a transaction may leave prepared when none is kept for the next one.
const PREPARED: u32 = 100;

const FORGET: &str = "DEALLOCATE ALL";

/// What is open on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No transaction was begun.
    Alone,
    InTransaction,
    /// An error of the server's has aborted the transaction, which waits for a rollback.
    Aborted,
    /// The server has rolled the transaction back by itself.
    Ended,
}

/// A savepoint that has not ended.
struct Savepoint {
    number: u32,
    /// The handles around it whose writes were done inside of it. None is the transaction itself.
    guests: Vec<Option<u32>>,
}

pub(super) struct Session<D: Driver> {
    /// None once it is back in the pool.
    connection: Option<PoolConnection<D>>,
    state: State,
    /// Whether something was sent whose answer is not read yet.
    is_busy: bool,
    /// Whether there are rows that were not read, and perhaps an error behind them.
    has_rest: bool,
    /// The savepoints that have not ended, from the outermost to the innermost.
    savepoints: Vec<Savepoint>,
    /// What has lost a write to a savepoint inside of it that was rolled back. None is the
    /// transaction itself.
    losers: Vec<Option<u32>>,
    /// Whether it was dropped once, and what is left is a rollback without a caller.
    is_left: bool,
    /// Where it began, and where it ends: it may be dropped outside of any runtime.
    runtime: Handle,
    /// How many statements were prepared that the server should forget, where sqlx keeps none.
    ///
    /// sqlx 0.9.0 gives each of them a name all the same, and does not close it. A pooler would
    /// hand them on to another client, whose statements have the same names.
    prepared: Option<u32>,
}

impl<D: Driver> Session<D> {
    pub(super) async fn borrow(pool: &Pool<D>) -> Result<Self, DbErr> {
        if !D::IS_IN_PROCESS {
            return Self::acquire(pool).await;
        }
        // sqlx 0.9.0 pings a connection before it lends it, and closes it if nobody waits for that
        // any more. A database in memory would be gone: a task waits, which is not cut, and what it
        // has got goes back as any session does.
        let pool = pool.clone();
        let acquiring = tokio::spawn(async move { Self::acquire(&pool).await });
        acquiring
            .await
            .unwrap_or_else(|_| Err(not_acquired(sqlx::Error::PoolClosed)))
    }

    async fn acquire(pool: &Pool<D>) -> Result<Self, DbErr> {
        let connection = pool.acquire().await.map_err(not_acquired)?;
        Ok(Self {
            connection: Some(connection),
            state: State::Alone,
            is_busy: false,
            has_rest: false,
            savepoints: Vec::new(),
            losers: Vec::new(),
            is_left: false,
            // The pool has just used it.
            runtime: Handle::current(),
            prepared: None,
        })
    }

    /// From now on, the server forgets what is prepared with the transaction.
    #[cfg(feature = "row-security")]
    pub(super) fn forgetting(mut self) -> Self {
        self.prepared = Some(0);
        self
    }

    /// Begins a transaction with one message. Unless all of it is answered, the connection is not
    /// used any more.
    pub(super) async fn begin(&mut self, message: String) -> Result<Vec<QueryResult>, DbErr> {
        let connection = self.start().await?;
        let rows = D::send(connection, message).await.map_err(exec)?;
        self.state = State::InTransaction;
        self.is_busy = false;
        Ok(rows)
    }

    async fn send(&mut self, text: String) -> Result<Vec<QueryResult>, DbErr> {
        let rows = D::send(self.start().await?, text).await;
        self.finish(rows).await.map_err(exec)
    }

    /// Counts a statement that is about to be prepared.
    async fn count(&mut self) -> Result<(), DbErr> {
        match self.prepared {
            Some(prepared) if prepared >= PREPARED && self.state != State::Aborted => {
                self.send(FORGET.to_owned()).await?;
                self.prepared = Some(1);
            }
            Some(prepared) => self.prepared = Some(prepared.saturating_add(1)),
            None => {}
        }
        Ok(())
    }

    pub(super) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.count().await?;
        let done = D::execute(self.start().await?, statement).await;
        self.finish(done).await.map_err(exec)
    }

    pub(super) async fn query_one(
        &mut self,
        statement: Statement,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.count().await?;
        let row = D::query_one(self.start().await?, statement).await;
        self.finish(row).await.map_err(queried)
    }

    pub(super) async fn query_all(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.count().await?;
        let rows = D::query_all(self.start().await?, statement).await;
        self.finish(rows).await.map_err(queried)
    }

    /// The rows as they come. Those that nobody waits for are read, and an error among them found,
    /// before anything else is sent.
    pub(super) fn stream(
        &mut self,
        statement: Statement,
    ) -> impl Stream<Item = Result<QueryResult, DbErr>> + Send {
        async_stream::try_stream! {
            self.count().await?;
            self.start().await?;
            let connection = self.connection.as_deref_mut().ok_or_else(ended)?;
            let mut rows = D::stream(connection, statement);
            loop {
                // A read that is cut may have taken a part of what came.
                self.is_busy = true;
                match rows.try_next().await {
                    Ok(row) => {
                        self.is_busy = false;
                        self.has_rest = row.is_some();
                        match row {
                            Some(row) => yield row,
                            None => break,
                        }
                    }
                    Err(error) => {
                        drop(rows);
                        self.has_rest = false;
                        self.finish(Err::<(), _>(error)).await.map_err(queried)?;
                        break;
                    }
                }
            }
        }
    }

    pub(super) async fn savepoint(&mut self, number: u32) -> Result<(), DbErr> {
        self.send(format!("SAVEPOINT {}", name(number))).await?;
        self.savepoints.push(Savepoint {
            number,
            guests: Vec::new(),
        });
        Ok(())
    }

    /// How many savepoints are around what is done through a handle, its own included.
    ///
    /// # Errors
    ///
    /// When the handle's savepoint was undone with one around it.
    pub(super) fn depth(&self, savepoint: Option<u32>) -> Result<usize, DbErr> {
        let Some(number) = savepoint else {
            return Ok(0);
        };
        let mut open = self.savepoints.iter();
        let place = open.position(|open| open.number == number);
        place.map(|place| place + 1).ok_or_else(ended)
    }

    /// Takes note of a write of this handle, which is done inside of whatever was begun last.
    ///
    /// # Errors
    ///
    /// When its savepoint was undone with one around it.
    pub(super) fn enter(&mut self, savepoint: Option<u32>) -> Result<(), DbErr> {
        let depth = self.depth(savepoint)?;
        for inside in &mut self.savepoints[depth..] {
            if !inside.guests.contains(&savepoint) {
                inside.guests.push(savepoint);
            }
        }
        Ok(())
    }

    /// The outermost savepoint of these that has not ended.
    pub(super) fn outermost_of(&self, numbers: &[u32]) -> Option<u32> {
        let mut open = self.savepoints.iter().map(|open| open.number);
        open.find(|number| numbers.contains(number))
    }

    /// # Errors
    ///
    /// Unless this savepoint, or the transaction without one, is what was begun last: the ones
    /// inside would end with it, whatever becomes of their handles.
    fn ensure_innermost(&self, savepoint: Option<u32>) -> Result<(), DbErr> {
        match self.depth(savepoint)? == self.savepoints.len() {
            true => Ok(()),
            false => Err(broken(
                "a transaction that was begun inside of this one has not ended: commit it or roll it back first",
            )),
        }
    }

    /// # Errors
    ///
    /// When a write of this handle was answered, and then rolled back with a savepoint that it
    /// happened to be in.
    fn ensure_whole(&self, savepoint: Option<u32>) -> Result<(), DbErr> {
        match self.losers.contains(&savepoint) {
            false => Ok(()),
            true => Err(broken(
                "a statement of this transaction ran while one was open that was begun inside of it, and was rolled back with that: run it before or after, or through the inner one",
            )),
        }
    }

    /// Ends a savepoint, and reports it when an earlier error has undone it already.
    pub(super) async fn release(&mut self, number: u32) -> Result<(), DbErr> {
        if self.state == State::Ended {
            return Err(undone());
        }
        self.ensure_innermost(Some(number))?;
        self.ensure_whole(Some(number))?;
        if let Err(error) = self.read_rest().await {
            self.rollback_to(number).await?;
            return Err(error);
        }
        if self.state == State::Aborted {
            self.rollback_to(number).await?;
            return Err(aborted());
        }
        let release = format!("RELEASE SAVEPOINT {}", name(number));
        let released = self.send(release).await;
        // What is in one that is neither there nor gone is not known.
        self.is_busy = self.is_busy || released.is_err();
        released?;
        self.savepoints.pop();
        Ok(())
    }

    /// Undoes what was done since a savepoint, those inside of it included. What was undone with
    /// the transaction, or with a savepoint around, is.
    pub(super) async fn rollback_to(&mut self, number: u32) -> Result<(), DbErr> {
        self.forget_rest().await?;
        let depth = match self.depth(Some(number)) {
            Ok(depth) if self.state != State::Ended => depth,
            _ => return Ok(()),
        };
        let name = name(number);
        let text = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
        let sent = self.send(text).await;
        self.is_busy = self.is_busy || sent.is_err();
        sent?;
        let mut undone = self.savepoints.split_off(depth - 1);
        let guests = undone.drain(..).flat_map(|savepoint| savepoint.guests);
        self.losers.extend(guests);
        self.state = State::InTransaction;
        Ok(())
    }

    /// Ends the transaction. One that an earlier error has aborted is rolled back, which `COMMIT`
    /// alone would do without a word.
    pub(super) async fn commit(&mut self) -> Result<(), DbErr> {
        self.read_rest().await?;
        if self.state != State::Ended {
            self.ensure_innermost(None)?;
            self.ensure_whole(None)?;
        }
        match self.state {
            State::Alone | State::InTransaction => {}
            State::Aborted => {
                self.rollback().await?;
                return Err(aborted());
            }
            State::Ended => {
                self.rollback().await?;
                return Err(undone());
            }
        }
        // Before, because nothing after a commit that fails is run.
        let commit = match self.prepared {
            Some(1..) => format!("{FORGET}; {}", D::COMMIT),
            _ => D::COMMIT.to_owned(),
        };
        self.send(commit).await?;
        self.give_back();
        Ok(())
    }

    pub(super) async fn rollback(&mut self) -> Result<(), DbErr> {
        self.forget_rest().await?;
        if D::IS_IN_PROCESS {
            self.is_busy = false;
        }
        // After, because an aborted transaction takes nothing else.
        let rollback = match self.prepared {
            Some(1..) => format!("{}; {FORGET}", D::ROLLBACK),
            _ => D::ROLLBACK.to_owned(),
        };
        // One that the server has ended is rolled back all the same: what is open now, if anything,
        // must not stay.
        if self.state == State::Ended {
            self.state = State::InTransaction;
        }
        let rows = D::send(self.start().await?, rollback).await;
        let was_ended = |error: &sqlx::Error| matches!(error, sqlx::Error::Database(error) if D::says_no_transaction(error.as_ref()));
        match rows {
            Err(error) if was_ended(&error) => self.is_busy = false,
            rows => {
                self.finish(rows).await.map_err(exec)?;
            }
        }
        self.give_back();
        Ok(())
    }

    fn give_back(&mut self) {
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        self.state = State::Alone;
        self.savepoints.clear();
        self.connection = None;
    }

    /// The connection, for one thing to send.
    async fn start(&mut self) -> Result<&mut D::Connection, DbErr> {
        if self.state == State::Ended {
            return Err(undone());
        }
        if self.has_rest {
            self.read_rest().await?;
        }
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

    /// Reads the rows of a stream that was dropped before its end.
    ///
    /// # Errors
    ///
    /// The stream's, which is told here, and once.
    async fn read_rest(&mut self) -> Result<(), DbErr> {
        if !self.has_rest {
            return Ok(());
        }
        let Some(connection) = self.connection.as_deref_mut() else {
            return Err(ended());
        };
        self.has_rest = false;
        self.is_busy = true;
        let mut read = connection.ping().await;
        // There, no rows are read after a stream is dropped, and what it did at last is not told.
        if D::IS_IN_PROCESS && self.state == State::InTransaction && read.is_ok() {
            match D::in_transaction(connection).await {
                Ok(true) => {}
                Ok(false) => self.state = State::Ended,
                Err(error) => read = Err(error),
            }
        }
        self.finish(read).await.map_err(queried)?;
        match self.state {
            State::Ended => Err(undone()),
            _ => Ok(()),
        }
    }

    /// As [`read_rest`](Self::read_rest), before a rollback undoes what the stream's error did.
    async fn forget_rest(&mut self) -> Result<(), DbErr> {
        match self.read_rest().await {
            Err(error) if self.is_busy => Err(error),
            _ => Ok(()),
        }
    }

    /// Takes note of an answer.
    async fn finish<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match &outcome {
            Ok(_) => self.is_busy = false,
            Err(sqlx::Error::Database(error)) => {
                let fate = match self.state {
                    State::Alone => Fate::Goes,
                    _ => D::fate(error.as_ref()),
                };
                match (fate, self.connection.as_deref_mut()) {
                    (Fate::Goes, _) | (_, None) => {}
                    (Fate::Waits, _) => self.state = State::Aborted,
                    (Fate::Ended, _) => self.state = State::Ended,
                    (Fate::Unknown, Some(connection)) => {
                        match D::in_transaction(connection).await {
                            Ok(true) => {}
                            Ok(false) => self.state = State::Ended,
                            // The statement's error is the news, and the connection stays busy.
                            Err(_) => return outcome,
                        }
                    }
                }
                self.is_busy = false;
            }
            // A value that has no form for the server: nothing was sent.
            Err(sqlx::Error::Encode(_)) => self.is_busy = false,
            // What came cannot be read: who knows.
            Err(_) => {}
        }
        outcome
    }
}

impl<D: Driver> Drop for Session<D> {
    fn drop(&mut self) {
        // sqlx gives a connection back in a task, and panics where it cannot spawn one: while
        // unwinding, that ends the process.
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let is_known = !self.is_busy || D::IS_IN_PROCESS;
        // A runtime that shuts down drops what it is given to run: this drop must not give it the
        // same again.
        if !is_known || self.is_left {
            connection.close_on_drop();
            return;
        }
        // What is begun is in a transaction as soon as it may be.
        if self.state == State::Alone && !self.is_busy {
            return;
        }
        let session = Self {
            connection: Some(connection),
            state: State::InTransaction,
            is_busy: false,
            has_rest: self.has_rest,
            savepoints: Vec::new(),
            losers: Vec::new(),
            is_left: true,
            prepared: self.prepared,
            runtime: runtime.clone(),
        };
        runtime.spawn(roll_back(session));
    }
}

/// Ends the transaction of a session that nobody waits for. One that cannot be ended is closed as
/// it is dropped.
async fn roll_back<D: Driver>(mut session: Session<D>) {
    let _ = session.rollback().await;
}

impl<D: Driver> fmt::Debug for Session<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("state", &self.state)
            .field("is_busy", &self.is_busy)
            .finish_non_exhaustive()
    }
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

pub(super) fn broken(why: &str) -> DbErr {
    Error::new(ErrorKind::Transaction, why).into()
}

fn ended() -> DbErr {
    broken("the transaction has ended")
}

fn aborted() -> DbErr {
    broken("the transaction was aborted by an earlier error, and is rolled back")
}

fn undone() -> DbErr {
    broken(
        "the database has rolled the transaction back after an earlier error, such as a deadlock: begin it again",
    )
}
