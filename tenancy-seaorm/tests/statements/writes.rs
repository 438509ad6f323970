//! Escapes W: writes, on every engine, each with a positive control on the same rows.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait,
    IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, QuerySelect, Schema, Set,
    TransactionTrait, Unchanged, sea_query::Expr,
};
use tenancy_seaorm::{Catalog, ErrorKind, ScopedConnection, TenantDatabase};
use testbed::{
    ACME, GLOBEX, PLATFORM, Testbed, author, country, new_note, note, on_every_backend,
    on_every_engine,
};

async fn owner_of(bed: &Testbed, id: i64) -> uuid::Uuid {
    note::Entity::find_by_id(id)
        .one(&bed.owner)
        .await
        .unwrap()
        .unwrap()
        .tenant_id
}

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

#[tokio::test]
async fn w04_another_tenants_row_is_not_found_by_any_write() {
    on_every_backend(async |bed| {
        let before = bed.snapshot().await;
        let change = |id| note::ActiveModel {
            id: Unchanged(id),
            title: Set("changed".into()),
            ..Default::default()
        };
        assert_eq!(
            change(2).update(&bed.acme()).await.unwrap_err(),
            DbErr::RecordNotUpdated
        );
        assert_eq!(
            change(2).save(&bed.acme()).await.unwrap_err(),
            DbErr::RecordNotUpdated
        );
        // Exactly as a row that does not exist.
        assert_eq!(
            change(999).update(&bed.acme()).await.unwrap_err(),
            DbErr::RecordNotUpdated
        );
        assert_eq!(
            change(2).delete(&bed.acme()).await.unwrap().rows_affected,
            0
        );
        assert_eq!(
            note::Entity::delete_by_id(2)
                .exec(&bed.acme())
                .await
                .unwrap()
                .rows_affected,
            0
        );
        assert_eq!(bed.snapshot().await, before);

        assert_eq!(
            change(1).update(&bed.acme()).await.unwrap().title,
            "changed"
        );
        assert_eq!(
            note::Entity::delete_by_id(1)
                .exec(&bed.acme())
                .await
                .unwrap()
                .rows_affected,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn w05_the_tenant_column_cannot_be_assigned() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let moved = note::ActiveModel {
            id: Unchanged(1),
            tenant_id: Set(GLOBEX),
            ..Default::default()
        };
        bed.assert_refused(ErrorKind::ForeignTenant, moved.update(&acme))
            .await;
        for value in [
            Expr::val(GLOBEX),
            Expr::col(note::Column::TenantId),
            Expr::val(1).add(1),
        ] {
            let first = note::Entity::update_many()
                .col_expr(note::Column::TenantId, value.clone())
                .filter(note::Column::Id.eq(1));
            bed.assert_refused(ErrorKind::ForeignTenant, first.exec(&acme))
                .await;
            let last = note::Entity::update_many()
                .filter(note::Column::Id.eq(1))
                .col_expr(note::Column::Title, Expr::val("x"))
                .col_expr(note::Column::TenantId, value);
            bed.assert_refused(ErrorKind::ForeignTenant, last.exec(&acme))
                .await;
        }
        for sql in [
            "UPDATE note SET tenant_id = (SELECT tenant_id FROM author LIMIT 1)",
            "UPDATE note SET tenant_id = NULL",
            "UPDATE note SET title = 'x', tenant_id = tenant_id",
        ] {
            bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_unprepared(sql))
                .await;
        }
        let row = "UPDATE note SET (title, tenant_id) = ('x', 'y')";
        bed.assert_refused(ErrorKind::Unsupported, acme.execute_unprepared(row))
            .await;
        let null = bed.sql(
            "UPDATE note SET tenant_id = $1",
            [sea_orm::Value::Uuid(None)],
        );
        bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_raw(null))
            .await;
        // Its own tenant is no change.
        let same = note::ActiveModel {
            id: Unchanged(1),
            tenant_id: Set(ACME),
            title: Set("same".into()),
            ..Default::default()
        };
        assert_eq!(same.update(&acme).await.unwrap().title, "same");
    })
    .await;
}

