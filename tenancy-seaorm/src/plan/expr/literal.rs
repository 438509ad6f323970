//! The leaves of expressions: constants, placeholders and bare words.

use sqlparser::ast::{Ident, Value};

use crate::{error::Error, plan::Planner, sql::dialect::Dialect};

/// Bare words that PostgreSQL reads as functions of the session.
/// <https://www.postgresql.org/docs/current/functions-info.html>
const SESSION_WORDS: [&str; 8] = [
    "current_catalog",
    "current_role",
    "current_schema",
    "current_user",
    "session_user",
    "system_user",
    "user",
    "current_database",
];

/// The same on MySQL.
/// <https://dev.mysql.com/doc/refman/8.4/en/information-functions.html>
const MYSQL_SESSION_WORDS: [&str; 2] = ["current_user", "current_role"];

impl Planner<'_> {
    pub(in crate::plan) fn column(&self, name: &Ident) -> Result<(), Error> {
        let words: &[&str] = match self.dialect {
            Dialect::Sqlite => &[],
            Dialect::Postgres => &SESSION_WORDS,
            Dialect::MySql => &MYSQL_SESSION_WORDS,
        };
        let is_session_word = name.quote_style.is_none()
            && words
                .iter()
                .any(|word| name.value.eq_ignore_ascii_case(word));
        if is_session_word {
            return Err(crate::sql::functions::refused(&name.value));
        }
        self.variable(name)
    }

    /// Variables of MySQL's sessions and settings outlive the request: the pool hands the session
    /// to the next tenant.
    pub(in crate::plan) fn variable(&self, name: &Ident) -> Result<(), Error> {
        if self.dialect == Dialect::MySql && name.value.starts_with('@') {
            return Err(Error::unsupported("a variable"));
        }
        Ok(())
    }

    pub(in crate::plan) fn literal(&self, value: &mut Value) -> Result<(), Error> {
        match value {
            Value::Number(..) | Value::HexStringLiteral(_) | Value::Boolean(_) | Value::Null => {
                Ok(())
            }
            Value::SingleQuotedString(text) => {
                // An escape string means the same whatever `standard_conforming_strings` is.
                match self.dialect {
                    Dialect::Postgres if text.contains(['\\', '\'']) => {
                        *value = Value::EscapedStringLiteral(std::mem::take(text));
                        Ok(())
                    }
                    // Whether it escapes is for the server's `sql_mode` to say.
                    Dialect::MySql if text.contains('\\') => Err(Error::unsupported(
                        "a backslash in a string (bind it as a parameter)",
                    )),
                    Dialect::Sqlite | Dialect::Postgres | Dialect::MySql => Ok(()),
                }
            }
            // Named ones have a number of the database's choosing.
            Value::Placeholder(name) => self.dialect.placeholder_index(name).map(|_| ()),
            Value::EscapedStringLiteral(_) | Value::DollarQuotedString(_)
                if self.dialect == Dialect::Postgres =>
            {
                Ok(())
            }
            Value::EscapedStringLiteral(_)
            | Value::DollarQuotedString(_)
            | Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::UnicodeStringLiteral(_)
            | Value::SingleQuotedByteStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_)
            | Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_)
            | Value::NationalStringLiteral(_)
            | Value::QuoteDelimitedStringLiteral(_)
            | Value::NationalQuoteDelimitedStringLiteral(_)
            | Value::DoubleQuotedString(_) => Err(Error::unsupported(
                "this notation of a string (bind it as a parameter)",
            )),
        }
    }
}
