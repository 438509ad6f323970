//! The end of an elevation is the end of every statement.

use std::time::Duration;

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, TransactionTrait};
use tenancy_core::TenantId;
use tenancy_seaorm::{Error, ErrorKind};
use testbed::note;

use crate::elevation::world::{elevation, everywhere, ids, two};

const SHORT: Duration = Duration::from_millis(1000);

fn assert_expired<T: std::fmt::Debug>(outcome: Result<T, DbErr>) {
    let error = outcome.unwrap_err();
    assert_eq!(
        Error::of(&error).map(Error::kind),
        Some(ErrorKind::Expired),
        "{error}"
    );
}

#[tokio::test]
async fn a04_the_end_of_an_elevation_is_the_end_of_every_statement() {
    everywhere(async |world| {
        let db = world.database.elevated(elevation(two(), SHORT).await);
        let db = db.unwrap();
        let before = world.bed.snapshot().await;
        let outer = db.begin().await.unwrap();
        let inner = outer.begin().await.unwrap();
        assert_eq!(note::Entity::find().count(&inner).await.unwrap(), 8);
        while !db.elevation().is_expired() {
            tokio::task::yield_now().await;
        }
        let sql = "UPDATE note SET title = 'late'";
        assert_expired(inner.execute_unprepared(sql).await);
        assert_expired(note::Entity::find().count(&inner).await);
        assert_expired(inner.begin().await);
        inner.rollback().await.unwrap();
        assert_expired(outer.execute_unprepared(sql).await);
        assert_expired(note::Entity::find().stream(&outer).await.map(drop));
        outer.commit().await.unwrap();
        assert_expired(db.begin().await);
        assert_expired(db.execute_unprepared(sql).await);
        assert_expired(note::Entity::find().all(&db).await);
        assert_expired(note::Entity::find().stream(&db).await.map(drop));
        assert_eq!(world.bed.snapshot().await, before);
        // And so it is for another database's connection that would be made of it.
        let late = elevation(two(), Duration::from_nanos(1)).await;
        let refused = world.database.elevated(late).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Expired);
        assert_eq!(refused.problem().status(), 403);
    })
    .await;
}

#[tokio::test]
async fn a04_rows_that_come_after_the_end_are_not_given() {
    everywhere(async |world| {
        let db = world.database.elevated(elevation(two(), SHORT).await);
        let db = db.unwrap();
        {
            let mut rows = note::Entity::find().stream(&db).await.unwrap();
            assert!(rows.try_next().await.unwrap().is_some());
            while !db.elevation().is_expired() {
                tokio::task::yield_now().await;
            }
            assert_expired(rows.try_next().await);
            assert!(rows.try_next().await.unwrap().is_none());
        }
        let other = world.two().await;
        assert_eq!(note::Entity::find().count(&other).await.unwrap(), 8);
    })
    .await;
}

#[tokio::test]
async fn a04_tenants_whose_ids_no_column_holds_are_refused() {
    everywhere(async |world| {
        let scope =
            tenancy_core::elevation::ElevationScope::tenants([TenantId::integer(7).unwrap()]);
        let refused = world.database.elevated(elevation(scope, SHORT).await);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Incompatible);
        let one = elevation(ids(&[testbed::ACME]), Duration::from_secs(60)).await;
        assert!(world.database.elevated(one).is_ok());
    })
    .await;
}
