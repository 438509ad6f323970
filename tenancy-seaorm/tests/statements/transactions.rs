//! Transactions and savepoints.

use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, PaginatorTrait, Set, TransactionTrait};
use testbed::{author, new_note, note, on_every_backend};

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