#[tokio::test]
async fn w06_bulk_writes_touch_one_tenant() {
    on_every_backend(async |bed| {
        let theirs = async || {
            note::Entity::find()
                .filter(note::Column::TenantId.eq(GLOBEX))
                .all(&bed.owner)
                .await
                .unwrap()
        };
        let before = theirs().await;
        let acme = bed.acme();
        let all = note::Entity::update_many().col_expr(note::Column::Body, Expr::val("bulk"));
        assert_eq!(all.exec(&acme).await.unwrap().rows_affected, 3);
        let either = "UPDATE note SET score = 1 WHERE id = 1 OR id = 2 OR 1 = 1";
        assert_eq!(
            acme.execute_unprepared(either)
                .await
                .unwrap()
                .rows_affected(),
            3
        );
        let inner = match bed.backend {
            DbBackend::MySql => "DELETE FROM note ORDER BY id LIMIT 2",
            _ => "DELETE FROM note WHERE id IN (SELECT id FROM note ORDER BY id LIMIT 2)",
        };
        assert_eq!(
            acme.execute_unprepared(inner)
                .await
                .unwrap()
                .rows_affected(),
            2
        );
        assert_eq!(
            note::Entity::delete_many()
                .exec(&acme)
                .await
                .unwrap()
                .rows_affected,
            1
        );
        assert_eq!(theirs().await, before);
    })
    .await;
}

#[tokio::test]
async fn w07_a_model_of_another_tenant_cannot_be_written() {
    on_every_backend(async |bed| {
        let stolen = note::Entity::find_by_id(2)
            .one(&bed.owner)
            .await
            .unwrap()
            .unwrap();
        let before = bed.snapshot().await;
        assert_eq!(
            stolen
                .clone()
                .delete(&bed.acme())
                .await
                .unwrap()
                .rows_affected,
            0
        );
        let mut forged = stolen.clone().into_active_model();
        forged.title = Set("forged".into());
        assert_eq!(
            forged.update(&bed.acme()).await.unwrap_err(),
            DbErr::RecordNotUpdated
        );
        let mut forged = stolen.into_active_model().reset_all();
        forged.tenant_id = Set(ACME);
        assert_eq!(
            forged.update(&bed.acme()).await.unwrap_err(),
            DbErr::RecordNotUpdated
        );
        assert_eq!(bed.snapshot().await, before);
        assert_eq!(owner_of(bed, 2).await, GLOBEX);
    })
    .await;
}

