//! The cache over a store that counts its loads.

mod age;
mod bound;
mod change;
mod load;
mod model;
mod nodes;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;

use super::{CachedTenantStore, Invalidation};
use crate::{
    answer::Answer,
    error::StoreError,
    id::{Domain, Slug, TenantId},
    store::{InMemoryTenantStore, TenantStore},
    tenant::{Tenant, TenantKey},
};

const TTL: Duration = Duration::from_secs(60);

/// A store that counts its loads, and waits or fails when it is told to.
#[derive(Clone)]
struct Slow {
    tenants: InMemoryTenantStore,
    loads: Arc<AtomicUsize>,
    /// Loads read the tenant at once, and hand it over when they get a permit.
    gate: Arc<Semaphore>,
    fails: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl Slow {
    fn open() -> Self {
        let slow = Self::closed();
        slow.open_for(Semaphore::MAX_PERMITS);
        slow
    }

    fn closed() -> Self {
        Self {
            tenants: InMemoryTenantStore::new(),
            loads: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            fails: Arc::default(),
            panics: Arc::default(),
        }
    }

    fn open_for(&self, loads: usize) {
        self.gate.add_permits(loads);
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }
}

impl TenantStore for Slow {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        Answer::later(async move {
            self.loads.fetch_add(1, Ordering::SeqCst);
            let found = self.tenants.find(key).await;
            self.gate.acquire().await.unwrap().forget();
            assert!(!self.panics.load(Ordering::SeqCst), "on purpose");
            if self.fails.load(Ordering::SeqCst) {
                return Err(StoreError::new("connection refused"));
            }
            found
        })
    }
}

fn tenant(id: i64, slug: &str) -> Tenant {
    Tenant::new(TenantId::integer(id).unwrap(), Slug::parse(slug).unwrap())
}

fn name(text: &str) -> TenantKey {
    TenantKey::parse_name(text).unwrap()
}

fn host(text: &str) -> TenantKey {
    TenantKey::Slug(Slug::parse(text).unwrap())
}

fn domain(text: &str) -> Domain {
    Domain::parse(text).unwrap()
}

fn cached(store: &Slow) -> CachedTenantStore<Slow> {
    CachedTenantStore::builder(store.clone())
        .ttl(TTL)
        .jitter(0)
        .build()
        .unwrap()
}

async fn id_of(store: &impl TenantStore, key: &TenantKey) -> Option<String> {
    let found = store.find(key).await.unwrap()?;
    Some(found.id().to_string())
}

async fn is_active(store: &impl TenantStore, key: &TenantKey) -> bool {
    store.find(key).await.unwrap().unwrap().is_active()
}

fn one() -> Option<String> {
    Some("1".to_owned())
}

/// Starts lookups that run until the store holds them back.
async fn start(
    store: &CachedTenantStore<Slow>,
    key: &TenantKey,
    lookups: usize,
) -> Vec<tokio::task::JoinHandle<Result<Option<Arc<Tenant>>, StoreError>>> {
    let running = (0..lookups)
        .map(|_| {
            let (store, key) = (store.clone(), key.clone());
            tokio::spawn(async move { store.find(&key).await })
        })
        .collect();
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    running
}
