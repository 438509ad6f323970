//! What a transaction tells row-level security of its scope.

use std::{borrow::Cow, sync::Arc};

use tenancy_core::{Principal, TenantContext, TenantId, access::ActorKind};

use crate::{
    error::{Error, ErrorKind},
    settings::{ALL, OWN, SETTINGS},
    sql::quote,
};

/// The tenant and the users that a scope's transactions reach.
#[derive(Debug, Clone)]
pub(crate) struct TenantSettings {
    /// None is the platform's: the policies show its role the rows of all tenants.
    tenant: Option<TenantId>,
    actor_kind: ActorKind,
    user: Option<Arc<str>>,
}

impl TenantSettings {
    pub(crate) fn of(context: &TenantContext) -> Self {
        Self {
            tenant: Some(context.tenant_id().clone()),
            actor_kind: context.actor_kind(),
            user: context
                .principal()
                .map(|principal| Principal::subject(principal).into()),
        }
    }

    /// No tenant and no user: what such a transaction reaches, its role does.
    pub(crate) fn platform() -> Self {
        Self {
            tenant: None,
            actor_kind: ActorKind::Guest,
            user: None,
        }
    }

    /// In the order of the settings' names. Each is set, so that nothing is left of what a session
    /// began with.
    pub(super) fn values(&self) -> [Cow<'_, str>; SETTINGS.len()] {
        let scope = match self.actor_kind {
            ActorKind::Service | ActorKind::Administrator => ALL,
            ActorKind::Member => OWN,
            ActorKind::Guest => "public",
        };
        let user = self.user.as_deref().unwrap_or_default();
        let tenant = self.tenant.as_ref();
        let tenant = tenant.map_or_else(String::new, TenantId::to_string);
        [tenant.into(), scope.into(), user.into()]
    }
}

/// The query that sets these values for one transaction, and answers with them in one row.
pub(super) fn set_sql(values: &[Cow<'_, str>; SETTINGS.len()]) -> Result<String, Error> {
    // A message of PostgreSQL's ends where its text has one.
    if values.iter().any(|value| value.contains('\0')) {
        let why = "PostgreSQL cannot be told of a principal whose subject has a NUL character";
        return Err(Error::new(ErrorKind::Incompatible, why));
    }
    let calls: Vec<_> = SETTINGS
        .iter()
        .zip(values)
        .map(|(name, value)| format!("set_config('{name}', {}, true)", quote::literal(value)))
        .collect();
    Ok(format!("SELECT {}", calls.join(", ")))
}
