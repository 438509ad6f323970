//! Plain SeaORM code. No statement here names a tenant.

use axum::Json;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Set, SqlErr,
};
use serde::Serialize;
use tenancy_seaorm::ScopedConnection as Scoped;
use uuid::Uuid;

use crate::{
    entity::{
        author::{self, Entity as Author},
        note::{self, Entity as Note},
    },
    error::AppError,
};

#[derive(FromQueryResult, Serialize)]
pub(crate) struct AuthorNotes {
    id: Uuid,
    name: String,
    notes: i64,
}

/// Every author, also one without notes.
pub(crate) async fn list(db: Scoped) -> Result<Json<Vec<AuthorNotes>>, AppError> {
    let authors = Author::find()
        .select_only()
        .columns([author::Column::Id, author::Column::Name])
        .column_as(note::Column::Id.count(), "notes")
        .left_join(Note)
        .group_by(author::Column::Id)
        .group_by(author::Column::Name)
        .order_by_asc(author::Column::Name)
        .into_model()
        .all(&db)
        .await?;
    Ok(Json(authors))
}

/// The author of that name, who is one from the first note on.
pub(crate) async fn named<C: ConnectionTrait>(db: &C, name: &str) -> Result<author::Model, DbErr> {
    let find = Author::find().filter(author::Column::Name.eq(name));
    if let Some(author) = find.clone().one(db).await? {
        return Ok(author);
    }
    let author = author::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(name.to_owned()),
        ..Default::default()
    };
    match author.insert(db).await {
        // Another request was faster.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            find.one(db).await?.ok_or(error)
        }
        author => author,
    }
}
