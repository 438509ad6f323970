//! A tenant store that remembers.

mod builder;
mod entry;
mod invalidation;
#[cfg(test)]
mod tests;

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use moka::{future::Cache, ops::compute::Op};
use tokio::{
    sync::broadcast,
    time::{Instant, timeout},
};

use self::{
    builder::Settings,
    entry::{Entry, Ledger},
};
use super::TenantStore;
use crate::{
    answer::Answer,
    error::StoreError,
    id::Slug,
    tenant::{Tenant, TenantKey, TenantKind},
};

pub use self::{
    builder::CachedTenantStoreBuilder,
    invalidation::{Invalidation, Invalidations},
};

/// How often a load is repeated because its tenant was invalidated while it ran.
const ATTEMPTS: usize = 3;

type FindResult = Result<Option<Arc<Tenant>>, StoreError>;

/// Keeps what another tenant store said, for a bounded time.
///
/// - Requests for a tenant that is not kept wait for *one* question to the store. If whoever asked
///   goes away, the next in line asks.
/// - That there is no such tenant is kept too: for a shorter time, in a place of its own with its
///   own bound, so that made-up names never displace tenants. The same place takes a tenant that
///   was called by a spelling which is not its own, such as `ACME` for `acme`: of these there are
///   thousands, too.
/// - A store that fails, or does not answer in time, is an error for those who waited, and is not
///   kept. What is kept but expired is not given out instead.
/// - A change takes effect at once where [`invalidate`](Self::invalidate) is called or its event
///   [applied](Self::apply), also for what is being loaded at that moment; and everywhere, at the
///   latest, after the [time to live](CachedTenantStoreBuilder::ttl), which is counted from when
///   the store was asked.
///
/// Where a service runs on several nodes, each with a cache of its own, a tenant that is suspended
/// on one of them is refused there at the next request, on the others at the next request after the
/// event of [`subscribe`](Self::subscribe) was applied to them, and without any such event no later
/// than the time to live (60 seconds unless set) after the change. Only tenants are kept:
/// memberships, roles and permissions are asked of their own stores with every request.
///
/// Call [`invalidate_tenant`](Self::invalidate_tenant) after a tenant was created, changed or
/// deleted; for a tenant that got another slug or lost a domain, with the old and with the new
/// description.
///
/// Clones share their content. The waiting uses the timer of tokio, which
/// [must be enabled](tokio::runtime::Builder::enable_time).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     Slug, Tenant, TenantId,
///     store::{CachedTenantStore, InMemoryTenantStore, TenantStore},
///     tenant::{TenantKey, TenantStatus},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let database = InMemoryTenantStore::new();
/// let acme = database.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
/// let store = CachedTenantStore::builder(database.clone())
///     .ttl(Duration::from_secs(30))
///     .build()?;
///
/// let key = TenantKey::parse_name("acme")?;
/// assert!(store.find(&key).await?.is_some_and(|tenant| tenant.is_active()));
///
/// let acme = database.set_status(acme.id(), TenantStatus::Suspended)?;
/// store.invalidate_tenant(&acme);
/// assert!(store.find(&key).await?.is_some_and(|tenant| !tenant.is_active()));
/// # Ok(()) }
/// ```
pub struct CachedTenantStore<S>(Arc<Inner<S>>);

struct Inner<S> {
    store: S,
    found: Cache<TenantKey, Arc<Entry>>,
    /// The answers for names that any client can make up: no tenant, or a tenant in another
    /// spelling.
    strange: Cache<TenantKey, Arc<Entry>>,
    ledger: Ledger,
    settings: Settings,
    events: broadcast::Sender<Invalidation>,
}

/// Why a load ended without a tenant of that very name; shared by all who waited for it.
#[derive(Debug)]
enum NotLoaded {
    Strange(Arc<Entry>),
    Failed(StoreError),
}

impl<S: TenantStore> CachedTenantStore<S> {
    /// Caches a store with the settings that the [builder](CachedTenantStoreBuilder) documents.
    pub fn new(store: S) -> Self {
        CachedTenantStoreBuilder::new(store).put_together()
    }

