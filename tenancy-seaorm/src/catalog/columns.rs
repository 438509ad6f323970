//! The columns of tables: from entities, from the catalog, or learned from the database.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::ColumnType;

use super::Catalog;
use crate::{
    shape::Room,
    sql::{dialect::Dialect, names::TableName},
};

/// What kind of value a column holds, as far as it matters to what may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Integer,
    /// Of any precision: `numeric`.
    Decimal,
    Float,
    /// Of another collation than the database's.
    Collated,
    /// To MariaDB a type of its own.
    Uuid,
    /// Characters and bytes, which MySQL reads as numbers where they meet one.
    Text,
    Time,
    /// Parsed: `jsonb`, and `json` of MySQL.
    Json,
    /// Prepared for search: `tsvector`.
    Search,
    Boolean,
    /// Compares without fail: `inet`, enumerations, ranges, arrays of these.
    Other,
    /// Of a type that an extension or the application defined, which may do anything where it is
    /// compared.
    Foreign,
    /// A view's, which may be computed where it is read.
    Computed,
}

/// The columns of one table, by name as the engine folds it.
pub(crate) type Columns = HashMap<Box<str>, Class>;

/// What is known of the columns of a catalog's tables.
#[derive(Debug, Default)]
pub(crate) struct KnownColumns {
    declared: HashMap<TableName, Columns>,
    learned: RwLock<HashMap<TableName, Arc<Facts>>>,
    /// How much of an id tables keep that are what they should be.
    rooms: RwLock<HashMap<TableName, Room>>,
}

/// What the database says of a table.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) columns: Columns,
    /// The columns of each unique key that holds for all rows.
    pub(crate) keys: Vec<Vec<Box<str>>>,
}

impl KnownColumns {
    pub(super) fn of(catalog: &Catalog, dialect: Dialect) -> Self {
        let declared = catalog.0.columns.iter().map(|(name, columns)| {
            let columns = columns
                .iter()
                .map(|(name, class)| (dialect.fold_column(name), *class));
            (name.folded(dialect), columns.collect())
        });
        Self {
            declared: declared.collect(),
            learned: RwLock::default(),
            rooms: RwLock::default(),
        }
    }

    /// What a column holds. None where no column of that name is known.
    pub(crate) fn class(&self, table: &TableName, column: &str) -> Option<Class> {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        let learned = learned
            .get(table)
            .and_then(|facts| facts.columns.get(column));
        let declared = || self.declared.get(table)?.get(column);
        learned.or_else(declared).copied()
    }

    /// Whether it is known what a table's columns hold: from its entity, or from the database.
    pub(crate) fn has_classes(&self, table: &TableName) -> bool {
        let is_classed = |columns: &Columns| columns.values().any(|class| *class != Class::Other);
        self.declared.get(table).is_some_and(is_classed)
            || self
                .learned
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains_key(table)
    }

    /// Whether a table has a column of a class, by the database's own word.
    pub(crate) fn has(&self, table: &TableName, class: Class) -> bool {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned
            .get(table)
            .is_some_and(|facts| facts.columns.values().any(|of| *of == class))
    }

    /// Whether the database has been asked about a table.
    pub(crate) fn is_learned(&self, table: &TableName) -> bool {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.contains_key(table)
    }

    /// Keeps what the database said of a table.
    pub(crate) fn learn(&self, table: TableName, facts: Facts) {
        let mut learned = self.learned.write().unwrap_or_else(PoisonError::into_inner);
        learned.insert(table, Arc::new(facts));
    }

    pub(crate) fn room(&self, table: &TableName) -> Option<Room> {
        let rooms = self.rooms.read().unwrap_or_else(PoisonError::into_inner);
        rooms.get(table).copied()
    }

    pub(crate) fn keep_room(&self, table: TableName, room: Room) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        rooms.insert(table, room);
    }

    /// The unique keys of a table. None where the database has not been asked.
    pub(crate) fn keys(&self, table: &TableName) -> Option<Vec<Vec<Box<str>>>> {
        let learned = self.learned.read().unwrap_or_else(PoisonError::into_inner);
        learned.get(table).map(|facts| facts.keys.clone())
    }
}

