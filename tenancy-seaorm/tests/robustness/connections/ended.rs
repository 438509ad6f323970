//! P06: transactions that the server has ended, by a deadlock, a trigger or a full disk.

use std::time::Duration;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    TransactionTrait,
};
use tenancy_seaorm::{Error, ErrorKind, ScopedTransaction};
use testbed::{ACME, Testbed, note};

use crate::connections::{database_on, new_note, pool_at};

fn has_ended(error: &DbErr) -> bool {
    Error::of(error).map(Error::kind) == Some(ErrorKind::Transaction)
}

/// A transaction that has done something, and is then rolled back by the server.
async fn ended_by_the_server(
    bed: &Testbed,
    acme: &tenancy_seaorm::ScopedConnection,
) -> ScopedTransaction {
    let transaction = acme.begin().await.unwrap();
    let inserted = note::Entity::insert(new_note(70)).exec(&transaction).await;
    inserted.unwrap();
    match bed.backend {
        DbBackend::Sqlite => {
            let mut stop = new_note(72);
            stop.title = sea_orm::ActiveValue::Set("stop".into());
            note::Entity::insert(stop)
                .exec(&transaction)
                .await
                .unwrap_err();
        }
        _ => {
            // The server ends the one that has changed less.
            let other = acme.begin().await.unwrap();
            for id in 80..90 {
                note::Entity::insert(new_note(id))
                    .exec(&other)
                    .await
                    .unwrap();
            }
            retitle(&transaction, 1).await.unwrap();
            retitle(&other, 3).await.unwrap();
            let (lost, won) = tokio::join!(retitle(&transaction, 3), async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                retitle(&other, 1).await
            });
            lost.unwrap_err();
            won.unwrap();
            other.rollback().await.unwrap();
        }
    }
    transaction
}

async fn retitle(transaction: &ScopedTransaction, id: i64) -> Result<(), DbErr> {
    note::Entity::update_many()
        .col_expr(note::Column::Title, "locked".into())
        .filter(note::Column::Id.eq(id))
        .exec(transaction)
        .await
        .map(drop)
}

#[tokio::test]
async fn p06_a_transaction_that_the_server_ended_takes_nothing_and_commits_nothing() {
    for backend in [DbBackend::Sqlite, DbBackend::MySql] {
        testbed::on(backend, async |bed| {
            if backend == DbBackend::Sqlite {
                let trigger = "CREATE TRIGGER stops BEFORE INSERT ON note WHEN NEW.title = 'stop'
                    BEGIN SELECT RAISE(ROLLBACK, 'stopped'); END";
                bed.owner.execute_unprepared(trigger).await.unwrap();
            }
            let acme = bed.acme();
            let before = bed.snapshot().await;

            let transaction = ended_by_the_server(bed, &acme).await;
            let late = note::Entity::insert(new_note(71)).exec(&transaction).await;
            assert!(has_ended(&late.unwrap_err()));
            assert!(has_ended(&transaction.begin().await.unwrap_err()));
            let read = note::Entity::find().count(&transaction).await;
            assert!(has_ended(&read.unwrap_err()));
            // Nothing is left to undo.
            transaction.rollback().await.unwrap();
            assert_eq!(bed.snapshot().await, before);

            let transaction = ended_by_the_server(bed, &acme).await;
            assert!(has_ended(&transaction.commit().await.unwrap_err()));
            assert_eq!(bed.snapshot().await, before);

            // The end of a savepoint's transaction is that of the outer one.
            let outer = acme.begin().await.unwrap();
            drop(outer);
            drop(ended_by_the_server(bed, &acme).await);
            assert_eq!(bed.snapshot().await, before);
        })
        .await;
    }
}

#[tokio::test]
async fn p06_a_savepoint_ends_with_the_transaction() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        let trigger = "CREATE TRIGGER stops BEFORE UPDATE ON note
            BEGIN SELECT RAISE(ROLLBACK, 'stopped'); END";
        bed.owner.execute_unprepared(trigger).await.unwrap();
        let acme = bed.acme();
        let before = bed.snapshot().await;
        for commits in [true, false] {
            let outer = acme.begin().await.unwrap();
            note::Entity::insert(new_note(70))
                .exec(&outer)
                .await
                .unwrap();
            let inner = outer.begin().await.unwrap();
            retitle(&inner, 1).await.unwrap_err();
            match commits {
                true => assert!(has_ended(&inner.commit().await.unwrap_err())),
                false => inner.rollback().await.unwrap(),
            }
            let late = note::Entity::insert(new_note(71)).exec(&outer).await;
            assert!(has_ended(&late.unwrap_err()));
            assert!(has_ended(&outer.commit().await.unwrap_err()));
            assert_eq!(bed.snapshot().await, before);
        }
    })
    .await;
}

#[tokio::test]
async fn an_error_that_undoes_its_statement_alone_lets_the_transaction_go_on() {
    for backend in [DbBackend::Sqlite, DbBackend::MySql] {
        testbed::on(backend, async |bed| {
            let transaction = bed.acme().begin().await.unwrap();
            let twice = note::Entity::insert(new_note(1)).exec(&transaction).await;
            twice.unwrap_err();
            let inserted = note::Entity::insert(new_note(71)).exec(&transaction).await;
            inserted.unwrap();
            transaction.commit().await.unwrap();
            let seen = note::Entity::find_by_id(71).count(&bed.owner).await;
            assert_eq!(seen.unwrap(), 1);
        })
        .await;
    }
}

/// A wait for a lock that takes too long undoes its statement, unless the server is told otherwise,
/// and does not say which.
#[tokio::test]
async fn p06_an_error_that_does_not_tell_is_asked_about() {
    testbed::on(DbBackend::MySql, async |bed| {
        let and = if bed.application_url().contains('?') {
            '&'
        } else {
            '?'
        };
        let pool = pool_at(
            &format!("{}{and}timezone=%2B00:00", bed.application_url()),
            2,
        )
        .await;
        let database = database_on(bed, &pool).await;
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let holder = acme.begin().await.unwrap();
        retitle(&holder, 1).await.unwrap();
        let raw = pool.get_mysql_connection_pool();
        let mut short = raw.acquire().await.unwrap();
        let set = sea_orm::sqlx::raw_sql("SET SESSION innodb_lock_wait_timeout = 1");
        set.execute(&mut *short).await.unwrap();
        drop(short);
        let waiter = acme.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&waiter)
            .await
            .unwrap();
        retitle(&waiter, 1).await.unwrap_err();
        // This server undoes the statement: the transaction is there.
        note::Entity::insert(new_note(71))
            .exec(&waiter)
            .await
            .unwrap();
        waiter.commit().await.unwrap();
        holder.rollback().await.unwrap();
        let both = note::Column::Id.is_in([70, 71]);
        let both = note::Entity::find().filter(both).count(&bed.owner).await;
        assert_eq!(both.unwrap(), 2);
        pool.close().await.unwrap();
    })
    .await;
}
