use std::{error::Error, fmt};

use crate::{
    access::{AccessError, AccessErrorKind},
    error::{Reason, ResolveError},
    problem::Problem,
};

/// What a framework calls the layer, in texts for the developer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerTerms {
    noun: &'static str,
    missing: &'static str,
}

impl LayerTerms {
    /// `noun` is the word for a layer; `missing` says that there is none around a route, and how to
    /// add it.
    #[must_use]
    pub const fn new(noun: &'static str, missing: &'static str) -> Self {
        Self { noun, missing }
    }
}

/// The refusal of an extractor or a guard. Adapters wrap it, to turn it into a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
    terms: &'static LayerTerms,
}

/// The reasons for the rejection of a request by an extractor or a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No tenancy layer or middleware stands around the route: `500`.
    MissingLayer,
    /// The request's extensions were changed after the tenant was resolved: `500`.
    ContextReplaced,
    /// The handler or guard needs a tenant, and the optional layer around it found none: `400`.
    TenantRequired,
    /// The handler or guard needs a principal, and the public layer around it found none: `401`.
    Unauthenticated,
    /// The principal may not do this, or the service does not say who may: as
    /// [`AccessError::problem`] has it, `403` where a role or permission is missing, and for a row
    /// `404` where it may not be seen and `403` where it may not be changed.
    Denied(AccessError),
}

impl RejectionKind {
    /// What the client is told.
    #[must_use]
    pub fn problem(self) -> Problem {
        let reason = match self {
            Self::MissingLayer | Self::ContextReplaced => return misconfigured(),
            Self::TenantRequired => Reason::TenantUnnamed,
            Self::Unauthenticated => Reason::TokenMissing,
            Self::Denied(error) => return error.problem(),
        };
        ResolveError::from(reason).problem()
    }
}

impl From<AccessError> for RejectionKind {
    fn from(error: AccessError) -> Self {
        match error.kind() {
            AccessErrorKind::NoPrincipal => Self::Unauthenticated,
            _ => Self::Denied(error),
        }
    }
}

impl Rejection {
    /// A rejection in the words of a framework. What is the service's own mistake is logged.
    #[must_use]
    pub fn new(kind: impl Into<RejectionKind>, terms: &'static LayerTerms) -> Self {
        let kind = kind.into();
        let rejection = Self { kind, terms };
        if kind.problem().status() >= 500 {
            tracing::error!(target: "tenancy", "{rejection}");
        }
        rejection
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.kind.problem()
    }
}

/// For the developer: what is missing, and how to add it. Clients are told the
/// [`problem`](Rejection::problem).
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LayerTerms { noun, missing } = self.terms;
        match self.kind {
            RejectionKind::MissingLayer => {
                write!(f, "a handler or guard asked for its tenant, but {missing}")
            }
            RejectionKind::ContextReplaced => f.write_str(
                "the `Resolved` extension of the request names another tenant than the one the \
                 request runs in; remove the middleware that replaces it",
            ),
            RejectionKind::TenantRequired => write!(
                f,
                "a handler or guard needs a tenant, and the request names none; take \
                 `OptionalTenant`, or leave `.optional()` off the {noun}"
            ),
            RejectionKind::Unauthenticated => write!(
                f,
                "a handler or guard needs a principal, and the request carries no token; take \
                 `Context`, or leave `.public()` off the {noun}"
            ),
            RejectionKind::Denied(error) => error.fmt(f),
        }
    }
}

impl Error for Rejection {}

/// What a client learns about a mistake in the service's own set-up: nothing but that there is one.
#[must_use]
pub fn misconfigured() -> Problem {
    ResolveError::from(Reason::InvalidSettings).problem()
}
