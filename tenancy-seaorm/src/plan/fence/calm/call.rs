//! Calls of functions that never fail.

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart,
};

use super::{Calm, block, operand::Operand};
use crate::{catalog::Class, plan::Dialect};

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
const CALM_ON_SQLITE: [&str; 13] = [
    "avg",
    "date",
    "datetime",
    "iif",
    "instr",
    "julianday",
    "round",
    "strftime",
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
        is_sum
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
        if self.dialect == Dialect::Postgres {
            let is_plain = |arg: &FunctionArg| {
                !matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))
                    if block::has_parts(arg) && !matches!(arg, Expr::Array(_)))
            };
            let has_clauses = matches!(&function.args, FunctionArguments::List(list)
                if !list.clauses.is_empty());
            if has_clauses || !args.iter().all(is_plain) {
                return false;
            }
            match name {
                "coalesce" => {
                    let exprs = args.iter().filter_map(|arg| match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                        _ => None,
                    });
                    return !self.converts(exprs);
                }
                // Text by whose collation, and no other thing of a length?
                "lower" | "upper" | "ltrim" | "rtrim" | "trim" | "length" | "char_length"
                | "character_length" | "octet_length" => {
                    return matches!(
                        self.class_of_arguments(function),
                        Operand::Of(Class::Text) | Operand::Unlearned
                    );
                }
                // Rows and arrays are compared part by part.
                "max" | "min" => {
                    let has_parts = args.iter().any(|arg| {
                        matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))
                            if block::has_parts(arg))
                    });
                    let is_known = !matches!(
                        self.class_of_arguments(function),
                        Operand::Any | Operand::Of(Class::Foreign)
                    );
                    return is_known && !has_parts;
                }
                _ => {}
            }
        }
        match (name, args) {
            // With a second argument, they read bytes as text.
            ("length" | "lower" | "upper" | "octet_length" | "char_length", [_, _, ..]) => {
                return false;
            }
            (
                "nullif",
                [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(left)),
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(right)),
                ],
            ) => return !self.comparison_fails(left, right),
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
