use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use smol_str::SmolStr;

use super::MembershipStore;
use crate::{
    answer::Answer,
    error::StoreError,
    id::TenantId,
    principal::{Principal, Role},
    tenant::Tenant,
};

/// A membership store in memory: for tests, for small fixed sets of people, and for examples.
///
/// Clones share their content. A change counts for the next request.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Principal, Role, Slug, Tenant, TenantId,
///     membership::{InMemoryMembershipStore, MembershipStore},
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
/// let ann = Principal::new("ann").issued_by("https://id.example.com");
///
/// let store = InMemoryMembershipStore::new();
/// store.grant(&ann, acme.id(), [Role::Member, Role::parse("billing")?]);
/// assert!(store.roles(&ann, &acme).await?.is_some_and(|roles| roles.contains(&Role::Member)));
/// let other_ann = Principal::new("ann").issued_by("https://id.example.net");
/// assert_eq!(store.roles(&other_ann, &acme).await?, None);
///
/// store.revoke(&ann, acme.id());
/// assert_eq!(store.roles(&ann, &acme).await?, None);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct InMemoryMembershipStore(Arc<RwLock<Members>>);

type Members = HashMap<TenantId, HashMap<Identity, Vec<Role>>>;

/// Who a principal is: issuer and subject.
#[derive(PartialEq, Eq, Hash)]
struct Identity(Option<SmolStr>, SmolStr);

impl Identity {
    fn of(principal: &Principal) -> Self {
        let issuer = principal.issuer().map(SmolStr::new);
        Self(issuer, SmolStr::new(principal.subject()))
    }
}

impl InMemoryMembershipStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a principal a member of a tenant with these roles, and no others than these.
    pub fn grant(
        &self,
        principal: &Principal,
        tenant: &TenantId,
        roles: impl IntoIterator<Item = Role>,
    ) {
        let roles = roles.into_iter().collect();
        self.write()
            .entry(tenant.clone())
            .or_default()
            .insert(Identity::of(principal), roles);
    }

    /// Ends a membership, if there is one.
    pub fn revoke(&self, principal: &Principal, tenant: &TenantId) {
        if let Some(members) = self.write().get_mut(tenant) {
            members.remove(&Identity::of(principal));
        }
    }

    // A lock is poisoned when a thread panics while it holds it. Every change is one call on a map.
    fn read(&self) -> RwLockReadGuard<'_, Members> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Members> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MembershipStore for InMemoryMembershipStore {
    fn roles<'a>(
        &'a self,
        principal: &'a Principal,
        tenant: &'a Tenant,
    ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
        let members = self.read();
        let roles = members
            .get(tenant.id())
            .and_then(|members| members.get(&Identity::of(principal)));
        Answer::Now(Ok(roles.cloned()))
    }
}

impl fmt::Debug for InMemoryMembershipStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryMembershipStore")
            .field("tenants", &self.read().len())
            .finish()
    }
}
