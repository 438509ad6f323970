use std::sync::Arc;

use sea_orm::{ColumnTrait, ColumnType, EntityTrait, IdenStatic, Iterable, PrimaryKeyToColumn};

use super::{Catalog, Class, Entries, Table};
use crate::{
    error::{Error, ErrorKind},
    policy::{Policy, id::IdColumn, table::TablePolicy},
    sql::names::TableName,
};

/// Builds a [`Catalog`]. Mistakes are collected and reported by [`build`](Self::build).
#[derive(Debug, Default)]
#[must_use]
pub struct CatalogBuilder {
    entries: Entries,
    mistake: Option<Error>,
}

impl CatalogBuilder {
    /// Registers a table whose rows belong to the tenant in the column `tenant_id`.
    pub fn tenant_owned<E: EntityTrait>(mut self) -> Self {
        match E::Column::iter().find(|column| column.as_str() == "tenant_id") {
            Some(column) => self.policy::<E>(Policy::tenant(column)),
            None => {
                self.mistake(format!(
                    "the table `{}` has no column `tenant_id`: name its tenant column with `.policy(Policy::tenant(…))`",
                    E::default().table_name()
                ));
                self
            }
        }
    }

    /// Registers a table with a policy of its own.
    pub fn policy<E: EntityTrait>(mut self, policy: Policy) -> Self {
        match policy.owned {
            Ok(owned) => self.add::<E>(Table::Owned(Box::new(keyed::<E>(owned)))),
            Err(error) => {
                self.mistake.get_or_insert(error);
                self
            }
        }
    }

    /// Registers a table that has no entity, by the name that the database stores: `invoice`, or
    /// `billing.invoice` in a schema.
    ///
    /// An enumeration that such a table has is known only if an entity has it, too.
    pub fn table(mut self, name: &str, policy: Policy) -> Self {
        match policy.owned {
            Ok(owned) => self.insert(TableName::parse(name), Table::Owned(Box::new(owned))),
            Err(error) => {
                self.mistake.get_or_insert(error);
                self
            }
        }
    }

    /// Registers the two tables of an [`AuditTrail`](crate::AuditTrail): scoped connections read
    /// the tenant's own events and write none.
    #[cfg(feature = "audit")]
    #[cfg_attr(docsrs, doc(cfg(feature = "audit")))]
    pub fn audit_trail(self) -> Self {
        use crate::audit::{HEAD, TABLE, TENANT};
        // The writer appends to the one and moves the other.
        [(TABLE, "SELECT, INSERT"), (HEAD, "SELECT, UPDATE")]
            .into_iter()
            .fold(self, |builder, (table, rights)| {
                let owned = TablePolicy::reserved_for(TENANT, rights);
                builder.insert(TableName::parse(table), Table::Owned(Box::new(owned)))
            })
    }

    /// Registers a table without an entity that every tenant reads and only the platform writes, by
    /// its name as in [`table`](Self::table).
    pub fn reference_table(self, name: &str) -> Self {
        self.insert(TableName::parse(name), Table::Reference)
    }

    /// Registers a table that every tenant reads and only the platform writes, such as a list of
    /// countries.
    pub fn reference<E: EntityTrait>(self) -> Self {
        self.add::<E>(Table::Reference)
    }

