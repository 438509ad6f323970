//! One question for all who wait, and what comes of its failure.

use futures_util::future::join_all;
use tokio::time;

use super::*;

#[tokio::test]
async fn a_tenant_that_is_kept_is_there_at_once_and_not_loaded_again() {
    let slow = Slow::open();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    assert_eq!(id_of(&store, &name("acme")).await, one());
    assert!(matches!(
        store.find(&name("acme")),
        Answer::Now(Ok(Some(tenant))) if tenant.slug().as_str() == "acme"
    ));
    assert_eq!(slow.loads(), 1);
}

#[tokio::test]
async fn s09_many_requests_for_one_cold_tenant_cause_one_load() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    for (key, expected) in [(name("acme"), Some(1)), (name("nobody"), None)] {
        let loads = slow.loads();
        let waiting = start(&store, &key, 1000).await;
        slow.open_for(1);
        for found in join_all(waiting).await {
            let found = found.unwrap().unwrap().map(|tenant| tenant.id().clone());
            assert_eq!(found, expected.map(|id| TenantId::integer(id).unwrap()));
        }
        assert_eq!(slow.loads(), loads + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s09_one_load_on_many_threads() {
    let slow = Slow::open();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    for round in 1..=50 {
        let key = name("acme");
        let waiting = (0..64).map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move { id_of(&store, &key).await })
        });
        for found in join_all(waiting.collect::<Vec<_>>()).await {
            assert_eq!(found.unwrap(), one());
        }
        assert_eq!(slow.loads(), round);
        store.invalidate(Slug::parse("acme").unwrap());
    }
}

#[tokio::test]
async fn s09_a_failed_load_is_not_shared_as_not_found_and_not_kept() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    slow.fails.store(true, Ordering::SeqCst);
    let waiting = start(&store, &name("acme"), 100).await;
    slow.open_for(1);
    for found in join_all(waiting).await {
        let error = found.unwrap().unwrap_err();
        let cause = std::error::Error::source(&error).and_then(std::error::Error::source);
        assert_eq!(cause.unwrap().to_string(), "connection refused");
    }
    assert_eq!(slow.loads(), 1);

    slow.fails.store(false, Ordering::SeqCst);
    slow.open_for(1);
    assert_eq!(id_of(&store, &name("acme")).await, one());
}

#[tokio::test]
async fn s09_when_the_one_who_asks_goes_away_the_next_in_line_asks() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    let mut waiting = start(&store, &name("acme"), 10).await;
    let first = waiting.remove(0);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    slow.open_for(1);
    for found in join_all(waiting).await {
        assert!(found.unwrap().unwrap().is_some());
    }
    assert_eq!(slow.loads(), 2);
}

#[tokio::test]
async fn s09_a_panic_in_the_store_ends_one_lookup_only() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = cached(&slow);
    slow.panics.store(true, Ordering::SeqCst);
    let waiting = start(&store, &name("acme"), 1).await;
    slow.open_for(1);
    assert!(join_all(waiting).await.remove(0).unwrap_err().is_panic());

    slow.panics.store(false, Ordering::SeqCst);
    slow.open_for(1);
    assert_eq!(id_of(&store, &name("acme")).await, one());
}

#[tokio::test(start_paused = true)]
async fn s05_a_store_that_does_not_answer_is_an_error_and_nothing_is_kept() {
    let slow = Slow::closed();
    slow.tenants.insert(tenant(1, "acme")).unwrap();
    let store = CachedTenantStore::builder(slow.clone())
        .timeout(Duration::from_secs(2))
        .build()
        .unwrap();
    let begun = time::Instant::now();
    let waiting = start(&store, &name("acme"), 100).await;
    for found in join_all(waiting).await {
        assert!(found.unwrap().is_err());
    }
    assert_eq!(begun.elapsed().as_secs(), 2);
    assert_eq!(slow.loads(), 1);

    slow.open_for(1);
    assert_eq!(id_of(&store, &name("acme")).await, one());
}
