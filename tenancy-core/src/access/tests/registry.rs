use super::{EDIT, INVITE, READ, editor, everywhere, id};
use crate::{
    access::{InMemoryPermissionStore, Permission, PermissionSet, Requirement, RolePermissions},
    principal::Role,
};

const PURGE: Permission = Permission::from_static("notes.purge");

fn set(permissions: impl IntoIterator<Item = Permission>) -> PermissionSet {
    permissions.into_iter().collect()
}

#[test]
fn administrators_have_what_is_documented_unless_something_is_granted() {
    let defaults = everywhere();
    assert_eq!(defaults.of(&Role::TenantAdmin), &set([READ, EDIT, INVITE]));
    assert_eq!(defaults.of(&Role::PlatformAdmin), &set([]));
    let configured = RolePermissions::builder()
        .grant(Role::TenantAdmin, [READ])
        .grant_all(Role::PlatformAdmin)
        .permissions([READ, EDIT])
        .build()
        .unwrap();
    assert_eq!(configured.of(&Role::TenantAdmin), &set([READ]));
    assert_eq!(configured.of(&Role::PlatformAdmin), &set([READ, EDIT]));
    let bare = RolePermissions::builder()
        .permissions([READ])
        .grant(Role::TenantAdmin, [])
        .build()
        .unwrap();
    assert_eq!(bare.of(&Role::TenantAdmin), &set([]));
}

#[test]
fn grants_add_up_and_a_role_without_any_has_nothing() {
    let permissions = RolePermissions::builder()
        .permissions([READ, EDIT, INVITE])
        .grant(editor(), [EDIT])
        .grant(editor(), [READ])
        .build()
        .unwrap();
    assert_eq!(permissions.of(&editor()), &set([READ, EDIT]));
    assert_eq!(permissions.of(&Role::Member), &set([]));
    let stranger = Role::parse("stranger").unwrap();
    assert_eq!(permissions.of_all(&[stranger, editor()]), set([READ, EDIT]));
    assert_eq!(permissions.of_all(&[]), set([]));
}

#[test]
fn what_is_not_registered_is_an_error_when_the_service_starts() {
    assert!(RolePermissions::builder().build().is_err());
    let misspelt = RolePermissions::builder()
        .permissions([EDIT])
        .grant(editor(), [PURGE])
        .build();
    assert!(misspelt.unwrap_err().to_string().contains("notes.purge"));

    let known = everywhere();
    let visitor = Role::parse("visitor").unwrap();
    for (requirement, complaint) in [
        (Requirement::permission(PURGE), "notes.purge"),
        (Requirement::role(editor()).or(PURGE), "notes.purge"),
        (Requirement::permission(EDIT).and(visitor), "visitor"),
    ] {
        let error = known.check(requirement).unwrap_err();
        assert!(error.to_string().contains(complaint), "{error}");
    }
    for requirement in [
        Requirement::permission(EDIT),
        Requirement::role(editor())
            .or(Role::PlatformAdmin)
            .and(READ),
        Requirement::member(),
    ] {
        assert_eq!(known.check(requirement.clone()), Ok(requirement));
    }
}

#[test]
fn a_tenant_defines_no_unknown_permission_and_no_administrator() {
    let store = InMemoryPermissionStore::new(everywhere());
    assert!(store.define(&id(1), &editor(), [PURGE]).is_err());
    for role in [Role::TenantAdmin, Role::PlatformAdmin] {
        assert!(store.define(&id(1), &role, [READ]).is_err());
    }
    assert!(store.define(&id(1), &editor(), [READ]).is_ok());
    assert!(store.define(&id(1), &Role::Member, []).is_ok());
}

#[test]
fn a_requirement_reads_as_it_was_built() {
    let requirement = Requirement::permission(EDIT)
        .or(Requirement::role(editor()).and(READ))
        .and(Requirement::member());
    assert_eq!(
        requirement.to_string(),
        "(permission notes.edit or (role editor and permission notes.read)) and membership"
    );
}
