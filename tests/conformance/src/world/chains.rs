//! The chains of sources, and the routes below which each is asked.

use tenancy_core::{
    Mode, ResolveError, Role, Tenancy, TenancyBuilder, TenantId,
    authenticate::{
        api_key::{ApiKeyGrant, ApiKeys, InMemoryApiKeyStore},
        jwt::{Jwt, JwtAlgorithm, JwtIssuers, KeySet, VerifyingKey},
    },
    membership::InMemoryMembershipStore,
    resolve::{
        CookieResolver, CustomDomainResolver, HeaderResolver, PathResolver, Platform,
        QueryResolver, SignedCookieResolver, StaticResolver, SubdomainResolver, TrustedProxies,
        resolver_fn,
    },
    store::InMemoryTenantStore,
    tenant::TenantKey,
};

use super::{Cached, Gate, SECRET, stores::Broken, users::ACME_SECRET};

/// A chain, and where its routes are.
pub struct Chain {
    /// What the paths begin with. `{tenant}` stands for any segment.
    pub path: &'static str,
    pub tenancy: Tenancy,
}

/// Signs the cookies of the `/signed` chain.
pub fn signed_cookies() -> SignedCookieResolver {
    SignedCookieResolver::new(b"another secret that is for cookies")
}

/// Header, subdomain and cookie, under a token.
pub(super) fn usual() -> TenancyBuilder {
    authenticated()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com").reserved(["api"]))
        .resolver(CookieResolver::new("tenant_id"))
}

pub(super) fn outer(tenants: &InMemoryTenantStore) -> Tenancy {
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-outer-tenant"))
        .mode(Mode::Public)
        .store(tenants.clone())
        .build()
        .expect("a chain")
}

pub(super) fn all(
    tenants: &InMemoryTenantStore,
    cached: &Cached,
    gate: &Gate,
    keys: &InMemoryApiKeyStore,
    members: &InMemoryMembershipStore,
) -> Vec<Chain> {
    let header = || authenticated().resolver(HeaderResolver::new("x-tenant-id"));
    let hosts = || authenticated().resolver(SubdomainResolver::of("example.com"));
    let acme = TenantKey::parse_name("acme").expect("a name");
    let chains = [
        ("/fallback", usual().fallback(Platform)),
        ("/domains", {
            let domains = CustomDomainResolver::beside("example.com");
            usual().resolver(domains)
        }),
        (
            "/proxied",
            hosts().trusted_proxies(TrustedProxies::x_forwarded_host(["127.0.0.0/8"])),
        ),
        (
            "/forwarded",
            hosts().trusted_proxies(TrustedProxies::forwarded(["127.0.0.0/8"])),
        ),
        (
            "/distant",
            hosts().trusted_proxies(TrustedProxies::x_forwarded_host(["10.0.0.0/8"])),
        ),
        ("/t/{tenant}", header().resolver(PathResolver::after("/t"))),
        ("/query", header().resolver(QueryResolver::new("tenant"))),
        ("/signed", header().resolver(signed_cookies())),
        (
            "/static",
            header().resolver(StaticResolver::new(acme.clone())),
        ),
        (
            "/closure",
            header().resolver(resolver_fn("kiosk", move |request| {
                let agent = request
                    .single_header(&http::header::USER_AGENT)
                    .map_err(|_| ResolveError::malformed("the `user-agent` header is repeated"))?;
                let is_kiosk = agent.is_some_and(|agent| agent.starts_with(b"acme-kiosk/"));
                Ok(is_kiosk.then(|| acme.clone()))
            })),
        ),
        (
            "/pages",
            usual()
                .check_every_origin()
                .allow_origin("https://app.example.net"),
        ),
        ("/header", header().check_every_origin()),
        (
            "/issuers",
            named(Tenancy::builder().authenticate(issuers())),
        ),
        (
            "/rotating",
            named(Tenancy::builder().authenticate(trusted(Jwt::keys(two_keys())))),
        ),
        (
            "/keyed",
            named(
                Tenancy::builder()
                    .authenticate(ApiKeys::new("conformance", keys.clone()))
                    .authenticate(trusted(Jwt::hs256(SECRET))),
            ),
        ),
        (
            "/members",
            named(authenticated().memberships(members.clone())),
        ),
    ];
    let stored = |(path, builder): (&'static str, TenancyBuilder)| Chain {
        path,
        tenancy: builder.store(tenants.clone()).build().expect("a chain"),
    };
    let mut chains: Vec<Chain> = chains.into_iter().map(stored).collect();
    chains.push(Chain {
        path: "/broken",
        tenancy: usual().store(Broken).build().expect("a chain"),
    });
    let gate = gate.clone();
    let arrival = resolver_fn("arrival", move |_| {
        gate.arrive();
        Ok(None)
    });
    chains.push(Chain {
        path: "/cached",
        tenancy: usual()
            .resolver(arrival)
            .store(cached.clone())
            .build()
            .expect("a chain"),
    });
    chains
}

fn authenticated() -> TenancyBuilder {
    Tenancy::builder().authenticate(trusted(Jwt::hs256(SECRET)))
}

/// The platform's own tokens.
fn trusted(jwt: Jwt) -> Jwt {
    jwt.audience("api").issuer("https://id.example.com")
}

fn named(builder: TenancyBuilder) -> TenancyBuilder {
    builder
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com"))
}

/// The platform's issuer, and one that acme runs itself.
fn issuers() -> JwtIssuers {
    JwtIssuers::new([
        trusted(Jwt::hs256(SECRET)),
        Jwt::hs256(ACME_SECRET)
            .audience("api")
            .issuer("https://login.acme.example")
            .bound_to(TenantId::integer(771_001).expect("a positive number")),
    ])
}

/// Two keys of the platform, told apart by `kid`.
fn two_keys() -> KeySet {
    let key = |secret, id| {
        let key = VerifyingKey::secret(JwtAlgorithm::Hs256, secret);
        key.expect("a long secret").with_id(id)
    };
    KeySet::of([key(SECRET, "2026-10"), key(ACME_SECRET, "2026-11")]).expect("two keys")
}

/// What an API key opens: acme, for a robot.
pub fn grant() -> ApiKeyGrant {
    let acme = TenantId::integer(771_001).expect("a positive number");
    ApiKeyGrant::new(acme, "robot").with_roles([Role::Member])
}
