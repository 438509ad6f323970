//! Escapes P01 to P06, C04 and D09: statements in transactions of the library's own, under
//! PostgreSQL's row-level security.

mod panics;

use std::time::Duration;

use futures_util::{FutureExt, TryStreamExt};
use sea_orm::{
    AccessMode,
    ActiveValue::Set,
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    EntityTrait, IsolationLevel, PaginatorTrait, QueryFilter, QueryOrder, Statement,
    TransactionTrait,
    sea_query::OnConflict,
    sqlx::{self, Executor, Row},
};
use tenancy_seaorm::{Catalog, Error, ErrorKind, RowSecurity, ScopedConnection, TenantDatabase};
use testbed::{
    ACME, GLOBEX, Testbed, author,
    borrowed::Borrowed,
    cut::cut_after,
    note,
    wire::Proxy,
    work::{naive, work},
};

/// A bed with policies, and its application's database behind both locks.
struct Secured {
    bed: Testbed,
    database: TenantDatabase,
    /// The pool under it, which nothing scopes.
    pool: DatabaseConnection,
}

impl Secured {
    async fn new(connections: u32) -> Self {
        let bed = Testbed::new(DbBackend::Postgres).await;
        bed.fill().await;
        RowSecurity::of(&testbed::catalog())
            .apply(&bed.owner)
            .await
            .unwrap();
        let (pool, database) = pool_at(bed.application_url(), connections).await;
        Self {
            bed,
            database,
            pool,
        }
    }

    fn acme(&self) -> ScopedConnection {
        self.database.scoped(&testbed::context(ACME)).unwrap()
    }

    /// What the next borrower of a connection finds.
    async fn next_borrower(&self) -> Borrowed {
        Borrowed::next(&self.pool).await
    }

    async fn close(self) {
        self.pool.close().await.unwrap();
        self.bed.close().await;
    }
}

/// A pool, and the application's database on it, behind both locks.
async fn pool_at(url: &str, connections: u32) -> (DatabaseConnection, TenantDatabase) {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    let pool = Database::connect(options).await.unwrap();
    let database = TenantDatabase::new(pool.clone(), &testbed::catalog()).unwrap();
    (pool, database.with_row_security().unwrap())
}

fn new_note(id: i64) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        title: Set("new".into()),
        body: Set("new".into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn d09_the_policies_alone_keep_what_the_planner_lets_through() {
    let secured = Secured::new(2).await;
    // To this catalog the table has no owner, so the planner adds nothing: what is left are the
    // policies.
    let blind = Catalog::builder().reference::<note::Entity>().build();
    let database = TenantDatabase::new(secured.pool.clone(), &blind.unwrap());
    let database = database.unwrap().with_row_security().unwrap();
    let acme = database.scoped(&testbed::context(ACME)).unwrap();
    let rows = note::Entity::find().all(&acme).await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.tenant_id == ACME));
    // And without a setting there are none.
    assert_eq!(note::Entity::find().count(&secured.pool).await.unwrap(), 0);
    assert!(
        note::Entity::find()
            .count(&secured.bed.owner)
            .await
            .unwrap()
            > 3
    );
    secured.close().await;
}

#[tokio::test]
async fn other_databases_have_no_row_security() {
    let sqlite = Database::connect("sqlite::memory:").await.unwrap();
    let database = TenantDatabase::new(sqlite, &testbed::catalog()).unwrap();
    let error = database.with_row_security().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible);
}

