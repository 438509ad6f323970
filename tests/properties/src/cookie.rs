//! `Cookie` headers, compared with what the crate `cookie` makes of them.

use cookie::Cookie;
use tenancy_core::{
    resolve::{CookieResolver, ResolveErrorKind, TenantResolver},
    tenant::TenantKey,
};

use crate::request::{Request, now};

fn said(headers: &[(&str, &[u8])]) -> Result<Option<TenantKey>, ()> {
    let source = CookieResolver::new("tenant_id");
    let request = Request::with(headers);
    now(async { source.resolve(&request).await })
        .map_err(|error| assert_eq!(error.kind(), ResolveErrorKind::Malformed))
}

pub fn check(bytes: &[u8]) {
    let key = said(&[("cookie", bytes)]);

    // HTTP/2 may cut the header at any semicolon.
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b';') {
        let (front, back) = bytes.split_at(at);
        let back = back.strip_prefix(b";").unwrap_or(back);
        assert_eq!(said(&[("cookie", front), ("cookie", back)]), key);
    }
    // The other crate takes a vertical tab for white space.
    if let Ok(text) = str::from_utf8(bytes)
        && text.is_ascii()
        && !text.contains('\x0b')
    {
        let parsed = Cookie::split_parse(text).flatten();
        let mut values = parsed.filter(|cookie| cookie.name() == "tenant_id");
        let expected = match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(cookie), None) => {
                let value = cookie.value_raw().expect("a value of the text itself");
                TenantKey::parse_name(value).map(Some).map_err(drop)
            }
            (Some(_), Some(_)) => Err(()),
        };
        assert_eq!(key, expected, "{text:?}");
    }
    if let Ok(Some(TenantKey::Name(id))) = &key {
        let again = format!("a=b; tenant_id={id}; c");
        assert_eq!(said(&[("cookie", again.as_bytes())]), key);
        let twice = [("cookie", bytes), ("cookie", b"tenant_id=acme".as_slice())];
        assert_eq!(said(&twice), Err(()));
    }
}
