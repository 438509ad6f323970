use super::AuditError;

/// Rights that were asked for and not given, or that have ended.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.kind.as_str())]
pub struct AuthorityError {
    kind: AuthorityErrorKind,
    source: Option<AuditError>,
}

/// Why rights were not given.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorityErrorKind {
    /// Whoever asks may not.
    NotAllowed,
    /// This user may not be impersonated, or does not belong to the tenant.
    TargetNotAllowed,
    /// Whoever asks is an impersonator already.
    Nested,
    /// There is no reason.
    EmptyReason,
    /// The scope names no tenant, or more than 1000.
    Scope,
    /// The lifetime is zero, or more than 8 hours.
    Lifetime,
    /// The audit sink did not take the event.
    NotAudited,
    /// The time for which the rights were given is over.
    Expired,
}

impl AuthorityErrorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotAllowed => "only an administrator may do this",
            Self::TargetNotAllowed => "this user cannot be impersonated here",
            Self::Nested => "an impersonator cannot impersonate somebody else: begin as yourself",
            Self::EmptyReason => "a reason is required and is recorded for audit",
            Self::Scope => "name 1 to 1000 tenants, or all of them with `ElevationScope::All`",
            Self::Lifetime => "a lifetime is more than zero and at most 8 hours",
            Self::NotAudited => "nothing was given because it could not be recorded for audit",
            Self::Expired => "the time for which this was given is over",
        }
    }
}

impl AuthorityError {
    pub(crate) const fn new(kind: AuthorityErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Why rights were not given.
    #[must_use]
    pub const fn kind(&self) -> AuthorityErrorKind {
        self.kind
    }
}

impl From<AuditError> for AuthorityError {
    fn from(source: AuditError) -> Self {
        Self {
            kind: AuthorityErrorKind::NotAudited,
            source: Some(source),
        }
    }
}
