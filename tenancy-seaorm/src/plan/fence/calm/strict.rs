//! What never fails in a write of MySQL's, which is strict about what it converts.
//! <https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict>
//!
//! ```text
//! condition = column IS NULL | operand < operand | column IN (operands) | column LIKE constant
//!           | EXISTS (query) | operand IN (query) | these with AND, OR, XOR, NOT
//! operand   = column | number | string | placeholder | lower(column) | count(*) | max(column)
//!           | now()
//! ```
//!
//! The two sides of a comparison are of one class; a string that stands beside a number, a time or
//! a UUID is one, and what is bound there has to be.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value,
};

use super::{
    Calm,
    call::function_name,
    is_character, is_constant,
    operand::{Operand, is_comparison},
};
use crate::catalog::Class;

impl Calm<'_> {
    /// Whether an expression is of the grammar, apart from its parts.
    pub(super) fn is_calm_strictly(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Identifier(name) => self
                .dialect
                .column(name)
                .is_ok_and(|name| !self.failing.contains(&name)),
            Expr::Value(value) => matches!(
                value.value,
                Value::Number(..)
                    | Value::Null
                    | Value::Boolean(_)
                    | Value::SingleQuotedString(_)
                    | Value::Placeholder(_)
            ),
            Expr::TypedString(typed) => {
                matches!(typed.data_type, DataType::Date | DataType::Timestamp(..))
            }
            Expr::CompoundIdentifier(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::Nested(_)
            | Expr::Exists { .. }
            // Rows are compared place by place, where they stand.
            | Expr::Tuple(_) => true,
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::UnaryOp {
                op: UnaryOperator::Not | UnaryOperator::BangNot,
                expr: inner,
            } => self.is_condition(inner),
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => self.class(expr) == Operand::Number,
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor => {
                    self.is_condition(left) && self.is_condition(right)
                }
                _ => is_comparison(op) && !self.comparison_fails(left, right),
            },
            Expr::InList { expr, list, .. } => {
                !list.iter().any(|value| self.comparison_fails(expr, value))
            }
            // All three are converted to one type, and times when it comes to them.
            Expr::Between {
                expr, low, high, ..
            } => {
                !self.comparison_fails(expr, low)
                    && !self.comparison_fails(expr, high)
                    && !self.comparison_fails(low, high)
                    && self.class(expr) != Operand::Of(Class::Time)
            }
            Expr::InSubquery { expr, subquery, .. } => self.yields_same(expr, subquery),
            // Of patterns, those that are written out or bound are looked at.
            Expr::Like {
                expr,
                pattern,
                any: false,
                escape_char,
                ..
            } => {
                is_constant(pattern)
                    && escape_char.as_deref().is_none_or(is_character)
                    && self.is_text(expr)
            }
            Expr::Function(function) => self.is_calm_call_strictly(function),
            Expr::Subquery(query) => self.yields_one_row(query),
            _ => false,
        }
    }

    fn is_calm_call_strictly(&self, function: &Function) -> bool {
        let FunctionArguments::List(list) = &function.args else {
            return matches!(function.args, FunctionArguments::None)
                && function_name(function).is_some_and(|name| name == "current_timestamp");
        };
        let Some(name) = function_name(function) else {
            return false;
        };
        let args = list.args.as_slice();
        match (name.as_str(), args) {
            ("now" | "current_timestamp" | "current_date" | "curdate", []) => true,
            ("count", [_]) | ("row_number" | "rank" | "dense_rank", []) => true,
            ("max" | "min", [FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))]) => {
                matches!(self.class(arg), Operand::Of(_) | Operand::Unlearned)
            }
            (
                "lower" | "upper" | "lcase" | "ucase" | "length" | "octet_length" | "char_length"
                | "character_length",
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))],
            ) => self.is_text(arg),
            _ => false,
        }
    }

    fn is_text(&self, expr: &Expr) -> bool {
        matches!(
            self.class(expr),
            Operand::Of(Class::Text) | Operand::Unlearned
        )
    }
}
