//! Requests that reach no tenant. None of them changes a row.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde_json::json;

use crate::{
    reply::Reply,
    service::{ABSENT, ACME, GLOBEX, Service},
    tokens::{self, now, sign, with, without},
};

/// The methods and paths of every scoped route, with a body that would be accepted.
const ROUTES: [(&str, &str); 8] = [
    ("GET", "/whoami"),
    ("GET", "/notes"),
    ("POST", "/notes"),
    ("GET", "/notes/search?q=a"),
    ("GET", "/notes/{id}"),
    ("PATCH", "/notes/{id}"),
    ("DELETE", "/notes/{id}"),
    ("GET", "/authors"),
];

/// Calls every route and requires the same answer of all, and that no row changes.
async fn on_every_route(
    service: &Service,
    note: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
) -> Reply {
    let before = service.rows().await;
    let mut first: Option<Reply> = None;
    for (method, path) in ROUTES {
        let mut call = service
            .call(method, &path.replace("{id}", note))
            .json(&json!({ "title": "t", "body": "b" }));
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        if let Some(token) = token {
            call = call.bearer_auth(token);
        }
        let reply = Reply::to(call).await;
        assert_eq!(
            &reply,
            first.get_or_insert_with(|| reply.clone()),
            "{method} {path} {headers:?}"
        );
    }
    assert_eq!(service.rows().await, before, "{headers:?}");
    first.unwrap()
}

pub async fn s08_unknown_suspended_and_foreign_tenants_get_one_answer(service: Arc<Service>) {
    let alice = service.member("alice", "acme").await;
    let carol = service.member("carol", "globex").await;
    let note = service.note(&carol, "of globex").await;
    let expected =
        on_every_route(&service, &note, Some(&alice), &[("x-tenant-id", "globex")]).await;
    expected.problem(404);
    for secret in ["globex", GLOBEX, "acme", ACME, "suspended", "member"] {
        assert!(!expected.text.contains(secret), "{expected:?}");
    }

    let initech = "1717ec00-0000-4000-8000-000000000000";
    for (name, value) in [
        ("x-tenant-id", GLOBEX),
        ("x-tenant-id", "initech"),
        ("x-tenant-id", initech),
        ("x-tenant-id", "platform"),
        ("x-tenant-id", "nobody"),
        ("x-tenant-id", ABSENT),
        ("x-tenant-id", "77"),
        ("host", "globex.localhost"),
        ("host", "initech.localhost"),
        ("host", "nobody.localhost"),
        ("cookie", "tenant_id=globex"),
        ("cookie", "tenant_id=initech"),
        ("cookie", "tenant_id=nobody"),
    ] {
        let reply = on_every_route(&service, &note, Some(&alice), &[(name, value)]).await;
        assert_eq!(reply, expected, "{name}: {value}");
    }
    // The same for people whose own tenant is suspended or does not exist, and for a token of none.
    for token in [
        service.member("erin", "initech").await,
        service.member("nina", "nobody").await,
        sign(&without("tenant_id")),
    ] {
        assert_eq!(
            on_every_route(&service, &note, Some(&token), &[]).await,
            expected
        );
        let headers = [("x-tenant-id", "globex")];
        assert_eq!(
            on_every_route(&service, &note, Some(&token), &headers).await,
            expected
        );
    }

    let reply = Reply::to(
        service
            .call("GET", "/notes")
            .bearer_auth(&carol)
            .header("x-tenant-id", "globex"),
    );
    assert_eq!(reply.await.expect(200).json().as_array().unwrap().len(), 1);
}

