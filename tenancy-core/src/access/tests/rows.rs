//! Every kind of row, every kind of person and every action, against a table that was written by
//! hand.

use super::{Bed, id};
use crate::{
    access::{
        AccessErrorKind, Action, ActorKind, Granted, OwnerRef, Resource, ResourceFacts, Sharing,
    },
    context::TenantContext,
    id::TenantId,
    principal::Role,
};

/// Who asks, in acme: what they may do with a row by what it is. A `*` is anything, and the first
/// line that fits counts. With `all` they may do what its state allows, and with `see` look at it;
/// with `no` it is not there, and `?` is for want of the grants.
const PEOPLE: &str = "
    tenant owner  public sharing   service admin platform ann bob guest
    acme   none   *      *         all     all   all      all all all
    acme   nobody yes    *         all     all   all      see see see
    acme   nobody no     private   all     all   all      no  no  no
    acme   nobody no     ungranted all     all   all      no  no  no
    acme   nobody no     unknown   all     all   all      ?   ?   ?
    acme   nobody no     global    all     all   all      see see see
    acme   nobody no     granted   all     all   all      see see see
    acme   ann    yes    *         all     all   all      all see see
    acme   ann    no     private   all     all   all      all no  no
    acme   ann    no     ungranted all     all   all      all no  no
    acme   ann    no     unknown   all     all   all      all ?   ?
    acme   ann    no     global    all     all   all      all see see
    acme   ann    no     granted   all     all   all      all see see
    globex *      *      private   no      no    no       no  no  no
    globex *      *      ungranted no      no    no       no  no  no
    globex *      *      unknown   ?       ?     ?        ?   ?   ?
    globex *      *      global    see     see   see      see see see
    globex *      *      granted   see     see   see      see see see
";

/// What comes of each action, by the rights of the principal and the state of the row.
const OUTCOMES: &str = "
    may state            view     create edit     delete   share    restore    purge
    all plain            yes      yes    yes      yes      yes      undeleted  undeleted
    all locked           yes      locked locked   locked   locked   locked     locked
    all deleted          unseen   yes    unseen   unseen   unseen   yes        yes
    all deleted,locked   unseen   locked unseen   unseen   unseen   unseen     unseen
    all hidden           unseen   yes    unseen   unseen   unseen   unseen     unseen
    all hidden,deleted   unseen   yes    unseen   unseen   unseen   unseen     unseen
    see plain            yes      other  other    other    other    other      other
    see locked           yes      other  other    other    other    other      other
    see *                unseen   other  unseen   unseen   unseen   unseen     unseen
    ?   plain            unknown  other  unseen   unseen   unseen   unseen     unseen
    ?   locked           unknown  other  unseen   unseen   unseen   unseen     unseen
    ?   *                unseen   other  unseen   unseen   unseen   unseen     unseen
    no  *                unseen   other  unseen   unseen   unseen   unseen     unseen
";

pub(super) const ACTIONS: [Action; 7] = [
    Action::View,
    Action::Create,
    Action::Edit,
    Action::Delete,
    Action::Share,
    Action::Restore,
    Action::Purge,
];

/// What the table calls an outcome.
fn word(outcome: Result<(), AccessErrorKind>) -> &'static str {
    match outcome {
        Ok(()) => "yes",
        Err(AccessErrorKind::NotVisible) => "unseen",
        Err(AccessErrorKind::NotOwner) => "other",
        Err(AccessErrorKind::Locked) => "locked",
        Err(AccessErrorKind::NotDeleted) => "undeleted",
        Err(AccessErrorKind::GrantsUnknown) => "unknown",
        Err(other) => other.as_str(),
    }
}

/// The cell of the first line that begins with these words.
fn look_up<'a>(table: &'a str, begin: &[&str], column: &str) -> &'a str {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty());
    let mut head = lines.next().unwrap().split_whitespace();
    let column = head.position(|name| name == column).unwrap();
    let fits = |line: &&str| {
        let mut words = line.split_whitespace();
        begin.iter().all(|word| {
            words
                .next()
                .is_some_and(|cell| cell == "*" || cell == *word)
        })
    };
    let line = lines.find(fits).unwrap_or_else(|| panic!("{begin:?}"));
    line.split_whitespace().nth(column).unwrap()
}

