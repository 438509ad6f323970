//! What a table name in a statement stands for.

use std::cell::Cell;

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

/// The common table expressions in scope, innermost last.
///
/// Each is printed under a name of ours, which no table has. Engines differ in where a name is
/// known. In the body of a `WITH` that stands in a subquery, MariaDB reads `note` as the table,
/// even where an expression around has that name. With our name it finds nothing there.
#[derive(Default)]
pub(in crate::plan) struct CteScopes {
    known: Vec<Cte>,
    /// Those in scope, and those that were.
    all: Vec<Box<str>>,
    /// Those that stand further on in a `WITH RECURSIVE` of MySQL's, the next one last.
    ahead: Vec<Box<str>>,
}

impl CteScopes {
    pub(in crate::plan) fn mark(&self) -> usize {
        self.known.len()
    }

    /// Yields the place of the expression, for [`reads_of`](Self::reads_of).
    pub(in crate::plan) fn push(&mut self, name: &str, is_recursive: bool) -> usize {
        self.all.push(name.into());
        self.known.push(Cte {
            name: name.into(),
            printed: format!("{CTE}{}", self.all.len()).into(),
            is_recursive,
            reads: Cell::new(0),
        });
        self.known.len() - 1
    }

    /// The name by which the expression at a place is printed.
    pub(in crate::plan) fn printed(&self, place: usize) -> Option<&str> {
        self.known.get(place).map(|cte| &*cte.printed)
    }

    /// Notes which names follow in a `WITH`, and yields a mark for [`advance`](Self::advance).
    pub(in crate::plan) fn look_ahead(&mut self, names: Vec<Box<str>>) -> usize {
        let mark = self.ahead.len();
        self.ahead.extend(names.into_iter().rev());
        mark
    }

    /// The next one is reached.
    pub(in crate::plan) fn advance(&mut self, mark: usize) {
        if self.ahead.len() > mark {
            self.ahead.pop();
        }
    }

    /// How often something has read the expression at a place so far.
    pub(in crate::plan) fn reads_of(&self, place: usize) -> usize {
        self.known.get(place).map_or(0, |cte| cte.reads.get())
    }

    pub(in crate::plan) fn release(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    /// Reads the innermost expression of a name, if there is one, and yields how it is printed.
    fn read(&self, name: &str) -> Option<&str> {
        let cte = self.known.iter().rev().find(|cte| *cte.name == *name)?;
        cte.reads.set(cte.reads.get() + 1);
        Some(&cte.printed)
    }

    fn is_ahead(&self, name: &str) -> bool {
        self.ahead
            .iter()
            .any(|ahead| is_same_but_for_case(ahead, name))
    }

    fn contains_but_for_case(&self, name: &str) -> bool {
        self.known
            .iter()
            .any(|cte| is_same_but_for_case(&cte.name, name))
    }

    /// Whether there was one of that name, in whatever case an engine compares them.
    pub(in crate::plan) fn has_ever_had(&self, name: &str) -> bool {
        self.all
            .iter()
            .any(|known| is_same_but_for_case(known, name))
    }
}

/// A common table expression in scope.
struct Cte {
    name: Box<str>,
    printed: Box<str>,
    /// Whether its `WITH` says so.
    is_recursive: bool,
    /// How often it has been read.
    reads: Cell<usize>,
}

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

fn is_same_but_for_case(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase() || one.to_uppercase() == other.to_uppercase()
}

/// How the names of common table expressions begin.
const CTE: &str = "tenancy_with_";

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
            if let Some(printed) = self.ctes.read(&folded) {
                return Ok(Resolved::Cte(self.dialect.quoted(printed)));
            }
            if self.ctes.is_ahead(&folded) {
                return Err(Error::unsupported(
                    "a table of a `WITH RECURSIVE` that has the name of an expression after it, which MariaDB reads and MySQL does not,",
                ));
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

    /// Whether an expression in scope has this name and may read itself.
    pub(in crate::plan) fn names_recursive_cte(&self, name: &ObjectName) -> Result<bool, Error> {
        let [ObjectNamePart::Identifier(only)] = name.0.as_slice() else {
            return Ok(false);
        };
        let name = self.dialect.fold(only)?;
        let mut known = self.ctes.known.iter();
        Ok(known.any(|cte| cte.is_recursive && *cte.name == *name))
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
