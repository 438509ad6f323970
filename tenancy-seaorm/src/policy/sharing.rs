//! Rows that other tenants read: shared by their owner, or provided by the platform.

use sea_orm::{ColumnTrait, ColumnType, EntityTrait};

use super::id::{IdColumn, TenantColumnType};
use crate::{
    error::{Error, ErrorKind},
    sql::names::TableName,
};

/// Where a table's grants are: which other tenants read a row that is shared selectively. For
/// [`Policy::shared_by`](crate::Policy::shared_by).
///
/// # Examples
///
/// A table of grants belongs to the tenant that gives them, like any other:
///
/// ```
/// use tenancy_seaorm::{Catalog, Grants, Policy, TenantColumnType::Int64};
///
/// let grants = Grants::table_named("agent_share", ("agent_id", Int64), ("grantee_id", Int64));
/// let catalog = Catalog::builder()
///     .table("agent", Policy::column("tenant_id", Int64).shared_by_column("sharing_mode", grants))
///     .table("agent_share", Policy::column("tenant_id", Int64))
///     .build()?;
/// # Ok::<(), tenancy_seaorm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Grants(pub(crate) Result<GrantPlace, Error>);

/// Which rows of a table are read by other tenants, by what the row says and what a list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sharing {
    /// The column that says `private`, `global` or `selective`.
    pub(crate) mode: Box<str>,
    pub(crate) grants: GrantPlace,
}

/// Where it stands who reads a row that is shared selectively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GrantPlace {
    /// Nowhere: rows are private or global.
    None,
    /// In a table of grants.
    Table(Box<GrantTable>),
    /// In an array of the row, on PostgreSQL.
    Array(IdColumn),
    /// In a JSON array of the row.
    Json(IdColumn),
}

/// A table in which each row lets one tenant read one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantTable {
    pub(crate) name: TableName,
    /// The tenant of the grant, which has to be the row's own: no other tenant can give it.
    pub(crate) giver: Option<IdColumn>,
    /// The row's key in the grant.
    pub(crate) resource: IdColumn,
    /// Who reads the row.
    pub(crate) grantee: IdColumn,
}

/// What a table of grants is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GrantsFor {
    pub(crate) table: TableName,
    /// The key of the rows that are shared.
    pub(crate) key: IdColumn,
    pub(crate) resource: IdColumn,
    pub(crate) grantee: IdColumn,
    /// The column of the user who owns such a row.
    pub(crate) user: Option<IdColumn>,
    pub(crate) tenant: IdColumn,
}

impl Grants {
    /// No grants: the mode of a row is `private` or `global`.
    #[must_use]
    pub fn none() -> Self {
        Self(Ok(GrantPlace::None))
    }

    /// Each row of the entity `E` lets the tenant in `grantee` read the row whose key is in
    /// `resource`.
    ///
    /// Its rows are the sharing tenant's own: the table is in the catalog as tenant-owned, and a
    /// grant counts for rows of the same tenant alone. Who may change a row gives and takes its
    /// grants; both tenants read a grant.
    ///
    /// A grant names its row by the key, so it must end with the row, or it would be one for
    /// whichever row has that key next: give the table a foreign key from the giving tenant and the
    /// row's key to the row, with `ON DELETE CASCADE`. On PostgreSQL the [doctor](crate::Doctor)
    /// looks for it. The key is unique inside the tenant.
    #[must_use]
    pub fn table<E: EntityTrait>(resource: E::Column, grantee: E::Column) -> Self {
        let entity = E::default();
        let name = TableName {
            schema: entity.schema_name().map(Into::into),
            table: entity.table_name().into(),
        };
        let columns =
            IdColumn::of(resource).and_then(|resource| Ok((resource, IdColumn::of(grantee)?)));
        Self(columns.map(|(resource, grantee)| GrantTable::place(name, resource, grantee)))
    }

