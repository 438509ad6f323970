//! Operators: those of the engine, and those that the application allowed.

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};

use super::{allowed::Allowed, dialect::Dialect};
use crate::error::{Error, refuse_if};

/// Operators of extensions that sea-query prints: `pg_trgm` and `pgvector`. They stand on the
/// search path.
const OF_EXTENSIONS: [&str; 13] = [
    "<%", "%>", "<<%", "%>>", "<->", "<<->", "<->>", "<<<->", "<->>>", "<#>", "<=>", "<+>", "<~>",
];

/// What a type or an extension may define for itself and the grammar reads as a comparison or a
/// similarity: comparisons, `LIKE`, and `pg_trgm`'s `%`. These and [`OF_EXTENSIONS`] stay on the
/// search path.
///
/// `IN`, `BETWEEN`, `CASE`, `USING` and `LIKE` look their operators up there too, and cannot say
/// otherwise. With arguments that are no rows, an operator of the application's is only found for
/// types of its own; the doctor reports it.
const COMPARISONS: [&str; 11] = [
    "=", "<>", "<", "<=", ">", ">=", "~~", "~~*", "!~~", "!~~*", "%",
];

/// What `SIMILAR TO` is, which is printed as it stands.
const SIMILAR: [&str; 2] = ["~", "!~"];

/// The names of the operators that PostgreSQL looks up on the search path.
pub(crate) fn on_search_path() -> impl Iterator<Item = &'static str> {
    COMPARISONS.into_iter().chain(OF_EXTENSIONS).chain(SIMILAR)
}

/// `~~` and its kin, which are `LIKE`.
pub(crate) fn is_like(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::PGLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGNotILikeMatch
    )
}

/// The name of an operator that is to be PostgreSQL's own.
pub(crate) fn system_name(op: &BinaryOperator) -> Option<String> {
    let is_grammar = matches!(
        op,
        BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::Overlaps
            | BinaryOperator::Custom(_)
            | BinaryOperator::PGCustomBinaryOperator(_)
    );
    if is_grammar {
        return None;
    }
    let name = op.to_string();
    let is_printed_so = COMPARISONS.contains(&&*name) || OF_EXTENSIONS.contains(&&*name);
    (!is_printed_so).then_some(name)
}

pub(crate) fn binary(
    op: &BinaryOperator,
    dialect: Dialect,
    allowed: &Allowed,
) -> Result<(), Error> {
    match op {
        BinaryOperator::Custom(name)
            if dialect == Dialect::Postgres
                && (OF_EXTENSIONS.contains(&name.as_str()) || allowed.allows_operator(name)) =>
        {
            Ok(())
        }
        BinaryOperator::Spaceship | BinaryOperator::Xor | BinaryOperator::MyIntegerDivide
            if dialect == Dialect::MySql =>
        {
            Ok(())
        }
        // Servers read it as `OR`, but for their `sql_mode`.
        BinaryOperator::StringConcat if dialect == Dialect::MySql => Err(Error::unsupported(
            "`||`, which is `OR` or a concatenation by the server's `sql_mode` (write `OR` or `CONCAT`),",
        )),
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo
        | BinaryOperator::StringConcat
        | BinaryOperator::Gt
        | BinaryOperator::Lt
        | BinaryOperator::GtEq
        | BinaryOperator::LtEq
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::BitwiseOr
        | BinaryOperator::BitwiseAnd
        | BinaryOperator::BitwiseXor
        | BinaryOperator::Regexp
        | BinaryOperator::Glob
        | BinaryOperator::PGBitwiseXor
        | BinaryOperator::PGBitwiseShiftLeft
        | BinaryOperator::PGBitwiseShiftRight
        | BinaryOperator::PGExp
        | BinaryOperator::PGOverlap
        | BinaryOperator::PGRegexMatch
        | BinaryOperator::PGRegexIMatch
        | BinaryOperator::PGRegexNotMatch
        | BinaryOperator::PGRegexNotIMatch
        | BinaryOperator::PGLikeMatch
        | BinaryOperator::PGILikeMatch
        | BinaryOperator::PGNotLikeMatch
        | BinaryOperator::PGNotILikeMatch
        | BinaryOperator::PGStartsWith
        | BinaryOperator::Arrow
        | BinaryOperator::LongArrow
        | BinaryOperator::HashArrow
        | BinaryOperator::HashLongArrow
        | BinaryOperator::AtAt
        | BinaryOperator::AtArrow
        | BinaryOperator::ArrowAt
        | BinaryOperator::HashMinus
        | BinaryOperator::AtQuestion
        | BinaryOperator::Question
        | BinaryOperator::QuestionAnd
        | BinaryOperator::QuestionPipe
        | BinaryOperator::Overlaps
        | BinaryOperator::DoubleHash
        | BinaryOperator::LtDashGt
        | BinaryOperator::AndLt
        | BinaryOperator::AndGt
        | BinaryOperator::LtLtPipe
        | BinaryOperator::PipeGtGt
        | BinaryOperator::AndLtPipe
        | BinaryOperator::PipeAndGt
        | BinaryOperator::LtCaret
        | BinaryOperator::GtCaret
        | BinaryOperator::QuestionHash
        | BinaryOperator::QuestionDash
        | BinaryOperator::QuestionDashPipe
        | BinaryOperator::QuestionDoublePipe
        | BinaryOperator::At
        | BinaryOperator::TildeEq => Ok(()),
        // MATCH calls what a virtual table defines; a named operator calls what a schema defines.
        BinaryOperator::Custom(name) if dialect == Dialect::Postgres => Err(Error::new(
            crate::error::ErrorKind::Unsupported,
            format!(
                "the operator `{name}` is not known to read only its operands: allow it with `CatalogBuilder::allow_operator` if it does"
            ),
        )),
        BinaryOperator::Match
        | BinaryOperator::Custom(_)
        | BinaryOperator::PGCustomBinaryOperator(_)
        | BinaryOperator::Spaceship
        | BinaryOperator::Xor
        | BinaryOperator::DuckIntegerDivide
        | BinaryOperator::MyIntegerDivide
        | BinaryOperator::Assignment => Err(Error::unsupported(&format!("the operator `{op}`"))),
    }
}

