use super::{Ask, refused_settings, table};
use crate::resolve::PathResolver;

fn paths<'t>(cases: &[(&str, &'t str)]) -> Vec<(Ask, &'t str)> {
    let ask = |(path, expected): &(&str, &'t str)| (Ask::path(path), *expected);
    cases.iter().map(ask).collect()
}

#[test]
fn s04_the_segment_after_the_prefix_is_read_or_refused() {
    table(
        &PathResolver::after("/t"),
        paths(&[
            ("/t/acme", "acme"),
            ("/t/acme/", "acme"),
            ("/t/acme/notes", "acme"),
            ("/t/Acme/t/globex", "Acme"),
            ("/t/7/notes//x", "7"),
            ("/t/acme/%2F/a%20b", "acme"),
            ("/t/acme/.well-known/...", "acme"),
            ("/t/acme/50%/x", "acme"),
            ("", "-"),
            ("*", "-"),
            ("example.com:443", "-"),
            ("/", "-"),
            ("/t", "-"),
            ("/tt/acme", "-"),
            ("/T/acme", "-"),
            ("/notes/t/acme", "-"),
            ("/notes/", "-"),
            ("/caf%C3%A9/x", "-"),
            ("/t/", "malformed"),
            ("/t//acme", "malformed"),
            ("/t/a,b", "malformed"),
            ("/t/acme%2cglobex", "malformed"),
            ("/t/acme;x=1/notes", "malformed"),
            ("/t/acme%00/notes", "malformed"),
            ("/t/-/notes", "malformed"),
            ("/t/b\u{fc}cher", "malformed"),
        ]),
    );
}

#[test]
fn s03_a_path_that_routers_read_differently_is_refused() {
    table(
        &PathResolver::after("/t"),
        paths(&[
            // Empty segments, and escapes of what needs none.
            ("//t/acme", "malformed"),
            ("///t/acme", "malformed"),
            ("/%74/acme", "malformed"),
            ("/%2ft/acme", "malformed"),
            ("/t%2Facme", "malformed"),
            ("/t%5cacme", "malformed"),
            ("/t\\acme", "malformed"),
            ("/%zz/acme", "malformed"),
            ("/t%/acme", "malformed"),
            ("/t/%61cme", "malformed"),
            ("/t/acm%65/notes", "malformed"),
            ("/t%2f%61cme", "malformed"),
            // Dots, before and behind, escaped, between slashes of all kinds.
            ("/x/../t/acme", "malformed"),
            ("/./t/acme", "malformed"),
            ("/t/./acme", "malformed"),
            ("/t/../acme", "malformed"),
            ("/t/acme/../globex", "malformed"),
            ("/t/acme/..", "malformed"),
            ("/t/acme/%2e%2E/globex", "malformed"),
            ("/t/acme/.%2e/globex", "malformed"),
            ("/t/acme/%2e/notes", "malformed"),
            ("/t/acme/..%2fglobex", "malformed"),
            ("/t/acme/x%2F..%2f../globex", "malformed"),
            ("/t/acme/..%5cglobex", "malformed"),
            ("/t/acme/..\\globex", "malformed"),
            ("/t/acme/x\\..\\globex", "malformed"),
            ("/static/../t/acme", "malformed"),
            // What has more than dots in it leads nowhere else.
            ("/t/acme/..x/y", "acme"),
            ("/t/acme/x../y", "acme"),
            ("/t/acme/%2e%2e%2e/y", "acme"),
        ]),
    );
}

#[test]
fn s04_the_first_segment_may_be_the_tenant() {
    let source = PathResolver::after("/").reserved(["health", "login"]);
    table(
        &source,
        paths(&[
            ("/acme/notes", "acme"),
            ("/", "-"),
            ("/health", "-"),
            ("/HEALTH/live", "-"),
            ("/healthy", "healthy"),
            ("/%68ealth", "malformed"),
            ("//acme", "malformed"),
            ("/health/../acme", "malformed"),
        ]),
    );
    for segment in ["", "a/b", "..", "%2e", "a b", "{id}"] {
        let source = PathResolver::after("/").reserved([segment]);
        refused_settings(&source, "is not one segment to reserve");
    }
}

#[test]
fn s04_a_longer_prefix_is_read_segment_by_segment() {
    table(
        &PathResolver::after("/api/v1/orgs/"),
        paths(&[
            ("/api/v1/orgs/acme", "acme"),
            ("/api/v1/orgs", "-"),
            ("/api/v2/orgs/acme", "-"),
            ("/api//v1/orgs/acme", "malformed"),
            ("/api/%76%31/orgs/acme", "malformed"),
        ]),
    );
    for prefix in [
        "",
        "t",
        "t/",
        "//",
        "/t//x",
        "/t/{tenant}",
        "/t/*",
        "/t/..",
        "/%74",
        "/t?x",
        "/t#x",
        "/a b",
        "/t\n",
    ] {
        refused_settings(
            &PathResolver::after(prefix),
            "is not a path to find the tenant after",
        );
    }
}
