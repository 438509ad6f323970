//! Inserts name their tenant.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel,
    TransactionTrait, Value,
};
use tenancy_core::elevation::ElevationScope;
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, GLOBEX, new_note, note};
use uuid::Uuid;

use crate::elevation::world::{INITECH, everywhere};

fn of(id: i64, tenant_id: Uuid) -> note::ActiveModel {
    note::Model {
        id,
        tenant_id,
        author_id: None,
        title: "new".into(),
        body: "new".into(),
        score: None,
    }
    .into_active_model()
    .reset_all()
}

#[tokio::test]
async fn a04_an_insert_is_for_a_chosen_tenant_in_every_row() {
    everywhere(async |world| {
        let db = world.two().await;
        let bed = world.bed;
        of(301, ACME).insert(&db).await.unwrap();
        let several = note::Entity::insert_many([of(302, ACME), of(303, GLOBEX)]);
        several.exec_without_returning(&db).await.unwrap();
        let inserted = note::ActiveModel {
            tenant_id: Set(GLOBEX),
            ..new_note("drawn")
        };
        assert_eq!(inserted.insert(&db).await.unwrap().tenant_id, GLOBEX);

        let foreign = ErrorKind::ForeignTenant;
        bed.assert_refused(foreign, of(311, INITECH).insert(&db))
            .await;
        let one_of_them = note::Entity::insert_many([of(312, ACME), of(313, INITECH)]);
        bed.assert_refused(foreign, one_of_them.exec_without_returning(&db))
            .await;
        let missing = ErrorKind::MissingTenant;
        bed.assert_refused(missing, new_note("new").insert(&db))
            .await;
        let default = <note::ActiveModel as Default>::default();
        bed.assert_refused(missing, default.insert(&db)).await;
        let sql = "INSERT INTO note (id, tenant_id, title, body) VALUES (314, $1, 'new', 'new')";
        let null = bed.sql(sql, [Value::Uuid(None)]);
        bed.assert_refused(missing, db.execute_raw(null)).await;
        let null = sql.replace("$1", "NULL");
        bed.assert_refused(missing, db.execute_unprepared(&null))
            .await;
        for given in ["id", "1 + 1", "(SELECT tenant_id FROM author WHERE id = 1)"] {
            let sql = sql.replace("$1", given);
            bed.assert_refused(foreign, db.execute_unprepared(&sql))
                .await;
        }
        let transaction = db.begin().await.unwrap();
        let refused = of(315, INITECH).insert(&transaction).await;
        assert!(refused.is_err());
        of(316, GLOBEX).insert(&transaction).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(bed.rows_of(INITECH).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a04_an_id_in_the_text_is_stored_as_one_that_is_bound() {
    everywhere(async |world| {
        let db = world.two().await;
        let insert = |id, tenant| {
            format!("INSERT INTO note (id, tenant_id, title, body) VALUES ({id}, '{tenant}', 'new', 'new')")
        };
        db.execute_unprepared(&insert(321, ACME)).await.unwrap();
        // Read by the tenant's own predicate, which compares with what is bound.
        let acme = world.database.scoped(&testbed::context(ACME)).unwrap();
        let found = note::Entity::find_by_id(321).one(&acme).await.unwrap();
        assert_eq!(found.unwrap().tenant_id, ACME);
        let refused = db.execute_unprepared(&insert(322, INITECH)).await;
        assert!(refused.is_err());
    })
    .await;
}

#[tokio::test]
async fn a04_a_query_may_yield_the_tenants_of_the_rows_that_it_reads() {
    everywhere(async |world| {
        let db = world.two().await;
        let copies = "INSERT INTO note (id, tenant_id, title, body) \
                      SELECT a.id + 400, a.tenant_id, a.name, 'copied' FROM author a";
        let copied = db.execute_unprepared(copies).await.unwrap();
        assert_eq!(copied.rows_affected(), 4);
        let bound = "INSERT INTO note (id, tenant_id, title, body) \
                     SELECT a.id + 500, $1, a.name, 'copied' FROM author a";
        let given = |tenant: Uuid| world.bed.sql(bound, [tenant.into()]);
        let copied = db.execute_raw(given(GLOBEX)).await.unwrap();
        assert_eq!(copied.rows_affected(), 4);
        world
            .bed
            .assert_refused(ErrorKind::ForeignTenant, db.execute_raw(given(INITECH)))
            .await;
        let anything = copies.replace("a.tenant_id", "a.name");
        world
            .bed
            .assert_refused(ErrorKind::ForeignTenant, db.execute_unprepared(&anything))
            .await;
        assert_eq!(world.bed.rows_of(INITECH).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a04_over_all_tenants_a_row_is_anybodys_and_never_nobodys() {
    everywhere(async |world| {
        let db = world.elevated(ElevationScope::All).await;
        let unknown = Uuid::from_u128(0x7);
        for (id, tenant) in [(601, ACME), (602, INITECH), (603, unknown)] {
            of(id, tenant).insert(&db).await.unwrap();
        }
        let bed = world.bed;
        let missing = new_note("new").insert(&db);
        bed.assert_refused(ErrorKind::MissingTenant, missing).await;
        let nil = of(604, Uuid::nil()).insert(&db);
        bed.assert_refused(ErrorKind::ForeignTenant, nil).await;
        let sql =
            "INSERT INTO note (id, tenant_id, title, body) VALUES (605, 'acme', 'new', 'new')";
        let text = db.execute_unprepared(sql);
        bed.assert_refused(ErrorKind::ForeignTenant, text).await;
    })
    .await;
}
