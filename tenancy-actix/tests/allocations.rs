//! What a request costs in allocations, which no machine's noise changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use actix_web::dev::{Service, ServiceRequest, ServiceResponse};

use conformance::by_hand::{
    self, HEADER, HOST,
    actix::{header_by_hand, host_by_hand, request, token_by_hand, wrapped},
    now,
};
use tenancy_actix::TenancyMiddleware;

/// The allocations of one call, after a first one.
fn of_call<R>(
    service: &impl Service<ServiceRequest, Response = ServiceResponse<R>>,
    headers: &[(&str, &str)],
) -> u64 {
    let call = |request| now(service.call(request)).ok();
    assert!(call(request(headers)).is_some_and(|answer| answer.status() == 200));
    let request = request(headers);
    allocation_counter::measure(|| drop(call(request))).count_total
}

#[test]
fn the_middleware_takes_few_allocations_more_than_what_is_done_by_hand() {
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
        let middleware = of_call(&wrapped(&TenancyMiddleware::new(tenancy)), headers);
        assert!(
            middleware <= by_hand + more,
            "{middleware} by the middleware, {by_hand} by hand"
        );
    }
}
