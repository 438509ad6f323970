//! What is recorded of a guard's refusals.

use std::sync::{Arc, Mutex};

use tenancy_core::{
    Action, Membership, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    access::AccessErrorKind,
    answer::Answer,
    audit::{AuditEvent, AuditKind, AuditOutcome, AuditSink},
    authenticate::{Authenticated, Authenticator},
    elevation::ImpersonationPolicy,
    resolve::{HeaderResolver, Source},
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{Catalog, Guard, Policy};

mod agent {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub owner_id: String,
        pub is_public: bool,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Default)]
struct Kept(Mutex<Vec<AuditEvent>>);

impl Kept {
    fn take(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl AuditSink for Kept {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn member(name: &str) -> Principal {
    let acme = TenantKey::parse_name("acme").unwrap();
    Principal::new(name).with_membership(Membership::new(acme, [Role::Member]))
}

struct User(Principal);

impl Authenticator for User {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(Authenticated::new(self.0.clone()))))
    }
}

async fn enter(user: Principal, kept: &Arc<Kept>) -> TenantContext {
    let tenants = InMemoryTenantStore::new();
    let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
    tenants.insert(acme).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(User(user))
        .audit(Arc::clone(kept))
        .store(tenants)
        .build()
        .unwrap();
    let request = http::Request::get("/")
        .header("x-tenant-id", "acme")
        .header("x-request-id", "req-7");
    let (request, ()) = request.body(()).unwrap().into_parts();
    let context = tenancy.resolve(&request, tenancy.mode()).await;
    context.unwrap().unwrap()
}

fn guard() -> Guard<agent::Entity> {
    let agents = Policy::tenant(agent::Column::TenantId)
        .owner(agent::Column::OwnerId)
        .public_when("is_public");
    let catalog = Catalog::builder().policy::<agent::Entity>(agents).build();
    catalog.unwrap().guard().unwrap()
}

fn agent(tenant_id: i64, owner_id: &str, is_public: bool) -> agent::Model {
    agent::Model {
        id: 7,
        tenant_id,
        owner_id: owner_id.into(),
        is_public,
        title: "a secret plan".into(),
    }
}

#[tokio::test]
async fn a02_a_row_that_a_guard_refuses_is_recorded_where_it_is_ensured_and_tells_no_data() {
    let (kept, guard) = (Arc::new(Kept::default()), guard());
    let ann = enter(member("ann"), &kept).await;
    for (model, action, kind, reason) in [
        (
            agent(1, "bob", false),
            Action::View,
            AccessErrorKind::NotVisible,
            "not_visible",
        ),
        (
            agent(1, "bob", true),
            Action::Edit,
            AccessErrorKind::NotOwner,
            "not_owner",
        ),
        (
            agent(2, "ann", true),
            Action::Delete,
            AccessErrorKind::NotVisible,
            "not_visible",
        ),
    ] {
        let refused = guard.authorize(&ann, action, &model).unwrap_err();
        assert_eq!(refused.kind(), kind);
        assert!(kept.take().is_empty(), "asking leaves no trace");
        let refused = guard.ensure(&ann, action, &model).unwrap_err();
        assert_eq!(refused.kind(), kind);
        let [event] = &kept.take()[..] else {
            panic!("one event");
        };
        assert_eq!(event.kind(), AuditKind::Refused);
        assert_eq!(event.outcome(), AuditOutcome::Denied);
        assert_eq!(event.tenant(), Some(ann.tenant_id()));
        assert_eq!((event.actor(), event.subject()), (Some("ann"), Some("ann")));
        assert_eq!(event.resource_kind(), Some("agent"));
        assert_eq!(event.resource_id(), Some("7"));
        assert_eq!(event.reason(), Some(reason));
        assert_eq!(event.source(), Source::Header);
        assert_eq!(event.request_id().unwrap().as_str(), "req-7");
        assert!(!format!("{event:?}").contains("secret"));
    }
    guard
        .ensure(&ann, Action::Edit, &agent(1, "ann", false))
        .unwrap();
    assert!(kept.take().is_empty());
}

#[tokio::test]
async fn a06_a_row_that_is_refused_to_an_impersonator_is_recorded_with_both_identities() {
    let (kept, guard) = (Arc::new(Kept::default()), guard());
    let root = enter(Principal::new("root").platform_admin(), &kept).await;
    let minute = std::time::Duration::from_secs(60);
    let acting = ImpersonationPolicy::new()
        .begin(&root, &member("ann"), "ticket 4711", minute)
        .unwrap();
    kept.take();
    guard
        .ensure(&acting, Action::Edit, &agent(1, "bob", true))
        .unwrap_err();
    let [event] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!(event.subject(), Some("ann"));
    assert_eq!(event.impersonator(), Some("root"));
    assert_eq!(event.actor(), Some("root"));
    assert_eq!(event.resource_id(), Some("7"));
    // The administrator could, and the user can with an own one.
    guard
        .ensure(&root, Action::Edit, &agent(1, "bob", true))
        .unwrap();
    guard
        .ensure(&acting, Action::Edit, &agent(1, "ann", false))
        .unwrap();
    assert!(kept.take().is_empty());
}
