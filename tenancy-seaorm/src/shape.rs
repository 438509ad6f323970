//! What a tenant-owned table has to be in the database, on engines that store less than they are
//! given.
//!
//! PostgreSQL refuses a value that does not fit a column, and so does MySQL in its strict mode,
//! which is required, but for `INSERT IGNORE`: that stores as much of an id as fits, which may be
//! another tenant's. `CHAR` drops blanks, other character sets have other bytes, and SQLite turns
//! texts of digits into numbers where a column's type says so. And a virtual table of SQLite is a
//! program: a column called like the table is an operator to it, or a command. Asked once for each
//! table.

use sea_orm::{DbBackend, DbErr, QueryResult, Statement};

use crate::{
    error::{Error, ErrorKind},
    policy::id::{IdColumn, IdKind, IdRole},
    sql::names::TableName,
};

/// <https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html>
const MYSQL: &str = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(DATA_TYPE AS CHAR), \
     CAST(CHARACTER_MAXIMUM_LENGTH AS SIGNED), CAST(CHARACTER_SET_NAME AS CHAR), \
     CAST(@@SESSION.sql_mode LIKE '%STRICT\\_%' AS SIGNED), CAST(@@SESSION.autocommit AS SIGNED) \
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?";

/// <https://www.sqlite.org/pragma.html#pragma_table_list>
const SQLITE: &str = "SELECT c.name, lower(c.type), NULL, l.type \
     FROM pragma_table_list AS l, pragma_table_xinfo(l.name, l.schema) AS c \
     WHERE coalesce(?1, l.schema) = l.schema COLLATE NOCASE AND l.name = ?2 COLLATE NOCASE";

/// Asks what a table is. None where the engine's own errors say all.
pub(crate) fn question(backend: DbBackend, table: &TableName) -> Option<Statement> {
    let text = match backend {
        DbBackend::MySql => MYSQL,
        DbBackend::Sqlite => SQLITE,
        _ => return None,
    };
    let schema = table.schema.as_deref().map(str::to_owned);
    let values = [schema.into(), table.table.to_string().into()];
    Some(Statement::from_sql_and_values(backend, text, values))
}

/// A table as the database has it, with those of its name in other schemas where the statement
/// names none.
#[derive(Debug)]
pub(crate) struct Shape {
    backend: DbBackend,
    is_virtual: bool,
    /// Whether a session of the pool refuses what does not fit, and commits each statement.
    is_strict: bool,
    commits: bool,
    /// By their names in lower case.
    columns: Vec<(String, Stored)>,
}

/// How much of a text a column keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) characters: u32,
    bytes: u32,
    /// The last character that the column's character set has.
    last: char,
}

impl Room {
    pub(crate) const ANY: Self = Self {
        characters: u32::MAX,
        bytes: u32::MAX,
        last: char::MAX,
    };

    /// What both keep.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            characters: self.characters.min(other.characters),
            bytes: self.bytes.min(other.bytes),
            last: self.last.min(other.last),
        }
    }

    /// Whether all of a text is kept, as it is.
    pub(crate) fn keeps(self, text: &str) -> bool {
        let fits = |count: usize, most: u32| u32::try_from(count).is_ok_and(|count| count <= most);
        fits(text.len(), self.bytes)
            && (fits(text.len(), self.characters) || fits(text.chars().count(), self.characters))
            && text.chars().all(|char| char <= self.last)
    }
}

/// A column's type.
#[derive(Debug)]
struct Stored {
    type_name: String,
    /// In characters, or bytes of binary ones. None where there is no limit, or another one.
    length: Option<u32>,
    charset: Option<String>,
}

impl Shape {
    /// What the database answered. None for a table that is not there.
    pub(crate) fn of(rows: &[QueryResult], backend: DbBackend) -> Result<Option<Self>, DbErr> {
        if rows.is_empty() {
            return Ok(None);
        }
        let mut shape = Self {
            backend,
            is_virtual: false,
            is_strict: true,
            commits: true,
            columns: Vec::new(),
        };
        for row in rows {
            let name: String = row.try_get_by_index(0)?;
            let length: Option<i64> = row.try_get_by_index(2)?;
            let fourth: Option<String> = row.try_get_by_index(3)?;
            if backend == DbBackend::MySql {
                shape.is_strict = row.try_get_by_index::<i64>(4)? != 0;
                shape.commits = row.try_get_by_index::<i64>(5)? != 0;
            }
            if backend == DbBackend::Sqlite {
                shape.is_virtual = shape.is_virtual || fourth.as_deref() == Some("virtual");
            }
            let stored = Stored {
                type_name: row.try_get_by_index::<String>(1)?.to_lowercase(),
                length: length.map(|length| u32::try_from(length).unwrap_or(u32::MAX)),
                charset: fourth.filter(|_| backend == DbBackend::MySql),
            };
            shape.columns.push((name.to_lowercase(), stored));
        }
        Ok(Some(shape))
    }

