use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use jsonwebtoken::Header;

use super::{
    ForwardError, HEADER, MAX_LIFETIME, MAX_TOKEN, TYPE,
    claims::{self, Claims},
    key::Signing,
};
use crate::{
    audit::RequestId,
    context::TenantContext,
    error::BuildError,
    principal::{Principal, Role},
};

/// Passes the tenant context of a request on to one other service, which reads it with
/// [`ForwardedContext`](super::ForwardedContext).
///
/// [`headers`](Self::headers) makes a header `x-tenancy-context` with one signed token in it. It
/// names the tenant by its id, the subject, the roles in that tenant and whether they are an
/// elevation's. It is good for one minute, for one service, and for that one tenant: who holds it
/// can enter no other, not even with the roles of a platform administrator.
///
/// Whoever gets to see a token can use it until it expires. Send it over TLS, and only to the
/// service that it is for.
///
/// | key | who can sign | for |
/// |---|---|---|
/// | Ed25519 | the service with the private key | any number of services |
/// | HS256 | every service that knows the secret, the receiving one too | one pair of services, with a secret of their own |
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantContext, forward::ContextSigner};
///
/// # let secret = [7; 32];
/// let signer = ContextSigner::hs256(secret, "gateway", "billing")?;
///
/// fn call(signer: &ContextSigner, context: &TenantContext) -> Result<(), Box<dyn std::error::Error>> {
///     let headers: http::HeaderMap = signer.headers(context)?;
///     // client.get("https://billing.internal/invoices").headers(headers).send().await?;
///     # drop(headers);
///     Ok(())
/// }
/// # let _ = call;
/// # drop(signer);
/// # Ok::<(), tenancy_core::BuildError>(())
/// ```
#[derive(Clone)]
pub struct ContextSigner {
    key: Signing,
    issuer: String,
    audience: String,
    lifetime: Duration,
}

impl ContextSigner {
    /// Signs with HMAC-SHA-256 and a secret of at least 32 bytes, in the name of `issuer` and for
    /// the service `audience`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when the secret is too short or a name is empty.
    pub fn hs256(
        secret: impl AsRef<[u8]>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, BuildError> {
        Self::new(
            Signing::hs256(secret.as_ref())?,
            issuer.into(),
            audience.into(),
        )
    }

    /// Signs with an Ed25519 private key (PEM, PKCS #8), in the name of `issuer` and for the
    /// service `audience`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when this is no such key or a name is empty.
    pub fn ed25519_pem(
        pem: impl AsRef<[u8]>,
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, BuildError> {
        Self::new(
            Signing::ed25519_pem(pem.as_ref())?,
            issuer.into(),
            audience.into(),
        )
    }

    fn new(key: Signing, issuer: String, audience: String) -> Result<Self, BuildError> {
        if issuer.is_empty() || audience.is_empty() {
            return Err(BuildError::new(
                "name the service that forwards contexts and the one that receives them",
            ));
        }
        Ok(Self {
            key,
            issuer,
            audience,
            lifetime: Duration::from_secs(60),
        })
    }

    /// Sets how long a forwarded context is good for, in whole seconds: 60 unless set.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for less than a second and for more than 5 minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Result<Self, BuildError> {
        if !(Duration::from_secs(1)..=MAX_LIFETIME).contains(&lifetime) {
            return Err(BuildError::new(
                "a forwarded context is good for 1 second to 5 minutes",
            ));
        }
        self.lifetime = lifetime;
        Ok(self)
    }

    /// The headers to send along: `x-tenancy-context`.
    ///
    /// # Errors
    ///
    /// [`ForwardError`], above all for a context without a principal: that of a public route or a
    /// job. The other service would take the request for a member's. The context of an
    /// impersonation is not forwarded either.
    pub fn headers(&self, context: &TenantContext) -> Result<HeaderMap, ForwardError> {
        self.sign(context, None)
    }

    /// The headers to send along: `x-tenancy-context`, and `x-request-id` for the logs. The id is
    /// signed, too.
    ///
    /// # Errors
    ///
    /// As [`headers`](Self::headers).
    pub fn headers_with_request_id(
        &self,
        context: &TenantContext,
        id: &RequestId,
    ) -> Result<HeaderMap, ForwardError> {
        let mut headers = self.sign(context, Some(id))?;
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            headers.insert(HeaderName::from_static("x-request-id"), value);
        }
        Ok(headers)
    }

    fn sign(
        &self,
        context: &TenantContext,
        request_id: Option<&RequestId>,
    ) -> Result<HeaderMap, ForwardError> {
        if context.impersonator().is_some() {
            return Err(ForwardError::Impersonated);
        }
        let subject = context
            .principal()
            .map(Principal::subject)
            .filter(|subject| !subject.is_empty())
            .ok_or(ForwardError::NoPrincipal)?;
        let now = claims::now().ok_or(ForwardError::NotSigned)?;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.to_owned(),
            iat: now,
            exp: now.saturating_add(self.lifetime.as_secs()),
            tenant: context.tenant_id().clone(),
            roles: context
                .roles()
                .iter()
                .map(Role::as_str)
                .map(str::to_owned)
                .collect(),
            elevated: context.is_elevated(),
            request_id: request_id.map(|id| id.as_str().to_owned()),
        };
        let mut header = Header::new(self.key.algorithm);
        header.typ = Some(TYPE.to_owned());
        let token = jsonwebtoken::encode(&header, &claims, &self.key.key)
            .map_err(|_| ForwardError::NotSigned)?;
        if token.len() > MAX_TOKEN {
            return Err(ForwardError::TooLong);
        }
        let mut value = HeaderValue::try_from(token).map_err(|_| ForwardError::NotSigned)?;
        // Kept out of `Debug` output, and out of the compression tables of HTTP/2.
        value.set_sensitive(true);
        Ok(HeaderMap::from_iter([(HEADER, value)]))
    }
}

impl fmt::Debug for ContextSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextSigner")
            .field("key", &"[redacted]")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("lifetime", &self.lifetime)
            .finish()
    }
}
