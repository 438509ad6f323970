//! Asks authenticator, resolvers and store in turn, and lets [`decide`](super::decide) decide.

use std::sync::Arc;

use super::{
    Mode, TenantResolver,
    claims::{Claims, Comparison},
    decide::{self, Candidates, Named, NamedBy},
    origin::Origins,
    proxy::{Proxied, TrustedProxies},
};
use crate::{
    access::{PermissionSet, PermissionStore},
    answer::Answer,
    audit::{Audit, AuditedRequest, Trail},
    authenticate::{
        Authenticated, Authenticator,
        bearer::{self, WithoutBearer},
    },
    context::{Admission, TenantContext},
    error::{Reason, ResolveError, StoreError},
    membership::MembershipStore,
    principal::{Membership, Principal},
    request::RequestView,
    store::TenantStore,
    tenant::{Tenant, TenantKey},
};

/// Awaits an answer, but takes one that is there already without moving it through a future: that
/// is a tenth of the time of a whole request.
macro_rules! settle {
    ($answer:expr) => {
        match $answer {
            Answer::Now(value) => value,
            Answer::Later(future) => future.await,
        }
    };
}

/// Everything that takes part in the resolution of a request.
pub(crate) struct Chain {
    pub(crate) resolvers: Vec<Box<dyn TenantResolver>>,
    pub(crate) authenticators: Vec<Box<dyn Authenticator>>,
    pub(crate) memberships: Option<Box<dyn MembershipStore>>,
    pub(crate) permissions: Option<Box<dyn PermissionStore>>,
    pub(crate) store: Box<dyn TenantStore>,
    pub(crate) falls_back: bool,
    pub(crate) proxies: Option<TrustedProxies>,
    pub(crate) origins: Origins,
    pub(crate) audit: Audit,
}

