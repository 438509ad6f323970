//! From a rule to the text of a policy, which asks the settings of the transaction.
//!
//! ```sql
//! "tenant_id" = (SELECT CASE WHEN … THEN current_setting('app.tenant_id', true)::bigint END AS tenant)
//!   AND ((SELECT current_setting('app.user_scope', true) = 'all' AS everybodys) OR "owner" = (SELECT …))
//! ```

use crate::{
    policy::{
        id::{IdColumn, IdKind},
        rule::{LIST, Listed, Rule},
        soft_delete::Mark,
    },
    settings::{ALL, OWN, TENANT_ID, USER_ID, USER_SCOPE},
    sql::{names::TableName, quote},
};

/// The text of a rule about the rows of a table.
///
/// Who reads is known to the settings alone, so that nothing of a rule is left out, but for two
/// terms that a policy cannot keep.
pub(super) fn text(table: &TableName, rule: &Rule) -> String {
    Row {
        table,
        of_list: false,
    }
    .text(&kept(rule))
}

/// The rule as far as a policy keeps it.
pub(super) fn kept(rule: &Rule) -> Rule {
    rule.simplified(&|rule| match rule {
        // A policy that hid a tenant's own row as soon as it is marked would refuse the mark.
        Rule::OwnNotDeleted(_) => Some(true),
        // The policy of the rows that are shared looks into the table of grants, and PostgreSQL
        // lets no two policies look into each other's table.
        Rule::GrantsOwnRow(_) => Some(true),
        _ => None,
    })
}

/// The row that a rule is about.
#[derive(Clone, Copy)]
struct Row<'a> {
    table: &'a TableName,
    /// It is one of a list, which another row is looked for in.
    of_list: bool,
}

impl Row<'_> {
    fn text(self, rule: &Rule) -> String {
        match rule {
            Rule::All(rules) => self.joined(rules, " AND ", "true"),
            Rule::Any(rules) => self.joined(rules, " OR ", "false"),
            Rule::Tenant(id) => equals(id, &self.column(id.name()), &tenant_as(id.kind())),
            Rule::Owner(id) => equals(id, &self.column(id.name()), &user_as(id.kind())),
            Rule::UnlessAdministrator(rule) => {
                let reaches_all =
                    format!("(SELECT {} = '{ALL}' AS everybodys)", current(USER_SCOPE));
                format!("({reaches_all} OR {})", self.text(rule))
            }
            // Without a tenant no row is visible, global rows included: an unset setting must not
            // open them.
            Rule::Foreign { tenant, rule } => {
                let tenant = tenant_as(tenant.kind());
                format!("({tenant}) IS NOT NULL AND {}", self.operand(rule))
            }
            Rule::NotDeleted(deletion) | Rule::OwnNotDeleted(deletion) => {
                let column = self.column(deletion.column());
                match deletion.mark() {
                    Mark::Timestamp => format!("{column} IS NULL"),
                    Mark::Deleted => format!("{column} IS NOT TRUE"),
                    Mark::Active => format!("{column} IS TRUE"),
                }
            }
            Rule::Flag(flag) => format!("{} IS TRUE", self.column(flag)),
            Rule::When(condition) => {
                format!("({})", condition.0.sql(&|name| self.column(name)))
            }
            Rule::Word(name, words) => {
                let column = self.column(name);
                let is_one = |word: &&str| format!("{column}::text COLLATE \"C\" = '{word}'");
                let one: Vec<_> = words.iter().map(is_one).collect();
                match one.as_slice() {
                    [only] => only.clone(),
                    several => format!("({})", several.join(" OR ")),
                }
            }
            Rule::Null(id) => format!("{} IS NULL", self.column(id.name())),
            Rule::Granted(list) | Rule::Assigned(list) | Rule::GrantsOwnRow(list) => {
                self.listed_predicate(list)
            }
            Rule::InArray(ids) => {
                let tenant = tenant_as(ids.kind());
                let column = self.column(ids.name());
                format!("({tenant}) = ANY ({column}{})", exactly(ids.kind()))
            }
            Rule::InJson(ids) => {
                let tenant = tenant_as(ids.kind());
                let column = self.column(ids.name());
                format!(
                    "pg_catalog.jsonb_typeof({column}) = 'array' AND {column} @> pg_catalog.to_jsonb(({tenant}))"
                )
            }
        }
    }

    /// Rules by an `AND` or an `OR`, which binds looser than what comes out of any other rule.
    fn joined(self, rules: &[Rule], by: &str, none: &str) -> String {
        let terms: Vec<_> = rules
            .iter()
            .map(|rule| match by {
                " AND " => self.operand(rule),
                _ => self.text(rule),
            })
            .collect();
        if terms.is_empty() {
            return none.to_owned();
        }
        terms.join(by)
    }

    /// A rule beside an `AND`.
    fn operand(self, rule: &Rule) -> String {
        let text = self.text(rule);
        match rule {
            Rule::Any(rules) if rules.len() > 1 => format!("({text})"),
            _ => text,
        }
    }

    /// Some row of a list fits the row. The array is evaluated once for each statement, and an
    /// index of the rows answers for it, also below an `OR`.
    fn listed_predicate(self, list: &Listed) -> String {
        let of_list = Row {
            table: &list.table,
            of_list: true,
        };
        let rows = format!(
            "FROM {} AS {LIST} WHERE {}",
            quote::table(&list.table),
            of_list.operand(&list.rule)
        );
        let same = list.pairs.iter().map(|(one, other)| {
            let row = quote::identifier(&self.table.table);
            let (one, exact) = (quote::identifier(one.name()), exactly(one.kind()));
            format!(" AND {} = {row}.{one}{exact}", of_list.column(other.name()))
        });
        let exists = format!("EXISTS (SELECT 1 {rows}{})", same.collect::<String>());
        match list.pairs.first() {
            None => exists,
            Some((one, other)) => format!(
                "{} = ANY (ARRAY(SELECT {} {rows})) AND {exists}",
                self.column(one.name()),
                of_list.column(other.name())
            ),
        }
    }

    fn column(self, name: &str) -> String {
        let name = quote::identifier(name);
        match self.of_list {
            true => format!("{LIST}.{name}"),
            false => name,
        }
    }
}

