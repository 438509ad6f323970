//! The same in one transaction, as SQL that looks for itself what there is.

use super::{TenantMigration, add_column, structure::structure};
use crate::{
    error::Error,
    sql::{names::TableName, quote},
};

/// What a table has at most to be mended, for a loop that would not end if a mend did not help.
const MOST: u32 = 10_000;

pub(super) fn statements(migration: &TenantMigration) -> Result<Vec<String>, Error> {
    let is_view = |table: &TableName| {
        let security = migration.security.as_ref();
        security.is_some_and(|security| security.has_view(table))
    };
    let mut tables: Vec<_> = migration
        .catalog
        .tenant_owned()
        .filter(|(name, _)| !is_view(name))
        .collect();
    tables.sort_by_key(|(name, _)| migration.rank(name));
    // Where policies hold for the owner too, rows would not be filled and keys validated without a
    // look at any: an error is better.
    let mut statements = vec!["SET LOCAL row_security = off".to_owned()];
    for (name, column) in &tables {
        statements.push(add_column(&quote::table(name), column));
    }
    for (name, column) in &tables {
        let table = quote::table(name);
        let tenant = quote::identifier(column.name());
        if let Some(source) = migration.source(name) {
            let expression = source.expression(&table, column)?;
            let alias = quote::identifier(&name.table);
            statements.push(format!(
                "UPDATE {table} AS {alias} SET {tenant} = {expression} WHERE {tenant} IS NULL"
            ));
        }
        statements.push(format!(
            "ALTER TABLE {table} ALTER COLUMN {tenant} SET NOT NULL"
        ));
    }
    // What the update has put off.
    statements.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    let structure = structure(tables.iter().copied());
    for fixes in [
        "SELECT format('CREATE %sINDEX ON %s (%s)', CASE WHEN key <> '' THEN 'UNIQUE ' ELSE '' END, oid::regclass, concat_ws(', ', tenant, key)) FROM unled",
        "SELECT fix FROM crossing WHERE fix IS NOT NULL",
        "SELECT fix FROM global_keys WHERE NOT is_surrogate",
    ] {
        statements.push(mend(&format!("{structure} {fixes}")));
    }
    if let Some(security) = &migration.security {
        statements.extend(security.statements());
    }
    Ok(statements)
}

/// Runs what a query says, one after the other: each may make others needless.
fn mend(query: &str) -> String {
    quote::block(&format!(
        "DECLARE mend text; BEGIN FOR turn IN 1..{MOST} LOOP mend := (SELECT * FROM ({query} LIMIT 1) mends); EXIT WHEN mend IS NULL; EXECUTE mend; END LOOP; END"
    ))
}
