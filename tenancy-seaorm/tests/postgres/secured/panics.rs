//! C04: transactions that are dropped by a panic, by a runtime that shuts down, or where there is
//! no runtime at all.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
};

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, TransactionTrait};
use tenancy_seaorm::ScopedTransaction;
use testbed::{ACME, context, note};
use tokio::runtime::{Builder, Runtime};

use crate::secured::{Borrowed, Secured, new_note, pool_at};

/// A transaction that has written.
async fn written(secured: &Secured) -> ScopedTransaction {
    let transaction = secured.acme().begin().await.unwrap();
    let inserted = note::Entity::insert(new_note(602)).exec(&transaction).await;
    inserted.unwrap();
    transaction
}

/// What it wrote, which must be nothing.
async fn left(secured: &Secured) -> u64 {
    let new = note::Entity::find().filter(note::Column::Id.gte(600));
    new.count(&secured.bed.owner).await.unwrap()
}

fn threads() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

#[tokio::test]
async fn c04_a_panic_in_a_task_rolls_its_transaction_back() {
    let secured = Secured::new(1).await;
    for _ in 0..3 {
        let transaction = written(&secured).await;
        let savepoint = transaction.begin().await.unwrap();
        let task = tokio::spawn(async move {
            let _both = (&transaction, &savepoint);
            tokio::task::yield_now().await;
            panic!("on purpose");
        });
        assert!(task.await.unwrap_err().is_panic());
        assert_eq!(secured.next_borrower().await, Borrowed::clean());
        assert_eq!(left(&secured).await, 0);
    }
    secured.close().await;
}

#[test]
fn c04_a_panic_outside_of_the_runtime_does_not_end_the_process() {
    let runtime = threads();
    let secured = runtime.block_on(Secured::new(1));
    let panicking = || {
        let _transaction = runtime.block_on(written(&secured));
        panic!("on purpose");
    };
    assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
    runtime.block_on(async {
        assert_eq!(secured.next_borrower().await, Borrowed::clean());
        assert_eq!(left(&secured).await, 0);
        secured.close().await;
    });
}

#[test]
fn c04_a_runtime_that_shuts_down_closes_the_transactions_of_its_tasks() {
    let outer = threads();
    let secured = outer.block_on(Secured::new(1));
    let single = Builder::new_current_thread().enable_all().build().unwrap();
    for runtime in [threads(), single] {
        runtime.block_on(async {
            let (_, database) = pool_at(secured.bed.application_url(), 1).await;
            let acme = database.scoped(&context(ACME)).unwrap();
            let transaction = acme.begin().await.unwrap();
            let insert = note::Entity::insert(new_note(602));
            insert.exec(&transaction).await.unwrap();
            tokio::spawn(async move {
                let _transaction = transaction;
                pending::<()>().await;
            });
        });
        drop(runtime);
        outer.block_on(async {
            assert_eq!(left(&secured).await, 0);
            // The server has heard of it: somebody else can have the row's id.
            let again = written(&secured).await;
            again.rollback().await.unwrap();
        });
    }
    outer.block_on(secured.close());
}
