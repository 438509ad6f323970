//! The refusals of extractors and guards, as tower and axum pass them on.

use std::{error::Error, fmt};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use tenancy_core::{
    AccessError, Problem,
    adapter::{self, LayerTerms, RejectionKind},
};

use crate::problem;

const TERMS: &LayerTerms = &LayerTerms::new(
    "layer",
    "no tenancy layer stands around it; add `.layer(TenancyLayer::new(tenancy))` to the router \
     after this route and its guards",
);

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
pub struct Rejection(adapter::Rejection);

impl Rejection {
    /// The reason, for code that answers differently.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.0.kind()
    }

    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        self.0.problem()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Rejection {}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self(adapter::Rejection::new(kind, TERMS))
    }
}

impl From<AccessError> for Rejection {
    fn from(error: AccessError) -> Self {
        RejectionKind::from(error).into()
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
