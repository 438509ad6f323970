use super::{Ask, now, tenants};
use crate::{
    error::ResolveErrorKind,
    resolve::{
        CookieResolver, CustomDomainResolver, HeaderResolver, Mode, Platform, SubdomainResolver,
    },
    tenancy::{Tenancy, TenancyBuilder},
};

fn built(builder: TenancyBuilder) -> Tenancy {
    let builder = builder.mode(Mode::Public).store(tenants());
    builder.build().expect("a chain")
}

fn by_host() -> TenancyBuilder {
    Tenancy::builder().by_host("example.com")
}

fn entered(tenancy: &Tenancy, request: &Ask) -> Result<String, ResolveErrorKind> {
    match now(tenancy.resolve(request, Mode::Public)) {
        Ok(context) => Ok(context.expect("a tenant").tenant().slug().to_string()),
        Err(error) => Err(error.kind()),
    }
}

/// The ways in which a request asks for a WebSocket.
fn handshakes(request: &Ask) -> [Ask; 4] {
    [
        request
            .clone()
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13"),
        request.clone().header("upgrade", "h2c, WebSocket"),
        request.clone().header("sec-websocket-version", "13"),
        request.clone().method("CONNECT"),
    ]
}

#[test]
fn e17_a_websocket_is_opened_by_the_tenants_own_pages_only() {
    let tenancy = built(by_host());
    let host = Ask::host("acme.example.com");
    for origin in [
        "https://acme.example.com",
        "https://ACME.example.com",
        "https://acme.example.com:443",
        "https://shop.example.org",
    ] {
        for request in handshakes(&host.clone().header("origin", origin)) {
            assert_eq!(entered(&tenancy, &request), Ok("acme".into()), "{origin}");
        }
    }
    for origin in [
        "",
        "null",
        "acme.example.com",
        "http://acme.example.com",
        "https://globex.example.com",
        "https://example.com",
        "https://www.example.com",
        "https://frozen.example.com",
        "https://mine.example.net",
        "https://evil.example",
        "https://acme.example.com.evil.example",
        "https://evilacme.example.com",
        "https://acme.example.com@evil.example",
        "https://evil.example#acme.example.com",
        "https://evil.example?acme.example.com",
        "https://acme.example.com/",
        "https://acme.example.com:8443",
        "https://acme.example.com:0",
        "https://x.acme.example.com",
        "https://acme.example.com https://evil.example",
        "wss://acme.example.com",
        "file://acme.example.com",
        "https:acme.example.com",
        "https://",
        "https://[::1]",
        "https://192.0.2.1",
    ] {
        let request = host.clone().header("origin", origin);
        for request in handshakes(&request) {
            let refused = Err(ResolveErrorKind::OriginRefused);
            assert_eq!(entered(&tenancy, &request), refused, "{origin}");
        }
        // It is no handshake, and CORS stands in between.
        assert_eq!(entered(&tenancy, &request), Ok("acme".into()), "{origin}");
    }
    // Programs send none; two are a trick.
    for request in handshakes(&host) {
        assert_eq!(entered(&tenancy, &request), Ok("acme".into()));
        let own = "https://acme.example.com";
        let twice = request.header("origin", own).header("origin", own);
        assert_eq!(entered(&tenancy, &twice), Err(ResolveErrorKind::Malformed));
    }
}

#[test]
fn e17_the_port_is_the_requests_own_or_the_schemes() {
    let tenancy = built(by_host());
    for (host, origin, fits) in [
        (
            "acme.example.com:8443",
            "https://acme.example.com:8443",
            true,
        ),
        ("acme.example.com:8443", "https://acme.example.com", true),
        (
            "acme.example.com:8443",
            "https://acme.example.com:9000",
            false,
        ),
        ("acme.example.com", "https://acme.example.com:8443", false),
    ] {
        let request = Ask::host(host).header("origin", origin).method("CONNECT");
        assert_eq!(entered(&tenancy, &request).is_ok(), fits, "{host} {origin}");
    }
}

