use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use foldhash::fast::RandomState;

use super::TenantStore;
use crate::{
    answer::Answer,
    error::{ConflictKind, StoreConflict, StoreError},
    id::{Domain, Slug, TenantId},
    tenant::{Tenant, TenantKey, TenantKind, TenantStatus},
};

/// A tenant store in memory: for tests, for small fixed sets of tenants, and for examples.
///
/// Clones share their content. A change is visible to the next lookup.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Slug, Tenant, TenantId,
///     store::{InMemoryTenantStore, TenantStore},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = InMemoryTenantStore::new();
/// store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
///
/// let found = store.find(&TenantKey::parse_name("ACME")?).await?;
/// assert_eq!(found.map(|tenant| tenant.id().to_string()).as_deref(), Some("1"));
/// assert!(store.find(&TenantKey::parse_name("globex")?).await?.is_none());
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct InMemoryTenantStore(Arc<RwLock<State>>);

/// Clients choose the names that are looked up, and never those that are kept: a seeded hash that
/// is faster than SipHash will do.
type Index<K> = HashMap<K, Arc<Tenant>, RandomState>;

#[derive(Default)]
struct State {
    by_id: Index<TenantId>,
    by_slug: Index<Slug>,
    /// Verified domains only.
    by_domain: Index<Domain>,
    platform: Option<Arc<Tenant>>,
    /// Text ids by the slug that they read like, so that a name never means two tenants.
    lookalikes: HashMap<Slug, usize>,
}

