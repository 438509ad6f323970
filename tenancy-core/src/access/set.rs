use std::sync::Arc;

use super::Permission;

/// Permissions, each of them once and in the order of their names. Cheap to clone.
///
/// # Examples
///
/// ```
/// use tenancy_core::access::{Permission, PermissionSet};
///
/// const READ: Permission = Permission::from_static("notes.read");
/// const EDIT: Permission = Permission::from_static("notes.edit");
///
/// let reader: PermissionSet = [READ].into_iter().collect();
/// assert!(reader.contains(&READ));
/// assert!(!reader.contains(&EDIT));
/// let editor: PermissionSet = [EDIT].into_iter().collect();
/// assert_eq!(reader.union(&editor).len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(
    // Empty is `None` and nothing else, so that it needs no allocation and compares by value.
    Option<Arc<[Permission]>>,
);

impl PermissionSet {
    /// No permission.
    #[must_use]
    pub const fn empty() -> Self {
        Self(None)
    }

    /// Whether the permission is one of these.
    #[must_use]
    pub fn contains(&self, permission: &Permission) -> bool {
        self.as_slice().binary_search(permission).is_ok()
    }

    /// Whether all of another set's permissions are among these.
    #[must_use]
    pub fn contains_all(&self, other: &Self) -> bool {
        other.iter().all(|permission| self.contains(permission))
    }

    /// The permissions of both sets. There is no allocation where one contains the other.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.contains_all(other) {
            self.clone()
        } else if other.contains_all(self) {
            other.clone()
        } else {
            self.iter().chain(other.iter()).cloned().collect()
        }
    }

    /// The permissions, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Permission> {
        self.as_slice().iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn as_slice(&self) -> &[Permission] {
        self.0.as_deref().unwrap_or(&[])
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        let mut permissions: Vec<Permission> = permissions.into_iter().collect();
        permissions.sort_unstable();
        permissions.dedup();
        Self((!permissions.is_empty()).then(|| permissions.into()))
    }
}
