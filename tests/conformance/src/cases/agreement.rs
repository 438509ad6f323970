//! S01 to S08: what the sources say together, and who may ask.

use tenancy_core::{Principal, Role, TenantId};

use crate::{Server, Site, client::Request, world};

pub(super) fn s01_a_tenant_header_without_a_token_opens_public_routes_only(server: Server) {
    let site = Site::open(server);
    let named = |path, host| site.get(path).host(host).header("x-tenant-id", "acme");

    let answer = named("/whoami", "example.com").send();
    assert_eq!(answer.header("www-authenticate"), ["Bearer"]);
    answer.refused(401, "unauthenticated");
    named("/optional/whoami", "example.com")
        .send()
        .refused(401, "unauthenticated");
    let public = named("/public/whoami", "example.com").send();
    assert_eq!(public.ok(), "acme by header for nobody");

    let contradicted = named("/public/whoami", "globex.example.com").send();
    contradicted.refused(404, "tenant_not_found");
    let confirmed = named("/public/whoami", "acme.example.com").send();
    assert_eq!(confirmed.ok(), "acme by header for nobody");
}

pub(super) fn s01_a_token_that_is_not_valid_is_refused_on_every_route(server: Server) {
    let site = Site::open(server);
    let mut forged = world::token("alice");
    let end = forged.pop().expect("a signature");
    forged.push(if end == 'A' { 'E' } else { 'A' });
    forged.insert(forged.rfind('.').expect("a signature") + 1, 'x');
    for path in ["/whoami", "/public/whoami", "/optional/whoami"] {
        let request = site.get(path).host("acme.example.com");
        for value in [
            format!("Bearer {forged}"),
            "Bearer ".into(),
            "Basic YTpi".into(),
        ] {
            let answer = request.clone().header("authorization", value).send();
            answer.refused(401, "unauthenticated");
        }
        let twice = request.clone().user("alice").user("alice").send();
        twice.refused(401, "unauthenticated");
        assert!(request.user("alice").send().ok().starts_with("acme"));
    }
}

pub(super) fn s02_a_header_cannot_enter_a_tenant_that_the_principal_does_not_belong_to(
    server: Server,
) {
    let site = Site::open(server);
    let ask = |user, tenant: &str| {
        let request = site.get("/whoami").host("example.com").user(user);
        request.header("x-tenant-id", tenant).send()
    };
    let refused = ask("mallory", "acme");
    assert_eq!(
        refused.without_date(),
        ask("mallory", "no-such-tenant").without_date()
    );
    refused.refused(404, "tenant_not_found");
    assert_eq!(
        ask("mallory", "globex").ok(),
        "globex by header for mallory"
    );
    assert_eq!(ask("alice", "acme").ok(), "acme by header for alice");
    // A platform administrator may, and it shows.
    assert_eq!(
        ask("root", "acme").ok(),
        "acme by header for root, elevated"
    );
}

pub(super) fn s03_any_two_sources_that_disagree_are_refused(server: Server) {
    let site = Site::open(server);
    let ask = |user, host, header: Option<&str>, cookie: Option<&str>| {
        let mut request = site.get("/whoami").host(host).user(user);
        if let Some(tenant) = header {
            request = request.header("x-tenant-id", tenant);
        }
        if let Some(tenant) = cookie {
            request = request.header("cookie", format!("tenant_id={tenant}"));
        }
        request.send()
    };
    let (acme, globex) = (Some("acme"), Some("globex"));
    for (user, host, header, cookie) in [
        ("alice", "acme.example.com", globex, None),
        ("alice", "acme.example.com", None, globex),
        ("alice", "example.com", acme, globex),
        ("alice", "acme.example.com", acme, globex),
        ("alice", "acme.example.com", Some("no-such-tenant"), None),
        // The token of this user names acme.
        ("bob", "globex.example.com", None, None),
        ("bob", "example.com", globex, None),
        ("bob", "example.com", None, globex),
        // Administrators elevate by a header, and only where nothing else contradicts it.
        ("root", "globex.example.com", acme, None),
        ("root", "acme.example.com", None, None),
    ] {
        ask(user, host, header, cookie).refused(404, "tenant_not_found");
    }
    let all = ask("bob", "acme.example.com", acme, acme);
    assert_eq!(all.ok(), "acme by header for bob");
    let by_number = ask("alice", "acme.example.com", Some("771001"), acme);
    assert_eq!(by_number.ok(), "acme by header for alice");
    let token_only = ask("bob", "example.com", None, None);
    assert_eq!(token_only.ok(), "acme by token for bob");
}

