//! C06: what the developer is told, as opposed to the client.

use axum::extract::FromRequestParts;
use http::Request;
use tenancy_axum::{Context, OptionalTenant, RejectionKind, Require};
use tenancy_core::{access::TenantAdmin, context::Resolved};

#[tokio::test]
async fn c06_the_error_names_the_layer_to_add() {
    let (mut parts, ()) = Request::new(()).into_parts();
    let rejection = Context::from_request_parts(&mut parts, &())
        .await
        .unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingLayer);
    assert!(
        rejection
            .to_string()
            .contains(".layer(TenancyLayer::new(tenancy))")
    );
    let rejection = OptionalTenant::from_request_parts(&mut parts, &())
        .await
        .unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingLayer);
    let rejection = Require::<TenantAdmin>::from_request_parts(&mut parts, &())
        .await
        .unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::MissingLayer);

    // Positive control: with what an optional layer stores, it is the request that lacks something.
    parts.extensions.insert(Resolved::new(None));
    let rejection = Context::from_request_parts(&mut parts, &())
        .await
        .unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::TenantRequired);
    let OptionalTenant(none) = OptionalTenant::from_request_parts(&mut parts, &())
        .await
        .unwrap();
    assert!(none.is_none());
}
