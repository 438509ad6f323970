//! Statements to make errors in: of ordinary kinds, with strings, numbers, comments and names in
//! quotes. None of them has a mark in it.

mod common;
mod mariadb;
mod postgres;
pub mod sqlite;

use sea_orm::DbBackend;

/// The statements for an engine. Each is accepted as it stands.
pub fn of(backend: DbBackend) -> Vec<String> {
    let (first, own) = match backend {
        DbBackend::Postgres => (101, postgres::STATEMENTS),
        DbBackend::MySql => (1, mariadb::STATEMENTS),
        _ => (1, sqlite::STATEMENTS),
    };
    let filled = |sql: &&str| {
        (1..=3).fold(String::from(*sql), |sql, number: i64| {
            sql.replace(&format!("§{number}"), &(first + number - 1).to_string())
        })
    };
    common::STATEMENTS.iter().chain(own).map(filled).collect()
}
