use std::{fmt, future::Future, sync::Arc};

use super::{access::PrincipalPermissions, acting::Acting};
use crate::{
    access::{AccessError, AccessErrorKind, TenantOwned},
    audit::{AuditSink, Trail, assumed},
    error::NoContext,
    id::TenantId,
    principal::{PLATFORM_ADMIN, Principal, Role},
    source::Source,
    tenant::Tenant,
};

tokio::task_local! {
    static CURRENT: TenantContext;
}

/// The tenant that a piece of work belongs to, and who does the work.
///
/// Having one is the proof that the tenant was found, is active and may be entered: it comes out
/// of [`Tenancy::resolve`](crate::Tenancy::resolve), or out of the explicit and audited
/// [`assume`](Self::assume), and of nothing else. It cannot be changed and is cheap to clone.
///
/// ```compile_fail
/// # fn change(context: tenancy_core::TenantContext, other: std::sync::Arc<tenancy_core::Tenant>) {
/// context.tenant = other; // there is no way to do this
/// # }
/// ```
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
///
/// let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
/// let context = TenantContext::assume(acme, "nightly report")?;
/// assert_eq!(context.tenant().slug().as_str(), "acme");
/// assert!(context.principal().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct TenantContext {
    pub(super) tenant: Arc<Tenant>,
    pub(super) source: Source,
    pub(super) principal: Option<Arc<Principal>>,
    pub(super) admission: Admission,
    /// `None` where there is no permission store to ask.
    pub(super) granted: Option<PrincipalPermissions>,
    pub(super) acting: Option<Arc<Acting>>,
    pub(super) trail: Trail,
}

/// In which capacity a request was let into a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Without a principal: a public route, or a job.
    Guest,
    /// A member, with the roles of the membership.
    Member,
    /// A platform administrator in a tenant that is not their own.
    Elevated,
}

impl TenantContext {
    pub(crate) fn new(
        tenant: Arc<Tenant>,
        source: Source,
        principal: Option<Arc<Principal>>,
        admission: Admission,
        trail: Trail,
    ) -> Self {
        Self {
            tenant,
            source,
            principal,
            admission,
            granted: None,
            acting: None,
            trail,
        }
    }

    /// Enters a tenant without a request: for jobs, migrations and tests.
    ///
    /// The context has no principal and no roles. The reason is recorded as an audit event, at the
    /// target `tenancy::audit`.
    ///
    /// # Errors
    ///
    /// [`AccessError`] when the tenant is not active or the reason is blank.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tenancy_core::{Slug, Tenant, TenantContext, TenantId, tenant::TenantStatus};
    ///
    /// let acme = Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?);
    /// assert!(TenantContext::assume(Arc::new(acme.clone()), "nightly report").is_ok());
    /// assert!(TenantContext::assume(Arc::new(acme.clone()), " ").is_err());
    /// let suspended = acme.with_status(TenantStatus::Suspended);
    /// assert!(TenantContext::assume(Arc::new(suspended), "nightly report").is_err());
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    pub fn assume(tenant: Arc<Tenant>, reason: &str) -> Result<Self, AccessError> {
        Self::enter(tenant, reason, None, Trail::default())
    }

    /// Enters a tenant as [`assume`](Self::assume) does, and sends the audit event to a sink, too.
    ///
    /// # Errors
    ///
    /// As [`assume`](Self::assume).
    pub fn assume_with(
        tenant: Arc<Tenant>,
        reason: &str,
        sink: &dyn AuditSink,
    ) -> Result<Self, AccessError> {
        Self::enter(tenant, reason, Some(sink), Trail::default())
    }

    pub(crate) fn enter(
        tenant: Arc<Tenant>,
        reason: &str,
        sink: Option<&dyn AuditSink>,
        trail: Trail,
    ) -> Result<Self, AccessError> {
        if reason.trim().is_empty() {
            return Err(AccessError::new(AccessErrorKind::EmptyReason));
        }
        if !tenant.is_active() {
            return Err(AccessError::new(AccessErrorKind::InactiveTenant));
        }
        assumed(&tenant, reason, sink);
        Ok(Self::new(
            tenant,
            Source::Assumed,
            None,
            Admission::Guest,
            trail,
        ))
    }

