//! What a request costs in allocations, which no machine's noise changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use http::Request;
use tenancy_axum::TenancyLayer;
use tenancy_core::Tenancy;
use tower::{Layer, Service};

use conformance::by_hand::{
    self, HEADER, HOST, now,
    tower::{Empty, header_by_hand, host_by_hand, request, token_by_hand},
};

/// The allocations of one call, after a first one.
fn of_call(service: &(impl Service<Request<()>> + Clone), headers: &[(&str, &str)]) -> u64 {
    let call = |request| now(service.clone().call(request)).ok();
    assert!(call(request(headers)).is_some());
    let request = request(headers);
    allocation_counter::measure(|| drop(call(request))).count_total
}

fn of_resolve(tenancy: &Tenancy, headers: &[(&str, &str)]) -> u64 {
    let (parts, ()) = request(headers).into_parts();
    let resolve = || now(tenancy.resolve(&parts, tenancy.mode())).expect("a tenant");
    assert!(resolve().is_some());
    allocation_counter::measure(|| drop(resolve())).count_total
}

#[test]
fn resolving_a_header_or_host_allocates_nothing() {
    assert_eq!(of_resolve(&by_hand::by_header(), &[HEADER]), 0);
    assert_eq!(of_resolve(&by_hand::by_host(), &[HOST]), 0);
}

#[test]
fn the_layer_takes_few_allocations_more_than_what_is_done_by_hand() {
    let token = by_hand::authorization();
    let with_token = [HOST, ("authorization", &*token)];
    let header = of_call(&header_by_hand(), &[HEADER]);
    let host = of_call(&host_by_hand(), &[HOST]);
    let decoded = of_call(&token_by_hand(), &with_token);
    for (headers, by_hand, more, tenancy) in [
        (&[HEADER][..], header, 3, by_hand::by_header()),
        (&[HOST], host, 3, by_hand::by_host()),
        (&with_token, decoded, 4, by_hand::by_token()),
    ] {
        let layer = of_call(&TenancyLayer::new(tenancy).layer(Empty), headers);
        assert!(
            layer <= by_hand + more,
            "{layer} by the layer, {by_hand} by hand"
        );
    }
}
