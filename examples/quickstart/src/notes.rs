//! Plain SeaORM code. No statement here names a tenant.

use std::ops::RangeInclusive;

use axum::{
    Json,
    extract::{Path, Query},
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, QueryOrder, Set, Statement,
    Unchanged,
};
use serde::{Deserialize, Deserializer};
use tenancy_axum::CurrentPrincipal;
use tenancy_seaorm::ScopedConnection as Scoped;
use uuid::Uuid;

use crate::{
    authors,
    entity::note::{self, Entity as Note},
    error::{AppError, text},
    input::{IdInput, JsonInput, QueryInput},
};

/// Characters.
const TITLE: RangeInclusive<usize> = 1..=200;
/// Characters.
const BODY: RangeInclusive<usize> = 0..=20_000;

pub(crate) async fn list(db: Scoped) -> Result<Json<Vec<note::Model>>, AppError> {
    Ok(Json(
        Note::find().order_by_asc(note::Column::Id).all(&db).await?,
    ))
}

pub(crate) async fn read(db: Scoped, id: IdInput) -> Result<Json<note::Model>, AppError> {
    let Path(id) = id?;
    let note = Note::find_by_id(id).one(&db).await?;
    note.map(Json).ok_or_else(AppError::no_such_note)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `title` and `body`")]
pub(crate) struct NewNote {
    title: String,
    body: String,
}

pub(crate) async fn create(
    db: Scoped,
    CurrentPrincipal(principal): CurrentPrincipal,
    input: JsonInput<NewNote>,
) -> Result<impl IntoResponse, AppError> {
    let Json(NewNote { title, body }) = input?;
    text("title", &title, TITLE)?;
    text("body", &body, BODY)?;
    let author = authors::named(&db, principal.subject()).await?;
    let note = note::ActiveModel {
        id: Set(Uuid::now_v7()),
        author_id: Set(author.id),
        title: Set(title),
        body: Set(body),
        ..Default::default()
    };
    let note = note.insert(&db).await?;
    let location = [(LOCATION, format!("/notes/{}", note.id))];
    Ok((StatusCode::CREATED, location, Json(note)))
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `title`, `body` or both"
)]
pub(crate) struct Changes {
    #[serde(default, deserialize_with = "given")]
    title: Option<String>,
    #[serde(default, deserialize_with = "given")]
    body: Option<String>,
}

/// A field that may be left out, but not be null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

pub(crate) async fn edit(
    db: Scoped,
    id: IdInput,
    input: JsonInput<Changes>,
) -> Result<Json<note::Model>, AppError> {
    let Path(id) = id?;
    let Json(changes) = input?;
    let mut note = note::ActiveModel {
        id: Unchanged(id),
        ..Default::default()
    };
    if let Some(title) = changes.title {
        text("title", &title, TITLE)?;
        note.title = Set(title);
    }
    if let Some(body) = changes.body {
        text("body", &body, BODY)?;
        note.body = Set(body);
    }
    Ok(Json(note.update(&db).await?))
}

pub(crate) async fn remove(db: Scoped, id: IdInput) -> Result<StatusCode, AppError> {
    let Path(id) = id?;
    match Note::delete_by_id(id).exec(&db).await?.rows_affected {
        0 => Err(AppError::no_such_note()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

#[derive(Deserialize)]
pub(crate) struct Search {
    q: String,
}

/// Raw SQL, scoped like everything else.
const SEARCH: &str = "\
    SELECT id, tenant_id, author_id, title, body FROM note \
    WHERE LOWER(title) LIKE LOWER($1) ESCAPE '!' OR LOWER(body) LIKE LOWER($1) ESCAPE '!' \
    ORDER BY id";

pub(crate) async fn search(
    db: Scoped,
    query: QueryInput<Search>,
) -> Result<Json<Vec<note::Model>>, AppError> {
    let Query(Search { q }) = query?;
    text("q", &q, 0..=200)?;
    let literal = q.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => SEARCH.replace('$', "?"),
        _ => SEARCH.to_owned(),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [format!("%{literal}%").into()]);
    Ok(Json(Note::find().from_raw_sql(statement).all(&db).await?))
}
