//! Escape R21: SQL that was injected through pasted strings reads and changes the tenant's rows
//! only, or is refused.
//!
//! Every payload runs three times: scoped, on the shared database; scoped, on a database that holds
//! only the tenant's rows, where it must do the same, so that not even a condition learns of
//! another tenant; and plain, to show that it has teeth.

mod endpoints;
mod payloads;

use std::collections::BTreeMap;

use endpoints::{ENDPOINTS, Endpoint};
use payloads::Class;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, JsonValue, Statement, TransactionTrait};
use tenancy_seaorm::Error;
use testbed::{ACME, GLOBEX, Testbed};

/// In every text of GLOBEX's and in no payload.
const MARKER: &str = "7f3a9c";
/// An amount of the table that is in no catalog.
const AMOUNT: i64 = 777_000_777;

/// What became of the payloads of one class.
#[derive(Debug, Default)]
struct Tally {
    sent: u32,
    accepted: u32,
    refused: u32,
    /// Let through, and an error of the database's.
    failed: u32,
    /// Showed or changed another tenant's row on the plain connection.
    potent: u32,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    /// Each row's values, in no order.
    Rows(Vec<String>),
    Affected(u64),
    Failed,
}

#[tokio::test]
async fn r21_injected_sql_stays_inside_the_tenant_on_sqlite() {
    run(DbBackend::Sqlite, 1_000).await;
}

#[tokio::test]
async fn r21_injected_sql_stays_inside_the_tenant_on_postgres() {
    run(DbBackend::Postgres, 1_000).await;
}

#[tokio::test]
async fn r21_injected_sql_stays_inside_the_tenant_on_mysql() {
    run(DbBackend::MySql, 1_000).await;
}

/// Requires of at least `potent` payloads that the plain connection falls for them.
async fn run(backend: DbBackend, potent: u32) {
    if !testbed::backends().contains(&backend) {
        return;
    }
    let shared = Testbed::new(backend).await;
    let alone = Testbed::new(backend).await;
    for bed in [&shared, &alone] {
        bed.fill().await;
        mark(bed).await;
    }
    for table in ["author", "note", "ledger"] {
        let sql = alone.sql(
            &format!("DELETE FROM {table} WHERE tenant_id = $1"),
            [GLOBEX.into()],
        );
        alone.owner.execute_raw(sql).await.unwrap();
    }
    let site = Site {
        all: shared.snapshot().await,
        only: alone.snapshot().await,
        shared,
        alone,
    };
    let mut tallies: BTreeMap<Class, Tally> = BTreeMap::new();
    let globex = GLOBEX.to_string();
    let payloads = payloads::of(backend, &globex);
    for endpoint in ENDPOINTS {
        site.is_useful(endpoint).await;
        for (class, value) in endpoint.values(&payloads, &globex) {
            site.send(endpoint, &value, tallies.entry(class).or_default())
                .await;
        }
        site.compare(endpoint.name, true).await;
    }
    println!(
        "{backend:?}: class, sent, accepted, refused, database errors, potent on the plain connection"
    );
    for (
        class,
        Tally {
            sent,
            accepted,
            refused,
            failed,
            potent,
        },
    ) in &tallies
    {
        println!("{class:?}: {sent}, {accepted}, {refused}, {failed}, {potent}");
    }
    let total = |of: fn(&Tally) -> u32| tallies.values().map(of).sum::<u32>();
    println!(
        "total: {}, {}, {}, {}, {}",
        total(|t| t.sent),
        total(|t| t.accepted),
        total(|t| t.refused),
        total(|t| t.failed),
        total(|t| t.potent)
    );
    assert!(total(|t| t.potent) >= potent, "too few payloads have teeth");
    assert!(
        total(|t| t.accepted) >= potent,
        "too few payloads were scoped instead of refused"
    );
    site.shared.close().await;
    site.alone.close().await;
}

/// Puts a marker into every text of GLOBEX's, and into what is in no catalog.
async fn mark(bed: &Testbed) {
    for (tenant, text) in [(ACME, "acme "), (GLOBEX, "globex 7f3a9c ")] {
        for (table, column) in [("author", "name"), ("note", "title"), ("note", "body")] {
            let joined = match bed.backend {
                DbBackend::MySql => format!("CONCAT('{text}', {column})"),
                _ => format!("'{text}' || {column}"),
            };
            let sql = format!("UPDATE {table} SET {column} = {joined} WHERE tenant_id = $1");
            bed.owner
                .execute_raw(bed.sql(&sql, [tenant.into()]))
                .await
                .unwrap();
        }
    }
    let sql = format!("UPDATE ledger SET amount = {AMOUNT}");
    bed.owner.execute_unprepared(&sql).await.unwrap();
}

