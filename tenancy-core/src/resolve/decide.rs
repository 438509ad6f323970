//! The decision, as functions of facts. Asking resolvers and stores is [`chain`](super::chain)'s.

use std::sync::Arc;

use super::Mode;
use crate::{
    context::Admission,
    error::Reason,
    principal::Principal,
    source::Source,
    tenant::{Tenant, TenantKey},
};

/// Whether a request may go on to name a tenant.
pub(super) fn require_principal(
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

/// What named a tenant, and which one. Borrowed, because a [`Source`] moves in odd pieces.
pub(super) type NamedBy<'a> = (&'a Source, &'a TenantKey);

/// Who named which tenant, and who could have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidates<'a> {
    /// The first of header, host, cookie and the application's resolvers that spoke.
    pub(super) asserted: Option<NamedBy<'a>>,
    /// The tenant of the verified token, or of other credentials.
    pub(super) token: Option<NamedBy<'a>>,
    /// Whether a fallback is configured.
    pub(super) falls_back: bool,
    /// Whether there is a verified principal.
    pub(super) is_authenticated: bool,
}

/// The claim that is looked up first; `None` when there is no tenant and that is allowed.
pub(super) fn choose_claim(
    mode: Mode,
    candidates: Candidates<'_>,
) -> Result<Option<NamedBy<'_>>, Reason> {
    let Candidates {
        asserted,
        token,
        falls_back,
        is_authenticated,
    } = candidates;
    if mode == Mode::Optional && !is_authenticated {
        return match asserted {
            Some(_) => Err(Reason::TokenMissing),
            None => Ok(None),
        };
    }
    let named = asserted
        .or(token)
        .or(falls_back.then_some((&Source::Fallback, &TenantKey::Platform)));
    match mode {
        Mode::Required | Mode::Public if named.is_none() => Err(Reason::TenantUnnamed),
        Mode::Required | Mode::Public | Mode::Optional => Ok(named),
    }
}

/// All that is known once the store has answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) mode: Mode,
    /// The tenant that the chosen claim names.
    pub(super) tenant: &'a Tenant,
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

/// In which capacity the request enters the tenant, if it may.
pub(super) fn admit(facts: Facts<'_>) -> Result<Admission, Reason> {
    let tenant = facts.tenant;
    active(Some(tenant))?;
    if !facts.sources_agree {
        return Err(Reason::Disagreement);
    }
    let Some(principal) = facts.principal else {
        return match facts.mode {
            Mode::Public => Ok(Admission::Guest),
            Mode::Required | Mode::Optional => Err(Reason::TokenMissing),
        };
    };
    let refusal = match facts.token {
        Named::Other(home) => {
            active(home.as_deref())?;
            Reason::Disagreement
        }
        Named::Nothing | Named::Same => {
            if principal.roles_in(tenant).is_some() {
                return Ok(Admission::Member);
            }
            Reason::NotAMember
        }
    };
    if principal.may_elevate(tenant, facts.named_by_header) {
        Ok(Admission::Elevated)
    } else {
        Err(refusal)
    }
}

fn active(tenant: Option<&Tenant>) -> Result<(), Reason> {
    match tenant {
        None => Err(Reason::UnknownTenant),
        Some(tenant) if !tenant.is_active() => Err(Reason::InactiveTenant),
        Some(_) => Ok(()),
    }
}
