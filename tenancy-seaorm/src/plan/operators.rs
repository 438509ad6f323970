//! Operators. Each is plain data on the engines that are scoped; those that call what a user defined are refused.

use sqlparser::ast::{BinaryOperator, UnaryOperator};

use super::Dialect;
use crate::Error;

pub(super) fn binary(op: &BinaryOperator, dialect: Dialect) -> Result<(), Error> {
    match op {
        BinaryOperator::Spaceship | BinaryOperator::Xor | BinaryOperator::MyIntegerDivide
            if dialect == Dialect::MySql =>
        {
            Ok(())
        }
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

pub(super) fn unary(op: UnaryOperator, dialect: Dialect) -> Result<(), Error> {
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
