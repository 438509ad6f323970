//! Policies: who may read and write the rows of one table.
//!
//! [`Policy`] is what applications write. What it says becomes a [`rule`](self::rule), which is
//! rendered in three places: in statements, in PostgreSQL's policies, and in memory.

pub(crate) mod condition;
pub(crate) mod id;
pub(crate) mod rule;
pub(crate) mod sharing;
pub(crate) mod soft_delete;
pub(crate) mod table;

use sea_orm::ColumnTrait;

use crate::error::{Error, ErrorKind};
use condition::Condition;
use id::{IdColumn, TenantColumnType};
use sharing::{Assignments, Grants};
use soft_delete::SoftDelete;
use table::TablePolicy;

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
    pub(crate) owned: Result<TablePolicy, Error>,
}

impl Policy {
    /// Rows belong to the tenant in `column`, which is a UUID, an integer of 32 or 64 bits, or
    /// text.
    ///
    /// A column of any other type is reported by
    /// [`CatalogBuilder::build`](crate::CatalogBuilder::build).
    #[must_use]
    pub fn tenant<C: ColumnTrait>(column: C) -> Self {
        Self {
            owned: IdColumn::of(column).map(TablePolicy::of),
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
            Ok(TablePolicy::of(IdColumn::named(name, kind)))
        };
        Self { owned }
    }

    /// Rows belong to one user inside their tenant: to the [`Principal`](tenancy_core::Principal)
    /// whose subject is in `column`.
    ///
    /// | who | reads | changes and deletes |
    /// |---|---|---|
    /// | a member of the tenant | own rows, and public ones | own rows |
    /// | an administrator of the tenant, or an elevated one of the platform | all | all |
    /// | code that [assumed](tenancy_core::TenantContext::assume) the tenant | all | all |
    /// | a guest, on a public route | public rows | none |
    ///
    /// What a user inserts is the user's, unless an administrator names another owner; only an
    /// administrator gives a row to another user. The subject has to be an id of the column's type,
    /// in its usual spelling (`7`, a UUID in lower case with hyphens); where it is none, the
    /// statement is refused. The issuer of the subject is not looked at: where several issue
    /// principals for one tenant, their subjects must differ.
    ///
    /// What the database does by itself minds no owner: a unique key tells that a hidden row has
    /// the key, and `ON DELETE CASCADE` deletes rows of others. Row-level security
    /// ([`RowSecurity`](crate::RowSecurity)) keeps to the same table as above; a client that tells
    /// it the tenant alone is a guest.
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

    /// Rows for which the flag of this name is true are read by the whole tenant. They are changed
    /// as before: by their [owner](Self::owner), who is named first, and by administrators. `NULL`
    /// counts as false.
    #[must_use]
    pub fn public_when(mut self, flag: &str) -> Self {
        self.owned = self.owned.and_then(|owned| owned.public_when(flag));
        self
    }

    /// Rows are read by other tenants as the row itself says, in a column that holds `private`,
    /// `global` or `selective`: by none, by all, or by those that [`Grants`] name.
    /// What holds anything else, or `NULL`, is private.
    ///
    /// | | reads | changes, deletes, shares |
    /// |---|---|---|
    /// | the row's tenant | as without sharing; shared rows: all users | as without sharing |
    /// | other tenants, `global` | all users | none |
    /// | other tenants, `selective`, with a grant | all users | none |
    ///
    /// A grant that is taken back is gone at the next statement.
    /// [`TenantEntity::share`](crate::TenantEntity::share) and
    /// [`unshare`](crate::TenantEntity::unshare) give and take them. Rows that are marked as
    /// deleted are not shared.
    ///
    /// What other tenants may read, they may not lock (`FOR UPDATE`);
    /// [`ScopedConnection::editable`](crate::ScopedConnection::editable) leaves such rows out. An
    /// index on the mode, one of the grants on the grantee, the key and the giving tenant, and one
    /// of them that begins with the giving tenant and the key keep lists fast; see [designing
    /// policies](crate::designing_policies).
    ///
    /// # Examples
    ///
    /// ```
    /// # mod agent {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "agent")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub sharing_mode: String }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// # mod agent_share {
    /// #     use sea_orm::entity::prelude::*;
    /// #     #[sea_orm::model]
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    /// #     #[sea_orm(table_name = "agent_share")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub agent_id: i64, pub grantee_id: i64 }
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// use tenancy_seaorm::{Catalog, Grants, Policy};
    ///
    /// let grants = Grants::table::<agent_share::Entity>(agent_share::Column::AgentId, agent_share::Column::GranteeId);
    /// let catalog = Catalog::builder()
    ///     .policy::<agent::Entity>(Policy::tenant(agent::Column::TenantId).shared_by(agent::Column::SharingMode, grants))
    ///     .tenant_owned::<agent_share::Entity>()
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn shared_by<C: ColumnTrait>(self, mode: C, grants: Grants) -> Self {
        self.shared_by_column(mode.as_str(), grants)
    }

