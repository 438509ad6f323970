//! R19 and R20: plans that are kept hold no tenant, whatever fills the cache.

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use tenancy_seaorm::{Catalog, ErrorKind, ScopedConnection, TenantDatabase};
use testbed::{ACME, GLOBEX, context, country, note, on_every_backend, on_every_engine, titles};
use uuid::Uuid;

#[tokio::test]
async fn r19_a_cached_plan_holds_no_tenant() {
    on_every_engine(async |bed| {
        let all = || bed.sql("SELECT title FROM note", []);
        for _ in 0..3 {
            assert_eq!(titles(&bed.acme(), all()).await.len(), 3);
            assert_eq!(titles(&bed.globex(), all()).await.len(), 4);
        }
        // Another catalog over the same connection has plans of its own.
        let shared = Catalog::builder()
            .reference::<note::Entity>()
            .build()
            .unwrap();
        let shared = TenantDatabase::new(bed.application.clone(), &shared).unwrap();
        assert_eq!(
            titles(&shared.scoped(&context(ACME)).unwrap(), all())
                .await
                .len(),
            7
        );
        assert_eq!(titles(&bed.acme(), all()).await.len(), 3);
        // So has another authority.
        let write = || {
            country::Entity::insert(
                country::Model {
                    id: 9,
                    code: "FR".into(),
                }
                .into_active_model(),
            )
        };
        write().exec(&bed.scoped(testbed::PLATFORM)).await.unwrap();
        bed.assert_refused(ErrorKind::ReadOnlyTable, write().exec(&bed.acme()))
            .await;
    })
    .await;
}

#[tokio::test]
async fn r19_two_tenants_at_once_keep_to_their_own() {
    on_every_backend(async |bed| {
        let reader = async |db: ScopedConnection, tenant: Uuid, expected: usize| {
            for _ in 0..50 {
                let notes = note::Entity::find().all(&db).await.unwrap();
                assert_eq!(notes.len(), expected);
                assert!(notes.iter().all(|note| note.tenant_id == tenant));
            }
        };
        tokio::join!(reader(bed.acme(), ACME, 3), reader(bed.globex(), GLOBEX, 4));
    })
    .await;
}

#[tokio::test]
async fn r20_texts_that_fill_the_cache_and_texts_alike_keep_their_tenants() {
    on_every_backend(async |bed| {
        let (acme, globex) = (bed.acme(), bed.globex());
        // Two dozen megabytes, where there is room for sixteen.
        let padding = "x".repeat(200_000);
        let count = async |db: &ScopedConnection, sql: &str| {
            let row = db.query_one_raw(bed.sql(sql, [])).await.unwrap().unwrap();
            row.try_get_by_index::<i64>(0).unwrap()
        };
        for number in 1..=60 {
            let long = format!("SELECT COUNT(*) FROM note WHERE title <> '{padding}{number}'");
            assert_eq!(count(&acme, &long).await, 3);
            assert_eq!(count(&globex, &long).await, 4);
            // One character apart, in every way that could be taken for the same.
            for (sql, of_acme, of_globex) in [
                (
                    format!("SELECT COUNT(*) FROM note WHERE id <> {number}1"),
                    3,
                    4,
                ),
                (
                    format!("SELECT COUNT(*) FROM note WHERE id > {number}1"),
                    0,
                    i64::from(number < 10),
                ),
                (
                    format!("SELECT COUNT(*) FROM note WHERE id <> {number}1 "),
                    3,
                    4,
                ),
                (
                    format!("SELECT COUNT(*) FROM author WHERE id <> {number}11"),
                    2,
                    2,
                ),
            ] {
                assert_eq!(count(&acme, &sql).await, of_acme, "{sql}");
                assert_eq!(count(&globex, &sql).await, of_globex, "{sql}");
            }
        }
        assert_eq!(count(&acme, "SELECT COUNT(*) FROM note").await, 3);
    })
    .await;
}
