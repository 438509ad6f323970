//! What a [`Guard`] decides in memory, without a database:
//! `cargo bench -p tenancy-seaorm --bench guard`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    unreachable_pub
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tenancy_core::{
    Action, Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::StaticResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{Catalog, Grants, Guard, Policy, SoftDelete};
use tokio::runtime::Runtime;

mod agent {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "agent")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub owner_id: i64,
        pub is_public: bool,
        pub mode: String,
        pub is_active: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

const ACME: i64 = 1;
const GLOBEX: i64 = 2;
const ANN: i64 = 4711;

struct Ann;

impl Authenticator for Ann {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let member = Membership::new(TenantKey::parse_name("acme").unwrap(), [Role::Member]);
        let ann = Principal::new(ANN.to_string()).with_membership(member);
        Answer::Now(Ok(Some(Authenticated::new(ann))))
    }
}

/// The context of a request that a member makes.
async fn member() -> TenantContext {
    let tenants = InMemoryTenantStore::new();
    let acme = Tenant::new(
        TenantId::integer(ACME).unwrap(),
        Slug::parse("acme").unwrap(),
    );
    tenants.insert(acme).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(StaticResolver::new(TenantKey::parse_name("acme").unwrap()))
        .authenticate(Ann)
        .store(tenants)
        .build()
        .unwrap();
    let (request, ()) = http::Request::new(()).into_parts();
    let context = tenancy.resolve(&request, Mode::Required).await;
    context.unwrap().unwrap()
}

/// The policy with nothing but an owner, and one with everything that a row can say about itself.
fn guards() -> [(&'static str, Guard<agent::Entity>); 2] {
    let owner = || Policy::tenant(agent::Column::TenantId).owner(agent::Column::OwnerId);
    let everything = owner()
        .public_when("is_public")
        .shared_by(agent::Column::Mode, Grants::none())
        .soft_delete(SoftDelete::active_flag("is_active"));
    [("owner", owner()), ("everything", everything)].map(|(name, policy)| {
        let catalog = Catalog::builder().policy::<agent::Entity>(policy).build();
        (name, catalog.unwrap().guard().unwrap())
    })
}

fn authorize(c: &mut Criterion) {
    let context = Runtime::new().unwrap().block_on(member());
    let row = |tenant_id, owner_id| agent::Model {
        id: 7,
        tenant_id,
        owner_id,
        is_public: false,
        mode: "private".into(),
        is_active: true,
    };
    for (name, guard) in guards() {
        let mut group = c.benchmark_group(format!("guard, {name}"));
        for (name, row, is_allowed) in [
            ("own row", row(ACME, ANN), true),
            ("a colleague's row", row(ACME, ANN + 1), false),
            ("another tenant's row", row(GLOBEX, ANN), false),
        ] {
            let authorize = || {
                let answer = guard.authorize(black_box(&context), Action::Edit, black_box(&row));
                answer.is_ok()
            };
            assert_eq!(authorize(), is_allowed);
            group.bench_function(name, |b| b.iter(authorize));
        }
    }
}

criterion_group!(benches, authorize);
criterion_main!(benches);
