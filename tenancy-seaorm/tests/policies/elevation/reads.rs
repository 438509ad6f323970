//! What is read: by finders, joins, raw SQL, streams and in transactions.

use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, LoaderTrait, PaginatorTrait, QueryFilter,
    QueryOrder, StreamTrait, TransactionTrait,
};
use tenancy_core::elevation::ElevationScope;
use tenancy_seaorm::ElevatedTransaction;
use testbed::{ACME, GLOBEX, author, country, note};
use uuid::Uuid;

use crate::elevation::world::{self, INITECH, World, everywhere, ids};

/// Everything that a connection shows of whose rows it reads, in every way.
async fn seen<C>(db: &C, world: &World<'_>) -> Vec<Vec<Uuid>>
where
    C: ConnectionTrait + StreamTrait,
{
    let all = note::Entity::find().all(db).await.unwrap();
    let joined = note::Entity::find()
        .find_also_related(author::Entity)
        .order_by_asc(note::Column::Id)
        .all(db)
        .await
        .unwrap();
    let authors = author::Entity::find().all(db).await.unwrap();
    let loaded = authors.load_many(note::Entity, db).await.unwrap();
    let sql = "SELECT n.tenant_id FROM note n WHERE n.id > $1 OR n.tenant_id = $2";
    let statement = world.bed.sql(sql, [0.into(), INITECH.into()]);
    let raw = db.query_all_raw(statement).await.unwrap();
    let streamed: Vec<note::Model> = note::Entity::find()
        .stream(db)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    let sets = [
        all.iter().map(|row| row.tenant_id).collect(),
        joined
            .iter()
            .filter_map(|(_, author)| Some(author.as_ref()?.tenant_id))
            .collect(),
        loaded.iter().flatten().map(|row| row.tenant_id).collect(),
        raw.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect(),
        streamed.iter().map(|row| row.tenant_id).collect::<Vec<_>>(),
    ];
    sets.into_iter()
        .map(|mut set| {
            set.sort_unstable();
            set.dedup();
            set
        })
        .collect()
}

fn sorted(mut tenants: Vec<Uuid>) -> Vec<Uuid> {
    tenants.sort_unstable();
    tenants
}

#[tokio::test]
async fn a04_an_elevation_reads_the_chosen_tenants_and_no_other() {
    everywhere(async |world| {
        for chosen in [
            vec![ACME, GLOBEX],
            vec![ACME],
            vec![ACME, INITECH],
            vec![ACME, GLOBEX, INITECH],
        ] {
            let db = world.elevated(ids(&chosen)).await;
            let chosen = sorted(chosen);
            for set in seen(&db, world).await {
                assert_eq!(set, chosen);
            }
            let outer = db.begin().await.unwrap();
            for set in seen(&outer, world).await {
                assert_eq!(set, chosen);
            }
            let inner = outer.begin().await.unwrap();
            for set in seen(&inner, world).await {
                assert_eq!(set, chosen);
            }
            inner.commit().await.unwrap();
            outer.rollback().await.unwrap();
        }
        // The one that is left out is there, and so are the references that joins must not follow.
        let theirs = note::Entity::find().filter(note::Column::TenantId.eq(INITECH));
        assert_eq!(theirs.clone().count(&world.bed.owner).await.unwrap(), 2);
        let db = world.two().await;
        assert_eq!(theirs.count(&db).await.unwrap(), 0);
        assert!(
            note::Entity::find_by_id(201)
                .one(&db)
                .await
                .unwrap()
                .is_none()
        );
        let pointing = note::Entity::find_by_id(7)
            .find_also_related(author::Entity)
            .one(&db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(pointing.1, None);
        let crossing = note::Entity::find_by_id(100)
            .find_also_related(author::Entity)
            .one(&db)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(crossing.1.map(|author| author.tenant_id), Some(ACME));
        assert_eq!(country::Entity::find().count(&db).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a04_an_elevation_over_all_tenants_reads_all() {
    everywhere(async |world| {
        let db = world.elevated(ElevationScope::All).await;
        let all = sorted(vec![ACME, GLOBEX, INITECH]);
        for set in seen(&db, world).await {
            assert_eq!(set, all);
        }
        let count = db
            .transaction_async(async |transaction: &ElevatedTransaction| {
                note::Entity::find().count(transaction).await
            })
            .await
            .unwrap();
        let owners = note::Entity::find().count(&world.bed.owner).await.unwrap();
        assert_eq!(count, owners);
    })
    .await;
}

#[tokio::test]
async fn a04_the_service_itself_has_elevations_too() {
    everywhere(async |world| {
        let elevation = world::of_the_service(world::two()).unwrap();
        let id = elevation.id();
        let db = world.database.elevated(elevation).unwrap();
        for set in seen(&db, world).await {
            assert_eq!(set, sorted(vec![ACME, GLOBEX]));
        }
        let events = world::service_events().take();
        let of_it = events.iter().filter(|event| event.elevation() == Some(id));
        assert_eq!(of_it.count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a04_what_a_tenant_may_not_say_an_elevation_may_not_either() {
    use tenancy_seaorm::{Error, ErrorKind};

    everywhere(async |world| {
        let db = world.elevated(ElevationScope::All).await;
        for (sql, kind) in [
            ("SELECT * FROM ledger", ErrorKind::UnknownTable),
            (
                "SELECT * FROM information_schema.tables",
                ErrorKind::UnknownTable,
            ),
            (
                "DELETE FROM note; DELETE FROM author",
                ErrorKind::MultipleStatements,
            ),
            ("DROP TABLE note", ErrorKind::Unsupported),
            ("SET app_tenant = 1", ErrorKind::Unsupported),
        ] {
            let refused = db.execute_unprepared(sql);
            world.bed.assert_refused(kind, refused).await;
        }
        let unknown = db.execute_unprepared("SELECT pg_sleep(1)").await;
        let unknown = unknown.unwrap_err();
        assert_eq!(
            Error::of(&unknown).map(Error::kind),
            Some(ErrorKind::UnknownFunction)
        );
    })
    .await;
}
