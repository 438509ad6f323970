//! The reference oracle of the isolation contract: a scoped statement on the shared database
//! behaves as the same statement on a database that holds only the tenant's rows, and leaves every
//! other row as it was. On PostgreSQL the same holds of statements that row-level security alone
//! keeps to the tenant, and of scoped ones under row-level security.
//!
//! Where tenants read rows that others share or provide, the tenant's own database holds these as
//! well, and triggers keep them.
//!
//! Schemas, rows and statements are random. `TENANCY_ORACLE_STATEMENTS` sets how many statements
//! each test runs, `TENANCY_ORACLE_SEED` where they start, and `TENANCY_ORACLE_LONG=1` runs a
//! million, `TENANCY_ORACLE_SHOW=1` prints each before it is sent. A case that differs is made as
//! small as it can be and printed with both outcomes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::explicit_auto_deref, // its advice does not compile for a generic function
    clippy::large_enum_variant,
    clippy::needless_range_loop,
    clippy::while_let_loop,
    missing_docs,
    unreachable_pub
)]

mod build;
mod collide;
mod compare;
mod express;
mod fixed;
mod generate;
mod history;
mod locks;
mod orm;
mod outcome;
mod places;
mod poison;
mod readers;
mod refused;
mod render;
mod report;
mod row;
mod rows;
mod schema;
mod shrink;
mod state;
mod traps;
mod tree;
mod world;
mod write;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::DbBackend;

use compare::{Case, Verdict, judge};
use generate::Generator;
use locks::Locks;
use places::Places;
use report::Report;
use schema::Schema;
use world::World;

/// Statements per schema.
const PER_SCHEMA: u64 = 500;

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_sqlite() {
    run(DbBackend::Sqlite, Locks::Planner, 20_000).await;
}

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_postgres() {
    run(DbBackend::Postgres, Locks::Planner, 20_000).await;
}

#[tokio::test]
async fn d09_statements_under_row_security_alone_agree_with_a_database_of_one_tenant_on_postgres() {
    run(DbBackend::Postgres, Locks::RowSecurity, 20_000).await;
}

#[tokio::test]
async fn d09_scoped_statements_under_row_security_agree_with_a_database_of_one_tenant_on_postgres()
{
    run(DbBackend::Postgres, Locks::Both, 20_000).await;
}

#[tokio::test]
async fn scoped_statements_agree_with_a_database_of_one_tenant_on_mysql() {
    run(DbBackend::MySql, Locks::Planner, 20_000).await;
}

async fn run(backend: DbBackend, locks: Locks, statements: u64) {
    let statements = match setting("TENANCY_ORACLE_LONG", 0) {
        0 => setting("TENANCY_ORACLE_STATEMENTS", statements),
        _ => 1_000_000,
    };
    let seed = setting("TENANCY_ORACLE_SEED", 0x7e4a_4c79);
    println!(
        "oracle on {backend:?} with {locks:?}: {statements} statements, TENANCY_ORACLE_SEED={seed}"
    );
    let places = Places::new(backend, locks).await;
    let outcome = AssertUnwindSafe(all(backend, seed, statements, &places))
        .catch_unwind()
        .await;
    places.remove().await;
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

async fn all(backend: DbBackend, seed: u64, statements: u64, places: &Places) {
    let mut report = Report::new(backend, places.locks);
    let mut done = 0;
    for number in 0.. {
        if done >= statements {
            break;
        }
        // Each schema has a seed of its own: `TENANCY_ORACLE_SEED` starts at any of them.
        let seed = seed + number;
        let mut random = fastrand::Rng::with_seed(seed);
        let is_bed = seed % 4 == 3;
        let schema = match is_bed {
            true => Schema::of_the_bed(&mut random, backend),
            false => Schema::random(&mut random, backend, places.locks),
        };
        let world = World::new(places, schema, &mut random).await;
        let mut fixed = is_bed.then(|| fixed::Generator::new(seed, backend, &world));
        for statement in 0..PER_SCHEMA.min(statements - done) {
            let actor = &world.actors[random.usize(..world.actors.len())];
            let case = next(&world, &mut random, fixed.as_mut(), actor.tenant);
            if setting("TENANCY_ORACLE_SHOW", 0) > 0 {
                println!("statement {statement} of {seed}: {}", case.shown());
            }
            let verdict = judge(&world, actor, &case).await;
            let (case, verdict) = match verdict {
                Verdict::Differs(_) => compare::shrunk(&world, actor, case, verdict).await,
                Verdict::Refused(_) if report.is_new(&case, &verdict) => {
                    report.add(&case, &verdict);
                    let (smallest, _) = compare::shrunk(&world, actor, case, verdict).await;
                    println!("refused: {}", smallest.shown());
                    continue;
                }
                verdict => (case, verdict),
            };
            if let Verdict::Differs(difference) = &verdict {
                report.print();
                panic!(
                    "statement {statement} of TENANCY_ORACLE_SEED={seed} on {backend:?} with {:?}:\n{}\n{difference}\nplanned: {}\n{}",
                    world.locks,
                    case.shown(),
                    actor.side.planned(&case.scoped),
                    world.schema.definition(false)
                );
            }
            report.add(&case, &verdict);
        }
        done += PER_SCHEMA.min(statements - done);
        world.close().await;
    }
    report.print();
    report.check(statements);
}

/// Some statement of the tenant.
fn next(
    world: &World,
    random: &mut fastrand::Rng,
    fixed: Option<&mut fixed::Generator>,
    tenant: usize,
) -> Case {
    if world.locks.has_policies()
        && random.u8(..100) < 4
        && let Some(case) = collide::case(random, world, tenant)
    {
        return case;
    }
    match fixed {
        Some(fixed) if random.u8(..3) == 0 => fixed.call(&world.schema, tenant),
        Some(fixed) if random.bool() => fixed.case(&world.schema, tenant),
        _ if random.u8(..100) < 4 => refused::case(random, &world.schema, world.locks, tenant),
        _ => {
            let style = random.u64(..);
            let tree = Generator::new(random, world, tenant).statement();
            Case::of_tree(tree, world.schema.backend, style)
        }
    }
}
