//! What holds for the rows that the settings of a transaction reach.

use super::shared;
use crate::{
    catalog::{Condition, IdColumn, IdKind, Owned, Ownership},
    settings::{ALL, OWN, TENANT_ID, USER_ID, USER_SCOPE},
    sql::{names::TableName, quote},
};

/// What holds for rows that are changed and deleted.
pub(super) fn write_condition(owned: &Owned) -> String {
    all_of([
        Some(insert_condition(owned)),
        bound_by(owned.visible()),
        bound_by(owned.editable()),
    ])
}

/// What holds for rows as they are to be. Conditions of the application's own are about rows as
/// they were.
pub(super) fn insert_condition(owned: &Owned) -> String {
    let users = owned.ownership().map(|Ownership { user, public: _ }| {
        format!("({} OR {})", everybodys_predicate(), of_user(user))
    });
    all_of([Some(of_tenant(owned.tenant())), users])
}

/// What holds for rows that are read and not written, where there are any.
pub(super) fn further_reads(table: &TableName, owned: &Owned) -> Option<String> {
    let mut terms = Vec::new();
    if let Some(ownership) = owned.ownership()
        && let Some(flag) = ownership.public.as_deref()
    {
        terms.push(all_of([
            Some(of_tenant(owned.tenant())),
            bound_by(owned.visible()),
            Some(format!("{} IS TRUE", quote::identifier(flag))),
        ]));
    }
    if owned.editable().is_some() {
        terms.push(all_of([
            Some(insert_condition(owned)),
            bound_by(owned.visible()),
        ]));
    }
    terms.extend(shared::of_others(table, owned));
    (!terms.is_empty()).then(|| terms.join(" OR "))
}

/// What holds for rows that are read.
pub(super) fn read_condition(table: &TableName, owned: &Owned) -> String {
    let write = write_condition(owned);
    match further_reads(table, owned) {
        None => write,
        Some(further) => format!("{write} OR {further}"),
    }
}

fn all_of<const N: usize>(terms: [Option<String>; N]) -> String {
    let terms: Vec<_> = terms.into_iter().flatten().collect();
    terms.join(" AND ")
}

/// The transaction reaches the rows of every user.
fn everybodys_predicate() -> String {
    format!("(SELECT {} = '{ALL}' AS everybodys)", current(USER_SCOPE))
}

/// A condition of the application's own, which binds all but those who reach the rows of every
/// user.
fn bound_by(condition: Option<&Condition>) -> Option<String> {
    let condition = condition?.0.sql(&quote::identifier);
    Some(format!("({} OR ({condition}))", everybodys_predicate()))
}

/// The tenant's rows.
///
/// The sub-select is evaluated once for each statement and not for each row, and the tenant's index
/// is used. A setting that is unset, empty or not in the shape of an id is NULL, which equals
/// nothing: it is tested before it is cast, because a cast that fails would say so to the client.
/// PostgreSQL does not evaluate the branch of a `CASE` whose condition does not hold, as nothing in
/// it is constant.
fn of_tenant(column: &IdColumn) -> String {
    equals(
        column,
        &quote::identifier(column.name()),
        &tenant_as(column.kind()),
    )
}

/// A sub-select that yields the tenant's id.
pub(super) fn tenant_as(kind: IdKind) -> String {
    let current = current(TENANT_ID);
    let of_kind = |shape: String| {
        let kind = kind.sql();
        format!("SELECT CASE WHEN {shape} THEN {current}::{kind} ELSE NULL::{kind} END AS tenant")
    };
    // Digits without a leading zero that are, as text of the same length, not after the largest
    // integer.
    let integer = |largest: i64| {
        let largest = largest.to_string();
        let digits = largest.len();
        of_kind(format!(
            "{current} ~ '^[1-9][0-9]{{0,{}}}$' AND pg_catalog.lpad({current}, {digits}, '0') COLLATE \"C\" <= '{largest}'",
            digits - 1
        ))
    };
    match kind {
        IdKind::Uuid => of_kind(format!(
            "{current} ~ '^[0-9A-Fa-f]{{8}}(-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}$'"
        )),
        IdKind::Int32 => integer(i32::MAX.into()),
        IdKind::Int64 => integer(i64::MAX),
        IdKind::Text => format!("SELECT NULLIF({current}, '') AS tenant"),
    }
}

/// The user's rows, where the transaction reaches its user's own.
///
/// The setting is a subject, of which the planner takes one spelling for an id: `7`, `-7`, a UUID
/// in lower case with hyphens.
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
    equals(column, &quote::identifier(column.name()), &setting)
}

/// The first comparison is the index's, under the column's collation. A collation may take
/// different texts for equal; the second comparison does not.
pub(super) fn equals(column: &IdColumn, name: &str, setting: &str) -> String {
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
