//! Extractors: what the middleware resolved, as handler arguments.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use tenancy_core::{
    Principal, Tenant, TenantContext,
    adapter::{self, RejectionKind},
    context::Resolved,
};

use crate::rejection::Rejection;

/// The context of the request: its tenant, who acts, and how the tenant was named.
///
/// # Examples
///
/// ```
/// use tenancy_actix::Context;
///
/// async fn whoami(Context(context): Context) -> String {
///     format!("{} by {}", context.tenant().name(), context.source().as_str())
/// }
/// ```
///
/// # Errors
///
/// Rejects with `500` when the route has no [`TenancyMiddleware`](crate::TenancyMiddleware), and
/// with `400` when that is optional and the request names no tenant.
#[derive(Clone, Debug)]
pub struct Context(pub TenantContext);

/// The tenant of the request.
///
/// # Examples
///
/// ```
/// use tenancy_actix::CurrentTenant;
///
/// async fn title(CurrentTenant(tenant): CurrentTenant) -> String {
///     tenant.name().to_owned()
/// }
/// ```
///
/// # Errors
///
/// As [`Context`].
#[derive(Clone, Debug)]
pub struct CurrentTenant(pub Arc<Tenant>);

/// The authenticated principal of the request.
///
/// # Examples
///
/// ```
/// use tenancy_actix::CurrentPrincipal;
///
/// async fn me(CurrentPrincipal(principal): CurrentPrincipal) -> String {
///     principal.subject().to_owned()
/// }
/// ```
///
/// # Errors
///
/// As [`Context`], and with `401` when the middleware is public and the request carries no token.
#[derive(Clone, Debug)]
pub struct CurrentPrincipal(pub Principal);

/// The context if the request names a tenant, for routes under optional middleware.
///
/// `None` means that the middleware looked and found nothing. It never stands for missing
/// middleware.
///
/// # Examples
///
/// ```
/// use tenancy_actix::OptionalTenant;
///
/// async fn landing(OptionalTenant(context): OptionalTenant) -> String {
///     match context {
///         Some(context) => format!("Welcome to {}", context.tenant().name()),
///         None => "Choose your organisation".to_owned(),
///     }
/// }
/// ```
///
/// # Errors
///
/// Rejects with `500` when the route has no [`TenancyMiddleware`](crate::TenancyMiddleware).
#[derive(Clone, Debug)]
pub struct OptionalTenant(pub Option<TenantContext>);

/// Takes what `find` finds in the request's extensions.
pub(crate) fn extract<T>(
    request: &HttpRequest,
    find: impl FnOnce(Option<&Resolved>) -> Result<T, RejectionKind>,
) -> Ready<Result<T, Rejection>> {
    ready(find(request.extensions().get()).map_err(Rejection::from))
}

impl FromRequest for OptionalTenant {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, |resolved| {
            Ok(Self(adapter::optional_context(resolved)?.cloned()))
        })
    }
}

impl FromRequest for Context {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, |resolved| {
            Ok(Self(adapter::context(resolved)?.clone()))
        })
    }
}

impl FromRequest for CurrentTenant {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, |resolved| {
            let context = adapter::context(resolved)?;
            Ok(Self(Arc::clone(context.tenant_arc())))
        })
    }
}

impl FromRequest for CurrentPrincipal {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, |resolved| {
            Ok(Self(adapter::principal(resolved)?.clone()))
        })
    }
}
