//! Queries: every block is visited, wherever it stands.

use std::collections::HashSet;

use sqlparser::ast::{
    Cte, Expr, Fetch, LimitClause, Offset, OffsetRows, OrderBy, OrderByExpr, OrderByKind,
    OrderByOptions, OrderBySort, Query, SetExpr, SetOperator, SetQuantifier, Statement, TableAlias,
    Values, With,
};

use super::{lock, names};
use crate::{
    error::{Error, refuse_if},
    plan::{Planner, fence::Above},
    sql::{dialect::Dialect, reserved},
};

impl Planner<'_> {
    pub(in crate::plan) fn query(&mut self, query: &mut Query) -> Result<(), Error> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        refuse_if(for_clause.is_some(), "`FOR XML` / `FOR JSON`")?;
        refuse_if(settings.is_some(), "`SETTINGS`")?;
        refuse_if(format_clause.is_some(), "`FORMAT`")?;
        refuse_if(!pipe_operators.is_empty(), "a pipe operator")?;
        let mut above = std::mem::take(&mut self.fences.above);
        let mark = self.scopes.mark();
        if let Some(with) = with {
            self.with(with)?;
        }
        above.asks = above.asks || self.fences.calm.asks(order_by);
        if let SetExpr::Select(select) = body.as_ref() {
            above.of_buffer = self.fences.calm.of_buffer(select, order_by.as_ref());
        }
        if let Some(order_by) = &*order_by
            && self.dialect == Dialect::MySql
            && matches!(body.as_ref(), SetExpr::Query(_))
        {
            refuse_if(
                !matches!(&order_by.kind, OrderByKind::Expressions(exprs) if is_of_columns(exprs)),
                "an `ORDER BY` of anything but columns outside of the parentheses around a query, which MariaDB takes for its own (write it inside),",
            )?;
        }
        let around = std::mem::replace(&mut self.locks, lock::within(self.dialect, locks));
        self.set_expr(body, above)?;
        self.locks = around;
        if let Some(order_by) = order_by {
            self.order_by(order_by)?;
        }
        if let Some(limit) = limit_clause {
            let is_offset_alone = matches!(limit, LimitClause::LimitOffset { limit: None, .. });
            refuse_if(
                is_offset_alone && fetch.is_none() && self.dialect == Dialect::MySql,
                "`OFFSET` without `LIMIT`, which MariaDB takes for nothing,",
            )?;
            self.limit(limit)?;
        }
        if let Some(Fetch {
            with_ties: _,
            percent,
            quantity,
        }) = fetch
        {
            refuse_if(*percent, "`FETCH … PERCENT`")?;
            self.exprs(quantity)?;
        }
        self.ensure_may_lock(locks, body)?;
        self.scopes.release(mark);
        Ok(())
    }

    /// Common table expressions shadow tables: from the next one on, or all along when recursive.
    fn with(&mut self, with: &mut With) -> Result<(), Error> {
        let With {
            with_token: _,
            recursive,
            cte_tables,
        } = with;
        // To SQLite, every name is known in every body, whether or not it says `RECURSIVE`. To
        // MySQL, a name is only known from its own body on: before, it is a table's.
        let is_known_at_once = match self.dialect {
            Dialect::Sqlite => true,
            Dialect::Postgres => *recursive,
            Dialect::MySql => false,
        };
        let mut folded = HashSet::new();
        for cte in &*cte_tables {
            names::ensure_not_printed(&cte.alias.name)?;
            let name = self.dialect.fold(&cte.alias.name)?.to_lowercase();
            refuse_if(
                !folded.insert(name),
                "two common table expressions of one name",
            )?;
        }
        let mut places = Vec::new();
        if is_known_at_once {
            for cte in &*cte_tables {
                places.push(
                    self.scopes
                        .push(&self.dialect.fold(&cte.alias.name)?, *recursive),
                );
            }
        }
        let mut ahead = Vec::new();
        if *recursive && self.dialect == Dialect::MySql {
            for cte in &*cte_tables {
                ahead.push(self.dialect.fold(&cte.alias.name)?.into());
            }
        }
        let ahead = self.scopes.look_ahead(ahead);
        for (index, cte) in cte_tables.iter_mut().enumerate() {
            self.scopes.advance(ahead);
            let place = match places.get(index) {
                Some(place) => Some(*place),
                None if *recursive => Some(
                    self.scopes
                        .push(&self.dialect.fold(&cte.alias.name)?, *recursive),
                ),
                None => None,
            };
            self.cte(cte, place)?;
            let place = match place {
                Some(place) => place,
                None => self
                    .scopes
                    .push(&self.dialect.fold(&cte.alias.name)?, *recursive),
            };
            if let Some(printed) = self.scopes.printed(place) {
                reserved::ensure_name(&cte.alias.name, self.dialect, &self.exceptions)?;
                cte.alias.name = self.dialect.quoted(printed);
            }
        }
        Ok(())
    }

    /// One expression, which is in scope at `place` for its own body, or is not.
    fn cte(&mut self, cte: &mut Cte, place: Option<usize>) -> Result<(), Error> {
        let Cte {
            alias,
            query,
            from,
            materialized: _,
            closing_paren_token: _,
        } = cte;
        refuse_if(from.is_some(), "`FROM` after a common table expression")?;
        check_alias(alias)?;
        let reads_from = self.steps.count();
        let reads = |planner: &Self| place.map_or(0, |place| planner.scopes.reads_of(place));
        let before = reads(self);
        let was_beside = std::mem::take(&mut self.fences.beside_failing);
        self.query(query)?;
        self.fences.beside_failing = was_beside;
        // One that reads itself is computed before it is read.
        if reads(self) == before {
            self.close(query, reads_from);
        }
        Ok(())
    }

    fn set_expr(&mut self, body: &mut SetExpr, above: Above) -> Result<(), Error> {
        match body {
            SetExpr::Select(select) => self.select(select, above),
            SetExpr::Query(query) => {
                self.fences.above = above;
                self.query(query)
            }
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => {
                match op {
                    SetOperator::Union | SetOperator::Except | SetOperator::Intersect => {}
                    SetOperator::Minus => return Err(Error::unsupported("`MINUS`")),
                }
                match set_quantifier {
                    SetQuantifier::All | SetQuantifier::Distinct | SetQuantifier::None => {}
                    SetQuantifier::ByName
                    | SetQuantifier::AllByName
                    | SetQuantifier::DistinctByName => {
                        return Err(Error::unsupported("`BY NAME`"));
                    }
                }
                self.set_expr(left, above)?;
                self.set_expr(right, above)
            }
            SetExpr::Values(values) => self.values(values),
            // After `WITH`, and in the body of a common table expression on PostgreSQL.
            SetExpr::Delete(statement) => {
                self.statement(statement)?;
                // One that sets a mark.
                if matches!(statement, Statement::Update(_)) {
                    let update = statement.clone();
                    *body = SetExpr::Update(update);
                }
                Ok(())
            }
            SetExpr::Insert(statement) | SetExpr::Update(statement) => self.statement(statement),
            SetExpr::Merge(_) => Err(Error::unsupported("`MERGE` inside a query")),
            SetExpr::Table(_) => Err(Error::unsupported("`TABLE name` as a query")),
        }
    }

    pub(in crate::plan) fn values(&mut self, values: &mut Values) -> Result<(), Error> {
        let Values {
            explicit_row,
            value_keyword,
            rows,
        } = values;
        refuse_if(
            *explicit_row && self.dialect != Dialect::MySql,
            "`VALUES ROW(…)`",
        )?;
        refuse_if(*value_keyword, "`VALUE` for `VALUES`")?;
        for row in rows {
            self.exprs(&mut row.content)?;
        }
        Ok(())
    }

    fn order_by(&mut self, order_by: &mut OrderBy) -> Result<(), Error> {
        let OrderBy { kind, interpolate } = order_by;
        refuse_if(interpolate.is_some(), "`INTERPOLATE`")?;
        match kind {
            OrderByKind::All(_) => Err(Error::unsupported("`ORDER BY ALL`")),
            OrderByKind::Expressions(exprs) => self.order_by_exprs(exprs),
        }
    }

    pub(in crate::plan) fn order_by_exprs(
        &mut self,
        exprs: &mut [OrderByExpr],
    ) -> Result<(), Error> {
        for OrderByExpr {
            expr,
            options:
                OrderByOptions {
                    sort,
                    nulls_first: _,
                },
            with_fill,
        } in exprs
        {
            refuse_if(with_fill.is_some(), "`WITH FILL`")?;
            match sort {
                None | Some(OrderBySort::Asc | OrderBySort::Desc) => {}
                Some(OrderBySort::Using(_)) => {
                    return Err(Error::unsupported("`ORDER BY … USING`"));
                }
            }
            self.expr(expr)?;
        }
        Ok(())
    }

    fn limit(&mut self, limit: &mut LimitClause) -> Result<(), Error> {
        match limit {
            LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            } => {
                refuse_if(!limit_by.is_empty(), "`LIMIT … BY`")?;
                self.exprs(limit)?;
                if let Some(Offset { value, rows }) = offset {
                    refuse_if(
                        *rows != OffsetRows::None && matches!(value, Expr::BinaryOp { .. }),
                        "`OFFSET … ROWS` of several operands (put them in parentheses)",
                    )?;
                    self.expr(value)?;
                }
                Ok(())
            }
            LimitClause::OffsetCommaLimit { offset, limit } => {
                self.expr(offset)?;
                self.expr(limit)
            }
        }
    }
}

/// Whether an order is of columns alone, by name or by place.
pub(in crate::plan) fn is_of_columns(order: &[OrderByExpr]) -> bool {
    order.iter().all(|order| {
        matches!(
            order.expr,
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
        )
    })
}

/// An alias may rename the columns of a query, which has no column of ours.
pub(in crate::plan) fn check_alias(alias: &TableAlias) -> Result<(), Error> {
    let TableAlias {
        explicit: _,
        name: _,
        columns,
        at,
    } = alias;
    refuse_if(at.is_some(), "`AT` after an alias")?;
    refuse_if(
        columns.iter().any(|column| column.data_type.is_some()),
        "a column alias with a type",
    )
}
