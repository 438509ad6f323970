//! What the next borrower of a pool's connection finds.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, PaginatorTrait,
    TransactionTrait,
};
use tenancy_seaorm::ScopedConnection;
use testbed::{Testbed, note};

use crate::connections::new_note;

/// What is wrong with the connection that `pool` lends next.
pub(crate) async fn dirt(bed: &Testbed, pool: &DatabaseConnection) -> Result<(), String> {
    let database = crate::connections::database_on(bed, pool).await;
    let globex = database.scoped(&testbed::context(testbed::GLOBEX));
    dirt_met_by(&globex.unwrap(), bed, pool).await
}

/// What is wrong with the connection that `pool` lends next, by its word and by what becomes of a
/// row of `globex`, the next tenant on it.
pub(crate) async fn dirt_met_by(
    globex: &ScopedConnection,
    bed: &Testbed,
    pool: &DatabaseConnection,
) -> Result<(), String> {
    if bed.backend == DbBackend::Sqlite {
        // A transaction cannot begin in another.
        let begun = pool.execute_unprepared("BEGIN").await;
        begun.map_err(|error| format!("a transaction is open: {error}"))?;
        pool.execute_unprepared("ROLLBACK").await.map_err(told)?;
    }
    // Wider than an integer of PostgreSQL's.
    let asked = i64::from(fastrand::u32(..)) + (1 << 33);
    let answer = bed.sql(&format!("SELECT {asked}, {asked}"), []);
    let answer = pool.query_one_raw(answer).await.map_err(told)?.unwrap();
    let answer: i64 = answer.try_get_by_index(1).map_err(told)?;
    if answer != asked {
        return Err("an answer of another's statement".into());
    }
    let inserted = note::Entity::insert(new_note(9000)).exec(globex).await;
    inserted.map_err(told)?;
    // Somebody else sees it, and may delete it.
    let seen = note::Entity::find_by_id(9000).count(&bed.owner).await;
    if seen.map_err(told)? != 1 {
        return Err("an insert that was acknowledged is in nobody's transaction".into());
    }
    let deleted = note::Entity::delete_by_id(9000).exec(&bed.owner).await;
    deleted.map_err(told)?;
    Ok(())
}

/// How many of a pool's connections are not lent any more.
pub(crate) async fn lost(pool: &DatabaseConnection, connections: usize) -> usize {
    let mut held = Vec::new();
    for _ in 0..connections {
        match pool.begin().await {
            Ok(transaction) => held.push(transaction),
            Err(_) => break,
        }
    }
    let lost = connections - held.len();
    for transaction in held {
        transaction.rollback().await.unwrap();
    }
    lost
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn told(error: DbErr) -> String {
    error.to_string()
}
