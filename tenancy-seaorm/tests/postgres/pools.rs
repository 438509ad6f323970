//! Escapes P01 to P03 on pools that the library builds, whoever uses them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    PaginatorTrait,
    sqlx::{self, Connection, Executor, PgConnection, PgPool, Row},
};
use tenancy_seaorm::{Error, ErrorKind, RowSecurity, TenantDatabase};
use testbed::{
    ACME, Testbed,
    borrowed::Borrowed,
    cut::cut_after,
    log::Log,
    note,
    wire::Proxy,
    work::{naive, work},
};

/// Runs a test on a bed with policies, and cleans up whatever comes of it.
async fn on_policies(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        let security = RowSecurity::of(&testbed::catalog());
        security.apply(&bed.owner).await.unwrap();
        test(bed).await;
    })
    .await;
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    options
}

/// A pool of the library's, and one as anybody builds it.
async fn pools(url: &str, connections: u32) -> [DatabaseConnection; 2] {
    let options = options(url, connections);
    let resetting = TenantDatabase::resetting_pool(options.clone()).await;
    [
        resetting.unwrap(),
        Database::connect(options).await.unwrap(),
    ]
}

/// Borrows a connection, leaves it as these messages do, gives it back, and returns the number of
/// its server process.
async fn leave(pool: &DatabaseConnection, messages: &[&'static str]) -> i32 {
    let pool = pool.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.unwrap();
    let process = process(&mut connection).await;
    for message in messages {
        // Some fail on purpose.
        let _ = connection.execute(sqlx::raw_sql(*message)).await;
    }
    process
}

async fn process(connection: &mut PgConnection) -> i32 {
    let row = connection.fetch_one("SELECT pg_backend_pid()").await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn p03_a_sessions_settings_are_gone_for_the_next_borrower() {
    on_policies(async |bed| {
        let [resetting, plain] = pools(bed.application_url(), 1).await;
        for (set, reset) in [
            ("SET app.tenant_id = 'somebody'", "RESET app.tenant_id"),
            ("SET app.user_scope = 'somebody'", "RESET app.user_scope"),
            ("SET app.user_id = 'somebody'", "RESET app.user_id"),
        ] {
            let process = leave(&resetting, &[set]).await;
            assert_eq!(Borrowed::next(&resetting).await, Borrowed::clean(), "{set}");
            // There is nothing wrong with the connection, which stays.
            assert_eq!(leave(&resetting, &[]).await, process);

            leave(&plain, &[set]).await;
            assert_eq!(Borrowed::next(&plain).await.setting, "somebody");
            leave(&plain, &[reset]).await;
        }
        // What the policies make of it: without the setting, no rows.
        let set = format!("SET app.tenant_id = '{ACME}'");
        for (pool, seen) in [(&resetting, 0), (&plain, 3)] {
            pool.execute_unprepared(&set).await.unwrap();
            assert_eq!(note::Entity::find().count(pool).await.unwrap(), seen);
        }
        close([resetting, plain]).await;
    })
    .await;
}

#[tokio::test]
async fn p02_a_connection_with_an_open_transaction_is_closed() {
    on_policies(async |bed| {
        let [resetting, plain] = pools(bed.application_url(), 1).await;
        for left in [
            &["BEGIN"] as &[_],
            &["BEGIN", "SELECT 1 / 0"],
            &["BEGIN; SELECT set_config('app.tenant_id', 'somebody', true)"],
            &["BEGIN", "SAVEPOINT one", "SET app.tenant_id = 'somebody'"],
            &["BEGIN READ ONLY ISOLATION LEVEL SERIALIZABLE"],
        ] {
            let process = leave(&resetting, left).await;
            assert_eq!(
                Borrowed::next(&resetting).await,
                Borrowed::clean(),
                "{left:?}"
            );
            assert_ne!(leave(&resetting, &[]).await, process, "{left:?}");
        }
        // One that has ended is no reason.
        for left in [
            &["BEGIN", "COMMIT"] as &[_],
            &["BEGIN", "SELECT 1 / 0", "ROLLBACK"],
            &["SELECT 1 / 0"],
        ] {
            let process = leave(&resetting, left).await;
            assert_eq!(leave(&resetting, &[]).await, process, "{left:?}");
        }
        leave(&plain, &["BEGIN"]).await;
        assert!(Borrowed::next(&plain).await.in_transaction);
        close([resetting, plain]).await;
    })
    .await;
}

#[tokio::test]
async fn the_reset_is_quiet() {
    on_policies(async |bed| {
        let [resetting, plain] = pools(bed.application_url(), 1).await;
        let (log, _guard) = Log::keep(tracing::Level::WARN);
        // Whichever thread meets a place that logs first says for all of them whether anybody
        // listens: this one does.
        for _ in 0..2 {
            leave(&plain, &["ROLLBACK"]).await;
            tracing::callsite::rebuild_interest_cache();
        }
        log.take();
        leave(&resetting, &["SET app.tenant_id = 'somebody'"]).await;
        leave(&resetting, &["BEGIN", "COMMIT"]).await;
        leave(&resetting, &["BEGIN"]).await;
        leave(&resetting, &["BEGIN", "SELECT 1 / 0"]).await;
        leave(&resetting, &[]).await;
        assert_eq!(log.take(), "");
        // What a rollback to be on the safe side would write each time.
        leave(&plain, &["ROLLBACK"]).await;
        assert!(log.take().contains("there is no transaction in progress"));
        close([resetting, plain]).await;
    })
    .await;
}

/// A transaction whose first message says who the tenant is.
async fn naive_in_one(pool: &PgPool) -> Result<(), sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let begin = "BEGIN; SELECT set_config('app.tenant_id', 'somebody', true)";
    let mut transaction = connection.begin_with(begin).await?;
    transaction.execute("SELECT count(*) FROM note").await?;
    transaction.commit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_transactions_cut_by_hand_leave_nothing_to_the_next_borrower() {
    on_policies(async |bed| {
        let cuts: u64 = std::env::var("TENANCY_CUTS").map_or(400, |cuts| cuts.parse().unwrap());
        let mut random = fastrand::Rng::with_seed(11);
        let (mut dirty, mut cut) = ([0; 2], 0);
        for connections in 1..=4 {
            let pools = pools(bed.application_url(), connections).await;
            for (pool, dirty) in pools.iter().zip(&mut dirty) {
                let raw = pool.get_postgres_connection_pool();
                for turn in 0..cuts / 4 {
                    let polls = random.usize(..8);
                    // One that got a stale transaction fails at times, which is part of the
                    // picture.
                    let done = match turn % 2 {
                        0 => cut_after(polls, naive(raw)).await,
                        _ => cut_after(polls, naive_in_one(raw)).await,
                    };
                    cut += u64::from(done.is_none());
                    *dirty += u64::from(Borrowed::next(pool).await != Borrowed::clean());
                }
            }
            close(pools).await;
        }
        let [reset, plain] = dirty;
        println!(
            "{cut} of {} futures cut: {reset} dirty borrowers; on a plain pool {plain}",
            2 * cuts
        );
        assert!(cut > cuts / 4, "{cut} cuts show little");
        assert_eq!(reset, 0);
        assert!(plain > 0, "this test would notice nothing");
    })
    .await;
}

/// Round trips until a scoped statement has its answer, and until its connection is lent again,
/// over ten statements.
async fn round_trips(bed: &Testbed, is_resetting: bool) -> (usize, usize) {
    let proxy = Proxy::start(bed.application_url(), Duration::ZERO).await;
    let options = options(proxy.url(), 1);
    let pool = match is_resetting {
        true => TenantDatabase::resetting_pool(options).await.unwrap(),
        false => Database::connect(options).await.unwrap(),
    };
    let database = TenantDatabase::new(pool.clone(), &testbed::catalog()).unwrap();
    let database = database.with_row_security().unwrap();
    let acme = database.scoped(&testbed::context(ACME)).unwrap();
    let raw = pool.get_postgres_connection_pool();
    // What a connection costs, and the statement the first time.
    work(&acme, 0).await.unwrap();
    drop(raw.acquire().await.unwrap());
    let (mut until_answered, mut until_lent) = (0, 0);
    for _ in 0..10 {
        // A connection that is idle, whatever was done when it came back.
        drop(raw.acquire().await.unwrap());
        while raw.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        let before = proxy.round_trips();
        work(&acme, 0).await.unwrap();
        // On this one thread, nothing else has run since the answer came.
        until_answered += proxy.round_trips() - before;
        drop(raw.acquire().await.unwrap());
        until_lent += proxy.round_trips() - before;
    }
    pool.close().await.unwrap();
    (until_answered, until_lent)
}

#[tokio::test]
async fn the_reset_takes_one_round_trip_and_comes_after_the_answer() {
    on_policies(async |bed| {
        let (answered, lent) = round_trips(bed, true).await;
        let (answered_plainly, lent_plainly) = round_trips(bed, false).await;
        assert_eq!(answered, answered_plainly);
        assert_eq!(lent, lent_plainly + 10);
    })
    .await;
}

#[tokio::test]
async fn connecting_puts_both_locks_in_place() {
    on_policies(async |bed| {
        let (options, catalog) = (options(bed.application_url(), 2), testbed::catalog());
        let database = TenantDatabase::connect(options, &catalog).await.unwrap();
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        // Without the second lock, the policies would show nothing.
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn what_the_options_say_stays() {
    on_policies(async |bed| {
        let calls = Arc::new([const { AtomicUsize::new(0) }; 3]);
        let [connected, acquired, opened] = [0, 1, 2].map(|which| {
            let calls = Arc::clone(&calls);
            move || calls[which].fetch_add(1, Ordering::SeqCst)
        });
        let mut options = options(bed.application_url(), 7);
        options
            .min_connections(1)
            .after_connect(move |_| {
                opened();
                async { Ok(()) }.boxed()
            })
            .map_sqlx_postgres_pool_opts(move |pool| {
                let (connected, acquired) = (connected.clone(), acquired.clone());
                pool.max_connections(1)
                    .before_acquire(move |_, _| {
                        acquired();
                        async { Ok(true) }.boxed()
                    })
                    .after_connect(move |connection, _| {
                        connected();
                        async move {
                            connection.execute("SET application_name = 'ours'").await?;
                            Ok(())
                        }
                        .boxed()
                    })
            });
        let pool = TenantDatabase::resetting_pool(options).await.unwrap();
        let raw = pool.get_postgres_connection_pool();
        assert_eq!(raw.options().get_max_connections(), 1);
        assert_eq!(raw.options().get_min_connections(), 1);
        let mut connection = raw.acquire().await.unwrap();
        let row = connection.fetch_one("SHOW application_name").await.unwrap();
        assert_eq!(row.get::<String, _>(0), "ours");
        drop(connection);
        let [connected, acquired, opened] =
            [0, 1, 2].map(|which| calls[which].load(Ordering::SeqCst));
        assert_eq!((connected, opened), (1, 1));
        assert!(acquired > 0);
        // And the hook is there.
        leave(&pool, &["SET app.tenant_id = 'somebody'"]).await;
        assert_eq!(Borrowed::next(&pool).await, Borrowed::clean());
        pool.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn other_databases_are_refused_before_anything_is_connected() {
    for url in [
        "sqlite::memory:",
        "mysql://root:secret@127.0.0.1:1/none",
        "postgresque://root:secret@127.0.0.1:1/none",
        "secret",
        "",
    ] {
        let error = TenantDatabase::connect(url, &testbed::catalog())
            .await
            .unwrap_err();
        let kind = Error::of(&error).map(Error::kind);
        assert_eq!(kind, Some(ErrorKind::Incompatible), "{url}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    // The scheme has two names, in any case.
    for url in [
        "postgresql://127.0.0.1:1/none",
        "POSTGRES://127.0.0.1:1/none",
    ] {
        let mut options = options(url, 1);
        options.connect_lazy(true);
        TenantDatabase::connect(options, &testbed::catalog())
            .await
            .unwrap();
    }
}

async fn close(pools: [DatabaseConnection; 2]) {
    for pool in pools {
        pool.close().await.unwrap();
    }
}