/// An operator before `ANY` or `ALL`, which the parser does not read with a schema.
pub(crate) fn quantified(
    op: &BinaryOperator,
    dialect: Dialect,
    allowed: &Allowed,
) -> Result<(), Error> {
    binary(op, dialect, allowed)?;
    let is_systems = dialect == Dialect::Postgres
        && system_name(op).is_some_and(|name| !allowed.allows_operator(&name));
    refuse_if(
        is_systems,
        &format!("the operator `{op}` before `ANY` or `ALL`"),
    )
}

pub(crate) fn unary(op: UnaryOperator, dialect: Dialect) -> Result<(), Error> {
    match op {
        UnaryOperator::BangNot if dialect == Dialect::MySql => Ok(()),
        UnaryOperator::AtDashAt
        | UnaryOperator::BitwiseNot
        | UnaryOperator::DoubleAt
        | UnaryOperator::Hash
        | UnaryOperator::Plus
        | UnaryOperator::Minus
        | UnaryOperator::Not
        | UnaryOperator::PGAbs
        | UnaryOperator::PGCubeRoot
        | UnaryOperator::PGSquareRoot
        | UnaryOperator::QuestionDash
        | UnaryOperator::QuestionPipe => Ok(()),
        UnaryOperator::BangNot
        | UnaryOperator::PGPostfixFactorial
        | UnaryOperator::PGPrefixFactorial => {
            Err(Error::unsupported(&format!("the operator `{op}`")))
        }
    }
}

/// Whether PostgreSQL calls an operator's function here. `-1` is a constant of the grammar's.
pub(crate) fn is_call(op: UnaryOperator, operand: &Expr) -> bool {
    op != UnaryOperator::Not && !(op == UnaryOperator::Minus && is_number(operand))
}

/// A number that is written out.
pub(crate) fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Number(..)))
}

/// Prefix operators bind otherwise to the parser than to the engines: `- 2 ^ 2` is 4 to PostgreSQL.
/// Where what is printed would have parentheses of ours, the caller's have to stand there first.
pub(crate) fn ensure_operand(op: UnaryOperator, operand: &Expr) -> Result<(), Error> {
    let is_compound = |expr: &Expr| {
        matches!(
            expr,
            Expr::BinaryOp { .. } | Expr::AtTimeZone { .. } | Expr::Collate { .. }
        )
    };
    // The parser takes it for an operand, and the engines read `NOT` of all that follows.
    let is_negated = |expr: &Expr| matches!(expr, Expr::Exists { negated: true, .. });
    let is_split = match operand {
        _ if op == UnaryOperator::Not => false,
        operand if is_negated(operand) => true,
        // Of two operators, one gets parentheses.
        Expr::UnaryOp {
            op: inner,
            expr: innermost,
        } => *inner == UnaryOperator::Not || is_compound(innermost) || is_negated(innermost),
        _ => false,
    };
    refuse_if(
        is_split,
        "a prefix operator before several operands (put what it is of in parentheses)",
    )
}
