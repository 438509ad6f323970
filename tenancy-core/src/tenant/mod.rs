//! What the service knows about a tenant, and the ways to name one.
//!
//! A [`Tenant`] has a [`TenantId`](crate::TenantId), a [`Slug`](crate::Slug), a
//! [`TenantKind`], a [`TenantStatus`] and [`Domain`]s. A request names one by a [`TenantKey`].
//!
//! Begin with [`Tenant`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Slug, Tenant, TenantId,
//!     tenant::{Domain, TenantKey, TenantStatus},
//! };
//!
//! let shop = Domain::parse("shop.example.org")?;
//! let acme = Tenant::new(TenantId::integer(7)?, Slug::parse("acme")?).with_domain(shop.clone());
//! for key in [TenantKey::parse_name("7")?, TenantKey::parse_name("acme")?, TenantKey::Domain(shop)] {
//!     assert!(acme.is_named_by(&key));
//! }
//! assert!(!acme.with_status(TenantStatus::Suspended).is_active());
//! # Ok::<(), tenancy_core::tenant::InvalidId>(())
//! ```

mod key;
pub(crate) mod record;

pub(crate) use self::record::Tenant;
pub use self::{
    key::TenantKey,
    record::{TenantKind, TenantStatus},
};
pub use crate::id::{Domain, InvalidId, TenantIdRef};
