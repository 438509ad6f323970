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
    /// of others. Row-level security keeps tenants apart, and does not look at the user.
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
    /// The database does not delete what refers to such a row; it does delete marked rows that refer to one that is really deleted; and a unique key still counts it: `CREATE UNIQUE INDEX … WHERE deleted_at IS NULL` does
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
    tenant: IdColumn,
    ownership: Option<Ownership>,
    deletion: Option<SoftDelete>,
    /// For a table of the library's own, which scoped statements do not write: the rights of the application's role.
    reserved: Option<&'static str>,
}

/// Rows that belong to one user inside their tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ownership {
    pub(crate) user: IdColumn,
    /// The flag of rows that the whole tenant may read.
    pub(crate) public: Option<Box<str>>,
}

impl Owned {
    fn of(tenant: IdColumn) -> Self {
        Self {
            tenant,
            ownership: None,
            deletion: None,
            reserved: None,
        }
    }

    /// A table of the library's own, with these rights for the application's role.
    #[cfg(feature = "audit")]
    pub(super) fn reserved_for(name: &str, rights: &'static str) -> Self {
        Self {
            reserved: Some(rights),
            ..Self::of(IdColumn::named(name, TenantColumnType::Text))
        }
    }

    pub(crate) fn reserved(&self) -> Option<&'static str> {
        self.reserved
    }

    fn owned_by(mut self, user: IdColumn) -> Result<Self, Error> {
        let user = IdColumn {
            whose: Whose::User,
            ..user
        };
        let public = self.ownership.and_then(|ownership| ownership.public);
        self.ownership = Some(Ownership { user, public });
        self.with_distinct_columns()
    }

    fn public_when(mut self, flag: &str) -> Result<Self, Error> {
        match &mut self.ownership {
            Some(ownership) => ownership.public = Some(flag.into()),
            None => {
                let why = "a row without an owner is its tenant's already: name its owner before what makes it public";
                return Err(Error::new(ErrorKind::Catalog, why));
            }
        }
        self.with_distinct_columns()
    }

    fn soft_deleted(mut self, by: SoftDelete) -> Result<Self, Error> {
        self.deletion = Some(by);
        self.with_distinct_columns()
    }

    fn with_distinct_columns(self) -> Result<Self, Error> {
        let mut names = vec![self.tenant.name()];
        if let Some(ownership) = &self.ownership {
            names.push(ownership.user.name());
            names.extend(ownership.public.as_deref());
        }
        names.extend(self.deletion.as_ref().map(SoftDelete::column));
        // Names that differ only in case are one column on SQLite and MySQL.
        let clash = |(index, name): (usize, &&str)| {
            names[..index]
                .iter()
                .any(|other| other.eq_ignore_ascii_case(name))
        };
        if names.contains(&"") || names.iter().enumerate().any(clash) {
            let why = "the columns of a policy have names, and each is for one thing";
            return Err(Error::new(ErrorKind::Catalog, why));
        }
        Ok(self)
    }

    pub(crate) fn tenant(&self) -> &IdColumn {
        &self.tenant
    }

    pub(crate) fn ownership(&self) -> Option<&Ownership> {
        self.ownership.as_ref()
    }

    pub(crate) fn deletion(&self) -> Option<&SoftDelete> {
        self.deletion.as_ref()
    }
}

/// A column that says whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdColumn {
    name: Box<str>,
    whose: Whose,
    kind: IdKind,
}

/// Who a row may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
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
    fn of<C: ColumnTrait>(column: C) -> Result<Self, Error> {
        let name = column.as_str();
        let kind = match column.def().get_column_type() {
            ColumnType::Uuid => IdKind::Uuid,
            ColumnType::Integer => IdKind::Int32,
            ColumnType::BigInteger => IdKind::Int64,
            ColumnType::String(_) | ColumnType::Text => IdKind::Text,
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
            whose: Whose::Tenant,
            kind,
        })
    }

    fn named(name: &str, kind: TenantColumnType) -> Self {
        Self {
            name: name.into(),
            whose: Whose::Tenant,
            kind: match kind {
                TenantColumnType::Uuid => IdKind::Uuid,
                TenantColumnType::Int32 => IdKind::Int32,
                TenantColumnType::Int64 => IdKind::Int64,
                TenantColumnType::Text => IdKind::Text,
            },
        }
    }

    pub(crate) fn whose(&self) -> Whose {
        self.whose
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

    /// The bind value for a user, or `None` when the name is none of this kind. Two names are never one user: an id is spelt in one way.
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
    pub(crate) fn compare_user(self, given: &Value, subject: &str) -> Given {
        if is_null(given) {
            return Given::Null;
        }
        let user = self.user_value(subject);
        let same = match (given, &user) {
            (Value::Int(Some(given)), Some(Value::BigInt(Some(user)))) => {
                i64::from(*given) == *user
            }
            (Value::BigInt(Some(given)), Some(Value::Int(Some(user)))) => {
                *given == i64::from(*user)
            }
            (Value::String(Some(given)), Some(user)) => {
                self.user_value(given).as_ref() == Some(user)
            }
            (given, Some(user)) => given == user,
            (_, None) => false,
        };
        if same { Given::Same } else { Given::Other }
    }

    /// What a bound value says of the tenant, in a column of this kind.
    pub(crate) fn compare(self, given: &Value, tenant: &TenantId) -> Given {
        if is_null(given) {
            return Given::Null;
        }
        let same = match given {
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

fn is_null(given: &Value) -> bool {
    matches!(
        given,
        Value::Uuid(None)
            | Value::String(None)
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

/// What the caller wrote into a column that says whose the row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    Null,
    Same,
    Other,
}
