//! R17: row locks.

use sea_orm::{
    ConnectionTrait, DbBackend, EntityTrait, IsolationLevel, QuerySelect, TransactionTrait,
};
use tenancy_seaorm::{ErrorKind, ScopedConnection};
use testbed::{country, note, on_every_backend, query, titles};

#[tokio::test]
async fn r17_row_locks_are_scoped() {
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let transaction = bed.acme().begin().await.unwrap();
        let locked = note::Entity::find()
            .lock_exclusive()
            .all(&transaction)
            .await
            .unwrap();
        assert_eq!(locked.len(), 3);
        // The other tenant's rows are free: this would wait otherwise.
        let free = bed.sql("SELECT title FROM note FOR UPDATE NOWAIT", []);
        assert_eq!(titles(&bed.globex(), free).await.len(), 4);
        let taken = bed.sql("SELECT title FROM note FOR UPDATE SKIP LOCKED", []);
        assert_eq!(titles(&bed.acme(), taken).await.len(), 0);
        transaction.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r17_a_tenant_does_not_lock_shared_rows() {
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let acme = bed.acme();
        bed.assert_refused(ErrorKind::ReadOnlyTable, country::Entity::find().lock_exclusive().all(&acme)).await;
        for sql in [
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR UPDATE",
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR SHARE OF c",
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR UPDATE OF n FOR SHARE OF c",
            "SELECT 1 FROM (SELECT * FROM country) AS d FOR UPDATE",
            "SELECT 1 FROM note n JOIN (SELECT * FROM country) AS d ON 1 = 1 FOR UPDATE OF d",
            "SELECT 1 FROM note n JOIN (note m JOIN country c ON 1 = 1) ON 1 = 1 FOR UPDATE",
            "SELECT 1 FROM note WHERE id IN (SELECT id FROM country FOR UPDATE)",
        ] {
            bed.assert_refused(ErrorKind::ReadOnlyTable, acme.execute_unprepared(sql)).await;
        }
        let transaction = bed.owner.begin().await.unwrap();
        transaction.execute_unprepared("LOCK TABLE country IN SHARE MODE").await.unwrap();
        for (sql, rows) in [
            ("SELECT n.id FROM note n JOIN country c ON 1 = 1 FOR UPDATE OF n NOWAIT", 3),
            ("SELECT n.id FROM note n WHERE 1 IN (SELECT id FROM country) FOR UPDATE NOWAIT", 3),
            ("WITH c AS (SELECT id FROM country) SELECT n.id FROM note n, c FOR UPDATE OF n NOWAIT", 3),
        ] {
            assert_eq!(acme.query_all_raw(bed.sql(sql, [])).await.unwrap().len(), rows, "{sql}");
        }
        transaction.rollback().await.unwrap();
        // The platform may.
        let platform = bed.scoped(testbed::PLATFORM);
        country::Entity::find().lock_exclusive().all(&platform).await.unwrap();
    })
    .await;
}

/// With an index to read the tenant's rows by, and without the gap locks of `REPEATABLE READ`.
/// Otherwise InnoDB locks what it passes on its way, before the statement's condition is looked at.
#[tokio::test]
async fn r17_row_locks_are_scoped_on_mysql() {
    if !testbed::backends().contains(&DbBackend::MySql) {
        return;
    }
    testbed::on(DbBackend::MySql, async |bed| {
        bed.owner
            .execute_unprepared("CREATE INDEX note_tenant ON note (tenant_id)")
            .await
            .unwrap();
        let begin = async |db: &ScopedConnection| {
            db.begin_with_config(Some(IsolationLevel::ReadCommitted), None)
                .await
                .unwrap()
        };
        let lock =
            |wait: &str| format!("SELECT id FROM note FORCE INDEX (note_tenant) FOR UPDATE {wait}");
        let (acme, globex, again) = (
            begin(&bed.acme()).await,
            begin(&bed.globex()).await,
            begin(&bed.acme()).await,
        );
        assert_eq!(query(bed, &acme, &lock("")).await.unwrap().len(), 3);
        assert_eq!(query(bed, &globex, &lock("NOWAIT")).await.unwrap().len(), 4);
        assert_eq!(
            query(bed, &again, &lock("SKIP LOCKED"))
                .await
                .unwrap()
                .len(),
            0
        );
        assert!(query(bed, &again, &lock("NOWAIT")).await.is_err());
        for transaction in [acme, globex, again] {
            transaction.rollback().await.unwrap();
        }
    })
    .await;
}
