use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{ISSUER, bearer, claims, configured, hs256, jwt, sign, unsigned, verify};
use crate::{
    authenticate::{
        Authenticator,
        jwt::{Jwt, JwtIssuers},
    },
    context::TenantContext,
    error::Reason,
    id::{Slug, TenantId},
    principal::Role,
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey},
};

const ACME: &str = "https://login.acme.example";
const GLOBEX: &str = "https://login.globex.example";
const ACME_SECRET: [u8; 32] = [1; 32];
const GLOBEX_SECRET: [u8; 32] = [2; 32];

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn issuers() -> JwtIssuers {
    let of = |secret, issuer, tenant| {
        Jwt::hs256(secret)
            .audience("api")
            .issuer(issuer)
            .bound_to(id(tenant))
    };
    JwtIssuers::new([
        jwt(),
        of(ACME_SECRET, ACME, 1),
        of(GLOBEX_SECRET, GLOBEX, 2),
    ])
}

fn tenancy() -> Tenancy {
    let store = InMemoryTenantStore::new();
    for (number, slug) in [(1, "acme"), (2, "globex")] {
        store
            .insert(Tenant::new(id(number), Slug::parse(slug).unwrap()))
            .unwrap();
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(issuers())
        .store(store)
        .build()
        .unwrap()
}

fn token(secret: &[u8], changes: &Value) -> String {
    let message = unsigned(&json!({"alg": "HS256"}), &claims(changes));
    sign(
        &message,
        Algorithm::HS256,
        &EncodingKey::from_secret(secret),
    )
}

async fn enter(token: &str, tenant: Option<&str>) -> Result<TenantContext, Reason> {
    let mut request = bearer(token);
    if let Some(tenant) = tenant {
        request
            .headers
            .insert("x-tenant-id", tenant.parse().unwrap());
    }
    let tenancy = tenancy();
    let found = tenancy.resolve(&request, tenancy.mode()).await;
    found.map(Option::unwrap).map_err(|error| error.reason())
}

#[tokio::test]
async fn t04_a_tenants_issuer_opens_its_own_tenant_only() {
    let refused = Err(Reason::Disagreement);
    let all = json!({"acme": ["member"], "globex": ["tenant_admin"], "2": ["member"]});
    for (changes, header, outcome) in [
        (json!({"iss": ACME}), None, Ok(1)),
        (json!({"iss": ACME}), Some("acme"), Ok(1)),
        (json!({"iss": ACME, "tenant_id": null}), Some("1"), Ok(1)),
        (json!({"iss": ACME, "tenant_id": 1}), None, Ok(1)),
        (json!({"iss": ACME}), Some("globex"), refused),
        (json!({"iss": ACME, "tenant_id": "globex"}), None, refused),
        (
            json!({"iss": ACME, "tenant_id": "globex"}),
            Some("globex"),
            refused,
        ),
        (
            json!({"iss": ACME, "tenant_id": "globex"}),
            Some("acme"),
            refused,
        ),
        (
            json!({"iss": ACME, "tenant_id": null, "memberships": all}),
            Some("globex"),
            refused,
        ),
        (json!({"iss": ACME, "memberships": all}), Some("2"), refused),
    ] {
        let found = enter(&token(&ACME_SECRET, &changes), header).await;
        let found = found.map(|context| context.tenant_id().clone());
        assert_eq!(found, outcome.map(id), "{changes} for {header:?}");
    }
}

#[tokio::test]
async fn t04_issuer_and_key_have_to_agree() {
    let invalid = Err(Reason::TokenInvalid);
    for (issuer, secret, outcome) in [
        (ACME, &ACME_SECRET[..], Ok(())),
        (GLOBEX, &GLOBEX_SECRET[..], Ok(())),
        (ISSUER, &super::SECRET[..], Ok(())),
        (GLOBEX, &ACME_SECRET[..], invalid),
        (ISSUER, &ACME_SECRET[..], invalid),
        (ACME, &super::SECRET[..], invalid),
        ("https://unknown.example", &ACME_SECRET[..], invalid),
        ("", &ACME_SECRET[..], invalid),
    ] {
        let token = token(secret, &json!({"iss": issuer}));
        let found = verify(&issuers(), &token).await.map(drop);
        assert_eq!(found, outcome, "{issuer}");
    }
    let nameless = token(&ACME_SECRET, &json!({"iss": null}));
    assert_eq!(verify(&issuers(), &nameless).await.map(drop), invalid);
}

#[tokio::test]
async fn a05_only_the_platforms_issuer_makes_platform_administrators() {
    let roles = json!(["platform_admin"]);
    let ours = token(&super::SECRET, &json!({"roles": roles, "tenant_id": null}));
    let context = enter(&ours, Some("globex")).await.unwrap();
    assert!(context.is_elevated());

    let theirs = token(&ACME_SECRET, &json!({"iss": ACME, "roles": roles}));
    let context = enter(&theirs, Some("acme")).await.unwrap();
    assert!(!context.is_elevated());
    assert!(!context.has_role(&Role::PlatformAdmin));
    assert!(!context.principal().unwrap().is_platform_admin());
    assert_eq!(
        enter(&theirs, Some("globex")).await.unwrap_err(),
        Reason::Disagreement
    );
}

#[tokio::test]
async fn a05_a_platform_role_counts_in_the_roles_claim_alone() {
    for (changes, is_admin) in [
        (json!({"roles": ["platform_admin"]}), true),
        (json!({"memberships": {"acme": ["platform_admin"]}}), false),
        (json!({"platform_admin": true}), false),
        (json!({"scope": "platform_admin"}), false),
        (
            json!({"realm_access": {"roles": ["platform_admin"]}}),
            false,
        ),
        (json!({"roles": ["PLATFORM_ADMIN"]}), false),
    ] {
        let found = verify(&jwt(), &hs256(&claims(&changes))).await.unwrap();
        assert_eq!(found.principal().is_platform_admin(), is_admin, "{changes}");
    }
    let mapped = configured(Jwt::hs256(super::SECRET).role("root", Role::PlatformAdmin));
    let found = verify(&mapped, &hs256(&claims(&json!({"roles": "root"}))))
        .await
        .unwrap();
    assert!(found.principal().is_platform_admin());
}

#[tokio::test]
async fn the_issuer_is_part_of_who_a_principal_is() {
    let found = verify(&issuers(), &token(&ACME_SECRET, &json!({"iss": ACME})))
        .await
        .unwrap();
    assert_eq!(found.principal().issuer(), Some(ACME));
    assert_eq!(found.tenant(), Some(&TenantKey::Name(id(1))));
    let any = Jwt::hs256(super::SECRET).audience("api").any_issuer();
    let found = verify(&any, &hs256(&claims(&json!({})))).await.unwrap();
    assert_eq!(
        found.principal().issuer(),
        None,
        "anybody with the key may say it"
    );
}

#[test]
fn issuers_that_cannot_be_told_apart_are_refused() {
    let of = |issuer: &str| Jwt::hs256(ACME_SECRET).audience("api").issuer(issuer);
    for (name, issuers, is_good) in [
        ("two", vec![of("a"), of("b")], true),
        ("one with two names", vec![of("a").issuer("b")], true),
        (
            "one with the same name twice",
            vec![of("a").issuer("a")],
            true,
        ),
        ("none", vec![], false),
        ("the same", vec![of("a"), of("a")], false),
        (
            "the same among others",
            vec![of("a").issuer("b"), of("b")],
            false,
        ),
        ("any", vec![of("a").any_issuer(), of("b")], false),
        (
            "a cookie of its own",
            vec![of("a").from_cookie("__Host-a")],
            false,
        ),
        (
            "no audience",
            vec![Jwt::hs256(ACME_SECRET).issuer("a")],
            false,
        ),
    ] {
        assert_eq!(JwtIssuers::new(issuers).check().is_ok(), is_good, "{name}");
    }
}
