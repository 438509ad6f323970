//! S02: bodies of requests that are refused.

use crate::{Server, Site};

pub(super) fn s02_a_refused_request_is_answered_before_its_body_is_sent(server: Server) {
    let site = Site::open(server);
    let huge = |user: &str| {
        let request = site.get("/echo").host("acme.example.com").user(user);
        request
            .header("content-length", "1073741824")
            .header("expect", "100-continue")
            .post("")
    };
    let refused = huge("mallory");
    let mut connection = site.connect();
    connection.write(&refused);
    let mut answer = connection.read(&refused);
    if answer.status() == 100 {
        // Actix asks for the body by itself, before any service is called.
        answer = connection.read(&refused);
    }
    answer.refused(404, "tenant_not_found");
    assert!(!site.world.has_notes());

    // Positive control: a member's body is read.
    let request = site.get("/echo").host("acme.example.com").user("alice");
    let request = request.header("content-length", "4").post("note");
    assert_eq!(site.connect().send(&request).ok(), "note");
    assert_eq!(site.world.noted(), "echo");
}
