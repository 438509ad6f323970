use std::{collections::HashMap, fmt, sync::Arc};

use super::{Permission, PermissionSet, PermissionStore, Requirement, requirement::Need};
use crate::{
    answer::Answer,
    error::{BuildError, StoreError},
    principal::Role,
    tenant::Tenant,
};

/// Which role has which permissions, in every tenant alike. Made once, and cheap to clone.
///
/// Permissions are registered before they are granted, so that a misspelt one is an error when the
/// service starts. Unless something is granted to them:
///
/// - [`Role::TenantAdmin`] has every registered permission, in its own tenant;
/// - [`Role::PlatformAdmin`] has none: whoever looks after all tenants need not be able to change
///   what is in them.
///
/// No role contains another; a principal has the permissions of all its roles together. For roles
/// that tenants define themselves there is
/// [`InMemoryPermissionStore`](super::InMemoryPermissionStore), or a
/// [`PermissionStore`] over your database.
///
/// # Examples
///
/// ```
/// use tenancy_core::{
///     Role,
///     access::{Permission, RolePermissions},
/// };
///
/// const READ: Permission = Permission::from_static("notes.read");
/// const EDIT: Permission = Permission::from_static("notes.edit");
/// const INVITE: Permission = Permission::from_static("people.invite");
///
/// let permissions = RolePermissions::builder()
///     .permissions([READ, EDIT, INVITE])
///     .grant(Role::Member, [READ])
///     .grant(Role::parse("editor")?, [READ, EDIT])
///     .grant(Role::PlatformAdmin, [READ])
///     .build()?;
/// assert!(permissions.of(&Role::TenantAdmin).contains(&INVITE));
/// assert!(!permissions.of(&Role::Member).contains(&EDIT));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RolePermissions(Arc<Inner>);

struct Inner {
    registered: PermissionSet,
    roles: HashMap<Role, PermissionSet>,
}

/// What a role without any permissions has.
static NOTHING: PermissionSet = PermissionSet::empty();

impl RolePermissions {
    /// Starts with no permissions.
    pub fn builder() -> RolePermissionsBuilder {
        RolePermissionsBuilder::default()
    }

    /// What a role permits; nothing if it is not known.
    #[must_use]
    pub fn of(&self, role: &Role) -> &PermissionSet {
        self.0.roles.get(role).unwrap_or(&NOTHING)
    }

    /// What roles permit together.
    #[must_use]
    pub fn of_all(&self, roles: &[Role]) -> PermissionSet {
        roles
            .iter()
            .fold(PermissionSet::empty(), |all, role| all.union(self.of(role)))
    }

    /// All permissions that there are.
    #[must_use]
    pub fn registered(&self) -> &PermissionSet {
        &self.0.registered
    }

    /// Checks that a requirement can be met at all: that its permissions are registered, and that
    /// something was granted to the application's own roles in it.
    ///
    /// # Errors
    ///
    /// [`BuildError`] that names the permission or the role.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::access::{Permission, RolePermissions};
    ///
    /// const EDIT: Permission = Permission::from_static("notes.edit");
    /// const PURGE: Permission = Permission::from_static("notes.purge");
    ///
    /// let permissions = RolePermissions::builder().permissions([EDIT]).build()?;
    /// assert!(permissions.check(EDIT).is_ok());
    /// assert!(permissions.check(PURGE).is_err());
    /// # Ok::<(), tenancy_core::BuildError>(())
    /// ```
    pub fn check(&self, requirement: impl Into<Requirement>) -> Result<Requirement, BuildError> {
        let requirement = requirement.into();
        requirement.try_for_each(&mut |need| match need {
            Need::Permission(permission) => self.ensure_registered(permission),
            Need::Role(role @ Role::Custom(_)) if !self.0.roles.contains_key(role) => {
                Err(BuildError::new(format!(
                    "the role `{role}` is required, and nothing is granted to it: add `.grant(…)`"
                )))
            }
            Need::Role(_) | Need::Membership => Ok(()),
        })?;
        Ok(requirement)
    }

    pub(super) fn ensure_registered(&self, permission: &Permission) -> Result<(), BuildError> {
        ensure_among(&self.0.registered, permission)
    }
}

fn ensure_among(registered: &PermissionSet, permission: &Permission) -> Result<(), BuildError> {
    if registered.contains(permission) {
        return Ok(());
    }
    Err(BuildError::new(format!(
        "the permission `{permission}` is not registered: add it to `.permissions(…)`"
    )))
}

impl PermissionStore for RolePermissions {
    fn permissions<'a>(
        &'a self,
        _: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>> {
        Answer::Now(Ok(self.of_all(roles)))
    }
}

impl fmt::Debug for RolePermissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolePermissions")
            .field("registered", &self.0.registered.len())
            .field("roles", &self.0.roles.len())
            .finish()
    }
}

/// Collects the permissions of roles for [`RolePermissions`].
#[derive(Debug, Default)]
#[must_use = "no role has a permission until this is built and given to a tenancy"]
pub struct RolePermissionsBuilder {
    registered: Vec<Permission>,
    granted: Vec<(Role, Option<PermissionSet>)>,
}

impl RolePermissionsBuilder {
    /// Registers permissions: the whole list of what there is to permit.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.registered.extend(permissions);
        self
    }

    /// Gives permissions to a role, besides those it was given before. For [`Role::TenantAdmin`]
    /// they take the place of the default; an empty list leaves it without any.
    pub fn grant(mut self, role: Role, permissions: impl IntoIterator<Item = Permission>) -> Self {
        let permissions = permissions.into_iter().collect();
        self.granted.push((role, Some(permissions)));
        self
    }

    /// Gives every registered permission to a role.
    pub fn grant_all(mut self, role: Role) -> Self {
        self.granted.push((role, None));
        self
    }

    /// Checks everything and puts it together.
    ///
    /// # Errors
    ///
    /// [`BuildError`] when no permission is registered, or one is granted that is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{
    ///     Role,
    ///     access::{Permission, RolePermissions},
    /// };
    ///
    /// let misspelt = RolePermissions::builder()
    ///     .permissions([Permission::from_static("notes.edit")])
    ///     .grant(Role::Member, [Permission::from_static("note.edit")])
    ///     .build();
    /// assert!(misspelt.is_err());
    /// ```
    pub fn build(self) -> Result<RolePermissions, BuildError> {
        let registered: PermissionSet = self.registered.into_iter().collect();
        if registered.is_empty() {
            return Err(BuildError::new(
                "register the permissions that there are: `.permissions(…)`",
            ));
        }
        let mut roles: HashMap<Role, PermissionSet> = HashMap::new();
        for (role, granted) in self.granted {
            let granted = granted.unwrap_or_else(|| registered.clone());
            for permission in granted.iter() {
                ensure_among(&registered, permission)?;
            }
            let all = roles.entry(role).or_default();
            *all = all.union(&granted);
        }
        roles
            .entry(Role::TenantAdmin)
            .or_insert_with(|| registered.clone());
        Ok(RolePermissions(Arc::new(Inner { registered, roles })))
    }
}
