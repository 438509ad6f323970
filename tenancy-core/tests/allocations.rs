//! What a decision costs in allocations, which no machine's noise changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{hint::black_box, sync::Arc};

use http::Request;
use tenancy_core::{
    Action, Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    access::{Granted, OwnerRef, Resource, ResourceFacts, Sharing},
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use uuid::Uuid;

/// Too long to be kept inside of a small string.
const TEXT: &str = "auth0|6543210fedcba9876543210fedcba98@login.acme.example";
const UUID: &str = "0198f0a2-7d4b-7c11-8a3e-5f60718293a4";
const INTEGER: &str = "9007199254740993";

struct User(Arc<Principal>);

impl Authenticator for User {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(Arc::clone(&self.0)))))
    }
}

/// A member of tenant 1.
async fn member(subject: &str) -> TenantContext {
    let acme = TenantId::integer(1).unwrap();
    let tenants = InMemoryTenantStore::new();
    let tenant = Tenant::new(acme.clone(), Slug::parse("acme").unwrap());
    tenants.insert(tenant).unwrap();
    let membership = Membership::new(TenantKey::Name(acme), [Role::Member]);
    let user = Principal::new(subject).with_membership(membership);
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(User(Arc::new(user)))
        .store(tenants)
        .build()
        .unwrap();
    let request = Request::get("/").header("x-tenant-id", "1");
    let (request, ()) = request.body(()).unwrap().into_parts();
    let context = tenancy.resolve(&request, Mode::Required).await;
    context.unwrap().unwrap()
}

struct Row<'r>(ResourceFacts<'r>);

impl Resource for Row<'_> {
    fn resource_kind(&self) -> &str {
        "row"
    }

    fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
        self.0
    }
}

#[tokio::test]
async fn a_decision_allocates_nothing() {
    let uuid: Uuid = UUID.parse().unwrap();
    for (subject, owner, other) in [
        (TEXT, OwnerRef::Text(TEXT), OwnerRef::Text("ann")),
        (
            INTEGER,
            OwnerRef::Integer(9_007_199_254_740_993),
            OwnerRef::Integer(7),
        ),
        (UUID, OwnerRef::Uuid(uuid), OwnerRef::Uuid(Uuid::nil())),
    ] {
        let member = member(subject).await;
        let service = TenantContext::assume(member.tenant_arc().clone(), "test").unwrap();
        for context in [member, service] {
            for (tenant, owner) in [(1, owner), (1, other), (2, owner), (1, OwnerRef::Unowned)] {
                let row = ResourceFacts::of_tenant(tenant).owned_by(owner);
                for row in [
                    row,
                    row.public(true),
                    row.deleted(true),
                    row.locked(true),
                    row.shared(Sharing::Selective(Granted::Unknown)),
                    ResourceFacts::of_tenant("1").owned_by(owner),
                ] {
                    for action in [Action::View, Action::Create, Action::Edit, Action::Purge] {
                        let allocated = allocation_counter::measure(|| {
                            let row = Row(row);
                            let _ = black_box(context.authorize(action, black_box(&row)));
                        });
                        assert_eq!(allocated.count_total, 0, "{action}, {row:?}, {context:?}");
                    }
                }
            }
        }
        let own = Row(ResourceFacts::of_tenant(1).owned_by(owner));
        let member = self::member(subject).await;
        let allowed = allocation_counter::measure(|| {
            member.ensure(Action::Edit, &own).unwrap();
        });
        assert_eq!(allowed.count_total, 0);
        // It does count.
        let counted = allocation_counter::measure(|| drop(black_box(subject.to_owned())));
        assert_eq!(counted.count_total, 1);
    }
}
