//! The table in the documentation, made by the decision itself.

use std::{env, fmt::Write, fs, path::Path};

use super::{id, rows::ACTIONS};
use crate::{
    access::{Action, ActorKind, Asker, Granted, OwnerRef, ResourceFacts, Sharing, decide::decide},
    id::TenantId,
};

const FILE: &str = "docs/access-matrix.md";

/// Set, and the file is written rather than compared.
const BLESS: &str = "TENANCY_BLESS";

/// What stands above the table.
const HEAD: &str = "\
## The matrix

Made by the function that decides. Create is asked for a row as it would be made; the rest for one that is there.
*Another tenant* is all of its users: its administrators, platform administrators who entered it, and jobs.

| the row | service, administrator | its owner | another member | guest | another tenant | a tenant it was granted to |
|---|---|---|---|---|---|---|
";

/// What stands below it.
const FOOT: &str = "
No principal may do anything with what is hidden, or after the time of the context is over.
";

const ALL_ACTORS: [(ActorKind, Option<&str>); 5] = [
    (ActorKind::Service, None),
    (ActorKind::Administrator, Some("tom")),
    (ActorKind::Member, Some("ann")),
    (ActorKind::Member, Some("bob")),
    (ActorKind::Guest, None),
];

/// A line of the table for a row in tenant 1.
struct Line {
    name: &'static str,
    facts: ResourceFacts<'static>,
    /// Whether it is shared with some tenants, of which tenant 3 is one.
    is_selective: bool,
}

fn lines() -> Vec<Line> {
    let tenant_only = ResourceFacts::of_tenant(1);
    let owned = tenant_only.owned_by("ann");
    let line = |name, facts| Line {
        name,
        facts,
        is_selective: false,
    };
    vec![
        line("tenant only", tenant_only),
        line(
            "tenant only, shared with every tenant",
            tenant_only.shared(Sharing::Global),
        ),
        line("tenant only, locked", tenant_only.locked(true)),
        line("tenant only, deleted", tenant_only.deleted(true)),
        line("owned", owned),
        line("owned, public", owned.public(true)),
        Line {
            is_selective: true,
            ..line("owned, shared with some tenants", owned)
        },
        line(
            "owned, shared with every tenant",
            owned.shared(Sharing::Global),
        ),
        line("owned, locked", owned.locked(true)),
        line("owned, public, locked", owned.public(true).locked(true)),
        line("owned, public, deleted", owned.public(true).deleted(true)),
        line("without an owner", tenant_only.owned_by(OwnerRef::Unowned)),
        line(
            "without an owner, public",
            tenant_only.owned_by(OwnerRef::Unowned).public(true),
        ),
    ]
}

/// What these people may do, who may all do the same.
fn cell(line: &Line, tenant: &TenantId, people: &[(ActorKind, Option<&str>)]) -> String {
    let facts = match line.is_selective {
        true if *tenant == id(3) => line.facts.shared(Sharing::Selective(Granted::Yes)),
        true => line.facts.shared(Sharing::Selective(Granted::No)),
        false => line.facts,
    };
    let of = |&(actor_kind, subject): &(ActorKind, Option<&str>)| {
        let asker = Asker {
            tenant,
            actor_kind,
            subject,
        };
        let is_new = |action: &Action| {
            *action != Action::Create || decide(asker, Action::View, &facts).is_ok()
        };
        let allowed: Vec<_> = ACTIONS
            .into_iter()
            .filter(is_new)
            .filter(|action| decide(asker, *action, &facts).is_ok())
            .map(Action::as_str)
            .collect();
        if allowed.is_empty() {
            "–".to_owned()
        } else {
            allowed.join(", ")
        }
    };
    let cells: Vec<_> = people.iter().map(of).collect();
    let [first, rest @ ..] = &cells[..] else {
        panic!("no actor");
    };
    assert!(rest.iter().all(|cell| cell == first), "{}", line.name);
    first.clone()
}

fn page() -> String {
    let [service, administrator, owner, member, guest] = ALL_ACTORS;
    let mut page = HEAD.to_owned();
    for line in lines() {
        write!(page, "| {} |", line.name).unwrap();
        for (tenant, people) in [
            (1, &[service, administrator][..]),
            (1, &[owner]),
            (1, &[member]),
            (1, &[guest]),
            (2, &ALL_ACTORS),
            (3, &ALL_ACTORS),
        ] {
            write!(page, " {} |", cell(&line, &id(tenant), people)).unwrap();
        }
        page.push('\n');
    }
    page + FOOT
}

#[test]
fn the_table_in_the_documentation_is_what_is_decided() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if env::var_os(BLESS).is_some() {
        fs::write(&file, page()).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == page(),
        "{FILE} is not what is decided; read the change, then write it with \
         `{BLESS}=1 cargo test -p tenancy-core --lib the_table_in_the_documentation`:\n{}",
        page()
    );
}
