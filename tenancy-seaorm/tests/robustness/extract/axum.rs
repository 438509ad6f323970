use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
    routing::get,
};
use tenancy_axum::TenancyLayer;
use testbed::log::Log;
use tower::ServiceExt;

use crate::extract::world::{MISCONFIGURED, TENANT, database, tenancy, titles};

async fn ask(app: Router, tenant: Option<&str>) -> (u16, String) {
    let mut request = Request::get("/notes");
    if let Some(tenant) = tenant {
        request = request.header(TENANT, tenant);
    }
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn axum_handlers_get_a_connection_of_the_requests_tenant() {
    let app = Router::new()
        .route("/notes", get(titles))
        .layer(TenancyLayer::new(tenancy()))
        .with_state(database().await);
    for (tenant, titles) in [("acme", "of acme"), ("globex", "of globex")] {
        let answer = ask(app.clone(), Some(tenant)).await;
        assert_eq!(answer, (200, titles.to_owned()));
    }
}

#[tokio::test]
async fn c06_axum_without_the_layer_is_a_500_that_names_the_layer_in_the_log() {
    let bare = Router::new()
        .route("/notes", get(titles))
        .with_state(database().await);
    let (log, _guard) = Log::keep(tracing::Level::INFO);
    for tenant in [None, Some("acme")] {
        let answer = ask(bare.clone(), tenant).await;
        assert_eq!(answer, (500, MISCONFIGURED.to_owned()));
        let logged = log.take();
        assert!(
            logged.contains(".layer(TenancyLayer::new(tenancy))"),
            "{logged}"
        );
    }
    let layered = bare.layer(TenancyLayer::new(tenancy()));
    assert_eq!(
        ask(layered, Some("acme")).await,
        (200, "of acme".to_owned())
    );
}

#[tokio::test]
async fn c06_axum_with_an_optional_layer_and_no_tenant_is_a_400() {
    let bare = Router::new()
        .route("/notes", get(titles))
        .with_state(database().await);
    let optional = bare.clone().layer(TenancyLayer::new(tenancy()).optional());
    assert_eq!(ask(optional, None).await.0, 400);
    let public = bare.layer(TenancyLayer::new(tenancy()));
    assert_eq!(ask(public, Some("acme")).await, (200, "of acme".to_owned()));
}

#[tokio::test]
async fn c06_axum_an_id_that_fits_no_column_is_a_500_and_in_the_log() {
    let app = Router::new()
        .route("/notes", get(titles))
        .layer(TenancyLayer::new(tenancy()))
        .with_state(database().await);
    let (log, _guard) = Log::keep(tracing::Level::INFO);
    let answer = ask(app.clone(), Some("unfit")).await;
    assert_eq!(answer, (500, MISCONFIGURED.to_owned()));
    let logged = log.take();
    assert!(logged.contains("does not fit"), "{logged}");
    assert_eq!(ask(app, Some("acme")).await, (200, "of acme".to_owned()));
}
