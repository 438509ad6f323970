//! What services do with their connections, stage by stage.

use std::{cell::Cell, fmt};

use futures_util::TryStreamExt;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, EntityTrait, IsolationLevel, PaginatorTrait,
    Statement, StreamTrait, TransactionSession, TransactionTrait,
};

use crate::bed::note;

/// What a future waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Stage {
    #[default]
    Begin,
    BeginReadOnly,
    Statement,
    NewStatement,
    Write,
    Savepoint,
    InTransaction,
    NewInTransaction,
    Stream,
    Row,
    Release,
    RollbackTo,
    Commit,
    Rollback,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Reads, writes, transactions, savepoints and streams, as services mix them. `stage` says what the future waits for.
pub(crate) async fn work<C>(db: &C, kind: u64, stage: &Cell<Stage>) -> Result<(), DbErr>
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let backend = ConnectionTrait::get_database_backend(db);
    match kind % 6 {
        0 => {
            stage.set(Stage::Statement);
            note::Entity::find().count(db).await?;
            stage.set(Stage::NewStatement);
            db.query_all_raw(new_text(backend)).await.map(drop)
        }
        1 => {
            stage.set(Stage::Write);
            note::Entity::update_many()
                .col_expr(note::Column::Title, "cut".into())
                .exec(db)
                .await
                .map(drop)
        }
        2 => {
            stage.set(Stage::Begin);
            let outer = db.begin().await?;
            stage.set(Stage::InTransaction);
            note::Entity::find().all(&outer).await?;
            stage.set(Stage::Savepoint);
            let inner = outer.begin().await?;
            stage.set(Stage::NewInTransaction);
            inner.query_all_raw(new_text(backend)).await?;
            stage.set(Stage::Release);
            inner.commit().await?;
            stage.set(Stage::Commit);
            outer.commit().await
        }
        3 => {
            let (level, mode) = match backend {
                DbBackend::Sqlite => (None, None),
                _ => (
                    Some(IsolationLevel::Serializable),
                    Some(AccessMode::ReadOnly),
                ),
            };
            stage.set(Stage::BeginReadOnly);
            let outer = db.begin_with_config(level, mode).await?;
            stage.set(Stage::InTransaction);
            note::Entity::find().count(&outer).await?;
            stage.set(Stage::Rollback);
            outer.rollback().await
        }
        4 => {
            stage.set(Stage::Stream);
            let mut rows = note::Entity::find().stream(db).await?;
            while rows.try_next().await?.is_some() {
                stage.set(Stage::Row);
            }
            Ok(())
        }
        _ => {
            stage.set(Stage::Begin);
            let outer = db.begin().await?;
            stage.set(Stage::Savepoint);
            let inner = outer.begin().await?;
            {
                stage.set(Stage::Stream);
                let mut rows = note::Entity::find().stream(&inner).await?;
                // The others are left.
                rows.try_next().await?;
            }
            stage.set(Stage::RollbackTo);
            inner.rollback().await?;
            stage.set(Stage::Write);
            note::Entity::update_many()
                .col_expr(note::Column::Body, "cut".into())
                .exec(&outer)
                .await?;
            stage.set(Stage::Commit);
            outer.commit().await
        }
    }
}

/// A statement that no connection has prepared.
fn new_text(backend: DbBackend) -> Statement {
    let number = fastrand::u32(..);
    let text = format!("SELECT id, title FROM note WHERE {number} = {number}");
    Statement::from_string(backend, text)
}
