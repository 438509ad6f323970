//! Rights beyond one tenant or one user: explicit, audited, and for a while.
//!
//! An [`Elevation`] reaches several tenants at once. A platform administrator
//! [requests](Elevation::request) one, and the service itself makes them with its
//! [`PlatformCapability`]. An [`ImpersonationPolicy`] says which administrators may act as a user.
//!
//! Begin with [`Elevation::request`].
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//!
//! use tenancy_core::{
//!     audit::AuditChannel,
//!     elevation::{ElevationScope, PlatformCapability},
//! };
//!
//! // In `main`, before anything else runs: there is one in each process.
//! let (sink, _events) = AuditChannel::new(1024);
//! let capability = PlatformCapability::take(sink).ok_or("it was taken before")?;
//!
//! let lifetime = Duration::from_secs(600);
//! let elevation = capability.elevate("monthly usage report", ElevationScope::All, lifetime)?;
//! assert!(elevation.ensure_current().is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod capability;
mod impersonation;
mod scope;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use smol_str::SmolStr;
use tracing::Span;
use uuid::Uuid;

pub use self::{
    capability::PlatformCapability, impersonation::ImpersonationPolicy, scope::ElevationScope,
};
pub use crate::error::{AuthorityError, AuthorityErrorKind};
use crate::{
    audit::{AuditDraft, AuditEvent, AuditKind, AuditOutcome, DurableAuditSink, Trail},
    context::TenantContext,
    id::TenantId,
    principal::Principal,
    source::Source,
    validity::Validity,
};

/// The right to reach several tenants at once, for a reason and for a while.
///
/// [`Elevation::request`] gives one to a platform administrator, and a [`PlatformCapability`] to
/// the service itself. Having one is the proof that audit events about it were recorded before: one
/// for each chosen tenant, so that it stands in the trail of each, or one for the whole platform.
///
/// It cannot be cloned, stored or sent, so it goes into no job and to no other service; and whoever
/// uses it asks [`ensure_current`](Self::ensure_current) first, each time.
///
/// ```compile_fail,E0277
/// fn cloned<T: Clone>() {}
/// cloned::<tenancy_core::elevation::Elevation>();
/// ```
///
/// ```compile_fail,E0277
/// fn job<T: serde::Serialize>() {}
/// job::<tenancy_core::elevation::Elevation>();
/// ```
///
/// ```compile_fail,E0277
/// fn job<T: serde::de::DeserializeOwned>() {}
/// job::<tenancy_core::elevation::Elevation>();
/// ```
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     TenantContext, TenantId,
///     elevation::{AuthorityError, Elevation, ElevationScope},
/// };
///
/// /// For a handler of the platform's own pages.
/// fn compare(context: &TenantContext, one: TenantId, other: TenantId) -> Result<Elevation, AuthorityError> {
///     let scope = ElevationScope::tenants([one, other]);
///     Elevation::request(context, "ticket 4711: moved invoices", scope, Duration::from_secs(300))
/// }
///
/// # use std::sync::Arc;
/// # use tenancy_core::{Slug, Tenant, elevation::AuthorityErrorKind};
/// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// // A job is no administrator.
/// let job = TenantContext::assume(acme, "nightly report")?;
/// let refused = compare(&job, TenantId::integer(1)?, TenantId::integer(2)?);
/// assert_eq!(refused.map_err(|error| error.kind()).err(), Some(AuthorityErrorKind::NotAllowed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "an elevation that is not used was audited for nothing"]
pub struct Elevation {
    id: Uuid,
    context: Option<TenantContext>,
    reason: SmolStr,
    scope: ElevationScope,
    validity: Validity,
    trail: Trail,
}

impl Elevation {
    /// Gives the platform administrator of `context` the right to reach `scope` for `lifetime`,
    /// which is at most 8 hours.
    ///
    /// The events go to the `tracing` target `tenancy::audit` and to the
    /// [sink](crate::TenancyBuilder::audit) of the tenancy. A request of a principal who is no
    /// platform administrator is recorded, too.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] when the principal of the context is not a verified platform
    /// administrator, or was vouched for by another service for one tenant alone; when the reason
    /// is blank, the scope empty or the lifetime out of bounds; and when the sink did not take an
    /// event.
    pub fn request(
        context: &TenantContext,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
    ) -> Result<Self, AuthorityError> {
        Self::asked(context, reason, scope, lifetime)?.recorded()
    }