struct Site {
    shared: Testbed,
    /// The same without any other tenant.
    alone: Testbed,
    /// The rows of both at first.
    all: Vec<JsonValue>,
    only: Vec<JsonValue>,
}

impl Site {
    /// The positive control: a harmless value finds, or changes, what it should.
    async fn is_useful(&self, endpoint: &Endpoint) {
        let sql = endpoint.text(endpoint.harmless, self.shared.backend);
        match run_on(&self.shared.acme(), &sql).await.unwrap() {
            Outcome::Rows(rows) => assert!(rows.join("").contains("acme"), "{sql}: {rows:?}"),
            Outcome::Affected(rows) => assert_eq!(rows, 1, "{sql}"),
            Outcome::Failed => unreachable!("unwrapped"),
        }
        restore(&self.shared, &self.all).await;
    }

    async fn send(&self, endpoint: &Endpoint, value: &str, tally: &mut Tally) {
        tally.sent += 1;
        let mut value = value.to_owned();
        if endpoint.is_second_order {
            // What cannot be stored cannot come back.
            let Some(stored) = self.store(&value).await else {
                tally.failed += 1;
                return;
            };
            value = stored;
        }
        let sql = endpoint.text(&value, self.shared.backend);
        tally.potent += u32::from(self.is_potent(&sql).await);

        let scoped = run_on(&self.shared.acme(), &sql).await;
        if let Err(error) = &scoped {
            let text = format!("{error} {error:?}");
            assert!(!shows(&text, &sql), "{sql}\nshowed in an error: {text}");
            if Error::of(error).is_some() {
                tally.refused += 1;
                return;
            }
        }
        let scoped = scoped.unwrap_or(Outcome::Failed);
        if let Outcome::Rows(rows) = &scoped {
            let text = rows.join("\n");
            assert!(!shows(&text, &sql), "{sql}\nshowed {text}");
        }
        match scoped {
            Outcome::Failed => tally.failed += 1,
            Outcome::Rows(_) | Outcome::Affected(_) => tally.accepted += 1,
        }
        let alone = run_on(&self.alone.acme(), &sql).await;
        // The keys of these tables are global: one that is taken says so, whoever has it.
        let is_comparable = !value.contains("(2, ");
        if is_comparable {
            assert_eq!(scoped, alone.unwrap_or(Outcome::Failed), "{sql}");
        }
        if !sql.starts_with("SELECT") {
            self.compare(&sql, is_comparable).await;
        }
    }

    /// Requires that the other tenants' rows are as they were, that ACME's are the same in both
    /// databases, and puts them back.
    async fn compare(&self, sql: &str, is_comparable: bool) {
        let mine = self.shared.rows_of(ACME).await;
        if is_comparable {
            assert_eq!(mine, self.alone.rows_of(ACME).await, "{sql}");
        }
        let mut all = self.shared.snapshot().await;
        let is_others = |row: &JsonValue| row["tenant_id"].as_str() != Some(&ACME.to_string());
        let is_changed = all != self.all;
        all.retain(is_others);
        let others: Vec<_> = self
            .all
            .iter()
            .filter(|row| is_others(row))
            .cloned()
            .collect();
        assert_eq!(all, others, "{sql}\nchanged another tenant's row");
        if is_changed || !is_comparable {
            restore(&self.shared, &self.all).await;
            restore(&self.alone, &self.only).await;
        }
    }

    /// The value after it was stored, bound as it should be, in a row of ACME's.
    async fn store(&self, value: &str) -> Option<String> {
        let sql = "UPDATE note SET body = $1 WHERE id = 1";
        let read = self.shared.sql("SELECT body FROM note WHERE id = 1", []);
        let transaction = self.shared.acme().begin().await.unwrap();
        let stored = transaction
            .execute_raw(self.shared.sql(sql, [value.into()]))
            .await;
        let row = match stored {
            Ok(_) => transaction.query_one_raw(read).await.unwrap(),
            Err(_) => None,
        };
        transaction.rollback().await.unwrap();
        row.map(|row| row.try_get_by_index(0).unwrap())
    }

