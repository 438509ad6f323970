//! S08 and O01 where the application writes problems in its own form.

use crate::{
    Server, Site,
    client::{Answer, Request},
    world::{PAGE, PROBLEM_HEADERS},
};

fn page(code: &str) -> String {
    format!("{}{code}{}", PAGE[0], PAGE[1])
}

#[track_caller]
fn is_page(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status(), &*answer.body),
        (status, &*page(code)),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), ["text/html"]);
    assert_eq!(answer.header("cache-control"), ["private, no-store"]);
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), [length]);
}

pub(super) fn s08_unknown_suspended_and_foreign_tenants_look_alike_in_other_forms_too(
    server: Server,
) {
    let site = Site::open(server);
    let ask = |user, host: &str, header: Option<&str>| {
        let request = site.get("/rendered/whoami").host(host).user(user);
        let request = match header {
            Some(tenant) => request.header("x-tenant-id", tenant),
            None => request,
        };
        request.send()
    };
    let unknown = ask("alice", "no-such-tenant.example.com", None);
    is_page(&unknown, 404, "tenant_not_found");
    for (user, host, header) in [
        ("alice", "frozen.example.com", None),
        ("alice", "deleted.example.com", None),
        ("mallory", "acme.example.com", None),
        ("alice", "acme.example.com", Some("globex")),
        ("alice", "example.com", Some("no-such-tenant")),
        ("bob", "globex.example.com", None),
    ] {
        let answer = ask(user, host, header);
        assert_eq!(
            answer.without_date(),
            unknown.without_date(),
            "{user} at {host}"
        );
    }
    let own = ask("alice", "acme.example.com", None);
    assert_eq!(own.ok(), "acme by subdomain for alice");
}

pub(super) fn o01_other_forms_keep_challenge_vary_and_cache_control(server: Server) {
    let site = Site::open(server);
    let varies = |answer: &Answer| {
        let vary = answer.header("vary").join(", ");
        for name in ["accept", "x-tenant-id", "host", "cookie", "authorization"] {
            assert!(
                vary.split(", ").any(|part| part == name),
                "{name} in {vary}"
            );
        }
    };
    let stranger = site.get("/rendered/whoami").host("acme.example.com").send();
    is_page(&stranger, 401, "unauthenticated");
    assert_eq!(stranger.header("www-authenticate"), ["Bearer"]);
    varies(&stranger);
    let malformed = site.alice("/rendered/whoami").header("x-tenant-id", "");
    let malformed = malformed.send();
    is_page(&malformed, 400, "malformed_request");
    assert!(malformed.header("www-authenticate").is_empty());
    varies(&malformed);
    // By an extractor, and through an inner layer that has no form of its own.
    let visitor = site.get("/rendered/public/me").host("acme.example.com");
    let visitor = visitor.send();
    is_page(&visitor, 401, "unauthenticated");
    assert_eq!(visitor.header("www-authenticate"), ["Bearer"]);
    varies(&visitor);
    let member = site.get("/rendered/public/me").host("acme.example.com");
    assert_eq!(member.user("alice").send().ok(), "alice");
}

pub(super) fn o01_a_handlers_problem_keeps_the_headers_of_inner_middleware(server: Server) {
    let site = Site::open(server);
    let ask = |path| {
        let request: Request = site.get(path).host("acme.example.com");
        request.user("alice").send()
    };
    let rendered = ask("/rendered/problem");
    is_page(&rendered, 409, "note_locked");
    let plain = ask("/problem");
    assert_eq!(plain.code(), "note_locked");
    for answer in [&rendered, &plain] {
        for (name, value) in PROBLEM_HEADERS {
            assert!(answer.header(name).contains(&value), "{name} in {answer:?}");
        }
    }
}
