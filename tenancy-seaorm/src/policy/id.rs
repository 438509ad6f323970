//! Columns that hold ids: of tenants, and of users inside them.

use sea_orm::{ColumnTrait, ColumnType, Value};
use tenancy_core::{TenantId, tenant::TenantIdRef};
use uuid::Uuid;

use crate::error::{Error, ErrorKind};

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

/// A column that holds the tenant or the owner of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdColumn {
    name: Box<str>,
    role: IdRole,
    kind: IdKind,
}

/// Who a row may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum IdRole {
    Tenant,
    /// A user inside the tenant.
    User,
}

/// How an id is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum IdKind {
    Uuid,
    Int32,
    Int64,
    Text,
}

impl IdColumn {
    pub(crate) fn of<C: ColumnTrait>(column: C) -> Result<Self, Error> {
        Self::typed(column.as_str(), column.def().get_column_type())
    }

    pub(crate) fn typed(name: &str, stored: &ColumnType) -> Result<Self, Error> {
        let kind = match stored {
            ColumnType::Uuid => IdKind::Uuid,
            ColumnType::Integer => IdKind::Int32,
            ColumnType::BigInteger => IdKind::Int64,
            ColumnType::String(_) | ColumnType::Text => IdKind::Text,
            other => {
                return Err(Error::new(
                    ErrorKind::Catalog,
                    format!(
                        "the column `{name}`, which holds ids, has type {other:?}: use a UUID, a signed 32 or 64 bit integer, or text"
                    ),
                ));
            }
        };
        Ok(Self {
            name: name.into(),
            role: IdRole::Tenant,
            kind,
        })
    }

    pub(crate) fn named(name: &str, kind: TenantColumnType) -> Self {
        Self {
            name: name.into(),
            role: IdRole::Tenant,
            kind: match kind {
                TenantColumnType::Uuid => IdKind::Uuid,
                TenantColumnType::Int32 => IdKind::Int32,
                TenantColumnType::Int64 => IdKind::Int64,
                TenantColumnType::Text => IdKind::Text,
            },
        }
    }

    pub(crate) fn of_user(self) -> Self {
        Self {
            role: IdRole::User,
            ..self
        }
    }

    /// A column of the same kind.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    pub(crate) fn role(&self) -> IdRole {
        self.role
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&self) -> IdKind {
        self.kind
    }
}

impl IdKind {
    /// The type's name in PostgreSQL.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Int32 => "integer",
            Self::Int64 => "bigint",
            Self::Text => "text",
        }
    }

    /// The bind value for `tenant`, or `None` when ids of its kind cannot be stored in such a
    /// column.
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

    /// The bind value for a user, or `None` when the name is none of this kind. Two names are never
    /// one user: an id is spelt in one way.
    pub(crate) fn user_value(self, subject: &str) -> Option<Value> {
        fn spelt<T: std::str::FromStr + ToString>(subject: &str) -> Option<T> {
            let id: T = subject.parse().ok()?;
            (id.to_string() == subject).then_some(id)
        }
        match self {
            Self::Uuid => spelt(subject).map(|id| Value::Uuid(Some(id))),
            Self::Int32 => spelt(subject).map(|id| Value::Int(Some(id))),
            Self::Int64 => spelt(subject).map(|id| Value::BigInt(Some(id))),
            Self::Text => Some(Value::String(Some(subject.to_owned()))),
        }
    }

    /// What a bound value says of a user, in a column of this kind.
    pub(crate) fn compare_user(self, given: &Value, subject: &str) -> Comparison {
        if is_null(given) {
            return Comparison::Null;
        }
        let user = self.user_value(subject);
        let same = match (given, &user) {
            (Value::String(Some(given)), Some(user)) => {
                self.user_value(given).as_ref() == Some(user)
            }
            (given, Some(user)) => {
                given == user
                    || integer(given).is_some_and(|given| integer(user) == Some(given))
                    || uuid(given).is_some_and(|given| uuid(user) == Some(given))
            }
            (_, None) => false,
        };
        if same {
            Comparison::Same
        } else {
            Comparison::Other
        }
    }

    /// What a bound value says of the tenant, in a column of this kind.
    pub(crate) fn compare(self, given: &Value, tenant: &TenantId) -> Comparison {
        if is_null(given) {
            return Comparison::Null;
        }
        let same = match given {
            Value::String(Some(text)) => self.is_literal(text, tenant),
            given => {
                integer(given).is_some_and(|id| self.is_integer(id, tenant))
                    || uuid(given).is_some_and(|id| self.is_uuid(id, tenant))
            }
        };
        if same {
            Comparison::Same
        } else {
            Comparison::Other
        }
    }

    /// The tenant that a bound value names, in a column of this kind.
    pub(crate) fn tenant(self, given: &Value) -> Option<TenantId> {
        let tenant = match given {
            Value::String(Some(text)) => text.parse().ok(),
            given => integer(given)
                .and_then(|id| TenantId::integer(id).ok())
                .or_else(|| uuid(given).and_then(|id| TenantId::uuid(id).ok())),
        };
        tenant.filter(|tenant| self.compare(given, tenant) == Comparison::Same)
    }

    /// Whether a string in the statement's text or values is the tenant's id.
    pub(crate) fn is_literal(self, text: &str, tenant: &TenantId) -> bool {
        match self {
            Self::Text => tenant.to_string() == text,
            Self::Uuid => Uuid::try_parse(text).is_ok_and(|given| self.is_uuid(given, tenant)),
            Self::Int32 | Self::Int64 => text
                .parse()
                .is_ok_and(|given| self.is_integer(given, tenant)),
        }
    }

    fn is_integer(self, given: i64, tenant: &TenantId) -> bool {
        matches!(self, Self::Int32 | Self::Int64) && tenant.value() == TenantIdRef::Integer(given)
    }

    fn is_uuid(self, given: Uuid, tenant: &TenantId) -> bool {
        self == Self::Uuid && tenant.value() == TenantIdRef::Uuid(given)
    }
}

/// An integer of any width.
fn integer(given: &Value) -> Option<i64> {
    match *given {
        Value::TinyInt(id) => id.map(i64::from),
        Value::SmallInt(id) => id.map(i64::from),
        Value::Int(id) => id.map(i64::from),
        Value::BigInt(id) => id,
        Value::TinyUnsigned(id) => id.map(i64::from),
        Value::SmallUnsigned(id) => id.map(i64::from),
        Value::Unsigned(id) => id.map(i64::from),
        Value::BigUnsigned(id) => id.and_then(|id| id.try_into().ok()),
        _ => None,
    }
}

/// A UUID, or its 16 bytes.
fn uuid(given: &Value) -> Option<Uuid> {
    match given {
        Value::Uuid(id) => *id,
        Value::Bytes(Some(bytes)) => Uuid::from_slice(bytes).ok(),
        _ => None,
    }
}

pub(crate) fn is_null(given: &Value) -> bool {
    matches!(
        given,
        Value::Uuid(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::TinyInt(None)
            | Value::SmallInt(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::TinyUnsigned(None)
            | Value::SmallUnsigned(None)
            | Value::Unsigned(None)
            | Value::BigUnsigned(None)
    )
}

/// A given id beside the scope's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Null,
    Same,
    Other,
}
