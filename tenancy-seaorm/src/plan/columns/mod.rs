//! What a name in an expression may mean: a column, and nothing else.
//!
//! PostgreSQL reads `note.name` as `name(note)`, a call of a function that anybody may have
//! defined, where `note` has no column of that name; and `note` alone as the whole row, which is
//! the argument that such functions, operators, casts and aggregates take. So a qualified name must
//! be a known column, and a table's name is no value.
//!
//! ```sql
//! SELECT note.title FROM note               -- a column of the entity, of the catalog, or of the database
//! SELECT note.all_titles FROM note          -- refused: no column
//! SELECT rank(n), n::text FROM note AS n    -- refused: whole rows
//! SELECT json_agg(s) FROM (SELECT id FROM note) AS s   -- a row of no table's type, to a function of the system's
//! ```

mod scope;

use std::{collections::HashSet, ops::ControlFlow};

use sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query,
    Select, Statement, TableFactor, Visit, Visitor,
};

use super::expr::element_of;
use crate::{
    catalog::FoldedCatalog,
    error::{Error, ErrorKind},
    sql::{dialect::Dialect, functions, names::TableName},
};
use scope::{Item, Lookup, Origin, Scopes};

/// A column that has to be one of a table's.
pub(crate) type Unlearned = (TableName, Box<str>);

