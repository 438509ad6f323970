//! A database in use, in two halves.

use super::{KEYS, assert_healthy, assert_owned, keys, migration, on_legacy, schema};

#[tokio::test]
async fn expand_and_contract_give_every_table_its_tenant() {
    on_legacy(async |bed| {
        let migration = migration(bed);
        let mut told = Vec::new();
        migration
            .expand(&bed.owner, |progress| told.push(progress.clone()))
            .await
            .unwrap();
        assert_owned(bed).await;

        let first = schema(bed).await;
        migration
            .expand(&bed.owner, |progress| panic!("{progress:?}"))
            .await
            .unwrap();
        assert_eq!(schema(bed).await, first);
        migration.contract(&bed.owner, |_| {}).await.unwrap();
        assert_eq!(keys(bed).await, KEYS);
        assert_healthy(bed).await;
    })
    .await;
}