pub(super) fn s03_every_kind_of_source_has_to_agree_with_the_header(server: Server) {
    let site = Site::open(server);
    let kiosk = |request: Request| request.header("user-agent", "acme-kiosk/1");
    let signed = |request: Request| {
        let cookie = world::signed_cookies().issue(&world::acme(), "example.com");
        let cookie = cookie.expect("a cookie");
        let cookie = cookie.to_str().expect("ASCII").split(';').next();
        request.header("cookie", cookie.expect("a name and value"))
    };
    for (source, request) in [
        ("path", site.alice("/t/acme/whoami")),
        ("query", site.alice("/query/whoami?tenant=acme")),
        ("static", site.alice("/static/whoami")),
        ("kiosk", kiosk(site.alice("/closure/whoami"))),
        ("signed_cookie", signed(site.alice("/signed/whoami"))),
        (
            "custom_domain",
            site.get("/domains/whoami")
                .host("shop.example.org")
                .user("alice"),
        ),
    ] {
        let alone = request.clone().send();
        assert_eq!(alone.ok(), format!("acme by {source} for alice"));
        for other in ["globex", "no-such-tenant", "771002"] {
            let answer = request.clone().header("x-tenant-id", other).send();
            answer.refused(404, "tenant_not_found");
        }
        let same = request.header("x-tenant-id", "771001").send();
        assert_eq!(same.ok(), "acme by header for alice");
    }
}

/// How a request is answered, and the one event that it leaves.
fn recorded(site: &Site, request: Request) -> (u16, String) {
    let status = request.send().status();
    let note = site.world.noted();
    assert!(!site.world.has_notes(), "one event");
    (status, note)
}

pub(super) fn s02_whoever_names_a_tenant_that_is_not_theirs_is_recorded(server: Server) {
    let site = Site::open(server);
    let ask = |user: &str, tenant: &str| {
        let request = site.get("/guarded/member").host("example.com").user(user);
        request.header("x-tenant-id", tenant)
    };
    for (user, tenant, note) in [
        (
            "mallory",
            "acme",
            "refused: mallory in 771001, not_a_member",
        ),
        (
            "mallory",
            "771002",
            "refused: mallory in 771002, not_a_member",
        ),
        ("alice", "globex", "refused: alice in 771002, not_a_member"),
    ] {
        let expected = (404, note.to_owned());
        assert_eq!(recorded(&site, ask(user, tenant)), expected);
    }
    // Whoever belongs there leaves no event, and an administrator of the platform leaves another
    // one.
    let alice = Principal::new("alice").issued_by("https://id.example.com");
    site.world
        .members
        .grant(&alice, &world::acme(), [Role::Member]);
    ask("alice", "acme").send().ok();
    assert!(!site.world.has_notes());
    let root = site.get("/guarded/platform_admin").host("example.com");
    let root = root.user("root").header("x-tenant-id", "acme");
    let note = "elevated: root in 771001, no reason";
    assert_eq!(recorded(&site, root), (200, note.to_owned()));
}

