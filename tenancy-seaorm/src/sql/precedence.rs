//! How an engine groups what the parser has grouped.
//!
//! The two differ: `title ~ 'a' || 'b'` is `(title ~ 'a') || 'b'` to PostgreSQL, `17 % @ -5 + 2` is
//! `17 % (@ (-5 + 2))`, and `title = title LIKE 'x'` is `title = (title LIKE 'x')` to MySQL and
//! `(title = title) LIKE 'x'` to SQLite. A tree means the same to both if it can be read off its
//! tokens by the engine's table, which is checked for each operator: what stands open to its side
//! binds tighter. Where it does not, the caller has to write parentheses.
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE>,
//! <https://mariadb.com/docs/server/reference/sql-structure/operators/operator-precedence>,
//! <https://www.sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>

use sqlparser::ast::{BinaryOperator, CastKind, Expr, MemberOf, UnaryOperator};

use super::dialect::Dialect;
use crate::error::Error;

/// The kinds of operators that have a row of their own in some table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Or,
    Xor,
    And,
    Not,
    Is,
    Comparison,
    /// `<` and its kin, which SQLite tells from `=`.
    Order,
    /// `BETWEEN`, `IN`, `LIKE` and their kin, which are SQLite's `=`.
    Range,
    BitOr,
    BitAnd,
    Shift,
    /// Every operator of PostgreSQL's that is in no other row, before its operand too.
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
    /// The row of an engine's table, the loosest first.
    fn row(self, dialect: Dialect) -> u8 {
        let is_mysql = dialect == Dialect::MySql;
        let is_sqlite = dialect == Dialect::Sqlite;
        match self {
            Self::Is | Self::Comparison | Self::Range if is_sqlite => 5,
            Self::Order if is_sqlite => 6,
            Self::Other if is_sqlite => 12,
            Self::Or => 0,
            Self::Xor => 1,
            Self::And => 2,
            Self::Not => 3,
            Self::Is if !is_mysql => 4,
            Self::Is | Self::Comparison | Self::Order => 5,
            Self::Range => 6,
            Self::BitOr if is_mysql => 7,
            Self::BitAnd if is_mysql => 8,
            Self::BitOr | Self::BitAnd | Self::Shift | Self::Other => 9,
            Self::Sum => 10,
            Self::Product => 11,
            Self::Power => 12,
            Self::Zone => 13,
            Self::Sign if is_mysql => 14,
            Self::Collation => 15,
            Self::Sign => 16,
            Self::Subscript => 17,
            Self::Cast => 18,
        }
    }

    /// Whether two operators of this row may stand beside each other, the left one first.
    fn chains(self, dialect: Dialect) -> bool {
        match self {
            _ if dialect == Dialect::Sqlite => true,
            Self::Range => false,
            Self::Comparison | Self::Order | Self::Is => dialect == Dialect::MySql,
            _ => true,
        }
    }
}

/// An operator of a tree, and what stands on its sides.
struct Open<'e> {
    level: Level,
    left: Side<'e>,
    right: Side<'e>,
}

/// What stands on a side of an operator.
#[derive(Clone, Copy)]
enum Side<'e> {
    /// Nothing, or what the operator itself ends.
    Shut,
    /// An operand that no parenthesis shuts off from what stands outside.
    Of(&'e Expr),
    /// One that is no expression of its own: the `EXISTS` of `NOT EXISTS`.
    Single,
}

/// Requires that the engine finds the operands that the parser has found for this operator.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) with what to do.
pub(crate) fn ensure_same_grouping(expr: &Expr, dialect: Dialect) -> Result<(), Error> {
    let Some(Open { level, left, right }) = open(expr, dialect) else {
        return Ok(());
    };
    let row = level.row(dialect);
    let holds_left = spine(left, dialect, |open| open.right).all(|inner| {
        inner.row(dialect) > row || (inner.row(dialect) == row && level.chains(dialect))
    });
    // `NOT NOT a`; and the pattern of MySQL's `LIKE` is one operand.
    let is_single = dialect == Dialect::MySql && matches!(expr, Expr::Like { .. });
    let holds_right = spine(right, dialect, |open| open.left).all(|inner| {
        !is_single && (inner.row(dialect) > row || level == Level::Not && inner == Level::Not)
    });
    if holds_left && holds_right {
        return Ok(());
    }
    Err(Error::unsupported(
        "an operator to which the database would give other operands (put what belongs together in parentheses)",
    ))
}

