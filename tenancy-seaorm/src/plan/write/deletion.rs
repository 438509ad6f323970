//! Tables whose rows are deleted by a mark: a `DELETE` sets it, and marked rows are not there.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, ObjectName, Statement, TableWithJoins,
    Update, UpdateTableFromKind, Value, helpers::attached_token::AttachedToken,
};

use crate::{
    error::{Error, refuse_if},
    plan::Planner,
    policy::{soft_delete::Mark, table::TablePolicy},
    sql::{dialect::Dialect, tree::current_timestamp},
};

impl Planner<'_> {
    /// Whether a `DELETE` from this table sets a mark.
    pub(in crate::plan) fn marks_deleted(&self, owned: &TablePolicy) -> bool {
        owned.deletion().is_some() && !self.viewer.sees_deleted
    }

    /// The update that stands for a `DELETE` from a single table whose rows are deleted by a mark.
    /// Nothing of the statement has been visited yet.
    pub(in crate::plan) fn soft_deletion(
        &self,
        delete: &mut Delete,
    ) -> Result<Option<Update>, Error> {
        let FromTable::WithFromKeyword(from) = &delete.from else {
            return Ok(None);
        };
        let [only] = from.as_slice() else {
            return Ok(None);
        };
        // Others are of several tables, or refused.
        if !only.joins.is_empty() || !delete.tables.is_empty() {
            return Ok(None);
        }
        if self.dialect == Dialect::MySql && delete.using.is_some() {
            return Ok(None);
        }
        let target = self.write_target(&only.relation)?;
        let Some(deletion) = target
            .owned
            .filter(|owned| self.marks_deleted(owned))
            .and_then(TablePolicy::deletion)
        else {
            return Ok(None);
        };
        refuse_if(!delete.optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(delete.output.is_some(), "`OUTPUT`")?;
        refuse_if(
            self.dialect != Dialect::MySql
                && (!delete.order_by.is_empty() || delete.limit.is_some()),
            "`DELETE … LIMIT` where rows are deleted by a mark",
        )?;
        refuse_if(
            self.dialect == Dialect::MySql && delete.returning.is_some(),
            "`DELETE … RETURNING` where rows are deleted by a mark",
        )?;
        let value = match deletion.mark() {
            Mark::Timestamp => current_timestamp(),
            Mark::Deleted => Expr::value(Value::Boolean(true)),
            Mark::Active => Expr::value(Value::Boolean(false)),
        };
        let column = ObjectName::from(vec![self.dialect.quoted(deletion.column())]);
        Ok(Some(Update {
            update_token: AttachedToken::empty(),
            optimizer_hints: Vec::new(),
            table: TableWithJoins {
                relation: only.relation.clone(),
                joins: Vec::new(),
            },
            assignments: vec![Assignment {
                target: AssignmentTarget::ColumnName(column),
                value,
            }],
            from: delete.using.take().map(UpdateTableFromKind::AfterSet),
            selection: delete.selection.take(),
            returning: delete.returning.take(),
            output: None,
            or: None,
            order_by: std::mem::take(&mut delete.order_by),
            limit: delete.limit.take(),
        }))
    }

    /// Plans what [`soft_deletion`](Self::soft_deletion) made.
    pub(in crate::plan) fn soft_delete(&mut self, statement: &mut Statement) -> Result<(), Error> {
        let first = self.steps.count();
        self.statement(statement)?;
        self.steps.mark_deleted(first);
        Ok(())
    }
}
