//! The handlers and middleware of the conformance suite, in actix.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse, Responder,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    rt, web,
};
use actix_ws::{Message, MessageStream, Session};
use conformance::world::{
    CACHEABLE, Guard, PROBLEM_HEADERS, World, current, describe, rows, tasks,
};
use tenancy_actix::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant, Rejection, Require};
use tenancy_core::{access::Required, context::Resolved};

pub(crate) async fn whoami(Context(context): Context) -> String {
    describe(&context)
}

pub(crate) async fn tenant(CurrentTenant(tenant): CurrentTenant) -> String {
    tenant.slug().to_string()
}

pub(crate) async fn me(CurrentPrincipal(principal): CurrentPrincipal) -> String {
    principal.subject().to_owned()
}

pub(crate) async fn maybe(OptionalTenant(context): OptionalTenant) -> String {
    context.as_ref().map_or("nowhere".to_owned(), describe)
}

pub(crate) async fn needed<R: Required>(required: Require<R>) -> String {
    describe(required.context())
}

pub(crate) async fn touch(
    Context(context): Context,
    path: web::Path<(String, String)>,
) -> Result<String, Rejection> {
    let (row, action) = path.into_inner();
    Ok(rows::touch(&context, &row, &action)?)
}

pub(crate) async fn cacheable(Context(context): Context) -> impl Responder {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, CACHEABLE))
        .insert_header((header::VARY, "accept-language"))
        .body(describe(&context))
}

pub(crate) async fn meet(world: web::Data<World>, Context(context): Context) -> String {
    world.meet(context).await
}

pub(crate) async fn panics(world: web::Data<World>, Context(context): Context) -> String {
    let _guard = Guard::new(&world);
    panic!("as the test wants, in {}", describe(&context))
}

pub(crate) async fn echo(world: web::Data<World>, body: web::Bytes) -> web::Bytes {
    world.note("echo");
    body
}

pub(crate) async fn redirect(
    world: web::Data<World>,
    query: web::Query<Vec<(String, String)>>,
) -> HttpResponse {
    let url = query.first().map(|(_, url)| url.as_str());
    let url = url.expect("a target");
    match world.tenancy.tenant_of_url(url).await {
        Ok(Some(_)) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, url))
            .finish(),
        Ok(None) | Err(_) => HttpResponse::Ok().body("refused"),
    }
}

pub(crate) async fn stream() -> HttpResponse {
    HttpResponse::Ok().streaming(tasks::stream())
}

pub(crate) async fn endless(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().streaming(tasks::endless(Guard::new(&world)))
}

pub(crate) async fn socket(
    request: HttpRequest,
    body: web::Payload,
    Context(context): Context,
) -> Result<HttpResponse, Error> {
    let (response, session, messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        let bare = current();
        context.scope(converse(session, messages, bare)).await;
    });
    Ok(response)
}

async fn converse(mut session: Session, mut messages: MessageStream, bare: String) {
    let mut text = tasks::greeting(&bare);
    loop {
        if session.text(text).await.is_err() {
            return;
        }
        let Some(Ok(Message::Text(_))) = messages.recv().await else {
            return;
        };
        text = current();
    }
}

type Answer<B> = Result<ServiceResponse<B>, Error>;

pub(crate) async fn relabel<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    request.headers_mut().insert(
        HeaderName::from_static("x-tenant-id"),
        HeaderValue::from_static("globex"),
    );
    next.call(request).await
}

pub(crate) async fn replace<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Answer<B> {
    request.extensions_mut().insert(World::forged());
    next.call(request).await
}

pub(crate) async fn remove<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Answer<B> {
    request.extensions_mut().remove::<Resolved>();
    next.call(request).await
}

pub(crate) async fn with_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    let mut response = next.call(request).await?;
    for (name, value) in PROBLEM_HEADERS {
        let headers = response.headers_mut();
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    Ok(response)
}
