//! Nodes of one service, each with a cache of its own in front of the store that they share.

use futures_util::FutureExt;
use http::Request;
use tokio::time;

use super::*;
use crate::{
    access::{InMemoryPermissionStore, Permission, RolePermissions},
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::{Reason, ResolveError},
    membership::InMemoryMembershipStore,
    principal::{Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, Mode},
    tenancy::Tenancy,
    tenant::TenantStatus,
};

const EDIT: Permission = Permission::from_static("notes.edit");

struct Ann;

impl Authenticator for Ann {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(Principal::new("ann")))))
    }
}

/// A node, as requests see it.
struct Node {
    tenancy: Tenancy,
    cache: CachedTenantStore<Slow>,
}

impl Node {
    fn of(store: &Slow) -> Self {
        let cache = cached(store);
        let tenancy = Tenancy::builder()
            .resolver(HeaderResolver::new("x-tenant-id"))
            .store(cache.clone())
            .mode(Mode::Public)
            .build()
            .unwrap();
        Self { tenancy, cache }
    }

    /// What a request for a tenant gets.
    async fn enter(&self, tenant: &str) -> Result<TenantId, Reason> {
        let request = Request::get("/").header("x-tenant-id", tenant);
        let (request, ()) = request.body(()).unwrap().into_parts();
        let found = self.tenancy.resolve(&request, self.tenancy.mode()).await;
        found
            .map(|context| context.unwrap().tenant_id().clone())
            .map_err(|error| error.reason())
    }
}

fn acme() -> TenantId {
    TenantId::integer(1).unwrap()
}

/// Two nodes that have served acme and globex.
async fn two_nodes(store: &Slow) -> [Node; 2] {
    let nodes = [Node::of(store), Node::of(store)];
    store.tenants.insert(tenant(1, "acme")).unwrap();
    store.tenants.insert(tenant(2, "globex")).unwrap();
    for node in &nodes {
        for tenant in ["acme", "1", "globex"] {
            assert!(node.enter(tenant).await.is_ok());
        }
    }
    nodes
}

#[tokio::test(start_paused = true)]
async fn s07_of_two_nodes_the_one_that_suspends_refuses_at_once_and_the_other_within_the_time_to_live()
 {
    let store = Slow::open();
    let [here, there] = two_nodes(&store).await;
    let suspended = store
        .tenants
        .set_status(&acme(), TenantStatus::Suspended)
        .unwrap();
    here.cache.invalidate_tenant(&suspended);
    for tenant in ["acme", "1"] {
        assert_eq!(here.enter(tenant).await, Err(Reason::InactiveTenant));
        assert_eq!(there.enter(tenant).await, Ok(acme()));
    }
    // The bound counts from when the node asked the store, which was before the suspension.
    time::advance(TTL - Duration::from_millis(1)).await;
    assert_eq!(there.enter("acme").await, Ok(acme()));
    time::advance(Duration::from_millis(1)).await;
    for tenant in ["acme", "1"] {
        assert_eq!(there.enter(tenant).await, Err(Reason::InactiveTenant));
    }
    assert!(there.enter("globex").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn s07_of_two_nodes_the_other_refuses_at_once_when_it_is_sent_the_invalidation() {
    let store = Slow::open();
    let [here, there] = two_nodes(&store).await;
    let mut events = here.cache.subscribe();
    let suspended = store
        .tenants
        .set_status(&acme(), TenantStatus::Suspended)
        .unwrap();
    here.cache.invalidate_tenant(&suspended);
    assert_eq!(there.enter("acme").await, Ok(acme()));
    // The id alone, whatever name the tenant was found by; it travels as text.
    let message = serde_json::to_string(&events.recv().await.unwrap()).unwrap();
    there.cache.apply(serde_json::from_str(&message).unwrap());
    for tenant in ["acme", "1"] {
        for node in [&here, &there] {
            assert_eq!(node.enter(tenant).await, Err(Reason::InactiveTenant));
        }
    }
    // No other tenant was forgotten, and one that is let in again is let in at once.
    let loads = store.loads();
    assert!(there.enter("globex").await.is_ok());
    assert_eq!(store.loads(), loads);
    let active = store
        .tenants
        .set_status(&acme(), TenantStatus::Active)
        .unwrap();
    here.cache.invalidate_tenant(&active);
    while let Some(Some(event)) = events.recv().now_or_never() {
        there.cache.apply(event);
    }
    for node in [&here, &there] {
        assert_eq!(node.enter("acme").await, Ok(acme()));
    }
}

/// Only tenants are kept: members and what roles permit are asked for with every request, on every
/// node.
#[tokio::test(start_paused = true)]
async fn s07_of_two_nodes_both_refuse_who_lost_a_membership_role_or_permission_at_the_next_request()
{
    let store = Slow::open();
    store.tenants.insert(tenant(1, "acme")).unwrap();
    let members = InMemoryMembershipStore::new();
    let everywhere = RolePermissions::builder()
        .permissions([EDIT])
        .grant(Role::Member, [EDIT])
        .build()
        .unwrap();
    let permissions = InMemoryPermissionStore::new(everywhere);
    let nodes = [cached(&store), cached(&store)].map(|cache| {
        Tenancy::builder()
            .resolver(HeaderResolver::new("x-tenant-id"))
            .authenticate(Ann)
            .memberships(members.clone())
            .permissions(permissions.clone())
            .store(cache)
            .build()
            .unwrap()
    });
    let enter = async || -> [Result<TenantContext, Reason>; 2] {
        let enter = async |node: &Tenancy| {
            let request = Request::get("/").header("x-tenant-id", "acme");
            let (request, ()) = request.body(()).unwrap().into_parts();
            let found = node.resolve(&request, node.mode()).await;
            found.map(Option::unwrap).map_err(|error| error.reason())
        };
        [enter(&nodes[0]).await, enter(&nodes[1]).await]
    };
    let ann = Principal::new("ann");
    members.grant(&ann, &acme(), [Role::Member, Role::TenantAdmin]);
    for context in enter().await.map(Result::unwrap) {
        assert!(context.has_role(&Role::TenantAdmin) && context.permits(&EDIT));
    }
    members.grant(&ann, &acme(), [Role::Member]);
    for context in enter().await.map(Result::unwrap) {
        assert!(!context.has_role(&Role::TenantAdmin) && context.permits(&EDIT));
    }
    permissions.define(&acme(), &Role::Member, []).unwrap();
    for context in enter().await.map(Result::unwrap) {
        assert!(context.has_role(&Role::Member) && !context.permits(&EDIT));
    }
    members.revoke(&ann, &acme());
    for refused in enter().await {
        assert_eq!(refused.unwrap_err(), Reason::NotAMember);
    }
}
