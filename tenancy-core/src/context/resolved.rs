use super::TenantContext;

/// That a request went through a tenancy layer, and what came of it.
///
/// An adapter stores it in the request's extensions. Its absence means that the layer is missing;
/// a `Resolved` without a context means that the route is optional and the request named no tenant.
///
/// # Examples
///
/// ```
/// use tenancy_core::context::Resolved;
///
/// assert!(Resolved::new(None).context().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Resolved(Option<TenantContext>);

impl Resolved {
    /// Keeps what [`Tenancy::resolve`](crate::Tenancy::resolve) returned.
    #[must_use]
    pub fn new(context: Option<TenantContext>) -> Self {
        Self(context)
    }

    /// The context, where a tenant was named.
    #[must_use]
    pub fn context(&self) -> Option<&TenantContext> {
        self.0.as_ref()
    }

    /// The context itself, where a tenant was named.
    #[must_use]
    pub fn into_context(self) -> Option<TenantContext> {
        self.0
    }
}
