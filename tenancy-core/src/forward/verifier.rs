use std::{collections::HashSet, fmt, time::Duration};

use http::{HeaderName, header};
use jsonwebtoken::{Header, Validation, errors::ErrorKind};

use super::{HEADER, MAX_LIFETIME, MAX_TOKEN, TYPE, claims::Claims, key::Verifying};
use crate::{
    answer::Answer,
    audit::RequestId,
    authenticate::{Authenticated, Authenticator},
    error::{BuildError, Reason, ResolveError},
    principal::Principal,
    request::RequestView,
};

/// Largest difference between clocks that may be allowed for.
const MAX_LEEWAY: Duration = Duration::from_secs(60);

/// More keys than a rotation needs would only cost time for every bad token.
const MAX_KEYS: usize = 16;

/// Reads the tenant context that another service forwarded with a
/// [`ContextSigner`](super::ContextSigner).
///
/// It is an [`Authenticator`], so the receiving chain decides as it always does: a header or a host
/// that names another tenant is refused, the tenant is looked up, and it has to be active. Services
/// that forward to each other must know their tenants by the same ids.
///
/// The principal has the forwarded roles in the forwarded tenant, and nothing else anywhere. A
/// platform administrator's elevation is one here, too, in that same tenant and with an audit event
/// of this service; no header leads it to another one.
///
/// A request carries a forwarded context or an `Authorization` header. With both it is refused:
/// nothing says that they mean the same. A repeated `x-tenancy-context` is refused, and so is a
/// token with a claim that this version does not know. There is no memory of tokens, so one can be
/// sent again until it expires: keep requests that must happen once apart by keys of their own.
///
/// Every key belongs to the name of one service, and its tokens speak for no other. To replace a
/// key, trust the new one as well, let the other service sign with it, and drop the old one.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Tenancy, forward::ForwardedContext, store::InMemoryTenantStore};
///
/// # let (secret, older) = ([7; 32], [8; 32]);
/// let tenancy = Tenancy::builder()
///     .authenticate(
///         ForwardedContext::to("billing")
///             .trust_hs256("gateway", secret)
///             .trust_hs256("gateway", older),
///     )
///     .store(InMemoryTenantStore::new())
///     .build()?;
/// assert_eq!(tenancy.vary(), "x-tenancy-context");
/// # Ok::<(), tenancy_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct ForwardedContext {
    audience: String,
    leeway: Duration,
    trusted: Vec<Trusted>,
    flaw: Option<BuildError>,
}

/// A key, and the service that signs with it.
#[derive(Clone)]
struct Trusted {
    issuer: String,
    key: Verifying,
}

impl ForwardedContext {
    /// Accepts contexts that were forwarded to this service, and none before a key is trusted.
    #[must_use]
    pub fn to(audience: impl Into<String>) -> Self {
        Self {
            audience: audience.into(),
            leeway: Duration::from_secs(10),
            trusted: Vec::new(),
            flaw: None,
        }
    }

    /// Trusts what `issuer` signs with this secret, of at least 32 bytes. Called again, that one
    /// too.
    #[must_use]
    pub fn trust_hs256(self, issuer: impl Into<String>, secret: impl AsRef<[u8]>) -> Self {
        self.trust(issuer.into(), Verifying::hs256(secret.as_ref()))
    }

    /// Trusts what `issuer` signs with the private key to this Ed25519 public key (PEM). Called
    /// again, that one too.
    #[must_use]
    pub fn trust_ed25519_pem(self, issuer: impl Into<String>, pem: impl AsRef<[u8]>) -> Self {
        self.trust(issuer.into(), Verifying::ed25519_pem(pem.as_ref()))
    }

