//! Whether the principal of a context meets a requirement.

use super::TenantContext;
use crate::{
    access::{AccessError, AccessErrorKind, Need, Node, Requirement},
    audit::{AuditKind, RequestId},
    request::RequestView,
};

impl Requirement {
    /// Whether the principal of a context meets the requirement.
    ///
    /// # Errors
    ///
    /// [`AccessError`]: there is no principal, a role or permission is missing, or a permission is
    /// required where the tenancy knows none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenancy_core::{Role, Slug, Tenant, TenantContext, TenantId, access::Requirement};
    ///
    /// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let job = TenantContext::assume(acme, "nightly report")?;
    /// assert!(Requirement::role(Role::TenantAdmin).check(&job).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, context: &TenantContext) -> Result<(), AccessError> {
        self.0.check(context)
    }

    /// As [`check`](Self::check), and records a principal who is turned away: as an audit event of
    /// the kind [`Refused`](crate::audit::AuditKind::Refused), with the name of the
    /// [`AccessErrorKind`] as its reason. Requests without a principal leave none, as with a
    /// missing token.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn enforce(
        &self,
        context: &TenantContext,
        request: &dyn RequestView,
    ) -> Result<(), AccessError> {
        let outcome = self.check(context);
        if let Err(error) = &outcome
            && matches!(
                error.kind(),
                AccessErrorKind::RoleMissing | AccessErrorKind::PermissionMissing
            )
        {
            tracing::debug!(target: "tenancy", requirement = %self, "requirement not met");
            let event = context
                .event(AuditKind::Refused)
                .because(error.kind().as_str())
                .in_request(RequestId::of(request).as_ref());
            // It is refused in any case, and the sink logs what it could not take.
            let _ = context.trail().record(&event);
        }
        outcome
    }
}

impl Node {
    fn check(&self, context: &TenantContext) -> Result<(), AccessError> {
        match self {
            Self::Need(need) => need.check(context),
            Self::Both(nodes) => nodes.iter().try_for_each(|node| node.check(context)),
            Self::Either(nodes) => {
                let [first, second] = &**nodes;
                let Err(refusal) = first.check(context) else {
                    return Ok(());
                };
                second.check(context).map_err(|other| {
                    // A mistake in the set-up shows, whatever else is missing.
                    match refusal.kind() {
                        AccessErrorKind::PermissionsUnknown => refusal,
                        _ => other,
                    }
                })
            }
        }
    }
}

impl Need {
    fn check(&self, context: &TenantContext) -> Result<(), AccessError> {
        match self {
            Self::Membership => context.ensure_member(),
            Self::Role(role) => context.ensure_role(role),
            Self::Permission(permission) => context.ensure_permission(permission),
        }
    }
}
