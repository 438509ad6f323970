//! PostgreSQL.

use std::{
    fmt::{self, Write},
    hash::{DefaultHasher, Hash, Hasher},
    mem::discriminant,
};

use futures_util::{TryStreamExt, stream::BoxStream};
use sea_orm::{
    DbBackend, ExecResult, QueryResult, Statement, TransactionOptions, Value,
    sqlx::{self, Postgres, error::DatabaseError, query::Query},
};
use sea_query_sqlx::SqlxValues;

use super::{Driver, Fate, query, reads_and_sends};

impl Driver for Postgres {
    const BACKEND: DbBackend = DbBackend::Postgres;
    const IS_IN_PROCESS: bool = false;

    fn begin(options: &TransactionOptions) -> String {
        let mut begin = "BEGIN".to_owned();
        if let Some(level) = options.isolation_level {
            begin.push_str(&format!(" ISOLATION LEVEL {level}"));
        }
        if let Some(mode) = options.access_mode {
            begin.push_str(&format!(" {mode}"));
        }
        begin
    }

    fn fate(_error: &dyn DatabaseError) -> Fate {
        Fate::Waits
    }

    /// The answer to a wrong rollback is a warning, and nothing runs behind an error: it is never
    /// asked.
    async fn in_transaction(_connection: &mut Self::Connection) -> Result<bool, sqlx::Error> {
        Ok(true)
    }

    async fn execute(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> Result<ExecResult, sqlx::Error> {
        Ok(typed(statement).execute(connection).await?.into())
    }

    reads_and_sends!(typed);
}

/// A statement whose text says of what types its values are.
///
/// sqlx prepares a text once for each connection, with the types that its first values have, and
/// sends the values of later ones in the form of theirs: `1.5` would be read as the integer with
/// the same bytes.
fn typed(mut statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    if let Some(values) = statement
        .values
        .as_ref()
        .filter(|values| !values.0.is_empty())
    {
        // Writing to a text does not fail.
        let _ = write!(statement.sql, " /*{:x}*/", types(&values.0));
    }
    query(statement)
}

/// A number for the types of values.
fn types(values: &[Value]) -> u64 {
    let mut types = DefaultHasher::new();
    for value in values {
        discriminant(value).hash(&mut types);
        if !is_of_one_type(value) {
            // An array, for one, which is so many types as there are types of elements.
            let mut name = Name(&mut types);
            // Ends with an error where the name does.
            let _ = write!(name, "{value:?}");
        }
    }
    types.finish()
}

/// Whether a variant is one type of PostgreSQL's, as those are that exist in every build of SeaORM.
fn is_of_one_type(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_)
            | Value::TinyInt(_)
            | Value::SmallInt(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::TinyUnsigned(_)
            | Value::SmallUnsigned(_)
            | Value::Unsigned(_)
            | Value::BigUnsigned(_)
            | Value::Float(_)
            | Value::Double(_)
            | Value::String(_)
            | Value::Enum(_)
            | Value::Char(_)
            | Value::Bytes(_)
            | Value::Json(_)
            | Value::Uuid(_)
    )
}

/// The name of a value's type in what is printed of it: `Array(Int, ` of `Array(Int, Some([1]))`,
/// and `ChronoDate` of `ChronoDate(Some(2026-12-01))`.
struct Name<'a>(&'a mut DefaultHasher);

impl Write for Name<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if part.starts_with([',', ' ']) || part.starts_with("Some") || part.starts_with("None") {
            return Err(fmt::Error);
        }
        part.hash(self.0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{DbBackend, Statement, Value, sqlx::Execute};

    use super::{typed, types};

    #[test]
    fn the_types_of_values_tell_and_the_values_do_not() {
        let integer = types(&[1_i64.into()]);
        assert_eq!(integer, types(&[Value::BigInt(None)]));
        assert_eq!(integer, types(&[2_i64.into()]));
        for other in [
            vec![1_i32.into()],
            vec![1.5_f64.into()],
            vec!["1".into()],
            vec![1_i64.into(), 1_i64.into()],
        ] {
            assert_ne!(integer, types(&other), "{other:?}");
        }
    }

    #[test]
    fn a_text_without_values_stays() {
        let statement = Statement::from_string(DbBackend::Postgres, "SELECT 1");
        assert_eq!(typed(statement).sql().as_str(), "SELECT 1");
    }
}
