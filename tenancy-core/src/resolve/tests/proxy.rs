use super::{Ask, now, tenants};
use crate::{
    error::ResolveErrorKind,
    resolve::{HeaderResolver, Mode, SubdomainResolver, TrustedProxies},
    tenancy::Tenancy,
};

fn chain(proxies: TrustedProxies) -> Tenancy {
    Tenancy::builder()
        .resolver(SubdomainResolver::of("example.com"))
        .trusted_proxies(proxies)
        .mode(Mode::Public)
        .store(tenants())
        .build()
        .expect("a chain")
}

fn entered(tenancy: &Tenancy, request: &Ask) -> Result<String, ResolveErrorKind> {
    match now(tenancy.resolve(request, Mode::Public)) {
        Ok(context) => Ok(context.expect("a tenant").tenant().slug().to_string()),
        Err(error) => Err(error.kind()),
    }
}

/// A request to acme from this peer.
fn from(peer: &str) -> Ask {
    Ask::host("acme.example.com").from(peer)
}

const NETWORKS: [&str; 3] = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];
const INSIDE: [&str; 6] = [
    "10.0.0.1",
    "10.255.255.255",
    "::ffff:10.1.2.3",
    "fd12:3456::1",
    "192.0.2.7",
    "::ffff:192.0.2.7",
];
const OUTSIDE: [&str; 8] = [
    "9.255.255.255",
    "11.0.0.0",
    "192.0.2.8",
    "127.0.0.1",
    "::1",
    "fe80::1",
    "::ffff:11.0.0.1",
    // IPv4-compatible, not IPv4-mapped.
    "::10.0.0.1",
];

#[test]
fn e01_reported_hosts_are_read_from_trusted_peers_only() {
    for (proxies, header, value) in [
        (
            TrustedProxies::forwarded(NETWORKS),
            "forwarded",
            "host=globex.example.com",
        ),
        (
            TrustedProxies::x_forwarded_host(NETWORKS),
            "x-forwarded-host",
            "globex.example.com",
        ),
    ] {
        let tenancy = chain(proxies);
        for peer in INSIDE {
            let request = from(peer);
            assert_eq!(entered(&tenancy, &request), Ok("acme".into()), "{peer}");
            let request = request.header(header, value);
            assert_eq!(entered(&tenancy, &request), Ok("globex".into()), "{peer}");
        }
        for peer in OUTSIDE {
            for value in [value, "", "host=a,host=b", "\u{fc}"] {
                let request = from(peer).header(header, value);
                assert_eq!(entered(&tenancy, &request), Ok("acme".into()), "{peer}");
            }
        }
        // Where the other end is not known, no proxy is trusted.
        let request = Ask::host("acme.example.com").header(header, value);
        assert_eq!(entered(&tenancy, &request), Ok("acme".into()));
    }
}

#[test]
fn e01_only_the_configured_header_is_read() {
    let reported = "globex.example.com";
    let forwarded = format!("host={reported}");
    let request = |name: &str, value: &str| from("10.0.0.1").header(name, value);

    let tenancy = chain(TrustedProxies::forwarded(NETWORKS));
    let both = request("x-forwarded-host", reported);
    assert_eq!(entered(&tenancy, &both), Ok("acme".into()));
    let both = both.header("forwarded", &forwarded);
    assert_eq!(entered(&tenancy, &both), Ok("globex".into()));

    let tenancy = chain(TrustedProxies::x_forwarded_host(NETWORKS));
    let both = request("forwarded", &forwarded);
    assert_eq!(entered(&tenancy, &both), Ok("acme".into()));

    // And none at all without any.
    let tenancy = Tenancy::builder().by_host("example.com").store(tenants());
    let tenancy = tenancy.mode(Mode::Public).build().expect("a chain");
    let both = both.header("x-forwarded-host", reported);
    assert_eq!(entered(&tenancy, &both), Ok("acme".into()));
}

#[test]
fn e01_x_forwarded_host_holds_one_host() {
    let tenancy = chain(TrustedProxies::x_forwarded_host(NETWORKS));
    for (value, expected) in [
        ("globex.example.com", Ok("globex")),
        (" GLOBEX.example.com.:8443\t", Ok("globex")),
        ("", Err(())),
        (" ", Err(())),
        ("globex.example.com, acme.example.com", Err(())),
        ("globex.example.com,", Err(())),
        ("globex.example.com acme.example.com", Err(())),
        ("https://globex.example.com", Err(())),
        ("user@globex.example.com", Err(())),
        ("globex.example.com:0", Err(())),
        ("gl\u{f6}bex.example.com", Err(())),
    ] {
        let request = from("10.0.0.1").header("x-forwarded-host", value);
        let expected = expected
            .map(str::to_owned)
            .map_err(|()| ResolveErrorKind::Malformed);
        assert_eq!(entered(&tenancy, &request), expected, "{value}");
    }
    let two = from("10.0.0.1").header("x-forwarded-host", "a.example.com, b.example.com");
    let error = now(tenancy.resolve(&two, Mode::Public)).expect_err("two values");
    assert!(error.to_string().contains("more than one value"), "{error}");
    let twice = from("10.0.0.1")
        .header("x-forwarded-host", "globex.example.com")
        .header("x-forwarded-host", "globex.example.com");
    assert_eq!(entered(&tenancy, &twice), Err(ResolveErrorKind::Malformed));
    let raw = from("10.0.0.1").header("x-forwarded-host", b"globex.example.com\xff");
    assert_eq!(entered(&tenancy, &raw), Err(ResolveErrorKind::Malformed));
}

