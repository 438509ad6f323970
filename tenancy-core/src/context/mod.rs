//! The tenant of the work at hand.

mod access;
mod acting;
mod audit;
mod authorize;
mod require;
mod resolved;
mod spawn;
mod stream;
pub(crate) mod tenant_context;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

pub(crate) use self::{
    acting::Acting,
    tenant_context::{Admission, TenantContext},
};
pub use self::{resolved::Resolved, stream::ScopedStream};
pub use crate::error::NoContext;
