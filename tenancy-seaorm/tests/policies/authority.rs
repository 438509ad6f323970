//! Escapes W14, R19 and A06: what a connection may do depends on who the request's principal turned
//! out to be.

use std::time::Duration;

use http::HeaderName;
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait, TransactionTrait};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    elevation::ImpersonationPolicy,
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::{TenantKey, TenantKind},
};
use tenancy_seaorm::{Error, ErrorKind, ScopedConnection};
use testbed::{ACME, PLATFORM, Testbed, country, note, on_every_backend};

/// `x-user: heidi`, with her memberships; nobody without it.
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
            let of = |slug| Membership::new(TenantKey::parse_name(slug).unwrap(), [Role::Member]);
            let user = Principal::new(name).with_membership(of("platform"));
            Authenticated::new(match name {
                "grace" => user.platform_admin(),
                _ => user,
            })
        })))
    }
}

/// The connection of a request that names a tenant.
async fn connection(bed: &Testbed, user: Option<&str>, tenant: &str) -> ScopedConnection {
    let tenants = InMemoryTenantStore::new();
    let new = |id, slug| Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse(slug).unwrap());
    tenants.insert(new(ACME, "acme")).unwrap();
    let platform = new(PLATFORM, "platform").with_kind(TenantKind::Platform);
    tenants.insert(platform).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(Users)
        .store(tenants)
        .build()
        .unwrap();
    let mut request = http::Request::get("/").header("x-tenant-id", tenant);
    if let Some(user) = user {
        request = request.header("x-user", user);
    }
    let (request, ()) = request.body(()).unwrap().into_parts();
    let context = tenancy.resolve(&request, Mode::Public).await.unwrap();
    bed.database.scoped(&context.expect("a tenant")).unwrap()
}

#[tokio::test]
async fn w14_being_in_the_platform_tenant_is_not_enough_to_write_reference_tables() {
    on_every_backend(async |bed| {
        let new = || {
            let code = "FR".into();
            country::Model { id: 7, code }.into_active_model()
        };
        for (user, tenant) in [
            (None, "platform"),
            (Some("heidi"), "platform"),
            // An administrator who entered a tenant writes as that tenant.
            (Some("grace"), "acme"),
        ] {
            let db = connection(bed, user, tenant).await;
            let insert = country::Entity::insert(new());
            bed.assert_refused(ErrorKind::ReadOnlyTable, insert.exec(&db))
                .await;
            assert_eq!(country::Entity::find().count(&db).await.unwrap(), 1);
        }
        // The plan that was just refused is not reused for another authority, nor this one for
        // theirs.
        let grace = connection(bed, Some("grace"), "platform").await;
        country::Entity::insert(new()).exec(&grace).await.unwrap();
        let heidi = connection(bed, Some("heidi"), "platform").await;
        assert_eq!(country::Entity::find().count(&heidi).await.unwrap(), 2);
        let insert = country::Entity::insert(new());
        bed.assert_refused(ErrorKind::ReadOnlyTable, insert.exec(&heidi))
            .await;
    })
    .await;
}

#[tokio::test]
async fn a06_an_impersonation_reads_as_the_user_and_its_end_is_the_end_of_every_statement() {
    on_every_backend(async |bed| {
        let own = connection(bed, Some("grace"), "acme").await;
        let acme = TenantKey::parse_name("acme").unwrap();
        let bob = Principal::new("bob").with_membership(Membership::new(acme, [Role::Member]));
        let begin = |lifetime| {
            let policy = ImpersonationPolicy::new();
            policy
                .begin(own.context(), &bob, "a test", lifetime)
                .unwrap()
        };
        let acting = bed
            .database
            .scoped(&begin(Duration::from_secs(60)))
            .unwrap();
        assert_eq!(note::Entity::find().count(&acting).await.unwrap(), 3);
        assert_eq!(acting.context().impersonator(), own.context().principal());

        let short = begin(Duration::from_millis(200));
        let acting = bed.database.scoped(&short).unwrap();
        let transaction = acting.begin().await.unwrap();
        while !short.is_expired() {
            tokio::task::yield_now().await;
        }
        for outcome in [note::Entity::find().count(&transaction).await, {
            transaction.rollback().await.unwrap();
            note::Entity::find().count(&acting).await
        }] {
            let error = outcome.unwrap_err();
            assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::Expired);
        }
        assert_eq!(note::Entity::find().count(&own).await.unwrap(), 3);
    })
    .await;
}
