//! Rows that belong to a user inside their tenant.

use sqlparser::ast::{BinaryOperator, Expr, Ident, ObjectName, Value};

use super::{ActorKind, Planner, equals, query::refuse_if};
use crate::{
    catalog::{IdColumn, IdKind, IdRole, Owned, Ownership},
    error::{Error, ErrorKind},
    sql::dialect::Dialect,
};

impl Planner<'_> {
    /// What the user reads, if that is not everything: own rows, and public ones.
    pub(super) fn visible_to_user(&mut self, qualifier: &Ident, owned: &Owned) -> Option<Expr> {
        let own = self.owned_by_user(qualifier, owned)?;
        let public = owned
            .ownership()
            .and_then(|ownership| ownership.public.as_deref());
        let Some(flag) = public else {
            return Some(own);
        };
        let flag = Expr::CompoundIdentifier(vec![qualifier.clone(), self.dialect.quoted(flag)]);
        let is_public = equals(flag, Expr::value(Value::Boolean(true)));
        Some(match self.viewer.actor {
            ActorKind::Guest => is_public,
            ActorKind::Service | ActorKind::Administrator | ActorKind::Member => {
                Expr::Nested(Box::new(Expr::BinaryOp {
                    left: Box::new(own),
                    op: BinaryOperator::Or,
                    right: Box::new(is_public),
                }))
            }
        })
    }

    /// What the user changes, if that is not everything.
    pub(super) fn owned_by_user(&mut self, qualifier: &Ident, owned: &Owned) -> Option<Expr> {
        let Ownership { user, public: _ } = owned.ownership()?;
        match self.viewer.actor {
            ActorKind::Service | ActorKind::Administrator => None,
            ActorKind::Member => Some(self.own_predicate(qualifier, user)),
            ActorKind::Guest => Some(Expr::value(Value::Boolean(false))),
        }
    }

    /// Whether this scope reads rows of its tenant that it may not change.
    pub(super) fn reads_more_of_tenant(&self, owned: &Owned) -> bool {
        let is_public = |ownership: &Ownership| ownership.public.is_some();
        (owned.ownership().is_some_and(is_public) || owned.editable().is_some())
            && matches!(self.viewer.actor, ActorKind::Member | ActorKind::Guest)
    }

    /// The columns that say whose a row is, as far as this scope is somebody's.
    pub(super) fn id_columns<'a>(&self, owned: &'a Owned) -> Vec<&'a IdColumn> {
        let user = owned.ownership().map(|ownership| &ownership.user);
        let user = user.filter(|_| {
            matches!(
                self.viewer.actor,
                ActorKind::Administrator | ActorKind::Member
            )
        });
        std::iter::once(owned.tenant()).chain(user).collect()
    }

    /// Whether this scope may say whose a row is, by this column. Where it says nothing, the row is
    /// its own.
    pub(super) fn chooses(&self, column: &IdColumn) -> bool {
        column.role() == IdRole::User && self.viewer.actor == ActorKind::Administrator
    }

    /// SQLite has other names for a column that is an `INTEGER PRIMARY KEY`.
    /// <https://www.sqlite.org/lang_createtable.html#rowid>
    pub(super) fn refuse_row_ids(
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
    /// [`ErrorKind::ForeignOwner`] where a row would be nobody's.
    pub(super) fn ensure_may_insert(&self, table: &str, owned: &Owned) -> Result<(), Error> {
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
}
