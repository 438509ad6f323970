//! The routes of the conformance suite, in axum.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::{ConnectInfo, State},
    http::StatusCode,
    middleware::from_fn,
    routing::{any, get, post},
};
use conformance::{
    Server,
    world::{EditNotes, World, current, guards, page, problem, tasks},
};
use tenancy_axum::{Context, ProblemResponse, RequireLayer, TenancyLayer, require};
use tenancy_core::{
    Role, Tenancy,
    access::{Requirement, TenantAdmin, TenantMember},
};

use crate::handlers::{
    cacheable, echo, endless, maybe, me, meet, needed, panics, redirect, relabel, remove, replace,
    socket, stream, tenant, touch, whoami, with_headers,
};

pub(crate) const SERVER: Server = Server {
    start,
    // Hyper drops `content-length` then and goes by `transfer-encoding`, as RFC 9112 section 6.3
    // allows, so that the layer does not see it either.
    refuses_both_framings: false,
    head_status: 200,
    method_status: 405,
};

/// Serves the world on one thread, until the test ends.
pub(crate) fn start(world: World) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            let app = routes(world).into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, app).await.expect("a server");
        });
    });
    address
}

fn layer(tenancy: &Tenancy) -> TenancyLayer {
    TenancyLayer::new(tenancy.clone()).peer_from(|extensions| {
        let peer: &ConnectInfo<SocketAddr> = extensions.get()?;
        Some(peer.0)
    })
}

fn routes(world: World) -> Router {
    let usual = layer(&world.tenancy);
    let public = Router::new()
        .route("/whoami", get(whoami))
        .route("/me", get(me))
        .layer(usual.clone().public());
    let optional = Router::new()
        .route("/whoami", get(maybe))
        .route("/tenant", get(tenant))
        .route("/guarded", get(whoami).layer(members()))
        .layer(usual.clone().optional());
    let bare = Router::new()
        .route("/whoami", get(whoami))
        .route("/tenant", get(tenant))
        .route("/me", get(me))
        .route("/optional", get(maybe))
        .route("/guarded", get(whoami).layer(members()))
        .route("/required", get(needed::<TenantMember>))
        .route("/current", get(async || current()));
    let mut app = Router::new()
        .merge(required().layer(usual.clone()))
        .nest("/public", public)
        .nest("/optional", optional)
        .nest("/nested", nested(&world))
        .nest("/rendered", rendered(&world))
        .nest("/guarded", guarded().layer(layer(&world.guarded)))
        .nest("/unpermitted", guarded().layer(usual))
        .nest("/bare", bare);
    for chain in world.chains.iter() {
        let routes = Router::new()
            .route(&format!("{}/whoami", chain.path), any(whoami))
            .route(&format!("{}/id", chain.path), any(id));
        app = app.merge(routes.layer(layer(&chain.tenancy)));
    }
    app.with_state(world)
}

fn required() -> Router<World> {
    Router::new()
        .route("/whoami", get(whoami))
        .route("/tenant", get(tenant))
        .route("/me", get(me))
        .route("/cacheable", get(cacheable))
        .route("/meet", get(meet))
        .route("/panic", get(panics))
        .route("/relabelled", get(whoami).layer(from_fn(relabel)))
        .route("/replaced", get(whoami).layer(from_fn(replace)))
        .route("/removed", get(whoami).layer(from_fn(remove)))
        .route("/echo", post(echo))
        .route("/problem", get(conflict).layer(from_fn(with_headers)))
        .route("/redirect", get(redirect))
        .route("/tasks", get(spawned))
        .route("/stream", get(stream))
        .route("/endless", get(endless))
        .route("/park", get(park))
        .route("/unpark", get(unpark))
        .route("/socket", any(socket))
        .fallback(async || StatusCode::NOT_FOUND)
}

fn members() -> RequireLayer {
    require(Requirement::member())
}

fn guarded() -> Router<World> {
    let extractors = Router::new()
        .route("/member", get(needed::<TenantMember>))
        .route("/tenant_admin", get(needed::<TenantAdmin>))
        .route("/edit", get(needed::<EditNotes>));
    let mut routes = Router::new()
        .nest("/extract", extractors)
        .route("/rows/{row}/{action}", get(touch))
        .route(
            "/removed",
            get(whoami).layer(members()).layer(from_fn(remove)),
        )
        .route(
            "/replaced",
            get(whoami).layer(members()).layer(from_fn(replace)),
        );
    for (name, requirement) in guards() {
        let guarded = get(whoami).layer(require(requirement));
        routes = routes.route(&format!("/{name}"), guarded);
    }
    routes
}

fn nested(world: &World) -> Router<World> {
    let public = layer(&world.tenancy).public();
    let inside = Router::new()
        .route("/whoami", get(whoami))
        .layer(public.clone());
    let removed = Router::new()
        .route("/removed", get(whoami))
        .layer(public.clone())
        .layer(from_fn(remove));
    let replaced = Router::new()
        .route("/replaced", get(whoami))
        .layer(public)
        .layer(from_fn(replace));
    let routes = inside.merge(removed).merge(replaced);
    routes.layer(layer(&world.outer))
}

fn rendered(world: &World) -> Router<World> {
    let paged = layer(&world.tenancy).render(|problem, request| {
        let mut response = http::Response::new(page(problem).into());
        *response.status_mut() = problem.status().try_into().expect("a status");
        let headers = response.headers_mut();
        headers.insert("content-type", "text/html".parse().expect("a value"));
        headers.insert("vary", "accept".parse().expect("a value"));
        let path = request.uri.path().parse().expect("a value");
        headers.insert("x-asked", path);
        response
    });
    let required = Router::new()
        .route("/whoami", get(whoami))
        .route("/problem", get(conflict).layer(from_fn(with_headers)))
        .route("/guarded", get(whoami).layer(require(Role::TenantAdmin)))
        .layer(paged.clone());
    let public = Router::new()
        .route("/public/me", get(me))
        .layer(layer(&world.tenancy).public())
        .layer(paged.public());
    required.merge(public)
}

async fn id(Context(context): Context) -> String {
    context.tenant_id().to_string()
}

async fn conflict() -> ProblemResponse {
    ProblemResponse(problem())
}

async fn spawned(Context(context): Context) -> String {
    tasks::spawned(&context).await
}

async fn park(State(world): State<World>, Context(context): Context) -> String {
    world.park(&context)
}

async fn unpark(State(world): State<World>) -> String {
    world.unpark().await
}
