//! What the service knows about a tenant, and the ways to name one.

mod key;
pub(crate) mod record;

pub(crate) use self::record::Tenant;
pub use self::{
    key::TenantKey,
    record::{TenantKind, TenantStatus},
};
pub use crate::id::{Domain, InvalidId, TenantIdRef};
