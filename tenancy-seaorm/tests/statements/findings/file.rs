//! Tries statements that somebody else thought of: each line of a file is one.
//!
//! ```console
//! $ TENANCY_CASES=cases.sql cargo test -p tenancy-seaorm --test statements \
//!     -- --ignored --nocapture file_on_postgres
//! ```
//!
//! Prints what becomes of each, and fails if one does or tells what it does not on the scope's own
//! database. The tables and the rows are those of `sql/`.

#![allow(clippy::print_stdout)]

use sea_orm::DbBackend;

use crate::findings::{
    case::{Case, Expected::SameOrRefused, Sent},
    judge,
    model::Model,
    places::Places,
    verdict::{Verdict, send},
    world::World,
};

async fn try_on(backend: DbBackend) {
    let path = std::env::var("TENANCY_CASES").expect("TENANCY_CASES names a file of statements");
    let text = std::fs::read_to_string(&path).expect("the file of TENANCY_CASES can be read");
    let lines = text.lines().enumerate();
    let statements = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with("--"));
    let cases: Vec<Case> = statements
        .map(|(number, sql)| Case {
            id: format!("line {}", number + 1),
            expected: SameOrRefused,
            sent: vec![Sent {
                sql: sql.into(),
                values: Vec::new(),
            }],
            is_brief: false,
        })
        .collect();
    show(backend, &cases).await;
    judge::all(backend, Model::usual(backend), [cases]).await;
}

async fn show(backend: DbBackend, cases: &[Case]) {
    let places = Places::new(backend).await;
    let mut world = World::new(&places, Model::usual(backend)).await;
    for case in cases {
        println!("[{}] {}", case.id, case.shown());
        for (_, statement) in case.statements(backend) {
            if let Ok(planned) = world.scoped.rewrite(statement) {
                println!("    planned: {}", planned.sql);
            }
        }
        let verdict = Verdict::of(send(&world.scoped, backend, case).await);
        println!("    it {}", verdict.shown());
        if case.writes() {
            world.restore().await;
        }
    }
    world.close().await;
    places.remove().await;
}

#[tokio::test]
#[ignore = "for the statements of a file"]
async fn file_on_sqlite() {
    try_on(DbBackend::Sqlite).await;
}

#[tokio::test]
#[ignore = "for the statements of a file"]
async fn file_on_postgres() {
    try_on(DbBackend::Postgres).await;
}

#[tokio::test]
#[ignore = "for the statements of a file"]
async fn file_on_mariadb() {
    try_on(DbBackend::MySql).await;
}