    /// Names columns of a table that has no entity, or those that its entity leaves out, by the
    /// names that the database stores.
    ///
    /// Nothing has to be named: PostgreSQL reads `note.name` as a call of the function `name` where
    /// there is no such column, and the connection asks the database before the first statement
    /// that could mean either. Name them where
    /// [`explain_plan`](crate::ScopedConnection::explain_plan) is to say the same before that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tenancy_seaorm::{Catalog, Policy, TenantColumnType};
    /// let catalog = Catalog::builder()
    ///     .table("page", Policy::column("tenant_id", TenantColumnType::Int64))
    ///     .columns("page", ["id", "title", "search"])
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    pub fn columns<'a>(mut self, table: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let columns = self
            .entries
            .columns
            .entry(TableName::parse(table))
            .or_default();
        for name in names {
            columns.entry(name.into()).or_insert(Class::Other);
        }
        self
    }

    /// Allows a function of the database in scoped statements, by its unqualified name in lower
    /// case.
    ///
    /// Allow only what reads nothing but its arguments: a function that reads tables, settings,
    /// files or other servers is a way out of the tenant.
    pub fn allow_function(mut self, name: &str) -> Self {
        if self.entries.allowed.functions.insert(name.into())
            && name.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            self.mistake(format!(
                "the allowed function `{name}` must be written in lower case"
            ));
        }
        self
    }

    /// Allows an operator in scoped statements on PostgreSQL, such as one of an extension's: `@@@`,
    /// or `||` of `hstore`.
    ///
    /// What is not named here is PostgreSQL's own where it is printed (`OPERATOR(pg_catalog.||)`).
    /// One that is named is looked up on the search path, as in a statement that is not scoped.
    /// Allow only operators whose functions read nothing but their operands.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tenancy_seaorm::{Catalog, Policy, TenantColumnType};
    /// let catalog = Catalog::builder()
    ///     .table("page", Policy::column("tenant_id", TenantColumnType::Int64))
    ///     .allow_operator("@@@")
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    pub fn allow_operator(mut self, name: &str) -> Self {
        let is_operator = |char: char| "+-*/<>=~!@#%^&|`?".contains(char);
        if name.is_empty() || !name.chars().all(is_operator) {
            self.mistake(format!("`{name}` is not the name of an operator"));
        }
        self.entries.allowed.operators.insert(name.into());
        self
    }

    /// Allows a data type in casts on PostgreSQL, by its unqualified name as it is stored: an
    /// enumeration of a table without an entity, or a type of an extension.
    ///
    /// Allow only plain data: a cast to `regclass` and its kin reads the system catalogs.
    pub fn allow_type(mut self, name: &str) -> Self {
        self.entries.allowed.types.insert(name.into());
        self
    }

    /// Checks everything and returns the catalog.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`] when a table is registered twice, has no tenant column, or has one of
    /// a type that cannot hold a tenant id.
    pub fn build(mut self) -> Result<Catalog, Error> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        self.entries.link()?;
        Ok(Catalog(Arc::new(self.entries)))
    }

    fn add<E: EntityTrait>(mut self, table: Table) -> Self {
        let entity = E::default();
        let name = TableName {
            schema: entity.schema_name().map(Into::into),
            table: entity.table_name().into(),
        };
        let columns = E::Column::iter().map(|column| {
            let of = column.def();
            self.add_type(of.get_column_type());
            (column.as_str().into(), Class::of(of.get_column_type()))
        });
        let columns = columns.collect();
        self.entries.columns.insert(name.clone(), columns);
        self.insert(name, table)
    }

    fn insert(mut self, name: TableName, table: Table) -> Self {
        if name.table.is_empty() || name.schema.as_deref() == Some("") {
            self.mistake("a table was registered without a name".into());
        }
        // Names that differ only in case are one table on SQLite and MySQL.
        let clash = |other: &TableName| {
            let schemas = (other.schema.as_deref(), name.schema.as_deref());
            let is_same_schema = match schemas {
                (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
                (one, two) => one == two,
            };
            other.table.eq_ignore_ascii_case(&name.table) && is_same_schema
        };
        if self.entries.tables.keys().any(clash) {
            self.mistake(format!(
                "the table `{}` is registered twice: a table has exactly one policy",
                name.table
            ));
        }
        self.entries.tables.insert(name, table);
        self
    }

    /// An entity's own enumerations may be cast to: SeaORM does so on every read and write of them.
    fn add_type(&mut self, column: &ColumnType) {
        match column {
            ColumnType::Enum { name, .. } => {
                self.entries.allowed.types.insert(name.to_string().into());
            }
            ColumnType::Array(element) => self.add_type(element),
            _ => {}
        }
    }

    fn mistake(&mut self, message: String) {
        self.mistake
            .get_or_insert(Error::new(ErrorKind::Catalog, message));
    }
}

/// With the key of the entity, if it is a single column beside the tenant's.
fn keyed<E: EntityTrait>(owned: TablePolicy) -> TablePolicy {
    if owned.key().is_some() {
        return owned;
    }
    let mut keys = E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .filter(|column| column.as_str() != owned.tenant().name());
    match (keys.next().map(IdColumn::of), keys.next()) {
        (Some(Ok(key)), None) => owned.keyed_by(key),
        _ => owned,
    }
}
