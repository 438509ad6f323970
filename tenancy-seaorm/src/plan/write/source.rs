//! Queries that yield the rows of an insert, and the tenants and owners in them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, JoinOperator, ObjectNamePart, Select, SelectItem, SetExpr, TableFactor,
    visit_expressions,
};

use super::stamp::{Stamp, Stamped};
use crate::{
    error::{Error, refuse_if},
    plan::{
        Planner,
        fence::is_aggregate,
        read::names::{Resolved, qualifier},
    },
    policy::id::{IdColumn, IdRole},
};

impl Planner<'_> {
    /// Requires that what a query yields for a column that says whose the row is, is the scope's: a
    /// constant, or the tenant column of a table that the query reads, and therefore scopes. The
    /// owner of a row that is read may be another user.
    pub(in crate::plan) fn check_query(
        &mut self,
        body: &mut SetExpr,
        id: &Stamped<'_>,
        stamp: &Stamp<'_>,
    ) -> Result<(), Error> {
        let refused = || stamp.refused(id.column);
        let SetExpr::Select(select) = body else {
            return Err(refused());
        };
        // A `*` may yield several columns, or none, and what is checked would be another one.
        let has_wildcard = select.projection.iter().any(|item| {
            matches!(
                item,
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
            )
        });
        refuse_if(
            has_wildcard,
            "a `*` in an `INSERT … SELECT` that names the tenant or the owner column",
        )?;
        refuse_unless_plainly_grouped(select)?;
        refuse_if(
            select.projection.len() + stamp.added().count() != stamp.width,
            "an `INSERT … SELECT` whose columns are not all named",
        )?;
        let Some(item) = id.given.and_then(|index| select.projection.get(index)) else {
            return Err(refused());
        };
        let expr = match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, alias: _ } => expr,
            SelectItem::ExprWithAliases { .. }
            | SelectItem::QualifiedWildcard(..)
            | SelectItem::Wildcard(_) => return Err(refused()),
        };
        if id.column.role() == IdRole::Tenant && self.reads_tenant_of(expr, select, id.column)? {
            return Ok(());
        }
        let Some(SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }) =
            id.given.and_then(|index| select.projection.get_mut(index))
        else {
            return Err(refused());
        };
        self.check_given(value, id.column, stamp.table, false)
    }

    /// Whether an expression is the tenant column of a table in FROM that no outer join can
    /// null-extend.
    fn reads_tenant_of(
        &self,
        expr: &Expr,
        select: &Select,
        column: &IdColumn,
    ) -> Result<bool, Error> {
        // ROLLUP and its kin null-extend the columns that they group by.
        let is_grouped = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
        };
        // Of no rows, an aggregate makes one, in which the column is NULL. What the application has
        // allowed may be one.
        let is_total = visit_expressions(&select.projection, |expr: &Expr| {
            let name = match expr {
                Expr::Function(function) => {
                    function.name.0.last().and_then(ObjectNamePart::as_ident)
                }
                _ => None,
            };
            let is_allowed = name.is_some_and(|name| {
                let folded = self.dialect.fold_function(name);
                folded.is_ok_and(|name| self.catalog.allowed().allows_function(&name))
            });
            match is_aggregate(expr) || is_allowed {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
        .is_break();
        if is_grouped || is_total || select.having.is_some() {
            return Ok(false);
        }
        let (row, name) = match expr {
            Expr::Identifier(name) => (None, name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [row, name] => (Some(self.dialect.fold(row)?), name),
                _ => return Ok(false),
            },
            _ => return Ok(false),
        };
        let mut found = false;
        for tree in &select.from {
            let is_inner = tree.joins.iter().all(|join| {
                matches!(
                    join.join_operator,
                    JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_)
                )
            });
            if !is_inner {
                return Ok(false);
            }
            let joined = tree.joins.iter().map(|join| &join.relation);
            for factor in std::iter::once(&tree.relation).chain(joined) {
                let TableFactor::Table {
                    name: table, alias, ..
                } = factor
                else {
                    // A bare name may be a column of anything that stands here.
                    if row.is_none() {
                        return Ok(false);
                    }
                    continue;
                };
                let known_as =
                    qualifier(self.dialect, table, alias.as_ref().map(|alias| &alias.name))?;
                let is_meant = match &row {
                    Some(row) => **row == *self.dialect.fold(&known_as)?,
                    None => true,
                };
                let is_tenant = match self.resolve(table)? {
                    // Such a row may be another tenant's.
                    Resolved::Owned(of) if self.viewer.reads_of_others(of) => false,
                    Resolved::Owned(of) => {
                        let of = of.tenant();
                        of.kind() == column.kind() && self.dialect.names_column(name, of.name())?
                    }
                    Resolved::Cte(_) | Resolved::Reference => false,
                };
                if is_meant && !is_tenant {
                    return Ok(false);
                }
                found |= is_meant;
            }
        }
        Ok(found)
    }
}

/// `ROLLUP` and its kin null-extend what they group by, which may be a constant by its position.
pub(in crate::plan) fn refuse_unless_plainly_grouped(select: &Select) -> Result<(), Error> {
    let is_plain = match &select.group_by {
        GroupByExpr::All(_) => false,
        GroupByExpr::Expressions(exprs, modifiers) => {
            let sets = |expr: &Expr| {
                matches!(
                    expr,
                    Expr::Rollup(_) | Expr::Cube(_) | Expr::GroupingSets(_)
                )
            };
            modifiers.is_empty() && !exprs.iter().any(sets)
        }
    };
    refuse_if(
        !is_plain,
        "`ROLLUP`, `CUBE` and `GROUPING SETS` in an `INSERT … SELECT`",
    )
}
