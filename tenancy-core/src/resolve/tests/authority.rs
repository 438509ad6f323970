use super::{Ask, table};
use crate::{
    host::{Authority, Host},
    resolve::SubdomainResolver,
};

/// `acme.example.com:8080` as `acme.example.com 8080`, an address in angle brackets.
fn read(text: &[u8]) -> String {
    match Authority::parse(text) {
        Ok(Authority { host, port }) => {
            let port = port.map(|port| format!(" {port}")).unwrap_or_default();
            match host {
                Host::Domain(name) => format!("{name}{port}"),
                Host::Address(address) => format!("<{address}>{port}"),
            }
        }
        Err(flaw) => format!("it {flaw}"),
    }
}

#[test]
fn e02_two_host_headers_are_refused() {
    let source = SubdomainResolver::of("example.com");
    let once = || Ask::host("acme.example.com");
    table(
        &source,
        [
            (once(), "acme"),
            (once().header("host", "acme.example.com"), "malformed"),
            (once().header("host", "globex.example.com"), "malformed"),
            (once().header("host", ""), "malformed"),
            (
                once()
                    .header("host", "acme.example.com")
                    .target("acme.example.com"),
                "malformed",
            ),
        ],
    );
}

#[test]
fn e03_a_missing_host_is_refused() {
    let source = SubdomainResolver::of("example.com");
    table(
        &source,
        [
            (Ask::path("/"), "malformed"),
            (Ask::host(""), "malformed"),
            // HTTP/2 has no `Host` where there is an `:authority`.
            (Ask::path("/").target("acme.example.com"), "acme"),
            (Ask::host("acme.example.com"), "acme"),
        ],
    );
}

#[test]
fn e04_a_target_that_differs_from_the_host_is_refused() {
    let source = SubdomainResolver::of("example.com");
    let cases = [
        ("acme.example.com", "acme.example.com", "acme"),
        ("ACME.example.com.", "acme.Example.com", "acme"),
        ("acme.example.com:443", "acme.example.com", "acme"),
        ("acme.example.com", "acme.example.com:80", "acme"),
        ("acme.example.com:8080", "acme.example.com:8080", "acme"),
        ("acme.example.com", "globex.example.com", "malformed"),
        ("globex.example.com", "acme.example.com", "malformed"),
        ("acme.example.com", "acme.example.com:8080", "malformed"),
        ("acme.example.com:80", "acme.example.com:443", "malformed"),
        ("acme.example.com", "", "malformed"),
        ("user@acme.example.com", "acme.example.com", "malformed"),
        ("192.0.2.1", "acme.example.com", "malformed"),
        ("[::1]", "[::1]", "-"),
        ("[::1]", "[::2]", "malformed"),
    ];
    table(
        &source,
        cases.map(|(target, host, expected)| (Ask::host(host).target(target), expected)),
    );
}

#[test]
fn e05_a_malformed_authority_is_refused() {
    let refused: [&[u8]; 34] = [
        b"",
        b" ",
        b".",
        b"acme.example.com ",
        b" acme.example.com",
        b"acme .example.com",
        b"acme.example.com\t",
        b"acme.example.com\r\n",
        b"acme\0.example.com",
        b"acme\x7f.example.com",
        b"a@evil:80#/",
        b"user@acme.example.com",
        b"user:secret@acme.example.com",
        b"acme.example.com/",
        b"acme.example.com/x",
        b"acme.example.com#x",
        b"acme.example.com?x",
        b"acme.example.com\\x",
        b"acme.example.com,globex.example.com",
        b"acme.example.com;x",
        b"acme%2eexample.com",
        b"%61cme.example.com",
        b"https://acme.example.com",
        b"//acme.example.com",
        b"*.example.com",
        b"acme.example.com\xff",
        b"\xff",
        b"\"acme.example.com\"",
        b"(acme).example.com",
        b"acme~.example.com",
        b"$acme.example.com",
        b"acme+.example.com",
        b"acme=.example.com",
        b"[acme.example.com]",
    ];
    for text in refused {
        let read = read(text);
        assert!(read.starts_with("it "), "{}: {read}", text.escape_ascii());
    }
    assert_eq!(read(b"acme.example.com"), "acme.example.com");
    assert_eq!(read(b"_acme-x.example.com"), "_acme-x.example.com");
}

