use std::{
    error::Error,
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use serde_json::json;
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::{ED25519, bearer, claims, configured, hs256, jwt, verify};
use crate::{
    authenticate::{
        Authenticator,
        jwt::{Jwt, JwtAlgorithm, JwtIssuers, KeySet, VerifyingKey},
    },
    error::Reason,
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenancy::Tenancy,
};

const SECRET: &str = "do-not-show-this-secret-to-anybody";

/// Everything that is logged, fields included.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl<S: tracing::Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Fields<'a>(&'a mut String);
        impl tracing::field::Visit for Fields<'_> {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                write!(self.0, "{field}={value:?} ").unwrap();
            }
        }
        event.record(&mut Fields(&mut self.0.lock().unwrap()));
    }
}

#[test]
fn t07_debug_output_has_no_secret() {
    let key = VerifyingKey::secret(JwtAlgorithm::Hs256, SECRET)
        .unwrap()
        .with_id("1");
    let set = KeySet::of([key.clone()]).unwrap();
    let bytes = format!("{:?}", SECRET.as_bytes());
    let bytes = bytes.trim_matches(['[', ']']);
    for text in [
        format!("{key:?}"),
        format!("{set:#?}"),
        format!("{:?}", Jwt::hs256(SECRET)),
        format!("{:?}", Jwt::hs256("short-secret-but-secret")),
        format!("{:#?}", Jwt::key(key)),
        format!("{:?}", Jwt::keys(set)),
        format!("{:?}", JwtIssuers::new([Jwt::hs256(SECRET)])),
    ] {
        assert!(!text.contains("secret-"), "{text}");
        assert!(!text.contains(bytes), "{text}");
    }
}

#[test]
fn t07_errors_and_logs_have_no_token() {
    let log = Log::default();
    let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(log.clone()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(jwt())
        .store(InMemoryTenantStore::new())
        .build()
        .unwrap();
    let marker = "Zm9yYmlkZGVu";
    for payload in [
        claims(&json!({"sub": marker})),
        claims(&json!({"sub": marker, "exp": 0})),
        claims(&json!({"tenant_id": format!("{marker} {marker}")})),
        claims(&json!({"roles": [marker, 1]})),
        format!("{{\"{marker}\""),
    ] {
        let token = hs256(&payload);
        for token in [
            token.clone(),
            token.replace('.', "!"),
            format!("{token}{marker}"),
        ] {
            let request = bearer(&token);
            let error = runtime
                .block_on(tenancy.resolve(&request, tenancy.mode()))
                .unwrap_err();
            let mut text = format!("{error} {error:?} {:?}", error.problem());
            let mut source = error.source();
            while let Some(inner) = source {
                write!(text, "{inner} {inner:?}").unwrap();
                source = inner.source();
            }
            let signature = token.rsplit('.').next().unwrap();
            for secret in [marker, &token, signature] {
                assert!(!text.contains(secret), "{text}");
                assert!(!log.0.lock().unwrap().contains(secret), "the log");
            }
        }
    }
    drop(guard);
}

#[test]
fn t07_errors_about_keys_have_no_key() {
    let private = VerifyingKey::pem(JwtAlgorithm::EdDsa, ED25519.0).unwrap_err();
    let second_line = ED25519.0.lines().nth(1).unwrap();
    assert!(!format!("{private} {private:?}").contains(second_line));
    let short = Jwt::hs256("short-secret").check().unwrap_err();
    assert!(!format!("{short} {short:?}").contains("short-secret"));
}

#[tokio::test]
async fn s11_nothing_is_read_from_a_token_that_is_not_verified() {
    let token = hs256(&claims(&json!({})));
    let authenticated = verify(&jwt(), &token).await.unwrap();
    assert_eq!(authenticated.principal().subject(), "ann");
    let other = configured(Jwt::hs256([9; 32]));
    assert_eq!(
        verify(&other, &token).await.unwrap_err(),
        Reason::TokenInvalid
    );
    // An expired token that is forged is forged first of all.
    let expired = hs256(&claims(&json!({"exp": 0})));
    assert_eq!(
        verify(&jwt(), &expired).await.unwrap_err(),
        Reason::TokenExpired
    );
    assert_eq!(
        verify(&other, &expired).await.unwrap_err(),
        Reason::TokenInvalid
    );
}

#[tokio::test]
async fn s11_every_changed_character_breaks_the_token() {
    let token = hs256(&claims(&json!({})));
    assert!(verify(&jwt(), &token).await.is_ok());
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(verify(&jwt(), &changed).await.is_err(), "at {at}");
    }
    for changed in [
        format!("{token}="),
        format!("{token}."),
        format!(".{token}"),
        token.replace('.', ".."),
        token[..token.len() - 1].to_owned(),
        "..".to_owned(),
        ".".repeat(8000),
        "A".repeat(8193),
    ] {
        assert!(verify(&jwt(), &changed).await.is_err(), "{changed}");
    }
}

proptest! {
    #[test]
    fn s11_no_bytes_are_a_token(header in prop::collection::vec(0x20u8..0x7f, 0..200)) {
        let value = [&b"Bearer "[..], &header].concat();
        let mut request = bearer("x");
        request.headers.insert("authorization", http::HeaderValue::from_bytes(&value).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(jwt().authenticate(&request).into_future());
        prop_assert!(found.is_err());
    }
}