#[test]
fn e01_forwarded_has_one_element_with_one_host() {
    let tenancy = chain(TrustedProxies::forwarded(NETWORKS));
    let ok = [
        ("host=globex.example.com", "globex"),
        ("HOST=globex.example.com", "globex"),
        (
            "for=192.0.2.60;proto=https;host=globex.example.com",
            "globex",
        ),
        (
            "for=\"[2001:db8::1]:4711\";host=\"globex.example.com:8443\"",
            "globex",
        ),
        ("host=globex.example.com:8443; by=_x", "globex"),
        (";;host=globex.example.com;", "globex"),
        (
            "for=\"a;host=acme.example.com\";host=globex.example.com",
            "globex",
        ),
        (
            "for=\"a, b\\\", host=acme.example.com\";host=globex.example.com",
            "globex",
        ),
        // Without a host, the request's own counts.
        ("for=192.0.2.60", "acme"),
        ("for=\"host=globex.example.com\"", "acme"),
        ("xhost=globex.example.com", "acme"),
        ("", "acme"),
    ];
    for (value, expected) in ok {
        let request = from("10.0.0.1").header("forwarded", value);
        assert_eq!(entered(&tenancy, &request), Ok(expected.into()), "{value}");
    }
    for value in [
        "host=globex.example.com, host=acme.example.com",
        "host=globex.example.com,for=x",
        "for=x, for=y",
        "host=globex.example.com,",
        ",host=globex.example.com",
        "host=globex.example.com;host=globex.example.com",
        "host=globex.example.com;Host=acme.example.com",
        "host=",
        "host=\"\"",
        "host",
        "globex.example.com",
        "=globex.example.com",
        "host =globex.example.com",
        "host= globex.example.com",
        "host=globex.example.com acme.example.com",
        "host=\"globex.example.com",
        "host=\"globex.example.com\"x",
        "host=\"globex\\.example.com\"",
        "host=\"user@globex.example.com\"",
        "host=gl\u{f6}bex.example.com",
        "host=unknown/",
        "for=\"",
        "for=a\u{fc}",
    ] {
        let request = from("10.0.0.1").header("forwarded", value);
        assert_eq!(
            entered(&tenancy, &request),
            Err(ResolveErrorKind::Malformed),
            "{value}"
        );
    }
    let twice = from("10.0.0.1")
        .header("forwarded", "host=globex.example.com")
        .header("forwarded", "for=x");
    assert_eq!(entered(&tenancy, &twice), Err(ResolveErrorKind::Malformed));
}

#[test]
fn e04_a_reported_host_takes_the_place_of_target_and_host_header() {
    let tenancy = chain(TrustedProxies::x_forwarded_host(NETWORKS));
    let request = Ask::host("backend:8080")
        .target("backend.internal")
        .from("10.0.0.1")
        .header("x-forwarded-host", "acme.example.com");
    assert_eq!(entered(&tenancy, &request), Ok("acme".into()));
}

#[test]
fn s04_a_malformed_report_is_refused_although_nothing_reads_the_host() {
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .trusted_proxies(TrustedProxies::x_forwarded_host(NETWORKS))
        .mode(Mode::Public)
        .store(tenants())
        .build()
        .expect("a chain");
    let request = || from("10.0.0.1").header("x-tenant-id", "acme");
    assert_eq!(entered(&tenancy, &request()), Ok("acme".into()));
    let fine = request().header("x-forwarded-host", "globex.example.com");
    assert_eq!(entered(&tenancy, &fine), Ok("acme".into()));
    let request = request().header("x-forwarded-host", "a@b");
    let error = now(tenancy.resolve(&request, Mode::Public)).expect_err("no host");
    assert_eq!(error.kind(), ResolveErrorKind::Malformed);
    assert!(error.to_string().contains("`x-forwarded-host`"), "{error}");
}

#[test]
fn e01_networks_that_trust_too_many_or_nobody_are_refused() {
    for (network, reason) in [
        ("", "is not an IP network"),
        ("proxy.internal", "is not an IP network"),
        ("10.0.0.0/33", "is not an IP network"),
        ("10.0.0.1:80", "is not an IP network"),
        ("10.0.0", "is not an IP network"),
        ("010.0.0.1", "is not an IP network"),
        ("10.0.0.1/8", "has host bits"),
        ("fd00::1/8", "has host bits"),
        ("0.0.0.0/0", "trusts everybody"),
        ("::/0", "trusts everybody"),
        ("1.2.3.4/0", "trusts everybody"),
        ("::ffff:10.0.0.0/104", "write it as IPv4"),
        ("::ffff:10.0.0.1", "write it as IPv4"),
    ] {
        for proxies in [
            TrustedProxies::forwarded([network]),
            TrustedProxies::x_forwarded_host(["192.0.2.7", network]),
        ] {
            let error = proxies.check().expect_err(network).to_string();
            assert!(error.contains(reason), "{network}: {error}");
            let built = Tenancy::builder()
                .by_host("example.com")
                .trusted_proxies(proxies);
            assert!(built.mode(Mode::Public).store(tenants()).build().is_err());
        }
    }
    let nobody = TrustedProxies::forwarded::<&str>([]).check();
    let error = nobody.expect_err("no network").to_string();
    assert!(error.contains("name the networks"), "{error}");
    assert!(TrustedProxies::forwarded(NETWORKS).check().is_ok());
}

#[test]
fn o01_the_header_that_is_read_is_in_vary() {
    assert_eq!(
        chain(TrustedProxies::forwarded(NETWORKS)).vary(),
        "host, forwarded"
    );
    assert_eq!(
        chain(TrustedProxies::x_forwarded_host(NETWORKS)).vary(),
        "host, x-forwarded-host"
    );
}
