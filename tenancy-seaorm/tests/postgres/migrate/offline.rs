//! A database at rest: plain SQL in one transaction.

use super::{KEYS, assert_healthy, assert_owned, keys, migration, on_legacy, run, schema};

#[tokio::test]
async fn statements_give_every_table_its_tenant_and_run_again() {
    on_legacy(async |bed| {
        let migration = migration(bed);
        migration.apply(&bed.owner).await.unwrap();
        assert_owned(bed).await;
        assert_eq!(
            keys(bed).await,
            KEYS.map(|key| if key.starts_with("event_pkey") {
                "event_pkey PRIMARY KEY (tenant_id, id, day)"
            } else {
                key
            })
        );
        assert_healthy(bed).await;
        let first = schema(bed).await;
        migration.apply(&bed.owner).await.unwrap();
        for sql in migration.statements().unwrap() {
            run(bed, &sql).await;
        }
        assert_eq!(schema(bed).await, first);
    })
    .await;
}
