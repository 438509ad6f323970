//! A change of a tenant takes effect where it is announced.

use futures_util::future::join_all;

use super::*;
use crate::tenant::TenantStatus;

#[tokio::test]
async fn s07_an_announced_suspension_takes_effect_at_once_under_every_name() {
    let acme = tenant(1, "acme").with_domain(domain("acme.example.org"));
    let keys = [
        name("1"),
        name("acme"),
        name("ACME"),
        host("acme"),
        TenantKey::Domain(domain("acme.example.org")),
    ];
    for announced in [
        Invalidation::Tenant(acme.id().clone()),
        Invalidation::Slug(acme.slug().clone()),
        Invalidation::Domain(domain("acme.example.org")),
        Invalidation::All,
    ] {
        let slow = Slow::open();
        slow.tenants.insert(acme.clone()).unwrap();
        slow.tenants.insert(tenant(2, "globex")).unwrap();
        let store = cached(&slow);
        for key in keys.iter().chain(&[name("globex")]) {
            assert!(is_active(&store, key).await);
        }
        slow.tenants
            .set_status(acme.id(), TenantStatus::Suspended)
            .unwrap();
        assert!(is_active(&store, &keys[0]).await);
        store.invalidate(announced.clone());
        for key in &keys {
            assert!(!is_active(&store, key).await, "{key:?} after {announced:?}");
        }
        let loads = slow.loads();
        assert!(is_active(&store, &name("globex")).await);
        let others = usize::from(announced == Invalidation::All);
        assert_eq!(slow.loads(), loads + others, "{announced:?}");
    }
}

#[tokio::test]
async fn s07_what_was_being_loaded_when_it_was_invalidated_is_loaded_again() {
    let slow = Slow::closed();
    let acme = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    // The load has read the tenant, and has not handed it over.
    let before = start(&store, &host("acme"), 10).await;
    slow.tenants
        .set_status(acme.id(), TenantStatus::Suspended)
        .unwrap();
    store.invalidate(acme.id().clone());
    let after = start(&store, &host("acme"), 10).await;
    slow.open_for(2);
    for found in join_all(before.into_iter().chain(after)).await {
        assert!(!found.unwrap().unwrap().unwrap().is_active());
    }
    assert_eq!(slow.loads(), 2);
    assert!(!is_active(&store, &host("acme")).await);
}

#[tokio::test]
async fn s07_other_nodes_follow_the_events() {
    let slow = Slow::open();
    let acme = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let (here, there) = (cached(&slow), cached(&slow));
    let (mut events, mut echo) = (here.subscribe(), there.subscribe());
    assert!(is_active(&here, &name("acme")).await && is_active(&there, &name("acme")).await);
    let acme = slow
        .tenants
        .set_status(acme.id(), TenantStatus::Suspended)
        .unwrap();
    here.invalidate_tenant(&acme);
    assert!(is_active(&there, &name("acme")).await);

    let event = serde_json::to_string(&events.recv().await.unwrap()).unwrap();
    there.apply(serde_json::from_str(&event).unwrap());
    assert!(!is_active(&there, &name("acme")).await);
    // Applying is not announcing, or two nodes would go on for ever.
    drop(there);
    assert!(echo.recv().await.is_none());
}

#[tokio::test]
async fn s07_a_subscriber_that_missed_events_forgets_everything() {
    let store = cached(&Slow::open());
    let mut events = store.subscribe();
    for id in 1..=5000 {
        store.invalidate(TenantId::integer(id).unwrap());
    }
    assert_eq!(events.recv().await, Some(Invalidation::All));
    assert!(matches!(events.recv().await, Some(Invalidation::Tenant(_))));
}

#[tokio::test]
async fn s07_more_invalidations_than_are_remembered_forget_everything() {
    let slow = Slow::open();
    let acme = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    assert!(is_active(&store, &host("acme")).await);
    slow.tenants
        .set_status(acme.id(), TenantStatus::Suspended)
        .unwrap();
    store.invalidate(acme.id().clone());
    for id in 2..=20_000 {
        store.invalidate(TenantId::integer(id).unwrap());
    }
    assert!(!is_active(&store, &host("acme")).await);
}

#[tokio::test]
async fn s10_a_slug_that_is_used_again_leads_to_its_new_tenant() {
    let slow = Slow::open();
    let old = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    let keys = [name("acme"), name("Acme"), host("acme")];
    for key in &keys {
        assert_eq!(id_of(&store, key).await, one());
    }
    slow.tenants.remove(old.id()).unwrap();
    store.invalidate_tenant(&old);
    for key in &keys {
        assert_eq!(id_of(&store, key).await, None);
    }
    let new = slow.tenants.insert(tenant(2, "acme")).unwrap();
    store.invalidate_tenant(&new);
    for key in &keys {
        assert_eq!(id_of(&store, key).await.as_deref(), Some("2"));
    }
    assert_eq!(id_of(&store, &name("1")).await, None);
}

#[tokio::test]
async fn s10_the_new_owner_of_a_slug_puts_an_end_to_the_old_one_unannounced() {
    let slow = Slow::open();
    let old = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    assert_eq!(id_of(&store, &host("acme")).await, one());
    slow.tenants.remove(old.id()).unwrap();
    slow.tenants.insert(tenant(2, "acme")).unwrap();
    // No request has named the new tenant yet.
    assert_eq!(id_of(&store, &host("acme")).await, one());
    assert_eq!(id_of(&store, &name("2")).await.as_deref(), Some("2"));
    assert_eq!(id_of(&store, &host("acme")).await.as_deref(), Some("2"));
}
