//! A05, C06 and O01: what does not count as a role, and what those who are refused get to see.

use serde_json::json;
use tenancy_core::Role;

use super::guards::{ALICE, ELEVATED, VISITOR};
use crate::{
    Server, Site,
    world::{self, PAGE, acme},
};

pub(super) fn a05_a_role_in_an_unverified_claim_means_nothing(server: Server) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    let claims = "platform_admin, tenant_admin, editor, notes.edit";
    let target = "?role=tenant_admin&roles=tenant_admin,platform_admin&permissions=notes.edit";
    for (who, refusal) in [
        (VISITOR, (401, "unauthenticated")),
        (ALICE, (403, "forbidden")),
    ] {
        for guard in ["tenant_admin", "platform_admin", "any_admin", "edit"] {
            let mut request = site.knock(who, &format!("/guarded/{guard}{target}"));
            for name in [
                "x-role",
                "x-roles",
                "x-user",
                "x-permissions",
                "x-platform-admin",
            ] {
                request = request.header(name, claims);
            }
            let request = request.header("cookie", "role=tenant_admin; roles=platform_admin");
            request.send().refused(refusal.0, refusal.1);
        }
    }
    // A token that somebody else has signed is no token.
    let header = jsonwebtoken::Header::default();
    let mut root = world::claims("root");
    root["roles"] = json!(["platform_admin", "tenant_admin"]);
    let forged = world::sign_with(&world::ACME_SECRET, &header, &root);
    for guard in ["platform_admin", "tenant_admin", "member"] {
        let request = site.knock(
            ("", "acme.example.com", Some("acme")),
            &format!("/guarded/{guard}"),
        );
        request
            .token(&forged)
            .send()
            .refused(401, "unauthenticated");
    }
    // A genuine one says nothing about roles where the store does, and about permissions nowhere.
    let mut alice = world::claims("alice");
    alice["memberships"] = json!({ "acme": ["tenant_admin", "platform_admin", "editor"] });
    alice["permissions"] = json!(["notes.edit"]);
    alice["scope"] = json!("notes.edit");
    let claimed = world::sign(&header, &alice);
    for guard in ["tenant_admin", "platform_admin", "editor", "edit"] {
        let request = site.knock(VISITOR, &format!("/guarded/{guard}"));
        request.token(&claimed).send().refused(403, "forbidden");
    }
    // Positive controls: by the store, and by the signature.
    site.ask(ALICE, "read").ok();
    site.ask(ELEVATED, "platform_admin").ok();
    site.grant("alice", &acme(), [Role::TenantAdmin]);
    site.ask(ALICE, "edit").ok();
}

pub(super) fn a05_a_membership_in_a_token_gives_no_role_of_the_platform(server: Server) {
    let site = Site::open(server);
    let header = jsonwebtoken::Header::default();
    let mut alice = world::claims("alice");
    alice["memberships"] = json!({ "acme": ["tenant_admin", "platform_admin"] });
    let token = world::sign(&header, &alice);
    let ask = |guard: &str| {
        let request = site.knock(VISITOR, &format!("/unpermitted/{guard}"));
        request.token(&token).send()
    };
    ask("platform_admin").refused(403, "forbidden");
    ask("tenant_admin").ok();
}

pub(super) fn c06_a_guard_without_a_layer_or_a_permission_store_is_a_500_that_tells_nothing(
    server: Server,
) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::TenantAdmin]);
    for path in [
        "/bare/guarded",
        "/bare/required",
        "/guarded/replaced",
        "/guarded/removed",
        // Tokens give roles there, and nothing says what they permit.
        "/unpermitted/read",
        "/unpermitted/edit",
    ] {
        let answer = site.knock(ALICE, path).send();
        for word in ["layer", "middleware", "permission", "guard", "role"] {
            assert!(!answer.body.to_lowercase().contains(word), "{answer:?}");
        }
        assert_eq!(answer.header("cache-control"), ["private, no-store"]);
        answer.refused(500, "internal_error");
    }
    // Positive controls: in the layer, and with a role alone.
    site.ask(ALICE, "tenant_admin").ok();
    site.knock(ALICE, "/unpermitted/member").send().ok();
}

pub(super) fn o01_refusals_have_the_headers_of_all_others(server: Server) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    let forbidden = site.ask(ALICE, "tenant_admin");
    let unpermitted = site.ask(ALICE, "edit");
    assert_eq!(forbidden.without_date(), unpermitted.without_date());
    let visitor = site.ask(VISITOR, "tenant_admin");
    for (answer, challenge) in [(&forbidden, &[][..]), (&visitor, &["Bearer"])] {
        assert_eq!(answer.header("content-type"), ["application/problem+json"]);
        assert_eq!(answer.header("cache-control"), ["private, no-store"]);
        assert_eq!(
            answer.header("vary"),
            ["x-tenant-id, host, cookie, authorization"]
        );
        assert_eq!(answer.header("www-authenticate"), challenge);
        for word in ["role", "permission", "admin", "notes"] {
            assert!(!answer.body.contains(word), "{answer:?}");
        }
    }
    // Those of an optional layer, where nobody is anywhere.
    let nowhere = site.get("/optional/guarded").host("example.com").send();
    nowhere.refused(400, "tenant_required");
    let member = site.knock(ALICE, "/optional/guarded").send();
    assert_eq!(member.ok(), "acme by subdomain for alice");
    // In the application's own form.
    let page = site.knock(ALICE, "/rendered/guarded").send();
    assert_eq!(page.body, format!("{}forbidden{}", PAGE[0], PAGE[1]));
    assert_eq!(page.status(), 403);
    assert_eq!(page.header("content-type"), ["text/html"]);
}

pub(super) fn who_is_turned_away_by_a_guard_is_recorded(server: Server) {
    let site = Site::open(server);
    site.grant("alice", &acme(), [Role::Member]);
    for (guard, reason) in [
        ("tenant_admin", "role_missing"),
        ("extract/tenant_admin", "role_missing"),
        ("edit", "permission_missing"),
        ("extract/edit", "permission_missing"),
    ] {
        site.ask(ALICE, guard).refused(403, "forbidden");
        assert_eq!(
            site.world.noted(),
            format!("refused: alice in 771001, {reason}")
        );
    }
    // Not those who are let in, and not those of whom nothing is known.
    site.ask(ALICE, "read").ok();
    site.ask(VISITOR, "read").refused(401, "unauthenticated");
    assert!(!site.world.has_notes());
}
