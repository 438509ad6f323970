//! What a driver tells of statements before.

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, StreamTrait, TransactionTrait,
};
use tenancy_seaorm::ScopedTransaction;

use crate::{
    bed::{self, note},
    new_note,
};

#[tokio::test]
async fn the_id_of_another_tenants_insert_is_not_told() {
    for backend in [DbBackend::Sqlite, DbBackend::MySql] {
        bed::on(backend, async |bed| {
            let (acme, globex) = (bed.acme(), bed.globex());
            if backend == DbBackend::Sqlite {
                let table = "CREATE TABLE pair (id INTEGER, tenant_id, body, PRIMARY KEY (tenant_id, id)) WITHOUT ROWID";
                bed.owner.execute_unprepared(table).await.unwrap();
            }
            let insert = |id: i64| {
                let text = "INSERT INTO note (id, title, body) VALUES ($1, 'a', 'a')";
                bed.sql(text, [id.into()])
            };
            let told = acme.execute_raw(insert(777)).await.unwrap();
            assert_eq!(told.last_insert_id(), 777);
            for text in [
                "UPDATE note SET title = 'b'",
                "DELETE FROM note WHERE id = 2",
                "UPDATE note SET title = 'c' WHERE id = 777",
            ] {
                let done = globex.execute_raw(bed.sql(text, [])).await.unwrap();
                assert_eq!(done.last_insert_id(), 0, "{text}");
            }
            if backend == DbBackend::Sqlite {
                let upsert = "INSERT INTO note (id, title, body) VALUES (4, 'a', 'a') ON CONFLICT (id) DO UPDATE SET title = 'd'";
                let done = globex.execute_raw(bed.sql(upsert, [])).await.unwrap();
                assert_eq!((done.rows_affected(), done.last_insert_id()), (1, 0));
                let upsert = upsert.replace("(4,", "(778,");
                let done = globex.execute_raw(bed.sql(&upsert, [])).await.unwrap();
                assert_eq!((done.rows_affected(), done.last_insert_id()), (1, 778));
                let ignored = "INSERT INTO note (id, title, body) VALUES (4, 'a', 'a') ON CONFLICT DO NOTHING";
                let done = globex.execute_raw(bed.sql(ignored, [])).await.unwrap();
                assert_eq!((done.rows_affected(), done.last_insert_id()), (0, 0));
            }
        })
        .await;
    }
}

/// A statement whose last row fails, and whose first is there.
async fn read_one_of(transaction: &ScopedTransaction, bed: &bed::Bed) {
    let fails = bed.sql("SELECT 10 / (id - 5) FROM note", []);
    let mut rows = transaction.stream_raw(fails).await.unwrap();
    assert!(rows.try_next().await.unwrap().is_some());
}

#[tokio::test]
async fn the_late_error_of_a_stream_is_told_once_and_stays_in_its_savepoint() {
    let test = async |bed: &bed::Bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let acme = bed.acme();
        let outer = acme.begin().await.unwrap();
        let inner = outer.begin().await.unwrap();
        read_one_of(&inner, bed).await;
        inner.rollback().await.unwrap();
        let inner = outer.begin().await.unwrap();
        read_one_of(&inner, bed).await;
        drop(inner);
        note::Entity::insert(new_note(70))
            .exec(&outer)
            .await
            .unwrap();

        let inner = outer.begin().await.unwrap();
        read_one_of(&inner, bed).await;
        let told = note::Entity::find().count(&inner).await.unwrap_err();
        assert!(told.to_string().contains("division by zero"), "{told}");
        let after = note::Entity::find().count(&inner).await.unwrap_err();
        assert!(!after.to_string().contains("division by zero"), "{after}");
        inner.rollback().await.unwrap();

        let inner = outer.begin().await.unwrap();
        read_one_of(&inner, bed).await;
        let told = inner.commit().await.unwrap_err();
        assert!(told.to_string().contains("division by zero"), "{told}");
        note::Entity::insert(new_note(71))
            .exec(&outer)
            .await
            .unwrap();
        outer.commit().await.unwrap();
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 5);

        let outer = acme.begin().await.unwrap();
        read_one_of(&outer, bed).await;
        assert!(outer.commit().await.is_err());
        // Outside of a transaction, nobody waits for it, and nobody else is told.
        {
            let fails = bed.sql("SELECT 10 / (id - 5) FROM note", []);
            let mut rows = acme.stream_raw(fails).await.unwrap();
            assert!(rows.try_next().await.unwrap().is_some());
        }
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 5);
    };
    bed::on_every_backend(test).await;
}
