//! What of a query may fail by its form, apart from its expressions: a second row where one is
//! wanted, values that cannot be compared or converted, rows that are locked.
//!
//! What stands in a subquery meets no row of others by itself. But whether it is asked at all tells
//! of the conditions that stood before it, which engines test on the rows of others, too.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident,
    JoinConstraint, LimitClause, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins, Value, Values, Visit, Visitor, WindowType,
};

use super::{
    super::{guard::any_conjunct, on},
    Calm,
    search::{has_plain_limits, is_aggregate, is_call_of_aggregate},
};
use crate::plan::{Dialect, names};

impl Calm<'_> {
    /// Whether a query may fail by its form.
    pub(super) fn query_fails(&self, query: &Query) -> bool {
        if !has_plain_limits(query) {
            return true;
        }
        if self.dialect == Dialect::Sqlite {
            return false;
        }
        // MySQL counts the rounds.
        let recurses = self.dialect == Dialect::MySql
            && query.with.as_ref().is_some_and(|with| with.recursive);
        let orders_parts = query.order_by.as_ref().is_some_and(|order_by| {
            matches!(&order_by.kind, OrderByKind::Expressions(exprs)
                if exprs.iter().any(|order| has_parts(&order.expr)))
        });
        recurses || orders_parts || !query.locks.is_empty() || self.body_fails(&query.body)
    }

    fn body_fails(&self, body: &SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => self.block_fails(select),
            SetExpr::SetOperation { left, right, .. } => {
                self.body_fails(left) || self.body_fails(right) || self.arms_fail(left, right)
            }
            SetExpr::Values(values) => self.rows_fail(values),
            // Each is looked at for itself.
            SetExpr::Query(_)
            | SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => false,
        }
    }

    fn block_fails(&self, select: &Select) -> bool {
        let groups_parts = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(exprs, _) => exprs.iter().any(has_parts),
        };
        let is_odd = match &select.distinct {
            None | Some(Distinct::All) => false,
            Some(Distinct::Distinct) => select.projection.iter().any(item_has_parts),
            Some(Distinct::On(_)) => true,
        };
        let conditions = [select.selection.as_ref(), select.having.as_ref()];
        let is_read = |condition: &Expr| {
            any_conjunct(condition, &mut |conjunct| !self.is_condition(conjunct))
        };
        groups_parts
            || is_odd
            || windows_have_parts(select)
            || conditions.into_iter().flatten().any(is_read)
            || select.from.iter().any(|tree| joins_read(tree, &is_read))
    }

    /// PostgreSQL converts the columns of one arm to those of the other, and compares rows.
    fn arms_fail(&self, left: &SetExpr, right: &SetExpr) -> bool {
        if self.dialect != Dialect::Postgres {
            return false;
        }
        let (Some(left), Some(right)) = (columns(left), columns(right)) else {
            return true;
        };
        left.len() != right.len()
            || left.iter().chain(&right).any(|column| has_parts(column))
            || self.mixes_collations()
            || left
                .iter()
                .zip(&right)
                .any(|(left, right)| self.converts([*left, *right].into_iter()))
    }

    fn rows_fail(&self, values: &Values) -> bool {
        let rows: Vec<_> = values.rows.iter().map(|row| &row.content).collect();
        let width = rows.first().map_or(0, |row| row.len());
        rows.len() > 1
            && (0..width).any(|column| self.converts(rows.iter().filter_map(|row| row.get(column))))
    }

    /// Whether an expression is of the groups of a block: PostgreSQL counts an aggregate to the
    /// innermost block whose column is in its arguments, and one without columns to its own.
    pub(super) fn is_of_groups(&self, expr: &Expr, select: &Select) -> bool {
        struct Aggregates<'a> {
            calm: &'a Calm<'a>,
            select: &'a Select,
        }
        impl Visitor for Aggregates<'_> {
            type Break = bool;

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<bool> {
                match expr {
                    Expr::Function(function)
                        if is_aggregate(expr)
                            && self.calm.counts_rows_of(function, self.select) =>
                    {
                        ControlFlow::Break(true)
                    }
                    _ => ControlFlow::Continue(()),
                }
            }

            // An aggregate of a query inside is computed for each row of this one.
            fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<bool> {
                ControlFlow::Break(false)
            }
        }
        let mut aggregates = Aggregates { calm: self, select };
        expr.visit(&mut aggregates) == ControlFlow::Break(true)
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
        let is_grouped = match &select.group_by {
            GroupByExpr::All(_) => true,
            GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
        };
        let is_total = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(Expr::Function(function))
            | SelectItem::ExprWithAlias {
                expr: Expr::Function(function),
                ..
            } => is_call_of_aggregate(function) && self.counts_rows_of(function, select),
            _ => false,
        };
        !is_grouped && !select.projection.is_empty() && select.projection.iter().all(is_total)
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
            ) => true,
            _ => false,
        })
    }

    /// Whether a column of the block stands in an expression, as far as is known.
    fn is_own(&self, expr: &Expr, select: &Select) -> bool {
        sqlparser::ast::visit_expressions(expr, |expr: &Expr| {
            let is_own = match expr {
                Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                    [.., of, _] => any_factor(&select.from, &|factor| self.goes_by(factor, of)),
                    _ => false,
                },
                Expr::Identifier(name) => {
                    any_factor(&select.from, &|factor| self.has_column(factor, name))
                }
                _ => false,
            };
            match is_own {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })
        .is_break()
    }

    fn goes_by(&self, factor: &TableFactor, wanted: &Ident) -> bool {
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

    fn has_column(&self, factor: &TableFactor, name: &Ident) -> bool {
        let TableFactor::Table {
            name: table,
            args: None,
            ..
        } = factor
        else {
            return false;
        };
        let table = names::table_name(self.dialect, table);
        let (Ok(table), Ok(column)) = (table, self.dialect.column(name)) else {
            return false;
        };
        self.catalog.columns().class(&table, &column).is_some()
    }
}

