//! What is left when everybody is done.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryOrder, Statement,
};
use testbed::note;

use super::{
    model::is_of,
    tally::Violation,
    tenant::{CONNECTIONS, Pool, Way},
    world::World,
};

impl World {
    /// Requires clean pools, no transaction, and the rows that the model knows. Says how many there
    /// are.
    pub async fn look_around(&self) -> String {
        // What the naive way leaves open stays open.
        let patience = match self.way {
            Way::Secured => Duration::from_secs(30),
            Way::Naive => Duration::ZERO,
        };
        let until = Instant::now() + patience;
        for pool in &self.pools {
            self.borrow_all(pool, until).await;
        }
        self.no_transaction_is_open(until).await;
        for pool in &self.pools {
            for tenant in self.tenants.iter().step_by(50) {
                let count = async || {
                    let connection = pool.scoped(tenant).await?;
                    note::Entity::find().count(&connection).await
                };
                let (least, most) = tenant.rows().lock().await.bounds();
                match count().await {
                    Ok(number) if (least..=most).contains(&number) => {}
                    other => {
                        let what = format!("tenant {} counts {other:?} rows", tenant.index);
                        self.tally.violation(Violation::Lost, what);
                    }
                }
            }
        }
        self.compare().await
    }

    /// Takes every connection of a pool at once, and looks at each. Those that are being rolled
    /// back come when they are done.
    async fn borrow_all(&self, pool: &Pool, until: Instant) {
        let sqlx = pool.connection.get_postgres_connection_pool();
        let mut borrowed = Vec::new();
        while borrowed.len() < CONNECTIONS as usize {
            match sqlx.acquire().await {
                // One that was terminated while it was idle is given back, and replaced.
                Ok(mut connection) => match self.inspect_one(&mut connection).await {
                    Ok(()) => borrowed.push(connection),
                    Err(error) => self.not_yet(until, &error),
                },
                Err(error) => self.not_yet(until, &error),
            }
            if Instant::now() > until {
                break;
            }
        }
    }

    fn not_yet(&self, until: Instant, error: &dyn std::error::Error) {
        if Instant::now() > until {
            let what = format!("the pool is of no use: {error}");
            self.tally.violation(Violation::Dirty, what);
        }
    }

    /// Nobody is in a transaction, and there are no more sessions than the pools hold.
    async fn no_transaction_is_open(&self, until: Instant) {
        let sql = "SELECT count(*) FILTER (WHERE state <> 'idle' OR xact_start IS NOT NULL), count(*) FROM pg_stat_activity WHERE usename = $1";
        // Those of closed connections take their time to notice.
        loop {
            let role = self.bed.role.clone().into();
            let look = Statement::from_sql_and_values(DbBackend::Postgres, sql, [role]);
            let row = self.bed.owner.query_one_raw(look).await.unwrap().unwrap();
            let open: i64 = row.try_get_by_index(0).unwrap();
            let sessions: i64 = row.try_get_by_index(1).unwrap();
            // And one of the bed's own.
            if open == 0 && sessions <= 2 * i64::from(CONNECTIONS) + 1 {
                return;
            }
            if Instant::now() > until {
                let what = format!("{open} transactions are open in {sessions} sessions");
                return self.tally.violation(Violation::Dirty, what);
            }
        }
    }

    /// Compares each row, as the owner sees it, with the model.
    async fn compare(&self) -> String {
        let all = note::Entity::find().order_by_asc(note::Column::Id);
        let found: Result<Vec<_>, DbErr> = all.all(&self.bed.owner).await;
        let found = found.unwrap();
        let number = found.len();
        let mut by_id: HashMap<i64, note::Model> =
            found.into_iter().map(|row| (row.id, row)).collect();
        let mut unknown = 0;
        for tenant in &self.tenants {
            let rows = tenant.rows().lock().await;
            unknown += rows.unknown();
            for id in rows.ids() {
                let row = by_id.remove(&id);
                if let Some(row) = row.as_ref().filter(|row| !is_of(row, tenant.index)) {
                    let what = format!("{row:?} is not of tenant {}", tenant.index);
                    self.tally.violation(Violation::Crossed, what);
                    continue;
                }
                let state = row.and_then(|row| row.score);
                if !rows.allows(id, state) {
                    let what = format!("{id} is left as {state:?}, of {rows:?}");
                    self.tally.violation(Violation::Lost, what);
                }
            }
        }
        for row in by_id.into_values() {
            let index = usize::try_from(row.id / super::model::SPAN).unwrap();
            let kind = if is_of(&row, index) {
                Violation::Risen
            } else {
                Violation::Crossed
            };
            let what = format!("{row:?} is there, and should not be");
            self.tally.violation(kind, what);
        }
        format!("{number} rows, {unknown} of them in a state that nobody was told")
    }
}
