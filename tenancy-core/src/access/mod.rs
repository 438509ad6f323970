//! What somebody may do in a tenant: by roles, permissions and requirements, and with the values
//! that belong to it.

pub(crate) mod action;
mod actor_kind;
mod decide;
pub(crate) mod error;
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

pub(crate) use self::{
    action::Action,
    decide::{Asker, decide},
    error::AccessError,
    requirement::{Need, Node},
};
pub use self::{
    actor_kind::ActorKind,
    error::AccessErrorKind,
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
