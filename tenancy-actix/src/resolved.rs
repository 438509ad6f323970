//! What the middleware left for handlers and guards.

use actix_web::{HttpMessage, HttpRequest};
use tenancy_core::{TenantContext, context::Resolved};

use crate::error::{Rejection, RejectionKind};

/// The context of the request, where it names a tenant.
pub(crate) fn find(request: &HttpRequest) -> Result<Option<TenantContext>, Rejection> {
    let extensions = request.extensions();
    let resolved: &Resolved = extensions
        .get()
        .ok_or_else(|| Rejection::new(RejectionKind::MissingMiddleware))?;
    let context = resolved.context();
    // Extensions can be written by any middleware in between; the scope cannot.
    if let Ok(running) = TenantContext::current()
        && !context.is_some_and(|context| context.owns(running.tenant_id()))
    {
        return Err(Rejection::new(RejectionKind::ContextReplaced));
    }
    Ok(context.cloned())
}

/// The context of the request, which has to name a tenant.
pub(crate) fn expect(request: &HttpRequest) -> Result<TenantContext, Rejection> {
    find(request)?.ok_or_else(|| Rejection::new(RejectionKind::TenantRequired))
}
