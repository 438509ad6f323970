use sea_orm::ColumnTrait;

use super::{IdColumn, Owned, SoftDelete};
use crate::{Error, ErrorKind};

/// Who may read and write the rows of one table.
///
/// # Examples
///
/// ```
/// # mod agent {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "agent")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub org_id: i64 }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use tenancy_seaorm::{Catalog, Policy};
///
/// let catalog = Catalog::builder()
///     .policy::<agent::Entity>(Policy::tenant(agent::Column::OrgId))
///     .build()?;
/// # Ok::<(), tenancy_seaorm::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    pub(super) owned: Result<Owned, Error>,
}

impl Policy {
    /// Rows belong to the tenant in `column`, which is a UUID, an integer of 32 or 64 bits, or text.
    ///
    /// A column of any other type is reported by [`CatalogBuilder::build`](crate::CatalogBuilder::build).
    #[must_use]
    pub fn tenant<C: ColumnTrait>(column: C) -> Self {
        Self {
            owned: IdColumn::of(column).map(Owned::of),
        }
    }

    /// Rows belong to the tenant in the column of this name: for tables without an entity, which
    /// [`CatalogBuilder::table`](crate::CatalogBuilder::table) registers.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Catalog, Policy, TenantColumnType};
    ///
    /// let catalog = Catalog::builder()
    ///     .table("invoice", Policy::column("org_id", TenantColumnType::Int64))
    ///     .table("archive.invoice", Policy::column("org_id", TenantColumnType::Int64))
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn column(name: &str, kind: TenantColumnType) -> Self {
        let owned = if name.is_empty() {
            Err(Error::new(ErrorKind::Catalog, "a tenant column has a name"))
        } else {
            Ok(Owned::of(IdColumn::named(name, kind)))
        };
        Self { owned }
    }

    /// Rows belong to one user inside their tenant: to the [`Principal`](tenancy_core::Principal) whose subject is in `column`.
    ///
    /// | who | reads | changes and deletes |
    /// |---|---|---|
    /// | a member of the tenant | own rows, and public ones | own rows |
    /// | an administrator of the tenant, or an elevated one of the platform | all | all |
    /// | code that [assumed](tenancy_core::TenantContext::assume) the tenant | all | all |
    /// | nobody in particular, on a public route | public rows | none |
    ///
    /// What a user inserts is the user's, unless an administrator says whose it is; a row is given to another user by an administrator only. The
    /// subject has to be an id of the column's type, in its usual spelling (`7`, a UUID in lower case with hyphens); where it is none, the
    /// statement is refused. The issuer of the subject is not looked at: where several issue principals for one tenant, their
    /// subjects must differ.
    ///
    /// What the database does by itself minds no owner: a unique key tells that a hidden row has the key, and `ON DELETE CASCADE` deletes rows
    /// of others. Row-level security ([`RowSecurity`](crate::RowSecurity)) keeps to the same table as above; a client that tells it
    /// the tenant alone is nobody in particular.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Catalog, Policy, TenantColumnType};
    ///
    /// let agents = Policy::column("tenant_id", TenantColumnType::Uuid)
    ///     .owner_column("owner_id", TenantColumnType::Text)
    ///     .public_when("is_public");
    /// let catalog = Catalog::builder().table("agent", agents).build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn owner<C: ColumnTrait>(mut self, column: C) -> Self {
        self.owned = self
            .owned
            .and_then(|owned| owned.owned_by(IdColumn::of(column)?));
        self
    }

    /// As [`owner`](Self::owner), for tables without an entity.
    #[must_use]
    pub fn owner_column(mut self, name: &str, kind: TenantColumnType) -> Self {
        self.owned = self
            .owned
            .and_then(|owned| owned.owned_by(IdColumn::named(name, kind)));
        self
    }

    /// Rows for which the flag of this name is true are read by the whole tenant. They are changed as before: by their
    /// [owner](Self::owner), who is named first, and by administrators. `NULL` counts as false.
    #[must_use]
    pub fn public_when(mut self, flag: &str) -> Self {
        self.owned = self.owned.and_then(|owned| owned.public_when(flag));
        self
    }

    /// Rows are deleted by a mark: they stay in the table, and nobody reads or changes them but through
    /// [`ScopedConnection::with_deleted`](crate::ScopedConnection::with_deleted). A `DELETE` becomes an `UPDATE` that sets the mark, in the same statement.
    ///
    /// The database does not delete what refers to such a row; it does delete marked rows that refer to one that is really deleted. A
    /// unique key still counts a marked row, unless it is made with `CREATE UNIQUE INDEX … WHERE deleted_at IS NULL`. Row-level security,
    /// which keeps tenants and users apart, does not look at the mark: a policy that hid a row as soon as it is marked would refuse the mark.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Catalog, Policy, SoftDelete, TenantColumnType};
    ///
    /// let catalog = Catalog::builder()
    ///     .table(
    ///         "invoice",
    ///         Policy::column("tenant_id", TenantColumnType::Int64).soft_delete(SoftDelete::timestamp("deleted_at")),
    ///     )
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn soft_delete(mut self, by: SoftDelete) -> Self {
        self.owned = self.owned.and_then(|owned| owned.soft_deleted(by));
        self
    }
}

/// The type of a tenant column that no entity describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TenantColumnType {
    /// `uuid`, or 16 bytes where the database has no such type.
    Uuid,
    /// A signed integer of 32 bits.
    Int32,
    /// A signed integer of 64 bits.
    Int64,
    /// Text of any length.
    Text,
}
