//! What a table name in a statement stands for.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use super::{Dialect, Planner};
use crate::{
    Error, ErrorKind,
    catalog::{Owned, Table, TableName},
};

/// The names of common table expressions in scope, innermost last.
#[derive(Default)]
pub(super) struct CteScopes {
    known: Vec<Box<str>>,
    /// Those in scope, and those that were.
    all: Vec<Box<str>>,
}

impl CteScopes {
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }

    pub(super) fn push(&mut self, name: &str) {
        self.known.push(name.into());
        self.all.push(name.into());
    }

    pub(super) fn release(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    fn contains(&self, name: &str) -> bool {
        self.known.iter().any(|known| **known == *name)
    }

    fn contains_but_for_case(&self, name: &str) -> bool {
        self.known
            .iter()
            .any(|known| is_same_but_for_case(known, name))
    }

    /// Whether there was one of that name, in whatever case an engine compares them.
    pub(super) fn has_ever_had(&self, name: &str) -> bool {
        self.all
            .iter()
            .any(|known| is_same_but_for_case(known, name))
    }
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
            if self.ctes.contains(&folded) {
                return Ok(Resolved::Cte);
            }
            // MySQL compares the names of expressions without case, and those of tables as the server is set.
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
