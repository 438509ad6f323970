//! T02, T04, S02, S05: several keys, issuers and kinds of credentials, and a store that knows the
//! members.

use jsonwebtoken::Header;
use serde_json::{Value, json};
use tenancy_core::{Principal, Role, TenantId, authenticate::api_key::ApiKey};

use crate::{
    Server, Site,
    world::{ACME_SECRET, SECRET, claims, sign, sign_with},
};

fn with_kid(kid: Option<&str>) -> Header {
    Header {
        kid: kid.map(str::to_owned),
        ..Header::default()
    }
}

pub(super) fn t02_the_kid_selects_one_of_the_configured_keys_and_nothing_else(server: Server) {
    let site = Site::open(server);
    let ask = |secret: &[u8], kid| {
        let token = sign_with(secret, &with_kid(kid), &claims("alice"));
        let request = site.get("/rotating/whoami").host("acme.example.com");
        request.token(&token).send()
    };
    for (secret, kid) in [(&SECRET, "2026-10"), (&ACME_SECRET, "2026-11")] {
        let answer = ask(secret, Some(kid));
        assert_eq!(answer.ok(), "acme by subdomain for alice");
    }
    for (secret, kid) in [
        (&SECRET, Some("2026-11")),
        (&ACME_SECRET, Some("2026-10")),
        (&SECRET, Some("2026-12")),
        (&SECRET, Some("")),
        (&SECRET, Some("../2026-10")),
        (&SECRET, Some("2026-10' OR '1'='1")),
        (&SECRET, None),
    ] {
        ask(secret, kid).refused(401, "unauthenticated");
    }
}

fn of_acmes_issuer(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = json!({
        "sub": "carl", "exp": 4_102_444_800_u64, "aud": "api", "iss": "https://login.acme.example",
        "tenant_id": "acme", "roles": ["member"],
    });
    change(&mut claims);
    claims
}

pub(super) fn t04_a_tenants_own_issuer_opens_that_tenant_only(server: Server) {
    let site = Site::open(server);
    let ask = |host, token: &str| site.get("/issuers/whoami").host(host).token(token).send();
    let carl = sign_with(&ACME_SECRET, &Header::default(), &of_acmes_issuer(|_| {}));
    assert_eq!(
        ask("acme.example.com", &carl).ok(),
        "acme by subdomain for carl"
    );
    ask("globex.example.com", &carl).refused(404, "tenant_not_found");

    // Whatever it claims, by whatever name.
    let changes: [fn(&mut Value); 4] = [
        |claims| claims["tenant_id"] = json!("globex"),
        |claims| claims["memberships"] = json!({ "globex": ["member"] }),
        |claims| claims["roles"] = json!(["platform_admin"]),
        |claims| {
            claims["tenant_id"] = json!("771002");
            claims["roles"] = json!(["platform_admin"]);
        },
    ];
    for change in changes {
        let token = sign_with(&ACME_SECRET, &Header::default(), &of_acmes_issuer(change));
        for request in [
            site.get("/issuers/whoami").host("globex.example.com"),
            site.get("/issuers/whoami")
                .host("example.com")
                .header("x-tenant-id", "globex"),
        ] {
            let answer = request.token(&token).send();
            assert!(matches!(answer.status(), 401 | 404), "{answer:?}");
        }
    }
}

pub(super) fn t04_issuer_and_key_belong_together(server: Server) {
    let site = Site::open(server);
    let ask = |token: &str| {
        let request = site.get("/issuers/whoami").host("acme.example.com");
        request.token(token).send()
    };
    let genuine = sign(&Header::default(), &claims("alice"));
    assert_eq!(ask(&genuine).ok(), "acme by subdomain for alice");
    let other = |issuer: Value| of_acmes_issuer(|claims| claims["iss"] = issuer);
    for (secret, claims) in [
        // Acme's key under the platform's name, and the other way round.
        (&ACME_SECRET, claims("alice")),
        (&SECRET, of_acmes_issuer(|_| {})),
        (&ACME_SECRET, other(json!("https://login.acme.example/"))),
        (&ACME_SECRET, other(json!("HTTPS://LOGIN.ACME.EXAMPLE"))),
        (&ACME_SECRET, other(json!(["https://login.acme.example"]))),
        (&ACME_SECRET, other(json!(null))),
    ] {
        let token = sign_with(secret, &Header::default(), &claims);
        ask(&token).refused(401, "unauthenticated");
    }
}

pub(super) fn t04_an_api_key_opens_its_own_tenant(server: Server) {
    let site = Site::open(server);
    let key = ApiKey::generate("conformance").expect("random bytes");
    site.world.keys.insert(key.digest(), crate::world::grant());
    let ask = |host, key: &str| {
        let request = site.get("/keyed/whoami").host(host);
        request.header("x-api-key", key)
    };
    let answer = ask("acme.example.com", key.expose()).send();
    assert_eq!(answer.ok(), "acme by subdomain for robot");
    let alone = ask("example.com", key.expose()).send();
    assert_eq!(alone.ok(), "acme by api_key for robot");
    ask("globex.example.com", key.expose())
        .send()
        .refused(404, "tenant_not_found");
    // Credentials of two kinds are a contradiction, even if both are good.
    ask("acme.example.com", key.expose())
        .user("alice")
        .send()
        .refused(401, "unauthenticated");
    let other = ApiKey::generate("conformance").expect("random bytes");
    for made_up in [other.expose(), "", "conformance", "x", &key.expose()[1..]] {
        ask("acme.example.com", made_up)
            .send()
            .refused(401, "unauthenticated");
    }
    site.world.keys.revoke(&key.digest());
    ask("acme.example.com", key.expose())
        .send()
        .refused(401, "unauthenticated");
}

pub(super) fn s02_a_membership_store_decides_whatever_the_token_claims(server: Server) {
    let site = Site::open(server);
    let acme = TenantId::integer(771_001).expect("a positive number");
    let alice = Principal::new("alice").issued_by("https://id.example.com");
    let ask = || {
        site.get("/members/whoami")
            .host("acme.example.com")
            .user("alice")
            .send()
    };
    // The token says that she is a member.
    ask().refused(404, "tenant_not_found");
    site.world.members.grant(&alice, &acme, [Role::Member]);
    assert_eq!(ask().ok(), "acme by subdomain for alice");
    // Of another issuer, she is somebody else.
    let other = Principal::new("alice").issued_by("https://id.example.net");
    site.world.members.revoke(&alice, &acme);
    site.world.members.grant(&other, &acme, [Role::Member]);
    ask().refused(404, "tenant_not_found");
}
