use std::fmt;

use crate::id::TenantId;

/// Most tenants that a scope names one by one.
const MAX: usize = 1000;

/// How many ids are shown.
const SHOWN: usize = 8;

/// Which tenants an [`Elevation`](super::Elevation) reaches.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElevationScope {
    /// These, of which there are 1 to 1000. Whether they exist is for whoever uses the elevation to
    /// see.
    Tenants(Vec<TenantId>),
    /// Every tenant.
    All,
}

impl ElevationScope {
    /// The tenants with these ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_core::{TenantId, elevation::ElevationScope};
    ///
    /// let scope = ElevationScope::tenants([TenantId::integer(1)?, TenantId::integer(2)?]);
    /// assert!(scope.covers(&TenantId::integer(2)?));
    /// assert!(!scope.covers(&TenantId::integer(3)?));
    /// assert_eq!(scope.to_string(), "1, 2");
    /// # Ok::<(), tenancy_core::tenant::InvalidId>(())
    /// ```
    #[must_use]
    pub fn tenants(ids: impl IntoIterator<Item = TenantId>) -> Self {
        Self::Tenants(ids.into_iter().collect())
    }

    /// Whether a tenant is among them.
    #[must_use]
    pub fn covers(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Tenants(ids) => ids.contains(tenant),
            Self::All => true,
        }
    }

    /// Each tenant once, or nothing if it is none or too many.
    pub(super) fn checked(self) -> Option<Self> {
        match self {
            Self::Tenants(mut ids) => {
                ids.sort_unstable();
                ids.dedup();
                (1..=MAX).contains(&ids.len()).then_some(Self::Tenants(ids))
            }
            Self::All => Some(Self::All),
        }
    }
}

/// `all`, or the ids, of which no more than the first eight are written out.
impl fmt::Display for ElevationScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Tenants(ids) = self else {
            return f.write_str("all");
        };
        for (index, id) in ids.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{id}")?;
        }
        match ids.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, " and {more} more"),
        }
    }
}
