//! Extractors: what the layer resolved, as handler arguments.

use std::sync::Arc;

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use tenancy_core::{Principal, Tenant, TenantContext, adapter};

use crate::rejection::Rejection;

/// The context of the request: its tenant, who acts, and how the tenant was named.
///
/// # Examples
///
/// ```
/// use tenancy_axum::Context;
///
/// async fn whoami(Context(context): Context) -> String {
///     format!("{} by {}", context.tenant().name(), context.source().as_str())
/// }
/// ```
///
/// # Errors
///
/// Rejects with `500` when the route has no [`TenancyLayer`](crate::TenancyLayer), and with `400`
/// when the layer is optional and the request names no tenant.
#[derive(Clone, Debug)]
pub struct Context(pub TenantContext);

/// The tenant of the request.
///
/// # Examples
///
/// ```
/// use tenancy_axum::CurrentTenant;
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
/// use tenancy_axum::CurrentPrincipal;
///
/// async fn me(CurrentPrincipal(principal): CurrentPrincipal) -> String {
///     principal.subject().to_owned()
/// }
/// ```
///
/// # Errors
///
/// As [`Context`], and with `401` when the layer is public and the request carries no token.
#[derive(Clone, Debug)]
pub struct CurrentPrincipal(pub Principal);

/// The context if the request names a tenant, for routes under an optional layer.
///
/// `None` means that the layer looked and found nothing. It never stands for a missing layer.
///
/// # Examples
///
/// ```
/// use tenancy_axum::OptionalTenant;
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
/// Rejects with `500` when the route has no [`TenancyLayer`](crate::TenancyLayer).
#[derive(Clone, Debug)]
pub struct OptionalTenant(pub Option<TenantContext>);

impl<S: Sync> FromRequestParts<S> for OptionalTenant {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(
            adapter::optional_context(parts.extensions.get())?.cloned(),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(adapter::context(parts.extensions.get())?.clone()))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentTenant {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let context = adapter::context(parts.extensions.get())?;
        Ok(Self(Arc::clone(context.tenant_arc())))
    }
}

impl<S: Sync> FromRequestParts<S> for CurrentPrincipal {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(adapter::principal(parts.extensions.get())?.clone()))
    }
}
