//! Problem documents (RFC 9457) as HTTP responses.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use tenancy_core::{Problem, adapter::headers};

/// A [`Problem`] as a response, so that an application's own errors look like the layer's.
///
/// With the `axum` feature it can be returned from a handler; any other tower service converts it
/// into an [`http::Response`]. It is never cacheable by shared caches.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use tenancy_axum::ProblemResponse;
/// use tenancy_core::Problem;
///
/// let problem = Problem::new(409, "note_locked", "The note is being edited by someone else.");
/// let response: http::Response<Full<Bytes>> = ProblemResponse(problem).into();
///
/// assert_eq!(response.status(), 409);
/// assert_eq!(response.headers()["content-type"], "application/problem+json");
/// ```
#[derive(Clone, Debug)]
pub struct ProblemResponse(pub Problem);

impl From<ProblemResponse> for Response<Full<Bytes>> {
    fn from(ProblemResponse(problem): ProblemResponse) -> Self {
        response(&problem)
    }
}

#[cfg(feature = "axum")]
impl axum_core::response::IntoResponse for ProblemResponse {
    fn into_response(self) -> axum_core::response::Response {
        response(&self.0).map(axum_core::body::Body::new)
    }
}

pub(crate) fn response(problem: &Problem) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(problem.to_json()));
    *response.status_mut() =
        StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers::of_problem(problem) {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    // For a layer further out that writes problems in another form.
    response.extensions_mut().insert(problem.clone());
    response
}
