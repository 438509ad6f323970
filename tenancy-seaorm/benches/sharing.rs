//! What reading shared rows costs on PostgreSQL, measured beside statements that are written by
//! hand for the same rows.
//!
//! `TENANCY_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres cargo bench -p tenancy-seaorm
//! --bench sharing`
//!
//! `TENANCY_BENCH_ROWS` sets how many rows there are, and grants, of a hundredth as many tenants; a
//! million unless told. All contenders take turns, and what is printed are medians of their ratio,
//! in the same turn, to the fastest that is written by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs
)]

use std::{sync::Arc, time::Instant};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, Value,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, Grants, Policy, ScopedConnection, TenantColumnType, TenantDatabase};
use uuid::Uuid;

const ROWS_PER_TENANT: u64 = 100;
const GRANTS_PER_TENANT: u64 = 100;
/// Every how manieth row is shared with all tenants: fifty in a million.
const GLOBAL: u64 = 20_011;

/// Ways to write by hand what `FROM agent` means here. `$t` is the tenant. The second believes
/// grants that another tenant has made up.
const BY_HAND: &[(&str, &str)] = &[
    (
        "OR with EXISTS",
        "SELECT * FROM agent AS a WHERE tenant_id = $t OR mode = 'global' OR mode = 'selective' AND EXISTS (
             SELECT 1 FROM agent_share AS g WHERE g.grantee_id = $t AND g.agent_id = a.id AND g.tenant_id = a.tenant_id)",
    ),
    (
        "OR with ANY, whoever gave the grant",
        "SELECT * FROM agent WHERE tenant_id = $t OR mode = 'global'
             OR mode = 'selective' AND id = ANY(ARRAY(SELECT agent_id FROM agent_share WHERE grantee_id = $t))",
    ),
    (
        "IN of three lists",
        "SELECT * FROM agent WHERE id IN (
             SELECT id FROM agent WHERE tenant_id = $t
             UNION ALL SELECT id FROM agent WHERE mode = 'global'
             UNION ALL SELECT a.id FROM agent_share AS g JOIN agent AS a ON a.id = g.agent_id AND a.tenant_id = g.tenant_id
                 WHERE g.grantee_id = $t AND a.mode = 'selective')",
    ),
    (
        "LEFT JOIN",
        "SELECT a.* FROM agent AS a LEFT JOIN agent_share AS g ON g.grantee_id = $t AND g.agent_id = a.id AND g.tenant_id = a.tenant_id
             WHERE a.tenant_id = $t OR a.mode = 'global' OR a.mode = 'selective' AND g.grantee_id IS NOT NULL",
    ),
    (
        "UNION ALL",
        "SELECT * FROM agent WHERE tenant_id = $t
             UNION ALL SELECT * FROM agent WHERE mode = 'global' AND tenant_id <> $t
             UNION ALL SELECT a.* FROM agent_share AS g JOIN agent AS a ON a.id = g.agent_id AND a.tenant_id = g.tenant_id
                 WHERE g.grantee_id = $t AND a.mode = 'selective' AND a.tenant_id <> $t",
    ),
];

/// The same where only the first twenty rows are wanted, each part by itself. No condition in a
/// `WHERE` says that.
const FIRST_OF_EACH: (&str, &str) = (
    "UNION ALL, first 20 of each part",
    "(SELECT * FROM agent WHERE tenant_id = $t ORDER BY id LIMIT 20)
         UNION ALL (SELECT * FROM agent WHERE mode = 'global' AND tenant_id <> $t ORDER BY id LIMIT 20)
         UNION ALL (SELECT a.* FROM agent_share AS g JOIN agent AS a ON a.id = g.agent_id AND a.tenant_id = g.tenant_id
             WHERE g.grantee_id = $t AND a.mode = 'selective' AND a.tenant_id <> $t ORDER BY g.agent_id LIMIT 20)",
);

/// What is asked of `FROM agent`, and how many rows it has to give.
struct Question {
    title: &'static str,
    sql: &'static str,
    rows: usize,
    id: Option<i64>,
    repeat: u32,
}

