use serde_json::json;

use super::{claims, configured, hs256, hs256_with, jwt, verify};
use crate::{authenticate::jwt::Jwt, error::Reason};

#[tokio::test]
async fn t05_tokens_of_another_type_are_refused() {
    let header = |typ: Option<&str>| match typ {
        Some(typ) => json!({"alg": "HS256", "typ": typ}),
        None => json!({"alg": "HS256"}),
    };
    let accepted = [
        None,
        Some("JWT"),
        Some("jwt"),
        Some("at+jwt"),
        Some("application/at+jwt"),
    ];
    for typ in accepted {
        let token = hs256_with(&header(typ), &claims(&json!({})));
        assert!(verify(&jwt(), &token).await.is_ok(), "{typ:?}");
    }
    for typ in [
        "refresh+jwt",
        "id_token",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "",
        "application/",
        "JWT ",
    ] {
        let token = hs256_with(&header(Some(typ)), &claims(&json!({})));
        let outcome = verify(&jwt(), &token).await.map(drop);
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{typ}");
    }
    let null = hs256_with(&json!({"alg": "HS256", "typ": null}), &claims(&json!({})));
    assert_eq!(
        verify(&jwt(), &null).await.map(drop),
        Err(Reason::TokenInvalid)
    );
}

#[tokio::test]
async fn t05_claims_that_say_another_type_are_refused() {
    for (claim, good, bad) in [
        (
            "typ",
            "Bearer",
            ["ID", "Refresh", "Offline", "Logout", "DPoP"],
        ),
        (
            "token_use",
            "access",
            ["id", "refresh", "", "ACCESS ", "none"],
        ),
        (
            "token_type",
            "access",
            ["refresh", "id", "sliding", "", "mfa"],
        ),
    ] {
        let token = hs256(&claims(&json!({claim: good})));
        assert!(verify(&jwt(), &token).await.is_ok(), "{claim}: {good}");
        for bad in bad
            .map(|text| json!(text))
            .into_iter()
            .chain([json!(1), json!(["access"])])
        {
            let outcome = verify(&jwt(), &hs256(&claims(&json!({claim: bad}))))
                .await
                .map(drop);
            assert_eq!(outcome, Err(Reason::TokenInvalid), "{claim}: {bad}");
        }
    }
}

#[tokio::test]
async fn t05_id_tokens_are_refused() {
    for (changes, is_good) in [
        (json!({}), true),
        (json!({"at_hash": "x"}), false),
        (json!({"c_hash": "x"}), false),
        (json!({"s_hash": "x"}), false),
        (json!({"nonce": "x"}), false),
        // Some issuers put the nonce into access tokens too, which then say what they are.
        (json!({"nonce": "x", "typ": "Bearer"}), true),
        (json!({"nonce": "x", "token_use": "id"}), false),
        (json!({"at_hash": "x", "typ": "Bearer"}), false),
        (json!({"nonce": "x", "typ": "JWT"}), false),
    ] {
        let outcome = verify(&jwt(), &hs256(&claims(&changes))).await;
        assert_eq!(outcome.is_ok(), is_good, "{changes}");
    }
}

#[tokio::test]
async fn t05_the_expected_type_can_be_pinned() {
    let pinned = configured(Jwt::hs256(super::SECRET).token_type("at+jwt"));
    for (typ, is_good) in [
        (json!("at+jwt"), true),
        (json!("application/at+jwt"), true),
        (json!("JWT"), false),
        (json!(""), false),
    ] {
        let token = hs256_with(&json!({"alg": "HS256", "typ": typ}), &claims(&json!({})));
        assert_eq!(verify(&pinned, &token).await.is_ok(), is_good, "{typ}");
    }
    assert!(
        verify(&pinned, &hs256(&claims(&json!({})))).await.is_err(),
        "no type"
    );
}

#[tokio::test]
async fn t05_extensions_that_must_be_understood_are_refused() {
    for (header, is_good) in [
        (json!({"alg": "HS256", "b64": true}), true),
        (
            json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
            false,
        ),
        (json!({"alg": "HS256", "crit": []}), false),
        (json!({"alg": "HS256", "crit": null}), false),
    ] {
        let token = hs256_with(&header, &claims(&json!({})));
        assert_eq!(verify(&jwt(), &token).await.is_ok(), is_good, "{header}");
    }
}
