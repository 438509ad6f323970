//! What a principal may do with a resource: the whole decision, which looks at nothing else.

use super::{AccessErrorKind, Action, ActorKind, Granted, ResourceFacts, Sharing};
use crate::id::TenantId;

/// Who asks, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) tenant: &'a TenantId,
    pub(crate) actor_kind: ActorKind,
    pub(crate) subject: Option<&'a str>,
}

pub(crate) fn decide(
    asker: Asker<'_>,
    action: Action,
    row: &ResourceFacts<'_>,
) -> Result<(), AccessErrorKind> {
    let is_own = row.tenant.is(asker.tenant);
    let is_theirs = is_own && is_theirs(asker, row);
    let is_there = !row.is_deleted && !row.is_hidden;
    let is_visible = is_there && (is_theirs || (is_own && row.is_public) || is_shared(row.sharing));
    match action {
        // It is not there yet, so there is nothing that could be seen.
        Action::Create => may_change(is_theirs, row),
        // No principal sees what was deleted. Those who could delete it can do these two.
        Action::Restore | Action::Purge if row.is_deleted && !row.is_hidden => {
            may_change(is_theirs, row).map_err(|_| AccessErrorKind::NotVisible)
        }
        Action::View
            if is_there && !is_visible && row.sharing == Sharing::Selective(Granted::Unknown) =>
        {
            Err(AccessErrorKind::GrantsUnknown)
        }
        _ if !is_visible => Err(AccessErrorKind::NotVisible),
        Action::View => Ok(()),
        Action::Edit | Action::Delete | Action::Share => may_change(is_theirs, row),
        Action::Restore | Action::Purge => {
            may_change(is_theirs, row).and(Err(AccessErrorKind::NotDeleted))
        }
    }
}

/// Whether a row of their own tenant is theirs: to see, and to change.
fn is_theirs(asker: Asker<'_>, row: &ResourceFacts<'_>) -> bool {
    match (row.owner, asker.actor_kind) {
        (None, _) | (Some(_), ActorKind::Service | ActorKind::Administrator) => true,
        (Some(owner), ActorKind::Member) => asker.subject.is_some_and(|subject| owner.is(subject)),
        (Some(_), ActorKind::Guest) => false,
    }
}

fn is_shared(sharing: Sharing) -> bool {
    match sharing {
        Sharing::Global | Sharing::Selective(Granted::Yes) => true,
        Sharing::Private | Sharing::Selective(Granted::No | Granted::Unknown) => false,
    }
}

fn may_change(is_theirs: bool, row: &ResourceFacts<'_>) -> Result<(), AccessErrorKind> {
    if !is_theirs {
        Err(AccessErrorKind::NotOwner)
    } else if row.is_locked {
        Err(AccessErrorKind::Locked)
    } else {
        Ok(())
    }
}
