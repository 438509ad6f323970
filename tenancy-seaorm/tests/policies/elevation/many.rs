//! As many tenants as an elevation names one by one.

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, GLOBEX, author, note};
use uuid::Uuid;

use crate::elevation::world::{INITECH, everywhere, ids};

#[tokio::test]
async fn a04_a_thousand_tenants_fit_into_every_statement() {
    everywhere(async |world| {
        let others = (1..=998).map(|number| Uuid::from_u128(0xff00_0000_0000_4000_8000 << 48 | number));
        let chosen: Vec<_> = others.chain([ACME, GLOBEX]).collect();
        assert_eq!(chosen.len(), 1000);
        let db = world.elevated(ids(&chosen)).await;
        assert_eq!(note::Entity::find().count(&db).await.unwrap(), 8);
        let pairs = author::Entity::find()
            .find_with_related(note::Entity)
            .all(&db)
            .await
            .unwrap();
        assert_eq!(pairs.len(), 4);
        let sql = "WITH titled AS (SELECT id, author_id FROM note WHERE score > 0) \
                   SELECT a.id FROM author a LEFT JOIN titled t ON t.author_id = a.id \
                   WHERE EXISTS (SELECT 1 FROM note n WHERE n.author_id = a.id) \
                   UNION SELECT id FROM note WHERE id IN (SELECT id FROM author)";
        assert!(!db.query_all_raw(world.bed.sql(sql, [])).await.unwrap().is_empty());
        let before = world.bed.rows_of(INITECH).await;
        let changed = "UPDATE note SET title = 'changed' WHERE author_id IN (SELECT id FROM author) OR author_id IS NULL";
        let changed = db.execute_unprepared(changed).await.unwrap();
        assert_eq!(changed.rows_affected(), 7);
        let row = |id, tenant_id| note::Model {
            id,
            tenant_id,
            author_id: None,
            title: "new".into(),
            body: "new".into(),
            score: None,
        };
        let many = (0..500_i64).map(|index| {
            let tenant = chosen[usize::try_from(index).unwrap()];
            row(2_000 + index, tenant).into_active_model().reset_all()
        });
        let inserted = note::Entity::insert_many(many).exec_without_returning(&db);
        assert_eq!(inserted.await.unwrap(), 500);
        let foreign = row(3_000, INITECH).into_active_model().reset_all();
        world
            .bed
            .assert_refused(ErrorKind::ForeignTenant, foreign.insert(&db))
            .await;
        let deleted = note::Entity::delete_many().exec(&db).await.unwrap();
        assert_eq!(deleted.rows_affected, 508);
        assert_eq!(world.bed.rows_of(INITECH).await, before);
    })
    .await;
}
