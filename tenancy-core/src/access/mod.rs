//! What a principal may do in a tenant: by roles, permissions and requirements, and with the values
//! that belong to it.
//!
//! A [`Requirement`] guards a route: a [`Role`](crate::Role), a [`Permission`], a membership, or
//! several of them. A [`PermissionStore`] says which permissions a role gives; [`RolePermissions`]
//! is one. A [`Resource`] tells the [`ResourceFacts`] by which
//! [`TenantContext::authorize`](crate::TenantContext::authorize) decides what may be done with it.
//!
//! Begin with [`RolePermissions`] for routes, and with
//! [designing policies](crate::manual::designing_policies) for rows.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenancy_core::{
//!     Action, Slug, Tenant, TenantContext, TenantId,
//!     access::{Resource, ResourceFacts},
//! };
//!
//! struct Note {
//!     tenant: i64,
//!     author: String,
//! }
//!
//! impl Resource for Note {
//!     fn resource_kind(&self) -> &str {
//!         "note"
//!     }
//!
//!     fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
//!         ResourceFacts::of_tenant(self.tenant).owned_by(&self.author)
//!     }
//! }
//!
//! let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
//! let job = TenantContext::assume(acme, "nightly report")?;
//! assert!(job.ensure(Action::Edit, &Note { tenant: 1, author: "ann".into() }).is_ok());
//! assert!(job.ensure(Action::View, &Note { tenant: 2, author: "ann".into() }).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
