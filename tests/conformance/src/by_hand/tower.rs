//! The services of tower that are measured.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;

use super::{ByHand, CurrentTenant, Decoder, HEADER, HOST};

/// Answers at once, with nothing.
#[derive(Clone)]
pub struct Empty;

impl Service<Request<()>> for Empty {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        std::hint::black_box(request);
        ready(Ok(Response::new(Full::default())))
    }
}

/// A hand-written layer, which finds a tenant in a request or does not.
#[derive(Clone)]
pub struct HandWritten<F>(pub F);

impl<F: Fn(&Request<()>) -> Option<CurrentTenant>> Service<Request<()>> for HandWritten<F> {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Empty.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<()>) -> Self::Future {
        match (self.0)(&request) {
            Some(tenant) => {
                request.extensions_mut().insert(tenant);
                Empty.call(request)
            }
            None => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = http::StatusCode::NOT_FOUND;
                ready(Ok(response))
            }
        }
    }
}

pub fn header_by_hand()
-> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible> + Clone {
    let map = ByHand::by_id();
    HandWritten(move |request: &Request<()>| {
        let name = request.headers().get(HEADER.0)?;
        map.named(name.to_str().ok()?)
    })
}

pub fn host_by_hand()
-> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible> + Clone {
    let map = ByHand::by_slug();
    HandWritten(move |request: &Request<()>| {
        let host = request.headers().get(HOST.0)?;
        map.hosted(host.to_str().ok()?)
    })
}

pub fn token_by_hand()
-> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible> + Clone {
    let map = ByHand::by_id();
    let decoder = std::sync::Arc::new(Decoder::new());
    HandWritten(move |request: &Request<()>| {
        let value = request.headers().get("authorization")?;
        let claims = decoder.decode(value.to_str().ok()?)?;
        map.named(&claims.tenant_id)
    })
}

/// A request with two ordinary headers and these.
pub fn request(headers: &[(&str, &str)]) -> Request<()> {
    let request = Request::get("/notes")
        .header("accept", "application/json")
        .header("user-agent", "bench");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.body(()).expect("a request")
}
