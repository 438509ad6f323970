use std::sync::Arc;

use super::PermissionSet;
use crate::{answer::Answer, error::StoreError, principal::Role, tenant::Tenant};

/// A place that knows which permissions the roles of a tenant give.
///
/// It is asked once on every request of a principal who has a role in the tenant, so that a change
/// counts from the next request on. [`RolePermissions`](super::RolePermissions) is one that is
/// fixed when the service starts and the same for all tenants; over a database, each tenant may
/// have roles of its own.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Role, Tenant,
///     access::{Permission, PermissionSet, PermissionStore, RolePermissions},
///     answer::Answer,
///     store::StoreError,
/// };
///
/// const EXPORT: Permission = Permission::from_static("reports.export");
///
/// /// Roles as everywhere; and whoever is in the demonstration may export.
/// struct Generous(RolePermissions);
///
/// impl PermissionStore for Generous {
///     fn permissions<'a>(
///         &'a self,
///         tenant: &'a Tenant,
///         roles: &'a [Role],
///     ) -> Answer<'a, Result<PermissionSet, StoreError>> {
///         let permissions = self.0.of_all(roles);
///         Answer::Now(Ok(if tenant.slug().as_str() == "demonstration" {
///             permissions.union(&[EXPORT].into_iter().collect())
///         } else {
///             permissions
///         }))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know the permissions of roles",
    note = "use `RolePermissions` or `InMemoryPermissionStore`, or implement `tenancy_core::access::PermissionStore`"
)]
pub trait PermissionStore: Send + Sync + 'static {
    /// What these roles permit together in a tenant. A role that is not known permits nothing.
    ///
    /// `roles` are those of one principal: of the verified token or of the
    /// [membership store](crate::membership::MembershipStore), or [`Role::PlatformAdmin`] alone for
    /// a platform administrator who entered the tenant by elevation.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store could not be asked. It ends the request.
    fn permissions<'a>(
        &'a self,
        tenant: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>>;
}

impl<S: PermissionStore + ?Sized> PermissionStore for Arc<S> {
    fn permissions<'a>(
        &'a self,
        tenant: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>> {
        S::permissions(self, tenant, roles)
    }
}

impl<S: PermissionStore + ?Sized> PermissionStore for Box<S> {
    fn permissions<'a>(
        &'a self,
        tenant: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>> {
        S::permissions(self, tenant, roles)
    }
}