    /// Caches a store with other settings.
    pub fn builder(store: S) -> CachedTenantStoreBuilder<S> {
        CachedTenantStoreBuilder::new(store)
    }

    /// Forgets what an id, a slug or a domain leads to, or everything, and tells subscribers.
    ///
    /// Lookups that begin after this call ask the store again.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Slug, TenantId,
    ///     store::{CachedTenantStore, InMemoryTenantStore, Invalidation},
    /// };
    ///
    /// let store = CachedTenantStore::new(InMemoryTenantStore::new());
    /// store.invalidate(TenantId::integer(1)?);
    /// store.invalidate(Slug::parse("acme")?);
    /// store.invalidate(Invalidation::All);
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn invalidate(&self, what: impl Into<Invalidation>) {
        let what = what.into();
        self.apply(what.clone());
        // An error says that there is no subscriber.
        let _ = self.0.events.send(what);
    }

    /// Forgets what any name of a tenant leads to: its id, its slug and its domains.
    pub fn invalidate_tenant(&self, tenant: &Tenant) {
        for what in invalidation::of_tenant(tenant) {
            self.invalidate(what);
        }
    }

    /// Forgets what another node was told to forget. Subscribers of this node are not told.
    ///
    /// After events may have been lost, as when a connection was interrupted, apply
    /// [`Invalidation::All`].
    pub fn apply(&self, event: Invalidation) {
        self.0.ledger.record(event);
    }

    /// All invalidations from now on, to be sent to other nodes and [applied](Self::apply) there.
    #[must_use]
    pub fn subscribe(&self) -> Invalidations {
        Invalidations(self.0.events.subscribe())
    }

    /// The store behind the cache.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.0.store
    }
}

impl<S: TenantStore> Inner<S> {
    /// What is known without asking.
    async fn known(&self, key: &TenantKey) -> Option<Option<Arc<Tenant>>> {
        let entry = match self.found.get(key).await {
            Some(entry) => entry,
            None => self.strange.get(key).await?,
        };
        self.is_usable(key, &entry).then(|| entry.tenant.clone())
    }

    fn is_usable(&self, key: &TenantKey, entry: &Entry) -> bool {
        self.ledger.upholds(key, entry) && Instant::now() < entry.expires
    }

    /// Asks the store, or waits for whoever asks it already.
    async fn load(&self, key: &TenantKey) -> FindResult {
        for _ in 0..ATTEMPTS {
            self.drop_unusable(key).await;
            match self.found.try_get_with_by_ref(key, self.ask(key)).await {
                Ok(entry) if self.ledger.upholds(key, &entry) => return Ok(entry.tenant.clone()),
                Err(reason) => match &*reason {
                    NotLoaded::Strange(entry) if self.ledger.upholds(key, entry) => {
                        return Ok(entry.tenant.clone());
                    }
                    NotLoaded::Strange(_) => {}
                    NotLoaded::Failed(_) => return Err(StoreError::new(SharedFailure(reason))),
                },
                Ok(_) => {}
            }
        }
        // Invalidated again and again: this question begins after all of that, and is nobody
        // else's.
        self.read(key).await.map(|entry| entry.tenant)
    }

    /// Makes room for a load. Whoever comes second finds the new entry and leaves it.
    async fn drop_unusable(&self, key: &TenantKey) {
        let is_unusable = |entry: &Entry| !self.is_usable(key, entry);
        if self
            .found
            .get(key)
            .await
            .is_some_and(|entry| is_unusable(&entry))
        {
            self.found
                .entry_by_ref(key)
                .and_compute_with(async |entry| match entry {
                    Some(entry) if is_unusable(entry.value()) => Op::Remove,
                    Some(_) | None => Op::Nop,
                })
                .await;
        }
    }

