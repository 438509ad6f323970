//! Cookies of a request ([RFC 6265](https://www.rfc-editor.org/rfc/rfc6265)).

use http::{HeaderName, header};

use super::RequestView;
use crate::error::{BuildError, ResolveError};

/// Takes a cookie's name, which is a token ([RFC 6265 section
/// 4.1.1](https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1)), as a header's is.
pub(crate) fn cookie_name(name: &str) -> Result<String, BuildError> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(BuildError::new(format!(
            "`{}` is not a cookie name",
            name.escape_debug()
        ))),
    }
}

/// The value of a cookie that may be there once.
pub(crate) fn single_cookie<'a>(
    request: &'a (dyn RequestView + 'a),
    name: &str,
) -> Result<Option<&'a [u8]>, ResolveError> {
    let mut found = None;
    let mut repeated = false;
    request.for_each_header(&header::COOKIE, &mut |header| {
        for value in values(header, name.as_bytes()) {
            repeated |= found.replace(value).is_some();
        }
    });
    if repeated {
        Err(ResolveError::malformed(format!(
            "the `{name}` cookie is repeated"
        )))
    } else {
        Ok(found)
    }
}

/// The values of all cookies of a name, as user agents write them
/// ([RFC 6265 section 5.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.4)): quotes and percent
/// signs mean themselves. What other cookies look like does not matter.
fn values<'a>(header: &'a [u8], name: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    header.split(|byte| *byte == b';').filter_map(move |pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (found, value) = pair.split_at(equals);
        (found.trim_ascii() == name).then(|| value.strip_prefix(b"=").unwrap_or(value).trim_ascii())
    })
}
