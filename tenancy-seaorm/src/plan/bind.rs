//! From a plan and its values to the statement that runs.

use sea_orm::{Statement, Value};
use tenancy_core::TenantId;

use super::PlanStep;
use crate::{
    Error, ErrorKind,
    catalog::{Given, IdColumn, IdKind, Whose},
};

/// Whose statement it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids<'a> {
    pub(crate) tenant: &'a TenantId,
    /// The subject of the principal, where there is one.
    pub(crate) user: Option<&'a str>,
}

/// An id that a plan binds, as a column stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    whose: Whose,
    kind: IdKind,
}

impl Bound {
    pub(super) fn of(column: &IdColumn) -> Self {
        Self {
            whose: column.whose(),
            kind: column.kind(),
        }
    }

    /// The id of such a column as text, whatever its kind.
    pub(super) fn text(column: &IdColumn) -> Self {
        Self {
            whose: column.whose(),
            kind: IdKind::Text,
        }
    }

    fn value(self, ids: Ids<'_>) -> Result<Value, Error> {
        let (value, who) = match self.whose {
            Whose::Tenant => (self.kind.value(ids.tenant), "the tenant's id"),
            Whose::User => (
                ids.user.and_then(|user| self.kind.user_value(user)),
                "the principal's subject",
            ),
        };
        value.ok_or_else(|| {
            Error::new(
                ErrorKind::Incompatible,
                format!("{who} does not fit a column of kind {:?}", self.kind),
            )
        })
    }

    fn compare(self, given: &Value, ids: Ids<'_>) -> Given {
        match (self.whose, ids.user) {
            (Whose::Tenant, _) => self.kind.compare(given, ids.tenant),
            (Whose::User, Some(user)) => self.kind.compare_user(given, user),
            (Whose::User, None) => Given::Other,
        }
    }

    fn is_literal(self, text: &str, ids: Ids<'_>) -> bool {
        match (self.whose, ids.user) {
            (Whose::Tenant, _) => self.kind.is_literal(text, ids.tenant),
            (Whose::User, Some(user)) => self
                .kind
                .user_value(user)
                .is_some_and(|user| self.kind.user_value(text) == Some(user)),
            (Whose::User, None) => false,
        }
    }
}

/// A rewritten statement. It holds no tenant's values.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) sql: Box<str>,
    /// Where placeholders go by position: the index for each, among the original values and those of the scope after them.
    pub(super) order: Option<Box<[usize]>>,
    /// How many values the original statement binds.
    pub(super) parameters: usize,
    pub(super) checks: Box<[Check]>,
    /// Bound after the original values, in this order.
    pub(super) bound: Box<[Bound]>,
    /// What was done to each table.
    pub(super) steps: Box<[PlanStep]>,
}

/// What must hold of a value that the caller gave for a column that says whose the row is.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) given: Source,
    pub(super) bound: Bound,
    pub(super) table: Box<str>,
    pub(super) column: Box<str>,
    /// A null is replaced by the scope's, as in a row that does not name it.
    pub(super) stamps_null: bool,
}

#[derive(Debug)]
pub(super) enum Source {
    /// The original value of this index.
    Value(usize),
    /// A constant in the text.
    Literal(Box<str>),
}

impl Plan {
    /// Turns `statement` into the one to run.
    pub(crate) fn bind(&self, mut statement: Statement, ids: Ids<'_>) -> Result<Statement, Error> {
        // The text's buffer is used again: nothing is allocated unless the rewritten text outgrows it.
        statement.sql.clear();
        statement.sql.push_str(&self.sql);
        let given = statement.values.as_ref().map_or(0, |values| values.0.len());
        if given != self.parameters {
            return Err(Error::new(
                ErrorKind::Parameters,
                format!(
                    "the statement has {} placeholders and {given} bound values",
                    self.parameters
                ),
            ));
        }
        if self.checks.is_empty() && self.bound.is_empty() && self.order.is_none() {
            return Ok(statement);
        }
        let values = &mut statement
            .values
            .get_or_insert_with(|| sea_orm::Values(Vec::new()))
            .0;
        for check in &self.checks {
            check.apply(values, ids)?;
        }
        values.reserve_exact(self.bound.len());
        for bound in &self.bound {
            values.push(bound.value(ids)?);
        }
        if let Some(order) = &self.order {
            let ordered = order.iter().map(|index| values[*index].clone());
            *values = ordered.collect();
        }
        Ok(statement)
    }

    #[cfg(test)]
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    /// A measure of the memory that the plan holds, in bytes.
    pub(super) fn weight(&self) -> usize {
        self.sql.len()
            + size_of::<Bound>() * self.bound.len()
            + size_of::<Check>() * self.checks.len()
            + size_of::<usize>() * self.order.as_ref().map_or(0, |order| order.len())
            + self.steps.iter().map(PlanStep::weight).sum::<usize>()
            + size_of::<Self>()
    }
}

impl Check {
    fn apply(&self, values: &mut [Value], ids: Ids<'_>) -> Result<(), Error> {
        let given = match &self.given {
            Source::Value(index) => self.bound.compare(&values[*index], ids),
            Source::Literal(text) if self.bound.is_literal(text, ids) => Given::Same,
            Source::Literal(_) => Given::Other,
        };
        match (given, &self.given) {
            // The scope's value in the column's own type, so that what is stored is what the predicates compare with.
            (Given::Same, Source::Value(index)) => {
                values[*index] = self.bound.value(ids)?;
            }
            (Given::Null, Source::Value(index)) if self.stamps_null => {
                values[*index] = self.bound.value(ids)?;
            }
            (Given::Same, Source::Literal(_)) => {}
            (Given::Null | Given::Other, _) => {
                let (kind, whose) = match self.bound.whose {
                    Whose::Tenant => (
                        ErrorKind::ForeignTenant,
                        "tenant: leave the column out, or set it to the context's tenant id",
                    ),
                    Whose::User => (
                        ErrorKind::ForeignOwner,
                        "user: leave the column out, or set it to the principal's subject",
                    ),
                };
                return Err(Error::new(
                    kind,
                    format!(
                        "`{}.{}` was given a value that is not the scope's {whose}",
                        self.table, self.column
                    ),
                ));
            }
        }
        Ok(())
    }
}
