//! Who meets what.

use super::{Bed, EDIT, INVITE, READ, editor};
use crate::{
    access::{AccessErrorKind, Required, Requirement, RolePermissions, TenantAdmin, TenantMember},
    context::TenantContext,
    principal::Role,
};

/// Whether a principal is let in, or why not.
type Cell = Result<(), AccessErrorKind>;

const NOBODY: Cell = Err(AccessErrorKind::NoPrincipal);
const NO_ROLE: Cell = Err(AccessErrorKind::RoleMissing);
const NOT_PERMITTED: Cell = Err(AccessErrorKind::PermissionMissing);

/// One context of each kind, with its name.
async fn people(bed: &Bed) -> Vec<(&'static str, TenantContext)> {
    bed.grant("ann", 1, [Role::Member]);
    bed.grant("eve", 1, [editor()]);
    bed.grant("tom", 1, [Role::TenantAdmin]);
    bed.grant("tom", 2, [Role::Member]);
    bed.grant("ida", 1, []);
    let mut people = Vec::new();
    for (name, user, tenant) in [
        ("guest", "", "acme"),
        ("member", "ann", "acme"),
        ("no roles", "ida", "acme"),
        ("editor", "eve", "acme"),
        ("tenant admin", "tom", "acme"),
        ("tenant admin elsewhere", "tom", "globex"),
        ("elevated", "root", "acme"),
        ("platform admin at home", "root", "platform"),
    ] {
        people.push((name, bed.enter(user, tenant).await.unwrap()));
    }
    // Not elevated: the membership counts, and the office does not.
    bed.grant("root", 2, [Role::Member]);
    let as_member = bed.enter("root", "globex").await.unwrap();
    people.push(("platform admin as member", as_member));
    people
}

#[tokio::test]
async fn each_requirement_is_met_by_those_it_names_and_by_nobody_else() {
    let bed = Bed::new();
    let people = people(&bed).await;
    for (requirement, refusal, met_by) in [
        (
            Requirement::member(),
            NO_ROLE,
            &[
                "member",
                "no roles",
                "editor",
                "tenant admin",
                "tenant admin elsewhere",
                "platform admin at home",
                "platform admin as member",
            ][..],
        ),
        (
            Role::Member.into(),
            NO_ROLE,
            &[
                "member",
                "tenant admin elsewhere",
                "platform admin as member",
            ],
        ),
        (editor().into(), NO_ROLE, &["editor"]),
        (Role::TenantAdmin.into(), NO_ROLE, &["tenant admin"]),
        (
            Role::PlatformAdmin.into(),
            NO_ROLE,
            &["elevated", "platform admin at home"],
        ),
        (
            Requirement::role(Role::TenantAdmin).or(Role::PlatformAdmin),
            NO_ROLE,
            &["tenant admin", "elevated", "platform admin at home"],
        ),
        (
            READ.into(),
            NOT_PERMITTED,
            &[
                "member",
                "editor",
                "tenant admin",
                "tenant admin elsewhere",
                "platform admin as member",
            ],
        ),
        (EDIT.into(), NOT_PERMITTED, &["editor", "tenant admin"]),
        (INVITE.into(), NOT_PERMITTED, &["tenant admin"]),
        (
            Requirement::permission(READ).and(EDIT),
            NOT_PERMITTED,
            &["editor", "tenant admin"],
        ),
        (
            Requirement::permission(INVITE).or(editor()),
            NO_ROLE,
            &["editor", "tenant admin"],
        ),
    ] {
        for (name, context) in &people {
            let found = requirement.check(context).map_err(|error| error.kind());
            if met_by.contains(name) {
                assert_eq!(found, Ok(()), "{name}: {requirement}");
            } else if *name == "guest" {
                assert_eq!(found, NOBODY, "{requirement}");
            } else {
                assert_eq!(found, refusal, "{name}: {requirement}");
            }
        }
    }
}

#[tokio::test]
async fn of_two_that_are_required_each_is_missed() {
    let bed = Bed::new();
    bed.grant("eve", 1, [editor()]);
    let editor_of_acme = bed.enter("eve", "acme").await.unwrap();
    let check = |requirement: Requirement| {
        let outcome = requirement.check(&editor_of_acme);
        outcome.map_err(|error| error.kind())
    };
    assert_eq!(check(Requirement::role(editor()).and(EDIT)), Ok(()));
    assert_eq!(
        check(Requirement::role(editor()).and(INVITE)),
        NOT_PERMITTED
    );
    assert_eq!(check(Requirement::role(Role::Member).and(EDIT)), NO_ROLE);
    // From the left: `(INVITE or EDIT) and Member`, and not `INVITE or (EDIT and Member)`.
    let either = || Requirement::permission(INVITE).or(EDIT);
    assert_eq!(check(either()), Ok(()));
    assert_eq!(check(either().and(Role::Member)), NO_ROLE);
    assert_eq!(
        check(Requirement::role(Role::Member).and(INVITE).or(EDIT)),
        Ok(())
    );
}

#[tokio::test]
async fn the_ready_requirements_are_what_they_are_called() {
    assert_eq!(TenantMember::requirement(), Requirement::member());
    assert_eq!(
        TenantAdmin::requirement(),
        Requirement::role(Role::TenantAdmin)
    );
}

#[tokio::test]
async fn the_methods_of_a_context_say_the_same() {
    let bed = Bed::new();
    for (name, context) in people(&bed).await {
        for permission in [READ, EDIT, INVITE] {
            let met = Requirement::permission(permission.clone()).check(&context);
            assert_eq!(context.ensure_permission(&permission), met, "{name}");
            assert_eq!(context.permits(&permission), met.is_ok(), "{name}");
            assert_eq!(
                context.permissions().contains(&permission),
                met.is_ok(),
                "{name}"
            );
        }
        for role in [Role::Member, editor(), Role::TenantAdmin] {
            let met = Requirement::role(role.clone()).check(&context);
            assert_eq!(context.ensure_role(&role), met, "{name}");
            assert_eq!(context.has_role(&role), met.is_ok(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_platform_administrator_has_the_permissions_that_are_granted_and_no_role_of_the_tenant() {
    let generous = RolePermissions::builder()
        .permissions([READ, EDIT])
        .grant(Role::PlatformAdmin, [READ])
        .build()
        .unwrap();
    let bed = Bed::with(generous);
    let elevated = bed.enter("root", "acme").await.unwrap();
    assert!(elevated.is_elevated() && elevated.permits(&READ));
    assert!(!elevated.permits(&EDIT) && !elevated.is_member());
    bed.grant("root", 1, [Role::Member]);
    let member = bed.enter("root", "acme").await.unwrap();
    assert!(!member.is_elevated() && !member.permits(&READ) && member.is_member());
}
