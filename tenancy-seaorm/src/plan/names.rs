//! What a table name in a statement stands for.

use std::cell::Cell;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::{Dialect, Planner};
use crate::{
    Error, ErrorKind,
    catalog::{Owned, Table, TableName},
};

/// The names of common table expressions in scope, innermost last.
#[derive(Default)]
pub(super) struct CteScopes {
    known: Vec<Cte>,
    /// Those in scope, and those that were.
    all: Vec<Box<str>>,
}

impl CteScopes {
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }

    /// Yields the place of the expression, for [`reads_of`](Self::reads_of).
    pub(super) fn push(&mut self, name: &str) -> usize {
        self.known.push(Cte {
            name: name.into(),
            reads: Cell::new(0),
        });
        self.all.push(name.into());
        self.known.len() - 1
    }

    /// How often something has read the expression at a place so far.
    pub(super) fn reads_of(&self, place: usize) -> usize {
        self.known.get(place).map_or(0, |cte| cte.reads.get())
    }

    pub(super) fn release(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    /// Reads the innermost expression of a name, if there is one.
    fn read(&self, name: &str) -> bool {
        let found = self.known.iter().rev().find(|cte| *cte.name == *name);
        if let Some(cte) = found {
            cte.reads.set(cte.reads.get() + 1);
        }
        found.is_some()
    }

    fn contains_but_for_case(&self, name: &str) -> bool {
        self.known
            .iter()
            .any(|cte| is_same_but_for_case(&cte.name, name))
    }

    /// Whether there was one of that name, in whatever case an engine compares them.
    pub(super) fn has_ever_had(&self, name: &str) -> bool {
        self.all
            .iter()
            .any(|known| is_same_but_for_case(known, name))
    }
}

/// A common table expression in scope.
struct Cte {
    name: Box<str>,
    /// How often it has been read.
    reads: Cell<usize>,
}

fn is_same_but_for_case(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase() || one.to_uppercase() == other.to_uppercase()
}

/// What a name resolves to.
pub(super) enum Resolved<'a> {
    /// A common table expression, whose body is scoped where it stands.
    Cte,
    Owned(&'a Owned),
    Reference,
}

impl<'a> Planner<'a> {
    /// Resolves a table in a position where a common table expression can stand too.
    pub(super) fn resolve(&self, name: &ObjectName) -> Result<Resolved<'a>, Error> {
        if let [ObjectNamePart::Identifier(only)] = name.0.as_slice() {
            let folded = self.dialect.fold(only)?;
            if self.ctes.read(&folded) {
                return Ok(Resolved::Cte);
            }
            // MySQL compares the names of expressions without case, and those of tables as the
            // server is set.
            if self.dialect == Dialect::MySql && self.ctes.contains_but_for_case(&folded) {
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

    /// Resolves the target of a write, which is always a table.
    pub(super) fn lookup(&self, name: &ObjectName) -> Result<&'a Table, Error> {
        let key = table_name(self.dialect, name)?;
        self.catalog.table(&key).ok_or_else(|| {
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
pub(super) fn table_name(dialect: Dialect, name: &ObjectName) -> Result<TableName, Error> {
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
pub(super) fn plain(name: &ObjectName) -> String {
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
pub(super) fn qualifier(
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
