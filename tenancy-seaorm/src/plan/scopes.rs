//! The common table expressions of a statement, and where each is known.

use std::cell::Cell;

use super::read::names::{CTE, is_same_but_for_case};
use crate::{
    error::{Error, ErrorKind},
    sql::{dialect::Dialect, names::TableName},
};

/// The common table expressions in scope, innermost last.
///
/// Each is printed under a name of ours, which no table has. Engines differ in where a name is
/// known. In the body of a `WITH` that stands in a subquery, MariaDB reads `note` as the table,
/// even where an expression around has that name. With our name it finds nothing there.
#[derive(Default)]
pub(super) struct Scopes {
    known: Vec<Cte>,
    /// Those in scope, and those that were.
    all: Vec<Box<str>>,
    /// Those that stand further on in a `WITH RECURSIVE` of MySQL's, the next one last.
    ahead: Vec<Box<str>>,
    /// Tables that stand in our predicates, and not in the statement.
    reserved: Vec<TableName>,
}

impl Scopes {
    pub(super) fn mark(&self) -> usize {
        self.known.len()
    }

    /// Yields the place of the expression, for [`reads_of`](Self::reads_of).
    pub(super) fn push(&mut self, name: &str, is_recursive: bool) -> usize {
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
    pub(super) fn printed(&self, place: usize) -> Option<&str> {
        self.known.get(place).map(|cte| &*cte.printed)
    }

    /// Notes which names follow in a `WITH`, and yields a mark for [`advance`](Self::advance).
    pub(super) fn look_ahead(&mut self, names: Vec<Box<str>>) -> usize {
        let mark = self.ahead.len();
        self.ahead.extend(names.into_iter().rev());
        mark
    }

    /// The next one is reached.
    pub(super) fn advance(&mut self, mark: usize) {
        if self.ahead.len() > mark {
            self.ahead.pop();
        }
    }

    /// How often something has read the expression at a place so far.
    pub(super) fn reads_of(&self, place: usize) -> usize {
        self.known.get(place).map_or(0, |cte| cte.reads.get())
    }

    pub(super) fn release(&mut self, mark: usize) {
        self.known.truncate(mark);
    }

    /// Reads the innermost expression of a name, if there is one, and yields how it is printed.
    pub(super) fn read(&self, name: &str) -> Option<&str> {
        let cte = self.known.iter().rev().find(|cte| *cte.name == *name)?;
        cte.reads.set(cte.reads.get() + 1);
        Some(&cte.printed)
    }

    pub(super) fn is_ahead(&self, name: &str) -> bool {
        self.ahead
            .iter()
            .any(|ahead| is_same_but_for_case(ahead, name))
    }

    pub(super) fn contains_but_for_case(&self, name: &str) -> bool {
        self.known
            .iter()
            .any(|cte| is_same_but_for_case(&cte.name, name))
    }

    /// Whether an expression in scope has this name and may read itself.
    pub(super) fn is_recursive(&self, name: &str) -> bool {
        let mut known = self.known.iter();
        known.any(|cte| cte.is_recursive && *cte.name == *name)
    }

    /// Takes note of a table that our predicates name.
    pub(super) fn reserve(&mut self, table: TableName) {
        self.reserved.push(table);
    }

    /// Names in our predicates are tables, and no common table expression stands for one.
    ///
    /// Which expressions are known where differs between the engines, so none in the whole
    /// statement may have such a name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] where one has.
    pub(super) fn ensure_names_are_tables(&self, dialect: Dialect) -> Result<(), Error> {
        for table in &self.reserved {
            let name = dialect.fold_stored(&table.table);
            if self
                .all
                .iter()
                .any(|known| is_same_but_for_case(known, &name))
            {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "a common table expression is called `{}`, like the table that says who reads rows of others: give it another name",
                        table.table
                    ),
                ));
            }
        }
        Ok(())
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
