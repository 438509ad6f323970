//! What both adapters are measured with: tenants, requests, and the same work done by hand.

#[cfg(feature = "actix")]
pub mod actix;
#[cfg(feature = "tower")]
pub mod tower;

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::json;
use tenancy_core::{
    Mode, Slug, Tenancy, Tenant, TenantId,
    authenticate::jwt::Jwt,
    resolve::{HeaderResolver, SubdomainResolver},
    store::InMemoryTenantStore,
};

const SECRET: [u8; 32] = [7; 32];

/// How many tenants there are.
const TENANTS: i64 = 1_000;

/// The header that names the tenant, and the tenant that it names.
pub const HEADER: (&str, &str) = ("x-tenant-id", "500");

/// The host of the same tenant.
pub const HOST: (&str, &str) = ("host", "tenant-500.example.com:8443");

/// What hand-written middleware typically stores in the request's extensions.
#[derive(Clone)]
#[allow(dead_code, reason = "nobody reads it back")]
pub struct CurrentTenant(Arc<Tenant>);

/// Hand-written middleware: a look into a map.
#[derive(Clone)]
pub struct ByHand(Arc<HashMap<String, Arc<Tenant>>>);

impl ByHand {
    pub fn by_id() -> Self {
        let tenants = (1..=TENANTS).map(tenant);
        let by_id = tenants.map(|tenant| (tenant.id().to_string(), Arc::new(tenant)));
        Self(Arc::new(by_id.collect()))
    }

    pub fn by_slug() -> Self {
        let tenants = (1..=TENANTS).map(tenant);
        let by_slug = tenants.map(|tenant| (tenant.slug().to_string(), Arc::new(tenant)));
        Self(Arc::new(by_slug.collect()))
    }

    /// The tenant of the value of a header.
    #[inline]
    pub fn named(&self, value: &str) -> Option<CurrentTenant> {
        self.0.get(value).cloned().map(CurrentTenant)
    }

    /// The tenant of a host.
    #[inline]
    pub fn hosted(&self, host: &str) -> Option<CurrentTenant> {
        let host = host.split(':').next().unwrap_or(host);
        self.named(host.strip_suffix(".example.com")?)
    }
}

/// Takes the tenant from the header, for anybody.
pub fn by_header() -> Tenancy {
    Tenancy::builder()
        .resolver(HeaderResolver::new(HEADER.0))
        .mode(Mode::Public)
        .store(store())
        .build()
        .expect("a chain")
}

/// Takes the tenant from the host, for anybody.
pub fn by_host() -> Tenancy {
    Tenancy::builder()
        .resolver(SubdomainResolver::of("example.com"))
        .mode(Mode::Public)
        .store(store())
        .build()
        .expect("a chain")
}

/// Takes the tenant from the host, for members.
pub fn by_token() -> Tenancy {
    Tenancy::builder()
        .resolver(SubdomainResolver::of("example.com"))
        .authenticate(
            Jwt::hs256(SECRET)
                .audience("api")
                .issuer("https://id.example.com"),
        )
        .store(store())
        .build()
        .expect("a chain")
}

/// The `Authorization` of a member of the tenant.
pub fn authorization() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let claims = json!({
        "sub": "user-1", "aud": "api", "iss": "https://id.example.com",
        "exp": now.unwrap_or_default().as_secs() + 86_400,
        "tenant_id": HEADER.1, "roles": ["member"],
    });
    let key = EncodingKey::from_secret(&SECRET);
    // Where a build has both backends, one has to be chosen before the first use.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("a token");
    format!("Bearer {token}")
}

/// Bare `jsonwebtoken`.
pub struct Decoder(DecodingKey, Validation);

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    pub fn new() -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&["api"]);
        validation.set_issuer(&["https://id.example.com"]);
        validation.validate_nbf = true;
        Self(DecodingKey::from_secret(&SECRET), validation)
    }

    /// The claims of a valid token, as far as hand-written middleware reads them.
    #[inline]
    pub fn decode(&self, authorization: &str) -> Option<Claims> {
        let token = authorization.strip_prefix("Bearer ")?;
        let data = jsonwebtoken::decode(token, &self.0, &self.1).ok()?;
        Some(data.claims)
    }
}

/// What hand-written middleware typically reads.
#[derive(serde::Deserialize)]
#[allow(dead_code, reason = "reading them is what is measured")]
pub struct Claims {
    sub: String,
    iss: String,
    aud: String,
    exp: u64,
    pub tenant_id: String,
    roles: Vec<String>,
}

/// Polls a future that never waits.
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

/// The time that `measured` takes for so many inputs while it takes turns with `other`, so that
/// whatever else the machine does slows both of them.
pub fn in_turns<I, A, B>(
    times: u64,
    input: impl Fn() -> I,
    measured: &impl Fn(I) -> A,
    other: &impl Fn(I) -> B,
) -> Duration {
    const TURN: u64 = 64;
    let mut spent = Duration::ZERO;
    let mut left = times;
    while left > 0 {
        let turn = left.min(TURN);
        left -= turn;
        let inputs: Vec<I> = (0..turn).map(|_| input()).collect();
        let mut outputs = Vec::with_capacity(inputs.len());
        let begin = Instant::now();
        outputs.extend(inputs.into_iter().map(measured));
        spent += begin.elapsed();
        drop(std::hint::black_box(outputs));
        let inputs: Vec<I> = (0..turn).map(|_| input()).collect();
        let outputs: Vec<B> = inputs.into_iter().map(other).collect();
        drop(std::hint::black_box(outputs));
    }
    spent
}

fn store() -> InMemoryTenantStore {
    let store = InMemoryTenantStore::new();
    for number in 1..=TENANTS {
        store.insert(tenant(number)).expect("a new tenant");
    }
    store
}

fn tenant(number: i64) -> Tenant {
    let id = TenantId::integer(number).expect("a positive number");
    let slug = Slug::parse(&format!("tenant-{number}")).expect("a slug");
    Tenant::new(id, slug)
}
