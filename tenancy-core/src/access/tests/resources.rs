//! A table of an application, asked as an application does.

use std::{fmt, time::Duration};

use super::{Bed, request};
use crate::{
    access::{AccessErrorKind, Action, Granted, Resource, ResourceFacts, Sharing},
    audit::AuditKind,
    context::TenantContext,
    elevation::ImpersonationPolicy,
    id::{TenantId, TenantIdRef},
    principal::{Membership, Principal, Role},
    resolve::Mode,
    tenant::TenantKey,
};

#[derive(Clone)]
struct Agent {
    id: i64,
    tenant_id: i64,
    owner: Option<String>,
    is_public: bool,
    mode: &'static str,
    shared_with: Vec<i64>,
    is_active: bool,
}

impl Resource for Agent {
    fn resource_kind(&self) -> &str {
        "agent"
    }

    fn resource_id(&self) -> Option<&dyn fmt::Display> {
        Some(&self.id)
    }

    fn facts<'a>(&'a self, tenant: &TenantId) -> ResourceFacts<'a> {
        let is_granted = |id: &i64| tenant.value() == TenantIdRef::Integer(*id);
        let sharing = match self.mode {
            "global" => Sharing::Global,
            "selective" if self.shared_with.iter().any(is_granted) => {
                Sharing::Selective(Granted::Yes)
            }
            "selective" => Sharing::Selective(Granted::No),
            _ => Sharing::Private,
        };
        ResourceFacts::of_tenant(self.tenant_id)
            .owned_by(self.owner.as_ref())
            .public(self.is_public)
            .shared(sharing)
            .deleted(!self.is_active)
    }
}

/// Ann's, in acme.
fn agent() -> Agent {
    Agent {
        id: 7,
        tenant_id: 1,
        owner: Some("ann".to_owned()),
        is_public: false,
        mode: "private",
        shared_with: Vec::new(),
        is_active: true,
    }
}

/// What a principal may do with it, in words.
fn allowed(context: &TenantContext, agent: &Agent) -> Vec<&'static str> {
    [
        Action::View,
        Action::Edit,
        Action::Delete,
        Action::Share,
        Action::Restore,
        Action::Purge,
    ]
    .into_iter()
    .filter(|action| context.authorize(*action, agent).is_ok())
    .map(Action::as_str)
    .collect()
}

const ALL: [&str; 4] = ["view", "edit", "delete", "share"];
const VIEW: [&str; 1] = ["view"];
const NOTHING: [&str; 0] = [];

async fn user(bed: &Bed, name: &str, tenant: (i64, &str), role: Role) -> TenantContext {
    bed.grant(name, tenant.0, [role]);
    bed.enter(name, tenant.1).await.unwrap()
}

const ACME: (i64, &str) = (1, "acme");
const GLOBEX: (i64, &str) = (2, "globex");

#[tokio::test]
async fn a02_inside_a_tenant_users_view_what_is_theirs_or_public_and_change_what_is_theirs() {
    let bed = Bed::new();
    let ann = user(&bed, "ann", ACME, Role::Member).await;
    let bob = user(&bed, "bob", ACME, Role::Member).await;
    let tom = user(&bed, "tom", ACME, Role::TenantAdmin).await;
    let guest = bed.enter("", "acme").await.unwrap();

    let private = agent();
    let public = Agent {
        is_public: true,
        ..agent()
    };
    for agent in [&private, &public] {
        assert_eq!(allowed(&ann, agent), ALL);
        assert_eq!(allowed(&tom, agent), ALL);
    }
    for other in [&bob, &guest] {
        assert_eq!(allowed(other, &private), NOTHING);
        assert_eq!(allowed(other, &public), VIEW);
    }
    // The same name in another tenant is another user.
    let namesake = user(&bed, "ann", GLOBEX, Role::TenantAdmin).await;
    for agent in [&private, &public] {
        assert_eq!(allowed(&namesake, agent), NOTHING);
    }
    // A user makes no row in the name of another.
    let nobodys = Agent {
        owner: None,
        ..agent()
    };
    assert!(ann.authorize(Action::Create, &private).is_ok());
    assert!(tom.authorize(Action::Create, &private).is_ok());
    assert!(tom.authorize(Action::Create, &nobodys).is_ok());
    for (who, agent) in [
        (&bob, &private),
        (&guest, &private),
        (&namesake, &private),
        (&ann, &nobodys),
    ] {
        let refusal = who.authorize(Action::Create, agent).unwrap_err();
        assert_eq!(refusal.kind(), AccessErrorKind::NotOwner);
    }
}

