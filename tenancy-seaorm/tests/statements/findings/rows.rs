//! Rows as JSON, whatever types they have, and the state of a database.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, JsonValue, QueryResult, Statement,
    sqlx::{Row, TypeInfo, ValueRef},
};

/// Each value of a row by the name of its type, as the server sent it.
macro_rules! cells {
    ($row:expr) => {{
        let row = $row;
        let cell = |index: usize| {
            let kind = row
                .try_get_raw(index)
                .unwrap()
                .type_info()
                .name()
                .to_owned();
            let bytes: Option<Vec<u8>> = row.try_get_unchecked(index).unwrap();
            (kind, bytes)
        };
        (0..row.len()).map(cell).collect::<Vec<_>>()
    }};
}

/// The values of a row. Names are left out: an expression is called as it is printed.
pub fn values(row: &QueryResult) -> Vec<JsonValue> {
    let cells = match (
        row.try_as_pg_row(),
        row.try_as_mysql_row(),
        row.try_as_sqlite_row(),
    ) {
        (Some(row), _, _) => return shown(cells!(row), |bytes| integer(bytes.iter())),
        (_, Some(row), _) => return shown(cells!(row), |bytes| integer(bytes.iter().rev())),
        (_, _, Some(row)) => cells!(row),
        _ => panic!("a row of another driver"),
    };
    // SQLite says numbers as text.
    shown(cells, |bytes| {
        String::from_utf8_lossy(bytes).parse().unwrap_or_default()
    })
}

fn shown(cells: Vec<(String, Option<Vec<u8>>)>, number: impl Fn(&[u8]) -> i64) -> Vec<JsonValue> {
    let show = |(kind, bytes): (String, Option<Vec<u8>>)| {
        let Some(bytes) = bytes else {
            return JsonValue::Null;
        };
        let text = String::from_utf8_lossy(&bytes);
        match kind.as_str() {
            "INT2" | "INT4" | "INT8" | "TINYINT" | "SMALLINT" | "INT" | "MEDIUMINT" | "BIGINT"
            | "BOOLEAN" | "INTEGER" => number(&bytes).into(),
            kind if kind.ends_with("CHAR") || kind.ends_with("TEXT") => text.into(),
            kind if kind.ends_with("BINARY") || kind.ends_with("BLOB") => {
                format!("bytes {}", text.escape_debug()).into()
            }
            kind => format!("{kind} {}", text.escape_debug()).into(),
        }
    };
    cells.into_iter().map(show).collect()
}

/// A signed integer, from its first byte on.
fn integer<'b>(bytes: impl Iterator<Item = &'b u8>) -> i64 {
    let add = |number: Option<i64>, byte: &u8| match number {
        None => Some(i64::from(byte.cast_signed())),
        Some(number) => Some((number << 8) | i64::from(*byte)),
    };
    bytes.fold(None, add).unwrap_or_default()
}

/// All rows of a database, each as text behind its table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub own: Vec<String>,
    pub others: Vec<String>,
}

impl State {
    /// Looks at tables, each with what holds for the scope's rows.
    pub async fn of(db: &DatabaseConnection, tables: &[(&str, &str)]) -> Self {
        let mut state = Self::default();
        for (table, is_own) in tables {
            let sql =
                format!("SELECT {table}.*, CASE WHEN {is_own} THEN 1 ELSE 0 END FROM {table}");
            let all = Statement::from_string(db.get_database_backend(), sql);
            for row in &db.query_all_raw(all).await.unwrap() {
                let mut values = values(row);
                let is_own = values.pop() == Some(1.into());
                let row = format!("{table} {}", JsonValue::Array(values));
                match is_own {
                    true => state.own.push(row),
                    false => state.others.push(row),
                }
            }
        }
        state.own.sort_unstable();
        state.others.sort_unstable();
        state
    }
}

/// The lines that two states do not have in common.
pub fn difference(found: &[String], expected: &[String]) -> String {
    let only = |these: &[String], those: &[String]| {
        let only: Vec<_> = these
            .iter()
            .filter(|line| !those.contains(line))
            .cloned()
            .collect();
        only.join("; ")
    };
    format!(
        "there is [{}] where [{}] should be",
        only(found, expected),
        only(expected, found)
    )
}
