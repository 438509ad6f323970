//! Which columns are a block's own, and thereby which aggregates: one of the columns of a block
//! around it is computed there.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident,
    LimitClause, OrderBy, Query, Select, SelectItem, SetExpr, Statement, TableFactor,
    TableWithJoins, Value, Visit, Visitor,
};

use super::{Calm, search::is_call_of_aggregate};
use crate::{catalog::Class, plan::read::names, sql::dialect::Dialect};

impl Calm<'_> {
    /// Whether an expression is an aggregate of a block: PostgreSQL counts one to the innermost
    /// block that has a column of its arguments, and one without columns to the block it stands in.
    pub(super) fn is_of_groups(&self, expr: &Expr, select: &Select) -> bool {
        matches!(expr, Expr::Function(function)
            if is_call_of_aggregate(function) && self.counts_rows_of(function, select))
    }

    /// What MariaDB computes of its buffer in a block of a query, which stands before an order.
    ///
    /// A block with an aggregate and without `GROUP BY` yields a row even where no row fits. What
    /// is no aggregate is then computed of what the buffer holds: the row that a key has found,
    /// whoever it belongs to. Of columns that stand for themselves that is NULL.
    pub(in crate::plan) fn of_buffer(
        &self,
        select: &Select,
        order: Option<&OrderBy>,
    ) -> Option<OfBuffer> {
        if self.dialect != Dialect::MySql || is_grouped(select) {
            return None;
        }
        let mut found = Contents {
            calm: self,
            inner: Vec::new(),
            has_window: false,
            has_aggregate: false,
            has_query: false,
        };
        let _ = select.projection.visit(&mut found);
        let _ = select.having.visit(&mut found);
        let _ = select.named_window.visit(&mut found);
        if let Some(order) = order {
            let _ = order.visit(&mut found);
        }
        match found {
            Contents {
                has_window: true,
                has_aggregate: true,
                ..
            } => Some(OfBuffer::Window),
            Contents {
                has_query: true, ..
            } if found.has_aggregate || select.having.is_some() => Some(OfBuffer::Query),
            _ => None,
        }
    }

    /// Whether some block of a statement has what is computed of the buffer.
    pub(in crate::plan) fn has_of_buffer(&self, statement: &Statement) -> bool {
        struct Blocks<'a>(&'a Calm<'a>);
        impl Visitor for Blocks<'_> {
            type Break = ();

            fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
                let of_order = match query.body.as_ref() {
                    SetExpr::Select(select) => self.0.of_buffer(select, query.order_by.as_ref()),
                    _ => None,
                };
                of_order.map_or(ControlFlow::Continue(()), |_| ControlFlow::Break(()))
            }

            fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
                let found = self.0.of_buffer(select, None);
                found.map_or(ControlFlow::Continue(()), |_| ControlFlow::Break(()))
            }
        }
        self.dialect == Dialect::MySql && statement.visit(&mut Blocks(self)).is_break()
    }

    /// Whether a query is of aggregates of its own alone, or has a limit of one row.
    pub(super) fn yields_one_row(&self, query: &Query) -> bool {
        if let Some(LimitClause::LimitOffset {
            limit: Some(Expr::Value(limit)),
            ..
        }) = &query.limit_clause
            && matches!(&limit.value, Value::Number(number, _) if number == "1")
        {
            return true;
        }
        let SetExpr::Select(select) = query.body.as_ref() else {
            return false;
        };
        let is_total = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(Expr::Function(function))
            | SelectItem::ExprWithAlias {
                expr: Expr::Function(function),
                ..
            } => is_call_of_aggregate(function) && self.counts_rows_of(function, select),
            _ => false,
        };
        !is_grouped(select)
            && !select.projection.is_empty()
            && select.projection.iter().all(is_total)
    }

    /// Whether an aggregate is of this block.
    fn counts_rows_of(&self, function: &Function, select: &Select) -> bool {
        let FunctionArguments::List(list) = &function.args else {
            return false;
        };
        list.args.iter().any(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => self.is_own(arg, select),
            FunctionArg::Unnamed(
                FunctionArgExpr::Wildcard | FunctionArgExpr::WildcardWithOptions(_),
            ) => function.filter.is_none(),
            _ => false,
        })
    }

    /// Whether a column of the block stands in an expression, outside of queries, as far as is
    /// known.
    fn is_own(&self, expr: &Expr, select: &Select) -> bool {
        struct Own<'a> {
            calm: &'a Calm<'a>,
            select: &'a Select,
            depth: usize,
        }
        impl Visitor for Own<'_> {
            type Break = ();

            fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
                self.depth += 1;
                ControlFlow::Continue(())
            }

            fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
                self.depth -= 1;
                ControlFlow::Continue(())
            }

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
                let from = &self.select.from;
                let is_own = match expr {
                    _ if self.depth > 0 => false,
                    Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                        [.., of, name] => {
                            let is_meant = |factor: &TableFactor| {
                                self.calm.goes_by(factor, of)
                                    && (!self.calm.may_shadow(of)
                                        || self.calm.class_in(factor, name).is_some())
                            };
                            find_factor(from, &|factor| is_meant(factor).then_some(())).is_some()
                        }
                        _ => false,
                    },
                    Expr::Identifier(name) => {
                        find_factor(from, &|factor| self.calm.class_in(factor, name)).is_some()
                    }
                    _ => false,
                };
                match is_own {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            }
        }
        let mut own = Own {
            calm: self,
            select,
            depth: 0,
        };
        expr.visit(&mut own).is_break()
    }

    /// Whether another table of this name may be meant, further out: MariaDB and SQLite look there
    /// for a column that the nearest one does not have.
    fn may_shadow(&self, range: &Ident) -> bool {
        self.dialect != Dialect::Postgres && self.named.is_ambiguous(range)
    }

    pub(super) fn goes_by(&self, factor: &TableFactor, wanted: &Ident) -> bool {
        let name = match factor {
            TableFactor::Table {
                alias: Some(alias), ..
            }
            | TableFactor::Derived {
                alias: Some(alias), ..
            } => Some(&alias.name),
            TableFactor::Table { name, .. } => name.0.last().and_then(|part| part.as_ident()),
            _ => None,
        };
        let fold = |name: &Ident| self.dialect.fold(name).ok().map(|name| name.into_owned());
        name.is_some_and(|name| fold(name).is_some() && fold(name) == fold(wanted))
    }

    /// What a column of a table holds, where that is known.
    pub(super) fn class_in(&self, factor: &TableFactor, name: &Ident) -> Option<Class> {
        let TableFactor::Table {
            name: table,
            args: None,
            ..
        } = factor
        else {
            return None;
        };
        if self.is_cte(table) {
            return None;
        }
        let table = names::table_name(self.dialect, table).ok()?;
        let column = self.dialect.column(name).ok()?;
        self.catalog.columns().class(&table, &column)
    }
}

