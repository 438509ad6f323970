//! Walks the actix quickstart as several tenants at once, on SQLite and on PostgreSQL: the walk of
//! the axum one, which is in `tests/walk` of the workspace.
#![allow(clippy::unwrap_used)]

walk::suite!(actix_quickstart, env!("CARGO_BIN_EXE_actix-quickstart"));
