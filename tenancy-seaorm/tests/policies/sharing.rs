//! A01 and A03: rows that their tenant shares, on every engine.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    ModelTrait, QueryFilter, QueryOrder, QuerySelect, Schema, Set, Statement, TransactionTrait,
    sea_query::Expr,
};
use tenancy_core::{
    Membership, Principal, Role, Slug, Tenancy, Tenant, TenantContext, TenantId, tenant::TenantKey,
};
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, Grants, Policy, ScopedConnection, SharingMode, SoftDelete,
    TenantColumnType, TenantDatabase, TenantEntity,
};
use testbed::{ACME, GLOBEX, PLATFORM, Testbed};
use uuid::Uuid;

mod agent {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub owner: String,
        pub mode: String,
        pub readers: Option<Json>,
        pub deleted_at: Option<DateTimeUtc>,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod agent_share {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent_share")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub agent_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub grantee_id: Uuid,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

use agent::Entity as Agent;

fn in_table() -> Grants {
    use agent_share::Column::{AgentId, GranteeId};
    Grants::table::<agent_share::Entity>(AgentId, GranteeId)
}

fn catalog(grants: Grants) -> Catalog {
    let policy = Policy::tenant(agent::Column::TenantId)
        .owner(agent::Column::Owner)
        .shared_by(agent::Column::Mode, grants)
        .soft_delete(SoftDelete::timestamp("deleted_at"));
    Catalog::builder()
        .policy::<agent::Entity>(policy)
        .tenant_owned::<agent_share::Entity>()
        .build()
        .unwrap()
}

fn id(tenant: Uuid) -> TenantId {
    TenantId::uuid(tenant).unwrap()
}

async fn user(tenant: Uuid, name: &'static str, role: Role) -> TenantContext {
    let tenants = tenancy_core::store::InMemoryTenantStore::new();
    let slug = Slug::parse("here").unwrap();
    tenants.insert(Tenant::new(id(tenant), slug)).unwrap();
    let principal = Principal::new(name).with_membership(Membership::new(
        TenantKey::parse_name("here").unwrap(),
        [role],
    ));
    let tenancy = Tenancy::builder()
        .resolver(tenancy_core::resolve::StaticResolver::new(
            TenantKey::parse_name("here").unwrap(),
        ))
        .authenticate(Somebody(principal))
        .store(tenants)
        .build()
        .unwrap();
    let (request, ()) = http::Request::new(()).into_parts();
    let context = tenancy
        .resolve(&request, tenancy_core::Mode::Required)
        .await;
    context.unwrap().unwrap()
}

struct Somebody(Principal);

impl tenancy_core::authenticate::Authenticator for Somebody {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn tenancy_core::RequestView,
    ) -> tenancy_core::answer::Answer<
        'a,
        Result<Option<tenancy_core::authenticate::Authenticated>, tenancy_core::ResolveError>,
    > {
        tenancy_core::answer::Answer::Now(Ok(Some(tenancy_core::authenticate::Authenticated::new(
            self.0.clone(),
        ))))
    }
}

struct World<'a> {
    bed: &'a Testbed,
    database: TenantDatabase,
}

impl World<'_> {
    fn scoped(&self, context: &TenantContext) -> ScopedConnection {
        self.database.scoped(context).unwrap()
    }

    async fn as_ann(&self) -> ScopedConnection {
        self.scoped(&user(ACME, "ann", Role::Member).await)
    }

    async fn as_bob(&self) -> ScopedConnection {
        self.scoped(&user(ACME, "bob", Role::Member).await)
    }

    async fn as_alice(&self) -> ScopedConnection {
        self.scoped(&user(ACME, "alice", Role::TenantAdmin).await)
    }

    /// A member of GLOBEX with the name of one of ACME.
    async fn as_stranger(&self) -> ScopedConnection {
        self.scoped(&user(GLOBEX, "ann", Role::Member).await)
    }
}

