//! Tables with other policies and keys than the usual ones.

mod papers;
mod rooms;
mod seats;
mod sites;

use sea_orm::DbBackend;

/// A type of text that compares without regard to case, and on servers to accents, with what
/// defines it.
fn loose(backend: DbBackend) -> (&'static str, &'static str) {
    match backend {
        DbBackend::Postgres => (
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);",
            "text COLLATE loose",
        ),
        DbBackend::MySql => (
            "",
            "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        ),
        _ => ("", "TEXT COLLATE NOCASE"),
    }
}
