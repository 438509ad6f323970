//! What a request costs in allocations, which no machine's noise changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../../tenancy-axum/benches/bed/mod.rs"]
mod bed;
#[path = "../benches/services/mod.rs"]
mod services;

use actix_web::dev::{Service, ServiceRequest, ServiceResponse};

use self::{
    bed::{HEADER, HOST, now},
    services::{header_by_hand, host_by_hand, layered, request, token_by_hand},
};

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
    let token = bed::authorization();
    let with_token = [HOST, ("authorization", &*token)];
    let header = of_call(&header_by_hand(), &[HEADER]);
    let host = of_call(&host_by_hand(), &[HOST]);
    let decoded = of_call(&token_by_hand(), &with_token);
    for (headers, by_hand, more, tenancy) in [
        (&[HEADER][..], header, 3, bed::by_header()),
        (&[HOST], host, 3, bed::by_host()),
        (&with_token, decoded, 4, bed::by_token()),
    ] {
        let middleware = of_call(&layered(tenancy), headers);
        assert!(
            middleware <= by_hand + more,
            "{middleware} by the middleware, {by_hand} by hand"
        );
    }
}
