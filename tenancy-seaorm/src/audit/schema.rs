//! The tables, and on engines where rights do not do it, the triggers that keep them append-only.

use sea_orm::DbBackend;

use super::{HEAD, PLATFORM, TABLE, TENANT, entry::TEXTS};
use crate::{error::Error, sql::dialect::Dialect};

const REFUSAL: &str = "the audit trail is append-only";

pub(super) fn statements(backend: DbBackend) -> Result<Vec<String>, Error> {
    let dialect = Dialect::of(backend)?;
    let options = match dialect {
        Dialect::MySql => " ENGINE = InnoDB CHARACTER SET utf8mb4",
        Dialect::Postgres | Dialect::Sqlite => "",
    };
    let texts: Vec<_> = TEXTS.iter().map(|name| format!("{name} TEXT")).collect();
    let index = match dialect {
        // A key of the table: MySQL has no `IF NOT EXISTS` for indexes.
        Dialect::MySql => format!(", KEY {TABLE}_tenant ({TENANT}, seq)"),
        Dialect::Postgres | Dialect::Sqlite => String::new(),
    };
    let genesis = "0".repeat(64);
    let mut statements = vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {TABLE} (seq BIGINT NOT NULL PRIMARY KEY, {TENANT} VARCHAR(64) NOT NULL, \
             at_micros BIGINT NOT NULL, expires_micros BIGINT, {}, hash VARCHAR(64) NOT NULL{index}){options}",
            texts.join(", ")
        ),
        format!(
            "CREATE TABLE IF NOT EXISTS {HEAD} ({TENANT} VARCHAR(64) NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, \
             hash VARCHAR(64) NOT NULL){options}"
        ),
    ];
    if dialect != Dialect::MySql {
        statements.push(format!(
            "CREATE INDEX IF NOT EXISTS {TABLE}_tenant ON {TABLE} ({TENANT}, seq)"
        ));
    }
    let head = format!("INTO {HEAD} ({TENANT}, seq, hash) VALUES ('{PLATFORM}', 0, '{genesis}')");
    match dialect {
        // The owner is confined by policies that stand already.
        Dialect::Postgres => statements.push(format!(
            "DO $tenancy$ BEGIN PERFORM set_config('app.tenant_id', '{PLATFORM}', true); \
             INSERT {head} ON CONFLICT DO NOTHING; PERFORM set_config('app.tenant_id', '', true); END $tenancy$"
        )),
        Dialect::Sqlite => {
            statements.push(format!("INSERT OR IGNORE {head}"));
            for (change, when) in [
                ("UPDATE", ""),
                ("DELETE", ""),
                // `OR REPLACE` deletes without a trigger of its own.
                ("INSERT", " WHEN EXISTS (SELECT 1 FROM tenancy_audit WHERE seq = NEW.seq)"),
            ] {
                statements.push(format!(
                    "CREATE TRIGGER IF NOT EXISTS {} BEFORE {change} ON {TABLE}{when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
                    trigger(change)
                ));
            }
        }
        Dialect::MySql => {
            statements.push(format!("INSERT IGNORE {head}"));
            for change in ["UPDATE", "DELETE"] {
                let name = trigger(change);
                statements.push(format!("DROP TRIGGER IF EXISTS {name}"));
                statements.push(format!(
                    "CREATE TRIGGER {name} BEFORE {change} ON {TABLE} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{REFUSAL}'"
                ));
            }
        }
    }
    Ok(statements)
}

fn trigger(change: &str) -> String {
    format!("{TABLE}_no_{}", change.to_ascii_lowercase())
}
