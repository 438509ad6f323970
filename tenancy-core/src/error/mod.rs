//! What can go wrong, and how much of it the client is told.

mod audit;
mod authority;
mod build;
mod resolve;
mod store;

pub use self::{
    audit::AuditError,
    authority::{AuthorityError, AuthorityErrorKind},
    build::BuildError,
    resolve::{Reason, ResolveError, ResolveErrorKind},
    store::{ConflictKind, StoreConflict, StoreError},
};

/// There is no current tenant context in this task.
///
/// The work runs outside of [`TenantContext::scope`](crate::TenantContext::scope): in a spawned
/// task, in a blocking closure, or in a service without the tenancy layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no tenant context in this task: run the work inside `TenantContext::scope`, or pass the context to it"
)]
pub struct NoContext;
