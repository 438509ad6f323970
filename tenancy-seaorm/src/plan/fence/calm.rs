//! What never fails, on which engine and for which operands. Everything else may.
//!
//! Whether an expression has a column does not matter: engines evaluate `score > exp(1000)` row by
//! row, and after other conditions that tell of the row. Small constants are calm: numbers of a few
//! digits, and times some years from now.

mod block;
mod call;
mod named;
mod operand;
mod own;
mod postgres;
mod search;
mod strict;

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    ops::ControlFlow,
};

use sqlparser::ast::{
    BinaryOperator, Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Select,
    Statement, UnaryOperator, Value, Visit,
};

use super::has_query;
use crate::{
    catalog::{Class, FoldedCatalog},
    error::Error,
    sql::{dialect::Dialect, names::TableName},
};
use named::Named;
use operand::{Operand, is_comparison};
pub(in super::super) use own::OfBuffer;
pub(in super::super) use postgres::{DEPTH, nests};
pub(in super::super) use search::is_aggregate;

/// What has to hold of a value that is bound, for a comparison with it to be calm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Fit {
    /// MySQL does not convert it for a column of this class.
    Class(Class),
    /// A floating point number holds it.
    Float,
    /// It is not nested deeper than PostgreSQL's stack.
    Document,
}

/// What is known about the names of a statement.
pub(in super::super) struct Calm<'a> {
    dialect: Dialect,
    catalog: &'a FoldedCatalog,
    named: Named,
    /// Strict mode makes an error of text that is compared with a number.
    /// <https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict>
    compares_strictly: bool,
    /// There is a table whose columns the database has not been asked about.
    is_unlearned: bool,
    /// What such columns hold would have made a difference.
    has_guessed: Cell<bool>,
    /// Collations make a difference, which the database alone knows.
    needs_facts: Cell<bool>,
    /// The values that are calm beside a column of a class as long as they fit it, by index.
    beside: RefCell<Vec<(usize, Fit)>>,
    /// The names that are being looked up, each of which may stand for others.
    sought: RefCell<HashSet<Box<str>>>,
    /// The names that a statement gives to expressions that may fail.
    failing: HashSet<Box<str>>,
    /// The names of common table expressions that may fail once they are read.
    failing_ctes: HashSet<Box<str>>,
}

impl<'a> Calm<'a> {
    pub(in super::super) fn of(
        statement: &Statement,
        dialect: Dialect,
        catalog: &'a FoldedCatalog,
    ) -> Result<Self, Error> {
        let mut calm = Self {
            dialect,
            catalog,
            named: Named::of(statement, dialect)?,
            compares_strictly: dialect == Dialect::MySql
                && !matches!(statement, Statement::Query(_)),
            is_unlearned: false,
            has_guessed: Cell::new(false),
            needs_facts: Cell::new(false),
            beside: RefCell::default(),
            sought: RefCell::default(),
            failing: HashSet::new(),
            failing_ctes: HashSet::new(),
        };
        calm.is_unlearned = !calm.unclassed().is_empty();
        calm.find_failing();
        Ok(calm)
    }

    /// Finds what may fail by its name: an alias stands for its expression in the conditions of
    /// SQLite, and in `HAVING` on MySQL; a common table expression fails where it is read. Each may
    /// be read by others. Which of one name is meant is not asked.
    fn find_failing(&mut self) {
        loop {
            let named = &self.named;
            let aliases: Vec<_> = named
                .expressions
                .iter()
                .filter(|(name, expr)| !self.failing.contains(name) && self.fails(expr))
                .map(|(name, _)| name.clone())
                .collect();
            let ctes: Vec<_> = named
                .ctes
                .iter()
                .filter(|(name, query)| !self.failing_ctes.contains(name) && self.any_fails(query))
                .map(|(name, _)| name.clone())
                .collect();
            if aliases.is_empty() && ctes.is_empty() {
                return;
            }
            self.failing.extend(aliases);
            self.failing_ctes.extend(ctes);
        }
    }

    /// Whether reading what goes by this name may fail.
    fn is_failing_cte(&self, name: &ObjectName) -> bool {
        self.is_one(name, |name| self.failing_ctes.contains(name))
    }

    /// How many blocks the statement has.
    pub(in super::super) fn blocks(&self) -> usize {
        self.named.blocks
    }

