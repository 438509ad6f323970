//! Calls of functions that never fail.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart,
};

use super::{Calm, is_brief, operand::Operand};
use crate::{catalog::Class, sql::dialect::Dialect};

/// Functions that fail on no value of any type that they take, on every engine.
const CALM: [&str; 33] = [
    "char_length",
    "character_length",
    "coalesce",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "dense_rank",
    "exists",
    "first_value",
    "grouping",
    "ifnull",
    "lag",
    "last_value",
    "lcase",
    "lead",
    "length",
    "lower",
    "ltrim",
    "max",
    "min",
    "now",
    "nullif",
    "num_nonnulls",
    "num_nulls",
    "octet_length",
    "percent_rank",
    "rank",
    "row_number",
    "rtrim",
    "trim",
    "upper",
];

/// SQLite yields NULL, a text or a floating point number where others fail.
/// <https://www.sqlite.org/lang_corefunc.html>, <https://www.sqlite.org/lang_datefunc.html>
const CALM_ON_SQLITE: [&str; 12] = [
    "avg",
    "date",
    "datetime",
    "iif",
    "instr",
    "julianday",
    "round",
    "substr",
    "substring",
    "time",
    "total",
    "typeof",
];

impl Calm<'_> {
    /// A sum of what may be too large.
    pub(super) fn adds_up(&self, expr: &Expr) -> bool {
        let Expr::Function(function) = expr else {
            return false;
        };
        let is_sum = matches!(function_name(function).as_deref(), Some("sum" | "avg"));
        // To PostgreSQL, the call itself is judged so.
        is_sum
            && self.dialect != Dialect::Postgres
            && (self.dialect == Dialect::Sqlite
                || !matches!(
                    self.class_of_arguments(function),
                    Operand::Of(Class::Integer) | Operand::Unlearned
                ))
    }

    pub(super) fn is_calm_call(&self, function: &Function) -> bool {
        let Some(name) = function_name(function) else {
            return false;
        };
        let name = name.as_str();
        // Their sum may be too large, by the rows that are read alone.
        let is_total = matches!(name, "sum" | "avg") && function.over.is_none();
        let args = match &function.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
        };
        match (name, args) {
            // With a second argument, they read bytes as text.
            ("length" | "lower" | "upper" | "octet_length" | "char_length", [_, _, ..]) => {
                return false;
            }
            // A long format makes a text that is too long, and SQLite has no room for many
            // characters to cut off.
            ("strftime", [FunctionArg::Unnamed(FunctionArgExpr::Expr(brief)), ..])
            | (
                "trim" | "ltrim" | "rtrim",
                [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(brief))],
            ) if self.dialect == Dialect::Sqlite => return is_brief(brief),
            ("strftime", _) => return false,
            _ => {}
        }
        is_total
            || CALM.contains(&name)
            || (self.dialect == Dialect::Sqlite && CALM_ON_SQLITE.contains(&name))
    }
}

pub(super) fn function_name(function: &Function) -> Option<String> {
    match function.name.0.last() {
        Some(ObjectNamePart::Identifier(name)) => Some(name.value.to_ascii_lowercase()),
        _ => None,
    }
}
