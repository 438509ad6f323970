//! What is taken for a forwarded context, and what is not.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::{
    error::Reason,
    forward::{TYPE, claims::now},
};

fn claims() -> Value {
    let now = now().unwrap();
    json!({
        "iss": "gateway", "aud": "billing", "sub": "ann", "iat": now, "exp": now + 60,
        "tenant": 1, "roles": ["member"], "elevated": false,
    })
}

fn header() -> Header {
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some(TYPE.to_owned());
    header
}

fn sign(header: &Header, claims: &impl serde::Serialize) -> String {
    encode(header, claims, &EncodingKey::from_secret(&SECRET)).unwrap()
}

fn verdict(receiver: &ForwardedContext, token: &str) -> Result<(), Reason> {
    let request = request(&[("x-tenancy-context", token)]);
    match receiver.verify(&request) {
        Ok(forwarded) => {
            assert!(forwarded.is_some());
            Ok(())
        }
        Err(error) => Err(error.reason()),
    }
}

#[test]
fn t03_every_claim_is_required_and_has_its_type_and_its_place() {
    assert_eq!(verdict(&receiver(), &sign(&header(), &claims())), Ok(()));
    let now = now().unwrap();
    let invalid = [
        ("iss", json!("billing")),
        ("iss", json!(["gateway"])),
        ("aud", json!("stock")),
        ("aud", json!(["billing", "stock"])),
        ("aud", json!("")),
        ("sub", json!("")),
        ("sub", json!(7)),
        ("iat", json!(now + 3600)),
        ("iat", json!((now - 10).to_string())),
        ("iat", json!(now + 60)),
        ("exp", json!(now + 301)),
        ("exp", json!(u64::MAX)),
        ("exp", json!("soon")),
        ("exp", json!(null)),
        ("tenant", json!(0)),
        ("tenant", json!("")),
        ("tenant", json!("../etc")),
        ("tenant", json!(null)),
        ("roles", json!("member")),
        ("roles", json!([""])),
        ("roles", json!(["member", "platform_admin"])),
        ("roles", json!([7])),
        ("elevated", json!(true)),
        ("elevated", json!("false")),
        ("elevated", json!(null)),
        ("request_id", json!(7)),
        ("nbf", json!(now)),
        ("only_reads", json!(true)),
    ];
    for (name, value) in invalid {
        let mut claims = claims();
        claims[name] = value.clone();
        let outcome = verdict(&receiver(), &sign(&header(), &claims));
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{name}: {value}");
    }
    for name in claims().as_object().unwrap().keys() {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        let outcome = verdict(&receiver(), &sign(&header(), &claims));
        assert_eq!(outcome, Err(Reason::TokenInvalid), "without {name}");
    }
}

/// Serialises as the JSON text that it holds.
struct Raw(String);

impl serde::Serialize for Raw {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let claims: Value = serde_json::from_str(&self.0).unwrap();
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in claims.as_object().unwrap() {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("tenant", &2)?;
        map.end()
    }
}

#[test]
fn t03_a_claim_that_is_said_twice_is_refused() {
    let twice = sign(&header(), &Raw(claims().to_string()));
    assert_eq!(verdict(&receiver(), &twice), Err(Reason::TokenInvalid));
}

#[test]
fn t03_what_has_expired_is_refused_beyond_the_leeway() {
    let expired = |seconds: u64| {
        let mut claims = claims();
        claims["iat"] = json!(now().unwrap() - 60 - seconds);
        claims["exp"] = json!(now().unwrap() - seconds);
        sign(&header(), &claims)
    };
    let strict = receiver().leeway(Duration::ZERO);
    assert_eq!(verdict(&receiver(), &expired(3)), Ok(()));
    assert_eq!(verdict(&strict, &expired(3)), Err(Reason::TokenExpired));
    assert_eq!(
        verdict(&receiver(), &expired(30)),
        Err(Reason::TokenExpired)
    );
}

