//! Transactions with savepoints, as they end well, badly, by a panic and not at all.

use std::{panic::resume_unwind, sync::Arc};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use tenancy_seaorm::{ScopedConnection, ScopedTransaction};
use testbed::cut::cut_after;

use super::{
    model::Rows,
    statement,
    tally::{Failure, Violation},
    tenant::Tenant,
    world::World,
};

/// A transaction or savepoint, and the rows as it leaves them.
type Level = (ScopedTransaction, Rows);

/// Runs some statements and ends the transaction one way or another. `rows` change only by a
/// commit.
pub async fn run(
    world: &World,
    connection: &ScopedConnection,
    tenant: &Tenant,
    rows: &mut Rows,
    random: &mut fastrand::Rng,
) -> Result<(), DbErr> {
    let outer = connection.begin().await?;
    let mut levels: Vec<Level> = vec![(outer, rows.clone())];
    for _ in 0..random.usize(1..7) {
        step(world, tenant, &mut levels, random).await?;
    }
    while levels.len() > 1 {
        release(&mut levels).await?;
    }
    let Some((outer, changed)) = levels.pop() else {
        return Ok(());
    };
    match random.u8(..8) {
        0 => return outer.rollback().await,
        1 => return Ok(()),
        _ => {}
    }
    let before = rows.clone();
    rows.admit_all(&changed);
    match outer.commit().await {
        Ok(()) => *rows = changed,
        Err(error) if Failure::of(&error).is_unknown() => return Err(error),
        Err(error) => {
            *rows = before;
            return Err(error);
        }
    }
    Ok(())
}

async fn step(
    world: &World,
    tenant: &Tenant,
    levels: &mut Vec<Level>,
    random: &mut fastrand::Rng,
) -> Result<(), DbErr> {
    let depth = levels.len();
    let Some((transaction, changed)) = levels.last_mut() else {
        return Ok(());
    };
    match random.u8(..10) {
        0..=1 if depth < 4 => {
            let savepoint = transaction.begin().await?;
            let changed = changed.clone();
            levels.push((savepoint, changed));
            return Ok(());
        }
        2 if depth > 1 => return release(levels).await,
        3 if depth > 1 => return undo(levels, random).await,
        _ => {}
    }
    let polls = match random.u8(..25) {
        0 => random.usize(..4),
        _ => usize::MAX,
    };
    let before = changed.clone();
    // The choices are the statement's own, as it may be gone before it has made them all.
    let mut its_random = random.fork();
    let work = statement::any(world, transaction, tenant, changed, &mut its_random);
    let error = match cut_after(polls, work).await {
        Some(Ok(())) => return Ok(()),
        Some(Err(error)) => error,
        None if *changed == before => return Ok(()),
        None => return unknown(world, transaction).await,
    };
    if depth > 1 && !Failure::of(&error).is_unknown() {
        // An error of the server's ends the savepoint, and the transaction goes on.
        world.tally.came_of_it(&Err(error));
        return undo(levels, random).await;
    }
    if random.bool()
        && let Some((outermost, _)) = levels.drain(..).next()
    {
        match outermost.commit().await {
            Ok(()) => {
                let what = format!("a commit succeeds after {error}");
                world.tally.violation(Violation::Risen, what);
            }
            Err(_) => {
                let what = "aborted transactions whose commit failed";
                world.tally.add(what, 1);
            }
        }
    }
    Err(error)
}

/// Nothing can be told of a transaction after a write in it that nobody waited for: it must take no
/// more.
async fn unknown(world: &World, transaction: &ScopedTransaction) -> Result<(), DbErr> {
    world.tally.add("writes cut in a transaction", 1);
    let next = transaction.execute_unprepared("SELECT id FROM note").await;
    if next.is_ok() {
        let what = "a transaction goes on after a write that nobody waited for".to_owned();
        world.tally.violation(Violation::Unexplained, what);
    }
    next.map(drop)
}

async fn release(levels: &mut Vec<Level>) -> Result<(), DbErr> {
    if let Some((savepoint, changed)) = levels.pop() {
        savepoint.commit().await?;
        if let Some((_, outer)) = levels.last_mut() {
            *outer = changed;
        }
    }
    Ok(())
}

/// Rolls the last savepoint back, in so many words or by dropping it.
async fn undo(levels: &mut Vec<Level>, random: &mut fastrand::Rng) -> Result<(), DbErr> {
    match levels.pop() {
        Some((savepoint, _)) if random.bool() => savepoint.rollback().await,
        _ => Ok(()),
    }
}

/// What the tasks panic with.
struct OnPurpose;

/// C04: a task that panics while it holds a transaction, or a savepoint in one.
pub async fn panic(
    world: &Arc<World>,
    connection: ScopedConnection,
    tenant: &Arc<Tenant>,
    mut rows: Rows,
    mut random: fastrand::Rng,
) -> Result<(), DbErr> {
    let (its_world, its_tenant) = (Arc::clone(world), Arc::clone(tenant));
    let task = tokio::spawn(async move {
        let outer = connection.begin().await?;
        let write = statement::choose(&its_world, &its_tenant, &rows, &mut random);
        statement::write(&its_world, &outer, &its_tenant, &mut rows, write).await?;
        let _savepoint = outer.begin().await?;
        if random.bool() {
            let write = statement::choose(&its_world, &its_tenant, &rows, &mut random);
            statement::write(&its_world, &outer, &its_tenant, &mut rows, write).await?;
        }
        // Unwinds as a panic does, without the message that nobody wants to read so often.
        resume_unwind(Box::new(OnPurpose));
        #[allow(unreachable_code)]
        Ok::<(), DbErr>(())
    });
    match task.await {
        Ok(outcome) => outcome,
        Err(error) => {
            let is_ours = error.is_panic() && error.into_panic().is::<OnPurpose>();
            if is_ours {
                world.tally.add("panics", 1);
            } else {
                let what = "a task panicked by itself".to_owned();
                world.tally.violation(Violation::Unexplained, what);
            }
            Ok(())
        }
    }
}
