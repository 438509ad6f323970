//! What scoping a statement costs, measured beside the same query with a hand-written filter.
//!
//! `cargo bench -p tenancy-seaorm`. PostgreSQL and MariaDB are measured when
//! `TENANCY_TEST_POSTGRES` and `TENANCY_TEST_MYSQL` name a server, as in
//! `postgres://postgres@127.0.0.1:5432/postgres` and `mysql://root@127.0.0.1:3306/mysql`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub
)]

use std::{
    cell::Cell,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{
    BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection,
    DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Schema, Statement,
    sea_query::Expr,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, ScopedConnection, TenantDatabase};
use tokio::runtime::Runtime;
use uuid::Uuid;

mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub title: String,
        pub body: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const TENANTS: u128 = 100;
const NOTES_PER_TENANT: i64 = 100;

fn tenant(number: u128) -> Uuid {
    Uuid::from_u128(0x1000 + number)
}

async fn prepare(connection: &DatabaseConnection) {
    let schema = Schema::new(connection.get_database_backend());
    connection
        .execute_unprepared("DROP TABLE IF EXISTS note")
        .await
        .unwrap();
    connection
        .execute(&schema.create_table_from_entity(note::Entity))
        .await
        .unwrap();
    connection
        .execute_unprepared("CREATE INDEX note_tenant ON note (tenant_id, id)")
        .await
        .unwrap();
    for number in 0..TENANTS {
        let rows = (0..NOTES_PER_TENANT).map(|row| note::ActiveModel {
            id: Set(1 + row + i64::try_from(number).unwrap() * NOTES_PER_TENANT),
            tenant_id: Set(tenant(number)),
            title: Set(format!("title {row}")),
            body: Set("some text that is as long as a short note".into()),
        });
        note::Entity::insert_many(rows)
            .exec(connection)
            .await
            .unwrap();
    }
}

fn scope(connection: DatabaseConnection) -> ScopedConnection {
    let catalog = Catalog::builder()
        .tenant_owned::<note::Entity>()
        .build()
        .unwrap();
    let acme = Tenant::new(
        TenantId::uuid(tenant(50)).unwrap(),
        Slug::parse("acme").unwrap(),
    );
    let context = TenantContext::assume(Arc::new(acme), "a benchmark").unwrap();
    TenantDatabase::new(connection, &catalog)
        .unwrap()
        .scoped(&context)
        .unwrap()
}

/// Both sides of one row of the budget table, taking turns so that drift falls on both, and the
/// median of their ratio.
fn side_by_side<A, B>(
    runtime: &Runtime,
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    scoped: impl Fn() -> A,
    by_hand: impl Fn() -> B,
) where
    A: Future,
    B: Future,
{
    let mut ratios = Vec::new();
    for _ in 0..60 {
        let time = |turn: &dyn Fn()| {
            let start = Instant::now();
            (0..50).for_each(|_| turn());
            start.elapsed().as_secs_f64()
        };
        let hand = time(&|| drop(runtime.block_on(by_hand())));
        let ours = time(&|| drop(runtime.block_on(scoped())));
        ratios.push(ours / hand);
    }
    ratios.sort_by(f64::total_cmp);
    eprintln!(
        "{name}: scoped / by hand = {:.3} (median of {})",
        ratios[ratios.len() / 2],
        ratios.len()
    );
    group.bench_function(format!("{name}/by hand"), |bencher| {
        bencher.iter(|| runtime.block_on(by_hand()))
    });
    group.bench_function(format!("{name}/scoped"), |bencher| {
        bencher.iter(|| runtime.block_on(scoped()))
    });
}

fn queries(runtime: &Runtime, criterion: &mut Criterion, name: &str, plain: &DatabaseConnection) {
    let scoped = scope(plain.clone());
    let id = 50 * NOTES_PER_TENANT + 7;
    let mut group = criterion.benchmark_group(name);
    let point = async || {
        note::Entity::find_by_id(id)
            .one(&scoped)
            .await
            .unwrap()
            .unwrap()
    };
    let point_by_hand = async || {
        let query = note::Entity::find_by_id(id).filter(note::Column::TenantId.eq(tenant(50)));
        query.one(plain).await.unwrap().unwrap()
    };
    side_by_side(
        runtime,
        &mut group,
        &format!("{name} point read"),
        point,
        point_by_hand,
    );
    let list = async || {
        note::Entity::find()
            .order_by_asc(note::Column::Id)
            .limit(20)
            .all(&scoped)
            .await
            .unwrap()
    };
    let list_by_hand = async || {
        let query = note::Entity::find().filter(note::Column::TenantId.eq(tenant(50)));
        query
            .order_by_asc(note::Column::Id)
            .limit(20)
            .all(plain)
            .await
            .unwrap()
    };
    side_by_side(
        runtime,
        &mut group,
        &format!("{name} list of 20"),
        list,
        list_by_hand,
    );
    let change = || {
        note::Entity::update_many()
            .col_expr(note::Column::Title, Expr::val("new"))
            .filter(note::Column::Id.eq(id))
    };
    let update = async || change().exec(&scoped).await.unwrap();
    let update_by_hand = async || {
        change()
            .filter(note::Column::TenantId.eq(tenant(50)))
            .exec(plain)
            .await
            .unwrap()
    };
    side_by_side(
        runtime,
        &mut group,
        &format!("{name} update"),
        update,
        update_by_hand,
    );
    group.finish();
}

fn databases(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1).sqlx_logging(false);
    let sqlite = runtime.block_on(async {
        let connection = Database::connect(options).await.unwrap();
        prepare(&connection).await;
        connection
    });
    queries(&runtime, criterion, "sqlite", &sqlite);
    for (name, variable, end) in [
        ("postgres", "TENANCY_TEST_POSTGRES", " WITH (FORCE)"),
        ("mariadb", "TENANCY_TEST_MYSQL", ""),
    ] {
        match std::env::var(variable) {
            Ok(url) => on_server(&runtime, criterion, name, &url, end),
            Err(_) => eprintln!("{name} is not measured: {variable} names no server"),
        }
    }
}

