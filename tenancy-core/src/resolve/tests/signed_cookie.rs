use cookie::Cookie;

use super::{Ask, refused_settings, said, table};
use crate::{
    error::ResolveErrorKind,
    id::TenantId,
    resolve::{CookieResolver, SignedCookieResolver},
};

const SECRET: [u8; 32] = [7; 32];

/// What a browser sends back after `issue`.
fn issued(cookies: &SignedCookieResolver, tenant: &str, host: &str) -> String {
    let tenant: TenantId = tenant.parse().expect("an id");
    let header = cookies.issue(&tenant, host).expect("a cookie");
    let text = header.to_str().expect("ASCII");
    text.split(';').next().expect("a pair").to_owned()
}

fn ask(host: &str, cookie: &str) -> Ask {
    Ask::host(host).header("cookie", cookie)
}

#[test]
fn t06_the_signature_binds_tenant_host_and_name() {
    let source = SignedCookieResolver::new(SECRET);
    for tenant in [
        "7",
        "acme",
        "org.2:x_y-z",
        "0b54e7f2-7ae1-4a9e-8c3e-5d1f0a6b9c2d",
    ] {
        let cookie = issued(&source, tenant, "app.example.com");
        table(
            &source,
            [
                (ask("app.example.com", &cookie), tenant),
                (ask("APP.example.com.:8443", &cookie), tenant),
                (ask("evil.example.com", &cookie), "malformed"),
                (ask("example.com", &cookie), "malformed"),
                (ask("app.example.com.evil.example", &cookie), "malformed"),
            ],
        );
    }

    let cookie = issued(&source, "7", "app.example.com");
    let (pair, tag) = cookie.rsplit_once('.').expect("a signature");
    let (name, _) = pair.split_once('=').expect("a pair");
    let other_tag = issued(&source, "8", "app.example.com");
    let other_tag = other_tag.rsplit_once('.').expect("a signature").1;
    let other_name = SignedCookieResolver::new(SECRET).named("org");
    let other_name = issued(&other_name, "7", "app.example.com");
    let other_name = other_name.rsplit_once('.').expect("a signature").1;
    let other_key = SignedCookieResolver::new([8; 32]);
    for forged in [
        format!("{name}=8.{tag}"),
        format!("{name}=07.{tag}"),
        format!("{name}=7.{other_tag}"),
        format!("{name}=7.{other_name}"),
        format!("{name}=7.{}", tag.to_ascii_lowercase()),
        format!("{name}=7.{}", tag.get(1..).expect("ASCII")),
        // A right beginning: 3 and 30 of 32 bytes.
        format!("{name}=7.{}", tag.get(..4).expect("ASCII")),
        format!("{name}=7.{}", tag.get(..40).expect("ASCII")),
        format!("{name}=7.{tag}A"),
        format!("{name}=7.{tag}="),
        format!("{name}=7.x.{tag}"),
        format!("{name}=7."),
        format!("{name}=7"),
        format!("{name}=.{tag}"),
        format!("{name}="),
        issued(&other_key, "7", "app.example.com"),
    ] {
        assert_eq!(
            said(&source, &ask("app.example.com", &forged)),
            "malformed",
            "{forged}"
        );
    }
}

#[test]
fn t06_a_cookie_that_a_sibling_planted_is_refused() {
    let source = SignedCookieResolver::new(SECRET);
    let own = issued(&source, "7", "app.example.com");
    let planted = issued(&source, "8", "evil.example.com");
    table(
        &source,
        [
            (ask("app.example.com", &own), "7"),
            (
                ask("app.example.com", &format!("{own}; {planted}")),
                "malformed",
            ),
            (
                ask("app.example.com", &format!("{planted}; {own}")),
                "malformed",
            ),
            (ask("app.example.com", &planted), "malformed"),
            (ask("app.example.com", "tenant=8; __host-tenant=8"), "-"),
            // Two hosts, none, or one that a target contradicts.
            (
                ask("app.example.com", &own).header("host", "app.example.com"),
                "malformed",
            ),
            (Ask::path("/").header("cookie", &own), "malformed"),
            (
                ask("app.example.com", &own).target("evil.example.com"),
                "malformed",
            ),
            // Without a cookie, the host does not matter.
            (Ask::path("/"), "-"),
        ],
    );
}

#[test]
fn t06_the_cookie_keeps_to_its_host_to_https_and_away_from_scripts() {
    let source = SignedCookieResolver::new(SECRET);
    let seven = TenantId::integer(7).expect("an id");
    let issued = source.issue(&seven, "app.example.com").expect("a cookie");
    let removed = source.remove().expect("a cookie");
    for header in [&issued, &removed] {
        assert!(header.is_sensitive());
        let text = header.to_str().expect("ASCII").to_owned();
        let cookie = Cookie::parse(text).expect("a cookie");
        assert_eq!(cookie.name(), "__Host-tenant");
        // What the prefix asks of a cookie, or browsers drop it.
        assert_eq!(
            (cookie.secure(), cookie.path(), cookie.domain()),
            (Some(true), Some("/"), None)
        );
        assert_eq!(cookie.http_only(), Some(true));
        assert_eq!(cookie.same_site(), Some(cookie::SameSite::Lax));
    }
    for host in [
        "",
        "app example.com",
        "user@app.example.com",
        "app.example.com:0",
    ] {
        let error = source.issue(&seven, host).expect_err("no host");
        assert_eq!(error.kind(), ResolveErrorKind::Malformed);
    }
}

#[test]
fn t06_an_older_secret_verifies_and_does_not_sign() {
    let old = SignedCookieResolver::new(SECRET);
    let new = SignedCookieResolver::new([8; 32]).also_accept(SECRET);
    let host = "app.example.com";
    table(&new, [(ask(host, &issued(&old, "7", host)), "7")]);
    table(&new, [(ask(host, &issued(&new, "7", host)), "7")]);
    table(&old, [(ask(host, &issued(&new, "7", host)), "malformed")]);
}

#[test]
fn t07_settings_that_cannot_work_are_refused_and_secrets_are_not_shown() {
    let reason = "has at least 32 bytes";
    refused_settings(&SignedCookieResolver::new([7; 31]), reason);
    refused_settings(
        &SignedCookieResolver::new(SECRET).also_accept("short"),
        reason,
    );
    for name in ["", "__Host-", "a b", "a;b"] {
        let source = SignedCookieResolver::new(SECRET).named(name);
        refused_settings(&source, "is not a cookie name");
        let seven = TenantId::integer(7).expect("an id");
        let error = source
            .issue(&seven, "app.example.com")
            .expect_err("no name");
        assert_eq!(error.kind(), ResolveErrorKind::Misconfigured);
    }
    let shown = format!(
        "{:?}",
        SignedCookieResolver::new(b"a secret of thirty-two bytes, ok")
    );
    assert!(
        shown.contains("__Host-tenant") && shown.contains("[redacted]"),
        "{shown}"
    );
    assert!(
        !shown.contains("thirty") && !shown.contains("97, 32"),
        "{shown}"
    );
}

#[test]
fn t06_a_plain_cookie_cannot_pass_for_a_signed_one() {
    let signed = SignedCookieResolver::new(SECRET);
    let plain = CookieResolver::new("__Host-tenant");
    let request = ask("app.example.com", "__Host-tenant=7");
    assert_eq!(said(&plain, &request), "7");
    assert_eq!(said(&signed, &request), "malformed");
}
