//! Where the token stands in a request.

use http::{HeaderName, header};

use crate::{
    authenticate::bearer::bearer,
    error::{BuildError, Reason, ResolveError},
    request::{
        RequestView,
        cookie::{cookie_name, single_cookie},
    },
};

/// Longest token that is looked at, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// The `Authorization` header, and a cookie where one is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    cookie: Option<Result<String, BuildError>>,
}

/// A token as the client sent it.
pub(super) struct PresentedToken<'a> {
    pub(super) token: &'a [u8],
    /// Browsers attach cookies by themselves.
    pub(super) is_cookie: bool,
}

impl Place {
    pub(super) fn or_cookie(name: &str) -> Self {
        let cookie = if name.starts_with("__Host-") {
            cookie_name(name)
        } else {
            Err(BuildError::new(
                "name the cookie with the token `__Host-…`: any other can be planted by a sibling subdomain",
            ))
        };
        Self {
            cookie: Some(cookie),
        }
    }

    pub(super) fn has_cookie(&self) -> bool {
        self.cookie.is_some()
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        match &self.cookie {
            Some(Err(flaw)) => Err(flaw.clone()),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    pub(super) fn vary(&self) -> Vec<HeaderName> {
        let cookie = self.cookie.as_ref().map(|_| header::COOKIE);
        [header::AUTHORIZATION].into_iter().chain(cookie).collect()
    }

    pub(super) fn read<'a>(
        &self,
        request: &'a dyn RequestView,
    ) -> Result<Option<PresentedToken<'a>>, ResolveError> {
        let header = request
            .single_header(&header::AUTHORIZATION)
            .map_err(|_| Reason::TokenInvalid)?;
        let cookie = match &self.cookie {
            None => None,
            Some(Ok(name)) => single_cookie(request, name)?,
            Some(Err(_)) => return Err(Reason::InvalidSettings.into()),
        };
        let presented = match (header, cookie) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => return Err(Reason::TokenInvalid.into()),
            (Some(header), None) => PresentedToken {
                token: bearer(header).ok_or(Reason::TokenInvalid)?,
                is_cookie: false,
            },
            (None, Some(cookie)) => PresentedToken {
                token: cookie,
                is_cookie: true,
            },
        };
        if (1..=MAX_TOKEN).contains(&presented.token.len()) {
            Ok(Some(presented))
        } else {
            Err(Reason::TokenInvalid.into())
        }
    }
}
