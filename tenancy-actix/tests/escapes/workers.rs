//! C05 and C01 where only actix has it: several workers, and tasks that stay on their thread.

use std::{rc::Rc, thread};

use actix_web::{
    App,
    test::{TestRequest, call_and_read_body, init_service},
    web,
};
use conformance::{
    client::Request,
    world::{World, current},
};
use tenancy_actix::{Context, TenancyMiddleware};

use crate::server;

#[test]
fn c05_workers_share_tenants_and_no_contexts() {
    let world = World::new();
    let address = server::start_with(world.clone(), 4);
    let ask = move |path: &str, tenant: &str| {
        let request = Request::get(address, path).user("alice");
        request.host(format!("{tenant}.example.com")).send()
    };
    let clients = ["acme", "globex"].repeat(8).into_iter().map(|tenant| {
        thread::spawn(move || {
            for _ in 0..25 {
                let expected = format!("{tenant} by subdomain for alice");
                assert_eq!(ask("/whoami", tenant).ok(), expected);
                assert_eq!(ask("/bare/current", tenant).ok(), "none");
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.join().expect("an honest answer");
    }
    // A change is seen by all of them.
    world.suspend_acme();
    for _ in 0..16 {
        ask("/whoami", "acme").refused(404, "tenant_not_found");
    }
    assert_eq!(ask("/whoami", "globex").status(), 200);
}

async fn local(Context(context): Context) -> String {
    let not_send = Rc::new(());
    let given = context.spawn_local(async move {
        let _not_send = not_send;
        current()
    });
    let bare = actix_web::rt::spawn(async { current() });
    let (given, bare) = (given.await.expect("a task"), bare.await.expect("a task"));
    format!("given {given}, bare {bare}")
}

#[actix_web::test]
async fn c01_a_local_task_has_a_context_only_when_it_is_given_one() {
    let app = App::new()
        .wrap(TenancyMiddleware::new(World::new().tenancy).public())
        .default_service(web::to(local));
    let app = init_service(app).await;
    let request = TestRequest::get().insert_header(("host", "acme.example.com"));
    let body = call_and_read_body(&app, request.to_request()).await;
    assert_eq!(body, "given acme, bare none");
}
