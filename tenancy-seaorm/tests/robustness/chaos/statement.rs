//! Single statements, and what they tell of the model.

use futures_util::TryStreamExt;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, Statement, StreamTrait,
    sea_query::{Expr, OnConflict},
};
use testbed::note;

use super::{
    model::{Rows, is_of, marker},
    tally::{Failure, Violation},
    tenant::Tenant,
    world::World,
};

/// Scores are never used twice.
#[derive(Clone, Copy, Debug)]
pub enum Write {
    Insert { id: i64, score: i32 },
    Update { id: i64, score: i32 },
    UpdateAll { score: i32 },
    Delete { id: i64 },
    Upsert { id: i64, score: i32 },
}

/// A read or a write, on a connection or in a transaction.
pub async fn any<C: ConnectionTrait + StreamTrait>(
    world: &World,
    connection: &C,
    tenant: &Tenant,
    rows: &mut Rows,
    random: &mut fastrand::Rng,
) -> Result<(), DbErr> {
    if random.u8(..10) < 6 {
        return read(world, connection, tenant, rows, random).await;
    }
    let write = choose(world, tenant, rows, random);
    self::write(world, connection, tenant, rows, write).await
}

pub fn choose(world: &World, tenant: &Tenant, rows: &Rows, random: &mut fastrand::Rng) -> Write {
    let score = world.score();
    // The first row of each tenant stays: others try to take it.
    let some: Vec<i64> = rows.ids().filter(|id| *id != tenant.pinned()).collect();
    let id = random.choice(some).unwrap_or(tenant.pinned());
    match random.u8(..10) {
        0..=2 => Write::Insert {
            id: tenant.new_id(),
            score,
        },
        3..=5 => Write::Update { id, score },
        6 => Write::UpdateAll { score },
        7 => Write::Upsert { id, score },
        _ if id == tenant.pinned() || random.u8(..10) == 0 => {
            // One that is not there, or never was.
            Write::Upsert {
                id: tenant.new_id(),
                score,
            }
        }
        _ => Write::Delete { id },
    }
}

pub async fn write<C: ConnectionTrait>(
    world: &World,
    connection: &C,
    tenant: &Tenant,
    rows: &mut Rows,
    write: Write,
) -> Result<(), DbErr> {
    let before = rows.clone();
    // Whoever drops this future from here on knows no more than that.
    rows.admit_write(&write);
    match send(connection, tenant, &write).await {
        Ok(affected) => {
            *rows = before;
            if let Err(why) = rows.settle(&write, affected) {
                world.tally.violation(Violation::Lost, why);
            }
            Ok(())
        }
        Err(error) => {
            if !Failure::of(&error).is_unknown() {
                *rows = before;
            }
            Err(error)
        }
    }
}

async fn send<C: ConnectionTrait>(
    connection: &C,
    tenant: &Tenant,
    write: &Write,
) -> Result<u64, DbErr> {
    let score = |score: i32| (note::Column::Score, Expr::value(score));
    match *write {
        Write::Insert { id, score } => {
            let row = new(tenant, id, score).insert(connection).await?;
            Ok(u64::from(
                is_of(&row, tenant.index) && row.score == Some(score),
            ))
        }
        Write::Upsert { id, score } => upsert(connection, new(tenant, id, score)).await,
        Write::Update { id, score: new } => {
            let (column, new) = score(new);
            let one = note::Entity::update_many().filter(note::Column::Id.eq(id));
            let done = one.col_expr(column, new).exec(connection).await?;
            Ok(done.rows_affected)
        }
        Write::UpdateAll { score: new } => {
            let (column, new) = score(new);
            let all = note::Entity::update_many().col_expr(column, new);
            Ok(all.exec(connection).await?.rows_affected)
        }
        Write::Delete { id } => {
            let one = note::Entity::delete_by_id(id).exec(connection).await?;
            Ok(one.rows_affected)
        }
    }
}

/// A row that names its tenant, as half of all callers do.
fn new(tenant: &Tenant, id: i64, score: i32) -> note::ActiveModel {
    let mut row = note::ActiveModel {
        id: Set(id),
        title: Set(marker(tenant.id)),
        body: Set(String::new()),
        score: Set(Some(score)),
        ..Default::default()
    };
    if score % 2 == 0 {
        row.tenant_id = Set(tenant.id);
    }
    row
}

