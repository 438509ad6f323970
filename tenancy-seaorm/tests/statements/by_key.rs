//! W04, W07 and W08: updates, deletes and saves by a key that is another tenant's.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    ModelTrait, QueryFilter, QuerySelect, Set, TransactionTrait, Unchanged, sea_query::Expr,
};
use testbed::{ACME, GLOBEX, Testbed, note, on_every_backend};

async fn owner_of(bed: &Testbed, id: i64) -> uuid::Uuid {
    note::Entity::find_by_id(id)
        .one(&bed.owner)
        .await
        .unwrap()
        .unwrap()
        .tenant_id
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
