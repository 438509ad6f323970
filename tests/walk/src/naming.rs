//! The ways to name a tenant.

use std::sync::Arc;

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{
    reply::Reply,
    service::{ACME, GLOBEX, PLATFORM, Service},
    tokens,
};

fn who(tenant: &str, id: &str, source: &str, user: &str, roles: &[&str]) -> Value {
    json!({ "tenant": tenant, "tenant_id": id, "source": source, "user": user, "roles": roles })
}

pub async fn a_tenant_is_named_by_header_host_cookie_or_token(service: Arc<Service>) {
    let alice = service.member("alice", "acme").await;
    let port = service.address.port();
    let host = |name: &str| format!("{name}:{port}");
    for (headers, source) in [
        (vec![], "token"),
        (vec![("x-tenant-id", "acme".to_owned())], "header"),
        (vec![("x-tenant-id", " ACME ".to_owned())], "header"),
        (vec![("x-tenant-id", ACME.to_owned())], "header"),
        (vec![("x-tenant-id", ACME.to_ascii_uppercase())], "header"),
        (vec![("host", host("acme.localhost"))], "subdomain"),
        (vec![("host", "acme.localhost".to_owned())], "subdomain"),
        (vec![("host", host("ACME.LocalHost."))], "subdomain"),
        (vec![("host", host("localhost"))], "token"),
        (vec![("host", host("www.localhost"))], "token"),
        (vec![("host", host("[::1]"))], "token"),
        (vec![("host", host("acme.example.com"))], "token"),
        (vec![("cookie", "tenant_id=acme".to_owned())], "cookie"),
        (
            vec![("cookie", format!("theme=dark; tenant_id={ACME}"))],
            "cookie",
        ),
        (
            vec![
                ("host", host("acme.localhost")),
                ("cookie", format!("tenant_id={ACME}")),
            ],
            "subdomain",
        ),
        (
            vec![
                ("x-tenant-id", ACME.to_owned()),
                ("host", host("acme.localhost")),
                ("cookie", "tenant_id=acme".to_owned()),
            ],
            "header",
        ),
    ] {
        let call = headers
            .iter()
            .fold(service.call("GET", "/whoami"), |call, (name, value)| {
                call.header(*name, value)
            });
        let reply = Reply::to(call.bearer_auth(&alice)).await.expect(200);
        assert_eq!(
            reply.json(),
            who("acme", ACME, source, "alice", &["member"]),
            "{headers:?}"
        );
        assert_eq!(reply.header("cache-control"), Some("private, no-store"));
        let vary = reply.header("vary").unwrap().to_ascii_lowercase();
        for input in ["authorization", "cookie", "host", "x-tenant-id"] {
            assert!(
                vary.split(", ").any(|name| name == input),
                "{input} is not in {vary}"
            );
        }
    }

    for (token, expected) in [
        (
            service.token("bob", "acme", "tenant_admin").await,
            who("acme", ACME, "token", "bob", &["tenant_admin"]),
        ),
        (
            service.member("alice", ACME).await,
            who("acme", ACME, "token", "alice", &["member"]),
        ),
        (
            service.member("alice", "globex").await,
            who("globex", GLOBEX, "token", "alice", &["member"]),
        ),
    ] {
        assert_eq!(
            service.get("/whoami", &token).await.expect(200).json(),
            expected
        );
    }
    // Public: no tenant, no token.
    assert_eq!(
        Reply::to(service.call("GET", "/healthz"))
            .await
            .expect(200)
            .text,
        "ok"
    );
}

pub async fn an_administrator_of_the_platform_enters_by_header(service: Arc<Service>) {
    let carol = service.member("carol", "globex").await;
    let grace = service.token("grace", "platform", "platform_admin").await;
    let note = service.note(&carol, "seen by the platform").await;

    let own = service.get("/whoami", &grace).await.expect(200).json();
    assert_eq!(
        own,
        who("platform", PLATFORM, "token", "grace", &["platform_admin"])
    );
    service
        .get(&format!("/notes/{note}"), &grace)
        .await
        .problem(404);
    let mut of_nobody = tokens::without("tenant_id");
    of_nobody["roles"] = json!(["platform_admin"]);
    let of_nobody = tokens::sign(&of_nobody);
    let fallen_back = service.get("/whoami", &of_nobody).await.expect(200).json();
    assert_eq!(
        fallen_back,
        who(
            "platform",
            PLATFORM,
            "fallback",
            "alice",
            &["platform_admin"]
        )
    );

    let in_globex = |call: RequestBuilder| call.bearer_auth(&grace).header("x-tenant-id", "globex");
    let reply = Reply::to(in_globex(service.call("GET", "/whoami")))
        .await
        .expect(200);
    assert_eq!(
        reply.json(),
        who("globex", GLOBEX, "header", "grace", &["platform_admin"])
    );
    Reply::to(in_globex(service.call("GET", &format!("/notes/{note}"))))
        .await
        .expect(200);
    let listed = Reply::to(in_globex(service.call("GET", "/notes")))
        .await
        .expect(200)
        .json();
    assert_eq!(listed.as_array().unwrap().len(), 1);

    // Neither a host nor a cookie elevates, nor does the claim of a member.
    let by_host = service
        .call("GET", "/whoami")
        .bearer_auth(&grace)
        .header("host", "globex.localhost");
    Reply::to(by_host).await.problem(404);
    let by_cookie = service
        .call("GET", "/whoami")
        .bearer_auth(&grace)
        .header("cookie", "tenant_id=globex");
    Reply::to(by_cookie).await.problem(404);
    let inside_memberships = tokens::with("memberships", json!({ "acme": ["platform_admin"] }));
    let by_membership = service
        .call("GET", "/whoami")
        .bearer_auth(tokens::sign(&inside_memberships));
    Reply::to(by_membership.header("x-tenant-id", "globex"))
        .await
        .problem(404);
}
