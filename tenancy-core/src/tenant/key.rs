use crate::id::{Domain, InvalidId, Slug, TenantId, TenantIdRef};

/// How a request names a tenant.
///
/// A store finds at most one tenant for a key; two different keys may mean the same tenant, so
/// keys are compared by the tenant they lead to, never by their spelling.
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantId, tenant::TenantKey};
///
/// assert_eq!(TenantKey::parse_name("7")?, TenantKey::Name(TenantId::integer(7)?));
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TenantKey {
    /// An id, or else a slug in any case: what a header, a cookie or a token says.
    Name(TenantId),
    /// A slug and nothing else: what a host says.
    Slug(Slug),
    /// A tenant's own domain, exactly: what a host says that is not below the service's.
    Domain(Domain),
    /// The platform tenant.
    Platform,
}

impl TenantKey {
    /// Reads what a header, a cookie or a token says.
    ///
    /// # Errors
    ///
    /// Refuses what is neither an id nor a slug.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::tenant::TenantKey;
    ///
    /// assert!(TenantKey::parse_name("acme").is_ok());
    /// assert!(TenantKey::parse_name("acme,globex").is_err());
    /// ```
    pub fn parse_name(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self::Name)
    }

    /// Reads a field or cookie value as it came, with the white space that HTTP allows around it.
    pub(crate) fn from_bytes(value: &[u8]) -> Result<Self, InvalidId> {
        let mut value = value;
        while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
            value = rest;
        }
        let text = str::from_utf8(value).map_err(|_| InvalidId::new("a tenant id is ASCII"))?;
        Self::parse_name(text)
    }

    /// The slug that this key means, if it can mean one.
    ///
    /// For stores: look for the id of a [`Name`](Self::Name) first, and only then for this slug.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{Slug, tenant::TenantKey};
    ///
    /// assert_eq!(TenantKey::parse_name("Acme")?.as_slug(), Some(Slug::parse("acme")?));
    /// assert_eq!(TenantKey::parse_name("7")?.as_slug(), None);
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn as_slug(&self) -> Option<Slug> {
        match self {
            Self::Name(name) => match name.value() {
                TenantIdRef::Text(text) => Slug::parse(text).ok(),
                TenantIdRef::Uuid(_) | TenantIdRef::Integer(_) => None,
            },
            Self::Slug(slug) => Some(slug.clone()),
            Self::Domain(_) | Self::Platform => None,
        }
    }
}
