//! What tables of one catalog have to do with each other.

use super::{Entries, Table};
use crate::{
    error::{Error, ErrorKind},
    policy::{
        id::IdColumn,
        rule::LIST,
        sharing::{GrantPlace, GrantTable, GrantsFor},
        table::TablePolicy,
    },
    sql::names::TableName,
};

impl Entries {
    /// Finds the tables that say who reads the rows of others.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when such a table is not there, or not what it has to be.
    pub(super) fn link(&mut self) -> Result<(), Error> {
        let mut names: Vec<_> = self.tables.keys().cloned().collect();
        names.sort_unstable();
        for name in names {
            let Some(Table::Owned(owned)) = self.tables.get(&name) else {
                continue;
            };
            let mut owned = owned.clone();
            if owned.is_read_by_others() && name.table.eq_ignore_ascii_case(LIST) {
                let why = format!(
                    "a table that others read cannot be called `{LIST}`: it is the name of their lists"
                );
                return Err(Error::new(ErrorKind::Catalog, why));
            }
            self.check_provision(&name, &owned)?;
            let Some(sharing) = &mut owned.sharing else {
                continue;
            };
            match &mut sharing.grants {
                GrantPlace::None => {}
                GrantPlace::Array(ids) | GrantPlace::Json(ids) => {
                    ensure_same(&name, &owned.tenant, ids)?;
                }
                GrantPlace::Table(grants) => {
                    let key = owned.key.clone();
                    let key = key.unwrap_or_else(|| grants.resource.renamed("id"));
                    ensure_same(&grants.name, &key, &grants.resource)?;
                    ensure_same(&grants.name, &owned.tenant, &grants.grantee)?;
                    grants.giver = Some(self.check_grants(&name, grants)?);
                    let purpose = GrantsFor {
                        table: name.clone(),
                        key: key.clone(),
                        resource: grants.resource.clone(),
                        grantee: grants.grantee.clone(),
                        user: owned.ownership.as_ref().map(|of| of.user.clone()),
                        tenant: owned.tenant.clone(),
                    };
                    owned.key = Some(key);
                    if let Some(Table::Owned(table)) = self.tables.get_mut(&grants.name) {
                        table.grants_for = Some(Box::new(purpose));
                    }
                }
            }
            self.tables.insert(name, Table::Owned(owned));
        }
        Ok(())
    }

    /// The column that holds the tenant of a grant.
    fn check_grants(&self, table: &TableName, grants: &GrantTable) -> Result<IdColumn, Error> {
        let mistake = |why: &str| {
            Err(Error::new(
                ErrorKind::Catalog,
                format!(
                    "the grants of `{}` stand in `{}`, {why}",
                    table.table, grants.name.table
                ),
            ))
        };
        let Some(Table::Owned(owned)) = self.tables.get(&grants.name) else {
            return mistake("which is not in the catalog as a tenant-owned table");
        };
        if !owned.is_plain() {
            return mistake(
                "whose rows have a policy or a purpose of their own: grants belong to the tenant that gives them, and to nobody else",
            );
        }
        if owned.tenant.name() == grants.grantee.name() {
            return mistake("where the grantee stands in the column of the tenant that gives");
        }
        let tenant = match self.tables.get(table) {
            Some(Table::Owned(shared)) => &shared.tenant,
            Some(Table::Reference) | None => return mistake("and are of no such table"),
        };
        ensure_same(&grants.name, tenant, &owned.tenant)?;
        Ok(owned.tenant.clone())
    }

    fn check_provision(&self, table: &TableName, owned: &TablePolicy) -> Result<(), Error> {
        let Some(provision) = &owned.provision else {
            return Ok(());
        };
        if !matches!(self.tables.get(&provision.table), Some(Table::Reference)) {
            return Err(Error::new(
                ErrorKind::Catalog,
                format!(
                    "the assignments of `{}` stand in `{}`, which is not in the catalog as a reference table: only the platform may write them",
                    table.table, provision.table.table
                ),
            ));
        }
        ensure_same(&provision.table, &owned.tenant, &provision.provider)?;
        ensure_same(&provision.table, &owned.tenant, &provision.user)
    }
}

/// Ids that are compared are of one kind.
fn ensure_same(table: &TableName, one: &IdColumn, other: &IdColumn) -> Result<(), Error> {
    if one.kind() == other.kind() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Catalog,
        format!(
            "`{}.{}` holds ids of kind {:?}, and what they are compared with, in `{}`, is of kind {:?}",
            table.table,
            other.name(),
            other.kind(),
            one.name(),
            one.kind(),
        ),
    ))
}
