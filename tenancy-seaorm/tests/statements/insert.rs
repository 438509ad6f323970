//! W01 and W02: inserts, of one row and of many, of values, of defaults and from queries.

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Schema, Set,
};
use tenancy_seaorm::{Catalog, ErrorKind, TenantDatabase};
use testbed::{ACME, GLOBEX, execute_beside_globex, new_note, note, on_every_backend};

#[tokio::test]
async fn w01_an_insert_is_stamped_or_must_name_the_tenant() {
    on_every_backend(async |bed| {
        let stamped = new_note("stamped").insert(&bed.acme()).await.unwrap();
        assert_eq!(stamped.tenant_id, ACME);
        let mut named = new_note("named");
        named.tenant_id = Set(ACME);
        assert_eq!(named.insert(&bed.acme()).await.unwrap().tenant_id, ACME);
        let mut foreign = new_note("foreign");
        foreign.tenant_id = Set(GLOBEX);
        bed.assert_refused(ErrorKind::ForeignTenant, foreign.insert(&bed.acme()))
            .await;

        let raw = "INSERT INTO note (title, body) VALUES ($1, 'raw')";
        bed.acme()
            .execute_raw(bed.sql(raw, ["raw".into()]))
            .await
            .unwrap();
        let raw = "INSERT INTO note (title, body, tenant_id) VALUES ('raw', 'raw', $1)";
        bed.acme()
            .execute_raw(bed.sql(raw, [ACME.into()]))
            .await
            .unwrap();
        bed.acme()
            .execute_raw(bed.sql(raw, [sea_orm::Value::Uuid(None)]))
            .await
            .unwrap();
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 8);
        bed.assert_refused(
            ErrorKind::ForeignTenant,
            bed.acme().execute_raw(bed.sql(raw, [GLOBEX.into()])),
        )
        .await;
        for value in [
            format!("'{GLOBEX}'"),
            "(SELECT tenant_id FROM author LIMIT 1)".into(),
            format!("CAST('{ACME}' AS uuid)"),
            "lower('x')".into(),
            "7".into(),
        ] {
            let sql =
                format!("INSERT INTO note (title, body, tenant_id) VALUES ('raw', 'raw', {value})");
            bed.assert_refused(
                ErrorKind::ForeignTenant,
                bed.acme().execute_unprepared(&sql),
            )
            .await;
        }
        let sql = format!(
            "INSERT INTO note (title, body, tenant_id) VALUES ('literal', 'raw', '{ACME}')"
        );
        bed.acme().execute_unprepared(&sql).await.unwrap();
        // Stored as the predicates compare it, whatever the notation was.
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 9);
    })
    .await;
}

