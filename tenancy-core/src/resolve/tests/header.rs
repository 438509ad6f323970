use super::{Ask, refused_settings, table};
use crate::resolve::HeaderResolver;

/// Values that are no single id or slug.
pub(super) const NOT_A_NAME: [&[u8]; 22] = [
    b"",
    b" ",
    b"acme,globex",
    b"acme, globex",
    b"acme,",
    b"acme;globex",
    b"acme globex",
    b"acme\tglobex",
    b"acme\0",
    b"acme\r\nx: y",
    b"../acme",
    b"acme/",
    b"%61cme",
    b"-acme",
    b"_acme",
    b".",
    b"'acme'",
    b"\"acme\"",
    b"b\xc3\xbccher",
    b"acme\xff",
    b"00000000-0000-0000-0000-000000000000",
    b"0",
];

#[test]
fn e15_a_repeated_or_joined_header_is_refused() {
    let source = HeaderResolver::new("X-Tenant-Id");
    let once = || Ask::path("/").header("x-tenant-id", "acme");
    table(
        &source,
        [
            (Ask::path("/"), "-"),
            (once(), "acme"),
            (once().header("x-tenant-id", "acme"), "malformed"),
            (once().header("x-tenant-id", "globex"), "malformed"),
            (once().header("x-tenant-id", ""), "malformed"),
            (once().header("x-tenant", "globex"), "acme"),
            (once().header("x_tenant_id", "globex"), "acme"),
        ],
    );
}

#[test]
fn e16_a_value_that_is_no_name_is_refused_before_any_lookup() {
    let source = HeaderResolver::new("x-tenant-id");
    let ask = |value: &[u8]| Ask::path("/").header("x-tenant-id", value);
    table(&source, NOT_A_NAME.map(|value| (ask(value), "malformed")));
    let longest = "a".repeat(64);
    table(
        &source,
        [
            (ask(longest.as_bytes()), longest.as_str()),
            (ask("a".repeat(65).as_bytes()), "malformed"),
            (ask("9".repeat(64).as_bytes()), "malformed"),
            (ask(b"a".repeat(1 << 20).as_slice()), "malformed"),
            (ask(b"acme"), "acme"),
            (ask(b" acme\t"), "acme"),
            (ask(b"42"), "42"),
            (ask(b"org_2:x.y"), "org_2:x.y"),
        ],
    );
}

#[test]
fn e01_headers_with_another_meaning_name_no_tenant() {
    for name in [
        "host",
        "Host",
        "ORIGIN",
        "referer",
        "cookie",
        "authorization",
        "forwarded",
        "X-Forwarded-Host",
        "x-forwarded-for",
        "x-original-host",
        "connection",
    ] {
        refused_settings(&HeaderResolver::new(name), "does not name a tenant");
    }
    for name in ["", "a b", "x-tenant-id:", ":authority", "b\u{fc}", "a\nb"] {
        refused_settings(&HeaderResolver::new(name), "is not a header name");
    }
}

#[test]
fn t07_errors_do_not_repeat_what_the_client_sent() {
    let source = HeaderResolver::new("x-tenant-id");
    let request = Ask::path("/").header("x-tenant-id", "s3cret value!");
    let answer = super::now(async { super::TenantResolver::resolve(&source, &request).await });
    let error = answer.expect_err("not a name");
    for text in [error.to_string(), format!("{error:?}")] {
        assert!(
            text.contains("x-tenant-id") && !text.contains("s3cret"),
            "{text}"
        );
    }
}
