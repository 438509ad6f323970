//! What sqlx's drivers do differently.

#[cfg(feature = "sqlx-mysql")]
mod mysql;
#[cfg(feature = "sqlx-postgres")]
mod postgres;
#[cfg(feature = "sqlx-sqlite")]
mod sqlite;

use futures_util::stream::BoxStream;
use sea_orm::{
    DbBackend, ExecResult, QueryResult, Statement, TransactionOptions, Values,
    sqlx::{self, AssertSqlSafe, Database, IntoArguments, error::DatabaseError, query::Query},
};
use sea_query_sqlx::SqlxValues;

/// What an error of the server's does to the transaction in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // no driver alone makes all of them
pub(super) enum Fate {
    /// Its statement alone is undone.
    Goes,
    /// It takes nothing but a rollback, of all or to a savepoint.
    Waits,
    /// The server has rolled it back.
    Ended,
    /// The error does not tell: see [`Driver::is_in_transaction`].
    Unknown,
}

/// A driver of sqlx's, as a [`Session`](super::session::Session) uses it.
pub(super) trait Driver: Database {
    const BACKEND: DbBackend;

    /// Whether a rollback puts a connection right on which something was sent that nobody waits
    /// for.
    ///
    /// Over a network, who knows what has arrived: such a connection is closed.
    const IS_IN_PROCESS: bool;

    /// What ends a transaction, and begins no other.
    const COMMIT: &str = "COMMIT";
    const ROLLBACK: &str = "ROLLBACK";

    /// The message that begins a transaction.
    fn begin(options: &TransactionOptions) -> String;

    fn fate(error: &dyn DatabaseError) -> Fate;

    /// Asks the server whether a transaction is open.
    fn in_transaction(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<bool, sqlx::Error>> + Send;

    /// Whether an error of a rollback says that there was no transaction any more.
    fn says_no_transaction(_error: &dyn DatabaseError) -> bool {
        false
    }

    /// Sends text of our own by the simple protocol, which needs no preparation.
    fn send(
        connection: &mut Self::Connection,
        text: String,
    ) -> impl Future<Output = Result<Vec<QueryResult>, sqlx::Error>> + Send;

    fn execute(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<ExecResult, sqlx::Error>> + Send;

    fn query_one(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<QueryResult>, sqlx::Error>> + Send;

    fn query_all(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<QueryResult>, sqlx::Error>> + Send;

    fn stream(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> BoxStream<'_, Result<QueryResult, sqlx::Error>>;
}

/// sqlx's query of a statement.
fn query<D: Driver>(statement: Statement) -> Query<'static, D, SqlxValues>
where
    SqlxValues: IntoArguments<D>,
{
    let values = statement.values.unwrap_or(Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

/// The part of [`Driver`] that is the same but for sqlx's types. `$query` makes sqlx's query of a
/// statement.
macro_rules! reads_and_sends {
    ($query:path) => {
        async fn send(
            connection: &mut Self::Connection,
            text: String,
        ) -> Result<Vec<QueryResult>, sqlx::Error> {
            let text = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
            let rows = text.fetch_all(connection).await?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        }

        async fn query_one(
            connection: &mut Self::Connection,
            statement: Statement,
        ) -> Result<Option<QueryResult>, sqlx::Error> {
            let mut rows = $query(statement).fetch(connection);
            let first = rows.try_next().await?;
            // To the end, where an error may be that undoes what the statement did.
            while rows.try_next().await?.is_some() {}
            Ok(first.map(QueryResult::from))
        }

        async fn query_all(
            connection: &mut Self::Connection,
            statement: Statement,
        ) -> Result<Vec<QueryResult>, sqlx::Error> {
            let rows = $query(statement).fetch_all(connection).await?;
            Ok(rows.into_iter().map(QueryResult::from).collect())
        }

        fn stream(
            connection: &mut Self::Connection,
            statement: Statement,
        ) -> BoxStream<'_, Result<QueryResult, sqlx::Error>> {
            let rows = $query(statement).fetch(connection);
            Box::pin(rows.map_ok(QueryResult::from))
        }
    };
}

use reads_and_sends;
