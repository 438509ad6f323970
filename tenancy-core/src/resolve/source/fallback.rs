/// The platform tenant, for [`TenancyBuilder::fallback`](crate::TenancyBuilder::fallback).
///
/// Requests in which no source names a tenant are taken as requests to the tenant of kind
/// [`TenantKind::Platform`](crate::tenant::TenantKind::Platform). Who may enter it is decided as
/// for any other tenant.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Mode, Tenancy,
///     resolve::{Platform, SubdomainResolver},
///     store::InMemoryTenantStore,
/// };
///
/// let tenancy = Tenancy::builder()
///     .resolver(SubdomainResolver::of("example.com"))
///     .fallback(Platform)
///     .mode(Mode::Public)
///     .store(InMemoryTenantStore::new())
///     .build()?;
/// # Ok::<(), tenancy_core::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform;
