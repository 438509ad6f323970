//! Fences: what keeps an expression that may fail from rows that a scope does not read.
//!
//! Where a predicate stands is no order of evaluation. PostgreSQL appends `tenant_id = $1` after
//! the user's conditions of equal cost, MariaDB reads `id = 1` before `WHERE` and pushes conditions
//! into an index, SQLite tests what an index covers first. An expression that fails on another
//! tenant's row then shows its value, or that it is there. So wherever something may fail ([`Calm`]
//! says what never does), these rules hold. No other statement pays for them.
//!
//! 1. **Conditions** (`WHERE`, `ON`): a conjunct that may fail is evaluated after our predicate has
//!    held.
//!
//!    ```sql
//!    SELECT id FROM note WHERE id = 5 AND to_date(title, 'YYYY') > now()
//!    -- PostgreSQL: it evaluates no branch of a CASE before its condition, and rewrites none
//!    … WHERE note.tenant_id = $1 AND (id = 5 AND CASE WHEN note.tenant_id = $1 THEN to_date(title, 'YYYY') > now() ELSE false END)
//!    -- SQLite, MySQL: they put constants in place of columns that are equal to them, but not into a subquery
//!    … CASE WHEN (SELECT note.tenant_id) = ? THEN … ELSE false END
//!    ```
//! 2. **Tables that an outer join may null-extend**, and those whose predicate looks further than
//!    the row: beside a condition that may fail they are derived tables that no engine flattens or
//!    pushes conditions into.
//!
//!    ```sql
//!    … LEFT JOIN (SELECT * FROM tag WHERE tag.tenant_id = $1 OFFSET 0) AS tag ON …     -- PostgreSQL
//!    … LEFT JOIN (SELECT * FROM tag WHERE tag.tenant_id = ? LIMIT -1) AS tag ON …      -- SQLite
//!    … LEFT JOIN (SELECT * FROM tag WHERE tag.tenant_id = ? LIMIT 18446744073709551615) AS tag ON …
//!    ```
//!    On SQLite that is so of all tables of a block with a right or full join.
//! 3. **All tables of a block** are such where `HAVING` may fail on what is no aggregate (it is
//!    moved to `WHERE`), where the columns of a query may fail that are compared
//!    (`IN (SELECT 10 / score …)`), where a function or a lateral query in FROM may fail, on SQLite
//!    and MySQL where a subquery among the columns, groups or orders may, and on MySQL where one in
//!    a condition may. On MySQL it is also so where a query stands beside an aggregate of a block
//!    without `GROUP BY`, calm or not: MariaDB computes it of its buffer ([`OfBuffer`]). And in a
//!    statement of several blocks in which something may fail, it is so of all tables of all
//!    blocks: MariaDB merges blocks, carries conditions from one into another, and asks some while
//!    it plans, wherever they stand.
//! 4. **Queries in FROM and common table expressions** of such a statement are not flattened:
//!    `OFFSET 0`, `LIMIT -1`, so that no condition from outside gets in. An expression that reads
//!    itself is computed before it is read; one that has the name of its table does not read
//!    itself.
//!
//! Columns, groupings, orders, windows, arguments of aggregates, assignments and `RETURNING` of the
//! statement itself are computed for rows that the conditions have left, on every engine.

mod calm;
mod guard;

use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, BinaryOperator, Expr, JoinConstraint, JoinOperator, LimitClause, Query, Select,
    SetExpr, Statement, TableFactor, TableWithJoins, Value, Visit, Visitor, visit_expressions,
};

use super::{ActorKind, Placement, Planner};
use crate::{
    error::Error,
    policy::{rule::LIST, table::TablePolicy},
    sql::{
        dialect::Dialect,
        tree::{derived, integer, limit, select_all, values},
    },
};
pub(super) use calm::{Calm, DEPTH, Fit, OfBuffer, is_aggregate, nests};
use guard::{any_conjunct, condition_fails, conjunct_fails};

/// What the tables of a block need beside their predicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fencing {
    None,
    /// Conditions may fail: rules 1 and 2.
    Conditions,
    /// Something else may fail: rule 3.
    Tables,
}

/// What stands above a block and matters to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Above {
    /// Its columns are compared.
    pub(super) compares: bool,
    /// It is ordered by a query that may fail.
    pub(super) asks: bool,
    /// What MariaDB computes of its buffer in the block, the order included.
    pub(super) of_buffer: Option<OfBuffer>,
}

