//! E17: pages that act in a tenant.

use crate::{Server, Site, client::WebSocket};

/// Origins that are none of acme's.
const FOREIGN: [&str; 9] = [
    "https://globex.example.com",
    "https://example.com",
    "https://evil.example",
    "https://acme.example.com.evil.example",
    "https://evil.example#acme.example.com",
    "http://acme.example.com",
    "https://acme.example.com:4443",
    "null",
    "",
];

pub(super) fn e17_a_foreign_page_opens_no_socket(server: Server) {
    let site = Site::open(server);
    let handshake = || {
        let request = site.get("/socket").host("acme.example.com");
        request.user("alice").upgrade()
    };
    for origin in FOREIGN {
        let answer = site.connect().send(&handshake().header("origin", origin));
        answer.refused(403, "origin_not_allowed");
    }
    let two = handshake().header("origin", "https://acme.example.com");
    let two = two.header("origin", "https://acme.example.com");
    site.connect().send(&two).refused(400, "malformed_request");

    let own = handshake().header("origin", "https://acme.example.com");
    assert_eq!(WebSocket::open(&own).hear(), "bare none, given acme");
    // A program that is no browser.
    assert_eq!(
        WebSocket::open(&handshake()).hear(),
        "bare none, given acme"
    );
}

pub(super) fn e17_a_handshake_that_is_hidden_from_the_check_opens_no_socket_either(server: Server) {
    let site = Site::open(server);
    let request = || site.get("/socket").host("acme.example.com").user("alice");
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let disguised = [
        request()
            .header("connection", "keep-alive, Upgrade")
            .header("upgrade", "WebSocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", key),
        request()
            .header("connection", "upgrade")
            .header("upgrade", "h2c, websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", key),
        request()
            .header("connection", "upgrade")
            .header("upgrade", "h2c")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", key),
    ];
    for request in disguised {
        let request = request.header("origin", "https://evil.example");
        let answer = site.connect().send(&request);
        answer.refused(403, "origin_not_allowed");
    }
}

pub(super) fn e17_sockets_need_a_token_like_any_request(server: Server) {
    let site = Site::open(server);
    let request = site.get("/socket").host("acme.example.com").upgrade();
    let request = request.header("origin", "https://acme.example.com");
    let stranger = site.connect().send(&request.clone());
    stranger.refused(401, "unauthenticated");
    let foreign = site.connect().send(&request.clone().user("mallory"));
    foreign.refused(404, "tenant_not_found");
    WebSocket::open(&request.user("alice"));
}

pub(super) fn e17_every_origin_is_checked_where_that_is_asked_for(server: Server) {
    let site = Site::open(server);
    for method in ["GET", "POST", "OPTIONS"] {
        let request = || {
            let request = site.get("/pages/whoami").host("acme.example.com");
            request.user("alice").method(method)
        };
        for origin in FOREIGN {
            let answer = request().header("origin", origin).send();
            answer.refused(403, "origin_not_allowed");
        }
        for origin in [
            "https://acme.example.com",
            "https://ACME.example.com:443",
            "https://app.example.net",
        ] {
            let answer = request().header("origin", origin).send();
            assert_eq!(answer.ok(), "acme by subdomain for alice");
        }
        assert_eq!(request().send().status(), 200);
        // Not asked for: only handshakes are.
        let elsewhere = site.get("/domains/whoami").host("acme.example.com");
        let elsewhere = elsewhere.user("alice").header("origin", FOREIGN[2]);
        assert_eq!(elsewhere.send().status(), 200);
    }
}

pub(super) fn e17_where_no_source_reads_hosts_pages_of_the_same_host_may(server: Server) {
    let site = Site::open(server);
    let ask = |origin| {
        let request = site.get("/header/whoami").host("api.example.com:8443");
        let request = request.user("alice").header("x-tenant-id", "acme");
        request.header("origin", origin).send()
    };
    for origin in ["https://acme.example.com", "https://example.com", "null"] {
        ask(origin).refused(403, "origin_not_allowed");
    }
    for origin in ["https://api.example.com:8443", "https://API.example.com"] {
        assert_eq!(ask(origin).ok(), "acme by header for alice");
    }
}

pub(super) fn e17_an_origin_names_no_tenant(server: Server) {
    let site = Site::open(server);
    let request = site
        .alice("/whoami")
        .header("origin", "https://acme.example.com");
    let request = request.header("referer", "https://acme.example.com/notes");
    request.clone().send().refused(400, "tenant_required");
    let answer = request.header("x-tenant-id", "globex").send();
    assert_eq!(answer.ok(), "globex by header for alice");
}
