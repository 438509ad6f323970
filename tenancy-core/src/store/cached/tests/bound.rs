//! How much is kept, and for whom; and the settings.

use super::*;

#[tokio::test]
async fn e16_made_up_names_are_bounded_and_displace_no_tenant() {
    let slow = Slow::open();
    let store = CachedTenantStore::builder(slow.clone())
        .capacity(100)
        .negative_capacity(500)
        .build()
        .unwrap();
    for id in 1..=50 {
        let slug = format!("tenant-{id}");
        slow.tenants.insert(tenant(id, &slug)).unwrap();
        assert!(store.find(&host(&slug)).await.unwrap().is_some());
    }
    for number in 0..20_000 {
        assert_eq!(
            id_of(&store, &name(&format!("nobody-{number}"))).await,
            None
        );
    }
    store.0.strange.run_pending_tasks().await;
    assert!(store.0.strange.entry_count() <= 500);
    let loads = slow.loads();
    for id in 1..=50 {
        assert!(is_active(&store, &host(&format!("tenant-{id}"))).await);
    }
    assert_eq!(slow.loads(), loads);
}

#[tokio::test]
async fn e16_spellings_of_a_tenants_name_displace_no_tenant() {
    let slow = Slow::open();
    let store = CachedTenantStore::builder(slow.clone())
        .capacity(100)
        .negative_capacity(500)
        .build()
        .unwrap();
    slow.tenants.insert(tenant(1, "administrators")).unwrap();
    let own = [name("1"), name("administrators"), host("administrators")];
    for key in &own {
        assert!(is_active(&store, key).await);
    }
    // Each bit says which letters are capital ones.
    for number in 1..4000_u32 {
        let spelling: String = "administrators"
            .chars()
            .enumerate()
            .map(|(at, letter)| match number >> at & 1 {
                1 => letter.to_ascii_uppercase(),
                _ => letter,
            })
            .collect();
        assert_eq!(id_of(&store, &name(&spelling)).await, one());
    }
    store.0.strange.run_pending_tasks().await;
    store.0.found.run_pending_tasks().await;
    assert!(store.0.strange.entry_count() <= 500);
    assert_eq!(store.0.found.entry_count(), 3);
    let loads = slow.loads();
    for key in &own {
        assert!(is_active(&store, key).await);
    }
    assert_eq!(slow.loads(), loads);
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let build = || CachedTenantStore::builder(InMemoryTenantStore::new());
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(
        build()
            .ttl(day)
            .negative_ttl(day)
            .jitter(50)
            .build()
            .is_ok()
    );
    let refused = [
        build().ttl(Duration::ZERO),
        build().ttl(day + Duration::from_nanos(1)),
        build().negative_ttl(Duration::MAX),
        build().timeout(Duration::ZERO),
        build().capacity(0),
        build().negative_capacity(0),
        build().jitter(51),
    ];
    for builder in refused {
        let settings = format!("{builder:?}");
        assert!(builder.build().is_err(), "{settings}");
    }
}