#[tokio::test]
async fn both_locks_together_answer_as_one_does() {
    let secured = Secured::new(2).await;
    let acme = secured.acme();
    let plain = secured.bed.scoped(ACME);
    // The planner alone sees nothing now: its connection does not tell PostgreSQL the tenant.
    assert_eq!(note::Entity::find().count(&plain).await.unwrap(), 0);

    let titles = async |titled: &str| {
        let titled = note::Column::Title.eq(titled);
        let found = note::Entity::find().filter(titled).count(&acme).await;
        found.unwrap()
    };
    assert_eq!(titles("plan").await, 1);
    note::Entity::insert(new_note(501))
        .exec(&acme)
        .await
        .unwrap();
    assert_eq!(titles("new").await, 1);
    let changed = note::Entity::update_many()
        .col_expr(note::Column::Title, "old".into())
        .exec(&acme)
        .await;
    assert_eq!(changed.unwrap().rows_affected, 4);
    let pairs = author::Entity::find()
        .find_with_related(note::Entity)
        .order_by_asc(author::Column::Id)
        .all(&acme)
        .await
        .unwrap();
    assert_eq!(pairs.len(), 2);
    let streamed: Vec<note::Model> = note::Entity::find()
        .stream(&acme)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed.len(), 4);
    let deleted = note::Entity::delete_many().exec(&acme).await.unwrap();
    assert_eq!(deleted.rows_affected, 4);
    let globex = note::Column::TenantId.eq(GLOBEX);
    let left = note::Entity::find().filter(globex);
    assert_eq!(left.count(&secured.bed.owner).await.unwrap(), 4);
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    secured.close().await;
}

#[tokio::test]
async fn w03_an_upsert_onto_another_tenants_row_is_refused_by_the_policy() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    let overwrite = |id| {
        let title = OnConflict::column(note::Column::Id)
            .update_column(note::Column::Title)
            .to_owned();
        note::Entity::insert(new_note(id)).on_conflict(title)
    };
    // The planner would change nothing and say so; the policy ends the statement. The row stays
    // either way.
    assert!(overwrite(2).exec(&acme).await.is_err());
    let theirs = note::Entity::find_by_id(2).one(&secured.bed.owner).await;
    assert_eq!(theirs.unwrap().unwrap().title, "plan");
    overwrite(1).exec(&acme).await.unwrap();
    let own = note::Entity::find_by_id(1).one(&acme).await;
    assert_eq!(own.unwrap().unwrap().title, "new");
    secured.close().await;
}

#[tokio::test]
async fn p02_errors_panics_and_an_exhausted_pool_leave_clean_connections() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    for _ in 0..3 {
        // The server's error.
        let twice = note::Entity::insert(new_note(1)).exec(&acme).await;
        assert!(twice.is_err());
        assert_eq!(secured.next_borrower().await, Borrowed::clean());
        // The caller's error, inside a transaction.
        let outcome = acme
            .transaction_async(async |transaction| {
                note::Entity::insert(new_note(601))
                    .exec(transaction)
                    .await?;
                Err::<(), _>(DbErr::Custom("no".into()))
            })
            .await;
        assert!(outcome.is_err());
        assert_eq!(secured.next_borrower().await, Borrowed::clean());
        // C04: a panic.
        let panicking = async {
            let transaction = acme.begin().await.unwrap();
            let inserted = note::Entity::insert(new_note(602)).exec(&transaction).await;
            inserted.unwrap();
            panic!("on purpose");
        };
        let outcome = std::panic::AssertUnwindSafe(panicking).catch_unwind().await;
        assert!(outcome.is_err());
        assert_eq!(secured.next_borrower().await, Borrowed::clean());
    }
    // Somebody holds the only connection.
    let held = acme.begin().await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(50), acme.begin()).await;
    assert!(waits.is_err());
    held.rollback().await.unwrap();
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    let new = note::Column::Id.gte(600);
    let left = note::Entity::find().filter(new).count(&acme).await;
    assert_eq!(left.unwrap(), 0);
    secured.close().await;
}

#[tokio::test]
async fn p03_the_settings_end_with_the_transaction() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    note::Entity::find().count(&acme).await.unwrap();
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    let transaction = acme.begin().await.unwrap();
    assert_eq!(note::Entity::find().count(&transaction).await.unwrap(), 3);
    transaction.commit().await.unwrap();
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    secured.close().await;
}