/// In a database of its own, dropped at the end.
fn on_server(runtime: &Runtime, criterion: &mut Criterion, name: &str, url: &str, end: &str) {
    let database = format!("tenancy_bench_{}", std::process::id());
    let (server, connection) = runtime.block_on(async {
        let server = Database::connect(url).await.unwrap();
        server
            .execute_unprepared(&format!("CREATE DATABASE {database}"))
            .await
            .unwrap();
        let mut options =
            ConnectOptions::new(format!("{}/{database}", url.rsplit_once('/').unwrap().0));
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        prepare(&connection).await;
        (server, connection)
    });
    queries(runtime, criterion, name, &connection);
    runtime.block_on(async {
        connection.close().await.unwrap();
        server
            .execute_unprepared(&format!("DROP DATABASE {database}{end}"))
            .await
            .unwrap();
    });
}

fn plans(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let connection = runtime
        .block_on(Database::connect("sqlite::memory:"))
        .unwrap();
    let scoped = scope(connection);
    let point = note::Entity::find_by_id(7).build(DbBackend::Sqlite);
    let mut group = criterion.benchmark_group("plan");
    group.measurement_time(Duration::from_secs(3));
    // The statement is built anew for each turn, outside of the time: rewriting consumes it.
    group.bench_function("hit, bind included", |bencher| {
        bencher.iter_batched(
            || point.clone(),
            |statement| scoped.rewrite(statement).unwrap(),
            criterion::BatchSize::SmallInput,
        );
    });
    let joins: String = (1..10)
        .map(|n| format!(" INNER JOIN note n{n} ON n{n}.id = n0.id"))
        .collect();
    let ten_tables = |number: u64| {
        format!(
            "SELECT n0.id AS c{number}, n9.title FROM note n0{joins} WHERE n0.title = ? AND n3.body <> ?"
        )
    };
    let one_table = |number: u64| {
        format!("SELECT id AS c{number}, title FROM note WHERE title = ? OR body <> ?")
    };
    let number = Cell::new(0_u64);
    for (name, text) in [
        ("miss, one table", &one_table as &dyn Fn(u64) -> String),
        ("miss, ten-table join", &ten_tables),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || {
                    number.set(number.get() + 1);
                    Statement::from_sql_and_values(
                        DbBackend::Sqlite,
                        text(number.get()),
                        ["a".into(), "b".into()],
                    )
                },
                |statement| black_box(scoped.rewrite(statement).unwrap()),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, plans, databases);
criterion_main!(benches);
