use std::time::Duration;

use serde_json::{Value, json};

use super::{SECRET, claims, claims_with, configured, hs256, jwt, now, verify};
use crate::{
    authenticate::{Authenticator, jwt::Jwt},
    error::Reason,
    principal::Role,
    tenant::TenantKey,
};

/// Every JSON type that a string or a number is not.
fn mistyped() -> Vec<Value> {
    vec![json!(true), json!({}), json!([[]]), json!([1])]
}

#[tokio::test]
async fn t03_registered_claims_are_required_and_typed() {
    assert!(
        verify(&jwt(), &hs256(&claims(&json!({"nbf": now() - 10}))))
            .await
            .is_ok()
    );
    for claim in ["exp", "aud", "iss", "sub"] {
        let outcome = verify(&jwt(), &hs256(&claims(&json!({claim: null}))))
            .await
            .map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{claim} is missing");
    }
    for claim in ["exp", "nbf", "aud", "iss", "sub"] {
        let good = claims(&json!({claim: null}));
        let mut bad = mistyped();
        bad.push(Value::Null);
        bad.push(if matches!(claim, "exp" | "nbf") {
            json!("1")
        } else {
            json!(1)
        });
        if matches!(claim, "exp" | "nbf") {
            bad.push(json!(-1));
            bad.push(json!(1e300));
        }
        for value in bad {
            let token = hs256(&good.replacen('{', &format!("{{\"{claim}\":{value},"), 1));
            let outcome = verify(&jwt(), &token).await.map(drop);
            assert_eq!(outcome, Err(Reason::TokenInvalid), "{claim}: {value}");
        }
    }
}

#[tokio::test]
async fn t03_audience_and_issuer_are_compared_exactly() {
    for (changes, is_good) in [
        (json!({}), true),
        (json!({"aud": ["api"]}), true),
        (json!({"aud": ["other", "api"]}), true),
        (json!({"aud": []}), false),
        (json!({"aud": "other"}), false),
        (json!({"aud": "API"}), false),
        (json!({"aud": "api "}), false),
        (json!({"aud": ["api", 1]}), false),
        (json!({"iss": "https://id.example.com/"}), false),
        (json!({"iss": "https://id.example.com.evil.example"}), false),
        (json!({"iss": ""}), false),
        (json!({"iss": ["https://id.example.com"]}), false),
    ] {
        let outcome = verify(&jwt(), &hs256(&claims(&changes))).await;
        assert_eq!(outcome.is_ok(), is_good, "{changes}");
    }
}

#[tokio::test]
async fn t03_time_is_checked_with_a_bounded_skew() {
    // A minute either way, and half a minute of distance to it, so that a slow machine changes
    // nothing.
    let now = now();
    for (changes, outcome) in [
        (json!({"exp": now + 30}), Ok(())),
        (json!({"exp": now - 30}), Ok(())),
        (json!({"exp": now - 90}), Err(Reason::TokenExpired)),
        (json!({"exp": 0}), Err(Reason::TokenExpired)),
        (json!({"exp": now as f64 + 600.5}), Ok(())),
        (json!({"nbf": now - 30}), Ok(())),
        (json!({"nbf": now + 30}), Ok(())),
        (json!({"nbf": now + 90}), Err(Reason::TokenNotYetValid)),
        (
            json!({"nbf": now as f64 + 90.5}),
            Err(Reason::TokenNotYetValid),
        ),
    ] {
        let found = verify(&jwt(), &hs256(&claims(&changes))).await.map(drop);
        assert_eq!(found, outcome, "{changes}");
    }
    let of = |leeway| jwt().leeway(Duration::from_secs(leeway));
    assert!(of(300).check().is_ok());
    assert!(of(301).check().is_err());
    // Not even when the check was never made.
    let token = hs256(&claims(&json!({"exp": now - 400})));
    assert_eq!(
        verify(&of(100_000), &token).await.map(drop),
        Err(Reason::TokenExpired)
    );
    let strict = of(0);
    assert!(
        verify(&strict, &hs256(&claims(&json!({"exp": now + 600}))))
            .await
            .is_ok()
    );
    let token = hs256(&claims(&json!({"exp": now - 1})));
    assert_eq!(
        verify(&strict, &token).await.map(drop),
        Err(Reason::TokenExpired)
    );
}

#[tokio::test]
async fn t03_nothing_is_said_twice() {
    assert!(
        verify(&jwt(), &hs256(&claims_with("\"extra\":1")))
            .await
            .is_ok()
    );
    for claim in [
        "\"sub\":\"ann\"",
        "\"iss\":\"https://id.example.com\"",
        "\"aud\":\"api\"",
        "\"exp\":99999999999",
        "\"tenant_id\":\"acme\"",
        "\"roles\":[]",
        "\"tenant\\u005fid\":\"acme\"",
    ] {
        let outcome = verify(&jwt(), &hs256(&claims_with(claim))).await.map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{claim}");
    }
    let nested = configured(Jwt::hs256(SECRET).tenant_claim("org.id"));
    for (org, is_good) in [
        ("\"org\":{\"id\":\"acme\"}", true),
        ("\"org\":{\"id\":\"acme\",\"id\":\"globex\"}", false),
        ("\"org\":{\"id\":\"acme\"},\"org\":{}", false),
        ("\"org\":{},\"org\":{\"id\":\"acme\"}", false),
        ("\"org\":\"acme\"", false),
        ("\"org\":null", false),
        ("\"org\":[{\"id\":\"acme\"}]", false),
    ] {
        let outcome = verify(&nested, &hs256(&claims_with(org))).await;
        assert_eq!(outcome.is_ok(), is_good, "{org}");
    }
}

