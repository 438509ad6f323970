//! Several tenants at once, for as long as an elevation lasts.

mod connection;
mod transaction;

use std::sync::Arc;

use tenancy_core::elevation::{Elevation, ElevationScope};

pub use self::{connection::ElevatedConnection, transaction::ElevatedTransaction};
use crate::{
    plan::{ActorKind, Ids, Reach, TenantSet, Viewer},
    scope::Holder,
};

impl Holder for Arc<Elevation> {
    /// Nobody's in particular inside the tenants. Reference tables are all tenants', and so is who
    /// writes them.
    fn viewer(&self) -> Viewer {
        let reach = match tenants(self.scope()) {
            TenantSet::Own(_) => Reach::Own,
            TenantSet::Chosen(tenants) => Reach::Chosen(tenants.len()),
            TenantSet::All => Reach::All,
        };
        Viewer {
            is_platform: reach == Reach::All,
            actor: ActorKind::Service,
            reach,
            ..Viewer::default()
        }
    }

    fn ids(&self) -> Ids<'_> {
        Ids {
            tenants: tenants(self.scope()),
            user: None,
        }
    }

    fn ensure_current(&self) -> Result<(), String> {
        Elevation::ensure_current(self).map_err(|expired| expired.to_string())
    }

    fn elevation(&self) -> Option<&Elevation> {
        Some(self)
    }
}

/// The tenants of a scope. Of one that this version does not know there are none, and no connection
/// either.
fn tenants(scope: &ElevationScope) -> TenantSet<'_> {
    match scope {
        ElevationScope::Tenants(tenants) => TenantSet::Chosen(tenants),
        ElevationScope::All => TenantSet::All,
        _ => TenantSet::Chosen(&[]),
    }
}
