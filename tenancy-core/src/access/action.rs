use std::fmt;

/// What a principal wants to do with a row or another [`Resource`](super::Resource).
///
/// # Examples
///
/// ```
/// use tenancy_core::Action;
///
/// assert_eq!(Action::Edit.as_str(), "edit");
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read it.
    View,
    /// Make it, as it is described.
    Create,
    /// Change it.
    Edit,
    /// Delete it; where rows are only marked as deleted, mark it.
    Delete,
    /// Say who else may see it.
    Share,
    /// Take back that it was marked as deleted.
    Restore,
    /// Delete for good what was marked as deleted.
    Purge,
}

impl Action {
    /// The name in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Share => "share",
            Self::Restore => "restore",
            Self::Purge => "purge",
        }
    }

    /// What it is called in audit events of refusals.
    pub(crate) const fn audited_as(self) -> &'static str {
        match self {
            Self::View => "tenancy.view",
            Self::Create => "tenancy.create",
            Self::Edit => "tenancy.edit",
            Self::Delete => "tenancy.delete",
            Self::Share => "tenancy.share",
            Self::Restore => "tenancy.restore",
            Self::Purge => "tenancy.purge",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
