//! Which rows of a table a scope reads, and which it changes.

use sqlparser::ast::{Expr, Ident};

use super::{Planner, Reach, and};
use crate::{
    catalog::Owned,
    error::{Error, ErrorKind},
};

impl Planner<'_> {
    /// What holds for the rows of a table that this scope may read.
    pub(super) fn readable(&mut self, qualifier: &Ident, owned: &Owned) -> Result<Expr, Error> {
        if self.viewer.only_editable {
            return self.writable(qualifier, owned);
        }
        let mut own = self.present_predicate(qualifier, owned)?;
        if let Some(is_visible) = self.visible_to_user(qualifier, owned) {
            own = and(own, is_visible);
        }
        if let Some(is_users) = self.grants_own_rows(qualifier, owned)? {
            own = and(own, is_users);
        }
        let others = self.readable_of_others(qualifier, owned)?;
        self.or_of_others(own, others)
    }

    /// What holds for the rows of a table that this scope may change.
    pub(super) fn writable(&mut self, qualifier: &Ident, owned: &Owned) -> Result<Expr, Error> {
        let mut own = self.present_predicate(qualifier, owned)?;
        if let Some(is_users) = self.owned_by_user(qualifier, owned) {
            own = and(own, is_users);
        }
        if let Some(is_editable) = self.condition(qualifier, owned.editable())? {
            own = and(own, is_editable);
        }
        if let Some(is_users) = self.grants_own_rows(qualifier, owned)? {
            own = and(own, is_users);
        }
        Ok(own)
    }

    /// What holds for the tenant's rows that are there at all.
    fn present_predicate(&mut self, qualifier: &Ident, owned: &Owned) -> Result<Expr, Error> {
        let mut own = self.own_predicate(qualifier, owned.tenant());
        if let Some(deletion) = owned.deletion()
            && !self.viewer.sees_deleted
        {
            own = and(own, self.kept_predicate(qualifier, deletion));
        }
        if let Some(is_visible) = self.condition(qualifier, owned.visible())? {
            own = and(own, is_visible);
        }
        Ok(own)
    }

    /// Whether this scope reads rows of the table that it may not change.
    pub(super) fn reads_more(&self, owned: &Owned) -> bool {
        self.reads_of_others(owned)
            || (!self.viewer.only_editable && self.reads_more_of_tenant(owned))
    }

    /// Whether this scope reads rows of the table that are another tenant's.
    pub(super) fn reads_of_others(&self, owned: &Owned) -> bool {
        // Whoever reaches several tenants reads their rows, and no others.
        self.viewer.reach == Reach::Own && !self.viewer.only_editable && owned.is_read_by_others()
    }

    /// Names in our predicates are tables, and no common table expression stands for one.
    ///
    /// Which expressions are known where differs between the engines, so none in the whole
    /// statement may have such a name.
    pub(super) fn ensure_names_are_tables(&self) -> Result<(), Error> {
        for table in &self.private_names {
            if self
                .ctes
                .has_ever_had(&self.dialect.fold_stored(&table.table))
            {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "a common table expression is called `{}`, like the table that says who reads rows of others: give it another name",
                        table.table
                    ),
                ));
            }
        }
        Ok(())
    }
}
