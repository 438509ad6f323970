//! What of a query may fail by its form, apart from its expressions: a second row where one is
//! wanted, values that cannot be compared or converted, rows that are locked.
//!
//! What stands in a subquery meets no row of others by itself. But whether it is asked at all tells
//! of the conditions that stood before it, which engines test on the rows of others, too.

use sqlparser::ast::{
    Distinct, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, JoinConstraint,
    OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins, Value,
};

use super::{Calm, Operand, own::find_factor, postgres::is_sortable, search::has_plain_limits};
use crate::{
    catalog::Class,
    plan::fence::{any_on, guard::any_conjunct, on},
    sql::dialect::Dialect,
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
                    if exprs.iter().all(|order| self.is_column(&order.expr) && self.sorts(&order.expr)))
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
                (is_postgres && is_asked)
                    || self.body_fails(left, is_asked)
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
            // Times are of several types.
            Class::Time => None,
            class => is_sortable(class).then_some(Operand::Of(class)),
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
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => !self.reads_computed(),
            SelectItem::ExprWithAliases { .. } => false,
        };
        let sorts = |expr: &Expr| self.is_column(expr) && self.sorts(expr);
        let is_distinct = |item: &SelectItem| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => sorts(expr),
            _ => false,
        };
        let is_plain_set = match &select.distinct {
            None | Some(Distinct::All) => true,
            Some(Distinct::Distinct) => select.projection.iter().all(is_distinct),
            Some(Distinct::On(_)) => false,
        };
        is_plain_set
            && select.named_window.is_empty()
            && matches!(&select.group_by, GroupByExpr::Expressions(exprs, modifiers)
                if modifiers.is_empty() && exprs.iter().all(sorts))
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