    /// Whether the statement shows or changes what is not ACME's, on the plain connection.
    async fn is_potent(&self, sql: &str) -> bool {
        // The driver of SQLite asks for ever what stands before the NUL.
        if self.shared.backend == DbBackend::Sqlite && sql.contains('\0') {
            return false;
        }
        if sql.starts_with("SELECT") && !sql.contains(';') {
            return match run_on(&self.shared.application, sql).await {
                Err(error) => shows(&error.to_string(), sql),
                Ok(Outcome::Rows(rows)) => shows(&rows.join("\n"), sql),
                Ok(Outcome::Affected(_) | Outcome::Failed) => false,
            };
        }
        let transaction = self.shared.application.begin().await.unwrap();
        let outcome = run_on(&transaction, sql).await;
        let potent = match outcome {
            Err(error) => shows(&error.to_string(), sql),
            Ok(Outcome::Failed) => false,
            Ok(Outcome::Rows(rows)) if shows(&rows.join("\n"), sql) => true,
            Ok(Outcome::Rows(_) | Outcome::Affected(_)) => {
                let others = "SELECT id FROM note WHERE tenant_id = $1 AND title LIKE 'globex%' AND body LIKE 'globex%'";
                let rest = transaction
                    .query_all_raw(self.shared.sql(others, [GLOBEX.into()]))
                    .await;
                // Four notes, or the table is gone.
                rest.map_or(true, |rows| rows.len() != 4)
            }
        };
        transaction.rollback().await.unwrap();
        // Some statements commit on MySQL, and what stood before them with them.
        if self.shared.backend == DbBackend::MySql
            && sql.contains(';')
            && self.shared.snapshot().await != self.all
        {
            restore(&self.shared, &self.all).await;
            return true;
        }
        potent
    }
}

/// What the statement returns or changes. Where there are no rows to be had it goes unprepared, as
/// text with several statements can.
async fn run_on(db: &impl ConnectionTrait, sql: &str) -> Result<Outcome, DbErr> {
    if !sql.starts_with("SELECT") && !sql.contains("RETURNING") {
        let done = db.execute_unprepared(sql).await?;
        return Ok(Outcome::Affected(done.rows_affected()));
    }
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    let mut rows: Vec<_> = rows.iter().map(testbed::values).collect();
    rows.sort();
    Ok(Outcome::Rows(rows))
}

/// Whether a text has something of GLOBEX's in it that the statement did not.
fn shows(text: &str, sql: &str) -> bool {
    let (text, sql) = (text.to_lowercase(), sql.to_lowercase());
    let backwards: String = MARKER.chars().rev().collect();
    let hex: String = MARKER.bytes().map(|byte| format!("{byte:02x}")).collect();
    let globex = GLOBEX.to_string();
    let simple = GLOBEX.simple().to_string();
    let bytes = format!("{:02x?}", GLOBEX.as_bytes());
    let amount = AMOUNT.to_string();
    [MARKER, &backwards, &hex, &globex, &simple, &bytes, &amount]
        .iter()
        .any(|secret| text.contains(*secret) && !sql.contains(*secret))
}

/// Makes the tables hold these rows again.
async fn restore(bed: &Testbed, rows: &[JsonValue]) {
    for table in ["author", "note", "country", "ledger"] {
        let sql = format!("DELETE FROM {table}");
        bed.owner.execute_unprepared(&sql).await.unwrap();
    }
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let id = row["id"].as_i64().unwrap();
        let tenant_id = || row["tenant_id"].as_str().unwrap().parse().unwrap();
        match row["of_table"].as_str().unwrap() {
            "author" => {
                let model = testbed::author::Model {
                    id,
                    tenant_id: tenant_id(),
                    name: text("name"),
                };
                testbed::insert(&bed.owner, model).await;
            }
            "note" => {
                let model = testbed::note::Model {
                    id,
                    tenant_id: tenant_id(),
                    author_id: row["author_id"].as_i64(),
                    title: text("title"),
                    body: text("body"),
                    score: row["score"].as_i64().map(|score| score.try_into().unwrap()),
                };
                testbed::insert(&bed.owner, model).await;
            }
            "country" => {
                let model = testbed::country::Model {
                    id,
                    code: text("code"),
                };
                testbed::insert(&bed.owner, model).await;
            }
            _ => {
                let amount = row["amount"].as_i64().unwrap();
                let model = testbed::ledger::Model {
                    id,
                    tenant_id: tenant_id(),
                    amount,
                };
                testbed::insert(&bed.owner, model).await;
            }
        }
    }
}
