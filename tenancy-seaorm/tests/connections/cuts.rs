//! Futures that are dropped at every await point.

use std::{cell::Cell, collections::BTreeMap, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, StreamTrait, TransactionTrait};

use crate::{
    bed::{self, ACME, Bed},
    borrower::{dirt, lost},
    cut::cut_after,
    database_on, pool_at,
    wire::Proxy,
    work::{Stage, work},
};

/// What was cut, and what that left.
#[derive(Default)]
struct Tally {
    futures: u64,
    cuts: BTreeMap<Stage, u64>,
    dirty: Vec<String>,
    lost: usize,
}

impl Tally {
    fn cuts(&self) -> u64 {
        self.cuts.values().sum()
    }
}

/// How many futures are cut for each engine, lock and size of pool.
fn wanted() -> u64 {
    std::env::var("TENANCY_CUTS").map_or(60, |cuts| cuts.parse().unwrap())
}

/// Cuts futures of `work` on `db`, and looks at what `pool` lends after each.
async fn cut_on<C>(bed: &Bed, pool: &DatabaseConnection, db: &C, wanted: u64, tally: &mut Tally)
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let mut random = fastrand::Rng::with_seed(wanted);
    let before = tally.cuts();
    while tally.cuts() - before < wanted {
        let stage = Cell::new(Stage::default());
        // Most are short: a future that is ready is not cut.
        let most = random.u32(1..6);
        let polls = random.usize(..1 << most);
        let done = cut_after(polls, work(db, random.u64(..), &stage)).await;
        tally.futures += 1;
        match done {
            Some(Ok(())) => {}
            Some(Err(error)) => tally.dirty.push(format!("{}: {error}", stage.get())),
            None => *tally.cuts.entry(stage.get()).or_default() += 1,
        }
        if let Err(dirt) = dirt(bed, pool).await {
            tally.dirty.push(format!("{}: {dirt}", stage.get()));
        }
    }
}

/// A pool of so many connections to what `bed` is, with a network between that takes its time.
async fn pool_of(bed: &Bed, connections: u32) -> DatabaseConnection {
    match bed.backend {
        // A database in memory ends with its connection.
        DbBackend::Sqlite => bed.application.clone(),
        _ => {
            let delay = Duration::from_micros(500);
            let proxy = Proxy::start(bed.application_url(), delay).await;
            pool_at(proxy.url(), connections).await
        }
    }
}

/// As many as a bed's pool can have.
fn sizes(bed: &Bed) -> std::ops::RangeInclusive<u32> {
    match bed.backend {
        DbBackend::Sqlite => 1..=1,
        _ => 1..=2,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_future_cut_at_any_await_point_leaves_the_next_borrower_nothing() {
    bed::on_every_backend(async |bed| {
        let mut tally = Tally::default();
        for connections in sizes(bed) {
            let pool = pool_of(bed, connections).await;
            let acme = database_on(bed, &pool).await.scoped(&bed::context(ACME));
            cut_on(bed, &pool, &acme.unwrap(), wanted(), &mut tally).await;
            tally.lost += lost(&pool, connections as usize).await;
        }
        let lock = if bed.is_locked_twice() { " with row-level security" } else { "" };
        println!(
            "{:?}{lock}: {} of {} futures cut, {} dirty borrowers, {} lost connections; cut while waiting for {:?}",
            bed.backend,
            tally.cuts(),
            tally.futures,
            tally.dirty.len(),
            tally.lost,
            tally.cuts,
        );
        assert!(tally.dirty.is_empty(), "{:#?}", tally.dirty);
        assert_eq!(tally.lost, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_cuts_on_seaorms_own_connection_are_noticed() {
    for backend in [DbBackend::Postgres, DbBackend::MySql] {
        bed::on(backend, async |bed| {
            let pool = pool_of(bed, 1).await;
            let mut tally = Tally::default();
            let mut turns = 0;
            // A lost connection ends it.
            while tally.dirty.is_empty() && turns < 100 {
                cut_on(bed, &pool, &pool, 5, &mut tally).await;
                turns += 1;
            }
            assert!(!tally.dirty.is_empty(), "this test would notice nothing");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_begin_that_is_cut_takes_no_acknowledged_write_with_it() {
    bed::on_every_backend(async |bed| {
        let pool = pool_of(bed, 1).await;
        let database = database_on(bed, &pool).await;
        let acme = database.scoped(&bed::context(ACME)).unwrap();
        for polls in 0..24 {
            drop(cut_after(polls % 6, acme.begin()).await);
            dirt(bed, &pool).await.unwrap();
        }
    })
    .await;
}
