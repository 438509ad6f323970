//! Who really acts, where that is not the principal.

use std::{sync::Arc, time::SystemTime};

use super::{Admission, TenantContext};
use crate::{
    error::{AuthorityError, AuthorityErrorKind},
    principal::Principal,
    validity::Validity,
};

/// An administrator in the place of a user. All clones of a context share it, and its end.
#[derive(Debug)]
pub(crate) struct Acting {
    administrator: Arc<Principal>,
    validity: Validity,
}

impl Acting {
    pub(crate) fn new(administrator: Arc<Principal>, validity: Validity) -> Self {
        Self {
            administrator,
            validity,
        }
    }
}

impl TenantContext {
    /// This context with a user's rights in the place of the administrator's.
    pub(crate) fn acting(&self, user: Principal, acting: Acting) -> Self {
        Self {
            principal: Some(Arc::new(user)),
            admission: Admission::Member,
            acting: Some(Arc::new(acting)),
            ..self.clone()
        }
    }

    /// The administrator who acts as the [`principal`](Self::principal), if one does; an
    /// [`ImpersonationPolicy`](crate::elevation::ImpersonationPolicy) says who may.
    #[must_use]
    pub fn impersonator(&self) -> Option<&Principal> {
        self.acting.as_ref().map(|acting| &*acting.administrator)
    }

    /// Who really acts: the [`impersonator`](Self::impersonator) where there is one, or else the
    /// [`principal`](Self::principal). For logs and for what is sent to people; rights are the
    /// principal's.
    #[must_use]
    pub fn actor(&self) -> Option<&Principal> {
        self.impersonator().or(self.principal())
    }

    /// When the impersonation ends, by the clock of this machine; `None` without one.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.acting.as_ref().map(|acting| acting.validity.until())
    }

    /// Whether the time of an impersonation is over.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.acting
            .as_ref()
            .is_some_and(|acting| acting.validity.is_over())
    }

    /// Checks that the time of an impersonation is not over. Other contexts are always current.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] of the kind [`Expired`](AuthorityErrorKind::Expired).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// assert!(context.ensure_current().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ensure_current(&self) -> Result<(), AuthorityError> {
        if self.is_expired() {
            Err(AuthorityError::new(AuthorityErrorKind::Expired))
        } else {
            Ok(())
        }
    }
}
