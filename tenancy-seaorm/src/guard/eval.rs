//! Conditions on values in memory, by the rules of SQL: `None` is neither true nor false.

use sea_orm::{Value, sea_query::OptionEnum};

use crate::catalog::{Literal, Node};

pub(super) fn holds(node: &Node, value: &dyn Fn(&str) -> Option<Value>) -> Option<bool> {
    match node {
        Node::In(_, literals) if literals.is_empty() => Some(false),
        Node::In(column, literals) => {
            let value = value(column)?;
            let mut is_in = Some(false);
            for literal in literals {
                match equals(&value, literal) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => is_in = None,
                }
            }
            is_in
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
        Node::And(left, right) => match (holds(left, value), holds(right, value)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Node::Or(left, right) => match (holds(left, value), holds(right, value)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
    }
}

fn equals(value: &Value, literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Integer(number) => integer(value).map(|value| value == i128::from(*number)),
        Literal::Text(expected) => text(value).map(|value| *value == **expected),
    }
}

pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(Some(flag)) => *flag,
        value => integer(value).is_some_and(|number| number != 0),
    }
}

/// Whether a flag equals `TRUE`, which is one.
pub(super) fn is_one(value: &Value) -> bool {
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
