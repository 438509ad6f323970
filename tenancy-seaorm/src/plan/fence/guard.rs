//! Rule 1: a conjunct that may fail is evaluated after our predicate has held.

use std::{convert::Infallible, ops::ControlFlow};

use sqlparser::ast::{BinaryOperator, Expr, Value, VisitMut, VisitorMut};

use super::Calm;
use crate::{
    plan::Planner,
    sql::{
        dialect::Dialect,
        tree::{and, boolean, choose, scalar},
    },
};

impl Planner<'_> {
    /// Rule 1: replaces the conjuncts of `condition` that may fail, of which `failing` tells in
    /// their order.
    pub(in crate::plan) fn guard_condition(
        &self,
        condition: &mut Expr,
        failing: &Failing,
        predicates: &[Expr],
    ) {
        if !failing.any() {
            return;
        }
        let Some(guard) = self.guard(predicates) else {
            return;
        };
        let mut index = 0;
        each_conjunct(condition, &mut |conjunct| {
            if failing.conjuncts.get(index).copied().unwrap_or(true) {
                wrap(conjunct, &guard);
            }
            index += 1;
        });
    }

    /// The same of a `FULL JOIN`, which has to be of equations that it can merge or hash by: these
    /// stay.
    pub(in crate::plan) fn failing_but_equations(&self, condition: &Expr) -> Failing {
        let mut failing = self.failing(condition);
        let mut index = 0;
        visit_conjuncts(condition, &mut |conjunct| {
            let is_equation = matches!(
                conjunct,
                Expr::BinaryOp {
                    op: BinaryOperator::Eq,
                    ..
                }
            );
            if is_equation && let Some(fails) = failing.conjuncts.get_mut(index) {
                *fails = false;
            }
            index += 1;
        });
        failing
    }

    /// Which conjuncts of a condition may fail. Asked before it is walked, which adds what is ours.
    pub(in crate::plan) fn failing(&self, condition: &Expr) -> Failing {
        let mut conjuncts = Vec::new();
        visit_conjuncts(condition, &mut |conjunct| {
            conjuncts.push(conjunct_fails(&self.fences.calm, conjunct));
        });
        Failing { conjuncts }
    }

    /// That the rows of a condition are the scope's, in a form that no engine reduces before it is
    /// evaluated.
    ///
    /// None where nothing has to hold. PostgreSQL tries conditions on statistics of all tenants'
    /// rows while it plans, but not those in a CASE that it cannot reduce: there, something always
    /// has to.
    fn guard(&self, predicates: &[Expr]) -> Option<Expr> {
        let guard = predicates.iter().cloned().reduce(and);
        if self.dialect == Dialect::Postgres {
            return guard.or_else(|| Some(scalar(boolean(true))));
        }
        let mut guard = guard?;
        let ControlFlow::Continue(()) = VisitMut::visit(&mut guard, &mut Shield { rows: 0 });
        Some(guard)
    }
}

/// Which parts of a condition may fail.
pub(in crate::plan) struct Failing {
    conjuncts: Vec<bool>,
}

impl Failing {
    pub(in crate::plan) fn any(&self) -> bool {
        self.conjuncts.contains(&true)
    }
}

/// Whether a conjunct of a condition may fail. Each is a condition of its own to an engine.
pub(super) fn condition_fails(calm: &Calm<'_>, condition: &Expr) -> bool {
    any_conjunct(condition, &mut |conjunct| conjunct_fails(calm, conjunct))
}

/// Whether this is so of a conjunct of a condition.
pub(super) fn any_conjunct(condition: &Expr, is_so: &mut impl FnMut(&Expr) -> bool) -> bool {
    let mut found = false;
    visit_conjuncts(condition, &mut |conjunct| found = found || is_so(conjunct));
    found
}

pub(super) fn conjunct_fails(calm: &Calm<'_>, conjunct: &Expr) -> bool {
    calm.fails(conjunct) || !calm.is_condition(conjunct)
}

fn visit_conjuncts(condition: &Expr, each: &mut impl FnMut(&Expr)) {
    match condition {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            visit_conjuncts(left, each);
            visit_conjuncts(right, each);
        }
        conjunct => each(conjunct),
    }
}

fn each_conjunct(condition: &mut Expr, each: &mut impl FnMut(&mut Expr)) {
    match condition {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            each_conjunct(left, each);
            each_conjunct(right, each);
        }
        conjunct => each(conjunct),
    }
}

/// `CASE WHEN guard THEN conjunct ELSE false END`.
fn wrap(conjunct: &mut Expr, guard: &Expr) {
    let inner = std::mem::replace(conjunct, Expr::Value(Value::Null.into()));
    *conjunct = choose(
        guard.clone(),
        inner,
        Expr::Value(Value::Boolean(false).into()),
    );
}

/// `(SELECT note.tenant_id)` for `note.tenant_id`.
///
/// Not in a row that is looked up in a list, where MariaDB takes no subquery. The tenant is
/// compared beside it.
struct Shield {
    /// How many rows stand around.
    rows: usize,
}

impl VisitorMut for Shield {
    type Break = Infallible;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        self.rows += usize::from(matches!(expr, Expr::Tuple(_)));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Infallible> {
        self.rows -= usize::from(matches!(expr, Expr::Tuple(_)));
        if self.rows > 0 || !matches!(expr, Expr::CompoundIdentifier(_)) {
            return ControlFlow::Continue(());
        }
        let column = std::mem::replace(expr, boolean(true));
        *expr = scalar(column);
        ControlFlow::Continue(())
    }
}
