//! C01 and C08: work that leaves its request.

use crate::{Server, Site, client::WebSocket};

pub(super) fn c01_spawned_work_has_a_context_only_when_it_is_given_one(server: Server) {
    let site = Site::open(server);
    for tenant in ["acme", "globex"] {
        let request = site.get("/tasks").host(format!("{tenant}.example.com"));
        assert_eq!(
            request.user("alice").send().ok(),
            format!("given {tenant} {tenant} {tenant}, bare none none")
        );
    }
}

pub(super) fn c01_a_streamed_body_is_made_in_the_context_of_its_request(server: Server) {
    let site = Site::open(server);
    let mut connection = site.connect();
    for tenant in ["acme", "globex", "acme"] {
        let request = site.get("/stream").host(format!("{tenant}.example.com"));
        let answer = connection.send(&request.user("alice"));
        assert_eq!(answer.header("transfer-encoding"), ["chunked"]);
        assert_eq!(answer.ok(), format!("a {tenant};b {tenant};c {tenant};"));
    }
}

pub(super) fn c01_a_body_that_is_given_up_ends_in_the_context_of_its_request(server: Server) {
    let site = Site::open(server);
    let mut connection = site.connect();
    let request = site.get("/endless").host("acme.example.com").user("alice");
    connection.write(&request);
    assert_eq!(connection.head().status(), 200);
    connection.expect(b"5\r\nbegun\r\n");
    assert!(!site.world.has_notes());
    drop(connection);
    assert_eq!(site.world.noted(), "dropped in acme");
}

pub(super) fn c01_sockets_keep_the_context_that_they_are_given(server: Server) {
    let site = Site::open(server);
    let open = |tenant: &str| {
        let request = site.get("/socket").host(format!("{tenant}.example.com"));
        let request = request.user("alice").upgrade();
        let request = request.header("origin", format!("https://{tenant}.example.com"));
        WebSocket::open(&request)
    };
    let (mut acme, mut globex) = (open("acme"), open("globex"));
    assert_eq!(acme.hear(), "bare none, given acme");
    assert_eq!(globex.hear(), "bare none, given globex");
    for _ in 0..5 {
        acme.say("who?");
        globex.say("who?");
        assert_eq!(acme.hear(), "acme");
        assert_eq!(globex.hear(), "globex");
    }
}

pub(super) fn c08_work_that_is_done_in_another_request_keeps_its_own_context(server: Server) {
    let site = Site::open(server);
    let ask = |path, tenant: &str| {
        let request = site.get(path).host(format!("{tenant}.example.com"));
        request.user("alice").send().ok()
    };
    assert_eq!(ask("/park", "acme"), "acme");
    assert_eq!(
        ask("/unpark", "globex"),
        "x acme, globex, acme, y acme, globex"
    );
    assert_eq!(ask("/park", "globex"), "globex");
    assert_eq!(
        ask("/unpark", "globex"),
        "x globex, globex, globex, y globex, globex"
    );
}
