//! Updates and deletes.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, ModelTrait,
    PaginatorTrait, QueryFilter, TransactionTrait,
    sea_query::{Expr, OnConflict},
};
use tenancy_core::elevation::ElevationScope;
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, GLOBEX, author, country, note};

use crate::elevation::world::{INITECH, World, everywhere, ids};

/// Requires that `work` leaves the third tenant's rows as they are.
async fn spared<T>(world: &World<'_>, work: impl Future<Output = T>) -> T {
    let before = world.bed.rows_of(INITECH).await;
    assert!(!before.is_empty());
    let done = work.await;
    assert_eq!(world.bed.rows_of(INITECH).await, before);
    done
}

#[tokio::test]
async fn a04_updates_and_deletes_touch_the_chosen_tenants_alone() {
    everywhere(async |world| {
        let db = world.two().await;
        let owner = &world.bed.owner;
        spared(world, async {
            let changed = note::Entity::update_many()
                .col_expr(note::Column::Title, Expr::value("changed"))
                .exec(&db)
                .await
                .unwrap();
            assert_eq!(changed.rows_affected, 8);
            let raw = "UPDATE author SET name = 'changed' WHERE id > 0 OR 1 = 1";
            let changed = db.execute_unprepared(raw).await.unwrap();
            assert_eq!(changed.rows_affected(), 4);
            // A row that is loaded and saved, of each.
            for id in [1, 2] {
                let row = note::Entity::find_by_id(id)
                    .one(&db)
                    .await
                    .unwrap()
                    .unwrap();
                let mut row = row.into_active_model();
                row.title = Set("saved".into());
                row.update(&db).await.unwrap();
            }
            let missed = note::ActiveModel {
                id: Set(201),
                title: Set("saved".into()),
                ..Default::default()
            };
            assert!(missed.update(&db).await.is_err());
            let saved = note::Column::Title.eq("saved");
            assert_eq!(
                note::Entity::find()
                    .filter(saved)
                    .count(owner)
                    .await
                    .unwrap(),
                2
            );

            let transaction = db.begin().await.unwrap();
            let row = note::Entity::find_by_id(1).one(&transaction).await.unwrap();
            row.unwrap().delete(&transaction).await.unwrap();
            let savepoint = transaction.begin().await.unwrap();
            let deleted = note::Entity::delete_many().exec(&savepoint).await.unwrap();
            assert_eq!(deleted.rows_affected, 7);
            savepoint.rollback().await.unwrap();
            transaction.commit().await.unwrap();
            let theirs = note::Entity::delete_by_id(201).exec(&db).await.unwrap();
            assert_eq!(theirs.rows_affected, 0);
            let deleted = note::Entity::delete_many().exec(&db).await.unwrap();
            assert_eq!(deleted.rows_affected, 7);
        })
        .await;
        assert_eq!(note::Entity::find().count(owner).await.unwrap(), 2);

        let all = world.elevated(ElevationScope::All).await;
        let deleted = note::Entity::delete_many().exec(&all).await.unwrap();
        assert_eq!(deleted.rows_affected, 2);
    })
    .await;
}

#[tokio::test]
async fn a04_an_upsert_does_not_reach_the_row_of_a_tenant_that_was_not_chosen() {
    everywhere(async |world| {
        let db = world.two().await;
        let upsert = |id| {
            let row = note::Model {
                id,
                tenant_id: ACME,
                author_id: None,
                title: "upserted".into(),
                body: "upserted".into(),
                score: None,
            };
            let title = OnConflict::column(note::Column::Id)
                .update_column(note::Column::Title)
                .to_owned();
            note::Entity::insert(row.into_active_model().reset_all()).on_conflict(title)
        };
        spared(world, async {
            let _ = upsert(201).exec_without_returning(&db).await;
            upsert(1).exec_without_returning(&db).await.unwrap();
        })
        .await;
        let row = note::Entity::find_by_id(1).one(&db).await.unwrap().unwrap();
        assert_eq!(row.title, "upserted");
    })
    .await;
}

#[tokio::test]
async fn a04_no_row_goes_from_one_tenant_to_another() {
    everywhere(async |world| {
        for scope in [ids(&[ACME, GLOBEX]), ids(&[ACME]), ElevationScope::All] {
            let db = world.elevated(scope).await;
            let moved = note::Entity::update_many()
                .col_expr(note::Column::TenantId, Expr::value(ACME))
                .exec(&db);
            let kind = ErrorKind::ForeignTenant;
            world.bed.assert_refused(kind, moved).await;
            let row = note::Model {
                id: 2,
                tenant_id: ACME,
                author_id: None,
                title: "upserted".into(),
                body: "upserted".into(),
                score: None,
            };
            let moved = OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::TenantId])
                .to_owned();
            let moved =
                note::Entity::insert(row.into_active_model().reset_all()).on_conflict(moved);
            let moved = moved.exec_without_returning(&db);
            world.bed.assert_refused(kind, moved).await;
        }
        if world.bed.backend == DbBackend::MySql {
            let db = world.two().await;
            let sql =
                "UPDATE note n JOIN author a ON a.id = n.author_id SET n.tenant_id = a.tenant_id";
            let moved = db.execute_unprepared(sql);
            world
                .bed
                .assert_refused(ErrorKind::ForeignTenant, moved)
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn w14_an_elevation_over_all_tenants_writes_reference_tables() {
    everywhere(async |world| {
        let new = || {
            let code = "FR".into();
            country::Entity::insert(country::Model { id: 7, code }.into_active_model())
        };
        let two = world.two().await;
        let refused = new().exec(&two);
        world
            .bed
            .assert_refused(ErrorKind::ReadOnlyTable, refused)
            .await;
        let all = world.elevated(ElevationScope::All).await;
        new().exec(&all).await.unwrap();
        let author = author::Entity::find().count(&all).await.unwrap();
        assert_eq!(author, 5);
        assert_eq!(country::Entity::find().count(&two).await.unwrap(), 2);
    })
    .await;
}
