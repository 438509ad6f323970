use std::fmt;

use http::HeaderName;
use smol_str::SmolStr;

use crate::request::RequestView;

/// The header that most proxies and frameworks use.
const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The header of W3C Trace Context.
const TRACE: HeaderName = HeaderName::from_static("traceparent");

/// Longest id, in bytes.
const MAX: usize = 128;

/// The id by which the logs of several services find one request.
///
/// It is what the sender says, so it proves nothing. It has 1 to 128 bytes of letters, digits and
/// `._:/+=@-`, so that it can stand in any log.
///
/// # Examples
///
/// ```
/// use tenancy_core::audit::RequestId;
///
/// let (request, ()) = http::Request::get("/").header("x-request-id", "req-7").body(())?.into_parts();
/// assert_eq!(RequestId::of(&request).as_ref().map(RequestId::as_str), Some("req-7"));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(SmolStr);

impl RequestId {
    /// Reads `x-request-id`, or else the trace id of `traceparent`
    /// ([Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header)).
    ///
    /// A header that is repeated, too long or has odd characters in it counts as missing: it says
    /// nothing about the tenant, so it is no reason to refuse a request.
    #[must_use]
    pub fn of(request: &dyn RequestView) -> Option<Self> {
        let text = |name: &HeaderName| {
            let value = request.single_header(name).ok().flatten()?;
            str::from_utf8(value).ok()
        };
        text(&HEADER)
            .and_then(Self::parse)
            .or_else(|| text(&TRACE).and_then(trace_id))
    }

    /// Reads an id; `None` when it is empty, too long, or has odd characters in it.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::audit::RequestId;
    ///
    /// assert!(RequestId::parse("0198c1d2-77aa-7bb1-8a40-4d8f0f4f8a11").is_some());
    /// assert!(RequestId::parse("two words").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/+=@-".contains(&byte);
        let fits = (1..=MAX).contains(&text.len()) && text.bytes().all(is_plain);
        fits.then(|| Self(SmolStr::new(text)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The second field of `version-trace_id-parent_id-flags`, unless it is all zeros.
fn trace_id(text: &str) -> Option<RequestId> {
    let is_hex = |part: &str, len| {
        let mut bytes = part.bytes();
        part.len() == len && bytes.all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut parts = text.split('-');
    let (version, id, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let is_known = is_hex(version, 2) && version != "ff";
    let is_valid = is_hex(id, 32) && is_hex(parent, 16) && id.bytes().any(|byte| byte != b'0');
    (is_known && is_valid).then(|| RequestId(SmolStr::new(id)))
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
