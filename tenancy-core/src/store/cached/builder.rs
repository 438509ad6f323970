use std::{fmt, sync::Arc, time::Duration};

use moka::future::Cache;
use tokio::sync::broadcast;

use super::{CachedTenantStore, Inner, entry::Ledger};
use crate::{error::BuildError, store::TenantStore};

const MAX_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// How many events wait for a slow subscriber.
const EVENTS: usize = 1024;

/// The settings of a [`CachedTenantStore`].
#[must_use = "settings do nothing until the store is built"]
pub struct CachedTenantStoreBuilder<S> {
    store: S,
    pub(super) settings: Settings,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) ttl: Duration,
    pub(super) negative_ttl: Duration,
    pub(super) jitter: u8,
    pub(super) timeout: Duration,
    capacity: u64,
    negative_capacity: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ttl: Duration::from_secs(60),
            negative_ttl: Duration::from_secs(5),
            jitter: 10,
            timeout: Duration::from_secs(5),
            capacity: 10_000,
            negative_capacity: 10_000,
        }
    }
}

impl Settings {
    /// How long an answer is kept. Only ever shorter than configured, so that the setting is a
    /// bound.
    pub(super) fn lifetime(&self, is_own_name: bool) -> Duration {
        let ttl = if is_own_name {
            self.ttl
        } else {
            self.negative_ttl.min(self.ttl)
        };
        let off = f64::from(self.jitter) / 100.0 * fastrand::f64();
        ttl.mul_f64(1.0 - off)
    }

    /// How long a load may take. What takes longer than the time to live would be too old on
    /// arrival.
    pub(super) fn patience(&self) -> Duration {
        self.timeout.min(self.ttl)
    }
}

impl<S: TenantStore> CachedTenantStoreBuilder<S> {
    pub(super) fn new(store: S) -> Self {
        Self {
            store,
            settings: Settings::default(),
        }
    }

    /// How long a tenant is kept, counted from when the store was asked: 60 seconds unless set, and
    /// at most a day. A change that is not [announced](CachedTenantStore::invalidate) takes effect
    /// within this time, on every node.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// How long it is remembered that there is no such tenant, or which one a spelling means that
    /// is not its own: 5 seconds unless set, and never longer than the [`ttl`](Self::ttl). With
    /// zero, the store is asked every time.
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.settings.negative_ttl = ttl;
        self
    }

    /// Up to how many per cent of its time each entry is dropped earlier, at random, so that
    /// entries loaded together do not expire together: 10 unless set, and at most 50.
    pub fn jitter(mut self, percent: u8) -> Self {
        self.settings.jitter = percent;
        self
    }

    /// How long a load may take before it has failed: 5 seconds unless set, and never longer than
    /// the [`ttl`](Self::ttl).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// How many names of tenants are kept: 10,000 unless set. A tenant that is called by its id,
    /// its slug and a domain takes three.
    pub fn capacity(mut self, names: u64) -> Self {
        self.settings.capacity = names;
        self
    }

    /// How many names are kept that lead to no tenant, or to one in a spelling that is not its own:
    /// 10,000 unless set. Strangers can fill these;
    /// they never displace the names of tenants.
    pub fn negative_capacity(mut self, names: u64) -> Self {
        self.settings.negative_capacity = names;
        self
    }

    /// Checks the settings and makes the store.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a time to live of zero or of more than a day, a timeout of zero, a
    /// capacity of zero, or a jitter of more than 50 per cent.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenancy_core::store::{CachedTenantStore, InMemoryTenantStore};
    ///
    /// let store = CachedTenantStore::builder(InMemoryTenantStore::new())
    ///     .ttl(Duration::from_secs(30))
    ///     .build();
    /// assert!(store.is_ok());
    /// let store = CachedTenantStore::builder(InMemoryTenantStore::new()).ttl(Duration::MAX).build();
    /// assert!(store.is_err());
    /// ```
    pub fn build(self) -> Result<CachedTenantStore<S>, BuildError> {
        let settings = &self.settings;
        let flaw = if settings.ttl.is_zero() || settings.ttl.max(settings.negative_ttl) > MAX_TTL {
            "the time to live of cached tenants is more than zero and at most a day"
        } else if settings.timeout.is_zero() {
            "the timeout of the tenant store is more than zero"
        } else if settings.capacity == 0 || settings.negative_capacity == 0 {
            "the tenant cache has a capacity of at least one name"
        } else if settings.jitter > 50 {
            "the jitter of the tenant cache is at most 50 per cent"
        } else {
            return Ok(self.put_together());
        };
        Err(BuildError::new(flaw))
    }

    pub(super) fn put_together(self) -> CachedTenantStore<S> {
        let Self { store, settings } = self;
        // Whether an entry may be used is decided in `entry`, by the clock of tokio. That the
        // caches drop old entries by themselves only frees memory.
        let cache = |capacity, ttl: Duration| {
            Cache::builder()
                .max_capacity(capacity)
                .time_to_live(ttl.saturating_add(settings.timeout))
                .build()
        };
        let (events, _) = broadcast::channel(EVENTS);
        CachedTenantStore(Arc::new(Inner {
            found: cache(settings.capacity, settings.ttl),
            strange: cache(settings.negative_capacity, settings.negative_ttl),
            ledger: Ledger::default(),
            store,
            settings,
            events,
        }))
    }
}

impl<S> fmt::Debug for CachedTenantStoreBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTenantStoreBuilder")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
