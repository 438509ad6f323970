use sea_orm::{ColumnTrait, ColumnType, Value};
use tenancy_core::{TenantId, TenantIdRef};

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
    pub(super) tenant: Result<TenantColumn, Error>,
}

impl Policy {
    /// Rows belong to the tenant in `column`, which is a UUID, an integer of 32 or 64 bits, or text.
    ///
    /// A column of any other type is reported by [`CatalogBuilder::build`](crate::CatalogBuilder::build).
    #[must_use]
    pub fn tenant<C: ColumnTrait>(column: C) -> Self {
        Self {
            tenant: TenantColumn::of(column),
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
        let tenant = if name.is_empty() {
            Err(Error::new(ErrorKind::Catalog, "a tenant column has a name"))
        } else {
            Ok(TenantColumn {
                name: name.into(),
                kind: match kind {
                    TenantColumnType::Uuid => TenantColumnKind::Uuid,
                    TenantColumnType::Int32 => TenantColumnKind::Int32,
                    TenantColumnType::Int64 => TenantColumnKind::Int64,
                    TenantColumnType::Text => TenantColumnKind::Text,
                },
                reserved: None,
            })
        };
        Self { tenant }
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

/// The column that holds the tenant of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantColumn {
    name: Box<str>,
    kind: TenantColumnKind,
    /// For a table of the library's own, which scoped statements do not write: the rights of the application's role.
    reserved: Option<&'static str>,
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
            reserved: None,
        })
    }

    /// The column of a table of the library's own, with these rights for the application's role.
    #[cfg(feature = "audit")]
    pub(super) fn reserved_for(name: &str, rights: &'static str) -> Self {
        Self {
            name: name.into(),
            kind: TenantColumnKind::Text,
            reserved: Some(rights),
        }
    }

    pub(crate) fn reserved(&self) -> Option<&'static str> {
        self.reserved
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
