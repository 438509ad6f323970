//! MySQL's updates and deletes of several tables at once.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, ObjectName, ObjectNamePart, TableFactor,
    TableWithJoins,
};

use super::target::{Target, read_only};
use crate::{
    error::{Error, refuse_if},
    plan::{
        Planner, conjoin,
        fence::Fencing,
        read::names::{Resolved, qualifier},
    },
    sql::names::TableName,
};

/// The tables of the join, by the names that they go by.
type Members<'a> = Vec<(Ident, Resolved<'a>)>;

impl<'a> Planner<'a> {
    pub(in crate::plan) fn update_joined(
        &mut self,
        tables: &mut TableWithJoins,
        assignments: &mut [Assignment],
        selection: &mut Option<Expr>,
    ) -> Result<(), Error> {
        let fencing = self.fencing_of_join(
            assignments,
            selection.as_ref(),
            std::slice::from_ref(tables),
        );
        let mut members = Vec::new();
        self.members(tables, &mut members)?;
        for assignment in assignments {
            self.assign_member(assignment, &members)?;
        }
        self.restrict_join(std::slice::from_mut(tables), selection, fencing)
    }

    /// `DELETE a, b FROM join` and `DELETE FROM a, b USING join`.
    pub(in crate::plan) fn delete_joined(
        &mut self,
        named: &[ObjectName],
        from: &mut [TableWithJoins],
        using: Option<&mut [TableWithJoins]>,
        selection: &mut Option<Expr>,
    ) -> Result<(), Error> {
        let mut targets = Vec::new();
        let join = match using {
            None => {
                for name in named {
                    targets.push(qualifier(self.dialect, name, None)?);
                }
                from
            }
            Some(join) => {
                refuse_if(!named.is_empty(), "this form of `DELETE`")?;
                for tree in from {
                    let TableWithJoins { relation, joins } = tree;
                    let TableFactor::Table {
                        name, alias: None, ..
                    } = relation
                    else {
                        return Err(Error::unsupported("deleting from anything but a table"));
                    };
                    refuse_if(!joins.is_empty(), "a join before `USING`")?;
                    targets.push(qualifier(self.dialect, name, None)?);
                }
                join
            }
        };
        let mut members = Vec::new();
        for tree in &*join {
            self.members(tree, &mut members)?;
        }
        for target in &targets {
            self.written.push(self.dialect.fold(target)?.into());
            let target = self.member(target, &members)?;
            self.ensure_all_are_own(&target)?;
            let is_marked = target.owned.is_some_and(|owned| self.marks_deleted(owned));
            refuse_if(
                is_marked,
                "a `DELETE` of several tables whose rows are deleted by a mark",
            )?;
        }
        let fencing = self.fencing_of_join(&[], selection.as_ref(), join);
        self.restrict_join(join, selection, fencing)
    }

    fn restrict_join(
        &mut self,
        join: &mut [TableWithJoins],
        selection: &mut Option<Expr>,
        fencing: Fencing,
    ) -> Result<(), Error> {
        let failing = selection.as_ref().map(|condition| self.failing(condition));
        let was_beside = self.enter_failing(fencing);
        self.exprs(&mut *selection)?;
        let predicates = self.from(join, fencing)?;
        self.fences.beside_failing = was_beside;
        if let (Some(condition), Some(failing)) = (&mut *selection, failing) {
            self.guard_condition(condition, &failing, &predicates);
        }
        if !predicates.is_empty() {
            *selection = conjoin(predicates, selection.take());
        }
        Ok(())
    }

    fn members(&self, tree: &TableWithJoins, members: &mut Members<'a>) -> Result<(), Error> {
        let joined = tree.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&tree.relation).chain(joined) {
            match factor {
                TableFactor::Table { name, alias, .. } => {
                    let known_as =
                        qualifier(self.dialect, name, alias.as_ref().map(|alias| &alias.name))?;
                    members.push((known_as, self.resolve(name)?));
                }
                TableFactor::NestedJoin {
                    table_with_joins, ..
                } => self.members(table_with_joins, members)?,
                // Its rows cannot be written.
                _ => {}
            }
        }
        Ok(())
    }

    /// The table of that name, if this viewer may write it.
    fn member(&self, name: &Ident, members: &Members<'a>) -> Result<Target<'a>, Error> {
        let folded = self.dialect.fold(name)?;
        for (known_as, table) in members {
            if *self.dialect.fold(known_as)? != *folded {
                continue;
            }
            let owned = match table {
                Resolved::Owned(owned) => {
                    self.ensure_written_here(owned, &name.value)?;
                    Some(*owned)
                }
                Resolved::Reference if self.viewer.is_platform => None,
                Resolved::Reference => return Err(read_only(&name.value)),
                Resolved::Cte(_) => break,
            };
            return Ok(Target {
                table: name.value.clone(),
                name: TableName::parse(&folded),
                owned,
                qualifier: known_as.clone(),
            });
        }
        Err(Error::unsupported(
            "writing to anything but a table of the join",
        ))
    }

    /// Rows of a join are restricted to those that may be read, which has to be those that may be
    /// changed.
    fn ensure_all_are_own(&self, target: &Target<'_>) -> Result<(), Error> {
        refuse_if(
            target
                .owned
                .is_some_and(|owned| self.viewer.reads_more(owned)),
            "writing several tables of which one has rows of others that are read",
        )
    }

    fn assign_member(
        &mut self,
        assignment: &mut Assignment,
        members: &Members<'a>,
    ) -> Result<(), Error> {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return Err(Error::unsupported("assigning a row of columns"));
        };
        let (table, column) = match name.0.as_slice() {
            [
                ObjectNamePart::Identifier(table),
                ObjectNamePart::Identifier(column),
            ] => (table, column),
            _ => {
                return Err(Error::unsupported(
                    "a column without its table (write `note.title`) in an `UPDATE` of several tables",
                ));
            }
        };
        self.written.push(self.dialect.fold(table)?.into());
        let target = self.member(table, members)?;
        self.ensure_all_are_own(&target)?;
        if let Some(owned) = target.owned {
            self.ensure_keeps_row(&assignment.target, &target.table, owned)?;
        }
        let ids = target.owned.map(|owned| self.id_columns(owned));
        for id in ids.unwrap_or_default() {
            if self.dialect.names_column(column, id.name())? && !self.chooses(id) {
                self.ensure_may_assign(&target.table, id)?;
                return self.check_given(&mut assignment.value, id, &target.table, false);
            }
        }
        self.expr(&mut assignment.value)
    }
}