    /// The same, once the events are kept in `sink`, which stands in for the sink of the tenancy
    /// here.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub async fn request_durably(
        context: &TenantContext,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
        sink: &dyn DurableAuditSink,
    ) -> Result<Self, AuthorityError> {
        let elevation = Self::asked(context, reason, scope, lifetime)?;
        elevation.kept_in(sink).await
    }

    fn asked(
        context: &TenantContext,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
    ) -> Result<Self, AuthorityError> {
        if !context.principal().is_some_and(Principal::may_cross) {
            let event = context.event(AuditKind::CrossTenant).because(reason);
            // It is refused in any case, and the sink logs what it could not take.
            let _ = context.trail().record(&event.ending(AuditOutcome::Denied));
            return Err(AuthorityError::new(AuthorityErrorKind::NotAllowed));
        }
        Self::draft(Some(context), context.trail(), reason, scope, lifetime)
    }

    /// An elevation that is not audited yet, and so must not leave this module.
    fn draft(
        context: Option<&TenantContext>,
        trail: &Trail,
        reason: &str,
        scope: ElevationScope,
        lifetime: Duration,
    ) -> Result<Self, AuthorityError> {
        if reason.trim().is_empty() {
            return Err(AuthorityError::new(AuthorityErrorKind::EmptyReason));
        }
        Ok(Self {
            // In the order of time, as an operator reads them.
            id: Uuid::now_v7(),
            context: context.cloned(),
            reason: SmolStr::new(reason),
            scope: scope
                .checked()
                .ok_or(AuthorityError::new(AuthorityErrorKind::Scope))?,
            validity: Validity::of(lifetime)
                .ok_or(AuthorityError::new(AuthorityErrorKind::Lifetime))?,
            trail: trail.clone(),
        })
    }

    fn recorded(self) -> Result<Self, AuthorityError> {
        let events = self.events();
        for (index, event) in events.iter().enumerate() {
            if let Err(error) = self.trail.record(event) {
                // Those so far said that it was made.
                for event in &events[..=index] {
                    let event = event.clone().ending(AuditOutcome::Failure);
                    let _ = self.trail.record(&event);
                }
                return Err(error.into());
            }
        }
        Ok(self)
    }

    async fn kept_in(self, sink: &dyn DurableAuditSink) -> Result<Self, AuthorityError> {
        let events = self.events();
        events.iter().for_each(AuditEvent::trace);
        sink.append(&events).await?;
        Ok(self)
    }

    /// One for each chosen tenant, or one for the platform.
    fn events(&self) -> Vec<AuditEvent> {
        let event = self
            .event(AuditKind::CrossTenant)
            .because(&self.reason)
            .until(self.expires());
        match &self.scope {
            ElevationScope::Tenants(ids) => {
                ids.iter().map(|id| event.clone().in_tenant(id)).collect()
            }
            ElevationScope::All => vec![event],
        }
    }

    fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::new(kind, Source::Elevation)
            .under(self.id)
            .by(self.principal(), None)
            .in_request(self.trail.request_id())
    }

    /// What the audit events of this elevation have in common.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The context of the administrator who asked; `None` for the service itself.
    #[must_use]
    pub fn context(&self) -> Option<&TenantContext> {
        self.context.as_ref()
    }

    /// The administrator who asked; `None` for the service itself.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.context.as_ref()?.principal()
    }

    /// The [subject](Principal::subject) of the administrator who asked.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.principal().map(Principal::subject)
    }

    /// Why it was made.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Which tenants it reaches, each of them once.
    #[must_use]
    pub fn scope(&self) -> &ElevationScope {
        &self.scope
    }

    /// When it ends, by the clock of this machine. What counts is
    /// [`ensure_current`](Self::ensure_current), which also measures the time that has passed, so
    /// that setting the clock back does not help.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.validity.until()
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.validity.is_over()
    }

    /// Checks that its time is not over: before each use, and not once.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] of the kind [`Expired`](AuthorityErrorKind::Expired).
    pub fn ensure_current(&self) -> Result<(), AuthorityError> {
        if self.is_expired() {
            Err(AuthorityError::new(AuthorityErrorKind::Expired))
        } else {
            Ok(())
        }
    }

    /// Begins an audit event about something that is done with it, in no tenant in particular.
    pub fn audit(&self, action: &str) -> AuditDraft<'_> {
        let event = self.event(AuditKind::Action).doing(action);
        AuditDraft::new(event, &self.trail)
    }

    /// Begins an audit event about something that is done with it in one tenant.
    pub fn audit_in(&self, tenant: &TenantId, action: &str) -> AuditDraft<'_> {
        self.audit(action).in_tenant(tenant)
    }

    /// A tracing span, at level `INFO` and target `tenancy`, with the fields `elevation` (the id),
    /// `scope`, `reason` and, where an administrator asked, `subject`.
    #[must_use = "a span does nothing until it is entered"]
    pub fn span(&self) -> Span {
        tracing::info_span!(
            target: "tenancy",
            "elevation",
            elevation = %self.id,
            scope = %self.scope,
            reason = self.reason(),
            subject = self.subject(),
        )
    }
}
