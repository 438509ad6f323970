//! The refusals of extractors and guards, as actix passes them on.

use std::{error::Error, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use tenancy_core::{
    AccessError, Problem,
    adapter::{self, LayerTerms, RejectionKind},
};

use crate::problem;

const TERMS: &LayerTerms = &LayerTerms::new(
    "middleware",
    "no tenancy middleware is wrapped around it; add `.wrap(TenancyMiddleware::new(tenancy))` to \
     its app or scope, after its guards",
);

/// The refusal of an extractor or a guard: an error with a [`kind`](Self::kind), and a problem
/// response.
///
/// The response tells a client only what it may know. What the developer needs, the name of the
/// missing middleware for example, is in the [`Display`](fmt::Display) text and in the log.
///
/// # Examples
///
/// An extractor of one's own passes it on:
///
/// ```
/// use std::future::{Ready, ready};
///
/// use actix_web::{FromRequest, HttpRequest, dev::Payload};
/// use tenancy_actix::{Context, Rejection};
///
/// struct CacheKey(String);
///
/// impl FromRequest for CacheKey {
///     type Error = Rejection;
///     type Future = Ready<Result<Self, Rejection>>;
///
///     fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
///         let context = Context::from_request(request, payload).into_inner();
///         ready(context.map(|Context(context)| {
///             Self(format!("{}/{}", context.tenant_id(), request.path()))
///         }))
///     }
/// }
/// ```
///
/// A handler passes on what the context does not allow:
///
/// ```
/// use tenancy_actix::{Context, Rejection};
/// use tenancy_core::access::Permission;
///
/// const EDIT: Permission = Permission::from_static("notes.edit");
///
/// async fn rename(Context(context): Context) -> Result<String, Rejection> {
///     context.ensure_permission(&EDIT)?;
///     Ok("renamed".to_owned())
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

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        problem::status(&self.problem())
    }

    fn error_response(&self) -> HttpResponse {
        problem::response(&self.problem())
    }
}
