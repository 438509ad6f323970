use std::borrow::Cow;

use serde::Serialize;

/// An answer for a client in the form of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).
///
/// The type is `about:blank`, so the title is the phrase of the status; `code` is an extension
/// member that programs can compare.
///
/// # Examples
///
/// ```
/// use tenancy_core::Problem;
///
/// let problem = Problem::new(404, "note_not_found", "there is no such note");
/// assert_eq!(
///     problem.to_json(),
///     br#"{"title":"Not Found","status":404,"detail":"there is no such note","code":"note_not_found"}"#
/// );
/// assert_eq!(Problem::CONTENT_TYPE, "application/problem+json");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    code: Cow<'static, str>,
}

impl Problem {
    /// The media type of the body.
    pub const CONTENT_TYPE: &'static str = "application/problem+json";

    /// A problem with this HTTP status, code and text. The client sees all of it.
    ///
    /// A status outside of 400 to 599 is not a problem's and becomes 500.
    #[must_use]
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let status = http::StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.into(),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The phrase of the status.
    #[must_use]
    pub fn title(&self) -> &str {
        self.title
    }

    /// What happened, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What happened, for programs.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The value of the `WWW-Authenticate` header that a 401 must carry
    /// ([RFC 9110 section 11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::Problem;
    ///
    /// assert_eq!(Problem::new(401, "unauthenticated", "").www_authenticate(), Some("Bearer"));
    /// assert_eq!(Problem::new(404, "not_found", "").www_authenticate(), None);
    /// ```
    #[must_use]
    pub fn www_authenticate(&self) -> Option<&'static str> {
        (self.status == 401).then_some("Bearer")
    }

    /// The body, as JSON in UTF-8.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Three strings and a number always serialise; an empty object is a valid problem, too.
        serde_json::to_vec(self).unwrap_or_else(|_| b"{}".to_vec())
    }
}
