use std::{fmt, marker::PhantomData};

use axum_core::extract::FromRequestParts;
use http::request::Parts;
use tenancy_core::{TenantContext, access::Required, adapter};

use crate::rejection::Rejection;

/// The context of a request with a principal who meets a requirement.
///
/// `R` names it: [`TenantMember`](tenancy_core::access::TenantMember),
/// [`TenantAdmin`](tenancy_core::access::TenantAdmin), or a type of your own that is [`Required`].
/// A value of this type comes only out of the extractor, so a function that takes one cannot be
/// called for any other principal.
///
/// # Examples
///
/// ```
/// use tenancy_axum::Require;
/// use tenancy_core::access::{Permission, Required, Requirement, TenantAdmin};
///
/// async fn settings(admin: Require<TenantAdmin>) -> String {
///     format!("settings of {}", admin.context().tenant().name())
/// }
///
/// const PURGE: Permission = Permission::from_static("notes.purge");
///
/// enum PurgeNotes {}
///
/// impl Required for PurgeNotes {
///     fn requirement() -> Requirement {
///         PURGE.into()
///     }
/// }
///
/// async fn purge(_: Require<PurgeNotes>) -> &'static str {
///     "gone"
/// }
/// ```
///
/// # Errors
///
/// As [`require`](super::require): rejects with `403` or `401` who does not meet the requirement,
/// and with `500` where there is no [`TenancyLayer`](crate::TenancyLayer).
pub struct Require<R> {
    context: TenantContext,
    requirement: PhantomData<fn() -> R>,
}

impl<R> Require<R> {
    /// The context of the request.
    #[must_use]
    pub fn context(&self) -> &TenantContext {
        &self.context
    }

    /// The context of the request, to be kept.
    #[must_use]
    pub fn into_context(self) -> TenantContext {
        self.context
    }
}

impl<S: Sync, R: Required> FromRequestParts<S> for Require<R> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let resolved = parts.extensions.get();
        let context = adapter::require(&R::requirement(), resolved, parts)?.clone();
        Ok(Self {
            context,
            requirement: PhantomData,
        })
    }
}

impl<R> Clone for Require<R> {
    fn clone(&self) -> Self {
        Self {
            context: self.context.clone(),
            requirement: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Require<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Require").field(&self.context).finish()
    }
}
