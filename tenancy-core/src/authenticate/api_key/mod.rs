//! Keys that programs send.
//!
//! [`ApiKeys`] verifies them, by the [`ApiKeyDigest`] that an [`ApiKeyStore`] knows. An
//! [`ApiKeyGrant`] says which tenant a key opens and with which roles.
//!
//! Begin with [`ApiKeys`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Role, TenantId,
//!     authenticate::api_key::{ApiKey, ApiKeyGrant, InMemoryApiKeyStore},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The key is shown once; the store keeps its digest alone.
//! let key = ApiKey::generate("acme_live")?;
//! let store = InMemoryApiKeyStore::new();
//! let grant = ApiKeyGrant::new(TenantId::integer(1)?, "nightly-export").with_roles([Role::Member]);
//! store.insert(key.digest(), grant);
//! assert!(key.expose().starts_with("acme_live"));
//! # Ok(()) }
//! ```

mod key;
mod store;
#[cfg(test)]
mod tests;

use std::{fmt, time::SystemTime};

use http::{HeaderName, header};

use super::{Authenticated, Authenticator, bearer::bearer};
use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    principal::{Membership, Principal},
    request::{RequestView, reserved::RESERVED},
    source::Source,
    tenant::TenantKey,
};

pub use self::{
    key::{ApiKey, ApiKeyDigest, ApiKeyError},
    store::{ApiKeyGrant, ApiKeyStore, InMemoryApiKeyStore},
};

/// Verifies API keys, each of which opens one tenant.
///
/// A key is looked up by its SHA-256 digest: the store never sees the key, and who steals the store
/// has no key. It has 256 random bits, so a plain digest cannot be guessed backwards, and the time
/// that a lookup takes tells nothing: a client that learns how far a digest agrees with a stored
/// one still would have to find a key with that digest. The checksum in a key is no secret; it
/// keeps mistyped and made-up keys away from the store.
///
/// The key's tenant has to agree with whatever else names one. With a [membership
/// store](crate::TenancyBuilder::memberships), the key's subject has to be a member, and has only
/// those of its roles that the key was given too.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Role, Slug, Tenancy, Tenant, TenantId,
///     authenticate::{
///         api_key::{ApiKey, ApiKeyGrant, ApiKeys, InMemoryApiKeyStore},
///         jwt::Jwt,
///     },
///     resolve::Source,
///     store::InMemoryTenantStore,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = [7; 32];
/// let tenants = InMemoryTenantStore::new();
/// let acme = tenants.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
///
/// let key = ApiKey::generate("acme_live")?; // shown to the customer once
/// let keys = InMemoryApiKeyStore::new();
/// keys.insert(key.digest(), ApiKeyGrant::new(acme.id().clone(), "robot").with_roles([Role::Member]));
///
/// let tenancy = Tenancy::builder()
///     .authenticate(Jwt::hs256(secret).audience("api").issuer("https://id.example.com"))
///     .authenticate(ApiKeys::new("acme_live", keys))
///     .store(tenants)
///     .build()?;
/// let (request, ()) = http::Request::get("/").header("x-api-key", key.expose()).body(())?.into_parts();
/// let context = tenancy.resolve(&request, tenancy.mode()).await?.ok_or("no tenant")?;
/// assert_eq!(context.tenant_id(), acme.id());
/// assert_eq!(context.source(), &Source::ApiKey);
/// # Ok(()) }
/// ```
pub struct ApiKeys {
    prefix: String,
    place: Result<Place, BuildError>,
    store: Box<dyn ApiKeyStore>,
}

/// Where the key stands.
#[derive(Clone, Debug)]
enum Place {
    Header(HeaderName),
    Bearer,
}

impl ApiKeys {
    /// Verifies keys with this prefix that come in the `x-api-key` header.
    #[must_use]
    pub fn new(prefix: impl Into<String>, store: impl ApiKeyStore) -> Self {
        Self {
            prefix: prefix.into(),
            place: Ok(Place::Header(HeaderName::from_static("x-api-key"))),
            store: Box::new(store),
        }
    }

