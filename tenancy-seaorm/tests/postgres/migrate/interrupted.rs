//! Runs that do not come to their end, and the next one.

use super::{
    KEYS, assert_healthy, assert_owned, keys, migration, on_legacy, owner, run, schema, texts,
};
use testbed::{Testbed, cut::cut_after};

/// Kills what the cut run has left behind, in whatever it is doing.
const KILL: &str = "SELECT pg_terminate_backend(pid, 10000)::text FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";

/// Runs one half until it gets through. Each run is dropped when it has waited some times, and its
/// sessions are killed; the next one may wait a little more often. How many there were.
async fn cut_all_the_way(bed: &Testbed, contract: bool) -> usize {
    let migration = migration(bed);
    for runs in 0..300 {
        let sessions = owner(bed).await;
        // Looking around takes some waits; a cut is to come after that, too.
        let outcome = cut_after(20 + 2 * runs, async {
            match contract {
                true => migration.contract(&sessions, |_| {}).await,
                false => migration.expand(&sessions, |_| {}).await,
            }
        })
        .await;
        if let Some(outcome) = outcome {
            outcome.unwrap();
            sessions.close().await.unwrap();
            return runs;
        }
        texts(bed, KILL).await;
        drop(sessions);
    }
    panic!("no progress from run to run")
}

#[tokio::test]
async fn a_run_that_was_cut_goes_on_where_it_was() {
    on_legacy(async |bed| {
        let expand = cut_all_the_way(bed, false).await;
        assert_owned(bed).await;
        let contract = cut_all_the_way(bed, true).await;
        println!("cut {expand} and {contract} times");
        assert!(expand > 10 && contract > 3);
        assert_eq!(keys(bed).await, KEYS);
        assert_healthy(bed).await;
        let left: Vec<_> = schema(bed)
            .await
            .into_iter()
            .filter(|line| {
                [
                    "INVALID",
                    "tenancy_fill",
                    "tenancy_fk",
                    "tenancy_unique",
                    "tenancy_not_null",
                ]
                .iter()
                .any(|name| line.contains(name))
            })
            .collect();
        assert_eq!(left, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn an_index_that_was_not_built_to_its_end_is_built_anew() {
    on_legacy(async |bed| {
        let migration = migration(bed);
        migration.expand(&bed.owner, |_| {}).await.unwrap();
        let before = schema(bed).await;
        // What a CREATE INDEX CONCURRENTLY leaves that was interrupted.
        for index in ["author_tenant_id_email_key", "note_tenant_id_id_key"] {
            run(bed, &format!("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.{index}'::regclass")).await;
        }
        assert_ne!(schema(bed).await, before);
        migration.expand(&bed.owner, |_| {}).await.unwrap();
        migration.contract(&bed.owner, |_| {}).await.unwrap();
        assert_eq!(keys(bed).await, KEYS);
        assert_healthy(bed).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_behind_a_lock_that_the_migration_waits_for() {
    on_legacy(async |bed| {
        let migration = migration(bed);
        let (reader, sessions) = (owner(bed).await, owner(bed).await);
        let reading = sea_orm::TransactionTrait::begin(&reader).await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&reading, "SELECT FROM author LIMIT 1").await.unwrap();
        let expanded = tokio::spawn(async move { migration.expand(&sessions, |_| {}).await });
        // It waits for the reader, and would make all others wait behind it.
        let waits = "SELECT pid::text FROM pg_locks WHERE NOT granted AND relation = 'author'::regclass";
        while texts(bed, waits).await.is_empty() {
            tokio::task::yield_now().await;
        }
        run(bed, "BEGIN; SET LOCAL lock_timeout = '30s'; UPDATE author SET nick = 'x' WHERE id = 1; COMMIT").await;
        assert!(!expanded.is_finished());
        reading.commit().await.unwrap();
        expanded.await.unwrap().unwrap();
        assert_owned(bed).await;
        reader.close().await.unwrap();
    })
    .await;
}
