use std::{borrow::Cow, error::Error, fmt};

use crate::{error::StoreError, problem::Problem};

/// A request for which no tenant context may be made.
///
/// [`Display`](fmt::Display) and [`problem`](Self::problem) are fit for the client; what they leave
/// out is in [`reason`](Self::reason) and in the source, for logs and audit.
///
/// # Examples
///
/// ```
/// use tenancy_core::{ResolveError, resolve::ResolveErrorKind};
///
/// let error = ResolveError::malformed("the path has no tenant in it");
/// assert_eq!(error.kind(), ResolveErrorKind::Malformed);
/// assert_eq!(error.problem().status(), 400);
/// ```
// Boxed so that the way of a good request through `Result` stays short.
pub struct ResolveError(Box<Inner>);

struct Inner {
    reason: Reason,
    detail: Cow<'static, str>,
    source: Option<StoreError>,
}

/// What kind of answer the client gets.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResolveErrorKind {
    /// A source is present but cannot be read: 400.
    Malformed,
    /// No source named a tenant: 400.
    TenantRequired,
    /// The token is missing or not valid: 401.
    Unauthenticated,
    /// A page of another origin opens a connection to the tenant: 403.
    OriginRefused,
    /// There is no such tenant for this client: 404, whatever the [`Reason`].
    TenantNotFound,
    /// The tenant store could not be asked: 503.
    StoreUnavailable,
    /// The service is put together wrongly: 500.
    Misconfigured,
}

/// Why exactly, for logs and audit. Clients are never told more than the [`ResolveErrorKind`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A source is present but cannot be read.
    Malformed,
    /// No source named a tenant.
    TenantUnnamed,
    /// There is no token.
    TokenMissing,
    /// The token cannot be read, has a wrong signature, or claims that do not fit.
    TokenInvalid,
    /// The token has expired.
    TokenExpired,
    /// The token is not valid yet.
    TokenNotYetValid,
    /// The store knows no such tenant.
    UnknownTenant,
    /// The tenant is suspended or deleted.
    InactiveTenant,
    /// The principal does not belong to the tenant.
    NotAMember,
    /// Two sources name different tenants.
    Disagreement,
    /// The page that makes the request is none of the tenant's.
    ForeignOrigin,
    /// The tenant store could not be asked.
    StoreUnavailable,
    /// The route needs an authenticator and there is none.
    NoAuthenticator,
    /// A resolver or authenticator was used although its settings are not valid.
    InvalidSettings,
}

impl Reason {
    /// The name in snake case, for log fields.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TenantUnnamed => "tenant_unnamed",
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::TokenNotYetValid => "token_not_yet_valid",
            Self::UnknownTenant => "unknown_tenant",
            Self::InactiveTenant => "inactive_tenant",
            Self::NotAMember => "not_a_member",
            Self::Disagreement => "disagreement",
            Self::ForeignOrigin => "foreign_origin",
            Self::StoreUnavailable => "store_unavailable",
            Self::NoAuthenticator => "no_authenticator",
            Self::InvalidSettings => "invalid_settings",
        }
    }

    /// The kind of answer that the client gets.
    #[must_use]
    pub const fn kind(self) -> ResolveErrorKind {
        match self {
            Self::Malformed => ResolveErrorKind::Malformed,
            Self::TenantUnnamed => ResolveErrorKind::TenantRequired,
            Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::TokenNotYetValid => ResolveErrorKind::Unauthenticated,
            Self::UnknownTenant | Self::InactiveTenant | Self::NotAMember | Self::Disagreement => {
                ResolveErrorKind::TenantNotFound
            }
            Self::ForeignOrigin => ResolveErrorKind::OriginRefused,
            Self::StoreUnavailable => ResolveErrorKind::StoreUnavailable,
            Self::NoAuthenticator | Self::InvalidSettings => ResolveErrorKind::Misconfigured,
        }
    }
}

impl ResolveErrorKind {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::TenantRequired => 400,
            Self::Unauthenticated => 401,
            Self::OriginRefused => 403,
            Self::TenantNotFound => 404,
            Self::Misconfigured => 500,
            Self::StoreUnavailable => 503,
        }
    }

    /// The machine-readable code in the problem document.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed_request",
            Self::TenantRequired => "tenant_required",
            Self::Unauthenticated => "unauthenticated",
            Self::OriginRefused => "origin_not_allowed",
            Self::TenantNotFound => "tenant_not_found",
            Self::StoreUnavailable => "tenant_store_unavailable",
            Self::Misconfigured => "internal_error",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::Malformed => "the request names its tenant in a way that cannot be read",
            Self::TenantRequired => "the request names no tenant",
            Self::Unauthenticated => "a valid access token is required",
            Self::OriginRefused => "pages of this origin may not use the service",
            Self::TenantNotFound => "there is no such tenant",
            Self::StoreUnavailable => "tenants cannot be looked up at the moment",
            Self::Misconfigured => "the service cannot answer this request",
        }
    }
}

impl ResolveError {
    /// A source is present but cannot be read.
    ///
    /// The client sees the detail: name the place, and never repeat the value found there.
    #[must_use]
    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(Reason::Malformed, detail.into())
    }

    /// The client's token, session or certificate is not valid.
    ///
    /// The same answer for every cause; authenticators report a *missing* token as `Ok(None)`.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::from(Reason::TokenInvalid)
    }

    /// Why exactly. For logs, never for the client.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// What kind of answer the client gets.
    #[must_use]
    pub fn kind(&self) -> ResolveErrorKind {
        self.0.reason.kind()
    }

    /// The answer for the client ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)).
    #[must_use]
    pub fn problem(&self) -> Problem {
        let kind = self.kind();
        Problem::new(kind.status(), kind.code(), self.0.detail.clone())
    }

    fn with_detail(reason: Reason, detail: Cow<'static, str>) -> Self {
        Self(Box::new(Inner {
            reason,
            detail,
            source: None,
        }))
    }
}

impl From<Reason> for ResolveError {
    fn from(reason: Reason) -> Self {
        Self::with_detail(reason, Cow::Borrowed(reason.kind().detail()))
    }
}

impl From<StoreError> for ResolveError {
    fn from(source: StoreError) -> Self {
        let mut error = Self::from(Reason::StoreUnavailable);
        error.0.source = Some(source);
        error
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl fmt::Debug for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolveError")
            .field("reason", &self.0.reason)
            .field("detail", &self.0.detail)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for ResolveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