    /// As [`shared_by`](Self::shared_by), for tables without an entity.
    #[must_use]
    pub fn shared_by_column(mut self, mode: &str, grants: Grants) -> Self {
        self.owned = self
            .owned
            .and_then(|owned| owned.shared_by(mode, grants.0?));
        self
    }

    /// What identifies a row inside its tenant, where this is not the entity's only primary key
    /// beside the tenant column. For tables without an entity it is `id`, unless said otherwise.
    #[must_use]
    pub fn key_column(mut self, name: &str, kind: TenantColumnType) -> Self {
        self.owned = self
            .owned
            .map(|owned| owned.keyed_by(IdColumn::named(name, kind)));
        self
    }

    /// Rows that a tenant of the platform's provides for others: where the column of this name
    /// holds `platform`, `solution` or `industry`, they are read by the tenants that
    /// [`Assignments`] say. They are changed in the tenant that provides them.
    ///
    /// What the row says is not enough: a tenant that no tenant is assigned to provides nothing,
    /// whatever its rows say.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy_seaorm::{Assignments, Catalog, Policy, TenantColumnType::Uuid};
    ///
    /// let catalog = Catalog::builder()
    ///     .table(
    ///         "template",
    ///         Policy::column("tenant_id", Uuid)
    ///             .provided_when("kind", Assignments::table_named("assignment", "provider_id", "tenant_id", Uuid)),
    ///     )
    ///     .reference_table("assignment")
    ///     .build()?;
    /// # Ok::<(), tenancy_seaorm::Error>(())
    /// ```
    #[must_use]
    pub fn provided_when(mut self, kind: &str, assignments: Assignments) -> Self {
        self.owned = self
            .owned
            .and_then(|owned| owned.provided_when(kind, assignments.0?));
        self
    }

    /// Rows for which the condition does not hold are there for administrators of their tenant and
    /// for the service itself alone. Whoever changes a row so that it no longer holds does not see
    /// it again; under row-level security PostgreSQL refuses such a change (42501).
    #[must_use]
    pub fn visible_when(mut self, condition: Condition) -> Self {
        self.owned = self.owned.and_then(|owned| owned.visible_when(condition));
        self
    }

    /// Rows for which the condition does not hold are read as others are, and changed and deleted
    /// by administrators of their tenant and by the service itself alone. It is about rows as they
    /// are before a change: what may be edited while it is a draft may become final.
    #[must_use]
    pub fn editable_when(mut self, condition: Condition) -> Self {
        self.owned = self.owned.and_then(|owned| owned.editable_when(condition));
        self
    }

    /// Rows are read by their tenant, and not written by it: what the platform keeps for each
    /// tenant, such as its invoices. They are written on an
    /// [`ElevatedConnection`](crate::ElevatedConnection).
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.owned = self.owned.map(TablePolicy::read_only);
        self
    }

    /// Rows are deleted by a mark: they stay in the table, and nobody reads or changes them but
    /// through [`ScopedConnection::with_deleted`](crate::ScopedConnection::with_deleted). A
    /// `DELETE` becomes an `UPDATE` that sets the mark, in the same statement.
    ///
    /// The database does not delete what refers to such a row; it does delete marked rows that
    /// refer to one that is really deleted. A unique key still counts a marked row, unless it is
    /// made with `CREATE UNIQUE INDEX … WHERE deleted_at IS NULL`. Row-level security, which keeps
    /// tenants and users apart, does not look at the mark: a policy that hid a row as soon as it is
    /// marked would refuse the mark.
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
