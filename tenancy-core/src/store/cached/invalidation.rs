//! What is to be forgotten, and how other nodes hear of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};

use crate::{
    id::{Domain, Slug, TenantId},
    tenant::{Tenant, TenantKey, TenantKind},
};

/// What a cache of tenants has to forget.
///
/// It serialises, so that it can travel to other nodes through whatever they share: PostgreSQL's
/// `NOTIFY`, Redis, a message broker. What a node cannot read, it applies as [`All`](Self::All).
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantId, store::Invalidation};
///
/// let event = Invalidation::Tenant(TenantId::integer(7)?);
/// assert_eq!(serde_json::to_string(&event)?, r#"{"what":"tenant","name":7}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "what", content = "name", rename_all = "snake_case")]
pub enum Invalidation {
    /// Everything known of the tenant with this id, whatever name it was found by.
    Tenant(TenantId),
    /// What this slug leads to: a tenant, or the knowledge that there is none.
    Slug(Slug),
    /// What this domain leads to: a tenant, or the knowledge that there is none.
    Domain(Domain),
    /// Which tenant is the platform, or the knowledge that there is none.
    Platform,
    /// Everything.
    All,
}

impl From<TenantId> for Invalidation {
    fn from(id: TenantId) -> Self {
        Self::Tenant(id)
    }
}

impl From<Slug> for Invalidation {
    fn from(slug: Slug) -> Self {
        Self::Slug(slug)
    }
}

impl From<Domain> for Invalidation {
    fn from(domain: Domain) -> Self {
        Self::Domain(domain)
    }
}

/// All that touches a tenant.
pub(super) fn of_tenant(tenant: &Tenant) -> impl Iterator<Item = Invalidation> {
    let platform = (tenant.kind() == TenantKind::Platform).then_some(Invalidation::Platform);
    [tenant.id().clone().into(), tenant.slug().clone().into()]
        .into_iter()
        .chain(tenant.domains().cloned().map(Invalidation::Domain))
        .chain(platform)
}

/// All that touches what a key leads to, wherever it leads.
pub(super) fn of_key(key: &TenantKey) -> impl Iterator<Item = Invalidation> {
    let own = match key {
        TenantKey::Name(id) => Some(Invalidation::Tenant(id.clone())),
        TenantKey::Slug(_) => None,
        TenantKey::Domain(domain) => Some(Invalidation::Domain(domain.clone())),
        TenantKey::Platform => Some(Invalidation::Platform),
    };
    own.into_iter().chain(key.as_slug().map(Invalidation::Slug))
}

/// What a [`CachedTenantStore`](super::CachedTenantStore) was told to forget, in order.
pub struct Invalidations(pub(super) broadcast::Receiver<Invalidation>);

impl Invalidations {
    /// Waits for the next event; `None` when the store is gone.
    ///
    /// A subscriber that fell too far behind gets [`Invalidation::All`] in the place of what it
    /// missed. Cancelling loses nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::store::{CachedTenantStore, InMemoryTenantStore, Invalidation};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let here = CachedTenantStore::new(InMemoryTenantStore::new());
    /// let there = CachedTenantStore::new(InMemoryTenantStore::new());
    /// let mut events = here.subscribe();
    ///
    /// here.invalidate(Invalidation::All);
    /// if let Some(event) = events.recv().await {
    ///     there.apply(event); // after a journey
    /// }
    /// # }
    /// ```
    pub async fn recv(&mut self) -> Option<Invalidation> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(RecvError::Lagged(_)) => Some(Invalidation::All),
            Err(RecvError::Closed) => None,
        }
    }
}

impl fmt::Debug for Invalidations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invalidations")
            .field("waiting", &self.0.len())
            .finish()
    }
}
