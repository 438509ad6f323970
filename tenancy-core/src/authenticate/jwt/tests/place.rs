use serde_json::json;

use super::{claims, hs256, jwt, reason, request};
use crate::{
    authenticate::{Authenticator, jwt::JwtIssuers},
    error::Reason,
    id::{Slug, TenantId},
    resolve::SubdomainResolver,
    store::InMemoryTenantStore,
    tenancy::Tenancy,
    tenant::Tenant,
};

#[tokio::test]
async fn e15_a_token_is_sent_once_and_in_one_place() {
    let jwt = jwt().from_cookie("__Host-session");
    let set = JwtIssuers::new([super::jwt()]).from_cookie("__Host-session");
    let token = hs256(&claims(&json!({})));
    let bearer = format!("Bearer {token}");
    let cookie = format!("__Host-session={token}");
    let twice = format!("{cookie}; {cookie}");
    let prefixed = format!("a=b; {cookie}; c=d");
    let other = format!("__host-session={token}");
    for (name, headers, outcome) in [
        ("nothing", vec![], Ok(false)),
        ("header", vec![("authorization", &*bearer)], Ok(true)),
        ("cookie", vec![("cookie", &*cookie)], Ok(true)),
        ("among cookies", vec![("cookie", &*prefixed)], Ok(true)),
        ("other case", vec![("cookie", &*other)], Ok(false)),
        (
            "both",
            vec![("authorization", &*bearer), ("cookie", &*cookie)],
            Err(Reason::TokenInvalid),
        ),
        (
            "both, one broken",
            vec![("authorization", "Basic x"), ("cookie", &*cookie)],
            Err(Reason::TokenInvalid),
        ),
        (
            "two headers",
            vec![("authorization", &*bearer), ("authorization", &*bearer)],
            Err(Reason::TokenInvalid),
        ),
        (
            "two cookies",
            vec![("cookie", &*twice)],
            Err(Reason::Malformed),
        ),
        (
            "empty cookie",
            vec![("cookie", "__Host-session=")],
            Err(Reason::TokenInvalid),
        ),
        (
            "no scheme",
            vec![("authorization", &*token)],
            Err(Reason::TokenInvalid),
        ),
        (
            "other scheme",
            vec![("authorization", "Basic YW5uOmE=")],
            Err(Reason::TokenInvalid),
        ),
        (
            "empty header",
            vec![("authorization", "Bearer ")],
            Err(Reason::TokenInvalid),
        ),
    ] {
        let request = request(&headers);
        for found in [
            jwt.authenticate(&request).await,
            set.authenticate(&request).await,
        ] {
            let found = found
                .map(|found| found.is_some())
                .map_err(|error| reason(&error));
            assert_eq!(found, outcome, "{name}");
        }
    }
}

#[test]
fn t06_a_cookie_that_siblings_can_plant_is_refused() {
    for (name, is_good) in [
        ("__Host-session", true),
        ("session", false),
        ("__Secure-session", false),
        ("__host-session", false),
        ("__Host-a b", false),
    ] {
        assert_eq!(jwt().from_cookie(name).check().is_ok(), is_good, "{name}");
        let set = JwtIssuers::new([jwt()]).from_cookie(name);
        assert_eq!(set.check().is_ok(), is_good, "{name}");
    }
}

#[tokio::test]
async fn e17_pages_of_others_do_not_use_the_cookie() {
    let store = InMemoryTenantStore::new();
    for (id, slug) in [(1, "acme"), (2, "globex")] {
        let tenant = Tenant::new(TenantId::integer(id).unwrap(), Slug::parse(slug).unwrap());
        store.insert(tenant).unwrap();
    }
    let tenancy = Tenancy::builder()
        .resolver(SubdomainResolver::of("example.com"))
        .authenticate(jwt().from_cookie("__Host-session"))
        .store(store)
        .build()
        .unwrap();
    assert_eq!(tenancy.vary(), "host, authorization, cookie");
    let token = hs256(&claims(&json!({})));
    let cookie = ("cookie", format!("__Host-session={token}"));
    let header = ("authorization", format!("Bearer {token}"));
    for (origin, by_cookie) in [
        (None, Ok(())),
        (Some("https://acme.example.com"), Ok(())),
        (
            Some("https://globex.example.com"),
            Err(Reason::ForeignOrigin),
        ),
        (Some("https://evil.example"), Err(Reason::ForeignOrigin)),
        (Some("null"), Err(Reason::ForeignOrigin)),
    ] {
        // A page cannot set the header without the user's token in its hands.
        for (credentials, outcome) in [(&cookie, by_cookie), (&header, Ok(()))] {
            let mut headers = vec![
                ("host", "acme.example.com"),
                (credentials.0, &*credentials.1),
            ];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let request = request(&headers);
            let found = tenancy.resolve(&request, tenancy.mode()).await;
            let found = found.map(drop).map_err(|error| reason(&error));
            assert_eq!(found, outcome, "{origin:?} with a {}", credentials.0);
        }
    }
}
