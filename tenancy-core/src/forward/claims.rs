use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{
    id::TenantId,
    principal::{Membership, Principal, Role},
    tenant::TenantKey,
};

/// What a forwarded context says. A claim that is unknown, missing, repeated or of another type
/// makes the whole invalid: it may be a restriction that an older service does not know.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: String,
    pub(super) sub: String,
    /// Seconds since 1970, as `exp`.
    pub(super) iat: u64,
    pub(super) exp: u64,
    pub(super) tenant: TenantId,
    pub(super) roles: Vec<String>,
    pub(super) elevated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
}

impl Claims {
    /// Whether the times fit together: a lifetime that is not longer than `limit`, begun by now.
    pub(super) fn is_timely(&self, limit: Duration, leeway: Duration) -> bool {
        let is_short = self
            .exp
            .checked_sub(self.iat)
            .is_some_and(|lifetime| (1..=limit.as_secs()).contains(&lifetime));
        is_short && now().is_some_and(|now| self.iat <= now.saturating_add(leeway.as_secs()))
    }

    /// The principal in this one tenant, if the claims fit together.
    pub(super) fn principal(&self) -> Option<Principal> {
        let roles: Option<Vec<Role>> = self
            .roles
            .iter()
            .map(|name| Role::parse(name).ok())
            .collect();
        let roles = roles.filter(|_| !self.sub.is_empty())?;
        let principal = Principal::new(&self.sub);
        // `platform_admin` stands alone: a context has it from no membership.
        let principal = match &roles[..] {
            [Role::PlatformAdmin] => principal.platform_admin(),
            _ if self.elevated || roles.contains(&Role::PlatformAdmin) => return None,
            _ => principal.with_membership(Membership::new(self.key(), roles)),
        };
        Some(principal.confined_to(self.tenant.clone(), self.elevated))
    }

    pub(super) fn key(&self) -> TenantKey {
        TenantKey::Name(self.tenant.clone())
    }
}

/// Seconds since 1970.
pub(super) fn now() -> Option<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().as_ref().map(Duration::as_secs)
}