    /// Allows for a difference between clocks, in whole seconds: 10 unless set, and at most 60.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    fn trust(mut self, issuer: String, key: Result<Verifying, BuildError>) -> Self {
        match key {
            Ok(key) => self.trusted.push(Trusted { issuer, key }),
            Err(flaw) => self.flaw = Some(flaw),
        }
        self
    }

    /// Reads and verifies the forwarded context of a request; `None` when it carries none.
    ///
    /// The chain calls it through [`Authenticator`]. Call it yourself to learn who forwarded a
    /// request; what it returns opens no tenant.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when there is one that is not valid, in whatever way.
    pub fn verify(&self, request: &dyn RequestView) -> Result<Option<Forwarded>, ResolveError> {
        self.read(request).map_err(ResolveError::from)
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<Forwarded>, Reason> {
        if self.check().is_err() {
            return Err(Reason::InvalidSettings);
        }
        let token = request
            .single_header(&HEADER)
            .map_err(|_| Reason::TokenInvalid)?;
        let Some(token) = token else {
            return Ok(None);
        };
        let has_credentials = !matches!(request.single_header(&header::AUTHORIZATION), Ok(None));
        if has_credentials || !(1..=MAX_TOKEN).contains(&token.len()) {
            return Err(Reason::TokenInvalid);
        }
        let claims = self.verified(token)?;
        let principal = claims.principal().ok_or(Reason::TokenInvalid)?;
        Ok(Some(Forwarded { claims, principal }))
    }

    fn verified(&self, token: &[u8]) -> Result<Claims, Reason> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Reason::TokenInvalid)?;
        if !is_forwarded_context(&header) {
            return Err(Reason::TokenInvalid);
        }
        for trusted in &self.trusted {
            if trusted.key.algorithm != header.alg {
                continue;
            }
            let rules = self.rules(trusted);
            match jsonwebtoken::decode::<Claims>(token, &trusted.key.key, &rules) {
                Ok(data) if data.claims.is_timely(MAX_LIFETIME, self.leeway) => {
                    return Ok(data.claims);
                }
                Ok(_) => return Err(Reason::TokenInvalid),
                // The signature was good, so no other key will do.
                Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                    return Err(Reason::TokenExpired);
                }
                // The error may quote the token, so it goes no further.
                Err(_) => {}
            }
        }
        Err(Reason::TokenInvalid)
    }

    fn rules(&self, trusted: &Trusted) -> Validation {
        let mut rules = Validation::new(trusted.key.algorithm);
        rules.set_required_spec_claims(&["aud", "exp", "iss", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = self.leeway.as_secs();
        rules.aud = Some(HashSet::from([self.audience.clone()]));
        rules.iss = Some(HashSet::from([trusted.issuer.clone()]));
        rules
    }
}

fn is_forwarded_context(header: &Header) -> bool {
    header.typ.as_deref() == Some(TYPE) && header.crit.is_none()
}

impl Authenticator for ForwardedContext {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(self.verify(request).map(|forwarded| {
            forwarded.map(|Forwarded { claims, principal }| {
                Authenticated::new(principal).naming(claims.key())
            })
        }))
    }

    fn vary(&self) -> Vec<HeaderName> {
        vec![HEADER]
    }

    fn check(&self) -> Result<(), BuildError> {
        if let Some(flaw) = &self.flaw {
            return Err(flaw.clone());
        }
        let flaw = if self.audience.is_empty() {
            "name the service that forwarded contexts are for"
        } else if self.trusted.is_empty() {
            "say whose forwarded contexts are accepted: `.trust_ed25519_pem(…)` or `.trust_hs256(…)`"
        } else if self.trusted.len() > MAX_KEYS {
            "at most 16 keys are trusted for forwarded contexts"
        } else if self.trusted.iter().any(|one| one.issuer.is_empty()) {
            "name the service that a key for forwarded contexts belongs to"
        } else if self.leeway > MAX_LEEWAY {
            "the leeway for forwarded contexts is at most 60 seconds"
        } else {
            return Ok(());
        };
        Err(BuildError::new(flaw))
    }
}

impl fmt::Debug for ForwardedContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<&str> = self.trusted.iter().map(|one| &*one.issuer).collect();
        f.debug_struct("ForwardedContext")
            .field("audience", &self.audience)
            .field("issuers", &issuers)
            .field("leeway", &self.leeway)
            .finish_non_exhaustive()
    }
}

/// What a verified forwarded context says: for logs. It opens no tenant.
pub struct Forwarded {
    claims: Claims,
    principal: Principal,
}

impl Forwarded {
    /// The service that forwarded the request.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.claims.iss
    }

    /// Who makes the request.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The tenant that was named.
    #[must_use]
    pub fn tenant_id(&self) -> &crate::id::TenantId {
        &self.claims.tenant
    }

    /// Whether a platform administrator entered a tenant that is not their own.
    #[must_use]
    pub fn is_elevated(&self) -> bool {
        self.claims.elevated
    }

    /// The id that the request had at the other service.
    #[must_use]
    pub fn request_id(&self) -> Option<RequestId> {
        self.claims.request_id.as_deref().and_then(RequestId::parse)
    }
}

impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarded")
            .field("issuer", &self.claims.iss)
            .field("subject", &self.claims.sub)
            .field("tenant", &self.claims.tenant)
            .field("elevated", &self.claims.elevated)
            .finish_non_exhaustive()
    }
}
