//! W15: the rows and models that a write returns.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, sea_query::Expr};
use tenancy_seaorm::{ErrorKind, ScopedConnection};
use testbed::{ACME, new_note, note, on_every_backend, on_every_engine};

#[tokio::test]
async fn w15_returning_returns_the_tenants_rows() {
    on_every_engine(async |bed| {
        let acme = bed.acme();
        let returned = async |db: &ScopedConnection, sql: &str| {
            let rows = db.query_all_raw(bed.sql(sql, [])).await;
            rows.unwrap_or_else(|error| panic!("{sql}: {error}")).len()
        };
        // MariaDB has the clause in inserts and deletes, MySQL nowhere.
        let version = bed.sql("SELECT VERSION()", []);
        if bed.backend == DbBackend::MySql {
            let row = bed.owner.query_one_raw(version).await.unwrap().unwrap();
            let version: String = row.try_get_by_index(0).unwrap();
            if !version.contains("MariaDB") {
                return;
            }
        } else {
            assert_eq!(returned(&acme, "UPDATE note SET body = 'r' RETURNING id").await, 3);
            assert_eq!(returned(&acme, "UPDATE note SET body = 'r' WHERE id = 2 RETURNING *").await, 0);
            let upsert = |id: i64| format!("INSERT INTO note (id, title, body) VALUES ({id}, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = 'taken' RETURNING note.title");
            assert_eq!(returned(&acme, &upsert(2)).await, 0);
            assert_eq!(returned(&acme, &upsert(1)).await, 1);
        }
        let insert = "INSERT INTO note (title, body) SELECT name, 'new' FROM author RETURNING id, tenant_id";
        assert_eq!(returned(&acme, insert).await, 2);
        let sub = "INSERT INTO author (name) VALUES ('new') RETURNING (SELECT COUNT(*) FROM note)";
        let row = bed.globex().query_one_raw(bed.sql(sub, [])).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 4);
        assert_eq!(returned(&acme, "DELETE FROM note WHERE id = 2 OR 1 = 1 RETURNING id").await, 5);
        assert_eq!(returned(&acme, "DELETE FROM note RETURNING id").await, 0);
        for sql in [
            "DELETE FROM note RETURNING (SELECT MAX(amount) FROM ledger)",
            "INSERT INTO note (title, body) VALUES ('x', 'y') RETURNING (SELECT MAX(amount) FROM ledger)",
        ] {
            bed.assert_refused(ErrorKind::UnknownTable, acme.execute_unprepared(sql)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn w15_models_that_come_back_are_the_tenants() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let many = note::Entity::insert_many([new_note("one"), new_note("two")]);
        let many = many.exec_with_returning(&acme).await;
        if acme.support_returning() {
            let many = many.unwrap();
            assert_eq!(many.len(), 2);
            assert!(many.iter().all(|note| note.tenant_id == ACME));
            let body = Expr::val("changed");
            let update = note::Entity::update_many().col_expr(note::Column::Body, body);
            let updated = update.exec_with_returning(&acme).await.unwrap();
            assert_eq!(updated.len(), 5);
            assert!(updated.iter().all(|note| note.tenant_id == ACME));
            let theirs = note::Entity::delete_by_id(2)
                .exec_with_returning(&acme)
                .await;
            assert!(theirs.unwrap().is_none());
            let deleted = note::Entity::delete_many().exec_with_returning(&acme).await;
            assert_eq!(deleted.unwrap().len(), 5);
        } else {
            assert!(many.is_err());
            let one = note::Entity::insert(new_note("one"))
                .exec_with_returning(&acme)
                .await;
            assert_eq!(one.unwrap().tenant_id, ACME);
        }
        assert_eq!(note::Entity::find().count(&bed.globex()).await.unwrap(), 4);
    })
    .await;
}
