//! Signed tokens ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519)).
//!
//! [`Jwt`] verifies the tokens of one issuer, [`JwtIssuers`] those of several. Their keys are
//! [`VerifyingKey`]s, or a [`KeySet`] that a [`KeySetLoader`] loads and keeps up to date.
//!
//! Begin with [`Jwt`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Role,
//!     authenticate::{
//!         Authenticator,
//!         jwt::{Jwt, JwtAlgorithm, JwtIssuers, VerifyingKey},
//!     },
//! };
//!
//! let staff = Jwt::hs256([7; 32]).audience("api").issuer("https://id.example.com");
//! let key = VerifyingKey::secret(JwtAlgorithm::Hs256, [8; 32])?;
//! let partners = Jwt::key(key)
//!     .audience("api")
//!     .issuer("https://id.partner.example")
//!     .role("viewer", Role::Member);
//! assert!(JwtIssuers::new([staff, partners]).check().is_ok());
//! # Ok::<(), tenancy_core::BuildError>(())
//! ```

mod algorithm;
mod claims;
mod header;
mod issuers;
mod key;
mod keyset;
mod names;
mod place;
mod refresh;
mod rules;
#[cfg(test)]
mod tests;
mod text;
mod verify;

use std::{fmt, time::Duration};

use http::HeaderName;
use serde_json::Value;
use smol_str::SmolStr;

use super::{Authenticated, Authenticator};
use crate::{
    answer::Answer,
    error::{BuildError, ResolveError},
    id::TenantId,
    principal::Role,
    request::RequestView,
};
use names::Use;
use place::Place;
use rules::Rules;
use verify::Keys;

pub use self::{
    algorithm::JwtAlgorithm,
    issuers::JwtIssuers,
    key::VerifyingKey,
    keyset::{InvalidKeySet, KeySet},
    names::ClaimPath,
    refresh::{KeySetBuilder, KeySetLoader},
};

/// Verifies `Authorization: Bearer` tokens of one issuer.
///
/// | claim | use |
/// |---|---|
/// | `sub` | required, not empty: the subject of the principal |
/// | `exp`, `nbf` | `exp` is required, `nbf` is checked when present |
/// | `aud`, `iss` | required and checked, unless [waived](Self::any_audience) when configuring |
/// | `tenant_id` | optional, an id or slug: the tenant that the token names, and a membership in it |
/// | `roles` | optional, a list or text with spaces: the roles in that tenant; `platform_admin` makes a platform administrator |
/// | `memberships` | optional object of further tenants: `{"acme": ["member"]}` |
///
/// The last three can have [other names](Self::tenant_claim), and with a
/// [membership store](crate::TenancyBuilder::memberships) the last two do not count.
///
/// A claim that is present and cannot be read makes the token invalid, and so does one that is
/// there twice. So do `crit` header parameters, whatever says that the token is an ID token or a
/// refresh token (the header's `typ`; the claims `typ`, `token_use` and `token_type`; `at_hash`,
/// `c_hash`, `s_hash`; a `nonce`, unless another claim says that this is an access token), and
/// everything that [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) warns of: a key has one
/// algorithm, `kid` selects among the configured keys and nothing else, and `jku`, `jwk`, `x5u` and
/// `x5c` select nothing.
///
/// A request without an `Authorization` header has no principal. One with another scheme, or with
/// two of them, is refused.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     Role,
///     authenticate::{Authenticator, jwt::Jwt},
/// };
///
/// # let secret = [7; 32];
/// let jwt = Jwt::hs256(secret)
///     .audience("api")
///     .issuer("https://id.example.com")
///     .leeway(Duration::from_secs(30))
///     .tenant_claim("org.id")
///     .roles_claim(["https://example.com/roles"])
///     .role("org:admin", Role::TenantAdmin);
/// assert!(jwt.check().is_ok());
/// assert!(Jwt::hs256("too short").any_audience().any_issuer().check().is_err());
/// ```
#[derive(Clone)]
pub struct Jwt {
    keys: Keys,
    place: Place,
    rules: Rules,
}

impl Jwt {
    /// Verifies HMAC-SHA-256 signatures with this secret, which has at least 32 bytes.
    ///
    /// No token is accepted before audience and issuer are configured.
    #[must_use]
    pub fn hs256(secret: impl AsRef<[u8]>) -> Self {
        Self::with(Keys::One(VerifyingKey::secret(JwtAlgorithm::Hs256, secret)))
    }

    /// Verifies the signatures of one key. A `kid` in the token has to be the key's, if it has one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::authenticate::{
    ///         Authenticator,
    ///         jwt::{Jwt, JwtAlgorithm, VerifyingKey},
    ///     };
    ///
    /// let pem = "-----BEGIN PUBLIC KEY-----\n\
    ///     MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    ///     -----END PUBLIC KEY-----";
    /// let jwt = Jwt::key(VerifyingKey::pem(JwtAlgorithm::EdDsa, pem)?)
    ///     .audience("api")
    ///     .issuer("https://id.example.com");
    /// assert!(jwt.check().is_ok());
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    #[must_use]
    pub fn key(key: VerifyingKey) -> Self {
        Self::with(Keys::One(Ok(key)))
    }

    /// Verifies the signatures of several keys, of which a token's `kid` selects one.
    #[must_use]
    pub fn keys(keys: KeySet) -> Self {
        Self::with(Keys::Set(keys))
    }

