//! C03: the middleware is ready when, and only when, the service inside is.

use std::{
    cell::Cell,
    future::{Ready, poll_fn, ready},
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpResponse,
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
    error::ErrorServiceUnavailable,
    test::TestRequest,
};
use conformance::world::World;
use tenancy_actix::TenancyMiddleware;

/// Fails when it is called without having been made ready, and is busy every other time.
#[derive(Default)]
struct Strict {
    polls: Cell<u8>,
    is_ready: Cell<bool>,
}

impl Service<ServiceRequest> for Strict {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Ready<Result<ServiceResponse, Error>>;

    fn poll_ready(&self, task: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.polls.set(self.polls.get() + 1);
        self.is_ready.set(self.polls.get().is_multiple_of(2));
        if self.is_ready.get() {
            return Poll::Ready(Ok(()));
        }
        task.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        ready(if self.is_ready.replace(false) {
            Ok(request.into_response(HttpResponse::Ok()))
        } else {
            Err(ErrorServiceUnavailable("called without readiness"))
        })
    }
}

fn request() -> ServiceRequest {
    TestRequest::get()
        .insert_header(("host", "acme.example.com"))
        .to_srv_request()
}

#[actix_web::test]
async fn c03_readiness_is_that_of_the_service_inside() {
    let middleware = TenancyMiddleware::new(World::new().tenancy).public();
    let service = middleware.new_transform(Strict::default()).await;
    let service = service.expect("the middleware starts");
    for polls in [2, 4, 6] {
        poll_fn(|task| service.poll_ready(task))
            .await
            .expect("ready");
        let response = service.call(request()).await.expect("a response");
        assert_eq!(response.status(), 200, "after {polls} polls");
    }
    // Positive control: the service does notice.
    assert!(service.call(request()).await.is_err());
}
