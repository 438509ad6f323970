//! What is in a database, in short.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use super::{
    history,
    poison::Poison,
    rows::BEHIND,
    schema::{Kind, MARK, Mark, Schema, Table, Ty, quoted},
};

/// The rows of each table and tenant, in short. The tenant is empty where rows are everybody's.
pub type State = BTreeMap<(String, String), String>;

/// PostgreSQL's function that returns the state, whoever asks: all rows of the query in one text.
pub const STATE: &str = "oracle_state";

/// The state, as far as `database` sees it; as a whole on PostgreSQL.
pub async fn state(database: &impl ConnectionTrait, query: &Statement) -> State {
    let rows = database.query_all_raw(query.clone()).await.unwrap();
    let text = |row: &QueryResult, index| {
        row.try_get_by_index::<Option<String>>(index)
            .unwrap()
            .unwrap_or_default()
    };
    match query.db_backend {
        DbBackend::Postgres => {
            let all: Vec<[String; 3]> = serde_json::from_str(&text(&rows[0], 0)).unwrap();
            all.into_iter()
                .map(|[table, tenant, rows]| ((table, tenant), rows))
                .collect()
        }
        _ => rows
            .iter()
            .map(|row| ((text(row, 0), text(row, 1)), text(row, 2)))
            .collect(),
    }
}

/// One query that condenses every table, tenant by tenant.
pub fn query(schema: &Schema) -> Statement {
    let sql = match schema.backend {
        DbBackend::Postgres => format!("SELECT {STATE}() AS state"),
        _ => all_tables(schema),
    };
    Statement::from_string(schema.backend, sql)
}

/// What the query needs in the database. PostgreSQL's function has its owner's rights, so that a
/// transaction under policies can be asked what it did to others' rows before it is rolled back.
pub fn definition(schema: &Schema) -> String {
    match schema.backend {
        DbBackend::Postgres => format!(
            "CREATE OR REPLACE FUNCTION {STATE}() RETURNS TEXT LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN
             RETURN (SELECT JSON_AGG(JSON_BUILD_ARRAY(t, k, h)) FROM ({}) AS s); END $$;\n",
            all_tables(schema)
        ),
        _ => String::new(),
    }
}

fn all_tables(schema: &Schema) -> String {
    let tables = schema.tables.iter().map(|table| of_table(schema, table));
    let all: Vec<_> = tables.chain([history::state(schema.backend)]).collect();
    all.join(" UNION ALL ")
}

/// Whose a row of the table is, by its columns; none where rows are everybody's.
pub fn owner(backend: DbBackend, table: &Table, row: &str) -> Option<String> {
    let (column, kind) = table.tenant?;
    let column = format!("{row}{}", quoted(backend, column));
    let key = match (backend, kind) {
        (DbBackend::Postgres, _) => format!("CAST({column} AS TEXT)"),
        (DbBackend::MySql, Kind::Int32 | Kind::Int64) => format!("HEX(CAST({column} AS CHAR))"),
        _ => format!("HEX({column})"),
    };
    // Rows of other users, and those that are not there for this one, are somebody else's and stay
    // what they are.
    let behind = match backend {
        DbBackend::MySql => format!("CONCAT({key}, '-behind')"),
        _ => format!("{key} || '-behind'"),
    };
    Some(format!(
        "CASE WHEN {row}id BETWEEN {BEHIND} AND 999 THEN {behind} ELSE {key} END"
    ))
}

fn of_table(schema: &Schema, table: &Table) -> String {
    let name = table.name;
    let from = schema.quoted(name);
    let backend = schema.backend;
    let key = owner(backend, table, "");
    // Those that are deleted now are gone.
    let from = match table.mark() {
        Some(mark) => {
            let is_gone = match mark {
                Mark::Timestamp => format!("{MARK} IS NOT NULL"),
                Mark::Deleted => format!("{MARK} IS TRUE"),
                Mark::Active => format!("{MARK} IS NOT TRUE"),
            };
            // PostgreSQL's gets another one.
            let name = match backend {
                DbBackend::Postgres => String::new(),
                _ => format!(" AS {from}"),
            };
            format!(
                "(SELECT * FROM {from} WHERE id BETWEEN {BEHIND} AND 999 OR NOT ({is_gone})){name}"
            )
        }
        None => from,
    };
    let group = key
        .as_ref()
        .map_or(String::new(), |key| format!(" GROUP BY {key}"));
    let key = key.unwrap_or_else(|| "''".into());
    let columns = table
        .columns
        .iter()
        .map(|column| (quoted(backend, column.name), column.ty));
    match backend {
        DbBackend::Postgres => format!(
            "SELECT '{name}' AS t, {key} AS k, MD5(STRING_AGG(CAST(x AS TEXT), '|' ORDER BY CAST(x AS TEXT))) AS h FROM {from} x{group}"
        ),
        DbBackend::Sqlite => {
            let quoted: Vec<_> = columns
                .map(|(column, _)| format!("QUOTE({column})"))
                .collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, GROUP_CONCAT({}, '|' ORDER BY id) AS h FROM {from}{group}",
                quoted.join(" || ',' || ")
            )
        }
        _ => {
            let texts = columns.map(|(column, ty)| match ty {
                Ty::Int
                | Ty::Real
                | Ty::Flag
                | Ty::Public
                | Ty::Mark(_)
                | Ty::Poison(Poison::Number | Poison::Key)
                | Ty::Tenant(Kind::Int32 | Kind::Int64) => {
                    format!("COALESCE({column}, '~')")
                }
                Ty::Text
                | Ty::Json
                | Ty::User
                | Ty::Tenant(_)
                | Ty::Poison(_)
                | Ty::Mode
                | Ty::Readers(_)
                | Ty::ReaderIds(_)
                | Ty::Class
                | Ty::Status
                | Ty::Phase => {
                    format!("COALESCE(HEX({column}), '~')")
                }
            });
            let texts: Vec<_> = texts.collect();
            format!(
                "SELECT '{name}' AS t, {key} AS k, CONCAT(COUNT(*), '-', SUM(CRC32(CONCAT_WS(',', {})))) AS h FROM {from}{group}",
                texts.join(", ")
            )
        }
    }
}
