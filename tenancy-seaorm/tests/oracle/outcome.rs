//! What came of a statement.

use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, QueryResult, RuntimeErr, Statement as Sql, StreamTrait,
    sqlx::Row,
};
use tenancy_seaorm::Error;
use uuid::Uuid;

use super::poison::MARKER;

/// How many rows of SQLite's are compared.
const MOST_ROWS: usize = 200_000;

const TOO_MANY: &str = "too many rows";

/// What a statement did, in a form that does not depend on the order of rows.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Rows(Vec<String>),
    Affected(u64),
    Failed(Failure),
}

#[derive(Debug, PartialEq)]
pub struct Failure {
    /// The database's own code of the error.
    pub code: Option<String>,
    pub text: String,
}

impl Outcome {
    /// Whether nothing was written and nothing returned, without an error.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Rows(rows) => rows.is_empty(),
            Self::Affected(rows) => *rows == 0,
            Self::Failed(_) => false,
        }
    }

    /// Whether the server gave up after the time that it was given, or there were too many rows.
    pub fn took_too_long(&self) -> bool {
        match self {
            Self::Failed(failure) => {
                failure.text == TOO_MANY
                    || failure.code.as_deref() == Some("57014")
                    || failure.text.contains("max_statement_time exceeded")
            }
            Self::Rows(_) | Self::Affected(_) => false,
        }
    }

    /// Whether this is in something that the statement came to.
    pub fn tells(&self, what: &str) -> bool {
        match self {
            Self::Rows(rows) => rows.iter().any(|row| row.contains(what)),
            Self::Affected(_) => false,
            Self::Failed(failure) => failure.text.contains(what),
        }
    }
}

/// `Err` with the refusal when the library refused; a database's own error is an outcome like
/// another.
pub async fn outcome(
    db: &(impl ConnectionTrait + StreamTrait),
    statement: &Sql,
    returns_rows: bool,
) -> Result<Outcome, Error> {
    let result = match returns_rows {
        true => rows(db, statement).await.map(|rows| match rows {
            Some(rows) => {
                let mut rows: Vec<_> = rows.iter().map(shown).collect();
                rows.sort_unstable();
                Outcome::Rows(rows)
            }
            None => Outcome::Failed(Failure {
                code: None,
                text: TOO_MANY.into(),
            }),
        }),
        false => db
            .execute_raw(statement.clone())
            .await
            .map(|done| Outcome::Affected(done.rows_affected())),
    };
    if let Err(error) = &result
        && error.to_string().contains("communicating with database")
    {
        panic!(
            "{error}: the server fell over {}\n{:?}",
            statement.sql, statement.values
        );
    }
    settled(result)
}

/// The rows, or none if SQLite has more than memory does. The servers have a limit of time instead.
async fn rows(
    db: &(impl ConnectionTrait + StreamTrait),
    statement: &Sql,
) -> Result<Option<Vec<QueryResult>>, DbErr> {
    if ConnectionTrait::get_database_backend(db) != DbBackend::Sqlite {
        return db.query_all_raw(statement.clone()).await.map(Some);
    }
    let stream = db.stream_raw(statement.clone()).await?;
    let rows: Vec<_> = stream.take(MOST_ROWS + 1).try_collect().await?;
    Ok((rows.len() <= MOST_ROWS).then_some(rows))
}

pub fn settled(result: Result<Outcome, DbErr>) -> Result<Outcome, Error> {
    result.or_else(|error| match Error::of(&error) {
        Some(refusal) => Err(refusal.clone()),
        None => {
            // In all its parts where one of them tells what no error may.
            let parts = format!("{error:?}");
            Ok(Outcome::Failed(Failure {
                code: code(&error),
                text: match parts.contains(MARKER) {
                    true => format!("{error}\n{parts}"),
                    false => error.to_string(),
                },
            }))
        }
    })
}

fn code(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            Some(error.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}

/// Every value of a row, whatever type the engine gives it.
fn shown(row: &QueryResult) -> String {
    let columns = row.column_names();
    let mut shown = String::new();
    for index in 0..columns.len() {
        let integer = row
            .try_get_by_index::<Option<i64>>(index)
            .map(|value| format!("{value:?}"));
        let value = integer
            .or_else(|_| {
                row.try_get_by_index::<Option<String>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<i32>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<bool>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<f64>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<Uuid>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<sea_orm::JsonValue>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .or_else(|_| {
                row.try_get_by_index::<Option<Vec<u8>>>(index)
                    .map(|value| format!("{value:?}"))
            })
            .unwrap_or_else(|error| match undecoded(row, index) {
                Some(bytes) => format!("{bytes:?}"),
                None => panic!("the column {} cannot be read: {error}", columns[index]),
            });
        shown.push_str(&value);
        shown.push('|');
    }
    shown
}

/// What the server sent, of types that SeaORM reads with more features only.
fn undecoded(row: &QueryResult, index: usize) -> Option<Vec<u8>> {
    if let Some(row) = row.try_as_pg_row() {
        return row.try_get_unchecked(index).ok();
    }
    row.try_as_mysql_row()?.try_get_unchecked(index).ok()
}
