use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::request::Parts;

use super::{InMemoryMembershipStore, MembershipStore};
use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::{Reason, ResolveError, StoreError},
    id::{Slug, TenantId},
    principal::{Membership, Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, Platform},
    store::InMemoryTenantStore,
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey, TenantKind, TenantStatus},
};

const ISSUER: &str = "https://id.example.com";

/// Gives every principal the same answer.
#[derive(Clone)]
struct Signed(Authenticated);

impl Authenticator for Signed {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        Answer::Now(Ok(Some(self.0.clone())))
    }
}

/// Counts its questions, and fails where it is told to.
#[derive(Clone, Default)]
struct Counting {
    members: InMemoryMembershipStore,
    questions: Arc<AtomicUsize>,
    fails: bool,
}

impl MembershipStore for Counting {
    fn roles<'a>(
        &'a self,
        principal: &'a Principal,
        tenant: &'a Tenant,
    ) -> Answer<'a, Result<Option<Vec<Role>>, StoreError>> {
        self.questions.fetch_add(1, Ordering::SeqCst);
        if self.fails {
            return Answer::Now(Err(StoreError::new("connection refused")));
        }
        Answer::later(async move { self.members.roles(principal, tenant).await })
    }
}

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn key(name: &str) -> TenantKey {
    TenantKey::parse_name(name).unwrap()
}

fn ann() -> Principal {
    Principal::new("ann").issued_by(ISSUER)
}

fn billing() -> Role {
    Role::parse("billing").unwrap()
}

