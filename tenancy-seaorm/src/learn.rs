//! Which columns a table has, by the database's own word.
//!
//! Asked once for each table of which a statement names a column that neither an entity nor the catalog knows.

use sea_orm::{DbBackend, DbErr, QueryResult, Statement, Value};

use crate::catalog::{Class, Columns, TableName};

/// By the search path, where the table has no schema: as the statement itself will find it.
/// <https://www.postgresql.org/docs/current/catalog-pg-attribute.html>
const POSTGRES: &str = "SELECT a.attname::text, t.typname::text FROM pg_catalog.pg_attribute AS a \
     JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
     WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

/// <https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html>
const MYSQL: &str = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(DATA_TYPE AS CHAR) FROM information_schema.COLUMNS \
     WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?";

/// Asks for the columns of a table.
pub(crate) fn question(backend: DbBackend, table: &TableName) -> Statement {
    let TableName { schema, table } = table;
    if backend == DbBackend::MySql {
        let schema = schema.as_deref().map(str::to_owned);
        let values = [Value::from(schema), table.to_string().into()];
        return Statement::from_sql_and_values(backend, MYSQL, values);
    }
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let name = match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
        None => quoted(table),
    };
    Statement::from_sql_and_values(backend, POSTGRES, [name.into()])
}

/// What the database answered.
///
/// # Errors
///
/// The database's, and one for a table that is not there.
pub(crate) fn answer(
    rows: &[QueryResult],
    backend: DbBackend,
    table: &TableName,
) -> Result<Columns, DbErr> {
    if rows.is_empty() {
        return Err(DbErr::Custom(format!(
            "the database has no table `{}`, or does not show it to this role",
            table.table
        )));
    }
    rows.iter()
        .map(|row| {
            let (name, of): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let name = match backend {
                DbBackend::MySql => name.to_lowercase(),
                _ => name,
            };
            Ok((name.into(), Class::named(&of)))
        })
        .collect()
}
