//! What services do with their connections, stage by stage.

use std::{cell::Cell, pin::pin};

use futures_util::TryStreamExt;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, EntityTrait, IsolationLevel, PaginatorTrait,
    Statement, StreamTrait, TransactionSession, TransactionTrait,
};

use crate::bed::note;

/// What a future waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
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

/// What the work of each kind waits for, in turn.
pub(crate) const STAGES: [&[Stage]; 6] = {
    use Stage::{
        Begin, BeginReadOnly, Commit, InTransaction, NewInTransaction, NewStatement, Release,
        Rollback, RollbackTo, Row, Savepoint, Statement, Stream, Write,
    };
    [
        &[Statement, NewStatement],
        &[Write],
        &[
            Begin,
            InTransaction,
            Savepoint,
            NewInTransaction,
            Release,
            Commit,
        ],
        &[BeginReadOnly, InTransaction, Rollback],
        &[Stream, Row],
        &[Begin, Savepoint, Stream, RollbackTo, Write, Commit],
    ]
};

/// Reads, writes, transactions, savepoints and streams, as services mix them. `stage` says what
/// the future waits for.
pub(crate) async fn work<C>(db: &C, kind: usize, stage: &Cell<Option<Stage>>) -> Result<(), DbErr>
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let backend = ConnectionTrait::get_database_backend(db);
    match kind {
        0 => {
            stage.set(Some(Stage::Statement));
            note::Entity::find().count(db).await?;
            stage.set(Some(Stage::NewStatement));
            db.query_all_raw(new_text(backend)).await.map(drop)
        }
        1 => {
            stage.set(Some(Stage::Write));
            note::Entity::update_many()
                .col_expr(note::Column::Title, "cut".into())
                .exec(db)
                .await
                .map(drop)
        }
        2 => {
            stage.set(Some(Stage::Begin));
            let outer = db.begin().await?;
            stage.set(Some(Stage::InTransaction));
            note::Entity::find().all(&outer).await?;
            stage.set(Some(Stage::Savepoint));
            let inner = outer.begin().await?;
            stage.set(Some(Stage::NewInTransaction));
            inner.query_all_raw(new_text(backend)).await?;
            stage.set(Some(Stage::Release));
            inner.commit().await?;
            stage.set(Some(Stage::Commit));
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
            stage.set(Some(Stage::BeginReadOnly));
            let outer = db.begin_with_config(level, mode).await?;
            stage.set(Some(Stage::InTransaction));
            note::Entity::find().count(&outer).await?;
            stage.set(Some(Stage::Rollback));
            outer.rollback().await
        }
        4 => {
            stage.set(Some(Stage::Stream));
            let mut rows = pin!(db.stream_raw(large_answer(backend)).await?);
            while rows.try_next().await?.is_some() {
                stage.set(Some(Stage::Row));
            }
            Ok(())
        }
        _ => {
            stage.set(Some(Stage::Begin));
            let outer = db.begin().await?;
            stage.set(Some(Stage::Savepoint));
            let inner = outer.begin().await?;
            {
                stage.set(Some(Stage::Stream));
                let mut rows = note::Entity::find().stream(&inner).await?;
                // The others are left.
                rows.try_next().await?;
            }
            stage.set(Some(Stage::RollbackTo));
            inner.rollback().await?;
            stage.set(Some(Stage::Write));
            note::Entity::update_many()
                .col_expr(note::Column::Body, "cut".into())
                .exec(&outer)
                .await?;
            stage.set(Some(Stage::Commit));
            outer.commit().await
        }
    }
}

/// Rows that do not come in one packet.
fn large_answer(backend: DbBackend) -> Statement {
    let text = match backend {
        DbBackend::Postgres => "SELECT a.id, CAST($1 AS text) FROM note AS a CROSS JOIN note AS b",
        _ => "SELECT a.id, ? FROM note AS a CROSS JOIN note AS b",
    };
    Statement::from_sql_and_values(backend, text, ["x".repeat(1 << 18).into()])
}

/// A statement that no connection has prepared.
fn new_text(backend: DbBackend) -> Statement {
    let number = fastrand::u32(..);
    let text = format!("SELECT id, title FROM note WHERE {number} = {number}");
    Statement::from_string(backend, text)
}
