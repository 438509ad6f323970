//! Rules that look into the rows of another table.

use sqlparser::ast::{Expr, Ident, ObjectName, TableFactor};

use super::{
    super::{Planner, bind::OwnedTable},
    ids::{binary_collation, c_collation},
};
use crate::{
    error::Error,
    policy::{
        id::{IdColumn, IdKind},
        rule::Listed,
    },
    sql::{
        dialect::Dialect,
        names::TableName,
        tree::{
            and, array_of, call, collate, equals, equals_any, exists, in_query, integer, nested,
            nested_or, select, table,
        },
    },
};

impl Planner<'_> {
    /// That some row of a list about tenants fits the row.
    ///
    /// Such a list is short, and the first condition is the one that an index of the rows answers,
    /// also below an `OR`; PostgreSQL evaluates the array once.
    ///
    /// ```sql
    /// a."id" = ANY(ARRAY(SELECT l."agent_id" FROM "agent_share" AS l WHERE l."grantee" = $1))
    ///   AND EXISTS (SELECT 1 FROM "agent_share" AS l WHERE l."grantee" = $1
    ///     AND l."agent_id" = a."id" AND l."tenant_id" = a."tenant_id")   -- PostgreSQL
    /// a."id" IN (SELECT …) AND EXISTS (SELECT 1 …)                       -- SQLite
    /// (a."id", a."tenant_id") IN (SELECT …)                              -- MySQL
    /// ```
    pub(super) fn in_tenants_list(&mut self, row: &Ident, list: &Listed) -> Result<Expr, Error> {
        let (alias, condition) = self.list(row, list)?;
        if self.dialect == Dialect::MySql {
            return Ok(self.row_among(row, list, &alias, condition));
        }
        let exists = self.one_exists(row, list, &alias, condition.clone());
        let Some((one, other)) = list.pairs.first() else {
            return Ok(exists);
        };
        let listed = vec![self.of_row(&alias, other.name())];
        let listed = select(listed, self.list_table(list, &alias), condition);
        let one = self.of_row(row, one.name());
        let is_listed = match self.dialect {
            Dialect::Postgres => equals_any(one, array_of(listed)),
            Dialect::Sqlite | Dialect::MySql => in_query(one, listed),
        };
        Ok(and(is_listed, exists))
    }

    /// That some row of a list about a user fits the row. It may be a long one.
    pub(super) fn in_users_list(&mut self, row: &Ident, list: &Listed) -> Result<Expr, Error> {
        let (alias, condition) = self.list(row, list)?;
        Ok(match self.dialect {
            Dialect::MySql => self.row_among(row, list, &alias, condition),
            Dialect::Sqlite | Dialect::Postgres => self.one_exists(row, list, &alias, condition),
        })
    }

    /// What the rows of a list are called, and what holds for those that count.
    fn list(&mut self, row: &Ident, list: &Listed) -> Result<(Ident, Expr), Error> {
        let alias = self.list_alias(row)?;
        self.scopes.reserve(list.table.clone());
        self.note_owned(OwnedTable {
            name: list.table.clone(),
            columns: list.ids().cloned().collect(),
        });
        let condition = self.predicate(&alias, &list.rule)?;
        Ok((alias, nested_or(condition)))
    }

    /// `EXISTS (SELECT 1 FROM list WHERE condition AND pairs are equal)`, byte by byte.
    fn one_exists(&self, row: &Ident, list: &Listed, alias: &Ident, condition: Expr) -> Expr {
        let same = list.pairs.iter().map(|(one, other)| {
            let name = self.of_row(row, one.name());
            let exact = match (self.dialect, one.kind()) {
                (Dialect::Sqlite, IdKind::Text) => collate(name, binary_collation()),
                (Dialect::Postgres, IdKind::Text) => collate(name, c_collation()),
                _ => name,
            };
            equals(self.of_row(alias, other.name()), exact)
        });
        let condition = same.fold(condition, and);
        exists(select(
            vec![integer(1)],
            self.list_table(list, alias),
            condition,
        ))
    }

    /// `(columns) IN (SELECT columns FROM list WHERE condition)`.
    ///
    /// MariaDB keeps what a correlated subquery yields by what it refers to, compared by the
    /// column's collation: so there is none, and text goes as its bytes.
    fn row_among(&self, row: &Ident, list: &Listed, alias: &Ident, condition: Expr) -> Expr {
        let exact = |row: &Ident, column: &IdColumn| {
            let name = self.of_row(row, column.name());
            match column.kind() {
                IdKind::Text => call("HEX", vec![name]),
                IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => name,
            }
        };
        let ours = list.pairs.iter().map(|(one, _)| exact(row, one));
        let theirs = list.pairs.iter().map(|(_, other)| exact(alias, other));
        let mut ours: Vec<_> = ours.collect();
        let ours = match ours.pop() {
            Some(only) if ours.is_empty() => nested(only),
            last => {
                ours.extend(last);
                Expr::Tuple(ours)
            }
        };
        in_query(
            ours,
            select(theirs.collect(), self.list_table(list, alias), condition),
        )
    }

    fn list_table(&self, list: &Listed, alias: &Ident) -> TableFactor {
        let TableName {
            schema,
            table: name,
        } = &list.table;
        let parts = schema.iter().chain([name]);
        let name = ObjectName::from(
            parts
                .map(|part| self.dialect.quoted(part))
                .collect::<Vec<_>>(),
        );
        table(name, None, Some(alias.clone()))
    }
}
