//! Hosts, compared with what the crates `url` and `http` make of them.

use tenancy_core::{
    resolve::{CustomDomainResolver, ResolveErrorKind, SubdomainResolver, TenantResolver},
    tenant::TenantKey,
};

use crate::request::{Request, now};

/// What a source says to a host; `Err` when it is malformed.
fn said(source: &dyn TenantResolver, request: &Request<'_>) -> Result<Option<String>, ()> {
    match now(async { source.resolve(request).await }) {
        Ok(key) => Ok(key.map(|key| match key {
            TenantKey::Domain(domain) => domain.to_string(),
            TenantKey::Slug(slug) => slug.to_string(),
            other => panic!("a host said {other:?}"),
        })),
        Err(error) => {
            assert_eq!(error.kind(), ResolveErrorKind::Malformed);
            Err(())
        }
    }
}

pub fn check(bytes: &[u8]) {
    let own = CustomDomainResolver::beside("own.invalid");
    let headers = [("host", bytes)];
    let request = Request::with(&headers);
    let domain = said(&own, &request);
    let label = said(&SubdomainResolver::of("example.com"), &request);

    if let Ok(text) = str::from_utf8(bytes) {
        let target = Request {
            target: Some(text),
            ..Request::with(&[])
        };
        assert_eq!(said(&own, &target), domain, "as the target");
        let both = Request {
            target: Some(text),
            ..request
        };
        assert_eq!(said(&own, &both), domain, "as target and header");
        compare(text, domain.as_ref());
    } else {
        assert_eq!(domain, Err(()), "not even UTF-8");
    }

    if let Ok(Some(domain)) = &domain {
        let headers = [("host", domain.as_bytes())];
        assert_eq!(
            said(&own, &Request::with(&headers)),
            Ok(Some(domain.clone()))
        );
    }
    if let Ok(Some(label)) = label {
        assert_eq!(domain, Ok(Some(format!("{label}.example.com"))));
    }
}

fn compare(text: &str, ours: Result<&Option<String>, &()>) {
    let (host, port) = split_port(text);
    let theirs = url::Host::parse(host);
    match ours {
        Ok(Some(domain)) => {
            let url::Host::Domain(seen) = theirs.expect("a host") else {
                panic!("{text:?} is an address, and not {domain}");
            };
            assert_eq!(seen.strip_suffix('.').unwrap_or(&seen), domain, "{text:?}");
        }
        // No domain that a tenant can have: an address, one label, or the service's own.
        Ok(None) => {
            if let Ok(url::Host::Domain(seen)) = theirs {
                let seen = seen.strip_suffix('.').unwrap_or(&seen);
                let is_own = seen == "own.invalid" || seen.ends_with(".own.invalid");
                assert!(is_own || !seen.contains('.'), "{text:?} is {seen}");
            }
        }
        Err(()) => {
            if let Ok(seen) = theirs {
                let is_justified = port == Some(0) || stricter(host, &seen).is_some();
                assert!(is_justified || text.ends_with(':'), "{text:?} is {seen}");
            }
        }
    }
    if ours.is_ok() {
        let theirs: http::uri::Authority = text.parse().expect("an authority");
        assert_eq!(theirs.host(), host);
        assert_eq!(theirs.port_u16(), port);
    }
}

/// The host and the port, where a port of digits stands behind a colon.
fn split_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, port)) = text.rsplit_once(':')
        && port.len() <= 5
        && !host.ends_with(':')
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(port) = port.parse()
    {
        (host, Some(port))
    } else {
        (text.strip_suffix(':').unwrap_or(text), None)
    }
}

/// Why a host is malformed here that the URL standard reads.
#[must_use]
pub fn stricter(host: &str, seen: &url::Host) -> Option<&'static str> {
    let name = match seen {
        url::Host::Domain(name) => name,
        // An address of nobody is refused or not, but is no tenant either way.
        url::Host::Ipv4(_) | url::Host::Ipv6(_) => return Some("it is no domain"),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let labels = || name.split('.');
    if !host.is_ascii() {
        Some("user agents send A-labels; what is sent raw was not sent by one")
    } else if host.contains('%') {
        Some("user agents decode a host before they send it")
    } else if labels().any(|label| label.is_empty() || label.len() > 63) || name.len() > 253 {
        Some("no name server can know this name")
    } else if labels().any(|label| label.starts_with('-') || label.ends_with('-')) {
        Some("a host name has no hyphen at either end of a label (RFC 1123)")
    } else if name.contains('_') {
        Some("a host name has no underscore (RFC 1123)")
    } else if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    {
        Some("a host name has letters, digits and hyphens (RFC 1123)")
    } else {
        None
    }
}
