//! An axum service under load. Run with `cargo bench -p tenancy-axum --bench load`, and with
//! `LOAD_RATE` (requests per second) and `LOAD_SECONDS` for another load than 10,000 for a minute.
#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used
)]

use axum::{Router, routing::get, serve::ListenerExt};
use conformance::load;
use tenancy_axum::{Context, TenancyLayer};
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
    listener.set_nonblocking(true).expect("a socket");
    let app = Router::new()
        .route("/whoami", get(whoami))
        .layer(TenancyLayer::new(load::tenancy()));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            // Nagle's algorithm and delayed acknowledgements together hold HTTP/2 frames back for
            // 40 ms.
            let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("a socket"));
            axum::serve(listener, app).await.expect("a server");
        });
    });
    load::run("axum", address);
}
