use std::{fmt, future::Ready, marker::PhantomData};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use tenancy_core::{TenantContext, access::Required, adapter};

use crate::{extract::extract, rejection::Rejection, request::HeadView};

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
/// use tenancy_actix::Require;
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
/// and with `500` where there is no [`TenancyMiddleware`](crate::TenancyMiddleware).
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

impl<R: Required> FromRequest for Require<R> {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        extract(request, |resolved| {
            let view = HeadView(request.head());
            let context = adapter::require(&R::requirement(), resolved, &view)?.clone();
            Ok(Self {
                context,
                requirement: PhantomData,
            })
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