    /// Whether there is a common table expression of this name.
    fn is_cte(&self, name: &ObjectName) -> bool {
        self.is_one(name, |name| {
            self.named.ctes.iter().any(|(cte, _)| **cte == *name)
        })
    }

    /// Of a name with a schema, this is never so.
    fn is_one(&self, name: &ObjectName, is_so: impl Fn(&str) -> bool) -> bool {
        match name.0.as_slice() {
            [ObjectNamePart::Identifier(only)] => {
                self.dialect.fold(only).is_ok_and(|name| is_so(&name))
            }
            _ => false,
        }
    }

    /// The values that have to fit a column beside which they stand, by index.
    pub(in super::super) fn into_bound(self) -> Box<[(usize, Fit)]> {
        let mut beside = self.beside.into_inner();
        beside.sort_unstable();
        beside.dedup();
        beside.into_boxed_slice()
    }

    /// The tables whose columns have to be known to tell what may fail, and are not.
    pub(in super::super) fn unlearned(&self) -> Vec<TableName> {
        if self.needs_facts.get() && self.dialect == Dialect::Postgres {
            let known = self.catalog.columns();
            let is_open = |table: &&TableName| {
                self.catalog.table(table).is_some() && !known.is_learned(table)
            };
            return self.named.tables.iter().filter(is_open).cloned().collect();
        }
        match self.has_guessed.get() {
            true => self.unclassed(),
            false => Vec::new(),
        }
    }

    fn unclassed(&self) -> Vec<TableName> {
        if self.dialect == Dialect::Sqlite
            || (self.dialect == Dialect::MySql && !self.compares_strictly)
        {
            return Vec::new();
        }
        let known = self.catalog.columns();
        let is_open =
            |table: &&TableName| self.catalog.table(table).is_some() && !known.has_classes(table);
        self.named.tables.iter().filter(is_open).cloned().collect()
    }

    /// Whether something in an expression may fail on the values of some row, in its subqueries
    /// too.
    pub(in super::super) fn fails(&self, expr: &Expr) -> bool {
        search::finds(self, expr, None)
    }

    /// The same outside of the arguments of aggregates, which see no rows but those that conditions
    /// have left.
    pub(in super::super) fn fails_outside_aggregates(&self, expr: &Expr, select: &Select) -> bool {
        search::finds(self, expr, Some(select))
    }

    /// The same of a query or a part of FROM.
    pub(in super::super) fn any_fails(&self, tree: &impl Visit) -> bool {
        search::finds(self, tree, None)
    }

    /// Whether a query stands in a part of a statement and may fail there.
    pub(in super::super) fn asks(&self, part: &impl Visit) -> bool {
        has_query(part) && self.any_fails(part)
    }

    /// Whether an expression may fail, apart from its parts.
    fn may_fail(&self, expr: &Expr) -> bool {
        if self.dialect == Dialect::Postgres {
            return !self.is_calm_on_postgres(expr);
        }
        if self.compares_strictly {
            return !self.is_calm_strictly(expr);
        }
        let is_sqlite = self.dialect == Dialect::Sqlite;
        match expr {
            Expr::Identifier(name) => self
                .dialect
                .column(name)
                .is_ok_and(|name| self.failing.contains(&name)),
            Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Case { .. }
            | Expr::Nested(_)
            | Expr::Exists { .. }
            | Expr::Tuple(_)
            | Expr::Collate { .. }
            | Expr::Rollup(_) => false,
            // SQLite takes 12 bytes for each character that may be cut off, of which it has a
            // thousand millions.
            Expr::Trim {
                trim_what,
                trim_characters,
                ..
            } => {
                let others = trim_characters.iter().flatten();
                let mut cut = trim_what.as_deref().into_iter().chain(others);
                is_sqlite && !cut.all(is_brief)
            }
            Expr::UnaryOp { op, expr } => match op {
                UnaryOperator::Not | UnaryOperator::BangNot | UnaryOperator::Plus => false,
                UnaryOperator::Minus if is_constant(expr) => false,
                UnaryOperator::Minus | UnaryOperator::BitwiseNot => !is_sqlite,
                _ => true,
            },
            Expr::BinaryOp { op, right, .. } => self.operator_fails(op, right),
            Expr::AnyOp { compare_op, .. } | Expr::AllOp { compare_op, .. } => {
                !is_comparison(compare_op)
            }
            // Of patterns, those that are written out or bound are looked at.
            Expr::Like {
                pattern,
                any,
                escape_char,
                ..
            }
            | Expr::ILike {
                pattern,
                any,
                escape_char,
                ..
            } => *any || !is_constant(pattern) || !escape_char.as_deref().is_none_or(is_character),
            Expr::Cast { .. } => !is_sqlite,
            Expr::Function(function) => !self.is_calm_call(function),
            // SQLite takes the first row of several.
            Expr::Subquery(query) => !is_sqlite && !self.yields_one_row(query),
            _ => true,
        }
    }

