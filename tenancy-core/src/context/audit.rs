//! What is recorded about the work in a tenant.

use super::TenantContext;
use crate::audit::{AuditDraft, AuditEvent, AuditKind, Trail};

impl TenantContext {
    /// Begins an audit event about something that the application does in this tenant.
    ///
    /// Names of actions are the application's own, such as `note.share`; those that begin with
    /// `tenancy.` are the library's.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// use tenancy_core::audit::AuditOutcome;
    ///
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// context.audit("note.share").resource("note", 7).record()?;
    /// context
    ///     .audit("note.share")
    ///     .resource("note", 8)
    ///     .outcome(AuditOutcome::Denied)
    ///     .reason("the note is private")
    ///     .record()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn audit(&self, action: &str) -> AuditDraft<'_> {
        let event = self.event(AuditKind::Action).doing(action);
        AuditDraft::new(event, &self.trail)
    }

    pub(crate) fn trail(&self) -> &Trail {
        &self.trail
    }

    /// An event in this tenant, by whoever is here.
    pub(crate) fn event(&self, kind: AuditKind) -> AuditEvent {
        AuditEvent::new(kind, self.source)
            .in_tenant(self.tenant_id())
            .by(self.principal(), self.impersonator())
            .in_request(self.trail.request_id())
    }
}
