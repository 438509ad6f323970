//! What was done to each table of a statement, and why: for people who look at a plan, and for
//! logs.

use std::fmt;

use sqlparser::ast::{Expr, Ident, ObjectName};

use super::{Reach, read::names::plain};

/// What the planner did about one table of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    table: Box<str>,
    alias: Option<Box<str>>,
    placement: Placement,
}

/// How a table of a statement is kept to the tenant's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placement {
    /// It is read, and the predicate stands first in `WHERE`: no outer join can null-extend it.
    Where,
    /// It is read, and the predicate stands first in the `ON` of the outer join that can
    /// null-extend it, so that the rows on the other side stay.
    On,
    /// It is read, and a derived table with the predicate takes its place: the join has no `ON` of
    /// its own (`USING`, `NATURAL`), or preserves both sides (`FULL`).
    Derived,
    /// Its rows are changed or deleted, and the predicate stands first in `WHERE`.
    Target,
    /// Its rows are deleted by a mark: as [`Target`](Self::Target), where the `DELETE` became an
    /// `UPDATE`.
    Marked,
    /// Rows are inserted, and the tenant is added to each.
    Stamped,
    /// Rows are inserted, and the tenant that they name is compared with the scope's before they
    /// are sent.
    Checked,
    /// A row that is in the way of an insert is changed only if it is the tenant's.
    Guarded,
    /// It is shared by all tenants, and read as it is or written by the platform.
    Reference,
}

impl PlanStep {
    /// The table, as the statement names it, without quotes.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The name that the statement gives it.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// How it is kept to the tenant's rows.
    #[must_use]
    pub fn placement(&self) -> Placement {
        self.placement
    }

    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.table.len() + self.alias.as_ref().map_or(0, |alias| alias.len())
    }
}

impl Placement {
    /// One word, for logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Where => "where",
            Self::On => "on",
            Self::Derived => "derived",
            Self::Target => "target",
            Self::Marked => "marked",
            Self::Stamped => "stamped",
            Self::Checked => "checked",
            Self::Guarded => "guarded",
            Self::Reference => "reference",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Where => "filtered first in WHERE",
            Self::On => "filtered in the ON of its outer join, so that rows without a match stay",
            Self::Derived => {
                "replaced by a filtered subquery, as its join or an expression that may fail asks for"
            }
            Self::Target => "written where the row is the tenant's, tested first in WHERE",
            Self::Marked => {
                "marked as deleted where the row is the tenant's, tested first in WHERE"
            }
            Self::Stamped => "the tenant is added to every row",
            Self::Checked => "the tenant that each row names is compared before it is sent",
            Self::Guarded => "a row in the way is changed only if it is the tenant's",
            Self::Reference => "shared by all tenants",
        }
    }
}

impl fmt::Display for PlanStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table)?;
        if let Some(alias) = &self.alias {
            write!(f, " AS {alias}")?;
        }
        write!(f, ": {}", self.placement.reason())
    }
}

/// The steps in one line, without names that the caller chose: `note:where tag:on`.
#[derive(Debug)]
pub(crate) struct Shape<'a>(pub(crate) &'a [PlanStep]);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{}:{}", step.table, step.placement.as_str())?;
        }
        Ok(())
    }
}

impl Pending {
    /// What holds for the rows of its table.
    pub(super) fn predicate(&self) -> Expr {
        self.predicate.clone()
    }
}

/// A predicate whose place is not known yet.
pub(super) struct Pending {
    pub(super) predicate: Expr,
    /// Which step it belongs to.
    step: usize,
}

/// What was done so far, table by table.
#[derive(Debug, Default)]
pub(super) struct Steps(Vec<PlanStep>);

impl Steps {
    pub(super) fn note(&mut self, table: &str, alias: Option<&str>, placement: Placement) {
        self.0.push(PlanStep {
            table: table.into(),
            alias: alias.map(Into::into),
            placement,
        });
    }

    /// Notes a table that is read, under the name of a statement's own where it has one.
    pub(super) fn note_read(
        &mut self,
        name: &ObjectName,
        alias: Option<&Ident>,
        placement: Placement,
    ) {
        let alias = alias.map(|alias| alias.value.as_str());
        self.note(&plain(name), alias, placement);
    }

    /// How many there are, for [`since`](Self::since).
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// What was noted since.
    pub(super) fn since(&self, count: usize) -> impl Iterator<Item = &PlanStep> {
        self.0.iter().skip(count)
    }

    /// The rows of what was noted since are marked as deleted, where they were to be written.
    pub(super) fn mark_deleted(&mut self, since: usize) {
        for step in self.0.iter_mut().skip(since) {
            if step.placement == Placement::Target {
                step.placement = Placement::Marked;
            }
        }
    }

    /// Keeps a predicate together with the step that was noted last.
    pub(super) fn pending(&self, predicate: Expr) -> Pending {
        Pending {
            predicate,
            step: self.0.len().saturating_sub(1),
        }
    }

    /// The predicates that were found to belong into an `ON`.
    pub(super) fn settle_on(&mut self, pending: Vec<Pending>) -> Vec<Expr> {
        for Pending { step, .. } in &pending {
            if let Some(step) = self.0.get_mut(*step) {
                step.placement = Placement::On;
            }
        }
        settle(pending)
    }

    pub(super) fn into_boxed_slice(self) -> Box<[PlanStep]> {
        self.0.into_boxed_slice()
    }
}

pub(super) fn settle(pending: Vec<Pending>) -> Vec<Expr> {
    pending.into_iter().map(|one| one.predicate).collect()
}

/// What becomes of a statement, and why:
/// [`ScopedConnection::explain_plan`](crate::ScopedConnection::explain_plan).
///
/// It holds no value of the statement and no tenant's id, so it can be logged. Its `Display` form
/// is the text that runs, followed by one line for each table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanExplanation {
    pub(super) sql: String,
    pub(super) parameters: usize,
    pub(super) tenant_values: usize,
    pub(super) reach: Reach,
    pub(super) steps: Vec<PlanStep>,
}

impl PlanExplanation {
    /// The text that runs in place of the statement's.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What was done, table by table, in the order in which the planner came to them: subqueries of
    /// a clause before the tables of its own `FROM`.
    #[must_use]
    pub fn steps(&self) -> &[PlanStep] {
        &self.steps
    }
}

impl fmt::Display for PlanExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)?;
        for step in &self.steps {
            write!(f, "\n  {step}")?;
        }
        let whose = match (self.reach, self.tenant_values) {
            (_, 0) => return Ok(()),
            (Reach::Own, _) => "the tenant",
            (Reach::Chosen(_) | Reach::All, _) => "the elevation's tenants",
        };
        match self.parameters {
            0 => write!(f, "\n  binds {whose}"),
            own => write!(
                f,
                "\n  binds {whose} after the statement's own values ({own})"
            ),
        }
    }
}

impl super::Plan {
    pub(crate) fn explain(&self) -> PlanExplanation {
        PlanExplanation {
            sql: self.sql.to_string(),
            parameters: self.parameters,
            tenant_values: self.bound.len(),
            reach: self.reach,
            steps: self.steps.to_vec(),
        }
    }

    pub(crate) fn shape(&self) -> Shape<'_> {
        Shape(&self.steps)
    }
}
