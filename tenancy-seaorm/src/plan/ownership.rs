//! Rows that belong to a user inside their tenant.

use sqlparser::ast::{BinaryOperator, Expr, Ident, Value};

use super::{Planner, Standing, equals};
use crate::{
    Error, ErrorKind,
    catalog::{IdColumn, Owned, Ownership},
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
        Some(match self.authority.standing {
            Standing::Guest => is_public,
            Standing::Administrator | Standing::Member => Expr::Nested(Box::new(Expr::BinaryOp {
                left: Box::new(own),
                op: BinaryOperator::Or,
                right: Box::new(is_public),
            })),
        })
    }

    /// What the user changes, if that is not everything.
    pub(super) fn owned_by_user(&mut self, qualifier: &Ident, owned: &Owned) -> Option<Expr> {
        let Ownership { user, public: _ } = owned.ownership()?;
        match self.authority.standing {
            Standing::Administrator => None,
            Standing::Member => Some(self.is_own(qualifier, user)),
            Standing::Guest => Some(Expr::value(Value::Boolean(false))),
        }
    }

    /// Whether rows of this table may be other users', whom this scope has to leave alone.
    pub(super) fn minds_owners(&self, owned: &Owned) -> bool {
        owned.ownership().is_some() && self.authority.standing != Standing::Administrator
    }

    /// The columns that say whose a row is, as far as this scope may not choose.
    pub(super) fn id_columns<'a>(&self, owned: &'a Owned) -> Vec<&'a IdColumn> {
        let user = owned.ownership().map(|ownership| &ownership.user);
        let user = user.filter(|_| self.authority.standing == Standing::Member);
        std::iter::once(owned.tenant()).chain(user).collect()
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignOwner`] where a row would be nobody's.
    pub(super) fn ensure_may_insert(&self, table: &str, owned: &Owned) -> Result<(), Error> {
        if owned.ownership().is_none() || self.authority.standing != Standing::Guest {
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
