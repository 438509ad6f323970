//! What the sources said, and what came of looking it up.

use std::sync::Arc;

use super::{
    Mode,
    decide::{Facts, Named},
};
use crate::{
    principal::Principal,
    source::Source,
    tenant::{Tenant, TenantKey},
};

/// What the resolvers said. The first claim is kept in place, so that one source costs no
/// allocation.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) first: Option<(Source, TenantKey)>,
    /// Keys that differ from the first and from each other.
    pub(super) others: Vec<TenantKey>,
    pub(super) by_header: bool,
}

impl Claims {
    pub(super) fn add(&mut self, source: Source, key: TenantKey) {
        self.by_header |= source == Source::Header;
        match &self.first {
            None => self.first = Some((source, key)),
            Some((_, first)) => {
                if *first != key && !self.others.contains(&key) {
                    self.others.push(key);
                }
            }
        }
    }
}

/// The tenant that leads, and what the rest of the request says about it.
pub(super) struct Comparison {
    pub(super) tenant: Arc<Tenant>,
    pub(super) source: Source,
    pub(super) sources_agree: bool,
    pub(super) named_by_header: bool,
    pub(super) token_names: Named,
}

impl Comparison {
    pub(super) fn facts<'a>(&'a self, mode: Mode, principal: Option<&'a Principal>) -> Facts<'a> {
        Facts {
            mode,
            tenant: &self.tenant,
            sources_agree: self.sources_agree,
            named_by_header: self.named_by_header,
            token: &self.token_names,
            principal,
        }
    }

    /// The tenant, if it is active and every key means it. Otherwise the request ends before a
    /// membership matters, and the membership store is not asked.
    pub(super) fn agreed_tenant(&self) -> Option<&Tenant> {
        let is_agreed = self.tenant.is_active()
            && self.sources_agree
            && !matches!(self.token_names, Named::Other(_));
        is_agreed.then_some(&*self.tenant)
    }
}
