//! Tokens that `/dev/token` would not sign.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The key of the services under test, so that tests can sign what `/dev/token` would not.
pub(crate) const KEY: &str = "a signing key of the tests, long enough";

pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The claims of a token for alice of acme that the service accepts.
pub(crate) fn claims() -> Value {
    json!({
        "iss": "quickstart",
        "aud": "quickstart",
        "sub": "alice",
        "tenant_id": "acme",
        "roles": ["member"],
        "exp": now() + 600,
    })
}

pub(crate) fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[name] = value.into();
    claims
}

pub(crate) fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

pub(crate) fn sign(claims: &Value) -> String {
    sign_with(Algorithm::HS256, KEY, claims)
}

pub(crate) fn sign_with(algorithm: Algorithm, key: &str, claims: &Value) -> String {
    // With two crypto backends compiled in, as in a build of all features, one has to be chosen
    // before the first token is made.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let key = EncodingKey::from_secret(key.as_bytes());
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
}
