//! Checks of values that belong to a tenant.

use crate::id::TenantId;

/// A value that belongs to one tenant, such as a row.
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantId, TenantOwned};
///
/// struct Note { tenant: TenantId }
///
/// impl TenantOwned for Note {
///     fn tenant_id(&self) -> TenantId {
///         self.tenant.clone()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tenant it belongs to",
    note = "implement `tenancy_core::TenantOwned` for it and return the id of its tenant"
)]
pub trait TenantOwned {
    /// The tenant that the value belongs to.
    fn tenant_id(&self) -> TenantId;
}

/// Something that a tenant context does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.as_str())]
pub struct AccessError {
    kind: AccessErrorKind,
}

/// Why access was refused.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessErrorKind {
    /// The value is another tenant's.
    NotOwned,
    /// The tenant is suspended or deleted.
    InactiveTenant,
    /// An audited call was made without a reason.
    EmptyReason,
}

impl AccessErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotOwned => "the value does not belong to this tenant",
            Self::InactiveTenant => "the tenant is not active",
            Self::EmptyReason => "a reason is required and is recorded for audit",
        }
    }
}

impl AccessError {
    pub(crate) const fn not_owned() -> Self {
        Self {
            kind: AccessErrorKind::NotOwned,
        }
    }

    pub(crate) const fn inactive_tenant() -> Self {
        Self {
            kind: AccessErrorKind::InactiveTenant,
        }
    }

    pub(crate) const fn empty_reason() -> Self {
        Self {
            kind: AccessErrorKind::EmptyReason,
        }
    }

    /// Why access was refused.
    #[must_use]
    pub const fn kind(&self) -> AccessErrorKind {
        self.kind
    }
}
