//! Nothing is given out that is older than the settings say.

use std::collections::HashSet;

use futures_util::future::join_all;
use tokio::time;

use super::*;
use crate::tenant::TenantStatus;

#[tokio::test(start_paused = true)]
async fn s05_what_has_expired_is_not_given_out_in_the_place_of_an_error() {
    let slow = Slow::open();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    assert_eq!(id_of(&store, &name("acme")).await, one());
    slow.fails.store(true, Ordering::SeqCst);
    time::advance(TTL - Duration::from_millis(1)).await;
    assert_eq!(id_of(&store, &name("acme")).await, one());
    time::advance(Duration::from_millis(1)).await;
    assert!(store.find(&name("acme")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn s07_an_unannounced_suspension_takes_effect_within_the_time_to_live() {
    let slow = Slow::open();
    let acme = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    assert!(is_active(&store, &host("acme")).await);
    slow.tenants
        .set_status(acme.id(), TenantStatus::Suspended)
        .unwrap();
    time::advance(TTL - Duration::from_millis(1)).await;
    assert!(is_active(&store, &host("acme")).await);
    time::advance(Duration::from_millis(1)).await;
    assert!(!is_active(&store, &host("acme")).await);
}

#[tokio::test(start_paused = true)]
async fn s07_the_time_to_live_counts_from_when_the_store_was_asked() {
    let slow = Slow::closed();
    let acme = slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    let waiting = start(&store, &host("acme"), 1).await;
    slow.tenants
        .set_status(acme.id(), TenantStatus::Suspended)
        .unwrap();
    time::advance(Duration::from_secs(4)).await;
    slow.open_for(2);
    assert!(
        join_all(waiting)
            .await
            .remove(0)
            .unwrap()
            .unwrap()
            .unwrap()
            .is_active()
    );
    time::advance(TTL - Duration::from_secs(4)).await;
    assert!(!is_active(&store, &host("acme")).await);
}

#[tokio::test(start_paused = true)]
async fn that_there_is_no_such_tenant_is_kept_for_its_own_time() {
    let slow = Slow::open();
    let store = cached(&slow);
    assert_eq!(id_of(&store, &name("acme")).await, None);
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    assert_eq!(id_of(&store, &name("acme")).await, None);
    assert_eq!(slow.loads(), 1);
    time::advance(Duration::from_secs(5)).await;
    assert_eq!(id_of(&store, &name("acme")).await, one());

    let never = CachedTenantStore::builder(slow.clone())
        .negative_ttl(Duration::ZERO)
        .build()
        .unwrap();
    let loads = slow.loads();
    assert_eq!(id_of(&never, &name("nobody")).await, None);
    assert_eq!(id_of(&never, &name("nobody")).await, None);
    assert_eq!(slow.loads(), loads + 2);
}

#[tokio::test(start_paused = true)]
async fn s07_a_load_that_takes_longer_than_the_time_to_live_has_failed() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = CachedTenantStore::builder(slow.clone())
        .ttl(Duration::from_secs(1))
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap();
    let begun = time::Instant::now();
    let waiting = start(&store, &host("acme"), 2).await;
    for found in join_all(waiting).await {
        assert!(found.unwrap().is_err());
    }
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    slow.open_for(1);
    assert!(is_active(&store, &host("acme")).await);
}

#[tokio::test]
async fn entries_expire_apart_and_never_late() {
    let store = CachedTenantStore::builder(Slow::open())
        .ttl(TTL)
        .jitter(50)
        .build()
        .unwrap();
    let lifetimes: HashSet<_> = (0..1000).map(|_| store.0.settings.lifetime(true)).collect();
    assert!(lifetimes.iter().all(|ttl| (TTL / 2..=TTL).contains(ttl)));
    assert!(lifetimes.len() > 900);
}
