//! What each role may do with each table, and the partitions that the catalog does not name.

use super::role::Roles;
use crate::{
    catalog::{Catalog, Table},
    sql::{names::TableName, quote},
};

/// Rights on rows.
const ALL: &str = "SELECT, INSERT, UPDATE, DELETE";
/// Rights that ignore policies or tell of other tenants' rows.
const NEVER: &str = "TRUNCATE, REFERENCES, TRIGGER";

pub(super) fn statements(
    name: &TableName,
    known: &Table,
    is_view: bool,
    roles: &Roles,
) -> Vec<String> {
    let table = quote::table(name);
    let is_written = matches!(known, Table::Owned(owned) if !owned.is_read_only());
    let (application, platform) = match known {
        Table::Owned(owned) if owned.is_read_only() => ("SELECT", ALL),
        Table::Owned(owned) => {
            let rights = owned.reserved().unwrap_or(ALL);
            (rights, rights)
        }
        Table::Reference => ("SELECT", ALL),
    };
    let rights = [
        (&roles.application, application),
        (&roles.read_only, "SELECT"),
        (&roles.platform, platform),
    ];
    let mut statements = Vec::new();
    for (role, rights) in rights {
        let Some(role) = role else {
            continue;
        };
        let role = quote::identifier(role);
        if statements.is_empty() {
            // What `PUBLIC` may do, each role may do, too.
            let not_for_all = if is_written {
                NEVER.to_owned()
            } else {
                format!("INSERT, UPDATE, DELETE, {NEVER}")
            };
            statements.push(format!("REVOKE {not_for_all} ON TABLE {table} FROM PUBLIC"));
        }
        if let Some(schema) = &name.schema {
            let schema = quote::identifier(schema);
            statements.push(format!("GRANT USAGE ON SCHEMA {schema} TO {role}"));
        }
        statements.push(format!("REVOKE ALL ON TABLE {table} FROM {role}"));
        statements.push(format!("GRANT {rights} ON TABLE {table} TO {role}"));
        if rights == ALL && !is_view {
            statements.push(sequences(&table, &role, "GRANT USAGE ON SEQUENCE", "TO"));
        }
    }
    statements
}

pub(super) fn removal(table: &str, is_view: bool, roles: &Roles) -> Vec<String> {
    let mut statements = Vec::new();
    for role in roles.granted() {
        if !is_view {
            statements.push(sequences(table, &role, "REVOKE ALL ON SEQUENCE", "FROM"));
        }
        statements.push(format!("REVOKE ALL ON TABLE {table} FROM {role}"));
    }
    statements
}

/// Only the database knows which sequences belong to a table's columns.
fn sequences(table: &str, role: &str, verb: &str, preposition: &str) -> String {
    let command = format!("{verb} %s {preposition} {}", role.replace('%', "%%"));
    quote::block(&format!(
        "DECLARE owned regclass; BEGIN \
         FOR owned IN SELECT d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid \
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
         AND d.refobjid = {table}::regclass AND d.deptype IN ('a', 'i') AND c.relkind = 'S' \
         LOOP EXECUTE pg_catalog.format({command}, owned); END LOOP; END",
        table = quote::literal(table),
        command = quote::literal(&command),
    ))
}

/// Row-level security without a policy admits no role, and holds only for statements that name the
/// partition itself. A child that the catalog has is a table like others.
pub(super) fn close_partitions(table: &str, catalog: &Catalog, roles: &[String]) -> String {
    let known: Vec<_> = catalog
        .tables()
        .iter()
        .map(|(name, _)| format!("to_regclass({})", quote::literal(&quote::table(name))))
        .collect();
    let mut from = roles.join(", ");
    if !from.is_empty() {
        from.insert_str(0, ", ");
    }
    let commands = [
        "ALTER TABLE %s ENABLE ROW LEVEL SECURITY".to_owned(),
        "ALTER TABLE %s FORCE ROW LEVEL SECURITY".to_owned(),
        format!(
            "REVOKE ALL ON TABLE %s FROM PUBLIC{}",
            from.replace('%', "%%")
        ),
    ];
    let not_known = format!(
        "child <> ALL (pg_catalog.array_remove(ARRAY[{}]::regclass[], NULL))",
        known.join(", ")
    );
    for_each_child(table, &not_known, &commands)
}

/// Takes row-level security from children that have no policies of their own.
pub(super) fn open_partitions(table: &str) -> String {
    for_each_child(
        table,
        "NOT EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = child)",
        &[
            "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE %s DISABLE ROW LEVEL SECURITY".to_owned(),
        ],
    )
}

/// Gives the children of a table, which may not be there yet, to this role.
pub(super) fn own_partitions(table: &str, owner: &str) -> String {
    let own = format!("ALTER TABLE %s OWNER TO {}", owner.replace('%', "%%"));
    for_each_child(table, "true", &[own])
}

fn for_each_child(table: &str, condition: &str, commands: &[String]) -> String {
    let commands: String = commands
        .iter()
        .map(|command| {
            let command = quote::literal(command);
            format!("EXECUTE pg_catalog.format({command}, child); ")
        })
        .collect();
    quote::block(&format!(
        "DECLARE child regclass; BEGIN \
         FOR child IN WITH RECURSIVE children(oid) AS (\
         SELECT i.inhrelid FROM pg_catalog.pg_inherits i WHERE i.inhparent = pg_catalog.to_regclass({table}) \
         UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN children c ON c.oid = i.inhparent\
         ) SELECT oid FROM children \
         LOOP IF {condition} THEN {commands}END IF; END LOOP; END",
        table = quote::literal(table),
    ))
}
