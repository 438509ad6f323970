//! Patterns that end in the middle of something.
//!
//! PostgreSQL fails on one that ends with its escape character, and only where a text has matched
//! so far: while it estimates, it tries patterns on the column's statistics, which are of all
//! tenants. So `LIKE 'sec\'` tells whether anybody's text begins with `sec`. Nothing matches such a
//! pattern.

use sea_orm::Value as Bound;
use sqlparser::ast::{Expr, Value};

use crate::{
    error::{Error, refuse_if},
    plan::Planner,
    sql::dialect::Dialect,
};

/// A pattern that is bound.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Pattern {
    /// The index of its value.
    index: usize,
    /// None on SQLite, where the length is what counts.
    escape: Option<char>,
}

impl Planner<'_> {
    pub(in crate::plan) fn pattern(
        &mut self,
        pattern: &Expr,
        escape: Option<&Expr>,
    ) -> Result<(), Error> {
        if self.dialect == Dialect::Sqlite {
            return self.short_pattern(pattern);
        }
        if self.dialect != Dialect::Postgres {
            return Ok(());
        }
        let escape = match escape {
            None => '\\',
            Some(Expr::Value(escape)) => {
                match escape.value.clone().into_string() {
                    Some(text) => match text.chars().next() {
                        Some(char) => char,
                        // There is none.
                        None => return Ok(()),
                    },
                    None => return Err(Error::unsupported("an `ESCAPE` that is no constant")),
                }
            }
            Some(_) => return Err(Error::unsupported("an `ESCAPE` that is no constant")),
        };
        let Expr::Value(value) = pattern else {
            return Ok(());
        };
        if let Value::Placeholder(name) = &value.value {
            let index = self.dialect.placeholder_index(name)?;
            let escape = Some(escape);
            self.patterns.push(Pattern { index, escape });
            return Ok(());
        }
        let text = value.value.clone().into_string();
        ensure_plain(&text.unwrap_or_default(), escape)
    }
}

impl Planner<'_> {
    /// SQLite fails on a pattern of over 50,000 bytes, for each row that it tries it on.
    /// <https://www.sqlite.org/limits.html>
    pub(in crate::plan) fn short_pattern(&mut self, pattern: &Expr) -> Result<(), Error> {
        let Expr::Value(value) = pattern else {
            return Ok(());
        };
        if let Value::Placeholder(name) = &value.value {
            let index = self.dialect.placeholder_index(name)?;
            let escape = None;
            self.patterns.push(Pattern { index, escape });
            return Ok(());
        }
        ensure_short(value.value.to_string().len())
    }
}

impl Pattern {
    pub(in crate::plan) fn check(self, values: &[Bound]) -> Result<(), Error> {
        let text = match values.get(self.index) {
            Some(Bound::String(Some(text))) => std::borrow::Cow::Borrowed(text.as_str()),
            Some(Bound::Char(Some(char))) => char.to_string().into(),
            Some(Bound::Bytes(Some(bytes))) => String::from_utf8_lossy(bytes),
            // The driver sends documents and decimals as text.
            Some(other) => other.to_string().into(),
            None => return Ok(()),
        };
        match self.escape {
            Some(escape) => ensure_plain(&text, escape),
            None => ensure_short(text.len()),
        }
    }
}

fn ensure_short(length: usize) -> Result<(), Error> {
    refuse_if(length > 50_000, "a pattern of over 50,000 bytes")
}

/// PostgreSQL goes one step deeper into its stack for each `%`.
const MOST_WILDCARDS: usize = 1_000;

fn ensure_plain(pattern: &str, escape: char) -> Result<(), Error> {
    refuse_if(
        pattern.matches('%').count() > MOST_WILDCARDS,
        "a pattern of more than 1,000 wildcards",
    )?;
    let escapes = pattern.chars().rev().take_while(|char| *char == escape);
    refuse_if(
        escapes.count() % 2 == 1,
        "a pattern that ends with its escape character",
    )
}
