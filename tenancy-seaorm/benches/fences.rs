//! What a condition that may fail costs: scoped, and so kept from other tenants' rows, beside the
//! same with a filter by hand and no such care, on a million rows of 1,000 tenants.
//!
//! `cargo bench -p tenancy-seaorm --bench fences`. PostgreSQL and MariaDB are measured when
//! `TENANCY_TEST_POSTGRES` and `TENANCY_TEST_MYSQL` name a server. Both ways take turns; the ratio
//! of their medians is printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, Policy, TenantColumnType, TenantDatabase};

const ROWS: i64 = 1_000_000;
const TENANTS: i64 = 1_000;
const ROUNDS: usize = 400;

/// (what, the statement, how often less than the others it runs)
const STATEMENTS: [(&str, &str, usize); 4] = [
    (
        "point read",
        "SELECT id, title FROM fenced WHERE {} id = 500123 AND 10 / score > 0",
        1,
    ),
    (
        "first 20",
        "SELECT id, title FROM fenced WHERE {} 10 / score > 0 ORDER BY id LIMIT 20",
        2,
    ),
    (
        "count of 1,000",
        "SELECT COUNT(*) FROM fenced WHERE {} 10 / score > 0",
        8,
    ),
    (
        "update",
        "UPDATE fenced SET title = 'x' WHERE {} id = 500123 AND 10 / score > 0",
        4,
    ),
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    measure("sqlite::memory:").await;
    for name in ["TENANCY_TEST_POSTGRES", "TENANCY_TEST_MYSQL"] {
        if let Ok(url) = std::env::var(name) {
            measure(&url).await;
        }
    }
}

async fn measure(url: &str) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    let backend = connection.get_database_backend();
    prepare(&connection, backend).await;
    let catalog = Catalog::builder()
        .table(
            "fenced",
            Policy::column("tenant_id", TenantColumnType::Int64),
        )
        .build()
        .unwrap();
    let database = TenantDatabase::new(connection.clone(), &catalog).unwrap();
    // The tenant of row 500,123.
    let id = TenantId::integer(500_123 % TENANTS + 1).unwrap();
    let tenant = Arc::new(Tenant::new(id, Slug::parse("acme").unwrap()));
    let context = TenantContext::assume(tenant, "a benchmark").unwrap();
    let scoped = database.scoped(&context).unwrap();
    for (what, sql, fewer) in STATEMENTS {
        let placeholder = match backend {
            DbBackend::Postgres => "$1",
            _ => "?",
        };
        let by_hand = sql.replace("{}", &format!("tenant_id = {placeholder} AND"));
        let tenant: Value = (500_123 % TENANTS + 1).into();
        let by_hand = Statement::from_sql_and_values(backend, by_hand, [tenant]);
        let plain = Statement::from_string(backend, sql.replace("{} ", ""));
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS / fewer {
            let ours = time(&scoped, &plain).await;
            let theirs = time(&connection, &by_hand).await;
            // The first rounds prepare statements.
            if round > 9 {
                times[0].push(ours);
                times[1].push(theirs);
            }
        }
        let [ours, theirs] = times.map(median);
        println!(
            "{backend:?}, {what}: {:.2} ({ours:?} to {theirs:?})",
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
    connection
        .execute_unprepared("DROP TABLE fenced")
        .await
        .unwrap();
}

async fn time(db: &impl ConnectionTrait, statement: &Statement) -> Duration {
    let statement = statement.clone();
    let start = Instant::now();
    if statement.sql.starts_with("UPDATE") {
        assert_eq!(db.execute_raw(statement).await.unwrap().rows_affected(), 1);
    } else {
        assert!(!db.query_all_raw(statement).await.unwrap().is_empty());
    }
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn prepare(connection: &DatabaseConnection, backend: DbBackend) {
    let rows = match backend {
        DbBackend::Postgres => format!("SELECT n AS id FROM generate_series(1, {ROWS}) AS n"),
        DbBackend::MySql => format!("SELECT seq AS id FROM seq_1_to_{ROWS}"),
        _ => format!(
            "WITH RECURSIVE s (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM s WHERE id < {ROWS}) SELECT id FROM s"
        ),
    };
    for sql in [
        "DROP TABLE IF EXISTS fenced".into(),
        "CREATE TABLE fenced (id BIGINT PRIMARY KEY, tenant_id BIGINT NOT NULL, score BIGINT NOT NULL, title VARCHAR(50) NOT NULL)".into(),
        format!("INSERT INTO fenced SELECT id, id % {TENANTS} + 1, id % 9 + 1, 'a title' FROM ({rows}) AS r"),
        "CREATE INDEX fenced_tenant ON fenced (tenant_id, id)".into(),
        match backend {
            DbBackend::MySql => "ANALYZE TABLE fenced".into(),
            _ => String::from("ANALYZE fenced"),
        },
    ] {
        connection.execute_unprepared(&sql).await.unwrap();
    }
}
