//! Rules and conditions on values in memory, by the rules of SQL: `None` is neither true nor false.

use sea_orm::{Value, sea_query::OptionEnum};
use tenancy_core::{TenantContext, TenantId, access::ActorKind, tenant::TenantIdRef};

use crate::policy::{
    condition::{Literal, Node},
    id::{Comparison, IdKind, is_null},
    rule::Rule,
    soft_delete::{Mark, SoftDelete},
};

/// A row in memory, and what is known of it beside its model.
pub(super) trait Row {
    /// The value of a column. None where the model has no such column.
    fn value(&self, column: &str) -> Option<Value>;
    /// Whether it was granted to a tenant, as far as that is known.
    fn known_grant(&self, tenant: &TenantId) -> Option<bool>;
    /// Whether its tenant provides for the one that asks, as far as that is known.
    fn known_provision(&self) -> Option<bool>;
}

/// Whether a rule holds for a row and whoever the context is.
pub(super) fn evaluate(rule: &Rule, row: &dyn Row, context: &TenantContext) -> Option<bool> {
    let tenant = context.tenant_id();
    match rule {
        Rule::All(rules) => all(rules.iter().map(|rule| evaluate(rule, row, context))),
        Rule::Any(rules) => any(rules.iter().map(|rule| evaluate(rule, row, context))),
        Rule::Tenant(id) => {
            let given = row.value(id.name())?;
            Some(id.kind().compare(&given, tenant) == Comparison::Same)
        }
        Rule::Owner(id) => {
            let given = row.value(id.name())?;
            let subject = context.principal().map(|principal| principal.subject());
            Some(
                subject.is_some_and(|subject| {
                    id.kind().compare_user(&given, subject) == Comparison::Same
                }),
            )
        }
        Rule::UnlessAdministrator(rule) => match context.actor_kind() {
            ActorKind::Service | ActorKind::Administrator => Some(true),
            ActorKind::Member | ActorKind::Guest => evaluate(rule, row, context),
        },
        Rule::Foreign { tenant: _, rule } => evaluate(rule, row, context),
        Rule::NotDeleted(deletion) | Rule::OwnNotDeleted(deletion) => {
            Some(!is_marked(deletion, &row.value(deletion.column())?))
        }
        Rule::Flag(flag) => Some(is_one(&row.value(flag)?)),
        // A row counts where the whole condition is true.
        Rule::When(condition) => Some(holds(&condition.0, &|name| row.value(name)) == Some(true)),
        Rule::Word(name, words) => {
            let value = row.value(name)?;
            Some(text(&value).is_some_and(|text| words.contains(&text)))
        }
        Rule::Null(id) => Some(is_null(&row.value(id.name())?)),
        // An array may be of a type that only the application's features know.
        Rule::Granted(_) | Rule::InArray(_) => row.known_grant(tenant),
        Rule::Assigned(_) => row.known_provision(),
        // No table of grants has a guard.
        Rule::GrantsOwnRow(_) => None,
        Rule::InJson(ids) => Some(is_among(&row.value(ids.name())?, ids.kind(), tenant)),
    }
}

fn all(terms: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    any(terms.map(|term| term.map(|holds| !holds))).map(|holds| !holds)
}

fn any(mut terms: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    terms
        .try_fold(Some(false), |so_far, term| match term {
            Some(true) => Err(Some(true)),
            Some(false) => Ok(so_far),
            None => Ok(None),
        })
        .unwrap_or_else(|found| found)
}

fn is_marked(deletion: &SoftDelete, mark: &Value) -> bool {
    match deletion.mark() {
        Mark::Timestamp => *mark != mark.as_null(),
        Mark::Deleted => is_true(mark),
        Mark::Active => !is_one(mark),
    }
}

/// Whether an array of JSON has the tenant's id.
fn is_among(readers: &Value, kind: IdKind, tenant: &TenantId) -> bool {
    let Value::Json(Some(readers)) = readers else {
        return false;
    };
    let is_tenant = |item: &serde_json::Value| match (kind, item) {
        (IdKind::Int32 | IdKind::Int64, serde_json::Value::Number(number)) => number
            .as_i64()
            .is_some_and(|id| tenant.value() == TenantIdRef::Integer(id)),
        (IdKind::Uuid | IdKind::Text, serde_json::Value::String(id)) => tenant.to_string() == *id,
        _ => false,
    };
    readers
        .as_array()
        .is_some_and(|items| items.iter().any(is_tenant))
}

/// Whether a condition of the application's own holds.
fn holds(node: &Node, value: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
    match node {
        Node::In(_, literals) if literals.is_empty() => Some(false),
        Node::In(column, literals) => {
            let value = value(column)?;
            any(literals.iter().map(|literal| equals(&value, literal)))
        }
        Node::IsNull(column) => value(column).map(|value| value == value.as_null()),
        Node::IsTrue(column) => {
            let value = value(column)?;
            let is_known = matches!(value, Value::Bool(_)) || value == value.as_null();
            (is_known || integer(&value).is_some()).then(|| is_true(&value))
        }
        Node::Less(column, Literal::Integer(bound)) => {
            integer(&value(column)?).map(|number| number < i128::from(*bound))
        }
        Node::Less(_, Literal::Text(_)) => None,
        Node::Not(node) => holds(node, value).map(|holds| !holds),
        Node::And(left, right) => all([left, right].into_iter().map(|node| holds(node, value))),
        Node::Or(left, right) => any([left, right].into_iter().map(|node| holds(node, value))),
    }
}

fn equals(value: &Value, literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Integer(number) => integer(value).map(|value| value == i128::from(*number)),
        Literal::Text(expected) => text(value).map(|value| *value == **expected),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(Some(flag)) => *flag,
        value => integer(value).is_some_and(|number| number != 0),
    }
}

/// Whether a flag equals `TRUE`, which is one.
fn is_one(value: &Value) -> bool {
    match value {
        Value::Bool(Some(flag)) => *flag,
        value => integer(value) == Some(1),
    }
}

/// A text, or the name of an enumeration's variant.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => text.as_deref(),
        Value::Enum(OptionEnum::Some(variant)) => Some(&variant.value),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::TinyInt(number) => number.map(i128::from),
        Value::SmallInt(number) => number.map(i128::from),
        Value::Int(number) => number.map(i128::from),
        Value::BigInt(number) => number.map(i128::from),
        Value::TinyUnsigned(number) => number.map(i128::from),
        Value::SmallUnsigned(number) => number.map(i128::from),
        Value::Unsigned(number) => number.map(i128::from),
        Value::BigUnsigned(number) => number.map(i128::from),
        _ => None,
    }
}
