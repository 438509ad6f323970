//! The condition of the policies, and the names under which they stand.

use super::quote;
use crate::catalog::{TenantColumn, TenantColumnKind};

/// A table needs a permissive policy for any row to be seen, and a restrictive one so that nobody else's permissive policy lets
/// more be seen.
pub(crate) const POLICIES: [(&str, &str); 2] = [
    ("tenancy_permissive", "PERMISSIVE"),
    ("tenancy_restrictive", "RESTRICTIVE"),
];

/// What holds for the tenant's rows.
///
/// The sub-select is evaluated once for each statement and not for each row, and the tenant's index is used. A setting that is
/// unset, empty or not in the shape of an id is NULL, which equals nothing: it is tested before it is cast, because a cast that
/// fails would say so to the client. PostgreSQL does not evaluate the branch of a `CASE` whose condition does not hold, as
/// nothing in it is constant.
pub(crate) fn condition(column: &TenantColumn) -> String {
    let current = current();
    let name = quote::identifier(column.name());
    match column.kind() {
        TenantColumnKind::Uuid => {
            let shape = format!(
                "{current} ~ '^[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}$'"
            );
            format!("{name} = ({})", cast_if(&shape, "uuid"))
        }
        TenantColumnKind::Int32 => {
            format!("{name} = ({})", integer("integer", i64::from(i32::MAX)))
        }
        TenantColumnKind::Int64 => format!("{name} = ({})", integer("bigint", i64::MAX)),
        // The first comparison is the index's, under the column's collation. A collation may take different texts for equal;
        // the second comparison does not.
        TenantColumnKind::Text => {
            let text = format!("(SELECT NULLIF({current}, '') AS tenant)");
            format!("{name} = {text} AND {name}::text COLLATE \"C\" = {text}")
        }
    }
}

/// Where transactions keep the tenant. The doctor's queries name it, too.
pub(crate) const SETTING: &str = "app.tenant_id";

fn current() -> String {
    format!("pg_catalog.current_setting('{SETTING}', true)")
}

fn cast_if(shape: &str, kind: &str) -> String {
    let current = current();
    format!("SELECT CASE WHEN {shape} THEN {current}::{kind} ELSE NULL::{kind} END AS tenant")
}

/// Digits without a leading zero that are, as text of the same length, not after the largest integer.
fn integer(kind: &str, largest: i64) -> String {
    let largest = largest.to_string();
    let digits = largest.len();
    let current = current();
    let shape = format!(
        "{current} ~ '^[1-9][0-9]{{0,{}}}$' AND pg_catalog.lpad({current}, {digits}, '0') COLLATE \"C\" <= '{largest}'",
        digits - 1
    );
    cast_if(&shape, kind)
}
