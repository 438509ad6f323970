//! Rows of users.

use sea_orm::{
    DbErr, EntityTrait, QueryFilter, Select, Value,
    sea_query::{Alias, Expr, ExprTrait},
};
use tenancy_core::Principal;

use super::{ScopedSession, begin_as, by_key, column, ensure_done, policy, without};
use crate::{
    error::{Error, ErrorKind},
    plan::ActorKind,
    scope::TenantScope,
};

pub(super) fn owned<E: EntityTrait>(scope: &TenantScope) -> Result<Select<E>, DbErr> {
    let owned = policy::<E>(scope)?;
    let ownership = owned.ownership().ok_or_else(|| without::<E>("owner"))?;
    let subject = scope.holder().principal().map(Principal::subject);
    let user = subject.and_then(|subject| ownership.user.kind().user_value(subject));
    let tenant = owned.tenant().kind().value(scope.holder().tenant_id());
    let (Some(user), Some(tenant)) = (user, tenant) else {
        let why = "the context has no principal whose subject fits the owner column";
        return Err(Error::new(ErrorKind::Incompatible, why).into());
    };
    Ok(E::find()
        .filter(column::<E>(owned.tenant().name()).eq(tenant))
        .filter(column::<E>(ownership.user.name()).eq(user)))
}

pub(super) async fn transfer<E: EntityTrait>(
    db: &impl ScopedSession,
    keys: Vec<(E::Column, Value)>,
    to: String,
) -> Result<(), DbErr> {
    let scope = db.scope_of().0;
    let user = &policy::<E>(scope)?
        .ownership()
        .ok_or_else(|| without::<E>("owner"))?
        .user;
    match scope.actor() {
        ActorKind::Service | ActorKind::Administrator => {}
        ActorKind::Member | ActorKind::Guest => {
            let why = "a row is given to another user by an administrator of the tenant";
            return Err(Error::new(ErrorKind::ForeignOwner, why).into());
        }
    }
    let value = user.kind().user_value(&to).ok_or_else(|| {
        let why = format!("the subject does not fit the column `{}`", user.name());
        Error::new(ErrorKind::Incompatible, why)
    })?;
    let column = Alias::new(user.name());
    let transaction = begin_as(db, scope.only_editable()).await?;
    let done = E::update_many()
        .col_expr(column, Expr::value(value))
        .filter(by_key::<E>(&keys))
        .exec(&transaction)
        .await?;
    ensure_done::<E>(done.rows_affected)?;
    transaction.commit().await
}