fn is_grouped(select: &Select) -> bool {
    match &select.group_by {
        GroupByExpr::All(_) => true,
        GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
    }
}

/// The one expression that a block yields.
pub(super) fn only_item(query: &Query) -> Option<&Expr> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return None;
    };
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(only) | SelectItem::ExprWithAlias { expr: only, .. }] => {
            Some(only)
        }
        _ => None,
    }
}

/// What MariaDB computes of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum OfBuffer {
    /// Windows, which may also end its process.
    Window,
    /// A query, which may look at the columns around it.
    Query,
}

/// Looks for the windows, the aggregates and the queries of a block. Some aggregates stand in
/// queries inside.
struct Contents<'a> {
    calm: &'a Calm<'a>,
    /// The blocks inside that are open.
    inner: Vec<Select>,
    has_window: bool,
    has_aggregate: bool,
    has_query: bool,
}

impl Visitor for Contents<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.has_query = true;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.inner.push(select.clone());
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<()> {
        self.inner.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.has_window = self.has_window || (self.inner.is_empty() && function.over.is_some());
            let is_inner = |select: &Select| self.calm.counts_rows_of(function, select);
            self.has_aggregate = self.has_aggregate
                || (is_call_of_aggregate(function) && !self.inner.iter().any(is_inner));
        }
        ControlFlow::Continue(())
    }
}

/// The first that is found of what stands in FROM.
pub(super) fn find_factor<T>(
    from: &[TableWithJoins],
    find: &impl Fn(&TableFactor) -> Option<T>,
) -> Option<T> {
    from.iter().find_map(|tree| {
        let joined = tree.joins.iter().map(|join| &join.relation);
        std::iter::once(&tree.relation)
            .chain(joined)
            .find_map(|factor| match factor {
                TableFactor::NestedJoin {
                    table_with_joins, ..
                } => find_factor(std::slice::from_ref(table_with_joins), find),
                factor => find(factor),
            })
    })
}
