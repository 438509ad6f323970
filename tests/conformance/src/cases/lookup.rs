//! S05 to S11: what the store says, and what is kept of it.

use std::thread;

use futures_util::FutureExt;

use crate::{Server, Site, client::over_h2, world};

pub(super) fn s05_a_failing_store_is_a_503_that_says_nothing_about_it(server: Server) {
    let site = Site::open(server);
    let request = |path| site.get(path).host("acme.example.com").user("alice");
    let answer = request("/broken/whoami").send();
    assert!(!answer.body.contains("SELECT") && !answer.body.contains("10.1.2.3"));
    answer.refused(503, "tenant_store_unavailable");
    assert_eq!(
        request("/whoami").send().ok(),
        "acme by subdomain for alice"
    );
}

pub(super) fn s07_suspending_a_tenant_takes_effect_with_the_next_request(server: Server) {
    let site = Site::open(server);
    let mut connection = site.connect();
    let request = site.get("/whoami").host("acme.example.com").user("alice");
    assert_eq!(connection.send(&request).status(), 200);
    site.world.suspend_acme();
    connection.send(&request).refused(404, "tenant_not_found");
    let other = site.get("/whoami").host("globex.example.com").user("alice");
    assert_eq!(connection.send(&other).status(), 200);
}

pub(super) fn s05_a_store_that_does_not_answer_is_a_503_and_nothing_is_kept_of_it(server: Server) {
    let site = Site::open(server);
    let gate = &site.world.gate;
    let ask = || {
        let request = site.get("/cached/whoami").host("acme.example.com");
        request.user("alice").send()
    };
    gate.close();
    ask().refused(503, "tenant_store_unavailable");
    gate.fail();
    ask().refused(503, "tenant_store_unavailable");
    gate.open();
    assert_eq!(ask().ok(), "acme by subdomain for alice");
    // What is known already does not need the store.
    gate.fail();
    assert_eq!(ask().ok(), "acme by subdomain for alice");
}

pub(super) fn s07_an_invalidation_takes_effect_with_the_next_request(server: Server) {
    let site = Site::open(server);
    let other = Site::open(server);
    let ask = |site: &Site, tenant: &str| {
        let request = site.get("/cached/whoami").user("alice");
        request.host(format!("{tenant}.example.com")).send()
    };
    for site in [&site, &other] {
        assert_eq!(ask(site, "acme").status(), 200);
        // The change itself is not seen within the time to live; telling the cache is what counts.
        let acme = site.world.suspend_acme();
        assert_eq!(ask(site, "acme").status(), 200);
        site.world.cached.invalidate_tenant(&acme);
        ask(site, "acme").refused(404, "tenant_not_found");
        assert_eq!(ask(site, "globex").status(), 200);
    }
}

pub(super) fn s07_what_one_node_announces_takes_effect_on_another(server: Server) {
    let (here, there) = (Site::open(server), Site::open(server));
    let ask = |site: &Site| {
        let request = site.get("/cached/whoami").host("acme.example.com");
        request.user("alice").send()
    };
    assert_eq!(ask(&there).status(), 200);
    there.world.suspend_acme();
    let mut events = here.world.cached.subscribe();
    here.world
        .cached
        .invalidate_tenant(&here.world.suspend_acme());
    let mut applied = 0;
    while let Some(Some(event)) = events.recv().now_or_never() {
        there.world.cached.apply(event);
        applied += 1;
    }
    assert!(applied > 0);
    ask(&there).refused(404, "tenant_not_found");
}

pub(super) fn s09_many_requests_for_one_cold_tenant_ask_the_store_once(server: Server) {
    let site = Site::open(server);
    let gate = &site.world.gate;
    let crowd = |tenant: &'static str| {
        let (address, before) = (site.address, gate.arrivals());
        let answers = thread::spawn(move || {
            let request = || {
                let uri = format!("http://{tenant}.example.com/cached/whoami");
                let token = format!("Bearer {}", world::token("alice"));
                let request = http::Request::get(uri).header("authorization", token);
                request.body(()).expect("a request")
            };
            over_h2(address, (0..50).map(|_| request()).collect())
        });
        while gate.arrivals() < before + 50 {
            thread::yield_now();
        }
        answers
    };

    gate.close();
    let answers = crowd("acme");
    gate.open();
    for (status, body) in answers.join().expect("answers") {
        assert_eq!((status, &*body), (200, "acme by subdomain for alice"));
    }
    assert_eq!(gate.questions(), 1);

    // A load that fails is a failure for all who waited for it, and is not kept as "not found".
    gate.close();
    let answers = crowd("globex");
    gate.fail();
    for (status, _) in answers.join().expect("answers") {
        assert_eq!(status, 503);
    }
    gate.open();
    let request = site.get("/cached/whoami").host("globex.example.com");
    assert_eq!(
        request.user("alice").send().ok(),
        "globex by subdomain for alice"
    );
}

pub(super) fn s10_a_slug_that_is_used_again_leads_to_the_new_tenant(server: Server) {
    let site = Site::open(server);
    let ask = |path| {
        let request = site.get(path).host("acme.example.com");
        request.user("alice").send()
    };
    assert_eq!(ask("/cached/id").ok(), "771001");
    let old = site.world.replace_acme();
    site.world.cached.invalidate_tenant(&old);
    assert_eq!(ask("/cached/id").ok(), "771099");
    let by_id = site.alice("/cached/whoami").header("x-tenant-id", "771001");
    by_id.send().refused(404, "tenant_not_found");
}

pub(super) fn s11_an_unverified_token_names_nobody_and_nothing(server: Server) {
    let site = Site::open(server);
    let genuine = world::token("bob");
    let (signed, _) = genuine.rsplit_once('.').expect("three parts");
    for path in ["/whoami", "/public/whoami", "/optional/whoami"] {
        for host in ["example.com", "acme.example.com"] {
            let request = site.get(path).host(host);
            for forged in [
                format!("{signed}."),
                format!("{signed}.AAAA"),
                signed.to_owned(),
            ] {
                let answer = request.clone().token(&forged).send();
                answer.refused(401, "unauthenticated");
            }
            // Without a token, what a token would say is not read from anywhere else either.
            let answer = request.clone().header("x-authorization", &genuine);
            let answer = answer.header("cookie", format!("token={genuine}")).send();
            assert!(!answer.body.contains("bob"), "{answer:?}");
            let answer = request.token(&genuine).send();
            assert!(answer.ok().ends_with("for bob"));
        }
    }
}
