//! A pool of PostgreSQL connections that are put right when they are given back.

use futures_util::FutureExt;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr,
    sqlx::{self, AssertSqlSafe, Executor, PgConnection, Row, postgres::PgPoolOptions},
};

use crate::{error::Error, settings::SETTINGS};

/// Opens the pool that [`TenantDatabase::resetting_pool`](crate::TenantDatabase::resetting_pool)
/// describes.
pub(crate) async fn open_resetting(
    mut options: ConnectOptions,
) -> Result<DatabaseConnection, DbErr> {
    if !is_postgres(options.get_url()) {
        return Err(Error::not_postgres().into());
    }
    let pool_options = pool_options(&options).await?;
    options.map_sqlx_postgres_pool_opts(move |_| {
        pool_options
            .clone()
            .after_release(|connection, _| Box::pin(reset(connection)))
    });
    Database::connect(options).await
}

/// By the scheme, as SeaORM decides it. The rest of the URL may hold a password, and is not looked
/// at.
fn is_postgres(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        ["postgres", "postgresql"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

/// What the caller has told the pool to be.
///
/// SeaORM keeps one function over a pool's options and does not show it: setting ours would lose
/// the caller's. So the caller's is run for a pool that opens no connection, and its outcome is
/// taken from there.
async fn pool_options(options: &ConnectOptions) -> Result<PgPoolOptions, DbErr> {
    let mut options = options.clone();
    options
        .connect_lazy(true)
        .after_connect(|_| async { Ok(()) }.boxed());
    let unused = Database::connect(options).await?;
    let options = unused.get_postgres_connection_pool().options().clone();
    unused.close().await?;
    Ok(options)
}

/// Ends a session's settings, and tells whether no transaction is open: all in one message, after
/// which sqlx keeps the connection or closes it.
///
/// Outside of a transaction, the message is one of its own and begins now. In one that an earlier
/// message has begun, the two times differ, and in an aborted one nothing is answered. `ROLLBACK`
/// would do instead, but outside of a transaction PostgreSQL writes a warning for it into every
/// log.
async fn reset(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let mut text: String = SETTINGS
        .iter()
        .map(|setting| format!("RESET {setting}; "))
        .collect();
    text.push_str("SELECT pg_catalog.now() = pg_catalog.statement_timestamp()");
    let rows = connection
        .fetch_all(sqlx::raw_sql(AssertSqlSafe(text)))
        .await;
    match rows {
        Ok(rows) => match rows.as_slice() {
            [row] => row.try_get(0),
            _ => Ok(false),
        },
        Err(sqlx::Error::Database(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