#[tokio::test]
async fn p04_savepoints_keep_the_tenant() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    let count = async |connection: &tenancy_seaorm::ScopedTransaction| {
        note::Entity::find().count(connection).await.unwrap()
    };
    let outer = acme.begin().await.unwrap();
    let inner = outer.begin().await.unwrap();
    note::Entity::insert(new_note(701))
        .exec(&inner)
        .await
        .unwrap();
    assert_eq!(count(&inner).await, 4);
    inner.rollback().await.unwrap();
    assert_eq!(count(&outer).await, 3);
    let inner = outer.begin().await.unwrap();
    note::Entity::insert(new_note(702))
        .exec(&inner)
        .await
        .unwrap();
    inner.commit().await.unwrap();
    assert_eq!(count(&outer).await, 4);
    // One that is dropped, with one inside that is, too.
    let inner = outer.begin().await.unwrap();
    note::Entity::insert(new_note(703))
        .exec(&inner)
        .await
        .unwrap();
    let innermost = inner.begin().await.unwrap();
    note::Entity::insert(new_note(704))
        .exec(&innermost)
        .await
        .unwrap();
    drop(innermost);
    drop(inner);
    assert_eq!(count(&outer).await, 4);
    // An error inside one, after which the outer goes on.
    let inner = outer.begin().await.unwrap();
    assert!(
        note::Entity::insert(new_note(1))
            .exec(&inner)
            .await
            .is_err()
    );
    inner.rollback().await.unwrap();
    assert_eq!(count(&outer).await, 4);
    // Its modes are the transaction's.
    let level = Some(IsolationLevel::Serializable);
    assert!(outer.begin_with_config(level, None).await.is_err());
    outer.commit().await.unwrap();
    assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 4);
    let read_only = acme.begin_with_config(level, Some(AccessMode::ReadOnly));
    let read_only = read_only.await.unwrap();
    assert_eq!(count(&read_only).await, 4);
    let write = note::Entity::insert(new_note(705)).exec(&read_only).await;
    assert!(write.is_err());
    drop(read_only);
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    secured.close().await;
}

#[tokio::test]
async fn p06_the_commit_of_an_aborted_transaction_fails() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    let transaction = acme.begin().await.unwrap();
    note::Entity::insert(new_note(801))
        .exec(&transaction)
        .await
        .unwrap();
    assert!(
        note::Entity::insert(new_note(1))
            .exec(&transaction)
            .await
            .is_err()
    );
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(
        Error::of(&error).map(Error::kind),
        Some(ErrorKind::Transaction)
    );
    assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);

    let transaction = acme.begin().await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    assert!(
        note::Entity::insert(new_note(1))
            .exec(&savepoint)
            .await
            .is_err()
    );
    let error = savepoint.commit().await.unwrap_err();
    assert_eq!(
        Error::of(&error).map(Error::kind),
        Some(ErrorKind::Transaction)
    );
    note::Entity::insert(new_note(802))
        .exec(&transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 4);
    secured.close().await;
}

