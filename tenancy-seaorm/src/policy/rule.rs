//! Which rows of a table a scope reaches: one tree, rendered in three places.
//!
//! | where | what becomes of a rule | file |
//! |---|---|---|
//! | a statement | an expression with placeholders, simplified for the viewer | `plan/predicate/` |
//! | PostgreSQL's policies | text that asks the settings of the transaction | `rls/render.rs` |
//! | a model in memory | true, false or unknown | `guard/evaluate.rs` |
//!
//! Each renderer is one exhaustive match: a term that one of them forgets does not compile.

use super::{
    condition::Condition,
    id::IdColumn,
    sharing::{GrantPlace, Provision},
    soft_delete::SoftDelete,
    table::{Ownership, TablePolicy},
};
use crate::sql::names::TableName;

/// What lists are called inside rules.
pub(crate) const LIST: &str = "tenancy_list";

/// What holds for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Every one of these. Of none, it always holds.
    All(Vec<Rule>),
    /// One of these. Of none, it never holds.
    Any(Vec<Rule>),
    /// The column holds the scope's tenant.
    Tenant(IdColumn),
    /// The column holds the scope's user. It holds for no guest.
    Owner(IdColumn),
    /// Binds members and guests. Administrators of the tenant and the service reach all rows.
    UnlessAdministrator(Box<Rule>),
    /// Of the rows of other tenants. It binds scopes of one tenant: an elevation reads the rows of
    /// its tenants, and no others.
    Foreign { tenant: IdColumn, rule: Box<Rule> },
    /// The row is not marked as deleted.
    NotDeleted(SoftDelete),
    /// The same, of the scope's own rows, which some scopes see when they are marked.
    OwnNotDeleted(SoftDelete),
    /// The flag of this name is true.
    Flag(Box<str>),
    /// A condition of the application's own.
    When(Condition),
    /// The column holds one of these words of the library's own, byte by byte.
    Word(Box<str>, &'static [&'static str]),
    /// The column is `NULL`.
    Null(IdColumn),
    /// The row was granted to the tenant, in a table of grants.
    Granted(Listed),
    /// The row's tenant provides for the tenant, in a table of assignments.
    Assigned(Listed),
    /// The row is a grant for a row of the user's own. It holds for no guest.
    GrantsOwnRow(Listed),
    /// The column, an array, has the tenant.
    InArray(IdColumn),
    /// The column, a JSON array, has the tenant. It holds for no other JSON, and fails for none.
    InJson(IdColumn),
}

/// Some row of another table fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) table: TableName,
    /// What holds for the rows of the list that count.
    pub(crate) rule: Box<Rule>,
    /// Columns that have to be equal byte by byte: of the row, and of the list.
    pub(crate) pairs: Vec<(IdColumn, IdColumn)>,
}

impl Listed {
    /// The columns of the list that ids are compared with.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &IdColumn> {
        // The last pair is of the columns that hold tenants.
        let tenant = self.pairs.last().map(|(_, other)| other);
        tenant.into_iter().chain(self.rule.ids())
    }
}

impl Rule {
    /// The columns that hold ids of tenants and users.
    fn ids(&self) -> Vec<&IdColumn> {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::ids).collect(),
            Self::Tenant(id) | Self::Owner(id) => vec![id],
            _ => Vec::new(),
        }
    }

    pub(crate) const ALWAYS: Self = Self::All(Vec::new());
    pub(crate) const NEVER: Self = Self::Any(Vec::new());

    fn unless_administrator(rule: Self) -> Self {
        Self::UnlessAdministrator(Box::new(rule))
    }

    /// The rule without the terms that are known to hold or not to hold, and without rules of one
    /// kind inside each other.
    ///
    /// What is known of a rule with others inside is known of the whole.
    pub(crate) fn simplified(&self, known: &dyn Fn(&Self) -> Option<bool>) -> Self {
        match known(self) {
            Some(true) => return Self::ALWAYS,
            Some(false) => return Self::NEVER,
            None => {}
        }
        let simplified = |rule: &Self| Box::new(rule.simplified(known));
        match self {
            Self::All(rules) => {
                let mut terms = Vec::with_capacity(rules.len());
                for rule in rules {
                    match rule.simplified(known) {
                        Self::All(inner) => terms.extend(inner),
                        rule => terms.push(rule),
                    }
                }
                only(terms).unwrap_or_else(Self::All)
            }
            Self::Any(rules) => {
                let mut terms = Vec::with_capacity(rules.len());
                for rule in rules {
                    match rule.simplified(known) {
                        always if always == Self::ALWAYS => return Self::ALWAYS,
                        Self::Any(inner) => terms.extend(inner),
                        rule => terms.push(rule),
                    }
                }
                only(terms).unwrap_or_else(Self::Any)
            }
            Self::UnlessAdministrator(rule) => match *simplified(rule) {
                always if always == Self::ALWAYS => Self::ALWAYS,
                rule => Self::unless_administrator(rule),
            },
            Self::Foreign { tenant, rule } => match *simplified(rule) {
                never if never == Self::NEVER => Self::NEVER,
                rule => Self::Foreign {
                    tenant: tenant.clone(),
                    rule: Box::new(rule),
                },
            },
            Self::Tenant(_)
            | Self::Owner(_)
            | Self::NotDeleted(_)
            | Self::OwnNotDeleted(_)
            | Self::Flag(_)
            | Self::When(_)
            | Self::Word(..)
            | Self::Null(_)
            | Self::Granted(_)
            | Self::Assigned(_)
            | Self::GrantsOwnRow(_)
            | Self::InArray(_)
            | Self::InJson(_) => self.clone(),
        }
    }
}

