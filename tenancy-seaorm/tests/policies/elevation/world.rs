//! Three tenants, administrators who ask for elevations, and what was recorded about it.

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use http::HeaderName;
use sea_orm::DatabaseConnection;
use sea_orm::DbBackend;
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    audit::{AuditError, AuditEvent, AuditSink},
    authenticate::{Authenticated, Authenticator},
    elevation::{AuthorityError, Elevation, ElevationScope, PlatformCapability},
    resolve::HeaderResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{ElevatedConnection, TenantDatabase};
use testbed::{ACME, GLOBEX, Testbed, author, backends, insert, note};
use uuid::Uuid;

/// The tenant whom no elevation of these tests chooses.
pub const INITECH: Uuid = Uuid::from_u128(0x1417_0000_0000_4000_8000_0000_0000_0004);

pub const MINUTE: Duration = Duration::from_secs(60);

pub struct World<'a> {
    pub bed: &'a Testbed,
    /// What elevated connections are asked of.
    pub database: TenantDatabase,
    /// The pool of the platform's role, where there are policies.
    pub platform: Option<DatabaseConnection>,
}

/// Runs `test` on every engine, and on PostgreSQL behind its policies, too.
pub async fn everywhere(test: impl AsyncFn(&World<'_>)) {
    for backend in backends() {
        on(backend, &test).await;
    }
    if backends().contains(&DbBackend::Postgres) {
        behind_policies(&test).await;
    }
}

pub async fn on(backend: DbBackend, test: impl AsyncFn(&World<'_>)) {
    testbed::on(backend, async |bed| {
        fill(bed).await;
        let world = World {
            bed,
            database: bed.database.clone(),
            platform: None,
        };
        test(&world).await;
    })
    .await;
}

pub async fn behind_policies(test: impl AsyncFn(&World<'_>)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        fill(bed).await;
        secure(bed).await;
        let platform = sea_orm::Database::connect(platform_url(bed)).await.unwrap();
        let database = bed.database.clone().with_row_security().unwrap();
        let database = database.with_platform_pool(platform.clone()).await.unwrap();
        let world = World {
            bed,
            database,
            platform: Some(platform),
        };
        eprintln!("behind policies");
        test(&world).await;
    })
    .await;
}

/// The platform's role, and policies that admit it.
pub async fn secure(bed: &Testbed) {
    use sea_orm::ConnectionTrait;

    let role = platform_role(bed);
    let make = format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'");
    bed.owner.execute_unprepared(&make).await.unwrap();
    let security = tenancy_seaorm::RowSecurity::of(&testbed::catalog())
        .application_role(&bed.role)
        .unwrap()
        .platform_role(&role)
        .unwrap();
    security.apply(&bed.owner).await.unwrap();
}

pub fn platform_role(bed: &Testbed) -> String {
    format!("{}_platform", bed.role)
}

pub fn platform_url(bed: &Testbed) -> String {
    let role = platform_role(bed);
    let own = format!("{0}:{0}@", bed.role);
    bed.application_url()
        .replacen(&own, &format!("{role}:{role}@"), 1)
}

/// A third tenant beside the bed's two, and rows of each that point at another's.
async fn fill(bed: &Testbed) {
    let name = "ann".to_owned();
    let theirs = author::Model {
        id: 201,
        tenant_id: INITECH,
        name,
    };
    insert(&bed.owner, theirs).await;
    for (id, tenant_id, author_id, title) in [
        (201, INITECH, Some(201), "plan"),
        (202, INITECH, Some(1), "pointing"),
        (7, ACME, Some(201), "pointing"),
    ] {
        let row = note::Model {
            id,
            tenant_id,
            author_id,
            title: title.into(),
            body: format!("body of {title}"),
            score: Some(20),
        };
        insert(&bed.owner, row).await;
    }
}

impl World<'_> {
    /// Of ACME and GLOBEX.
    pub async fn two(&self) -> ElevatedConnection {
        self.elevated(two()).await
    }

    pub async fn elevated(&self, scope: ElevationScope) -> ElevatedConnection {
        let elevation = elevation(scope, MINUTE).await;
        self.database.elevated(elevation).unwrap()
    }
}

pub fn ids(tenants: &[Uuid]) -> ElevationScope {
    ElevationScope::tenants(tenants.iter().map(|id| TenantId::uuid(*id).unwrap()))
}

pub fn two() -> ElevationScope {
    ids(&[GLOBEX, ACME])
}

/// An elevation that an administrator of the platform asked for.
pub async fn elevation(scope: ElevationScope, lifetime: Duration) -> Elevation {
    let context = request("root", Arc::default()).await;
    Elevation::request(&context, "ticket 4711", scope, lifetime).unwrap()
}

#[derive(Default)]
pub struct Kept(Mutex<Vec<AuditEvent>>);

impl Kept {
    pub fn take(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl AuditSink for Kept {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }

    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        self.record(event);
        Ok(())
    }
}

/// `x-user: heidi`; `root` is the platform's.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let header = request
            .single_header(&HeaderName::from_static("x-user"))
            .expect("one user");
        Answer::Now(Ok(header.map(|name| {
            let name = str::from_utf8(name).expect("a name");
            let acme = TenantKey::parse_name("acme").unwrap();
            let user = Principal::new(name);
            Authenticated::new(match name {
                "root" => user.platform_admin(),
                _ => user.with_membership(Membership::new(acme, [Role::TenantAdmin])),
            })
        })))
    }
}

/// The context of a user's request to ACME, whose events go to `kept`.
pub async fn request(user: &str, kept: Arc<Kept>) -> TenantContext {
    let tenants = InMemoryTenantStore::new();
    let acme = Tenant::new(TenantId::uuid(ACME).unwrap(), Slug::parse("acme").unwrap());
    tenants.insert(acme).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(Users)
        .audit(kept)
        .store(tenants)
        .build()
        .unwrap();
    let request = http::Request::get("/")
        .header("x-tenant-id", "acme")
        .header("x-user", user);
    let (request, ()) = request.body(()).unwrap().into_parts();
    let context = tenancy.resolve(&request, Mode::Public).await.unwrap();
    context.expect("a tenant")
}

/// An elevation of the service itself, of which a process has one capability.
pub fn of_the_service(scope: ElevationScope) -> Result<Elevation, AuthorityError> {
    static SERVICE: OnceLock<PlatformCapability> = OnceLock::new();
    SERVICE
        .get_or_init(|| PlatformCapability::take(service_events()).unwrap())
        .elevate("nightly report", scope, MINUTE)
}

pub fn service_events() -> Arc<Kept> {
    static KEPT: OnceLock<Arc<Kept>> = OnceLock::new();
    Arc::clone(KEPT.get_or_init(Arc::default))
}
