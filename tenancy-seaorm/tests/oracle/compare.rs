//! One statement on both sides.

use futures_util::future::join;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement as Sql};
use tenancy_seaorm::{Error, ErrorKind};
use uuid::Uuid;

use super::{
    build::built,
    orm::Call,
    outcome::{Outcome, outcome, settled},
    render::text,
    report::Origin,
    shrink::smaller,
    tree::Statement,
    world::{Actor, World},
};

pub struct Case {
    pub origin: Origin,
    pub tree: Option<(Statement, u64)>,
    /// A call of SeaORM's API in place of a statement, and the tenant that it names on the other side.
    pub call: Option<(Call, Uuid)>,
    pub scoped: Sql,
    /// The same, except that an insert names the tenant: nobody stamps it there.
    pub alone: Sql,
    pub returns_rows: bool,
    pub writes: bool,
    /// Why it must be refused.
    pub forbidden: Option<ErrorKind>,
}

impl Case {
    pub fn of_tree(tree: Statement, backend: DbBackend, style: u64) -> Self {
        // Most of them through SeaORM's builders, which can write about half.
        let both = (!style.is_multiple_of(4))
            .then(|| built(&tree, backend, false).zip(built(&tree, backend, true)))
            .flatten();
        let (origin, scoped, alone) = match both {
            Some((scoped, alone)) => (Origin::Orm, scoped, alone),
            None => (
                Origin::Raw,
                text(&tree, backend, style, false),
                text(&tree, backend, style, true),
            ),
        };
        Self {
            origin,
            scoped,
            alone,
            returns_rows: tree.returns_rows(),
            writes: tree.writes(),
            tree: Some((tree, style)),
            call: None,
            forbidden: None,
        }
    }

    pub fn shown(&self) -> String {
        format!(
            "{}\n{:?}",
            self.scoped.sql,
            self.scoped
                .values
                .as_ref()
                .map_or(&[][..], |values| &values.0)
        )
    }
}

pub enum Verdict {
    Agrees,
    FailsAlike(String),
    Refused(String),
    Differs(String),
}

pub async fn judge(world: &World, actor: &Actor, case: &Case) -> Verdict {
    if !case.writes && case.forbidden.is_none() {
        let (scoped, alone) = both(actor, case).await;
        return verdict(scoped, alone);
    }
    let run = async |database: &DatabaseConnection, sql: &str| {
        let done = database.execute_unprepared(sql).await;
        // A server that is gone says nothing of the statement that it fell over.
        done.unwrap_or_else(|error| panic!("{error} at {sql} around {}", case.shown()));
    };
    join(run(&world.shared, "BEGIN"), run(&actor.alone, "BEGIN")).await;
    let verdict = judge_write(world, actor, case).await;
    join(
        run(&world.shared, "ROLLBACK"),
        run(&actor.alone, "ROLLBACK"),
    )
    .await;
    verdict
}

async fn both(actor: &Actor, case: &Case) -> (Result<Outcome, Error>, Result<Outcome, Error>) {
    match &case.call {
        Some((call, tenant)) => {
            let (scoped, alone) = join(
                call.run(&actor.scoped, None),
                call.run(&actor.alone, Some(*tenant)),
            )
            .await;
            (
                settled(scoped.map(Outcome::Rows)),
                settled(alone.map(Outcome::Rows)),
            )
        }
        None => {
            join(
                outcome(&actor.scoped, &case.scoped, case.returns_rows),
                outcome(&actor.alone, &case.alone, case.returns_rows),
            )
            .await
        }
    }
}

async fn judge_write(world: &World, actor: &Actor, case: &Case) -> Verdict {
    if let Some(kind) = case.forbidden {
        let refusal = outcome(&actor.scoped, &case.scoped, case.returns_rows).await;
        return match refusal {
            Err(found) if found.kind() == kind => {
                match world.state(&world.shared).await == world.baseline {
                    true => Verdict::Refused(found.to_string()),
                    false => Verdict::Differs("a refused statement changed something".into()),
                }
            }
            other => Verdict::Differs(format!(
                "must be refused as {kind:?}, and came to {other:?}"
            )),
        };
    }
    let (scoped, alone) = both(actor, case).await;
    let verdict = verdict(scoped, alone);
    match verdict {
        Verdict::Differs(_) | Verdict::Refused(_) => return verdict,
        // The transaction is over.
        Verdict::FailsAlike(_) if world.schema.backend == DbBackend::Postgres => return verdict,
        Verdict::Agrees | Verdict::FailsAlike(_) => {}
    }
    let (shared, alone) = join(world.state(&world.shared), world.state(&actor.alone)).await;
    match world.wrong(actor.tenant, shared, alone) {
        Some(wrong) => Verdict::Differs(wrong),
        None => verdict,
    }
}

fn verdict(scoped: Result<Outcome, Error>, alone: Result<Outcome, Error>) -> Verdict {
    match (
        scoped,
        alone.expect("nothing refuses on a plain connection"),
    ) {
        (Err(refusal), _) => Verdict::Refused(refusal.to_string()),
        (Ok(Outcome::Failed(scoped)), Outcome::Failed(_)) => Verdict::FailsAlike(scoped),
        (Ok(scoped), alone) if scoped == alone => Verdict::Agrees,
        (Ok(scoped), alone) => Verdict::Differs(format!("scoped: {scoped:?}\nalone:  {alone:?}")),
    }
}

/// The smallest case that still differs, and how; or that is still refused, for the same reason.
pub async fn shrunk(
    world: &World,
    actor: &Actor,
    mut case: Case,
    mut verdict: Verdict,
) -> (Case, Verdict) {
    'again: loop {
        let Some((tree, style)) = case.tree.clone() else {
            break;
        };
        for tree in smaller(&tree) {
            let smaller = Case::of_tree(tree, world.schema.backend, style);
            let found = judge(world, actor, &smaller).await;
            let is_alike = match (&found, &verdict) {
                (Verdict::Differs(_), Verdict::Differs(_)) => true,
                (Verdict::Refused(found), Verdict::Refused(first)) => found == first,
                _ => false,
            };
            if is_alike {
                (case, verdict) = (smaller, found);
                continue 'again;
            }
        }
        break;
    }
    (case, verdict)
}
