//! What of a query may fail by its form, apart from its expressions: a second row where one is
//! wanted, values that cannot be compared or converted, rows that are locked.
//!
//! What stands in a subquery meets no row of others by itself. But whether it is asked at all tells
//! of the conditions that stood before it, which engines test on the rows of others, too.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident,
    JoinConstraint, LimitClause, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor,
    TableWithJoins, Value, Visit, Visitor,
};

use super::{
    super::{any_on, guard::any_conjunct, on},
    Calm, Operand,
    search::{has_plain_limits, is_aggregate, is_call_of_aggregate},
};
use crate::{
    catalog::Class,
    plan::{Dialect, names, operators},
};

impl Calm<'_> {
    /// Whether a query may fail by its form; `is_asked` says that an expression asks it, so that it
    /// tells by being asked.
    pub(super) fn query_fails(&self, query: &Query, is_asked: bool) -> bool {
        if !has_plain_limits(query) {
            return true;
        }
        if self.dialect == Dialect::Sqlite {
            return false;
        }
        // MySQL counts the rounds.
        let recurses = self.dialect == Dialect::MySql
            && query.with.as_ref().is_some_and(|with| with.recursive);
        let orders_oddly = self.dialect == Dialect::Postgres
            && is_asked
            && query.order_by.as_ref().is_some_and(|order_by| {
                !matches!(&order_by.kind, OrderByKind::Expressions(exprs)
                    if exprs.iter().all(|order| self.is_column(&order.expr) || operators::is_number(&order.expr)))
            });
        recurses
            || orders_oddly
            || (is_asked && !query.locks.is_empty())
            || self.body_fails(&query.body, is_asked)
    }

    fn body_fails(&self, body: &SetExpr, is_asked: bool) -> bool {
        let is_postgres = self.dialect == Dialect::Postgres;
        match body {
            SetExpr::Select(select) => match is_postgres {
                true => is_asked && !self.is_plain(select),
                false => self.reads_text(select),
            },
            // PostgreSQL converts the columns of one arm to those of the others.
            SetExpr::SetOperation { left, right, .. } => {
                self.body_fails(left, is_asked)
                    || self.body_fails(right, is_asked)
                    || (is_postgres && self.arms_convert(body))
            }
            SetExpr::Values(_) => is_postgres && is_asked,
            // One in parentheses is asked as this one is.
            SetExpr::Query(query) => self.query_fails(query, is_asked),
            // Each is looked at for itself.
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => false,
        }
    }

    /// Whether the columns of the arms are of different classes, or of such as are not known.
    fn arms_convert(&self, body: &SetExpr) -> bool {
        let mut arms = Vec::new();
        if !arms_of(body, &mut arms) {
            return true;
        }
        let width = arms.first().map_or(0, |arm| arm.projection.len());
        arms.iter().any(|arm| arm.projection.len() != width)
            || (0..width).any(|place| {
                let mut known = None;
                !arms.iter().all(|arm| match self.class_at(arm, place) {
                    Some(Operand::Null) => true,
                    Some(class) => *known.get_or_insert(class) == class,
                    None => false,
                })
            })
    }

    /// The class of a column of a block: that of the table's, or none for what is no column.
    fn class_at(&self, select: &Select, place: usize) -> Option<Operand> {
        let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) =
            select.projection.get(place)?
        else {
            return None;
        };
        let (of, name) = match expr {
            Expr::Value(value) if value.value == Value::Null => return Some(Operand::Null),
            Expr::Identifier(name) => (None, name),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [of, name] => (Some(of), name),
                _ => return None,
            },
            _ => return None,
        };
        // Collations are known to the database alone.
        self.needs_facts.set(true);
        let class = find_factor(&select.from, &|factor| {
            let is_meant = of.is_none_or(|of| self.goes_by(factor, of));
            is_meant.then(|| self.class_in(factor, name)).flatten()
        });
        match class? {
            Class::Collated | Class::Foreign | Class::Other => None,
            class => Some(Operand::Of(class)),
        }
    }

    /// Whether MySQL reads text as a condition in a block of a write.
    fn reads_text(&self, select: &Select) -> bool {
        let conditions = [select.selection.as_ref(), select.having.as_ref()];
        let is_read = |condition: &Expr| {
            any_conjunct(condition, &mut |conjunct| !self.is_condition(conjunct))
        };
        conditions.into_iter().flatten().any(is_read)
            || select.from.iter().any(|tree| any_on(tree, &is_read))
    }

    /// A block of tables that are joined by conditions, whose columns are columns of theirs,
    /// constants, or what calm functions make of them: nothing in it is a row, and no column is
    /// converted. What its conditions are is looked at elsewhere.
    fn is_plain(&self, select: &Select) -> bool {
        let is_plain_item = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                self.is_plain_value(expr)
            }
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => true,
            SelectItem::ExprWithAliases { .. } => false,
        };
        matches!(
            select.distinct,
            None | Some(Distinct::All | Distinct::Distinct)
        ) && select.named_window.is_empty()
            && matches!(&select.group_by, GroupByExpr::Expressions(exprs, modifiers)
                if modifiers.is_empty() && exprs.iter().all(|expr| self.is_column(expr)))
            && select.projection.iter().all(is_plain_item)
            && select.from.iter().all(|tree| self.is_plain_tree(tree))
    }

    fn is_plain_tree(&self, tree: &TableWithJoins) -> bool {
        let is_plain = |factor: &TableFactor| match factor {
            TableFactor::Table {
                name, args: None, ..
            } => !self.is_cte(name),
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.is_plain_tree(table_with_joins),
            _ => false,
        };
        is_plain(&tree.relation)
            && tree.joins.iter().all(|join| {
                is_plain(&join.relation)
                    && matches!(
                        on(&join.join_operator),
                        Some(JoinConstraint::On(_) | JoinConstraint::None)
                    )
            })
    }

    /// A column of a table, by its own name.
    fn is_column(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_column(inner),
            Expr::Identifier(name) => self
                .dialect
                .column(name)
                .is_ok_and(|name| !self.named.aliases.contains(&name)),
            Expr::CompoundIdentifier(_) => true,
            _ => false,
        }
    }

    fn is_plain_value(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) => self.is_plain_value(inner),
            Expr::Value(_) => true,
            Expr::Function(function) => {
                let FunctionArguments::List(list) = &function.args else {
                    return false;
                };
                function.over.is_none()
                    && function.filter.is_none()
                    && function.within_group.is_empty()
                    && list.clauses.is_empty()
                    && list.args.iter().all(|arg| match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => {
                            self.is_plain_value(arg)
                        }
                        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => true,
                        _ => false,
                    })
            }
            expr => self.is_column(expr),
        }
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
                        [.., of, _] => {
                            find_factor(from, &|factor| self.calm.goes_by(factor, of).then_some(()))
                                .is_some()
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

    /// What a column of a table holds, where that is known.
    fn class_in(&self, factor: &TableFactor, name: &Ident) -> Option<Class> {
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

/// The first that is found of what stands in FROM.
fn find_factor<T>(from: &[TableWithJoins], find: &impl Fn(&TableFactor) -> Option<T>) -> Option<T> {
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

/// The blocks of a set operation, if it is of blocks alone.
fn arms_of<'e>(body: &'e SetExpr, arms: &mut Vec<&'e Select>) -> bool {
    match body {
        SetExpr::Select(select) => {
            arms.push(select);
            true
        }
        SetExpr::SetOperation { left, right, .. } => arms_of(left, arms) && arms_of(right, arms),
        _ => false,
    }
}
