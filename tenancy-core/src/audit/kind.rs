use std::fmt;

/// What happened.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// A request, with a principal or without one, was turned away from a tenant that exists, or
    /// from a route or a resource in it.
    Refused,
    /// A platform administrator entered a tenant that is not their own.
    Elevated,
    /// Code entered a tenant without a request, by
    /// [`TenantContext::assume`](crate::TenantContext::assume).
    Assumed,
    /// A request was let in without a token, by the development mode.
    Development,
    /// An administrator, or the service, asked for an [`Elevation`](crate::elevation::Elevation)
    /// over several tenants.
    CrossTenant,
    /// An administrator asked to act as another user, by an
    /// [`ImpersonationPolicy`](crate::elevation::ImpersonationPolicy).
    Impersonated,
    /// Something that the application records, by
    /// [`TenantContext::audit`](crate::TenantContext::audit).
    Action,
}

impl AuditKind {
    /// The name in snake case.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::audit::AuditKind::Elevated.as_str(), "elevated");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Elevated => "elevated",
            Self::Assumed => "assumed",
            Self::Development => "development",
            Self::CrossTenant => "cross_tenant",
            Self::Impersonated => "impersonated",
            Self::Action => "action",
        }
    }

    /// What the library calls the action of its own events.
    pub(super) const fn action(self) -> &'static str {
        match self {
            Self::Refused | Self::Elevated | Self::Development => "tenancy.enter",
            Self::Assumed => "tenancy.assume",
            Self::CrossTenant => "tenancy.elevate",
            Self::Impersonated => "tenancy.impersonate",
            // Replaced by the application's own name.
            Self::Action => "",
        }
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
