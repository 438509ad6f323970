use sea_orm::{ColumnTrait, ColumnType, Value};
use tenancy_core::{TenantId, TenantIdRef};

use super::SoftDelete;
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
            owned: TenantColumn::of(column).map(Owned::of),
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
            Ok(Owned::of(TenantColumn {
                name: name.into(),
                kind: match kind {
                    TenantColumnType::Uuid => TenantColumnKind::Uuid,
                    TenantColumnType::Int32 => TenantColumnKind::Int32,
                    TenantColumnType::Int64 => TenantColumnKind::Int64,
                    TenantColumnType::Text => TenantColumnKind::Text,
                },
            }))
        };
        Self { owned }
    }

    /// Rows are deleted by a mark: they stay in the table, and nobody reads or changes them but through
    /// [`ScopedConnection::with_deleted`](crate::ScopedConnection::with_deleted). A `DELETE` becomes an `UPDATE` that sets the mark, in the same statement.
    ///
    /// The database does not delete what refers to such a row, and a unique key still counts it: `CREATE UNIQUE INDEX … WHERE deleted_at IS NULL` does
    /// not. Row-level security, which keeps tenants apart, does not look at the mark.
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

/// What a catalog knows of a table whose rows belong to one tenant each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owned {
    tenant: TenantColumn,
    deletion: Option<SoftDelete>,
}

impl Owned {
    fn of(tenant: TenantColumn) -> Self {
        Self {
            tenant,
            deletion: None,
        }
    }

    fn soft_deleted(mut self, by: SoftDelete) -> Result<Self, Error> {
        if by.column().is_empty() || by.column() == self.tenant.name() {
            let why = "the mark of deleted rows is a column of its own, which has a name";
            return Err(Error::new(ErrorKind::Catalog, why));
        }
        self.deletion = Some(by);
        Ok(self)
    }

    pub(crate) fn tenant(&self) -> &TenantColumn {
        &self.tenant
    }

    pub(crate) fn deletion(&self) -> Option<&SoftDelete> {
        self.deletion.as_ref()
    }
}

/// The column that holds the tenant of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantColumn {
    name: Box<str>,
    kind: TenantColumnKind,
}

/// How a tenant id is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TenantColumnKind {
    Uuid,
    Int32,
    Int64,
    Text,
}

impl TenantColumn {
    fn of<C: ColumnTrait>(column: C) -> Result<Self, Error> {
        let name = column.as_str();
        let kind = match column.def().get_column_type() {
            ColumnType::Uuid => TenantColumnKind::Uuid,
            ColumnType::Integer => TenantColumnKind::Int32,
            ColumnType::BigInteger => TenantColumnKind::Int64,
            ColumnType::String(_) | ColumnType::Text => TenantColumnKind::Text,
            other => {
                return Err(Error::new(
                    ErrorKind::Catalog,
                    format!(
                        "the tenant column `{name}` has type {other:?}: use a UUID, a signed 32 or 64 bit integer, or text"
                    ),
                ));
            }
        };
        Ok(Self {
            name: name.into(),
            kind,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&self) -> TenantColumnKind {
        self.kind
    }
}

impl TenantColumnKind {
    /// The type's name in PostgreSQL.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Int32 => "integer",
            Self::Int64 => "bigint",
            Self::Text => "text",
        }
    }

    /// The bind value for `tenant`, or `None` when ids of its kind cannot be stored in such a column.
    pub(crate) fn value(self, tenant: &TenantId) -> Option<Value> {
        match (self, tenant.value()) {
            (Self::Uuid, TenantIdRef::Uuid(id)) => Some(Value::Uuid(Some(id))),
            (Self::Int32, TenantIdRef::Integer(id)) => {
                i32::try_from(id).ok().map(|id| Value::Int(Some(id)))
            }
            (Self::Int64, TenantIdRef::Integer(id)) => Some(Value::BigInt(Some(id))),
            (Self::Text, _) => Some(Value::String(Some(tenant.to_string()))),
            (_, _) => None,
        }
    }

    /// What a bound value says of the tenant, in a column of this kind.
    pub(crate) fn compare(self, given: &Value, tenant: &TenantId) -> Given {
        let same = match given {
            Value::Uuid(None)
            | Value::String(None)
            | Value::TinyInt(None)
            | Value::SmallInt(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::TinyUnsigned(None)
            | Value::SmallUnsigned(None)
            | Value::Unsigned(None)
            | Value::BigUnsigned(None) => return Given::Null,
            Value::Uuid(Some(id)) => self == Self::Uuid && tenant.value() == TenantIdRef::Uuid(*id),
            Value::String(Some(text)) => self.is_literal(text, tenant),
            Value::Int(Some(id)) => self.is_integer(i64::from(*id), tenant),
            Value::BigInt(Some(id)) => self.is_integer(*id, tenant),
            _ => false,
        };
        if same { Given::Same } else { Given::Other }
    }

    /// Whether a string in the statement's text or values is the tenant's id.
    pub(crate) fn is_literal(self, text: &str, tenant: &TenantId) -> bool {
        match self {
            Self::Text => tenant.to_string() == text,
            Self::Uuid => {
                matches!(tenant.value(), TenantIdRef::Uuid(id) if uuid::Uuid::try_parse(text).is_ok_and(|given| given == id))
            }
            Self::Int32 | Self::Int64 => text
                .parse()
                .is_ok_and(|given| self.is_integer(given, tenant)),
        }
    }

    fn is_integer(self, given: i64, tenant: &TenantId) -> bool {
        matches!(self, Self::Int32 | Self::Int64) && tenant.value() == TenantIdRef::Integer(given)
    }
}

/// What the caller wrote into a tenant column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Null,
    Same,
    Other,
}
