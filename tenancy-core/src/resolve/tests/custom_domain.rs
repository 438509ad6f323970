use std::sync::Arc;

use super::{Ask, now, refused_settings, table, tenants};
use crate::{
    answer::Answer,
    error::{ResolveErrorKind, StoreError},
    id::{Slug, TenantId},
    resolve::{CustomDomainResolver, Mode},
    store::TenantStore,
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey},
};

#[test]
fn e14_the_host_is_read_unless_it_is_the_services_own() {
    let source = CustomDomainResolver::beside("example.com").and_beside("B\u{fc}cher.Example.");
    let cases = [
        ("shop.example.org", "shop.example.org"),
        ("SHOP.Example.ORG.:8443", "shop.example.org"),
        ("xn--fa-hia.example", "xn--fa-hia.example"),
        ("evilexample.com", "evilexample.com"),
        ("example.com.evil.example", "example.com.evil.example"),
        ("example.com", "-"),
        ("EXAMPLE.com.", "-"),
        ("acme.example.com", "-"),
        ("a.b.c.example.com:8443", "-"),
        ("xn--bcher-kva.example", "-"),
        ("acme.XN--BCHER-KVA.example", "-"),
        ("192.0.2.1", "-"),
        ("192.0.2.1.", "-"),
        ("0x7f.1", "-"),
        ("[2001:db8::1]", "-"),
        ("localhost", "-"),
        ("my_shop.example.org", "malformed"),
        ("-shop.example.org", "malformed"),
        ("shop-.example.org", "malformed"),
        ("b\u{fc}cher.example.org", "malformed"),
        ("xn--a.example.org", "malformed"),
        ("shop.example.org..", "malformed"),
        ("", "malformed"),
    ];
    table(&source, cases.map(|(host, says)| (Ask::host(host), says)));
    for own in ["", "192.0.2.1", "example.com:80", "*.example.com", "a b"] {
        let source = CustomDomainResolver::beside("example.com").and_beside(own);
        refused_settings(&source, "is not a domain name");
        refused_settings(&source.and_beside("example.org"), "is not a domain name");
    }
}

/// The tenant that a host leads to, or the kind of refusal.
fn led(store: impl TenantStore, host: &str) -> Result<String, ResolveErrorKind> {
    let tenancy = Tenancy::builder()
        .by_host("example.com")
        .mode(Mode::Public)
        .store(store)
        .build()
        .expect("a chain");
    match now(tenancy.resolve(&Ask::host(host), Mode::Public)) {
        Ok(context) => Ok(context.expect("a tenant").tenant().slug().to_string()),
        Err(error) => Err(error.kind()),
    }
}

#[test]
fn e14_only_a_verified_domain_leads_to_its_tenant_and_only_exactly() {
    for host in ["shop.example.org", "SHOP.EXAMPLE.ORG.:443"] {
        assert_eq!(led(tenants(), host), Ok("acme".to_owned()));
    }
    assert_eq!(
        led(tenants(), "XN--BCHER-kva.example"),
        Ok("globex".to_owned())
    );
    for host in [
        // Below a verified one, above it, beside it; not verified; of a suspended tenant; of no
        // tenant.
        "www.shop.example.org",
        "example.org",
        "shop-example.org",
        "xshop.example.org",
        "mine.example.net",
        "frozen.example.org",
        "unknown.example.net",
    ] {
        assert_eq!(
            led(tenants(), host),
            Err(ResolveErrorKind::TenantNotFound),
            "{host}"
        );
    }
}

/// Finds acme for whatever name.
struct Careless;

impl TenantStore for Careless {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        let tenant = Tenant::new(
            TenantId::integer(1).expect("an id"),
            Slug::parse("acme").expect("a slug"),
        );
        let found = Ok(Some(Arc::new(tenant)));
        match key {
            TenantKey::Domain(domain) if domain.as_str().starts_with("later") => {
                Answer::later(async { found })
            }
            _ => Answer::Now(found),
        }
    }
}

#[test]
fn e14_a_careless_store_does_not_open_a_tenant_by_a_domain_it_has_not_verified() {
    assert_eq!(led(Careless, "acme.example.com"), Ok("acme".to_owned()));
    for host in ["shop.example.org", "later.example.org"] {
        assert_eq!(led(Careless, host), Err(ResolveErrorKind::TenantNotFound));
    }
}