    pub(crate) fn is_virtual(&self) -> bool {
        self.is_virtual
    }

    /// How much of an id all of `columns` keep.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a virtual table, and [`ErrorKind::Incompatible`] for a column
    /// in which ids are not what they are.
    pub(crate) fn room(&self, table: &TableName, columns: &[IdColumn]) -> Result<Room, Error> {
        if self.is_virtual {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "`{}` is a virtual table, in which a column may be an operator or a command and ranks are counted over everybody's rows: keep tenants' rows in an ordinary table, or an index of each tenant's own",
                    table.table
                ),
            ));
        }
        for (holds, setting, why) in [
            (
                self.is_strict,
                "`STRICT_TRANS_TABLES` in `sql_mode`",
                "stores as much of an id as fits, which may be somebody else's",
            ),
            (
                self.commits,
                "`autocommit`",
                "leaves what a statement did to whoever borrows its connection next",
            ),
        ] {
            if !holds {
                return Err(Error::new(
                    ErrorKind::Incompatible,
                    format!(
                        "the database's sessions are without {setting}, and without it MySQL {why}: set it, as it is by default"
                    ),
                ));
            }
        }
        let mut room = Room::ANY;
        // What is missing is named by the database's own error.
        let stored = columns.iter().flat_map(|column| {
            let name = column.name().to_lowercase();
            let of_name = self.columns.iter().filter(move |(known, _)| *known == name);
            of_name.map(move |(_, stored)| (column, stored))
        });
        for (column, stored) in stored {
            let drops_blanks = stored.type_name == "char" && column.role() == IdRole::User;
            let why = match drops_blanks && column.kind() == IdKind::Text {
                true => {
                    Some("which drops blanks off the end of a user's name: make it VARCHAR".into())
                }
                false => stored.unfit(self.backend, column.kind()),
            };
            if let Some(why) = why {
                return Err(Error::new(
                    ErrorKind::Incompatible,
                    format!(
                        "the column `{}.{}` is of type `{}`, {why}",
                        table.table,
                        column.name(),
                        stored.type_name
                    ),
                ));
            }
            if column.kind() == IdKind::Text {
                room = room.and(stored.room());
            }
        }
        Ok(room)
    }
}

impl Stored {
    fn room(&self) -> Room {
        let length = self.length.unwrap_or(u32::MAX);
        let last = match self.charset.as_deref() {
            Some("ascii" | "latin1") => '\u{7f}',
            Some("utf8" | "utf8mb3") => '\u{ffff}',
            _ => char::MAX,
        };
        match &*self.type_name {
            "char" | "varchar" => Room {
                characters: length,
                last,
                ..Room::ANY
            },
            _ => Room {
                bytes: length,
                last,
                ..Room::ANY
            },
        }
    }