fn tenant(number: u64) -> Uuid {
    Uuid::from_u128(0x1000 + u128::from(number))
}

fn catalog() -> Catalog {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Uuid);
    let grants = Grants::table_named(
        "agent_share",
        ("agent_id", TenantColumnType::Int64),
        ("grantee_id", TenantColumnType::Uuid),
    );
    Catalog::builder()
        .table(
            "agent",
            tenant()
                .key_column("id", TenantColumnType::Int64)
                .shared_by_column("mode", grants),
        )
        .table("agent_share", tenant())
        .build()
        .unwrap()
}

fn context(id: Uuid) -> TenantContext {
    let tenant = Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse("acme").unwrap());
    TenantContext::assume(Arc::new(tenant), "a benchmark").unwrap()
}

/// Several connections: sqlx pings one that is given back, which the next statement should not wait
/// for.
async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(4)
        .max_connections(4)
        .sqlx_logging(false)
        .test_before_acquire(false);
    Database::connect(options).await.unwrap()
}

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// The scoped statement and those by hand, in turns.
async fn compare(
    plain: &DatabaseConnection,
    scoped: &ScopedConnection,
    id: Uuid,
    question: &Question,
) {
    let values: Vec<Value> = question.id.map(Value::from).into_iter().collect();
    let own = statement(question.sql, values.clone());
    let mut contenders = vec![("scoped", own.clone())];
    let first = question.sql.contains("LIMIT 20").then_some(&FIRST_OF_EACH);
    for (name, visible) in BY_HAND.iter().chain(first) {
        let sql = question
            .sql
            .replace("FROM agent", &format!("FROM ({visible}) AS agent"))
            .replace("$t", &format!("${}", values.len() + 1));
        let values = values.iter().cloned().chain([id.into()]);
        contenders.push((name, statement(&sql, values)));
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    // A contender that takes a hundred times as long shows that in a few turns.
    for turn in 0..=40 {
        for (number, (name, hand)) in contenders.iter().enumerate() {
            let is_slow = times[number].first().is_some_and(|time| *time > 0.01);
            if is_slow && turn > 3 {
                continue;
            }
            let repeat = if is_slow || turn == 0 {
                1
            } else {
                question.repeat
            };
            let started = Instant::now();
            for _ in 0..repeat {
                let rows = if number == 0 {
                    scoped.query_all_raw(own.clone()).await.unwrap()
                } else {
                    plain.query_all_raw(hand.clone()).await.unwrap()
                };
                assert_eq!(rows.len(), question.rows, "{}, {name}", question.title);
            }
            times[number].push(started.elapsed().as_secs_f64() / f64::from(repeat));
        }
    }
    // The first turn warms up.
    for times in &mut times {
        times.remove(0);
    }
    let best = (1..times.len())
        .min_by(|one, other| median(&times[*one]).total_cmp(&median(&times[*other])))
        .unwrap();
    for (number, (name, _)) in contenders.iter().enumerate() {
        let ratios: Vec<_> = times[number]
            .iter()
            .zip(&times[best])
            .map(|(one, best)| one / best)
            .collect();
        println!(
            "{}, {name}: {:.0} µs, {:.2}",
            question.title,
            median(&times[number]) * 1e6,
            median(&ratios)
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn prepare(owner: &DatabaseConnection, rows: u64) {
    let tenants = rows / ROWS_PER_TENANT;
    let id = |number: &str| {
        format!("('00000000-0000-0000-0000-' || lpad(to_hex(4096 + {number}), 12, '0'))::uuid")
    };
    for sql in [
        "CREATE TABLE agent (id bigint NOT NULL, tenant_id uuid NOT NULL, mode text NOT NULL, title text NOT NULL, body text NOT NULL)".to_owned(),
        // Rows of a tenant lie apart, as they do where all tenants write. Three in ten are shared
        // with some.
        format!(
            "INSERT INTO agent SELECT n, {}, CASE WHEN n % {GLOBAL} = 7 THEN 'global' WHEN n % 10 < 3 THEN 'selective' ELSE 'private' END,
                 'title ' || n, 'some text that is as long as a short note'
             FROM generate_series(1, {rows}) AS n",
            id(&format!("n % {tenants}"))
        ),
        "ALTER TABLE agent ADD PRIMARY KEY (id)".to_owned(),
        "CREATE UNIQUE INDEX agent_tenant_id ON agent (tenant_id, id)".to_owned(),
        "CREATE INDEX agent_global ON agent (id) WHERE mode = 'global'".to_owned(),
        "CREATE TABLE agent_share (tenant_id uuid NOT NULL, agent_id bigint NOT NULL, grantee_id uuid NOT NULL)".to_owned(),
        // Each tenant was given rows from all over the table.
        format!(
            "INSERT INTO agent_share SELECT DISTINCT agent.tenant_id, agent.id, given.grantee
             FROM (SELECT {} AS grantee, (grantee * 7919::bigint + k * 104729::bigint) % ({rows} / 10) * 10 + k % 3 AS agent
                   FROM generate_series(0, {tenants} - 1) AS grantee, generate_series(0, {GRANTS_PER_TENANT} - 1) AS k) AS given
             JOIN agent ON agent.id = given.agent AND agent.mode = 'selective' AND agent.tenant_id <> given.grantee",
            id("grantee")
        ),
        "ALTER TABLE agent_share ADD PRIMARY KEY (tenant_id, agent_id, grantee_id)".to_owned(),
        "CREATE INDEX agent_share_grantee ON agent_share (grantee_id, agent_id, tenant_id)".to_owned(),
        "VACUUM ANALYZE agent".to_owned(),
        "VACUUM ANALYZE agent_share".to_owned(),
    ] {
        owner.execute_unprepared(&sql).await.unwrap();
    }
}

async fn id_of(plain: &DatabaseConnection, sql: &str, tenant: Uuid) -> i64 {
    let row = plain.query_one_raw(statement(sql, [tenant.into()])).await;
    row.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn measure(plain: &DatabaseConnection, rows: u64) {
    let id = tenant(rows / ROWS_PER_TENANT / 2);
    let database = TenantDatabase::new(plain.clone(), &catalog()).unwrap();
    let scoped = database.scoped(&context(id)).unwrap();
    let all = "SELECT id, title FROM agent ORDER BY id";
    let visible = scoped.query_all_raw(statement(all, [])).await.unwrap();
    let own = id_of(plain, "SELECT max(id) FROM agent WHERE tenant_id = $1", id).await;
    let granted = "SELECT max(agent_id) FROM agent_share WHERE grantee_id = $1";
    let granted = id_of(plain, granted, id).await;
    let point = |title, id| Question {
        title,
        sql: "SELECT id, title FROM agent WHERE id = $1",
        rows: 1,
        id: Some(id),
        repeat: 50,
    };
    let list = |title, sql, rows| Question {
        title,
        sql,
        rows,
        id: None,
        repeat: 20,
    };
    println!("{} of {rows} rows are visible", visible.len());
    for question in [
        list("all visible rows", all, visible.len()),
        list(
            "first 20",
            "SELECT id, title FROM agent ORDER BY id LIMIT 20",
            20,
        ),
        list("count", "SELECT count(*) FROM agent", 1),
        point("point read of an own row", own),
        point("point read of a shared row", granted),
        Question {
            rows: 0,
            ..point("point read of a hidden row", own + 1)
        },
    ] {
        compare(plain, &scoped, id, &question).await;
    }
}

#[tokio::main]
async fn main() {
    let Ok(url) = std::env::var("TENANCY_TEST_POSTGRES") else {
        println!("nothing is measured: TENANCY_TEST_POSTGRES names no server");
        return;
    };
    let rows = std::env::var("TENANCY_BENCH_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    let name = format!("tenancy_bench_{}", std::process::id());
    let (server, _) = url.rsplit_once('/').unwrap();
    let administrator = connect(&url).await;
    let create = format!("CREATE DATABASE {name}");
    administrator.execute_unprepared(&create).await.unwrap();
    let plain = connect(&format!("{server}/{name}")).await;
    prepare(&plain, rows).await;
    measure(&plain, rows).await;
    plain.close().await.unwrap();
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    administrator.execute_unprepared(&drop).await.unwrap();
}
