//! What is in a database, in short.

use std::collections::BTreeMap;

use sea_orm::{DbBackend, Statement};

use super::schema::{Kind, Schema, Table, Ty, quoted};

/// The rows of each table and tenant, in short. The tenant is empty where rows are everybody's.
pub type State = BTreeMap<(String, String), String>;

/// One query that condenses every table, tenant by tenant.
pub fn state_of(schema: &Schema) -> Statement {
    let parts: Vec<_> = schema
        .tables
        .iter()
        .map(|table| of_table(schema, table))
        .collect();
    Statement::from_string(schema.backend, parts.join(" UNION ALL "))
}

fn of_table(schema: &Schema, table: &Table) -> String {
    let name = table.name;
    let from = schema.quoted(name);
    let backend = schema.backend;
    let key = table.tenant.map(|(column, kind)| {
        let column = quoted(backend, column);
        match (backend, kind) {
            (DbBackend::Postgres, _) => format!("CAST({column} AS TEXT)"),
            (DbBackend::MySql, Kind::Int32 | Kind::Int64) => format!("HEX(CAST({column} AS CHAR))"),
            _ => format!("HEX({column})"),
        }
    });
    let group = key
        .as_ref()
        .map_or(String::new(), |key| format!(" GROUP BY {key}"));
    let key = key.unwrap_or_else(|| "''".into());
    let columns = table
        .columns
        .iter()
        .map(|column| (quoted(backend, column.name), column.ty));
    match backend {
        DbBackend::Postgres => format!(
            "SELECT '{name}' AS t, {key} AS k, MD5(STRING_AGG(CAST(x AS TEXT), '|' ORDER BY CAST(x AS TEXT))) AS h FROM {from} x{group}"
        ),
        DbBackend::Sqlite => {
            let quoted: Vec<_> = columns
                .map(|(column, _)| format!("QUOTE({column})"))
                .collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, GROUP_CONCAT({}, '|' ORDER BY id) AS h FROM {from}{group}",
                quoted.join(" || ',' || ")
            )
        }
        _ => {
            let texts = columns.map(|(column, ty)| match ty {
                Ty::Int | Ty::Real | Ty::Flag | Ty::Tenant(Kind::Int32 | Kind::Int64) => {
                    format!("COALESCE({column}, '~')")
                }
                Ty::Text | Ty::Json | Ty::Tenant(_) => format!("COALESCE(HEX({column}), '~')"),
            });
            let texts: Vec<_> = texts.collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, CONCAT(COUNT(*), '-', SUM(CRC32(CONCAT_WS(',', {})))) AS h FROM {from}{group}",
                texts.join(", ")
            )
        }
    }
}
