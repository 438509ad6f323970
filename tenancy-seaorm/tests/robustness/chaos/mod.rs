//! Chaos for escapes P01, P02, P06 and C04: a thousand tenants at work on PostgreSQL with row-level
//! security, while connections are cut by the server and lost by the network, statements and locks
//! time out, the pool runs dry, tasks panic and futures are dropped.
//!
//! `TENANCY_CHAOS_LONG=1` runs a million operations; `TENANCY_CHAOS_OPERATIONS` and
//! `TENANCY_CHAOS_SEED` say how many and which. The seed gives each worker its choices; how they
//! meet is up to the machine.

mod aftermath;
mod model;
mod sabotage;
mod statement;
mod tally;
mod tenant;
mod transaction;
mod world;

use std::time::Instant;

use self::{
    tally::{Failure, Violation},
    tenant::Way,
    world::{World, operations},
};
use sea_orm::ConnectionTrait;

/// Enough for each fault to come up several times.
const ENOUGH: u64 = 10_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_p02_p06_c04_in_chaos_nothing_crosses_and_nothing_acknowledged_is_lost() {
    let operations = operations();
    let begun = Instant::now();
    let world = World::new(Way::Secured, operations).await;
    let prepared = begun.elapsed();
    world.run().await;
    let run = begun.elapsed() - prepared;
    let rows = world.look_around().await;
    println!(
        "prepared in {prepared:.1?}, ran in {run:.1?}, looked around in {:.1?}; {rows}",
        begun.elapsed() - prepared - run
    );
    let tally = world.close().await;
    println!("{tally}");
    tally.assert_no_violations();
    if operations >= ENOUGH {
        for fault in [
            Failure::Killed,
            Failure::Broken,
            Failure::StatementTimeout,
            Failure::LockTimeout,
            Failure::Exhausted,
            Failure::Aborted,
            Failure::Refused,
        ] {
            assert!(tally.failed(fault) > 0, "{fault:?} never happened");
        }
        for fault in [
            "backends terminated at work",
            "connections lost",
            "panics",
            "futures cut",
            "writes cut in a transaction",
            "outcomes unknown",
            "aborted transactions whose commit failed",
        ] {
            assert!(tally.count(fault) > 0, "{fault}: none");
        }
        assert!(tally.count("acknowledged") > operations / 2);
    }
}

/// What the library replaces: the tenant set for the session, on whichever connection it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_harness_notices_a_setting_that_stays_with_its_session() {
    let world = World::new(Way::Naive, 3_000).await;
    world.run().await;
    world.look_around().await;
    let tally = world.close().await;
    println!("{tally}");
    for violation in [Violation::Crossed, Violation::Lost, Violation::Dirty] {
        assert!(tally.violated(violation) > 0, "{violation:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_harness_notices_rows_that_are_lost_changed_moved_or_made_up() {
    for (sql, violation) in [
        ("SELECT", None),
        ("DELETE FROM note WHERE id = 3000000", Some(Violation::Lost)),
        (
            "UPDATE note SET score = -1 WHERE id = 3000000",
            Some(Violation::Lost),
        ),
        (
            "UPDATE note SET tenant_id = (SELECT tenant_id FROM note WHERE id = 4000000) WHERE id = 3000000",
            Some(Violation::Crossed),
        ),
        (
            "UPDATE note SET title = 'of nobody' WHERE id = 3000000",
            Some(Violation::Crossed),
        ),
        (
            "INSERT INTO note (id, tenant_id, title, body, score) SELECT id + 999999, tenant_id, title, body, score FROM note WHERE id = 3000000",
            Some(Violation::Risen),
        ),
    ] {
        let world = World::new(Way::Secured, 0).await;
        world.run().await;
        world.bed.owner.execute_unprepared(sql).await.unwrap();
        world.look_around().await;
        let tally = world.close().await;
        for kind in [Violation::Lost, Violation::Crossed, Violation::Risen] {
            let found = tally.violated(kind) > 0;
            assert_eq!(found, violation == Some(kind), "{sql}: {tally}");
        }
    }
}
