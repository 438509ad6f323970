//! E10, E13 and E14: domains of the tenants' own, and the one that they share.

use tenancy_core::{
    Mode, Tenancy,
    resolve::{HeaderResolver, SubdomainResolver},
    store::InMemoryTenantStore,
};

use crate::{Server, Site};

fn ask(site: &Site, host: impl AsRef<[u8]>) -> crate::client::Answer {
    let request = site.get("/domains/whoami").host(host);
    request.user("alice").send()
}

pub(super) fn e10_international_names_are_compared_in_their_one_ascii_form(server: Server) {
    let site = Site::open(server);
    for host in [
        "xn--bcher-kva.example",
        "XN--Bcher-KVA.example.",
        "xn--bcher-kva.example:8443",
    ] {
        assert_eq!(ask(&site, host).ok(), "acme by custom_domain for alice");
    }
    for host in [
        "b\u{fc}cher.example".as_bytes(),
        // Latin-1, and the same name in two characters.
        b"b\xfccher.example",
        "bu\u{308}cher.example".as_bytes(),
        // No A-label at all, one of a character that IDNA maps away, one of plain ASCII.
        b"xn--bcher-kvaa-.example",
        b"xn--.example",
        b"xn--acme-.example.com",
        b"xn--a.example.com",
    ] {
        ask(&site, host).bad_request();
    }
}

pub(super) fn e13_a_domain_that_strangers_share_is_refused_when_building(_: Server) {
    let build = |base: &str| {
        Tenancy::builder()
            .resolver(HeaderResolver::new("x-tenant-id"))
            .resolver(SubdomainResolver::of(base))
            .mode(Mode::Public)
            .store(InMemoryTenantStore::new())
            .build()
    };
    for base in [
        "com",
        "co.uk",
        "CO.UK",
        "github.io",
        "192.0.2.1",
        "example.com:80",
        "",
    ] {
        assert!(build(base).is_err(), "{base}");
    }
    for base in [
        "example.com",
        "example.co.uk",
        "localhost",
        "app.example.com",
    ] {
        assert!(build(base).is_ok(), "{base}");
    }
}

pub(super) fn e14_a_domain_leads_to_the_tenant_that_has_it_verified(server: Server) {
    let site = Site::open(server);
    for host in [
        "shop.example.org",
        "SHOP.Example.Org.",
        "shop.example.org:8443",
    ] {
        assert_eq!(ask(&site, host).ok(), "acme by custom_domain for alice");
    }
    // Acme only says that this one is its own, too.
    let answer = ask(&site, "globex.example.net");
    assert_eq!(answer.ok(), "globex by custom_domain for alice");
    for host in [
        // Said and not verified, by nobody else.
        "soon.example.org",
        "unknown.example.org",
        "frozen.example.org",
        // Near a verified one.
        "www.shop.example.org",
        "example.org",
        "evilshop.example.org",
        "shop.example.org.evil.example",
    ] {
        ask(&site, host).refused(404, "tenant_not_found");
    }
    // The service's own names are not for sale.
    ask(&site, "example.com").refused(400, "tenant_required");
    assert_eq!(
        ask(&site, "acme.example.com").ok(),
        "acme by subdomain for alice"
    );
    let request = site.get("/domains/whoami").host("shop.example.org");
    request
        .user("mallory")
        .send()
        .refused(404, "tenant_not_found");
}
