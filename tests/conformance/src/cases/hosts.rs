//! E: hosts, and what proxies and clients do to them.

use crate::{Server, Site, client::over_h2};

const ACME: &str = "acme by subdomain for alice";

pub(super) fn e02_two_host_headers_are_refused(server: Server) {
    let site = Site::open(server);
    for second in ["acme.example.com", "globex.example.com", ""] {
        let request = site.get("/whoami").host("acme.example.com").host(second);
        request.user("alice").send().bad_request();
    }
    let request = site.get("/whoami").host("acme.example.com");
    assert_eq!(request.user("alice").send().ok(), ACME);
}

pub(super) fn e03_a_missing_host_is_refused(server: Server) {
    let site = Site::open(server);
    site.get("/whoami").user("alice").send().bad_request();
    let without = site.get("/whoami").in_http_1_0().user("alice");
    without.clone().send().refused(400, "malformed_request");
    // A header that names the tenant does not make up for it.
    without
        .clone()
        .header("x-tenant-id", "acme")
        .send()
        .refused(400, "malformed_request");
    assert_eq!(without.host("acme.example.com").send().ok(), ACME);
}

pub(super) fn e04_an_absolute_target_that_differs_from_host_is_refused(server: Server) {
    let site = Site::open(server);
    for target in [
        "http://globex.example.com/whoami",
        "http://example.com/whoami",
        "http://acme.example.com:8443/whoami",
        "http://acme.example.com.evil.example/whoami",
    ] {
        let request = site.get(target).host("acme.example.com").user("alice");
        request.send().refused(400, "malformed_request");
    }
    for target in [
        "http://acme.example.com/whoami",
        "http://ACME.example.com.:80/whoami",
    ] {
        let request = site.get(target).host("acme.example.com").user("alice");
        assert_eq!(request.send().ok(), ACME);
    }
}

pub(super) fn e04_an_h2_authority_that_differs_from_host_is_refused(server: Server) {
    let site = Site::open(server);
    let request = |authority: &str, hosts: &[&str]| {
        let mut request = http::Request::get(format!("http://{authority}/whoami")).header(
            "authorization",
            format!("Bearer {}", crate::world::token("alice")),
        );
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(()).expect("a request")
    };
    let answers = over_h2(
        site.address,
        vec![
            request("globex.example.com", &["acme.example.com"]),
            request("example.com", &["acme.example.com"]),
            request(
                "acme.example.com",
                &["acme.example.com", "acme.example.com"],
            ),
            request("acme.example.com", &["acme.example.com"]),
            request("acme.example.com", &[]),
        ],
    );
    let statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [400, 400, 400, 200, 200]);
    assert_eq!(answers[3].1, ACME);
    assert_eq!(answers[4].1, ACME);
}

pub(super) fn e05_a_malformed_authority_is_refused(server: Server) {
    let site = Site::open(server);
    let hosts: [&[u8]; 16] = [
        b"",
        b"a@evil:80#/",
        b"acme@acme.example.com",
        b"globex.example.com@acme.example.com",
        b"acme .example.com",
        b"acme.example.com, globex.example.com",
        b"acme.example.com/",
        b"acme.example.com#",
        b"acme.example.com?x",
        b"acme.example.com\\",
        b"acme%2eexample.com",
        b"acm\x01e.example.com",
        b"acm\xc3\xa9.example.com",
        b"acme\xff.example.com",
        b".acme.example.com",
        b"http://acme.example.com",
    ];
    for host in hosts {
        let answer = site.get("/whoami").host(host).user("alice").send();
        answer.bad_request();
    }
    let request = site.get("/whoami").host("acme.example.com").user("alice");
    assert_eq!(request.send().ok(), ACME);
}

pub(super) fn e06_the_port_is_checked_and_stripped(server: Server) {
    let site = Site::open(server);
    let ask = |host: &str| site.get("/whoami").host(host).user("alice").send();
    for port in ["80", "443", "8443", "65535"] {
        assert_eq!(ask(&format!("acme.example.com:{port}")).ok(), ACME);
    }
    for port in ["", "0", "65536", "99999", "-1", "+80", "8o80", "80:80"] {
        ask(&format!("acme.example.com:{port}")).refused(400, "malformed_request");
    }
}

pub(super) fn e07_an_address_is_never_a_tenant(server: Server) {
    let site = Site::open(server);
    for host in [
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]",
        "[::1]:8080",
        "2130706433",
        "0x7f.1",
    ] {
        let request = site.get("/whoami").host(host).user("alice");
        request.clone().send().refused(400, "tenant_required");
        // It is a fine place to name a tenant from, though.
        let answer = request.header("x-tenant-id", "acme").send();
        assert_eq!(answer.ok(), "acme by header for alice");
    }
}

pub(super) fn e08_one_trailing_dot_is_dropped_and_two_are_refused(server: Server) {
    let site = Site::open(server);
    let ask = |host| site.get("/whoami").host(host).user("alice").send();
    for host in ["acme.example.com.", "acme.example.com.:8080"] {
        assert_eq!(ask(host).ok(), ACME);
    }
    for host in [
        "acme.example.com..",
        "acme..example.com",
        "acme.example.com..:8080",
        ".",
    ] {
        ask(host).refused(400, "malformed_request");
    }
}

pub(super) fn e09_upper_case_is_folded_before_anything_compares(server: Server) {
    let site = Site::open(server);
    let request = site.get("/whoami").host("ACME.Example.COM").user("alice");
    assert_eq!(request.clone().send().ok(), ACME);
    let request = request.header("x-tenant-id", "Acme");
    assert_eq!(request.send().ok(), "acme by header for alice");
    let other = site.get("/whoami").host("GLOBEX.EXAMPLE.COM").user("alice");
    other
        .header("x-tenant-id", "acme")
        .send()
        .refused(404, "tenant_not_found");
}

pub(super) fn e11_exactly_one_label_below_the_base_names_a_tenant(server: Server) {
    let site = Site::open(server);
    let ask = |host| site.get("/whoami").host(host).user("alice").send();
    assert_eq!(ask("acme.example.com").ok(), ACME);
    for nested in [
        "globex.acme.example.com",
        "www.acme.example.com",
        "a.b.acme.example.com",
    ] {
        ask(nested).refused(400, "malformed_request");
    }
    for elsewhere in [
        "acmeexample.com",
        "evilexample.com",
        "acme.evilexample.com",
        "acme.example.com.evil.example",
        "acme.example.org",
        "acme",
    ] {
        ask(elsewhere).refused(400, "tenant_required");
    }
}

pub(super) fn e12_apex_www_and_reserved_labels_are_never_looked_up(server: Server) {
    let site = Site::open(server);
    // Tenants of these names exist, and the user is a member of them.
    for (host, slug) in [("www.example.com", "www"), ("API.example.com:443", "api")] {
        let request = site.get("/whoami").host(host).user("alice");
        request.clone().send().refused(400, "tenant_required");
        let answer = request.header("x-tenant-id", slug).send();
        assert_eq!(answer.ok(), format!("{slug} by header for alice"));
    }
    let apex = site.get("/whoami").host("example.com").user("alice");
    apex.send().refused(400, "tenant_required");
}
