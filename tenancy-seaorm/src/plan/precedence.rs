//! How PostgreSQL groups what the parser has grouped.
//!
//! The two differ: `title ~ 'a' || 'b'` is `(title ~ 'a') || 'b'` to PostgreSQL, and `17 % @ -5 + 2`
//! is `17 % (@ (-5 + 2))`. A tree means the same to both if it can be read off its tokens by
//! PostgreSQL's table, which is checked for each operator: what stands open to its side binds
//! tighter. Where it does not, the caller has to write parentheses.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE>

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator};

use crate::Error;

/// The rows of PostgreSQL's table, the loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Is,
    Comparison,
    /// `BETWEEN`, `IN`, `LIKE`, `ILIKE`, `SIMILAR TO`.
    Range,
    /// Every operator that is in no other row, before its operand too.
    Other,
    Sum,
    Product,
    Power,
    Zone,
    Collation,
    Sign,
    Subscript,
    Cast,
}

impl Level {
    /// Whether two operators of this row may stand beside each other, the left one first.
    fn is_left_associative(self) -> bool {
        !matches!(self, Self::Comparison | Self::Range | Self::Is)
    }
}

/// An operator of a tree, and the operands that no parenthesis shuts off from what stands outside.
struct Open<'e> {
    level: Level,
    left: Option<&'e Expr>,
    right: Option<&'e Expr>,
}

/// Requires that PostgreSQL finds the operands that the parser has found for this operator.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with what to do.
pub(super) fn ensure_same_grouping(expr: &Expr) -> Result<(), Error> {
    let Some(Open { level, left, right }) = open(expr) else {
        return Ok(());
    };
    let is_prefix = left.is_none();
    let holds_left = spine(left, |open| open.right)
        .all(|inner| inner > level || (inner == level && level.is_left_associative()));
    let holds_right = spine(right, |open| open.left)
        .all(|inner| inner > level || (inner == level && is_prefix && level == Level::Not));
    if holds_left && holds_right {
        return Ok(());
    }
    Err(Error::unsupported(
        "an operator that PostgreSQL would give other operands (put what belongs together in parentheses)",
    ))
}

/// Whether the parser has taken what follows `ALL (SELECT …)` for a part of it.
pub(super) fn goes_on_after_query(operand: &Expr) -> bool {
    let mut first = operand;
    while let Some(Open {
        left: Some(left), ..
    }) = open(first)
    {
        first = left;
    }
    matches!(first, Expr::Subquery(_)) && !matches!(operand, Expr::Subquery(_))
}

/// The levels of what stands open on one side of an operand, from the outside in.
fn spine<'e>(
    operand: Option<&'e Expr>,
    side: impl Fn(&Open<'e>) -> Option<&'e Expr>,
) -> impl Iterator<Item = Level> {
    let mut next = operand;
    std::iter::from_fn(move || {
        let open = open(next?)?;
        next = side(&open);
        // What is shut off on this side ends it.
        let level = open.level;
        Some((level, next.is_some()))
    })
    .take_while(|(_, is_open)| *is_open)
    .map(|(level, _)| level)
}

fn open(expr: &Expr) -> Option<Open<'_>> {
    let (level, left, right) = match expr {
        Expr::BinaryOp { left, op, right } => (binary(op), Some(left), Some(right)),
        Expr::UnaryOp { op, expr } => (unary(*op), None, Some(expr)),
        Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
            (Level::Is, Some(left), Some(right))
        }
        Expr::IsNull(operand)
        | Expr::IsNotNull(operand)
        | Expr::IsTrue(operand)
        | Expr::IsNotTrue(operand)
        | Expr::IsFalse(operand)
        | Expr::IsNotFalse(operand)
        | Expr::IsUnknown(operand)
        | Expr::IsNotUnknown(operand) => (Level::Is, Some(operand), None),
        Expr::IsNormalized { expr, .. } | Expr::IsJson { expr, .. } => {
            (Level::Is, Some(expr), None)
        }
        Expr::InList { expr, .. } | Expr::InSubquery { expr, .. } => {
            (Level::Range, Some(expr), None)
        }
        Expr::Between { expr, high, .. } => (Level::Range, Some(expr), Some(high)),
        Expr::Like {
            expr,
            pattern,
            escape_char,
            ..
        }
        | Expr::ILike {
            expr,
            pattern,
            escape_char,
            ..
        }
        | Expr::SimilarTo {
            expr,
            pattern,
            escape_char,
            ..
        } => {
            let last = escape_char.as_ref().unwrap_or(pattern);
            (Level::Range, Some(expr), Some(last))
        }
        // `x = ANY (…)` is in the row of the operators that are in no other.
        Expr::AnyOp { left, .. } | Expr::AllOp { left, .. } => (Level::Other, Some(left), None),
        Expr::AtTimeZone {
            timestamp,
            time_zone,
        } => (Level::Zone, Some(timestamp), Some(time_zone)),
        Expr::Collate { expr, .. } => (Level::Collation, Some(expr), None),
        Expr::Cast {
            kind: sqlparser::ast::CastKind::DoubleColon,
            expr,
            ..
        } => (Level::Cast, Some(expr), None),
        Expr::CompoundFieldAccess { root, .. } => (Level::Subscript, Some(root), None),
        _ => return None,
    };
    let [left, right] = [left, right].map(|operand| operand.map(|operand| &**operand));
    Some(Open { level, left, right })
}

fn unary(op: UnaryOperator) -> Level {
    match op {
        UnaryOperator::Not => Level::Not,
        UnaryOperator::Plus | UnaryOperator::Minus => Level::Sign,
        _ => Level::Other,
    }
}

fn binary(op: &BinaryOperator) -> Level {
    match op {
        BinaryOperator::Or => Level::Or,
        BinaryOperator::And => Level::And,
        BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::Lt
        | BinaryOperator::LtEq
        | BinaryOperator::Gt
        | BinaryOperator::GtEq => Level::Comparison,
        BinaryOperator::Plus | BinaryOperator::Minus => Level::Sum,
        BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo => {
            Level::Product
        }
        BinaryOperator::PGExp => Level::Power,
        _ => Level::Other,
    }
}