/// What is known of a statement as far as something in it may fail, and what was done about it.
pub(super) struct Fences<'a> {
    /// What never fails in the statement.
    pub(super) calm: Calm<'a>,
    /// Queries in FROM are not flattened.
    is_closing: bool,
    /// Something may fail in a statement of several blocks, whose tables are derived ones on MySQL.
    is_of_derived_tables: bool,
    pub(super) has_fences: bool,
    /// There is a table whose predicate is wide.
    pub(super) is_wide: bool,
    /// Something of a block around may fail.
    pub(super) beside_failing: bool,
    /// What stands above the query that comes next.
    pub(super) above: Above,
}

impl<'a> Fences<'a> {
    pub(super) fn of(calm: Calm<'a>, statement: &Statement) -> Self {
        let is_closing = is_closing(statement, &calm);
        Self {
            is_of_derived_tables: is_closing && has_several_blocks(statement, &calm),
            is_closing,
            has_fences: false,
            is_wide: false,
            beside_failing: false,
            above: Above::default(),
            calm,
        }
    }
}

impl Planner<'_> {
    /// Whether the predicate of a table looks further than to columns of the row, or has
    /// alternatives.
    pub(super) fn has_wide_predicate(&self, owned: &TablePolicy) -> bool {
        // A table that is written in a join on MySQL has none of the others, and cannot be a
        // derived one.
        self.viewer.reads_more(owned)
            || (self.dialect != Dialect::MySql
                && (self.names_rows_of_users(owned)
                    || (owned.visible().is_some()
                        && matches!(self.viewer.actor, ActorKind::Member | ActorKind::Guest))))
    }

    /// What a block needs, by itself and by what stands above it.
    pub(super) fn fencing(&self, select: &Select, above: Above) -> Fencing {
        let Select {
            projection,
            selection,
            having,
            from,
            distinct,
            group_by,
            named_window,
            ..
        } = select;
        let having_fails = having.as_ref().is_some_and(|having| {
            self.fences.calm.fails_outside_aggregates(having, select)
                || any_conjunct(having, &mut |conjunct| {
                    !self.fences.calm.is_condition(conjunct)
                })
        });
        let columns_fail = above.compares
            && projection
                .iter()
                .any(|item| self.fences.calm.any_fails(item));
        // A row that a unique key finds is a constant to MariaDB, and what is computed of constants
        // it computes while it plans, the conditions of subqueries too, before it looks at the
        // row's own and inside of a CASE.
        let asks = above.asks
            || self.fences.calm.asks(projection)
            || self.fences.calm.asks(distinct)
            || self.fences.calm.asks(group_by)
            || self.fences.calm.asks(having)
            || self.fences.calm.asks(named_window);
        let asks_early = match self.dialect {
            Dialect::Postgres => false,
            Dialect::Sqlite => asks,
            Dialect::MySql => asks || self.condition_asks(selection.as_ref(), from),
        };
        let is_beside = self.dialect == Dialect::MySql
            && (self.fences.beside_failing || self.fences.is_of_derived_tables);
        if is_beside
            || having_fails
            || columns_fail
            || asks_early
            || from.iter().any(|tree| self.reaches_beside(tree))
        {
            return Fencing::Tables;
        }
        self.fencing_of(selection.as_ref(), from)
    }

    /// Notes that something of a block may fail, for the queries in its expressions. Yields what
    /// was noted before.
    ///
    /// MariaDB makes a join of `IN (SELECT m.score FROM note m)`, puts `m.score` for whatever it is
    /// equal to, and tests that by an index of `m`. So the tables in there are derived, too.
    pub(super) fn enter_failing(&mut self, fencing: Fencing) -> bool {
        let was_beside = self.fences.beside_failing;
        self.fences.beside_failing = was_beside || fencing != Fencing::None;
        was_beside
    }

    /// What the tables of a query need by what it is compared with.
    ///
    /// MariaDB asks `id IN (SELECT m.email FROM note m WHERE …)` as a query with one more
    /// condition, `m.email = id`, wherever it stands: in `SET`, `VALUES`, `ORDER BY` or
    /// `RETURNING`, too.
    pub(super) fn converting(&self, expr: &Expr) -> Fencing {
        let compares = matches!(
            expr,
            Expr::InSubquery { .. } | Expr::AnyOp { .. } | Expr::AllOp { .. }
        );
        match self.dialect == Dialect::MySql && compares && self.fences.calm.fails(expr) {
            true => Fencing::Tables,
            false => Fencing::None,
        }
    }

    /// What the tables of a join need of which some are written.
    pub(super) fn fencing_of_join(
        &self,
        assignments: &[Assignment],
        selection: Option<&Expr>,
        join: &[TableWithJoins],
    ) -> Fencing {
        let asks = assignments
            .iter()
            .any(|assignment| self.fences.calm.asks(assignment))
            || self.condition_asks(selection, join);
        match asks {
            true => Fencing::Tables,
            false => self.fencing_of(selection, join),
        }
    }

    /// Whether a query stands in a condition, or in one of FROM, and may fail there.
    fn condition_asks(&self, selection: Option<&Expr>, from: &[TableWithJoins]) -> bool {
        let asks = |condition: &Expr| {
            any_conjunct(condition, &mut |conjunct| {
                has_query(conjunct) && conjunct_fails(&self.fences.calm, conjunct)
            })
        };
        selection.is_some_and(asks) || from.iter().any(|tree| any_on(tree, &asks))
    }

    /// Whether SQLite evaluates a condition of these for rows that it has left out: in the second
    /// pass of a right join it puts constants in place of columns everywhere.
    fn joins_to_the_right(tree: &TableWithJoins) -> bool {
        let is_nested = |factor: &TableFactor| match factor {
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => Self::joins_to_the_right(table_with_joins),
            _ => false,
        };
        is_nested(&tree.relation)
            || tree.joins.iter().any(|join| {
                is_nested(&join.relation)
                    || matches!(
                        join.join_operator,
                        JoinOperator::Right(_)
                            | JoinOperator::RightOuter(_)
                            | JoinOperator::FullOuter(_)
                    )
            })
    }

    /// What the tables need by the conditions alone.
    pub(super) fn fencing_of(&self, selection: Option<&Expr>, from: &[TableWithJoins]) -> Fencing {
        let fails = selection
            .is_some_and(|condition| condition_fails(&self.fences.calm, condition))
            || from.iter().any(|tree| self.joins_fail(tree));
        let is_sqlite = self.dialect == Dialect::Sqlite;
        let goes_right = is_sqlite && from.iter().any(Self::joins_to_the_right);
        // What stands in FROM is computed once a row has been found beside it, and a right join, or
        // parentheses, may come before our predicate.
        let is_nested = is_sqlite && from.iter().any(has_nested);
        let sources_fail = || from.iter().any(|tree| self.any_source_fails(tree));
        if from
            .iter()
            .any(|tree| joins_by_name(tree, &self.fences.calm))
            || (fails && goes_right)
            || ((goes_right || is_nested) && sources_fail())
            || (self.dialect != Dialect::Postgres && self.joins_fail_beside_others(from))
        {
            return Fencing::Tables;
        }
        match fails {
            true => Fencing::Conditions,
            false => Fencing::None,
        }
    }

    /// Whether the condition of a join may fail beside tables that are not of this join. SQLite
    /// knows their columns there, and MariaDB puts them for columns that are equal to them.
    fn joins_fail_beside_others(&self, from: &[TableWithJoins]) -> bool {
        let [tree] = from else {
            return self.any_join_fails(from);
        };
        let is_nested = |factor: &TableFactor| match factor {
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.joins_fail(table_with_joins),
            _ => false,
        };
        let fails = |operator: &JoinOperator| match on(operator) {
            Some(JoinConstraint::On(condition)) => condition_fails(&self.fences.calm, condition),
            _ => false,
        };
        let last = tree.joins.len().saturating_sub(1);
        is_nested(&tree.relation)
            || tree.joins.iter().any(|join| is_nested(&join.relation))
            || tree.joins[..last]
                .iter()
                .any(|join| fails(&join.join_operator))
    }

    /// Whether a function or a query in FROM may fail.
    fn any_source_fails(&self, tree: &TableWithJoins) -> bool {
        let fails = |factor: &TableFactor| match factor {
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.any_source_fails(table_with_joins),
            factor => self.fences.calm.any_fails(factor),
        };
        fails(&tree.relation) || tree.joins.iter().any(|join| fails(&join.relation))
    }

    pub(super) fn any_join_fails(&self, from: &[TableWithJoins]) -> bool {
        from.iter().any(|tree| self.joins_fail(tree))
    }

    fn joins_fail(&self, tree: &TableWithJoins) -> bool {
        any_on(tree, &|condition| {
            condition_fails(&self.fences.calm, condition)
        })
    }

    /// Whether something in FROM may fail on the rows of what stands beside it.
    pub(super) fn reaches_beside(&self, tree: &TableWithJoins) -> bool {
        let joined = tree.joins.iter().map(|join| &join.relation);
        std::iter::once(&tree.relation)
            .chain(joined)
            .any(|factor| match factor {
                TableFactor::Derived { lateral, .. } => {
                    *lateral && self.fences.calm.any_fails(factor)
                }
                TableFactor::Table { args: None, .. } => false,
                TableFactor::NestedJoin {
                    table_with_joins, ..
                } => self.reaches_beside(table_with_joins),
                TableFactor::Table { args: Some(_), .. }
                | TableFactor::Function { .. }
                | TableFactor::UNNEST { .. } => calls_with_column(factor),
                // Refused where they stand.
                _ => false,
            })
    }

    /// A limit that is none, which makes a fence of a derived table: `OFFSET 0`, `LIMIT -1`,
    /// `LIMIT 18446744073709551615`.
    pub(super) fn fence(&mut self, fencing: Fencing) -> Option<LimitClause> {
        if fencing == Fencing::None {
            return None;
        }
        self.fences.has_fences = true;
        Some(match self.dialect {
            Dialect::Postgres => limit(None, Some(integer(0))),
            Dialect::Sqlite => limit(Some(integer(-1)), None),
            Dialect::MySql => {
                let most = Value::Number(u64::MAX.to_string(), false);
                limit(Some(Expr::value(most)), None)
            }
        })
    }

    /// Rule 4, for a query in FROM or a common table expression. What writes is no query that could
    /// be flattened.
    pub(super) fn close(&mut self, query: &mut Query, reads_from: usize) {
        let writes = matches!(
            query.body.as_ref(),
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)
        );
        // What reads no tenant's rows may fail when it is computed beside a row that was found.
        let matters = self.has_read_owned(reads_from) || self.fences.calm.any_fails(query);
        if self.fences.is_closing && !writes && matters {
            self.limit_to_all(query);
        }
    }

    fn has_read_owned(&self, reads_from: usize) -> bool {
        let mut read = self.steps.since(reads_from);
        read.any(|step| step.placement() != Placement::Reference)
    }

    /// `SELECT * FROM (query) AS tenancy_list LIMIT -1`.
    fn enclose(&mut self, query: &mut Query) {
        let inner = std::mem::replace(query, values(Vec::new()));
        *query = select_all(derived(inner, self.dialect.quoted(LIST)), None);
        self.limit_to_all(query);
    }

    fn limit_to_all(&mut self, query: &mut Query) {
        if query.limit_clause.is_some() || query.fetch.is_some() {
            return;
        }
        // SQLite takes no `LIMIT` there.
        let is_values = matches!(query.body.as_ref(), SetExpr::Values(_));
        if ends_in_values(&query.body) || (is_values && self.dialect == Dialect::Sqlite) {
            return self.enclose(query);
        }
        query.limit_clause = self.fence(Fencing::Tables);
    }

    /// SQLite 3.51.3 makes a join of an `EXISTS` that stands as a condition. Where indexes answer
    /// both sides of an `OR` in there, as they do with a predicate of ours that has one, it tests
    /// the other conditions on one row alone, and finds too little. What stands in an expression
    /// stays what it is.
    pub(super) fn exists(&mut self, expr: &mut Expr) -> Result<(), Error> {
        let Expr::Exists { subquery, negated } = expr else {
            return Ok(());
        };
        let was_wide = std::mem::take(&mut self.fences.is_wide);
        self.query(subquery)?;
        let is_joined = self.dialect == Dialect::Sqlite
            && (self.fences.is_wide || has_or(subquery))
            && !*negated;
        self.fences.is_wide = self.fences.is_wide || was_wide;
        if is_joined {
            let exists = std::mem::replace(expr, Expr::Value(Value::Null.into()));
            let is_true = Expr::IsTrue(Box::new(exists));
            *expr = Expr::Nested(Box::new(is_true));
        }
        Ok(())
    }
}

