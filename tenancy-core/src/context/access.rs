//! What the principal of a context may do.

use std::sync::Arc;

use super::{Admission, TenantContext};
use crate::{
    access::{AccessError, AccessErrorKind, Permission, PermissionSet},
    principal::{Principal, Role},
};

/// What the roles of one principal permit. Another one in its place has nothing of it.
#[derive(Clone, Debug)]
pub(super) struct PrincipalPermissions {
    principal: Option<Arc<Principal>>,
    admission: Admission,
    permissions: PermissionSet,
}

impl PrincipalPermissions {
    fn is_for(&self, context: &TenantContext) -> bool {
        let is_same = match (&self.principal, &context.principal) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        is_same && self.admission == context.admission
    }
}

impl TenantContext {
    /// Keeps what the roles permit, by the tenancy's permission store.
    pub(crate) fn permit(&mut self, permissions: PermissionSet) {
        self.granted = Some(PrincipalPermissions {
            principal: self.principal.clone(),
            admission: self.admission,
            permissions,
        });
    }

    /// Whether the principal belongs to the tenant. A platform administrator in a tenant that is
    /// not their own does not, and neither does an impersonator once the time [is
    /// over](Self::is_expired).
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.admission == Admission::Member && !self.is_expired()
    }

    /// Whether the principal's roles give a permission in this tenant. Without a
    /// [permission store](crate::TenancyBuilder::permissions) nothing is permitted.
    #[must_use]
    pub fn permits(&self, permission: &Permission) -> bool {
        self.ensure_permission(permission).is_ok()
    }

    /// What the principal's roles permitted in this tenant when the request was resolved;
    /// [`Tenancy::permit`](crate::Tenancy::permit) asks again.
    #[must_use]
    pub fn permissions(&self) -> &PermissionSet {
        const NOTHING: &PermissionSet = &PermissionSet::empty();
        match self.granted() {
            Some(granted) if !self.roles().is_empty() => &granted.permissions,
            Some(_) | None => NOTHING,
        }
    }

    fn granted(&self) -> Option<&PrincipalPermissions> {
        self.granted.as_ref().filter(|granted| granted.is_for(self))
    }

    /// Checks that the principal has a role in this tenant. No role contains another.
    ///
    /// It leaves no audit event; [`Requirement::enforce`](crate::access::Requirement::enforce)
    /// does.
    ///
    /// # Errors
    ///
    /// [`AccessError`] without a principal, and when it does not have the role.
    pub fn ensure_role(&self, role: &Role) -> Result<(), AccessError> {
        self.refuse_unless(self.has_role(role), AccessErrorKind::RoleMissing)
    }

    /// Checks that the principal's roles give a permission in this tenant.
    ///
    /// It leaves no audit event; [`Requirement::enforce`](crate::access::Requirement::enforce)
    /// does.
    ///
    /// # Errors
    ///
    /// [`AccessError`] without a principal, when none of its roles gives the permission, and when
    /// no store was asked what they give: the tenancy has no [permission
    /// store](crate::TenancyBuilder::permissions).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{AccessError, TenantContext, access::Permission};
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
        let kind = match self.granted() {
            Some(_) => AccessErrorKind::PermissionMissing,
            None => AccessErrorKind::PermissionsUnknown,
        };
        self.refuse_unless(self.permissions().contains(permission), kind)
    }

    pub(crate) fn ensure_member(&self) -> Result<(), AccessError> {
        self.refuse_unless(self.is_member(), AccessErrorKind::RoleMissing)
    }

    fn refuse_unless(&self, holds: bool, otherwise: AccessErrorKind) -> Result<(), AccessError> {
        if self.principal.is_none() {
            Err(AccessError::new(AccessErrorKind::NoPrincipal))
        } else if holds {
            Ok(())
        } else {
            Err(AccessError::new(otherwise))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::{Slug, TenantId},
        principal::Membership,
        source::Source,
        tenant::{Tenant, TenantKey},
    };

    #[test]
    fn what_is_permitted_to_one_principal_is_not_to_another_in_its_place() {
        const EDIT: Permission = Permission::from_static("notes.edit");
        let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
        let admin = || {
            let acme = TenantKey::parse_name("acme").unwrap();
            let admin = Principal::new("tom");
            Arc::new(admin.with_membership(Membership::new(acme, [Role::TenantAdmin])))
        };
        let mut context = TenantContext::new(
            Arc::new(acme),
            Source::Header,
            Some(admin()),
            Admission::Member,
            crate::audit::Trail::default(),
        );
        context.permit([EDIT].into_iter().collect());
        assert!(context.clone().permits(&EDIT));

        let someone_else = TenantContext {
            principal: Some(admin()),
            ..context.clone()
        };
        let elevated = TenantContext {
            admission: Admission::Elevated,
            ..context.clone()
        };
        let nobody = TenantContext {
            principal: None,
            ..context.clone()
        };
        for (derived, kind) in [
            (&someone_else, AccessErrorKind::PermissionsUnknown),
            (&elevated, AccessErrorKind::PermissionsUnknown),
            (&nobody, AccessErrorKind::NoPrincipal),
        ] {
            assert!(derived.permissions().is_empty());
            let refusal = derived.ensure_permission(&EDIT);
            assert_eq!(refusal.unwrap_err().kind(), kind);
        }
    }
}
