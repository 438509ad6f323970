//! What holds for the rows of other tenants that a tenant reads.

use super::condition::{equals, tenant_as};
use crate::{
    catalog::{GrantPlace, GrantTable, IdColumn, IdKind, LIST, Mark, Owned, Provision},
    sql::{names::TableName, quote},
};

/// The rows of `table` that other tenants share or provide; the grants that they gave.
pub(super) fn of_others(table: &TableName, owned: &Owned) -> Option<String> {
    if let Some(purpose) = owned.grants_for() {
        return Some(tenant_predicate(
            &purpose.grantee,
            &quote::identifier(purpose.grantee.name()),
        ));
    }
    let mut terms = Vec::new();
    if let Some(sharing) = owned.sharing() {
        let mode = bytewise(&quote::identifier(&sharing.mode));
        terms.push(format!("{mode} = 'global'"));
        if let Some(granted) = granted_predicate(table, owned, &sharing.grants) {
            terms.push(format!("{mode} = 'selective' AND {granted}"));
        }
    }
    if let Some(provision) = owned.provision() {
        terms.push(provided_predicate(table, owned, provision));
    }
    if terms.is_empty() {
        return None;
    }
    let mut shared = format!("({})", terms.join(" OR "));
    // A tenant's own rows stay when they are marked, so that they can be. Those of others do not.
    if let Some(deletion) = owned.deletion() {
        let column = quote::identifier(deletion.column());
        let is_kept = match deletion.mark() {
            Mark::Timestamp => format!("{column} IS NULL"),
            Mark::Deleted => format!("{column} IS NOT TRUE"),
            Mark::Active => format!("{column} IS TRUE"),
        };
        shared = format!("{is_kept} AND {shared}");
    }
    if let Some(visible) = owned.visible() {
        shared = format!("({}) AND {shared}", visible.0.sql(&quote::identifier));
    }
    // What everybody reads, nobody in particular does not: without a tenant there are no rows.
    let tenant = tenant_as(owned.tenant().kind());
    Some(format!("({tenant}) IS NOT NULL AND {shared}"))
}

fn granted_predicate(table: &TableName, owned: &Owned, grants: &GrantPlace) -> Option<String> {
    match grants {
        GrantPlace::None => None,
        GrantPlace::Table(grants) => {
            let GrantTable {
                name,
                giver,
                resource,
                grantee,
            } = &**grants;
            let key = owned.key()?;
            let is_grantee = tenant_predicate(grantee, &in_list(grantee));
            let pairs = [(key, resource), (owned.tenant(), giver.as_ref()?)];
            Some(among_predicate(table, name, &is_grantee, &pairs))
        }
        GrantPlace::Array(ids) => {
            let tenant = tenant_as(ids.kind());
            let column = quote::identifier(ids.name());
            let collation = match ids.kind() {
                IdKind::Text => " COLLATE \"C\"",
                IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => "",
            };
            Some(format!("({tenant}) = ANY ({column}{collation})"))
        }
        GrantPlace::Json(ids) => {
            let tenant = tenant_as(ids.kind());
            let column = quote::identifier(ids.name());
            Some(format!(
                "pg_catalog.jsonb_typeof({column}) = 'array' AND {column} @> pg_catalog.to_jsonb(({tenant}))"
            ))
        }
    }
}

fn provided_predicate(table: &TableName, owned: &Owned, provision: &Provision) -> String {
    let kind = bytewise(&quote::identifier(&provision.kind));
    let kinds = Provision::KINDS.map(|name| format!("{kind} = '{name}'"));
    let user = &provision.user;
    let is_for_it = format!(
        "({} OR {} IS NULL)",
        tenant_predicate(user, &in_list(user)),
        in_list(user)
    );
    let pairs = [(owned.tenant(), &provision.provider)];
    let assigned = among_predicate(table, &provision.table, &is_for_it, &pairs);
    format!("({}) AND {assigned}", kinds.join(" OR "))
}

/// That a row has, in the first columns of `pairs`, what some row of the list has in the others.
/// The array is evaluated once for each statement, and an index of the rows answers for it, also
/// below an `OR`.
fn among_predicate(
    table: &TableName,
    list: &TableName,
    condition: &str,
    pairs: &[(&IdColumn, &IdColumn)],
) -> String {
    let rows = format!("FROM {} AS {LIST} WHERE {condition}", quote::table(list));
    let same: Vec<_> = pairs
        .iter()
        .map(|(one, other)| {
            let exact = match one.kind() {
                IdKind::Text => " COLLATE \"C\"",
                IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => "",
            };
            let row = quote::identifier(&table.table);
            let one = quote::identifier(one.name());
            format!("{} = {row}.{one}{exact}", in_list(other))
        })
        .collect();
    let exists = format!("EXISTS (SELECT 1 {rows} AND {})", same.join(" AND "));
    match pairs.first() {
        None => exists,
        Some((one, other)) => format!(
            "{} = ANY (ARRAY(SELECT {} {rows})) AND {exists}",
            quote::identifier(one.name()),
            in_list(other)
        ),
    }
}

/// A column that holds a word of the library's own, which compares byte by byte.
fn bytewise(column: &str) -> String {
    format!("{column}::text COLLATE \"C\"")
}

fn tenant_predicate(column: &IdColumn, name: &str) -> String {
    equals(column, name, &tenant_as(column.kind()))
}

fn in_list(column: &IdColumn) -> String {
    format!("{LIST}.{}", quote::identifier(column.name()))
}