    /// Reads the key from another header.
    #[must_use]
    pub fn header(mut self, name: &str) -> Self {
        self.place = HeaderName::from_bytes(name.as_bytes())
            .ok()
            .filter(|name| !RESERVED.contains(&name.as_str()))
            .map(Place::Header)
            .ok_or_else(|| {
                BuildError::new(format!(
                    "`{}` is not a header for API keys",
                    name.escape_debug()
                ))
            });
        self
    }

    /// Reads the key from `Authorization: Bearer`. What does not begin with the prefix is left to
    /// the other authenticators, and what does is not shown to them.
    #[must_use]
    pub fn bearer(mut self) -> Self {
        self.place = Ok(Place::Bearer);
        self
    }

    fn read<'a>(&self, request: &'a dyn RequestView) -> Result<Option<&'a [u8]>, Reason> {
        let (name, is_bearer) = match &self.place {
            Ok(Place::Header(name)) => (name, false),
            Ok(Place::Bearer) => (&header::AUTHORIZATION, true),
            Err(_) => return Err(Reason::InvalidSettings),
        };
        let value = request
            .single_header(name)
            .map_err(|_| Reason::TokenInvalid)?;
        Ok(match value {
            Some(value) if is_bearer => {
                bearer(value).filter(|token| token.starts_with(self.prefix.as_bytes()))
            }
            value => value.map(<[u8]>::trim_ascii),
        })
    }

    fn digest(&self, request: &dyn RequestView) -> Result<Option<ApiKeyDigest>, Reason> {
        let Some(value) = self.read(request)? else {
            return Ok(None);
        };
        let key = str::from_utf8(value)
            .ok()
            .and_then(|text| ApiKey::parse(&self.prefix, text).ok())
            .ok_or(Reason::TokenInvalid)?;
        Ok(Some(key.digest()))
    }
}

/// The principal of a key that the store knows.
fn authenticated(grant: Option<ApiKeyGrant>) -> Result<Option<Authenticated>, Reason> {
    let grant = grant.ok_or(Reason::TokenInvalid)?;
    if grant.expires().is_some_and(|end| end <= SystemTime::now()) {
        return Err(Reason::TokenExpired);
    }
    let tenant = TenantKey::Name(grant.tenant().clone());
    let membership = Membership::new(tenant.clone(), grant.roles().iter().cloned());
    let mut principal = Principal::new(grant.subject());
    if let Some(issuer) = grant.issuer() {
        principal = principal.issued_by(issuer);
    }
    let authenticated = Authenticated::new(principal.with_membership(membership));
    Ok(Some(
        authenticated
            .naming(tenant)
            .through(Source::ApiKey)
            .with_at_most_these_roles(),
    ))
}

impl Authenticator for ApiKeys {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let digest = match self.digest(request) {
            Ok(Some(digest)) => digest,
            Ok(None) => return Answer::Now(Ok(None)),
            Err(reason) => return Answer::Now(Err(reason.into())),
        };
        Answer::later(async move {
            let grant = self.store.find(&digest).await?;
            authenticated(grant).map_err(ResolveError::from)
        })
    }

    fn vary(&self) -> Vec<HeaderName> {
        match &self.place {
            Ok(Place::Header(name)) => vec![name.clone()],
            Ok(Place::Bearer) => vec![header::AUTHORIZATION],
            Err(_) => Vec::new(),
        }
    }

    fn bearer_prefix(&self) -> Option<&str> {
        match &self.place {
            Ok(Place::Bearer) => Some(&self.prefix),
            Ok(Place::Header(_)) | Err(_) => None,
        }
    }

    fn check(&self) -> Result<(), BuildError> {
        self.place.as_ref().map(drop).map_err(BuildError::clone)?;
        key::check_prefix(&self.prefix).map_err(|flaw| BuildError::new(flaw.to_string()))
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys")
            .field("prefix", &self.prefix)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
