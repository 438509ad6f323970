//! What a policy says of a row, in words of its own.

use super::{
    people::Who,
    policy::{Deletion, Rules, Sharing},
};

#[derive(Clone, Debug)]
pub struct Row {
    pub id: i64,
    pub tenant: usize,
    pub owner: Option<&'static str>,
    pub is_public: Option<bool>,
    pub mode: Option<&'static str>,
    /// Those in the row itself.
    pub readers: Option<Vec<usize>>,
    pub kind: Option<&'static str>,
    pub deleted_at: bool,
    pub is_deleted: Option<bool>,
    pub is_active: Option<bool>,
    pub status: Option<&'static str>,
    pub level: Option<i64>,
}

/// Who gives, for which row, to whom.
pub type Grant = (usize, i64, usize);
/// Who provides, and for whom; for everybody.
pub type Assignment = (usize, Option<usize>);

pub struct Lists {
    pub grants: Vec<Grant>,
    pub assignments: Vec<Assignment>,
}

impl Rules {
    fn is_kept(&self, row: &Row) -> bool {
        match self.deletion {
            None => true,
            Some(Deletion::Timestamp) => !row.deleted_at,
            Some(Deletion::Deleted) => row.is_deleted != Some(true),
            Some(Deletion::Active) => row.is_active == Some(true),
        }
    }

    /// Whether a tenant has a grant for a row.
    pub fn is_granted(&self, row: &Row, lists: &Lists, to: usize) -> bool {
        match self.sharing {
            None | Some(Sharing::NoGrants) => false,
            Some(Sharing::Table) => lists.grants.contains(&(row.tenant, row.id, to)),
            Some(Sharing::Json | Sharing::Array) => row
                .readers
                .as_ref()
                .is_some_and(|readers| readers.contains(&to)),
        }
    }

    /// Whether one tenant provides for another.
    pub fn is_assigned(&self, lists: &Lists, provider: usize, user: usize) -> bool {
        let mut assignments = lists.assignments.iter();
        assignments.any(|(one, other)| *one == provider && other.is_none_or(|other| other == user))
    }

    fn is_for_others(&self, row: &Row, lists: &Lists, tenant: usize) -> bool {
        let is_shared = self.sharing.is_some()
            && match row.mode {
                Some("global") => true,
                Some("selective") => self.is_granted(row, lists, tenant),
                _ => false,
            };
        let is_provided = self.is_provided
            && matches!(row.kind, Some("platform" | "solution" | "industry"))
            && self.is_assigned(lists, row.tenant, tenant);
        (is_shared || is_provided)
            && self.is_kept(row)
            && self
                .visible
                .is_none_or(|rule| (rule.holds)(row) == Some(true))
    }

    fn is_own(&self, row: &Row, tenant: usize, who: Who) -> bool {
        let holds = |rule: super::policy::Rule| (rule.holds)(row) == Some(true);
        row.tenant == tenant
            && self.is_kept(row)
            && (!who.is_bound() || self.visible.is_none_or(holds))
    }

    fn is_users(&self, row: &Row, who: Who) -> bool {
        !self.has_owner
            || !who.is_bound()
            || (who.subject().is_some() && who.subject() == row.owner)
    }

    /// Of the tenant's own rows.
    fn reads_own(&self, row: &Row, tenant: usize, who: Who) -> bool {
        let is_public = self.is_public && row.is_public == Some(true);
        self.is_own(row, tenant, who) && (self.is_users(row, who) || is_public)
    }

    pub fn reads(&self, row: &Row, lists: &Lists, tenant: usize, who: Who) -> bool {
        self.reads_own(row, tenant, who) || self.is_for_others(row, lists, tenant)
    }

    /// By PostgreSQL's policies, which do not look at the mark of a tenant's own rows.
    pub fn reads_by_policies(&self, row: &Row, lists: &Lists, tenant: usize, who: Who) -> bool {
        self.unmarked().reads_own(row, tenant, who) || self.is_for_others(row, lists, tenant)
    }

    pub fn writes_by_policies(&self, row: &Row, tenant: usize, who: Who) -> bool {
        self.unmarked().writes(row, tenant, who)
    }

    fn unmarked(&self) -> Self {
        Self {
            deletion: None,
            ..self.clone()
        }
    }

    pub fn writes(&self, row: &Row, tenant: usize, who: Who) -> bool {
        let holds = |rule: super::policy::Rule| (rule.holds)(row) == Some(true);
        self.is_own(row, tenant, who)
            && self.is_users(row, who)
            && (!who.is_bound() || self.editable.is_none_or(holds))
            && !self.is_read_only
    }
}
