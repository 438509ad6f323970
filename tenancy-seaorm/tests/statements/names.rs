//! R14: names of tables, as each engine folds and finds them.

use sea_orm::{ConnectionTrait, DbBackend};
use tenancy_seaorm::{Catalog, ErrorKind, Policy, TenantColumnType};
use testbed::{acme_under, on_every_backend, query, titles};

#[tokio::test]
async fn r14_names_fold_as_the_database_folds_them() {
    on_every_backend(async |bed| {
        for sql in [
            "SELECT title FROM NOTE",
            "SELECT title FROM Note AS N",
            "SELECT \"note\".\"title\" FROM \"note\"",
        ] {
            // Whether case counts is the server's setting, so that it counts here.
            if bed.backend == DbBackend::MySql && !sql.contains('"') {
                let renamed = bed.sql(sql, []);
                bed.assert_refused(ErrorKind::UnknownTable, bed.acme().query_all_raw(renamed))
                    .await;
                continue;
            }
            assert_eq!(
                titles(&bed.acme(), bed.sql(sql, [])).await.len(),
                3,
                "{sql}"
            );
        }
        match bed.backend {
            DbBackend::Sqlite => {
                for sql in [
                    "SELECT title FROM \"NOTE\"",
                    "SELECT title FROM [note]",
                    "SELECT title FROM `nOTE`",
                ] {
                    assert_eq!(
                        titles(&bed.acme(), bed.sql(sql, [])).await.len(),
                        3,
                        "{sql}"
                    );
                }
            }
            DbBackend::MySql => {
                let sql = "SELECT `TITLE` FROM `note` AS `N` WHERE `N`.`Id` > 0";
                assert_eq!(titles(&bed.acme(), bed.sql(sql, [])).await.len(), 3);
            }
            _ => {
                // A table of another name, and one of the same name in another schema.
                for sql in [
                    "CREATE TABLE \"NOTE\" AS SELECT * FROM note",
                    "CREATE SCHEMA other",
                    "CREATE TABLE other.note AS SELECT * FROM note",
                ] {
                    bed.owner.execute_unprepared(sql).await.unwrap();
                }
                let quoted = bed.sql("SELECT title FROM \"NOTE\"", []);
                bed.assert_refused(ErrorKind::UnknownTable, bed.acme().query_all_raw(quoted))
                    .await;
            }
        }
        // The database itself, on SQLite: nothing temporary stands before its tables there.
        let acme = bed.acme();
        let main = acme.query_all_raw(bed.sql("SELECT title FROM main.note", []));
        match bed.backend {
            DbBackend::Sqlite => assert_eq!(main.await.unwrap().len(), 3),
            _ => bed.assert_refused(ErrorKind::UnknownTable, main).await,
        }
        // Where PostgreSQL keeps what has no schema.
        let public = acme.query_all_raw(bed.sql("SELECT title FROM public.note", []));
        match bed.backend {
            DbBackend::Postgres => assert_eq!(public.await.unwrap().len(), 3),
            _ => bed.assert_refused(ErrorKind::UnknownTable, public).await,
        }
        for name in ["other.note", "temp.note"] {
            let sql = format!("SELECT title FROM {name}");
            bed.assert_refused(
                ErrorKind::UnknownTable,
                bed.acme().query_all_raw(bed.sql(&sql, [])),
            )
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn r14_a_table_of_the_same_name_elsewhere_is_another_table() {
    on_every_backend(async |bed| {
        // A schema, a database or a file of its own, with a table of its own and all tenants' rows
        // in it.
        let (create, other) = match bed.backend {
            DbBackend::Sqlite => (
                "ATTACH DATABASE ':memory:' AS elsewhere".to_owned(),
                "elsewhere".to_owned(),
            ),
            DbBackend::Postgres => ("CREATE SCHEMA elsewhere".to_owned(), "elsewhere".to_owned()),
            _ => {
                let name = format!("tenancy_e{:.18}", uuid::Uuid::new_v4().simple().to_string());
                (format!("CREATE DATABASE {name}"), name)
            }
        };
        bed.owner.execute_unprepared(&create).await.unwrap();
        let copy = format!("CREATE TABLE {other}.note AS SELECT * FROM note");
        bed.owner.execute_unprepared(&copy).await.unwrap();
        let acme = acme_under(bed, &testbed::catalog());
        let select = format!("SELECT id FROM {other}.note");
        for sql in [
            select.clone(),
            format!("SELECT n.id FROM note n JOIN {other}.note m ON m.id = n.id"),
            format!("SELECT id FROM note WHERE id IN (SELECT id FROM {other}.note)"),
            format!("WITH note AS (SELECT 1 AS id) SELECT id FROM {other}.note"),
            format!("DELETE FROM {other}.note"),
            format!("UPDATE {other}.note SET title = 'x'"),
            format!("INSERT INTO {other}.note (title, body) VALUES ('x', 'y')"),
        ] {
            bed.assert_refused(ErrorKind::UnknownTable, acme.execute_unprepared(&sql))
                .await;
        }
        assert_eq!(query(bed, &bed.owner, &select).await.unwrap().len(), 7);
        // Registered, it is scoped, and the table without a schema is not registered with it.
        let policy = || Policy::column("tenant_id", TenantColumnType::Uuid);
        let catalog = Catalog::builder()
            .table(&format!("{other}.note"), policy())
            .build()
            .unwrap();
        let acme = acme_under(bed, &catalog);
        assert_eq!(query(bed, &acme, &select).await.unwrap().len(), 3);
        bed.assert_refused(
            ErrorKind::UnknownTable,
            query(bed, &acme, "SELECT id FROM note"),
        )
        .await;
        if bed.backend == DbBackend::MySql {
            bed.owner
                .execute_unprepared(&format!("DROP DATABASE {other}"))
                .await
                .unwrap();
        }
    })
    .await;
}