/// Requires that names in expressions are columns, and yields those of which the catalog does not
/// know whether they are.
pub(super) fn check(
    statement: &Statement,
    dialect: Dialect,
    catalog: &FoldedCatalog,
) -> Result<Vec<Unlearned>, Error> {
    let mut check = Check {
        dialect,
        catalog,
        scopes: Scopes::new(dialect, catalog),
        whole_rows: HashSet::new(),
        elements: HashSet::new(),
        unlearned: Vec::new(),
    };
    match statement.visit(&mut check) {
        ControlFlow::Continue(()) => Ok(check.unlearned),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Check<'a> {
    dialect: Dialect,
    catalog: &'a FoldedCatalog,
    scopes: Scopes<'a>,
    /// Where a row of a subquery may stand: the arguments of functions of the system's, by address.
    whole_rows: HashSet<usize>,
    /// The parts of `n.tags[1]`, by address: they are a column together.
    elements: HashSet<usize>,
    unlearned: Vec<Unlearned>,
}

impl Visitor for Check<'_> {
    type Break = Error;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<Error> {
        flow(self.scopes.enter_statement(statement))
    }

    fn post_visit_statement(&mut self, _: &Statement) -> ControlFlow<Error> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        flow(self.scopes.enter_query(query))
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        self.scopes.leave_query(query);
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        flow(self.scopes.enter_select(select))
    }

    fn post_visit_select(&mut self, _: &Select) -> ControlFlow<Error> {
        self.scopes.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Error> {
        if let TableFactor::Derived {
            subquery, lateral, ..
        } = factor
        {
            self.scopes.part(subquery, *lateral);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        flow(match expr {
            Expr::Identifier(_) if self.elements.remove(&address(expr)) => Ok(()),
            Expr::Identifier(name) => self.bare(name, address(expr)),
            Expr::CompoundFieldAccess { root, access_chain } => {
                match element_of(root, access_chain) {
                    Some([table, column]) => {
                        // What comes next are the two of them.
                        self.elements.insert(address(&**root));
                        if let Some(AccessExpr::Dot(column)) = access_chain.first() {
                            self.elements.insert(address(column));
                        }
                        self.qualified(&[table.clone(), column.clone()])
                    }
                    None => Ok(()),
                }
            }
            Expr::CompoundIdentifier(parts) => self.qualified(parts),
            Expr::Function(function) => {
                self.note_whole_rows(function);
                Ok(())
            }
            _ => Ok(()),
        })
    }
}

impl Check<'_> {
    /// A name alone: a column of anything, but not a row.
    fn bare(&mut self, name: &Ident, address: usize) -> Result<(), Error> {
        if crate::sql::tree::is_default(name) {
            return Ok(());
        }
        let column = self.dialect.column(name)?;
        self.refuse_system_column(&column)?;
        self.refuse_argument(None, &column)?;
        if self.dialect != Dialect::Postgres {
            return Ok(());
        }
        let items: Vec<_> = self.scopes.named(&column).cloned().collect();
        for item in items {
            match &item.origin {
                // A function of one value goes by its alias.
                Origin::Function(_) => continue,
                Origin::Query(_) if self.whole_rows.contains(&address) => continue,
                Origin::Query(_) | Origin::Table(_) => {}
            }
            match self.find(&item, &column) {
                Lookup::Yes => {}
                Lookup::Unknown(tables) => self.unlearn(tables, &column),
                Lookup::No => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        format!(
                            "`{column}` stands for whole rows, which functions, operators and casts of the application's may take: name the columns, and give no two tables this name"
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// `note.title`.
    fn qualified(&mut self, parts: &[Ident]) -> Result<(), Error> {
        let [.., table, last] = parts else {
            return Ok(());
        };
        let column = self.dialect.column(last)?;
        self.refuse_system_column(&column)?;
        // With its schema, a table is found past the aliases that hide it, or not at all, where the
        // table becomes a query.
        if parts.len() > 2 {
            return Err(Error::unsupported("a column with the schema of its table"));
        }
        let table = self.dialect.fold(table)?;
        self.refuse_argument(Some(&table), &column)?;
        if self.dialect != Dialect::Postgres {
            return Ok(());
        }
        let items: Vec<_> = self.scopes.named(&table).cloned().collect();
        if items.is_empty() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("no table of the statement goes by the name `{table}`"),
            ));
        }
        for item in items {
            match self.find(&item, &column) {
                Lookup::Yes => {}
                Lookup::Unknown(tables) => self.unlearn(tables, &column),
                Lookup::No => return Err(no_column(&table, &column)),
            }
        }
        Ok(())
    }

    fn find(&self, item: &Item, column: &str) -> Lookup {
        item.origin.find(column, self.catalog.columns())
    }

    fn unlearn(&mut self, tables: Vec<TableName>, column: &str) {
        let wanted = tables.into_iter().map(|table| (table, column.into()));
        for wanted in wanted {
            if !self.unlearned.contains(&wanted) {
                self.unlearned.push(wanted);
            }
        }
    }

    /// Columns that the engine adds to every table. They tell of the writes of all tenants, and
    /// `rowid` may be the tenant column.
    fn refuse_system_column(&self, column: &str) -> Result<(), Error> {
        let is_system = match self.dialect {
            Dialect::Postgres => matches!(
                column,
                "ctid" | "xmin" | "xmax" | "cmin" | "cmax" | "tableoid"
            ),
            Dialect::Sqlite => matches!(column, "rowid" | "_rowid_" | "oid"),
            Dialect::MySql => column == "_rowid",
        };
        if !is_system || self.scopes.any_table_has(column) {
            return Ok(());
        }
        Err(system_column(column))
    }

    /// To SQLite, a condition on the column `json` or `root` of `json_each` is an argument of the
    /// function, which is called with the values of whatever stands beside it.
    /// <https://www.sqlite.org/vtab.html#table_valued_functions>
    fn refuse_argument(&self, table: Option<&str>, column: &str) -> Result<(), Error> {
        if self.dialect != Dialect::Sqlite || !matches!(column, "json" | "root") {
            return Ok(());
        }
        match self.scopes.any_function(table) {
            true => Err(Error::unsupported(
                "the column `json` or `root` of a function in FROM (name the table, if it is a column of one)",
            )),
            false => Ok(()),
        }
    }

    /// `json_agg(s)`: the row of a subquery has no type for which anybody could have defined
    /// anything.
    fn note_whole_rows(&mut self, called: &Function) {
        let name = match called.name.0.last().and_then(|part| part.as_ident()) {
            Some(name) => name.value.to_ascii_lowercase(),
            None => return,
        };
        let FunctionArguments::List(list) = &called.args else {
            return;
        };
        if self.dialect != Dialect::Postgres
            || !functions::is_native(&name, self.dialect)
            || self.catalog.allowed().allows_function(&name)
        {
            return;
        }
        for arg in &list.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr @ Expr::Identifier(_))) = arg {
                self.whole_rows.insert(address(expr));
            }
        }
    }
}

/// # Errors
///
/// [`ErrorKind::Unsupported`], with the way out.
pub(super) fn system_column(column: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{column}` is a column that the database adds, which tells of the rows of all tenants: use the table's key, or name `{column}` among the columns of the table with `CatalogBuilder::columns` if it is one"
        ),
    )
}

/// # Errors
///
/// [`ErrorKind::Unsupported`] for what may be a call.
pub(crate) fn no_column(table: &str, column: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{table}.{column}` names no column that is known, and PostgreSQL may read it as a call of the function `{column}`: name a column, or register it with `CatalogBuilder::columns`"
        ),
    )
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
}

fn flow(outcome: Result<(), Error>) -> ControlFlow<Error> {
    match outcome {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}
