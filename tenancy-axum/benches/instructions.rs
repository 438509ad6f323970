//! How many instructions the layer takes, next to the same work done by hand: a number that does
//! not depend on what else the machine does. It needs valgrind and `gungraun-runner`
//! (`cargo install gungraun-runner`, in the version of `Cargo.lock`), so it is built only with
//! `RUSTFLAGS="--cfg callgrind" cargo bench -p tenancy-axum --bench instructions`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[cfg(callgrind)]
mod counted {
    use std::{convert::Infallible, hint::black_box};

    use bytes::Bytes;
    use gungraun::{library_benchmark, library_benchmark_group};
    use http::{Request, Response};
    use http_body_util::Full;
    use tenancy_axum::{ResponseBody, TenancyLayer, TenancyService};
    use tower::{Layer, Service};

    use conformance::by_hand::{
        self, HEADER, HOST, now,
        tower::{Empty, header_by_hand, host_by_hand, request, token_by_hand},
    };

    type Answer = Result<Response<Full<Bytes>>, Infallible>;
    type LayeredAnswer = Result<Response<ResponseBody<Full<Bytes>>>, Infallible>;
    type ByHand = Box<dyn FnMut(Request<()>) -> Answer>;

    fn headers(what: &str) -> Request<()> {
        match what {
            "header" => request(&[HEADER]),
            "host" => request(&[HOST]),
            _ => request(&[HOST, ("authorization", &by_hand::authorization())]),
        }
    }

    /// A service that has answered once already, and a request.
    fn layered(what: &str) -> (TenancyService<Empty>, Request<()>) {
        let tenancy = match what {
            "header" => by_hand::by_header(),
            "host" => by_hand::by_host(),
            _ => by_hand::by_token(),
        };
        let mut service = TenancyLayer::new(tenancy).layer(Empty);
        let answer = now(service.call(headers(what))).expect("an answer");
        assert_eq!(answer.status(), 200);
        (service, headers(what))
    }

    fn by_hand(what: &str) -> (ByHand, Request<()>) {
        fn boxed(
            service: impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = Infallible>
            + Clone
            + 'static,
        ) -> ByHand {
            let mut service = service;
            Box::new(move |request| now(service.call(request)))
        }
        let mut service = match what {
            "header" => boxed(header_by_hand()),
            "host" => boxed(host_by_hand()),
            _ => boxed(token_by_hand()),
        };
        assert_eq!(service(headers(what)).expect("an answer").status(), 200);
        (service, headers(what))
    }

    // What is returned is dropped outside of what is counted: the service with all its tenants,
    // too.
    #[library_benchmark(setup = layered)]
    #[bench::header("header")]
    #[bench::host("host")]
    #[bench::token("token")]
    fn layer(
        (mut service, request): (TenancyService<Empty>, Request<()>),
    ) -> (TenancyService<Empty>, LayeredAnswer) {
        let answer = now(service.call(black_box(request)));
        (service, answer)
    }

    #[library_benchmark(setup = by_hand)]
    #[bench::header("header")]
    #[bench::host("host")]
    #[bench::token("token")]
    fn hand((mut service, request): (ByHand, Request<()>)) -> (ByHand, Answer) {
        let answer = service(black_box(request));
        (service, answer)
    }

    library_benchmark_group!(name = axum, benchmarks = [hand, layer]);
}

#[cfg(callgrind)]
use counted::axum;
#[cfg(callgrind)]
gungraun::main!(library_benchmark_groups = axum);

#[cfg(not(callgrind))]
fn main() {}
