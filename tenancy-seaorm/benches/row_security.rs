//! What row-level security costs on PostgreSQL: the transactions that tell it the tenant, and the
//! plans under its policies.
//!
//! `TENANCY_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres cargo bench -p tenancy-seaorm
//! --features row-security --bench row_security`
//!
//! `TENANCY_BENCH_ROWS` sets how many rows there are, of 1,000 tenants; a million unless told. All
//! contenders take turns, and what is printed are medians of their ratio in the same turn.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
    TransactionTrait, Value,
};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::StaticResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{Catalog, Policy, RowSecurity, TenantColumnType, TenantDatabase};
use testbed::wire::Proxy;
use uuid::Uuid;

const TENANTS: u64 = 1_000;

type Contender<'a> = (
    &'a str,
    Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + 'a>> + 'a>,
);

macro_rules! contender {
    ($name:expr, $future:expr) => {
        (
            $name,
            Box::new(|| Box::pin(async { $future.await }) as Pin<Box<dyn Future<Output = ()>>>)
                as _,
        )
    };
}

fn tenant() -> Uuid {
    Uuid::from_u128(0x1000 + 500)
}

fn catalog() -> Catalog {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Uuid);
    Catalog::builder()
        .table("note", tenant())
        .table("plain", tenant())
        .table(
            "agent",
            tenant()
                .owner_column("owner", TenantColumnType::Text)
                .public_when("is_public"),
        )
        .build()
        .unwrap()
}

fn context() -> TenantContext {
    let tenant = Tenant::new(
        TenantId::uuid(tenant()).unwrap(),
        Slug::parse("acme").unwrap(),
    );
    TenantContext::assume(Arc::new(tenant), "a benchmark").unwrap()
}

