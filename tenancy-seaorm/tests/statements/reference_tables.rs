//! W14: tables that every tenant reads.

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use tenancy_seaorm::ErrorKind;
use testbed::{PLATFORM, country, note, on_every_backend};

#[tokio::test]
async fn w14_reference_tables_are_written_by_the_platform_only() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        assert_eq!(country::Entity::find().count(&acme).await.unwrap(), 1);
        let new = || {
            country::Model {
                id: 7,
                code: "FR".into(),
            }
            .into_active_model()
        };
        bed.assert_refused(
            ErrorKind::ReadOnlyTable,
            country::Entity::insert(new()).exec(&acme),
        )
        .await;
        bed.assert_refused(
            ErrorKind::ReadOnlyTable,
            country::Entity::delete_many().exec(&acme),
        )
        .await;
        let update = "UPDATE country SET code = 'XX'";
        bed.assert_refused(ErrorKind::ReadOnlyTable, acme.execute_unprepared(update))
            .await;

        let platform = bed.scoped(PLATFORM);
        country::Entity::insert(new())
            .exec(&platform)
            .await
            .unwrap();
        assert_eq!(
            platform
                .execute_unprepared(update)
                .await
                .unwrap()
                .rows_affected(),
            2
        );
        // The platform's authority over reference tables is none over the rows of tenants.
        assert_eq!(note::Entity::find().count(&platform).await.unwrap(), 0);
        assert_eq!(
            note::Entity::delete_many()
                .exec(&platform)
                .await
                .unwrap()
                .rows_affected,
            0
        );
    })
    .await;
}