async fn upsert<C: ConnectionTrait>(connection: &C, row: note::ActiveModel) -> Result<u64, DbErr> {
    let over = OnConflict::column(note::Column::Id)
        .update_columns([note::Column::Title, note::Column::Score])
        .to_owned();
    let upsert = note::Entity::insert(row).on_conflict(over);
    upsert.exec_without_returning(connection).await
}

pub async fn read<C: ConnectionTrait + StreamTrait>(
    world: &World,
    connection: &C,
    tenant: &Tenant,
    rows: &Rows,
    random: &mut fastrand::Rng,
) -> Result<(), DbErr> {
    let all = note::Entity::find().order_by_asc(note::Column::Id);
    match random.u8(..8) {
        0..=2 => {
            let id = random.choice(rows.ids()).unwrap_or(tenant.pinned());
            let row = note::Entity::find_by_id(id).one(connection).await?;
            if row.is_none() && !rows.allows(id, None) {
                let what = format!("{id} is not found in {rows:?}");
                world.tally.violation(Violation::Lost, what);
            }
            seen(world, tenant, rows, row.as_slice());
        }
        3 => {
            let found = all.all(connection).await?;
            seen(world, tenant, rows, &found);
            complete(world, rows, &found);
        }
        4 => {
            let number = note::Entity::find().count(connection).await?;
            let (least, most) = rows.bounds();
            if number < least || number > most {
                let kind = if number < least {
                    Violation::Lost
                } else {
                    Violation::Risen
                };
                let what = format!("{number} rows are counted, of {rows:?}");
                world.tally.violation(kind, what);
            }
        }
        5 => {
            let sql = "SELECT n.* FROM note n WHERE n.id IN (SELECT m.id FROM note m WHERE m.score >= $1) ORDER BY n.score";
            let raw = Statement::from_sql_and_values(DbBackend::Postgres, sql, [0.into()]);
            let found = note::Model::find_by_statement(raw).all(connection).await?;
            seen(world, tenant, rows, &found);
            complete(world, rows, &found);
        }
        _ => {
            // Dropped half-way, as a client that goes away does it.
            let mut left = random.usize(..4);
            let mut stream = all.stream(connection).await?;
            while let Some(row) = stream.try_next().await? {
                seen(world, tenant, rows, &[row]);
                if left == 0 {
                    break;
                }
                left -= 1;
            }
        }
    }
    Ok(())
}

/// Each row is the tenant's, and in a state that it may be in.
fn seen(world: &World, tenant: &Tenant, rows: &Rows, found: &[note::Model]) {
    for row in found {
        if !is_of(row, tenant.index) {
            let what = format!("tenant {} sees {row:?}", tenant.index);
            world.tally.violation(Violation::Crossed, what);
        } else if !rows.allows(row.id, row.score) {
            let kind = if rows.allows(row.id, None) {
                Violation::Risen
            } else {
                Violation::Lost
            };
            let what = format!("{row:?} is seen, of {rows:?}");
            world.tally.violation(kind, what);
        }
    }
}

/// No row that must be there is missing.
fn complete(world: &World, rows: &Rows, found: &[note::Model]) {
    for id in rows.certain() {
        if !found.iter().any(|row| row.id == id) {
            let what = format!("{id} is not listed in {rows:?}");
            world.tally.violation(Violation::Lost, what);
        }
    }
}

/// Reaches for another tenant's row, which is there for certain.
pub async fn trespass<C: ConnectionTrait>(
    world: &World,
    connection: &C,
    tenant: &Tenant,
    theirs: i64,
    random: &mut fastrand::Rng,
) -> Result<(), DbErr> {
    let reached = match random.u8(..4) {
        0 => u64::from(
            note::Entity::find_by_id(theirs)
                .one(connection)
                .await?
                .is_some(),
        ),
        1 => {
            send(
                connection,
                tenant,
                &Write::Update {
                    id: theirs,
                    score: -1,
                },
            )
            .await?
        }
        2 => send(connection, tenant, &Write::Delete { id: theirs }).await?,
        _ => upsert(connection, new(tenant, theirs, -1)).await?,
    };
    if reached > 0 {
        let what = format!("tenant {} reaches {theirs}", tenant.index);
        world.tally.violation(Violation::Crossed, what);
    }
    Ok(())
}
