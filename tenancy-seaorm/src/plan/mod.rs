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
mod expr;
mod fence;
mod predicate;
mod read;
mod step;
mod viewer;
mod write;

#[cfg(test)]
mod tests;

use std::{cell::RefCell, collections::HashSet, sync::OnceLock};

use sqlparser::{
    ast::{self, Expr},
    tokenizer::Location,
};
pub(crate) use tenancy_core::ActorKind;

use crate::{
    catalog::FoldedCatalog,
    error::{Error, ErrorKind},
    policy::id::{IdColumn, IdKind, IdRole},
    sql::{
        dialect::Dialect,
        names::TableName,
        settle,
        text::{self, Parsed},
        tree::{and, is_default},
    },
};
pub(crate) use bind::Plan;
use bind::{Bound, Check, OwnedTable, Source, missing_tenant};
pub(crate) use cache::PlanCache;
pub(crate) use columns::Unlearned;
use columns::no_column;
use expr::pattern::Pattern;
use fence::{Above, Calm};
use read::names::CteScopes;
pub use step::{PlanExplanation, PlanStep, Scoping};

pub(crate) use bind::{Ids, Tenants};
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
        let is_closing = fence::is_closing(&statement, &calm);
        let mut planner = Planner {
            catalog,
            dialect,
            viewer,
            ctes: CteScopes::default(),
            uses: parsed.uses,
            checks: Vec::new(),
            bound: Vec::new(),
            steps: Vec::new(),
            private_names: Vec::new(),
            is_of_derived_tables: is_closing && fence::has_several_blocks(&statement, &calm),
            is_closing,
            has_fences: false,
            patterns: Vec::new(),
            is_wide: false,
            beside_failing: false,
            fails_on_others: false,
            above: Above::default(),
            has_derived: false,
            lock: String::new(),
            written: Vec::new(),
            exceptions: parsed.exceptions,
            unkeyed: None,
            owned: RefCell::default(),
            ignores: false,
            calm,
        };
        planner.statement(&mut statement)?;
        planner.ensure_names_are_tables()?;
        settle::settle(
            &mut statement,
            dialect,
            catalog.allowed(),
            &planner.exceptions,
        )?;
        let text::Printed { sql, order } = text::print(&statement, dialect, catalog.allowed())?;
        let unclassed = planner.calm.unlearned().into_boxed_slice();
        let beside = planner.calm.into_bound();
        Ok(Plan {
            sql: sql.into_boxed_str(),
            order,
            parameters: planner.uses.len(),
            checks: planner.checks.into_boxed_slice(),
            bound: planner.bound.into_boxed_slice(),
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
    ctes: CteScopes,
    /// How often each placeholder of the original text occurs.
    uses: Vec<u32>,
    checks: Vec<Check>,
    bound: Vec<Bound>,
    steps: Vec<PlanStep>,
    /// Tables that stand in our predicates, and not in the statement.
    private_names: Vec<TableName>,
    /// What never fails in the statement.
    calm: Calm<'a>,
    /// Queries in FROM are not flattened.
    is_closing: bool,
    /// Something may fail in a statement of several blocks, whose tables are derived ones on MySQL.
    is_of_derived_tables: bool,
    has_fences: bool,
    patterns: Vec<Pattern>,
    /// There is a table whose predicate is wide.
    is_wide: bool,
    /// Something of a block around may fail.
    beside_failing: bool,
    /// The statement fails with an error of its own on a row that is not the scope's.
    fails_on_others: bool,
    /// What stands above the query that comes next.
    above: Above,
    /// A table of the block has become a derived one.
    has_derived: bool,
    /// The lock of the block, as a table that becomes a derived one takes it: see [`lock::within`].
    lock: String,
    /// What a statement that joins several tables writes: these are no derived tables.
    written: Vec<Box<str>>,
    /// A table whose keys decide what is meant, and are not known.
    unkeyed: Option<TableName>,
    /// The tenant-owned tables that the statement names.
    owned: RefCell<Vec<OwnedTable>>,
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

    /// Requires that `value`, given for a column that says whose the row is, is the scope's.
    fn check_given(
        &mut self,
        value: &mut Expr,
        column: &IdColumn,
        table: &str,
        stamps_null: bool,
    ) -> Result<(), Error> {
        let stamps_null = stamps_null && self.stamps(column);
        if let Some(plain) = plain_literal(value) {
            *value = plain;
        }
        let given = match value {
            Expr::Value(literal) => match &literal.value {
                ast::Value::Placeholder(name) => {
                    let index = self.dialect.placeholder_index(name)?;
                    let used_once = self.uses.get(index).is_some_and(|uses| *uses == 1);
                    self.checks.push(Check {
                        given: Source::Value(index),
                        bound: Bound::of(column),
                        table: table.into(),
                        column: column.name().into(),
                        // A value that stands elsewhere too must not change there.
                        stamps_null: stamps_null && used_once,
                    });
                    return Ok(());
                }
                ast::Value::Null if stamps_null => None,
                ast::Value::Null if !self.stamps(column) => {
                    return Err(missing_tenant(table, column.name()));
                }
                ast::Value::Number(text, _) | ast::Value::SingleQuotedString(text) => {
                    Some(text.as_str().into())
                }
                // The bytes of a UUID, which are its digits: PostgreSQL has bits in this notation.
                ast::Value::HexStringLiteral(digits)
                    if column.kind() == IdKind::Uuid && self.dialect != Dialect::Postgres =>
                {
                    Some(digits.as_str().into())
                }
                _ => return Err(self.foreign_expression(table, column)),
            },
            Expr::Identifier(name) if stamps_null && is_default(name) => None,
            _ => return Err(self.foreign_expression(table, column)),
        };
        if let Some(text) = given {
            self.checks.push(Check {
                given: Source::Literal(text),
                bound: Bound::of(column),
                table: table.into(),
                column: column.name().into(),
                stamps_null: false,
            });
            if !self.stamps(column) {
                *value = self.given_placeholder(column);
                return Ok(());
            }
        }
        *value = self.id_placeholder(column);
        Ok(())
    }

    fn foreign_expression(&self, table: &str, column: &IdColumn) -> Error {
        let (kind, whose) = match column.role() {
            IdRole::Tenant if self.stamps(column) => (
                ErrorKind::ForeignTenant,
                "tenant column and was given an expression: leave it out, or bind the context's tenant id",
            ),
            IdRole::Tenant => (
                ErrorKind::ForeignTenant,
                "tenant column and was given an expression: bind the id of one of the elevation's tenants",
            ),
            IdRole::User => (
                ErrorKind::ForeignOwner,
                "owner column and was given an expression: leave it out, or bind the principal's subject",
            ),
        };
        Error::new(kind, format!("`{table}.{}` is the {whose}", column.name()))
    }
}

/// `(1)`, `+1` and `-1` as one number, or the constant in parentheses.
fn plain_literal(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Nested(inner) => Some(plain_literal(inner).unwrap_or_else(|| (**inner).clone())),
        Expr::UnaryOp { op, expr } => {
            let inner = plain_literal(expr).unwrap_or_else(|| (**expr).clone());
            let Expr::Value(literal) = inner else {
                return None;
            };
            let ast::Value::Number(text, is_long) = literal.value else {
                return None;
            };
            let text = match op {
                ast::UnaryOperator::Plus => text,
                ast::UnaryOperator::Minus => match text.strip_prefix('-') {
                    Some(positive) => positive.into(),
                    None => format!("-{text}"),
                },
                _ => return None,
            };
            Some(Expr::value(ast::Value::Number(text, is_long)))
        }
        _ => None,
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
