//! What the world does to the service.

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait,
    sqlx::{self, Executor, Row},
};

use super::{
    model::Rows,
    statement::{self, Write},
    tally::{Failure, Violation},
    tenant::{CONNECTIONS, Pool, Tenant},
    world::World,
};

/// What happens every so many operations. The numbers share no divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    LockTable,
    Hoard,
    Slow,
    Blocked,
    Kill,
    Lose,
    Panic,
    Inspect,
}

const EVERY: [(u64, Fault); 8] = [
    (1999, Fault::LockTable),
    (997, Fault::Hoard),
    (401, Fault::Slow),
    (151, Fault::Blocked),
    (71, Fault::Lose),
    (61, Fault::Kill),
    (53, Fault::Panic),
    (41, Fault::Inspect),
];

impl Fault {
    pub fn at(number: u64) -> Option<Self> {
        let due = |(every, fault): &(u64, Self)| (number % every == every / 2).then_some(*fault);
        EVERY.iter().find_map(due)
    }
}

impl World {
    /// The administrator terminates a session of the application, half of the time one that is at
    /// work.
    pub async fn kill(&self, random: &mut fastrand::Rng) {
        let order = if random.bool() {
            "state = 'idle', random()"
        } else {
            "random()"
        };
        let sql = format!(
            "SELECT (state <> 'idle')::integer AS at_work FROM (SELECT pid, state FROM pg_stat_activity WHERE usename = $1 ORDER BY {order} LIMIT 1) victim
             WHERE pg_terminate_backend(pid)"
        );
        let role = self.bed.role.clone().into();
        let kill = Statement::from_sql_and_values(DbBackend::Postgres, sql, [role]);
        let killed = self.bed.owner.query_one_raw(kill).await.unwrap();
        self.tally
            .add("backends terminated", u64::from(killed.is_some()));
        let at_work = killed.is_some_and(|row| row.try_get_by_index(0) == Ok(1));
        self.tally
            .add("backends terminated at work", u64::from(at_work));
    }

    /// A migration takes a lock that no write gets past, for longer than anybody waits.
    pub async fn lock_table(&self) {
        let lock = "LOCK TABLE note IN SHARE ROW EXCLUSIVE MODE";
        if let Some(locked) = self.lock(lock).await {
            locked
                .execute_unprepared("SELECT pg_sleep(0.1)")
                .await
                .unwrap();
            locked.rollback().await.unwrap();
        }
    }

    /// A transaction of the administrator's with a lock, unless somebody who never lets go has it.
    async fn lock(&self, lock: &str) -> Option<DatabaseTransaction> {
        let owner = self.bed.owner.begin().await.unwrap();
        let patience = "SET LOCAL lock_timeout = '2s'";
        owner.execute_unprepared(patience).await.unwrap();
        let locked = owner.execute_unprepared(lock).await;
        self.tally.add("locks taken", u64::from(locked.is_ok()));
        locked.is_ok().then_some(owner)
    }

    /// Somebody takes connections until there are none.
    pub async fn hoard(&self, pool: &Pool, random: &mut fastrand::Rng) -> Result<(), DbErr> {
        let mut held = Vec::new();
        let mut outcome = Ok(());
        for _ in 0..=CONNECTIONS {
            let tenant = random.choice(&self.tenants).unwrap();
            match pool.scoped(tenant).await?.begin().await {
                Ok(transaction) => held.push(transaction),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        if outcome.is_ok() {
            let what = format!("{} connections of {CONNECTIONS}", held.len());
            self.tally.violation(Violation::Unexplained, what);
        }
        outcome
    }

    /// A statement that takes longer than it may, on its own or after a write that must then be
    /// undone.
    pub async fn slow(
        &self,
        pool: &Pool,
        tenant: &Tenant,
        rows: &Rows,
        random: &mut fastrand::Rng,
    ) -> Result<(), DbErr> {
        let connection = pool.scoped(tenant).await?;
        let slow = "SELECT id FROM note WHERE pg_sleep(5) IS NOT NULL";
        let done = if random.bool() {
            connection.execute_unprepared(slow).await?
        } else {
            let transaction = connection.begin().await?;
            let mut changed = rows.clone();
            let write = statement::choose(self, tenant, rows, random);
            statement::write(self, &transaction, tenant, &mut changed, write).await?;
            transaction.execute_unprepared(slow).await?
        };
        let what = format!("{} rows in no time", done.rows_affected());
        self.tally.violation(Violation::Unexplained, what);
        Ok(())
    }

    /// A write to a row that somebody else has locked.
    pub async fn blocked(
        &self,
        pool: &Pool,
        tenant: &Tenant,
        rows: &mut Rows,
    ) -> Result<(), DbErr> {
        let id = tenant.pinned();
        let lock = format!("SELECT FROM note WHERE id = {id} FOR UPDATE");
        let Some(locked) = self.lock(&lock).await else {
            return Ok(());
        };
        let connection = pool.scoped(tenant).await?;
        let score = self.score();
        let write = Write::Update { id, score };
        let outcome = statement::write(self, &connection, tenant, rows, write).await;
        locked.rollback().await.unwrap();
        if outcome.is_ok() {
            let what = "a locked row was written".to_owned();
            self.tally.violation(Violation::Unexplained, what);
        }
        outcome
    }

    /// Borrows a connection as it comes out of the pool and looks at what is left in it.
    pub async fn inspect(&self, pool: &Pool) -> Result<(), DbErr> {
        let borrowed = pool
            .connection
            .get_postgres_connection_pool()
            .acquire()
            .await;
        let mut connection = borrowed.map_err(|error| match error {
            sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout),
            other => DbErr::Conn(sea_orm::RuntimeErr::SqlxError(other.into())),
        })?;
        self.inspect_one(&mut connection).await
    }

    pub async fn inspect_one(&self, connection: &mut sqlx::PgConnection) -> Result<(), DbErr> {
        // By the simple protocol, in which a statement outside of a transaction begins with its
        // transaction.
        let look = "SELECT transaction_timestamp() = statement_timestamp(), concat(current_setting('app.tenant_id', true), current_setting('app.user_scope', true), current_setting('app.user_id', true))";
        let looked = connection.fetch_all(sqlx::raw_sql(look)).await;
        let found = match looked {
            Ok(rows) => match (rows[0].get::<bool, _>(0), rows[0].get::<&str, _>(1)) {
                (true, "") => return Ok(()),
                (is_outside, setting) => format!("outside: {is_outside}, setting: {setting:?}"),
            },
            Err(error) => {
                let error = DbErr::Query(sea_orm::RuntimeErr::SqlxError(error.into()));
                if Failure::of(&error) != Failure::Aborted {
                    return Err(error);
                }
                "an aborted transaction".to_owned()
            }
        };
        self.tally.violation(Violation::Dirty, found);
        Ok(())
    }
}
