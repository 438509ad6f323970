//! Tenants with ids of each kind, and who comes to them.

use http::HeaderName;
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::TenantColumnType;
use uuid::Uuid;

pub const KINDS: [TenantColumnType; 3] = [
    TenantColumnType::Uuid,
    TenantColumnType::Int64,
    TenantColumnType::Text,
];

pub const TENANTS: usize = 4;

/// The third and fourth differ in case alone where ids are text.
pub fn tenant(kind: TenantColumnType, index: usize) -> TenantId {
    match kind {
        TenantColumnType::Uuid => TenantId::uuid(Uuid::from_u128(
            0xabcd_0000_0000_4000_8000_0000_0000_0000 + index as u128,
        ))
        .unwrap(),
        TenantColumnType::Text => ["acme", "globex", "Initech", "initech"][index]
            .parse()
            .unwrap(),
        _ => TenantId::integer(index as i64 + 1).unwrap(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Service,
    Administrator,
    /// Of the platform, elevated.
    Platform,
    Ann,
    Bob,
    Guest,
}

pub const ALL: [Who; 6] = [
    Who::Service,
    Who::Administrator,
    Who::Platform,
    Who::Ann,
    Who::Bob,
    Who::Guest,
];

impl Who {
    pub fn is_bound(self) -> bool {
        matches!(self, Self::Ann | Self::Bob | Self::Guest)
    }

    pub fn subject(self) -> Option<&'static str> {
        match self {
            Self::Service | Self::Guest => None,
            Self::Administrator => Some("alice"),
            Self::Platform => Some("grace"),
            Self::Ann => Some("ann"),
            Self::Bob => Some("bob"),
        }
    }
}

struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let header = request
            .single_header(&HeaderName::from_static("x-user"))
            .unwrap();
        Answer::Now(Ok(header.map(|name| {
            let name = str::from_utf8(name).unwrap();
            let here = |role| Membership::new(TenantKey::parse_name("here").unwrap(), [role]);
            let user = Principal::new(name);
            Authenticated::new(match name {
                "alice" => user.with_membership(here(Role::TenantAdmin)),
                "grace" => user.platform_admin(),
                _ => user.with_membership(here(Role::Member)),
            })
        })))
    }
}

pub async fn context(id: TenantId, who: Who) -> TenantContext {
    let tenant = Tenant::new(id, Slug::parse("here").unwrap());
    if who == Who::Service {
        return TenantContext::assume(std::sync::Arc::new(tenant), "a test").unwrap();
    }
    let tenants = InMemoryTenantStore::new();
    tenants.insert(tenant).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(Users)
        .store(tenants)
        .build()
        .unwrap();
    let mut request = http::Request::get("/").header("x-tenant-id", "here");
    if let Some(user) = who.subject() {
        request = request.header("x-user", user);
    }
    let (request, ()) = request.body(()).unwrap().into_parts();
    tenancy
        .resolve(&request, Mode::Public)
        .await
        .unwrap()
        .unwrap()
}
