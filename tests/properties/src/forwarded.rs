//! `Forwarded` and `X-Forwarded-Host`, from a trusted proxy and from anybody.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tenancy_core::{
    Mode, Tenancy,
    resolve::{ResolveErrorKind, TrustedProxies, resolver_fn},
    store::InMemoryTenantStore,
};

use crate::request::{Request, now};

/// The host that sources see, if the request is not malformed.
fn seen(proxies: TrustedProxies, peer: &str, header: (&str, &[u8])) -> Result<Vec<u8>, ()> {
    let seen = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&seen);
    let probe = resolver_fn("probe", move |request| {
        let host = match request.authority() {
            Some(host) => Some(host.as_bytes()),
            None => request
                .single_header(&http::header::HOST)
                .expect("one host"),
        };
        *slot.lock().expect("no panic before") = host.map(<[u8]>::to_vec);
        Ok(None)
    });
    let tenancy = Tenancy::builder()
        .resolver(probe)
        .trusted_proxies(proxies)
        .mode(Mode::Public)
        .store(InMemoryTenantStore::new())
        .build()
        .expect("a chain");
    let headers = [("host", b"own.example.com".as_slice()), header];
    let request = Request {
        peer: Some(SocketAddr::new(peer.parse().expect("an address"), 4711)),
        ..Request::with(&headers)
    };
    let error = now(tenancy.resolve(&request, Mode::Public)).expect_err("nobody is named");
    match error.kind() {
        ResolveErrorKind::Malformed => Err(()),
        ResolveErrorKind::TenantRequired => {
            let host = seen.lock().expect("no panic before").take();
            Ok(host.expect("the probe was asked"))
        }
        other => panic!("{other:?}"),
    }
}

pub fn check(bytes: &[u8]) {
    const OWN: &[u8] = b"own.example.com";
    let forwarded = || TrustedProxies::forwarded(["10.0.0.0/8"]);
    let x_forwarded_host = || TrustedProxies::x_forwarded_host(["10.0.0.0/8"]);

    for peer in ["11.0.0.1", "::10.0.0.1"] {
        let ignored = seen(forwarded(), peer, ("forwarded", bytes));
        assert_eq!(ignored.as_deref(), Ok(OWN));
        let ignored = seen(x_forwarded_host(), peer, ("x-forwarded-host", bytes));
        assert_eq!(ignored.as_deref(), Ok(OWN));
    }

    if let Ok(host) = seen(forwarded(), "10.0.0.1", ("forwarded", bytes)) {
        let mut windows = bytes.windows(4);
        let says_host = windows.any(|window| window.eq_ignore_ascii_case(b"host"));
        assert!(host == OWN || says_host);
        assert_eq!(accepted_as(&host), Ok(host.clone()));
        let again = [b"for=x;host=\"", host.as_slice(), b"\""].concat();
        let again = seen(forwarded(), "::ffff:10.0.0.1", ("forwarded", &again));
        assert_eq!(again, Ok(host));
        // With another element, it is not one proxy's word any more.
        for more in [b",for=y".as_slice(), b",host=evil.example"] {
            let joined = [bytes, more].concat();
            let joined = seen(forwarded(), "10.0.0.1", ("forwarded", &joined));
            assert_eq!(joined, Err(()));
        }
    }
    if let Ok(host) = seen(x_forwarded_host(), "10.0.0.1", ("x-forwarded-host", bytes)) {
        let sent = str::from_utf8(bytes)
            .expect("ASCII")
            .trim_matches([' ', '\t']);
        assert_eq!(sent.as_bytes(), host);
        assert_eq!(accepted_as(&host), Ok(host.clone()));
    }
}

/// What sources see when a proxy reports this host.
fn accepted_as(host: &[u8]) -> Result<Vec<u8>, ()> {
    let proxies = TrustedProxies::x_forwarded_host(["10.0.0.1"]);
    seen(proxies, "10.0.0.1", ("x-forwarded-host", host))
}
