//! Why an extractor had nothing to give.

use std::{error::Error, fmt};

use axum_core::response::{IntoResponse, Response};
use tenancy_core::{Problem, Reason, ResolveError};

use crate::problem;

/// An extractor's refusal: an error with a [`kind`](Self::kind), and a problem response.
///
/// The response tells a client only what it may know. What the developer needs, the name of the
/// missing layer for example, is in the [`Display`](fmt::Display) text and in the log.
///
/// # Examples
///
/// An extractor of one's own passes it on:
///
/// ```
/// use axum::{extract::FromRequestParts, http::request::Parts};
/// use tenancy_axum::{Context, Rejection};
///
/// struct CacheKey(String);
///
/// impl<S: Send + Sync> FromRequestParts<S> for CacheKey {
///     type Rejection = Rejection;
///
///     async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
///         let Context(context) = Context::from_request_parts(parts, state).await?;
///         Ok(Self(format!("{}/{}", context.tenant_id(), parts.uri.path())))
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    kind: RejectionKind,
}

/// The reasons for a [`Rejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No [`TenancyLayer`](crate::TenancyLayer) stands around the route: `500`.
    MissingLayer,
    /// The request's extensions were changed after the layer resolved the tenant: `500`.
    ContextReplaced,
    /// The handler needs a tenant, and the optional layer around it found none: `400`.
    TenantRequired,
    /// The handler needs a principal, and the public layer around it found none: `401`.
    Unauthenticated,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        let rejection = Self { kind };
        match kind {
            RejectionKind::MissingLayer | RejectionKind::ContextReplaced => {
                tracing::error!(target: "tenancy", "{rejection}");
            }
            RejectionKind::TenantRequired | RejectionKind::Unauthenticated => {}
        }
        rejection
    }

    /// The reason, for code that answers differently.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let reason = match self.kind {
            RejectionKind::MissingLayer | RejectionKind::ContextReplaced => {
                return problem::misconfigured();
            }
            RejectionKind::TenantRequired => Reason::TenantUnnamed,
            RejectionKind::Unauthenticated => Reason::TokenMissing,
        };
        ResolveError::from(reason).problem()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RejectionKind::MissingLayer => {
                "a handler asked for its tenant, but no tenancy layer stands around the route; \
                 add `.layer(TenancyLayer::new(tenancy))` to the router after this route"
            }
            RejectionKind::ContextReplaced => {
                "the `Resolved` extension of the request names another tenant than the one the \
                 request runs in; remove the middleware that replaces it"
            }
            RejectionKind::TenantRequired => {
                "a handler needs a tenant, and the request names none; take `OptionalTenant`, or \
                 leave `.optional()` off the layer"
            }
            RejectionKind::Unauthenticated => {
                "a handler needs a principal, and the request carries no token; take `Context`, \
                 or leave `.public()` off the layer"
            }
        })
    }
}

impl Error for Rejection {}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        problem::ProblemResponse(self.problem()).into_response()
    }
}
