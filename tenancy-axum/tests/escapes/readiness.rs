//! C03: the instance that was made ready is the one that serves.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use conformance::world::World;
use http::{Request, Response};
use http_body_util::Full;
use tenancy_axum::TenancyLayer;
use tower::{Layer, Service, ServiceExt, limit::ConcurrencyLimit};

/// Panics when it is called without having been made ready; a clone of it is not ready.
#[derive(Default)]
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(self.is_ready, "called without readiness");
        self.is_ready = false;
        ready(Ok(Response::new(Full::default())))
    }
}

fn request() -> Request<()> {
    Request::get("/")
        .header("host", "acme.example.com")
        .body(())
        .expect("a request")
}

#[tokio::test]
async fn c03_the_ready_instance_serves() {
    let layer = TenancyLayer::new(World::new().tenancy).public();
    let mut service = layer.layer(Strict::default());
    for _ in 0..3 {
        let response = service.ready().await.expect("ready").call(request()).await;
        assert_eq!(response.expect("infallible").status(), 200);
    }
    let response = service.clone().oneshot(request()).await;
    assert_eq!(response.expect("infallible").status(), 200);
    // Positive control: the service does notice.
    let unready = tokio::spawn(async { Strict::default().call(request()).await });
    assert!(unready.await.is_err_and(|error| error.is_panic()));
}

#[tokio::test]
async fn c03_a_call_without_readiness_is_not_papered_over() {
    let layer = TenancyLayer::new(World::new().tenancy).public();
    let mut service = layer.layer(Strict::default());
    let unready = tokio::spawn(async move { service.call(request()).await });
    assert!(unready.await.is_err_and(|error| error.is_panic()));
}

#[tokio::test]
async fn c03_permits_taken_by_readiness_are_returned() {
    let layer = TenancyLayer::new(World::new().tenancy).public();
    let mut service = layer.layer(ConcurrencyLimit::new(Strict::default(), 1));
    // More refusals and successes than there are permits: none of them may keep one.
    for host in ["acme.example.com", "frozen.example.com"].repeat(5) {
        let mut request = request();
        let value = http::HeaderValue::from_static(host);
        request.headers_mut().insert("host", value);
        let response = service.ready().await.expect("ready").call(request).await;
        let expected = if host.starts_with("acme") { 200 } else { 404 };
        assert_eq!(response.expect("infallible").status(), expected);
    }
}
