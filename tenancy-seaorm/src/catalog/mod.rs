//! The catalog: which tables there are, and the one policy of each.

mod builder;
mod columns;
mod link;

use std::{collections::HashMap, sync::Arc};

pub use builder::CatalogBuilder;
pub(crate) use columns::{Class, Columns, Facts, KnownColumns};

use crate::{
    policy::{id::IdColumn, table::TablePolicy},
    sql::{allowed::Allowed, dialect::Dialect, names::TableName},
};

/// Every table that scoped statements may name, each with its policy. Cheap to clone.
///
/// A table that is in no catalog is refused, whatever the statement.
///
/// # Examples
///
/// ```
/// # mod note {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "note")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: Uuid, pub body: String }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use tenancy_seaorm::Catalog;
///
/// let catalog = Catalog::builder().tenant_owned::<note::Entity>().build()?;
/// # Ok::<(), tenancy_seaorm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Catalog(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    tables: HashMap<TableName, Table>,
    /// Of entities, and those that were named.
    columns: HashMap<TableName, Columns>,
    allowed: Allowed,
}

/// What a catalog knows of one table.
#[derive(Debug)]
pub(crate) enum Table {
    /// Rows belong to one tenant each.
    Owned(Box<TablePolicy>),
    /// Readable by all, written by the platform.
    Reference,
}

impl Catalog {
    /// Starts an empty catalog.
    pub fn builder() -> CatalogBuilder {
        CatalogBuilder::default()
    }

    /// The same catalog under the dialect's rule for comparing names.
    pub(crate) fn folded(&self, dialect: Dialect) -> FoldedCatalog {
        let tables = self.0.tables.iter().map(|(name, table)| {
            let name = name.folded(dialect);
            let table = match table {
                Table::Owned(owned) => Table::Owned(owned.clone()),
                Table::Reference => Table::Reference,
            };
            (name, table)
        });
        FoldedCatalog {
            default_schema: match dialect {
                Dialect::Postgres => Some("public"),
                Dialect::Sqlite | Dialect::MySql => None,
            },
            tables: tables.collect(),
            columns: KnownColumns::of(self, dialect),
            allowed: self.0.allowed.clone(),
        }
    }

    /// Every table with what is known of it, in the order of their names.
    pub(crate) fn tables(&self) -> Vec<(&TableName, &Table)> {
        let mut tables: Vec<_> = self.0.tables.iter().collect();
        tables.sort_unstable_by_key(|(name, _)| *name);
        tables
    }

    /// The tenant-owned tables that are the application's, in the order of their names.
    pub(crate) fn tenant_owned(&self) -> impl Iterator<Item = (&TableName, &IdColumn)> {
        self.tables()
            .into_iter()
            .filter_map(|(name, table)| match table {
                Table::Owned(owned) if owned.reserved().is_none() => Some((name, owned.tenant())),
                Table::Owned(_) | Table::Reference => None,
            })
    }

    pub(crate) fn tenant_columns(&self) -> impl Iterator<Item = &IdColumn> {
        self.0.tables.values().filter_map(|table| match table {
            Table::Owned(owned) => Some(owned.tenant()),
            Table::Reference => None,
        })
    }

    pub(crate) fn table(&self, name: &TableName) -> Option<&Table> {
        self.0.tables.get(name)
    }
}

/// A catalog whose names are folded for one dialect.
#[derive(Debug)]
pub(crate) struct FoldedCatalog {
    /// The schema of tables that were registered without one, where a statement may name it.
    default_schema: Option<&'static str>,
    tables: HashMap<TableName, Table>,
    columns: KnownColumns,
    allowed: Allowed,
}

impl FoldedCatalog {
    pub(crate) fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.get(name).or_else(|| {
            if name.schema.is_none() || name.schema.as_deref() != self.default_schema {
                return None;
            }
            let bare = TableName {
                schema: None,
                table: name.table.clone(),
            };
            self.tables.get(&bare)
        })
    }

    pub(crate) fn columns(&self) -> &KnownColumns {
        &self.columns
    }

    pub(crate) fn allowed(&self) -> &Allowed {
        &self.allowed
    }
}
