//! A02: rows that belong to a user inside their tenant, on every engine and for everybody who may
//! come.

use http::HeaderName;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    IntoActiveModel, JsonValue, QueryFilter, QueryOrder, Schema, Set, Statement,
    sea_query::{Expr, OnConflict},
};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::RowSecurity;
use tenancy_seaorm::{Catalog, Error, ErrorKind, Policy, ScopedConnection, TenantDatabase};
use testbed::{ACME, GLOBEX, Testbed};

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
        pub is_public: bool,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// `x-user: ann`, with her memberships.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let header = request
            .single_header(&HeaderName::from_static("x-user"))
            .expect("one user");
        Answer::Now(Ok(header.map(|name| {
            let name = str::from_utf8(name).expect("a name");
            let of = |slug, role| Membership::new(TenantKey::parse_name(slug).unwrap(), [role]);
            let user = Principal::new(name);
            Authenticated::new(match name {
                "ann" | "bob" => user.with_membership(of("acme", Role::Member)),
                "alice" => user.with_membership(of("acme", Role::TenantAdmin)),
                // In both, and an administrator in the other one only.
                "eve" => user
                    .with_membership(of("acme", Role::Member))
                    .with_membership(of("globex", Role::TenantAdmin)),
                _ => user.platform_admin(),
            })
        })))
    }
}

/// The context of a request to ACME; of nobody's, without a user.
async fn request(user: Option<&str>) -> TenantContext {
    authenticated(Users, user).await
}

async fn authenticated(users: impl Authenticator + 'static, user: Option<&str>) -> TenantContext {
    let tenants = InMemoryTenantStore::new();
    for (id, slug) in [(ACME, "acme"), (GLOBEX, "globex")] {
        tenants
            .insert(Tenant::new(
                TenantId::uuid(id).unwrap(),
                Slug::parse(slug).unwrap(),
            ))
            .unwrap();
    }
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(users)
        .store(tenants)
        .build()
        .unwrap();
    let mut request = http::Request::get("/").header("x-tenant-id", "acme");
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let (request, ()) = request.body(()).unwrap().into_parts();
    tenancy
        .resolve(&request, Mode::Public)
        .await
        .unwrap()
        .expect("a tenant")
}

struct World<'a> {
    bed: &'a Testbed,
    database: TenantDatabase,
}

impl World<'_> {
    /// As this user; as nobody; or as the service itself.
    async fn as_user(&self, user: &str) -> ScopedConnection {
        let context = match user {
            "service" => testbed::context(ACME),
            "nobody" => request(None).await,
            user => request(Some(user)).await,
        };
        self.database.scoped(&context).unwrap()
    }

    async fn rows(&self) -> Vec<JsonValue> {
        let all = Statement::from_string(self.bed.backend, "SELECT * FROM agent ORDER BY id");
        JsonValue::find_by_statement(all)
            .all(&self.bed.owner)
            .await
            .unwrap()
    }

    /// Runs something, and makes the rows what they were.
    async fn undone<T>(&self, work: impl Future<Output = T>) -> T {
        let done = work.await;
        self.bed
            .owner
            .execute_unprepared("DELETE FROM agent")
            .await
            .unwrap();
        fill(self.bed).await;
        done
    }
}

/// Ann's and Bob's agents in ACME, one private and one public each, and the same of an Ann in
/// GLOBEX.
const AGENTS: [(i64, uuid::Uuid, &str, bool); 6] = [
    (1, ACME, "ann", false),
    (2, ACME, "ann", true),
    (3, ACME, "bob", false),
    (4, ACME, "bob", true),
    (5, GLOBEX, "ann", false),
    (6, GLOBEX, "ann", true),
];

async fn fill(bed: &Testbed) {
    for (id, tenant_id, owner, is_public) in AGENTS {
        let title = "made".into();
        testbed::insert(
            &bed.owner,
            agent::Model {
                id,
                tenant_id,
                owner: owner.into(),
                is_public,
                title,
            },
        )
        .await;
    }
}

