use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time};

use super::{
    ED25519, OTHER_ED25519, P256, RSA, bearer, claims, configured, hs256_with, signed, verify,
};
use crate::{
    answer::Answer,
    authenticate::{
        Authenticator,
        jwt::{Jwt, JwtAlgorithm, KeySet, KeySetLoader, VerifyingKey},
    },
    error::{Reason, StoreError},
};

/// A public key as a JWK, with further members.
fn jwk(pem: &str, members: &Value) -> Value {
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let pem = pem.as_bytes();
    let key = [
        DecodingKey::from_rsa_pem,
        DecodingKey::from_ec_pem,
        DecodingKey::from_ed_pem,
    ]
    .into_iter()
    .find_map(|read| read(pem).ok())
    .unwrap();
    let mut jwk = serde_json::to_value(Jwk::from_decoding_key(&key, None).unwrap()).unwrap();
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn document(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}

fn ed25519(private: &str, header: Value) -> String {
    let mut header = header;
    header["alg"] = json!("EdDSA");
    signed(
        Algorithm::EdDSA,
        Some(private),
        &header,
        &claims(&json!({})),
    )
}

/// Tokens by the first and the second key.
fn old() -> String {
    ed25519(ED25519.0, json!({"kid": "old"}))
}

fn new() -> String {
    ed25519(OTHER_ED25519.0, json!({"kid": "new"}))
}

fn old_key() -> Value {
    jwk(ED25519.1, &json!({"kid": "old"}))
}

fn new_key() -> Value {
    jwk(OTHER_ED25519.1, &json!({"kid": "new"}))
}

async fn outcome(keys: &KeySet, token: &str) -> Result<(), Reason> {
    verify(&configured(Jwt::keys(keys.clone())), token)
        .await
        .map(drop)
}

const INVALID: Result<(), Reason> = Err(Reason::TokenInvalid);

#[tokio::test]
async fn t02_the_key_id_selects_a_key_and_nothing_else() {
    let keys = KeySet::parse(document(&[
        old_key(),
        new_key(),
        jwk(RSA.1, &json!({"kid": "rsa"})),
        jwk(P256.1, &json!({"kid": "../p256"})),
    ]))
    .unwrap();
    let payload = claims(&json!({}));
    let token = |algorithm, private, header| signed(algorithm, Some(private), &header, &payload);
    for (name, token, expected) in [
        ("old", old(), Ok(())),
        ("new", new(), Ok(())),
        (
            "RSA",
            token(
                Algorithm::RS256,
                RSA.0,
                json!({"alg": "RS256", "kid": "rsa"}),
            ),
            Ok(()),
        ),
        (
            "odd id",
            token(
                Algorithm::ES256,
                P256.0,
                json!({"alg": "ES256", "kid": "../p256"}),
            ),
            Ok(()),
        ),
        (
            "RSA has one algorithm",
            token(
                Algorithm::PS256,
                RSA.0,
                json!({"alg": "PS256", "kid": "rsa"}),
            ),
            INVALID,
        ),
        (
            "the right key by another name",
            signed(
                Algorithm::EdDSA,
                Some(ED25519.0),
                &json!({"alg": "ES256", "kid": "old"}),
                &payload,
            ),
            INVALID,
        ),
        (
            "another's id",
            ed25519(ED25519.0, json!({"kid": "new"})),
            INVALID,
        ),
        (
            "another kind's id",
            ed25519(ED25519.0, json!({"kid": "rsa"})),
            INVALID,
        ),
        (
            "unknown id",
            ed25519(ED25519.0, json!({"kid": "OLD"})),
            INVALID,
        ),
        (
            "no id among several",
            ed25519(ED25519.0, json!({})),
            INVALID,
        ),
        ("no text", ed25519(ED25519.0, json!({"kid": 1})), INVALID),
        ("null", ed25519(ED25519.0, json!({"kid": null})), INVALID),
        (
            "path",
            ed25519(ED25519.0, json!({"kid": "../../dev/null"})),
            INVALID,
        ),
    ] {
        assert_eq!(outcome(&keys, &token).await, expected, "{name}");
    }
}

#[tokio::test]
async fn t02_keys_and_addresses_in_the_token_are_ignored() {
    let keys = KeySet::parse(document(&[old_key(), new_key()])).unwrap();
    let forged = jwk(OTHER_ED25519.1, &json!({"kid": "old"}));
    for extra in [
        json!({"jwk": forged}),
        json!({"jku": "https://evil.example/keys"}),
        json!({"x5u": "https://evil.example/chain"}),
        json!({"x5c": ["AAAA"], "x5t": "AAAA"}),
        json!({"jwk": "nonsense", "x5c": 1}),
    ] {
        let mut header = extra.clone();
        header["kid"] = json!("old");
        // The right key with the same header is the positive control.
        assert_eq!(
            outcome(&keys, &ed25519(ED25519.0, header.clone())).await,
            Ok(()),
            "{extra}"
        );
        assert_eq!(
            outcome(&keys, &ed25519(OTHER_ED25519.0, header)).await,
            INVALID,
            "{extra}"
        );
    }
}

#[tokio::test]
async fn t02_a_single_key_needs_no_id() {
    for (own, named, expected) in [
        (None, None, Ok(())),
        (None, Some("x"), Ok(())),
        (Some("old"), None, Ok(())),
        (Some("old"), Some("old"), Ok(())),
        (Some("old"), Some("x"), INVALID),
    ] {
        let mut key = VerifyingKey::pem(JwtAlgorithm::EdDsa, ED25519.1).unwrap();
        if let Some(own) = own {
            key = key.with_id(own);
        }
        let header = named.map_or(json!({}), |named| json!({"kid": named}));
        let token = ed25519(ED25519.0, header);
        let alone = verify(&configured(Jwt::key(key.clone())), &token)
            .await
            .map(drop);
        assert_eq!(alone, expected, "{own:?} {named:?}");
        // A set goes by ids: a token that names one needs a key with it.
        let expected = if own.is_none() && named.is_some() {
            INVALID
        } else {
            expected
        };
        assert_eq!(
            outcome(&KeySet::of([key]).unwrap(), &token).await,
            expected,
            "{own:?} {named:?}"
        );
    }
}

#[test]
fn t02_sets_that_are_ambiguous_or_empty_are_refused() {
    let secret = json!({"kty": "oct", "kid": "s", "alg": "HS256", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"});
    let encryption = jwk(RSA.1, &json!({"kid": "e", "use": "enc"}));
    let signs = jwk(RSA.1, &json!({"kid": "e", "key_ops": ["sign"]}));
    let unknown = json!({"kty": "AKP", "kid": "q", "pub": "AAAA"});
    let p521 = json!({"kty": "EC", "crv": "P-521", "kid": "p", "x": "AAAA", "y": "AAAA"});
    let rsa_oaep = jwk(RSA.1, &json!({"kid": "e", "alg": "RSA-OAEP"}));
    for odd in [&secret, &encryption, &signs, &unknown, &p521, &rsa_oaep] {
        assert!(
            KeySet::parse(document(std::slice::from_ref(odd))).is_err(),
            "{odd}"
        );
        assert!(
            KeySet::parse(document(&[odd.clone(), old_key()])).is_ok(),
            "{odd}"
        );
    }
    for (name, document, is_good) in [
        ("two ids", document(&[old_key(), new_key()]), true),
        (
            "one id for two algorithms",
            document(&[old_key(), jwk(RSA.1, &json!({"kid": "old"}))]),
            true,
        ),
        (
            "one id twice",
            document(&[old_key(), jwk(OTHER_ED25519.1, &json!({"kid": "old"}))]),
            false,
        ),
        (
            "no id twice",
            document(&[jwk(ED25519.1, &json!({})), jwk(OTHER_ED25519.1, &json!({}))]),
            false,
        ),
        ("no keys", document(&[]), false),
        ("no set", old_key().to_string(), false),
        ("no JSON", "<html>".to_owned(), false),
        ("too many", document(&vec![unknown.clone(); 129]), false),
        (
            "too long",
            format!("{}{}", document(&[old_key()]), " ".repeat(1 << 20)),
            false,
        ),
    ] {
        assert_eq!(KeySet::parse(document).is_ok(), is_good, "{name}");
    }
}

#[tokio::test]
async fn t02_a_secret_in_a_set_signs_nothing() {
    let secret = json!({"kty": "oct", "kid": "s", "alg": "HS256", "k": base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, super::SECRET)});
    let keys = KeySet::parse(document(&[secret, old_key()])).unwrap();
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    let token = hs256_with(&json!({"alg": "HS256", "kid": "s"}), &claims(&json!({})));
    assert_eq!(outcome(&keys, &token).await, INVALID);
}

#[tokio::test]
async fn t02_keys_are_exchanged_while_the_service_runs() {
    let keys = KeySet::parse(document(&[old_key()])).unwrap();
    let jwt = configured(Jwt::keys(keys.clone()));
    assert!(verify(&jwt, &old()).await.is_ok());
    assert!(verify(&jwt, &new()).await.is_err());
    keys.replace(document(&[new_key()])).unwrap();
    assert!(verify(&jwt, &old()).await.is_err());
    assert!(verify(&jwt, &new()).await.is_ok());
    assert!(keys.replace(document(&[])).is_err());
    assert!(verify(&jwt, &new()).await.is_ok(), "the old keys stay");
}

/// A source that counts its loads, and waits or fails when it is told to.
#[derive(Clone)]
struct Published {
    document: Arc<Mutex<Option<String>>>,
    loads: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Published {
    fn new(keys: &[Value]) -> Self {
        let published = Self {
            document: Arc::default(),
            loads: Arc::default(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        published.say(Some(document(keys)));
        published
    }

    fn say(&self, document: Option<String>) {
        *self.document.lock().unwrap() = document;
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    fn keys(&self) -> KeySet {
        KeySet::from_loader(self.clone())
    }
}

impl KeySetLoader for Published {
    fn load(&self) -> Answer<'_, Result<String, StoreError>> {
        Answer::later(async {
            self.loads.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            let document = self.document.lock().unwrap().clone();
            document.ok_or_else(|| StoreError::new("connection refused"))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn t02_a_new_key_is_loaded_when_a_token_names_it() {
    let source = Published::new(&[old_key()]);
    let keys = source.keys();
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    assert_eq!(source.loads(), 1);
    source.say(Some(document(&[old_key(), new_key()])));
    time::advance(Duration::from_secs(31)).await;
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    assert_eq!(source.loads(), 1, "nothing new was named");
    assert_eq!(outcome(&keys, &new()).await, Ok(()));
    assert_eq!(source.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn t02_made_up_key_ids_drive_no_requests() {
    let source = Published::new(&[old_key()]);
    let keys = source.keys();
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    for number in 0..100 {
        let token = ed25519(ED25519.0, json!({"kid": format!("made up {number}")}));
        assert_eq!(outcome(&keys, &token).await, INVALID);
    }
    assert_eq!(source.loads(), 1, "within an interval");
    time::advance(Duration::from_secs(31)).await;
    for number in 0..100 {
        let token = ed25519(ED25519.0, json!({"kid": format!("made up {number}")}));
        assert_eq!(outcome(&keys, &token).await, INVALID);
    }
    assert_eq!(source.loads(), 2, "once in the next");
    // Known keys under another algorithm are no reason to ask.
    time::advance(Duration::from_secs(31)).await;
    let token = hs256_with(&json!({"alg": "HS256", "kid": "old"}), &claims(&json!({})));
    assert_eq!(outcome(&keys, &token).await, INVALID);
    assert_eq!(source.loads(), 2);
}

#[tokio::test(start_paused = true)]
async fn s09_many_tokens_wait_for_one_question() {
    let source = Published::new(&[old_key()]);
    let keys = source.keys();
    let token = old();
    let outcomes = join_all((0..50).map(|_| outcome(&keys, &token))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(())));
    assert_eq!(source.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn s05_without_keys_the_answer_is_unavailable() {
    let source = Published::new(&[]);
    for said in [None, Some(document(&[])), Some("<html>".to_owned())] {
        source.say(said.clone());
        let keys = source.keys();
        assert_eq!(
            outcome(&keys, &old()).await,
            Err(Reason::StoreUnavailable),
            "{said:?}"
        );
        let loads = source.loads();
        assert_eq!(
            outcome(&keys, &old()).await,
            Err(Reason::StoreUnavailable),
            "{said:?}"
        );
        assert_eq!(source.loads(), loads, "not before the interval is over");
        source.say(Some(document(&[old_key()])));
        time::advance(Duration::from_secs(31)).await;
        assert_eq!(outcome(&keys, &old()).await, Ok(()), "{said:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s05_a_failing_source_leaves_the_keys_in_use() {
    let source = Published::new(&[old_key()]);
    let keys = source.keys();
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    for said in [None, Some(document(&[])), Some("<html>".to_owned())] {
        source.say(said);
        time::advance(Duration::from_secs(31)).await;
        assert_eq!(outcome(&keys, &new()).await, INVALID, "asks, in vain");
        assert_eq!(outcome(&keys, &old()).await, Ok(()));
    }
    assert_eq!(source.loads(), 4);
}

#[tokio::test(start_paused = true)]
async fn s05_a_source_that_hangs_is_given_up() {
    let source = Published::new(&[old_key()]);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let keys = source.keys();
    assert_eq!(outcome(&keys, &old()).await, Err(Reason::StoreUnavailable));
    assert_eq!(source.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn s05_a_client_that_goes_away_does_not_end_the_question() {
    let source = Published::new(&[old_key()]);
    source.gate.forget_permits(Semaphore::MAX_PERMITS);
    let jwt = configured(Jwt::keys(source.keys()));
    let request = bearer(&old());
    // The first client waits until the question is asked, and leaves.
    {
        let mut waiting = std::pin::pin!(jwt.authenticate(&request).into_future());
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        tokio::task::yield_now().await;
        assert_eq!(source.loads(), 1);
    }
    source.gate.add_permits(1);
    assert!(verify(&jwt, &old()).await.is_ok());
    assert_eq!(source.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn t02_a_withdrawn_key_is_out_after_the_maximal_age() {
    let source = Published::new(&[old_key(), new_key()]);
    let keys = KeySet::builder(source.clone())
        .max_age(Duration::from_secs(600))
        .build();
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    source.say(Some(document(&[new_key()])));
    time::advance(Duration::from_secs(599)).await;
    assert_eq!(outcome(&keys, &old()).await, Ok(()));
    time::advance(Duration::from_secs(1)).await;
    // This one starts the question, and does not wait for it.
    assert_eq!(outcome(&keys, &new()).await, Ok(()));
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(source.loads(), 2);
    assert_eq!(outcome(&keys, &old()).await, INVALID);
    assert_eq!(outcome(&keys, &new()).await, Ok(()));
}
