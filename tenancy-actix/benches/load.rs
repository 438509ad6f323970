//! An actix service under load. Run with `cargo bench -p tenancy-actix --bench load`, and with
//! `LOAD_RATE` (requests per second) and `LOAD_SECONDS` for another load than 10,000 for a minute.
#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used
)]

use actix_web::{App, HttpServer, rt::System, web};
use conformance::load;
use tenancy_actix::{Context, TenancyMiddleware};
use tenancy_core::TenantContext;

async fn whoami(Context(context): Context) -> String {
    let before = context.tenant().slug().to_string();
    tokio::task::yield_now().await;
    let current = TenantContext::current().expect("a handler runs in the scope");
    assert!(current.owns(context.tenant_id()), "the tenant stays");
    before
}

fn main() {
    let (listener, address) = load::listener();
    let tenancy = load::tenancy();
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .wrap(TenancyMiddleware::new(tenancy.clone()))
                .route("/whoami", web::get().to(whoami))
        });
        let server = server.workers(2).disable_signals().tcp_nodelay(true);
        let server = server.listen_auto_h2c(listener).expect("a socket");
        System::new().block_on(server.run()).expect("a server");
    });
    load::run("actix", address);
}
