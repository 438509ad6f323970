//! The decision, as functions of facts. Asking resolvers and stores is [`chain`](super::chain)'s.

use std::sync::Arc;

use crate::{
    context::Standing, error::Reason, key::TenantKey, principal::Principal, source::Source,
    tenancy::Mode, tenant::Tenant,
};

/// Whether a request may go on to name a tenant.
pub(super) fn greet(
    mode: Mode,
    has_authenticator: bool,
    is_authenticated: bool,
) -> Result<(), Reason> {
    match mode {
        Mode::Public => Ok(()),
        Mode::Required | Mode::Optional if !has_authenticator => Err(Reason::NoAuthenticator),
        Mode::Required if !is_authenticated => Err(Reason::TokenMissing),
        Mode::Required | Mode::Optional => Ok(()),
    }
}

/// Who named which tenant, and who could have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voices<'a> {
    /// The first of header, host, cookie and the application's resolvers that spoke.
    pub(super) asserted: Option<(Source, &'a TenantKey)>,
    /// The tenant of the verified token, or of other credentials.
    pub(super) token: Option<(Source, &'a TenantKey)>,
    /// Whether a fallback is configured.
    pub(super) falls_back: bool,
    /// Whether there is a verified principal.
    pub(super) is_authenticated: bool,
}

/// Whose word is looked up first; `None` when there is no tenant and that is allowed.
pub(super) fn lead(mode: Mode, voices: Voices<'_>) -> Result<Option<(Source, &TenantKey)>, Reason> {
    let Voices {
        asserted,
        token,
        falls_back,
        is_authenticated,
    } = voices;
    if mode == Mode::Optional && !is_authenticated {
        return match asserted {
            Some(_) => Err(Reason::TokenMissing),
            None => Ok(None),
        };
    }
    let named = asserted
        .or(token)
        .or(falls_back.then_some((Source::Fallback, &TenantKey::Platform)));
    match mode {
        Mode::Required | Mode::Public if named.is_none() => Err(Reason::TenantUnnamed),
        Mode::Required | Mode::Public | Mode::Optional => Ok(named),
    }
}

/// All that is known once the store has answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) mode: Mode,
    /// The tenant that the lead names.
    pub(super) tenant: Option<&'a Arc<Tenant>>,
    /// Whether every other asserted key leads to that same tenant.
    pub(super) sources_agree: bool,
    /// Whether a header is among the sources that spoke.
    pub(super) named_by_header: bool,
    /// What the verified token names.
    pub(super) token: &'a Named,
    pub(super) principal: Option<&'a Principal>,
}

/// What a key names, compared with the tenant that leads.
#[derive(Clone, Debug)]
pub(super) enum Named {
    /// There is no key.
    Nothing,
    /// The same tenant.
    Same,
    /// Another tenant, or one that does not exist.
    Other(Option<Arc<Tenant>>),
}

/// The tenant that the request enters and in which capacity, if it may.
pub(super) fn admit(facts: Facts<'_>) -> Result<(&Arc<Tenant>, Standing), Reason> {
    let tenant = active(facts.tenant)?;
    if !facts.sources_agree {
        return Err(Reason::Disagreement);
    }
    let Some(principal) = facts.principal else {
        return match facts.mode {
            Mode::Public => Ok((tenant, Standing::Guest)),
            Mode::Required | Mode::Optional => Err(Reason::TokenMissing),
        };
    };
    let refusal = match facts.token {
        Named::Other(home) => {
            active(home.as_ref())?;
            Reason::Disagreement
        }
        Named::Nothing | Named::Same => {
            if principal.roles_in(tenant).is_some() {
                return Ok((tenant, Standing::Member));
            }
            Reason::NotAMember
        }
    };
    if principal.may_elevate(tenant, facts.named_by_header) {
        Ok((tenant, Standing::Elevated))
    } else {
        Err(refusal)
    }
}

fn active(tenant: Option<&Arc<Tenant>>) -> Result<&Arc<Tenant>, Reason> {
    match tenant {
        None => Err(Reason::UnknownTenant),
        Some(tenant) if !tenant.is_active() => Err(Reason::InactiveTenant),
        Some(tenant) => Ok(tenant),
    }
}
