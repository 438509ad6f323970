//! What triggers write of every row that a statement touches, and whose the row was.

use sea_orm::DbBackend;

use super::{
    schema::{Schema, Table},
    state::owner,
};

/// The table that the triggers write, of which no catalog knows.
pub const HISTORY: &str = "oracle_history";

/// Statements that make the table, and the triggers of all others. An update is noted before it is
/// made: MySQL's has no trigger after one that changes nothing.
pub fn definition(schema: &Schema) -> String {
    let mut sql = format!(
        "DROP TABLE IF EXISTS {HISTORY};\nCREATE TABLE {HISTORY} (t VARCHAR(190), k VARCHAR(190), id BIGINT);\n"
    );
    for table in &schema.tables {
        for (when, event, row) in [
            ("AFTER", "INSERT", "NEW"),
            ("BEFORE", "UPDATE", "OLD"),
            ("AFTER", "UPDATE", "NEW"),
            // As often as an update, which a deletion may become.
            ("BEFORE", "DELETE", "OLD"),
            ("AFTER", "DELETE", "OLD"),
        ] {
            sql += &trigger(schema, table, when, event, row);
        }
    }
    sql
}

fn trigger(schema: &Schema, table: &Table, when: &str, event: &str, row: &str) -> String {
    let name = table.name;
    let of = schema.quoted(name);
    let owner = owner(schema.backend, table, &format!("{row}."));
    let owner = owner.unwrap_or_else(|| "''".into());
    let note = format!("INSERT INTO {HISTORY} (t, k, id) VALUES ('{name}', {owner}, {row}.id);");
    let trigger = format!("oracle_{when}_{event}_{name}");
    match schema.backend {
        // Under policies the application may not write it.
        DbBackend::Postgres => {
            let kept = if event == "DELETE" { "OLD" } else { "NEW" };
            format!(
                "CREATE OR REPLACE FUNCTION {trigger}() RETURNS TRIGGER LANGUAGE plpgsql SECURITY DEFINER AS
                 $$ BEGIN {note} RETURN {kept}; END $$;
                 CREATE TRIGGER {trigger} {when} {event} ON {of} FOR EACH ROW EXECUTE FUNCTION {trigger}();\n"
            )
        }
        DbBackend::Sqlite => {
            format!("CREATE TRIGGER {trigger} {when} {event} ON {of} BEGIN {note} END;\n")
        }
        _ => format!("CREATE TRIGGER {trigger} {when} {event} ON {of} FOR EACH ROW {note}\n"),
    }
}

/// One arm of the query of the state.
pub fn state(backend: DbBackend) -> String {
    let rows = match backend {
        DbBackend::Postgres => "STRING_AGG(t || id, '|' ORDER BY t, id)",
        DbBackend::Sqlite => "GROUP_CONCAT(t || id, '|' ORDER BY t, id)",
        _ => "CONCAT(COUNT(*), '-', SUM(CRC32(CONCAT(t, id))))",
    };
    format!("SELECT '{HISTORY}' AS t, k, {rows} AS h FROM {HISTORY} GROUP BY k")
}
