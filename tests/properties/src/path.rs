//! Paths, compared with what the crate `url` makes of them.

use tenancy_core::{
    resolve::{PathResolver, ResolveErrorKind, TenantResolver},
    tenant::TenantKey,
};
use url::Url;

use crate::request::{Request, now};

pub fn check(bytes: &[u8]) {
    let Ok(path) = str::from_utf8(bytes) else {
        return;
    };
    let source = PathResolver::after("/t");
    let request = Request {
        path,
        ..Request::with(&[])
    };
    let said = now(async { source.resolve(&request).await })
        .map_err(|error| assert_eq!(error.kind(), ResolveErrorKind::Malformed));
    // A server hands on what stands between the authority and the query.
    if !path.starts_with('/') || path.contains(['?', '#', '\t', '\n', '\r']) {
        return;
    }
    let url = Url::parse(&format!("https://example.com{path}/end")).expect("a URL");
    let segments: Vec<&str> = url.path_segments().expect("a hierarchy").collect();
    match said {
        Ok(Some(TenantKey::Name(id))) => {
            assert_eq!(segments.first(), Some(&"t"), "{path:?} is {url}");
            let seen = segments.get(1).and_then(|name| name.parse().ok());
            assert_eq!(seen, Some(id), "{path:?} is {url}");
        }
        Ok(Some(other)) => panic!("a path said {other:?}"),
        Ok(None) => {
            let names_a_tenant = segments.len() > 2 && segments.first() == Some(&"t");
            assert!(!names_a_tenant, "{path:?} is {url}");
        }
        Err(()) => {}
    }
}
