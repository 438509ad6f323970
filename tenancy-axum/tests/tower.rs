//! The layer under a plain tower service, without axum.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tenancy_axum::{TenancyLayer, require};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    context::Resolved,
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tower::{Layer, Service, ServiceExt};

/// A body that axum knows nothing of.
struct Upload(&'static str);

/// Does all of its work in `call`, before the future it returns is polled.
#[derive(Clone)]
struct Eager;

impl Service<Request<Upload>> for Eager {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Upload>) -> Self::Future {
        let current = TenantContext::current().expect("the call stands in the scope");
        let resolved: &Resolved = request.extensions().get().expect("the layer stores it");
        let stored = resolved.context().expect("the request names a tenant");
        assert_eq!(current.tenant_id(), stored.tenant_id());
        let text = format!("{} for {}", request.body().0, current.tenant().slug());
        ready(Ok(Response::new(Full::from(text))))
    }
}

/// Believes what a request says of its sender.
struct Believing;

impl Authenticator for Believing {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let value = request.single_header(&http::header::AUTHORIZATION).unwrap();
        Answer::Now(Ok(value.map(|value| {
            let role = match value {
                b"admin" => Role::TenantAdmin,
                _ => Role::Member,
            };
            let acme = TenantKey::parse_name("acme").unwrap();
            let user = Principal::new("ann").with_membership(Membership::new(acme, [role]));
            Authenticated::new(user)
        })))
    }
}

fn layer() -> TenancyLayer {
    let tenants = InMemoryTenantStore::new();
    let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
    tenants.insert(acme).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(Believing)
        .store(tenants)
        .mode(Mode::Public)
        .build()
        .unwrap();
    TenancyLayer::new(tenancy)
}

async fn ask(tenant: &str) -> (StatusCode, String) {
    let request = Request::post("/")
        .header("x-tenant-id", tenant)
        .body(Upload("an upload"))
        .unwrap();
    let service = layer().layer(Eager);
    let response = service.oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn any_tower_service_runs_in_the_context_of_its_request() {
    let (status, body) = ask("acme").await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, "an upload for acme")
    );
}

#[tokio::test]
async fn any_tower_service_is_spared_requests_without_a_tenant() {
    let (status, body) = ask("globex").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains(r#""code":"tenant_not_found""#));
}

#[tokio::test]
async fn any_tower_service_can_be_guarded() {
    let guarded = require(Role::TenantAdmin).layer(Eager);
    let ask = async |authorization: Option<&str>| {
        let mut request = Request::post("/").header("x-tenant-id", "acme");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let request = request.body(Upload("an upload")).unwrap();
        let service = layer().layer(guarded.clone());
        service.oneshot(request).await.unwrap().status()
    };
    assert_eq!(ask(Some("admin")).await, StatusCode::OK);
    assert_eq!(ask(Some("member")).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(None).await, StatusCode::UNAUTHORIZED);
    // Without the layer the service behind the guard, which would panic, is not called.
    let response = guarded.oneshot(Request::new(Upload("an upload"))).await;
    assert_eq!(
        response.unwrap().status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

/// Servers that let both through exist; hyper and actix are none of them.
#[tokio::test]
async fn e18_a_request_with_both_framings_is_refused_by_the_layer() {
    for (length, encoding, status) in [
        (Some("4"), None, 200),
        (None, Some("chunked"), 200),
        (Some("4"), Some("chunked"), 400),
        (Some("0"), Some("identity"), 400),
    ] {
        let mut request = Request::post("/").header("x-tenant-id", "acme");
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        if let Some(encoding) = encoding {
            request = request.header("transfer-encoding", encoding);
        }
        let request = request.body(Upload("an upload")).unwrap();
        let response = layer().layer(Eager).oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{length:?} {encoding:?}");
    }
}

#[tokio::test]
async fn c02_a_request_that_is_made_inside_of_another_stays_in_its_tenant() {
    let globex = Tenant::new(
        TenantId::integer(2).unwrap(),
        Slug::parse("globex").unwrap(),
    );
    let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
    for (tenant, status) in [(globex, 500), (acme, 200)] {
        let running = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
        let (found, _) = running.scope(ask("acme")).await;
        assert_eq!(found, status, "in {running:?}");
    }
}
