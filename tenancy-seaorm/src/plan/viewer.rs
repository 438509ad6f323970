//! What a scope may do beside reading and writing its own rows.

use tenancy_core::access::ActorKind;

use super::predicate::Reach;
use crate::policy::{rule::Rule, table::TablePolicy};

/// What a scope may do beside reading and writing its own rows. Part of the plan's identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Viewer {
    /// Writes reference tables, which every scope reads.
    pub(crate) is_platform: bool,
    /// Sees rows that are marked as deleted, and deletes for good.
    pub(crate) sees_deleted: bool,
    /// Reads no other rows than those that it may change.
    pub(crate) only_editable: bool,
    /// What it is to the rows of users.
    pub(crate) actor: ActorKind,
    /// Gives a grant for a row that is read in the same statement, of those that it may change.
    /// Such a plan is not kept.
    pub(crate) shares: bool,
    pub(crate) reach: Reach,
}

/// The service's own, in any tenant.
impl Default for Viewer {
    fn default() -> Self {
        Self {
            is_platform: false,
            sees_deleted: false,
            only_editable: false,
            actor: ActorKind::Service,
            shares: false,
            reach: Reach::Own,
        }
    }
}

impl Viewer {
    /// None for an elevation's, which is used a few times and differs by its number of tenants, and
    /// for one that gives grants.
    pub(super) fn number(self) -> Option<u8> {
        let number = u8::from(self.is_platform)
            + 2 * u8::from(self.sees_deleted)
            + 4 * u8::from(self.only_editable)
            + 8 * match self.actor {
                ActorKind::Service => 0,
                ActorKind::Administrator => 1,
                ActorKind::Member => 2,
                ActorKind::Guest => 3,
            };
        (self.reach == Reach::Own && !self.shares).then_some(number)
    }

    /// Whether policies bind it that administrators of a tenant and the service are free of.
    pub(super) fn is_bound(self) -> bool {
        matches!(self.actor, ActorKind::Member | ActorKind::Guest)
    }

    /// What holds for the rows of a table that it reads.
    pub(super) fn readable(self, owned: &TablePolicy) -> Rule {
        if self.only_editable {
            return self.editable(owned);
        }
        self.simplified(&owned.readable())
    }

    /// What holds for the rows of a table that it changes.
    pub(super) fn editable(self, owned: &TablePolicy) -> Rule {
        self.simplified(&owned.editable())
    }

    /// Whether it reads rows of the table that it may not change.
    pub(super) fn reads_more(self, owned: &TablePolicy) -> bool {
        self.readable(owned) != self.editable(owned)
    }

    /// Whether it reads rows of the table that are another tenant's.
    ///
    /// Whoever reaches several tenants reads their rows, and no others.
    pub(super) fn reads_of_others(self, owned: &TablePolicy) -> bool {
        self.reach == Reach::Own && !self.only_editable && owned.is_read_by_others()
    }

    fn simplified(self, rule: &Rule) -> Rule {
        rule.simplified(&|rule| self.known(rule))
    }

    /// What is known of a rule while a statement is planned, whatever the row is.
    fn known(self, rule: &Rule) -> Option<bool> {
        match rule {
            Rule::UnlessAdministrator(_) if !self.is_bound() => Some(true),
            Rule::OwnNotDeleted(_) if self.sees_deleted => Some(true),
            Rule::Owner(_) | Rule::GrantsOwnRow(_) if self.actor == ActorKind::Guest => Some(false),
            Rule::Foreign { .. } if self.reach != Reach::Own => Some(false),
            _ => None,
        }
    }
}
