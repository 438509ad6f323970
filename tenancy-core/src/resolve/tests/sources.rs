//! What several sources say together, and the ready-made chains.

use http::HeaderName;

use super::{Ask, now, table, tenants};
use crate::{
    error::{ResolveError, ResolveErrorKind},
    resolve::{
        CookieResolver, HeaderResolver, Mode, PathResolver, Platform, QueryResolver,
        StaticResolver, SubdomainResolver, TenantResolver, resolver_fn,
    },
    source::Source,
    tenancy::{Tenancy, TenancyBuilder},
    tenant::TenantKey,
};

fn built(builder: TenancyBuilder) -> Tenancy {
    let builder = builder.mode(Mode::Public).store(tenants());
    builder.build().expect("a chain")
}

/// `acme by header`.
fn entered(tenancy: &Tenancy, request: &Ask) -> Result<String, ResolveErrorKind> {
    match now(tenancy.resolve(request, Mode::Public)) {
        Ok(context) => {
            let context = context.expect("a tenant");
            Ok(format!(
                "{} by {}",
                context.tenant().slug(),
                context.source()
            ))
        }
        Err(error) => Err(error.kind()),
    }
}

/// Where a tenant can be named, and how.
const PLACES: [&str; 6] = ["header", "host", "cookie", "path", "query", "custom"];

/// A request that names tenants in some places, to a chain that reads all of them.
fn naming(named: &[(&str, &str)]) -> Ask {
    let of = |place: &str| {
        let mut found = named.iter().filter(|(at, _)| *at == place);
        found.next().map(|(_, tenant)| *tenant)
    };
    let host = of("host").map_or("example.com".to_owned(), |slug| {
        format!("{slug}.example.com")
    });
    let path = of("path").map_or("/".to_owned(), |tenant| format!("/t/{tenant}/notes"));
    let mut request = Ask::path(&path).header("host", host);
    if let Some(tenant) = of("header") {
        request = request.header("x-tenant-id", tenant);
    }
    if let Some(tenant) = of("cookie") {
        request = request.header("cookie", format!("tenant_id={tenant}"));
    }
    if let Some(tenant) = of("query") {
        request = request.query(&format!("tenant={tenant}"));
    }
    if let Some(tenant) = of("custom") {
        request = request.header("x-custom", tenant);
    }
    request
}

fn custom() -> impl TenantResolver {
    resolver_fn("custom", |request| {
        let value = request
            .single_header(&HeaderName::from_static("x-custom"))
            .map_err(|_| ResolveError::malformed("the `x-custom` header is repeated"))?;
        value
            .map(TenantKey::from_bytes)
            .transpose()
            .map_err(|rule| ResolveError::malformed(format!("the `x-custom` header: {rule}")))
    })
    .reading(http::HeaderName::from_static("x-custom"))
}

fn all() -> Tenancy {
    let chain = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com"))
        .resolver(CookieResolver::new("tenant_id"))
        .resolver(PathResolver::after("/t"))
        .resolver(QueryResolver::new("tenant"))
        .resolver(custom())
        .fallback(Platform);
    built(chain)
}

#[test]
fn s03_any_two_places_that_disagree_are_refused() {
    let tenancy = all();
    assert_eq!(tenancy.vary(), "x-tenant-id, host, cookie, x-custom");
    for one in PLACES {
        let request = naming(&[(one, "acme")]);
        let entered_by = entered(&tenancy, &request).expect(one);
        assert!(entered_by.starts_with("acme by "), "{entered_by}");
        for other in PLACES {
            if one == other {
                continue;
            }
            let agreeing = naming(&[(one, "acme"), (other, "acme")]);
            assert!(entered(&tenancy, &agreeing).is_ok(), "{one} {other}");
            for tenant in ["globex", "frozen", "nobody"] {
                let request = naming(&[(one, "acme"), (other, tenant)]);
                let refused = Err(ResolveErrorKind::TenantNotFound);
                assert_eq!(entered(&tenancy, &request), refused, "{one} {other}");
            }
        }
    }
    // The same tenant by its id, by its slug in any case.
    let request = naming(&[
        ("header", "1"),
        ("host", "ACME"),
        ("cookie", "Acme"),
        ("path", "acme"),
    ]);
    assert_eq!(entered(&tenancy, &request), Ok("acme by header".into()));
}

