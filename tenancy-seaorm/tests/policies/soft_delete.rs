//! W12: rows that are deleted by a mark are not read, changed or brought back, except by an
//! explicit call.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    JsonValue, ModelTrait, PaginatorTrait, QueryFilter, Schema, Set, Statement, TransactionTrait,
    sea_query::{Expr, OnConflict},
};
use tenancy_seaorm::{
    Catalog, Policy, ScopedConnection, SoftDelete, TenantColumnType, TenantDatabase,
};
use testbed::{ACME, GLOBEX, Testbed, context};

mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub title: String,
        pub gone: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

struct World<'a> {
    bed: &'a Testbed,
    database: TenantDatabase,
}

impl World<'_> {
    fn scoped(&self, tenant: uuid::Uuid) -> ScopedConnection {
        self.database.scoped(&context(tenant)).unwrap()
    }

    /// What the owner sees of a table.
    async fn rows(&self, table: &str) -> Vec<JsonValue> {
        let all = Statement::from_string(
            self.bed.backend,
            format!("SELECT * FROM {table} ORDER BY id"),
        );
        JsonValue::find_by_statement(all)
            .all(&self.bed.owner)
            .await
            .unwrap()
    }
}

/// Each tenant has three pages; ACME's second page is deleted already.
async fn on_every_engine(test: impl AsyncFn(&World<'_>)) {
    testbed::on_every_engine(async |bed| {
        let table = Schema::new(bed.backend).create_table_from_entity(page::Entity);
        bed.owner.execute(&table).await.unwrap();
        for (tenant, first) in [(ACME, 1), (GLOBEX, 2)] {
            for number in 0..3 {
                let id = first + 2 * number;
                let gone = tenant == ACME && number == 1;
                testbed::insert(
                    &bed.owner,
                    page::Model {
                        id,
                        tenant_id: tenant,
                        title: format!("page {id}"),
                        gone,
                    },
                )
                .await;
            }
        }
        let policy =
            Policy::tenant(page::Column::TenantId).soft_delete(SoftDelete::deleted_flag("gone"));
        let catalog = Catalog::builder()
            .policy::<page::Entity>(policy)
            .build()
            .unwrap();
        // The owner's session: what the database grants is looked at elsewhere.
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        test(&World { bed, database }).await;
    })
    .await;
}

#[tokio::test]
async fn w12_soft_deleted_rows_are_not_read() {
    on_every_engine(async |world| {
        let acme = world.scoped(ACME);
        let ids: Vec<_> = page::Entity::find()
            .all(&acme)
            .await
            .unwrap()
            .into_iter()
            .map(|page| page.id)
            .collect();
        assert_eq!(ids, [1, 5]);
        assert_eq!(page::Entity::find().count(&acme).await.unwrap(), 2);
        assert_eq!(page::Entity::find_by_id(3).one(&acme).await.unwrap(), None);
        let gone = page::Entity::find().filter(page::Column::Gone.eq(true));
        assert_eq!(gone.clone().count(&acme).await.unwrap(), 0);
        // An explicit call, of the same tenant only.
        assert_eq!(gone.count(&acme.with_deleted()).await.unwrap(), 1);
        assert_eq!(
            page::Entity::find()
                .count(&acme.with_deleted())
                .await
                .unwrap(),
            3
        );
        assert_eq!(
            page::Entity::find()
                .count(&world.scoped(GLOBEX).with_deleted())
                .await
                .unwrap(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn w12_soft_deleted_rows_are_not_changed_or_brought_back() {
    on_every_engine(async |world| {
        let acme = world.scoped(ACME);
        let before = world.rows("page").await;
        let back = page::Entity::update_many().col_expr(page::Column::Gone, Expr::value(false));
        let back = back
            .filter(page::Column::Id.eq(3))
            .exec(&acme)
            .await
            .unwrap();
        assert_eq!(back.rows_affected, 0);
        let forged = page::ActiveModel {
            id: Set(3),
            title: Set("back".into()),
            gone: Set(false),
            ..Default::default()
        };
        assert!(forged.clone().update(&acme).await.is_err());
        assert_eq!(
            page::Entity::delete_by_id(3)
                .exec(&acme)
                .await
                .unwrap()
                .rows_affected,
            0
        );
        // Nor by an upsert onto its key, which is told.
        let upsert = page::Entity::insert(forged.clone()).on_conflict(
            OnConflict::column(page::Column::Id)
                .update_columns([page::Column::Title, page::Column::Gone])
                .to_owned(),
        );
        assert!(upsert.exec(&acme).await.is_err());
        assert_eq!(world.rows("page").await, before);

        // By an explicit call, and of one's own only.
        let restore = |id| {
            page::Entity::update_many()
                .col_expr(page::Column::Gone, Expr::value(false))
                .filter(page::Column::Id.eq(id))
        };
        assert_eq!(
            restore(3)
                .exec(&world.scoped(GLOBEX).with_deleted())
                .await
                .unwrap()
                .rows_affected,
            0
        );
        assert_eq!(
            restore(3)
                .exec(&acme.with_deleted())
                .await
                .unwrap()
                .rows_affected,
            1
        );
        assert_eq!(forged.update(&acme).await.unwrap().title, "back");
    })
    .await;
}

#[tokio::test]
async fn w12_a_delete_marks_the_tenants_rows() {
    on_every_engine(async |world| {
        let (acme, globex) = (world.scoped(ACME), world.scoped(GLOBEX));
        let of_globex = |rows: Vec<JsonValue>| {
            rows.into_iter()
                .filter(|row| row["id"].as_i64().unwrap() % 2 == 0)
                .collect::<Vec<_>>()
        };
        let before = of_globex(world.rows("page").await);
        let model = page::Entity::find_by_id(1)
            .one(&acme)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(model.clone().delete(&acme).await.unwrap().rows_affected, 1);
        assert_eq!(
            model
                .into_active_model()
                .delete(&acme)
                .await
                .unwrap()
                .rows_affected,
            0
        );
        // Of another tenant's, nothing.
        assert_eq!(
            page::Entity::delete_by_id(2)
                .exec(&acme)
                .await
                .unwrap()
                .rows_affected,
            0
        );
        let transaction = acme.begin().await.unwrap();
        assert_eq!(
            page::Entity::delete_many()
                .exec(&transaction)
                .await
                .unwrap()
                .rows_affected,
            1
        );
        transaction.rollback().await.unwrap();
        assert_eq!(page::Entity::find().count(&acme).await.unwrap(), 1);
        let raw = acme
            .execute_unprepared("DELETE FROM page WHERE id = 5 OR id = 6")
            .await
            .unwrap();
        assert_eq!(raw.rows_affected(), 1);
        assert_eq!(of_globex(world.rows("page").await), before);
        let kept = world.rows("page").await.len();
        assert_eq!(kept, 6, "nothing is gone for good");

        // For good, by an explicit call.
        let purged = page::Entity::delete_many()
            .exec(&acme.with_deleted())
            .await
            .unwrap();
        assert_eq!(purged.rows_affected, 3);
        assert_eq!(world.rows("page").await, before);
        assert_eq!(page::Entity::find().count(&globex).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn w12_marks_of_every_sort() {
    testbed::on_every_engine(async |bed| {
        for (number, (by, kind)) in [
            (SoftDelete::timestamp("mark"), "TIMESTAMP NULL"),
            (SoftDelete::deleted_flag("mark"), "BOOLEAN"),
            (
                SoftDelete::active_flag("mark"),
                "BOOLEAN NOT NULL DEFAULT TRUE",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let table = format!("entry_{number}");
            let create = format!(
                "CREATE TABLE {table} (id BIGINT PRIMARY KEY, org BIGINT NOT NULL, mark {kind})"
            );
            bed.owner.execute_unprepared(&create).await.unwrap();
            let policy = Policy::column("org", TenantColumnType::Int64).soft_delete(by);
            let catalog = Catalog::builder().table(&table, policy).build().unwrap();
            let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
            let tenant = tenancy_core::Tenant::new(
                tenancy_core::TenantId::integer(7).unwrap(),
                tenancy_core::Slug::parse("seven").unwrap(),
            );
            let context = tenancy_core::TenantContext::assume(tenant.into(), "a test").unwrap();
            let db = database.scoped(&context).unwrap();
            for id in [1, 2] {
                db.execute_unprepared(&format!("INSERT INTO {table} (id) VALUES ({id})"))
                    .await
                    .unwrap();
            }
            let count = async |db: &ScopedConnection| {
                let sql = format!("SELECT id FROM {table}");
                db.query_all_raw(Statement::from_string(bed.backend, sql))
                    .await
                    .unwrap()
                    .len()
            };
            assert_eq!(count(&db).await, 2);
            let deleted = db
                .execute_unprepared(&format!("DELETE FROM {table} WHERE id = 1"))
                .await
                .unwrap();
            assert_eq!(deleted.rows_affected(), 1);
            assert_eq!(count(&db).await, 1);
            assert_eq!(count(&db.with_deleted()).await, 2);
        }
    })
    .await;
}
