use std::time::{Duration, SystemTime};

use http::{HeaderName, header::AUTHORIZATION, request::Parts};
use proptest::prelude::*;

use super::{ApiKey, ApiKeyDigest, ApiKeyGrant, ApiKeyStore, ApiKeys, InMemoryApiKeyStore};
use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::{Reason, StoreError},
    id::{Slug, TenantId},
    principal::{Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, Mode, resolver_fn},
    source::Source,
    store::InMemoryTenantStore,
    tenancy::{Tenancy, TenancyBuilder},
    tenant::Tenant,
};

const PREFIX: &str = "acme_live";

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

/// Takes every `Authorization` header for its own, as a verifier of tokens does.
struct Tokens;

impl Authenticator for Tokens {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, crate::error::ResolveError>> {
        Answer::Now(match request.single_header(&AUTHORIZATION) {
            Ok(None) => Ok(None),
            Ok(Some(b"Bearer a.b.c")) => Ok(Some(Authenticated::new(
                Principal::new("ann").platform_admin(),
            ))),
            Ok(Some(_)) | Err(_) => Err(Reason::TokenInvalid.into()),
        })
    }
}

struct Down;

impl ApiKeyStore for Down {
    fn find<'a>(
        &'a self,
        _: &'a ApiKeyDigest,
    ) -> Answer<'a, Result<Option<ApiKeyGrant>, StoreError>> {
        Answer::Now(Err(StoreError::new("connection refused")))
    }
}

