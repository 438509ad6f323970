//! Why an extractor had nothing to give or a guard let nobody through, and problem documents
//! (RFC 9457) as actix responses.

use std::{error::Error, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
};
use tenancy_core::{AccessError, Problem, ResolveError, access::AccessErrorKind, resolve::Reason};

pub(crate) const PRIVATE: &str = "private, no-store";

/// A [`Problem`] as an actix error, so that an application's own errors look like the middleware's.
///
/// The response is never cacheable by shared caches.
///
/// # Examples
///
/// ```
/// use actix_web::ResponseError;
/// use tenancy_actix::ProblemResponse;
/// use tenancy_core::Problem;
///
/// async fn edit() -> Result<String, ProblemResponse> {
///     Err(ProblemResponse(Problem::new(
///         409,
///         "note_locked",
///         "the note is being edited by someone else",
///     )))
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let response = edit().await.map_err(|problem| problem.error_response());
/// assert!(response.is_err_and(|response| response.status() == 409));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ProblemResponse(pub Problem);

impl fmt::Display for ProblemResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
    }
}

impl Error for ProblemResponse {}

impl ResponseError for ProblemResponse {
    fn status_code(&self) -> StatusCode {
        status(&self.0)
    }

    fn error_response(&self) -> HttpResponse {
        response(&self.0)
    }
}

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
pub struct Rejection {
    kind: RejectionKind,
}

/// The reasons for a [`Rejection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No [`TenancyMiddleware`](crate::TenancyMiddleware) is wrapped around the route: `500`.
    MissingMiddleware,
    /// The request's extensions were changed after the tenant was resolved: `500`.
    ContextReplaced,
    /// The handler or guard needs a tenant, and the optional middleware around it found none:
    /// `400`.
    TenantRequired,
    /// The handler or guard needs a principal, and the public middleware around it found none:
    /// `401`.
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
            RejectionKind::MissingMiddleware | RejectionKind::ContextReplaced => {
                return misconfigured();
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
            RejectionKind::MissingMiddleware => {
                "a handler or guard asked for its tenant, but no tenancy middleware is wrapped \
                 around it; add `.wrap(TenancyMiddleware::new(tenancy))` to its app or scope, \
                 after its guards"
            }
            RejectionKind::ContextReplaced => {
                "the `Resolved` extension of the request names another tenant than the one the \
                 request runs in; remove the middleware that replaces it"
            }
            RejectionKind::TenantRequired => {
                "a handler or guard needs a tenant, and the request names none; take `OptionalTenant`, or \
                 leave `.optional()` off the middleware"
            }
            RejectionKind::Unauthenticated => {
                "a handler or guard needs a principal, and the request carries no token; take \
                 `Context`, or leave `.public()` off the middleware"
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

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        status(&self.problem())
    }

    fn error_response(&self) -> HttpResponse {
        response(&self.problem())
    }
}

pub(crate) fn response(problem: &Problem) -> HttpResponse {
    let mut response = HttpResponse::build(status(problem));
    response
        .content_type(Problem::CONTENT_TYPE)
        .insert_header((CACHE_CONTROL, PRIVATE));
    if let Some(challenge) = problem.www_authenticate() {
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
    let mut response = response.body(problem.to_json());
    // For middleware further out that writes problems in another form.
    response.extensions_mut().insert(problem.clone());
    response
}

/// What a client learns about a mistake in the service's own set-up: nothing but that there is one.
pub(crate) fn misconfigured() -> Problem {
    ResolveError::from(Reason::InvalidSettings).problem()
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
