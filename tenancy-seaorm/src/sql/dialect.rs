use std::borrow::Cow;

use sea_orm::DbBackend;
use sqlparser::{
    ast::Ident,
    dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect},
};

use crate::error::{Error, ErrorKind};

/// The database engines whose SQL is scoped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
    /// MariaDB as well.
    MySql,
}

/// PostgreSQL cuts longer identifiers (`NAMEDATALEN`), so that they name something else than what
/// was checked.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const POSTGRES_IDENTIFIER_BYTES: usize = 63;
/// <https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/identifier-names#maximum-length>
const MYSQL_IDENTIFIER_CHARACTERS: usize = 64;

/// How many values the protocols of PostgreSQL and MySQL have numbers for. SQLite takes fewer or
/// more, as it was built.
pub(crate) const MOST_VALUES: usize = 65_535;

impl Dialect {
    pub(crate) fn of(backend: DbBackend) -> Result<Self, Error> {
        match backend {
            DbBackend::Sqlite => Ok(Self::Sqlite),
            DbBackend::Postgres => Ok(Self::Postgres),
            DbBackend::MySql => Ok(Self::MySql),
            other => Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "statements for {other:?} are not scoped by this version: connect to SQLite, PostgreSQL, MySQL or MariaDB"
                ),
            )),
        }
    }

    pub(crate) fn parser(self) -> &'static dyn sqlparser::dialect::Dialect {
        match self {
            Self::Sqlite => &SQLiteDialect {},
            Self::Postgres => &PostgreSqlDialect {},
            Self::MySql => &MySqlDialect {},
        }
    }

    /// Whether a placeholder stands for the next value, whatever it is called. While such a
    /// statement is planned its placeholders are numbered all the same.
    pub(crate) fn binds_by_position(self) -> bool {
        self == Self::MySql
    }

    /// A name in a statement, in the engine's unambiguous quotes.
    ///
    /// On SQLite these are backticks: a name in double quotes that fits no column is a string
    /// there.
    /// <https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted>
    pub(crate) fn quoted(self, name: &str) -> Ident {
        let quote = match self {
            Self::Postgres => '"',
            Self::Sqlite | Self::MySql => '`',
        };
        Ident::with_quote(quote, name)
    }

    /// A text as a string of the tree. MySQL's are not unescaped where they are read.
    pub(crate) fn string(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::MySql => Cow::Owned(text.replace('\'', "''")),
            Self::Sqlite | Self::Postgres => Cow::Borrowed(text),
        }
    }

    /// The placeholder for the value with this number, from 1.
    pub(crate) fn placeholder(self, number: usize) -> String {
        match self {
            Self::Sqlite | Self::MySql => format!("?{number}"),
            Self::Postgres => format!("${number}"),
        }
    }

    /// The index, from 0, of the value that a numbered placeholder stands for.
    pub(crate) fn placeholder_index(self, name: &str) -> Result<usize, Error> {
        let sigil = match self {
            Self::Sqlite | Self::MySql => '?',
            Self::Postgres => '$',
        };
        let number = name
            .strip_prefix(sigil)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<usize>().ok());
        let why = match number {
            Some(number @ 1..=MOST_VALUES) => return Ok(number - 1),
            Some(1..) => {
                "the statement has more placeholders than the 65,535 that PostgreSQL and MySQL take: insert fewer rows at a time"
            }
            _ => {
                "the statement has a placeholder without a number: write `?` on SQLite, MySQL and MariaDB, `$1` on PostgreSQL"
            }
        };
        Err(Error::new(ErrorKind::Parameters, why))
    }

    /// A name of a table, an alias or a function in a statement, as the database looks it up.
    ///
    /// Whether the case of tables counts on MySQL is the server's setting. Here it does: a name in
    /// another case is not found in the catalog, and refused.
    pub(crate) fn fold(self, name: &Ident) -> Result<Cow<'_, str>, Error> {
        match self {
            Self::Sqlite => Ok(lower(&name.value)),
            // Which of the two it is depends on `ANSI_QUOTES` in the server's `sql_mode`.
            Self::MySql if name.quote_style == Some('"') => Err(Error::new(
                ErrorKind::Unsupported,
                "a name in double quotes, which may be a string on MySQL, is refused: write it in backticks",
            )),
            // A column without an alias is called by its text, which is cut after 255 characters.
            Self::MySql if name.value.chars().count() > MYSQL_IDENTIFIER_CHARACTERS => {
                Err(Error::new(
                    ErrorKind::Unsupported,
                    "a name of over 64 characters, which no table or column of MySQL has, is refused: use a shorter one",
                ))
            }
            Self::MySql => Ok(Cow::Borrowed(&name.value)),
            Self::Postgres if name.value.len() > POSTGRES_IDENTIFIER_BYTES => Err(Error::new(
                ErrorKind::Unsupported,
                "a name of over 63 bytes, which PostgreSQL would cut, is refused: use the name as it is stored",
            )),
            Self::Postgres if name.quote_style.is_some() => Ok(Cow::Borrowed(&name.value)),
            Self::Postgres => Ok(lower(&name.value)),
        }
    }

    /// The name of a function, as the engine compares them.
    pub(crate) fn fold_function(self, name: &Ident) -> Result<Cow<'_, str>, Error> {
        match self {
            Self::Sqlite | Self::Postgres => self.fold(name),
            Self::MySql => Ok(lower(&name.value)),
        }
    }

    /// A name in quotes, folded as the engine folds it without.
    pub(crate) fn settled(self, name: &Ident) -> Result<Ident, Error> {
        super::tokens::name(&name.value)?;
        match self {
            _ if name.quote_style == Some('\'') => Err(Error::unsupported("a string as a name")),
            Self::MySql if name.quote_style.is_none() && name.value.contains('@') => {
                Err(Error::unsupported("a variable"))
            }
            Self::Postgres => Ok(self.quoted(&self.fold(name)?)),
            Self::Sqlite => Ok(self.quoted(&name.value)),
            Self::MySql => {
                self.fold(name)?;
                Ok(self.quoted(&name.value))
            }
        }
    }

    /// A name in a catalog, as [`fold`](Self::fold) would find it.
    pub(crate) fn fold_stored(self, name: &str) -> Box<str> {
        match self {
            Self::Sqlite => name.to_ascii_lowercase().into_boxed_str(),
            Self::Postgres | Self::MySql => name.into(),
        }
    }

    /// The name of a column in a catalog, as [`column`](Self::column) would find it.
    pub(crate) fn fold_column(self, name: &str) -> Box<str> {
        match self {
            Self::Sqlite => name.to_ascii_lowercase().into_boxed_str(),
            Self::Postgres => name.into(),
            Self::MySql => name.to_lowercase().into_boxed_str(),
        }
    }

    /// The name of a column in a statement, as the engine compares them.
    pub(crate) fn column(self, name: &Ident) -> Result<Box<str>, Error> {
        match self {
            Self::Sqlite | Self::MySql => Ok(self.fold_column(&name.value)),
            Self::Postgres => Ok(self.fold(name)?.into()),
        }
    }

    /// Whether a name in a statement is that of a column, as the database compares them.
    pub(crate) fn names_column(self, name: &Ident, column: &str) -> Result<bool, Error> {
        Ok(match self {
            Self::Sqlite => name.value.eq_ignore_ascii_case(column),
            Self::Postgres => *self.fold(name)? == *column,
            // By the case mappings of Unicode, under which `ı` is an `I`.
            Self::MySql => {
                name.value.to_lowercase() == column.to_lowercase()
                    || name.value.to_uppercase() == column.to_uppercase()
            }
        })
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}
