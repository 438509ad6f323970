//! Grants where they stand: in a table, or in the row.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, QueryFilter, QuerySelect, Value,
    sea_query::{Alias, Expr, ExprTrait, Func, IntoTableRef, OnConflict, Query, TableRef},
};
use tenancy_core::TenantId;

use super::{
    by_key, column, policy,
    share::{fitting, set},
    without,
};
use crate::{
    error::{Error, ErrorKind},
    policy::{
        id::{IdColumn, IdKind},
        sharing::{GrantPlace, GrantTable},
    },
    transaction::ScopedTransaction,
};

struct Place {
    table: TableRef,
    name: Alias,
    resource: Alias,
    grantee: Alias,
    kind: IdKind,
    /// The key of the row.
    row: Value,
    key: Alias,
}

fn place<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
) -> Result<Place, DbErr> {
    let owned = policy::<E>(transaction.scope())?;
    let (Some(GrantPlace::Table(grants)), Some(key)) =
        (owned.sharing().map(|sharing| &sharing.grants), owned.key())
    else {
        return Err(without::<E>("table of grants"));
    };
    let GrantTable {
        name,
        giver: _,
        resource,
        grantee,
    } = &**grants;
    let row = keys
        .iter()
        .find(|(column, _)| column.as_str() == key.name())
        .map(|(_, value)| value.clone())
        .ok_or_else(|| without::<E>("key that is a primary key"))?;
    let table = Alias::new(&*name.table);
    Ok(Place {
        table: match &name.schema {
            Some(schema) => (Alias::new(&**schema), table.clone()).into_table_ref(),
            None => table.clone().into_table_ref(),
        },
        name: table,
        resource: Alias::new(resource.name()),
        grantee: Alias::new(grantee.name()),
        kind: grantee.kind(),
        row,
        key: Alias::new(key.name()),
    })
}

/// In one statement with the row that it is for, which is read as one that may be changed.
pub(super) async fn give<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    with: &TenantId,
) -> Result<(), DbErr> {
    let place = place::<E>(transaction, keys)?;
    let id = fitting(place.kind, with)?;
    let given = Query::select()
        .expr(Expr::cust("1"))
        .from(place.table.clone())
        .and_where(Expr::col((place.name.clone(), place.resource.clone())).eq(place.row.clone()))
        .and_where(Expr::col((place.name, place.grantee.clone())).eq(id.clone()))
        .to_owned();
    let row = Query::select()
        .column((E::default(), place.key))
        .expr(Expr::value(id))
        .from(E::default().table_ref())
        .cond_where(by_key::<E>(keys))
        .and_where(Expr::exists(given).not())
        .to_owned();
    let mut insert = Query::insert();
    insert
        .into_table(place.table)
        .columns([place.resource, place.grantee])
        .select_from(row)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    if ConnectionTrait::get_database_backend(transaction) != DbBackend::MySql {
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
    }
    transaction.execute(&insert).await?;
    Ok(())
}

pub(super) async fn take<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    with: &TenantId,
) -> Result<bool, DbErr> {
    let place = place::<E>(transaction, keys)?;
    let delete = Query::delete()
        .from_table(place.table)
        .and_where(Expr::col(place.resource).eq(place.row))
        .and_where(Expr::col(place.grantee).eq(fitting(place.kind, with)?))
        .to_owned();
    Ok(transaction.execute(&delete).await?.rows_affected() > 0)
}

pub(super) async fn listed<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    grants: &GrantPlace,
) -> Result<Vec<TenantId>, DbErr> {
    match grants {
        GrantPlace::None => Err(without::<E>("grants")),
        GrantPlace::Table(_) => {
            let place = place::<E>(transaction, keys)?;
            let query = Query::select()
                .column(place.grantee)
                .from(place.table)
                .and_where(Expr::col(place.resource).eq(place.row))
                .to_owned();
            let rows = transaction.query_all(&query).await?;
            let ids = rows.iter().map(|row| match place.kind {
                IdKind::Uuid => tenant(TenantId::uuid(row.try_get_by_index(0)?)),
                IdKind::Int32 => {
                    let id: i32 = row.try_get_by_index(0)?;
                    tenant(TenantId::integer(id.into()))
                }
                IdKind::Int64 => tenant(TenantId::integer(row.try_get_by_index(0)?)),
                IdKind::Text => {
                    let id: String = row.try_get_by_index(0)?;
                    tenant(id.parse())
                }
            });
            ids.collect()
        }
        GrantPlace::Array(ids) => {
            let array = Func::cust("array_to_json").arg(column::<E>(ids.name()));
            read::<E>(transaction, keys, array.into(), ids.kind()).await
        }
        GrantPlace::Json(ids) => {
            let array = column::<E>(ids.name());
            read::<E>(transaction, keys, array, ids.kind()).await
        }
    }
}

/// Reads the array, changes it, and writes it back: the row is held.
pub(super) async fn change_json<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    column: &IdColumn,
    change: impl FnOnce(&mut Vec<TenantId>) + Send,
) -> Result<(), DbErr> {
    let backend = ConnectionTrait::get_database_backend(transaction);
    let (name, kind) = (column.name(), column.kind());
    let mut ids = read::<E>(transaction, keys, super::column::<E>(name), kind).await?;
    change(&mut ids);
    let ids: Vec<_> = ids
        .iter()
        .map(|id| match kind {
            IdKind::Int32 | IdKind::Int64 => id.to_string(),
            IdKind::Uuid | IdKind::Text => serde_json::Value::from(id.to_string()).to_string(),
        })
        .collect();
    let text = Expr::value(format!("[{}]", ids.join(",")));
    let value = match backend {
        DbBackend::Postgres => text.cast_as("JSONB"),
        _ => text,
    };
    set::<E>(transaction, keys, name, value).await
}

/// What is no array of ids has none.
async fn read<E: EntityTrait>(
    transaction: &ScopedTransaction,
    keys: &[(E::Column, Value)],
    array: Expr,
    kind: IdKind,
) -> Result<Vec<TenantId>, DbErr> {
    let text = match ConnectionTrait::get_database_backend(transaction) {
        DbBackend::MySql => "CHAR",
        _ => "TEXT",
    };
    let text: Option<Option<String>> = E::find()
        .select_only()
        .expr(array.cast_as(text))
        .filter(by_key::<E>(keys))
        .into_tuple()
        .one(transaction)
        .await?;
    let text = text.flatten().unwrap_or_default();
    let items: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    let id = |item: &serde_json::Value| match (kind, item) {
        (IdKind::Int32 | IdKind::Int64, serde_json::Value::Number(number)) => {
            TenantId::integer(number.as_i64()?).ok()
        }
        (IdKind::Uuid, serde_json::Value::String(text)) => {
            TenantId::uuid(uuid::Uuid::try_parse(text).ok()?).ok()
        }
        (IdKind::Text, serde_json::Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    Ok(items.iter().filter_map(id).collect())
}

fn tenant<T: std::fmt::Display>(id: Result<TenantId, T>) -> Result<TenantId, DbErr> {
    id.map_err(|error| {
        let why = format!("a grant is for no tenant: {error}");
        Error::new(ErrorKind::Incompatible, why).into()
    })
}
