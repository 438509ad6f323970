//! Who belongs to which tenant.
//!
//! Memberships come from the verified token, or from a [`MembershipStore`] where
//! [`TenancyBuilder::memberships`](crate::TenancyBuilder::memberships) sets one.
//! [`InMemoryMembershipStore`] is one for tests.
//!
//! Begin with [`MembershipStore`].
//!
//! # Examples
//!
//! ```
//! use tenancy_core::{
//!     Principal, Role, Slug, Tenant, TenantId,
//!     membership::{InMemoryMembershipStore, MembershipStore},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
//! let ann = Principal::new("ann").issued_by("https://id.example.com");
//! let memberships = InMemoryMembershipStore::new();
//! memberships.grant(&ann, acme.id(), [Role::Member]);
//! assert_eq!(memberships.roles(&ann, &acme).await?, Some(vec![Role::Member]));
//! # Ok(()) }
//! ```

mod memory;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::{
    answer::Answer,
    error::StoreError,
    principal::{Principal, Role},
    tenant::Tenant,
};

pub use self::memory::InMemoryMembershipStore;
pub use crate::principal::RoleName;

/// A place that knows who belongs to which tenant.
///
/// It is asked on every request of a principal who names an active tenant, so that whoever is
/// removed is out with the next request, whatever the token says. "Does not belong" is `Ok(None)`;
/// "could not ask" is an error that ends the request.
///
/// Principals are told apart by [issuer](Principal::issuer) *and* [subject](Principal::subject):
/// two issuers may use one subject for different people.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Principal, Role, Tenant, answer::Answer, membership::MembershipStore, store::StoreError,
/// };
///
/// /// Every principal is a member of the demonstration.
/// struct Demonstration;
///
/// impl MembershipStore for Demonstration {
///     fn roles<'a>(
///         &'a self,
///         _: &'a Principal,
///         tenant: &'a Tenant,
///     ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
///         let is_open = tenant.slug().as_str() == "demonstration";
///         Answer::Now(Ok(is_open.then(|| vec![Role::Member])))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a membership store",
    note = "use `InMemoryMembershipStore`, or implement `tenancy_core::membership::MembershipStore`"
)]
pub trait MembershipStore: Send + Sync + 'static {
    /// The roles of a principal in a tenant; `None` when it does not belong to it.
    ///
    /// [`Role::PlatformAdmin`] among them does not count: it is never a tenant's to give.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store could not be asked.
    fn roles<'a>(
        &'a self,
        principal: &'a Principal,
        tenant: &'a Tenant,
    ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>>;
}

impl<S: MembershipStore + ?Sized> MembershipStore for Arc<S> {
    fn roles<'a>(
        &'a self,
        principal: &'a Principal,
        tenant: &'a Tenant,
    ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
        S::roles(self, principal, tenant)
    }
}

impl<S: MembershipStore + ?Sized> MembershipStore for Box<S> {
    fn roles<'a>(
        &'a self,
        principal: &'a Principal,
        tenant: &'a Tenant,
    ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
        S::roles(self, principal, tenant)
    }
}
