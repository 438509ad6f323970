//! Why an extractor had nothing to give, or a guard let nobody through.

use std::{error::Error, fmt};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tenancy_core::{AccessError, Problem, ResolveError, access::AccessErrorKind, resolve::Reason};

use crate::problem;

/// The refusal of an extractor or a guard: an error with a [`kind`](Self::kind), and a problem
/// response.
///
/// The response tells a client only what it may know. What the developer needs, the name of the
/// missing layer for example, is in the [`Display`](fmt::Display) text and in the log.
///
/// # Examples
///
/// An extractor of one's own passes it on:
///
/// ```
/// # #[cfg(feature = "axum")] {
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
/// # }
/// ```
///
/// A handler passes on what the context does not allow:
///
/// ```
/// use tenancy_axum::Rejection;
/// use tenancy_core::{TenantContext, access::Permission};
///
/// const EDIT: Permission = Permission::from_static("notes.edit");
///
/// fn rename(context: &TenantContext) -> Result<(), Rejection> {
///     context.ensure_permission(&EDIT)?;
///     Ok(())
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
    /// The handler or guard needs a tenant, and the optional layer around it found none: `400`.
    TenantRequired,
    /// The handler or guard needs a principal, and the public layer around it found none: `401`.
    Unauthenticated,
    /// The principal may not do this, or the service does not say who may: as
    /// [`AccessError::problem`] has it, `403` where a role or permission is missing, and for a row
    /// `404` where it may not be seen and `403` where it may not be changed.
    Denied(AccessError),
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        let rejection = Self { kind };
        if rejection.problem().status() >= 500 {
            tracing::error!(target: "tenancy", "{rejection}");
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
            RejectionKind::Denied(error) => return error.problem(),
        };
        ResolveError::from(reason).problem()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            RejectionKind::MissingLayer => {
                "a handler or guard asked for its tenant, but no tenancy layer stands around it; \
                 add `.layer(TenancyLayer::new(tenancy))` to the router after this route and its \
                 guards"
            }
            RejectionKind::ContextReplaced => {
                "the `Resolved` extension of the request names another tenant than the one the \
                 request runs in; remove the middleware that replaces it"
            }
            RejectionKind::TenantRequired => {
                "a handler or guard needs a tenant, and the request names none; take `OptionalTenant`, or \
                 leave `.optional()` off the layer"
            }
            RejectionKind::Unauthenticated => {
                "a handler or guard needs a principal, and the request carries no token; take \
                 `Context`, or leave `.public()` off the layer"
            }
            RejectionKind::Denied(error) => return error.fmt(f),
        })
    }
}

impl Error for Rejection {}

impl From<AccessError> for Rejection {
    fn from(error: AccessError) -> Self {
        Self::new(match error.kind() {
            AccessErrorKind::NoPrincipal => RejectionKind::Unauthenticated,
            _ => RejectionKind::Denied(error),
        })
    }
}

impl From<Rejection> for Response<Full<Bytes>> {
    fn from(rejection: Rejection) -> Self {
        problem::response(&rejection.problem())
    }
}

#[cfg(feature = "axum")]
impl axum_core::response::IntoResponse for Rejection {
    fn into_response(self) -> axum_core::response::Response {
        problem::ProblemResponse(self.problem()).into_response()
    }
}
