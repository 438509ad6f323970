//! C07: tenants that share a connection.

use crate::{Server, Site, client::over_h2, world};

pub(super) fn c07_tenants_alternate_on_one_connection_without_mixing(server: Server) {
    let site = Site::open(server);
    let mut connection = site.connect();
    for _ in 0..20 {
        for tenant in ["acme", "globex"] {
            let host = format!("{tenant}.example.com");
            let request = site.get("/whoami").host(&host).user("alice");
            let expected = format!("{tenant} by subdomain for alice");
            assert_eq!(connection.send(&request).ok(), expected);
            // Nothing stays with the connection: not for strangers, nor outside of the layer.
            let stranger = site.get("/whoami").host(&host);
            connection.send(&stranger).refused(401, "unauthenticated");
            let bare = site.get("/bare/optional").host(&host).user("alice");
            connection.send(&bare).refused(500, "internal_error");
            let bare = site.get("/bare/current").host(&host).user("alice");
            assert_eq!(connection.send(&bare).ok(), "none");
        }
    }
}

pub(super) fn c07_tenants_multiplexed_on_one_h2_connection_do_not_mix(server: Server) {
    let site = Site::open(server);
    let tenants = ["acme", "globex"].repeat(10);
    let requests = tenants.iter().map(|tenant| {
        http::Request::get(format!("http://{tenant}.example.com/meet"))
            .header("authorization", format!("Bearer {}", world::token("alice")))
            .body(())
            .expect("a request")
    });
    let answers = over_h2(site.address, requests.collect());
    for (tenant, answer) in tenants.iter().zip(answers) {
        assert_eq!(answer, (200, format!("{tenant} by subdomain for alice")));
    }
}

pub(super) fn c07_pipelined_requests_are_answered_in_their_own_tenants(server: Server) {
    let site = Site::open(server);
    let tenants = ["acme", "globex"].repeat(10);
    let request = |tenant: &str| {
        let request = site.get("/whoami").host(format!("{tenant}.example.com"));
        request.user("alice")
    };
    let mut connection = site.connect();
    for tenant in &tenants {
        connection.write(&request(tenant));
    }
    for tenant in &tenants {
        let answer = connection.read(&request(tenant));
        assert_eq!(answer.ok(), format!("{tenant} by subdomain for alice"));
    }
}

pub(super) fn c07_streamed_bodies_interleaved_on_one_h2_connection_do_not_mix(server: Server) {
    let site = Site::open(server);
    let tenants = ["acme", "globex"].repeat(10);
    let requests = tenants.iter().map(|tenant| {
        http::Request::get(format!("http://{tenant}.example.com/stream"))
            .header("authorization", format!("Bearer {}", world::token("alice")))
            .body(())
            .expect("a request")
    });
    let answers = over_h2(site.address, requests.collect());
    for (tenant, answer) in tenants.iter().zip(answers) {
        let expected = format!("a {tenant};b {tenant};c {tenant};");
        assert_eq!(answer, (200, expected));
    }
}
