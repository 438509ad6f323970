#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod answer;
mod audit;
mod context;
#[cfg(feature = "development")]
mod development;
mod elevation;
mod error;
#[cfg(feature = "forward")]
mod forward;
mod id;
mod impersonation;
mod key;
mod membership;
mod principal;
mod problem;
mod request;
mod resolve;
mod source;
mod store;
mod tenancy;
mod tenant;
mod validity;

#[doc = include_str!("../DESIGN.md")]
pub mod design {}

#[doc = include_str!("../docs/choosing-sources.md")]
pub mod choosing_sources {}

#[doc = include_str!("../docs/behind-a-proxy.md")]
pub mod behind_a_proxy {}

#[doc = include_str!("../docs/migrating-from-a-header.md")]
pub mod migrating_from_a_header {}

#[doc = include_str!("../docs/designing-policies.md")]
#[doc = include_str!("../docs/access-matrix.md")]
pub mod designing_policies {}

#[cfg(feature = "development")]
pub use self::development::Development;
#[cfg(feature = "forward")]
pub use self::forward::{ContextSigner, ForwardError, Forwarded, ForwardedContext};
#[cfg(feature = "signed-cookie")]
pub use self::resolve::SignedCookieResolver;
#[cfg(feature = "api-key")]
pub use self::resolve::{
    ApiKey, ApiKeyDigest, ApiKeyError, ApiKeyGrant, ApiKeyStore, ApiKeys, InMemoryApiKeyStore,
};
#[cfg(any(feature = "aws_lc_rs", feature = "rust_crypto"))]
pub use self::resolve::{
    ClaimPath, InvalidKeySet, Jwt, JwtAlgorithm, JwtIssuers, KeySet, KeySetBuilder, KeySetSource,
    VerifyingKey,
};
#[cfg(feature = "cache")]
pub use self::store::{CachedTenantStore, CachedTenantStoreBuilder, Invalidation, Invalidations};
pub use self::{
    access::{
        AccessError, AccessErrorKind, Action, ActorKind, Granted, InMemoryPermissionStore,
        OwnerRef, Permission, PermissionSet, PermissionStore, Required, Requirement, Resource,
        ResourceFacts, RolePermissions, RolePermissionsBuilder, Sharing, TenantAdmin, TenantMember,
        TenantOwned,
    },
    answer::{Answer, AnswerFuture},
    audit::{
        AuditChannel, AuditDraft, AuditError, AuditEvent, AuditEvents, AuditKind, AuditOutcome,
        AuditSink, DurableAuditSink, RequestId,
    },
    context::{ScopedStream, TenantContext},
    elevation::{Elevation, ElevationScope, PlatformCapability},
    error::{
        AuthorityError, AuthorityErrorKind, BuildError, ConflictKind, ErrorKind, NoContext, Reason,
        ResolveError, StoreConflict, StoreError,
    },
    id::{Domain, InvalidId, Slug, TenantId, TenantIdRef},
    impersonation::ImpersonationPolicy,
    key::TenantKey,
    membership::{InMemoryMembershipStore, MembershipStore},
    principal::{Membership, Principal, Role, RoleName},
    problem::Problem,
    request::{PeerAddr, Repeated, RequestView},
    resolve::{
        Authenticated, Authenticator, CookieResolver, CustomDomainResolver, HeaderResolver,
        PathResolver, Platform, QueryResolver, ResolverFn, StaticResolver, SubdomainResolver,
        TenantResolver, TrustedProxies, resolver_fn,
    },
    source::{Resolved, Source},
    store::{InMemoryTenantStore, TenantStore},
    tenancy::{Mode, Tenancy, TenancyBuilder},
    tenant::{Tenant, TenantKind, TenantStatus},
};