/// A row or an array, whose parts PostgreSQL compares once there are two.
pub(super) fn has_parts(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => has_parts(inner),
        Expr::Tuple(_) | Expr::Array(_) => true,
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident());
            name.is_some_and(|name| name.value.eq_ignore_ascii_case("row"))
        }
        _ => false,
    }
}

fn item_has_parts(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => has_parts(expr),
        _ => false,
    }
}

fn windows_have_parts(select: &Select) -> bool {
    if !select.named_window.is_empty() {
        return true;
    }
    sqlparser::ast::visit_expressions(&select.projection, |expr: &Expr| {
        let is_found = match expr {
            Expr::Function(function) => match &function.over {
                Some(WindowType::WindowSpec(window)) => {
                    window.partition_by.iter().any(has_parts)
                        || window.order_by.iter().any(|order| has_parts(&order.expr))
                }
                Some(WindowType::NamedWindow(_)) => true,
                None => false,
            },
            _ => false,
        };
        match is_found {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
    .is_break()
}

fn joins_read(tree: &TableWithJoins, is_read: &impl Fn(&Expr) -> bool) -> bool {
    let is_nested = |factor: &TableFactor| match factor {
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => joins_read(table_with_joins, is_read),
        _ => false,
    };
    is_nested(&tree.relation)
        || tree.joins.iter().any(|join| {
            is_nested(&join.relation)
                || matches!(on(&join.join_operator), Some(JoinConstraint::On(condition))
                    if is_read(condition))
        })
}

fn any_factor(from: &[TableWithJoins], is_so: &impl Fn(&TableFactor) -> bool) -> bool {
    from.iter().any(|tree| {
        let joined = tree.joins.iter().map(|join| &join.relation);
        std::iter::once(&tree.relation)
            .chain(joined)
            .any(|factor| match factor {
                TableFactor::NestedJoin {
                    table_with_joins, ..
                } => any_factor(std::slice::from_ref(table_with_joins), is_so),
                factor => is_so(factor),
            })
    })
}

/// The columns of a query, where each is written out.
fn columns(body: &SetExpr) -> Option<Vec<&Expr>> {
    match body {
        SetExpr::Select(select) => select
            .projection
            .iter()
            .map(|item| match item {
                SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                    Some(expr)
                }
                _ => None,
            })
            .collect(),
        SetExpr::SetOperation { left, .. } => columns(left),
        SetExpr::Query(query) => columns(&query.body),
        _ => None,
    }
}
