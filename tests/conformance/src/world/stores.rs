//! Stores that fail, wait and count.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tenancy_core::{
    Tenant,
    answer::Answer,
    store::{CachedTenantStore, InMemoryTenantStore, StoreError, TenantStore},
    tenant::TenantKey,
};
use tokio::sync::watch;

type Found = Result<Option<Arc<Tenant>>, StoreError>;

/// The store of the `/cached` chain.
pub type Cached = CachedTenantStore<Gate>;

/// Keeps answers for an hour, and gives the store a quarter of a second.
pub(super) fn cached(gate: Gate) -> Cached {
    CachedTenantStore::builder(gate)
        .ttl(Duration::from_secs(3_600))
        .negative_ttl(Duration::from_secs(3_600))
        .timeout(Duration::from_millis(250))
        .build()
        .expect("valid settings")
}

/// What a [`Gate`] does with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    /// Waits for another state.
    Closed,
    Failing,
}

/// A store that can be made to wait and to fail, and that counts.
#[derive(Clone)]
pub struct Gate {
    store: InMemoryTenantStore,
    door: Arc<watch::Sender<Door>>,
    questions: Arc<AtomicUsize>,
    arrivals: Arc<AtomicUsize>,
}

impl Gate {
    pub(super) fn before(store: InMemoryTenantStore) -> Self {
        Self {
            store,
            door: Arc::new(watch::Sender::new(Door::Open)),
            questions: Arc::default(),
            arrivals: Arc::default(),
        }
    }

    pub fn open(&self) {
        self.door.send_replace(Door::Open);
    }

    pub fn close(&self) {
        self.door.send_replace(Door::Closed);
    }

    pub fn fail(&self) {
        self.door.send_replace(Door::Failing);
    }

    /// How often the store was asked.
    pub fn questions(&self) -> usize {
        self.questions.load(SeqCst)
    }

    /// A request has come as far as its sources.
    pub(super) fn arrive(&self) {
        self.arrivals.fetch_add(1, SeqCst);
    }

    /// How many requests have come as far as their sources.
    pub fn arrivals(&self) -> usize {
        self.arrivals.load(SeqCst)
    }
}

impl TenantStore for Gate {
    fn find<'a>(&'a self, key: &'a TenantKey) -> Answer<'a, Found> {
        self.questions.fetch_add(1, SeqCst);
        Answer::later(async move {
            let mut door = self.door.subscribe();
            let state = door.wait_for(|door| *door != Door::Closed).await;
            match state.map(|state| *state) {
                Ok(Door::Open) => self.store.find(key).await,
                Ok(Door::Closed | Door::Failing) | Err(_) => Err(failure()),
            }
        })
    }
}

/// A store that always fails.
pub(super) struct Broken;

impl TenantStore for Broken {
    fn find<'a>(&'a self, _: &'a TenantKey) -> Answer<'a, Found> {
        Answer::Now(Err(failure()))
    }
}

fn failure() -> StoreError {
    StoreError::new("SELECT id FROM tenants: connection to 10.1.2.3 lost")
}