impl Chain {
    /// The request as a trusted proxy reports it, where one does.
    pub(super) fn through_proxy<'a>(
        &self,
        request: &'a (dyn RequestView + 'a),
    ) -> Result<Option<Proxied<'a>>, ResolveError> {
        match &self.proxies {
            Some(proxies) => proxies.see(request),
            None => Ok(None),
        }
    }

    /// Credentials become a principal; every source speaks; all that spoke have to mean one active
    /// tenant that the principal may enter; a context comes out.
    ///
    /// `Ok(None)` is a request of [`Mode::Optional`] that names no tenant.
    pub(crate) async fn resolve(
        &self,
        request: &dyn RequestView,
        mode: Mode,
    ) -> Result<Option<TenantContext>, ResolveError> {
        let proxied = self.through_proxy(request)?;
        let request = proxied.as_ref().map_or(request, |proxied| proxied);
        let authenticated = self.authenticate(request, mode).await?;
        let claims = self.gather(request).await?;
        let Some(comparison) = self.compare(mode, &claims, authenticated.as_ref()).await? else {
            return Ok(None);
        };
        let context = self.enter(request, mode, comparison, authenticated);
        context.await.map(Some)
    }

    /// The one principal that the request has credentials of. A bearer token with the prefix of one
    /// authenticator is shown to that one alone.
    async fn authenticate(
        &self,
        request: &dyn RequestView,
        mode: Mode,
    ) -> Result<Option<Authenticated>, ResolveError> {
        let owner = bearer::owner(&self.authenticators, request);
        let mut authenticated = None;
        for (index, authenticator) in self.authenticators.iter().enumerate() {
            let found = if owner.is_none_or(|owner| owner == index) {
                settle!(authenticator.authenticate(request))?
            } else {
                settle!(authenticator.authenticate(&WithoutBearer(request)))?
            };
            if found.is_some() && authenticated.is_some() {
                return Err(Reason::TokenInvalid.into());
            }
            authenticated = authenticated.or(found);
        }
        if authenticated.is_none() && bearer::is_left_over(&self.authenticators, request) {
            return Err(Reason::TokenInvalid.into());
        }
        decide::require_principal(
            mode,
            !self.authenticators.is_empty(),
            authenticated.is_some(),
        )?;
        Ok(authenticated)
    }

    /// What every source says, in the order in which they were added.
    async fn gather(&self, request: &dyn RequestView) -> Result<Claims, ResolveError> {
        let mut claims = Claims::default();
        for resolver in &self.resolvers {
            // One match, because a key that is moved twice costs as much as it took to read.
            match resolver.resolve(request) {
                Answer::Now(Ok(Some(key))) => claims.add(resolver.source(), key),
                Answer::Now(Ok(None)) => {}
                Answer::Now(Err(error)) => return Err(error),
                Answer::Later(key) => {
                    if let Some(key) = key.await? {
                        claims.add(resolver.source(), key);
                    }
                }
            }
        }
        Ok(claims)
    }

    /// Looks up the tenant that the first claim names, and compares all the other keys with it.
    /// `None` when there is no claim and none is required.
    async fn compare(
        &self,
        mode: Mode,
        claims: &Claims,
        authenticated: Option<&Authenticated>,
    ) -> Result<Option<Comparison>, ResolveError> {
        let candidates = Candidates {
            asserted: claims.first.as_ref().map(|(source, key)| (source, key)),
            token: authenticated.and_then(Authenticated::named_by),
            falls_back: self.falls_back,
            is_authenticated: authenticated.is_some(),
        };
        let Some((&source, key)) = decide::choose_claim(mode, candidates)? else {
            return Ok(None);
        };
        let Some(tenant) = settle!(self.store.find(key))? else {
            return Err(Reason::UnknownTenant.into());
        };
        let mut sources_agree = true;
        for other in &claims.others {
            let named = self.named(&tenant, other).await?;
            sources_agree &= matches!(named, Named::Same);
        }
        let mut token_names = Named::Nothing;
        for key in authenticated.into_iter().flat_map(Authenticated::names) {
            if !matches!(token_names, Named::Other(_)) {
                token_names = self.named(&tenant, key).await?;
            }
        }
        Ok(Some(Comparison {
            tenant,
            source,
            sources_agree,
            named_by_header: claims.by_header,
            token_names,
        }))
    }

    /// Decides whether the principal may enter the tenant, records what has to be audited, and
    /// makes the context.
    async fn enter(
        &self,
        request: &dyn RequestView,
        mode: Mode,
        comparison: Comparison,
        authenticated: Option<Authenticated>,
    ) -> Result<TenantContext, ResolveError> {
        let by_cookie = authenticated.as_ref().is_some_and(|found| found.is_cookie);
        let principal = match (authenticated, &self.memberships) {
            (Some(authenticated), Some(store)) => {
                let tenant = comparison.agreed_tenant();
                Some(enrolled(store.as_ref(), authenticated, tenant).await?)
            }
            (authenticated, _) => authenticated.map(|found| found.principal),
        };
        let Comparison { tenant, source, .. } = &comparison;
        let audited = || AuditedRequest {
            request,
            tenant,
            source: *source,
            principal: principal.as_deref(),
        };
        let admission = match decide::admit(comparison.facts(mode, principal.as_deref())) {
            Ok(admission) => admission,
            Err(reason) => {
                if matches!(reason, Reason::NotAMember | Reason::Disagreement) {
                    self.audit.refused(audited(), reason);
                }
                return Err(reason.into());
            }
        };
        if let Some(origin) = self.origin_to_check(request, by_cookie)?
            && let Err(error) = self.check_origin(request, origin, tenant).await
        {
            if error.reason() == Reason::ForeignOrigin {
                self.audit.refused(audited(), error.reason());
            }
            return Err(error);
        }
        if admission == Admission::Elevated {
            self.audit.elevated(audited());
        }
        #[cfg(feature = "development")]
        if principal
            .as_ref()
            .is_some_and(|principal| principal.is_in_development())
        {
            self.audit.development(audited());
        }
        let trail = Trail::of(&self.audit, Some(request));
        let Comparison { tenant, source, .. } = comparison;
        let mut context = TenantContext::new(tenant, source, principal, admission, trail);
        self.permit(&mut context).await?;
        Ok(context)
    }

    /// Asks the permission store, where there is one, what the roles of a context permit.
    pub(crate) async fn permit(&self, context: &mut TenantContext) -> Result<(), StoreError> {
        if let Some(store) = &self.permissions {
            let permissions = match context.roles() {
                [] => PermissionSet::empty(),
                roles => settle!(store.permissions(context.tenant(), roles))?,
            };
            context.permit(permissions);
        }
        Ok(())
    }

    /// What a key names, compared with a tenant. The store is only asked when the tenant itself
    /// does not answer to the key.
    async fn named(&self, tenant: &Tenant, key: &TenantKey) -> Result<Named, ResolveError> {
        if tenant.is_named_by(key) {
            return Ok(Named::Same);
        }
        Ok(match settle!(self.store.find(key))? {
            Some(other) if other.id() == tenant.id() => Named::Same,
            other => Named::Other(other),
        })
    }
}

impl Authenticated {
    fn named_by(&self) -> Option<NamedBy<'_>> {
        self.tenant.as_ref().map(|key| (&self.source, key))
    }

    /// All the ways in which the credentials name their tenant.
    fn names(&self) -> impl Iterator<Item = &TenantKey> {
        self.tenant.iter().chain(&self.claimed)
    }
}

/// The principal with the membership that the store knows of, instead of those that the credentials
/// speak of. Without a tenant, it is not asked.
async fn enrolled(
    store: &dyn MembershipStore,
    authenticated: Authenticated,
    tenant: Option<&Tenant>,
) -> Result<Arc<Principal>, ResolveError> {
    let mut principal = authenticated.principal;
    let membership = match tenant {
        None => None,
        Some(tenant) => settle!(store.roles(&principal, tenant))?.and_then(|mut roles| {
            if authenticated.are_roles_a_limit {
                let limit = principal.roles_in(tenant)?;
                roles.retain(|role| limit.contains(role));
            }
            Some(Membership::new(TenantKey::Name(tenant.id().clone()), roles))
        }),
    };
    Arc::make_mut(&mut principal).keep_only(membership);
    Ok(principal)
}