#[test]
fn t01_another_algorithm_or_none_is_refused() {
    let ed25519 = ForwardedContext::to("billing").trust_ed25519_pem("gateway", TEST_PUBLIC_KEY);
    let mut by_ed25519 = header();
    by_ed25519.alg = Algorithm::EdDSA;
    let private = EncodingKey::from_ed_pem(TEST_PRIVATE_KEY.as_bytes()).unwrap();
    let good = encode(&by_ed25519, &claims(), &private).unwrap();
    assert_eq!(verdict(&ed25519, &good), Ok(()));
    assert_eq!(verdict(&receiver(), &good), Err(Reason::TokenInvalid));

    // The public key, taken for a secret.
    let public = EncodingKey::from_secret(TEST_PUBLIC_KEY.as_bytes());
    let confused = encode(&header(), &claims(), &public).unwrap();
    assert_eq!(verdict(&ed25519, &confused), Err(Reason::TokenInvalid));

    let mut other_hash = header();
    other_hash.alg = Algorithm::HS512;
    let outcome = verdict(&receiver(), &sign(&other_hash, &claims()));
    assert_eq!(outcome, Err(Reason::TokenInvalid));

    let good = sign(&header(), &claims());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let payload = signed.split_once('.').unwrap().1;
    // {"typ":"tenancy-context+jwt","alg":"none"}
    let none = "eyJ0eXAiOiJ0ZW5hbmN5LWNvbnRleHQrand0IiwiYWxnIjoibm9uZSJ9";
    for token in [
        format!("{none}.{payload}."),
        format!("{signed}."),
        signed.to_owned(),
        format!("{good}.{good}"),
        format!("{good}="),
        String::new(),
        "x".repeat(9000),
    ] {
        assert_eq!(
            verdict(&receiver(), &token),
            Err(Reason::TokenInvalid),
            "{token}"
        );
    }
}

#[test]
fn t05_a_token_of_another_type_is_refused() {
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("tenancy-context")] {
        let mut other = header();
        other.typ = typ.map(str::to_owned);
        let outcome = verdict(&receiver(), &sign(&other, &claims()));
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{typ:?}");
    }
    let mut extended = header();
    extended.crit = Some(vec!["b64".to_owned()]);
    let outcome = verdict(&receiver(), &sign(&extended, &claims()));
    assert_eq!(outcome, Err(Reason::TokenInvalid));
}

#[tokio::test]
async fn t05_a_forwarded_context_is_no_access_token() {
    let jwt = crate::authenticate::jwt::Jwt::hs256(SECRET)
        .audience("billing")
        .issuer("gateway");
    let with = |typ: Option<&str>| {
        let mut header = header();
        header.typ = typ.map(str::to_owned);
        let token = format!("Bearer {}", sign(&header, &claims()));
        request(&[("authorization", token.as_str())])
    };
    assert!(jwt.authenticate(&with(Some("at+jwt"))).await.is_ok());
    assert!(jwt.authenticate(&with(Some(TYPE))).await.is_err());
}

#[tokio::test]
async fn t04_a_key_speaks_for_its_own_service_and_to_one_audience() {
    let sent = context("ann", "acme").await;
    let by = |issuer: &str, audience: &str, secret: [u8; 32]| {
        let signer = ContextSigner::hs256(secret, issuer, audience).unwrap();
        let headers = signer.headers(&sent).unwrap();
        headers["x-tenancy-context"].to_str().unwrap().to_owned()
    };
    let receiver = receiver()
        .trust_hs256("gateway", [8; 32])
        .trust_hs256("worker", [9; 32]);
    let cases = [
        ("gateway", "billing", SECRET, Ok(())),
        ("gateway", "billing", [8; 32], Ok(())),
        ("worker", "billing", [9; 32], Ok(())),
        ("gateway", "billing", [9; 32], Err(Reason::TokenInvalid)),
        ("worker", "billing", SECRET, Err(Reason::TokenInvalid)),
        ("gateway", "billing", [1; 32], Err(Reason::TokenInvalid)),
        ("gateway", "stock", SECRET, Err(Reason::TokenInvalid)),
    ];
    for (issuer, audience, secret, expected) in cases {
        let token = by(issuer, audience, secret);
        assert_eq!(
            verdict(&receiver, &token),
            expected,
            "{issuer} to {audience}"
        );
    }
}