pub async fn s03_sources_that_disagree_get_that_answer_too(service: Arc<Service>) {
    let alice = service.member("alice", "acme").await;
    let note = service.note(&alice, "of acme").await;
    // In acme and in globex: still one tenant at a time.
    let both = sign(&with("memberships", json!({ "globex": ["member"] })));
    let grace = service.token("grace", "platform", "platform_admin").await;
    let expected =
        on_every_route(&service, &note, Some(&alice), &[("x-tenant-id", "nobody")]).await;

    let (header, host, cookie) = ("x-tenant-id", "host", "cookie");
    for headers in [
        [(header, "acme"), (host, "globex.localhost")],
        [(header, "globex"), (host, "acme.localhost")],
        [(header, ACME), (cookie, "tenant_id=globex")],
        [(header, GLOBEX), (cookie, "tenant_id=acme")],
        [(host, "acme.localhost"), (cookie, "tenant_id=globex")],
        [(host, "globex.localhost"), (cookie, "tenant_id=acme")],
        [(host, "acme.localhost"), (cookie, "tenant_id=nobody")],
    ] {
        for token in [&alice, &both, &grace] {
            let reply = on_every_route(&service, &note, Some(token), &headers).await;
            assert_eq!(reply, expected, "{headers:?}");
        }
    }

    let agreed = service
        .call("GET", "/notes")
        .bearer_auth(&alice)
        .header(header, ACME)
        .header(host, "acme.localhost");
    assert_eq!(
        Reply::to(agreed)
            .await
            .expect(200)
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

pub async fn t01_t03_without_a_good_token_there_is_no_way_in(service: Arc<Service>) {
    let good = sign(&tokens::claims());
    let note = service.note(&good, "of acme").await;
    let payload = good.split('.').nth(1).unwrap();
    let signature = good.split('.').nth(2).unwrap();

    for headers in [
        vec![],
        vec![("x-tenant-id", "acme")],
        vec![("host", "acme.localhost")],
        vec![("cookie", "tenant_id=acme")],
    ] {
        let reply = on_every_route(&service, &note, None, &headers).await;
        reply.problem(401);
        assert!(
            reply
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer"),
            "{reply:?}"
        );
    }
    for (why, token) in [
        (
            "another key",
            tokens::sign_with(
                Algorithm::HS256,
                "a key that nobody gave to the service",
                &tokens::claims(),
            ),
        ),
        (
            "another algorithm",
            tokens::sign_with(Algorithm::HS512, tokens::KEY, &tokens::claims()),
        ),
        // {"alg":"none","typ":"JWT"}
        (
            "no algorithm",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."),
        ),
        (
            "no algorithm, signed",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.{signature}"),
        ),
        (
            "not signed",
            format!("{}.{payload}.", good.split('.').next().unwrap()),
        ),
        ("expired", sign(&with("exp", now() - 3600))),
        ("no expiry", sign(&without("exp"))),
        ("expiry of the wrong type", sign(&with("exp", "tomorrow"))),
        ("not yet valid", sign(&with("nbf", now() + 3600))),
        ("another audience", sign(&with("aud", "another"))),
        ("no audience", sign(&without("aud"))),
        ("another issuer", sign(&with("iss", "another"))),
        ("no issuer", sign(&without("iss"))),
        ("no subject", sign(&without("sub"))),
        ("an empty subject", sign(&with("sub", ""))),
        (
            "a tenant of the wrong type",
            sign(&with("tenant_id", json!(["acme"]))),
        ),
        ("not a token", "acme".to_owned()),
    ] {
        let reply = on_every_route(&service, &note, Some(&token), &[]).await;
        reply.problem(401);
        assert!(
            reply
                .header("www-authenticate")
                .unwrap()
                .starts_with("Bearer"),
            "{why}: {reply:?}"
        );
        assert!(!reply.text.contains(payload), "{why}: {reply:?}");
    }
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Basic YWxpY2U6c2VjcmV0",
        good.as_str(),
    ] {
        let reply =
            on_every_route(&service, &note, None, &[("authorization", authorization)]).await;
        reply.problem(401);
    }
    service.get("/notes", &good).await.expect(200);
}

pub async fn s04_a_malformed_source_is_not_passed_over(service: Arc<Service>) {
    let alice = service.member("alice", "acme").await;
    let note = service.note(&alice, "of acme").await;
    let long = "a".repeat(65);
    for (headers, named) in [
        (vec![("x-tenant-id", "")], "x-tenant-id"),
        (vec![("x-tenant-id", "  ")], "x-tenant-id"),
        (vec![("x-tenant-id", "acme,globex")], "x-tenant-id"),
        (vec![("x-tenant-id", "acme globex")], "x-tenant-id"),
        (vec![("x-tenant-id", long.as_str())], "x-tenant-id"),
        (vec![("x-tenant-id", "../acme")], "x-tenant-id"),
        (
            vec![("x-tenant-id", "00000000-0000-0000-0000-000000000000")],
            "x-tenant-id",
        ),
        (
            vec![("x-tenant-id", "acme"), ("x-tenant-id", "globex")],
            "x-tenant-id",
        ),
        (
            vec![("x-tenant-id", "acme"), ("x-tenant-id", "acme")],
            "x-tenant-id",
        ),
        (vec![("host", "a.acme.localhost")], "host"),
        (vec![("host", "-acme.localhost")], "host"),
        (vec![("host", "acme.localhost..")], "host"),
        (vec![("host", "acme.localhost:http")], "host"),
        (vec![("host", "acme@globex.localhost")], "host"),
        (vec![("cookie", "tenant_id=")], "tenant_id"),
        (
            vec![("cookie", "tenant_id=acme; tenant_id=globex")],
            "tenant_id",
        ),
        (
            vec![("cookie", "tenant_id=acme"), ("cookie", "tenant_id=acme")],
            "tenant_id",
        ),
    ] {
        let reply = on_every_route(&service, &note, Some(&alice), &headers).await;
        let detail = reply.problem(400);
        assert!(
            detail.to_ascii_lowercase().contains(named),
            "{headers:?}: {detail}"
        );
    }

    // E02, E03: what no client library sends.
    let authorization = format!("authorization: Bearer {alice}\r\nconnection: close\r\n\r\n");
    for (hosts, status) in [
        ("host: acme.localhost\r\n", 200),
        ("host: acme.localhost\r\nhost: acme.localhost\r\n", 400),
        ("host: acme.localhost\r\nhost: globex.localhost\r\n", 400),
        ("", 400),
    ] {
        let (answered, answer) = service
            .raw_request(&format!("GET /notes HTTP/1.1\r\n{hosts}{authorization}"))
            .await;
        assert_eq!(answered, status, "{hosts:?}: {answer}");
    }
}
