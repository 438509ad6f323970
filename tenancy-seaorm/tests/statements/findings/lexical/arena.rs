//! Runs texts in their scope and on the one-tenant database, in transactions that are rolled back.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement,
    TransactionTrait,
};

use super::{
    came::{Came, sent},
    statements::sqlite,
};
use crate::findings::{
    case::Case,
    model::Model,
    places::Places,
    rows::difference,
    verdict::send,
    world::{World, run},
};

/// Ends what never ends.
const LIMIT: &str = "DO $$ BEGIN EXECUTE \
     format('ALTER DATABASE %I SET statement_timeout = 5000', current_database()); END $$";
const SESSION: &str = "SET /*M!100101 max_statement_time = 5, */ SESSION lock_wait_timeout = 60";

pub struct Arena<'p> {
    pub world: World<'p>,
    pub backend: DbBackend,
    /// Owns the tables of a server's shared database.
    owner: Option<DatabaseConnection>,
}

impl<'p> Arena<'p> {
    pub async fn new(places: &'p Places) -> Self {
        let backend = places.backend;
        let mut model = Model::usual(backend);
        let owner = match backend {
            DbBackend::Sqlite => {
                model.own.push_str(sqlite::LAST_ROWS);
                None
            }
            _ => Some(Database::connect(places.shared.as_str()).await.unwrap()),
        };
        if backend == DbBackend::MySql {
            model.session = Some(SESSION);
        }
        if backend == DbBackend::Postgres {
            let alone = Database::connect(places.alone.as_str()).await.unwrap();
            for db in owner.iter().chain([&alone]) {
                run(db, LIMIT).await;
            }
            alone.close().await.unwrap();
        }
        let mut arena = Self {
            world: World::new(places, model).await,
            backend,
            owner,
        };
        arena.renew().await;
        arena
    }

    pub async fn close(self) {
        self.world.close().await;
        if let Some(owner) = self.owner {
            owner.close().await.unwrap();
        }
    }

    /// All words that the engine calls keywords.
    pub async fn keywords(&self) -> Vec<String> {
        let Some(question) = keywords_question(self.backend) else {
            return sqlite::KEYWORDS.iter().map(|word| (*word).into()).collect();
        };
        let question = Statement::from_string(self.backend, question);
        let rows = self.world.alone.query_all_raw(question).await.unwrap();
        let word = |row: &QueryResult| row.try_get_by_index::<String>(0).unwrap();
        rows.iter().map(word).collect()
    }

    /// Makes all rows, and the ids that come next, what they were.
    pub async fn renew(&mut self) {
        self.world.restore().await;
        self.world.restore_alone().await;
        let sql = match self.backend {
            DbBackend::Postgres => {
                "SELECT setval(pg_get_serial_sequence('note', 'id'), 5000, false)"
            }
            DbBackend::MySql => "ALTER TABLE note AUTO_INCREMENT = 10000",
            _ => return,
        };
        for db in self.owner.iter().chain([&self.world.alone]) {
            run(db, sql).await;
        }
    }

    pub async fn scoped(&mut self, case: &Case) -> Came {
        let transaction = self.world.scoped.begin().await.unwrap();
        let came = sent(&transaction, self.backend, case).await;
        // The text has ended it.
        if transaction.rollback().await.is_err() {
            self.world.restore().await;
        }
        came
    }

    /// Only for what the scoped connection has accepted: others may change the server.
    pub async fn plain(&mut self, case: &Case) -> Came {
        self.plain_after("", case).await
    }

    /// The same after other statements.
    pub async fn plain_after(&mut self, before: &str, case: &Case) -> Came {
        let transaction = self.world.alone.begin().await.unwrap();
        if !before.is_empty() {
            transaction.execute_unprepared(before).await.unwrap();
        }
        let came = sent(&transaction, self.backend, case).await;
        if transaction.rollback().await.is_err() {
            self.world.restore_alone().await;
        }
        came
    }

    /// Sends texts that are not rolled back, and says which of them change what is others'.
    pub async fn commit(&mut self, cases: &[Case]) -> Vec<String> {
        let mut faults = Vec::new();
        if self.world.state().await != self.world.base {
            faults.push("something was not rolled back".into());
            self.world.restore().await;
        }
        if self.world.state_alone().await != self.world.base_alone {
            self.world.restore_alone().await;
        }
        if self.committed(cases).await.is_none() {
            return faults;
        }
        for case in cases {
            if let Some(change) = self.committed(std::slice::from_ref(case)).await {
                faults.push(format!(
                    "{}\n    rows of others changed: {change}",
                    case.shown()
                ));
            }
        }
        faults
    }

    /// What becomes of others' rows.
    async fn committed(&mut self, cases: &[Case]) -> Option<String> {
        for case in cases {
            // What it answers has been looked at.
            let sending = send(&self.world.scoped, self.backend, case);
            drop(AssertUnwindSafe(sending).catch_unwind().await);
        }
        let after = self.world.state().await;
        let base = &self.world.base.others;
        let change = (after.others != *base).then(|| difference(&after.others, base));
        self.world.restore().await;
        change
    }
}

/// What asks a server for its keywords.
fn keywords_question(backend: DbBackend) -> Option<&'static str> {
    match backend {
        DbBackend::Postgres => Some("SELECT word FROM pg_get_keywords() ORDER BY word"),
        DbBackend::MySql => {
            Some("SELECT CAST(WORD AS CHAR) FROM information_schema.KEYWORDS ORDER BY 1")
        }
        _ => None,
    }
}