/// The only one of these, or all.
fn only(mut rules: Vec<Rule>) -> Result<Rule, Vec<Rule>> {
    match rules.pop() {
        Some(only) if rules.is_empty() => Ok(only),
        Some(last) => {
            rules.push(last);
            Err(rules)
        }
        None => Err(rules),
    }
}

impl TablePolicy {
    /// What holds for the rows that are read.
    pub(crate) fn readable(&self) -> Rule {
        let mut own = self.present();
        if let Some(Ownership { user, public }) = &self.ownership {
            let mut readers = vec![Rule::Owner(user.clone())];
            readers.extend(public.clone().map(Rule::Flag));
            own.push(Rule::unless_administrator(Rule::Any(readers)));
        }
        own.extend(self.grants_own_row());
        let own = Rule::All(own);
        match self.shared() {
            None => own,
            Some(shared) => Rule::Any(vec![own, self.foreign(shared)]),
        }
    }

    /// What holds for the rows that are changed and deleted, as they are before it.
    pub(crate) fn editable(&self) -> Rule {
        let mut own = self.present();
        own.extend(self.owner_rule());
        own.extend(self.edit_condition());
        own.extend(self.grants_own_row());
        Rule::All(own)
    }

    /// What holds for rows as they are to be. Conditions of the application's own are about rows as
    /// they were.
    pub(crate) fn insertable(&self) -> Rule {
        let mut own = vec![Rule::Tenant(self.tenant.clone())];
        own.extend(self.owner_rule());
        Rule::All(own)
    }

    /// What holds for the rows of the tenant that are there at all.
    fn present(&self) -> Vec<Rule> {
        let mut terms = vec![Rule::Tenant(self.tenant.clone())];
        terms.extend(self.deletion.clone().map(Rule::OwnNotDeleted));
        if let Some(visible) = self.visible.clone() {
            terms.push(Rule::unless_administrator(Rule::When(visible)));
        }
        terms
    }

    fn owner_rule(&self) -> Option<Rule> {
        let user = &self.ownership.as_ref()?.user;
        Some(Rule::unless_administrator(Rule::Owner(user.clone())))
    }

    /// What has to hold so that a row may be changed, beside who it belongs to.
    pub(crate) fn edit_condition(&self) -> Option<Rule> {
        let editable = Rule::When(self.editable.clone()?);
        Some(Rule::unless_administrator(editable))
    }

    /// Whoever may change a row gives and takes its grants.
    fn grants_own_row(&self) -> Option<Rule> {
        let grants = self.grants_for.as_deref()?;
        let own_rows = Listed {
            table: grants.table.clone(),
            rule: Box::new(Rule::Owner(grants.user.clone()?)),
            pairs: vec![
                (grants.resource.clone(), grants.key.clone()),
                (self.tenant.clone(), grants.tenant.clone()),
            ],
        };
        Some(Rule::unless_administrator(Rule::GrantsOwnRow(own_rows)))
    }

    /// Rows of other tenants are read as long as they are there for their own members: an
    /// administrator of another tenant is none of theirs.
    fn foreign(&self, shared: Rule) -> Rule {
        let mut terms = Vec::new();
        terms.extend(self.deletion.clone().map(Rule::NotDeleted));
        terms.extend(self.visible.clone().map(Rule::When));
        terms.push(shared);
        Rule::Foreign {
            tenant: self.tenant.clone(),
            rule: Box::new(Rule::All(terms)),
        }
    }

    /// What holds for the rows of other tenants that are shared with the scope's tenant or provided
    /// for it, and for the grants that it was given. None where rows are read by their tenant
    /// alone.
    pub(crate) fn shared(&self) -> Option<Rule> {
        if let Some(grants) = self.grants_for.as_deref() {
            return Some(Rule::Tenant(grants.grantee.clone()));
        }
        let mut terms = Vec::new();
        if let Some(sharing) = &self.sharing {
            let mode = |words| Rule::Word(sharing.mode.clone(), words);
            terms.push(mode(&["global"]));
            if let Some(granted) = self.granted(&sharing.grants) {
                terms.push(Rule::All(vec![mode(&["selective"]), granted]));
            }
        }
        if let Some(provision) = &self.provision {
            let is_provided = Rule::Word(provision.kind.clone(), &Provision::KINDS);
            terms.push(Rule::All(vec![is_provided, self.assigned(provision)]));
        }
        (!terms.is_empty()).then_some(Rule::Any(terms))
    }

    fn granted(&self, grants: &GrantPlace) -> Option<Rule> {
        match grants {
            GrantPlace::None => None,
            GrantPlace::Array(ids) => Some(Rule::InArray(ids.clone())),
            GrantPlace::Json(ids) => Some(Rule::InJson(ids.clone())),
            GrantPlace::Table(grants) => Some(Rule::Granted(Listed {
                table: grants.name.clone(),
                rule: Box::new(Rule::Tenant(grants.grantee.clone())),
                pairs: vec![
                    (self.key.clone()?, grants.resource.clone()),
                    // The row's own tenant gave it.
                    (self.tenant.clone(), grants.giver.clone()?),
                ],
            })),
        }
    }

    fn assigned(&self, provision: &Provision) -> Rule {
        let Provision {
            kind: _,
            table,
            provider,
            user,
        } = provision;
        Rule::Assigned(Listed {
            table: table.clone(),
            // What is assigned to no tenant is assigned to all.
            rule: Box::new(Rule::Any(vec![
                Rule::Tenant(user.clone()),
                Rule::Null(user.clone()),
            ])),
            pairs: vec![(self.tenant.clone(), provider.clone())],
        })
    }
}