    fn with(keys: Keys) -> Self {
        Self {
            keys,
            place: Place::default(),
            rules: Rules::default(),
        }
    }

    /// Accepts tokens for this audience. Called again, for that one too.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        let accepted = self.rules.audiences.get_or_insert_default();
        accepted.push(audience.into());
        self
    }

    /// Accepts tokens for every audience: also those that the issuer made for other services.
    #[must_use]
    pub fn any_audience(mut self) -> Self {
        self.rules.audiences = None;
        self
    }

    /// Accepts tokens of this issuer. Called again, under that name too: issuers with keys of their
    /// own are put together in [`JwtIssuers`].
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        let accepted = self.rules.issuers.get_or_insert_default();
        accepted.push(SmolStr::from(issuer.into()));
        self
    }

    /// Accepts tokens of every issuer who has the key.
    #[must_use]
    pub fn any_issuer(mut self) -> Self {
        self.rules.issuers = None;
        self
    }

    /// Lets the issuer's tokens open this tenant and no other: for a tenant's own identity
    /// provider.
    ///
    /// They name this tenant, whatever they say; one that names another is refused where it is
    /// looked up. Only `roles` is read of what they say about memberships, and no principal becomes
    /// a platform administrator.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Role, TenantId,
    ///     authenticate::{Authenticator, jwt::Jwt},
    /// };
    ///
    /// # let secret = [7; 32];
    /// let jwt = Jwt::hs256(secret).audience("api").issuer("https://login.acme.example");
    /// let acme = jwt.bound_to(TenantId::integer(7)?);
    /// assert!(acme.check().is_ok());
    /// assert!(acme.role("boss", Role::PlatformAdmin).check().is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn bound_to(mut self, tenant: TenantId) -> Self {
        self.rules.tenant = Some(tenant);
        self
    }

    /// Allows for a difference between clocks, in whole seconds: 60 unless set, and at most 5
    /// minutes.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.rules.leeway = leeway;
        self
    }

    /// Sets the claim that names the tenant. It is `tenant_id` otherwise.
    #[must_use]
    pub fn tenant_claim(mut self, path: impl Into<ClaimPath>) -> Self {
        self.rules.names.set(&Use::Tenant, &path.into());
        self
    }

    /// Sets the claim with the roles, such as `realm_access.roles` or `scope`. It is `roles`
    /// otherwise.
    #[must_use]
    pub fn roles_claim(mut self, path: impl Into<ClaimPath>) -> Self {
        self.rules.names.set(&Use::Roles, &path.into());
        self
    }

    /// Sets the claim with memberships in further tenants. It is `memberships` otherwise.
    #[must_use]
    pub fn memberships_claim(mut self, path: impl Into<ClaimPath>) -> Self {
        self.rules.names.set(&Use::Memberships, &path.into());
        self
    }

    /// Reads the issuer's name of a role as this role. Names that are not mapped are read by
    /// [`Role::parse`].
    #[must_use]
    pub fn role(mut self, name: &str, role: Role) -> Self {
        self.rules.map_role(name, role);
        self
    }

    /// Refuses tokens without this claim, or with `null` in its place.
    #[must_use]
    pub fn require(mut self, path: impl Into<ClaimPath>) -> Self {
        self.rules.names.require(path.into(), Use::Present);
        self
    }

    /// Refuses tokens in which this claim has another value, such as `email_verified` and `true`.
    #[must_use]
    pub fn require_value(mut self, path: impl Into<ClaimPath>, value: impl Into<Value>) -> Self {
        self.rules
            .names
            .require(path.into(), Use::Equal(value.into()));
        self
    }

    /// Refuses tokens with another `typ` in their header, such as `at+jwt` ([RFC
    /// 9068](https://www.rfc-editor.org/rfc/rfc9068#section-2.1)). `JWT`, `at+jwt` and none are
    /// accepted otherwise.
    #[must_use]
    pub fn token_type(mut self, typ: impl AsRef<str>) -> Self {
        self.rules.token_type = Some(SmolStr::new(typ));
        self
    }

    /// Takes the token from a cookie too, named `__Host-` and something. A request with both is
    /// refused.
    ///
    /// Browsers attach cookies to requests that pages of others make, also those of another
    /// tenant's subdomain. So the `Origin` of a request with a cookie is checked as
    /// [`TenancyBuilder::allow_origin`](crate::TenancyBuilder::allow_origin) describes; set
    /// `SameSite`, `Secure` and `HttpOnly`, and let no `GET` change anything.
    #[must_use]
    pub fn from_cookie(mut self, name: &str) -> Self {
        self.place = Place::or_cookie(name);
        self
    }
}

impl Authenticator for Jwt {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        verify::answer(&self.place, request, |draft| {
            let issuer = draft.unverified_issuer()?;
            self.accepts(issuer.as_deref()).map(|issuer| (self, issuer))
        })
    }

    fn vary(&self) -> Vec<HeaderName> {
        self.place.vary()
    }

    fn check(&self) -> Result<(), BuildError> {
        if let Keys::One(Err(flaw)) = &self.keys {
            return Err(flaw.clone());
        }
        self.place.check()?;
        self.rules.check()
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("keys", &self.keys)
            .field("place", &self.place)
            .field("rules", &self.rules)
            .finish()
    }
}