#[tokio::test]
async fn w01_the_tenant_column_is_found_under_any_spelling() {
    on_every_backend(async |bed| {
        // In double quotes it would be a string to some servers of MySQL.
        let quoted = match bed.backend {
            DbBackend::MySql => "`tenant_id`",
            _ => "\"tenant_id\"",
        };
        for column in ["tenant_id", "TENANT_ID", quoted] {
            let sql = format!("INSERT INTO note ({column}, title, body) VALUES ('{GLOBEX}', 'x', 'y')");
            bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(&sql)).await;
            let sql = format!("UPDATE note SET {column} = '{GLOBEX}'");
            bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(&sql)).await;
        }
        let twice = format!("INSERT INTO note (tenant_id, TENANT_ID, title, body) VALUES ('{ACME}', '{GLOBEX}', 'x', 'y')");
        bed.assert_refused(ErrorKind::Unsupported, bed.acme().execute_unprepared(&twice)).await;
        if bed.backend == DbBackend::Sqlite {
            for column in ["[tenant_id]", "`Tenant_Id`", "\"TENANT_ID\""] {
                let sql = format!("UPDATE note SET {column} = '{GLOBEX}'");
                bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(&sql)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn w02_one_foreign_row_refuses_them_all() {
    on_every_backend(async |bed| {
        let of = |tenant, title| {
            let mut note = new_note(title);
            note.tenant_id = Set(tenant);
            note
        };
        let mixed = note::Entity::insert_many([of(ACME, "mine"), of(GLOBEX, "theirs")]);
        bed.assert_refused(ErrorKind::ForeignTenant, mixed.exec(&bed.acme()))
            .await;
        note::Entity::insert_many([of(ACME, "one"), of(ACME, "two")])
            .exec(&bed.acme())
            .await
            .unwrap();
        note::Entity::insert_many([new_note("three"), new_note("four")])
            .exec(&bed.acme())
            .await
            .unwrap();
        // Rows that name the tenant beside rows that do not.
        note::Entity::insert_many([of(ACME, "five"), new_note("six")])
            .exec(&bed.acme())
            .await
            .unwrap();
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 9);
        assert_eq!(note::Entity::find().count(&bed.globex()).await.unwrap(), 4);
    })
    .await;
}

#[tokio::test]
async fn w02_forms_of_insert_that_cannot_be_stamped_are_refused() {
    on_every_backend(async |bed| {
        for sql in [
            "INSERT INTO note SELECT * FROM note",
            "INSERT INTO note VALUES (900, NULL, NULL, 'x', 'y', 1)",
            "INSERT INTO note (title, body) VALUES ('x', 'y', 'z')",
        ] {
            bed.assert_refused(ErrorKind::Unsupported, bed.acme().execute_unprepared(sql))
                .await;
        }
        if bed.backend == DbBackend::Sqlite {
            let sql = "INSERT OR REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')";
            bed.assert_refused(ErrorKind::Unsupported, bed.acme().execute_unprepared(sql))
                .await;
        }
        // A row of nothing but defaults is stamped: what is missing is the database's to say.
        let error = bed
            .acme()
            .execute_unprepared("INSERT INTO note DEFAULT VALUES")
            .await
            .unwrap_err();
        assert!(tenancy_seaorm::Error::of(&error).is_none(), "{error}");
        assert!(
            error.to_string().contains("title") || error.to_string().contains("body"),
            "{error}"
        );
    })
    .await;
}

mod blank {
    use sea_orm::entity::prelude::*;

    /// Nothing in it needs a value.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "blank")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn w02_rows_of_defaults_are_stamped_and_no_rows_are_none() {
    on_every_backend(async |bed| {
        let table = Schema::new(bed.backend).create_table_from_entity(blank::Entity);
        bed.owner.execute(&table).await.unwrap();
        let catalog = Catalog::builder()
            .tenant_owned::<blank::Entity>()
            .build()
            .unwrap();
        // The owner, since nobody granted the table to the application.
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        let acme = database.scoped(&testbed::context(ACME)).unwrap();
        let new = <blank::ActiveModel as Default>::default;
        assert_eq!(new().insert(&acme).await.unwrap().tenant_id, ACME);
        let saved = new().save(&acme).await.unwrap();
        assert_eq!(saved.tenant_id.unwrap(), ACME);
        acme.execute_unprepared("INSERT INTO blank DEFAULT VALUES")
            .await
            .unwrap();
        let none = blank::Entity::insert_many::<blank::ActiveModel, _>([]);
        assert!(none.exec(&acme).await.unwrap().last_insert_id.is_none());
        assert_eq!(blank::Entity::find().count(&acme).await.unwrap(), 3);
        assert_eq!(blank::Entity::find().count(&bed.owner).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn w02_insert_from_a_query_is_stamped_and_reads_the_tenants_rows() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        for (sql, rows) in [
            ("INSERT INTO note (title, body) SELECT title, 'copy' FROM note WHERE body <> 'copy' OR 1 = 1", 3),
            ("INSERT INTO note (title, body) SELECT DISTINCT name, 'copy' FROM author", 2),
            ("INSERT INTO note (title, body) SELECT code, 'copy' FROM country UNION ALL SELECT name, 'copy' FROM author", 3),
            ("INSERT INTO note (title, body) WITH a AS (SELECT name FROM author) SELECT name, 'copy' FROM a", 2),
            ("WITH a AS (SELECT name FROM author) INSERT INTO note (title, body) SELECT name, 'copy' FROM a", 2),
            ("INSERT INTO note (title, body) SELECT a.name, 'copy' FROM author a LEFT JOIN note n ON n.author_id = a.id GROUP BY a.name", 2),
            ("INSERT INTO note (title, body) SELECT * FROM (SELECT name, 'copy' FROM author) AS a ORDER BY 1 LIMIT 1", 1),
            // The caller names the tenant column, and what it yields is the tenant.
            ("INSERT INTO note (tenant_id, title, body) SELECT tenant_id, name, 'copy' FROM author", 2),
            ("INSERT INTO note (title, body, tenant_id) SELECT n.title, 'copy', a.tenant_id FROM note n JOIN author a ON a.id = n.author_id AND n.body <> 'copy'", 2),
        ] {
            let before = note::Entity::find().count(&acme).await.unwrap();
            // MySQL has the clause before the query only.
            if bed.backend == DbBackend::MySql && sql.starts_with("WITH") {
                continue;
            }
            assert_eq!(execute_beside_globex(bed, &acme, sql).await.unwrap(), rows, "{sql}");
            assert_eq!(note::Entity::find().count(&acme).await.unwrap(), before + rows, "{sql}");
            acme.execute_unprepared("DELETE FROM note WHERE body = 'copy'").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn w02_insert_from_a_query_that_may_yield_another_tenant_is_refused() {
    on_every_backend(async |bed| {
        for sql in [
            "INSERT INTO note (tenant_id, title, body) SELECT title, title, body FROM note",
            "INSERT INTO note (tenant_id, title, body) SELECT name, title, body FROM note n JOIN (SELECT 'x' AS name) AS d ON 1 = 1",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM (SELECT 1 AS tenant_id) AS d",
            "INSERT INTO note (tenant_id, title, body) SELECT d.tenant_id, 'x', 'y' FROM note n JOIN (SELECT 1 AS tenant_id) AS d ON 1 = 1",
            // Outer joins and ROLLUP yield nulls, which are nobody's.
            "INSERT INTO note (tenant_id, title, body) SELECT a.tenant_id, n.title, n.body FROM note n LEFT JOIN author a ON 1 = 0",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note GROUP BY tenant_id",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note UNION SELECT tenant_id, 'x', 'y' FROM author",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id + 1, 'x', 'y' FROM note",
        ] {
            bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(sql)).await;
        }
        for sql in [
            // A table of that name that is none.
            "INSERT INTO note (tenant_id, title, body) WITH note AS (SELECT 1 AS tenant_id) SELECT tenant_id, 'x', 'y' FROM note",
            "INSERT INTO note (tenant_id, title, body) SELECT * FROM note",
            "INSERT INTO note SELECT * FROM note",
        ] {
            bed.assert_refused(ErrorKind::Unsupported, bed.acme().execute_unprepared(sql)).await;
        }
        let sql = "WITH note AS (SELECT 1 AS tenant_id) INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note";
        bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(sql)).await;
        let foreign = format!("INSERT INTO note (tenant_id, title, body) SELECT '{GLOBEX}', title, body FROM note");
        bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(&foreign)).await;
        let own = format!("INSERT INTO note (tenant_id, title, body) SELECT '{ACME}', title, body FROM note");
        assert_eq!(execute_beside_globex(bed, &bed.acme(), &own).await.unwrap(), 3);
    })
    .await;
}
