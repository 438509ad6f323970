//! What services do with their connections, stage by stage.

use std::{cell::RefCell, pin::pin};

use futures_util::TryStreamExt;
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, EntityTrait, IsolationLevel, PaginatorTrait,
    Statement, StreamTrait, TransactionSession, TransactionTrait,
};
use testbed::note;

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

/// How many kinds of work there are.
pub(crate) const KINDS: usize = 6;

/// What a future waits for, and has waited for before.
#[derive(Default)]
pub(crate) struct Progress(RefCell<Vec<Stage>>);

impl Progress {
    fn reach(&self, stage: Stage) {
        if !self.is_at(stage) {
            self.0.borrow_mut().push(stage);
        }
    }

    pub(crate) fn is_at(&self, stage: Stage) -> bool {
        self.0.borrow().last() == Some(&stage)
    }

    pub(crate) fn stages(self) -> Vec<Stage> {
        self.0.into_inner()
    }
}

/// Reads, writes, transactions, savepoints and streams, as services mix them. `progress` says
/// what the future waits for.
pub(crate) async fn work<C>(db: &C, kind: usize, progress: &Progress) -> Result<(), DbErr>
where
    C: ConnectionTrait + StreamTrait + TransactionTrait,
    C::Transaction: StreamTrait,
{
    let backend = ConnectionTrait::get_database_backend(db);
    match kind {
        0 => {
            progress.reach(Stage::Statement);
            note::Entity::find().count(db).await?;
            progress.reach(Stage::NewStatement);
            db.query_all_raw(new_text(backend)).await.map(drop)
        }
        1 => {
            progress.reach(Stage::Write);
            note::Entity::update_many()
                .col_expr(note::Column::Title, "cut".into())
                .exec(db)
                .await
                .map(drop)
        }
        2 => {
            progress.reach(Stage::Begin);
            let outer = db.begin().await?;
            progress.reach(Stage::InTransaction);
            note::Entity::find().all(&outer).await?;
            progress.reach(Stage::Savepoint);
            let inner = outer.begin().await?;
            progress.reach(Stage::NewInTransaction);
            inner.query_all_raw(new_text(backend)).await?;
            progress.reach(Stage::Release);
            inner.commit().await?;
            progress.reach(Stage::Commit);
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
            progress.reach(Stage::BeginReadOnly);
            let outer = db.begin_with_config(level, mode).await?;
            progress.reach(Stage::InTransaction);
            note::Entity::find().count(&outer).await?;
            progress.reach(Stage::Rollback);
            outer.rollback().await
        }
        4 => {
            progress.reach(Stage::Stream);
            let mut rows = pin!(db.stream_raw(large_answer(backend)).await?);
            while rows.try_next().await?.is_some() {
                progress.reach(Stage::Row);
            }
            Ok(())
        }
        _ => {
            progress.reach(Stage::Begin);
            let outer = db.begin().await?;
            progress.reach(Stage::Savepoint);
            let inner = outer.begin().await?;
            {
                progress.reach(Stage::Stream);
                let mut rows = note::Entity::find().stream(&inner).await?;
                // The others are left.
                rows.try_next().await?;
            }
            progress.reach(Stage::RollbackTo);
            inner.rollback().await?;
            progress.reach(Stage::Write);
            note::Entity::update_many()
                .col_expr(note::Column::Body, "cut".into())
                .exec(&outer)
                .await?;
            progress.reach(Stage::Commit);
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
