//! Row locks fall on rows that may be changed only. All tenants read the rows of a reference table,
//! so none may lock them; nor may a user lock those of another, which may be public.

use sqlparser::ast::{LockClause, Query, SetExpr, TableFactor, TableWithJoins};

use super::names::{Resolved, qualifier};
use crate::{
    error::{Error, ErrorKind},
    plan::{Planner, Reach},
    sql::dialect::Dialect,
};

/// What a derived table that stands for one of a locked block ends with.
///
/// PostgreSQL's locks reach into derived tables. MySQL's do not:
///
/// ```sql
/// SELECT n.id FROM note n LEFT JOIN tag t USING (id) FOR UPDATE
/// SELECT n.id FROM (SELECT * FROM note WHERE … FOR UPDATE) AS n LEFT JOIN … FOR UPDATE
/// ```
///
/// <https://dev.mysql.com/doc/refman/8.4/en/innodb-locking-reads.html>
pub(in crate::plan) fn within(dialect: Dialect, locks: &[LockClause]) -> Vec<LockClause> {
    if dialect != Dialect::MySql {
        return Vec::new();
    }
    let within = |lock: &LockClause| LockClause {
        of: None,
        ..lock.clone()
    };
    locks.iter().map(within).collect()
}

impl Planner<'_> {
    /// # Errors
    ///
    /// [`ErrorKind::ReadOnlyTable`] where a lock would fall on rows that may not be changed.
    pub(in crate::plan) fn ensure_may_lock(
        &self,
        locks: &[LockClause],
        body: &SetExpr,
    ) -> Result<(), Error> {
        for LockClause {
            lock_type: _,
            of,
            nonblock: _,
        } in locks
        {
            let of = of
                .as_ref()
                .map(|name| qualifier(self.dialect, name, None))
                .transpose()?;
            let of = of
                .as_ref()
                .map(|name| self.dialect.fold(name))
                .transpose()?;
            if self.locks_shared_rows(body, of.as_deref())? {
                return Err(Error::new(
                    ErrorKind::ReadOnlyTable,
                    "rows of a table that serves all tenants, and rows that other users own, may not be locked: name the table to be locked, as in `FOR UPDATE OF note`",
                ));
            }
        }
        Ok(())
    }

    /// Whether a lock on the tables of this body, or on the one of that name, reaches a reference
    /// table.
    fn locks_shared_rows(&self, body: &SetExpr, of: Option<&str>) -> Result<bool, Error> {
        match body {
            SetExpr::Select(select) => self.any_shared(&select.from, of),
            SetExpr::Query(query) => self.query_reads_shared(query),
            SetExpr::SetOperation { left, right, .. } => {
                Ok(self.locks_shared_rows(left, None)? || self.locks_shared_rows(right, None)?)
            }
            SetExpr::Values(_)
            | SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Ok(false),
        }
    }

    fn any_shared(&self, from: &[TableWithJoins], of: Option<&str>) -> Result<bool, Error> {
        for tree in from {
            let joined = tree.joins.iter().map(|join| &join.relation);
            for factor in std::iter::once(&tree.relation).chain(joined) {
                if self.reads_shared(factor, of)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn reads_shared(&self, factor: &TableFactor, of: Option<&str>) -> Result<bool, Error> {
        let is_meant = |alias: &sqlparser::ast::Ident| -> Result<bool, Error> {
            Ok(match of {
                Some(of) => *self.dialect.fold(alias)? == *of,
                None => true,
            })
        };
        match factor {
            TableFactor::Table { name, alias, .. } => {
                let known_as =
                    qualifier(self.dialect, name, alias.as_ref().map(|alias| &alias.name))?;
                let is_shared = match self.resolve(name)? {
                    Resolved::Cte(_) => false,
                    // The writer of a reserved table works for every tenant.
                    Resolved::Owned(owned) => {
                        owned.reserved().is_some()
                            || (owned.is_read_only() && self.viewer.reach == Reach::Own)
                            || self.viewer.reads_more(owned)
                    }
                    Resolved::Reference => !self.viewer.is_platform,
                };
                Ok(is_shared && is_meant(&known_as)?)
            }
            // A lock on a derived table falls on the tables in it.
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let is_meant = match alias {
                    Some(alias) => is_meant(&alias.name)?,
                    None => of.is_none(),
                };
                Ok(is_meant && self.query_reads_shared(subquery)?)
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.any_shared(std::slice::from_ref(table_with_joins), of),
            // Refused where they stand.
            _ => Ok(false),
        }
    }

    fn query_reads_shared(&self, query: &Query) -> Result<bool, Error> {
        self.locks_shared_rows(&query.body, None)
    }
}
