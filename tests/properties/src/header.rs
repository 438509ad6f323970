//! Tenant headers.

use tenancy_core::{
    resolve::{HeaderResolver, ResolveErrorKind, TenantResolver},
    tenant::TenantKey,
};

use crate::request::{Request, now};

fn said(headers: &[(&str, &[u8])]) -> Result<Option<TenantKey>, ()> {
    let source = HeaderResolver::new("x-tenant-id");
    let request = Request::with(headers);
    now(async { source.resolve(&request).await })
        .map_err(|error| assert_eq!(error.kind(), ResolveErrorKind::Malformed))
}

pub fn check(bytes: &[u8]) {
    let said_once = said(&[("x-tenant-id", bytes)]);
    match &said_once {
        Ok(None) => panic!("something was there"),
        Ok(Some(TenantKey::Name(id))) => {
            let text = id.to_string();
            assert!(text.len() <= 64 && text.is_ascii() && !text.contains([',', ' ']));
            let sent = str::from_utf8(bytes)
                .expect("ASCII")
                .trim_matches([' ', '\t']);
            let is_uuid = sent
                .replace('-', "")
                .eq_ignore_ascii_case(&text.replace('-', ""));
            assert!(sent == text || is_uuid, "{sent:?} became {text}");
            assert_eq!(said(&[("x-tenant-id", text.as_bytes())]), said_once);
        }
        Ok(Some(other)) => panic!("a header said {other:?}"),
        Err(()) => {}
    }
    let twice = [("x-tenant-id", bytes), ("x-tenant-id", bytes)];
    assert_eq!(said(&twice), Err(()));
    let joined = [bytes, b",", bytes].concat();
    assert_eq!(said(&[("x-tenant-id", &joined)]), Err(()));
}
