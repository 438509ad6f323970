//! What may be done with a value that belongs to a tenant or a user.

use super::TenantContext;
use crate::{
    access::{AccessError, AccessErrorKind, Action, ActorKind, Asker, Resource, decide},
    audit::AuditKind,
    principal::{Principal, Role},
    source::Source,
};

impl TenantContext {
    /// What the principal is to the rows of other users in this tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenancy_core::{Slug, Tenant, TenantContext, TenantId, access::ActorKind};
    ///
    /// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let job = TenantContext::assume(acme, "nightly report")?;
    /// assert_eq!(job.actor_kind(), ActorKind::Service);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn actor_kind(&self) -> ActorKind {
        let is_administrator = |role| matches!(role, &Role::TenantAdmin | &Role::PlatformAdmin);
        match self.principal {
            Some(_) if self.roles().iter().any(is_administrator) => ActorKind::Administrator,
            Some(_) => ActorKind::Member,
            None if self.source == Source::Assumed => ActorKind::Service,
            None => ActorKind::Guest,
        }
    }

    /// Whether something may be done with a resource.
    ///
    /// It is decided by this context and by what the resource says of itself, and nothing is
    /// recorded; [`ensure`](Self::ensure) also leaves an audit event. The table of who may do what
    /// is in [designing policies](crate::manual::designing_policies#the-matrix). Nothing is
    /// allocated.
    ///
    /// # Errors
    ///
    /// [`AccessError`] of one of these kinds:
    ///
    /// - [`NotVisible`](AccessErrorKind::NotVisible): answer as if it did not exist;
    /// - [`NotOwner`](AccessErrorKind::NotOwner), [`Locked`](AccessErrorKind::Locked) and
    ///   [`NotDeleted`](AccessErrorKind::NotDeleted): it may be seen, and this may not be done;
    /// - [`GrantsUnknown`](AccessErrorKind::GrantsUnknown): load with whom it is shared;
    /// - [`Expired`](AccessErrorKind::Expired): the time of an impersonation is over.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenancy_core::{
    ///     Action, Slug, Tenant, TenantContext, TenantId,
    ///     access::{AccessErrorKind, Resource, ResourceFacts},
    /// };
    ///
    /// struct Note { tenant: TenantId, is_archived: bool }
    ///
    /// impl Resource for Note {
    ///     fn resource_kind(&self) -> &str {
    ///         "note"
    ///     }
    ///
    ///     fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
    ///         ResourceFacts::of_tenant(&self.tenant).locked(self.is_archived)
    ///     }
    /// }
    ///
    /// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let note = Note { tenant: TenantId::integer(1)?, is_archived: true };
    /// assert!(context.authorize(Action::View, &note).is_ok());
    /// let refusal = context.authorize(Action::Edit, &note).unwrap_err();
    /// assert_eq!(refusal.kind(), AccessErrorKind::Locked);
    /// let foreign = Note { tenant: TenantId::integer(2)?, is_archived: false };
    /// let refusal = context.authorize(Action::View, &foreign).unwrap_err();
    /// assert_eq!(refusal.problem().status(), 404);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authorize(
        &self,
        action: Action,
        resource: &(impl Resource + ?Sized),
    ) -> Result<(), AccessError> {
        if self.is_expired() {
            return Err(AccessError::new(AccessErrorKind::Expired));
        }
        let asker = Asker {
            tenant: self.tenant_id(),
            actor_kind: self.actor_kind(),
            subject: self.principal().map(Principal::subject),
        };
        decide(asker, action, &resource.facts(asker.tenant)).map_err(AccessError::new)
    }

    /// As [`authorize`](Self::authorize), and records a refusal: as an audit event of the kind
    /// [`Refused`](AuditKind::Refused). Its action is `tenancy.` and the name of the [`Action`],
    /// its resource is what the [`Resource`] is called, and its reason is the name of the
    /// [`AccessErrorKind`].
    ///
    /// Guests leave none, as with a missing token, and neither do grants that were not loaded,
    /// which are a mistake of the service.
    ///
    /// # Errors
    ///
    /// As [`authorize`](Self::authorize).
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     AccessError, Action, TenantContext, TenantId,
    ///     access::{Resource, ResourceFacts},
    /// };
    ///
    /// struct Note { tenant: i64, author: String, title: String }
    ///
    /// impl Resource for Note {
    ///     fn resource_kind(&self) -> &str {
    ///         "note"
    ///     }
    ///
    ///     fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
    ///         ResourceFacts::of_tenant(self.tenant).owned_by(&self.author)
    ///     }
    /// }
    ///
    /// fn rename(context: &TenantContext, note: &mut Note) -> Result<(), AccessError> {
    ///     context.ensure(Action::Edit, note)?;
    ///     note.title.push_str(" (new)");
    ///     Ok(())
    /// }
    /// ```
    pub fn ensure(
        &self,
        action: Action,
        resource: &(impl Resource + ?Sized),
    ) -> Result<(), AccessError> {
        let outcome = self.authorize(action, resource);
        if let Err(error) = outcome
            && error.kind() != AccessErrorKind::GrantsUnknown
            && self.actor_kind() != ActorKind::Guest
        {
            let event = self
                .event(AuditKind::Refused)
                .doing(action.audited_as())
                .on(resource.resource_kind(), resource.resource_id())
                .because(error.kind().as_str());
            // It is refused in any case, and the sink logs what it could not take.
            let _ = self.trail().record(&event);
        }
        outcome
    }
}