pub(super) fn s03_whoever_names_two_tenants_is_recorded(server: Server) {
    let site = Site::open(server);
    let alice = Principal::new("alice").issued_by("https://id.example.com");
    for tenant in [771_001, 771_002] {
        let tenant = TenantId::integer(tenant).expect("a number");
        site.world.members.grant(&alice, &tenant, [Role::Member]);
    }
    let ask = |host, header: Option<&str>, cookie: Option<&str>| {
        let mut request = site.get("/guarded/member").host(host).user("alice");
        if let Some(tenant) = header {
            request = request.header("x-tenant-id", tenant);
        }
        if let Some(tenant) = cookie {
            request = request.header("cookie", format!("tenant_id={tenant}"));
        }
        request
    };
    let (acme, globex) = (Some("acme"), Some("globex"));
    for (host, header, cookie) in [
        ("acme.example.com", globex, None),
        ("acme.example.com", None, globex),
        ("example.com", acme, globex),
        ("acme.example.com", acme, globex),
    ] {
        let (status, note) = recorded(&site, ask(host, header, cookie));
        assert_eq!(status, 404);
        assert!(
            note.starts_with("refused: alice in 77100") && note.ends_with(", disagreement"),
            "{note}"
        );
    }
    ask("acme.example.com", acme, acme).send().ok();
    assert!(!site.world.has_notes());
}

pub(super) fn s04_a_malformed_source_is_refused_although_others_are_fine(server: Server) {
    let site = Site::open(server);
    let request = |path| site.get(path).host("acme.example.com").user("bob");
    for path in [
        "/whoami",
        "/public/whoami",
        "/optional/whoami",
        "/fallback/whoami",
    ] {
        for value in [
            "",
            " ",
            "ac me",
            "acme;",
            "../acme",
            "%61cme",
            "-",
            &"a".repeat(65),
        ] {
            let answer = request(path).header("x-tenant-id", value).send();
            answer.refused(400, "malformed_request");
        }
        for value in ["tenant_id=", "tenant_id=a b", "tenant_id=acm\u{e9}"] {
            let answer = request(path).header("cookie", value).send();
            answer.refused(400, "malformed_request");
        }
        let answer = request(path).header("x-tenant-id", "acme").send();
        assert_eq!(answer.ok(), "acme by header for bob");
    }
}

pub(super) fn s06_fallback_happens_only_when_nobody_spoke(server: Server) {
    let site = Site::open(server);
    let request = |host| site.get("/fallback/whoami").host(host).user("root");
    assert_eq!(
        request("example.com").send().ok(),
        "platform by fallback for root"
    );
    let unknown = request("example.com")
        .header("x-tenant-id", "no-such-tenant")
        .send();
    unknown.refused(404, "tenant_not_found");
    request("frozen.example.com")
        .send()
        .refused(404, "tenant_not_found");
    let malformed = request("example.com").header("x-tenant-id", "").send();
    malformed.refused(400, "malformed_request");
    let other = site
        .get("/fallback/whoami")
        .host("example.com")
        .user("mallory");
    other.send().refused(404, "tenant_not_found");
    site.get("/fallback/whoami")
        .host("example.com")
        .send()
        .refused(401, "unauthenticated");
}

pub(super) fn s08_unknown_suspended_and_foreign_tenants_look_exactly_alike(server: Server) {
    let site = Site::open(server);
    for path in [
        "/whoami",
        "/public/whoami",
        "/optional/whoami",
        "/fallback/whoami",
    ] {
        let named = |user, tenant| {
            let request = site.get(path).host("example.com").user(user);
            request.header("x-tenant-id", tenant).send()
        };
        let hosted = |user, host| site.get(path).host(host).user(user).send();
        let answers = [
            ("unknown", named("alice", "no-such-tenant")),
            ("suspended", named("alice", "frozen")),
            ("deleted", named("alice", "deleted")),
            ("not a member", named("mallory", "acme")),
            (
                "not a member of a suspended one",
                named("mallory", "frozen"),
            ),
            ("disagreement", named("bob", "globex")),
            (
                "unknown host",
                hosted("alice", "no-such-tenant.example.com"),
            ),
            ("suspended host", hosted("alice", "frozen.example.com")),
            ("foreign host", hosted("mallory", "acme.example.com")),
        ];
        for (case, answer) in &answers {
            assert_eq!(
                answer.without_date(),
                answers[0].1.without_date(),
                "{path}: {case}"
            );
            assert_eq!(
                (answer.status(), answer.code().as_str()),
                (404, "tenant_not_found")
            );
        }
        assert_eq!(named("alice", "acme").ok(), "acme by header for alice");
    }
}
