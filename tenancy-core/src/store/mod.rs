//! Where tenants are looked up.
//!
//! A [`TenantStore`] finds the tenant that a key names. [`InMemoryTenantStore`] is one; over a
//! database, put `CachedTenantStore` (feature `cache`) around it, which keeps tenants for a bounded
//! time.
//!
//! Begin with [`TenantStore`], which says how to write your own.
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Slug, Tenant, TenantId,
//!     store::{InMemoryTenantStore, TenantStore},
//!     tenant::TenantKey,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tenants = InMemoryTenantStore::new();
//! tenants.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
//! let found = tenants.find(&TenantKey::parse_name("acme")?).await?;
//! assert_eq!(found.map(|tenant| tenant.id().clone()), Some(TenantId::integer(1)?));
//! # Ok(()) }
//! ```

#[cfg(feature = "cache")]
mod cached;
mod memory;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{
    answer::Answer,
    tenant::{Tenant, TenantKey},
};

#[cfg(feature = "cache")]
pub use self::cached::{CachedTenantStore, CachedTenantStoreBuilder, Invalidation, Invalidations};
pub use self::memory::InMemoryTenantStore;
pub use crate::error::{ConflictKind, StoreConflict, StoreError};

/// A place that knows the tenants.
///
/// "There is none" and "I could not ask" are different answers: the first is `Ok(None)`, the second
/// an error that ends the request. A store returns tenants of every status; whether one may be
/// entered is decided by the caller, on every request.
///
/// Two keys for one tenant must lead to the same [id](Tenant::id), and no key to two tenants. For a
/// [`TenantKey::Name`], look for the id first and then for [`TenantKey::as_slug`]. For a
/// [`TenantKey::Domain`], answer with the one tenant that has it among its *verified* domains,
/// compared exactly, and fill in [`Tenant::domains`]: a tenant that does not list the domain is not
/// entered through it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenancy_core::{
///     Tenant,
///     answer::Answer,
///     store::{StoreError, TenantStore},
///     tenant::TenantKey,
/// };
///
/// struct Single(Arc<Tenant>);
///
/// impl TenantStore for Single {
///     fn find<'a>(
///         &'a self,
///         key: &'a TenantKey,
///     ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
///         Answer::Now(Ok(self.0.is_named_by(key).then(|| Arc::clone(&self.0))))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tenant store",
    note = "use `InMemoryTenantStore`, or implement `tenancy_core::store::TenantStore`"
)]
pub trait TenantStore: Send + Sync + 'static {
    /// Finds the tenant that a key means, whatever its status.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store could not be asked.
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>>;
}

impl<S: TenantStore + ?Sized> TenantStore for Arc<S> {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        S::find(self, key)
    }
}

impl<S: TenantStore + ?Sized> TenantStore for Box<S> {
    fn find<'a>(
        &'a self,
        key: &'a TenantKey,
    ) -> Answer<'a, Result<Option<Arc<Tenant>>, StoreError>> {
        S::find(self, key)
    }
}
