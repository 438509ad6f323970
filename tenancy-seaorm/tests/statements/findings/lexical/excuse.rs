//! Differences between the two databases that no reading of a text makes.

use sea_orm::DbBackend;

use super::{
    arena::Arena,
    came::{Came, OWN},
};
use crate::findings::{case::Case, verdict::Verdict, world::run};

/// What is another at every call.
const CHANGING: &[&str] = &[
    "current_time",
    "current_date",
    "localtime",
    "now",
    "clock_",
    "timeofday",
    "sysdate",
    "utc_",
    "statement_time",
    "transaction_time",
    "rand",
    "uuid",
    "changes",
    "last_insert",
];

/// What answers by the order in which rows come, where rows cannot be put in another.
const ORDERED: &[&str] = &["limit", "group_concat", "over", "fetch", "json_arrayagg"];

/// What leaves out or changes a row where there is one of its key, which may be another's.
const BY_KEYS: &[&str] = &["conflict", "ignore", "duplicate", "replace"];

/// Errors in values, by which row is read first or what is tested first.
const OF_VALUES: &[&str] = &[
    // PostgreSQL: cardinality, data, constraints, and what took too long.
    "code: \"21",
    "code: \"22",
    "code: \"23",
    "code: \"57014",
    // MariaDB.
    "number: 1242",
    "number: 1264",
    "number: 1292",
    "number: 1365",
    "number: 1366",
    "number: 1406",
    "number: 1441",
    "number: 1690",
    "number: 1969",
    "number: 3024",
    "number: 4038",
    // SQLite.
    "integer overflow",
    "malformed JSON",
    "JSON path",
    "constraint failed",
    "datatype mismatch",
    "interrupted",
    "too big",
];

/// A key that another row has, which may be another's.
const TAKEN: &[&str] = &["code: \"23505", "number: 1062", "UNIQUE constraint failed"];

impl Arena<'_> {
    /// Whether a difference that was found is none of reading.
    pub async fn is_excused(&mut self, case: &Case) -> bool {
        let text = case.sent[0].sql.to_lowercase();
        if holds(&text, CHANGING) {
            return true;
        }
        // A name in double quotes that is no column is a string to SQLite, and is sent as a name.
        if self.backend == DbBackend::Sqlite
            && text.contains('"')
            && matches!(&self.scoped(case).await.verdict, Verdict::Failed(error) if error.contains("no such column"))
        {
            return true;
        }
        let plain = self.plain(case).await;
        if !self.plain(case).await.is_same(&plain) || self.depends_on_order(case, &plain).await {
            return true;
        }
        let scoped = self.scoped(case).await;
        self.world.isolate().await;
        let isolated = self.scoped(case).await;
        self.world.restore().await;
        match (&scoped.verdict, &plain.verdict) {
            (Verdict::Failed(error), Verdict::Answered(_)) => {
                let is_taken = holds(error, TAKEN) && isolated.is_same(&plain);
                is_taken || (holds(error, OF_VALUES) && isolated.is_same(&scoped))
            }
            (Verdict::Answered(_), Verdict::Failed(error)) => {
                holds(error, OF_VALUES) && isolated.is_same(&scoped)
            }
            _ => case.writes() && holds(&text, BY_KEYS) && isolated.is_same(&plain),
        }
    }

    /// Whether the one-tenant database itself answers otherwise where rows lie in another order.
    async fn depends_on_order(&mut self, case: &Case, plain: &Came) -> bool {
        let shaken = match self.backend {
            DbBackend::Postgres => {
                let before: String = OWN.into_iter().map(turned).collect();
                self.plain_after(&before, case).await
            }
            DbBackend::Sqlite => {
                let turn = "PRAGMA reverse_unordered_selects = ";
                run(&self.world.alone, &format!("{turn} ON")).await;
                let shaken = self.plain(case).await;
                run(&self.world.alone, &format!("{turn} OFF")).await;
                shaken
            }
            _ => return holds(&case.sent[0].sql.to_lowercase(), ORDERED),
        };
        !shaken.is_same(plain)
    }
}

/// What puts the rows of a table of PostgreSQL's in the opposite order.
fn turned(table: &str) -> String {
    format!(
        "CREATE TEMPORARY TABLE turned AS SELECT * FROM {table};
         DELETE FROM {table};
         INSERT INTO {table} SELECT * FROM turned ORDER BY ctid DESC;
         DROP TABLE turned;"
    )
}

fn holds(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}
