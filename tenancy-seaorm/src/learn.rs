//! What a table is, by the database's own word: its columns and its unique keys.
//!
//! Asked once for each table of which a statement means something else by them, and neither an
//! entity nor the catalog knows.

use sea_orm::{DbBackend, DbErr, QueryResult, Statement, Value};

use crate::{
    catalog::{Class, Facts},
    sql::names::TableName,
};

/// By the search path, where the table has no schema: as the statement itself will find it. 100 is
/// the database's own collation, 11 the schema `pg_catalog`: a type of another one may do anything.
/// Generated columns that are virtual are those of PostgreSQL 18.
/// <https://www.postgresql.org/docs/current/catalog-pg-attribute.html>
const POSTGRES_COLUMNS: &str = "SELECT a.attname::text, CASE WHEN c.relkind = 'v' OR a.attgenerated = 'v' THEN 'computed' \
     WHEN t.typtype = 'e' THEN 'enum' \
     WHEN t.typnamespace <> 11 AND t.typname NOT IN ('citext', 'hstore', 'ltree') THEN 'foreign' \
     WHEN a.attcollation NOT IN (0, 100) AND t.typname <> 'citext' THEN 'collated' \
     ELSE t.typname::text END FROM pg_catalog.pg_attribute AS a \
     JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
     JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid \
     WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped";

/// <https://www.postgresql.org/docs/current/catalog-pg-index.html>
const POSTGRES_KEYS: &str = "SELECT i.indexrelid::bigint, a.attname::text FROM pg_catalog.pg_index AS i \
     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid \
     AND a.attnum = ANY(i.indkey::smallint[]) \
     WHERE i.indrelid = pg_catalog.to_regclass($1) AND i.indisunique AND i.indisvalid \
     AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts";

/// <https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html>
const MYSQL_COLUMNS: &str = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(DATA_TYPE AS CHAR) \
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?";

/// MySQL's upserts name no key.
const MYSQL_KEYS: &str = "SELECT 0, '' FROM information_schema.COLUMNS \
     WHERE COALESCE(?, DATABASE()) IS NULL AND TABLE_NAME = ?";

/// <https://www.sqlite.org/pragma.html#pragma_table_info>
const SQLITE_COLUMNS: &str = "SELECT name, lower(type) FROM pragma_table_info(?1)";

/// An `INTEGER PRIMARY KEY` has no index.
const SQLITE_KEYS: &str = "SELECT l.seq, i.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i \
     WHERE l.\"unique\" AND NOT l.partial \
     UNION ALL SELECT -1, name FROM pragma_table_info(?1) WHERE pk > 0";

/// Asks for the columns of a table, and for its keys.
pub(crate) fn questions(backend: DbBackend, table: &TableName) -> [Statement; 2] {
    let TableName { schema, table } = table;
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let (texts, values): (_, Vec<Value>) = match backend {
        DbBackend::MySql => (
            [MYSQL_COLUMNS, MYSQL_KEYS],
            vec![
                schema.as_deref().map(str::to_owned).into(),
                table.to_string().into(),
            ],
        ),
        DbBackend::Sqlite => (
            [SQLITE_COLUMNS, SQLITE_KEYS],
            vec![table.to_string().into()],
        ),
        _ => {
            let name = match schema {
                Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
                None => quoted(table),
            };
            ([POSTGRES_COLUMNS, POSTGRES_KEYS], vec![name.into()])
        }
    };
    texts.map(|text| Statement::from_sql_and_values(backend, text, values.clone()))
}

/// What the database answered.
///
/// # Errors
///
/// The database's, and one for a table that is not there.
pub(crate) fn facts(
    columns: &[QueryResult],
    keys: &[QueryResult],
    backend: DbBackend,
    table: &TableName,
) -> Result<Facts, DbErr> {
    if columns.is_empty() {
        return Err(DbErr::Custom(format!(
            "the database has no table `{}`, or does not show it to this role",
            table.table
        )));
    }
    let folded = |name: String| -> Box<str> {
        match backend {
            DbBackend::MySql => name.to_lowercase().into(),
            DbBackend::Sqlite => name.to_ascii_lowercase().into(),
            _ => name.into(),
        }
    };
    let mut facts = Facts::default();
    for row in columns {
        let (name, of): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        facts.columns.insert(folded(name), Class::named(&of));
    }
    let mut last = None;
    let mut parts = Vec::with_capacity(keys.len());
    for row in keys {
        let (key, column): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        parts.push((key, folded(column)));
    }
    parts.sort_unstable();
    for (key, column) in parts {
        if last != Some(key) {
            facts.keys.push(Vec::new());
            last = Some(key);
        }
        if let Some(columns) = facts.keys.last_mut() {
            columns.push(column);
        }
    }
    Ok(facts)
}