async fn on_every_engine(test: impl AsyncFn(&World<'_>)) {
    testbed::on_every_engine(async |bed| {
        let table = Schema::new(bed.backend).create_table_from_entity(agent::Entity);
        bed.owner.execute(&table).await.unwrap();
        fill(bed).await;
        // The owner's session: what the database grants is looked at elsewhere.
        let database = TenantDatabase::new(bed.owner.clone(), &catalog()).unwrap();
        test(&World { bed, database }).await;
    })
    .await;
    if testbed::backends().contains(&DbBackend::Postgres) {
        on_policies(&catalog(), &test).await;
    }
}

fn catalog() -> Catalog {
    let policy = Policy::tenant(agent::Column::TenantId)
        .owner(agent::Column::Owner)
        .public_when("is_public");
    let builder = Catalog::builder().policy::<agent::Entity>(policy);
    builder.build().unwrap()
}

/// On PostgreSQL, under the policies of the whole catalog, with a planner that knows this one.
async fn on_policies(planned: &Catalog, test: impl AsyncFn(&World<'_>)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        let table = Schema::new(bed.backend).create_table_from_entity(agent::Entity);
        bed.owner.execute(&table).await.unwrap();
        fill(bed).await;
        let security = RowSecurity::of(&catalog());
        let security = security.application_role(&bed.role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        let database = TenantDatabase::new(bed.application.clone(), planned).unwrap();
        let database = database.with_row_security().unwrap();
        test(&World { bed, database }).await;
    })
    .await;
}

/// Who sees which rows, and who changes which.
const MATRIX: [(&str, &[i64], &[i64]); 7] = [
    ("ann", &[1, 2, 4], &[1, 2]),
    ("bob", &[2, 3, 4], &[3, 4]),
    ("alice", &[1, 2, 3, 4], &[1, 2, 3, 4]),
    ("eve", &[2, 4], &[]),
    // Elevated.
    ("grace", &[1, 2, 3, 4], &[1, 2, 3, 4]),
    ("service", &[1, 2, 3, 4], &[1, 2, 3, 4]),
    ("nobody", &[2, 4], &[]),
];

#[tokio::test]
async fn a02_everybody_reads_and_changes_what_is_theirs() {
    on_every_engine(reads_and_changes).await;
}

/// The library tells the policies who comes, and they do what the planner leaves out.
#[tokio::test]
async fn a02_a07_the_policies_alone_keep_users_to_their_rows() {
    let of_tenants = Policy::tenant(agent::Column::TenantId);
    let builder = Catalog::builder().policy::<agent::Entity>(of_tenants);
    on_policies(&builder.build().unwrap(), reads_and_changes).await;
}

async fn reads_and_changes(world: &World<'_>) {
    for (user, visible, writable) in MATRIX {
        let db = world.as_user(user).await;
        let seen = agent::Entity::find()
            .order_by_asc(agent::Column::Id)
            .all(&db)
            .await
            .unwrap();
        let seen: Vec<_> = seen.into_iter().map(|agent| agent.id).collect();
        assert_eq!(seen, visible, "{user} sees");
        for (id, ..) in AGENTS {
            let found = agent::Entity::find_by_id(id).one(&db).await.unwrap();
            assert_eq!(found.is_some(), visible.contains(&id), "{user} reads {id}");
            let is_writable = writable.contains(&id);
            let updated = world.undone(async {
                let change = agent::Entity::update_many()
                    .col_expr(agent::Column::Title, Expr::value("changed"));
                change
                    .filter(agent::Column::Id.eq(id))
                    .exec(&db)
                    .await
                    .unwrap()
                    .rows_affected
            });
            assert_eq!(updated.await, u64::from(is_writable), "{user} updates {id}");
            let deleted = world.undone(async {
                agent::Entity::delete_by_id(id)
                    .exec(&db)
                    .await
                    .unwrap()
                    .rows_affected
            });
            assert_eq!(deleted.await, u64::from(is_writable), "{user} deletes {id}");
            // A model that was read is not a right to save it.
            if let Some(found) = found {
                let mut changed = found.into_active_model();
                changed.title = Set("saved".into());
                let saved = world.undone(changed.update(&db)).await;
                assert_eq!(saved.is_ok(), is_writable, "{user} saves {id}");
            }
        }
        let all = world
            .undone(async {
                agent::Entity::delete_many()
                    .exec(&db)
                    .await
                    .unwrap()
                    .rows_affected
            })
            .await;
        assert_eq!(all, writable.len() as u64, "{user} deletes all");
    }
}

#[tokio::test]
async fn a02_what_a_member_inserts_is_the_members() {
    on_every_engine(async |world| {
        let new = |owner: Option<&str>| agent::ActiveModel {
            id: Set(9),
            is_public: Set(false),
            title: Set("new".into()),
            owner: owner.map_or(sea_orm::NotSet, |owner| Set(owner.into())),
            ..Default::default()
        };
        let foreign = |error: &sea_orm::DbErr| {
            Error::of(error).map(Error::kind) == Some(ErrorKind::ForeignOwner)
        };
        for (user, owner, stored) in [
            ("ann", None, Some("ann")),
            ("ann", Some("ann"), Some("ann")),
            ("ann", Some("bob"), None),
            ("nobody", None, None),
            ("nobody", Some("ann"), None),
            ("alice", Some("bob"), Some("bob")),
            ("service", Some("bob"), Some("bob")),
        ] {
            let db = world.as_user(user).await;
            let inserted = world.undone(new(owner).insert(&db)).await;
            match stored {
                Some(stored) => assert_eq!(inserted.unwrap().owner, stored, "{user} {owner:?}"),
                None => assert!(foreign(&inserted.unwrap_err()), "{user} {owner:?}"),
            }
        }
        // Nor is one given away, or taken, later.
        for (user, id, owner, allowed) in [
            ("ann", 1, "bob", false),
            ("bob", 2, "bob", true),
            ("alice", 1, "bob", true),
        ] {
            let db = world.as_user(user).await;
            let give =
                agent::Entity::update_many().col_expr(agent::Column::Owner, Expr::value(owner));
            let given = world
                .undone(give.filter(agent::Column::Id.eq(id)).exec(&db))
                .await;
            match given {
                Ok(given) => assert!(
                    allowed && given.rows_affected == u64::from(user == "alice"),
                    "{user}"
                ),
                Err(error) => assert!(!allowed && foreign(&error), "{user}: {error}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a02_an_upsert_onto_another_users_row_leaves_it_alone() {
    on_every_engine(async |world| {
        let before = world.rows().await;
        let db = world.as_user("ann").await;
        // Ann sees number 4, which is public, and knows of number 3.
        for id in [3, 4] {
            let taken = agent::ActiveModel {
                id: Set(id),
                is_public: Set(false),
                title: Set("taken".into()),
                ..Default::default()
            };
            let upsert = agent::Entity::insert(taken).on_conflict(
                OnConflict::column(agent::Column::Id)
                    .update_columns([agent::Column::Title, agent::Column::IsPublic])
                    .to_owned(),
            );
            let outcome = upsert.exec(&db).await;
            assert!(outcome.is_err());
            assert_eq!(world.rows().await, before);
        }
    })
    .await;
}

#[tokio::test]
async fn r19_plans_of_one_user_serve_another() {
    on_every_engine(async |world| {
        // The same texts, in turns: neither ids nor standings mix.
        for _ in 0..3 {
            for (user, visible, _) in MATRIX {
                let db = world.as_user(user).await;
                let seen = agent::Entity::find().all(&db).await.unwrap();
                assert_eq!(seen.len(), visible.len(), "{user}");
            }
        }
    })
    .await;
}

/// What the policies make of what a service sends that the planner does not see: an insert for
/// somebody, and a row given away.
#[tokio::test]
async fn a02_a07_the_policies_alone_refuse_rows_of_others() {
    let of_tenants = Policy::tenant(agent::Column::TenantId);
    let builder = Catalog::builder().policy::<agent::Entity>(of_tenants);
    on_policies(&builder.build().unwrap(), async |world| {
        for (user, owner, allowed) in [
            ("ann", "ann", true),
            ("ann", "bob", false),
            ("nobody", "ann", false),
            ("nobody", "", false),
            ("alice", "bob", true),
            ("grace", "bob", true),
            ("service", "bob", true),
        ] {
            let db = world.as_user(user).await;
            let new = agent::ActiveModel {
                id: Set(9),
                owner: Set(owner.into()),
                is_public: Set(true),
                title: Set("new".into()),
                ..Default::default()
            };
            let inserted = world.undone(new.insert(&db)).await;
            assert_eq!(inserted.is_ok(), allowed, "{user} for {owner}");
            let give = agent::Entity::update_many()
                .col_expr(agent::Column::Owner, Expr::value("eve"))
                .filter(agent::Column::Id.eq(1));
            let given = world.undone(give.exec(&db)).await;
            match (user, given) {
                ("ann", given) => assert!(given.is_err(), "her own"),
                ("nobody", given) => assert_eq!(given.unwrap().rows_affected, 0),
                (user, given) => assert_eq!(given.unwrap().rows_affected, 1, "{user}"),
            }
        }
    })
    .await;
}

/// The same user, whoever asks.
struct Always(Principal);

impl Authenticator for Always {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(self.0.clone()))))
    }
}

#[tokio::test]
async fn a_subject_that_would_end_the_message_is_refused() {
    on_policies(&catalog(), async |world| {
        for user in ["a\0'; COMMIT; --", "a'; COMMIT; --", "a\\'; COMMIT; --"] {
            let of = Membership::new(TenantKey::parse_name("acme").unwrap(), [Role::Member]);
            let user_of = Always(Principal::new(user).with_membership(of));
            let context = authenticated(user_of, None).await;
            let db = world.database.scoped(&context).unwrap();
            let seen = agent::Entity::find().all(&db).await;
            if user.contains('\0') {
                let error = seen.unwrap_err();
                assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::Incompatible);
            } else {
                assert_eq!(seen.unwrap().len(), 2, "{user}");
            }
        }
        // The connection is as good as before.
        let db = world.as_user("ann").await;
        assert_eq!(agent::Entity::find().all(&db).await.unwrap().len(), 3);
    })
    .await;
}
