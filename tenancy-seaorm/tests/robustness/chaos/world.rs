//! A thousand tenants in one database, those who work for them, and what they do next.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicI32, AtomicU64, Ordering},
    },
};

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use tenancy_seaorm::RowSecurity;
use testbed::{Testbed, cut::cut_after, wire::Wire};

use super::{
    model::{Rows, marker},
    sabotage::Fault,
    statement,
    tally::Tally,
    tenant::{Pool, ROWS, Tenant, Way},
    transaction,
};

const TENANTS: usize = 1_000;
const WORKERS: u64 = 24;

/// How many operations this run has.
pub fn operations() -> u64 {
    let long = env::var("TENANCY_CHAOS_LONG").is_ok_and(|long| long == "1");
    number("TENANCY_CHAOS_OPERATIONS").unwrap_or(if long { 1_000_000 } else { 20_000 })
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {value}")),
    )
}

pub struct World {
    pub bed: Testbed,
    pub tally: Tally,
    pub tenants: Vec<Arc<Tenant>>,
    /// One that tries a connection before it lends it, as is the default, and one that does not.
    pub pools: [Pool; 2],
    /// Where the second one's connections run.
    wire: Wire,
    pub way: Way,
    operations: u64,
    seed: u64,
    begun: AtomicU64,
    scores: AtomicI32,
}

impl World {
    pub async fn new(way: Way, operations: u64) -> Arc<Self> {
        let bed = Testbed::new(DbBackend::Postgres).await;
        let tenants: Vec<_> = (0..TENANTS).map(|index| Tenant::new(index, way)).collect();
        let mut rows = Vec::new();
        for tenant in &tenants {
            for id in tenant.pinned()..tenant.pinned() + ROWS {
                let marker = marker(tenant.id);
                rows.push(format!("({id}, '{}', '{marker}', '', 1)", tenant.id));
            }
        }
        let rows = rows.join(", ");
        for sql in [
            format!("INSERT INTO note (id, tenant_id, title, body, score) VALUES {rows}"),
            "CREATE INDEX ON note (tenant_id, id)".into(),
            "ANALYZE note".into(),
            // No server crashes here, and nobody waits for the disk.
            format!("ALTER ROLE {} SET synchronous_commit = off", bed.role),
            // Long enough for whatever is not meant to wait.
            format!("ALTER ROLE {} SET statement_timeout = '250ms'", bed.role),
            format!("ALTER ROLE {} SET lock_timeout = '60ms'", bed.role),
        ] {
            bed.owner.execute_unprepared(&sql).await.unwrap();
        }
        let security = RowSecurity::of(&testbed::catalog());
        let security = security.application_role(&bed.role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        let url = bed.application_url();
        let wire = Wire::to(url).await;
        let pools = [
            Pool::new(url, way, true).await,
            Pool::new(wire.url(), way, false).await,
        ];
        Arc::new(Self {
            tally: Tally::default(),
            tenants,
            pools,
            wire,
            way,
            operations,
            seed: number("TENANCY_CHAOS_SEED").unwrap_or(7),
            begun: AtomicU64::new(0),
            scores: AtomicI32::new(2),
            bed,
        })
    }

    pub fn score(&self) -> i32 {
        self.scores.fetch_add(1, Ordering::Relaxed)
    }

    /// Lets everybody work until everything is done.
    pub async fn run(self: &Arc<Self>) {
        println!(
            "{} operations with TENANCY_CHAOS_SEED={}",
            self.operations, self.seed
        );
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let world = Arc::clone(self);
                let mut random = fastrand::Rng::with_seed(self.seed.wrapping_mul(WORKERS) + worker);
                tokio::spawn(async move {
                    loop {
                        let number = world.begun.fetch_add(1, Ordering::Relaxed);
                        if number >= world.operations {
                            break;
                        }
                        world.turn(number, &mut random).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
    }

    async fn turn(self: &Arc<Self>, number: u64, random: &mut fastrand::Rng) {
        self.tally.add("operations", 1);
        let pool = &self.pools[random.usize(..2)];
        let tenant = random.choice(&self.tenants).unwrap();
        let outcome = match Fault::at(number) {
            Some(Fault::Kill) => return self.kill(random).await,
            Some(Fault::Lose) => {
                let lost = self.wire.lose(random);
                return self.tally.add("connections lost", u64::from(lost));
            }
            Some(Fault::LockTable) => return self.lock_table().await,
            Some(Fault::Hoard) => self.hoard(pool, random).await,
            Some(Fault::Inspect) => self.inspect(pool).await,
            Some(Fault::Slow) => {
                let rows = tenant.rows().lock().await;
                self.slow(pool, tenant, &rows, random).await
            }
            Some(Fault::Blocked) => {
                let mut rows = tenant.rows().lock().await;
                self.blocked(pool, tenant, &mut rows).await
            }
            Some(Fault::Panic) => {
                let rows = tenant.rows().lock().await;
                match pool.scoped(tenant).await {
                    Ok(connection) => {
                        let random = random.fork();
                        transaction::panic(self, connection, tenant, rows.clone(), random).await
                    }
                    Err(error) => Err(error),
                }
            }
            None => {
                let mut rows = tenant.rows().lock().await;
                let unknown = rows.unknown();
                // A client that goes away: the future is dropped at some await point, if it gets
                // that far.
                let polls = match random.u8(..10) {
                    0 => random.usize(..20),
                    _ => usize::MAX,
                };
                let work = self.work(pool, tenant, &mut rows, random);
                let outcome = cut_after(polls, work).await;
                let unknown = rows.unknown().saturating_sub(unknown);
                self.tally.add("outcomes unknown", u64::from(unknown > 0));
                match outcome {
                    Some(outcome) => outcome,
                    None => return self.tally.add("futures cut", 1),
                }
            }
        };
        self.tally.came_of_it(&outcome);
    }

    async fn work(
        &self,
        pool: &Pool,
        tenant: &Tenant,
        rows: &mut Rows,
        random: &mut fastrand::Rng,
    ) -> Result<(), DbErr> {
        let connection = pool.scoped(tenant).await?;
        match random.u8(..10) {
            0..=1 => transaction::run(self, &connection, tenant, rows, random).await,
            2 => {
                let others = &self.tenants[random.usize(..TENANTS)];
                let theirs = if others.index == tenant.index {
                    self.tenants[(tenant.index + 1) % TENANTS].pinned()
                } else {
                    others.pinned()
                };
                statement::trespass(self, &connection, tenant, theirs, random).await
            }
            _ => statement::any(self, &connection, tenant, rows, random).await,
        }
    }

    /// Removes the database, and leaves what happened in it to be judged.
    pub async fn close(self: Arc<Self>) -> Tally {
        let world = Arc::into_inner(self).expect("nobody works any more");
        for pool in world.pools {
            pool.connection.close().await.unwrap();
        }
        world.bed.close().await;
        world.tally
    }
}
