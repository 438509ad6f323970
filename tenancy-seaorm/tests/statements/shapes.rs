//! Tables of all shapes: tenant columns of every type and name, keys that include the tenant,
//! schemas, and no entity at all.

use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, ModelTrait,
    PaginatorTrait, Schema, Set, TryGetable,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, Policy, ScopedConnection, TenantColumnType, TenantDatabase,
};
use testbed::{Testbed, on_every_backend};

mod order {
    use sea_orm::entity::prelude::*;

    /// The key includes the tenant, under a name of its own.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "order")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub org: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i32,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(column_name = "Site Owner")]
        pub owner: i32,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Scoped to the tenant with this id, on a connection of the bed's owner.
fn scoped(bed: &Testbed, catalog: &Catalog, tenant: TenantId) -> ScopedConnection {
    let tenant = Tenant::new(tenant, Slug::parse("any").unwrap());
    let context = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
    let database = TenantDatabase::new(bed.owner.clone(), catalog).unwrap();
    database.scoped(&context).unwrap()
}

async fn create(bed: &Testbed, entity: impl EntityTrait) {
    let schema = Schema::new(bed.backend);
    let table = schema.create_table_from_entity(entity);
    bed.owner.execute(&table).await.unwrap();
}

async fn all<T: TryGetable>(db: &impl ConnectionTrait, bed: &Testbed, sql: &str) -> Vec<T> {
    let rows = db.query_all_raw(bed.sql(sql, [])).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

#[tokio::test]
async fn a_key_that_includes_the_tenant_finds_ones_own_row() {
    on_every_backend(async |bed| {
        create(bed, order::Entity).await;
        let catalog = Catalog::builder()
            .policy::<order::Entity>(Policy::tenant(order::Column::Org))
            .build()
            .unwrap();
        let of = |id| scoped(bed, &catalog, TenantId::integer(id).unwrap());
        let (one, two) = (of(1), of(2));
        for (db, org) in [(&one, 1), (&two, 2)] {
            // The same number in both.
            let model = order::Model {
                org,
                number: 7,
                title: format!("of {org}"),
            };
            order::Entity::insert(model.into_active_model())
                .exec_without_returning(db)
                .await
                .unwrap();
            let unstamped = order::ActiveModel {
                number: Set(8),
                title: Set("stamped".into()),
                ..Default::default()
            };
            order::Entity::insert(unstamped)
                .exec_without_returning(db)
                .await
                .unwrap();
        }
        let found = order::Entity::find_by_id((1, 7))
            .one(&one)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.title, "of 1");
        assert!(
            order::Entity::find_by_id((2, 7))
                .one(&one)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(order::Entity::find().count(&one).await.unwrap(), 2);

        let mut theirs = order::Model {
            org: 2,
            number: 7,
            title: "x".into(),
        }
        .into_active_model();
        theirs.title = Set("taken over".into());
        assert!(theirs.update(&one).await.is_err());
        let mut mine = found.clone().into_active_model();
        mine.title = Set("changed".into());
        assert_eq!(mine.update(&one).await.unwrap().title, "changed");
        let foreign = order::Model {
            org: 2,
            number: 9,
            title: "x".into(),
        }
        .into_active_model();
        let error = order::Entity::insert(foreign)
            .exec_without_returning(&one)
            .await
            .unwrap_err();
        let refusal = Error::of(&error).unwrap();
        assert_eq!(
            (refusal.kind(), refusal.problem().status()),
            (ErrorKind::ForeignTenant, 403)
        );
        assert_eq!(found.delete(&one).await.unwrap().rows_affected, 1);
        assert_eq!(order::Entity::find().count(&two).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_tenant_column_has_any_name_and_type() {
    on_every_backend(async |bed| {
        create(bed, page::Entity).await;
        let catalog = Catalog::builder()
            .policy::<page::Entity>(Policy::tenant(page::Column::Owner))
            .build()
            .unwrap();
        let of = |id| scoped(bed, &catalog, TenantId::integer(id).unwrap());
        for id in [1, 2] {
            let page = page::ActiveModel {
                title: Set(format!("of {id}")),
                ..Default::default()
            };
            assert_eq!(i64::from(page.insert(&of(id)).await.unwrap().owner), id);
        }
        let titles: Vec<String> = all(
            &of(2),
            bed,
            "SELECT title FROM page p WHERE 1 = 1 OR p.id = 1",
        )
        .await;
        assert_eq!(titles, ["of 2"]);
        let taken = bed.sql("UPDATE page SET \"Site Owner\" = 1", []);
        let error = of(2).execute_raw(taken).await.unwrap_err();
        assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::ForeignTenant);
        let own = bed.sql("UPDATE page SET \"Site Owner\" = 2", []);
        assert_eq!(of(2).execute_raw(own).await.unwrap().rows_affected(), 1);
        // An id that the column cannot hold is nobody's here.
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        let large = TenantId::integer(i64::MAX).unwrap();
        let tenant = Tenant::new(large, Slug::parse("any").unwrap());
        let context = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
        assert_eq!(
            database.scoped(&context).unwrap_err().kind(),
            ErrorKind::Incompatible
        );
    })
    .await;
}

#[tokio::test]
async fn tables_without_an_entity_are_registered_by_name() {
    on_every_backend(async |bed| {
        let text = match bed.backend {
            DbBackend::MySql => "VARCHAR(64)",
            _ => "TEXT",
        };
        let mut names = vec!["invoice"];
        if bed.backend == DbBackend::Postgres {
            bed.owner
                .execute_unprepared("CREATE SCHEMA archive")
                .await
                .unwrap();
            names.push("archive.invoice");
        }
        for name in &names {
            let sql = format!(
                "CREATE TABLE {name} (number BIGINT, account {text} NOT NULL, total BIGINT)"
            );
            bed.owner.execute_unprepared(&sql).await.unwrap();
        }
        bed.owner
            .execute_unprepared("CREATE TABLE rate (id BIGINT)")
            .await
            .unwrap();
        let account = || Policy::column("account", TenantColumnType::Text);
        let catalog = names
            .iter()
            .fold(Catalog::builder(), |catalog, name| {
                catalog.table(name, account())
            })
            .reference_table("rate")
            .build()
            .unwrap();
        let of = |id: &str| scoped(bed, &catalog, TenantId::text(id).unwrap());
        for name in names {
            for id in ["acme", "globex"] {
                let insert = format!("INSERT INTO {name} (number, total) VALUES (1, 10), (2, 20)");
                assert_eq!(
                    of(id)
                        .execute_unprepared(&insert)
                        .await
                        .unwrap()
                        .rows_affected(),
                    2
                );
            }
            let totals: Vec<i64> = all(
                &of("acme"),
                bed,
                &format!("SELECT total FROM {name} ORDER BY 1"),
            )
            .await;
            assert_eq!(totals, [10, 20]);
            let delete = format!("DELETE FROM {name}");
            assert_eq!(
                of("acme")
                    .execute_unprepared(&delete)
                    .await
                    .unwrap()
                    .rows_affected(),
                2
            );
            let left: Vec<String> =
                all(&bed.owner, bed, &format!("SELECT account FROM {name}")).await;
            assert_eq!(left, ["globex", "globex"]);
        }
        let rates: Vec<i64> = all(&of("acme"), bed, "SELECT id FROM rate").await;
        assert!(rates.is_empty());
        let error = of("acme")
            .execute_unprepared("INSERT INTO rate (id) VALUES (1)")
            .await
            .unwrap_err();
        assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::ReadOnlyTable);
    })
    .await;
}

#[test]
fn a_catalog_with_a_mistake_is_not_built() {
    let account = || Policy::column("account", TenantColumnType::Text);
    for (flaw, catalog) in [
        (
            "twice",
            Catalog::builder()
                .table("a", account())
                .table("A", account()),
        ),
        (
            "twice",
            Catalog::builder()
                .table("x.a", account())
                .reference_table("X.a"),
        ),
        (
            "twice",
            Catalog::builder()
                .policy::<page::Entity>(Policy::tenant(page::Column::Owner))
                .reference_table("page"),
        ),
        ("without a name", Catalog::builder().table("", account())),
        ("without a name", Catalog::builder().reference_table(".a")),
        ("without a name", Catalog::builder().reference_table("a.")),
        (
            "has a name",
            Catalog::builder().table("a", Policy::column("", TenantColumnType::Uuid)),
        ),
    ] {
        let error = catalog.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Catalog);
        assert!(error.to_string().contains(flaw), "{error}");
    }
    assert!(
        Catalog::builder()
            .table("a", account())
            .table("x.a", account())
            .build()
            .is_ok()
    );
}
