//! From a statement's text to a plan: the text with the tenant's predicates in it, and what to
//! bind.
//!
//! The original text never reaches the database. It is parsed, every node is visited by name,
//! predicates are placed, and the tree is printed again; so comments, odd quoting and anything else
//! that the parser and the database might read differently is gone, and the printed text must parse
//! to the very tree that was checked.

mod bind;
mod cache;
mod columns;
mod explain;
mod expr;
mod fence;
mod placeholders;
mod predicate;
mod read;
mod scopes;
mod viewer;
mod write;

#[cfg(test)]
mod tests;

use std::{cell::RefCell, collections::HashSet, sync::OnceLock};

use sqlparser::{
    ast::{self, Expr},
    tokenizer::Location,
};
pub(crate) use tenancy_core::access::ActorKind;

use crate::{
    catalog::FoldedCatalog,
    error::{Error, ErrorKind},
    sql::{
        dialect::Dialect,
        names::TableName,
        settle,
        text::{self, Parsed},
        tree::and,
    },
};
use bind::OwnedTable;
pub(crate) use bind::Plan;
pub(crate) use cache::PlanCache;
pub(crate) use columns::Unlearned;
use columns::no_column;
use explain::Steps;
pub use explain::{Placement, PlanExplanation, PlanStep};
use expr::pattern::Pattern;
use fence::{Calm, Fences};
use placeholders::Placeholders;
use scopes::Scopes;

pub(crate) use bind::{Ids, TenantSet};
pub(crate) use predicate::Reach;
pub(crate) use viewer::Viewer;

/// Plans `sql` for a viewer.
pub(crate) fn plan(
    original: &str,
    catalog: &FoldedCatalog,
    dialect: Dialect,
    viewer: Viewer,
) -> Result<Plan, Error> {
    text::parse(original, dialect, |parsed: Parsed| {
        let mut statement = parsed.statement;
        let unlearned = columns::check(&statement, dialect, catalog)?;
        let calm = Calm::of(&statement, dialect, catalog)?;
        let mut planner = Planner {
            catalog,
            dialect,
            viewer,
            placeholders: Placeholders::new(dialect, parsed.uses),
            scopes: Scopes::default(),
            steps: Steps::default(),
            fences: Fences::of(calm, &statement),
            patterns: Vec::new(),
            has_derived: false,
            locks: Vec::new(),
            written: Vec::new(),
            exceptions: parsed.exceptions,
            unkeyed: None,
            owned: RefCell::default(),
            fails_on_others: false,
            ignores: false,
        };
        planner.statement(&mut statement)?;
        planner.scopes.ensure_names_are_tables(dialect)?;
        settle::settle(
            &mut statement,
            dialect,
            catalog.allowed(),
            &planner.exceptions,
        )?;
        let text::Printed { sql, order } = text::print(&statement, dialect, catalog.allowed())?;
        let unclassed = planner.fences.calm.unlearned().into_boxed_slice();
        let beside = planner.fences.calm.into_bound();
        let parameters = planner.placeholders.parameters();
        let (bound, checks) = planner.placeholders.into_parts();
        Ok(Plan {
            sql: sql.into_boxed_str(),
            order,
            parameters,
            checks,
            bound,
            patterns: planner.patterns.into_boxed_slice(),
            reach: viewer.reach,
            unlearned: unlearned.into_boxed_slice(),
            unclassed,
            unkeyed: planner.unkeyed,
            fails_on_others: planner.fails_on_others,
            beside,
            steps: planner.steps.into_boxed_slice(),
            owned: planner.owned.into_inner().into_boxed_slice(),
            room: OnceLock::new(),
            ignores: planner.ignores,
        })
    })
}

/// The walk over one statement.
struct Planner<'a> {
    catalog: &'a FoldedCatalog,
    dialect: Dialect,
    viewer: Viewer,
    placeholders: Placeholders,
    scopes: Scopes,
    steps: Steps,
    fences: Fences<'a>,
    patterns: Vec<Pattern>,
    /// A table of the block has become a derived one.
    has_derived: bool,
    /// The locks of the block, as a table that becomes a derived one takes them.
    locks: Vec<ast::LockClause>,
    /// What a statement that joins several tables writes: these are no derived tables.
    written: Vec<Box<str>>,
    /// A table whose keys decide what is meant, and are not known.
    unkeyed: Option<TableName>,
    /// The tenant-owned tables that the statement names.
    owned: RefCell<Vec<OwnedTable>>,
    /// The statement fails with an error of its own on a row that is not the scope's.
    fails_on_others: bool,
    /// It is an `INSERT IGNORE`.
    ignores: bool,
    /// Where reserved words are names.
    exceptions: HashSet<Location>,
}

impl Planner<'_> {
    fn statement(&mut self, statement: &mut ast::Statement) -> Result<(), Error> {
        match statement {
            ast::Statement::Query(query) => self.query(query),
            ast::Statement::Insert(insert) => self.insert(insert),
            ast::Statement::Update(update) => self.update(update),
            ast::Statement::Delete(delete) => match self.soft_deletion(delete)? {
                Some(update) => {
                    *statement = ast::Statement::Update(update);
                    self.soft_delete(statement)
                }
                None => self.delete(delete),
            },
            other => Err(unsupported_statement(other)),
        }
    }
}

/// Puts `predicates` before `condition`, so that the database tests them first and a user
/// expression does not fail on another tenant's row. The user's own condition is parenthesised: its
/// `OR` stays inside.
fn conjoin(predicates: Vec<Expr>, condition: Option<Expr>) -> Option<Expr> {
    predicates
        .into_iter()
        .chain(condition.map(|condition| Expr::Nested(Box::new(condition))))
        .reduce(and)
}

/// Names the kind of statement by its first word, which is a keyword since it was parsed.
fn unsupported_statement(statement: &ast::Statement) -> Error {
    let text = statement.to_string();
    let keyword = text
        .split_whitespace()
        .next()
        .unwrap_or("statement")
        .to_ascii_uppercase();
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{keyword}` is not a scoped statement: run it on the plain connection, outside of any tenant"
        ),
    )
}
