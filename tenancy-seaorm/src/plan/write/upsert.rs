//! Upserts: the row that is in the way may be another tenant's.

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, DoUpdate, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, Ident, ObjectName, ObjectNamePart, OnConflict,
    OnConflictAction, OnInsert, SqliteOnConflict,
};

use super::target::Target;
use crate::{
    error::{Error, ErrorKind, refuse_if},
    plan::{Placement, Planner, conjoin},
    policy::id::IdColumn,
    sql::{
        dialect::Dialect,
        tree::{choose, query, select_one, union_all},
    },
};

impl Planner<'_> {
    /// A row in the way is changed only if it is the tenant's. `new_row` is what MySQL calls the
    /// row that was to be inserted.
    pub(in crate::plan) fn on_insert(
        &mut self,
        on: &mut OnInsert,
        target: &Target<'_>,
        new_row: Option<&ObjectName>,
        ignores: bool,
    ) -> Result<(), Error> {
        match on {
            OnInsert::OnConflict(conflict) => self.on_conflict(conflict, target),
            OnInsert::DuplicateKeyUpdate(assignments) => {
                let new_row = match new_row.map(|name| name.0.as_slice()) {
                    None => None,
                    Some([ObjectNamePart::Identifier(name)]) => Some(name),
                    Some(_) => return Err(Error::unsupported("a qualified name of the new row")),
                };
                self.on_duplicate_key(assignments, target, new_row, ignores)
            }
            _ => Err(Error::unsupported("this conflict clause of an `INSERT`")),
        }
    }

    /// `ON CONFLICT … DO UPDATE … WHERE` ours: of another tenant's row nothing is changed, and no
    /// row is reported.
    fn on_conflict(&mut self, conflict: &mut OnConflict, target: &Target<'_>) -> Result<(), Error> {
        let OnConflict {
            conflict_target,
            action,
        } = conflict;
        match conflict_target {
            // Both say which conflicts count, and name no table.
            None | Some(ConflictTarget::OnConstraint(_)) => {}
            Some(ConflictTarget::Columns(columns)) => self.complete(columns, target)?,
        }
        let DoUpdate {
            assignments,
            selection,
        } = match action {
            OnConflictAction::DoNothing => return Ok(()),
            OnConflictAction::DoUpdate(update) => update,
        };
        let excluded = Ident::new("excluded");
        self.conflict_assignments(assignments, target, Some(&excluded))?;
        let failing = selection.as_ref().map(|condition| self.failing(condition));
        self.exprs(&mut *selection)?;
        if let Some(owned) = target.owned {
            self.steps.note(&target.table, None, Placement::Guarded);
            let predicate = self.writable(&target.qualifier, owned)?;
            if let (Some(condition), Some(failing)) = (&mut *selection, failing) {
                self.guard_condition(condition, &failing, std::slice::from_ref(&predicate));
            }
            *selection = conjoin(vec![predicate], selection.take());
        }
        Ok(())
    }

    /// A key that the tenant leads is the key that the statement means: on the tenant's own
    /// database it has the other columns.
    ///
    /// ```sql
    /// INSERT INTO acc (email) VALUES ('a@x') ON CONFLICT (email) DO NOTHING
    /// -- with UNIQUE (tenant_id, email)
    /// INSERT INTO acc (email, tenant_id) VALUES ('a@x', $1) ON CONFLICT (email, tenant_id) DO NOTHING
    /// ```
    fn complete(&mut self, columns: &mut Vec<Ident>, target: &Target<'_>) -> Result<(), Error> {
        let Some(owned) = target.owned else {
            return Ok(());
        };
        let mut named = Vec::with_capacity(columns.len());
        for column in &*columns {
            named.push(self.dialect.column(column)?);
        }
        let tenant = self.dialect.fold_column(owned.tenant().name());
        if named.contains(&tenant) {
            return Ok(());
        }
        let Some(keys) = self.catalog.columns().keys(&target.name) else {
            self.unkeyed = Some(target.name.clone());
            return Ok(());
        };
        let is_key = |columns: &[Box<str>]| {
            keys.iter().any(|key| {
                key.len() == columns.len() && key.iter().all(|column| columns.contains(column))
            })
        };
        if is_key(&named) {
            return Ok(());
        }
        named.push(tenant);
        if is_key(&named) {
            columns.push(self.dialect.quoted(owned.tenant().name()));
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "`{}` has no unique key of the columns of this `ON CONFLICT`, with or without `{}`: name those of one",
                target.table,
                owned.tenant().name()
            ),
        ))
    }

    /// MySQL has no condition for the whole, and a `CASE` for each value would have a type of its
    /// own, through which the row in the way would go: it could fail on a value, show it or change
    /// it. Setting a row to what it is fires its triggers, and writes its history. So the statement
    /// fails on a row that is not the scope's, before it computes anything.
    ///
    /// ```sql
    /// … ON DUPLICATE KEY UPDATE body = UUID()
    /// … ON DUPLICATE KEY UPDATE tenant_id = CASE WHEN note.tenant_id = ? THEN note.tenant_id
    ///       ELSE (SELECT note.tenant_id UNION ALL SELECT note.tenant_id) END, body = UUID()
    /// ```
    fn on_duplicate_key(
        &mut self,
        assignments: &mut Vec<Assignment>,
        target: &Target<'_>,
        new_row: Option<&Ident>,
        ignores: bool,
    ) -> Result<(), Error> {
        self.conflict_assignments(assignments, target, new_row)?;
        let Some(owned) = target.owned else {
            return Ok(());
        };
        // It would make a warning of the failure.
        refuse_if(ignores, "`INSERT IGNORE … ON DUPLICATE KEY UPDATE`")?;
        self.steps.note(&target.table, None, Placement::Guarded);
        let is_own = self.writable(&target.qualifier, owned)?;
        let tenant = self.dialect.quoted(owned.tenant().name());
        let kept = Expr::CompoundIdentifier(vec![target.qualifier.clone(), tenant.clone()]);
        // Of the column's own type, whichever is chosen.
        let twice = union_all(select_one(kept.clone()), select_one(kept.clone()));
        let fails = Expr::Subquery(Box::new(query(twice)));
        let guard = Assignment {
            target: AssignmentTarget::ColumnName(ObjectName::from(vec![tenant])),
            value: choose(is_own, kept, fails),
        };
        assignments.insert(0, guard);
        Ok(())
    }

    fn conflict_assignments(
        &mut self,
        assignments: &mut [Assignment],
        target: &Target<'_>,
        new_row: Option<&Ident>,
    ) -> Result<(), Error> {
        for assignment in assignments {
            let ids = target.owned.map(|owned| self.id_columns(owned));
            let mut keeps_owner = false;
            for id in ids.unwrap_or_default() {
                keeps_owner = keeps_owner
                    || self.keeps_owner(assignment, id, new_row)?
                    || self.leaves_owner(assignment, target, id)?;
            }
            if !keeps_owner {
                self.assignments(std::slice::from_mut(assignment), target)?;
            }
        }
        Ok(())
    }

    /// Whether this sets a column that says whose the row is to that of the row that was to be
    /// inserted: that one was stamped, and the one in the way is the scope's or stays as it is.
    fn keeps_owner(
        &self,
        assignment: &Assignment,
        column: &IdColumn,
        new_row: Option<&Ident>,
    ) -> Result<bool, Error> {
        let AssignmentTarget::ColumnName(name) = &assignment.target else {
            return Ok(false);
        };
        // Of several tenants, the two rows may be of different ones.
        if !self.names_column(name, column)? || !self.stamps(column) {
            return Ok(false);
        }
        match &assignment.value {
            Expr::CompoundIdentifier(parts) => match (parts.as_slice(), new_row) {
                ([row, given], Some(new_row)) => Ok(self.dialect.fold(row)?
                    == self.dialect.fold(new_row)?
                    && self.dialect.names_column(given, column.name())?),
                _ => Ok(false),
            },
            Expr::Function(function) if self.dialect == Dialect::MySql => {
                match values_of(function) {
                    Some(given) => self.dialect.names_column(given, column.name()),
                    None => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }

    /// Whether this sets the tenant column of the row in the way to itself, as SeaORM does on MySQL
    /// to say that nothing is done. The name gets its table: beside a query it could be a column of
    /// that.
    fn leaves_owner(
        &self,
        assignment: &mut Assignment,
        target: &Target<'_>,
        column: &IdColumn,
    ) -> Result<bool, Error> {
        let Assignment {
            target: AssignmentTarget::ColumnName(assigned),
            value,
        } = assignment
        else {
            return Ok(false);
        };
        let Expr::Identifier(given) = &*value else {
            return Ok(false);
        };
        if self.dialect != Dialect::MySql
            || !self.names_column(assigned, column)?
            || !self.dialect.names_column(given, column.name())?
        {
            return Ok(false);
        }
        *value = Expr::CompoundIdentifier(vec![target.qualifier.clone(), given.clone()]);
        Ok(true)
    }

    /// What SQLite does about a conflict without being asked for a clause.
    pub(in crate::plan) fn conflict_resolution(or: Option<SqliteOnConflict>) -> Result<(), Error> {
        use SqliteOnConflict as On;
        match or {
            None | Some(On::Abort | On::Fail | On::Ignore) => Ok(()),
            // Its conflict ends the transaction, and the connection would not know.
            Some(On::Rollback) => refuse_if(true, "`INSERT OR ROLLBACK`"),
            // It deletes the row in the way, whoever it belongs to.
            Some(On::Replace) => refuse_if(true, "`INSERT OR REPLACE`"),
        }
    }
}

/// The column of `VALUES(column)`.
fn values_of(function: &Function) -> Option<&Ident> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    let is_values = matches!(
        function.name.0.as_slice(),
        [ObjectNamePart::Identifier(name)] if name.value.eq_ignore_ascii_case("values")
    );
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(given)))] if is_values => {
            Some(given)
        }
        _ => None,
    }
}