/// Facts as they are.
pub(super) struct Row(pub(super) ResourceFacts<'static>);

impl Resource for Row {
    fn resource_kind(&self) -> &str {
        "row"
    }

    fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
        self.0
    }
}

pub(super) fn kind_of(
    context: &TenantContext,
    action: Action,
    row: ResourceFacts<'static>,
) -> Result<(), AccessErrorKind> {
    let outcome = context.authorize(action, &Row(row));
    outcome.map_err(|error| error.kind())
}

/// One context of each kind in acme, by the names of the table.
pub(super) async fn people(bed: &Bed) -> [(&'static str, TenantContext); 6] {
    bed.grant("tom", 1, [Role::TenantAdmin]);
    bed.grant("ann", 1, [Role::Member]);
    bed.grant("bob", 1, []);
    let enter = async |user: &str| bed.enter(user, "acme").await.unwrap();
    let guest = enter("").await;
    let service = TenantContext::assume(guest.tenant_arc().clone(), "test").unwrap();
    [
        ("service", service),
        ("admin", enter("tom").await),
        ("platform", enter("root").await),
        ("ann", enter("ann").await),
        ("bob", enter("bob").await),
        ("guest", guest),
    ]
}

#[tokio::test]
async fn a02_each_person_may_do_with_each_row_what_the_table_says() {
    let people = people(&Bed::new()).await;
    let mut cells = 0;
    for (tenant, number) in [("acme", 1), ("globex", 2)] {
        for (owner, owned_by) in [
            ("none", None),
            ("nobody", Some(OwnerRef::Unowned)),
            ("ann", Some(OwnerRef::Text("ann"))),
        ] {
            for (public, is_public) in [("no", false), ("yes", true)] {
                for (sharing, shared) in [
                    ("private", Sharing::Private),
                    ("global", Sharing::Global),
                    ("granted", Sharing::Selective(Granted::Yes)),
                    ("ungranted", Sharing::Selective(Granted::No)),
                    ("unknown", Sharing::Selective(Granted::Unknown)),
                ] {
                    for state in [
                        "plain",
                        "locked",
                        "deleted",
                        "deleted,locked",
                        "hidden",
                        "hidden,deleted",
                    ] {
                        let row = ResourceFacts::of_tenant(number)
                            .public(is_public)
                            .shared(shared)
                            .locked(state.contains("locked"))
                            .deleted(state.contains("deleted"))
                            .hidden(state.contains("hidden"));
                        let row = match owned_by {
                            Some(owner) => row.owned_by(owner),
                            None => row,
                        };
                        for (person, context) in &people {
                            let what = [tenant, owner, public, sharing];
                            let may = look_up(PEOPLE, &what, person);
                            for action in ACTIONS {
                                let expected = look_up(OUTCOMES, &[may, state], action.as_str());
                                assert_eq!(
                                    word(kind_of(context, action, row)),
                                    expected,
                                    "{action} by {person}: {what:?}, {state}"
                                );
                                cells += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert_eq!(cells, 2 * 3 * 2 * 5 * 6 * 6 * 7);
}

/// What is answered to a client gives away no more than that it may be seen or not.
#[tokio::test]
async fn o03_whoever_may_not_view_a_row_is_told_that_there_is_none() {
    for (_, context) in people(&Bed::new()).await {
        for number in [1, 2] {
            for sharing in [Sharing::Private, Sharing::Selective(Granted::No)] {
                for is_deleted in [false, true] {
                    let row = ResourceFacts::of_tenant(number)
                        .owned_by("cy")
                        .shared(sharing)
                        .locked(true)
                        .deleted(is_deleted);
                    if kind_of(&context, Action::View, row).is_ok() {
                        continue;
                    }
                    for action in ACTIONS.into_iter().filter(|act| *act != Action::Create) {
                        let refusal = context.authorize(action, &Row(row)).unwrap_err();
                        let problem = refusal.problem();
                        assert_eq!((problem.status(), problem.code()), (404, "not_found"));
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_standing_is_that_of_the_roles_in_this_tenant() {
    let bed = Bed::new();
    for (name, context) in people(&bed).await {
        let actor_kind = match name {
            "service" => ActorKind::Service,
            "admin" | "platform" => ActorKind::Administrator,
            "guest" => ActorKind::Guest,
            _ => ActorKind::Member,
        };
        assert_eq!(context.actor_kind(), actor_kind, "{name}");
    }
    // Neither the role in another tenant counts, nor the office where there is a membership.
    bed.grant("tom", 2, [Role::Member]);
    bed.grant("root", 2, [Role::parse("editor").unwrap()]);
    for user in ["tom", "root"] {
        let context = bed.enter(user, "globex").await.unwrap();
        assert_eq!(context.actor_kind(), ActorKind::Member, "{user}");
    }
    let at_home = bed.enter("root", "platform").await.unwrap();
    assert_eq!(at_home.actor_kind(), ActorKind::Administrator);
}

#[tokio::test]
async fn an_id_of_another_kind_is_another_tenant() {
    let [(_, service), ..] = people(&Bed::new()).await;
    assert_eq!(service.tenant_id(), &id(1));
    let uuid = uuid::Uuid::from_u128(1);
    let text = TenantId::text("acme").unwrap();
    let sees = |row| kind_of(&service, Action::View, row).is_ok();
    assert!(sees(ResourceFacts::of_tenant(1_i32)));
    assert!(sees(ResourceFacts::of_tenant(1_i64)));
    // A column of text has any id as it prints, and as nothing else.
    assert!(sees(ResourceFacts::of_tenant("1")));
    for foreign in ["01", "+1", " 1", "1 ", "", "acme", "10"] {
        assert!(!sees(ResourceFacts::of_tenant(foreign)), "{foreign:?}");
    }
    for foreign in [0, -1, 10] {
        assert!(!sees(ResourceFacts::of_tenant(foreign)));
    }
    assert!(!sees(ResourceFacts::of_tenant(uuid)));
    assert!(!sees(ResourceFacts::of_tenant(uuid::Uuid::nil())));
    let facts = ResourceFacts::of_tenant(&text);
    let refusal = service.authorize(Action::View, &Borrowed(facts));
    assert_eq!(refusal.unwrap_err().kind(), AccessErrorKind::NotVisible);
}

struct Borrowed<'r>(ResourceFacts<'r>);

impl Resource for Borrowed<'_> {
    fn resource_kind(&self) -> &str {
        "row"
    }

    fn facts<'a>(&'a self, _: &TenantId) -> ResourceFacts<'a> {
        self.0
    }
}

#[test]
fn a_uuid_tenant_owns_what_has_its_id_as_a_uuid_or_as_it_prints() {
    let uuid: uuid::Uuid = "0198f0a2-7d4b-7c11-8a3e-5f60718293a4".parse().unwrap();
    let tenant = crate::tenant::Tenant::new(
        TenantId::uuid(uuid).unwrap(),
        crate::id::Slug::parse("acme").unwrap(),
    );
    let job = TenantContext::assume(tenant.into(), "test").unwrap();
    for (row, is_own) in [
        (ResourceFacts::of_tenant(uuid), true),
        (
            ResourceFacts::of_tenant("0198f0a2-7d4b-7c11-8a3e-5f60718293a4"),
            true,
        ),
        (
            ResourceFacts::of_tenant("0198F0A2-7D4B-7C11-8A3E-5F60718293A4"),
            false,
        ),
        (
            ResourceFacts::of_tenant("0198f0a27d4b7c118a3e5f60718293a4"),
            false,
        ),
        (ResourceFacts::of_tenant(uuid::Uuid::from_u128(7)), false),
        (ResourceFacts::of_tenant(1), false),
    ] {
        assert_eq!(
            kind_of(&job, Action::View, row).is_ok(),
            is_own,
            "{:?}",
            row
        );
    }
}
