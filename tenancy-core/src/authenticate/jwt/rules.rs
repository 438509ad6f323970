//! What an issuer's tokens have to say, and what they may say.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use smol_str::SmolStr;

use super::{claims::Claims, header::JoseHeader, names::Names};
use crate::{
    authenticate::Authenticated,
    error::{BuildError, Reason},
    id::TenantId,
    principal::{Membership, Principal, Role},
    tenant::TenantKey,
};

/// Largest difference between clocks that may be allowed for.
const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);

/// The settings of one issuer, apart from its keys.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// `None` when every issuer is accepted.
    pub(super) issuers: Option<Vec<SmolStr>>,
    /// `None` when every audience is accepted.
    pub(super) audiences: Option<Vec<String>>,
    pub(super) leeway: Duration,
    pub(super) token_type: Option<SmolStr>,
    /// The one tenant that the issuer's tokens open.
    pub(super) tenant: Option<TenantId>,
    pub(super) names: Names,
    pub(super) makes_platform_admins: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            issuers: Some(Vec::new()),
            audiences: Some(Vec::new()),
            leeway: Duration::from_secs(60),
            token_type: None,
            tenant: None,
            names: Names::default(),
            makes_platform_admins: false,
        }
    }
}

impl Rules {
    /// The principal of a token with a verified signature.
    pub(super) fn judge(
        &self,
        header: &JoseHeader,
        payload: &[u8],
        issuer: Option<SmolStr>,
    ) -> Result<Authenticated, Reason> {
        let audiences = self.audiences.as_deref().unwrap_or_default();
        let claims = Claims::read(payload, &self.names, audiences)?;
        let is_for_us = self.audiences.is_none() || claims.is_for_us == Some(true);
        if !is_for_us || !self.is_access_token(header, &claims) {
            return Err(Reason::TokenInvalid);
        }
        self.check_time(&claims)?;
        self.authenticated(claims, issuer)
    }

    /// Whether nothing says that the token is another kind of token. ID tokens have a `nonce`, but
    /// so have access tokens of some issuers, which say what they are.
    fn is_access_token(&self, header: &JoseHeader, claims: &Claims) -> bool {
        let typ = header.token_type();
        let is = |wanted: &str| typ.is_some_and(|typ| typ.eq_ignore_ascii_case(wanted));
        let says_access = claims.says_access || is("at+jwt");
        let fits = match &self.token_type {
            Some(wanted) => is(wanted),
            None => typ.is_none() || is("JWT") || is("at+jwt"),
        };
        fits && (says_access || !claims.has_nonce)
    }

    fn check_time(&self, claims: &Claims) -> Result<(), Reason> {
        let leeway = self.leeway.min(MAX_LEEWAY).as_secs();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| Reason::TokenNotYetValid)?
            .as_secs();
        let expires = claims.expires.ok_or(Reason::TokenInvalid)?;
        if expires.saturating_add(leeway) <= now {
            return Err(Reason::TokenExpired);
        }
        if claims.not_before.unwrap_or(0) > now + leeway {
            return Err(Reason::TokenNotYetValid);
        }
        Ok(())
    }

    fn authenticated(
        &self,
        claims: Claims,
        issuer: Option<SmolStr>,
    ) -> Result<Authenticated, Reason> {
        let subject = claims
            .subject
            .filter(|subject| !subject.is_empty())
            .ok_or(Reason::TokenInvalid)?;
        let roles = claims.roles.unwrap_or_default();
        let mut principal = Principal::new(subject);
        if let Some(issuer) = issuer {
            principal = principal.issued_by(issuer);
        }
        if let Some(tenant) = &self.tenant {
            let tenant = TenantKey::Name(tenant.clone());
            let membership = Membership::new(tenant.clone(), roles);
            let authenticated =
                Authenticated::new(principal.with_membership(membership)).naming(tenant);
            return Ok(match claims.tenant {
                Some(claimed) => authenticated.also_naming(claimed),
                None => authenticated,
            });
        }
        if roles.contains(&Role::PlatformAdmin) {
            principal = principal.platform_admin();
        }
        if let Some(key) = &claims.tenant {
            principal = principal.with_membership(Membership::new(key.clone(), roles));
        }
        for membership in claims.memberships.unwrap_or_default() {
            principal = principal.with_membership(membership);
        }
        let authenticated = Authenticated::new(principal);
        Ok(match claims.tenant {
            Some(key) => authenticated.naming(key),
            None => authenticated,
        })
    }

    pub(super) fn map_role(&mut self, name: &str, role: Role) {
        self.makes_platform_admins |= role == Role::PlatformAdmin;
        self.names.map_role(name, role);
    }

    pub(super) fn check(&self) -> Result<(), BuildError> {
        let is_blank =
            |accepted: &[SmolStr]| accepted.is_empty() || accepted.iter().any(SmolStr::is_empty);
        let flaw =
            if self.audiences.as_ref().is_some_and(|accepted| {
                accepted.is_empty() || accepted.iter().any(String::is_empty)
            }) {
                "say whom tokens are for: `.audience(…)`, or `.any_audience()`"
            } else if self.issuers.as_deref().is_some_and(is_blank) {
                "say who issues tokens: `.issuer(…)`, or `.any_issuer()`"
            } else if self.leeway > MAX_LEEWAY {
                "the leeway for clocks is at most 5 minutes"
            } else if self.tenant.is_some() && self.makes_platform_admins {
                "an issuer that is bound to a tenant makes no platform administrators"
            } else {
                return self.names.check();
            };
        Err(BuildError::new(flaw))
    }
}