fn tenancy(authenticated: Authenticated, memberships: impl MembershipStore) -> Tenancy {
    let store = InMemoryTenantStore::new();
    let tenant = |number, slug| Tenant::new(id(number), Slug::parse(slug).unwrap());
    for tenant in [
        tenant(1, "acme"),
        tenant(2, "globex"),
        tenant(3, "closed").with_status(TenantStatus::Suspended),
        tenant(4, "platform").with_kind(TenantKind::Platform),
    ] {
        store.insert(tenant).unwrap();
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .fallback(Platform)
        .authenticate(Signed(authenticated))
        .memberships(memberships)
        .store(store)
        .build()
        .unwrap()
}

fn request(tenant: Option<&str>) -> Parts {
    let request = http::Request::get("/");
    let request = match tenant {
        Some(tenant) => request.header("x-tenant-id", tenant),
        None => request,
    };
    request.body(()).unwrap().into_parts().0
}

async fn enter(tenancy: &Tenancy, tenant: Option<&str>) -> Result<TenantContext, Reason> {
    let request = request(tenant);
    let found = tenancy.resolve(&request, tenancy.mode()).await;
    found.map(Option::unwrap).map_err(|error| error.reason())
}

#[tokio::test]
async fn s02_the_store_decides_and_not_the_token() {
    let claimed = ann()
        .with_membership(Membership::new(key("globex"), [Role::TenantAdmin]))
        .with_membership(Membership::new(key("acme"), [Role::TenantAdmin]));
    let members = InMemoryMembershipStore::new();
    members.grant(
        &ann(),
        &id(1),
        [Role::Member, billing(), Role::PlatformAdmin],
    );
    let tenancy = tenancy(Authenticated::new(claimed), members.clone());

    let context = enter(&tenancy, Some("acme")).await.unwrap();
    assert_eq!(context.roles(), [Role::Member, billing()]);
    let principal = context.principal().unwrap();
    assert_eq!(
        principal.memberships().len(),
        1,
        "what the token says is gone"
    );
    assert_eq!(
        enter(&tenancy, Some("globex")).await.unwrap_err(),
        Reason::NotAMember
    );
    assert_eq!(enter(&tenancy, None).await.unwrap_err(), Reason::NotAMember);

    // Whoever is removed is out with the next request.
    members.revoke(&ann(), &id(1));
    assert_eq!(
        enter(&tenancy, Some("acme")).await.unwrap_err(),
        Reason::NotAMember
    );
}

#[tokio::test]
async fn s02_a_subject_of_another_issuer_is_another_principal() {
    let members = InMemoryMembershipStore::new();
    members.grant(&ann(), &id(1), [Role::Member]);
    for (principal, is_member) in [
        (ann(), true),
        (Principal::new("ann"), false),
        (
            Principal::new("ann").issued_by("https://id.example.net"),
            false,
        ),
        (Principal::new("bob").issued_by(ISSUER), false),
    ] {
        let tenancy = tenancy(Authenticated::new(principal.clone()), members.clone());
        let found = enter(&tenancy, Some("acme")).await;
        assert_eq!(found.is_ok(), is_member, "{principal:?}");
    }
}

#[tokio::test]
async fn s02_a_token_still_narrows_to_its_tenant() {
    let members = InMemoryMembershipStore::new();
    members.grant(&ann(), &id(1), [Role::Member]);
    members.grant(&ann(), &id(2), [Role::Member]);
    let bound = tenancy(
        Authenticated::new(ann()).naming(key("acme")),
        members.clone(),
    );
    let free = tenancy(Authenticated::new(ann()), members);
    assert!(enter(&bound, None).await.is_ok());
    assert!(enter(&bound, Some("acme")).await.is_ok());
    assert_eq!(
        enter(&bound, Some("globex")).await.unwrap_err(),
        Reason::Disagreement
    );
    assert!(enter(&free, Some("globex")).await.is_ok());
}

#[tokio::test]
async fn s05_a_store_that_fails_makes_the_answer_unavailable() {
    for (fails, outcome) in [(false, Ok(())), (true, Err(Reason::StoreUnavailable))] {
        let store = Counting {
            fails,
            ..Counting::default()
        };
        store.members.grant(&ann(), &id(1), [Role::Member]);
        // Neither the token's own claims nor the fallback take its place.
        let claimed = ann().with_membership(Membership::new(key("acme"), [Role::Member]));
        for principal in [ann(), claimed, ann().platform_admin()] {
            let tenancy = tenancy(Authenticated::new(principal), store.clone());
            assert_eq!(enter(&tenancy, Some("acme")).await.map(drop), outcome);
        }
    }
}

#[tokio::test]
async fn the_store_is_asked_once_and_only_where_it_matters() {
    let store = Counting::default();
    store.members.grant(&ann(), &id(1), [Role::Member]);
    let narrowed = tenancy(Authenticated::new(ann()).naming(key("acme")), store.clone());
    for (tenant, reason, questions) in [
        ("acme", None, 1),
        ("closed", Some(Reason::InactiveTenant), 1),
        ("initech", Some(Reason::UnknownTenant), 1),
        ("globex", Some(Reason::Disagreement), 1),
        ("1", None, 2),
    ] {
        let found = enter(&narrowed, Some(tenant)).await.err();
        assert_eq!(found, reason, "{tenant}");
        assert_eq!(
            store.questions.load(Ordering::SeqCst),
            questions,
            "{tenant}"
        );
    }
}

#[tokio::test]
async fn a04_platform_administrators_enter_by_header_and_are_elevated() {
    let members = InMemoryMembershipStore::new();
    let root = ann().platform_admin();
    let tenancy = tenancy(Authenticated::new(root), members.clone());
    let context = enter(&tenancy, Some("acme")).await.unwrap();
    assert!(context.is_elevated());
    assert_eq!(context.roles(), [Role::PlatformAdmin]);
    // Their own tenant needs no membership; being a member is no elevation.
    assert!(!enter(&tenancy, None).await.unwrap().is_elevated());
    members.grant(&ann(), &id(1), [Role::Member]);
    let context = enter(&tenancy, Some("acme")).await.unwrap();
    assert!(!context.is_elevated());
    assert_eq!(context.roles(), [Role::Member]);
}

#[tokio::test]
async fn a04_what_the_token_says_of_memberships_is_gone_in_an_elevation_too() {
    let claimed = Membership::new(key("acme"), [Role::TenantAdmin]);
    let root = ann().platform_admin().with_membership(claimed);
    let home = Authenticated::new(root).naming(key("acme"));
    let tenancy = tenancy(home, InMemoryMembershipStore::new());
    let context = enter(&tenancy, Some("globex")).await.unwrap();
    assert!(context.is_elevated());
    assert!(context.principal().unwrap().memberships().is_empty());
}

#[tokio::test]
async fn a05_a_membership_makes_no_platform_administrator() {
    let members = InMemoryMembershipStore::new();
    members.grant(&ann(), &id(4), [Role::PlatformAdmin]);
    let tenancy = tenancy(Authenticated::new(ann()), members);
    let context = enter(&tenancy, None).await.unwrap();
    assert!(!context.has_role(&Role::PlatformAdmin));
    assert_eq!(
        enter(&tenancy, Some("acme")).await.unwrap_err(),
        Reason::NotAMember
    );
}

#[tokio::test]
async fn credentials_with_limited_roles_never_get_more() {
    let members = InMemoryMembershipStore::new();
    members.grant(&ann(), &id(1), [Role::TenantAdmin, billing()]);
    let limited = |roles: &[Role]| {
        let membership = Membership::new(key("acme"), roles.iter().cloned());
        Authenticated::new(ann().with_membership(membership)).with_at_most_these_roles()
    };
    for (roles, expected) in [
        (vec![billing(), Role::Member], vec![billing()]),
        (vec![Role::TenantAdmin], vec![Role::TenantAdmin]),
        (vec![], vec![]),
    ] {
        let tenancy = tenancy(limited(&roles), members.clone());
        assert_eq!(
            enter(&tenancy, Some("acme")).await.unwrap().roles(),
            expected
        );
    }
    // Both have to say that the tenant may be entered.
    members.grant(&ann(), &id(2), [Role::Member]);
    let tenancy = tenancy(limited(&[Role::Member]), members);
    assert_eq!(
        enter(&tenancy, Some("globex")).await.unwrap_err(),
        Reason::NotAMember
    );
}
