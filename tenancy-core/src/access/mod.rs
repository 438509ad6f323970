//! What somebody may do in a tenant: values that belong to it, roles, permissions and requirements.

mod error;
mod memory;
mod owned;
mod permission;
mod required;
mod requirement;
mod role;
mod set;
mod store;
#[cfg(test)]
mod tests;

pub use self::{
    error::{AccessError, AccessErrorKind},
    memory::InMemoryPermissionStore,
    owned::TenantOwned,
    permission::Permission,
    required::{Required, TenantAdmin, TenantMember},
    requirement::Requirement,
    role::{RolePermissions, RolePermissionsBuilder},
    set::PermissionSet,
    store::PermissionStore,
};