#[test]
fn e06_the_port_is_checked_and_stripped() {
    for (port, expected) in [
        (":1", " 1"),
        (":80", " 80"),
        (":00080", " 80"),
        (":65535", " 65535"),
        ("", ""),
    ] {
        let text = format!("acme.example.com{port}");
        assert_eq!(read(text.as_bytes()), format!("acme.example.com{expected}"));
        let text = format!("[::1]{port}");
        assert_eq!(read(text.as_bytes()), format!("<::1>{expected}"));
    }
    for port in [
        ":",
        ":0",
        ":00",
        ":65536",
        ":000080",
        ":-1",
        ":+80",
        ":8o",
        ":80:80",
        ":80 ",
        ":80/",
        ":\u{0668}",
    ] {
        for host in ["acme.example.com", "[::1]", "192.0.2.1"] {
            let text = format!("{host}{port}");
            assert_eq!(read(text.as_bytes()), "it has an invalid port", "{text}");
        }
    }
    assert_eq!(read(b"[::1]80"), "it has an invalid port");
}

#[test]
fn e07_an_address_is_never_a_domain() {
    for address in [
        "192.0.2.1",
        "192.0.2.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0x",
        "0177.0.0.1",
        "1.2.3.4.5",
        "999.999.999.999",
        "acme.1",
        "acme.0x1f",
        "acme.example.09",
    ] {
        let bare = address.trim_end_matches('.');
        assert_eq!(read(address.as_bytes()), format!("<{bare}>"));
        let with_port = format!("{address}:80");
        assert_eq!(read(with_port.as_bytes()), format!("<{bare}> 80"));
    }
    for address in ["::1", "2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8"] {
        let text = format!("[{address}]");
        assert_eq!(read(text.as_bytes()), format!("<{address}>"));
    }
    for text in [
        "[",
        "[]",
        "[::1",
        "::1",
        "[::1]]",
        "[[::1]]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[v1.fe]",
        "[1:2]",
        "[192.0.2.1]",
        "[::1].example.com",
        "[::1]x",
    ] {
        assert!(read(text.as_bytes()).starts_with("it "), "{text}");
    }
    for name in [
        "1.example",
        "0x1f.example",
        "acme.0xg",
        "acme.1a",
        "acme.a1",
    ] {
        assert_eq!(read(name.as_bytes()), name);
    }
}

#[test]
fn e08_one_trailing_dot_is_dropped_and_two_are_refused() {
    assert_eq!(read(b"acme.example.com."), "acme.example.com");
    assert_eq!(read(b"acme.example.com.:80"), "acme.example.com 80");
    assert_eq!(read(b"localhost."), "localhost");
    for text in [
        "acme.example.com..",
        "acme.example.com..:80",
        "acme..example.com",
        ".acme.example.com",
        "..",
    ] {
        assert!(read(text.as_bytes()).starts_with("it "), "{text}");
    }
}

#[test]
fn e09_hosts_are_compared_without_regard_to_case() {
    let parse = |text: &'static str| Authority::parse(text.as_bytes()).expect(text).host;
    assert_eq!(parse("ACME.example.COM"), parse("acme.EXAMPLE.com"));
    assert_eq!(parse("[2001:DB8::1]"), parse("[2001:db8::1]"));
    assert_ne!(parse("acme.example.com"), parse("acme.example.org"));
}

#[test]
fn e10_only_valid_a_labels_are_read() {
    for name in [
        "xn--bcher-kva.example.com",
        "XN--BCHER-KVA.example.com",
        "xn--fa-hia.example",
        "a.xn--p1ai",
        "xn--4db.example",
        "r3---sn-x.example",
        "ab--cd.example",
        "_x.xn--bcher-kva.example",
    ] {
        assert_eq!(read(name.as_bytes()), name);
    }
    for name in [
        // U-labels, and Latin letters of full width.
        "b\u{fc}cher.example.com",
        "\u{ff41}cme.example.com",
        "acme\u{3002}example.com",
        // Nothing encoded, ASCII encoded, not to be decoded, not to be encoded like that.
        "xn--.example",
        "xn--acme-.example",
        "xn--a.example",
        "xn--99999999999.example",
        "xn--bcher-kva-.example",
        // Full-width letters that a lenient reader would fold to `acme`.
        "xn--mi7ceg5a.example",
        // A name that reads from right to left has no label that starts with a digit.
        "0a.xn--4db.example",
        "xn--4db.0a.example",
    ] {
        let read = read(name.as_bytes());
        assert!(read.starts_with("it "), "{name}: {read}");
    }
}

#[test]
fn e16_over_long_names_are_refused() {
    let label = |length: usize| "a".repeat(length);
    let longest = [label(63), label(63), label(63), label(61)].join(".");
    assert_eq!(longest.len(), 253);
    for name in [longest.clone(), format!("{longest}."), label(63)] {
        assert_eq!(read(name.as_bytes()), name.trim_end_matches('.'));
    }
    for name in [
        [label(63), label(63), label(63), label(62)].join("."),
        label(64),
        format!("{}.example.com", label(64)),
        format!("example.{}", label(64)),
        format!("example.{}.", label(64)),
        "a.".repeat(100_000),
    ] {
        let start = name.get(..40).unwrap_or(&name);
        assert!(read(name.as_bytes()).starts_with("it "), "{start}");
    }
}