/// How text compares byte by byte.
fn exactly(kind: IdKind) -> &'static str {
    match kind {
        IdKind::Text => " COLLATE \"C\"",
        IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => "",
    }
}

/// A sub-select that yields the tenant's id.
///
/// The sub-select is evaluated once for each statement and not for each row, and the tenant's index
/// is used. A setting that is unset, empty or not in the shape of an id is NULL, which equals
/// nothing: it is tested before it is cast, because a cast that fails would say so to the client.
/// PostgreSQL does not evaluate the branch of a `CASE` whose condition does not hold, as nothing in
/// it is constant.
fn tenant_as(kind: IdKind) -> String {
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

/// A sub-select that yields the user's id, where the transaction reaches its user's own rows.
///
/// The setting is a subject, of which the planner takes one spelling for an id: `7`, `-7`, a UUID
/// in lower case with hyphens.
fn user_as(kind: IdKind) -> String {
    let current = current(USER_ID);
    let kind_name = kind.sql();
    let subject = match kind {
        IdKind::Uuid => format!(
            "CASE WHEN {current} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' THEN {current}::uuid ELSE NULL::uuid END"
        ),
        IdKind::Int32 | IdKind::Int64 => {
            let (least, largest) = match kind {
                IdKind::Int32 => (i32::MIN.into(), i32::MAX.into()),
                _ => (i64::MIN, i64::MAX),
            };
            format!(
                "CASE WHEN {current} ~ '^(0|-?[1-9][0-9]{{0,18}})$' THEN \
                 CASE WHEN {current}::numeric >= '{least}'::numeric AND {current}::numeric <= '{largest}'::numeric THEN {current}::{kind_name} ELSE NULL::{kind_name} END \
                 ELSE NULL::{kind_name} END"
            )
        }
        IdKind::Text => format!("NULLIF({current}, '')"),
    };
    let scope = self::current(USER_SCOPE);
    format!("SELECT CASE WHEN {scope} = '{OWN}' THEN {subject} ELSE NULL::{kind_name} END AS owner")
}

/// The first comparison is the index's, under the column's collation. A collation may take
/// different texts for equal; the second comparison does not.
fn equals(column: &IdColumn, name: &str, setting: &str) -> String {
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
