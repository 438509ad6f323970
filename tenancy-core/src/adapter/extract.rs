//! What a layer left for the handlers and guards inside it.

use super::RejectionKind;
use crate::{
    access::Requirement,
    context::{Resolved, TenantContext},
    principal::Principal,
    request::RequestView,
};

/// The context of a request, where it names a tenant.
///
/// # Errors
///
/// No layer left a [`Resolved`], or it is not the one of the scope that is running.
pub fn optional_context(
    resolved: Option<&Resolved>,
) -> Result<Option<&TenantContext>, RejectionKind> {
    let context = resolved.ok_or(RejectionKind::MissingLayer)?.context();
    // Extensions can be written by any middleware in between; the scope cannot.
    if let Ok(running) = TenantContext::current()
        && !context.is_some_and(|context| context.owns(running.tenant_id()))
    {
        return Err(RejectionKind::ContextReplaced);
    }
    Ok(context)
}

/// The context of a request, which has to name a tenant.
///
/// # Errors
///
/// As [`optional_context`], and when the request names no tenant.
pub fn context(resolved: Option<&Resolved>) -> Result<&TenantContext, RejectionKind> {
    optional_context(resolved)?.ok_or(RejectionKind::TenantRequired)
}

/// The principal of a request, which has to have one.
///
/// # Errors
///
/// As [`context`], and when the request carries no token.
pub fn principal(resolved: Option<&Resolved>) -> Result<&Principal, RejectionKind> {
    context(resolved)?
        .principal()
        .ok_or(RejectionKind::Unauthenticated)
}

/// The context of a request with a principal who meets a requirement. A principal who is turned
/// away leaves an audit event.
///
/// # Errors
///
/// As [`context`], and when the principal does not meet the requirement.
pub fn require<'a>(
    requirement: &Requirement,
    resolved: Option<&'a Resolved>,
    request: &dyn RequestView,
) -> Result<&'a TenantContext, RejectionKind> {
    let context = context(resolved)?;
    requirement.enforce(context, request)?;
    Ok(context)
}
