//! The service goes on writing, first in its old version and then in its new one, and nothing that
//! it was told is lost.
//!
//! `TENANCY_MIGRATE_ROWS` sets how many rows the largest table has.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, Value};
use testbed::{Testbed, context};
use uuid::Uuid;

use super::{
    ACME, GLOBEX, KEYS, assert_healthy, assert_owned, catalog, keys, migration, on_legacy, run,
    texts,
};

const WRITERS: i64 = 4;

/// What one writer was told.
#[derive(Default)]
struct Told {
    /// The titles of the notes that it wrote and did not delete.
    notes: HashMap<i64, String>,
    writes: u64,
    longest: Duration,
}

/// Writes notes of two authors, changes and deletes some, until it is told to stop.
async fn write(
    db: &impl ConnectionTrait,
    writer: i64,
    is_done: &AtomicBool,
    conflict: &str,
) -> Result<Told, DbErr> {
    let mut told = Told::default();
    // Not the same ids for the old version and the new.
    let first = if conflict.contains("tenant_id") {
        500_000
    } else {
        0
    };
    let mut number = first;
    while !is_done.load(Ordering::Acquire) {
        number += 1;
        let id = -(writer * 1_000_000 + number);
        let author = writer;
        let title = format!("of writer {writer}, {number}");
        let started = Instant::now();
        let insert = format!(
            "INSERT INTO note (id, author_id, title) VALUES ($1, $2, $3) ON CONFLICT {conflict} DO NOTHING"
        );
        statement(
            db,
            &insert,
            [id.into(), author.into(), title.clone().into()],
        )
        .await?;
        told.notes.insert(id, title);
        match number % 3 {
            0 => {
                let title = format!("changed by {writer}, {number}");
                let update = "UPDATE note SET title = $1 WHERE id = $2";
                statement(db, update, [title.clone().into(), id.into()]).await?;
                told.notes.insert(id, title);
            }
            1 if number > first + 1 => {
                statement(db, "DELETE FROM note WHERE id = $1", [(id + 1).into()]).await?;
                told.notes.remove(&(id + 1));
            }
            _ => {
                // A row of the time before.
                let update = "UPDATE note SET parent_id = NULL WHERE id = $1";
                statement(db, update, [(2 * number - 1 + author % 100).into()]).await?;
            }
        }
        told.writes += 2;
        told.longest = told.longest.max(started.elapsed());
    }
    Ok(told)
}

async fn statement<const N: usize>(
    db: &impl ConnectionTrait,
    sql: &str,
    values: [Value; N],
) -> Result<(), DbErr> {
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    db.execute_raw(statement).await.map(drop)
}

/// Runs one half of the migration while writers write. What they were told must be there
/// afterwards.
async fn under_load<C: ConnectionTrait + Send + Sync + 'static>(
    bed: &Testbed,
    which: &str,
    connections: Vec<C>,
    conflict: &'static str,
    half: impl Future<Output = Result<(), DbErr>>,
) {
    let is_done = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for (writer, db) in (1..).zip(connections) {
        let is_done = Arc::clone(&is_done);
        writers.push(tokio::spawn(async move {
            write(&db, writer, &is_done, conflict).await
        }));
    }
    let started = Instant::now();
    let outcome = half.await;
    let took = started.elapsed();
    is_done.store(true, Ordering::Release);
    let (mut writes, mut longest) = (0, Duration::ZERO);
    for (writer, told) in (1..).zip(writers) {
        let told = told.await.unwrap().unwrap();
        let range = format!(
            "id > {} AND id <= {}",
            -(writer + 1) * 1_000_000_i64,
            -writer * 1_000_000_i64
        );
        let there = texts(
            bed,
            &format!("SELECT id || '=' || title FROM note WHERE {range}"),
        )
        .await;
        let there: HashMap<i64, String> = there
            .iter()
            .map(|row| row.split_once('=').unwrap())
            .map(|(id, title)| (id.parse().unwrap(), title.to_owned()))
            .collect();
        for (id, title) in &told.notes {
            assert_eq!(
                there.get(id),
                Some(title),
                "a write that was acknowledged is lost"
            );
        }
        writes += told.writes;
        longest = longest.max(told.longest);
    }
    outcome.unwrap();
    println!("{which}: {took:.1?}, {writes} writes beside it, the slowest pair took {longest:.0?}");
    assert!(writes > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_while_the_service_writes() {
    on_legacy(async |bed| {
        let rows: u64 = std::env::var("TENANCY_MIGRATE_ROWS").map_or(50_000, |rows| rows.parse().unwrap());
        run(bed, &format!("INSERT INTO note (author_id, title) SELECT 1 + n % 100, 'more ' || n FROM generate_series(1, {rows}) n")).await;
        run(bed, &format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}", bed.role)).await;
        run(bed, &format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}", bed.role)).await;
        let migration = migration(bed);
        let mut sessions: Vec<DatabaseConnection> = Vec::new();
        for _ in 0..WRITERS {
            sessions.push(bed.login().await);
        }
        let mut last = String::new();
        under_load(bed, "expand", sessions.clone(), "(id)", migration.expand(&bed.owner, |progress| {
            let step = format!("{} {:?}", progress.table(), progress.step());
            if step != last {
                println!("{step}");
                last = step;
            }
        })).await;
        assert_owned(bed).await;

        // The new version: it writes the tenant, and tells the policies.
        let mut scoped = Vec::new();
        for (writer, session) in (1..).zip(sessions) {
            let database = tenancy_seaorm::TenantDatabase::new(session, &catalog()).unwrap();
            scoped.push(database.with_row_security().unwrap().scoped(&context(tenant(writer))).unwrap());
        }
        under_load(bed, "contract", scoped, "(tenant_id, id)", migration.contract(&bed.owner, |_| {})).await;
        assert_owned(bed).await;
        assert_eq!(keys(bed).await, KEYS);
        // The trigger read it, which is gone.
        run(bed, &format!("REVOKE ALL ON customer FROM {}", bed.role)).await;
        assert_healthy(bed).await;
    })
    .await;
}

/// Of the author whose number is the writer's.
fn tenant(writer: i64) -> Uuid {
    match writer % 2 {
        0 => ACME,
        _ => GLOBEX,
    }
}
