//! Lists that say who reads a row: rows of other tables, and JSON.

use sqlparser::ast::Ident;

use super::{Planner, bind::Bound};
use crate::{
    catalog::{IdColumn, IdKind},
    error::Error,
    sql::{dialect::Dialect, names::TableName},
};

/// Rows of a table of ours, which go by this name.
pub(super) struct List<'a> {
    pub(super) table: &'a TableName,
    pub(super) alias: &'a Ident,
    pub(super) condition: String,
    /// It is about the tenant, so that rows are found by it.
    pub(super) is_short: bool,
}

impl Planner<'_> {
    /// That a row has, in the first columns of `pairs`, what some row of the list has in the
    /// others: byte by byte.
    pub(super) fn among_predicate(
        &self,
        qualifier: &Ident,
        list: &List<'_>,
        pairs: &[(&IdColumn, &IdColumn)],
    ) -> String {
        let List {
            table,
            alias,
            condition,
            is_short,
        } = list;
        let rows = format!(
            "FROM {table} AS {alias} WHERE {condition}",
            table = self.table_name(table)
        );
        if self.dialect == Dialect::MySql {
            // MariaDB keeps what a correlated subquery yields by what it refers to, compared by the
            // column's collation.
            let all = |of: &Ident, columns: &mut dyn Iterator<Item = &IdColumn>| {
                let columns: Vec<_> = columns
                    .map(|column| {
                        let name = self.of_row(of, column.name());
                        match column.kind() {
                            IdKind::Text => format!("HEX({name})"),
                            IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => name,
                        }
                    })
                    .collect();
                columns.join(", ")
            };
            return format!(
                "({}) IN (SELECT {} {rows})",
                all(qualifier, &mut pairs.iter().map(|(one, _)| *one)),
                all(alias, &mut pairs.iter().map(|(_, other)| *other)),
            );
        }
        let same: Vec<_> = pairs
            .iter()
            .map(|(one, other)| {
                let exact = match (self.dialect, one.kind()) {
                    (Dialect::Sqlite, IdKind::Text) => " COLLATE BINARY",
                    (Dialect::Postgres, IdKind::Text) => " COLLATE \"C\"",
                    _ => "",
                };
                let one = self.of_row(qualifier, one.name());
                format!("{} = {one}{exact}", self.of_row(alias, other.name()))
            })
            .collect();
        let exists = format!("EXISTS (SELECT 1 {rows} AND {})", same.join(" AND "));
        let Some((one, other)) = pairs.first().filter(|_| *is_short) else {
            return exists;
        };
        // This is the condition that an index of the rows answers, also below an `OR`. PostgreSQL
        // evaluates an array once.
        let one = self.of_row(qualifier, one.name());
        let listed = format!("SELECT {} {rows}", self.of_row(alias, other.name()));
        match self.dialect {
            Dialect::Postgres => format!("{one} = ANY(ARRAY({listed})) AND {exists}"),
            Dialect::Sqlite | Dialect::MySql => format!("{one} IN ({listed}) AND {exists}"),
        }
    }

    /// JSON that is no array, or no JSON, grants nothing and fails nobody's statement.
    pub(super) fn in_json_predicate(
        &mut self,
        qualifier: &Ident,
        ids: &IdColumn,
    ) -> Result<String, Error> {
        let column = self.of_row(qualifier, ids.name());
        let is_integer = matches!(ids.kind(), IdKind::Int32 | IdKind::Int64);
        let id = self.placeholder(match ids.kind() {
            IdKind::Int32 | IdKind::Int64 => Bound::of(ids),
            IdKind::Uuid | IdKind::Text => Bound::text(ids),
        });
        Ok(match self.dialect {
            Dialect::Postgres => {
                let kind = if is_integer { "BIGINT" } else { "TEXT" };
                format!(
                    "jsonb_typeof({column}) = 'array' AND {column} @> to_jsonb(CAST({id} AS {kind}))"
                )
            }
            Dialect::Sqlite => {
                let kind = if is_integer { "integer" } else { "text" };
                let item = self.alias(qualifier)?;
                format!(
                    "CASE WHEN json_valid({column}) THEN json_type({column}) = 'array' AND EXISTS (SELECT 1 FROM json_each({column}) AS {item} WHERE {item}.type = '{kind}' AND {item}.value = {id} COLLATE BINARY) ELSE false END"
                )
            }
            Dialect::MySql => {
                let id = if is_integer {
                    format!("CAST({id} AS CHAR)")
                } else {
                    format!("JSON_QUOTE({id})")
                };
                // MariaDB compares numbers as floating point, to which neighbouring ids of 64 bits
                // are one: the digits have to be there.
                let exact = if is_integer {
                    format!(
                        " AND CAST({column} AS CHAR) REGEXP CONCAT('[^0-9.eE+-]', {id}, '[^0-9.eE]')"
                    )
                } else {
                    String::new()
                };
                format!(
                    "CASE WHEN JSON_VALID({column}) THEN JSON_TYPE({column}) = 'ARRAY' AND JSON_CONTAINS({column}, {id}){exact} ELSE false END"
                )
            }
        })
    }
}
