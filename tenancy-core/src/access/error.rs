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
/// use tenancy_core::{AccessErrorKind, Role, Slug, Tenant, TenantContext, TenantId};
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
    /// A permission is required, and nobody was asked which ones the principal has: 500.
    PermissionsUnknown,
}

impl AccessErrorKind {
    /// The name in snake case, for log fields.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::AccessErrorKind::RoleMissing.as_str(), "role_missing");
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
        }
    }
}

impl AccessError {
    pub(crate) const fn new(kind: AccessErrorKind) -> Self {
        Self { kind }
    }

    /// Why access was refused.
    #[must_use]
    pub const fn kind(&self) -> AccessErrorKind {
        self.kind
    }

    /// The answer for the client, which names no role and no permission.
    ///
    /// Without a principal it is a 401 with a challenge, since a token may help; with one a 403
    /// ([RFC 9110 section 15.5](https://www.rfc-editor.org/rfc/rfc9110#section-15.5)).
    #[must_use]
    pub fn problem(&self) -> Problem {
        let reason = match self.kind {
            AccessErrorKind::RoleMissing | AccessErrorKind::PermissionMissing => {
                return Problem::new(403, "forbidden", "you may not do this");
            }
            AccessErrorKind::NotOwned => {
                return Problem::new(404, "not_found", "there is nothing here");
            }
            AccessErrorKind::InactiveTenant => Reason::InactiveTenant,
            AccessErrorKind::NoPrincipal => Reason::TokenMissing,
            AccessErrorKind::EmptyReason | AccessErrorKind::PermissionsUnknown => {
                Reason::InvalidSettings
            }
        };
        ResolveError::from(reason).problem()
    }
}
