use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{EncodingKey, Header};
use serde::{Deserialize, Serialize};
use tenancy_core::{authenticate::jwt::Jwt, tenant::TenantKey};
use uuid::Uuid;

use crate::error::{AppError, text};

const ISSUER: &str = "quickstart";
const AUDIENCE: &str = "quickstart";
/// Seconds.
const LIFETIME: u64 = 8 * 60 * 60;
/// RFC 7518 section 3.2: no shorter than the hash. Bytes.
const SHORTEST_KEY: usize = 32;

/// The secret that signs and verifies tokens (HS256).
#[derive(Clone)]
pub struct SigningKey(Arc<[u8]>);

/// The key is too short.
#[derive(Debug, thiserror::Error)]
#[error("a signing key has at least {SHORTEST_KEY} bytes")]
pub struct InvalidKey;

impl SigningKey {
    /// The key that a text holds.
    ///
    /// # Errors
    ///
    /// When it has fewer than 32 bytes.
    pub fn new(key: &str) -> Result<Self, InvalidKey> {
        if key.len() < SHORTEST_KEY {
            return Err(InvalidKey);
        }
        Ok(Self(key.as_bytes().into()))
    }

    /// A new key: 366 bits from the operating system.
    #[must_use]
    pub fn random() -> Self {
        let parts: [[u8; 16]; 3] = std::array::from_fn(|_| Uuid::new_v4().into_bytes());
        Self(parts.concat().into())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// What the service believes: tokens that this key signed for this audience.
pub(crate) fn tokens(key: &SigningKey) -> Jwt {
    Jwt::hs256(&key.0).issuer(ISSUER).audience(AUDIENCE)
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `user`, `tenant` and `role`"
)]
pub(crate) struct TokenRequest {
    user: String,
    tenant: String,
    role: RequestedRole,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum RequestedRole {
    Member,
    TenantAdmin,
    PlatformAdmin,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'static str,
    aud: &'static str,
    sub: &'a str,
    tenant_id: &'a str,
    roles: [RequestedRole; 1],
    iat: u64,
    exp: u64,
}

#[derive(Serialize)]
pub(crate) struct Issued {
    token: String,
}

/// Signs whatever is asked for, a tenant that does not exist included: it stands in for the
/// identity provider that a real service has, and exists in development only.
pub(crate) fn issue(key: &SigningKey, request: &TokenRequest) -> Result<Issued, AppError> {
    let TokenRequest { user, tenant, role } = request;
    text("user", user, 1..=64)?;
    TenantKey::parse_name(tenant)
        .map_err(|error| AppError::invalid("tenant", &error.to_string()))?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(AppError::internal)?
        .as_secs();
    let claims = Claims {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: user,
        tenant_id: tenant,
        roles: [*role],
        iat: now,
        exp: now + LIFETIME,
    };
    let token = jsonwebtoken::encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(&key.0),
    )
    .map_err(AppError::internal)?;
    Ok(Issued { token })
}
