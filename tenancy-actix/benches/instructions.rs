//! How many instructions the middleware takes, next to the same work done by hand: a number that
//! does not depend on what else the machine does. It needs valgrind and `gungraun-runner`
//! (`cargo install gungraun-runner`, in the version of `Cargo.lock`), so it is built only with
//! `RUSTFLAGS="--cfg callgrind" cargo bench -p tenancy-actix --bench instructions`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[cfg(callgrind)]
mod counted {
    use std::hint::black_box;

    use actix_web::{
        Error,
        body::{BoxBody, EitherBody},
        dev::{Service, ServiceRequest, ServiceResponse},
    };
    use gungraun::{library_benchmark, library_benchmark_group};
    use tenancy_actix::{ScopedBody, TenancyMiddleware, TenancyService};

    use conformance::by_hand::{
        self, HEADER, HOST,
        actix::{Empty, header_by_hand, host_by_hand, request, token_by_hand, wrapped},
        now,
    };

    type LayeredResponse = ServiceResponse<EitherBody<ScopedBody<BoxBody>>>;
    type ByHand = Box<dyn Fn(ServiceRequest) -> Option<ServiceResponse>>;

    fn headers(what: &str) -> ServiceRequest {
        match what {
            "header" => request(&[HEADER]),
            "host" => request(&[HOST]),
            _ => request(&[HOST, ("authorization", &by_hand::authorization())]),
        }
    }

    /// A service that has answered once already, and a request.
    fn by_tenancy(what: &str) -> (TenancyService<Empty>, ServiceRequest) {
        let service = wrapped(&TenancyMiddleware::new(match what {
            "header" => by_hand::by_header(),
            "host" => by_hand::by_host(),
            _ => by_hand::by_token(),
        }));
        let answer = now(service.call(headers(what))).expect("an answer");
        assert_eq!(answer.status(), 200);
        (service, headers(what))
    }

    fn by_hand(what: &str) -> (ByHand, ServiceRequest) {
        fn boxed(
            service: impl Service<ServiceRequest, Response = ServiceResponse> + 'static,
        ) -> ByHand {
            Box::new(move |request| now(service.call(request)).ok())
        }
        let service = match what {
            "header" => boxed(header_by_hand()),
            "host" => boxed(host_by_hand()),
            _ => boxed(token_by_hand()),
        };
        assert!(service(headers(what)).is_some_and(|answer| answer.status() == 200));
        (service, headers(what))
    }

    // What is returned is dropped outside of what is counted: the service with all its tenants,
    // too.
    #[library_benchmark(setup = by_tenancy)]
    #[bench::header("header")]
    #[bench::host("host")]
    #[bench::token("token")]
    fn middleware(
        (service, request): (TenancyService<Empty>, ServiceRequest),
    ) -> (TenancyService<Empty>, Result<LayeredResponse, Error>) {
        let answer = now(service.call(black_box(request)));
        (service, answer)
    }

    #[library_benchmark(setup = by_hand)]
    #[bench::header("header")]
    #[bench::host("host")]
    #[bench::token("token")]
    fn hand((service, request): (ByHand, ServiceRequest)) -> (ByHand, Option<ServiceResponse>) {
        let answer = service(black_box(request));
        (service, answer)
    }

    library_benchmark_group!(name = actix, benchmarks = [hand, middleware]);
}

#[cfg(callgrind)]
use counted::actix;
#[cfg(callgrind)]
gungraun::main!(library_benchmark_groups = actix);

#[cfg(not(callgrind))]
fn main() {}
