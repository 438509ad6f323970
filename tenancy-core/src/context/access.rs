//! What the principal of a context may do.

use super::{Standing, TenantContext};
use crate::{
    access::{AccessError, AccessErrorKind, Permission, PermissionSet},
    audit::Audit,
    principal::Role,
};

impl TenantContext {
    /// Keeps what the roles permit, by the tenancy's permission store.
    pub(crate) fn permit(&mut self, permissions: PermissionSet) {
        self.permissions = Some(permissions);
    }

    /// Keeps where refusals of this context's principal are recorded.
    pub(crate) fn audited_by(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    pub(crate) fn audit(&self) -> &Audit {
        &self.audit
    }

    /// Whether the principal belongs to the tenant. A platform administrator in a tenant that is not
    /// their own does not.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.standing == Standing::Member
    }

    /// Whether the principal's roles give a permission in this tenant. Without a
    /// [permission store](crate::TenancyBuilder::permissions) nothing is permitted.
    #[must_use]
    pub fn permits(&self, permission: &Permission) -> bool {
        self.ensure_permission(permission).is_ok()
    }

    /// What the principal's roles permit in this tenant, when the request was resolved.
    #[must_use]
    pub fn permissions(&self) -> &PermissionSet {
        const NOTHING: &PermissionSet = &PermissionSet::empty();
        self.permissions.as_ref().unwrap_or(NOTHING)
    }

    /// Checks that the principal has a role in this tenant. No role contains another.
    ///
    /// It leaves no audit event; [`Requirement::enforce`](crate::Requirement::enforce) does.
    ///
    /// # Errors
    ///
    /// [`AccessError`] without a principal, and when it does not have the role.
    pub fn ensure_role(&self, role: &Role) -> Result<(), AccessError> {
        self.ensure(self.has_role(role), AccessErrorKind::RoleMissing)
    }

    /// Checks that the principal's roles give a permission in this tenant.
    ///
    /// It leaves no audit event; [`Requirement::enforce`](crate::Requirement::enforce) does.
    ///
    /// # Errors
    ///
    /// [`AccessError`] without a principal, when none of its roles gives the permission, and when
    /// the tenancy has no [permission store](crate::TenancyBuilder::permissions).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{AccessError, Permission, TenantContext};
    ///
    /// const EDIT: Permission = Permission::from_static("notes.edit");
    ///
    /// fn rename(context: &TenantContext, title: &mut String) -> Result<(), AccessError> {
    ///     context.ensure_permission(&EDIT)?;
    ///     title.push_str(" (new)");
    ///     Ok(())
    /// }
    /// ```
    pub fn ensure_permission(&self, permission: &Permission) -> Result<(), AccessError> {
        let kind = match self.permissions {
            Some(_) => AccessErrorKind::PermissionMissing,
            None => AccessErrorKind::NoPermissionStore,
        };
        self.ensure(self.permissions().contains(permission), kind)
    }

    pub(crate) fn ensure_member(&self) -> Result<(), AccessError> {
        self.ensure(self.is_member(), AccessErrorKind::RoleMissing)
    }

    fn ensure(&self, holds: bool, otherwise: AccessErrorKind) -> Result<(), AccessError> {
        if self.principal.is_none() {
            Err(AccessError::new(AccessErrorKind::NoPrincipal))
        } else if holds {
            Ok(())
        } else {
            Err(AccessError::new(otherwise))
        }
    }
}
