//! E18: requests whose end two parties may see in different places.

use crate::{Server, Site, client::Request};

/// A request that a stranger would like to hide in the body of another.
const HIDDEN: &str = "GET /public/whoami HTTP/1.1\r\nhost: globex.example.com\r\n\r\n";

fn post(site: &Site, headers: &[(&str, &str)], body: &str) -> Request {
    let request = site.get("/echo").host("acme.example.com").user("alice");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    request.post(body)
}

pub(super) fn e18_a_request_with_both_framings_is_refused_or_read_in_one_way_only(server: Server) {
    let site = Site::open(server);
    let body = "4\r\nnote\r\n0\r\n\r\n";
    let length = body.len().to_string();
    for headers in [
        [
            ("content-length", length.as_str()),
            ("transfer-encoding", "chunked"),
        ],
        [
            ("transfer-encoding", "chunked"),
            ("content-length", length.as_str()),
        ],
        [("content-length", "4"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "chunked"), ("content-length", "0")],
    ] {
        let mut connection = site.connect();
        let answer = connection.send(&post(&site, &headers, body));
        if server.refuses_both_framings {
            answer.bad_request();
            assert!(!site.world.has_notes(), "no handler ran");
        } else {
            // The length is not looked at, so there is nothing that a part of the body could be
            // taken for.
            assert_eq!(answer.ok(), "note");
            assert_eq!(site.world.noted(), "echo");
        }
    }
    let chunked = post(&site, &[("transfer-encoding", "chunked")], body);
    assert_eq!(site.connect().send(&chunked).ok(), "note");
    let counted = post(&site, &[("content-length", "4")], "note");
    assert_eq!(site.connect().send(&counted).ok(), "note");
}

pub(super) fn e18_framings_that_no_two_parties_read_alike_are_refused_by_the_server(
    server: Server,
) {
    let site = Site::open(server);
    // Both servers refuse these before the layer is asked.
    for headers in [
        &[("content-length", "4"), ("content-length", "5")][..],
        &[("content-length", "4, 5")],
        &[("content-length", "+4")],
        &[("content-length", "0x4")],
        &[("content-length", "-1")],
        &[("content-length", "4 4")],
        &[("content-length ", "4")],
        &[("transfer-encoding", "identity"), ("content-length", "4")],
        &[("transfer-encoding", "xchunked")],
        &[("transfer-encoding", "chunked, identity")],
    ] {
        let mut connection = site.connect();
        connection.write(&post(&site, headers, "note"));
        // One answer, and then the end.
        if let Some(answer) = connection.read_or_end() {
            assert!(
                matches!(answer.status(), 400 | 501),
                "{headers:?} {answer:?}"
            );
        }
        assert!(!site.world.has_notes(), "no handler ran for {headers:?}");
    }
    let request = post(&site, &[("content-length", "4")], "note");
    assert_eq!(site.connect().send(&request).ok(), "note");
}

pub(super) fn e18_what_is_hidden_in_a_body_is_never_answered_as_a_request_of_its_own(
    server: Server,
) {
    let site = Site::open(server);
    let whoami = site.get("/whoami").host("acme.example.com").user("alice");
    for path in ["/echo", "/no-such-route"] {
        let length = HIDDEN.len().to_string();
        let request = post(&site, &[("content-length", &length)], HIDDEN);
        let request = if path == "/echo" {
            request
        } else {
            // Refused: nobody has read the body when the answer goes out.
            request.header("x-tenant-id", "globex")
        };
        let mut connection = site.connect();
        connection.write(&request);
        connection.write(&whoami);
        let first = connection.read(&request);
        assert!(!first.head.contains("globex"), "{first:?}");
        // The next answer on this connection is the one to the next request, if there is one.
        if let Some(next) = connection.read_or_end() {
            assert_eq!(next.ok(), "acme by subdomain for alice");
        }
    }
    // Positive control: in front of a body, it is a request.
    let hidden = site.get("/public/whoami").host("globex.example.com");
    assert_eq!(hidden.send().ok(), "globex by subdomain for nobody");
}
