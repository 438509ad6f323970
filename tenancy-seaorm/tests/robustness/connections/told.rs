//! What a driver tells of statements before.

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, StreamTrait, TransactionTrait,
};
use tenancy_seaorm::ScopedTransaction;
use testbed::note;

use crate::connections::new_note;

#[tokio::test]
async fn the_id_of_another_tenants_insert_is_not_told() {
    for backend in [DbBackend::Sqlite, DbBackend::MySql] {
        testbed::on(backend, async |bed| {
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
async fn read_one_of(transaction: &ScopedTransaction, bed: &testbed::Testbed) {
    let fails = bed.sql("SELECT 10 / (id - 5) FROM note", []);
    let mut rows = transaction.stream_raw(fails).await.unwrap();
    assert!(rows.try_next().await.unwrap().is_some());
}

#[tokio::test]
async fn the_late_error_of_a_stream_is_told_once_and_stays_in_its_savepoint() {
    let test = async |bed: &testbed::Testbed| {
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
    testbed::on_every_backend(test).await;
}

/// The first row of a query whose second one fails.
#[tokio::test]
async fn one_row_is_no_answer_where_a_later_one_fails() {
    testbed::on(DbBackend::MySql, async |bed| {
        let acme = bed.acme();
        // The first row is good, and each of the others has too many.
        let fails =
            "SELECT id, (SELECT m.id FROM note m WHERE m.id > 6 - n.id) FROM note n ORDER BY id";
        for commits in [true, false] {
            let outer = acme.begin().await.unwrap();
            let inner = outer.begin().await.unwrap();
            note::Entity::insert(new_note(70))
                .exec(&inner)
                .await
                .unwrap();
            inner.query_one_raw(bed.sql(fails, [])).await.unwrap_err();
            match commits {
                // The statement is undone alone, as for SeaORM.
                true => inner.commit().await.unwrap(),
                false => inner.rollback().await.unwrap(),
            }
            outer.commit().await.unwrap();
            let left = note::Entity::find_by_id(70).count(&bed.owner).await;
            assert_eq!(left.unwrap(), u64::from(commits));
            note::Entity::delete_by_id(70)
                .exec(&bed.owner)
                .await
                .unwrap();
        }
    })
    .await;
    testbed::on(DbBackend::Sqlite, async |bed| {
        let tables = "CREATE TABLE item (id INTEGER PRIMARY KEY, tenant_id INTEGER, of INTEGER REFERENCES author (id) DEFERRABLE INITIALLY DEFERRED)";
        bed.owner.execute_unprepared(tables).await.unwrap();
        let catalog = tenancy_seaorm::Catalog::builder().table(
            "item",
            tenancy_seaorm::Policy::column("tenant_id", tenancy_seaorm::TenantColumnType::Uuid),
        );
        let database =
            tenancy_seaorm::TenantDatabase::new(bed.application.clone(), &catalog.build().unwrap());
        let acme = database.unwrap().scoped(&testbed::context(testbed::ACME)).unwrap();
        let insert = "INSERT INTO item (id, of) VALUES (1, 12345) RETURNING id";
        acme.query_one_raw(bed.sql(insert, [])).await.unwrap_err();
        let left = acme.query_all_raw(bed.sql("SELECT id FROM item", [])).await;
        assert!(left.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_read_tells_no_count_of_an_earlier_write() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        let globex = bed.globex();
        let written = note::Entity::update_many()
            .col_expr(note::Column::Title, "x".into())
            .exec(&globex)
            .await;
        assert_eq!(written.unwrap().rows_affected, 4);
        let read = bed.sql("SELECT id FROM note", []);
        let read = bed.acme().execute_raw(read).await.unwrap();
        assert_eq!((read.rows_affected(), read.last_insert_id()), (0, 0));
    })
    .await;
}

/// A server may be told to begin a transaction after each.
#[tokio::test]
async fn p02_a_commit_begins_no_transaction_for_the_next_borrower() {
    use sea_orm::{AccessMode, IsolationLevel};
    testbed::on(DbBackend::MySql, async |bed| {
        let pool = crate::connections::pool_at(bed.application_url(), 1).await;
        pool.execute_unprepared("SET SESSION completion_type = 1")
            .await
            .unwrap();
        let database = crate::connections::database_on(bed, &pool).await;
        let acme = database.scoped(&testbed::context(testbed::ACME)).unwrap();
        for commits in [true, false] {
            let (level, mode) = (IsolationLevel::Serializable, AccessMode::ReadOnly);
            let transaction = acme
                .begin_with_config(Some(level), Some(mode))
                .await
                .unwrap();
            note::Entity::find().count(&transaction).await.unwrap();
            match commits {
                true => transaction.commit().await.unwrap(),
                false => transaction.rollback().await.unwrap(),
            }
            crate::connections::borrower::dirt(bed, &pool)
                .await
                .unwrap();
        }
        pool.close().await.unwrap();
    })
    .await;
}
