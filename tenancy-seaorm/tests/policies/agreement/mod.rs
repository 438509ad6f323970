//! One policy, enforced three times: for random policies, rows and contexts the planner on three
//! engines, PostgreSQL's policies and the check in memory agree with what the policy says, written
//! down once more in `model`.

mod memory;
mod model;
mod people;
mod policies;
mod policy;
mod world;

use sea_orm::DbBackend;

use policy::Rules;
use world::World;

/// Random policies for each engine and each kind of tenant ids.
const POLICIES: u64 = 8;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

async fn agree(backend: DbBackend) {
    let seed = setting("TENANCY_AGREEMENT_SEED", 0x5eed);
    let policies = setting("TENANCY_AGREEMENT_POLICIES", POLICIES);
    for kind in people::KINDS {
        // Each in a database of its own: what is prepared for ids of one kind does not fit another.
        testbed::on(backend, async |bed| {
            for number in 0..policies {
                let seed = seed + number;
                println!("{backend:?}, {kind:?}, TENANCY_AGREEMENT_SEED={seed}");
                let mut random = fastrand::Rng::with_seed(seed);
                let rules = Rules::random(&mut random, backend);
                let world = World::new(bed, kind, rules, &mut random).await;
                world.agrees().await;
                world.remove().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a07_on_sqlite() {
    if testbed::backends().contains(&DbBackend::Sqlite) {
        agree(DbBackend::Sqlite).await;
    }
}

#[tokio::test]
async fn a07_on_postgresql() {
    if testbed::backends().contains(&DbBackend::Postgres) {
        agree(DbBackend::Postgres).await;
    }
}

#[tokio::test]
async fn a07_on_mysql() {
    if testbed::backends().contains(&DbBackend::MySql) {
        agree(DbBackend::MySql).await;
    }
}
