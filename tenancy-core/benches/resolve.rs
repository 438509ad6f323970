//! What resolving a request costs, next to the same work done by hand. Run with
//! `cargo bench -p tenancy-core`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::HashMap,
    future::Future,
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use criterion::{Criterion, criterion_group, criterion_main};
use http::{Extensions, Request, request::Parts};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, encode};
use serde::{Deserialize, Serialize};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, TenancyBuilder,
    Tenant, TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator, jwt::Jwt},
    context::Resolved,
    resolve::{HeaderResolver, SubdomainResolver},
    store::{InMemoryTenantStore, TenantStore},
    tenant::TenantKey,
};
use uuid::Uuid;

const SECRET: [u8; 32] = [7; 32];

/// What hand-written middleware typically stores in the request's extensions.
#[derive(Clone)]
struct CurrentTenant(#[allow(dead_code)] Arc<Tenant>);

/// The claims that hand-written middleware typically reads.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    aud: String,
    exp: u64,
    iat: u64,
    tenant_id: String,
    roles: Vec<String>,
}

/// A session that is kept between requests.
struct Ann(Arc<Principal>);

impl Authenticator for Ann {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(Arc::clone(&self.0)))))
    }
}

/// Polls a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn tenant(number: u128) -> Tenant {
    let id = TenantId::uuid(Uuid::from_u128(number + 1)).unwrap();
    Tenant::new(id, Slug::parse(&format!("tenant-{number}")).unwrap())
}

fn store(tenants: u128) -> InMemoryTenantStore {
    let store = InMemoryTenantStore::new();
    for number in 0..tenants {
        store.insert(tenant(number)).unwrap();
    }
    store
}

fn request(header: &str, value: &str) -> Parts {
    let request = Request::get("/notes")
        .header("accept", "application/json")
        .header("user-agent", "bench")
        .header(header, value);
    request.body(()).unwrap().into_parts().0
}

fn resolve(tenancy: &Tenancy, request: &Parts) -> TenantContext {
    now(tenancy.resolve(request, tenancy.mode()))
        .unwrap()
        .unwrap()
}

fn builder(tenants: u128) -> TenancyBuilder {
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("example.com"))
        .store(store(tenants))
}

fn header(c: &mut Criterion) {
    let by_id: HashMap<String, Arc<Tenant>> = (0..1000)
        .map(|number| Arc::new(tenant(number)))
        .map(|tenant| (tenant.id().to_string(), tenant))
        .collect();
    let mut request = request("x-tenant-id", &tenant(500).id().to_string());
    let host = http::HeaderValue::from_static("example.com");
    request.headers.insert("host", host);

    let mut group = c.benchmark_group("header");
    group.bench_function("by hand", |b| {
        b.iter(|| {
            let name = black_box(&request).headers.get("x-tenant-id").unwrap();
            let tenant = by_id.get(name.to_str().unwrap()).unwrap();
            let mut extensions = Extensions::new();
            extensions.insert(CurrentTenant(Arc::clone(tenant)));
            extensions
        });
    });
    let only_header = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .store(store(1000))
        .mode(Mode::Public)
        .build()
        .unwrap();
    let public = builder(1000).mode(Mode::Public).build().unwrap();
    let member = Membership::new(TenantKey::Name(tenant(500).id().clone()), [Role::Member]);
    let ann = Ann(Arc::new(Principal::new("ann").with_membership(member)));
    let required = builder(1000).authenticate(ann).build().unwrap();
    for (name, tenancy) in [
        ("resolve, header alone", only_header),
        ("resolve, header and host", public),
        ("resolve, header and host, member", required),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| resolve(&tenancy, black_box(&request)));
        });
        group.bench_function(format!("{name}, and extension"), |b| {
            b.iter(|| {
                let context = resolve(&tenancy, black_box(&request));
                let mut extensions = Extensions::new();
                extensions.insert(Resolved::new(Some(context)));
                extensions
            });
        });
    }
    group.finish();
}

fn subdomain(c: &mut Criterion) {
    let by_slug: HashMap<String, Arc<Tenant>> = (0..1000)
        .map(|number| Arc::new(tenant(number)))
        .map(|tenant| (tenant.slug().to_string(), tenant))
        .collect();
    let request = request("host", "tenant-500.example.com:8443");

    let mut group = c.benchmark_group("subdomain");
    group.bench_function("by hand", |b| {
        b.iter(|| {
            let host = black_box(&request).headers.get("host").unwrap();
            let host = host.to_str().unwrap().split(':').next().unwrap();
            let tenant = by_slug
                .get(host.strip_suffix(".example.com").unwrap())
                .unwrap();
            let mut extensions = Extensions::new();
            extensions.insert(CurrentTenant(Arc::clone(tenant)));
            extensions
        });
    });
    let tenancy = Tenancy::builder()
        .resolver(SubdomainResolver::of("example.com"))
        .store(store(1000))
        .mode(Mode::Public)
        .build()
        .unwrap();
    group.bench_function("resolve", |b| {
        b.iter(|| resolve(&tenancy, black_box(&request)));
    });
    group.bench_function("resolve, and extension", |b| {
        b.iter(|| {
            let context = resolve(&tenancy, black_box(&request));
            let mut extensions = Extensions::new();
            extensions.insert(Resolved::new(Some(context)));
            extensions
        });
    });
    group.finish();
}

fn token(c: &mut Criterion) {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let claims = Claims {
        sub: "user-1".to_owned(),
        iss: "https://id.example.com".to_owned(),
        aud: "api".to_owned(),
        exp: seconds + 86_400,
        iat: seconds,
        tenant_id: tenant(500).id().to_string(),
        roles: vec!["member".to_owned()],
    };
    let token = encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(&SECRET),
    )
    .unwrap();
    let request = request("authorization", &format!("Bearer {token}"));

    let mut group = c.benchmark_group("HS256 token");
    let key = DecodingKey::from_secret(&SECRET);
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_audience(&["api"]);
    validation.set_issuer(&["https://id.example.com"]);
    validation.validate_nbf = true;
    group.bench_function("jsonwebtoken::decode", |b| {
        b.iter(|| jsonwebtoken::decode::<Claims>(black_box(&token), &key, &validation).unwrap());
    });
    let jwt = Jwt::hs256(SECRET)
        .audience("api")
        .issuer("https://id.example.com");
    let tenancy = builder(1000).authenticate(jwt).build().unwrap();
    let mut request = request;
    let host = http::HeaderValue::from_static("tenant-500.example.com");
    request.headers.insert("host", host);
    group.bench_function("resolve", |b| {
        b.iter(|| resolve(&tenancy, black_box(&request)));
    });
    group.finish();
}

fn lookup(c: &mut Criterion) {
    let mut group = c.benchmark_group("lookup");
    for tenants in [10, 1_000_000] {
        let store = store(tenants);
        let key = TenantKey::Name(tenant(5).id().clone());
        group.bench_function(format!("one tenant of {tenants}"), |b| {
            b.iter(|| {
                now(store.find(black_box(&key)).into_future())
                    .unwrap()
                    .unwrap()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = header, subdomain, token, lookup
}
criterion_main!(benches);
