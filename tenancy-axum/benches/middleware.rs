//! What the layer costs, next to the same work done by hand. Run with
//! `cargo bench -p tenancy-axum --bench middleware`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use tenancy_axum::TenancyLayer;
use tenancy_core::Tenancy;
use tower::{Layer, Service};

use conformance::by_hand::{
    self, HEADER, HOST, in_turns, now,
    tower::{Empty, header_by_hand, host_by_hand, request, token_by_hand},
};

/// Measures both in turns, in one group.
fn compare(
    criterion: &mut Criterion,
    name: &str,
    headers: &[(&str, &str)],
    by_hand: &(impl Service<Request<()>, Error: std::fmt::Debug> + Clone),
    tenancy: Tenancy,
) {
    let layer = TenancyLayer::new(tenancy).layer(Empty);
    let by_hand = |request| now(by_hand.clone().call(request)).expect("an answer");
    let layer = |request| now(layer.clone().call(request)).expect("an answer");
    assert_eq!(layer(request(headers)).status(), 200);
    let input = || black_box(request(headers));
    let mut group = criterion.benchmark_group(name);
    group.bench_function("by hand", |bencher| {
        bencher.iter_custom(|times| in_turns(times, input, &by_hand, &layer));
    });
    group.bench_function("layer", |bencher| {
        bencher.iter_custom(|times| in_turns(times, input, &layer, &by_hand));
    });
    group.finish();
}

fn layers(criterion: &mut Criterion) {
    compare(
        criterion,
        "axum header",
        &[HEADER],
        &header_by_hand(),
        by_hand::by_header(),
    );
    compare(
        criterion,
        "axum host",
        &[HOST],
        &host_by_hand(),
        by_hand::by_host(),
    );
    let token = by_hand::authorization();
    let headers = [HOST, ("authorization", &*token)];
    compare(
        criterion,
        "axum HS256 token",
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
    targets = layers
}
criterion_main!(benches);
