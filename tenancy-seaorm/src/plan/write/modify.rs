//! Updates and deletes carry the predicate on their target, and on every table beside it.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Delete, Expr, FromTable, OrderByExpr, OrderByOptions, SqliteOnConflict, TableWithJoins, Update,
    UpdateTableFromKind, Value, visit_relations,
};

use super::target::Target;
use crate::{
    error::{Error, refuse_if},
    plan::{
        Placement, Planner, conjoin,
        fence::{Fencing, has_query},
        read::{names::table_name, query::is_of_columns},
    },
    sql::{dialect::Dialect, names::TableName},
};

impl Planner<'_> {
    pub(in crate::plan) fn update(&mut self, update: &mut Update) -> Result<(), Error> {
        let Update {
            update_token: _,
            optimizer_hints,
            table,
            assignments,
            from,
            selection,
            returning,
            output,
            or,
            order_by,
            limit,
        } = update;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        refuse_if(or.is_some(), "`UPDATE OR …`")?;
        // As in an `INSERT`: not what a key of the schema says.
        if self.dialect == Dialect::Sqlite {
            *or = Some(SqliteOnConflict::Abort);
        }
        self.order_by_exprs(order_by)?;
        self.exprs(limit)?;
        if !table.joins.is_empty() {
            // A row that a key finds is a constant to MariaDB, and what is computed of constants it
            // computes before it compares the tenant.
            refuse_if(
                !is_of_columns(order_by),
                "an `ORDER BY` of anything but columns in an `UPDATE` of several tables",
            )?;
            refuse_if(
                self.dialect != Dialect::MySql || from.is_some(),
                "`UPDATE` of several tables",
            )?;
            return self.update_joined(table, assignments, selection);
        }
        let target = self.write_target(&table.relation)?;
        if self.dialect == Dialect::MySql && (has_query(&*selection) || has_query(&*assignments)) {
            find_first(order_by);
        }
        self.assignments(assignments, &target)?;
        let beside: &mut [TableWithJoins] = match from {
            None => &mut [],
            Some(UpdateTableFromKind::AfterSet(tables)) => tables,
            Some(UpdateTableFromKind::BeforeSet(_)) => {
                return Err(Error::unsupported("`FROM` before `SET`"));
            }
        };
        self.restrict(&target, beside, selection)?;
        self.select_items(returning.as_deref_mut().unwrap_or_default())
    }

    pub(in crate::plan) fn delete(&mut self, delete: &mut Delete) -> Result<(), Error> {
        let Delete {
            delete_token: _,
            optimizer_hints,
            tables,
            from,
            using,
            selection,
            returning,
            output,
            order_by,
            limit,
        } = delete;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        self.order_by_exprs(order_by)?;
        self.exprs(limit)?;
        let from = match from {
            FromTable::WithFromKeyword(from) => from,
            FromTable::WithoutKeyword(_) => {
                return Err(Error::unsupported("`DELETE` without `FROM`"));
            }
        };
        if self.dialect == Dialect::MySql && (!tables.is_empty() || using.is_some()) {
            refuse_if(
                !is_of_columns(order_by),
                "an `ORDER BY` of anything but columns in a `DELETE` of several tables",
            )?;
            return self.delete_joined(tables, from, using.as_deref_mut(), selection);
        }
        refuse_if(!tables.is_empty(), "`DELETE` of several tables")?;
        let target = match from.as_slice() {
            [only] if only.joins.is_empty() => self.write_target(&only.relation)?,
            _ => return Err(Error::unsupported("`DELETE` of several tables")),
        };
        let is_marked = target.owned.is_some_and(|owned| self.marks_deleted(owned));
        refuse_if(is_marked, "this form of `DELETE` where rows are marked")?;
        if self.dialect == Dialect::MySql && has_query(&*selection) {
            match returning {
                None => find_first(order_by),
                // Between the condition and `RETURNING` the parser knows no order.
                Some(_) => refuse_if(
                    self.reads(selection, &target.name),
                    "`DELETE … RETURNING` under a condition that reads the same table",
                )?,
            }
        }
        self.restrict(&target, using.as_deref_mut().unwrap_or_default(), selection)?;
        self.select_items(returning.as_deref_mut().unwrap_or_default())
    }

    /// Whether a query in a condition names this table, in whatever schema.
    fn reads(&self, condition: &Option<Expr>, table: &TableName) -> bool {
        visit_relations(condition, |name| match table_name(self.dialect, name) {
            Ok(name) if name.table == table.table => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .is_break()
    }

    /// Puts the predicates of the target, and of the tables beside it, before the user's condition.
    fn restrict(
        &mut self,
        target: &Target<'_>,
        beside: &mut [TableWithJoins],
        selection: &mut Option<Expr>,
    ) -> Result<(), Error> {
        let fencing = self.fencing_of(selection.as_ref(), beside);
        // SQLite knows the columns of the table that is written in the joins beside it.
        refuse_if(
            self.dialect == Dialect::Sqlite
                && (fencing == Fencing::Tables || self.any_join_fails(beside)),
            "a join beside a table that is written, of which a condition may fail, or which is a right or full join,",
        )?;
        refuse_if(
            beside.iter().any(|tree| self.reaches_beside(tree)),
            "a function or a lateral query beside a table that is written, given columns of others,",
        )?;
        let failing = selection.as_ref().map(|condition| self.failing(condition));
        let was_beside = self.enter_failing(fencing);
        self.exprs(&mut *selection)?;
        self.fences.beside_failing = was_beside;
        self.steps.note(
            &target.table,
            None,
            match target.owned {
                Some(_) => Placement::Target,
                None => Placement::Reference,
            },
        );
        let own = target
            .owned
            .map(|owned| self.writable(&target.qualifier, owned))
            .transpose()?;
        let others = self.tables_beside(beside, &target.qualifier, fencing)?;
        let predicates: Vec<_> = own.into_iter().chain(others).collect();
        if let (Some(condition), Some(failing)) = (&mut *selection, failing) {
            self.guard_condition(condition, &failing, &predicates);
        }
        if !predicates.is_empty() {
            *selection = conjoin(predicates, selection.take());
        }
        Ok(())
    }
}

/// Has MariaDB find all rows before it changes the first.
///
/// It does so by itself where a query in the condition reads the table that is written, but not
/// where that has become a derived table: `DELETE FROM note WHERE id NOT IN (SELECT … FROM note …)`
/// would then find, row by row, what it has not deleted yet (10.11.19). Rows that are put in an
/// order are found first: `… ORDER BY NULL`.
fn find_first(order_by: &mut Vec<OrderByExpr>) {
    if order_by.is_empty() {
        order_by.push(OrderByExpr {
            expr: Expr::value(Value::Null),
            options: OrderByOptions::default(),
            with_fill: None,
        });
    }
}
