//! Rows that belong to a user inside their tenant.

use sqlparser::ast::ObjectName;

use crate::{
    error::{Error, ErrorKind, refuse_if},
    plan::{ActorKind, Planner},
    policy::{
        id::{IdColumn, IdKind, IdRole},
        table::TablePolicy,
    },
    sql::dialect::Dialect,
};

impl Planner<'_> {
    /// The columns that hold the tenant and, where this scope has a user, the owner of a row.
    pub(in crate::plan) fn id_columns<'a>(&self, owned: &'a TablePolicy) -> Vec<&'a IdColumn> {
        let user = owned.ownership().map(|ownership| &ownership.user);
        let user = user.filter(|_| {
            matches!(
                self.viewer.actor,
                ActorKind::Administrator | ActorKind::Member
            )
        });
        std::iter::once(owned.tenant()).chain(user).collect()
    }

    /// Whether this scope may give a row another owner, by this column. By default the row is
    /// its own.
    pub(in crate::plan) fn chooses(&self, column: &IdColumn) -> bool {
        column.role() == IdRole::User && self.viewer.actor == ActorKind::Administrator
    }

    /// SQLite has other names for a column that is an `INTEGER PRIMARY KEY`.
    /// <https://www.sqlite.org/lang_createtable.html#rowid>
    pub(in crate::plan) fn refuse_row_ids(
        &self,
        columns: &[ObjectName],
        ids: &[&IdColumn],
    ) -> Result<(), Error> {
        let is_integer =
            |column: &&IdColumn| matches!(column.kind(), IdKind::Int32 | IdKind::Int64);
        if self.dialect != Dialect::Sqlite || !ids.iter().any(is_integer) {
            return Ok(());
        }
        for name in columns {
            for alias in ["rowid", "_rowid_", "oid"] {
                let is_ours = ids
                    .iter()
                    .any(|column| column.name().eq_ignore_ascii_case(alias));
                let last = name.0.last().and_then(|part| part.as_ident());
                let is_alias = last.is_some_and(|last| last.value.eq_ignore_ascii_case(alias));
                refuse_if(
                    is_alias && !is_ours,
                    "writing `rowid`, `_rowid_` or `oid`, which may be the tenant or the owner column,",
                )?;
            }
        }
        Ok(())
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignOwner`] where a row would have no owner.
    pub(in crate::plan) fn ensure_may_insert(
        &self,
        table: &str,
        owned: &TablePolicy,
    ) -> Result<(), Error> {
        if owned.ownership().is_none() || self.viewer.actor != ActorKind::Guest {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ForeignOwner,
            format!(
                "the rows of `{table}` belong to users, and the context has no principal: authenticate the request"
            ),
        ))
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignOwner`] where a user who is no administrator would say which row a grant
    /// is for.
    pub(in crate::plan) fn ensure_may_grant(
        &self,
        table: &str,
        owned: &TablePolicy,
    ) -> Result<(), Error> {
        if !self.names_rows_of_users(owned) || self.viewer.shares {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ForeignOwner,
            format!(
                "`{table}` grants access to rows that belong to users: give a grant with `TenantEntity::share`, which looks whose the row is"
            ),
        ))
    }

    /// Whether rows of this table are grants for rows that may be another user's.
    pub(in crate::plan) fn names_rows_of_users(&self, owned: &TablePolicy) -> bool {
        owned
            .grants_for()
            .is_some_and(|purpose| purpose.user.is_some())
            && matches!(self.viewer.actor, ActorKind::Member | ActorKind::Guest)
    }
}
