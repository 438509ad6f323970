//! Rows that are deleted by a mark.

use sea_orm::{
    DbErr, EntityTrait, QueryFilter, Value,
    sea_query::{Alias, Expr, ExprTrait},
};

use super::{ScopedSession, begin_as, by_key, column, ensure_done, policy, without};
use crate::{
    policy::soft_delete::{Mark, SoftDelete},
    scope::TenantScope,
};

fn deletion<E: EntityTrait>(scope: &TenantScope) -> Result<&SoftDelete, DbErr> {
    let deletion = policy::<E>(scope)?.deletion();
    deletion.ok_or_else(|| without::<E>("soft deletion"))
}

fn marked_predicate<E: EntityTrait>(deletion: &SoftDelete) -> Expr {
    let column = column::<E>(deletion.column());
    match deletion.mark() {
        Mark::Timestamp => column.is_not_null(),
        Mark::Deleted => column.eq(true),
        Mark::Active => column.clone().ne(true).or(column.is_null()),
    }
}

pub(super) async fn restore<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
) -> Result<(), DbErr> {
    let deletion = deletion::<E>(db.scope_of().0)?;
    let unmarked = match deletion.mark() {
        // As a word, it has the column's type.
        Mark::Timestamp => Expr::cust("NULL"),
        Mark::Deleted => Expr::value(false),
        Mark::Active => Expr::value(true),
    };
    let scope = db.scope_of().0.only_editable().with_deleted();
    let transaction = begin_as(db, scope).await?;
    let done = E::update_many()
        .col_expr(Alias::new(deletion.column()), unmarked)
        .filter(by_key::<E>(&keys))
        .filter(marked_predicate::<E>(deletion))
        .exec(&transaction)
        .await?;
    ensure_done::<E>(done.rows_affected)?;
    transaction.commit().await
}

pub(super) async fn purge<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
) -> Result<(), DbErr> {
    let deletion = deletion::<E>(db.scope_of().0)?;
    let scope = db.scope_of().0.only_editable().with_deleted();
    let transaction = begin_as(db, scope).await?;
    let done = E::delete_many()
        .filter(by_key::<E>(&keys))
        .filter(marked_predicate::<E>(deletion))
        .exec(&transaction)
        .await?;
    ensure_done::<E>(done.rows_affected)?;
    transaction.commit().await
}
