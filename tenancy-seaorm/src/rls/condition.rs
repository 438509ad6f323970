//! What holds for the rows that the settings of a transaction reach.

use super::quote;
use crate::catalog::{IdColumn, IdKind, Owned, Ownership};

/// Where transactions keep the tenant.
pub(crate) const TENANT_ID: &str = "app.tenant_id";
/// Where they keep which rows of users are reached: [`ALL`], [`OWN`], or anything else for those that are public.
pub(crate) const USER_SCOPE: &str = "app.user_scope";
/// Where they keep the user.
pub(crate) const USER_ID: &str = "app.user_id";
pub(crate) const SETTINGS: [&str; 3] = [TENANT_ID, USER_SCOPE, USER_ID];

/// The rows of every user of the tenant.
pub(crate) const ALL: &str = "all";
/// The user's own.
pub(crate) const OWN: &str = "own";

/// What holds for rows that are written.
pub(super) fn write_condition(owned: &Owned) -> String {
    let tenant = of_tenant(owned.tenant());
    match owned.ownership() {
        None => tenant,
        Some(Ownership { user, public: _ }) => format!(
            "{tenant} AND ((SELECT {} = '{ALL}' AS everybodys) OR {})",
            current(USER_SCOPE),
            of_user(user)
        ),
    }
}

/// What holds for rows that are read and not written, where there are any.
pub(super) fn further_reads(owned: &Owned) -> Option<String> {
    let flag = owned.ownership()?.public.as_deref()?;
    let tenant = of_tenant(owned.tenant());
    Some(format!("{tenant} AND {} IS TRUE", quote::identifier(flag)))
}

/// What holds for rows that are read.
pub(super) fn read_condition(owned: &Owned) -> String {
    let write = write_condition(owned);
    match further_reads(owned) {
        None => write,
        Some(further) => format!("{write} OR {further}"),
    }
}

/// The tenant's rows.
///
/// The sub-select is evaluated once for each statement and not for each row, and the tenant's index is used. A setting that is
/// unset, empty or not in the shape of an id is NULL, which equals nothing: it is tested before it is cast, because a cast that
/// fails would say so to the client. PostgreSQL does not evaluate the branch of a `CASE` whose condition does not hold, as
/// nothing in it is constant.
fn of_tenant(column: &IdColumn) -> String {
    let current = current(TENANT_ID);
    let of_kind = |shape: String| {
        let kind = column.kind().sql();
        format!("SELECT CASE WHEN {shape} THEN {current}::{kind} ELSE NULL::{kind} END AS tenant")
    };
    // Digits without a leading zero that are, as text of the same length, not after the largest integer.
    let integer = |largest: i64| {
        let largest = largest.to_string();
        let digits = largest.len();
        of_kind(format!(
            "{current} ~ '^[1-9][0-9]{{0,{}}}$' AND pg_catalog.lpad({current}, {digits}, '0') COLLATE \"C\" <= '{largest}'",
            digits - 1
        ))
    };
    let setting = match column.kind() {
        IdKind::Uuid => of_kind(format!(
            "{current} ~ '^[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}$'"
        )),
        IdKind::Int32 => integer(i32::MAX.into()),
        IdKind::Int64 => integer(i64::MAX),
        IdKind::Text => format!("SELECT NULLIF({current}, '') AS tenant"),
    };
    equals(column, &setting)
}

/// The user's rows, where the transaction reaches its user's own.
///
/// The setting is a subject, of which the planner takes one spelling for an id: `7`, `-7`, a UUID in lower case with hyphens.
fn of_user(column: &IdColumn) -> String {
    let current = current(USER_ID);
    let kind = column.kind().sql();
    let subject = match column.kind() {
        IdKind::Uuid => format!(
            "CASE WHEN {current} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN {current}::uuid ELSE NULL::uuid END"
        ),
        IdKind::Int32 | IdKind::Int64 => {
            let (least, largest) = match column.kind() {
                IdKind::Int32 => (i32::MIN.into(), i32::MAX.into()),
                _ => (i64::MIN, i64::MAX),
            };
            format!(
                "CASE WHEN {current} ~ '^(0|-?[1-9][0-9]{{0,18}})$' THEN \
                 CASE WHEN {current}::numeric >= '{least}'::numeric AND {current}::numeric <= '{largest}'::numeric THEN {current}::{kind} ELSE NULL::{kind} END \
                 ELSE NULL::{kind} END"
            )
        }
        IdKind::Text => format!("NULLIF({current}, '')"),
    };
    let scope = self::current(USER_SCOPE);
    let setting =
        format!("SELECT CASE WHEN {scope} = '{OWN}' THEN {subject} ELSE NULL::{kind} END AS owner");
    equals(column, &setting)
}

/// The first comparison is the index's, under the column's collation. A collation may take different texts for equal; the
/// second comparison does not.
fn equals(column: &IdColumn, setting: &str) -> String {
    let name = quote::identifier(column.name());
    match column.kind() {
        IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => format!("{name} = ({setting})"),
        IdKind::Text => {
            format!("{name} = ({setting}) AND {name}::text COLLATE \"C\" = ({setting})")
        }
    }
}

fn current(setting: &str) -> String {
    format!("pg_catalog.current_setting('{setting}', true)")
}
