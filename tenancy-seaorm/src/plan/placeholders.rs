//! The placeholders of a statement: those of its text, and those that are bound besides.

use sqlparser::ast::{Expr, Value};

use super::bind::{Bound, Check};
use crate::{policy::id::IdColumn, sql::dialect::Dialect};

/// What a plan binds, and what it compares before it does.
#[derive(Debug)]
pub(super) struct Placeholders {
    dialect: Dialect,
    /// How often each placeholder of the original text occurs.
    uses: Vec<u32>,
    /// What is bound after the original values.
    bound: Vec<Bound>,
    checks: Vec<Check>,
}

impl Placeholders {
    pub(super) fn new(dialect: Dialect, uses: Vec<u32>) -> Self {
        Self {
            dialect,
            uses,
            bound: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// How many values the original text has placeholders for.
    pub(super) fn parameters(&self) -> usize {
        self.uses.len()
    }

    /// Whether a placeholder of the original text, by its index, stands there once.
    pub(super) fn is_used_once(&self, index: usize) -> bool {
        self.uses.get(index).is_some_and(|uses| *uses == 1)
    }

    /// The placeholder for an id. One per kind: a parameter has one type on PostgreSQL.
    pub(super) fn of(&mut self, bound: Bound) -> Expr {
        let position = self
            .bound
            .iter()
            .position(|known| *known == bound)
            .unwrap_or_else(|| {
                self.bound.push(bound);
                self.bound.len() - 1
            });
        self.at(position)
    }

    /// Placeholders for the chosen tenants in a column like this, which follow one another.
    pub(super) fn chosen(&mut self, column: &IdColumn, count: usize) -> Vec<Expr> {
        let first = Bound::of(column);
        let known = self.bound.iter().position(|known| *known == first);
        let start = known.unwrap_or_else(|| {
            let ids = (0..count).map(|index| Bound::nth(column, index));
            let start = self.bound.len();
            self.bound.extend(ids);
            start
        });
        let positions = start..start + count;
        positions.map(|position| self.at(position)).collect()
    }

    /// Requires something of a value before it is bound.
    pub(super) fn check(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// The placeholder for the constant that was checked last.
    pub(super) fn of_checked(&mut self, column: &IdColumn) -> Expr {
        let check = self.checks.len().saturating_sub(1);
        self.bound.push(Bound::given(column, check));
        self.at(self.bound.len() - 1)
    }

    /// The placeholder for what is bound at this position, from 0, after the original values.
    fn at(&self, position: usize) -> Expr {
        let number = self.uses.len() + position + 1;
        Expr::value(Value::Placeholder(self.dialect.placeholder(number)))
    }

    pub(super) fn into_parts(self) -> (Box<[Bound]>, Box<[Check]>) {
        (
            self.bound.into_boxed_slice(),
            self.checks.into_boxed_slice(),
        )
    }
}
