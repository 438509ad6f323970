use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

use super::misconfigured;
use crate::{
    context::{Resolved, TenantContext},
    error::ResolveError,
    problem::Problem,
    request::RequestView,
    resolve::Mode,
    tenancy::Tenancy,
};

/// Decides whether a request goes on, and with which context.
///
/// `outer` is what a layer further out left in the request's extensions, where there is one.
/// Whatever it said can be repeated or made stricter, but not changed: a request has one tenant.
/// The extension tells what it said, and so does the scope, which middleware in between cannot
/// remove.
///
/// # Errors
///
/// The answer to the client, when the tenant cannot be established, the request is framed in two
/// ways, or nested layers disagree. A mistake of the service is logged.
pub async fn resolve(
    tenancy: &Tenancy,
    request: &dyn RequestView,
    mode: Mode,
    outer: Option<&Resolved>,
) -> Result<Resolved, Problem> {
    check_framing(request).map_err(|error| error.problem())?;
    let context = tenancy.resolve(request, mode).await;
    let context = context.map_err(|error| error.problem())?;
    let changes_tenant = |outer: &TenantContext| {
        let inner = context.as_ref();
        !inner.is_some_and(|inner| inner.owns(outer.tenant_id()))
    };
    if outer
        .and_then(Resolved::context)
        .is_some_and(changes_tenant)
        || TenantContext::current().is_ok_and(|running| changes_tenant(&running))
    {
        tracing::error!(
            target: "tenancy",
            "a tenancy layer resolved another tenant than the one that its request runs in; \
             give nested layers the same sources, and call other tenants' services from a task \
             of their own"
        );
        return Err(misconfigured());
    }
    Ok(Resolved::new(context))
}

/// Refuses a request that two parties may see end in different places
/// ([RFC 9112 section 6.1](https://www.rfc-editor.org/rfc/rfc9112#section-6.1)), if the server lets
/// one through.
fn check_framing(request: &dyn RequestView) -> Result<(), ResolveError> {
    if request.has_header(&TRANSFER_ENCODING) && request.has_header(&CONTENT_LENGTH) {
        return Err(ResolveError::malformed(
            "the request has both `transfer-encoding` and `content-length`",
        ));
    }
    Ok(())
}
