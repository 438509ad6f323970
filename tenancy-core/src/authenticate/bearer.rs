//! The `Authorization` header, and the authenticator that it is for.

use std::net::SocketAddr;

use http::{HeaderName, header};

use super::Authenticator;
use crate::{error::BuildError, request::RequestView};

/// The token in `Bearer <token>` ([RFC 6750 section
/// 2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)).
pub(crate) fn bearer(header: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = header.split_at_checked(b"Bearer".len())?;
    let fits = scheme.eq_ignore_ascii_case(b"Bearer") && rest.starts_with(b" ");
    fits.then_some(rest.trim_ascii())
}

/// The position of the authenticator to which the bearer token alone belongs, by its prefix.
pub(crate) fn owner(
    authenticators: &[Box<dyn Authenticator>],
    request: &dyn RequestView,
) -> Option<usize> {
    if authenticators.len() < 2 {
        return None;
    }
    let header = request.single_header(&header::AUTHORIZATION).ok()?;
    let token = bearer(header?)?;
    authenticators.iter().position(|authenticator| {
        let prefix = authenticator.bearer_prefix();
        prefix.is_some_and(|prefix| token.starts_with(prefix.as_bytes()))
    })
}

/// Whether there is an `Authorization` header that no authenticator took, although one of them
/// takes only those with its own prefix and left this one to the others.
pub(crate) fn is_left_over(
    authenticators: &[Box<dyn Authenticator>],
    request: &dyn RequestView,
) -> bool {
    let mut leaves = authenticators.iter();
    leaves.any(|authenticator| authenticator.bearer_prefix().is_some())
        && request.single_header(&header::AUTHORIZATION) != Ok(None)
}

/// Whether a token can belong to two authenticators.
pub(crate) fn check_prefixes(authenticators: &[Box<dyn Authenticator>]) -> Result<(), BuildError> {
    let prefixes: Vec<&str> = authenticators
        .iter()
        .filter_map(|authenticator| authenticator.bearer_prefix())
        .collect();
    for (index, prefix) in prefixes.iter().enumerate() {
        let clashes = |other: &&str| prefix.starts_with(other) || other.starts_with(prefix);
        if prefix.is_empty() || prefixes[..index].iter().any(clashes) {
            return Err(BuildError::new(
                "two authenticators take the same bearer tokens: neither prefix may begin with the other",
            ));
        }
    }
    Ok(())
}

/// A request without its `Authorization` header, which is for another authenticator.
pub(crate) struct WithoutBearer<'a>(pub(crate) &'a (dyn RequestView + 'a));

impl RequestView for WithoutBearer<'_> {
    fn method(&self) -> &str {
        self.0.method()
    }

    fn authority(&self) -> Option<&str> {
        self.0.authority()
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.query()
    }

    fn for_each_header<'a>(&'a self, name: &HeaderName, visit: &mut dyn FnMut(&'a [u8])) {
        if name != header::AUTHORIZATION {
            self.0.for_each_header(name, visit);
        }
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.0.peer()
    }
}
