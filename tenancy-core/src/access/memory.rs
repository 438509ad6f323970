use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::{Permission, PermissionSet, PermissionStore, RolePermissions};
use crate::{
    answer::Answer,
    error::{BuildError, StoreError},
    id::TenantId,
    principal::Role,
    tenant::Tenant,
};

/// The permissions of roles in memory, where tenants may define roles of their own: for tests, for
/// small fixed sets of tenants, and for examples.
///
/// A role that a tenant has not defined is as in the [`RolePermissions`] for all. Clones share
/// their content. A change counts for the next request.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Role, Slug, Tenant, TenantId,
///     access::{InMemoryPermissionStore, Permission, PermissionStore, RolePermissions},
/// };
///
/// const READ: Permission = Permission::from_static("notes.read");
/// const EDIT: Permission = Permission::from_static("notes.edit");
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
/// let globex = Tenant::new(TenantId::integer(2)?, Slug::parse("globex")?);
/// let intern = Role::parse("intern")?;
/// let everywhere = RolePermissions::builder()
///     .permissions([READ, EDIT])
///     .grant(intern.clone(), [READ])
///     .build()?;
///
/// let store = InMemoryPermissionStore::new(everywhere);
/// store.define(acme.id(), &intern, [READ, EDIT])?;
/// assert!(store.permissions(&acme, &[intern.clone()]).await?.contains(&EDIT));
/// assert!(!store.permissions(&globex, &[intern.clone()]).await?.contains(&EDIT));
///
/// store.remove(acme.id(), &intern);
/// assert!(!store.permissions(&acme, &[intern.clone()]).await?.contains(&EDIT));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct InMemoryPermissionStore {
    everywhere: RolePermissions,
    tenants: Arc<RwLock<Tenants>>,
}

type Tenants = HashMap<TenantId, HashMap<Role, PermissionSet>>;

impl InMemoryPermissionStore {
    /// A store in which no tenant has roles of its own.
    #[must_use]
    pub fn new(everywhere: RolePermissions) -> Self {
        Self {
            everywhere,
            tenants: Arc::default(),
        }
    }

    /// Says what a role permits in a tenant, and nothing else than this.
    ///
    /// Any registered permission can be given. Where people of the tenant define roles, check first
    /// that they give away only what they have:
    /// [`TenantContext::permits`](crate::TenantContext::permits).
    ///
    /// # Errors
    ///
    /// [`BuildError`] when a permission is not registered, and for [`Role::TenantAdmin`] and
    /// [`Role::PlatformAdmin`], which are the same in every tenant.
    pub fn define(
        &self,
        tenant: &TenantId,
        role: &Role,
        permissions: impl IntoIterator<Item = Permission>,
    ) -> Result<(), BuildError> {
        if matches!(role, Role::TenantAdmin | Role::PlatformAdmin) {
            return Err(BuildError::new(format!(
                "the role `{role}` is the same in every tenant: grant it in `RolePermissions`"
            )));
        }
        let permissions: PermissionSet = permissions.into_iter().collect();
        for permission in permissions.iter() {
            self.everywhere.ensure_registered(permission)?;
        }
        self.write()
            .entry(tenant.clone())
            .or_default()
            .insert(role.clone(), permissions);
        Ok(())
    }

    /// Forgets what a tenant has defined for a role: it is as everywhere again.
    pub fn remove(&self, tenant: &TenantId, role: &Role) {
        if let Some(roles) = self.write().get_mut(tenant) {
            roles.remove(role);
        }
    }

    // A lock is poisoned when a thread panics while it holds it. Every change is one call on a map.
    fn read(&self) -> RwLockReadGuard<'_, Tenants> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Tenants> {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PermissionStore for InMemoryPermissionStore {
    fn permissions<'a>(
        &'a self,
        tenant: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>> {
        let tenants = self.read();
        let own = tenants.get(tenant.id());
        let of = |role| own.and_then(|own| own.get(role));
        let all = roles.iter().fold(PermissionSet::empty(), |all, role| {
            all.union(of(role).unwrap_or_else(|| self.everywhere.of(role)))
        });
        Answer::Now(Ok(all))
    }
}

impl fmt::Debug for InMemoryPermissionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryPermissionStore")
            .field("everywhere", &self.everywhere)
            .field("tenants", &self.read().len())
            .finish()
    }
}
