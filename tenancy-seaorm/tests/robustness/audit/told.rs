//! What the library itself tells the trail.

use std::{sync::Arc, time::Duration};

use http::HeaderName;
use tenancy_core::{
    Membership, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    elevation::{Elevation, ElevationScope, ImpersonationPolicy},
    resolve::{HeaderResolver, QueryResolver},
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use testbed::{ACME, GLOBEX};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// `x-user: root` administers the platform, and everybody else is a member of acme.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let header = request.single_header(&HeaderName::from_static("x-user"));
        Answer::Now(Ok(header.unwrap().map(|name| {
            Authenticated::new(match str::from_utf8(name).unwrap() {
                "root" => Principal::new("root").platform_admin(),
                name => user(name),
            })
        })))
    }
}

fn user(name: &str) -> Principal {
    let acme = TenantKey::parse_name("acme").unwrap();
    Principal::new(name).with_membership(Membership::new(acme, [Role::Member]))
}

fn tenancy(sink: impl tenancy_core::audit::AuditSink) -> Tenancy {
    let store = InMemoryTenantStore::new();
    for (id, slug) in [(ACME, "acme"), (GLOBEX, "globex")] {
        let tenant = Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse(slug).unwrap());
        store.insert(tenant).unwrap();
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(QueryResolver::new("tenant"))
        .authenticate(Users)
        .audit(sink)
        .store(store)
        .build()
        .unwrap()
}

async fn enter(tenancy: &Tenancy, user: &str, uri: &str, tenant: &str) -> Option<TenantContext> {
    let request = http::Request::get(uri)
        .header("x-user", user)
        .header("x-tenant-id", tenant)
        .header("x-request-id", "req-7");
    let (request, ()) = request.body(()).unwrap().into_parts();
    tenancy.resolve(&request, tenancy.mode()).await.ok()?
}

/// The event of an elevation over all tenants.
pub(super) async fn elevated_over_all() -> AuditEvent {
    let (sink, mut events) = tenancy_core::audit::AuditChannel::new(8);
    let root = enter(&tenancy(sink), "root", "/", "acme").await.unwrap();
    let made = Elevation::request(&root, "a test", ElevationScope::All, MINUTE);
    assert!(made.is_ok());
    events.recv().await.unwrap();
    events.recv().await.unwrap()
}

#[tokio::test]
async fn s02_s03_a04_a06_refusals_elevations_and_impersonations_are_in_the_trails_of_their_tenants()
{
    with_a_trail(async |bed| {
        let writer = writer(bed);
        let tenancy = tenancy(writer.clone());
        // S02 and S03.
        assert!(enter(&tenancy, "ann", "/", "globex").await.is_none());
        assert!(
            enter(&tenancy, "ann", "/?tenant=globex", "acme")
                .await
                .is_none()
        );
        // A04.
        let root = enter(&tenancy, "root", "/", "acme").await.unwrap();
        let scope = [ACME, GLOBEX].map(|id| TenantId::uuid(id).unwrap());
        let scope = ElevationScope::tenants(scope);
        let elevation =
            Elevation::request_durably(&root, "ticket 4711", scope, MINUTE, &writer).await;
        let elevation = elevation.unwrap();
        let globex = TenantId::uuid(GLOBEX).unwrap();
        elevation
            .audit_in(&globex, "invoice.read")
            .append_to(&writer)
            .await
            .unwrap();
        // A06.
        let acting = ImpersonationPolicy::new();
        let acting = acting
            .begin(&root, &user("bob"), "ticket 4712", MINUTE)
            .unwrap();
        acting
            .audit("note.read")
            .resource("note", 7)
            .record()
            .unwrap();
        writer.close().await.unwrap();
        assert_eq!(writer.dropped(), 0);
        assert_eq!(writer.written(), 8);

        let told = async |tenant| {
            let own = AuditTrail::page(&scoped(bed, tenant), 0, 100)
                .await
                .unwrap();
            let fields = ["kind", "outcome", "impersonator", "subject", "reason"];
            let line = |entry: &AuditEntry| {
                fields
                    .map(|field| entry.text(field).unwrap_or("-").to_owned())
                    .join(" ")
            };
            own.iter().map(line).collect::<Vec<_>>()
        };
        let expected = [
            "refused denied - ann disagreement",
            "elevated success - root -",
            "cross_tenant success - root ticket 4711",
            "impersonated success root bob ticket 4712",
            "action success root bob -",
        ];
        assert_eq!(told(ACME).await, expected);
        let expected = [
            "refused denied - ann not_a_member",
            "cross_tenant success - root ticket 4711",
            "action success - root -",
        ];
        assert_eq!(told(GLOBEX).await, expected);

        let all = everything(bed).await;
        let id = elevation.id().to_string();
        let of_elevation = |entry: &&AuditEntry| entry.text("elevation") == Some(&id);
        assert_eq!(all.iter().filter(of_elevation).count(), 3);
        assert!(
            all.iter()
                .all(|entry| entry.text("request_id") == Some("req-7"))
        );
        let expires = all.iter().find(of_elevation).unwrap().expires().unwrap();
        let lost = elevation.expires().duration_since(expires).unwrap();
        assert!(lost < Duration::from_micros(1));
        assert!(verify(bed).await.is_intact());
    })
    .await;
}

#[tokio::test]
async fn a04_an_elevation_is_not_given_while_the_trail_does_not_take_it() {
    with_a_trail(async |bed| {
        let writer = writer(bed);
        let root = enter(&tenancy(Arc::new(writer.clone())), "root", "/", "acme")
            .await
            .unwrap();
        writer.close().await.unwrap();
        let asked =
            Elevation::request_durably(&root, "test", ElevationScope::All, MINUTE, &writer).await;
        assert!(asked.is_err());
        assert!(Elevation::request(&root, "test", ElevationScope::All, MINUTE).is_err());
        assert_eq!(everything(bed).await.len(), 1);
    })
    .await;
}
