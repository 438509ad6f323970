//! Modes and grants.

use sea_orm::{
    DbErr, EntityTrait, QueryFilter, QuerySelect, Value,
    sea_query::{Alias, Expr, ExprTrait, Func},
};
use tenancy_core::TenantId;

use super::{
    ScopedSession, SharingMode, begin_as, by_key, column, grant, not_editable, policy, without,
};
use crate::{
    error::{Error, ErrorKind},
    policy::{
        id::IdKind,
        sharing::{GrantPlace, Sharing},
    },
    scope::TenantScope,
    transaction::ScopedTransaction,
};

fn sharing<E: EntityTrait>(scope: &TenantScope) -> Result<&Sharing, DbErr> {
    let sharing = policy::<E>(scope)?.sharing();
    sharing.ok_or_else(|| without::<E>("mode of sharing"))
}

pub(super) async fn share<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
    with: TenantId,
) -> Result<(), DbErr> {
    let Sharing { mode, grants } = sharing::<E>(db.scope_of().0)?;
    let transaction = begin_as(db, db.scope_of().0.sharing()).await?;
    hold::<E>(&transaction, &keys).await?;
    match grants {
        GrantPlace::None => return Err(without::<E>("grants")),
        GrantPlace::Table(_) => grant::give::<E>(&transaction, &keys, &with).await?,
        GrantPlace::Array(ids) => {
            let id = fitting(ids.kind(), &with)?;
            let all = Func::cust("array_append")
                .arg(others::<E>(ids.name(), id.clone()))
                .arg(id);
            set::<E>(&transaction, &keys, ids.name(), all.into()).await?;
        }
        GrantPlace::Json(ids) => {
            grant::change_json::<E>(&transaction, &keys, ids, |all| {
                if !all.contains(&with) {
                    all.push(with.clone());
                }
            })
            .await?;
        }
    }
    // A mode that is nothing else is private. Its words stand in the text, where they have the
    // column's type, an enumeration's too.
    let word = |mode: SharingMode| Expr::cust(format!("'{}'", mode.as_str()));
    let known = [SharingMode::Global, SharingMode::Selective].map(word);
    let is_private = column::<E>(mode)
        .is_null()
        .or(column::<E>(mode).is_not_in(known));
    E::update_many()
        .col_expr(Alias::new(&**mode), word(SharingMode::Selective))
        .filter(by_key::<E>(&keys))
        .filter(is_private)
        .exec(&transaction)
        .await?;
    transaction.commit().await
}

/// The array without this id.
fn others<E: EntityTrait>(array: &str, id: Value) -> Expr {
    let others = Func::cust("array_remove").arg(column::<E>(array)).arg(id);
    others.into()
}

pub(super) async fn unshare<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
    with: TenantId,
) -> Result<bool, DbErr> {
    let Sharing { grants, .. } = sharing::<E>(db.scope_of().0)?;
    let transaction = begin_as(db, db.scope_of().0.only_editable()).await?;
    hold::<E>(&transaction, &keys).await?;
    let is_removed = match grants {
        GrantPlace::None => return Err(without::<E>("grants")),
        GrantPlace::Table(_) => grant::take::<E>(&transaction, &keys, &with).await?,
        GrantPlace::Array(ids) => {
            let before = grant::listed::<E>(&transaction, &keys, grants).await?;
            let id = fitting(ids.kind(), &with)?;
            let others = others::<E>(ids.name(), id);
            set::<E>(&transaction, &keys, ids.name(), others).await?;
            before.contains(&with)
        }
        GrantPlace::Json(ids) => {
            let mut is_removed = false;
            grant::change_json::<E>(&transaction, &keys, ids, |all| {
                let before = all.len();
                all.retain(|id| *id != with);
                is_removed = all.len() < before;
            })
            .await?;
            is_removed
        }
    };
    transaction.commit().await?;
    Ok(is_removed)
}

pub(super) async fn grants<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
) -> Result<Vec<TenantId>, DbErr> {
    let Sharing { grants, .. } = sharing::<E>(db.scope_of().0)?;
    let transaction = begin_as(db, db.scope_of().0.only_editable()).await?;
    hold::<E>(&transaction, &keys).await?;
    let mut ids = grant::listed::<E>(&transaction, &keys, grants).await?;
    transaction.commit().await?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

pub(super) async fn set_mode<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
    mode: SharingMode,
) -> Result<(), DbErr> {
    let column = &sharing::<E>(db.scope_of().0)?.mode;
    let transaction = begin_as(db, db.scope_of().0.only_editable()).await?;
    hold::<E>(&transaction, &keys).await?;
    let mode = Expr::cust(format!("'{}'", mode.as_str()));
    set::<E>(&transaction, &keys, column, mode).await?;
    transaction.commit().await
}

pub(super) async fn set<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    column: &str,
    value: Expr,
) -> Result<(), DbErr> {
    E::update_many()
        .col_expr(Alias::new(column), value)
        .filter(by_key::<E>(keys))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Holds the row until the transaction ends, where the engine has such locks: whoever else shares
/// it comes afterwards.
///
/// What is done does not tell whether there is such a row: MySQL counts none that is what it was.
async fn hold<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
) -> Result<(), DbErr> {
    let found: Option<i32> = E::find()
        .select_only()
        .expr(Expr::cust("1"))
        .filter(by_key::<E>(keys))
        .lock_exclusive()
        .into_tuple()
        .one(transaction)
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(not_editable::<E>()),
    }
}

/// The id as a column of this kind stores it.
pub(super) fn fitting(kind: IdKind, tenant: &TenantId) -> Result<Value, DbErr> {
    kind.value(tenant).ok_or_else(|| {
        let why = format!("the tenant's id does not fit a column of kind {kind:?}");
        Error::new(ErrorKind::Incompatible, why).into()
    })
}
