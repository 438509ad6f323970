//! Unique keys that do not include the tenant, and those that replace them.

use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::{index::Wanted, structure::rows};
use crate::{
    error::{Error, ErrorKind},
    sql::quote,
};

/// A unique index that does not include the tenant.
pub(super) struct UniqueIndex {
    oid: i64,
    pub(super) table: String,
    table_oid: i64,
    is_partitioned: bool,
    /// Quoted, as all but the name of the index itself.
    schema: String,
    name: String,
    is_constraint: bool,
    is_primary: bool,
    replacement: Replacement,
    /// The columns of the index that replaces it, and what follows them.
    columns: String,
    deferrable: String,
    /// Whether replication knows rows by it.
    is_identity: bool,
}

enum Replacement {
    /// An index that is built for it.
    New,
    /// One that is there and has the tenant besides the same columns.
    Twin(String),
    /// Such a one, which needs no name of this one's.
    None,
}

/// Those that the doctor warns of, which leaves out primary keys of one column that no tenant
/// chooses. The primary key of a partitioned table cannot be replaced without building it anew, and
/// stays.
pub(super) async fn unique_indexes(
    owner: &impl ConnectionTrait,
    structure: &str,
) -> Result<Vec<UniqueIndex>, DbErr> {
    let found = rows(
        owner,
        format!(
            "{structure} SELECT u.oid::bigint AS oid, u.indrelid::regclass::text AS table, u.indrelid::bigint AS table_oid, u.is_partitioned,
                quote_ident(n.nspname) AS schema, u.name::text AS name, u.is_constraint, u.indisprimary AS is_primary, u.replacement, quote_ident(u.twin) AS twin,
                u.columns || u.nulls AS columns, u.deferrable,
                (SELECT i.indisreplident FROM pg_index i WHERE i.indexrelid = u.oid) AS is_identity
             FROM unique_indexes u JOIN pg_class c ON c.oid = u.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE NOT u.is_surrogate AND NOT (u.indisprimary AND u.is_partitioned)
             AND u.name !~ '^tenancy_unique_[0-9]+$' ORDER BY 2, 6"
        ),
    )
    .await?;
    let read = |row: QueryResult| {
        Ok(UniqueIndex {
            oid: row.try_get("", "oid")?,
            table: row.try_get("", "table")?,
            table_oid: row.try_get("", "table_oid")?,
            is_partitioned: row.try_get("", "is_partitioned")?,
            schema: row.try_get("", "schema")?,
            name: row.try_get("", "name")?,
            is_constraint: row.try_get("", "is_constraint")?,
            is_primary: row.try_get("", "is_primary")?,
            replacement: match row.try_get::<String>("", "replacement")?.as_str() {
                "new" => Replacement::New,
                "twin" => Replacement::Twin(row.try_get("", "twin")?),
                _ => Replacement::None,
            },
            columns: row.try_get("", "columns")?,
            deferrable: row.try_get("", "deferrable")?,
            is_identity: row.try_get("", "is_identity")?,
        })
    };
    found.into_iter().map(read).collect()
}

impl UniqueIndex {
    /// What the index that replaces it is called until then.
    fn new_name(&self) -> String {
        format!("tenancy_unique_{}", self.oid)
    }

    pub(super) fn successor(&self) -> Option<Wanted<'_>> {
        matches!(self.replacement, Replacement::New).then(|| Wanted {
            name: self.new_name(),
            table: &self.table,
            table_oid: self.table_oid,
            is_unique: true,
            columns: &self.columns,
        })
    }

    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when a foreign key rests on it, which then is of a table outside the
    /// catalog.
    pub(super) async fn ensure_free(&self, owner: &impl ConnectionTrait) -> Result<(), DbErr> {
        let keys = rows(
            owner,
            format!(
                "SELECT format('%I of %s', conname, conrelid::regclass) AS key FROM pg_constraint WHERE contype = 'f' AND conindid = {}",
                self.oid
            ),
        )
        .await?;
        let Some(row) = keys.first() else {
            return Ok(());
        };
        let key: String = row.try_get("", "key")?;
        let why = format!(
            "the unique key {} of {} cannot be given the tenant: the foreign key {key}, of a table that is not tenant-owned, refers to it",
            self.name, self.table
        );
        Err(Error::new(ErrorKind::Catalog, why).into())
    }

    /// The other index takes its place and name.
    pub(super) fn replace(&self) -> Vec<String> {
        let (table, schema) = (&self.table, &self.schema);
        let old = quote::identifier(&self.name);
        let drop = if self.is_constraint {
            format!("ALTER TABLE {table} DROP CONSTRAINT {old}")
        } else {
            format!("DROP INDEX {schema}.{old}")
        };
        let new = match &self.replacement {
            Replacement::New => self.new_name(),
            Replacement::Twin(twin) => twin.clone(),
            Replacement::None => return vec![drop],
        };
        let identity = self
            .is_identity
            .then(|| format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {old}"));
        if !self.is_constraint || self.is_partitioned {
            let rename = format!("ALTER INDEX {schema}.{new} RENAME TO {old}");
            return [drop, rename].into_iter().chain(identity).collect();
        }
        let kind = if self.is_primary {
            "PRIMARY KEY"
        } else {
            "UNIQUE"
        };
        let deferrable = &self.deferrable;
        let replace = format!("{drop}, ADD CONSTRAINT {old} {kind} USING INDEX {new}{deferrable}");
        std::iter::once(replace).chain(identity).collect()
    }
}