#[test]
fn s04_a_malformed_place_is_refused_although_all_others_agree() {
    let tenancy = all();
    let everywhere = PLACES.map(|place| (place, "acme"));
    assert_eq!(
        entered(&tenancy, &naming(&everywhere)),
        Ok("acme by header".into())
    );
    for place in PLACES {
        for value in ["", "-", "a,b", "b\u{fc}"] {
            let named = everywhere.map(|(at, name)| (at, if at == place { value } else { name }));
            let refused = Err(ResolveErrorKind::Malformed);
            assert_eq!(
                entered(&tenancy, &naming(&named)),
                refused,
                "{place} {value}"
            );
            // And alone, although there is a fallback.
            let alone = naming(&[(place, value)]);
            assert_eq!(entered(&tenancy, &alone), refused, "{place} {value}");
        }
    }
}

#[test]
fn s06_the_fallback_is_taken_only_when_nobody_spoke() {
    let tenancy = built(Tenancy::builder().standard("example.com"));
    assert_eq!(tenancy.vary(), "x-tenant-id, host, cookie");
    let apex = || Ask::host("example.com");
    for request in [apex(), Ask::host("www.example.com"), Ask::host("192.0.2.1")] {
        assert_eq!(entered(&tenancy, &request), Ok("hq by fallback".into()));
    }
    for (request, expected) in [
        (
            apex().header("x-tenant-id", "acme"),
            Ok("acme by header".into()),
        ),
        (
            apex().header("cookie", "tenant_id=acme"),
            Ok("acme by cookie".into()),
        ),
        (
            Ask::host("acme.example.com"),
            Ok("acme by subdomain".into()),
        ),
        (
            apex().header("x-tenant-id", "nobody"),
            Err(ResolveErrorKind::TenantNotFound),
        ),
        (
            Ask::host("frozen.example.com"),
            Err(ResolveErrorKind::TenantNotFound),
        ),
        (
            apex().header("x-tenant-id", ""),
            Err(ResolveErrorKind::Malformed),
        ),
        (Ask::path("/"), Err(ResolveErrorKind::Malformed)),
    ] {
        assert_eq!(entered(&tenancy, &request), expected);
    }

    let tenancy = built(Tenancy::builder().by_host("example.com"));
    assert_eq!(
        entered(&tenancy, &apex()),
        Err(ResolveErrorKind::TenantRequired)
    );
    let request = apex().header("x-tenant-id", "acme");
    assert_eq!(
        entered(&tenancy, &request),
        Err(ResolveErrorKind::TenantRequired)
    );
    let request = Ask::host("shop.example.org");
    assert_eq!(
        entered(&tenancy, &request),
        Ok("acme by custom_domain".into())
    );
}

#[test]
fn s03_a_static_source_can_only_be_agreed_with() {
    let acme = TenantKey::parse_name("acme").expect("a name");
    let source = StaticResolver::new(acme.clone());
    table(&source, [(Ask::path("/"), "acme")]);
    let chain = Tenancy::builder()
        .resolver(source)
        .resolver(HeaderResolver::new("x-tenant-id"))
        .fallback(Platform);
    let tenancy = built(chain);
    for (request, expected) in [
        (Ask::path("/"), Ok("acme by static".into())),
        (
            Ask::path("/").header("x-tenant-id", "1"),
            Ok("acme by static".into()),
        ),
        (
            Ask::path("/").header("x-tenant-id", "globex"),
            Err(ResolveErrorKind::TenantNotFound),
        ),
    ] {
        assert_eq!(entered(&tenancy, &request), expected);
    }
    // Nothing of the request is read, so nothing that caches may tell requests apart.
    let tenancy = built(Tenancy::builder().resolver(StaticResolver::new(acme)));
    assert_eq!(tenancy.vary(), "*");
}

#[test]
fn s04_a_closure_is_a_source_like_any_other() {
    let source = custom();
    assert_eq!(source.source(), Source::Custom("custom"));
    table(
        &source,
        [
            (Ask::path("/"), "-"),
            (Ask::path("/").header("x-custom", "acme"), "acme"),
            (Ask::path("/").header("x-custom", "a b"), "malformed"),
            (
                Ask::path("/")
                    .header("x-custom", "acme")
                    .header("x-custom", "acme"),
                "malformed",
            ),
        ],
    );
}
