use crate::{
    error::{Reason, ResolveError},
    problem::Problem,
};

/// Something that a tenant context does not allow.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenancy_core::{Role, Slug, Tenant, TenantContext, TenantId, access::AccessErrorKind};
///
/// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let job = TenantContext::assume(acme, "nightly report")?;
/// if let Err(error) = job.ensure_role(&Role::TenantAdmin) {
///     assert_eq!(error.kind(), AccessErrorKind::NoPrincipal);
///     assert_eq!(error.problem().status(), 401);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.text())]
pub struct AccessError {
    kind: AccessErrorKind,
}

/// Why access was refused.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessErrorKind {
    /// The value is another tenant's: 404.
    NotOwned,
    /// The tenant is suspended or deleted: 404.
    InactiveTenant,
    /// An audited call was made without a reason: 500.
    EmptyReason,
    /// There is no principal, who could have a role: 401.
    NoPrincipal,
    /// The principal does not have the role in this tenant: 403.
    RoleMissing,
    /// None of the principal's roles gives the permission in this tenant: 403.
    PermissionMissing,
    /// A permission is required, and no store was asked which ones the principal has: 500.
    PermissionsUnknown,
    /// There is no such row, or none that may be seen: 404.
    NotVisible,
    /// The row may be seen, and belongs to another user or tenant: 403.
    NotOwner,
    /// A rule locks the row: it cannot be created, changed, deleted or shared: 403.
    Locked,
    /// The row is to be restored or purged, and was not deleted: 403.
    NotDeleted,
    /// Whether the row may be seen depends on grants that were not loaded: 500.
    GrantsUnknown,
    /// The time of an impersonation is over: 403.
    Expired,
}

impl AccessErrorKind {
    /// The name in snake case, for log fields.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::access::AccessErrorKind::RoleMissing.as_str(), "role_missing");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotOwned => "not_owned",
            Self::InactiveTenant => "inactive_tenant",
            Self::EmptyReason => "empty_reason",
            Self::NoPrincipal => "no_principal",
            Self::RoleMissing => "role_missing",
            Self::PermissionMissing => "permission_missing",
            Self::PermissionsUnknown => "permissions_unknown",
            Self::NotVisible => "not_visible",
            Self::NotOwner => "not_owner",
            Self::Locked => "locked",
            Self::NotDeleted => "not_deleted",
            Self::GrantsUnknown => "grants_unknown",
            Self::Expired => "expired",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::NotOwned => "the value does not belong to this tenant",
            Self::InactiveTenant => "the tenant is not active",
            Self::EmptyReason => "a reason is required and is recorded for audit",
            Self::NoPrincipal => "a role is required, and there is no principal",
            Self::RoleMissing => "the principal does not have the role that is required",
            Self::PermissionMissing => {
                "the principal does not have the permission that is required"
            }
            Self::PermissionsUnknown => {
                "a permission is required, and nobody was asked which ones the principal has; add \
                 `.permissions(…)` to the builder of the tenancy, and pass a context that was \
                 made from another one through `Tenancy::permit`"
            }
            Self::NotVisible => "there is no such row, or none that may be seen",
            Self::NotOwner => "the row belongs to another user or tenant",
            Self::Locked => "nobody may create, change, delete or share the row",
            Self::NotDeleted => "the row was not deleted",
            Self::GrantsUnknown => {
                "the row is shared with some tenants, and with which was not loaded; load its \
                 grants, and have `Resource::facts` tell `Granted::Yes` or `Granted::No`"
            }
            Self::Expired => "the time for acting as this user is over",
        }
    }
}

impl AccessError {
    pub(crate) const fn new(kind: AccessErrorKind) -> Self {
        Self { kind }
    }

    /// The refusal of a row that was not found, which is the same as that of one that may not be
    /// seen.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{AccessError, Action, TenantContext, access::Resource};
    ///
    /// fn show<R: Resource>(context: &TenantContext, found: Option<R>) -> Result<R, AccessError> {
    ///     let row = found.ok_or(AccessError::not_visible())?;
    ///     context.ensure(Action::View, &row)?;
    ///     Ok(row)
    /// }
    /// ```
    #[must_use]
    pub const fn not_visible() -> Self {
        Self::new(AccessErrorKind::NotVisible)
    }

    /// Why access was refused.
    #[must_use]
    pub const fn kind(&self) -> AccessErrorKind {
        self.kind
    }

    /// The answer for the client, which names no role, no permission and no owner.
    ///
    /// Where a role or permission is required and there is no principal, it is a 401 with a
    /// challenge, since a token may help; with one a 403 ([RFC 9110 section
    /// 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5)). What may not be seen is a 404,
    /// as if it did not exist; what may be seen and not done a 403.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let reason = match self.kind {
            AccessErrorKind::RoleMissing
            | AccessErrorKind::PermissionMissing
            | AccessErrorKind::NotOwner => {
                return Problem::new(403, "forbidden", "you may not do this");
            }
            AccessErrorKind::Locked => {
                return Problem::new(403, "locked", "this cannot be changed");
            }
            AccessErrorKind::NotDeleted => {
                return Problem::new(403, "not_deleted", "this was not deleted");
            }
            AccessErrorKind::Expired => {
                return Problem::new(403, "expired", "the time for acting as this user is over");
            }
            AccessErrorKind::NotOwned | AccessErrorKind::NotVisible => {
                return Problem::new(404, "not_found", "there is nothing here");
            }
            AccessErrorKind::InactiveTenant => Reason::InactiveTenant,
            AccessErrorKind::NoPrincipal => Reason::TokenMissing,
            AccessErrorKind::EmptyReason
            | AccessErrorKind::PermissionsUnknown
            | AccessErrorKind::GrantsUnknown => Reason::InvalidSettings,
        };
        ResolveError::from(reason).problem()
    }
}