/// Each contender in turn, `turns` times, and the medians of the ratios to the first.
async fn compare(title: &str, turns: usize, repeat: u32, contenders: &[Contender<'_>]) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); contenders.len()];
    for turn in 0..=turns {
        for (times, (_, run)) in times.iter_mut().zip(contenders) {
            let started = Instant::now();
            for _ in 0..repeat {
                run().await;
            }
            // The first turn warms up.
            if turn > 0 {
                times.push(started.elapsed().as_secs_f64() / f64::from(repeat));
            }
        }
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for (number, (name, _)) in contenders.iter().enumerate() {
        let ratios = times[number]
            .iter()
            .zip(&times[0])
            .map(|(one, first)| one / first);
        println!(
            "{title}, {name}: {:.0} µs, {:.2}",
            median(times[number].clone()) * 1e6,
            median(ratios.collect())
        );
    }
}

fn point(table: &str) -> Statement {
    let sql = format!("SELECT id, title FROM {table} WHERE id = $1");
    Statement::from_sql_and_values(DbBackend::Postgres, sql, [500_500_i64.into()])
}

/// The same with the tenant by hand.
fn by_hand(sql: &str, values: &[Value]) -> Statement {
    let values = values.iter().cloned().chain([tenant().into()]);
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
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

/// One statement in a transaction that tells the tenant.
async fn transactions(title: &str, url: &str, delay: Duration, turns: usize, repeat: u32) {
    let proxy = Proxy::start(url, delay).await;
    let url = if delay.is_zero() { url } else { proxy.url() };
    let plain = connect(url).await;
    let scoped = TenantDatabase::new(plain.clone(), &catalog()).unwrap();
    let secured = scoped.clone().with_row_security().unwrap();
    let (scoped, secured) = (
        scoped.scoped(&context()).unwrap(),
        secured.scoped(&context()).unwrap(),
    );
    let one = async || {
        let found = scoped.query_one_raw(point("plain")).await.unwrap();
        assert!(found.is_some());
    };
    let ours = async || {
        let found = secured.query_one_raw(point("note")).await.unwrap();
        assert!(found.is_some());
    };
    let four_trips = async || {
        let transaction = plain.begin().await.unwrap();
        let set = "SELECT set_config('app.tenant_id', $1, true)";
        let set =
            Statement::from_sql_and_values(DbBackend::Postgres, set, [tenant().to_string().into()]);
        transaction.query_one_raw(set).await.unwrap();
        let point = by_hand(
            "SELECT id, title FROM note WHERE id = $1 AND tenant_id = $2",
            &[500_500_i64.into()],
        );
        let found = transaction.query_one_raw(point).await.unwrap();
        assert!(found.is_some());
        transaction.commit().await.unwrap();
    };
    let contenders = [
        contender!("one statement without policies", one()),
        contender!("one statement with row-level security", ours()),
        contender!("begin, set_config, statement, commit by hand", four_trips()),
    ];
    compare(title, turns, repeat, &contenders).await;
    if !delay.is_zero() {
        for (name, run) in &contenders {
            tokio::time::sleep(20 * delay).await;
            let before = proxy.round_trips();
            run().await;
            // The last ping.
            tokio::time::sleep(20 * delay).await;
            println!(
                "{title}, {name}: {} round trips, one of them when the connection is given back",
                proxy.round_trips() - before
            );
        }
    }
}

/// The same statements with and without policies, each inside a transaction that lasts.
async fn plans(url: &str) {
    let plain = connect(url).await;
    let alone = plain.begin().await.unwrap();
    let with_policies = connect(url).await;
    let database = TenantDatabase::new(with_policies.clone(), &catalog()).unwrap();
    let scoped = database
        .with_row_security()
        .unwrap()
        .scoped(&context())
        .unwrap();
    let scoped = scoped.begin().await.unwrap();
    let only = connect(url).await;
    let policies_only = only.begin().await.unwrap();
    let set = format!("SELECT set_config('app.tenant_id', '{}', true)", tenant());
    policies_only.execute_unprepared(&set).await.unwrap();

    for (title, sql, hand, values, repeat) in [
        (
            "point read",
            "SELECT id, title FROM note WHERE id = $1",
            "SELECT id, title FROM plain WHERE id = $1 AND tenant_id = $2",
            vec![Value::from(500_500_i64)],
            200,
        ),
        (
            "list of 20",
            "SELECT id, title FROM note ORDER BY id LIMIT 20",
            "SELECT id, title FROM plain WHERE tenant_id = $1 ORDER BY id LIMIT 20",
            vec![],
            200,
        ),
        (
            "count",
            "SELECT count(*) FROM note",
            "SELECT count(*) FROM plain WHERE tenant_id = $1",
            vec![],
            50,
        ),
        (
            "prefix search",
            "SELECT count(*) FROM note WHERE title LIKE $1",
            "SELECT count(*) FROM plain WHERE title LIKE $1 AND tenant_id = $2",
            vec![Value::from("title 12%")],
            50,
        ),
    ] {
        let statement =
            |sql: &str| Statement::from_sql_and_values(DbBackend::Postgres, sql, values.clone());
        let hand = async || drop(alone.query_all_raw(by_hand(hand, &values)).await.unwrap());
        let both = async || drop(scoped.query_all_raw(statement(sql)).await.unwrap());
        let only = async || drop(policies_only.query_all_raw(statement(sql)).await.unwrap());
        let contenders = [
            contender!("filter by hand, no policies", hand()),
            contender!("scoped, with policies", both()),
            contender!("no filter, policies alone", only()),
        ];
        compare(title, 40, repeat, &contenders).await;
    }
    alone.rollback().await.unwrap();
    scoped.rollback().await.unwrap();
    policies_only.rollback().await.unwrap();
}

struct Ann;

impl Authenticator for Ann {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let member = Membership::new(TenantKey::parse_name("acme").unwrap(), [Role::Member]);
        let ann = Principal::new(USER).with_membership(member);
        Answer::Now(Ok(Some(Authenticated::new(ann))))
    }
}

const USER: &str = "user-7";

/// The context of a request that a member makes.
async fn member() -> TenantContext {
    let tenants = InMemoryTenantStore::new();
    let id = TenantId::uuid(tenant()).unwrap();
    tenants
        .insert(Tenant::new(id, Slug::parse("acme").unwrap()))
        .unwrap();
    let tenancy = Tenancy::builder()
        .resolver(StaticResolver::new(TenantKey::parse_name("acme").unwrap()))
        .authenticate(Ann)
        .store(tenants)
        .build()
        .unwrap();
    let (request, ()) = http::Request::new(()).into_parts();
    let context = tenancy.resolve(&request, Mode::Required).await;
    context.unwrap().unwrap()
}

/// The same for rows that belong to users, as a member reads them: own ones and public ones, of ten
/// users.
async fn plans_of_users(url: &str) {
    let plain = connect(url).await;
    let alone = plain.begin().await.unwrap();
    let with_policies = connect(url).await;
    let database = TenantDatabase::new(with_policies.clone(), &catalog()).unwrap();
    let database = database.with_row_security().unwrap();
    let scoped = database.scoped(&member().await).unwrap();
    let scoped = scoped.begin().await.unwrap();
    let only = connect(url).await;
    let policies_only = only.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('app.tenant_id', '{}', true), set_config('app.user_scope', 'own', true), set_config('app.user_id', '{USER}', true)",
        tenant()
    );
    policies_only.execute_unprepared(&set).await.unwrap();
    for (title, sql, hand, values, repeat) in [
        (
            "point read of a user's",
            "SELECT id, title FROM agent WHERE id = $1",
            "SELECT id, title FROM agent_plain WHERE id = $1 AND tenant_id = $2 AND (owner = $3 OR is_public)",
            vec![Value::from(97_500_i64)],
            200,
        ),
        (
            "list of 20 of a user's",
            "SELECT id, title FROM agent ORDER BY id LIMIT 20",
            "SELECT id, title FROM agent_plain WHERE tenant_id = $1 AND (owner = $2 OR is_public) ORDER BY id LIMIT 20",
            vec![],
            200,
        ),
    ] {
        let statement =
            |sql: &str| Statement::from_sql_and_values(DbBackend::Postgres, sql, values.clone());
        let by_hand = || {
            let values = values.iter().cloned();
            let values = values.chain([tenant().into(), USER.into()]);
            Statement::from_sql_and_values(DbBackend::Postgres, hand, values)
        };
        let found = alone.query_all_raw(by_hand()).await.unwrap().len();
        assert!(found > 0, "{title}");
        let rows = scoped.query_all_raw(statement(sql)).await.unwrap().len();
        assert_eq!(rows, found, "{title}");
        let rows = policies_only.query_all_raw(statement(sql)).await.unwrap();
        assert_eq!(rows.len(), found, "{title}");
        let hand = async || drop(alone.query_all_raw(by_hand()).await.unwrap());
        let both = async || drop(scoped.query_all_raw(statement(sql)).await.unwrap());
        let only = async || drop(policies_only.query_all_raw(statement(sql)).await.unwrap());
        let contenders = [
            contender!("filter by hand, no policies", hand()),
            contender!("scoped, with policies", both()),
            contender!("no filter, policies alone", only()),
        ];
        compare(title, 40, repeat, &contenders).await;
    }
    alone.rollback().await.unwrap();
    scoped.rollback().await.unwrap();
    policies_only.rollback().await.unwrap();
}

async fn prepare(owner: &DatabaseConnection, role: &str) {
    let rows: u64 =
        std::env::var("TENANCY_BENCH_ROWS").map_or(1_000_000, |rows| rows.parse().unwrap());
    for sql in [
        "CREATE TABLE plain (tenant_id uuid NOT NULL, id bigint NOT NULL, title text NOT NULL, body text NOT NULL)".to_owned(),
        // Rows of a tenant lie apart, as they do where all tenants write.
        format!(
            "INSERT INTO plain SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(4096 + n % {TENANTS}), 12, '0'))::uuid, n, 'title ' || n / {TENANTS}, 'some text that is as long as a short note'
             FROM generate_series(1, {rows}) n"
        ),
        "ALTER TABLE plain ADD PRIMARY KEY (tenant_id, id)".to_owned(),
        "CREATE TABLE note (LIKE plain)".to_owned(),
        "INSERT INTO note SELECT * FROM plain".to_owned(),
        "ALTER TABLE note ADD PRIMARY KEY (tenant_id, id)".to_owned(),
        "CREATE TABLE agent_plain AS SELECT *, 'user-' || n % 10 AS owner, n % 7 = 0 AS is_public
         FROM (SELECT *, id / 1000 AS n FROM plain) AS numbered".to_owned(),
        "ALTER TABLE agent_plain ADD PRIMARY KEY (tenant_id, id)".to_owned(),
        "CREATE TABLE agent (LIKE agent_plain INCLUDING ALL)".to_owned(),
        "INSERT INTO agent SELECT * FROM agent_plain".to_owned(),
        "VACUUM ANALYZE agent".to_owned(),
        "VACUUM ANALYZE agent_plain".to_owned(),
        "VACUUM ANALYZE plain".to_owned(),
        "VACUUM ANALYZE note".to_owned(),
        format!("GRANT SELECT ON plain, agent_plain TO {role}"),
    ] {
        owner.execute_unprepared(&sql).await.unwrap();
    }
    let noted = Catalog::builder()
        .table("note", Policy::column("tenant_id", TenantColumnType::Uuid))
        .table(
            "agent",
            Policy::column("tenant_id", TenantColumnType::Uuid)
                .owner_column("owner", TenantColumnType::Text)
                .public_when("is_public"),
        )
        .build()
        .unwrap();
    let security = RowSecurity::of(&noted).application_role(role).unwrap();
    security.apply(owner).await.unwrap();
}

#[tokio::main]
async fn main() {
    let Ok(url) = std::env::var("TENANCY_TEST_POSTGRES") else {
        println!("nothing is measured: TENANCY_TEST_POSTGRES names no server");
        return;
    };
    let name = format!("tenancy_bench_{}", std::process::id());
    let (server, _) = url.rsplit_once('/').unwrap();
    let address = server.rsplit_once('@').unwrap().1;
    let administrator = connect(&url).await;
    for sql in [
        format!("CREATE DATABASE {name}"),
        format!("CREATE ROLE {name} LOGIN PASSWORD '{name}'"),
    ] {
        administrator.execute_unprepared(&sql).await.unwrap();
    }
    let owner = connect(&format!("{server}/{name}")).await;
    prepare(&owner, &name).await;
    let application = format!("postgres://{name}:{name}@{address}/{name}");
    transactions("loopback", &application, Duration::ZERO, 60, 50).await;
    transactions("1 ms more", &application, Duration::from_millis(1), 30, 5).await;
    plans(&application).await;
    plans_of_users(&application).await;
    owner.close().await.unwrap();
    for sql in [
        format!("DROP DATABASE {name} WITH (FORCE)"),
        format!("DROP ROLE {name}"),
    ] {
        administrator.execute_unprepared(&sql).await.unwrap();
    }
}
