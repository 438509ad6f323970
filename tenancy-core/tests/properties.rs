//! What holds for any bytes that a client may send, tried on generated ones. The same functions are
//! the fuzz targets in `fuzz/`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use properties::{authority, cookie, forwarded, header, path, token};
use proptest::{collection::vec, prelude::*, sample::select};

/// Texts made of pieces that mean something, with any bytes between them.
fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..3),
        1 => any::<char>().prop_map(|letter| letter.to_string().into_bytes()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

const HOSTS: &[&str] = &[
    "acme",
    "ACME",
    "example.com",
    ".example.com",
    "own.invalid",
    ".",
    "..",
    "-",
    "_",
    ":",
    ":80",
    ":443",
    ":65536",
    ":0",
    "[",
    "]",
    "[::1]",
    "::1",
    "127.0.0.1",
    "1",
    "0x7f",
    "09",
    "xn--",
    "xn--bcher-kva",
    "xn--4db",
    "XN--",
    "ab--cd",
    "b\u{fc}cher",
    "\u{5d0}",
    "%2e",
    "%",
    "@",
    "user@",
    "/",
    "\\",
    "#",
    "?",
    " ",
    "\t",
    ",",
    "*",
    "localhost",
    "test",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const COOKIES: &[&str] = &[
    "tenant_id",
    "Tenant_Id",
    "tenant_id=acme",
    "tenant_id=globex",
    "=",
    ";",
    "; ",
    " ",
    "\t",
    "acme",
    "7",
    "\"",
    ",",
    "%61",
    "__Host-",
    "a=b",
    "$Version=1",
    "\u{fc}",
    "\x0b",
    "\x0c",
];

const NAMES: &[&str] = &[
    "acme",
    "Acme",
    "7",
    "0",
    "00",
    "9223372036854775807",
    "-",
    "_",
    ".",
    ":",
    ",",
    ", ",
    " ",
    "\t",
    "0b54e7f2-7ae1-4a9e-8c3e-5d1f0a6b9c2d",
    "0b54e7f27ae14a9e8c3e5d1f0a6b9c2d",
    "00000000-0000-0000-0000-000000000000",
    "\0",
    "\u{fc}",
    "%61",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

const REPORTS: &[&str] = &[
    "host=",
    "Host=",
    "HOST=\"",
    "for=",
    "by=",
    "proto=https",
    "acme.example.com",
    "evil.example",
    "[2001:db8::1]",
    "192.0.2.1",
    ":8443",
    "\"",
    "\\",
    "\\\"",
    ";",
    ",",
    "=",
    " ",
    "\t",
    "_x",
    "\u{fc}",
];

const PATHS: &[&str] = &[
    "/",
    "//",
    "/t",
    "/t/",
    "/T/",
    "/t/acme",
    "/t/globex",
    "acme",
    "t",
    ".",
    "..",
    "/../",
    "/./",
    "%2e",
    "%2E%2e",
    "%2f",
    "%5c",
    "\\",
    "%74",
    "%61cme",
    "%",
    "%zz",
    ";",
    "notes",
    "\u{fc}",
    " ",
    "...",
];

const TOKENS: &[&str] = &[
    "Bearer ",
    "bearer",
    "Basic ",
    " ",
    ".",
    "\0",
    "{\"alg\":\"HS256\"}",
    "{\"alg\":\"none\"}",
    "{\"alg\":\"HS256\",\"crit\":[\"x\"]}\0",
    "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}\0",
    "{\"alg\":\"HS384\"}\0",
    "{\"sub\":\"ann\",\"exp\":4102444800,\"aud\":\"api\",\"iss\":\"id\"}",
    "{\"sub\":\"ann\",\"exp\":4102444800,\"aud\":[\"api\"],\"iss\":\"id\",\"tenant_id\":\"acme\"}",
    "{\"sub\":\"ann\",\"exp\":4102444800,\"aud\":\"api\",\"iss\":\"id\"",
    ",\"tenant_id\":7}",
    ",\"tenant_id\":[]}",
    ",\"roles\":[\"member\"]}",
    ",\"memberships\":{\"acme\":[\"member\"]}}",
    ",\"sub\":\"bob\"}",
    ",\"exp\":\"1\"}",
    ",\"nbf\":\"x\"}",
    "}",
    "null",
    "\u{fc}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn e05_hosts_are_read_like_url_and_http_do_or_refused(bytes in pieces(HOSTS)) {
        authority::check(&bytes);
    }

    #[test]
    fn e10_a_labels_are_read_like_url_does_or_refused(
        text in "(xn--)?[a-z0-9-]{1,12}\\.(xn--[a-z0-9-]{1,8}\\.)?[a-z]{1,6}\\.?",
    ) {
        authority::check(text.as_bytes());
    }

    #[test]
    fn e15_cookies_are_read_like_another_parser_does_or_refused(bytes in pieces(COOKIES)) {
        cookie::check(&bytes);
    }

    #[test]
    fn e16_tenant_headers_round_trip_or_are_refused(bytes in pieces(NAMES)) {
        header::check(&bytes);
    }

    #[test]
    fn s03_paths_are_read_like_url_does_or_refused(bytes in pieces(PATHS)) {
        path::check(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn e01_reported_hosts_round_trip_or_are_refused(bytes in pieces(REPORTS)) {
        forwarded::check(&bytes);
    }

    #[test]
    fn t01_tokens_are_what_they_say_or_refused(bytes in pieces(TOKENS)) {
        token::check(&bytes);
    }

    #[test]
    fn e05_any_bytes_at_all_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        authority::check(&bytes);
        cookie::check(&bytes);
        forwarded::check(&bytes);
        header::check(&bytes);
        path::check(&bytes);
        token::check(&bytes);
    }
}

/// Found by fuzzing: a claim that means nothing here is not read, not even as UTF-8.
#[test]
fn t03_a_claim_that_is_not_read_is_not_compared() {
    let claims = br#"{"sub":"ann","exp":4102444800,"aud":"api","iss":"id","x":""#;
    for value in [b"\xa2".as_slice(), b"\\ud800"] {
        token::check(&[claims, value, b"\"}"].concat());
    }
}

/// Every reason for which a host is malformed here that the URL standard reads.
#[test]
fn e05_where_hosts_are_read_more_strictly_than_by_url() {
    for (host, reason) in [
        ("b\u{fc}cher.example", "A-labels"),
        ("\u{ff41}cme.example", "A-labels"),
        ("acme%2eexample", "decode"),
        ("a..example", "name server"),
        ("-acme.example", "no hyphen"),
        ("acme-.example", "no hyphen"),
        ("ac_me.example", "no underscore"),
        ("ac~me.example", "letters, digits and hyphens"),
        ("acme,globex.example", "letters, digits and hyphens"),
        ("$acme.example", "letters, digits and hyphens"),
    ] {
        let seen = url::Host::parse(host).expect(host);
        let stricter = authority::stricter(host, &seen).expect(host);
        assert!(stricter.contains(reason), "{host}: {stricter}");
        authority::check(host.as_bytes());
    }
    let long = format!("{}.example", "a".repeat(64));
    let seen = url::Host::parse(&long).expect("a host");
    assert!(authority::stricter(&long, &seen).is_some_and(|why| why.contains("name server")));
    // And none for these.
    for host in [
        "acme.example",
        "ACME.example.",
        "xn--bcher-kva.example",
        "a--b.example",
    ] {
        let seen = url::Host::parse(host).expect(host);
        assert_eq!(authority::stricter(host, &seen), None);
        authority::check(host.as_bytes());
    }
}
