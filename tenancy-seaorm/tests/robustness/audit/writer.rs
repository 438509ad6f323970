//! The queue, the task behind it, and several of them.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::{join, join3};
use sea_orm::{ConnectOptions, Database, DatabaseTransaction, TransactionTrait};
use tenancy_core::audit::AuditSink;
use testbed::{ACME, GLOBEX, log::Log};

use super::*;

/// Keeps every writer waiting, until it is dropped.
async fn hold(bed: &Testbed) -> DatabaseTransaction {
    // On SQLite there is one connection, and this is it.
    let transaction = bed.owner.begin().await.unwrap();
    let lock = "UPDATE tenancy_audit_head SET seq = seq";
    transaction.execute_unprepared(lock).await.unwrap();
    transaction
}

#[tokio::test]
async fn events_come_back_as_they_were() {
    with_a_trail(async |bed| {
        let writer = writer(bed);
        let acme = testbed::context(ACME);
        let event = event(&acme, 7);
        append(&writer, std::slice::from_ref(&event)).await;
        writer.close().await.unwrap();
        let all = everything(bed).await;
        let [entry] = &all[..] else {
            panic!("one entry");
        };
        assert_eq!(entry.seq(), 1);
        assert_eq!(entry.tenant(), Some(&*ACME.to_string()));
        assert_eq!(entry.text("kind"), Some("action"));
        assert_eq!(entry.text("action"), Some("note.share"));
        assert_eq!(entry.text("outcome"), Some("success"));
        assert_eq!(entry.text("source"), Some("assumed"));
        assert_eq!(entry.text("resource_kind"), Some("note"));
        assert_eq!(entry.text("resource_id"), Some("7"));
        assert_eq!(entry.text("reason"), event.reason());
        assert_eq!(entry.text("subject"), None);
        assert_eq!(entry.text("no such field"), None);
        assert_eq!(entry.expires(), None);
        let lost = event.time().duration_since(entry.time()).unwrap();
        assert!(lost < Duration::from_micros(1));
        assert_eq!(verify(bed).await.head().hash(), entry.hash());
    })
    .await;
}