#[tokio::test]
async fn w14_reference_tables_are_written_by_the_platform_only() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        assert_eq!(country::Entity::find().count(&acme).await.unwrap(), 1);
        let new = || {
            country::Model {
                id: 7,
                code: "FR".into(),
            }
            .into_active_model()
        };
        bed.assert_refused(
            ErrorKind::ReadOnlyTable,
            country::Entity::insert(new()).exec(&acme),
        )
        .await;
        bed.assert_refused(
            ErrorKind::ReadOnlyTable,
            country::Entity::delete_many().exec(&acme),
        )
        .await;
        let update = "UPDATE country SET code = 'XX'";
        bed.assert_refused(ErrorKind::ReadOnlyTable, acme.execute_unprepared(update))
            .await;

        let platform = bed.scoped(PLATFORM);
        country::Entity::insert(new())
            .exec(&platform)
            .await
            .unwrap();
        assert_eq!(
            platform
                .execute_unprepared(update)
                .await
                .unwrap()
                .rows_affected(),
            2
        );
        // The platform's authority over reference tables is none over the rows of tenants.
        assert_eq!(note::Entity::find().count(&platform).await.unwrap(), 0);
        assert_eq!(
            note::Entity::delete_many()
                .exec(&platform)
                .await
                .unwrap()
                .rows_affected,
            0
        );
    })
    .await;
}

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
async fn w08_a_check_of_one_row_opens_no_other() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let before = bed.rows_of(GLOBEX).await;
        // The row that was read, locked and found to be one's own is not the row that is written.
        let transaction = acme.begin().await.unwrap();
        let own = note::Entity::find_by_id(1).lock_exclusive().one(&transaction).await;
        let own = own.unwrap().unwrap();
        let mut swapped = own.clone();
        swapped.id = 2;
        let mut update = swapped.clone().into_active_model();
        update.title = Set("swapped".into());
        assert_eq!(update.clone().update(&transaction).await.unwrap_err(), DbErr::RecordNotUpdated);
        assert_eq!(update.save(&transaction).await.unwrap_err(), DbErr::RecordNotUpdated);
        assert_eq!(swapped.delete(&transaction).await.unwrap().rows_affected, 0);
        let other = note::Entity::update_many()
            .col_expr(note::Column::Title, Expr::val("swapped"))
            .filter(note::Column::Id.is_in([1, 2, 4]));
        assert_eq!(other.exec(&transaction).await.unwrap().rows_affected, 1);
        // Nor does a condition that holds of one's own row let a statement reach another.
        for (sql, rows) in [
            ("UPDATE note SET body = 'x' WHERE id = 2 AND EXISTS (SELECT 1 FROM note WHERE id = 1)", 0),
            ("UPDATE note SET body = 'x' WHERE id IN (SELECT id + 1 FROM note)", 0),
            ("DELETE FROM note WHERE id = (SELECT id + 1 FROM author WHERE id = 1)", 0),
            ("UPDATE note SET body = 'x' WHERE EXISTS (SELECT 1 FROM author WHERE id = 1) OR id = 2", 3),
        ] {
            // MySQL does not read the table that it writes.
            if bed.backend == DbBackend::MySql && sql.contains("FROM note") {
                continue;
            }
            let done = transaction.execute_unprepared(sql).await.unwrap();
            assert_eq!(done.rows_affected(), rows, "{sql}");
        }
        // To change the key of one's own row to that of another tenant's is a conflict like any.
        let moved = note::Entity::update_many()
            .col_expr(note::Column::Id, Expr::val(2))
            .filter(note::Column::Id.eq(1));
        assert!(moved.exec(&transaction).await.is_err());
        transaction.rollback().await.unwrap();
        assert_eq!(bed.rows_of(GLOBEX).await, before);
        let mut changed = own.into_active_model();
        changed.title = Set("changed".into());
        assert_eq!(changed.update(&acme).await.unwrap().id, 1);
    })
    .await;
}

#[tokio::test]
async fn transactions_and_savepoints_keep_the_tenant() {
    on_every_backend(async |bed| {
        let outer = bed.acme().begin().await.unwrap();
        new_note("outer").insert(&outer).await.unwrap();
        let inner = outer.begin().await.unwrap();
        new_note("inner").insert(&inner).await.unwrap();
        assert_eq!(note::Entity::find().count(&inner).await.unwrap(), 5);
        inner.rollback().await.unwrap();
        let foreign = note::Entity::delete_by_id(2).exec(&outer).await.unwrap();
        assert_eq!(foreign.rows_affected, 0);
        assert_eq!(note::Entity::find().count(&outer).await.unwrap(), 4);
        outer.commit().await.unwrap();
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 4);

        let failed: Result<(), _> = bed
            .acme()
            .transaction(|txn| {
                Box::pin(async move {
                    new_note("lost").insert(txn).await?;
                    Err(DbErr::Custom("no".into()))
                })
            })
            .await;
        assert!(failed.is_err());
        bed.acme()
            .transaction_async(async |txn| {
                author::ActiveModel {
                    name: Set("kept".into()),
                    ..Default::default()
                }
                .insert(txn)
                .await
                .map(|_| ())
            })
            .await
            .unwrap();
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 4);
        assert_eq!(author::Entity::find().count(&bed.acme()).await.unwrap(), 3);
        assert_eq!(
            author::Entity::find().count(&bed.globex()).await.unwrap(),
            2
        );
    })
    .await;
}
