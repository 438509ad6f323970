//! Acting as another user, under one's own name.

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use crate::{
    audit::{AuditEvent, AuditKind, AuditOutcome, DurableAuditSink},
    context::{Acting, TenantContext},
    error::{AuthorityError, AuthorityErrorKind},
    principal::{Membership, Principal, Role},
    tenant::TenantKey,
    validity::Validity,
};

/// Who may act as whom.
///
/// A platform administrator may act as a user of the tenant in which they are; tenant
/// administrators may, in their own tenant, where the policy [allows](Self::allow_tenant_admins)
/// it. A platform administrator is never acted as, and an impersonator cannot act as a third user.
///
/// The context that comes out has the user as its [principal](TenantContext::principal), with the
/// roles that the user has in this tenant and no others, and keeps the administrator as its
/// [impersonator](TenantContext::impersonator): in its span and in every audit event. It is good
/// for a while, after which it has no roles and [`ensure_current`](TenantContext::ensure_current)
/// fails. It is a context for this process: it is not forwarded to other services.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     Principal, TenantContext,
///     elevation::{AuthorityError, ImpersonationPolicy},
/// };
///
/// /// `user` is who the application's own records say it is.
/// fn act_as(context: &TenantContext, user: &Principal) -> Result<TenantContext, AuthorityError> {
///     let policy = ImpersonationPolicy::new().allow_tenant_admins();
///     policy.begin(context, user, "ticket 4711: cannot see own notes", Duration::from_secs(900))
/// }
///
/// # use std::sync::Arc;
/// # use tenancy_core::{Slug, Tenant, TenantId, elevation::AuthorityErrorKind};
/// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// // A job is no administrator.
/// let job = TenantContext::assume(acme, "nightly report")?;
/// let refused = act_as(&job, &Principal::new("ann"));
/// assert_eq!(refused.map_err(|error| error.kind()).err(), Some(AuthorityErrorKind::NotAllowed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a policy does nothing until somebody begins"]
pub struct ImpersonationPolicy {
    tenant_admins: bool,
    protected: Vec<Role>,
}

impl ImpersonationPolicy {
    /// Only platform administrators may act as users, and as every user of the tenant in which they
    /// are.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets tenant administrators act as users of their own tenant, with the user's roles. A user
    /// who has roles that the administrator lacks lends them: [protect](Self::protect) those that
    /// must not be lent.
    pub fn allow_tenant_admins(mut self) -> Self {
        self.tenant_admins = true;
        self
    }

    /// Refuses to act as a user who has this role.
    pub fn protect(mut self, role: Role) -> Self {
        self.protected.push(role);
        self
    }

    /// Begins to act as `user` in the tenant of `context`, for at most 8 hours.
    ///
    /// The application vouches for `user` and its memberships: read them from its own records, and
    /// not from the request. The event goes to the `tracing` target `tenancy::audit` and to the
    /// [sink](crate::TenancyBuilder::audit) of the tenancy. A request of a principal who may not is
    /// recorded, too.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] when the principal of the context is no administrator who may, or an
    /// impersonator already; when the user is a platform administrator, does not belong to the
    /// tenant, has a protected role, or is the administrator; when the reason is blank or the
    /// lifetime out of bounds; and when the sink did not take the event.
    pub fn begin(
        &self,
        context: &TenantContext,
        user: &Principal,
        reason: &str,
        lifetime: Duration,
    ) -> Result<TenantContext, AuthorityError> {
        let (acting, event) = self.asked(context, user, reason, lifetime)?;
        context.trail().record(&event)?;
        Ok(acting)
    }

    /// The same, once the event is kept in `sink`, which stands in for the sink of the tenancy
    /// here.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn begin_durably(
        &self,
        context: &TenantContext,
        user: &Principal,
        reason: &str,
        lifetime: Duration,
        sink: &dyn DurableAuditSink,
    ) -> Result<TenantContext, AuthorityError> {
        let (acting, event) = self.asked(context, user, reason, lifetime)?;
        event.trace();
        sink.append(std::slice::from_ref(&event)).await?;
        Ok(acting)
    }

    /// The context, and the event that has to be recorded before it is given out.
    fn asked(
        &self,
        context: &TenantContext,
        user: &Principal,
        reason: &str,
        lifetime: Duration,
    ) -> Result<(TenantContext, AuditEvent), AuthorityError> {
        let (administrator, roles) = self.judge(context, user).map_err(|kind| {
            let event = context.event(AuditKind::Impersonated).because(reason);
            let event = event.by(Some(user), context.actor());
            // It is refused in any case, and the sink logs what it could not take.
            let _ = context.trail().record(&event.ending(AuditOutcome::Denied));
            AuthorityError::new(kind)
        })?;
        if reason.trim().is_empty() {
            return Err(AuthorityError::new(AuthorityErrorKind::EmptyReason));
        }
        let validity =
            Validity::of(lifetime).ok_or(AuthorityError::new(AuthorityErrorKind::Lifetime))?;
        let mut user = user.clone();
        let tenant = TenantKey::Name(context.tenant_id().clone());
        user.keep_only(Some(Membership::new(tenant, roles)));
        let acting = context.acting(user, Acting::new(administrator, validity));
        let event = acting
            .event(AuditKind::Impersonated)
            .because(reason)
            .until(validity.until());
        Ok((acting, event))
    }

    /// Whether the one may act as the other, and with which roles.
    fn judge(
        &self,
        context: &TenantContext,
        user: &Principal,
    ) -> Result<(Arc<Principal>, Vec<Role>), AuthorityErrorKind> {
        if context.impersonator().is_some() {
            return Err(AuthorityErrorKind::Nested);
        }
        let administrator = context
            .principal_arc()
            .filter(|principal| {
                principal.may_cross()
                    || context.has_role(&Role::PlatformAdmin)
                    || (self.tenant_admins && context.has_role(&Role::TenantAdmin))
            })
            .ok_or(AuthorityErrorKind::NotAllowed)?;
        let is_same =
            (user.subject(), user.issuer()) == (administrator.subject(), administrator.issuer());
        let roles = user
            .roles_in(context.tenant())
            .filter(|_| !user.is_platform_admin() && !is_same)
            .filter(|roles| !roles.iter().any(|role| self.protected.contains(role)))
            .ok_or(AuthorityErrorKind::TargetNotAllowed)?;
        Ok((Arc::clone(administrator), roles.to_vec()))
    }
}
