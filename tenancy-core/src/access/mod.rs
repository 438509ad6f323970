//! What somebody may do in a tenant: by roles, permissions and requirements, and with the values
//! that belong to it.

mod action;
mod actor_kind;
mod decide;
mod error;
mod memory;
mod owned;
mod owner;
mod permission;
mod required;
mod requirement;
mod resource;
mod role;
mod set;
mod sharing;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use self::decide::{Asker, decide};
pub use self::{
    action::Action,
    actor_kind::ActorKind,
    error::{AccessError, AccessErrorKind},
    memory::InMemoryPermissionStore,
    owned::TenantOwned,
    owner::OwnerRef,
    permission::Permission,
    required::{Required, TenantAdmin, TenantMember},
    requirement::Requirement,
    resource::{Resource, ResourceFacts},
    role::{RolePermissions, RolePermissionsBuilder},
    set::PermissionSet,
    sharing::{Granted, Sharing},
    store::PermissionStore,
};