#[test]
fn e17_plain_http_is_for_the_machine_itself() {
    let tenancy = built(Tenancy::builder().resolver(SubdomainResolver::of("localhost")));
    for (origin, fits) in [
        ("http://acme.localhost:3000", true),
        ("https://acme.localhost:3000", true),
        ("http://globex.localhost:3000", false),
        ("http://acme.localhost:3001", false),
        ("http://acme.localhost.evil.example:3000", false),
    ] {
        let request = Ask::host("acme.localhost:3000").header("origin", origin);
        let request = request.method("CONNECT");
        assert_eq!(entered(&tenancy, &request).is_ok(), fits, "{origin}");
    }
}

#[test]
fn e17_where_no_source_reads_hosts_the_requests_own_host_is_the_origin() {
    let tenancy = built(Tenancy::builder().resolver(CookieResolver::new("tenant_id")));
    let ask = |host: &str, origin: &str| {
        let request = Ask::host(host).header("cookie", "tenant_id=acme");
        entered(
            &tenancy,
            &request.header("origin", origin).method("CONNECT"),
        )
    };
    for (host, origin, fits) in [
        ("app.example.com", "https://app.example.com", true),
        ("APP.example.com.:443", "https://app.example.com", true),
        ("app.example.com", "https://evil.example.com", false),
        ("app.example.com", "http://app.example.com", false),
        ("app.example.com", "https://app.example.com:8443", false),
        ("127.0.0.1:3000", "http://127.0.0.1:3000", true),
        ("[::1]:3000", "http://[::1]:3000", true),
        ("127.0.0.1:3000", "http://127.0.0.1:3001", false),
        ("192.0.2.1", "http://192.0.2.1", false),
        ("a@b", "https://a", false),
    ] {
        let expected = if fits {
            Ok("acme".to_owned())
        } else {
            Err(ResolveErrorKind::OriginRefused)
        };
        assert_eq!(ask(host, origin), expected, "{host} {origin}");
    }
}

#[test]
fn e17_a_shared_host_is_nobodys_origin_unless_it_is_allowed() {
    let chain = || Tenancy::builder().standard("example.com");
    let apex = Ask::host("example.com")
        .header("cookie", "tenant_id=acme")
        .header("origin", "https://example.com")
        .method("CONNECT");
    let strict = built(chain());
    assert_eq!(
        entered(&strict, &apex),
        Err(ResolveErrorKind::OriginRefused)
    );
    let open = built(chain().allow_origin("https://Example.com"));
    assert_eq!(entered(&open, &apex), Ok("acme".into()));
    let foreign = Ask::host("example.com")
        .header("cookie", "tenant_id=acme")
        .header("origin", "https://evil.example")
        .method("CONNECT");
    assert_eq!(
        entered(&open, &foreign),
        Err(ResolveErrorKind::OriginRefused)
    );
}

#[test]
fn e17_every_request_is_checked_where_that_is_asked_for() {
    let tenancy = built(by_host().check_every_origin());
    let host = Ask::host("acme.example.com");
    assert_eq!(entered(&tenancy, &host), Ok("acme".into()));
    let own = host.clone().header("origin", "https://acme.example.com");
    assert_eq!(entered(&tenancy, &own), Ok("acme".into()));
    let foreign = host.header("origin", "https://evil.example");
    assert_eq!(
        entered(&tenancy, &foreign),
        Err(ResolveErrorKind::OriginRefused)
    );
    assert_eq!(tenancy.vary(), "host, origin");
    assert_eq!(built(by_host()).vary(), "host");
}

#[test]
fn e17_allowed_origins_are_written_as_browsers_do() {
    for origin in [
        "",
        "*",
        "null",
        "example.com",
        "https://example.com/",
        "https://*.example.com",
        "https://example.com:443",
        "http://example.com:80",
        "https://user@example.com",
        "ftp://example.com",
        "https://b\u{fc}cher.example",
    ] {
        let chain = by_host().mode(Mode::Public).store(tenants());
        let error = chain.allow_origin(origin).build().expect_err(origin);
        assert!(error.to_string().contains("is not an origin"), "{error}");
    }
    for origin in [
        "https://example.com",
        "http://localhost:3000",
        "https://example.com:80",
    ] {
        built(by_host().allow_origin(origin));
    }
}

