//! Which headers a response carries.
//!
//! Names and values are text, because frameworks use different versions of the `http` crate.
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{Problem, adapter::headers};
//!
//! let problem = Problem::new(401, "unauthenticated", "a valid access token is required");
//! let names: Vec<_> = headers::of_problem(&problem).map(|(name, _)| name).collect();
//! assert_eq!(names, ["content-type", "cache-control", "www-authenticate"]);
//!
//! // Another form of the same problem keeps the policy of the response that it replaces.
//! assert!(headers::survives_rendering("content-security-policy", false));
//! assert!(!headers::survives_rendering("content-length", false));
//! ```

use http::{
    HeaderName,
    header::{
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
        CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, SET_COOKIE, TRAILER,
        TRANSFER_ENCODING, VARY, WWW_AUTHENTICATE,
    },
};

use crate::problem::Problem;

/// The value of `Cache-Control` that keeps shared caches from handing one tenant's response to
/// another, unless the handler set its own.
pub const PRIVATE: &str = "private, no-store";

/// Fields about the content of a response ([RFC 9110 section
/// 8](https://www.rfc-editor.org/rfc/rfc9110#section-8)). Not every name that begins with
/// `content-` is one: `content-security-policy` has to stay.
static ABOUT_CONTENT: [HeaderName; 11] = [
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    CONTENT_DISPOSITION,
    ETAG,
    LAST_MODIFIED,
    TRAILER,
    TRANSFER_ENCODING,
];

/// The headers of a problem document.
pub fn of_problem(problem: &Problem) -> impl Iterator<Item = (HeaderName, &'static str)> {
    let challenge = problem.www_authenticate();
    [
        Some((CONTENT_TYPE, Problem::CONTENT_TYPE)),
        Some((CACHE_CONTROL, PRIVATE)),
        challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)),
    ]
    .into_iter()
    .flatten()
}

/// The challenge that a rendered problem lacks: a 401 carries one, whatever its form.
#[must_use]
pub fn missing_challenge(
    problem: &Problem,
    status: u16,
    has_challenge: bool,
) -> Option<&'static str> {
    problem
        .www_authenticate()
        .filter(|_| status == 401 && !has_challenge)
}

/// Whether a response does not say yet what it varies by. `values` are those of its `Vary` headers,
/// `vary` is [`Tenancy::vary`](crate::Tenancy::vary).
pub fn lacks_vary<'a>(values: impl IntoIterator<Item = &'a [u8]>, vary: &[u8]) -> bool {
    values.into_iter().all(|value| value != vary)
}

/// Whether a header of a response stays when its problem is rendered in another form, which
/// `is_rendered` has a header of the same name or not.
#[must_use]
pub fn survives_rendering(name: &str, is_rendered: bool) -> bool {
    let is_about_content = ABOUT_CONTENT.iter().any(|about| about.as_str() == name);
    !is_about_content && (!is_rendered || is_list(name))
}

/// Whether the values of both responses count: a cache has to know all that either of them varies
/// by, and cookies are set one by one.
fn is_list(name: &str) -> bool {
    name == VARY.as_str() || name == SET_COOKIE.as_str()
}
