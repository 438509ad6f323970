//! The functions that the planner accepts, by engine.

use std::sync::LazyLock;

use sea_orm::DbBackend;

/// The planner keeps them to itself: this reads what it is compiled from.
const LISTS: &str = include_str!("../../../../tenancy-seaorm/src/sql/functions/lists.rs");

/// The functions of an engine that read nothing but their arguments, in order.
pub fn accepted_functions(backend: DbBackend) -> &'static [&'static str] {
    static SQLITE: LazyLock<Vec<&str>> = LazyLock::new(|| list("SQLITE"));
    static POSTGRES: LazyLock<Vec<&str>> = LazyLock::new(|| list("POSTGRES"));
    static MYSQL: LazyLock<Vec<&str>> = LazyLock::new(|| list("MYSQL"));
    match backend {
        DbBackend::Postgres => &POSTGRES,
        DbBackend::MySql => &MYSQL,
        _ => &SQLITE,
    }
}

fn list(name: &str) -> Vec<&'static str> {
    let (_, after) = LISTS
        .split_once(&format!("const {name}: &[&str] = &["))
        .unwrap_or_else(|| panic!("no list is called {name}"));
    let (words, _) = after.split_once("];").unwrap();
    let words: Vec<_> = words.split('"').skip(1).step_by(2).collect();
    assert!(words.is_sorted() && words.len() > 50, "{name}: {words:?}");
    words
}
