use std::{fmt, time::SystemTime};

use smol_str::SmolStr;

use super::{RequestId, Scene};
use crate::{id::TenantId, source::Source, tenant::Tenant};

const TARGET: &str = "tenancy::audit";

/// What happened.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// A principal, or nobody, was turned away from a tenant that exists, or from a route in it.
    Refused,
    /// A platform administrator entered a tenant that is not their own.
    Elevated,
    /// Code entered a tenant without a request, by [`TenantContext::assume`](crate::TenantContext::assume).
    Assumed,
    /// A request was let in without a token, by the development mode.
    Development,
}

impl AuditKind {
    /// The name in snake case.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(tenancy_core::AuditKind::Elevated.as_str(), "elevated");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Elevated => "elevated",
            Self::Assumed => "assumed",
            Self::Development => "development",
        }
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that an operator wants to find again.
///
/// It names who and where, and holds no data, no token and no cookie.
///
/// # Examples
///
/// ```
/// use tenancy_core::{AuditEvent, AuditSink};
///
/// struct Lines;
///
/// impl AuditSink for Lines {
///     fn record(&self, event: &AuditEvent) {
///         let tenant = event.tenant().map(ToString::to_string).unwrap_or_default();
///         println!("{} tenant={tenant} subject={:?}", event.kind(), event.subject());
///     }
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    kind: AuditKind,
    tenant: Option<TenantId>,
    subject: Option<SmolStr>,
    source: Source,
    reason: Option<SmolStr>,
    time: SystemTime,
    request_id: Option<RequestId>,
}

impl AuditEvent {
    pub(super) fn new(kind: AuditKind, scene: Scene<'_>) -> Self {
        Self {
            kind,
            tenant: Some(scene.tenant.id().clone()),
            subject: scene
                .principal
                .map(|principal| SmolStr::new(principal.subject())),
            source: scene.source,
            reason: None,
            time: SystemTime::now(),
            request_id: RequestId::of(scene.request),
        }
    }

    pub(super) fn assumed(tenant: &Tenant, reason: &str) -> Self {
        Self {
            kind: AuditKind::Assumed,
            tenant: Some(tenant.id().clone()),
            subject: None,
            source: Source::Assumed,
            reason: Some(SmolStr::new(reason)),
            time: SystemTime::now(),
            request_id: None,
        }
    }

    pub(super) fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(SmolStr::new_static(reason));
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> AuditKind {
        self.kind
    }

    /// The tenant; `None` when sources disagreed about one that does not exist.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The [subject](crate::Principal::subject) of the principal, where there is one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// What named the tenant.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// For a refusal the name of its [`Reason`](crate::Reason) or
    /// [`AccessErrorKind`](crate::AccessErrorKind); for an assumed tenant the reason that the
    /// code gave.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
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

    /// Writes the event at its target, in the level of its kind.
    pub(super) fn trace(&self) {
        macro_rules! write_at {
            ($level:expr, $message:literal) => {
                tracing::event!(
                    target: TARGET,
                    $level,
                    kind = self.kind.as_str(),
                    tenant = self.tenant.as_ref().map(tracing::field::display),
                    source = self.source.as_str(),
                    subject = self.subject(),
                    reason = self.reason(),
                    request_id = self.request_id.as_ref().map(RequestId::as_str),
                    $message
                )
            };
        }
        match self.kind {
            AuditKind::Refused => write_at!(tracing::Level::WARN, "tenant access refused"),
            AuditKind::Elevated => {
                write_at!(
                    tracing::Level::INFO,
                    "platform administrator entered a tenant"
                );
            }
            AuditKind::Assumed => write_at!(tracing::Level::INFO, "tenant assumed"),
            AuditKind::Development => write_at!(
                tracing::Level::INFO,
                "tenant entered without a token, in development mode"
            ),
        }
    }
}
