//! `GROUP BY` of a key, which on PostgreSQL stands for all columns of its row. That of a derived
//! table does not.
//!
//! ```sql
//! SELECT a.id, a.title, count(b.id) FROM note a LEFT JOIN note b USING (id) GROUP BY a.id
//! -- a becomes (SELECT * FROM note WHERE …) AS a: refused, with the columns to add
//! ```

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, GroupByExpr, Query, Select, SelectItem, Value, Visit, Visitor};

use crate::{
    error::{Error, refuse_if},
    plan::{Planner, fence::is_aggregate},
    sql::dialect::Dialect,
};

impl Planner<'_> {
    /// Refuses columns that are grouped by through a key, where a table of the block has become a
    /// derived one.
    pub(in crate::plan) fn refuse_dependent_columns(&self, select: &Select) -> Result<(), Error> {
        let GroupByExpr::Expressions(groups, _) = &select.group_by else {
            return Ok(());
        };
        if self.dialect != Dialect::Postgres || !self.has_derived || groups.is_empty() {
            return Ok(());
        }
        let mut columns = Columns { groups, covered: 0 };
        let depends = select.projection.iter().enumerate().any(|(index, item)| {
            let (expr, alias) = match item {
                SelectItem::UnnamedExpr(expr) => (expr, None),
                SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
                _ => return false,
            };
            let is_grouped = groups.iter().any(|group| match group {
                Expr::Value(value) => {
                    matches!(&value.value, Value::Number(text, _) if text.parse() == Ok(index + 1))
                }
                Expr::Identifier(name) => alias.is_some_and(|alias| alias.value == name.value),
                _ => false,
            });
            !is_grouped && expr.visit(&mut columns).is_break()
        });
        let depends = depends
            || select
                .having
                .as_ref()
                .is_some_and(|having| having.visit(&mut columns).is_break());
        refuse_if(
            depends,
            "a column that `GROUP BY` covers by a key of its table, in a join or beside a condition for which the table becomes a derived one (add the column to `GROUP BY`),",
        )
    }
}

/// Looks for a column that is neither grouped by nor in an aggregate.
struct Columns<'a> {
    groups: &'a [Expr],
    /// How many expressions stand around that are.
    covered: usize,
}

impl Columns<'_> {
    fn covers(&self, expr: &Expr) -> bool {
        let is_same = |group: &Expr| match (group, expr) {
            // `id` and `n.id` may be the same.
            (Expr::Identifier(one), Expr::CompoundIdentifier(parts))
            | (Expr::CompoundIdentifier(parts), Expr::Identifier(one)) => {
                parts.last().is_some_and(|last| last.value == one.value)
            }
            _ => group == expr,
        };
        is_aggregate(expr) || self.groups.iter().any(is_same)
    }
}

impl Visitor for Columns<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.covers(expr) {
            self.covered += 1;
        }
        let is_column = matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        match is_column && self.covered == 0 {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.covers(expr) {
            self.covered -= 1;
        }
        ControlFlow::Continue(())
    }

    /// A subquery has columns of its own.
    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.covered += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.covered -= 1;
        ControlFlow::Continue(())
    }
}