/// Ann's first and second agent, Bob's, and one of GLOBEX.
async fn fill(bed: &Testbed) {
    for (id, tenant_id, owner) in [
        (1, ACME, "ann"),
        (2, ACME, "ann"),
        (3, ACME, "bob"),
        (4, GLOBEX, "eve"),
    ] {
        testbed::insert(
            &bed.owner,
            agent::Model {
                id,
                tenant_id,
                owner: owner.into(),
                mode: "private".into(),
                readers: None,
                deleted_at: None,
                title: format!("agent {id}"),
            },
        )
        .await;
    }
}

async fn with_grants(grants: fn() -> Grants, test: impl AsyncFn(&World<'_>)) {
    testbed::on_every_engine(async |bed| {
        create(bed).await;
        let database = TenantDatabase::new(bed.owner.clone(), &catalog(grants())).unwrap();
        test(&World { bed, database }).await;
        // As the role that the policies confine, too.
        if bed.backend == DbBackend::Postgres {
            let empty = "TRUNCATE agent, agent_share";
            bed.owner.execute_unprepared(empty).await.unwrap();
            fill(bed).await;
            let security = tenancy_seaorm::RowSecurity::of(&catalog(grants()));
            let security = security.application_role(&bed.role).unwrap();
            security.apply(&bed.owner).await.unwrap();
            let database = TenantDatabase::new(bed.application.clone(), &catalog(grants()));
            let database = database.unwrap().with_row_security().unwrap();
            test(&World { bed, database }).await;
        }
    })
    .await;
}

async fn create(bed: &Testbed) {
    let schema = Schema::new(bed.backend);
    for table in [
        schema.create_table_from_entity(agent::Entity),
        schema.create_table_from_entity(agent_share::Entity),
    ] {
        bed.owner.execute(&table).await.unwrap();
    }
    if bed.backend == DbBackend::Postgres {
        let jsonb = "ALTER TABLE agent ALTER COLUMN readers TYPE jsonb";
        bed.owner.execute_unprepared(jsonb).await.unwrap();
    }
    fill(bed).await;
}

fn in_json() -> Grants {
    Grants::json("readers", TenantColumnType::Uuid)
}

async fn on_every_engine(test: impl AsyncFn(&World<'_>)) {
    with_grants(in_table, &test).await;
    with_grants(in_json, &test).await;
}

async fn seen(db: &ScopedConnection) -> Vec<i64> {
    let all = Agent::find_visible()
        .order_by_asc(agent::Column::Id)
        .all(db)
        .await;
    all.unwrap().into_iter().map(|agent| agent.id).collect()
}

fn kind<T: std::fmt::Debug>(refused: Result<T, DbErr>) -> ErrorKind {
    let error = refused.unwrap_err();
    Error::of(&error)
        .unwrap_or_else(|| panic!("{error}"))
        .kind()
}

#[tokio::test]
async fn a01_a_row_is_read_as_it_is_shared_and_written_by_its_tenant_alone() {
    on_every_engine(async |world| {
        let (ann, stranger) = (world.as_ann().await, world.as_stranger().await);
        let third = world.scoped(&testbed::context(PLATFORM));
        assert_eq!(seen(&stranger).await, [0; 0]);
        assert_eq!(seen(&third).await, [0; 0]);

        Agent::share(&ann, 1, &id(GLOBEX)).await.unwrap();
        assert_eq!(seen(&stranger).await, [1]);
        assert_eq!(seen(&third).await, [0; 0]);
        // Bob reads it as everybody in the tenant does who has a grant: not at all.
        assert_eq!(seen(&world.as_bob().await).await, [3]);

        Agent::set_sharing(&ann, 2, SharingMode::Global)
            .await
            .unwrap();
        assert_eq!(seen(&stranger).await, [1, 2]);
        assert_eq!(seen(&third).await, [2]);
        assert_eq!(seen(&world.as_bob().await).await, [2, 3]);

        // What is read is not written, whoever does it.
        let service = world.scoped(&testbed::context(GLOBEX));
        for db in [&stranger, &service] {
            for (shared, expected) in [(1, "agent 1"), (2, "agent 2")] {
                let found = Agent::find_by_id(shared).one(db).await.unwrap().unwrap();
                assert_eq!(found.title, expected);
                let mut changed = found.clone().into_active_model();
                changed.title = Set("taken".into());
                assert!(matches!(
                    changed.update(db).await,
                    Err(DbErr::RecordNotUpdated)
                ));
                assert_eq!(found.delete(db).await.unwrap().rows_affected, 0);
                let update = Agent::update_many()
                    .col_expr(agent::Column::Title, Expr::value("taken"))
                    .filter(agent::Column::Id.eq(shared));
                assert_eq!(update.exec(db).await.unwrap().rows_affected, 0);
                assert_eq!(
                    kind(Agent::share(db, shared, &id(PLATFORM)).await),
                    ErrorKind::NotEditable
                );
                assert_eq!(
                    kind(Agent::unshare(db, shared, &id(GLOBEX)).await),
                    ErrorKind::NotEditable
                );
                assert_eq!(
                    kind(Agent::grants(db, shared).await),
                    ErrorKind::NotEditable
                );
                let mode = Agent::set_sharing(db, shared, SharingMode::Private);
                assert_eq!(kind(mode.await), ErrorKind::NotEditable);
                assert_eq!(
                    kind(Agent::restore(db, shared).await),
                    ErrorKind::NotEditable
                );
                assert_eq!(kind(Agent::purge(db, shared).await), ErrorKind::NotEditable);
            }
            if world.bed.backend != DbBackend::Sqlite {
                let locked = Agent::find_by_id(1).lock_exclusive().one(db).await;
                assert_eq!(kind(locked), ErrorKind::ReadOnlyTable);
                let locked = Agent::find_by_id(1)
                    .lock_exclusive()
                    .one(&db.editable())
                    .await;
                assert_eq!(locked.unwrap(), None);
            }
        }
        // The same by those who may.
        for db in [&ann, &world.as_alice().await] {
            let update = Agent::update_many()
                .col_expr(agent::Column::Title, Expr::value("changed"))
                .filter(agent::Column::Id.eq(1));
            let transaction = db.begin().await.unwrap();
            assert_eq!(update.exec(&transaction).await.unwrap().rows_affected, 1);
            transaction.rollback().await.unwrap();
        }

        // A grant that is taken back is gone at the next statement.
        assert!(Agent::unshare(&ann, 1, &id(GLOBEX)).await.unwrap());
        assert_eq!(seen(&stranger).await, [2]);
        assert!(!Agent::unshare(&ann, 1, &id(GLOBEX)).await.unwrap());
        Agent::set_sharing(&ann, 2, SharingMode::Private)
            .await
            .unwrap();
        assert_eq!(seen(&stranger).await, [0; 0]);
    })
    .await;
}

#[tokio::test]
async fn a01_a_grant_that_is_taken_back_is_gone_for_an_open_transaction() {
    testbed::on(DbBackend::Postgres, async |bed| {
        create(bed).await;
        let database = TenantDatabase::new(bed.owner.clone(), &catalog(in_table())).unwrap();
        let world = World { bed, database };
        let ann = world.as_ann().await;
        Agent::share(&ann, 1, &id(GLOBEX)).await.unwrap();
        let open = world.as_stranger().await.begin().await.unwrap();
        assert!(Agent::find_by_id(1).one(&open).await.unwrap().is_some());
        Agent::unshare(&ann, 1, &id(GLOBEX)).await.unwrap();
        assert!(Agent::find_by_id(1).one(&open).await.unwrap().is_none());
        open.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a08_a_grant_opens_its_row_alone_and_taking_it_back_takes_no_other() {
    on_every_engine(async |world| {
        let (ann, stranger) = (world.as_ann().await, world.as_stranger().await);
        let third = world.scoped(&testbed::context(PLATFORM));
        Agent::share(&ann, 1, &id(GLOBEX)).await.unwrap();
        assert_eq!(seen(&stranger).await, [1]);
        assert_eq!(seen(&third).await, [0; 0]);
        Agent::share(&ann, 1, &id(PLATFORM)).await.unwrap();
        Agent::share(&ann, 2, &id(GLOBEX)).await.unwrap();
        assert_eq!(seen(&stranger).await, [1, 2]);
        assert_eq!(seen(&third).await, [1]);
        // One tenant's grant of one row: the other tenant keeps that row, and this one the other.
        Agent::unshare(&ann, 1, &id(GLOBEX)).await.unwrap();
        assert_eq!(seen(&stranger).await, [2]);
        assert_eq!(seen(&third).await, [1]);
        assert_eq!(Agent::grants(&ann, 2).await.unwrap(), [id(GLOBEX)]);
    })
    .await;
}

#[tokio::test]
async fn verbs_work_inside_a_transaction_and_end_with_it() {
    on_every_engine(async |world| {
        let ann = world.as_ann().await;
        let transaction = ann.begin().await.unwrap();
        Agent::share(&transaction, 1, &id(GLOBEX)).await.unwrap();
        assert_eq!(Agent::grants(&transaction, 1).await.unwrap(), [id(GLOBEX)]);
        transaction.rollback().await.unwrap();
        assert_eq!(Agent::grants(&ann, 1).await.unwrap(), []);
        assert_eq!(seen(&world.as_stranger().await).await, [0; 0]);

        // A refusal leaves the transaction usable.
        let transaction = ann.begin().await.unwrap();
        assert_eq!(
            kind(Agent::share(&transaction, 3, &id(GLOBEX)).await),
            ErrorKind::NotEditable
        );
        Agent::share(&transaction, 1, &id(PLATFORM)).await.unwrap();
        Agent::share(&transaction, 1, &id(GLOBEX)).await.unwrap();
        Agent::share(&transaction, 1, &id(GLOBEX)).await.unwrap();
        transaction.commit().await.unwrap();
        let mut both = [id(GLOBEX), id(PLATFORM)];
        both.sort_unstable();
        assert_eq!(Agent::grants(&ann, 1).await.unwrap(), both);
        assert_eq!(seen(&world.as_stranger().await).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a03_who_may_not_change_a_row_does_not_share_it() {
    on_every_engine(async |world| {
        let (bob, alice) = (world.as_bob().await, world.as_alice().await);
        Agent::set_sharing(&alice, 1, SharingMode::Global)
            .await
            .unwrap();
        // Bob reads it, and no more than that.
        assert_eq!(seen(&bob).await, [1, 3]);
        assert_eq!(
            kind(Agent::share(&bob, 1, &id(GLOBEX)).await),
            ErrorKind::NotEditable
        );
        assert_eq!(
            kind(Agent::set_sharing(&bob, 1, SharingMode::Selective).await),
            ErrorKind::NotEditable
        );
        Agent::share(&alice, 1, &id(GLOBEX)).await.unwrap();
        assert_eq!(
            kind(Agent::unshare(&bob, 1, &id(GLOBEX)).await),
            ErrorKind::NotEditable
        );
        assert_eq!(Agent::grants(&alice, 1).await.unwrap(), [id(GLOBEX)]);
    })
    .await;
}

#[tokio::test]
async fn a03_a_forged_grant_opens_nothing() {
    with_grants(in_table, async |world| {
        let (stranger, service) = (
            world.as_stranger().await,
            world.scoped(&testbed::context(GLOBEX)),
        );
        Agent::set_sharing(&world.as_ann().await, 1, SharingMode::Selective)
            .await
            .unwrap();
        let forged = agent_share::ActiveModel {
            agent_id: Set(1),
            grantee_id: Set(GLOBEX),
            ..Default::default()
        };
        // A member gives none by hand, and the service one of its own tenant, for a row that this
        // tenant does not have.
        assert_eq!(
            kind(forged.clone().insert(&stranger).await),
            ErrorKind::ForeignOwner
        );
        let insert = agent_share::Entity::insert(forged.clone());
        insert.exec_without_returning(&service).await.unwrap();
        let made = agent_share::Entity::find()
            .all(&world.bed.owner)
            .await
            .unwrap();
        assert_eq!(made[0].tenant_id, GLOBEX);
        assert_eq!(seen(&stranger).await, [0; 0]);
        assert!(!seen(&service).await.contains(&1));
        let in_anothers_name = agent_share::ActiveModel {
            tenant_id: Set(ACME),
            ..forged
        };
        assert_eq!(
            kind(in_anothers_name.insert(&service).await),
            ErrorKind::ForeignTenant
        );
        // The very grant, given by the row's tenant, is a grant.
        Agent::share(&world.as_ann().await, 1, &id(GLOBEX))
            .await
            .unwrap();
        assert_eq!(seen(&stranger).await, [1]);
        // Whoever is given it reads it, and cannot give it on or take it from others.
        let given = agent_share::Entity::find().filter(agent_share::Column::TenantId.eq(ACME));
        let read = given.all(&stranger).await.unwrap();
        assert_eq!(read.len(), 1);
        let own = agent_share::Entity::delete_many()
            .exec(&stranger)
            .await
            .unwrap();
        assert_eq!(own.rows_affected, 0);
        let onward = agent_share::Entity::update_many()
            .col_expr(agent_share::Column::GranteeId, Expr::value(PLATFORM))
            .exec(&stranger)
            .await
            .unwrap();
        assert_eq!(onward.rows_affected, 0);
    })
    .await;
}

#[tokio::test]
async fn a02_a_member_changes_the_grants_of_own_rows_alone() {
    with_grants(in_table, async |world| {
        let (ann, bob) = (world.as_ann().await, world.as_bob().await);
        Agent::share(&ann, 1, &id(GLOBEX)).await.unwrap();
        Agent::share(&bob, 3, &id(GLOBEX)).await.unwrap();
        let listed = |db: ScopedConnection| async move {
            let all = agent_share::Entity::find().all(&db).await.unwrap();
            all.into_iter()
                .map(|grant| grant.agent_id)
                .collect::<Vec<_>>()
        };
        assert_eq!(listed(ann.clone()).await, [1]);
        assert_eq!(listed(bob.clone()).await, [3]);
        assert_eq!(listed(world.as_alice().await).await, [1, 3]);
        let removed = agent_share::Entity::delete_many().exec(&bob).await.unwrap();
        assert_eq!(removed.rows_affected, 1);
        assert_eq!(listed(ann).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn w12_what_is_deleted_is_restored_or_purged_by_who_may_change_it() {
    on_every_engine(async |world| {
        let (ann, bob) = (world.as_ann().await, world.as_bob().await);
        Agent::set_sharing(&ann, 1, SharingMode::Global)
            .await
            .unwrap();
        assert_eq!(kind(Agent::restore(&ann, 1).await), ErrorKind::NotEditable);
        assert_eq!(kind(Agent::purge(&ann, 1).await), ErrorKind::NotEditable);
        Agent::delete_by_id(1).exec(&ann).await.unwrap();
        // Shared rows that are deleted are there for nobody.
        for db in [&ann, &bob, &world.as_stranger().await] {
            assert!(!seen(db).await.contains(&1));
        }
        assert!(
            !seen(&world.as_stranger().await.with_deleted())
                .await
                .contains(&1)
        );
        assert_eq!(kind(Agent::restore(&bob, 1).await), ErrorKind::NotEditable);
        assert_eq!(kind(Agent::purge(&bob, 1).await), ErrorKind::NotEditable);
        assert_eq!(
            kind(Agent::share(&ann, 1, &id(GLOBEX)).await),
            ErrorKind::NotEditable
        );
        Agent::restore(&ann, 1).await.unwrap();
        assert!(seen(&bob).await.contains(&1));
        Agent::delete_by_id(1).exec(&ann).await.unwrap();
        Agent::purge(&ann, 1).await.unwrap();
        assert_eq!(
            Agent::find_by_id(1).one(&world.bed.owner).await.unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a02_rows_are_transferred_by_administrators() {
    with_grants(in_table, async |world| {
        let (ann, alice) = (world.as_ann().await, world.as_alice().await);
        let owned = async |db: &ScopedConnection| -> Vec<i64> {
            let all = Agent::find_owned(db)
                .unwrap()
                .order_by_asc(agent::Column::Id)
                .all(db)
                .await;
            all.unwrap().into_iter().map(|agent| agent.id).collect()
        };
        assert_eq!(owned(&ann).await, [1, 2]);
        assert_eq!(owned(&alice).await, [0; 0]);
        assert_eq!(
            kind(Agent::transfer(&ann, 1, "bob").await),
            ErrorKind::ForeignOwner
        );
        Agent::transfer(&alice, 1, "bob").await.unwrap();
        assert_eq!(owned(&ann).await, [2]);
        assert_eq!(owned(&world.as_bob().await).await, [1, 3]);
        assert_eq!(
            kind(Agent::transfer(&alice, 4, "bob").await),
            ErrorKind::NotEditable
        );
        assert_eq!(
            kind(Agent::transfer(&alice, 99, "bob").await),
            ErrorKind::NotEditable
        );
        // Another tenant's user of the same name owns nothing here, and a shared row is not its
        // own.
        Agent::set_sharing(&ann, 2, SharingMode::Global)
            .await
            .unwrap();
        let stranger = world.as_stranger().await;
        assert_eq!(seen(&stranger).await, [2]);
        assert_eq!(owned(&stranger).await, [0; 0]);
        let service = world.scoped(&testbed::context(ACME));
        assert_eq!(kind(Agent::find_owned(&service)), ErrorKind::Incompatible);
        Agent::transfer(&service, 2, "bob").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn json_that_is_no_list_of_tenants_grants_nothing_and_fails_nobody() {
    with_grants(in_json, async |world| {
        let stranger = world.as_stranger().await;
        let set = async |json: &str| {
            let sql =
                format!("UPDATE agent SET mode = 'selective', readers = '{json}' WHERE id = 1");
            let statement = Statement::from_string(world.bed.backend, sql);
            world.bed.owner.execute_raw(statement).await
        };
        for json in [
            "null".to_owned(),
            "{}".to_owned(),
            format!("\"{GLOBEX}\""),
            format!("{{\"{GLOBEX}\": true}}"),
            format!("[[\"{GLOBEX}\"]]"),
            format!("[\"{}\"]", GLOBEX.to_string().to_uppercase()),
            format!("[\"{}\"]", GLOBEX.simple()),
            format!("[\"{GLOBEX} \"]"),
            "[1, null, true]".to_owned(),
            "[]".to_owned(),
            // No JSON at all, where the column takes it.
            "[".to_owned(),
            "nonsense".to_owned(),
        ] {
            // `JSON_CONTAINS` looks into arrays inside of arrays.
            let is_nested = world.bed.backend == DbBackend::MySql && json.starts_with("[[");
            if !is_nested && set(&json).await.is_ok() {
                let seen: Vec<i64> = Agent::find()
                    .select_only()
                    .column(agent::Column::Id)
                    .into_tuple()
                    .all(&stranger)
                    .await
                    .unwrap();
                assert_eq!(seen, [0; 0], "{json}");
            }
        }
        set(&format!("[1, \"{GLOBEX}\"]")).await.unwrap();
        assert_eq!(seen(&stranger).await, [1]);
        // A list that somebody else has spoilt is begun anew.
        set("{}").await.unwrap();
        Agent::share(&world.as_ann().await, 1, &id(PLATFORM))
            .await
            .unwrap();
        assert_eq!(
            Agent::grants(&world.as_ann().await, 1).await.unwrap(),
            [id(PLATFORM)]
        );
    })
    .await;
}

#[tokio::test]
async fn an_array_of_postgresql_holds_grants_too() {
    testbed::on(DbBackend::Postgres, async |bed| {
        let sql = "CREATE TABLE robot (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, mode text NOT NULL, readers uuid[])";
        bed.owner.execute_unprepared(sql).await.unwrap();
        let insert = format!("INSERT INTO robot VALUES (1, '{ACME}', 'private', NULL)");
        bed.owner.execute_unprepared(&insert).await.unwrap();
        let grants = Grants::array_column("readers", TenantColumnType::Uuid);
        let policy = Policy::tenant(robot::Column::TenantId).shared_by(robot::Column::Mode, grants);
        let catalog = Catalog::builder().policy::<robot::Entity>(policy).build().unwrap();
        let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
        let db = |tenant| database.scoped(&testbed::context(tenant)).unwrap();
        let (acme, globex) = (db(ACME), db(GLOBEX));
        let count = async |db: &ScopedConnection| robot::Entity::find().all(db).await.unwrap().len();
        assert_eq!(count(&globex).await, 0);
        for _ in 0..2 {
            robot::Entity::share(&acme, 1, &id(GLOBEX)).await.unwrap();
            assert_eq!(robot::Entity::grants(&acme, 1).await.unwrap(), [id(GLOBEX)]);
        }
        assert_eq!((count(&globex).await, count(&db(PLATFORM)).await), (1, 0));
        assert!(robot::Entity::unshare(&acme, 1, &id(GLOBEX)).await.unwrap());
        assert!(!robot::Entity::unshare(&acme, 1, &id(GLOBEX)).await.unwrap());
        assert_eq!(count(&globex).await, 0);
        assert_eq!(kind(robot::Entity::restore(&acme, 1).await), ErrorKind::Catalog);
        assert_eq!(kind(robot::Entity::transfer(&acme, 1, "ann").await), ErrorKind::Catalog);
    })
    .await;
}

mod robot {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "robot")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub mode: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::test]
async fn many_share_one_row_at_once() {
    on_every_engine(async |world| {
        let ann = world.as_ann().await;
        let tenants: Vec<_> = (0..8_u128)
            .map(|n| id(Uuid::from_u128(0x4000_8000_0000_0000_0000 + n)))
            .collect();
        if world.bed.backend == DbBackend::Sqlite {
            // One connection: one after the other.
            for tenant in &tenants {
                Agent::share(&ann, 1, tenant).await.unwrap();
            }
        } else {
            let shared = tenants.iter().map(|tenant| {
                let ann = ann.clone();
                async move { Agent::share(&ann, 1, tenant).await }
            });
            for done in futures_util::future::join_all(shared).await {
                done.unwrap();
            }
        }
        assert_eq!(Agent::grants(&ann, 1).await.unwrap(), tenants);
    })
    .await;
}

#[tokio::test]
async fn handlers_can_be_sent_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    let bed = Testbed::new(DbBackend::Sqlite).await;
    let database = TenantDatabase::new(bed.owner.clone(), &catalog(in_table())).unwrap();
    let db = database.scoped(&testbed::context(ACME)).unwrap();
    let tenant = id(GLOBEX);
    assert_send(&Agent::share(&db, 1, &tenant));
    assert_send(&Agent::unshare(&db, 1, &tenant));
    assert_send(&Agent::grants(&db, 1));
    assert_send(&Agent::restore(&db, 1));
    assert_send(&Agent::purge(&db, 1));
    assert_send(&Agent::transfer(&db, 1, "ann"));
}
