//! What the layer left for handlers and guards.

use http::Extensions;
use tenancy_core::{TenantContext, context::Resolved};

use crate::rejection::{Rejection, RejectionKind};

/// The context of the request, where it names a tenant.
pub(crate) fn find(extensions: &Extensions) -> Result<Option<&TenantContext>, Rejection> {
    let resolved: &Resolved = extensions
        .get()
        .ok_or_else(|| Rejection::new(RejectionKind::MissingLayer))?;
    let context = resolved.context();
    // Extensions can be written by any middleware in between; the scope cannot.
    if let Ok(running) = TenantContext::current()
        && !context.is_some_and(|context| context.owns(running.tenant_id()))
    {
        return Err(Rejection::new(RejectionKind::ContextReplaced));
    }
    Ok(context)
}

/// The context of the request, which has to name a tenant.
pub(crate) fn expect(extensions: &Extensions) -> Result<&TenantContext, Rejection> {
    find(extensions)?.ok_or_else(|| Rejection::new(RejectionKind::TenantRequired))
}