#[tokio::test]
async fn a03_what_is_shared_is_seen_by_others_and_changed_and_shared_on_by_its_own_tenant_alone() {
    let bed = Bed::new();
    let ann = user(&bed, "ann", ACME, Role::Member).await;
    let bob = user(&bed, "bob", ACME, Role::Member).await;
    let guest = bed.enter("", "acme").await.unwrap();
    let administrator = user(&bed, "gus", GLOBEX, Role::TenantAdmin).await;
    let strangers = [
        TenantContext::assume(administrator.tenant_arc().clone(), "test").unwrap(),
        bed.enter("root", "globex").await.unwrap(),
        user(&bed, "ann", GLOBEX, Role::Member).await,
        bed.enter("", "globex").await.unwrap(),
        administrator,
    ];
    let shared = |mode, with: &[i64]| Agent {
        mode,
        shared_with: with.to_vec(),
        ..agent()
    };
    for (agent, may, colleagues_may) in [
        (shared("private", &[2]), &NOTHING[..], &NOTHING[..]),
        (shared("global", &[]), &VIEW, &VIEW),
        (shared("selective", &[2]), &VIEW, &NOTHING),
        (shared("selective", &[1, 2]), &VIEW, &VIEW),
        (shared("selective", &[1]), &NOTHING, &VIEW),
        (shared("selective", &[3]), &NOTHING, &NOTHING),
        (shared("selective", &[]), &NOTHING, &NOTHING),
    ] {
        // Neither does it help that all users of acme may change it, or see it.
        let unowned = Agent {
            owner: None,
            ..agent.clone()
        };
        let public = Agent {
            is_public: true,
            ..agent.clone()
        };
        for stranger in &strangers {
            for agent in [&agent, &unowned, &public] {
                assert_eq!(allowed(stranger, agent), may, "{stranger:?}");
            }
        }
        assert_eq!(allowed(&ann, &agent), ALL);
        for colleague in [&bob, &guest] {
            assert_eq!(allowed(colleague, &agent), colleagues_may);
        }
    }
}

#[tokio::test]
async fn what_was_deleted_is_restored_and_purged_by_those_who_could_delete_it() {
    let bed = Bed::new();
    let ann = user(&bed, "ann", ACME, Role::Member).await;
    let bob = user(&bed, "bob", ACME, Role::Member).await;
    let deleted = Agent {
        is_active: false,
        is_public: true,
        mode: "global",
        ..agent()
    };
    assert_eq!(allowed(&ann, &deleted), ["restore", "purge"]);
    assert_eq!(allowed(&bob, &deleted), NOTHING);
    let gus = user(&bed, "gus", GLOBEX, Role::TenantAdmin).await;
    assert_eq!(allowed(&gus, &deleted), NOTHING);
}

fn bob() -> Principal {
    let acme = TenantKey::parse_name("acme").unwrap();
    Principal::new("bob").with_membership(Membership::new(acme, [Role::Member]))
}

#[tokio::test]
async fn a06_an_impersonator_may_do_what_the_user_may_and_nothing_once_it_is_over() {
    let bed = Bed::new();
    let root = bed.enter("root", "acme").await.unwrap();
    let begin = |lifetime| {
        let policy = ImpersonationPolicy::new();
        policy.begin(&root, &bob(), "ticket 4711", lifetime)
    };
    let bobs = Agent {
        owner: Some("bob".to_owned()),
        ..agent()
    };
    let acting = begin(Duration::from_secs(60)).unwrap();
    assert_eq!(allowed(&root, &agent()), ALL);
    assert_eq!(allowed(&acting, &agent()), NOTHING);
    assert_eq!(allowed(&acting, &bobs), ALL);

    let acting = begin(Duration::from_nanos(1)).unwrap();
    while !acting.is_expired() {
        std::hint::spin_loop();
    }
    let shared = Agent {
        is_public: true,
        mode: "global",
        ..bobs
    };
    for action in super::rows::ACTIONS {
        let refusal = acting.authorize(action, &shared).unwrap_err();
        assert_eq!(refusal.kind(), AccessErrorKind::Expired);
    }
    bed.recorded();
    assert!(acting.ensure(Action::View, &shared).is_err());
    let [event] = &bed.recorded()[..] else {
        panic!("one event");
    };
    assert_eq!(event.reason(), Some("expired"));
    assert_eq!(event.subject(), Some("bob"));
    assert_eq!(event.impersonator(), Some("root"));
}

