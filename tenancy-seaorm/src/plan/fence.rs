//! Fences: what keeps an expression that may fail from rows that a scope does not read.
//!
//! Engines test the cheaper of two conditions first, wherever they are written. The tenant's is cheap. One that looks into a list, or
//! has several alternatives, may be tested after `CAST(body AS integer) > 0`, which then fails on another tenant's row and shows its
//! value in the error. So where a statement has an expression that may fail, tables with such predicates become derived tables that the
//! engine neither flattens nor pushes conditions into. No other statement pays for that.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, ObjectNamePart, UnaryOperator, Value,
};

use super::{Dialect, Planner, Standing};
use crate::{Error, catalog::Owned};

/// Functions that fail on no value, or see no row that conditions have left out.
const CALM: [&str; 18] = [
    "avg",
    "coalesce",
    "count",
    "current_date",
    "current_time",
    "current_timestamp",
    "dense_rank",
    "ifnull",
    "length",
    "lower",
    "max",
    "min",
    "now",
    "nullif",
    "rank",
    "row_number",
    "sum",
    "upper",
];

impl Planner<'_> {
    /// Whether the engine may test a condition of the user's before what holds for the rows that this scope reads.
    pub(super) fn has_wide_predicate(&self, owned: &Owned) -> bool {
        // A table that is written in a join on MySQL has none of the others, and cannot be a derived one.
        self.reads_more(owned)
            || (self.dialect != Dialect::MySql
                && (self.names_rows_of_users(owned)
                    || (owned.visible().is_some()
                        && matches!(self.authority.standing, Standing::Member | Standing::Guest))))
    }

    /// What makes a fence of a derived table: a limit that is none.
    pub(super) fn fence(&self, owned: &Owned) -> &'static str {
        match self.dialect {
            _ if !self.is_fenced || !self.has_wide_predicate(owned) => "",
            Dialect::Postgres => " OFFSET 0",
            Dialect::Sqlite => " LIMIT -1",
            Dialect::MySql => " LIMIT 18446744073709551615",
        }
    }

    /// SQLite 3.51.3 makes a join of an `EXISTS` that stands as a condition. Where indexes answer both sides of an `OR` in there, as
    /// they do with a predicate of ours that has one, it tests the other conditions on one row alone, and finds too little. What stands in
    /// an expression stays what it is.
    pub(super) fn exists(&mut self, expr: &mut Expr) -> Result<(), Error> {
        let Expr::Exists { subquery, negated } = expr else {
            return Ok(());
        };
        let was_wide = std::mem::take(&mut self.is_wide);
        self.query(subquery)?;
        let is_joined = self.dialect == Dialect::Sqlite && self.is_wide && !*negated;
        self.is_wide = self.is_wide || was_wide;
        if is_joined {
            let exists = std::mem::replace(expr, Expr::Value(Value::Null.into()));
            let is_true = Expr::IsTrue(Box::new(exists));
            *expr = Expr::Nested(Box::new(is_true));
        }
        Ok(())
    }

    /// Takes note of an expression that may fail on the values of some rows.
    pub(super) fn note_failure(&mut self, expr: &Expr) {
        self.may_fail = self.may_fail || may_fail(expr);
    }
}

/// Whether an expression may fail, apart from its parts.
fn may_fail(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Value(_)
        | Expr::TypedString(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotUnknown(_)
        | Expr::Nested(_)
        | Expr::Collate { .. }
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Exists { .. }
        | Expr::Between { .. }
        | Expr::Trim { .. }
        | Expr::Case { .. }
        | Expr::Tuple(_)
        | Expr::Array(_)
        | Expr::GroupingSets(_)
        | Expr::Cube(_)
        | Expr::Rollup(_) => false,
        Expr::UnaryOp { op, expr } => *op != UnaryOperator::Not && !is_constant(expr),
        Expr::BinaryOp { op, .. } => !is_calm(op),
        Expr::AnyOp { compare_op, .. } | Expr::AllOp { compare_op, .. } => !is_calm(compare_op),
        Expr::Like { pattern, .. } | Expr::ILike { pattern, .. } => !is_constant(pattern),
        Expr::Cast {
            expr, data_type, ..
        } => {
            let is_text = matches!(
                data_type,
                DataType::Text | DataType::Varchar(None) | DataType::Char(None)
            );
            !is_text && !is_constant(expr)
        }
        Expr::Interval(interval) => !is_constant(&interval.value),
        Expr::Function(function) => !is_calm_call(function),
        // A scalar subquery fails where it yields two rows.
        _ => true,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

fn is_calm(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::Xor
    )
}

fn is_calm_call(function: &Function) -> bool {
    match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => CALM.contains(&&*name.value.to_ascii_lowercase()),
        _ => false,
    }
}
