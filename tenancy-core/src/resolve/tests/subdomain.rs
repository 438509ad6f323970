use super::{Ask, refused_settings, table};
use crate::{resolve::SubdomainResolver, tenancy::Tenancy};

fn hosts<'t>(cases: &[(&str, &'t str)]) -> Vec<(Ask, &'t str)> {
    let ask = |(host, expected): &(&str, &'t str)| (Ask::host(host), *expected);
    cases.iter().map(ask).collect()
}

#[test]
fn e11_exactly_one_label_below_the_base_is_a_tenant() {
    table(
        &SubdomainResolver::of("example.com"),
        hosts(&[
            ("acme.example.com", "acme"),
            ("ACME.Example.COM.:8443", "acme"),
            ("xn--bcher-kva.example.com", "xn--bcher-kva"),
            ("evilexample.com", "-"),
            ("acme.evilexample.com", "-"),
            ("acme-example.com", "-"),
            ("example.com.evil.example", "-"),
            ("acme.example.com.evil.example", "-"),
            ("com", "-"),
            ("acme", "-"),
            ("acme.example.org", "-"),
            ("192.0.2.1", "-"),
            ("[2001:db8::1]", "-"),
            ("globex.acme.example.com", "malformed"),
            ("www.acme.example.com", "malformed"),
            ("acme.www.example.com", "malformed"),
            ("-.example.com", "malformed"),
            ("-acme.example.com", "malformed"),
            ("acme-.example.com", "malformed"),
            ("ac_me.example.com", "malformed"),
            ("_.example.com", "malformed"),
            // What could be taken for an id is no slug.
            ("7.example.com", "malformed"),
            (
                "0b54e7f2-7ae1-4a9e-8c3e-5d1f0a6b9c2d.example.com",
                "malformed",
            ),
        ]),
    );
    // A base of more labels, and one of a single label.
    table(
        &SubdomainResolver::of("app.example.co.uk"),
        hosts(&[
            ("acme.app.example.co.uk", "acme"),
            ("app.example.co.uk", "-"),
            ("acme.example.co.uk", "-"),
        ]),
    );
    table(
        &SubdomainResolver::of("localhost"),
        hosts(&[("acme.localhost:3000", "acme"), ("localhost:3000", "-")]),
    );
}

#[test]
fn e12_apex_www_and_reserved_labels_are_never_looked_up() {
    table(
        &SubdomainResolver::of("example.com").reserved(["API", "xn--bcher-kva"]),
        hosts(&[
            ("example.com", "-"),
            ("EXAMPLE.com.", "-"),
            ("www.example.com", "-"),
            ("WWW.example.com:443", "-"),
            ("api.example.com", "-"),
            ("Api.Example.Com.", "-"),
            ("XN--bcher-kva.example.com", "-"),
            ("apis.example.com", "apis"),
            ("www1.example.com", "www1"),
        ]),
    );
    for label in [
        "",
        "a.b",
        "a b",
        "a:80",
        "[::1]",
        "b\u{fc}cher",
        "a/b",
        "xn--a",
    ] {
        let source = SubdomainResolver::of("example.com").reserved([label]);
        refused_settings(&source, "is not one label to reserve");
    }
}

#[test]
fn e13_a_public_suffix_is_no_base_domain() {
    for base in [
        "co.uk",
        "CO.UK.",
        "github.io",
        "herokuapp.com",
        // `*.ck` and `*.kawasaki.jp`: strangers are everywhere below.
        "anything.ck",
        "anything.kawasaki.jp",
        "kawasaki.jp",
        // In either spelling.
        "\u{516c}\u{53f8}.cn",
        "xn--55qx5d.cn",
    ] {
        refused_settings(&SubdomainResolver::of(base), "is a public suffix");
    }
    for base in ["com", "internal", "xn--p1ai", "\u{440}\u{444}"] {
        refused_settings(&SubdomainResolver::of(base), "is a top-level domain");
    }
    for base in [
        "example.com",
        "example.co.uk",
        "acme.github.io",
        "example.internal",
        "www.ck",
        "city.kawasaki.jp",
        "b\u{fc}cher.example",
        "localhost",
    ] {
        table(&SubdomainResolver::of(base), []);
    }
    // Operators have put these there themselves; registries stay registries.
    table(
        &SubdomainResolver::of("github.io").allow_private_suffix(),
        [],
    );
    for base in ["co.uk", "anything.ck", "kawasaki.jp"] {
        let source = SubdomainResolver::of(base).allow_private_suffix();
        refused_settings(&source, "is a public suffix");
    }
}

#[test]
fn e05_a_base_that_is_no_domain_is_refused() {
    for (base, reason) in [
        ("", "is empty"),
        ("example.com:443", "has a port"),
        ("192.0.2.1", "is an IP address"),
        ("[::1]", "is an IP address"),
        ("https://example.com", "has an invalid"),
        ("*.example.com", "has an invalid character"),
        ("user@example.com", "has an invalid character"),
        (".example.com", "has an empty or too long label"),
        ("example..com", "has an empty or too long label"),
        ("exa\nmple.com", "has an invalid character"),
        ("xn--a.example", "has an invalid A-label"),
    ] {
        let source = SubdomainResolver::of(base);
        refused_settings(&source, reason);
        let built = Tenancy::builder().by_host(base).store(super::tenants());
        let built = built.mode(crate::Mode::Public).build();
        assert!(built.is_err(), "{base}");
        // Used all the same, it does not speak.
        let request = Ask::host("acme.example.com");
        let answer = super::now(async { super::TenantResolver::resolve(&source, &request).await });
        assert_eq!(
            answer.map_err(|error| error.kind()),
            Err(crate::error::ResolveErrorKind::Misconfigured)
        );
    }
}

#[test]
fn e10_a_base_in_unicode_is_compared_in_ascii() {
    table(
        &SubdomainResolver::of("B\u{fc}cher.example"),
        hosts(&[
            ("acme.xn--bcher-kva.example", "acme"),
            ("acme.XN--BCHER-KVA.example", "acme"),
            ("acme.b\u{fc}cher.example", "malformed"),
            ("acme.bucher.example", "-"),
        ]),
    );
}