    /// Why a column does not hold ids of a kind, if it does not.
    fn unfit(&self, backend: DbBackend, kind: IdKind) -> Option<String> {
        let fits = match (backend, kind) {
            (DbBackend::Sqlite, IdKind::Text) => {
                return self.turns_into_numbers().then(|| {
                    "in which SQLite turns texts into numbers, `007` into 7: declare it as TEXT"
                        .into()
                });
            }
            (DbBackend::MySql, IdKind::Uuid) => match &*self.type_name {
                "binary" => self.length == Some(16),
                "varbinary" => self.length >= Some(16),
                "tinyblob" | "blob" | "mediumblob" | "longblob" | "uuid" => true,
                _ => false,
            },
            (DbBackend::MySql, IdKind::Int32) => {
                matches!(&*self.type_name, "int" | "bigint")
            }
            (DbBackend::MySql, IdKind::Int64) => self.type_name == "bigint",
            (DbBackend::MySql, IdKind::Text) => match &*self.type_name {
                // All that ids of tenants are made of is ASCII, and has the same bytes in these.
                "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => {
                    let charset = self.charset.as_deref().unwrap_or_default();
                    if !["ascii", "latin1", "utf8", "utf8mb3", "utf8mb4"].contains(&charset) {
                        return Some(format!(
                            "in the character set `{charset}`, in which ids have other bytes than those that they are compared with: use `utf8mb4`"
                        ));
                    }
                    true
                }
                "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => true,
                _ => false,
            },
            (DbBackend::Sqlite, IdKind::Int32 | IdKind::Int64) => {
                return self
                    .is_real()
                    .then(|| "in which SQLite rounds integers: declare it as INTEGER".into());
            }
            (_, _) => true,
        };
        let wanted = match kind {
            IdKind::Uuid => "BINARY(16)",
            IdKind::Int32 => "INT or BIGINT",
            IdKind::Int64 => "BIGINT",
            IdKind::Text => "VARCHAR",
        };
        (!fits).then(|| {
            format!("which does not hold every id that the catalog has for it: make it {wanted}")
        })
    }

    /// By the rules of <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>.
    fn turns_into_numbers(&self) -> bool {
        self.says(&["int"])
            || !(self.type_name.is_empty() || self.says(&["char", "clob", "text", "blob"]))
    }

    fn is_real(&self) -> bool {
        !self.says(&["int", "char", "clob", "text", "blob"]) && self.says(&["real", "floa", "doub"])
    }

    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.type_name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::{Room, Stored};
    use crate::policy::id::IdKind::{Int32, Int64, Text, Uuid};

    fn fits(backend: DbBackend, kind: crate::policy::id::IdKind, type_name: &str) -> bool {
        let (name, charset) = type_name.split_once(' ').unwrap_or((type_name, "utf8mb4"));
        let (name, length) = match name.split_once('(') {
            Some((name, length)) => (name, length.trim_end_matches(')').parse().ok()),
            None => (name, None),
        };
        let stored = Stored {
            type_name: name.into(),
            length,
            charset: Some(charset.into()),
        };
        stored.unfit(backend, kind).is_none()
    }

    #[test]
    fn what_mysql_cuts_does_not_fit() {
        for (kind, good, bad) in [
            (
                Uuid,
                &["binary(16)", "varbinary(16)", "blob", "uuid"][..],
                &[
                    "binary(8)",
                    "binary(32)",
                    "varbinary(15)",
                    "char(36)",
                    "bigint",
                ][..],
            ),
            (
                Int32,
                &["int", "bigint"],
                &["smallint", "mediumint", "tinyint", "varchar(9)", "float"],
            ),
            (
                Int64,
                &["bigint"],
                &["int", "double", "decimal", "varchar(20)"],
            ),
            (
                Text,
                &[
                    "varchar(36)",
                    "char(36)",
                    "text",
                    "varchar(9) ascii",
                    "varbinary(64)",
                ],
                &[
                    "enum",
                    "set",
                    "bigint",
                    "uuid",
                    "binary(16)",
                    "varchar(36) utf16",
                    "varchar(36) ucs2",
                    "json",
                ],
            ),
        ] {
            for name in good {
                assert!(fits(DbBackend::MySql, kind, name), "{kind:?} {name}");
            }
            for name in bad {
                assert!(!fits(DbBackend::MySql, kind, name), "{kind:?} {name}");
            }
        }
    }

    #[test]
    fn room_is_for_all_of_a_text() {
        let of = |name: &str, length, charset: Option<&str>| {
            let stored = Stored {
                type_name: name.into(),
                length: Some(length),
                charset: charset.map(str::to_owned),
            };
            stored.room()
        };
        let characters = of("varchar", 5, Some("utf8mb4"));
        assert!(characters.keeps("äääää") && !characters.keeps("acme-c"));
        let bytes = of("varbinary", 5, None);
        assert!(bytes.keeps("acme-") && !bytes.keeps("äää"));
        assert!(!of("tinytext", 255, Some("utf8mb4")).keeps(&"ä".repeat(128)));
        assert!(!of("char", 9, Some("ascii")).keeps("josé"));
        assert!(!of("varchar", 9, Some("utf8mb3")).keeps("bob\u{1f600}"));
        assert!(!characters.and(Room::ANY).keeps("acme-corp"));
    }

    #[test]
    fn integers_are_not_rounded() {
        for name in ["integer", "bigint", "", "numeric", "text"] {
            assert!(fits(DbBackend::Sqlite, Int64, name), "{name}");
        }
        for name in ["real", "double", "float"] {
            assert!(!fits(DbBackend::Sqlite, Int64, name), "{name}");
        }
    }

    #[test]
    fn what_sqlite_turns_into_a_number_does_not_fit() {
        for name in ["text", "varchar(9)", "", "blob", "nchar(5)", "clob"] {
            assert!(fits(DbBackend::Sqlite, Text, name), "{name}");
        }
        for name in [
            "integer", "string", "real", "numeric", "uuid", "charint", "any",
        ] {
            assert!(!fits(DbBackend::Sqlite, Text, name), "{name}");
        }
    }
}
