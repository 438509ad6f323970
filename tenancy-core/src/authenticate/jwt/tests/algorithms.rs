use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::json;

use super::{
    ALGORITHMS, ED25519, P256, P384, RSA, SECRET, claims, configured, hs256_with, jwt, sign,
    signed, unsigned, verify, verifying,
};
use crate::{
    authenticate::jwt::{Jwt, JwtAlgorithm, VerifyingKey},
    error::Reason,
};

#[tokio::test]
async fn t01_a_key_verifies_its_own_algorithm_and_no_other() {
    let payload = claims(&json!({}));
    let tokens = ALGORITHMS.map(|(ours, theirs, keys)| {
        let header = json!({"alg": ours.as_str()});
        (
            ours,
            signed(theirs, keys.map(|(private, _)| private), &header, &payload),
        )
    });
    for (algorithm, _, keys) in ALGORITHMS {
        let key = verifying(algorithm, keys.map(|(_, public)| public));
        let jwt = configured(Jwt::key(key));
        for (of_token, token) in &tokens {
            let outcome = verify(&jwt, token).await.map(drop);
            let expected = if *of_token == algorithm {
                Ok(())
            } else {
                Err(Reason::TokenInvalid)
            };
            assert_eq!(outcome, expected, "{of_token} with a key for {algorithm}");
        }
    }
}

#[tokio::test]
async fn t01_a_signature_is_not_believed_under_another_name() {
    let payload = claims(&json!({}));
    for (ours, theirs, keys) in ALGORITHMS {
        let key = verifying(ours, keys.map(|(_, public)| public));
        let jwt = configured(Jwt::key(key));
        for (name, _, _) in ALGORITHMS.iter().filter(|(other, ..)| *other != ours) {
            // A signature by the right key, and a header that names another algorithm.
            let header = json!({"alg": name.as_str()});
            let token = signed(theirs, keys.map(|(private, _)| private), &header, &payload);
            let outcome = verify(&jwt, &token).await.map(drop);
            assert_eq!(outcome, Err(Reason::TokenInvalid), "{ours} called {name}");
        }
    }
}

#[tokio::test]
async fn t01_no_algorithm_is_no_signature() {
    let payload = claims(&json!({}));
    assert!(
        verify(&jwt(), &hs256_with(&json!({"alg": "HS256"}), &payload))
            .await
            .is_ok()
    );
    for alg in ["none", "None", "NONE", "nOnE", "", "HS256 ", "hs256", "HS1"] {
        let message = unsigned(&json!({"alg": alg}), &payload);
        let signature = hs256_with(&json!({"alg": alg}), &payload);
        for token in [message.clone(), format!("{message}."), signature] {
            let outcome = verify(&jwt(), &token).await.map(drop);
            assert_eq!(outcome, Err(Reason::TokenInvalid), "{alg}: {token}");
        }
    }
    for header in [
        json!({}),
        json!({"alg": null}),
        json!({"alg": ["HS256"]}),
        json!([]),
        json!(1),
    ] {
        let outcome = verify(&jwt(), &hs256_with(&header, &payload))
            .await
            .map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{header}");
    }
}

#[tokio::test]
async fn t01_a_public_key_is_no_secret() {
    // The classic: HMAC over the text of the public key, which any client has.
    for (algorithm, public) in [
        (JwtAlgorithm::Rs256, RSA.1),
        (JwtAlgorithm::Es256, P256.1),
        (JwtAlgorithm::EdDsa, ED25519.1),
    ] {
        let jwt = configured(Jwt::key(verifying(algorithm, Some(public))));
        let key = EncodingKey::from_secret(public.as_bytes());
        for alg in ["HS256", algorithm.as_str()] {
            let message = unsigned(&json!({"alg": alg}), &claims(&json!({})));
            let outcome = verify(&jwt, &sign(&message, Algorithm::HS256, &key))
                .await
                .map(drop);
            assert_eq!(outcome, Err(Reason::TokenInvalid), "{algorithm} as {alg}");
        }
    }
}

#[test]
fn t01_keys_that_do_not_fit_their_algorithm_are_refused() {
    use JwtAlgorithm::{EdDsa, Es256, Es384, Hs256, Hs384, Hs512, Rs256};

    let short_rsa = include_str!("keys/rsa-1024.public.pem");
    let ed25519_of = |bytes: usize| {
        let x = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, vec![9; bytes]);
        json!({"kty": "OKP", "crv": "Ed25519", "x": x}).to_string()
    };
    let of = VerifyingKey::pem;
    for (name, key) in [
        ("RSA", of(Rs256, RSA.1)),
        ("P-256", of(Es256, P256.1)),
        ("P-384", of(Es384, P384.1)),
        ("Ed25519", of(EdDsa, ED25519.1)),
        ("32 bytes", VerifyingKey::secret(Hs256, [1; 32])),
    ] {
        assert!(key.is_ok(), "{name}");
    }
    for (name, key) in [
        ("short RSA", of(Rs256, short_rsa)),
        ("P-256 for ES384", of(Es384, P256.1)),
        ("P-384 for ES256", of(Es256, P384.1)),
        ("RSA for ES256", of(Es256, RSA.1)),
        ("P-256 for RS256", of(Rs256, P256.1)),
        ("P-256 for EdDSA", of(EdDsa, P256.1)),
        ("PEM for HS256", of(Hs256, RSA.1)),
        ("private RSA", of(Rs256, RSA.0)),
        ("private P-256", of(Es256, P256.0)),
        ("private Ed25519", of(EdDsa, ED25519.0)),
        ("no PEM", of(Rs256, "")),
        ("31 bytes", VerifyingKey::secret(Hs256, [1; 31])),
        ("47 bytes", VerifyingKey::secret(Hs384, [1; 47])),
        ("63 bytes", VerifyingKey::secret(Hs512, [1; 63])),
        ("secret for RS256", VerifyingKey::secret(Rs256, SECRET)),
        ("31 bytes Ed25519", VerifyingKey::jwk(ed25519_of(31))),
        ("0 bytes Ed25519", VerifyingKey::jwk(ed25519_of(0))),
        ("33 bytes Ed25519", VerifyingKey::jwk(ed25519_of(33))),
        (
            "oct",
            VerifyingKey::jwk(r#"{"kty":"oct","alg":"HS256","k":"AAAA"}"#),
        ),
        ("RSA with e = 1", VerifyingKey::jwk(rsa_jwk("AQ"))),
        ("RSA with even e", VerifyingKey::jwk(rsa_jwk("Ag"))),
    ] {
        assert!(key.is_err(), "{name}");
    }
    assert!(VerifyingKey::jwk(rsa_jwk("AQAB")).is_ok());
}

fn rsa_jwk(exponent: &str) -> String {
    let modulus = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, [0x81; 256]);
    json!({"kty": "RSA", "n": modulus, "e": exponent}).to_string()
}