fn builder() -> TenancyBuilder {
    let store = InMemoryTenantStore::new();
    for (number, slug) in [(1, "acme"), (2, "globex")] {
        store
            .insert(Tenant::new(id(number), Slug::parse(slug).unwrap()))
            .unwrap();
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .store(store)
}

fn grant() -> ApiKeyGrant {
    ApiKeyGrant::new(id(1), "robot").with_roles([Role::Member])
}

fn request(headers: &[(&str, &str)]) -> Parts {
    let request = headers
        .iter()
        .fold(http::Request::get("/"), |request, (name, value)| {
            request.header(*name, *value)
        });
    request.body(()).unwrap().into_parts().0
}

async fn enter(tenancy: &Tenancy, headers: &[(&str, &str)]) -> Result<TenantContext, Reason> {
    let request = request(headers);
    let found = tenancy.resolve(&request, tenancy.mode()).await;
    found.map(Option::unwrap).map_err(|error| error.reason())
}

#[tokio::test]
async fn a_key_opens_its_tenant_and_no_other() {
    let key = ApiKey::generate(PREFIX).unwrap();
    let keys = InMemoryApiKeyStore::new();
    let admin = grant().with_roles([Role::Member, Role::PlatformAdmin]);
    keys.insert(key.digest(), admin);
    let tenancy = builder()
        .authenticate(ApiKeys::new(PREFIX, keys.clone()))
        .build()
        .unwrap();
    assert_eq!(tenancy.vary(), "x-tenant-id, x-api-key");

    let context = enter(&tenancy, &[("x-api-key", key.expose())])
        .await
        .unwrap();
    assert_eq!(context.tenant_id(), &id(1));
    assert_eq!(context.source(), &Source::ApiKey);
    assert_eq!(context.principal().unwrap().subject(), "robot");
    assert_eq!(context.roles(), [Role::Member]);

    for (tenant, outcome) in [
        ("acme", Ok(id(1))),
        ("1", Ok(id(1))),
        ("globex", Err(Reason::Disagreement)),
        ("initech", Err(Reason::UnknownTenant)),
    ] {
        let headers = [("x-api-key", key.expose()), ("x-tenant-id", tenant)];
        let found = enter(&tenancy, &headers).await;
        assert_eq!(
            found.map(|context| context.tenant_id().clone()),
            outcome,
            "{tenant}"
        );
    }

    keys.revoke(&key.digest());
    let found = enter(&tenancy, &[("x-api-key", key.expose())]).await;
    assert_eq!(found.unwrap_err(), Reason::TokenInvalid, "revoked");
}

#[tokio::test]
async fn t03_an_expired_key_is_refused() {
    let now = SystemTime::now();
    let hour = Duration::from_secs(3600);
    for (end, outcome) in [
        (None, Ok(())),
        (Some(now + hour), Ok(())),
        (Some(now - hour), Err(Reason::TokenExpired)),
        (Some(SystemTime::UNIX_EPOCH), Err(Reason::TokenExpired)),
    ] {
        let key = ApiKey::generate(PREFIX).unwrap();
        let keys = InMemoryApiKeyStore::new();
        keys.insert(key.digest(), end.map_or(grant(), |end| grant().until(end)));
        let tenancy = builder()
            .authenticate(ApiKeys::new(PREFIX, keys))
            .build()
            .unwrap();
        let found = enter(&tenancy, &[("x-api-key", key.expose())])
            .await
            .map(drop);
        assert_eq!(found, outcome, "{end:?}");
    }
}

#[tokio::test]
async fn s05_made_up_keys_do_not_reach_the_store_and_failures_are_unavailable() {
    let tenancy = builder()
        .authenticate(ApiKeys::new(PREFIX, Down))
        .build()
        .unwrap();
    let good = ApiKey::generate(PREFIX).unwrap();
    let other = ApiKey::generate("acme_test").unwrap();
    let mut mistyped = good.expose().to_owned().into_bytes();
    let at = PREFIX.len() + 1;
    mistyped[at] = if mistyped[at] == b'A' { b'B' } else { b'A' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    let renamed = good.expose().replacen("acme_live", "acme_test", 1);
    for (value, reason) in [
        (good.expose(), Reason::StoreUnavailable),
        (other.expose(), Reason::TokenInvalid),
        (&*mistyped, Reason::TokenInvalid),
        (&*renamed, Reason::TokenInvalid),
        (&good.expose()[1..], Reason::TokenInvalid),
        ("acme_live_", Reason::TokenInvalid),
        ("", Reason::TokenInvalid),
        ("a,b", Reason::TokenInvalid),
    ] {
        let found = enter(&tenancy, &[("x-api-key", value)]).await;
        assert_eq!(found.unwrap_err(), reason, "{value}");
    }
    let twice = [("x-api-key", good.expose()), ("x-api-key", good.expose())];
    assert_eq!(
        enter(&tenancy, &twice).await.unwrap_err(),
        Reason::TokenInvalid
    );
    assert_eq!(
        enter(&tenancy, &[]).await.unwrap_err(),
        Reason::TokenMissing
    );
}

#[tokio::test]
async fn s03_credentials_of_two_kinds_are_refused() {
    let key = ApiKey::generate(PREFIX).unwrap();
    let keys = InMemoryApiKeyStore::new();
    keys.insert(key.digest(), grant());
    let token = ("authorization", "Bearer a.b.c");
    let in_header = || ApiKeys::new(PREFIX, keys.clone());
    let api_key = ("x-api-key", key.expose());
    let acme = ("x-tenant-id", "acme");
    for tenancy in [
        builder()
            .authenticate(Tokens)
            .authenticate(in_header())
            .build()
            .unwrap(),
        builder()
            .authenticate(in_header())
            .authenticate(Tokens)
            .build()
            .unwrap(),
    ] {
        assert!(enter(&tenancy, &[acme, token]).await.is_ok());
        assert!(enter(&tenancy, &[acme, api_key]).await.is_ok());
        let both = [acme, token, api_key];
        assert_eq!(
            enter(&tenancy, &both).await.unwrap_err(),
            Reason::TokenInvalid
        );
    }
}

#[tokio::test]
async fn a_bearer_key_is_not_shown_to_other_authenticators() {
    let key = ApiKey::generate(PREFIX).unwrap();
    let keys = InMemoryApiKeyStore::new();
    keys.insert(key.digest(), grant());
    let bearer = || ApiKeys::new(PREFIX, keys.clone()).bearer();
    let value = format!("Bearer {}", key.expose());
    let acme = ("x-tenant-id", "acme");
    for tenancy in [
        builder()
            .authenticate(Tokens)
            .authenticate(bearer())
            .build()
            .unwrap(),
        builder()
            .authenticate(bearer())
            .authenticate(Tokens)
            .build()
            .unwrap(),
    ] {
        let context = enter(&tenancy, &[("authorization", &value)]).await.unwrap();
        assert_eq!(context.principal().unwrap().subject(), "robot");
        let context = enter(&tenancy, &[acme, ("authorization", "Bearer a.b.c")])
            .await
            .unwrap();
        assert_eq!(context.principal().unwrap().subject(), "ann");
        for bad in ["Bearer acme_live_x", "Bearer x", "Basic x"] {
            let found = enter(&tenancy, &[acme, ("authorization", bad)]).await;
            assert_eq!(found.unwrap_err(), Reason::TokenInvalid, "{bad}");
        }
        let two = [
            acme,
            ("authorization", &*value),
            ("authorization", "Bearer a.b.c"),
        ];
        assert_eq!(
            enter(&tenancy, &two).await.unwrap_err(),
            Reason::TokenInvalid
        );
    }
    // Alone, a key verifier also refuses what is not its own: there is no other authenticator to
    // leave it to.
    let public = builder()
        .authenticate(bearer())
        .mode(Mode::Public)
        .build()
        .unwrap();
    let found = enter(&public, &[acme, ("authorization", "Bearer a.b.c")]).await;
    assert_eq!(found.unwrap_err(), Reason::TokenInvalid);
    assert!(enter(&public, &[acme]).await.is_ok());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let keys = |prefix: &str| ApiKeys::new(prefix, InMemoryApiKeyStore::new());
    for (name, keys, is_good) in [
        ("default", keys(PREFIX), true),
        ("other header", keys(PREFIX).header("X-Key"), true),
        ("bearer", keys(PREFIX).bearer(), true),
        ("no prefix", keys(""), false),
        ("odd prefix", keys("acme-live"), false),
        ("open prefix", keys("acme_"), false),
        ("long prefix", keys(&"a".repeat(33)), false),
        ("no header", keys(PREFIX).header("a b"), false),
        ("cookie header", keys(PREFIX).header("cookie"), false),
        ("host header", keys(PREFIX).header("host"), false),
    ] {
        assert_eq!(keys.check().is_ok(), is_good, "{name}");
    }
    for (one, two, is_good) in [
        ("acme", "globex", true),
        ("acme", "acme", false),
        ("acme", "acme_live", false),
        ("acme_live", "acme", false),
    ] {
        let tenancy = builder()
            .authenticate(keys(one).bearer())
            .authenticate(keys(two).bearer())
            .build();
        assert_eq!(tenancy.is_ok(), is_good, "{one} and {two}");
    }
}

#[test]
fn t07_keys_do_not_show_themselves() {
    let key = ApiKey::generate(PREFIX).unwrap();
    let secret = &key.expose()[PREFIX.len() + 1..];
    let error = ApiKey::parse("other", key.expose()).unwrap_err();
    let keys = InMemoryApiKeyStore::new();
    keys.insert(key.digest(), grant());
    for text in [
        format!("{key:?}"),
        format!("{:?} {}", key.digest(), key.digest()),
        format!("{error} {error:?}"),
        format!("{keys:?} {:?}", ApiKeys::new(PREFIX, keys.clone())),
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn keys_are_different_and_long_enough() {
    let keys: std::collections::HashSet<String> = (0..1000)
        .map(|_| ApiKey::generate(PREFIX).unwrap().expose().to_owned())
        .collect();
    assert_eq!(keys.len(), 1000);
    assert!(keys.iter().all(|key| key.len() == PREFIX.len() + 1 + 48));
}

#[tokio::test]
async fn the_request_stays_what_it_is_without_its_authorization() {
    let key = ApiKey::generate(PREFIX).unwrap();
    let keys = InMemoryApiKeyStore::new();
    keys.insert(key.digest(), grant());
    /// Looks at everything but the header that is another's.
    struct Sees;
    impl Authenticator for Sees {
        fn authenticate<'a>(
            &'a self,
            request: &'a dyn RequestView,
        ) -> Answer<'a, Result<Option<Authenticated>, crate::error::ResolveError>> {
            assert_eq!(request.single_header(&AUTHORIZATION), Ok(None));
            assert_eq!(
                request.single_header(&HeaderName::from_static("x-other")),
                Ok(Some(&b"1"[..]))
            );
            assert_eq!(
                (request.method(), request.path(), request.query()),
                ("GET", "/", None)
            );
            Answer::Now(Ok(None))
        }
    }
    let tenancy = builder()
        .resolver(resolver_fn("sees", |request: &dyn RequestView| {
            assert!(
                request
                    .single_header(&AUTHORIZATION)
                    .is_ok_and(|value| value.is_some())
            );
            Ok(None)
        }))
        .authenticate(Sees)
        .authenticate(ApiKeys::new(PREFIX, keys).bearer())
        .build()
        .unwrap();
    let value = format!("Bearer {}", key.expose());
    let headers = [("authorization", &*value), ("x-other", "1")];
    assert!(enter(&tenancy, &headers).await.is_ok());
}

proptest! {
    #[test]
    fn no_text_is_a_key(text in "\\PC{0,80}", body in "[A-Za-z0-9_-]{48}") {
        prop_assert!(ApiKey::parse(PREFIX, &text).is_err());
        let made_up = format!("{PREFIX}_{body}");
        prop_assert!(ApiKey::parse(PREFIX, &made_up).is_err());
    }
}