impl Class {
    /// Whether a text can be read as a value of this class by MySQL, however strict it is.
    ///
    /// Times are taken in the form `2024-01-31 23:59:59.123456`, or without what is after the day;
    /// numbers of up to 18 digits, without an exponent.
    /// <https://dev.mysql.com/doc/refman/8.4/en/date-and-time-literals.html>
    pub(crate) fn holds(self, text: &str) -> bool {
        match self {
            Self::Text => true,
            Self::Integer | Self::Decimal | Self::Float | Self::Boolean => is_number(text),
            Self::Uuid => uuid::Uuid::try_parse(text).is_ok(),
            Self::Time => is_time(text),
            _ => false,
        }
    }

    pub(super) fn of(column: &ColumnType) -> Self {
        match column {
            ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::BigInteger
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned
            | ColumnType::Year => Self::Integer,
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Decimal,
            ColumnType::Float | ColumnType::Double => Self::Float,
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Blob
            | ColumnType::Binary(_)
            | ColumnType::VarBinary(_) => Self::Text,
            ColumnType::Uuid => Self::Uuid,
            ColumnType::DateTime
            | ColumnType::Timestamp
            | ColumnType::TimestampWithTimeZone
            | ColumnType::Date => Self::Time,
            ColumnType::JsonBinary => Self::Json,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Interval(..)
            | ColumnType::Time
            | ColumnType::Bit(_)
            | ColumnType::VarBit(_)
            | ColumnType::Enum { .. }
            | ColumnType::Cidr
            | ColumnType::Inet
            | ColumnType::MacAddr
            | ColumnType::LTree => Self::Other,
            ColumnType::Array(of) => match Self::of(of) {
                Self::Foreign => Self::Foreign,
                _ => Self::Other,
            },
            ColumnType::Custom(name) => Self::named(&name.to_string().to_ascii_lowercase()),
            _ => Self::Foreign,
        }
    }

    /// By the name of a type in PostgreSQL's `pg_type` or MySQL's `information_schema`.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "int2" | "int4" | "int8" | "tinyint" | "smallint" | "mediumint" | "int" | "bigint"
            | "year" => Self::Integer,
            "numeric" | "decimal" => Self::Decimal,
            "float4" | "float8" | "float" | "double" => Self::Float,
            "text" | "varchar" | "bpchar" | "char" | "tinytext" | "mediumtext" | "longtext"
            | "binary" | "varbinary" | "blob" | "tinyblob" | "mediumblob" | "longblob"
            | "bytea" => Self::Text,
            "uuid" => Self::Uuid,
            "date" | "timestamp" | "timestamptz" | "datetime" => Self::Time,
            "jsonb" => Self::Json,
            "tsvector" => Self::Search,
            "bool" | "boolean" => Self::Boolean,
            "bit" | "varbit" | "cidr" | "citext" | "enum" | "hstore" | "inet" | "interval"
            | "ltree" | "macaddr" | "macaddr8" | "money" | "name" | "set" | "time" | "timetz" => {
                Self::Other
            }
            "collated" => Self::Collated,
            "computed" => Self::Computed,
            "int4range" | "int8range" | "numrange" | "tsrange" | "tstzrange" | "daterange"
            | "int4multirange" | "int8multirange" | "nummultirange" | "tsmultirange"
            | "tstzmultirange" | "datemultirange" => Self::Other,
            // PostgreSQL's name for an array.
            array if array.starts_with('_') => match Self::named(&array[1..]) {
                Self::Foreign => Self::Foreign,
                _ => Self::Other,
            },
            _ => Self::Foreign,
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_plain(whole) && is_plain(fraction) && whole.len() + fraction.len() <= 18
}

/// Whether a text is a day, or a moment of one, that there is. The last of February is not taken.
fn is_time(text: &str) -> bool {
    let number = |digits: &str, width: usize, from: u32, to: u32| {
        digits.len() == width
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits
                .parse()
                .is_ok_and(|number| (from..=to).contains(&number))
    };
    let is_day = |text: &str| {
        let parts: Vec<_> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return false;
        };
        let last = match *month {
            "02" => 28,
            "04" | "06" | "09" | "11" => 30,
            _ => 31,
        };
        number(year, 4, 1000, 9999) && number(month, 2, 1, 12) && number(day, 2, 1, last)
    };
    let is_moment = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let parts: Vec<_> = whole.split(':').collect();
        let [hour, minute, second] = parts.as_slice() else {
            return false;
        };
        let is_fraction =
            (1..=6).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
        number(hour, 2, 0, 23)
            && number(minute, 2, 0, 59)
            && number(second, 2, 0, 59)
            && is_fraction
    };
    match text.split_once([' ', 'T']) {
        Some((day, moment)) => is_day(day) && is_moment(moment),
        None => is_day(text),
    }
}
