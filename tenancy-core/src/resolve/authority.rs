//! The one host that a request asks for.

use http::header;

use crate::{error::ResolveError, host::Authority, request::RequestView};

impl<'a> Authority<'a> {
    /// Reads the request's one host: the authority of its target, its `Host` header, or both when
    /// they say the same.
    pub(crate) fn of(request: &'a (dyn RequestView + 'a)) -> Result<Self, ResolveError> {
        let header = request
            .single_header(&header::HOST)
            .map_err(|_| ResolveError::malformed("the `host` header is repeated"))?
            .map(Self::parse)
            .transpose()
            .map_err(|flaw| ResolveError::malformed(format!("the `host` header {flaw}")))?;
        let target = request
            .authority()
            .map(|text| Self::parse(text.as_bytes()))
            .transpose()
            .map_err(|flaw| ResolveError::malformed(format!("the request target's host {flaw}")))?;
        match (target, header) {
            (Some(target), Some(header)) if !target.is_same(&header) => Err(
                ResolveError::malformed("the `host` header differs from the request target"),
            ),
            (Some(authority), _) | (None, Some(authority)) => Ok(authority),
            (None, None) => Err(ResolveError::malformed("the `host` header is missing")),
        }
    }
}
