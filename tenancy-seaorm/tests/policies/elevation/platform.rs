//! Behind PostgreSQL's policies: a role of the platform's own, and a pool for it.

use sea_orm::{
    ConnectionTrait, Database, DbBackend, DbErr, EntityTrait, PaginatorTrait, TransactionTrait,
};
use tenancy_core::elevation::ElevationScope;
use tenancy_seaorm::{Doctor, ElevatedConnection, Error, ErrorKind};
use testbed::{ACME, borrowed::Borrowed, cut::cut_after, note};

use crate::elevation::world::{
    MINUTE, World, behind_policies, elevation, platform_role, platform_url, secure, two,
};

fn kind(error: &DbErr) -> Option<ErrorKind> {
    Error::of(error).map(Error::kind)
}

#[tokio::test]
async fn a04_the_applications_pool_is_not_elevated_behind_policies() {
    testbed::on(DbBackend::Postgres, async |bed| {
        secure(bed).await;
        let secured = bed.database.clone().with_row_security().unwrap();
        for scope in [two(), ElevationScope::All] {
            let refused = secured
                .elevated(elevation(scope, MINUTE).await)
                .unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Incompatible);
            assert!(
                refused.to_string().contains("with_platform_pool"),
                "{refused}"
            );
        }
        // Where the database does not know of its policies, they hold all the same.
        let unaware = &bed.database;
        let db = unaware
            .elevated(elevation(ElevationScope::All, MINUTE).await)
            .unwrap();
        assert_eq!(note::Entity::find().count(&db).await.unwrap(), 0);
        assert_eq!(note::Entity::find().count(&bed.owner).await.unwrap(), 7);
    })
    .await;
}

#[tokio::test]
async fn a04_the_platforms_pool_is_a_login_of_its_own() {
    testbed::on(DbBackend::Postgres, async |bed| {
        secure(bed).await;
        let role = platform_role(bed);
        let secured = || bed.database.clone().with_row_security().unwrap();
        let platform = async || Database::connect(platform_url(bed)).await.unwrap();
        // The application's own, by another pool; and one whom no policy concerns.
        for pool in [bed.login().await, bed.owner.clone()] {
            let refused = secured().with_platform_pool(pool).await.unwrap_err();
            assert_eq!(kind(&refused), Some(ErrorKind::UnsafeDatabase), "{refused}");
        }
        let sqlite = Database::connect("sqlite::memory:").await.unwrap();
        let refused = secured().with_platform_pool(sqlite).await.unwrap_err();
        assert_eq!(kind(&refused), Some(ErrorKind::Incompatible));
        let unsecured = bed.database.clone().with_platform_pool(platform().await);
        assert_eq!(
            kind(&unsecured.await.unwrap_err()),
            Some(ErrorKind::Incompatible)
        );
        assert!(secured().with_platform_pool(platform().await).await.is_ok());

        let own = async |sql: &str| bed.owner.execute_unprepared(sql).await.unwrap();
        own(&format!("ALTER ROLE {role} BYPASSRLS")).await;
        let refused = secured().with_platform_pool(platform().await).await;
        assert_eq!(kind(&refused.unwrap_err()), Some(ErrorKind::UnsafeDatabase));
        own(&format!("ALTER ROLE {role} NOBYPASSRLS")).await;

        // What it does not look at is for the doctor.
        own(&format!("GRANT {role} TO {}", bed.role)).await;
        assert!(secured().with_platform_pool(platform().await).await.is_ok());
        let doctor = Doctor::of(&testbed::catalog())
            .platform_role(&role)
            .unwrap();
        let report = doctor.examine(&bed.application).await.unwrap();
        assert!(
            report
                .findings()
                .iter()
                .any(|finding| finding.code() == "D01")
        );
    })
    .await;
}

#[tokio::test]
async fn a04_the_policies_hold_for_everybody_else_meanwhile() {
    behind_policies(async |world| {
        let db = world.elevated(ElevationScope::All).await;
        let transaction = db.begin().await.unwrap();
        assert_eq!(note::Entity::find().count(&transaction).await.unwrap(), 10);
        let role = transaction
            .query_one_raw(world.bed.sql("SELECT n.id FROM note n LIMIT 1", []))
            .await;
        assert!(role.unwrap().is_some());
        assert_eq!(
            note::Entity::find()
                .count(&world.bed.application)
                .await
                .unwrap(),
            0
        );
        let acme = world.database.scoped(&testbed::context(ACME)).unwrap();
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 4);
        transaction.rollback().await.unwrap();
        assert_eq!(next_borrower(world).await, Borrowed::clean());
    })
    .await;
}

async fn next_borrower(world: &World<'_>) -> Borrowed {
    Borrowed::next(world.platform.as_ref().unwrap()).await
}

async fn work(db: &ElevatedConnection, kind: u64) -> Result<(), DbErr> {
    use futures_util::TryStreamExt;

    match kind % 4 {
        0 => note::Entity::find().count(db).await.map(drop),
        1 => db
            .execute_unprepared("UPDATE note SET title = 'cut'")
            .await
            .map(drop),
        2 => {
            let outer = db.begin().await?;
            note::Entity::find().all(&outer).await?;
            let inner = outer.begin().await?;
            note::Entity::find().count(&inner).await?;
            inner.commit().await?;
            outer.commit().await
        }
        _ => {
            let rows = note::Entity::find().stream(db).await?;
            rows.try_collect::<Vec<_>>().await.map(drop)
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p01_an_elevated_future_cut_at_any_await_point_leaves_nothing_behind() {
    behind_policies(async |world| {
        let db = world.two().await;
        let mut random = fastrand::Rng::with_seed(7);
        let (mut cut, mut dirty) = (0, 0);
        while cut < 200 {
            match cut_after(random.usize(..16), work(&db, random.u64(..))).await {
                Some(outcome) => outcome.unwrap(),
                None => cut += 1,
            }
            dirty += u64::from(next_borrower(world).await != Borrowed::clean());
        }
        assert_eq!(dirty, 0);
    })
    .await;
}