impl InMemoryTenantStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tenant.
    ///
    /// # Errors
    ///
    /// [`StoreConflict`] when its id, its slug, a verified domain or its rank as the platform is
    /// taken, or when its slug reads like another tenant's id or the other way round. Nothing is
    /// changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Slug, Tenant, TenantId,
    ///     store::{ConflictKind, InMemoryTenantStore},
    /// };
    ///
    /// let store = InMemoryTenantStore::new();
    /// store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// let again = store.insert(Tenant::new(TenantId::integer(2)?, Slug::parse("acme")?));
    /// assert_eq!(again.map_err(|conflict| conflict.kind()), Err(ConflictKind::Name));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn insert(&self, tenant: Tenant) -> Result<Arc<Tenant>, StoreConflict> {
        let mut state = self.write();
        if state.by_id.contains_key(tenant.id()) {
            return Err(StoreConflict::new(ConflictKind::Id));
        }
        state.check_names(&tenant)?;
        Ok(state.put(tenant))
    }

    /// Puts a new description in the place of the tenant with the same id.
    ///
    /// # Errors
    ///
    /// [`StoreConflict`] when there is no such tenant, or when the new slug, a verified domain
    /// or the kind is taken. Nothing is changed then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Slug, Tenant, TenantId, store::InMemoryTenantStore};
    ///
    /// let store = InMemoryTenantStore::new();
    /// let acme = store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// store.replace(Tenant::clone(&acme).with_plan("gold"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&self, tenant: Tenant) -> Result<Arc<Tenant>, StoreConflict> {
        self.write().replace(tenant)
    }

    /// Changes the status of a tenant.
    ///
    /// # Errors
    ///
    /// [`StoreConflict`] when there is no such tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Slug, Tenant, TenantId, store::InMemoryTenantStore, tenant::TenantStatus,
    /// };
    ///
    /// let store = InMemoryTenantStore::new();
    /// let acme = store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// let acme = store.set_status(acme.id(), TenantStatus::Suspended)?;
    /// assert!(!acme.is_active());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_status(
        &self,
        id: &TenantId,
        status: TenantStatus,
    ) -> Result<Arc<Tenant>, StoreConflict> {
        let mut state = self.write();
        let tenant = state
            .by_id
            .get(id)
            .map(|tenant| Tenant::clone(tenant).with_status(status))
            .ok_or(StoreConflict::new(ConflictKind::Missing))?;
        state.replace(tenant)
    }

    /// Takes a tenant out.
    ///
    /// # Errors
    ///
    /// [`StoreConflict`] when there is no such tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Slug, Tenant, TenantId, store::InMemoryTenantStore};
    ///
    /// let store = InMemoryTenantStore::new();
    /// let acme = store.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
    /// assert_eq!(store.remove(acme.id())?, acme);
    /// assert!(store.remove(acme.id()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, id: &TenantId) -> Result<Arc<Tenant>, StoreConflict> {
        self.write()
            .take(id)
            .ok_or(StoreConflict::new(ConflictKind::Missing))
    }

    // A lock is poisoned when a thread panics while it holds it. Every change below is checked
    // before the first map is touched and calls no foreign code, so the maps still fit together.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether all the names of a tenant are free, apart from its own id.
    fn check_names(&self, tenant: &Tenant) -> Result<(), StoreConflict> {
        let own_lookalike = lookalike(tenant.id());
        let other =
            |named: Option<&Arc<Tenant>>| named.is_some_and(|found| found.id() != tenant.id());
        if other(self.by_slug.get(tenant.slug()))
            || own_lookalike
                .as_ref()
                .is_some_and(|slug| other(self.by_slug.get(slug)))
        {
            return Err(StoreConflict::new(ConflictKind::Name));
        }
        // The tenant's own id may read like its slug.
        let own = usize::from(
            own_lookalike.as_ref() == Some(tenant.slug()) && self.by_id.contains_key(tenant.id()),
        );
        if self.lookalikes.get(tenant.slug()).copied().unwrap_or(0) > own {
            return Err(StoreConflict::new(ConflictKind::Name));
        }
        if tenant
            .domains()
            .any(|domain| other(self.by_domain.get(domain)))
        {
            return Err(StoreConflict::new(ConflictKind::Domain));
        }
        if tenant.kind() == TenantKind::Platform && other(self.platform.as_ref()) {
            return Err(StoreConflict::new(ConflictKind::Platform));
        }
        Ok(())
    }

    fn replace(&mut self, tenant: Tenant) -> Result<Arc<Tenant>, StoreConflict> {
        if !self.by_id.contains_key(tenant.id()) {
            return Err(StoreConflict::new(ConflictKind::Missing));
        }
        self.check_names(&tenant)?;
        self.take(tenant.id());
        Ok(self.put(tenant))
    }

    fn put(&mut self, tenant: Tenant) -> Arc<Tenant> {
        let tenant = Arc::new(tenant);
        self.by_id.insert(tenant.id().clone(), Arc::clone(&tenant));
        self.by_slug
            .insert(tenant.slug().clone(), Arc::clone(&tenant));
        for domain in tenant.domains() {
            self.by_domain.insert(domain.clone(), Arc::clone(&tenant));
        }
        if let Some(slug) = lookalike(tenant.id()) {
            *self.lookalikes.entry(slug).or_default() += 1;
        }
        if tenant.kind() == TenantKind::Platform {
            self.platform = Some(Arc::clone(&tenant));
        }
        tenant
    }

    fn take(&mut self, id: &TenantId) -> Option<Arc<Tenant>> {
        let tenant = self.by_id.remove(id)?;
        self.by_slug.remove(tenant.slug());
        for domain in tenant.domains() {
            self.by_domain.remove(domain);
        }
        if let Some(slug) = lookalike(id)
            && let Some(count) = self.lookalikes.get_mut(&slug)
        {
            *count -= 1;
            if *count == 0 {
                self.lookalikes.remove(&slug);
            }
        }
        if tenant.kind() == TenantKind::Platform {
            self.platform = None;
        }
        Some(tenant)
    }

    fn find(&self, key: &TenantKey) -> Option<&Arc<Tenant>> {
        match key {
            TenantKey::Name(id) => self
                .by_id
                .get(id)
                .or_else(|| self.by_slug.get(&key.as_slug()?)),
            TenantKey::Slug(slug) => self.by_slug.get(slug),
            TenantKey::Domain(domain) => self.by_domain.get(domain),
            TenantKey::Platform => self.platform.as_ref(),
        }
    }
}

/// The slug that a text id would be mistaken for.
fn lookalike(id: &TenantId) -> Option<Slug> {
    TenantKey::Name(id.clone()).as_slug()
}

impl TenantStore for InMemoryTenantStore {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        Answer::Now(Ok(self.read().find(key).cloned()))
    }
}

impl fmt::Debug for InMemoryTenantStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryTenantStore")
            .field("tenants", &self.read().by_id.len())
            .finish()
    }
}
