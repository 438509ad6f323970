//! What the middleware costs, next to the same work done by hand. Run with
//! `cargo bench -p tenancy-actix --bench middleware`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{fmt::Debug, hint::black_box, time::Duration};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use criterion::{Criterion, criterion_group, criterion_main};
use tenancy_actix::TenancyMiddleware;
use tenancy_core::Tenancy;

use conformance::by_hand::{
    self, HEADER, HOST,
    actix::{header_by_hand, host_by_hand, request, token_by_hand, wrapped},
    in_turns, now,
};

/// Measures both in turns, in one group.
fn compare(
    criterion: &mut Criterion,
    name: &str,
    headers: &[(&str, &str)],
    by_hand: &impl Service<ServiceRequest, Response = ServiceResponse, Error: Debug>,
    tenancy: Tenancy,
) {
    let middleware = wrapped(&TenancyMiddleware::new(tenancy));
    let by_hand = |request| now(by_hand.call(request)).expect("an answer");
    let middleware = |request| now(middleware.call(request)).expect("an answer");
    assert_eq!(by_hand(request(headers)).status(), 200);
    assert_eq!(middleware(request(headers)).status(), 200);
    let input = || black_box(request(headers));
    let mut group = criterion.benchmark_group(name);
    group.bench_function("by hand", |bencher| {
        bencher.iter_custom(|times| in_turns(times, input, &by_hand, &middleware));
    });
    group.bench_function("middleware", |bencher| {
        bencher.iter_custom(|times| in_turns(times, input, &middleware, &by_hand));
    });
    group.finish();
}

fn middleware(criterion: &mut Criterion) {
    compare(
        criterion,
        "actix header",
        &[HEADER],
        &header_by_hand(),
        by_hand::by_header(),
    );
    compare(
        criterion,
        "actix host",
        &[HOST],
        &host_by_hand(),
        by_hand::by_host(),
    );
    let token = by_hand::authorization();
    let headers = [HOST, ("authorization", &*token)];
    compare(
        criterion,
        "actix HS256 token",
        &headers,
        &token_by_hand(),
        by_hand::by_token(),
    );
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = middleware
}
criterion_main!(benches);