#[tokio::test]
async fn who_is_refused_a_resource_is_recorded_with_what_it_was_and_no_more() {
    let bed = Bed::new();
    bed.grant("bob", 1, [Role::Member]);
    let parts = request("bob", "acme");
    let bob = bed.tenancy.resolve(&parts, Mode::Public).await;
    let bob = bob.unwrap().unwrap();
    let public = Agent {
        is_public: true,
        ..agent()
    };
    for (action, agent, name, reason) in [
        (Action::View, &agent(), "tenancy.view", "not_visible"),
        (Action::Edit, &public, "tenancy.edit", "not_owner"),
        (Action::Share, &public, "tenancy.share", "not_owner"),
        (Action::Purge, &agent(), "tenancy.purge", "not_visible"),
    ] {
        assert!(bob.authorize(action, agent).is_err());
        assert!(bed.recorded().is_empty());
        let refusal = bob.ensure(action, agent).unwrap_err();
        assert_eq!(refusal.kind().as_str(), reason);
        let [event] = &bed.recorded()[..] else {
            panic!("one event");
        };
        assert_eq!(event.kind(), AuditKind::Refused);
        assert_eq!(event.outcome(), crate::audit::AuditOutcome::Denied);
        assert_eq!((event.action(), event.reason()), (name, Some(reason)));
        assert_eq!(event.resource_kind(), Some("agent"));
        assert_eq!(event.resource_id(), Some("7"));
        assert_eq!(event.tenant(), Some(bob.tenant_id()));
        assert_eq!(event.subject(), Some("bob"));
        assert_eq!(event.request_id().unwrap().as_str(), "req-7");
        // The real owner stays out of it.
        assert!(!format!("{event:?}").contains("ann"));
    }
    assert!(bob.ensure(Action::View, &public).is_ok());
    assert!(bed.recorded().is_empty());
}

#[tokio::test]
async fn a_resource_without_an_id_is_recorded_without_one() {
    let bed = Bed::new();
    let bob = user(&bed, "bob", ACME, Role::Member).await;
    bed.recorded();
    let foreign = super::rows::Row(ResourceFacts::of_tenant(2));
    assert!(bob.ensure(Action::Edit, &foreign).is_err());
    let [event] = &bed.recorded()[..] else {
        panic!("one event");
    };
    assert_eq!(event.resource_kind(), Some("row"));
    assert_eq!(event.resource_id(), None);
}

#[tokio::test]
async fn guests_and_mistakes_of_the_service_leave_no_event() {
    let bed = Bed::new();
    let bob = user(&bed, "bob", ACME, Role::Member).await;
    let guest = bed.enter("", "acme").await.unwrap();
    bed.recorded();
    assert!(guest.ensure(Action::View, &agent()).is_err());
    let unread = ResourceFacts::of_tenant(2).shared(Sharing::Selective(Granted::Unknown));
    let refusal = bob.ensure(Action::View, &super::rows::Row(unread));
    let refusal = refusal.unwrap_err();
    assert_eq!(refusal.kind(), AccessErrorKind::GrantsUnknown);
    assert!(refusal.to_string().contains("Resource::facts"));
    assert!(bed.recorded().is_empty());
    // The service itself counts as an actor.
    let job = bed
        .tenancy
        .assume(bob.tenant_arc().clone(), "nightly report")
        .unwrap();
    bed.recorded();
    let foreign = super::rows::Row(ResourceFacts::of_tenant(2));
    assert!(job.ensure(Action::Delete, &foreign).is_err());
    let [event] = &bed.recorded()[..] else {
        panic!("one event");
    };
    assert_eq!(event.action(), "tenancy.delete");
    assert_eq!(event.actor(), None);
}