    /// The context of the task that is running, set by [`scope`](Self::scope).
    ///
    /// It is not inherited: a spawned task, a blocking closure or a stream has none unless it is
    /// given one, by [`spawn`](Self::spawn), [`spawn_blocking`](Self::spawn_blocking) or
    /// [`scope_stream`](Self::scope_stream).
    ///
    /// # Errors
    ///
    /// [`NoContext`] outside of any scope. There is no default tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::TenantContext;
    ///
    /// assert!(TenantContext::current().is_err());
    /// ```
    pub fn current() -> Result<Self, NoContext> {
        CURRENT.try_with(Self::clone).map_err(|_| NoContext)
    }

    /// Runs a future with this context as the [`current`](Self::current) one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// let id = context
    ///     .scope(async { TenantContext::current().map(|current| current.tenant_id().clone()) })
    ///     .await?;
    /// assert_eq!(&id, context.tenant_id());
    /// # Ok(()) }
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.clone(), future)
    }

    /// Runs a closure with this context as the [`current`](Self::current) one: for
    /// `spawn_blocking`, threads, and hand-written `poll` functions.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// assert!(context.scope_sync(|| TenantContext::current().is_ok()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn scope_sync<R>(&self, work: impl FnOnce() -> R) -> R {
        CURRENT.sync_scope(self.clone(), work)
    }

    /// The tenant, as the store described it when the context was made.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The tenant, to be kept.
    #[must_use]
    pub fn tenant_arc(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The identity of the tenant.
    #[must_use]
    pub fn tenant_id(&self) -> &TenantId {
        self.tenant.id()
    }

    /// What named the tenant.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The principal with the rights that apply: who makes the request, or whom an administrator
    /// [acts as](Self::impersonator). `None` on public routes and in jobs.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.principal.as_deref()
    }

    pub(crate) fn principal_arc(&self) -> Option<&Arc<Principal>> {
        self.principal.as_ref()
    }

    /// The principal's roles in this tenant: those of the membership, or [`Role::PlatformAdmin`]
    /// alone when [elevated](Self::is_elevated). When the time of an impersonation [is
    /// over](Self::is_expired), none.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        if self.is_expired() {
            return &[];
        }
        match self.admission {
            Admission::Guest => &[],
            Admission::Member => self
                .principal()
                .and_then(|principal| principal.roles_in(&self.tenant))
                .unwrap_or(&[]),
            Admission::Elevated => &PLATFORM_ADMIN,
        }
    }

    /// Whether the principal has a role in this tenant. No role contains another.
    #[must_use]
    pub fn has_role(&self, role: &Role) -> bool {
        self.roles().contains(role)
    }

    /// Whether a platform administrator entered a tenant that is not their own.
    #[must_use]
    pub fn is_elevated(&self) -> bool {
        self.admission == Admission::Elevated
    }

    /// Whether the request named no tenant and the configured fallback was taken.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.source == Source::Fallback
    }

    /// Whether something with this tenant id belongs to the context's tenant.
    #[must_use]
    pub fn owns(&self, tenant: &TenantId) -> bool {
        self.tenant_id() == tenant
    }

    /// Checks that a value belongs to the context's tenant.
    ///
    /// # Errors
    ///
    /// [`AccessError`] when it is another tenant's; answer as if it did not exist.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::{Slug, Tenant, TenantContext, TenantId, access::TenantOwned};
    /// struct Note { tenant: TenantId }
    ///
    /// impl TenantOwned for Note {
    ///     fn tenant_id(&self) -> TenantId {
    ///         self.tenant.clone()
    ///     }
    /// }
    ///
    /// # let acme = Arc::new(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?));
    /// let context = TenantContext::assume(acme, "nightly report")?;
    /// assert!(context.ensure_owns(&Note { tenant: TenantId::integer(1)? }).is_ok());
    /// assert!(context.ensure_owns(&Note { tenant: TenantId::integer(2)? }).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ensure_owns(&self, value: &impl TenantOwned) -> Result<(), AccessError> {
        if self.owns(&value.tenant_id()) {
            Ok(())
        } else {
            Err(AccessError::new(AccessErrorKind::NotOwned))
        }
    }
}

impl fmt::Debug for TenantContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantContext")
            .field("tenant", self.tenant_id())
            .field("source", &self.source)
            .field("subject", &self.principal().map(Principal::subject))
            .field("impersonator", &self.impersonator().map(Principal::subject))
            .field("admission", &self.admission)
            .finish()
    }
}