#[tokio::test]
async fn s04_a_tenant_that_cannot_be_read_is_no_missing_tenant() {
    for value in mistyped().into_iter().chain([
        Value::Null,
        json!(""),
        json!("a b"),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
    ]) {
        let payload = claims(&json!({"tenant_id": null}));
        let token = hs256(&payload.replacen('{', &format!("{{\"tenant_id\":{value},"), 1));
        let outcome = verify(&jwt(), &token).await.map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{value}");
    }
    let none = verify(&jwt(), &hs256(&claims(&json!({"tenant_id": null}))))
        .await
        .unwrap();
    assert_eq!(none.tenant(), None);
    let integer = verify(&jwt(), &hs256(&claims(&json!({"tenant_id": 7}))))
        .await
        .unwrap();
    assert_eq!(integer.tenant(), Some(&TenantKey::parse_name("7").unwrap()));
}

#[tokio::test]
async fn claims_are_found_by_path() {
    let acme = TenantKey::parse_name("acme").unwrap();
    let base = || Jwt::hs256(SECRET);
    let admin = |name: &str| json!([name]);
    for (jwt, changes) in [
        (
            base()
                .tenant_claim("org.id")
                .roles_claim("realm_access.roles"),
            json!({"org": {"name": "ACME", "id": "acme"}, "realm_access": {"roles": admin("tenant_admin")}}),
        ),
        (
            base()
                .tenant_claim(["https://example.com/tenant"])
                .roles_claim("scope"),
            json!({"https://example.com/tenant": "acme", "scope": "openid  tenant_admin"}),
        ),
        (
            base()
                .tenant_claim("clientId")
                .roles_claim(["resource_access", "my.api", "roles"]),
            json!({"clientId": "acme", "resource_access": {"my.api": {"roles": admin("tenant_admin")}, "my": {}}}),
        ),
        (
            base()
                .tenant_claim("a.b.c")
                .roles_claim("a.b.d")
                .role("org:admin", Role::TenantAdmin),
            json!({"a": {"x": 1, "b": {"c": "acme", "d": admin("org:admin")}}}),
        ),
    ] {
        let mut changes = changes;
        changes["tenant_id"] = json!("globex");
        changes["roles"] = json!("member");
        let found = verify(&configured(jwt), &hs256(&claims(&changes)))
            .await
            .unwrap();
        assert_eq!(found.tenant(), Some(&acme), "{changes}");
        let [membership] = found.principal().memberships() else {
            panic!("one membership: {changes}");
        };
        assert!(membership.roles().contains(&Role::TenantAdmin), "{changes}");
        assert!(!membership.roles().contains(&Role::Member), "{changes}");
    }
}

#[tokio::test]
async fn required_claims_are_required() {
    let jwt = configured(
        Jwt::hs256(SECRET)
            .require("jti")
            .require("tenant_id")
            .require("org.name")
            .require_value("email_verified", true)
            .require_value(["azp"], "app"),
    );
    let good = json!({"jti": "1", "org": {"name": "ACME"}, "email_verified": true, "azp": "app"});
    assert!(verify(&jwt, &hs256(&claims(&good))).await.is_ok());
    for (claim, value) in [
        ("jti", Value::Null),
        ("tenant_id", Value::Null),
        ("org", Value::Null),
        ("org", json!({})),
        ("org", json!({"name": null})),
        ("email_verified", Value::Null),
        ("email_verified", json!(false)),
        ("email_verified", json!("true")),
        ("azp", json!("other")),
        ("azp", json!(["app"])),
    ] {
        let mut changes = good.clone();
        changes[claim] = value.clone();
        let outcome = verify(&jwt, &hs256(&claims(&changes))).await.map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{claim}: {value}");
    }
    let many = (0..40).fold(self::jwt(), |jwt, number| jwt.require(format!("c{number}")));
    assert!(many.check().is_err());
    assert!(verify(&many, &hs256(&claims(&json!({})))).await.is_err());
}

#[test]
fn names_that_cannot_work_are_refused() {
    let base = || jwt();
    for (name, jwt, is_good) in [
        ("default", base(), true),
        (
            "nested",
            base().tenant_claim("org.id").roles_claim("org.roles"),
            true,
        ),
        ("reserved", base().tenant_claim("sub"), false),
        ("reserved for types", base().roles_claim("typ"), false),
        (
            "inside of a reserved one",
            base().tenant_claim("aud.x"),
            false,
        ),
        ("empty", base().tenant_claim(""), false),
        ("empty part", base().tenant_claim("org."), false),
        ("no part", base().tenant_claim([]), false),
        ("the same", base().tenant_claim("roles"), false),
        (
            "inside of another",
            base().tenant_claim("roles.tenant"),
            false,
        ),
        (
            "value of the tenant",
            base().require_value("tenant_id", "acme"),
            false,
        ),
    ] {
        assert_eq!(jwt.check().is_ok(), is_good, "{name}");
    }
}
