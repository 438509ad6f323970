//! Events at their `tracing` target.

use super::{AuditEvent, AuditKind, AuditOutcome, RequestId};

const TARGET: &str = "tenancy::audit";

impl AuditEvent {
    /// Writes the event at its target: what went well at `INFO`, all else at `WARN`.
    pub(crate) fn trace(&self) {
        macro_rules! write_at {
            ($level:ident, $message:literal) => {
                tracing::event!(
                    target: TARGET,
                    tracing::Level::$level,
                    kind = self.kind().as_str(),
                    action = self.action(),
                    outcome = self.outcome().as_str(),
                    tenant = self.tenant().map(tracing::field::display),
                    source = self.source().as_str(),
                    subject = self.subject(),
                    impersonator = self.impersonator(),
                    resource_kind = self.resource_kind(),
                    resource = self.resource_id(),
                    elevation = self.elevation().map(tracing::field::display),
                    reason = self.reason(),
                    request_id = self.request_id().map(RequestId::as_str),
                    $message
                )
            };
        }
        let is_success = self.outcome() == AuditOutcome::Success;
        match self.kind() {
            AuditKind::Refused => write_at!(WARN, "tenant access refused"),
            AuditKind::Elevated => write_at!(INFO, "platform administrator entered a tenant"),
            AuditKind::Assumed => write_at!(INFO, "tenant assumed"),
            AuditKind::Development => {
                write_at!(INFO, "tenant entered without a token, in development mode");
            }
            AuditKind::CrossTenant if is_success => write_at!(INFO, "elevation made"),
            AuditKind::CrossTenant => write_at!(WARN, "elevation refused"),
            AuditKind::Impersonated if is_success => write_at!(INFO, "impersonation begun"),
            AuditKind::Impersonated => write_at!(WARN, "impersonation refused"),
            AuditKind::Action if is_success => write_at!(INFO, "action"),
            AuditKind::Action => write_at!(WARN, "action not done"),
        }
    }
}
