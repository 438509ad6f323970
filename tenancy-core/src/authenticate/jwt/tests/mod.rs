//! Tokens are put together by hand here, so that every byte of them can be wrong.

mod algorithms;
mod claims;
mod issuers;
mod key_sets;
mod place;
mod secrets;
mod types;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::request::Parts;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{Jwt, JwtAlgorithm, VerifyingKey};
use crate::{
    authenticate::{Authenticated, Authenticator},
    error::{Reason, ResolveError},
};

const ISSUER: &str = "https://id.example.com";
const SECRET: [u8; 64] = [7; 64];

/// The private and the public half of a key.
type Halves = (&'static str, &'static str);

macro_rules! test_key {
    ($name:literal) => {
        (
            include_str!(concat!("keys/", $name, ".private.pem")),
            include_str!(concat!("keys/", $name, ".public.pem")),
        )
    };
}
const RSA: Halves = test_key!("rsa");
const P256: Halves = test_key!("p256");
const P384: Halves = test_key!("p384");
const ED25519: Halves = test_key!("ed25519");
const OTHER_ED25519: Halves = test_key!("ed25519-other");

/// Every algorithm, with the halves of its test key. Secrets have none.
const ALGORITHMS: [(JwtAlgorithm, Algorithm, Option<Halves>); 12] = [
    (JwtAlgorithm::Hs256, Algorithm::HS256, None),
    (JwtAlgorithm::Hs384, Algorithm::HS384, None),
    (JwtAlgorithm::Hs512, Algorithm::HS512, None),
    (JwtAlgorithm::Rs256, Algorithm::RS256, Some(RSA)),
    (JwtAlgorithm::Rs384, Algorithm::RS384, Some(RSA)),
    (JwtAlgorithm::Rs512, Algorithm::RS512, Some(RSA)),
    (JwtAlgorithm::Ps256, Algorithm::PS256, Some(RSA)),
    (JwtAlgorithm::Ps384, Algorithm::PS384, Some(RSA)),
    (JwtAlgorithm::Ps512, Algorithm::PS512, Some(RSA)),
    (JwtAlgorithm::Es256, Algorithm::ES256, Some(P256)),
    (JwtAlgorithm::Es384, Algorithm::ES384, Some(P384)),
    (JwtAlgorithm::EdDsa, Algorithm::EdDSA, Some(ED25519)),
];

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// The claims of a good token, with members exchanged, added, or (by `null`) taken out.
fn claims(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "sub": "ann", "aud": "api", "exp": now() + 600, "tenant_id": "acme", "roles": ["member"],
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| *value != Value::Null);
    claims.to_string()
}

/// The claims of a good token, with this text put in before the others.
fn claims_with(text: &str) -> String {
    claims(&json!({})).replacen('{', &format!("{{{text},"), 1)
}

fn unsigned(header: &Value, payload: &str) -> String {
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    format!("{header}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload))
}

fn sign(message: &str, algorithm: Algorithm, key: &EncodingKey) -> String {
    // With two backends compiled in, `jsonwebtoken` has to be told which one signs.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token signed with the test secret.
fn hs256_with(header: &Value, payload: &str) -> String {
    let key = EncodingKey::from_secret(&SECRET);
    sign(&unsigned(header, payload), Algorithm::HS256, &key)
}

fn hs256(payload: &str) -> String {
    hs256_with(&json!({"alg": "HS256"}), payload)
}

/// A token signed with the test key of an algorithm.
fn signed(algorithm: Algorithm, private: Option<&str>, header: &Value, payload: &str) -> String {
    let key = match private.map(str::as_bytes) {
        None => EncodingKey::from_secret(&SECRET),
        Some(pem) if algorithm == Algorithm::EdDSA => EncodingKey::from_ed_pem(pem).unwrap(),
        Some(pem) if matches!(algorithm, Algorithm::ES256 | Algorithm::ES384) => {
            EncodingKey::from_ec_pem(pem).unwrap()
        }
        Some(pem) => EncodingKey::from_rsa_pem(pem).unwrap(),
    };
    sign(&unsigned(header, payload), algorithm, &key)
}

fn verifying(algorithm: JwtAlgorithm, public: Option<&str>) -> VerifyingKey {
    match public {
        None => VerifyingKey::secret(algorithm, SECRET).unwrap(),
        Some(pem) => VerifyingKey::pem(algorithm, pem).unwrap(),
    }
}

fn configured(jwt: Jwt) -> Jwt {
    let jwt = jwt.audience("api").issuer(ISSUER);
    jwt.check().unwrap();
    jwt
}

fn jwt() -> Jwt {
    configured(Jwt::hs256(SECRET))
}

fn request(headers: &[(&str, &str)]) -> Parts {
    let request = headers
        .iter()
        .fold(http::Request::get("/"), |request, (name, value)| {
            request.header(*name, *value)
        });
    request.body(()).unwrap().into_parts().0
}

fn bearer(token: &str) -> Parts {
    request(&[("authorization", &format!("Bearer {token}"))])
}

fn reason(error: &ResolveError) -> Reason {
    error.reason()
}

/// What comes of a bearer token.
async fn verify(authenticator: &impl Authenticator, token: &str) -> Result<Authenticated, Reason> {
    let request = bearer(token);
    match authenticator.authenticate(&request).await {
        Ok(Some(authenticated)) => Ok(authenticated),
        Ok(None) => panic!("the token was not looked at"),
        Err(error) => Err(reason(&error)),
    }
}
