//! What was taken away is gone with the next request.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{Bed, EDIT, INVITE, InMemoryPermissionStore, READ, editor, everywhere, id};
use crate::{
    access::{PermissionSet, PermissionStore},
    answer::Answer,
    error::{Reason, StoreError},
    principal::{Principal, Role},
    tenant::Tenant,
};

#[tokio::test]
async fn a_role_or_membership_that_is_taken_away_is_gone() {
    let bed = Bed::new();
    bed.grant("ann", 1, [Role::TenantAdmin]);
    let before = bed.enter("ann", "acme").await.unwrap();
    assert!(before.has_role(&Role::TenantAdmin) && before.permits(&INVITE));
    bed.grant("ann", 1, [editor()]);
    let after = bed.enter("ann", "acme").await.unwrap();
    assert!(!after.has_role(&Role::TenantAdmin) && !after.permits(&INVITE));
    assert!(after.permits(&EDIT));
    bed.members.revoke(&Principal::new("ann"), &id(1));
    assert_eq!(
        bed.enter("ann", "acme").await.unwrap_err(),
        Reason::NotAMember
    );
    // The request that had begun before keeps what it had.
    assert!(before.permits(&INVITE));
}

#[tokio::test]
async fn a_role_is_what_its_tenant_defines_from_the_next_request_on() {
    let store = InMemoryPermissionStore::new(everywhere());
    let bed = Bed::with(store.clone());
    for tenant in [1, 2] {
        bed.grant("eve", tenant, [editor()]);
    }
    let can = async |tenant, permission| {
        let context = bed.enter("eve", tenant).await.unwrap();
        context.permits(&permission)
    };
    assert!(can("acme", EDIT).await);
    store.define(&id(1), &editor(), [READ, INVITE]).unwrap();
    assert!(!can("acme", EDIT).await);
    assert!(can("acme", INVITE).await);
    assert!(can("globex", EDIT).await);
    assert!(!can("globex", INVITE).await);
    store.define(&id(1), &editor(), []).unwrap();
    assert!(!can("acme", READ).await);
    store.remove(&id(1), &editor());
    assert!(can("acme", EDIT).await);
}

#[tokio::test]
async fn a_context_that_lives_on_learns_of_changes_when_it_asks() {
    let store = InMemoryPermissionStore::new(everywhere());
    let bed = Bed::with(store.clone());
    bed.grant("eve", 1, [editor()]);
    let context = bed.enter("eve", "acme").await.unwrap();
    store.define(&id(1), &editor(), [INVITE]).unwrap();
    assert!(context.permits(&EDIT) && !context.permits(&INVITE));
    let context = bed.tenancy.permit(context).await.unwrap();
    assert!(!context.permits(&EDIT) && context.permits(&INVITE));
    let guest = bed.enter("", "acme").await.unwrap();
    assert!(
        bed.tenancy
            .permit(guest)
            .await
            .unwrap()
            .permissions()
            .is_empty()
    );
}

/// Counts its questions, and fails where it is told to.
#[derive(Clone, Default)]
struct Counting {
    questions: Arc<AtomicUsize>,
    fails: bool,
}

impl PermissionStore for Counting {
    fn permissions<'a>(
        &'a self,
        tenant: &'a Tenant,
        roles: &'a [Role],
    ) -> Answer<'a, Result<PermissionSet, StoreError>> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Answer::Now(Err(StoreError::new("connection refused")));
        }
        Answer::later(async move {
            tokio::task::yield_now().await;
            everywhere().permissions(tenant, roles).await
        })
    }
}

#[tokio::test]
async fn a_store_is_asked_once_and_only_about_those_who_have_a_role() {
    let store = Counting::default();
    let bed = Bed::with(store.clone());
    bed.grant("eve", 1, [Role::Member, editor()]);
    bed.grant("ida", 1, []);
    for (user, tenant, questions) in [
        ("", "acme", 0),
        ("ida", "acme", 0),
        ("mallory", "acme", 0),
        ("eve", "globex", 0),
        ("eve", "acme", 1),
        ("root", "acme", 1),
    ] {
        let found = bed.enter(user, tenant).await;
        assert_eq!(
            store.questions.swap(0, Ordering::SeqCst),
            questions,
            "{user} in {tenant}"
        );
        if user == "eve" && tenant == "acme" {
            assert!(found.unwrap().permits(&EDIT));
        }
    }
}

#[tokio::test]
async fn a_store_that_could_not_be_asked_ends_the_request() {
    let bed = Bed::with(Counting {
        fails: true,
        ..Counting::default()
    });
    bed.grant("eve", 1, [editor()]);
    bed.grant("ida", 1, []);
    assert_eq!(
        bed.enter("eve", "acme").await.unwrap_err(),
        Reason::StoreUnavailable
    );
    let ida = bed.enter("ida", "acme").await.unwrap();
    assert!(bed.tenancy.permit(ida).await.is_ok());
}
