//! E15 and E16: values that are repeated, joined, too long or badly written.

use crate::{
    Server, Site,
    client::{Request, over_h2},
    world,
};

pub(super) fn e15_repeated_and_joined_values_are_refused(server: Server) {
    let site = Site::open(server);
    let request = || site.get("/whoami").host("example.com").user("alice");
    let malformed: [Request; 10] = [
        request()
            .header("x-tenant-id", "acme")
            .header("x-tenant-id", "acme"),
        request()
            .header("x-tenant-id", "acme")
            .header("X-Tenant-ID", "globex"),
        request()
            .header("x-tenant-id", "acme")
            .header("x-tenant-id", ""),
        request().header("x-tenant-id", "acme,globex"),
        request().header("x-tenant-id", "acme, acme"),
        request().header("cookie", "tenant_id=acme; tenant_id=acme"),
        request().header("cookie", "tenant_id=acme; a=b; tenant_id=globex"),
        request()
            .header("cookie", "tenant_id=acme")
            .header("cookie", "tenant_id=globex"),
        request().header("cookie", "tenant_id=acme; tenant_id="),
        request().header("cookie", "tenant_id=acme,globex"),
    ];
    for request in malformed {
        request.send().refused(400, "malformed_request");
    }
    for target in [
        "/query/whoami?tenant=acme&tenant=acme",
        "/query/whoami?tenant=acme&%74enant=globex",
        "/query/whoami?tenant=acme,globex",
        "/t/acme,globex/whoami",
    ] {
        let answer = site.get(target).host("example.com").user("alice").send();
        answer.refused(400, "malformed_request");
    }
    let query = site.get("/query/whoami?tenant=acme&Tenant=globex");
    let query = query.host("example.com").user("alice").send();
    assert_eq!(query.ok(), "acme by query for alice");
    let header = request().header("x-tenant-id", "acme").send();
    assert_eq!(header.ok(), "acme by header for alice");
    let cookie = request()
        .header("cookie", "a=b; tenant_id=acme; Tenant_Id=globex")
        .send();
    assert_eq!(cookie.ok(), "acme by cookie for alice");
}

pub(super) fn e15_cookies_that_h2_splits_are_read_together(server: Server) {
    let site = Site::open(server);
    let request = |cookies: &[&str]| {
        let mut request = http::Request::get("http://example.com/whoami")
            .header("authorization", format!("Bearer {}", world::token("alice")));
        for cookie in cookies {
            request = request.header("cookie", *cookie);
        }
        request.body(()).expect("a request")
    };
    let requests = vec![
        request(&["tenant_id=acme", "tenant_id=globex"]),
        request(&["tenant_id=acme", "a=b; tenant_id=acme"]),
        request(&["a=b", "tenant_id=acme", "c=d"]),
    ];
    let answers = over_h2(site.address, requests);
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [400, 400, 200]);
    assert_eq!(answers[2].1, "acme by cookie for alice");
}

pub(super) fn e16_long_and_badly_written_names_are_refused_before_any_lookup(server: Server) {
    let site = Site::open(server);
    let gate = &site.world.gate;
    let long = "a".repeat(5_000);
    for value in [
        &long[..65],
        &long,
        "a b",
        "a\u{e9}",
        "a;b",
        "..",
        "a/b",
        "a\"b",
    ] {
        let request = site.alice("/cached/whoami").header("x-tenant-id", value);
        request.send().bad_request();
        // A semicolon would end the cookie.
        let cookie = format!("tenant_id={}", value.replace(';', "%3b"));
        let request = site.alice("/cached/whoami").header("cookie", cookie);
        request.send().bad_request();
    }
    let host = format!("{}.example.com", &long[..64]);
    let request = site.get("/cached/whoami").host(host).user("alice");
    request.send().refused(400, "malformed_request");
    assert_eq!(gate.questions(), 0);

    // Positive control: a name that could be one is looked up, and only once.
    for _ in 0..3 {
        let request = site
            .alice("/cached/whoami")
            .header("x-tenant-id", &long[..63]);
        request.send().refused(404, "tenant_not_found");
        assert_eq!(gate.questions(), 1);
    }
    let request = site.alice("/cached/whoami").header("x-tenant-id", "acme");
    assert_eq!(request.send().ok(), "acme by header for alice");
    assert_eq!(gate.questions(), 2);
}
