//! Ids of tenants and users, and the placeholders that they are bound to.

use sqlparser::ast::{Expr, Ident};

use super::super::{
    Planner,
    bind::{Bound, missing_tenant},
};
use crate::{
    error::{Error, ErrorKind},
    policy::id::{IdColumn, IdKind, IdRole},
    sql::{
        dialect::Dialect,
        tree::{and, bytes, collate, equals, in_list},
    },
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
    pub(in crate::plan) fn stamps(&self, column: &IdColumn) -> bool {
        column.role() == IdRole::User || self.viewer.reach == Reach::Own
    }

    /// That a column holds the scope's tenant, one of its tenants, or any.
    ///
    /// ```sql
    /// n."tenant_id" = $1
    /// n."tenant_id" IN ($1, $2)   -- an elevation's, in two tenants
    /// n."tenant_id" IS NOT NULL   -- an elevation's, in all
    /// ```
    pub(super) fn tenant_predicate(&mut self, row: &Ident, id: &IdColumn) -> Expr {
        match self.viewer.reach {
            Reach::Own | Reach::Chosen(1) => self.id_predicate(row, id),
            Reach::Chosen(count) => {
                let ids = self.placeholders.chosen(id, count);
                self.among_predicate(row, id, ids)
            }
            Reach::All => Expr::IsNotNull(Box::new(self.of_row(row, id.name()))),
        }
    }

    /// That a column holds the scope's id.
    ///
    /// Text compares byte by byte, whatever collation the column has: `Acme` and `acme` are two
    /// tenants. The first comparison is the one that an index answers.
    ///
    /// ```sql
    /// n."tenant_id" = $1 AND n."tenant_id" COLLATE "C" = $1           -- PostgreSQL
    /// n.`tenant_id` = ? AND CAST(n.`tenant_id` AS BINARY) = CAST(? AS BINARY)   -- MySQL
    /// n.`tenant_id` = ?1 COLLATE BINARY                               -- SQLite
    /// ```
    pub(super) fn id_predicate(&mut self, row: &Ident, id: &IdColumn) -> Expr {
        let column = self.of_row(row, id.name());
        let given = self.id_placeholder(id);
        match (self.dialect, id.kind()) {
            (Dialect::Sqlite, IdKind::Text) => equals(column, collate(given, binary_collation())),
            (Dialect::Postgres, IdKind::Text) => and(
                equals(column.clone(), given.clone()),
                equals(collate(column, c_collation()), given),
            ),
            (Dialect::MySql, IdKind::Text) => and(
                equals(column.clone(), given.clone()),
                equals(bytes(column), bytes(given)),
            ),
            (Dialect::Sqlite | Dialect::Postgres | Dialect::MySql, _) => equals(column, given),
        }
    }

    /// That a column holds one of several ids, in the same way.
    fn among_predicate(&self, row: &Ident, id: &IdColumn, ids: Vec<Expr>) -> Expr {
        let column = self.of_row(row, id.name());
        match (self.dialect, id.kind()) {
            // The left side's collation is the one that counts, and an index of another cannot be
            // used either way.
            (Dialect::Sqlite, IdKind::Text) => in_list(collate(column, binary_collation()), ids),
            (Dialect::Postgres, IdKind::Text) => and(
                in_list(column.clone(), ids.clone()),
                in_list(collate(column, c_collation()), ids),
            ),
            (Dialect::MySql, IdKind::Text) => and(
                in_list(column.clone(), ids.clone()),
                in_list(bytes(column), ids.into_iter().map(bytes).collect()),
            ),
            (Dialect::Sqlite | Dialect::Postgres | Dialect::MySql, _) => in_list(column, ids),
        }
    }

    /// The placeholder for the scope's id in a column like this.
    pub(in crate::plan) fn id_placeholder(&mut self, column: &IdColumn) -> Expr {
        self.placeholders.of(Bound::of(column))
    }

    /// # Errors
    ///
    /// [`ErrorKind::MissingTenant`] where rows would have to be given a tenant and the scope has
    /// several.
    pub(in crate::plan) fn ensure_stamps(
        &self,
        table: &str,
        column: &IdColumn,
    ) -> Result<(), Error> {
        if self.stamps(column) {
            return Ok(());
        }
        Err(missing_tenant(table, column.name()))
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignTenant`] where a row would go from one of several tenants to another.
    pub(in crate::plan) fn ensure_may_assign(
        &self,
        table: &str,
        column: &IdColumn,
    ) -> Result<(), Error> {
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

/// How SQLite compares bytes.
pub(super) fn binary_collation() -> Ident {
    Ident::new("BINARY")
}

/// How PostgreSQL compares bytes: under a collation of the database's own, different texts may be
/// equal.
pub(super) fn c_collation() -> Ident {
    Ident::with_quote('"', "C")
}
