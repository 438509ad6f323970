//! Roles and permissions.

use tenancy_core::{Principal, Role, TenantId};

use crate::{
    Server, Site,
    client::{Answer, Request},
    world::{INVITE, READ, acme, editor, guards},
};

/// Who asks, by the token's name, at which host, and with which `x-tenant-id`.
pub(super) type Who = (&'static str, &'static str, Option<&'static str>);

pub(super) const VISITOR: Who = ("", "acme.example.com", None);
pub(super) const ALICE: Who = ("alice", "acme.example.com", None);
pub(super) const ELEVATED: Who = ("root", "example.com", Some("acme"));

impl Site {
    pub(super) fn grant(
        &self,
        user: &str,
        tenant: &TenantId,
        roles: impl IntoIterator<Item = Role>,
    ) {
        let user = Principal::new(user).issued_by("https://id.example.com");
        self.world.members.grant(&user, tenant, roles);
    }

    pub(super) fn knock(&self, (user, host, header): Who, path: &str) -> Request {
        let mut request = self.get(path).host(host);
        if !user.is_empty() {
            request = request.user(user);
        }
        match header {
            Some(tenant) => request.header("x-tenant-id", tenant),
            None => request,
        }
    }

    pub(super) fn ask(&self, who: Who, guard: &str) -> Answer {
        self.knock(who, &format!("/guarded/{guard}")).send()
    }
}

pub(super) fn each_guard_lets_those_through_whom_it_names_and_nobody_else(server: Server) {
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
        let site = Site::open(server);
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
}

pub(super) fn the_extractors_let_the_same_people_through(server: Server) {
    let site = Site::open(server);
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

pub(super) fn what_is_taken_away_is_gone_with_the_next_request(server: Server) {
    let site = Site::open(server);
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

pub(super) fn a_role_of_one_tenant_is_defined_by_that_tenant_alone(server: Server) {
    let site = Site::open(server);
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
