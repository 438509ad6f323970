//! What services do with their connections.

use futures_util::TryStreamExt;
use sea_orm::{
    DbErr, EntityTrait, PaginatorTrait, TransactionTrait,
    sqlx::{self, Executor},
};
use tenancy_seaorm::ScopedConnection;

use crate::{ACME, note};

/// Reads, writes, transactions, savepoints and streams, as services mix them.
pub async fn work(scoped: &ScopedConnection, kind: u64) -> Result<(), DbErr> {
    match kind % 4 {
        0 => note::Entity::find().count(scoped).await.map(drop),
        1 => note::Entity::update_many()
            .col_expr(note::Column::Title, "cut".into())
            .exec(scoped)
            .await
            .map(drop),
        2 => {
            let outer = scoped.begin().await?;
            note::Entity::find().all(&outer).await?;
            let inner = outer.begin().await?;
            note::Entity::find().count(&inner).await?;
            inner.commit().await?;
            outer.commit().await
        }
        _ => {
            let rows = note::Entity::find().stream(scoped).await?;
            rows.try_collect::<Vec<_>>().await.map(drop)
        }
    }
}

/// What people write: begin, setting, statement, commit.
pub async fn naive(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT set_config('app.tenant_id', $1, true)")
        .bind(ACME.to_string())
        .execute(&mut *transaction)
        .await?;
    transaction.execute("SELECT count(*) FROM note").await?;
    transaction.commit().await
}
