//! What handlers do with the rows of a policy, by name: share, restore, purge, transfer.

mod deletion;
mod find;
mod grant;
mod session;
mod share;

use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
    Select, Value,
    sea_query::{Alias, Expr, IntoValueTuple},
};
use tenancy_core::TenantId;

pub use session::ScopedSession;

use crate::{
    error::{Error, ErrorKind},
    policy::table::TablePolicy,
    scope::TenantScope,
    transaction::ScopedTransaction,
};

/// The value that `find_by_id` takes, too.
type Key<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// What a row's mode says of who reads it beside its tenant; see
/// [`Policy::shared_by`](crate::Policy::shared_by).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SharingMode {
    /// No other tenant.
    Private,
    /// Every tenant.
    Global,
    /// Tenants with a grant.
    Selective,
}

impl SharingMode {
    /// The word that the column holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Global => "global",
            Self::Selective => "selective",
        }
    }
}

/// What the policy of an entity adds to its finders: for every entity, on a
/// [`ScopedConnection`](crate::ScopedConnection) or inside a
/// [`ScopedTransaction`](crate::ScopedTransaction).
///
/// Each of these runs in a transaction of its own, or in a savepoint, and reaches the rows that the
/// context may change and no others: any other row is
/// [`ErrorKind::NotEditable`](crate::ErrorKind::NotEditable), as one that does not exist. Something
/// that the entity's policy does not have, such as grants, is
/// [`ErrorKind::Catalog`](crate::ErrorKind::Catalog).
///
/// # Examples
///
/// ```
/// # mod agent {
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
/// #     #[sea_orm(table_name = "agent")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i64, pub tenant_id: i64, pub sharing_mode: String, pub deleted_at: Option<String> }
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use sea_orm::DbErr;
/// use tenancy_core::TenantId;
/// use tenancy_seaorm::{ScopedConnection, TenantEntity};
///
/// async fn handlers(db: &ScopedConnection, id: i64, partner: &TenantId) -> Result<(), DbErr> {
///     agent::Entity::share(db, id, partner).await?;
///     assert_eq!(agent::Entity::grants(db, id).await?, [partner.clone()]);
///     agent::Entity::unshare(db, id, partner).await?;
///
///     agent::Entity::delete_by_id(id).exec(db).await?;
///     agent::Entity::restore(db, id).await
/// }
/// # use sea_orm::EntityTrait;
/// ```
pub trait TenantEntity: EntityTrait {
    /// The rows that the context may read: what [`find`](EntityTrait::find) gives on a scoped
    /// connection.
    #[must_use]
    fn find_visible() -> Select<Self> {
        Self::find()
    }

    /// The rows that belong to the principal of the context: not those of colleagues that an
    /// administrator may change as well, and not those of other tenants. Where subjects are text
    /// they are compared as the column's collation does, among the rows that may be read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Catalog`](crate::ErrorKind::Catalog) when rows of this entity have no owner,
    /// and [`ErrorKind::Incompatible`](crate::ErrorKind::Incompatible) when there is no principal,
    /// or its subject does not fit the column.
    fn find_owned<S: ScopedSession>(db: &S) -> Result<Select<Self>, DbErr> {
        find::owned::<Self>(db.scope_of().0)
    }

