use crate::id::TenantId;

/// A value that belongs to one tenant, such as a row.
///
/// # Examples
///
/// ```
/// use tenancy_core::{TenantId, access::TenantOwned};
///
/// struct Note { tenant: TenantId }
///
/// impl TenantOwned for Note {
///     fn tenant_id(&self) -> TenantId {
///         self.tenant.clone()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tenant it belongs to",
    note = "implement `tenancy_core::access::TenantOwned` for it and return the id of its tenant"
)]
pub trait TenantOwned {
    /// The tenant that the value belongs to.
    fn tenant_id(&self) -> TenantId;
}
