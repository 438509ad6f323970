//! SQLite, which runs in a thread of this process: what was sent is done, and in order.

use futures_util::{TryStreamExt, stream::BoxStream};
use sea_orm::{
    DbBackend, ExecResult, QueryResult, Statement, TransactionOptions,
    sqlx::{self, Sqlite, error::DatabaseError, sqlite::SqliteQueryResult},
};

use super::{Driver, Fate, query, reads_and_sends};

/// An id that no table gives a row, to tell whether a connection's last insert is the one that was
/// asked for.
const MARK: i64 = 0x7e4a_9c61_d20b_58f3;

/// What `sqlite3_errmsg` says of a `ROLLBACK` that has nothing to roll back.
const NO_TRANSACTION: &str = "no transaction is active";

impl Driver for Sqlite {
    const BACKEND: DbBackend = DbBackend::Sqlite;
    const IS_IN_PROCESS: bool = true;

    fn begin(options: &TransactionOptions) -> String {
        if options.isolation_level.is_some() || options.access_mode.is_some() {
            tracing::warn!(
                "SQLite has no isolation levels and access modes: its transactions are serializable, and write"
            );
        }
        match options.sqlite_transaction_mode {
            Some(mode) => format!("BEGIN {}", mode.sqlite_keyword()),
            None => "BEGIN".to_owned(),
        }
    }

    /// A full disk, a trigger with `RAISE(ROLLBACK)` and others end a transaction:
    /// <https://www.sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>
    fn fate(_error: &dyn DatabaseError) -> Fate {
        Fate::Unknown
    }

    /// A second transaction cannot begin in a first.
    async fn in_transaction(connection: &mut Self::Connection) -> Result<bool, sqlx::Error> {
        match Self::send(connection, "BEGIN".to_owned()).await {
            Ok(_) => {
                Self::send(connection, "ROLLBACK".to_owned()).await?;
                Ok(false)
            }
            Err(sqlx::Error::Database(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn says_no_transaction(error: &dyn DatabaseError) -> bool {
        error.message().ends_with(NO_TRANSACTION)
    }

    /// SQLite remembers the id of a connection's last insert, whoever it was for. An update, an
    /// upsert that updates and an insert into a table without row ids leave it as it was; a mark
    /// that is set before tells them, and no id is told then.
    ///
    /// <https://www.sqlite.org/c3ref/last_insert_rowid.html>
    async fn execute(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> Result<ExecResult, sqlx::Error> {
        let says = |word| statement.sql.contains(word);
        let is_insert = says("INSERT ");
        let is_write = is_insert || says("UPDATE ") || says("DELETE ");
        if is_insert {
            let mark = format!(
                "CREATE TEMP TABLE IF NOT EXISTS tenancy_mark (id INTEGER PRIMARY KEY); \
                 INSERT OR REPLACE INTO temp.tenancy_mark VALUES ({MARK})"
            );
            Self::send(connection, mark).await?;
        }
        let mut done = query(statement).execute(connection).await?;
        if !is_write {
            // The count would be that of an earlier write, whoever it was for.
            done = SqliteQueryResult::default();
        } else if !is_insert || done.last_insert_rowid() == MARK {
            // Keeps the count, and has no id.
            done.extend([SqliteQueryResult::default()]);
        }
        Ok(done.into())
    }

    reads_and_sends!(query);
}
