//! What a lookup costs through the cached store, with few tenants and with a million. Run with
//! `cargo bench -p tenancy-core --features cache --bench store`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use tenancy_core::{
    Slug, Tenant, TenantId,
    answer::Answer,
    store::{CachedTenantStore, InMemoryTenantStore, StoreError, TenantStore},
    tenant::TenantKey,
};

const SIZES: [u64; 3] = [10, 1_000, 1_000_000];

/// How many tenants are asked for in turn, so that the key itself is not what is measured.
const CALLED: u64 = 10;

fn tenant(number: u64) -> Tenant {
    let id = TenantId::integer(i64::try_from(number + 1).unwrap()).unwrap();
    Tenant::new(id, Slug::parse(&format!("tenant-{number}")).unwrap())
}

fn key(number: u64) -> TenantKey {
    TenantKey::Slug(Slug::parse(&format!("tenant-{number}")).unwrap())
}

/// All tenants of the store are in the cache.
fn filled(tenants: u64) -> CachedTenantStore<InMemoryTenantStore> {
    let store = InMemoryTenantStore::new();
    for number in 0..tenants {
        store.insert(tenant(number)).unwrap();
    }
    let cached = CachedTenantStore::builder(store)
        .capacity(2_000_000)
        .ttl(Duration::from_secs(24 * 60 * 60))
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.unwrap().block_on(async {
        for number in 0..tenants {
            assert!(cached.find(&key(number)).await.unwrap().is_some());
        }
    });
    cached
}

fn hit(store: &impl TenantStore, key: &TenantKey) -> Result<Option<Arc<Tenant>>, StoreError> {
    match store.find(key) {
        Answer::Now(found) => found,
        Answer::Later(_) => panic!("{key:?} is not in the cache"),
    }
}

/// Lookups of each size take turns, so that a busy machine slows down all of them alike.
fn lookup(c: &mut Criterion) {
    let stores = SIZES.map(|tenants| (tenants, filled(tenants)));
    // Spread over the whole store.
    let keys = |tenants: u64| (0..CALLED).map(move |at| key(at * tenants / CALLED));
    let calls = stores
        .each_ref()
        .map(|(tenants, store)| (*tenants, store, keys(*tenants).collect::<Vec<_>>()));

    let mut best = [Duration::MAX; SIZES.len()];
    for _ in 0..200 {
        for (best, (_, store, keys)) in best.iter_mut().zip(&calls) {
            let begun = Instant::now();
            for _ in 0..100 {
                for key in keys {
                    let _ = black_box(hit(*store, black_box(key)));
                }
            }
            *best = begun.elapsed().min(*best);
        }
    }
    for (tenants, time) in SIZES.iter().zip(&best) {
        let ratio = time.as_secs_f64() / best[0].as_secs_f64();
        let nanos = time.as_nanos() / (100 * u128::from(CALLED));
        println!("cached lookup, one of {tenants}: {nanos} ns, {ratio:.2}× of ten");
    }

    let mut group = c.benchmark_group("cached lookup");
    for (tenants, store, keys) in &calls {
        let mut keys = keys.iter().cycle();
        group.bench_function(format!("one of {tenants}"), |b| {
            b.iter(|| hit(*store, black_box(keys.next().unwrap())));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = lookup
}
criterion_main!(benches);
