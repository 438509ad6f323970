//! What a table name in a statement stands for.

use sqlparser::{
    ast::{Ident, ObjectName, ObjectNamePart},
    tokenizer::Span,
};

use crate::{
    catalog::Table,
    error::{Error, ErrorKind},
    plan::{Planner, bind::OwnedTable},
    policy::table::TablePolicy,
    sql::{dialect::Dialect, names::TableName, reserved},
};

/// Whether a name is one of ours. Those of the caller's stand somewhere in the text.
fn is_printed(name: &Ident) -> bool {
    name.value.starts_with(CTE) && name.span == Span::empty()
}

/// # Errors
///
/// [`ErrorKind::Unsupported`] for a name that could be one of ours.
pub(in crate::plan) fn ensure_not_printed(name: &Ident) -> Result<(), Error> {
    crate::error::refuse_if(
        name.value.to_lowercase().starts_with(CTE) && !is_printed(name),
        "a table or a common table expression whose name begins with `tenancy_with_`",
    )
}

pub(in crate::plan) fn is_same_but_for_case(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase() || one.to_uppercase() == other.to_uppercase()
}

/// How the names of common table expressions begin.
pub(in crate::plan) const CTE: &str = "tenancy_with_";

/// What a name resolves to.
pub(in crate::plan) enum Resolved<'a> {
    /// A common table expression, whose body is scoped where it stands, with its printed name.
    Cte(Ident),
    Owned(&'a TablePolicy),
    Reference,
}

impl<'a> Planner<'a> {
    /// Resolves a table in a position where a common table expression can stand too.
    pub(in crate::plan) fn resolve(&self, name: &ObjectName) -> Result<Resolved<'a>, Error> {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice() {
            // One that has been printed already: in the second walk, of the locks.
            if is_printed(only) {
                return Ok(Resolved::Cte(only.clone()));
            }
            let folded = self.dialect.fold(only)?;
            if let Some(printed) = self.scopes.read(&folded) {
                return Ok(Resolved::Cte(self.dialect.quoted(printed)));
            }
            if self.scopes.is_ahead(&folded) {
                return Err(Error::unsupported(
                    "a table of a `WITH RECURSIVE` that has the name of an expression after it, which MariaDB reads and MySQL does not,",
                ));
            }
            // MySQL compares the names of expressions without case, and those of tables as the
            // server is set.
            if self.dialect == Dialect::MySql && self.scopes.contains_but_for_case(&folded) {
                return Err(Error::unsupported(
                    "a table whose name is that of a common table expression but for its case",
                ));
            }
        }
        match self.lookup(name)? {
            Table::Owned(owned) => Ok(Resolved::Owned(owned)),
            Table::Reference => Ok(Resolved::Reference),
        }
    }

    /// Whether an expression in scope has this name and may read itself.
    pub(in crate::plan) fn names_recursive_cte(&self, name: &ObjectName) -> Result<bool, Error> {
        let [ObjectNamePart::Identifier(only)] = name.0.as_slice() else {
            return Ok(false);
        };
        let name = self.dialect.fold(only)?;
        Ok(self.scopes.is_recursive(&name))
    }

    /// Takes note of a table, and of its columns that hold ids.
    pub(in crate::plan) fn note_owned(&self, table: OwnedTable) {
        let mut known = self.owned.borrow_mut();
        let is_known = |known: &OwnedTable| {
            known.name == table.name
                && table
                    .columns
                    .iter()
                    .all(|column| known.columns.contains(column))
        };
        if !known.iter().any(is_known) {
            known.push(table);
        }
    }

    /// Resolves the target of a write, which is always a table.
    pub(in crate::plan) fn lookup(&self, name: &ObjectName) -> Result<&'a Table, Error> {
        name.0
            .iter()
            .filter_map(ObjectNamePart::as_ident)
            .try_for_each(ensure_not_printed)?;
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice()
            && reserved::is_word(only, self.dialect)
        {
            return Err(Error::unsupported(&format!(
                "`{}` in front of a table",
                only.value.to_uppercase()
            )));
        }
        let key = table_name(self.dialect, name)?;
        let table = self.catalog.table(&key);
        if let Some(Table::Owned(owned)) = table {
            self.note_owned(OwnedTable::of(key, owned));
        }
        table.ok_or_else(|| {
            Error::new(
                ErrorKind::UnknownTable,
                format!(
                    "the table `{}` is not in the catalog: register it, with its schema if it has one, as tenant-owned or as a reference table",
                    plain(name)
                ),
            )
        })
    }
}

/// A table's name as the database looks it up.
pub(in crate::plan) fn table_name(dialect: Dialect, name: &ObjectName) -> Result<TableName, Error> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(table)] => Ok(TableName {
            schema: None,
            table: dialect.fold(table)?.into(),
        }),
        // The database itself, where nothing temporary can stand for its tables.
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(table),
        ] if dialect == Dialect::Sqlite && *dialect.fold(schema)? == *"main" => Ok(TableName {
            schema: None,
            table: dialect.fold(table)?.into(),
        }),
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(table),
        ] => Ok(TableName {
            schema: Some(dialect.fold(schema)?.into()),
            table: dialect.fold(table)?.into(),
        }),
        _ => Err(Error::unsupported("a table name of more than two parts")),
    }
}

/// A table's name without its quotes, for people.
pub(in crate::plan) fn plain(name: &ObjectName) -> String {
    let mut plain = String::new();
    for part in &name.0 {
        if !plain.is_empty() {
            plain.push('.');
        }
        match part {
            ObjectNamePart::Identifier(part) => plain.push_str(&part.value),
            ObjectNamePart::Function(part) => plain.push_str(&part.name.value),
        }
    }
    plain
}

/// The name under which the columns of a table stand in the statement, in quotes.
pub(in crate::plan) fn qualifier(
    dialect: Dialect,
    name: &ObjectName,
    alias: Option<&Ident>,
) -> Result<Ident, Error> {
    match (alias, name.0.last()) {
        (Some(alias), _) => dialect.settled(alias),
        (None, Some(ObjectNamePart::Identifier(table))) => dialect.settled(table),
        (None, _) => Err(Error::unsupported("a table that is named by a function")),
    }
}
