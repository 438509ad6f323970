//! O: what goes out.

use crate::{Server, Site, client::Request, world::CACHEABLE};

const VARY: &str = "x-tenant-id, host, cookie, authorization";

pub(super) fn o01_responses_are_private_unless_the_handler_says_otherwise(server: Server) {
    let site = Site::open(server);
    let acme = |path| site.get(path).host("acme.example.com").user("alice");
    let nowhere = site.get("/optional/whoami").host("example.com");
    let plain = [
        acme("/whoami").send(),
        site.get("/public/whoami").host("acme.example.com").send(),
        nowhere.send(),
    ];
    for answer in plain {
        assert_eq!(answer.header("cache-control"), ["private, no-store"]);
        assert_eq!(answer.header("vary"), [VARY]);
        answer.ok();
    }
    let refused = [
        site.get("/whoami").host("acme.example.com").send(),
        site.get("/whoami").host("example.com").user("alice").send(),
        acme("/whoami").header("x-tenant-id", "").send(),
        acme("/whoami").header("x-tenant-id", "globex").send(),
        acme("/broken/whoami").send(),
        acme("/no-such-route").send(),
    ];
    for answer in refused {
        assert!(answer.status() >= 400);
        assert_eq!(
            answer.header("cache-control"),
            ["private, no-store"],
            "{answer:?}"
        );
        assert_eq!(answer.header("vary"), [VARY]);
    }
    let cacheable = acme("/cacheable").send();
    assert_eq!(cacheable.header("cache-control"), [CACHEABLE]);
    assert_eq!(cacheable.header("vary"), ["accept-language", VARY]);
    cacheable.ok();
}

pub(super) fn o01_answers_of_the_router_itself_are_private_too(server: Server) {
    let site = Site::open(server);
    let acme = |path| site.get(path).host("acme.example.com").user("alice");
    for (request, status) in [
        (acme("/no-such-route"), 404),
        (acme("/whoami").method("HEAD"), server.head_status),
        (acme("/cacheable").method("DELETE"), server.method_status),
    ] {
        let mut connection = site.connect();
        let answer = connection.send(&request);
        assert_eq!(answer.status(), status, "{answer:?}");
        assert_eq!(answer.header("cache-control"), ["private, no-store"]);
        assert_eq!(answer.header("vary"), [VARY]);
        // The connection goes on.
        let next = connection.send(&acme("/whoami"));
        assert_eq!(next.ok(), "acme by subdomain for alice");
    }
    // The router tells strangers nothing about its routes.
    for path in ["/whoami", "/no-such-route"] {
        let stranger = site.get(path).host("acme.example.com").send();
        stranger.refused(401, "unauthenticated");
    }
}

pub(super) fn o01_head_and_options_are_resolved_like_any_other_method(server: Server) {
    let site = Site::open(server);
    for method in ["HEAD", "OPTIONS", "DELETE", "PROPFIND"] {
        let ask = |request: Request| site.connect().send(&request.method(method));
        let request = site.get("/domains/whoami").host("acme.example.com");
        let refused = ask(request.clone());
        assert_eq!(refused.status(), 401, "{refused:?}");
        assert_eq!(refused.header("vary"), [VARY]);
        let foreign = ask(request.clone().user("mallory"));
        assert_eq!(foreign.status(), 404, "{foreign:?}");
        let own = ask(request.user("alice"));
        assert_eq!(own.header("cache-control"), ["private, no-store"]);
        let body = own.ok();
        if method != "HEAD" {
            assert_eq!(body, "acme by subdomain for alice");
        }
    }
}

pub(super) fn o02_redirects_lead_to_domains_of_tenants_alone(server: Server) {
    let site = Site::open(server);
    let ask = |url: &str| {
        let escaped: String = url.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let request = site.get(&format!("/redirect?to={escaped}"));
        request.host("acme.example.com").user("alice").send()
    };
    for url in [
        "https://globex.example.com/notes",
        "https://ACME.example.com:443/?a=b#c",
    ] {
        let answer = ask(url);
        assert_eq!(answer.status(), 303, "{answer:?}");
        assert_eq!(answer.header("location"), [url]);
    }
    for url in [
        "https://example.com/",
        "https://no-such-tenant.example.com/",
        "https://frozen.example.com/",
        "https://www.example.com/",
        "https://acme.example.com@evil.example/",
        "https://acme.example.com.evil.example/",
        "https://evil.example\\@acme.example.com/",
        "https://evil.example/?acme.example.com",
        "https:acme.example.com/",
        "//acme.example.com/",
        "/\\evil.example",
        "http://acme.example.com/",
        "javascript://acme.example.com/%0aalert(1)",
        "https://acme.example.com/\r\nset-cookie: a=b",
        "https://127.0.0.1/",
        "",
    ] {
        assert_eq!(ask(url).ok(), "refused", "{url}");
    }
}

pub(super) fn o03_problems_name_neither_tenants_nor_internals(server: Server) {
    let site = Site::open(server);
    let ask = |path, host| site.get(path).host(host);
    let refusals = [
        ask("/whoami", "acme.example.com").send(),
        ask("/whoami", "acme.example.com").user("mallory").send(),
        ask("/whoami", "frozen.example.com").user("alice").send(),
        ask("/whoami", "acme.example.com")
            .user("alice")
            .header("x-tenant-id", "globex")
            .send(),
        ask("/whoami", "acme.example.com")
            .user("alice")
            .header("x-tenant-id", "771002")
            .send(),
        ask("/whoami", "acme.example.com")
            .user("alice")
            .header("x-tenant-id", "acme globex")
            .send(),
        ask("/whoami", "globex.acme.example.com")
            .user("alice")
            .send(),
        ask("/whoami", "example.com")
            .user("bob")
            .header("x-tenant-id", "globex")
            .send(),
        ask("/broken/whoami", "acme.example.com")
            .user("alice")
            .send(),
        ask("/bare/whoami", "acme.example.com").user("alice").send(),
        ask("/replaced", "acme.example.com").user("alice").send(),
        ask("/nested/whoami", "acme.example.com")
            .header("x-outer-tenant", "globex")
            .send(),
    ];
    for answer in refusals {
        assert!(!answer.code().is_empty(), "{answer:?}");
        let text = answer.without_date().to_lowercase();
        for secret in [
            "acme", "globex", "frozen", "7710", "alice", "select", "10.1.2.3", "tenancy",
        ] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let own = ask("/whoami", "acme.example.com").user("alice").send();
    assert_eq!(own.ok(), "acme by subdomain for alice");
}