/// Whether the parser has taken what follows `ALL (SELECT …)` for a part of it.
pub(crate) fn goes_on_after_query(operand: &Expr, dialect: Dialect) -> bool {
    let mut first = operand;
    while let Some(Open {
        left: Side::Of(left),
        ..
    }) = open(first, dialect)
    {
        first = left;
    }
    matches!(first, Expr::Subquery(_)) && !matches!(operand, Expr::Subquery(_))
}

/// The levels of what stands open on one side of an operand, from the outside in.
fn spine<'e>(
    operand: Side<'e>,
    dialect: Dialect,
    side: impl Fn(&Open<'e>) -> Side<'e>,
) -> impl Iterator<Item = Level> {
    let mut next = operand;
    std::iter::from_fn(move || {
        let Side::Of(operand) = next else {
            return None;
        };
        let open = open(operand, dialect)?;
        next = side(&open);
        // What is shut off on this side ends it.
        (!matches!(next, Side::Shut)).then_some(open.level)
    })
}

fn open(expr: &Expr, dialect: Dialect) -> Option<Open<'_>> {
    let (level, left, right) = match expr {
        // `NOT (EXISTS (…))` to every engine.
        Expr::Exists { negated: true, .. } => {
            return Some(Open {
                level: Level::Not,
                left: Side::Shut,
                right: Side::Single,
            });
        }
        Expr::BinaryOp { left, op, right } => (binary(op, dialect), Some(left), Some(right)),
        Expr::UnaryOp { op, expr } => (unary(*op, dialect), None, Some(expr)),
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
        Expr::RLike { expr, pattern, .. } => (Level::Range, Some(expr), Some(pattern)),
        Expr::MemberOf(MemberOf { value, .. }) => (Level::Range, Some(value), None),
        // `x = ANY (…)` is in the row of the operators that are in no other, on PostgreSQL.
        Expr::AnyOp { left, .. } | Expr::AllOp { left, .. } => {
            let level = match dialect {
                Dialect::MySql => Level::Comparison,
                _ => Level::Other,
            };
            (level, Some(left), None)
        }
        Expr::AtTimeZone {
            timestamp,
            time_zone,
        } => (Level::Zone, Some(timestamp), Some(time_zone)),
        Expr::Collate { expr, .. } => (Level::Collation, Some(expr), None),
        Expr::Cast {
            kind: CastKind::DoubleColon,
            expr,
            ..
        } => (Level::Cast, Some(expr), None),
        Expr::CompoundFieldAccess { root, .. } => (Level::Subscript, Some(root), None),
        _ => return None,
    };
    let [left, right] =
        [left, right].map(|operand| operand.map_or(Side::Shut, |operand| Side::Of(operand)));
    Some(Open { level, left, right })
}

fn unary(op: UnaryOperator, dialect: Dialect) -> Level {
    match op {
        UnaryOperator::Not => Level::Not,
        UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::BangNot => Level::Sign,
        UnaryOperator::BitwiseNot if dialect != Dialect::Postgres => Level::Sign,
        _ => Level::Other,
    }
}

fn binary(op: &BinaryOperator, dialect: Dialect) -> Level {
    match op {
        BinaryOperator::Or => Level::Or,
        BinaryOperator::Xor => Level::Xor,
        BinaryOperator::And => Level::And,
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::Spaceship => Level::Comparison,
        BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
            Level::Order
        }
        BinaryOperator::Glob | BinaryOperator::Match | BinaryOperator::Regexp => Level::Range,
        BinaryOperator::BitwiseOr => Level::BitOr,
        BinaryOperator::BitwiseAnd => Level::BitAnd,
        BinaryOperator::PGBitwiseShiftLeft | BinaryOperator::PGBitwiseShiftRight => Level::Shift,
        BinaryOperator::Arrow | BinaryOperator::LongArrow if dialect == Dialect::MySql => {
            Level::Subscript
        }
        BinaryOperator::Plus | BinaryOperator::Minus => Level::Sum,
        BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::MyIntegerDivide => Level::Product,
        BinaryOperator::PGExp => Level::Power,
        BinaryOperator::BitwiseXor if dialect == Dialect::MySql => Level::Power,
        _ => Level::Other,
    }
}