    fn operator_fails(&self, op: &BinaryOperator, right: &Expr) -> bool {
        match op {
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor => false,
            _ if is_comparison(op) => false,
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight => self.dialect != Dialect::Sqlite,
            BinaryOperator::Glob => !is_constant(right),
            // `||` too: the text may be too long.
            _ => true,
        }
    }

    /// Whether MySQL takes an expression for true or false without reading text as a number, where
    /// it does so strictly.
    pub(in super::super) fn is_condition(&self, expr: &Expr) -> bool {
        if !self.compares_strictly {
            return true;
        }
        match expr {
            Expr::Nested(inner) => self.is_condition(inner),
            Expr::Value(value) => matches!(
                value.value,
                Value::Number(..) | Value::Boolean(_) | Value::Null
            ),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::RLike { .. }
            | Expr::Exists { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. } => true,
            Expr::UnaryOp { op, .. } => {
                matches!(op, UnaryOperator::Not | UnaryOperator::BangNot)
            }
            Expr::BinaryOp { op, .. } => {
                is_comparison(op)
                    || matches!(
                        op,
                        BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor
                    )
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => matches!(
                self.class(expr),
                Operand::Unlearned
                    | Operand::Of(
                        Class::Integer
                            | Class::Decimal
                            | Class::Float
                            | Class::Boolean
                            | Class::Time
                    )
            ),
            _ => false,
        }
    }

    /// Whether a join compares texts whose collations PostgreSQL tries on the statistics of all
    /// tenants, before anything could keep it from them.
    pub(in super::super) fn joins_collations(&self, join: &JoinOperator) -> bool {
        if self.dialect != Dialect::Postgres {
            return false;
        }
        let is_collated = |name: &Ident| self.column(name) == Operand::Of(Class::Collated);
        match super::on(join) {
            Some(JoinConstraint::Using(columns)) => columns.iter().any(|name| {
                let name = name.0.last().and_then(|part| part.as_ident());
                name.is_some_and(is_collated)
            }),
            Some(JoinConstraint::Natural) => {
                self.needs_facts.set(true);
                let known = self.catalog.columns();
                let mut tables = self.named.tables.iter();
                tables.any(|table| known.has(table, Class::Collated))
            }
            Some(JoinConstraint::On(condition)) if matches!(join, JoinOperator::FullOuter(_)) => {
                sqlparser::ast::visit_expressions(condition, |expr| {
                    match column_name(expr).is_some_and(is_collated) {
                        true => ControlFlow::Break(()),
                        false => ControlFlow::Continue(()),
                    }
                })
                .is_break()
            }
            _ => false,
        }
    }

    /// Whether a join by columns of these names may fail or convert them; by whatever columns, for
    /// `NATURAL`.
    pub(in super::super) fn join_fails(&self, columns: Option<&[ObjectName]>) -> bool {
        match (self.dialect, columns) {
            (Dialect::Sqlite, _) => false,
            (Dialect::MySql, _) => self.compares_strictly,
            (Dialect::Postgres, None) => true,
            (Dialect::Postgres, Some(columns)) => columns.iter().any(|name| {
                let name = name.0.last().and_then(|part| part.as_ident());
                !matches!(
                    name.map(|name| self.column(name)),
                    Some(
                        Operand::Unlearned
                            | Operand::Of(
                                Class::Integer | Class::Text | Class::Uuid | Class::Boolean
                            )
                    )
                )
            }),
        }
    }
}

/// One character, written out.
fn is_character(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                text.chars().count() == 1
            }
            _ => false,
        },
        _ => false,
    }
}

/// A short text, written out.
fn is_brief(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value)
        if matches!(&value.value, Value::SingleQuotedString(text) if text.len() <= 100))
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

/// The column that an expression is.
fn column_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}
