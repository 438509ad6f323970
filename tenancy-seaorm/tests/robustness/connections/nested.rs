//! P04: transactions in transactions.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, IsolationLevel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait,
};
use tenancy_seaorm::{Error, ErrorKind, ScopedTransaction};
use testbed::{ACME, Testbed, cut::cut_after, note, wire::Proxy};

use crate::connections::{borrower::dirt, new_note, pool_at};

#[tokio::test]
async fn p04_a_nested_begin_with_modes_of_its_own_is_refused_and_the_outer_goes_on() {
    testbed::on_every_backend(async |bed| {
        let acme = bed.acme();
        for commits in [true, false] {
            let outer = acme.begin().await.unwrap();
            note::Entity::insert(new_note(70))
                .exec(&outer)
                .await
                .unwrap();
            let level = Some(IsolationLevel::Serializable);
            let refused = outer.begin_with_config(level, None).await.unwrap_err();
            let kind = Error::of(&refused).map(Error::kind);
            assert_eq!(kind, Some(ErrorKind::Transaction));
            note::Entity::insert(new_note(71))
                .exec(&outer)
                .await
                .unwrap();
            let left = match commits {
                true => {
                    outer.commit().await.unwrap();
                    vec![70, 71]
                }
                false => {
                    outer.rollback().await.unwrap();
                    vec![]
                }
            };
            assert_eq!(new_ones(bed).await, left);
            let new = note::Column::Id.is_in([70, 71]);
            let cleaned = note::Entity::delete_many().filter(new).exec(&bed.owner);
            cleaned.await.unwrap();
        }
    })
    .await;
}

/// The ids from 70 on that somebody else sees.
async fn new_ones(bed: &Testbed) -> Vec<i64> {
    let new = note::Column::Id.is_in([70, 71]);
    note::Entity::find()
        .select_only()
        .column(note::Column::Id)
        .filter(new)
        .order_by_asc(note::Column::Id)
        .into_tuple()
        .all(&bed.owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn p04_a_nested_begin_that_is_cut_does_not_end_the_outer_transaction() {
    testbed::on_every_backend(async |bed| {
        let pool = match bed.backend {
            DbBackend::Sqlite => bed.application.clone(),
            _ => {
                let delay = std::time::Duration::from_millis(1);
                let proxy = Proxy::start(bed.application_url(), delay).await;
                pool_at(proxy.url(), 1).await
            }
        };
        let database = crate::connections::database_on(bed, &pool).await;
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let mut cuts = 0;
        for polls in 0..8 {
            let outer = acme.begin().await.unwrap();
            note::Entity::insert(new_note(70))
                .exec(&outer)
                .await
                .unwrap();
            let cut = cut_after(polls, outer.begin()).await;
            if cut.is_none() {
                cuts += 1;
                // Who knows whether there is a savepoint: nothing but an end is taken.
                let late = note::Entity::insert(new_note(71)).exec(&outer).await;
                let kind = Error::of(&late.unwrap_err()).map(Error::kind);
                assert_eq!(kind, Some(ErrorKind::Transaction));
                assert!(outer.commit().await.is_err());
            } else {
                drop(cut);
                outer.rollback().await.unwrap();
            }
            dirt(bed, &pool).await.unwrap();
            assert_eq!(new_ones(bed).await, Vec::<i64>::new());
        }
        // SQLite may have answered before anybody asks.
        assert!(cuts > 0 || bed.backend == DbBackend::Sqlite);
    })
    .await;
}

/// A transaction, or a savepoint, and what the model knows of it.
struct Level {
    handle: ScopedTransaction,
    rows: BTreeSet<i64>,
    /// PostgreSQL takes nothing after an error but an end.
    is_aborted: bool,
}

/// Random begins, inserts, failures and ends, inside each other, against a model.
#[tokio::test]
async fn p04_nested_transactions_do_what_a_model_does() {
    testbed::on_every_backend(async |bed| {
        let acme = bed.acme();
        let mut random = fastrand::Rng::with_seed(4);
        let aborts = bed.backend == DbBackend::Postgres;
        let mut next = 1000;
        let mut committed = BTreeSet::new();
        for _ in 0..40 {
            let mut levels = vec![Level {
                handle: acme.begin().await.unwrap(),
                rows: committed.clone(),
                is_aborted: false,
            }];
            while let Some(mut level) = levels.pop() {
                match random.u8(..9) {
                    0..=2 => {
                        next += 1;
                        let done = note::Entity::insert(new_note(next)).exec(&level.handle);
                        assert_eq!(done.await.is_err(), level.is_aborted);
                        if !level.is_aborted {
                            level.rows.insert(next);
                        }
                        levels.push(level);
                    }
                    3 => {
                        let twice = note::Entity::insert(new_note(1)).exec(&level.handle);
                        twice.await.unwrap_err();
                        level.is_aborted = aborts;
                        levels.push(level);
                    }
                    4 if !level.is_aborted => {
                        let inner = Level {
                            handle: level.handle.begin().await.unwrap(),
                            rows: level.rows.clone(),
                            is_aborted: false,
                        };
                        levels.extend([level, inner]);
                    }
                    5 if !level.is_aborted => {
                        let new = note::Entity::find().filter(note::Column::Id.gte(1000));
                        let seen = new.count(&level.handle).await.unwrap();
                        assert_eq!(seen, level.rows.len() as u64);
                        levels.push(level);
                    }
                    6 => {
                        let done = level.handle.commit().await;
                        assert_eq!(done.is_err(), level.is_aborted);
                        if done.is_ok() {
                            match levels.last_mut() {
                                Some(outer) => outer.rows = level.rows,
                                None => committed = level.rows,
                            }
                        }
                    }
                    7 => level.handle.rollback().await.unwrap(),
                    8 => drop(level.handle),
                    _ => levels.push(level),
                }
            }
            let new = note::Entity::find().filter(note::Column::Id.gte(1000));
            let seen = new.count(&acme).await.unwrap();
            assert_eq!(seen, committed.len() as u64);
        }
        assert!(!committed.is_empty());
    })
    .await;
}

/// Handles of one transaction that are not ended in the order of their beginnings.
#[tokio::test]
async fn p04_what_was_rolled_back_is_never_committed_with_another() {
    testbed::on_every_backend(async |bed| {
        let acme = bed.acme();
        let before = new_ones(bed).await;
        // A sibling is committed while another, which the server has inside of it, is open.
        let outer = acme.begin().await.unwrap();
        let first = outer.begin().await.unwrap();
        let second = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&second)
            .await
            .unwrap();
        assert!(first.commit().await.is_err());
        // That has undone both.
        let late = note::Entity::insert(new_note(71)).exec(&second).await;
        let kind = Error::of(&late.unwrap_err()).map(Error::kind);
        assert_eq!(kind, Some(ErrorKind::Transaction));
        second.rollback().await.unwrap();
        outer.commit().await.unwrap();
        assert_eq!(new_ones(bed).await, before);

        let outer = acme.begin().await.unwrap();
        let first = outer.begin().await.unwrap();
        let second = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&second)
            .await
            .unwrap();
        drop(first);
        assert!(second.commit().await.is_err());
        outer.commit().await.unwrap();
        assert_eq!(new_ones(bed).await, before);

        // The outermost is committed while another is open.
        let outer = acme.begin().await.unwrap();
        let inner = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&inner)
            .await
            .unwrap();
        assert!(outer.commit().await.is_err());
        drop(inner);
        dirt(bed, &bed.application).await.unwrap();
        assert_eq!(new_ones(bed).await, before);

        // And rolled back.
        let outer = acme.begin().await.unwrap();
        let inner = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&inner)
            .await
            .unwrap();
        outer.rollback().await.unwrap();
        assert!(
            note::Entity::insert(new_note(71))
                .exec(&inner)
                .await
                .is_err()
        );
        inner.rollback().await.unwrap();
        assert_eq!(new_ones(bed).await, before);
    })
    .await;
}

