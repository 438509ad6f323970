//! That the parser has passed over nothing: every word, number, string and placeholder of a text
//! stands in the print of its tree.
//!
//! ```sql
//! TRIM(LEADING title, 'x')   -- read as TRIM(title, 'x'): `LEADING` is gone
//! INTERVAL(1) '1.77'         -- read as INTERVAL '1.77': the 1 is gone
//! INSERT INTO local note …   -- read as INSERT INTO note
//! ```
//!
//! What a tree leaves out is in no walk. So this is asked of the tree as it came from the parser.

use std::{collections::HashMap, ops::ControlFlow};

use sqlparser::{
    ast::{Expr, Statement, Value, ValueWithSpan, VisitMut, VisitorMut},
    tokenizer::{Token, TokenWithSpan},
};

use super::{dialect::Dialect, settle::nest, text::tokenize};
use crate::error::{Error, ErrorKind};

/// Words that say nothing, or that are printed as others which say the same: `LIMIT ALL` is no
/// limit, `NEXT 2 ROW` is `FIRST 2 ROWS`, `NOTNULL` is `IS NOT NULL`.
const SAY_NOTHING: [&str; 9] = [
    "ALL", "AS", "ASC", "INNER", "LIMIT", "NEXT", "NOTNULL", "OUTER", "ROW",
];

/// How often each piece of a text stands in it.
pub(crate) struct Pieces(HashMap<Piece, usize>);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Piece {
    /// In upper case.
    Word(String),
    Constant(Token),
}

impl Pieces {
    pub(crate) fn of(tokens: &[TokenWithSpan]) -> Self {
        let mut pieces = HashMap::new();
        let mut tokens = tokens.iter().map(|token| &token.token).peekable();
        while let Some(token) = tokens.next() {
            let Some(mut piece) = piece(token) else {
                continue;
            };
            // Strings that follow each other are one.
            while let Piece::Constant(Token::SingleQuotedString(text)) = &mut piece {
                match tokens.peek() {
                    Some(Token::SingleQuotedString(more)) => text.push_str(more),
                    Some(Token::Whitespace(_)) => {}
                    _ => break,
                }
                tokens.next();
            }
            *pieces.entry(piece).or_default() += 1;
        }
        Self(pieces)
    }

    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] or [`ErrorKind::NotParsed`] where the tree has less than the
    /// text.
    pub(crate) fn ensure_in(&self, statement: &Statement, dialect: Dialect) -> Result<(), Error> {
        if matches!(self.lost(statement, dialect), Ok(None)) {
            return Ok(());
        }
        // Some trees are not printed as they are meant, until they have been settled.
        let mut printable = statement.clone();
        let _ = VisitMut::visit(&mut printable, &mut Printable(dialect));
        match self.lost(&printable, dialect)? {
            None => Ok(()),
            // A keyword may be named, and nothing that could be a value.
            Some(Piece::Word(word)) if is_keyword(word) => Err(Error::unsupported(&format!(
                "the word `{word}` where the parser passes over it"
            ))),
            Some(_) => Err(Error::new(
                ErrorKind::NotParsed,
                "the statement has a word or a constant that the parser passes over or changes: bind constants as parameters",
            )),
        }
    }

    /// A piece that the print of a tree lacks.
    fn lost(&self, statement: &Statement, dialect: Dialect) -> Result<Option<&Piece>, Error> {
        let printed = Self::of(&tokenize(&statement.to_string(), dialect)?);
        let is_lost = |(piece, count): &(&Piece, &usize)| {
            let says_nothing =
                matches!(piece, Piece::Word(word) if SAY_NOTHING.contains(&word.as_str()));
            !says_nothing && printed.0.get(*piece).is_none_or(|kept| kept < *count)
        };
        Ok(self.0.iter().find(is_lost).map(|(piece, _)| piece))
    }
}

/// Puts an operator that follows another one into parentheses, since two minuses begin a comment;
/// and makes escape strings of those that the parser prints otherwise.
struct Printable(Dialect);

impl VisitorMut for Printable {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::UnaryOp { op: _, expr: inner } = expr
            && matches!(**inner, Expr::UnaryOp { .. })
        {
            nest(inner);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) = &mut value.value
            && self.0 == Dialect::Postgres
        {
            value.value = Value::EscapedStringLiteral(std::mem::take(text));
        }
        ControlFlow::Continue(())
    }
}

fn piece(token: &Token) -> Option<Piece> {
    match token {
        Token::Word(word) => Some(Piece::Word(word.value.to_uppercase())),
        Token::EscapedStringLiteral(text) => {
            Some(Piece::Constant(Token::SingleQuotedString(text.clone())))
        }
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DollarQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::Placeholder(_) => Some(Piece::Constant(token.clone())),
        _ => None,
    }
}

fn is_keyword(word: &str) -> bool {
    sqlparser::keywords::ALL_KEYWORDS
        .binary_search(&word)
        .is_ok()
}
