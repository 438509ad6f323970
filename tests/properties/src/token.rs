//! `Authorization` headers, and tokens of any content under a right signature.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde::Deserialize;
use serde_json::Value;
use tenancy_core::{
    authenticate::{Authenticated, Authenticator, jwt::Jwt},
    resolve::ResolveErrorKind,
};

use crate::request::{Request, now};

const SECRET: [u8; 32] = [7; 32];

fn authenticated(header: &[u8]) -> Result<Option<Authenticated>, ()> {
    let jwt = Jwt::hs256(SECRET).audience("api").issuer("id");
    let headers = [("authorization", header)];
    let request = Request::with(&headers);
    now(async { jwt.authenticate(&request).await }).map_err(|error| {
        assert_eq!(error.kind(), ResolveErrorKind::Unauthenticated);
        let shown = format!("{error} {error:?}");
        assert!(shown.len() < 200 && !shown.contains("eyJ"), "{shown}");
    })
}

fn signed(header: &[u8], payload: &[u8]) -> String {
    let message = [header, payload].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    let message = message.join(".");
    let key = EncodingKey::from_secret(&SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
    format!("Bearer {message}.{}", signature.expect("a signature"))
}

#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
    crit: Option<Value>,
}

/// The claims that mean something; what is in others does not matter.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: Value,
    iss: String,
    aud: Value,
    tenant_id: Option<Value>,
}

/// Takes what stands before the first NUL for a header, and the rest for claims.
pub fn check(bytes: &[u8]) {
    // Nobody can sign by chance.
    assert_eq!(authenticated(bytes), Err(()));
    assert_eq!(authenticated(&[b"Bearer ", bytes].concat()), Err(()));

    let payload = bytes.splitn(2, |byte| *byte == 0).nth(1);
    let (header, payload) = match payload {
        Some(payload) => (&bytes[..bytes.len() - payload.len() - 1], payload),
        None => (br#"{"alg":"HS256"}"#.as_slice(), bytes),
    };
    let token = signed(header, payload);
    let Ok(found) = authenticated(token.as_bytes()) else {
        return;
    };
    let found = found.expect("a principal");
    let header: TokenHeader = serde_json::from_slice(header).expect("a header in JSON");
    assert_eq!(header.alg, "HS256");
    assert!(header.crit.is_none());
    let claims: Claims = serde_json::from_slice(payload).expect("claims in JSON");
    assert_eq!(claims.sub, found.principal().subject());
    assert!(!claims.sub.is_empty() && claims.exp.is_number());
    assert_eq!(claims.iss, "id");
    let mut audiences = claims.aud.as_array().into_iter().flatten();
    assert!(claims.aud == "api" || audiences.any(|audience| audience == "api"));
    assert_eq!(found.tenant().is_some(), claims.tenant_id.is_some());
    // Another signature, or none, is not as good.
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    for forged in [
        format!("{message}."),
        message.to_owned(),
        format!("{message}.A{signature}"),
    ] {
        assert_eq!(authenticated(forged.as_bytes()), Err(()));
    }
}