/// A statement of the outer one that was answered while an inner one was open.
#[tokio::test]
async fn p04_a_statement_that_was_undone_with_an_inner_transaction_is_told() {
    testbed::on_every_backend(async |bed| {
        let acme = bed.acme();
        for commits in [true, false] {
            let outer = acme.begin().await.unwrap();
            let inner = outer.begin().await.unwrap();
            note::Entity::insert(new_note(70))
                .exec(&outer)
                .await
                .unwrap();
            note::Entity::insert(new_note(71))
                .exec(&inner)
                .await
                .unwrap();
            match commits {
                true => {
                    inner.commit().await.unwrap();
                    outer.commit().await.unwrap();
                    assert_eq!(new_ones(bed).await, [70, 71]);
                }
                false => {
                    inner.rollback().await.unwrap();
                    assert!(outer.commit().await.is_err());
                    assert_eq!(new_ones(bed).await, Vec::<i64>::new());
                }
            }
            let new = note::Column::Id.is_in([70, 71]);
            note::Entity::delete_many()
                .filter(new)
                .exec(&bed.owner)
                .await
                .unwrap();
        }
        // A read has lost nothing.
        let outer = acme.begin().await.unwrap();
        let inner = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&inner)
            .await
            .unwrap();
        note::Entity::find().count(&outer).await.unwrap();
        inner.rollback().await.unwrap();
        outer.commit().await.unwrap();
        // Two that were dropped, of which one was undone before.
        let outer = acme.begin().await.unwrap();
        let first = outer.begin().await.unwrap();
        let inside = first.begin().await.unwrap();
        first.rollback().await.unwrap();
        let third = outer.begin().await.unwrap();
        note::Entity::insert(new_note(70))
            .exec(&third)
            .await
            .unwrap();
        drop(third);
        drop(inside);
        note::Entity::insert(new_note(71))
            .exec(&outer)
            .await
            .unwrap();
        outer.commit().await.unwrap();
        assert_eq!(new_ones(bed).await, [71]);
    })
    .await;
}
