//! Roles and permissions: A05, C06, and what is taken away.

use serde_json::json;
use tenancy_core::{Principal, Role, TenantId};

use super::{
    Site,
    client::{Answer, Request},
    world::{self, INVITE, PAGE, READ, acme, editor, guards},
};

/// Who asks, by the token's name, at which host, and with which `x-tenant-id`.
type Who = (&'static str, &'static str, Option<&'static str>);

const VISITOR: Who = ("", "acme.example.com", None);
const ALICE: Who = ("alice", "acme.example.com", None);
const ELEVATED: Who = ("root", "example.com", Some("acme"));

impl Site {
    fn grant(&self, user: &str, tenant: &TenantId, roles: impl IntoIterator<Item = Role>) {
        let user = Principal::new(user).issued_by("https://id.example.com");
        self.world.members.grant(&user, tenant, roles);
    }

    fn knock(&self, (user, host, header): Who, path: &str) -> Request {
        let mut request = self.get(path).host(host);
        if !user.is_empty() {
            request = request.user(user);
        }
        match header {
            Some(tenant) => request.header("x-tenant-id", tenant),
            None => request,
        }
    }

    fn ask(&self, who: Who, guard: &str) -> Answer {
        self.knock(who, &format!("/guarded/{guard}")).send()
    }
}

#[test]
fn each_guard_lets_those_through_whom_it_names_and_nobody_else() {
    let site = Site::open();
    let platform = TenantId::integer(771_000).expect("a number");
    let globex = TenantId::integer(771_002).expect("a number");
    for (case, who, tenant, roles, open) in [
        ("visitor", VISITOR, None, vec![], &[][..]),
        ("no role", ALICE, Some(acme()), vec![], &["member"]),
        (
            "member",
            ALICE,
            Some(acme()),
            vec![Role::Member],
            &["member", "read"],
        ),
        (
            "custom role",
            ALICE,
            Some(acme()),
            vec![editor()],
            &["member", "editor", "read", "edit", "editor_who_reads"],
        ),
        (
            "tenant admin",
            ALICE,
            Some(acme()),
            vec![Role::TenantAdmin],
            &[
                "member",
                "tenant_admin",
                "any_admin",
                "read",
                "edit",
                "invite",
            ],
        ),
        (
            "tenant admin of another tenant",
            ALICE,
            Some(globex),
            vec![Role::TenantAdmin],
            &[],
        ),
        (
            "elevated platform admin",
            ELEVATED,
            None,
            vec![],
            &["platform_admin", "any_admin"],
        ),
        (
            "platform admin in the platform tenant",
            ("root", "platform.example.com", None),
            None,
            vec![],
            &["member", "platform_admin", "any_admin"],
        ),
        (
            "platform admin as a member of the platform tenant",
            ("root", "platform.example.com", None),
            Some(platform),
            vec![Role::Member],
            &["member", "read"],
        ),
        (
            "platform admin as a member of a tenant",
            ELEVATED,
            Some(acme()),
            vec![editor()],
            &["member", "editor", "read", "edit", "editor_who_reads"],
        ),
    ] {
        let site = Site::open();
        if let Some(tenant) = &tenant {
            site.grant(who.0, tenant, roles);
        }
        for (guard, _) in guards() {
            let answer = site.ask(who, guard);
            if open.contains(&guard) {
                assert_eq!(answer.status(), 200, "{case}: {guard}: {answer:?}");
                continue;
            }
            let refusal = match case {
                "visitor" => (401, "unauthenticated"),
                "tenant admin of another tenant" => (404, "tenant_not_found"),
                _ => (403, "forbidden"),
            };
            let found = (answer.status(), answer.code());
            assert_eq!((found.0, &*found.1), refusal, "{case}: {guard}");
        }
    }
    // The handlers behind the guards are those of the other routes.
    site.grant("alice", &acme(), [Role::Member]);
    let answer = site.ask(ALICE, "member");
    assert_eq!(answer.ok(), "acme by subdomain for alice");
}

#[test]
fn the_extractors_let_the_same_people_through() {
    let site = Site::open();
    for (roles, open) in [
        (vec![], &["member"][..]),
        (vec![Role::Member], &["member"]),
        (vec![editor()], &["member", "edit"]),
        (vec![Role::TenantAdmin], &["member", "edit", "tenant_admin"]),
    ] {
        site.grant("alice", &acme(), roles.clone());
        for name in ["member", "edit", "tenant_admin"] {
            let answer = site.ask(ALICE, &format!("extract/{name}"));
            if open.contains(&name) {
                assert_eq!(answer.ok(), "acme by subdomain for alice");
            } else {
                let of_guard = site.ask(ALICE, name);
                assert_eq!(answer.without_date(), of_guard.without_date(), "{name}");
                answer.refused(403, "forbidden");
            }
            let visitor = site.ask(VISITOR, &format!("extract/{name}"));
            assert_eq!(
                visitor.without_date(),
                site.ask(VISITOR, name).without_date()
            );
            visitor.refused(401, "unauthenticated");
        }
    }
}

#[test]
fn what_is_taken_away_is_gone_with_the_next_request() {
    let site = Site::open();
    let mut connection = site.connect();
    let mut ask = |guard: &str| connection.send(&site.knock(ALICE, &format!("/guarded/{guard}")));
    site.grant("alice", &acme(), [Role::TenantAdmin, editor()]);
    ask("tenant_admin").ok();
    ask("invite").ok();
    // A role,
    site.grant("alice", &acme(), [editor()]);
    ask("tenant_admin").refused(403, "forbidden");
    ask("invite").refused(403, "forbidden");
    ask("edit").ok();
    // what a role permits in this tenant,
    let permissions = &site.world.permissions;
    permissions
        .define(&acme(), &editor(), [READ, INVITE])
        .expect("registered permissions");
    ask("edit").refused(403, "forbidden");
    ask("extract/edit").refused(403, "forbidden");
    ask("invite").ok();
    permissions.remove(&acme(), &editor());
    ask("edit").ok();
    ask("invite").refused(403, "forbidden");
    // the membership.
    let alice = Principal::new("alice").issued_by("https://id.example.com");
    site.world.members.revoke(&alice, &acme());
    ask("member").refused(404, "tenant_not_found");
    ask("edit").refused(404, "tenant_not_found");
}

#[test]
fn a_role_of_one_tenant_is_defined_by_that_tenant_alone() {
    let site = Site::open();
    let globex = TenantId::integer(771_002).expect("a number");
    for tenant in [&acme(), &globex] {
        site.grant("alice", tenant, [editor()]);
    }
    let in_globex = ("alice", "globex.example.com", None);
    site.world
        .permissions
        .define(&acme(), &editor(), [INVITE])
        .expect("a registered permission");
    site.ask(ALICE, "invite").ok();
    site.ask(in_globex, "invite").refused(403, "forbidden");
    site.ask(ALICE, "edit").refused(403, "forbidden");
    site.ask(in_globex, "edit").ok();
}

#[test]
fn a05_a_role_in_an_unverified_claim_means_nothing() {
    let site = Site::open();
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

#[test]
fn a05_a_membership_in_a_token_gives_no_role_of_the_platform() {
    let site = Site::open();
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

#[test]
fn c06_a_guard_without_a_layer_or_a_permission_store_is_a_500_that_tells_nothing() {
    let site = Site::open();
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

#[test]
fn o01_refusals_have_the_headers_of_all_others() {
    let site = Site::open();
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

#[test]
fn who_is_turned_away_by_a_guard_is_recorded() {
    let site = Site::open();
    site.grant("alice", &acme(), [Role::Member]);
    for (guard, reason) in [
        ("tenant_admin", "role_missing"),
        ("extract/tenant_admin", "role_missing"),
        ("edit", "permission_missing"),
        ("extract/edit", "permission_missing"),
    ] {
        site.ask(ALICE, guard).refused(403, "forbidden");
        assert_eq!(site.world.noted(), format!("refused: alice, {reason}"));
    }
    // Not those who are let in, and not those of whom nothing is known.
    site.ask(ALICE, "read").ok();
    site.ask(VISITOR, "read").refused(401, "unauthenticated");
    assert!(!site.world.has_notes());
}
