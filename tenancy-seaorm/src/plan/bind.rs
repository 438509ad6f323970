//! From a plan and its values to the statement that runs.

use sea_orm::{Statement, Value};
use tenancy_core::TenantId;

use super::PlanStep;
use crate::{
    Error, ErrorKind,
    catalog::{Given, TenantColumnKind},
};

/// A rewritten statement. It holds no tenant's values.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) sql: Box<str>,
    /// Where placeholders go by position: the index for each, among the original values and the tenant's after them.
    pub(super) order: Option<Box<[usize]>>,
    /// How many values the original statement binds.
    pub(super) parameters: usize,
    pub(super) checks: Box<[Check]>,
    /// Bound after the original values, in this order.
    pub(super) tenant_values: Box<[TenantColumnKind]>,
    /// What was done to each table.
    pub(super) steps: Box<[PlanStep]>,
}

/// What must hold of a value that the caller gave for a tenant column.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) given: Source,
    pub(super) kind: TenantColumnKind,
    pub(super) table: Box<str>,
    pub(super) column: Box<str>,
    /// A null is replaced by the tenant, as in a row that does not name it.
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
    /// Turns `statement` into the one to run for `tenant`.
    pub(crate) fn bind(
        &self,
        mut statement: Statement,
        tenant: &TenantId,
    ) -> Result<Statement, Error> {
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
        if self.checks.is_empty() && self.tenant_values.is_empty() && self.order.is_none() {
            return Ok(statement);
        }
        let values = &mut statement
            .values
            .get_or_insert_with(|| sea_orm::Values(Vec::new()))
            .0;
        for check in &self.checks {
            check.apply(values, tenant)?;
        }
        values.reserve_exact(self.tenant_values.len());
        for kind in &self.tenant_values {
            values.push(tenant_value(*kind, tenant)?);
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
            + self.tenant_values.len()
            + size_of::<Check>() * self.checks.len()
            + size_of::<usize>() * self.order.as_ref().map_or(0, |order| order.len())
            + self.steps.iter().map(PlanStep::weight).sum::<usize>()
            + size_of::<Self>()
    }
}

impl Check {
    fn apply(&self, values: &mut [Value], tenant: &TenantId) -> Result<(), Error> {
        let given = match &self.given {
            Source::Value(index) => self.kind.compare(&values[*index], tenant),
            Source::Literal(text) if self.kind.is_literal(text, tenant) => Given::Same,
            Source::Literal(_) => Given::Other,
        };
        match (given, &self.given) {
            // The tenant's value in the column's own type, so that what is stored is what the predicates compare with.
            (Given::Same, Source::Value(index)) => {
                values[*index] = tenant_value(self.kind, tenant)?
            }
            (Given::Null, Source::Value(index)) if self.stamps_null => {
                values[*index] = tenant_value(self.kind, tenant)?;
            }
            (Given::Same, Source::Literal(_)) => {}
            (Given::Null | Given::Other, _) => {
                return Err(Error::new(
                    ErrorKind::ForeignTenant,
                    format!(
                        "`{}.{}` was given a value that is not the scope's tenant: leave the column out, or set it to the context's tenant id",
                        self.table, self.column
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn tenant_value(kind: TenantColumnKind, tenant: &TenantId) -> Result<Value, Error> {
    kind.value(tenant).ok_or_else(|| {
        Error::new(
            ErrorKind::Incompatible,
            format!("the tenant's id does not fit a tenant column of kind {kind:?}"),
        )
    })
}
