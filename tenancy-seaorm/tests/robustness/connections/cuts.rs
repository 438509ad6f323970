//! Futures that are dropped at every await point.

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, StreamTrait, TransactionTrait};
use testbed::{
    ACME, GLOBEX, Testbed,
    cut::{cut_after, cut_while},
    wire::Proxy,
};

use crate::connections::{
    borrower::{dirt_met_by, lost},
    database_on, pool_at,
    work::{KINDS, Progress, Stage, work},
};

/// What was cut, and what that left.
#[derive(Default)]
struct Tally {
    futures: u64,
    cuts: BTreeMap<Stage, u64>,
    dirty: Vec<String>,
    lost: usize,
}

/// How many futures are cut for each engine, lock and size of pool, at each stage of each work.
fn wanted() -> u64 {
    std::env::var("TENANCY_CUTS").map_or(3, |cuts| cuts.parse().unwrap())
}

/// Cuts futures of `work` on `db` at each of its stages, and looks at what `pool` lends after each.
async fn cut_on<C>(bed: &Testbed, pool: &DatabaseConnection, db: &C, wanted: u64, tally: &mut Tally)
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let globex = database_on(bed, pool).await;
    let globex = globex.scoped(&testbed::context(GLOBEX)).unwrap();
    for kind in 0..KINDS {
        let uncut = Progress::default();
        if let Err(error) = work(db, kind, &uncut).await {
            tally.dirty.push(format!("uncut: {error}"));
        }
        for wait in uncut.stages() {
            let mut random = fastrand::Rng::with_seed(wanted);
            let (mut cuts, mut missed) = (0, 0);
            // Rows that come in one packet are not waited for.
            while cuts < wanted && missed < 20 + cuts * 20 {
                let progress = Progress::default();
                let polls = random.usize(..4);
                let is_there = || progress.is_at(wait);
                let done = cut_while(is_there, polls, work(db, kind, &progress)).await;
                tally.futures += 1;
                match done {
                    Some(Ok(())) => missed += 1,
                    Some(Err(error)) => tally.dirty.push(format!("before {wait:?}: {error}")),
                    None => cuts += 1,
                }
                if let Err(dirt) = dirt_met_by(&globex, bed, pool).await {
                    tally.dirty.push(format!("after {wait:?}: {dirt}"));
                }
                if tally.dirty.len() > 20 {
                    return;
                }
            }
            *tally.cuts.entry(wait).or_default() += cuts;
        }
    }
}

/// A pool of so many connections to what `bed` is, with a network between that takes its time.
async fn pool_of(bed: &Testbed, connections: u32) -> DatabaseConnection {
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
fn sizes(bed: &Testbed) -> std::ops::RangeInclusive<u32> {
    match bed.backend {
        DbBackend::Sqlite => 1..=1,
        _ => 1..=2,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_future_cut_at_any_await_point_leaves_the_next_borrower_nothing() {
    testbed::on_every_backend(async |bed| {
        let mut tally = Tally::default();
        for connections in sizes(bed) {
            let pool = pool_of(bed, connections).await;
            let acme = database_on(bed, &pool).await.scoped(&testbed::context(ACME));
            cut_on(bed, &pool, &acme.unwrap(), wanted(), &mut tally).await;
            tally.lost += lost(&pool, connections as usize).await;
        }
        let lock = if bed.is_locked_twice() { " with row-level security" } else { "" };
        println!(
            "{:?}{lock}: {} of {} futures cut, {} dirty borrowers, {} lost connections; cut while waiting for {:?}",
            bed.backend,
            tally.cuts.values().sum::<u64>(),
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
        testbed::on(backend, async |bed| {
            let pool = pool_of(bed, 1).await;
            let mut tally = Tally::default();
            let mut turns = 0;
            // A lost connection ends it.
            while tally.dirty.is_empty() && turns < 20 {
                cut_on(bed, &pool, &pool, 1, &mut tally).await;
                turns += 1;
            }
            assert!(!tally.dirty.is_empty(), "this test would notice nothing");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_a_begin_that_is_cut_takes_no_acknowledged_write_with_it() {
    testbed::on_every_backend(async |bed| {
        let pool = pool_of(bed, 1).await;
        let database = database_on(bed, &pool).await;
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let globex = database.scoped(&testbed::context(GLOBEX)).unwrap();
        for polls in 0..24 {
            drop(cut_after(polls % 6, acme.begin()).await);
            dirt_met_by(&globex, bed, &pool).await.unwrap();
        }
    })
    .await;
}
