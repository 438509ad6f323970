use std::{fmt, time::SystemTime};

use smol_str::SmolStr;
use uuid::Uuid;

use super::{AuditKind, AuditOutcome, AuditedRequest, RequestId};
use crate::{id::TenantId, principal::Principal, source::Source, tenant::Tenant};

/// Longest names of actions and of kinds of resources, in bytes.
const MAX_NAME: usize = 128;
/// Longest subject or issuer, in bytes.
const MAX_WHO: usize = 1024;
/// Longest id of a resource, in bytes.
const MAX_ID: usize = 256;
/// Longest reason, in bytes.
const MAX_REASON: usize = 1024;

/// Something that an operator wants to find again: who, as whom, in which tenant, did what to which
/// resource, how it ended, why and when.
///
/// It names who and where, and holds no data, no token and no cookie. Applications record their own
/// with [`TenantContext::audit`](crate::TenantContext::audit).
///
/// # Examples
///
/// ```
/// use tenancy_core::audit::{AuditEvent, AuditSink};
///
/// struct Lines;
///
/// impl AuditSink for Lines {
///     fn record(&self, event: &AuditEvent) {
///         let tenant = event.tenant().map(ToString::to_string).unwrap_or_default();
///         println!("{} {}: {:?} in {tenant}", event.action(), event.outcome(), event.actor());
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    kind: AuditKind,
    action: SmolStr,
    outcome: AuditOutcome,
    tenant: Option<TenantId>,
    subject: Option<Who>,
    impersonator: Option<Who>,
    resource: Option<(SmolStr, Option<SmolStr>)>,
    source: Source,
    reason: Option<SmolStr>,
    elevation: Option<Uuid>,
    expires: Option<SystemTime>,
    time: SystemTime,
    request_id: Option<RequestId>,
}

/// What is kept of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Who {
    subject: SmolStr,
    issuer: Option<SmolStr>,
}

impl From<&Principal> for Who {
    fn from(principal: &Principal) -> Self {
        Self {
            subject: plain(principal.subject(), MAX_WHO),
            issuer: principal.issuer().map(|issuer| plain(issuer, MAX_WHO)),
        }
    }
}

impl AuditEvent {
    pub(crate) fn new(kind: AuditKind, source: Source) -> Self {
        Self {
            kind,
            action: SmolStr::new_static(kind.action()),
            outcome: match kind {
                AuditKind::Refused => AuditOutcome::Denied,
                _ => AuditOutcome::Success,
            },
            tenant: None,
            subject: None,
            impersonator: None,
            resource: None,
            source,
            reason: None,
            elevation: None,
            expires: None,
            time: SystemTime::now(),
            request_id: None,
        }
    }

    pub(super) fn of_request(kind: AuditKind, request: AuditedRequest<'_>) -> Self {
        let event = Self::new(kind, request.source).in_tenant(request.tenant.id());
        Self {
            request_id: RequestId::of(request.request),
            ..event.by(request.principal, None)
        }
    }

    pub(super) fn assumed(tenant: &Tenant, reason: &str) -> Self {
        Self::new(AuditKind::Assumed, Source::Assumed)
            .in_tenant(tenant.id())
            .because(reason)
    }

    pub(crate) fn in_tenant(mut self, tenant: &TenantId) -> Self {
        self.tenant = Some(tenant.clone());
        self
    }

    /// The principal with the rights that apply, and the one who really acts, if that is another.
    pub(crate) fn by(mut self, whom: Option<&Principal>, who: Option<&Principal>) -> Self {
        self.subject = whom.map(Who::from);
        self.impersonator = who.map(Who::from);
        self
    }

    pub(crate) fn doing(mut self, action: &str) -> Self {
        self.action = plain(action, MAX_NAME);
        self
    }

    pub(crate) fn ending(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.reason = Some(plain(reason, MAX_REASON));
        self
    }

    pub(crate) fn on(mut self, kind: &str, id: Option<&dyn fmt::Display>) -> Self {
        let id = id.map(|id| plain(&id.to_string(), MAX_ID));
        self.resource = Some((plain(kind, MAX_NAME), id));
        self
    }

    pub(crate) fn under(mut self, elevation: Uuid) -> Self {
        self.elevation = Some(elevation);
        self
    }

    pub(crate) fn until(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    pub(crate) fn in_request(mut self, id: Option<&RequestId>) -> Self {
        self.request_id = id.cloned();
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> AuditKind {
        self.kind
    }

    /// What was done or tried: the application's own name for it, or one of the library's, which
    /// are `tenancy.enter`, `tenancy.assume`, `tenancy.elevate` and `tenancy.impersonate`, and for
    /// what [`TenantContext::ensure`](crate::TenantContext::ensure) refused the
    /// [`Action`](crate::Action), such as `tenancy.edit`.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> AuditOutcome {
        self.outcome
    }

    /// The tenant; `None` for what concerns the whole platform.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The [subject](crate::Principal::subject) of the principal with the rights that applied,
    /// where there is one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_ref().map(|who| &*who.subject)
    }

    /// Who gave the [`subject`](Self::subject) its name, where that is known.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.subject.as_ref()?.issuer.as_deref()
    }

    /// The administrator who acted as the [`subject`](Self::subject), if one did.
    #[must_use]
    pub fn impersonator(&self) -> Option<&str> {
        self.impersonator.as_ref().map(|who| &*who.subject)
    }

    /// Who gave the [`impersonator`](Self::impersonator) its name, where that is known.
    #[must_use]
    pub fn impersonator_issuer(&self) -> Option<&str> {
        self.impersonator.as_ref()?.issuer.as_deref()
    }

    /// Who did it: the impersonator where there is one, or else the subject. `None` is a visitor, a
    /// job, or the service itself.
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.impersonator().or(self.subject())
    }

    /// What kind of thing it was done to, such as `note`.
    #[must_use]
    pub fn resource_kind(&self) -> Option<&str> {
        self.resource.as_ref().map(|(kind, _)| &**kind)
    }

    /// Which one of that kind, where that is known.
    #[must_use]
    pub fn resource_id(&self) -> Option<&str> {
        self.resource.as_ref()?.1.as_deref()
    }

    /// What named the tenant.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// For a refusal of the chain the name of its [`Reason`](crate::resolve::Reason), and for one
    /// of a requirement or a resource that of its
    /// [`AccessErrorKind`](crate::access::AccessErrorKind); otherwise the reason that the caller
    /// gave.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The [id](crate::elevation::Elevation::id) of the elevation that it is about, or under which
    /// it was done.
    #[must_use]
    pub fn elevation(&self) -> Option<Uuid> {
        self.elevation
    }

    /// When the right that was given ends: for elevations and impersonations.
    #[must_use]
    pub fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// When it happened, by the clock of this machine.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The id of the request, as its sender claims.
    #[must_use]
    pub fn request_id(&self) -> Option<&RequestId> {
        self.request_id.as_ref()
    }
}

/// Text that every store can keep. What is too long is cut rather than refused, so that the event
/// is recorded in any case.
fn plain(text: &str, max: usize) -> SmolStr {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    if text.contains('\0') {
        // PostgreSQL's text has no such character.
        SmolStr::new(text.replace('\0', "\u{fffd}"))
    } else {
        SmolStr::new(text)
    }
}
