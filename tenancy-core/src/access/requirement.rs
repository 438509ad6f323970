use std::fmt;

use super::Permission;
use crate::principal::Role;

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
/// use tenancy_core::{
///     Role,
///     access::{Permission, Requirement},
/// };
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
pub struct Requirement(pub(crate) Node);

/// In pairs, so that there is no empty list, which every principal would meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Need(Need),
    Either(Box<[Node; 2]>),
    Both(Box<[Node; 2]>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
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

    /// A principal with a role that gives this permission in the tenant.
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

    pub(super) fn try_for_each<E>(
        &self,
        visit: &mut dyn FnMut(&Need) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.try_for_each(visit)
    }
}

impl Node {
    fn try_for_each<E>(&self, visit: &mut dyn FnMut(&Need) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Need(need) => visit(need),
            Self::Either(nodes) | Self::Both(nodes) => {
                nodes.iter().try_for_each(|node| node.try_for_each(visit))
            }
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
