//! How far a statement goes: in its own tenant, or in several.

use sqlparser::ast::{Expr, Ident, ObjectName, Value};

use super::{Bound, Planner, and, bind::missing_tenant, bytes};
use crate::{
    catalog::{IdColumn, IdKind, IdRole},
    error::{Error, ErrorKind},
    sql::dialect::Dialect,
};

/// The tenants whose rows a scope reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum Reach {
    #[default]
    Own,
    /// So many.
    Chosen(usize),
    All,
}

impl Planner<'_> {
    /// Whether the scope is one tenant's, which it puts into rows that do not say whose they are. A
    /// user is always one.
    pub(super) fn stamps(&self, column: &IdColumn) -> bool {
        column.role() == IdRole::User || self.viewer.reach == Reach::Own
    }

    /// `qualifier.column IN (ids)`, or that there is one. None where it is to be a single tenant's.
    ///
    /// Text compares byte by byte, as it does with a single one.
    pub(super) fn reach_predicate(&mut self, qualifier: &Ident, column: &IdColumn) -> Option<Expr> {
        let name = || {
            Expr::CompoundIdentifier(vec![qualifier.clone(), self.dialect.quoted(column.name())])
        };
        let (left, exact) = (name(), name());
        let count = match (column.role(), self.viewer.reach) {
            (IdRole::User, _) | (IdRole::Tenant, Reach::Own | Reach::Chosen(1)) => return None,
            (IdRole::Tenant, Reach::Chosen(count)) => count,
            (IdRole::Tenant, Reach::All) => return Some(Expr::IsNotNull(Box::new(left))),
        };
        let ids = self.chosen_placeholders(column, count);
        let collated = |name| Expr::Collate {
            expr: Box::new(exact.clone()),
            collation: ObjectName::from(vec![name]),
        };
        Some(match (self.dialect, column.kind()) {
            // The left side's collation is the one that counts, and an index of another cannot be
            // used either way.
            (Dialect::Sqlite, IdKind::Text) => in_list(collated(Ident::new("BINARY")), ids),
            (Dialect::Postgres, IdKind::Text) => and(
                in_list(left, ids.clone()),
                in_list(collated(Ident::with_quote('"', "C")), ids),
            ),
            (Dialect::MySql, IdKind::Text) => and(
                in_list(left, ids.clone()),
                in_list(bytes(exact), ids.into_iter().map(bytes).collect()),
            ),
            (Dialect::Sqlite | Dialect::Postgres | Dialect::MySql, _) => in_list(left, ids),
        })
    }

    /// Placeholders for the chosen tenants in a column like this, which follow one another.
    fn chosen_placeholders(&mut self, column: &IdColumn, count: usize) -> Vec<Expr> {
        let first = Bound::of(column);
        let known = self.bound.iter().position(|known| *known == first);
        let start = known.unwrap_or_else(|| {
            let ids = (0..count).map(|index| Bound::nth(column, index));
            let start = self.bound.len();
            self.bound.extend(ids);
            start
        });
        let positions = start..start + count;
        positions.map(|position| self.bound_at(position)).collect()
    }

    /// The placeholder for the constant that was checked last.
    pub(super) fn given_placeholder(&mut self, column: &IdColumn) -> Expr {
        let check = self.checks.len().saturating_sub(1);
        self.bound.push(Bound::given(column, check));
        self.bound_at(self.bound.len() - 1)
    }

    /// The placeholder for what is bound at this position, from 0, after the original values.
    pub(super) fn bound_at(&self, position: usize) -> Expr {
        let number = self.uses.len() + position + 1;
        Expr::value(Value::Placeholder(self.dialect.placeholder(number)))
    }

    /// # Errors
    ///
    /// [`ErrorKind::MissingTenant`] where rows would have to be given a tenant and the scope has
    /// several.
    pub(super) fn ensure_stamps(&self, table: &str, column: &IdColumn) -> Result<(), Error> {
        if self.stamps(column) {
            return Ok(());
        }
        Err(missing_tenant(table, column.name()))
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignTenant`] where a row would go from one of several tenants to another.
    pub(super) fn ensure_may_assign(&self, table: &str, column: &IdColumn) -> Result<(), Error> {
        if self.stamps(column) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ForeignTenant,
            format!(
                "an elevated connection does not move rows between tenants: leave `{table}.{}` as it is",
                column.name()
            ),
        ))
    }
}

fn in_list(expr: Expr, list: Vec<Expr>) -> Expr {
    Expr::InList {
        expr: Box::new(expr),
        list,
        negated: false,
    }
}
