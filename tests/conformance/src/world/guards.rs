//! What the guarded routes require, and of whom it is known what they may do.

use std::sync::mpsc::Sender;

use tenancy_core::{
    Mode, Role, Tenancy, TenantId,
    access::{InMemoryPermissionStore, Permission, Required, Requirement, RolePermissions},
    audit::{AuditEvent, AuditSink},
    membership::InMemoryMembershipStore,
    store::InMemoryTenantStore,
};

use super::chains::usual;

pub const READ: Permission = Permission::from_static("notes.read");
pub(super) const EDIT: Permission = Permission::from_static("notes.edit");
pub const INVITE: Permission = Permission::from_static("people.invite");

/// An application's own requirement.
pub enum EditNotes {}

impl Required for EditNotes {
    fn requirement() -> Requirement {
        EDIT.into()
    }
}

pub fn editor() -> Role {
    Role::parse("editor").expect("a role")
}

/// The guards, by the last segment of their paths.
pub fn guards() -> Vec<(&'static str, Requirement)> {
    vec![
        ("member", Requirement::member()),
        ("editor", editor().into()),
        ("tenant_admin", Role::TenantAdmin.into()),
        ("platform_admin", Role::PlatformAdmin.into()),
        (
            "any_admin",
            Requirement::role(Role::TenantAdmin).or(Role::PlatformAdmin),
        ),
        ("read", READ.into()),
        ("edit", EDIT.into()),
        ("invite", INVITE.into()),
        ("editor_who_reads", Requirement::role(editor()).and(READ)),
    ]
}

pub(super) fn permissions() -> InMemoryPermissionStore {
    let everywhere = RolePermissions::builder()
        .permissions([READ, EDIT, INVITE])
        .grant(Role::Member, [READ])
        .grant(editor(), [READ, EDIT])
        .build();
    InMemoryPermissionStore::new(everywhere.expect("registered permissions"))
}

/// Open to visitors; stores say who has which role, and what that permits.
pub(super) fn guarded(
    tenants: &InMemoryTenantStore,
    members: &InMemoryMembershipStore,
    permissions: &InMemoryPermissionStore,
    notes: Sender<String>,
) -> Tenancy {
    usual()
        .mode(Mode::Public)
        .memberships(members.clone())
        .permissions(permissions.clone())
        .audit(Noting(notes))
        .store(tenants.clone())
        .build()
        .expect("a chain")
}

/// Notes refusals and elevations for the test.
struct Noting(Sender<String>);

impl AuditSink for Noting {
    fn record(&self, event: &AuditEvent) {
        let subject = event.subject().unwrap_or("nobody");
        let tenant = event
            .tenant()
            .map_or("no tenant".into(), TenantId::to_string);
        let reason = event.reason().unwrap_or("no reason");
        // Nobody listens when the test is over.
        let _ = self
            .0
            .send(format!("{}: {subject} in {tenant}, {reason}", event.kind()));
    }
}
