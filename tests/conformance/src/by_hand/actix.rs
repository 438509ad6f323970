//! The services of actix-web that are measured.

use std::future::{Ready, ready};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    dev::{Service, ServiceRequest, ServiceResponse, Transform, always_ready},
    test::TestRequest,
};

use super::{ByHand, CurrentTenant, Decoder, HEADER, HOST, now};

/// Answers at once, with nothing.
pub struct Empty;

impl Service<ServiceRequest> for Empty {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ready(Ok(request.into_response(HttpResponse::Ok())))
    }
}

/// Hand-written middleware, which finds a tenant in a request or does not.
pub struct HandWritten<F>(F);

impl<F: Fn(&ServiceRequest) -> Option<CurrentTenant>> Service<ServiceRequest> for HandWritten<F> {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    always_ready!();

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match (self.0)(&request) {
            Some(tenant) => {
                request.extensions_mut().insert(tenant);
                Empty.call(request)
            }
            None => ready(Ok(request.into_response(HttpResponse::NotFound()))),
        }
    }
}

pub fn header_by_hand() -> impl Service<ServiceRequest, Response = ServiceResponse, Error = Error> {
    let map = ByHand::by_id();
    HandWritten(move |request: &ServiceRequest| {
        let name = request.headers().get(HEADER.0)?;
        map.named(name.to_str().ok()?)
    })
}

pub fn host_by_hand() -> impl Service<ServiceRequest, Response = ServiceResponse, Error = Error> {
    let map = ByHand::by_slug();
    HandWritten(move |request: &ServiceRequest| {
        let host = request.headers().get(HOST.0)?;
        map.hosted(host.to_str().ok()?)
    })
}

pub fn token_by_hand() -> impl Service<ServiceRequest, Response = ServiceResponse, Error = Error> {
    let map = ByHand::by_id();
    let decoder = Decoder::new();
    HandWritten(move |request: &ServiceRequest| {
        let value = request.headers().get("authorization")?;
        let claims = decoder.decode(value.to_str().ok()?)?;
        map.named(&claims.tenant_id)
    })
}

/// A middleware, around nothing.
pub fn wrapped<M>(middleware: &M) -> M::Transform
where
    M: Transform<Empty, ServiceRequest, InitError: std::fmt::Debug>,
{
    now(middleware.new_transform(Empty)).expect("the middleware starts")
}

/// A request with two ordinary headers and these.
pub fn request(headers: &[(&str, &str)]) -> ServiceRequest {
    let request = TestRequest::get()
        .uri("/notes")
        .insert_header(("accept", "application/json"))
        .insert_header(("user-agent", "bench"));
    let request = headers
        .iter()
        .fold(request, |request, header| request.insert_header(*header));
    request.to_srv_request()
}
