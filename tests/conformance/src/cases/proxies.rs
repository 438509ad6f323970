//! E01: hosts that proxies report, and that others make up.

use crate::{Server, Site};

const ACME: &str = "acme by subdomain for alice";

pub(super) fn e01_forwarded_hosts_are_ignored(server: Server) {
    let site = Site::open(server);
    let globex = "globex.example.com";
    for (name, value) in [
        ("x-forwarded-host", globex),
        ("x-forwarded-server", globex),
        ("x-host", globex),
        (
            "forwarded",
            "for=192.0.2.1;host=globex.example.com;proto=https",
        ),
    ] {
        let request = site.get("/whoami").host("acme.example.com");
        assert_eq!(request.header(name, value).user("alice").send().ok(), ACME);
        // Nor do they stand in for a host that says nothing.
        let request = site.get("/whoami").host("example.com");
        request
            .header(name, value)
            .user("alice")
            .send()
            .refused(400, "tenant_required");
    }
}

pub(super) fn e01_forwarded_hosts_are_ignored_from_peers_outside_of_the_configured_networks(
    server: Server,
) {
    let site = Site::open(server);
    let request = site.get("/distant/whoami").user("alice");
    let request = request.header("x-forwarded-host", "globex.example.com");
    assert_eq!(request.clone().host("acme.example.com").send().ok(), ACME);
    let nowhere = request.host("example.com").send();
    nowhere.refused(400, "tenant_required");
}

pub(super) fn e01_a_trusted_proxy_reports_the_host_in_the_one_configured_header(server: Server) {
    let site = Site::open(server);
    for (path, name, value, other) in [
        (
            "/proxied/whoami",
            "x-forwarded-host",
            "acme.example.com",
            "forwarded",
        ),
        (
            "/forwarded/whoami",
            "forwarded",
            "for=192.0.2.1;host=acme.example.com;proto=https",
            "x-forwarded-host",
        ),
    ] {
        let request = site.get(path).user("alice");
        let inside = request.clone().host("globex.example.com");
        assert_eq!(inside.clone().header(name, value).send().ok(), ACME);
        // A check of health that the proxy makes itself.
        assert!(inside.send().ok().starts_with("globex"));
        for other_value in ["globex.example.com", "host=globex.example.com"] {
            let both = request.clone().host("10.0.0.7:8080").header(name, value);
            assert_eq!(both.header(other, other_value).send().ok(), ACME);
        }
        // The proxy has to set it, in place of what the client sent.
        let twice = request.clone().host("10.0.0.7").header(name, value);
        let twice = twice.header(name, value).send();
        twice.refused(400, "malformed_request");
        let joined = request.clone().host("10.0.0.7");
        let joined = joined.header(name, format!("{value}, {value}")).send();
        joined.refused(400, "malformed_request");
        // And the client's own host still has to be one.
        let answer = request.host("10.0.0.7").header(name, "").send();
        assert_ne!(answer.status(), 200, "{answer:?}");
    }
}

pub(super) fn e01_a_reported_host_is_read_as_strictly_as_any(server: Server) {
    let site = Site::open(server);
    let ask = |host: &str| {
        let request = site.get("/proxied/whoami").host("10.0.0.7").user("alice");
        request.header("x-forwarded-host", host).send()
    };
    for host in [
        "a@acme.example.com",
        "acme.example.com/",
        "acme..example.com",
    ] {
        ask(host).refused(400, "malformed_request");
    }
    ask("acme.example.com.evil.example").refused(400, "tenant_required");
    let answer = ask("ACME.example.com:8443");
    assert_eq!(
        answer.header("vary"),
        ["host, authorization, x-forwarded-host"]
    );
    assert_eq!(answer.ok(), ACME);
}
