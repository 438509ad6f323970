use std::sync::Arc;

use actix_web::{
    App, FromRequest, HttpMessage,
    dev::ServiceResponse,
    test::{TestRequest, call_service, init_service, read_body},
    web::{self, Data, ServiceConfig},
};
use tenancy_actix::TenancyMiddleware;
use tenancy_core::{Slug, Tenant, TenantContext, TenantId, context::Resolved};
use tenancy_seaorm::{ScopedConnection, ScopedRejectionKind, TenantDatabase};
use testbed::log::Log;

use crate::extract::world::{MISCONFIGURED, TENANT, database, tenancy, titles};

async fn ask(configure: impl FnOnce(&mut ServiceConfig), tenant: Option<&str>) -> (u16, String) {
    let app = init_service(App::new().configure(configure)).await;
    let mut request = TestRequest::get().uri("/notes");
    if let Some(tenant) = tenant {
        request = request.insert_header((TENANT, tenant));
    }
    let response: ServiceResponse = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let body = read_body(response).await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What an application may hold under the name of its database.
fn holding<T: 'static>(
    data: T,
    middleware: Option<TenancyMiddleware>,
) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        let route = web::get().to(titles);
        app.app_data(data).route(
            "/notes",
            match middleware {
                Some(middleware) => route.wrap(middleware),
                None => route,
            },
        );
    }
}

fn middleware() -> Option<TenancyMiddleware> {
    Some(TenancyMiddleware::new(tenancy()))
}

async fn data() -> Data<TenantDatabase> {
    Data::new(database().await)
}

#[actix_web::test]
async fn actix_handlers_get_a_connection_of_the_requests_tenant() {
    let data = data().await;
    for (tenant, titles) in [("acme", "of acme"), ("globex", "of globex")] {
        let answer = ask(holding(data.clone(), middleware()), Some(tenant)).await;
        assert_eq!(answer, (200, titles.to_owned()));
    }
}

#[actix_web::test]
async fn c06_actix_without_the_middleware_is_a_500_that_names_it_in_the_log() {
    let data = data().await;
    let (log, _guard) = Log::keep(tracing::Level::INFO);
    for tenant in [None, Some("acme")] {
        let answer = ask(holding(data.clone(), None), tenant).await;
        assert_eq!(answer, (500, MISCONFIGURED.to_owned()));
        let logged = log.take();
        assert!(
            logged.contains(".wrap(TenancyMiddleware::new(tenancy))"),
            "{logged}"
        );
    }
    let wrapped = ask(holding(data, middleware()), Some("acme")).await;
    assert_eq!(wrapped, (200, "of acme".to_owned()));
}

#[actix_web::test]
async fn c06_actix_without_the_database_is_a_500_that_names_it_in_the_log() {
    let database = database().await;
    let (log, _guard) = Log::keep(tracing::Level::INFO);
    // Nothing there, and there but not as actix finds it.
    for answer in [
        ask(holding((), middleware()), Some("acme")).await,
        ask(holding(database.clone(), middleware()), Some("acme")).await,
    ] {
        assert_eq!(answer, (500, MISCONFIGURED.to_owned()));
    }
    let logged = log.take();
    assert_eq!(
        logged
            .matches(".app_data(web::Data::new(database))")
            .count(),
        2,
        "{logged}"
    );
    let held = ask(holding(Data::new(database), middleware()), Some("acme")).await;
    assert_eq!(held, (200, "of acme".to_owned()));
}

#[actix_web::test]
async fn c06_actix_the_kind_tells_what_is_missing() {
    let data = data().await;
    let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
    let acme = TenantContext::assume(Arc::new(acme), "a test").unwrap();
    let resolved = || Resolved::new(Some(acme.clone()));

    let no_context = TestRequest::get().app_data(data.clone()).to_http_request();
    let no_database = TestRequest::get().to_http_request();
    no_database.extensions_mut().insert(resolved());
    for (request, kind) in [
        (no_context, ScopedRejectionKind::NoContext),
        (no_database, ScopedRejectionKind::NoDatabase),
    ] {
        let rejection = ScopedConnection::extract(&request).await.unwrap_err();
        assert_eq!(rejection.kind(), kind);
        assert_eq!(rejection.problem().status(), 500);
    }
    let both = TestRequest::get().app_data(data).to_http_request();
    both.extensions_mut().insert(resolved());
    let connection = ScopedConnection::extract(&both).await.unwrap();
    assert!(connection.context().owns(acme.tenant_id()));
}

#[actix_web::test]
async fn c06_actix_with_optional_middleware_and_no_tenant_is_a_400() {
    let data = data().await;
    let optional = || Some(TenancyMiddleware::new(tenancy()).optional());
    assert_eq!(ask(holding(data.clone(), optional()), None).await.0, 400);
    let named = ask(holding(data, middleware()), Some("acme")).await;
    assert_eq!(named, (200, "of acme".to_owned()));
}

#[actix_web::test]
async fn c06_actix_an_id_that_fits_no_column_is_a_500_and_in_the_log() {
    let data = data().await;
    let (log, _guard) = Log::keep(tracing::Level::INFO);
    let answer = ask(holding(data.clone(), middleware()), Some("unfit")).await;
    assert_eq!(answer, (500, MISCONFIGURED.to_owned()));
    let logged = log.take();
    assert!(logged.contains("does not fit"), "{logged}");
    let fit = ask(holding(data, middleware()), Some("acme")).await;
    assert_eq!(fit, (200, "of acme".to_owned()));
}
