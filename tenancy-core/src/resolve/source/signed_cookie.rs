use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cookie::{Cookie, SameSite};
use hmac::{Hmac, Mac};
use http::{HeaderName, HeaderValue, header};
use sha2::Sha256;

use crate::{
    answer::Answer,
    error::{BuildError, Reason, ResolveError},
    host::{Authority, Host},
    id::TenantId,
    request::{
        RequestView,
        cookie::{cookie_name, single_cookie},
    },
    resolve::TenantResolver,
    source::Source,
    tenant::TenantKey,
};

/// Shortest secret, in bytes: the size of the hash
/// ([RFC 2104 section 3](https://www.rfc-editor.org/rfc/rfc2104#section-3)).
const MIN_SECRET: usize = 32;

/// Keeps a sibling subdomain from setting the cookie ([RFC 6265bis section
/// 4.1.3.2](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2)).
const PREFIX: &str = "__Host-";

/// What the signature is for, so that no other use of the same secret yields one.
const PURPOSE: &[u8] = b"tenancy signed cookie 1";

/// Reads the tenant's id from a cookie that the service itself has [issued](Self::issue) for the
/// host that is asked.
///
/// Browsers send along what a sibling subdomain has planted. This cookie's name keeps them from
/// taking one from a sibling, and its signature (HMAC-SHA-256, compared in constant time) binds
/// tenant and host: a cookie with another tenant in it, or one that was issued for another host, is
/// malformed. The signature says where the tenant comes from, not who may enter it; the principal
/// has to be a member as ever.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     TenantId,
///     resolve::{SignedCookieResolver, TenantResolver},
///     tenant::TenantKey,
/// };
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = [7; 32];
/// let resolver = SignedCookieResolver::new(secret);
/// let set_cookie = resolver.issue(&TenantId::integer(7)?, "app.example.com")?;
///
/// // What the browser makes of it:
/// let cookie = set_cookie.to_str()?.split(';').next().unwrap_or_default();
/// let request = |host| http::Request::get("/").header("host", host).header("cookie", cookie).body(());
/// let (here, ()) = request("app.example.com")?.into_parts();
/// assert_eq!(resolver.resolve(&here).await?, Some(TenantKey::parse_name("7")?));
/// let (elsewhere, ()) = request("evil.example.com")?.into_parts();
/// assert!(resolver.resolve(&elsewhere).await.is_err());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SignedCookieResolver {
    name: Result<String, BuildError>,
    /// The first one signs, all of them verify.
    keys: Result<Vec<Hmac<Sha256>>, BuildError>,
}

