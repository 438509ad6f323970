//! What actix's own parser keeps from the wire, and what only actix has: errors in place of
//! responses.

use actix_web::{
    App, Error, FromRequest, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorGone,
    http::{Uri, header::HeaderName},
    middleware::{Next, from_fn},
    test::{self, TestRequest},
    web,
};
use conformance::world::World;
use tenancy_actix::{Context, OptionalTenant, RejectionKind, TenancyMiddleware};
use tenancy_core::context::Resolved;

async fn ask(request: TestRequest) -> u16 {
    let middleware = TenancyMiddleware::new(World::new().tenancy).public();
    let app = App::new()
        .wrap(middleware)
        .default_service(web::to(HttpResponse::Ok));
    let app = test::init_service(app).await;
    test::call_service(&app, request.to_request())
        .await
        .status()
        .as_u16()
}

fn host(value: &'static str) -> (HeaderName, &'static str) {
    (HeaderName::from_static("host"), value)
}

#[actix_web::test]
async fn e02_two_host_headers_are_refused_by_the_middleware_too() {
    let request = || TestRequest::get().append_header(host("acme.example.com"));
    assert_eq!(ask(request()).await, 200);
    assert_eq!(
        ask(request().append_header(host("acme.example.com"))).await,
        400
    );
    assert_eq!(
        ask(request().append_header(host("globex.example.com"))).await,
        400
    );
}

#[actix_web::test]
async fn e03_a_missing_host_is_refused_by_the_middleware_too() {
    assert_eq!(ask(TestRequest::get()).await, 400);
    let target = Uri::from_static("http://acme.example.com/");
    assert_eq!(ask(TestRequest::get().uri(&target.to_string())).await, 200);
}

/// Servers that let both through exist; actix itself is none of them.
#[actix_web::test]
async fn e18_a_request_with_both_framings_is_refused_by_the_middleware_too() {
    let request = || TestRequest::post().insert_header(host("acme.example.com"));
    let length = ("content-length", "4");
    let chunked = ("transfer-encoding", "chunked");
    assert_eq!(ask(request().insert_header(length)).await, 200);
    assert_eq!(ask(request().insert_header(chunked)).await, 200);
    let both = request().insert_header(length).insert_header(chunked);
    assert_eq!(ask(both).await, 400);
}

async fn fail<B: MessageBody>(_: ServiceRequest, _: Next<B>) -> Result<ServiceResponse<B>, Error> {
    Err(ErrorGone("it is gone"))
}

#[actix_web::test]
async fn o01_errors_of_inner_middleware_are_private_too() {
    let app = App::new()
        .wrap(from_fn(fail))
        .wrap(TenancyMiddleware::new(World::new().tenancy).public())
        .default_service(web::to(HttpResponse::Ok));
    let app = test::init_service(app).await;
    let request = TestRequest::get().insert_header(host("acme.example.com"));
    let error = test::try_call_service(&app, request.to_request()).await;
    let error = error.expect_err("the inner middleware fails");
    assert_eq!(error.to_string(), "it is gone");
    let response = error.error_response();
    assert_eq!(response.status(), 410);
    assert_eq!(
        response.headers().get("cache-control").unwrap(),
        "private, no-store"
    );
    assert!(response.headers().contains_key("vary"));
    let body = response
        .into_body()
        .try_into_bytes()
        .expect("a body in memory");
    assert_eq!(body, "it is gone");
}

#[actix_web::test]
async fn c06_the_error_names_the_middleware_to_add() {
    let request = TestRequest::get().to_http_request();
    let rejection = Context::extract(&request).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingLayer);
    assert!(
        rejection
            .to_string()
            .contains(".wrap(TenancyMiddleware::new(tenancy))")
    );
    let rejection = OptionalTenant::extract(&request).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingLayer);

    // Positive control: with what optional middleware stores, it is the request that lacks
    // something.
    request.extensions_mut().insert(Resolved::new(None));
    let rejection = Context::extract(&request).await.unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::TenantRequired);
    let OptionalTenant(none) = OptionalTenant::extract(&request).await.unwrap();
    assert!(none.is_none());
}