    /// The one question that others wait for.
    async fn ask(&self, key: &TenantKey) -> Result<Arc<Entry>, NotLoaded> {
        // Another question may have been answered since this lookup began.
        if let Some(entry) = self.strange.get(key).await
            && self.is_usable(key, &entry)
        {
            return Err(NotLoaded::Strange(entry));
        }
        let entry = Arc::new(self.read(key).await.map_err(NotLoaded::Failed)?);
        if let Some(tenant) = &entry.tenant {
            self.settle_names(tenant).await;
            if is_own_name(key, tenant) {
                return Ok(entry);
            }
        }
        self.strange.insert(key.clone(), Arc::clone(&entry)).await;
        Err(NotLoaded::Strange(entry))
    }

    async fn read(&self, key: &TenantKey) -> Result<Entry, StoreError> {
        // Both taken before the store is asked: what it says may be older than its answer.
        let stamp = self.ledger.now();
        let asked = Instant::now();
        let tenant = timeout(self.settings.patience(), self.store.find(key).into_future())
            .await
            .unwrap_or_else(|late| Err(StoreError::new(late)))?;
        let is_own = tenant.as_deref().is_some_and(|one| is_own_name(key, one));
        let expires = asked + self.settings.lifetime(is_own);
        Ok(Entry::new(tenant, expires, stamp))
    }

    /// Forgets that a name of this tenant leads to no tenant, or to another one: since then it was
    /// given to this tenant, and no event said so.
    async fn settle_names(&self, tenant: &Tenant) {
        let domains = tenant.domains().cloned().map(TenantKey::Domain);
        for key in names_of(tenant.slug()).chain(domains) {
            self.strange.invalidate(&key).await;
            let known = self.found.get(&key).await;
            if known.is_some_and(|entry| !is_about(&entry, tenant)) {
                self.found.invalidate(&key).await;
            }
        }
    }
}

fn is_about(entry: &Entry, tenant: &Tenant) -> bool {
    let known = entry.tenant.as_deref();
    known.is_some_and(|known| known.id() == tenant.id())
}

/// Whether a tenant is called so in its own spelling. Of these names there are as many as tenants
/// need; of the others anybody can make up more.
fn is_own_name(key: &TenantKey, tenant: &Tenant) -> bool {
    match key {
        TenantKey::Name(name) => {
            let own = key.as_slug().filter(|slug| slug == tenant.slug());
            name == tenant.id() || own.is_some_and(|own| name.to_string() == own.as_str())
        }
        TenantKey::Slug(slug) => slug == tenant.slug(),
        TenantKey::Domain(domain) => tenant.domains().any(|own| own == domain),
        TenantKey::Platform => tenant.kind() == TenantKind::Platform,
    }
}

/// The ways to say a slug.
fn names_of(slug: &Slug) -> impl Iterator<Item = TenantKey> {
    let name = TenantKey::parse_name(slug.as_str()).ok();
    [TenantKey::Slug(slug.clone())].into_iter().chain(name)
}

impl<S: TenantStore> TenantStore for CachedTenantStore<S> {
    fn find<'a>(&'a self, key: &'a TenantKey) -> Answer<'a, FindResult> {
        // A hit is ready at the first poll, unless the cache is just tidying up.
        let known = pin!(self.0.known(key));
        match known.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(tenant)) => Answer::Now(Ok(tenant)),
            Poll::Ready(None) | Poll::Pending => Answer::later(async move {
                match self.0.known(key).await {
                    Some(tenant) => Ok(tenant),
                    None => self.0.load(key).await,
                }
            }),
        }
    }
}

impl<S> Clone for CachedTenantStore<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for CachedTenantStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedTenantStore")
            .field("names", &self.0.found.entry_count())
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

/// The failure of a load that several waited for.
#[derive(Debug)]
struct SharedFailure(Arc<NotLoaded>);

impl fmt::Display for SharedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("loading the tenant failed")
    }
}

impl Error for SharedFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.0 {
            NotLoaded::Failed(error) => error.source(),
            NotLoaded::Strange(_) => None,
        }
    }
}
