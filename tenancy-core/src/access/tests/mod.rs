mod impersonated;
mod matrix;
mod names;
mod next_request;
mod page;
mod refused;
mod registry;
mod resources;
mod rows;

use std::sync::{Arc, Mutex};

use http::{HeaderName, Request};

use super::{InMemoryPermissionStore, Permission, PermissionStore, RolePermissions};
use crate::{
    answer::Answer,
    audit::{AuditEvent, AuditSink},
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::{Reason, ResolveError},
    id::{Slug, TenantId},
    membership::InMemoryMembershipStore,
    principal::{Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, Mode},
    store::InMemoryTenantStore,
    tenancy::{Tenancy, TenancyBuilder},
    tenant::{Tenant, TenantKind},
};

const READ: Permission = Permission::from_static("notes.read");
const EDIT: Permission = Permission::from_static("notes.edit");
const INVITE: Permission = Permission::from_static("people.invite");

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn editor() -> Role {
    Role::parse("editor").unwrap()
}

fn everywhere() -> RolePermissions {
    RolePermissions::builder()
        .permissions([READ, EDIT, INVITE])
        .grant(Role::Member, [READ])
        .grant(editor(), [READ, EDIT])
        .build()
        .unwrap()
}

/// Believes the header `x-user`; `root` administers the platform.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let name = request
            .single_header(&HeaderName::from_static("x-user"))
            .unwrap();
        Answer::Now(Ok(name.map(|name| {
            let user = Principal::new(str::from_utf8(name).unwrap());
            Authenticated::new(match name {
                b"root" => user.platform_admin(),
                _ => user,
            })
        })))
    }
}

#[derive(Default)]
struct Kept(Mutex<Vec<AuditEvent>>);

impl AuditSink for Kept {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

/// A service in which anybody may be anonymous, and what it is made of.
struct Bed {
    tenancy: Tenancy,
    members: InMemoryMembershipStore,
    kept: Arc<Kept>,
}

impl Bed {
    /// With roles that are the same in every tenant.
    fn new() -> Self {
        Self::with(everywhere())
    }

    fn with(permissions: impl PermissionStore) -> Self {
        Self::build(|builder| builder.permissions(permissions))
    }

    fn build(finish: impl FnOnce(TenancyBuilder) -> TenancyBuilder) -> Self {
        let tenants = InMemoryTenantStore::new();
        let tenant = |number, slug| Tenant::new(id(number), Slug::parse(slug).unwrap());
        for tenant in [
            tenant(1, "acme"),
            tenant(2, "globex"),
            tenant(9, "platform").with_kind(TenantKind::Platform),
        ] {
            tenants.insert(tenant).unwrap();
        }
        let members = InMemoryMembershipStore::new();
        let kept = Arc::<Kept>::default();
        let builder = Tenancy::builder()
            .resolver(HeaderResolver::new("x-tenant-id"))
            .authenticate(Users)
            .memberships(members.clone())
            .mode(Mode::Public)
            .audit(Arc::clone(&kept))
            .store(tenants);
        Self {
            tenancy: finish(builder).build().unwrap(),
            members,
            kept,
        }
    }

    fn grant(&self, user: &str, tenant: i64, roles: impl IntoIterator<Item = Role>) {
        self.members
            .grant(&Principal::new(user), &id(tenant), roles);
    }

    /// Enters a tenant; the empty name is no principal.
    async fn enter(&self, user: &str, tenant: &str) -> Result<TenantContext, Reason> {
        let parts = request(user, tenant);
        let found = self.tenancy.resolve(&parts, Mode::Public).await;
        found.map(Option::unwrap).map_err(|error| error.reason())
    }

    fn recorded(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.kept.0.lock().unwrap())
    }
}

fn request(user: &str, tenant: &str) -> http::request::Parts {
    let mut request = Request::get("/")
        .header("x-tenant-id", tenant)
        .header("x-request-id", "req-7");
    if !user.is_empty() {
        request = request.header("x-user", user);
    }
    request.body(()).unwrap().into_parts().0
}
