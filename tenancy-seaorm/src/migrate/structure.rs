//! What the live database has of the catalog's tables, and what it lacks.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement};

use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    policy::id::IdColumn,
    sql::{names::TableName, quote},
};

/// The common table expressions on keys, which the doctor's checks rest on, too.
const STRUCTURE: &str = include_str!("structure.sql");

/// A tenant-owned table that is there.
pub(super) struct Live<'a> {
    pub(super) name: &'a TableName,
    pub(super) column: &'a IdColumn,
    /// As SQL names it.
    pub(super) sql: String,
    pub(super) oid: i64,
    /// Whether the tenant column is there, and whether it may be NULL.
    pub(super) has_column: bool,
    pub(super) is_nullable: bool,
    /// Whether policies hold for the role that asks.
    pub(super) is_confined: bool,
}

pub(super) async fn rows(
    connection: &impl ConnectionTrait,
    sql: String,
) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection.query_all_raw(statement).await
}

/// The tenant-owned tables that are tables, in the order of their names.
pub(super) async fn live<'a>(
    connection: &impl ConnectionTrait,
    catalog: &'a Catalog,
) -> Result<Vec<Live<'a>>, DbErr> {
    let mut tables = Vec::new();
    for (name, column) in catalog.tenant_owned() {
        let sql = quote::table(name);
        let found = rows(
            connection,
            format!(
                "SELECT c.oid::bigint AS oid, c.relkind::text AS kind, row_security_active(c.oid) AS is_confined, a.attnotnull, a.atttypid = {kind}::regtype AS fits, a.atttypid::regtype::text AS type
                 FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = {column} AND a.attnum > 0
                 WHERE c.oid = to_regclass({table})",
                kind = quote::literal(column.kind().sql()),
                column = quote::literal(column.name()),
                table = quote::literal(&sql),
            ),
        )
        .await?;
        let Some(row) = found.first() else {
            let why = format!("the catalog has the table {sql} and the database has not");
            return Err(Error::new(ErrorKind::Catalog, why).into());
        };
        // A view has the columns that its tables have.
        if !matches!(row.try_get::<String>("", "kind")?.as_str(), "r" | "p") {
            continue;
        }
        let not_null: Option<bool> = row.try_get("", "attnotnull")?;
        let kind: Option<String> = row.try_get("", "type")?;
        if row.try_get::<Option<bool>>("", "fits")? == Some(false)
            && kind.as_deref() != Some("character varying")
        {
            let why = format!(
                "the tenant column `{}` of {sql} is of type {}, and the catalog says {}",
                column.name(),
                kind.unwrap_or_default(),
                column.kind().sql()
            );
            return Err(Error::new(ErrorKind::Catalog, why).into());
        }
        tables.push(Live {
            name,
            column,
            sql,
            oid: row.try_get("", "oid")?,
            has_column: not_null.is_some(),
            is_nullable: not_null != Some(true),
            is_confined: row.try_get("", "is_confined")?,
        });
    }
    Ok(tables)
}

/// `WITH` and what there is to ask about the keys of these tables: views, and tables without the
/// column, have none.
pub(super) fn structure<'a>(tables: impl Iterator<Item = (&'a TableName, &'a IdColumn)>) -> String {
    let owned: Vec<_> = tables
        .map(|(name, column)| {
            let table = quote::literal(&quote::table(name));
            let column = quote::literal(column.name());
            format!(
                "SELECT c.oid, a.attnum FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = {column}
                 WHERE c.oid = to_regclass({table}) AND c.relkind IN ('r', 'p') AND a.attnum > 0"
            )
        })
        .collect();
    let owned = if owned.is_empty() {
        "SELECT NULL::oid, NULL::int2 WHERE false".to_owned()
    } else {
        owned.join(" UNION ALL ")
    };
    format!("WITH owned(oid, attnum) AS ({owned}), {STRUCTURE}")
}
