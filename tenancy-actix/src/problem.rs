//! Problem documents (RFC 9457) as actix responses.

use std::{error::Error, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use tenancy_core::{Problem, adapter::headers};

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

pub(crate) fn response(problem: &Problem) -> HttpResponse {
    let mut response = HttpResponse::build(status(problem));
    for (name, value) in headers::of_problem(problem) {
        response.insert_header((name.as_str(), value));
    }
    let mut response = response.body(problem.to_json());
    // For middleware further out that writes problems in another form.
    response.extensions_mut().insert(problem.clone());
    response
}

pub(crate) fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
