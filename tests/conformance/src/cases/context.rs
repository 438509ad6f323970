//! C: the context of a request, and nobody else's.

use std::thread;

use crate::{Server, Site, client::Request};

pub(super) fn c02_a_request_keeps_its_tenant_whatever_middleware_does(server: Server) {
    let site = Site::open(server);
    let ask = |path| site.get(path).host("acme.example.com").user("alice").send();
    assert_eq!(ask("/whoami").ok(), "acme by subdomain for alice");
    assert_eq!(ask("/relabelled").ok(), "acme by subdomain for alice");
    ask("/replaced").refused(500, "internal_error");
    ask("/removed").refused(500, "internal_error");
}

pub(super) fn c02_nested_layers_cannot_change_the_tenant(server: Server) {
    let site = Site::open(server);
    let ask = |outer, host| {
        let request = site.get("/nested/whoami").host(host).user("alice");
        request.header("x-outer-tenant", outer).send()
    };
    ask("globex", "acme.example.com").refused(500, "internal_error");
    assert_eq!(
        ask("acme", "acme.example.com").ok(),
        "acme by subdomain for alice"
    );
}

pub(super) fn c02_what_middleware_does_to_extensions_does_not_open_another_tenant_to_an_inner_layer(
    server: Server,
) {
    let site = Site::open(server);
    for path in ["/nested/removed", "/nested/replaced"] {
        let ask = |outer, host| {
            let request = site.get(path).host(host).user("alice");
            request.header("x-outer-tenant", outer).send()
        };
        ask("acme", "globex.example.com").refused(500, "internal_error");
    }
    let same = site.get("/nested/removed").host("acme.example.com");
    let same = same.header("x-outer-tenant", "acme").user("alice").send();
    assert_eq!(same.ok(), "acme by subdomain for alice");
}

pub(super) fn c04_a_panicking_handler_leaves_no_context_behind(server: Server) {
    let site = Site::open(server);
    let address = site.address;
    let request = site.get("/panic").host("acme.example.com").user("alice");
    // The server may drop the connection without an answer.
    let _ = thread::spawn(move || request.send()).join();
    assert_eq!(site.world.noted(), "dropped in acme");
    let bare = Request::get(address, "/bare/current").host("acme.example.com");
    assert_eq!(bare.send().ok(), "none");
    let request = site.get("/whoami").host("globex.example.com").user("alice");
    assert_eq!(request.send().ok(), "globex by subdomain for alice");
}

pub(super) fn c05_requests_interleaved_on_one_thread_keep_their_own_context(server: Server) {
    let site = Site::open(server);
    let meet = |tenant: &'static str| {
        let request = site
            .get("/meet")
            .host(format!("{tenant}.example.com"))
            .user("alice");
        thread::spawn(move || request.send().ok())
    };
    for _ in 0..3 {
        let (acme, globex) = (meet("acme"), meet("globex"));
        assert_eq!(
            acme.join().expect("an answer"),
            "acme by subdomain for alice"
        );
        assert_eq!(
            globex.join().expect("an answer"),
            "globex by subdomain for alice"
        );
    }
}

pub(super) fn c06_a_missing_layer_is_a_500_that_tells_the_client_nothing(server: Server) {
    let site = Site::open(server);
    let ask = |path| {
        let request = site.get(path).host("acme.example.com").user("alice");
        request.header("x-tenant-id", "acme").send()
    };
    for path in ["/bare/whoami", "/bare/tenant", "/bare/me", "/bare/optional"] {
        let answer = ask(path);
        assert!(!answer.body.to_lowercase().contains("layer"), "{answer:?}");
        assert!(
            !answer.body.to_lowercase().contains("middleware"),
            "{answer:?}"
        );
        assert_eq!(answer.header("cache-control"), ["private, no-store"]);
        answer.refused(500, "internal_error");
    }
    assert_eq!(ask("/bare/current").ok(), "none");
    assert_eq!(ask("/whoami").ok(), "acme by header for alice");
}

pub(super) fn c06_an_optional_layer_gives_no_tenant_to_those_who_need_one(server: Server) {
    let site = Site::open(server);
    let anonymous = |path| site.get(path).host("example.com").send();
    assert_eq!(anonymous("/optional/whoami").ok(), "nowhere");
    anonymous("/optional/tenant").refused(400, "tenant_required");
    let member = |path| site.get(path).host("acme.example.com").user("alice").send();
    assert_eq!(
        member("/optional/whoami").ok(),
        "acme by subdomain for alice"
    );
    assert_eq!(member("/optional/tenant").ok(), "acme");
    assert_eq!(member("/tenant").ok(), "acme");
}

pub(super) fn c06_a_public_layer_gives_no_principal_to_those_who_need_one(server: Server) {
    let site = Site::open(server);
    let visitor = site.get("/public/me").host("acme.example.com");
    let answer = visitor.clone().send();
    assert_eq!(answer.header("www-authenticate"), ["Bearer"]);
    answer.refused(401, "unauthenticated");
    assert_eq!(visitor.user("alice").send().ok(), "alice");
    let member = site.get("/me").host("acme.example.com").user("alice");
    assert_eq!(member.send().ok(), "alice");
}
