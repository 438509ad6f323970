use std::fmt;

use super::{OwnerRef, Sharing};
use crate::id::{TenantId, TenantIdRef};

/// A value that says which tenant and which user own it, so that
/// [`TenantContext::authorize`](crate::TenantContext::authorize) can decide what a principal may do
/// with it: a row, most of the time.
///
/// The page [designing policies](crate::manual::designing_policies) says which facts to give.
///
/// # Examples
///
/// ```
/// use std::fmt;
/// use tenancy_core::{
///     TenantId,
///     access::{Resource, ResourceFacts},
/// };
///
/// struct Note {
///     id: i64,
///     tenant_id: i64,
///     author: Option<String>,
///     is_public: bool,
/// }
///
/// impl Resource for Note {
///     fn resource_kind(&self) -> &str {
///         "note"
///     }
///
///     fn resource_id(&self) -> Option<&dyn fmt::Display> {
///         Some(&self.id)
///     }
///
///     fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
///         ResourceFacts::of_tenant(self.tenant_id)
///             .owned_by(self.author.as_deref())
///             .public(self.is_public)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whose it is",
    note = "implement `tenancy_core::access::Resource` for it: `ResourceFacts::of_tenant(…)`, and `.owned_by(…)` if its rows have owners"
)]
pub trait Resource {
    /// What kind of thing it is, such as `note`, for audit events.
    fn resource_kind(&self) -> &str;

    /// Which one of that kind, for audit events. Nothing else is recorded of the value.
    fn resource_id(&self) -> Option<&dyn fmt::Display> {
        None
    }

    /// Its owners, and its state.
    ///
    /// `tenant` is the tenant of whoever asks, to look for in a list of those with which the row is
    /// shared. It is *not* the tenant to put into the facts: that one comes from the row.
    fn facts<'a>(&'a self, tenant: &TenantId) -> ResourceFacts<'a>;
}

/// The owners of a [`Resource`], and its state: all that a decision looks at.
///
/// # Examples
///
/// ```
/// use tenancy_core::access::{Granted, ResourceFacts, Sharing};
///
/// let tenant_only = ResourceFacts::of_tenant(7);
/// let owned = ResourceFacts::of_tenant(7).owned_by("ann").public(true);
/// let shared = owned.shared(Sharing::Selective(Granted::Yes));
/// let in_the_bin = shared.deleted(true);
/// # let _ = (tenant_only, in_the_bin);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "facts decide nothing by themselves"]
pub struct ResourceFacts<'a> {
    pub(super) tenant: TenantIdRef<'a>,
    /// `None` where the rows have no owners at all.
    pub(super) owner: Option<OwnerRef<'a>>,
    pub(super) is_public: bool,
    pub(super) sharing: Sharing,
    pub(super) is_deleted: bool,
    pub(super) is_hidden: bool,
    pub(super) is_locked: bool,
}

impl<'a> ResourceFacts<'a> {
    /// Something that belongs to a tenant and to no user in it: every user of the tenant may see
    /// and change it.
    ///
    /// Ids of two kinds are two tenants; a text column holds any id as it [prints](TenantId). What
    /// is no tenant's id, such as the nil UUID, 0 or an empty text, is no tenant's.
    pub fn of_tenant(tenant: impl Into<TenantIdRef<'a>>) -> Self {
        Self {
            tenant: tenant.into(),
            owner: None,
            is_public: false,
            sharing: Sharing::Private,
            is_deleted: false,
            is_hidden: false,
            is_locked: false,
        }
    }

    /// Says that rows have owners, and which user owns this one. With `None` no user does: then
    /// only administrators and the service may see and change it.
    pub fn owned_by(mut self, owner: impl Into<OwnerRef<'a>>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Whether all users of the tenant may see it, guests on public routes too.
    pub fn public(mut self, is_public: bool) -> Self {
        self.is_public = is_public;
        self
    }

    /// Says with which tenants it is shared: all users of those may see it.
    pub fn shared(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// Whether it is marked as deleted: then no principal sees it, and it can be restored and
    /// purged.
    pub fn deleted(mut self, is_deleted: bool) -> Self {
        self.is_deleted = is_deleted;
        self
    }

    /// Whether a rule of the application hides it from every principal.
    pub fn hidden(mut self, is_hidden: bool) -> Self {
        self.is_hidden = is_hidden;
        self
    }

    /// Whether a rule of the application locks it: no principal may create, change, delete or share
    /// it.
    pub fn locked(mut self, is_locked: bool) -> Self {
        self.is_locked = is_locked;
        self
    }
}