#[tokio::test]
async fn e15_a_repeated_header_is_refused() {
    let headers = signer().headers(&context("ann", "acme").await).unwrap();
    let token = headers["x-tenancy-context"].to_str().unwrap();
    assert_eq!(verdict(&receiver(), token), Ok(()));
    let twice = request(&[("x-tenancy-context", token), ("x-tenancy-context", token)]);
    assert!(receiver().verify(&twice).is_err());
    assert_eq!(
        verdict(&receiver(), &format!("{token},{token}")),
        Err(Reason::TokenInvalid)
    );
}

#[tokio::test]
async fn t07_neither_keys_nor_tokens_are_shown() {
    let secret = *b"a-secret-that-nobody-is-to-see!!";
    let signer = ContextSigner::hs256(secret, "gateway", "billing").unwrap();
    let receiver = ForwardedContext::to("billing").trust_hs256("gateway", secret);
    let headers = signer.headers(&context("ann", "acme").await).unwrap();
    let token = headers["x-tenancy-context"].to_str().unwrap();
    let forwarded = receiver.verify(&arriving(&headers, &[])).unwrap();
    let broken = request(&[("x-tenancy-context", &format!("{token}x"))]);
    let error = receiver.verify(&broken).unwrap_err();
    let shown = format!("{signer:?}{receiver:?}{headers:?}{forwarded:?}{error:?}{error}");
    let secret = format!("{secret:?}");
    let leaks = ["a-secret", &secret[1..20], token, &token[..20]];
    for leak in leaks {
        assert!(!shown.contains(leak), "{shown}");
    }
}

#[test]
fn settings_that_are_not_safe_are_refused() {
    let hs256 = |secret: &[u8], issuer, audience| ContextSigner::hs256(secret, issuer, audience);
    assert!(hs256(&SECRET, "gateway", "billing").is_ok());
    assert!(hs256(&SECRET[1..], "gateway", "billing").is_err());
    assert!(hs256(&SECRET, "", "billing").is_err());
    assert!(hs256(&SECRET, "gateway", "").is_err());
    for pem in [TEST_PUBLIC_KEY, "", "-----BEGIN PRIVATE KEY-----"] {
        assert!(ContextSigner::ed25519_pem(pem, "gateway", "billing").is_err());
    }
    for (seconds, is_fine) in [(0, false), (1, true), (300, true), (301, false)] {
        let outcome = signer().lifetime(Duration::from_secs(seconds));
        assert_eq!(outcome.is_ok(), is_fine, "{seconds}");
    }
    let to = ForwardedContext::to;
    for (is_fine, receiver) in [
        (true, receiver()),
        (
            true,
            to("billing").trust_ed25519_pem("gateway", TEST_PUBLIC_KEY),
        ),
        (false, to("billing")),
        (false, to("").trust_hs256("gateway", SECRET)),
        (false, to("billing").trust_hs256("", SECRET)),
        (false, receiver().trust_hs256("gateway", [7; 31])),
        (
            false,
            receiver().trust_ed25519_pem("gateway", TEST_PRIVATE_KEY),
        ),
        (false, receiver().trust_ed25519_pem("gateway", "")),
        (false, receiver().leeway(Duration::from_secs(61))),
        (
            false,
            (0..17).fold(to("billing"), |all, _| all.trust_hs256("gateway", SECRET)),
        ),
    ] {
        assert_eq!(receiver.check().is_ok(), is_fine, "{receiver:?}");
    }
}
