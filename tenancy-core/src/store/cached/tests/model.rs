//! A cache next to its store, through random changes.

use proptest::prelude::*;

use super::*;
use crate::tenant::{TenantKind, TenantStatus};

/// A change to the store, with what its author announces.
#[derive(Clone, Debug)]
enum Step {
    Insert(i64, usize),
    Rename(i64, usize),
    Suspend(i64),
    Remove(i64),
    Look,
    ForgetAll,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..5_i64, 0..4_usize).prop_map(|(id, slug)| Step::Insert(id, slug)),
        (1..5_i64, 0..4_usize).prop_map(|(id, slug)| Step::Rename(id, slug)),
        (1..5_i64).prop_map(Step::Suspend),
        (1..5_i64).prop_map(Step::Remove),
        Just(Step::Look),
        Just(Step::ForgetAll),
    ];
    prop::collection::vec(step, 1..40)
}

const SLUGS: [&str; 4] = ["acme", "globex", "initech", "hooli"];

/// Platform for one id, and a domain of its own for each slug.
fn described(id: i64, slug: usize) -> Tenant {
    let tenant = tenant(id, SLUGS[slug]).with_domain(domain(&format!("{}.example", SLUGS[slug])));
    if id == 1 {
        tenant.with_kind(TenantKind::Platform)
    } else {
        tenant
    }
}

fn every_key() -> Vec<TenantKey> {
    let ids = (1..5).map(|id| name(&format!("{id}")));
    let names = SLUGS.iter().flat_map(|slug| {
        let domain = TenantKey::Domain(domain(&format!("{slug}.example")));
        [name(slug), name(&slug.to_uppercase()), host(slug), domain]
    });
    ids.chain(names).chain([TenantKey::Platform]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn s10_a_cache_whose_changes_are_announced_never_differs_from_its_store(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = InMemoryTenantStore::new();
            let store = CachedTenantStore::new(database.clone());
            for step in steps {
                let before = |id| database.remove(&TenantId::integer(id).unwrap()).ok();
                match step {
                    Step::Insert(id, slug) => {
                        if let Ok(new) = database.insert(described(id, slug)) {
                            store.invalidate_tenant(&new);
                        }
                    }
                    Step::Rename(id, slug) => {
                        if let Some(old) = before(id) {
                            let new = database.insert(described(id, slug));
                            store.invalidate_tenant(&old);
                            if let Ok(new) = new {
                                store.invalidate_tenant(&new);
                            }
                        }
                    }
                    Step::Suspend(id) => {
                        let id = TenantId::integer(id).unwrap();
                        if database.set_status(&id, TenantStatus::Suspended).is_ok() {
                            store.invalidate(id);
                        }
                    }
                    Step::Remove(id) => {
                        if let Some(old) = before(id) {
                            store.invalidate_tenant(&old);
                        }
                    }
                    Step::Look => {}
                    Step::ForgetAll => store.invalidate(Invalidation::All),
                }
                for key in every_key() {
                    let (kept, asked) = (store.find(&key).await.unwrap(), database.find(&key).await.unwrap());
                    assert_eq!(kept, asked, "{key:?}");
                }
            }
        });
    }
}
