use std::fmt;

/// Which part of a request, or which call, named the tenant.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A request header.
    Header,
    /// The host, by one label below the base domain.
    Subdomain,
    /// The host, by a domain of the tenant's own.
    CustomDomain,
    /// A segment of the path.
    Path,
    /// A parameter of the query.
    Query,
    /// A cookie.
    Cookie,
    /// A cookie that the service signed for this host.
    SignedCookie,
    /// The service's settings, whatever the request.
    Static,
    /// The verified token, when nothing else spoke.
    Token,
    /// The verified API key, when nothing else spoke.
    ApiKey,
    /// No source spoke: the configured fallback was taken.
    Fallback,
    /// [`TenantContext::assume`](crate::TenantContext::assume).
    Assumed,
    /// The scope of an [`Elevation`](crate::elevation::Elevation).
    Elevation,
    /// A resolver of the application.
    Custom(&'static str),
}

impl Source {
    /// The name in lower case, or the application's own name of its resolver.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::resolve::Source::Subdomain.as_str(), "subdomain");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Subdomain => "subdomain",
            Self::CustomDomain => "custom_domain",
            Self::Path => "path",
            Self::Query => "query",
            Self::Cookie => "cookie",
            Self::SignedCookie => "signed_cookie",
            Self::Static => "static",
            Self::Token => "token",
            Self::ApiKey => "api_key",
            Self::Fallback => "fallback",
            Self::Assumed => "assumed",
            Self::Elevation => "elevation",
            Self::Custom(name) => name,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
