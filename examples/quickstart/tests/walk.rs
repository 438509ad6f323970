//! Walks the quickstart as several tenants at once, on SQLite and on PostgreSQL. The steps are in
//! `tests/walk` of the workspace.
#![allow(clippy::unwrap_used)]

walk::suite!(quickstart, env!("CARGO_BIN_EXE_quickstart"));
