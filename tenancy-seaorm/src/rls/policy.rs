//! The condition of the policies, and the names under which they stand.

use super::quote;
use crate::catalog::{IdColumn, IdKind};

const PERMISSIVE: &str = "tenancy_permissive";
const RESTRICTIVE: &str = "tenancy_restrictive";
const PLATFORM: &str = "tenancy_platform";

/// A policy as it should stand: for all commands, with the same condition for what is read and what is written.
pub(crate) struct CatalogPolicy<'a> {
    pub(crate) name: &'static str,
    pub(crate) is_permissive: bool,
    /// The role that it is for; everybody, if none.
    pub(crate) role: Option<&'a str>,
    pub(crate) condition: String,
}

/// A table needs a permissive policy for any row to be seen, and a restrictive one so that nobody else's permissive policy lets
/// more be seen. The platform's role, if there is one, has a permissive policy of its own and is let through by the
/// restrictive one. The tenants' permissive policy knows nothing of it: an `OR` there would lose the index.
pub(crate) fn policies<'a>(column: &IdColumn, platform: Option<&'a str>) -> Vec<CatalogPolicy<'a>> {
    let tenant = condition(column);
    let or_platform = platform.map_or_else(
        || tenant.clone(),
        |role| {
            let role = quote::literal(role);
            format!("{tenant} OR (SELECT CURRENT_USER = {role}::name AS platform)")
        },
    );
    let mut policies = vec![
        CatalogPolicy {
            name: PERMISSIVE,
            is_permissive: true,
            role: None,
            condition: tenant,
        },
        CatalogPolicy {
            name: RESTRICTIVE,
            is_permissive: false,
            role: None,
            condition: or_platform,
        },
    ];
    if platform.is_some() {
        policies.push(CatalogPolicy {
            name: PLATFORM,
            is_permissive: true,
            role: platform,
            condition: "true".to_owned(),
        });
    }
    policies
}

/// Row-level security comes first: until there are policies, nothing is visible.
pub(crate) fn secure(table: &str, column: &IdColumn, platform: Option<&str>) -> Vec<String> {
    let mut statements = vec![
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
    ];
    for policy in policies(column, platform) {
        let CatalogPolicy {
            name,
            is_permissive,
            role,
            condition,
        } = policy;
        statements.push(drop_policy(name, table));
        let kind = if is_permissive {
            "PERMISSIVE"
        } else {
            "RESTRICTIVE"
        };
        let role = role.map_or_else(|| "PUBLIC".to_owned(), quote::identifier);
        let name = quote::identifier(name);
        statements.push(format!(
            "CREATE POLICY {name} ON {table} AS {kind} FOR ALL TO {role} USING ({condition}) WITH CHECK ({condition})"
        ));
    }
    if platform.is_none() {
        statements.push(drop_policy(PLATFORM, table));
    }
    statements
}

pub(super) fn removal(table: &str) -> Vec<String> {
    let policies = [PLATFORM, PERMISSIVE, RESTRICTIVE];
    let mut statements: Vec<_> = policies
        .into_iter()
        .map(|policy| drop_policy(policy, table))
        .collect();
    statements.push(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"));
    statements.push(format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
    statements
}

fn drop_policy(policy: &str, table: &str) -> String {
    let policy = quote::identifier(policy);
    format!("DROP POLICY IF EXISTS {policy} ON {table}")
}

/// What holds for the tenant's rows.
///
/// The sub-select is evaluated once for each statement and not for each row, and the tenant's index is used. A setting that is
/// unset, empty or not in the shape of an id is NULL, which equals nothing: it is tested before it is cast, because a cast that
/// fails would say so to the client. PostgreSQL does not evaluate the branch of a `CASE` whose condition does not hold, as
/// nothing in it is constant.
fn condition(column: &IdColumn) -> String {
    let current = current();
    let name = quote::identifier(column.name());
    match column.kind() {
        IdKind::Uuid => {
            let shape = format!(
                "{current} ~ '^[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}$'"
            );
            format!("{name} = ({})", cast_if(&shape, "uuid"))
        }
        IdKind::Int32 => {
            format!("{name} = ({})", integer("integer", i64::from(i32::MAX)))
        }
        IdKind::Int64 => format!("{name} = ({})", integer("bigint", i64::MAX)),
        // The first comparison is the index's, under the column's collation. A collation may take different texts for equal;
        // the second comparison does not.
        IdKind::Text => {
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
