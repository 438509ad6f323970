//! MySQL and MariaDB.

use futures_util::{TryStreamExt, stream::BoxStream};
use sea_orm::{
    DbBackend, ExecResult, QueryResult, Statement, TransactionOptions,
    sqlx::{self, MySql, error::DatabaseError, mysql::MySqlDatabaseError},
};

use super::{Driver, Fate, query, reads_and_sends};

/// Errors without a class of their own after which InnoDB has rolled back: a row that a snapshot
/// has and that others have changed (MariaDB), and a table of locks that is full.
const ROLLS_BACK: [u16; 2] = [1020, 1206];

impl Driver for MySql {
    const BACKEND: DbBackend = DbBackend::MySql;
    const IS_IN_PROCESS: bool = false;
    // Whatever the server's `completion_type` is.
    const COMMIT: &str = "COMMIT AND NO CHAIN NO RELEASE";
    const ROLLBACK: &str = "ROLLBACK AND NO CHAIN NO RELEASE";

    /// In one message: a level that is set for the next transaction meets no other.
    fn begin(options: &TransactionOptions) -> String {
        let level = options.isolation_level.map_or_else(String::new, |level| {
            format!("SET TRANSACTION ISOLATION LEVEL {level}; ")
        });
        match options.access_mode {
            Some(mode) => format!("{level}START TRANSACTION {mode}"),
            None => format!("{level}BEGIN"),
        }
    }

    /// By the class of its SQLSTATE: data (22), constraints (23) and names and rights (42) concern
    /// a statement, 40 is what rolls a transaction back, such as a deadlock. All others may: a wait
    /// for a lock that took too long does, or not, as the server is set.
    ///
    /// <https://dev.mysql.com/doc/refman/8.4/en/innodb-error-handling.html>
    fn fate(error: &dyn DatabaseError) -> Fate {
        let error = error.downcast_ref::<MySqlDatabaseError>();
        if ROLLS_BACK.contains(&error.number()) {
            return Fate::Ended;
        }
        match error.code().and_then(|code| code.get(..2)) {
            Some("22" | "23" | "42") => Fate::Goes,
            Some("40") => Fate::Ended,
            _ => Fate::Unknown,
        }
    }

    /// Outside of a transaction a savepoint is set without a word, and is not there to release.
    async fn in_transaction(connection: &mut Self::Connection) -> Result<bool, sqlx::Error> {
        let ask = "SAVEPOINT tenancy_open; RELEASE SAVEPOINT tenancy_open";
        match Self::send(connection, ask.to_owned()).await {
            Ok(_) => Ok(true),
            Err(sqlx::Error::Database(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn execute(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> Result<ExecResult, sqlx::Error> {
        Ok(query(statement).execute(connection).await?.into())
    }

    reads_and_sends!(query);
}