#[tokio::test]
async fn several_writers_keep_one_chain() {
    with_a_trail(async |bed| {
        let (acme, globex) = (testbed::context(ACME), testbed::context(GLOBEX));
        let mut writers = Vec::new();
        for _ in 0..3 {
            let connection = match bed.backend {
                DbBackend::Sqlite => bed.application.clone(),
                // A node of its own.
                _ => bed.login().await,
            };
            let writer = AuditWriter::builder(connection.clone()).start();
            writers.push((writer, connection));
        }
        let send = async |index: usize| {
            for number in 0..100 {
                let context = if number % 3 == 0 { &globex } else { &acme };
                let event = event(context, 1000 * index + number);
                writers[index].0.send(&event).await.unwrap();
                tokio::task::yield_now().await;
            }
            writers[index].0.close().await.unwrap();
        };
        join3(send(0), send(1), send(2)).await;
        let found = verify(bed).await;
        assert!(found.is_intact(), "{found:?}");
        assert_eq!(found.entries(), 300);
        let all = everything(bed).await;
        let ids: BTreeSet<_> = all.iter().map(|entry| entry.text("resource_id")).collect();
        assert_eq!(ids.len(), 300);
        // Of each writer, in the order in which they were sent.
        for index in 0..3 {
            let own = all.iter().filter_map(|entry| {
                let number: usize = entry.text("resource_id")?.parse().ok()?;
                (number / 1000 == index).then_some(number)
            });
            assert!(own.is_sorted());
        }
        for (_, connection) in writers {
            if bed.backend != DbBackend::Sqlite {
                connection.close().await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn several_writers_to_one_file_of_sqlite_keep_one_chain() {
    let name = format!("tenancy_audit_{}.sqlite", Uuid::new_v4().simple());
    let path = std::env::temp_dir().join(name);
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.sqlx_logging(false);
    let first = Database::connect(options.clone()).await.unwrap();
    for statement in AuditTrail::statements(DbBackend::Sqlite).unwrap() {
        first.execute_unprepared(&statement).await.unwrap();
    }
    let acme = testbed::context(ACME);
    let second = Database::connect(options).await.unwrap();
    let write = async |connection: &sea_orm::DatabaseConnection| {
        let writer = AuditWriter::builder(connection.clone()).start();
        for number in 0..50 {
            append(&writer, &[event(&acme, number)]).await;
        }
        writer.close().await.unwrap();
    };
    join(write(&first), write(&second)).await;
    let found = AuditTrail::verify(&first).await.unwrap();
    assert!(found.is_intact(), "{found:?}");
    assert_eq!(found.entries(), 100);
    first.close().await.unwrap();
    second.close().await.unwrap();
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_full_queue_keeps_nobody_for_long_and_what_it_drops_is_counted_logged_and_an_error() {
    let (log, _guard) = Log::keep(tracing::Level::ERROR);
    with_a_trail(async |bed| {
        let acme = testbed::context(ACME);
        let writer = AuditWriter::builder(bed.application.clone())
            .capacity(4)
            .patience(Duration::from_millis(20))
            .start();
        let held = hold(bed).await;
        let mut taken: u64 = 0;
        // The task takes some out of the queue before it waits.
        while writer.dropped() == 0 {
            taken += u64::from(writer.try_record(&event(&acme, 0)).is_ok());
            tokio::task::yield_now().await;
        }
        assert!(writer.waiting() > 0);
        log.take();
        writer.record(&event(&acme, 1));
        assert!(writer.try_record(&event(&acme, 2)).is_err());
        assert!(writer.send(&event(&acme, 3)).await.is_err());
        let several = [event(&acme, 4), event(&acme, 5)];
        assert!(writer.append(&several).await.is_err());
        assert_eq!(writer.dropped(), 1 + 5);
        let text = log.take();
        assert_eq!(text.matches("audit event dropped").count(), 5, "{text}");
        for number in 1..=5 {
            assert!(text.contains(&format!("Some(\"{number}\")")), "{text}");
        }

        // Once there is room, somebody who waits gets it.
        held.rollback().await.unwrap();
        while writer.send(&event(&acme, 6)).await.is_err() {}
        taken += 1;
        let dropped = writer.dropped();
        writer.close().await.unwrap();
        assert_eq!((writer.written(), writer.dropped()), (taken, dropped));
        let found = verify(bed).await;
        assert!(found.is_intact());
        assert_eq!(found.entries(), taken);
    })
    .await;
}

#[tokio::test]
async fn closing_writes_what_waits_and_takes_no_more() {
    with_a_trail(async |bed| {
        let acme = testbed::context(ACME);
        let writer = writer(bed);
        for number in 0..300 {
            writer.record(&event(&acme, number));
        }
        let other = writer.clone();
        let (one, two) = join(writer.close(), other.close()).await;
        assert!(one.is_ok() && two.is_ok());
        assert_eq!((writer.written(), writer.dropped()), (300, 0));
        assert_eq!(everything(bed).await.len(), 300);

        writer.record(&event(&acme, 300));
        assert!(writer.send(&event(&acme, 301)).await.is_err());
        assert!(other.append(&[event(&acme, 302)]).await.is_err());
        assert_eq!(writer.dropped(), 3);
        assert!(writer.close().await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_writer_that_nobody_holds_any_more_writes_what_waits() {
    with_a_trail(async |bed| {
        let writer = writer(bed);
        for number in 0..10 {
            writer.record(&event(&testbed::context(ACME), number));
        }
        drop(writer);
        while verify(bed).await.entries() < 10 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_the_database_does_not_take_yet_is_tried_again() {
    let (log, _guard) = Log::keep(tracing::Level::ERROR);
    with_a_trail(async |bed| {
        log.take();
        own(bed, "ALTER TABLE tenancy_audit_head RENAME TO away").await;
        let acme = testbed::context(ACME);
        let writer = writer(bed);
        for number in 0..10 {
            writer.record(&event(&acme, number));
        }
        while !log.take().contains("audit events not written yet") {
            // Another thread may have met the place first, and nobody listened there.
            tracing::callsite::rebuild_interest_cache();
            tokio::task::yield_now().await;
        }
        assert_eq!((writer.written(), writer.dropped()), (0, 0));
        own(bed, "ALTER TABLE away RENAME TO tenancy_audit_head").await;
        writer.append(&[event(&acme, 10)]).await.unwrap();
        assert_eq!((writer.written(), writer.dropped()), (11, 0));
        assert_eq!(verify(bed).await.entries(), 11);
    })
    .await;
}

#[tokio::test]
async fn closing_gives_up_on_a_database_that_takes_nothing_and_says_so() {
    let (log, _guard) = Log::keep(tracing::Level::ERROR);
    on_every_engine(async |bed| {
        log.take();
        let writer = writer(bed);
        let waits = event(&testbed::context(ACME), 1);
        for _ in 0..200 {
            writer.record(&waits);
        }
        assert!(writer.close().await.is_err());
        assert_eq!((writer.written(), writer.dropped()), (0, 200));
        assert_eq!(log.take().matches("audit event dropped").count(), 200);
        lay(bed).await;
    })
    .await;
}

#[tokio::test]
async fn sessions_that_the_server_ends_cost_no_event_and_double_none() {
    if !testbed::backends().contains(&DbBackend::Postgres) {
        return;
    }
    testbed::on(DbBackend::Postgres, async |bed| {
        lay(bed).await;
        let acme = testbed::context(ACME);
        let writer = writer(bed);
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'",
            bed.role
        );
        for number in 0..400 {
            writer.send(&event(&acme, number)).await.unwrap();
            if number % 10 == 0 {
                own(bed, &end).await;
            }
        }
        writer.close().await.unwrap();
        assert_eq!((writer.written(), writer.dropped()), (400, 0));
        let found = verify(bed).await;
        assert!(found.is_intact());
        assert_eq!(found.entries(), 400);
        let all = everything(bed).await;
        let ids: Vec<_> = all.iter().map(|entry| entry.text("resource_id")).collect();
        let expected: Vec<_> = (0..400).map(|number| number.to_string()).collect();
        assert!(ids.into_iter().eq(expected.iter().map(|id| Some(&**id))));
    })
    .await;
}