/// Whether joins stand in parentheses.
fn has_nested(tree: &TableWithJoins) -> bool {
    let is_nested = |factor: &TableFactor| matches!(factor, TableFactor::NestedJoin { .. });
    is_nested(&tree.relation) || tree.joins.iter().any(|join| is_nested(&join.relation))
}

/// Whether an `OR` stands in a query.
fn has_or(query: &Query) -> bool {
    visit_expressions(query, |expr| match expr {
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// Whether columns of one name are joined whose types may differ: MySQL reads text as numbers in a
/// write, and PostgreSQL converts what the two become together.
fn joins_by_name(tree: &TableWithJoins, calm: &Calm<'_>) -> bool {
    let is_nested = |factor: &TableFactor| match factor {
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => joins_by_name(table_with_joins, calm),
        _ => false,
    };
    is_nested(&tree.relation)
        || tree.joins.iter().any(|join| {
            is_nested(&join.relation)
                || match on(&join.join_operator) {
                    Some(JoinConstraint::Using(columns)) => calm.join_fails(Some(columns)),
                    Some(JoinConstraint::Natural) => calm.join_fails(None),
                    Some(JoinConstraint::On(_) | JoinConstraint::None) | None => false,
                }
        })
}

/// Whether something in a statement may fail where a condition from outside could meet it: in a
/// condition, or in a query that is not the statement's own, wherever it stands.
pub(super) fn is_closing(statement: &Statement, calm: &Calm<'_>) -> bool {
    fn of_body(body: &SetExpr, calm: &Calm<'_>) -> bool {
        match body {
            SetExpr::Select(select) => {
                let parts = [select.selection.as_ref(), select.having.as_ref()];
                parts
                    .into_iter()
                    .flatten()
                    .any(|part| condition_fails(calm, part))
                    || select
                        .from
                        .iter()
                        .any(|tree| calm.any_fails(tree) || joins_by_name(tree, calm))
                    || calm.asks(&select.projection)
                    || calm.asks(&select.distinct)
                    || calm.asks(&select.group_by)
                    || calm.asks(&select.named_window)
            }
            SetExpr::Query(query) => of_query(query, calm),
            SetExpr::SetOperation { left, right, .. } => {
                of_body(left, calm) || of_body(right, calm)
            }
            SetExpr::Values(_) => calm.asks(body),
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => calm.any_fails(body),
        }
    }
    fn of_query(query: &Query, calm: &Calm<'_>) -> bool {
        query.with.as_ref().is_some_and(|with| calm.any_fails(with))
            || of_body(&query.body, calm)
            || calm.asks(&query.order_by)
            || calm.asks(&query.limit_clause)
            || calm.asks(&query.fetch)
    }
    // A query in FROM is merged into a block that is computed of the buffer.
    calm.has_of_buffer(statement)
        || match statement {
            Statement::Query(query) => of_query(query, calm),
            other => calm.any_fails(other),
        }
}

/// Whether a statement has a block beside the one that it is of.
pub(super) fn has_several_blocks(statement: &Statement, calm: &Calm<'_>) -> bool {
    let own = match statement {
        Statement::Query(_) => 1,
        Statement::Insert(insert) => usize::from(insert.source.is_some()),
        _ => 0,
    };
    calm.blocks() > own
}

/// Whether this is so of the `ON` of a join.
fn any_on(tree: &TableWithJoins, is_so: &impl Fn(&Expr) -> bool) -> bool {
    let is_nested = |factor: &TableFactor| match factor {
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => any_on(table_with_joins, is_so),
        _ => false,
    };
    let is_on = |join: &JoinOperator| {
        on(join).is_some_and(|constraint| match constraint {
            JoinConstraint::On(condition) => is_so(condition),
            JoinConstraint::Using(_) | JoinConstraint::Natural | JoinConstraint::None => false,
        })
    };
    is_nested(&tree.relation)
        || tree
            .joins
            .iter()
            .any(|join| is_nested(&join.relation) || is_on(&join.join_operator))
}

/// Whether the last arm of a set operation is `VALUES`, after which SQLite takes no `LIMIT`.
fn ends_in_values(body: &SetExpr) -> bool {
    match body {
        SetExpr::SetOperation { right, .. } => {
            matches!(right.as_ref(), SetExpr::Values(_)) || ends_in_values(right)
        }
        _ => false,
    }
}

pub(super) fn has_query(tree: &impl Visit) -> bool {
    struct Queries;
    impl Visitor for Queries {
        type Break = ();

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    tree.visit(&mut Queries).is_break()
}

/// Whether a function in FROM is given a column of what stands beside it.
fn calls_with_column(factor: &TableFactor) -> bool {
    visit_expressions(factor, |expr: &Expr| match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Subquery(_) => {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// The constraint of a join that may have one.
pub(super) fn on(join: &JoinOperator) -> Option<&JoinConstraint> {
    match join {
        JoinOperator::Join(on)
        | JoinOperator::Inner(on)
        | JoinOperator::CrossJoin(on)
        | JoinOperator::StraightJoin(on)
        | JoinOperator::Left(on)
        | JoinOperator::LeftOuter(on)
        | JoinOperator::Right(on)
        | JoinOperator::RightOuter(on)
        | JoinOperator::FullOuter(on) => Some(on),
        // Refused where they stand.
        _ => None,
    }
}
