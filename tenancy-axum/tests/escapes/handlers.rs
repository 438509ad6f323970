//! The handlers and middleware of the conformance suite, in axum.

use axum::{
    body::{Body, Bytes},
    extract::{
        Path, Query, Request, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use conformance::world::{
    CACHEABLE, Guard, PROBLEM_HEADERS, World, current, describe, rows, tasks,
};
use tenancy_axum::{Context, CurrentPrincipal, CurrentTenant, OptionalTenant, Rejection, Require};
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
    Path((row, action)): Path<(String, String)>,
) -> Result<String, Rejection> {
    Ok(rows::touch(&context, &row, &action)?)
}

pub(crate) async fn cacheable(Context(context): Context) -> impl IntoResponse {
    let headers = [
        (header::CACHE_CONTROL, CACHEABLE),
        (header::VARY, "accept-language"),
    ];
    (headers, describe(&context))
}

pub(crate) async fn meet(State(world): State<World>, Context(context): Context) -> String {
    world.meet(context).await
}

pub(crate) async fn panics(State(world): State<World>, Context(context): Context) -> String {
    let _guard = Guard::new(&world);
    panic!("as the test wants, in {}", describe(&context))
}

pub(crate) async fn echo(State(world): State<World>, body: Bytes) -> Bytes {
    world.note("echo");
    body
}

pub(crate) async fn redirect(
    State(world): State<World>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let url = query.first().map(|(_, url)| url.as_str());
    let url = url.expect("a target");
    match world.tenancy.tenant_of_url(url).await {
        Ok(Some(_)) => Redirect::to(url).into_response(),
        Ok(None) | Err(_) => "refused".into_response(),
    }
}

pub(crate) async fn stream() -> Body {
    Body::from_stream(tasks::stream())
}

pub(crate) async fn endless(State(world): State<World>) -> Body {
    Body::from_stream(tasks::endless(Guard::new(&world)))
}

pub(crate) async fn socket(upgrade: WebSocketUpgrade, Context(context): Context) -> Response {
    upgrade.on_upgrade(async move |socket| {
        let bare = current();
        context.scope(converse(socket, bare)).await;
    })
}

async fn converse(mut socket: WebSocket, bare: String) {
    let mut text = tasks::greeting(&bare);
    loop {
        if socket.send(Message::text(text)).await.is_err() {
            return;
        }
        let Some(Ok(Message::Text(_))) = socket.recv().await else {
            return;
        };
        text = current();
    }
}

pub(crate) async fn relabel(mut request: Request, next: Next) -> Response {
    let headers = request.headers_mut();
    headers.insert("x-tenant-id", HeaderValue::from_static("globex"));
    next.run(request).await
}

pub(crate) async fn replace(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(World::forged());
    next.run(request).await
}

pub(crate) async fn remove(mut request: Request, next: Next) -> Response {
    request.extensions_mut().remove::<Resolved>();
    next.run(request).await
}

pub(crate) async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in PROBLEM_HEADERS {
        let headers = response.headers_mut();
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
