//! What a statement writes: its tables, and the columns that it assigns.

use sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, ObjectName, ObjectNamePart, TableFactor,
};

use crate::{
    catalog::Table,
    error::{Error, ErrorKind, refuse_if},
    plan::{
        Planner, Reach,
        read::names::{plain, qualifier, table_name},
    },
    policy::{id::IdColumn, table::TablePolicy},
    sql::{dialect::Dialect, names::TableName},
};

/// A table that is written.
pub(in crate::plan) struct Target<'a> {
    /// Without quotes, for messages.
    pub(in crate::plan) table: String,
    /// As the database looks it up.
    pub(in crate::plan) name: TableName,
    /// None for a reference table that this viewer may write.
    pub(in crate::plan) owned: Option<&'a TablePolicy>,
    pub(in crate::plan) qualifier: Ident,
}

impl<'a> Planner<'a> {
    /// The table that an update or delete writes, where it names a single one.
    pub(in crate::plan) fn write_target(&self, factor: &TableFactor) -> Result<Target<'a>, Error> {
        let TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } = factor
        else {
            return Err(Error::unsupported("writing to anything but a table"));
        };
        refuse_if(
            !with_hints.is_empty() || !partitions.is_empty() || !index_hints.is_empty(),
            "a table hint",
        )?;
        refuse_if(
            alias
                .as_ref()
                .is_some_and(|alias| !alias.columns.is_empty() || alias.at.is_some()),
            "renaming the columns of the table that is written",
        )?;
        self.target(name, alias.as_ref().map(|alias| &alias.name))
    }

    /// A table that is written, under an alias or its own name.
    pub(in crate::plan) fn target(
        &self,
        name: &ObjectName,
        alias: Option<&Ident>,
    ) -> Result<Target<'a>, Error> {
        // To PostgreSQL, the target counts as a read of the expression, which thereby recurs.
        refuse_if(
            self.dialect == Dialect::Postgres && self.names_recursive_cte(name)?,
            "writing a table that has the name of an expression of a `WITH RECURSIVE`",
        )?;
        let owned = match self.lookup(name)? {
            Table::Owned(owned) => {
                self.ensure_written_here(owned, &plain(name))?;
                Some(&**owned)
            }
            Table::Reference if self.viewer.is_platform => None,
            Table::Reference => return Err(read_only(&plain(name))),
        };
        Ok(Target {
            table: plain(name),
            name: table_name(self.dialect, name)?,
            owned,
            qualifier: qualifier(self.dialect, name, alias)?,
        })
    }

    /// # Errors
    ///
    /// [`ErrorKind::ReadOnlyTable`] for a table of the library's own, and for one that only
    /// elevated connections write.
    pub(in crate::plan) fn ensure_written_here(
        &self,
        owned: &TablePolicy,
        table: &str,
    ) -> Result<(), Error> {
        let why = match owned.reserved() {
            Some(_) => "is written by the library alone",
            None if owned.is_read_only() && self.viewer.reach == Reach::Own => {
                "is read-only: only the platform writes it, on an elevated connection"
            }
            None => return Ok(()),
        };
        Err(Error::new(
            ErrorKind::ReadOnlyTable,
            format!("`{table}` {why}"),
        ))
    }

    /// Checks what a statement assigns to the columns of one table.
    pub(in crate::plan) fn assignments(
        &mut self,
        assignments: &mut [Assignment],
        target: &Target<'_>,
    ) -> Result<(), Error> {
        if self.dialect == Dialect::MySql {
            for Assignment { target: name, .. } in assignments.iter_mut() {
                self.unqualify(name, target)?;
            }
        }
        for Assignment {
            target: name,
            value,
        } in assignments
        {
            self.assignment(name, value, target)?;
        }
        Ok(())
    }

    /// `SET n.title = …`, as MySQL writes it of a table that goes by `n`.
    fn unqualify(&self, name: &mut AssignmentTarget, target: &Target<'_>) -> Result<(), Error> {
        let AssignmentTarget::ColumnName(name) = name else {
            return Ok(());
        };
        if let [ObjectNamePart::Identifier(table), column] = name.0.as_slice()
            && *self.dialect.fold(table)? == target.qualifier.value
        {
            *name = ObjectName(vec![column.clone()]);
        }
        Ok(())
    }

    fn assignment(
        &mut self,
        name: &AssignmentTarget,
        value: &mut Expr,
        target: &Target<'_>,
    ) -> Result<(), Error> {
        let Some(owned) = target.owned else {
            return self.expr(value);
        };
        let ids = self.id_columns(owned);
        self.ensure_keeps_row(name, &target.table, owned)?;
        match name {
            AssignmentTarget::ColumnName(name) => {
                self.refuse_row_ids(std::slice::from_ref(name), &ids)?;
                for column in ids {
                    if self.names_column(name, column)? && !self.chooses(column) {
                        self.ensure_may_assign(&target.table, column)?;
                        return self.check_given(value, column, &target.table, false);
                    }
                }
            }
            AssignmentTarget::Tuple(names) => {
                self.refuse_row_ids(names, &ids)?;
                for name in names {
                    for column in &ids {
                        refuse_if(
                            self.names_column(name, column)?,
                            "assigning the tenant or the owner column in a row of columns",
                        )?;
                    }
                }
            }
        }
        self.expr(value)
    }

    /// A user's grant stays one for the row that it is for.
    pub(in crate::plan) fn ensure_keeps_row(
        &self,
        name: &AssignmentTarget,
        table: &str,
        owned: &TablePolicy,
    ) -> Result<(), Error> {
        let Some(purpose) = owned
            .grants_for()
            .filter(|_| self.names_rows_of_users(owned))
        else {
            return Ok(());
        };
        let names = match name {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names,
        };
        for name in names {
            let Some(ObjectNamePart::Identifier(last)) = name.0.last() else {
                return Err(Error::unsupported("a function in place of a column"));
            };
            if self.dialect.names_column(last, purpose.resource.name())? {
                return self.ensure_may_grant(table, owned);
            }
        }
        self.refuse_row_ids(names, &[&purpose.resource])
    }

    /// Whether a name in a list of columns is this column's.
    pub(in crate::plan) fn names_column(
        &self,
        name: &ObjectName,
        column: &IdColumn,
    ) -> Result<bool, Error> {
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(only)] => self.dialect.names_column(only, column.name()),
            _ => Err(Error::unsupported("a qualified name in a list of columns")),
        }
    }
}

pub(in crate::plan) fn read_only(table: &str) -> Error {
    Error::new(
        ErrorKind::ReadOnlyTable,
        format!("`{table}` is a reference table: only the platform writes it"),
    )
}