impl SignedCookieResolver {
    /// Reads and issues the cookie `__Host-tenant`, signed with this secret of at least 32 bytes.
    #[must_use]
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self {
            name: Ok(format!("{PREFIX}tenant")),
            keys: key(secret.as_ref()).map(|key| vec![key]),
        }
    }

    /// Names the cookie `__Host-` and this.
    ///
    /// A name that no cookie can have makes
    /// [`TenancyBuilder::build`](crate::TenancyBuilder::build) fail.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        let name = name.strip_prefix(PREFIX).unwrap_or(name);
        self.name = cookie_name(name).map(|name| format!("{PREFIX}{name}"));
        self
    }

    /// Accepts cookies that were signed with an older secret too, while secrets are being
    /// exchanged.
    #[must_use]
    pub fn also_accept(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.keys = self.keys.and_then(|mut keys| {
            keys.push(key(secret.as_ref())?);
            Ok(keys)
        });
        self
    }

    /// The value of a `Set-Cookie` header for a client that asked this host and may enter this
    /// tenant.
    ///
    /// The host is what the client sees: that of the request, or the one that a trusted proxy
    /// reported. A port in it is left out. The cookie ends with the browser's session.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the host is none, or when the name or the secret cannot be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{TenantId, resolve::SignedCookieResolver};
    ///
    /// # let secret = [7; 32];
    /// let cookies = SignedCookieResolver::new(secret).named("org");
    /// let set_cookie = cookies.issue(&TenantId::integer(7)?, "app.example.com:8443")?;
    /// let text = set_cookie.to_str()?;
    /// assert!(text.starts_with("__Host-org=7."));
    /// assert!(text.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn issue(&self, tenant: &TenantId, host: &str) -> Result<HeaderValue, ResolveError> {
        let (name, keys) = self.settings()?;
        let key = keys.first().ok_or(Reason::InvalidSettings)?;
        let host = Authority::parse(host.as_bytes())
            .map_err(|flaw| ResolveError::malformed(format!("the host {flaw}")))?
            .host;
        let tenant = tenant.to_string();
        let tag = sign(key, name, &tenant, host).finalize().into_bytes();
        let tag = BASE64_URL_SAFE_NO_PAD.encode(tag);
        set_cookie(Cookie::new(name, format!("{tenant}.{tag}")))
    }

    /// The value of a `Set-Cookie` header that takes the cookie away: on leaving the tenant, and as
    /// a way out for a client with a cookie that is no longer accepted.
    ///
    /// # Errors
    ///
    /// [`ResolveError`] when the name or the secret cannot be used.
    ///
    /// # Examples
    ///
    /// ```
    /// # let secret = [7; 32];
    /// let set_cookie = tenancy_core::resolve::SignedCookieResolver::new(secret).remove()?;
    /// assert!(set_cookie.to_str()?.contains("Max-Age=0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self) -> Result<HeaderValue, ResolveError> {
        let (name, _) = self.settings()?;
        let mut cookie = Cookie::from(name);
        cookie.make_removal();
        set_cookie(cookie)
    }

    fn settings(&self) -> Result<(&str, &[Hmac<Sha256>]), Reason> {
        match (&self.name, &self.keys) {
            (Ok(name), Ok(keys)) => Ok((name, keys)),
            (Err(_), _) | (_, Err(_)) => Err(Reason::InvalidSettings),
        }
    }

    fn read(&self, request: &dyn RequestView) -> Result<Option<TenantKey>, ResolveError> {
        let (name, keys) = self.settings()?;
        let Some(value) = single_cookie(request, name)? else {
            return Ok(None);
        };
        let host = Authority::of(request)?.host;
        verify(keys, name, value, host).map(Some).ok_or_else(|| {
            ResolveError::malformed(format!("the `{name}` cookie was not issued for this host"))
        })
    }
}

fn key(secret: &[u8]) -> Result<Hmac<Sha256>, BuildError> {
    if secret.len() >= MIN_SECRET
        && let Ok(key) = Hmac::new_from_slice(secret)
    {
        return Ok(key);
    }
    Err(BuildError::new(
        "a secret for signed cookies has at least 32 bytes",
    ))
}

/// Each part comes after its length, so that no two sets of parts read the same.
fn sign(key: &Hmac<Sha256>, name: &str, tenant: &str, host: Host<'_>) -> Hmac<Sha256> {
    let mut mac = key.clone();
    let host = host.as_str().to_ascii_lowercase();
    for part in [PURPOSE, name.as_bytes(), tenant.as_bytes(), host.as_bytes()] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// The tenant in a cookie that one of the keys signed for this host.
fn verify(keys: &[Hmac<Sha256>], name: &str, value: &[u8], host: Host<'_>) -> Option<TenantKey> {
    let (tenant, tag) = str::from_utf8(value).ok()?.rsplit_once('.')?;
    let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
    let tenant_key = TenantKey::parse_name(tenant).ok()?;
    let signed = |key| sign(key, name, tenant, host).verify_slice(&tag).is_ok();
    keys.iter().any(signed).then_some(tenant_key)
}

fn set_cookie(mut cookie: Cookie<'_>) -> Result<HeaderValue, ResolveError> {
    cookie.set_path("/");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    let mut header =
        HeaderValue::try_from(cookie.to_string()).map_err(|_| Reason::InvalidSettings)?;
    header.set_sensitive(true);
    Ok(header)
}

impl TenantResolver for SignedCookieResolver {
    fn source(&self) -> Source {
        Source::SignedCookie
    }

    fn resolve<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<TenantKey>, ResolveError>> {
        Answer::Now(self.read(request))
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(header::COOKIE)
    }

    fn check(&self) -> Result<(), BuildError> {
        self.name.as_ref().map_err(BuildError::clone)?;
        self.keys.as_ref().map(drop).map_err(BuildError::clone)
    }
}

impl fmt::Debug for SignedCookieResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedCookieResolver")
            .field("name", &self.name)
            .field("keys", &"[redacted]")
            .finish_non_exhaustive()
    }
}
