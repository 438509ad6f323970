//! What does not count as a role, and what is told of a refusal.

use super::{Bed, EDIT, READ, editor, id, request};
use crate::{
    access::{AccessError, AccessErrorKind, Requirement},
    audit::AuditKind,
    context::TenantContext,
    principal::Role,
    resolve::Mode,
    source::Source,
};

#[tokio::test]
async fn a05_no_tenant_gives_the_role_of_the_platform() {
    let bed = Bed::new();
    bed.grant("ann", 1, [Role::PlatformAdmin, editor()]);
    let ann = bed.enter("ann", "acme").await.unwrap();
    assert_eq!(ann.roles(), [editor()]);
    let platform = Requirement::role(Role::PlatformAdmin);
    assert!(platform.check(&ann).is_err());
    let root = bed.enter("root", "acme").await.unwrap();
    assert!(platform.check(&root).is_ok());
}

#[tokio::test]
async fn a05_roles_that_a_request_claims_for_itself_mean_nothing() {
    let bed = Bed::new();
    bed.grant("ann", 1, [Role::Member]);
    for user in ["", "ann"] {
        let mut parts = request(user, "acme");
        for name in ["x-role", "x-roles", "x-permissions", "x-memberships"] {
            let claim = "platform_admin, tenant_admin, editor, notes.edit"
                .parse()
                .unwrap();
            parts.headers.insert(name, claim);
        }
        let context = bed.tenancy.resolve(&parts, Mode::Public).await;
        let context = context.unwrap().unwrap();
        for role in [Role::PlatformAdmin, Role::TenantAdmin, editor()] {
            assert!(Requirement::role(role).check(&context).is_err());
        }
        assert!(!context.permits(&EDIT));
        assert_eq!(context.permits(&READ), user == "ann");
    }
}

#[tokio::test]
async fn without_a_store_a_permission_is_a_mistake_of_the_service_and_never_given() {
    let bed = Bed::build(|builder| builder);
    bed.grant("tom", 1, [Role::TenantAdmin]);
    let administrator = bed.enter("tom", "acme").await.unwrap();
    let check = |requirement: Requirement, context: &TenantContext| {
        requirement.check(context).map_err(|error| error.kind())
    };
    let mistake = Err(AccessErrorKind::PermissionsUnknown);
    let nobody = Err(AccessErrorKind::NoPrincipal);
    assert_eq!(check(EDIT.into(), &administrator), mistake);
    assert!(!administrator.permits(&EDIT));
    assert_eq!(
        check(Requirement::permission(EDIT).or(editor()), &administrator),
        mistake
    );
    assert_eq!(
        check(Requirement::role(editor()).or(EDIT), &administrator),
        mistake
    );
    // Where a role is enough, the store is not missed; and a guest is asked to come with a token.
    let either = Requirement::permission(EDIT).or(Role::TenantAdmin);
    assert_eq!(check(either, &administrator), Ok(()));
    let guest = bed.enter("", "acme").await.unwrap();
    assert_eq!(check(EDIT.into(), &guest), nobody);
    let job = TenantContext::assume(guest.tenant_arc().clone(), "a job").unwrap();
    assert_eq!(check(Requirement::member(), &job), nobody);
}

#[tokio::test]
async fn who_is_turned_away_is_recorded_and_who_is_let_in_or_nobody_is_not() {
    let bed = Bed::new();
    bed.grant("ann", 1, [Role::Member]);
    let parts = request("ann", "acme");
    let ann = bed.tenancy.resolve(&parts, Mode::Public).await;
    let ann = ann.unwrap().unwrap();
    for (requirement, reason) in [
        (Requirement::role(Role::TenantAdmin), "role_missing"),
        (Requirement::permission(EDIT), "permission_missing"),
    ] {
        assert!(requirement.check(&ann).is_err());
        assert!(bed.recorded().is_empty());
        assert!(requirement.enforce(&ann, &parts).is_err());
        let [event] = &bed.recorded()[..] else {
            panic!("one event");
        };
        assert_eq!(event.kind(), AuditKind::Refused);
        assert_eq!(
            (event.tenant(), event.subject()),
            (Some(&id(1)), Some("ann"))
        );
        assert_eq!(event.reason(), Some(reason));
        assert_eq!(event.source(), Source::Header);
        assert_eq!(event.request_id().unwrap().as_str(), "req-7");
    }
    assert!(Requirement::permission(READ).enforce(&ann, &parts).is_ok());
    let guest = bed.enter("", "acme").await.unwrap();
    assert!(Requirement::member().enforce(&guest, &parts).is_err());
    assert!(bed.recorded().is_empty());
}

#[test]
fn a_refusal_names_no_role_no_permission_and_no_owner() {
    for (kind, status, code) in [
        (AccessErrorKind::NoPrincipal, 401, "unauthenticated"),
        (AccessErrorKind::RoleMissing, 403, "forbidden"),
        (AccessErrorKind::PermissionMissing, 403, "forbidden"),
        (AccessErrorKind::PermissionsUnknown, 500, "internal_error"),
        (AccessErrorKind::EmptyReason, 500, "internal_error"),
        (AccessErrorKind::NotOwned, 404, "not_found"),
        (AccessErrorKind::InactiveTenant, 404, "tenant_not_found"),
        (AccessErrorKind::NotVisible, 404, "not_found"),
        (AccessErrorKind::NotOwner, 403, "forbidden"),
        (AccessErrorKind::Locked, 403, "locked"),
        (AccessErrorKind::NotDeleted, 403, "not_deleted"),
        (AccessErrorKind::GrantsUnknown, 500, "internal_error"),
        (AccessErrorKind::Expired, 403, "expired"),
    ] {
        let problem = AccessError::new(kind).problem();
        assert_eq!((problem.status(), problem.code()), (status, code));
        for word in [
            "role",
            "permission",
            "store",
            "builder",
            "owner",
            "grant",
            "tenant_id",
        ] {
            assert!(!problem.detail().contains(word), "{problem:?}");
        }
    }
}

#[test]
fn o03_what_may_not_be_seen_is_answered_as_what_does_not_exist() {
    let hidden = AccessError::new(AccessErrorKind::NotVisible);
    for other in [
        AccessError::not_visible(),
        AccessError::new(AccessErrorKind::NotOwned),
    ] {
        assert_eq!(hidden.problem(), other.problem());
    }
}