    /// As [`table`](Self::table), for a table without an entity.
    #[must_use]
    pub fn table_named(
        table: &str,
        (resource, resource_type): (&str, TenantColumnType),
        (grantee, grantee_type): (&str, TenantColumnType),
    ) -> Self {
        let resource = IdColumn::named(resource, resource_type);
        let grantee = IdColumn::named(grantee, grantee_type);
        Self(Ok(GrantTable::place(
            TableName::parse(table),
            resource,
            grantee,
        )))
    }

    /// The row itself has the ids of the tenants that read it, in an array. Only PostgreSQL has
    /// such columns.
    #[must_use]
    pub fn array<C: ColumnTrait>(column: C) -> Self {
        let kind = match column.def().get_column_type() {
            ColumnType::Array(element) => IdColumn::typed(column.as_str(), element),
            _ => Err(Error::new(
                ErrorKind::Catalog,
                format!("the column `{}` is no array of ids", column.as_str()),
            )),
        };
        Self(kind.map(GrantPlace::Array))
    }

    /// As [`array`](Self::array), for a table without an entity.
    #[must_use]
    pub fn array_column(name: &str, elements: TenantColumnType) -> Self {
        Self(Ok(GrantPlace::Array(IdColumn::named(name, elements))))
    }

    /// The row itself has the ids of the tenants that read it, in an array of JSON: numbers for
    /// integers, strings for everything else, a UUID in lower case with hyphens. What is no such
    /// array grants nothing; an array inside of it counts on MySQL and MariaDB alone. On PostgreSQL
    /// the column is of the type `jsonb`.
    #[must_use]
    pub fn json(column: &str, elements: TenantColumnType) -> Self {
        Self(Ok(GrantPlace::Json(IdColumn::named(column, elements))))
    }
}

impl GrantTable {
    fn place(name: TableName, resource: IdColumn, grantee: IdColumn) -> GrantPlace {
        GrantPlace::Table(Box::new(Self {
            name,
            giver: None,
            resource,
            grantee,
        }))
    }
}

impl GrantPlace {
    /// The column of the row itself.
    pub(crate) fn column(&self) -> Option<&str> {
        match self {
            Self::None | Self::Table(_) => None,
            Self::Array(column) | Self::Json(column) => Some(column.name()),
        }
    }
}

/// Which tenants read what other tenants provide: for
/// [`Policy::provided_when`](crate::Policy::provided_when).
///
/// Each row of such a table assigns the rows that one tenant provides, such as a solution, to
/// another one that uses it. Where the user is `NULL` all tenants use them. Only the platform
/// writes the table: it is in the catalog as a reference table.
#[derive(Debug, Clone)]
pub struct Assignments(pub(crate) Result<Provision, Error>);

/// Rows that one tenant provides for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provision {
    /// The column that says `platform`, `solution` or `industry` for rows that are provided.
    pub(crate) kind: Box<str>,
    pub(crate) table: TableName,
    pub(crate) provider: IdColumn,
    pub(crate) user: IdColumn,
}

impl Assignments {
    /// The rows of the entity `E` say which tenant provides, and for which one.
    #[must_use]
    pub fn table<E: EntityTrait>(provider: E::Column, user: E::Column) -> Self {
        let entity = E::default();
        let table = TableName {
            schema: entity.schema_name().map(Into::into),
            table: entity.table_name().into(),
        };
        let columns =
            IdColumn::of(provider).and_then(|provider| Ok((provider, IdColumn::of(user)?)));
        Self(columns.map(|(provider, user)| Provision::of(table, provider, user)))
    }

    /// As [`table`](Self::table), for a table without an entity.
    #[must_use]
    pub fn table_named(table: &str, provider: &str, user: &str, ids: TenantColumnType) -> Self {
        Self(Ok(Provision::of(
            TableName::parse(table),
            IdColumn::named(provider, ids),
            IdColumn::named(user, ids),
        )))
    }
}

impl Provision {
    /// What rows that are provided say of their kind.
    pub(crate) const KINDS: [&str; 3] = ["platform", "solution", "industry"];

    fn of(table: TableName, provider: IdColumn, user: IdColumn) -> Self {
        Self {
            kind: Box::default(),
            table,
            provider,
            user,
        }
    }
}
