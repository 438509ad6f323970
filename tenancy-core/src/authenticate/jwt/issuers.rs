use std::{collections::HashMap, fmt};

use http::HeaderName;
use smol_str::SmolStr;

use super::{Jwt, place::Place, verify};
use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    error::{BuildError, Reason, ResolveError},
    request::RequestView,
};

/// Verifies tokens of several issuers, each with its own keys, claims and limits.
///
/// What a token says about its issuer only selects one that is configured, and then only that
/// issuer's keys can verify it. A tenant's own identity provider is
/// [bound to that tenant](Jwt::bound_to).
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     TenantId,
///     authenticate::{
///         Authenticator,
///         jwt::{Jwt, JwtIssuers},
///     },
/// };
///
/// # let (platform_secret, acme_secret) = ([7; 32], [8; 32]);
/// let jwt = JwtIssuers::new([
///     Jwt::hs256(platform_secret).audience("api").issuer("https://id.example.com"),
///     Jwt::hs256(acme_secret)
///         .audience("api")
///         .issuer("https://login.acme.example")
///         .tenant_claim("company")
///         .bound_to(TenantId::integer(7)?),
/// ]);
/// assert!(jwt.check().is_ok());
/// # Ok::<(), tenancy_core::tenant::InvalidId>(())
/// ```
#[derive(Clone)]
pub struct JwtIssuers {
    issuers: Vec<Jwt>,
    /// The position of an issuer's settings; `None` when two have the name.
    by_name: HashMap<SmolStr, Option<usize>>,
    place: Place,
}

impl JwtIssuers {
    /// Puts issuers together. Their names are all different, and none accepts
    /// [every issuer](Jwt::any_issuer).
    #[must_use]
    pub fn new(issuers: impl IntoIterator<Item = Jwt>) -> Self {
        let issuers: Vec<Jwt> = issuers.into_iter().collect();
        let mut by_name: HashMap<SmolStr, Option<usize>> = HashMap::new();
        for (index, jwt) in issuers.iter().enumerate() {
            for name in jwt.rules.issuers.iter().flatten() {
                by_name
                    .entry(name.clone())
                    .and_modify(|owner| *owner = owner.filter(|owner| *owner == index))
                    .or_insert(Some(index));
            }
        }
        Self {
            issuers,
            by_name,
            place: Place::default(),
        }
    }

    /// Takes the token from a cookie too, as [`Jwt::from_cookie`] does.
    #[must_use]
    pub fn from_cookie(mut self, name: &str) -> Self {
        self.place = Place::or_cookie(name);
        self
    }

    fn choose(&self, name: Option<&str>) -> Result<(&Jwt, Option<SmolStr>), Reason> {
        let (name, owner) = name
            .and_then(|name| self.by_name.get_key_value(name))
            .ok_or(Reason::TokenInvalid)?;
        let index = owner.ok_or(Reason::InvalidSettings)?;
        let jwt = self.issuers.get(index).ok_or(Reason::InvalidSettings)?;
        Ok((jwt, Some(name.clone())))
    }
}

impl Authenticator for JwtIssuers {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        verify::answer(&self.place, request, |draft| {
            self.choose(draft.unverified_issuer()?.as_deref())
        })
    }

    fn vary(&self) -> Vec<HeaderName> {
        self.place.vary()
    }

    fn check(&self) -> Result<(), BuildError> {
        self.place.check()?;
        for jwt in &self.issuers {
            jwt.check()?;
        }
        let flaw = if self.issuers.is_empty() {
            "say who issues tokens: `JwtIssuers::new([Jwt::…])`"
        } else if self.issuers.iter().any(|jwt| jwt.rules.issuers.is_none()) {
            "where there are several issuers, each has a name: `.issuer(…)`"
        } else if self.by_name.values().any(Option::is_none) {
            "two issuers have the same name"
        } else if self.issuers.iter().any(|jwt| jwt.place.has_cookie()) {
            "set the cookie for all issuers: `JwtIssuers::new(…).from_cookie(…)`"
        } else {
            return Ok(());
        };
        Err(BuildError::new(flaw))
    }
}

impl fmt::Debug for JwtIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtIssuers")
            .field("issuers", &self.issuers)
            .field("place", &self.place)
            .finish()
    }
}
