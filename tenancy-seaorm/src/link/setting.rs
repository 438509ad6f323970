//! What a transaction tells row-level security of its scope.

use std::{borrow::Cow, sync::Arc};

use tenancy_core::{Principal, TenantContext, TenantId};

use crate::{
    Error, ErrorKind,
    plan::Standing,
    rls::{ALL, OWN, SETTINGS, quote},
};

/// Whose rows a scope's transactions reach.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    tenant: TenantId,
    standing: Standing,
    user: Option<Arc<str>>,
}

impl Setting {
    pub(crate) fn of(context: &TenantContext, standing: Standing) -> Self {
        Self {
            tenant: context.tenant_id().clone(),
            standing,
            user: context
                .principal()
                .map(|principal| Principal::subject(principal).into()),
        }
    }

    /// In the order of the settings' names. Each is set, so that nothing is left of what a session began with.
    pub(super) fn values(&self) -> [Cow<'_, str>; SETTINGS.len()] {
        let scope = match self.standing {
            Standing::Service | Standing::Administrator => ALL,
            Standing::Member => OWN,
            Standing::Guest => "public",
        };
        let user = self.user.as_deref().unwrap_or_default();
        [self.tenant.to_string().into(), scope.into(), user.into()]
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
