//! Foreign keys that do not include the tenant, and those that replace them.

use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::{
    index::{Wanted, name},
    structure::rows,
};
use crate::{
    error::{Error, ErrorKind},
    sql::quote,
};

/// A foreign key between tenant-owned tables that does not include the tenant.
pub(super) struct ForeignKey {
    oid: i64,
    pub(super) source: String,
    source_oid: i64,
    pub(super) target: String,
    target_oid: i64,
    name: String,
    has_index: bool,
    /// The columns of the unique index that it needs.
    columns: String,
    wanted: String,
    is_convertible: bool,
}

/// The referencing table, or a partition of it.
pub(super) struct Part {
    pub(super) table: String,
    pub(super) is_partitioned: bool,
    /// Whether the new constraint was validated, if it is there.
    pub(super) validated: Option<bool>,
}

pub(super) async fn foreign_keys(
    owner: &impl ConnectionTrait,
    structure: &str,
) -> Result<Vec<ForeignKey>, DbErr> {
    let found = rows(
        owner,
        format!(
            "{structure} SELECT oid::bigint AS oid, conrelid::regclass::text AS source, conrelid::bigint AS source_oid,
                confrelid::regclass::text AS target, confrelid::bigint AS target_oid, conname::text AS name, has_key,
                format('(%I, %s)', foreign_tenant, foreign_columns) AS columns, wanted, is_convertible
             FROM wanted_keys WHERE conname !~ '^tenancy_fk_[0-9]+$' ORDER BY 2, 6"
        ),
    )
    .await?;
    let read = |row: QueryResult| {
        Ok(ForeignKey {
            oid: row.try_get("", "oid")?,
            source: row.try_get("", "source")?,
            source_oid: row.try_get("", "source_oid")?,
            target: row.try_get("", "target")?,
            target_oid: row.try_get("", "target_oid")?,
            name: row.try_get("", "name")?,
            has_index: row.try_get("", "has_key")?,
            columns: row.try_get("", "columns")?,
            wanted: row.try_get("", "wanted")?,
            is_convertible: row.try_get("", "is_convertible")?,
        })
    };
    found.into_iter().map(read).collect()
}

impl ForeignKey {
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when adding the tenant's columns would not keep what the key does.
    pub(super) fn ensure_convertible(&self) -> Result<(), Error> {
        if self.is_convertible {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Catalog,
            format!(
                "the foreign key {} cannot be given the tenant as it is: it has a tenant column on one side only, is MATCH FULL, was never validated, or sets columns \
                 to NULL or a default, which this server cannot limit to some of them; replace it by hand",
                self.shown()
            ),
        ))
    }

    pub(super) fn shown(&self) -> String {
        format!("{} of {}", self.name, self.source)
    }

    pub(super) async fn lacks_index(
        &self,
        owner: &impl ConnectionTrait,
        structure: &str,
    ) -> Result<bool, DbErr> {
        if self.has_index {
            return Ok(false);
        }
        let now = foreign_keys(owner, structure).await?;
        Ok(now.iter().any(|key| key.oid == self.oid && !key.has_index))
    }

    pub(super) fn index(&self) -> Wanted<'_> {
        Wanted {
            name: name(&self.target, self.target_oid, &self.columns, "key"),
            table: &self.target,
            table_oid: self.target_oid,
            is_unique: true,
            columns: &self.columns,
        }
    }

    /// What the new constraint is called until it takes the old one's place.
    fn new_name(&self) -> String {
        format!("tenancy_fk_{}", self.oid)
    }

    pub(super) async fn parts(&self, owner: &impl ConnectionTrait) -> Result<Vec<Part>, DbErr> {
        let found = rows(
            owner,
            format!(
                "WITH RECURSIVE tree(oid) AS (
                    SELECT {}::oid
                    UNION ALL
                    SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON t.oid = i.inhparent JOIN pg_class c ON c.oid = t.oid AND c.relkind = 'p'
                 )
                 SELECT c.oid::regclass::text AS table, c.relkind = 'p' AS is_partitioned, k.convalidated
                 FROM tree JOIN pg_class c USING (oid) LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = '{}'",
                self.source_oid,
                self.new_name()
            ),
        )
        .await?;
        let read = |row: QueryResult| {
            Ok(Part {
                table: row.try_get("", "table")?,
                is_partitioned: row.try_get("", "is_partitioned")?,
                validated: row.try_get("", "convalidated")?,
            })
        };
        found.into_iter().map(read).collect()
    }

    /// It holds for new rows at once, and for old ones when it is validated.
    pub(super) fn add(&self, part: &Part) -> String {
        format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID",
            part.table,
            self.new_name(),
            self.wanted
        )
    }

    pub(super) fn validate(&self, part: &Part) -> String {
        format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            part.table,
            self.new_name()
        )
    }

    /// The new constraint takes the old one's place and name.
    pub(super) async fn swap(&self, owner: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
        let (source, new) = (&self.source, self.new_name());
        let old = quote::identifier(&self.name);
        let mut swap = Vec::new();
        let parts = self.parts(owner).await?;
        if parts
            .iter()
            .any(|part| part.is_partitioned && part.table == *source && part.validated.is_none())
        {
            // The partitions' constraints, which are valid, become parts of it.
            let wanted = &self.wanted;
            swap.push(format!(
                "ALTER TABLE {source} ADD CONSTRAINT {new} {wanted}"
            ));
        }
        swap.push(format!("ALTER TABLE {source} DROP CONSTRAINT {old}"));
        swap.push(format!(
            "ALTER TABLE {source} RENAME CONSTRAINT {new} TO {old}"
        ));
        Ok(swap)
    }
}
