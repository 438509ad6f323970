//! The routes of the conformance suite, in actix.

use std::net::SocketAddr;

use actix_web::{
    App, HttpResponse, HttpServer,
    http::{StatusCode, header},
    middleware::from_fn,
    rt::System,
    web,
};
use conformance::{
    Server,
    world::{EditNotes, World, current, guards, page, problem, tasks},
};
use tenancy_actix::{Context, ProblemResponse, RequireMiddleware, TenancyMiddleware, require};
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
    // Before any middleware is asked.
    refuses_both_framings: true,
    head_status: 404,
    method_status: 404,
};

/// Serves the world on one thread, until the test ends.
pub(crate) fn start(world: World) -> SocketAddr {
    start_with(world, 1)
}

/// Serves the world on that many threads, until the test ends.
pub(crate) fn start_with(world: World, workers: usize) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let server = HttpServer::new(move || App::new().configure(|app| routes(app, &world)))
            .workers(workers)
            .disable_signals()
            // A client that is gone is noticed at once, and not with the next write.
            .h1_allow_half_closed(false)
            .listen_auto_h2c(listener)
            .expect("a socket");
        System::new().block_on(server.run()).expect("a server");
    });
    address
}

fn routes(app: &mut web::ServiceConfig, world: &World) {
    let usual = TenancyMiddleware::new(world.tenancy.clone());
    app.app_data(web::Data::new(world.clone()))
        .service(
            web::scope("/public")
                .wrap(usual.clone().public())
                .route("/whoami", web::get().to(whoami))
                .route("/me", web::get().to(me)),
        )
        .service(
            web::scope("/optional")
                .wrap(usual.clone().optional())
                .route("/whoami", web::get().to(maybe))
                .route("/tenant", web::get().to(tenant))
                .route("/guarded", web::get().to(whoami).wrap(members())),
        )
        .service(
            web::scope("/bare")
                .route("/whoami", web::get().to(whoami))
                .route("/tenant", web::get().to(tenant))
                .route("/me", web::get().to(me))
                .route("/optional", web::get().to(maybe))
                .route("/guarded", web::get().to(whoami).wrap(members()))
                .route("/required", web::get().to(needed::<TenantMember>))
                .route("/current", web::get().to(async || current())),
        )
        .configure(|app| nested(app, world))
        .configure(|app| rendered(app, world))
        .configure(|app| guarded(app, "/guarded", &world.guarded))
        .configure(|app| guarded(app, "/unpermitted", &world.tenancy));
    for chain in world.chains.iter() {
        app.service(
            web::scope(chain.path)
                .wrap(TenancyMiddleware::new(chain.tenancy.clone()))
                .route("/whoami", web::route().to(whoami))
                .route("/id", web::route().to(id)),
        );
    }
    app.service(web::scope("").wrap(usual).configure(required));
}

fn required(app: &mut web::ServiceConfig) {
    app.route("/whoami", web::get().to(whoami))
        .route("/tenant", web::get().to(tenant))
        .route("/me", web::get().to(me))
        .route("/cacheable", web::get().to(cacheable))
        .route("/meet", web::get().to(meet))
        .route("/panic", web::get().to(panics))
        .route("/relabelled", web::get().to(whoami).wrap(from_fn(relabel)))
        .route("/replaced", web::get().to(whoami).wrap(from_fn(replace)))
        .route("/removed", web::get().to(whoami).wrap(from_fn(remove)))
        .route("/echo", web::post().to(echo))
        .route(
            "/problem",
            web::get().to(conflict).wrap(from_fn(with_headers)),
        )
        .route("/redirect", web::get().to(redirect))
        .route("/tasks", web::get().to(spawned))
        .route("/stream", web::get().to(stream))
        .route("/endless", web::get().to(endless))
        .route("/park", web::get().to(park))
        .route("/unpark", web::get().to(unpark))
        .route("/socket", web::get().to(socket));
}

fn members() -> RequireMiddleware {
    require(Requirement::member())
}

fn guarded(app: &mut web::ServiceConfig, path: &str, tenancy: &Tenancy) {
    let only = |path, guard| web::resource(path).route(web::get().to(whoami)).wrap(guard);
    let mut scope = web::scope(path)
        .service(
            web::scope("/extract")
                .route("/member", web::get().to(needed::<TenantMember>))
                .route("/tenant_admin", web::get().to(needed::<TenantAdmin>))
                .route("/edit", web::get().to(needed::<EditNotes>)),
        )
        .route("/rows/{row}/{action}", web::get().to(touch))
        .service(only("/removed", members()).wrap(from_fn(remove)))
        .service(only("/replaced", members()).wrap(from_fn(replace)));
    for (name, requirement) in guards() {
        scope = scope.service(
            web::scope(&format!("/{name}"))
                .route("", web::get().to(whoami))
                .wrap(require(requirement)),
        );
    }
    app.service(scope.wrap(TenancyMiddleware::new(tenancy.clone())));
}

fn nested(app: &mut web::ServiceConfig, world: &World) {
    let public = TenancyMiddleware::new(world.tenancy.clone()).public();
    let only = |path, middleware: &TenancyMiddleware| {
        web::resource(path)
            .wrap(middleware.clone())
            .route(web::get().to(whoami))
    };
    app.service(
        web::scope("/nested")
            .wrap(TenancyMiddleware::new(world.outer.clone()))
            .service(only("/whoami", &public))
            .service(only("/removed", &public).wrap(from_fn(remove)))
            .service(only("/replaced", &public).wrap(from_fn(replace))),
    );
}

fn rendered(app: &mut web::ServiceConfig, world: &World) {
    let usual = TenancyMiddleware::new(world.tenancy.clone());
    let paged = usual.clone().render(|problem, request| {
        let status = StatusCode::from_u16(problem.status()).expect("a status");
        HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, "text/html"))
            .insert_header((header::VARY, "accept"))
            .insert_header(("x-asked", request.path()))
            .body(page(problem))
    });
    app.service(
        web::resource("/rendered/public/me")
            .wrap(usual.public())
            .wrap(paged.clone().public())
            .route(web::get().to(me)),
    )
    .service(
        web::scope("/rendered")
            .wrap(paged)
            .route("/whoami", web::get().to(whoami))
            .service(
                web::resource("/guarded")
                    .route(web::get().to(whoami))
                    .wrap(require(Role::TenantAdmin)),
            )
            .route(
                "/problem",
                web::get().to(conflict).wrap(from_fn(with_headers)),
            ),
    );
}

async fn id(Context(context): Context) -> String {
    context.tenant_id().to_string()
}

async fn conflict() -> Result<String, ProblemResponse> {
    Err(ProblemResponse(problem()))
}

async fn spawned(Context(context): Context) -> String {
    tasks::spawned(&context).await
}

async fn park(world: web::Data<World>, Context(context): Context) -> String {
    world.park(&context)
}

async fn unpark(world: web::Data<World>) -> String {
    world.unpark().await
}