#[test]
fn e17_a_cors_layer_admits_a_tenants_origins_to_that_tenant() {
    let tenancy = built(by_host().allow_origin("https://admin.example.net"));
    let allows = |host: &str, origin: &str| {
        now(tenancy.allows_origin(&Ask::host(host), origin)).map_err(|error| error.kind())
    };
    for (host, origin, expected) in [
        ("acme.example.com", "https://acme.example.com", true),
        ("acme.example.com", "https://shop.example.org", true),
        ("acme.example.com", "https://admin.example.net", true),
        ("acme.example.com", "https://globex.example.com", false),
        ("acme.example.com", "https://evil.example", false),
        ("acme.example.com", "null", false),
        // A host that names no tenant: itself, and every active tenant.
        ("example.com", "https://example.com", true),
        ("example.com", "https://acme.example.com", true),
        ("example.com", "https://globex.example.com", true),
        ("example.com", "https://frozen.example.com", false),
        ("example.com", "https://evil.example", false),
        ("example.com", "https://acme.example.com:8443", false),
        ("example.com", "https://acme.example.com/", false),
        // A suspended tenant's host admits the same origins as any other host.
        ("frozen.example.com", "https://evil.example", false),
    ] {
        assert_eq!(allows(host, origin), Ok(expected), "{host} {origin}");
    }
    assert_eq!(
        allows("a@b", "https://acme.example.com"),
        Err(ResolveErrorKind::Malformed)
    );
}

#[test]
fn o02_only_addresses_of_tenants_are_fit_for_a_redirect() {
    let tenancy = built(by_host().fallback(Platform));
    let home = |url: &str| {
        let tenant = now(tenancy.tenant_of_url(url)).expect("a store that answers");
        tenant.map_or_else(|| "-".to_owned(), |tenant| tenant.slug().to_string())
    };
    for (url, expected) in [
        ("https://acme.example.com", "acme"),
        ("https://acme.example.com/", "acme"),
        (
            "HTTPS://ACME.example.com.:443/notes?next=https://evil.example#x",
            "acme",
        ),
        ("https://acme.example.com?x@evil.example", "acme"),
        ("https://acme.example.com#@evil.example", "acme"),
        ("https://acme.example.com/@evil.example", "acme"),
        ("https://shop.example.org/cart", "acme"),
        ("https://xn--bcher-kva.example/", "globex"),
        ("https://evil.example/", "-"),
        ("https://example.com/", "-"),
        ("https://frozen.example.com/", "-"),
        ("https://mine.example.net/", "-"),
        ("http://acme.example.com/", "-"),
        ("//acme.example.com/", "-"),
        ("/notes", "-"),
        ("acme.example.com", "-"),
        ("", "-"),
        ("https:acme.example.com", "-"),
        ("https:/acme.example.com", "-"),
        ("https:///acme.example.com", "-"),
        ("https://acme.example.com@evil.example/", "-"),
        ("https://acme.example.com:x@evil.example/", "-"),
        ("https://acme.example.com\\@evil.example/", "-"),
        ("https://evil.example\\.acme.example.com/", "-"),
        ("https://evil.example\t.acme.example.com/", "-"),
        ("ht\ntps://acme.example.com/", "-"),
        (" https://acme.example.com/", "-"),
        ("https://acme.example.com/\u{fc}", "-"),
        ("https://acme%2eexample.com/", "-"),
        ("https://evil.example%2f.acme.example.com/", "-"),
        ("javascript://acme.example.com/%0aalert(1)", "-"),
        ("data://acme.example.com/", "-"),
        ("blob:https://acme.example.com/", "-"),
        ("view-source:https://acme.example.com/", "-"),
    ] {
        assert_eq!(home(url), expected, "{url:?}");
    }
}

#[test]
fn o02_a_host_is_a_tenants_only_if_all_that_read_hosts_agree() {
    let chain = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com"))
        // Does not leave out the service's own domain, so it speaks about it, too.
        .resolver(CustomDomainResolver::beside("example.net"));
    let tenancy = built(chain);
    let at = |host: &str| {
        let tenant = now(tenancy.tenant_at(host)).expect("a store that answers");
        tenant.map(|tenant| tenant.slug().to_string())
    };
    assert_eq!(at("shop.example.org"), Some("acme".into()));
    assert_eq!(at("acme.example.com"), None);
    assert_eq!(at("not a host"), None);
    assert_eq!(at(""), None);
}
