//! Escape P05: pgbouncer in transaction mode stands between the service and PostgreSQL. What a
//! client asks goes to whichever of a few server connections is free, one transaction at a time.

mod pgbouncer;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{TryStreamExt, future::join_all};
use pgbouncer::PgBouncer;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    PaginatorTrait, Statement, TransactionTrait,
    sqlx::{self, Executor, Row},
};
use tenancy_seaorm::{
    Catalog, Policy, RowSecurity, ScopedConnection, TenantColumnType, TenantDatabase,
};
use testbed::{
    ACME, GLOBEX, Testbed, author, borrowed::Borrowed, cut::cut_after, note, work::work,
};
use uuid::Uuid;

const TENANTS: [Uuid; 2] = [ACME, GLOBEX];

/// Runs a test with policies on the server, for each way in which prepared statements work.
async fn on_a_pooler(connections: u32, test: impl AsyncFn(&Testbed, &str)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        let security = RowSecurity::of(&testbed::catalog());
        security.apply(&bed.owner).await.unwrap();
        let pooler = PgBouncer::start(bed, connections);
        for url in pooler.urls() {
            test(bed, &url).await;
        }
    })
    .await;
}

async fn clients(url: &str, clients: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(clients)
        .acquire_timeout(Duration::from_secs(20))
        .sqlx_logging(false);
    TenantDatabase::resetting_pool(options).await.unwrap()
}

/// To this catalog no table has an owner, so the planner adds nothing: what tells tenants apart is
/// the setting alone.
fn blind(pool: &DatabaseConnection) -> TenantDatabase {
    let catalog = Catalog::builder()
        .reference::<note::Entity>()
        .allow_function("pg_backend_pid")
        .build();
    let database = TenantDatabase::new(pool.clone(), &catalog.unwrap()).unwrap();
    database.with_row_security().unwrap()
}

fn both(pool: &DatabaseConnection) -> TenantDatabase {
    let database = TenantDatabase::new(pool.clone(), &testbed::catalog()).unwrap();
    database.with_row_security().unwrap()
}

/// Reads notes in all ways, and requires that they are the tenant's.
async fn read(scoped: &ScopedConnection, tenant: Uuid) -> Result<(), DbErr> {
    let number = if tenant == ACME { 3 } else { 4 };
    let is_own = |rows: &[note::Model]| {
        rows.len() == number && rows.iter().all(|row| row.tenant_id == tenant)
    };
    assert!(is_own(&note::Entity::find().all(scoped).await?));
    let rows = note::Entity::find().stream(scoped).await?;
    assert!(is_own(&rows.try_collect::<Vec<_>>().await?));
    let transaction = scoped.begin().await?;
    assert!(is_own(&note::Entity::find().all(&transaction).await?));
    let savepoint = transaction.begin().await?;
    let missing = savepoint.execute_unprepared("SELECT id FROM note WHERE id = 1 / 0");
    assert!(missing.await.is_err());
    savepoint.rollback().await?;
    let rows = note::Entity::find().stream(&transaction).await?;
    assert!(is_own(&rows.try_collect::<Vec<_>>().await?));
    transaction.commit().await
}

/// Writes a note into a savepoint that is rolled back, and one into the transaction, which ends as
/// it may.
async fn write(scoped: &ScopedConnection) -> Result<(), DbErr> {
    let transaction = scoped.begin().await?;
    let before = note::Entity::find().count(&transaction).await?;
    let savepoint = transaction.begin().await?;
    let new = note::Entity::insert(testbed::new_note("inner"));
    new.exec(&savepoint).await?;
    assert_eq!(note::Entity::find().count(&savepoint).await?, before + 1);
    savepoint.rollback().await?;
    let new = note::Entity::insert(testbed::new_note("outer"));
    new.exec(&transaction).await?;
    assert_eq!(note::Entity::find().count(&transaction).await?, before + 1);
    transaction.rollback().await
}