#[tokio::test]
async fn a_stream_that_is_dropped_lets_the_transaction_go_on() {
    let secured = Secured::new(1).await;
    let acme = secured.acme();
    let transaction = acme.begin().await.unwrap();
    {
        let mut rows = note::Entity::find().stream(&transaction).await.unwrap();
        assert!(rows.try_next().await.unwrap().is_some());
    }
    assert_eq!(note::Entity::find().count(&transaction).await.unwrap(), 3);
    transaction.commit().await.unwrap();
    {
        let mut rows = note::Entity::find().stream(&acme).await.unwrap();
        assert!(rows.try_next().await.unwrap().is_some());
    }
    assert_eq!(secured.next_borrower().await, Borrowed::clean());
    secured.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_future_cut_at_any_await_point_leaves_nothing_behind() {
    let cuts: u64 = std::env::var("TENANCY_CUTS").map_or(400, |cuts| cuts.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(7);
    let (mut dirty, mut naively_dirty, mut futures) = (0, 0, 0);
    for connections in 1..=4 {
        let secured = Secured::new(connections).await;
        let acme = secured.acme();
        let mut cut = 0;
        while cut < cuts / 4 {
            let polls = random.usize(..16);
            match cut_after(polls, work(&acme, random.u64(..))).await {
                Some(outcome) => outcome.unwrap(),
                None => cut += 1,
            }
            futures += 1;
            dirty += u64::from(secured.next_borrower().await != Borrowed::clean());
        }
        secured.close().await;

        let secured = Secured::new(connections).await;
        let pool = secured.pool.get_postgres_connection_pool().clone();
        for _ in 0..cuts / 4 {
            // One that got a stale transaction fails at times, which is part of the picture.
            let _ = cut_after(random.usize(..16), naive(&pool)).await;
            naively_dirty += u64::from(secured.next_borrower().await != Borrowed::clean());
        }
        secured.close().await;
    }
    println!(
        "{cuts} of {futures} futures cut: {dirty} dirty borrowers; {naively_dirty} after {cuts} futures by hand, of which some were cut"
    );
    assert_eq!(dirty, 0);
    assert!(naively_dirty > 0, "this test would notice nothing");
}

#[tokio::test]
async fn p05_statements_that_are_not_kept_are_forgotten() {
    let secured = Secured::new(1).await;
    let url = secured.bed.application_url();
    let and = if url.contains('?') { '&' } else { '?' };
    for (capacity, in_transaction, afterwards) in [("0", 100, 0), ("20", 20, 20)] {
        let url = format!("{url}{and}statement-cache-capacity={capacity}");
        let (pool, _) = pool_at(&url, 1).await;
        let catalog = Catalog::builder()
            .tenant_owned::<note::Entity>()
            .reference_table("pg_prepared_statements");
        let database = TenantDatabase::new(pool.clone(), &catalog.build().unwrap());
        let database = database.unwrap().with_row_security().unwrap();
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let outer = acme.begin().await.unwrap();
        let mut most = 0;
        for number in 0..250 {
            let counted = Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT count(*) FROM pg_prepared_statements WHERE {number} = {number}"),
            );
            let row = outer.query_one_raw(counted).await.unwrap().unwrap();
            most = most.max(row.try_get_by_index::<i64>(0).unwrap());
        }
        assert_eq!(most, in_transaction);
        // An error in the middle, and an end that nobody waits for.
        let wrong = outer.execute_unprepared("SELECT 1 / 0 FROM note");
        assert!(wrong.await.is_err());
        drop(outer);
        let raw = pool.get_postgres_connection_pool();
        for _ in 0..2 {
            let left = sqlx::raw_sql("SELECT count(*) FROM pg_prepared_statements");
            let left = raw.fetch_one(left).await.unwrap();
            assert_eq!(left.get::<i64, _>(0), afterwards);
            note::Entity::find().count(&acme).await.unwrap();
        }
        pool.close().await.unwrap();
    }
    secured.close().await;
}

/// What is measured on the wire.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    Scoped,
    FiveInOneTransaction,
    ByHand,
}

/// Round trips of one turn, counted over five. What a connection costs, and a statement the first
/// time, falls out.
async fn round_trips(bed: &Testbed, way: Way) -> usize {
    let mut counted = [0; 2];
    for (turns, counted) in [1, 6].into_iter().zip(&mut counted) {
        let proxy = Proxy::start(bed.application_url(), Duration::ZERO).await;
        let (pool, database) = pool_at(proxy.url(), 1).await;
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        for _ in 0..turns {
            match way {
                Way::Plain => count(&pool).await,
                Way::Scoped => count(&acme).await,
                Way::FiveInOneTransaction => {
                    let transaction = acme.begin().await.unwrap();
                    for _ in 0..5 {
                        count(&transaction).await;
                    }
                    transaction.commit().await.unwrap();
                }
                Way::ByHand => naive(pool.get_postgres_connection_pool()).await.unwrap(),
            }
        }
        pool.close().await.unwrap();
        *counted = proxy.round_trips();
    }
    (counted[1] - counted[0]) / 5
}

async fn count(connection: &impl ConnectionTrait) {
    note::Entity::find().count(connection).await.unwrap();
}

#[tokio::test]
async fn a_statement_takes_two_round_trips_more_than_without_a_transaction() {
    let secured = Secured::new(1).await;
    // Looking at a connection before and after it is lent is the pool's own habit, and falls out of
    // the differences.
    let plain = round_trips(&secured.bed, Way::Plain).await;
    let more = async |way| round_trips(&secured.bed, way).await - plain;
    assert_eq!(
        more(Way::Scoped).await,
        2,
        "begin with the settings; commit"
    );
    assert_eq!(more(Way::ByHand).await, 3, "begin; the setting; commit");
    assert_eq!(more(Way::FiveInOneTransaction).await, 4 + 2);
    secured.close().await;
}
