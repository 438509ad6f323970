use std::fmt;

use super::{AccessError, AccessErrorKind, Permission};
use crate::{
    audit::{AuditKind, RequestId},
    context::TenantContext,
    principal::Role,
    request::RequestView,
};

/// What a principal needs to use a route: roles, permissions, or a membership.
///
/// [`check`](Self::check) is the whole decision, a function of the context and of nothing else. The
/// guards and extractors of the adapters ask [`enforce`](Self::enforce), which also leaves an audit
/// event.
///
/// Roles are compared one by one and none contains another: neither a tenant administrator nor a
/// platform administrator has [`Role::Member`] unless the membership says so. Prefer permissions
/// where several roles may do the same.
///
/// # Examples
///
/// ```
/// use tenancy_core::{Permission, Requirement, Role};
///
/// const PURGE: Permission = Permission::from_static("notes.purge");
///
/// let administrators = Requirement::role(Role::TenantAdmin).or(Role::PlatformAdmin);
/// let purge = administrators.and(PURGE);
/// assert_eq!(
///     purge.to_string(),
///     "(role tenant_admin or role platform_admin) and permission notes.purge"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a requirement does nothing until it is enforced"]
pub struct Requirement(Node);

/// In pairs, so that there is no empty list that everybody would meet.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Need(Need),
    Either(Box<[Node; 2]>),
    Both(Box<[Node; 2]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Membership,
    Role(Role),
    Permission(Permission),
}

impl Requirement {
    /// A principal who belongs to the tenant, whatever the roles. A platform administrator in a
    /// tenant that is not their own does not.
    pub fn member() -> Self {
        Self(Node::Need(Need::Membership))
    }

    /// A principal who has this role in the tenant.
    pub fn role(role: Role) -> Self {
        Self(Node::Need(Need::Role(role)))
    }

    /// A principal whose roles give this permission in the tenant.
    pub fn permission(permission: Permission) -> Self {
        Self(Node::Need(Need::Permission(permission)))
    }

    /// Whoever meets this requirement, or the other one.
    pub fn or(self, other: impl Into<Self>) -> Self {
        Self(Node::Either(Box::new([self.0, other.into().0])))
    }

    /// Whoever meets this requirement and the other one, too.
    pub fn and(self, other: impl Into<Self>) -> Self {
        Self(Node::Both(Box::new([self.0, other.into().0])))
    }

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
    /// use tenancy_core::{Requirement, Role, Slug, Tenant, TenantContext, TenantId};
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
    /// the kind [`Refused`](crate::AuditKind::Refused) whose reason is the name of the
    /// [`AccessErrorKind`]. Requests without a principal leave none, as with a missing token.
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

    pub(super) fn try_for_each<E>(
        &self,
        visit: &mut dyn FnMut(&Need) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.try_for_each(visit)
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

    fn try_for_each<E>(&self, visit: &mut dyn FnMut(&Need) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Need(need) => visit(need),
            Self::Either(nodes) | Self::Both(nodes) => {
                nodes.iter().try_for_each(|node| node.try_for_each(visit))
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

impl From<Role> for Requirement {
    fn from(role: Role) -> Self {
        Self::role(role)
    }
}

impl From<Permission> for Requirement {
    fn from(permission: Permission) -> Self {
        Self::permission(permission)
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = |f: &mut fmt::Formatter<'_>, nodes: &[Self; 2], word: &str| {
            for (index, node) in nodes.iter().enumerate() {
                if index > 0 {
                    write!(f, " {word} ")?;
                }
                match node {
                    Self::Need(_) => write!(f, "{node}")?,
                    Self::Either(_) | Self::Both(_) => write!(f, "({node})")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Need(Need::Membership) => f.write_str("membership"),
            Self::Need(Need::Role(role)) => write!(f, "role {role}"),
            Self::Need(Need::Permission(permission)) => write!(f, "permission {permission}"),
            Self::Either(nodes) => pair(f, nodes, "or"),
            Self::Both(nodes) => pair(f, nodes, "and"),
        }
    }
}