/// Looks from a client of its own, until the others are done, at what is left on server
/// connections.
async fn spy(pool: &DatabaseConnection, done: &AtomicBool) -> u32 {
    let mut looks = 0;
    while !done.load(Ordering::SeqCst) {
        assert_eq!(Borrowed::next(pool).await, Borrowed::clean());
        let raw = pool.get_postgres_connection_pool();
        let row = raw.fetch_one(sqlx::raw_sql("SELECT count(*) FROM note"));
        assert_eq!(row.await.unwrap().get::<i64, _>(0), 0);
        looks += 1;
    }
    looks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p05_many_clients_share_few_server_connections() {
    on_a_pooler(2, async |_, url| {
        let pool = clients(url, 12).await;
        let (both, blind) = (both(&pool), blind(&pool));
        let (done, outside) = (AtomicBool::new(false), clients(url, 1).await);
        let work = async {
            let clients = (0..12).map(async |client: usize| {
                let mut processes = BTreeSet::new();
                for turn in 0..10 {
                    let tenant = TENANTS[(client + turn) % 2];
                    let locked_twice = both.scoped(&testbed::context(tenant)).unwrap();
                    let locked_once = blind.scoped(&testbed::context(tenant)).unwrap();
                    read(&locked_twice, tenant).await.unwrap();
                    read(&locked_once, tenant).await.unwrap();
                    write(&locked_twice).await.unwrap();
                    let authors = author::Entity::find().count(&locked_twice).await;
                    assert_eq!(authors.unwrap(), 2);
                    let process = Statement::from_string(
                        DbBackend::Postgres,
                        "SELECT pg_backend_pid() FROM note LIMIT 1",
                    );
                    let row = locked_once.query_one_raw(process).await.unwrap().unwrap();
                    processes.insert(row.try_get_by_index::<i32>(0).unwrap());
                }
                processes
            });
            let processes: BTreeSet<_> = join_all(clients).await.into_iter().flatten().collect();
            done.store(true, Ordering::SeqCst);
            processes
        };
        let (processes, looks) = tokio::join!(work, spy(&outside, &done));
        println!("{looks} looks from outside");
        assert_eq!(
            processes.len(),
            2,
            "12 clients share two server connections"
        );
        assert!(looks > 0);
        let left = outside.get_postgres_connection_pool();
        let left = left.fetch_one(sqlx::raw_sql("SELECT count(*) FROM pg_prepared_statements"));
        if url.ends_with("statement-cache-capacity=0") {
            assert_eq!(
                left.await.unwrap().get::<i64, _>(0),
                0,
                "prepared statements"
            );
        }
        close([pool, outside]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p05_a_future_cut_at_any_await_point_leaves_nothing_behind() {
    on_a_pooler(2, async |_, url| {
        let cuts: u64 = std::env::var("TENANCY_CUTS").map_or(400, |cuts| cuts.parse().unwrap());
        let (pool, outside) = (clients(url, 6).await, clients(url, 1).await);
        let (both, blind) = (both(&pool), blind(&pool));
        let done = AtomicBool::new(false);
        let cutting = async {
            let clients = (0..4).map(async |client: u64| {
                let mut random = fastrand::Rng::with_seed(client);
                let mut cut = 0;
                for _ in 0..cuts / 4 {
                    let tenant = random.choice(TENANTS).unwrap();
                    let scoped = both.scoped(&testbed::context(tenant)).unwrap();
                    // Not the update: two of them would wait for each other's rows.
                    let kind = random.choice([0, 2, 3]).unwrap();
                    match cut_after(random.usize(..24), work(&scoped, kind)).await {
                        Some(outcome) => outcome.unwrap(),
                        None => cut += 1,
                    }
                    let scoped = blind.scoped(&testbed::context(tenant)).unwrap();
                    let rows = note::Entity::find().all(&scoped).await.unwrap();
                    assert!(!rows.is_empty() && rows.iter().all(|row| row.tenant_id == tenant));
                }
                cut
            });
            let cut: u64 = join_all(clients).await.into_iter().sum();
            done.store(true, Ordering::SeqCst);
            cut
        };
        let (cut, looks) = tokio::join!(cutting, spy(&outside, &done));
        println!("{cut} of {cuts} futures cut, {looks} looks from outside");
        assert!(cut > cuts / 8, "{cut} cuts show little");
        close([pool, outside]).await;
    })
    .await;
}

#[tokio::test]
async fn p05_a_sessions_setting_is_seen_by_other_clients() {
    on_a_pooler(1, async |_, url| {
        // As anybody would build the pools: what the two tests above would notice.
        let [one, other] = [Database::connect(url), Database::connect(url)];
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        let set = format!("SELECT set_config('app.tenant_id', '{ACME}', false)");
        one.execute_unprepared(&set).await.unwrap();
        assert_eq!(Borrowed::next(&other).await.setting, ACME.to_string());
        let raw = other.get_postgres_connection_pool();
        let row = raw.fetch_one(sqlx::raw_sql("SELECT count(*) FROM note"));
        assert_eq!(row.await.unwrap().get::<i64, _>(0), 3);
        // Not even then does a scoped statement see what is not its tenant's.
        let globex = both(&one).scoped(&testbed::context(GLOBEX)).unwrap();
        assert_eq!(note::Entity::find().count(&globex).await.unwrap(), 4);
        other
            .execute_unprepared("RESET app.tenant_id")
            .await
            .unwrap();
        close([one, other]).await;
    })
    .await;
}

#[tokio::test]
async fn p05_types_of_the_databases_own_are_read() {
    on_a_pooler(1, async |bed, url| {
        for sql in [
            "DROP TABLE IF EXISTS thing; DROP TYPE IF EXISTS mood",
            "CREATE TYPE mood AS ENUM ('good', 'bad')",
            "CREATE TABLE thing (tenant_id uuid NOT NULL, mood mood NOT NULL)",
            "INSERT INTO thing SELECT tenant_id, 'good' FROM note",
        ] {
            bed.owner.execute_unprepared(sql).await.unwrap();
        }
        let policy = Policy::column("tenant_id", TenantColumnType::Uuid);
        let catalog = Catalog::builder().table("thing", policy).build().unwrap();
        let security = RowSecurity::of(&catalog).application_role(&bed.role);
        security.unwrap().apply(&bed.owner).await.unwrap();
        // sqlx asks the server about such a type when a connection meets it first, after the
        // statement is prepared.
        for _ in 0..3 {
            let pool = clients(url, 1).await;
            let database = TenantDatabase::new(pool.clone(), &catalog).unwrap();
            let database = database.with_row_security().unwrap();
            let acme = database.scoped(&testbed::context(ACME)).unwrap();
            for _ in 0..2 {
                let rows = Statement::from_sql_and_values(
                    DbBackend::Postgres,
                    "SELECT mood FROM thing WHERE mood::text = $1",
                    ["good".into()],
                );
                assert_eq!(acme.query_all_raw(rows).await.unwrap().len(), 3);
            }
            pool.close().await.unwrap();
        }
    })
    .await;
}

async fn close(pools: [DatabaseConnection; 2]) {
    for pool in pools {
        pool.close().await.unwrap();
    }
}