    /// Lets another tenant read a row, whose mode becomes `selective` if it is private. A grant
    /// that there is already stays.
    ///
    /// Where grants stand in a table, its other columns need defaults.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn share<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
        with: &TenantId,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        share::share::<Self>(db, keys::<Self>(key), with.clone())
    }

    /// Takes a grant back, from the next statement on. The mode of the row stays.
    ///
    /// Whether there was one is returned.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn unshare<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
        with: &TenantId,
    ) -> impl Future<Output = Result<bool, DbErr>> + Send {
        share::unshare::<Self>(db, keys::<Self>(key), with.clone())
    }

    /// The tenants that were given a grant for a row, in the order of their ids, whatever its mode
    /// is.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn grants<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
    ) -> impl Future<Output = Result<Vec<TenantId>, DbErr>> + Send {
        share::grants::<Self>(db, keys::<Self>(key))
    }

    /// Sets the mode of a row. Its grants stay, and count again when it is `selective`.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn set_sharing<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
        mode: SharingMode,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        share::set_mode::<Self>(db, keys::<Self>(key), mode)
    }

    /// Takes the mark of deletion off a row. One that is not marked is
    /// [`ErrorKind::NotEditable`](crate::ErrorKind::NotEditable).
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn restore<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        deletion::restore::<Self>(db, keys::<Self>(key))
    }

    /// Deletes a row that is marked as deleted for good. One that is not marked is
    /// [`ErrorKind::NotEditable`](crate::ErrorKind::NotEditable).
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    fn purge<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        deletion::purge::<Self>(db, keys::<Self>(key))
    }

    /// Gives a row to the user with this subject, inside the tenant. Only an administrator of the
    /// tenant and the service itself may. Whether there is such a user is for the caller to know.
    ///
    /// # Errors
    ///
    /// A [`DbErr`] with the refusal in it, or the database's.
    /// [`ErrorKind::ForeignOwner`](crate::ErrorKind::ForeignOwner) for anybody else.
    fn transfer<S: ScopedSession>(
        db: &S,
        key: impl Into<Key<Self>> + Send,
        to: &str,
    ) -> impl Future<Output = Result<(), DbErr>> + Send {
        find::transfer::<Self>(db, keys::<Self>(key), to.to_owned())
    }
}

impl<E: EntityTrait> TenantEntity for E {}

/// A transaction, or a savepoint, under another viewer in the same tenant.
async fn begin_as(db: &impl ScopedSession, scope: TenantScope) -> Result<ScopedTransaction, DbErr> {
    let transaction = db.begin().await?;
    Ok(transaction.with_scope(scope))
}

/// The columns of the primary key with their values.
fn keys<E: EntityTrait>(key: impl Into<Key<E>>) -> Vec<(E::Column, Value)> {
    let values = key.into().into_value_tuple();
    E::PrimaryKey::iter()
        .map(PrimaryKeyToColumn::into_column)
        .zip(values)
        .collect()
}

fn by_key<E: EntityTrait>(keys: &[(E::Column, Value)]) -> Condition {
    keys.iter().fold(Condition::all(), |all, (column, value)| {
        all.add(column.eq(value.clone()))
    })
}

/// A column of the entity's table, which the entity itself need not have.
fn column<E: EntityTrait>(name: &str) -> Expr {
    Expr::col((E::default(), Alias::new(name)))
}

fn without<E: EntityTrait>(what: &str) -> DbErr {
    let why = format!(
        "the policy of `{}` has no {what}: add it in the catalog",
        E::default().table_name()
    );
    Error::new(ErrorKind::Catalog, why).into()
}

fn not_editable<E: EntityTrait>() -> DbErr {
    let why = format!(
        "`{}` has no such row, or not one that the context may change in this way",
        E::default().table_name()
    );
    Error::new(ErrorKind::NotEditable, why).into()
}

/// Whether exactly something was done.
fn ensure_done<E: EntityTrait>(rows_affected: u64) -> Result<(), DbErr> {
    match rows_affected {
        0 => Err(not_editable::<E>()),
        _ => Ok(()),
    }
}

/// What the policy says, of an entity that is in the catalog.
fn policy<E: EntityTrait>(scope: &TenantScope) -> Result<&TablePolicy, DbErr> {
    let entity = E::default();
    scope
        .owned(entity.schema_name(), entity.table_name())
        .ok_or_else(|| {
            let why = format!(
                "the table `{}` is not in the catalog as a tenant-owned one",
                entity.table_name()
            );
            Error::new(ErrorKind::UnknownTable, why).into()
        })
}
