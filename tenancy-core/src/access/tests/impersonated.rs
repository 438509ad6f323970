//! A06: what a user may do is all that an impersonator may do, and only for a while.

use std::time::Duration;

use super::{Bed, EDIT, INVITE, READ, editor, request};
use crate::{
    access::{AccessErrorKind, Requirement},
    audit::AuditKind,
    elevation::ImpersonationPolicy,
    principal::{Membership, Principal, Role},
    resolve::Mode,
    tenant::TenantKey,
};

fn eve() -> Principal {
    let acme = TenantKey::parse_name("acme").unwrap();
    Principal::new("eve").with_membership(Membership::new(acme, [editor()]))
}

#[tokio::test]
async fn a06_an_impersonator_has_the_permissions_of_the_user_alone() {
    let bed = Bed::new();
    bed.grant("tom", 1, [Role::TenantAdmin]);
    let parts = request("tom", "acme");
    let tom = bed.tenancy.resolve(&parts, Mode::Public).await;
    let tom = tom.unwrap().unwrap();
    assert!(tom.permits(&INVITE));
    let policy = ImpersonationPolicy::new().allow_tenant_admins();
    let acting = policy
        .begin(&tom, &eve(), "ticket 4711", Duration::from_secs(60))
        .unwrap();
    // The permission store was not asked yet what eve may do.
    for permission in [READ, EDIT, INVITE] {
        assert!(!acting.permits(&permission));
        let refusal = acting.ensure_permission(&permission);
        assert_eq!(
            refusal.unwrap_err().kind(),
            AccessErrorKind::PermissionsUnknown
        );
    }
    let acting = bed.tenancy.permit(acting).await.unwrap();
    assert!(acting.permits(&EDIT) && !acting.permits(&INVITE));
    assert!(acting.is_member() && !acting.has_role(&Role::TenantAdmin));

    bed.recorded();
    for (requirement, reason) in [
        (Requirement::permission(INVITE), "permission_missing"),
        (Requirement::role(Role::TenantAdmin), "role_missing"),
    ] {
        assert!(requirement.enforce(&acting, &parts).is_err());
        let [event] = &bed.recorded()[..] else {
            panic!("one event");
        };
        assert_eq!(
            (event.kind(), event.reason()),
            (AuditKind::Refused, Some(reason))
        );
        assert_eq!(
            (event.subject(), event.impersonator()),
            (Some("eve"), Some("tom"))
        );
    }
}

#[tokio::test]
async fn a06_an_impersonation_that_is_over_meets_no_requirement() {
    let bed = Bed::new();
    let root = bed.enter("root", "acme").await.unwrap();
    let acting = ImpersonationPolicy::new()
        .begin(&root, &eve(), "ticket 4711", Duration::from_nanos(1))
        .unwrap();
    while !acting.is_expired() {
        std::hint::spin_loop();
    }
    let acting = bed.tenancy.permit(acting).await.unwrap();
    for requirement in [
        Requirement::member(),
        editor().into(),
        READ.into(),
        Requirement::role(Role::PlatformAdmin),
    ] {
        assert!(requirement.check(&acting).is_err(), "{requirement}");
    }
    assert!(acting.permissions().is_empty() && !acting.is_member());
}
