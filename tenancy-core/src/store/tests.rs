use std::sync::Arc;

use super::{InMemoryTenantStore, TenantStore};
use crate::{
    error::{ConflictKind, Reason},
    id::{Domain, Slug, TenantId},
    resolve::{HeaderResolver, Mode},
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey, TenantKind, TenantStatus},
};

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

fn name(text: &str) -> TenantKey {
    TenantKey::parse_name(text).unwrap()
}

fn tenant(number: i64, text: &str) -> Tenant {
    Tenant::new(id(number), slug(text))
}

/// The number of the tenant that a key leads to.
async fn find(store: &InMemoryTenantStore, key: &TenantKey) -> Option<TenantId> {
    let found: Option<Arc<Tenant>> = store.find(key).await.unwrap();
    found.map(|tenant| tenant.id().clone())
}

async fn enter(tenancy: &Tenancy, tenant: &str) -> Result<TenantId, Reason> {
    let request = http::Request::get("/").header("x-tenant-id", tenant);
    let (request, ()) = request.body(()).unwrap().into_parts();
    let found = tenancy.resolve(&request, tenancy.mode()).await;
    found
        .map(|context| context.unwrap().tenant_id().clone())
        .map_err(|error| error.reason())
}

fn tenancy(store: &InMemoryTenantStore) -> Tenancy {
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .store(store.clone())
        .mode(Mode::Public)
        .build()
        .unwrap()
}

#[tokio::test]
async fn s07_a_status_counts_from_the_next_request_on() {
    let store = InMemoryTenantStore::new();
    store.insert(tenant(1, "acme")).unwrap();
    let tenancy = tenancy(&store);
    for (status, outcome) in [
        (TenantStatus::Active, Ok(id(1))),
        (TenantStatus::Suspended, Err(Reason::InactiveTenant)),
        (TenantStatus::Active, Ok(id(1))),
        (TenantStatus::Deleted, Err(Reason::InactiveTenant)),
    ] {
        store.set_status(&id(1), status).unwrap();
        for text in ["acme", "ACME", "1"] {
            assert_eq!(enter(&tenancy, text).await, outcome, "{status:?}: {text}");
        }
    }
}

#[tokio::test]
async fn s10_a_slug_leads_to_whoever_has_it_now() {
    let store = InMemoryTenantStore::new();
    let tenancy = tenancy(&store);
    store.insert(tenant(1, "acme")).unwrap();
    assert_eq!(enter(&tenancy, "acme").await, Ok(id(1)));

    store.remove(&id(1)).unwrap();
    assert_eq!(enter(&tenancy, "acme").await, Err(Reason::UnknownTenant));
    store.insert(tenant(2, "acme")).unwrap();
    assert_eq!(enter(&tenancy, "acme").await, Ok(id(2)));
    assert_eq!(enter(&tenancy, "1").await, Err(Reason::UnknownTenant));

    // The same when the old tenant only gets another slug.
    store.replace(tenant(2, "globex")).unwrap();
    assert_eq!(enter(&tenancy, "acme").await, Err(Reason::UnknownTenant));
    store.insert(tenant(3, "acme")).unwrap();
    assert_eq!(enter(&tenancy, "acme").await, Ok(id(3)));
    assert_eq!(enter(&tenancy, "globex").await, Ok(id(2)));
}

#[tokio::test]
async fn e14_a_domain_leads_to_one_tenant_once_it_is_verified() {
    let store = InMemoryTenantStore::new();
    let key = TenantKey::Domain(domain("notes.acme.example"));
    let claimed = tenant(1, "acme").with_unverified_domain(domain("notes.acme.example"));
    store.insert(claimed).unwrap();
    assert_eq!(find(&store, &key).await, None);
    store
        .replace(tenant(1, "acme").with_domain(domain("notes.acme.example")))
        .unwrap();
    assert_eq!(find(&store, &key).await, Some(id(1)));
    let thief = tenant(2, "globex").with_domain(domain("notes.acme.example"));
    let refused = store.insert(thief).unwrap_err();
    assert_eq!(refused.kind(), ConflictKind::Domain);
    assert_eq!(find(&store, &key).await, Some(id(1)));
    store.replace(tenant(1, "acme")).unwrap();
    assert_eq!(find(&store, &key).await, None);
}

#[tokio::test]
async fn no_name_ever_means_two_tenants() {
    let text_id = TenantId::text("initech").unwrap();
    let of_text_id = |text| Tenant::new(text_id.clone(), slug(text));
    let platform = |number, text| tenant(number, text).with_kind(TenantKind::Platform);
    let store = InMemoryTenantStore::new();
    store.insert(tenant(1, "acme")).unwrap();
    store.insert(of_text_id("umbrella")).unwrap();
    store.insert(platform(3, "platform")).unwrap();
    for (refused, kind) in [
        (tenant(1, "other"), ConflictKind::Id),
        (tenant(2, "acme"), ConflictKind::Name),
        // A slug that reads like another tenant's id, and the other way round.
        (tenant(2, "initech"), ConflictKind::Name),
        (
            Tenant::new(TenantId::text("acme").unwrap(), slug("other")),
            ConflictKind::Name,
        ),
        (platform(2, "other"), ConflictKind::Platform),
    ] {
        let text = format!("{refused:?}");
        assert_eq!(store.insert(refused).unwrap_err().kind(), kind, "{text}");
    }
    assert_eq!(
        store.replace(tenant(9, "new")).unwrap_err().kind(),
        ConflictKind::Missing
    );
    assert_eq!(
        store.replace(tenant(1, "umbrella")).unwrap_err().kind(),
        ConflictKind::Name
    );
    // Nothing was changed by any of it.
    for (key, expected) in [
        (name("acme"), Some(id(1))),
        (name("initech"), Some(text_id.clone())),
        (TenantKey::Slug(slug("umbrella")), Some(text_id.clone())),
        (TenantKey::Slug(slug("initech")), None),
        (name("other"), None),
        (TenantKey::Platform, Some(id(3))),
    ] {
        assert_eq!(find(&store, &key).await, expected, "{key:?}");
    }
    // A tenant's own id may read like its slug, and a name is free again when its tenant is gone.
    store.replace(of_text_id("initech")).unwrap();
    store.remove(&text_id).unwrap();
    store.insert(tenant(2, "initech")).unwrap();
    store.remove(&id(3)).unwrap();
    assert_eq!(find(&store, &TenantKey::Platform).await, None);
    store.insert(platform(4, "platform")).unwrap();
}
