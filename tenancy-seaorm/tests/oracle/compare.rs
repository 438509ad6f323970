//! One statement on both sides.

use futures_util::future::join;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement as Sql, StreamTrait,
    TransactionTrait,
};
use tenancy_seaorm::{Error, ErrorKind};
use uuid::Uuid;

use super::{
    build::built,
    locks::{Difference, Side},
    orm::Call,
    outcome::{Failure, Outcome, outcome, settled},
    poison::MARKER,
    render::text,
    report::Origin,
    shrink::smaller,
    tree::Statement,
    world::{Actor, World},
};

pub struct Case {
    pub origin: Origin,
    pub tree: Option<(Statement, u64)>,
    /// A call of SeaORM's API in place of a statement, and the tenant that it names on the other
    /// side.
    pub call: Option<(Call, Uuid)>,
    pub scoped: Sql,
    /// The same, except that an insert names the tenant: nobody stamps it there.
    pub alone: Sql,
    pub returns_rows: bool,
    pub writes: bool,
    /// What must come of it, where the other side is not asked.
    pub must: Option<Must>,
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
            must: None,
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

/// What must come of a statement that the tenant's own database says nothing of.
#[derive(Clone, Copy, Debug)]
pub enum Must {
    /// The planner refuses it.
    Refuse(ErrorKind),
    /// The policies make this of it.
    Differ(Difference),
}

pub enum Verdict {
    Agrees,
    FailsAlike(String),
    Refused(String),
    /// What a statement that must differ came to.
    Allowed(Difference),
    Differs(String),
}

/// An engine may compute an expression on a row for one form of a query that it does not compute
/// for another. Where the scoped statement alone fails, it runs once more beside no rows but those
/// that the tenant reads: what fails there too says nothing of anybody else's.
pub async fn judge(world: &World, actor: &Actor, case: &Case) -> Verdict {
    let verdict = judged(world, actor, case).await;
    let Verdict::Differs(difference) = &verdict else {
        return verdict;
    };
    if !difference.starts_with(FAILS) || !may_fail(case) {
        return verdict;
    }
    world.isolate(actor.tenant).await;
    let isolated = judged(world, actor, case).await;
    world.restore().await;
    match isolated {
        Verdict::Differs(again) if again == *difference => Verdict::FailsAlike(again),
        _ => verdict,
    }
}

/// How a difference begins that is an error of the scoped side only.
const FAILS: &str = "scoped: Failed";

fn may_fail(case: &Case) -> bool {
    case.tree.as_ref().is_some_and(|(tree, _)| tree.may_fail())
}

async fn judged(world: &World, actor: &Actor, case: &Case) -> Verdict {
    let run = async |database: &DatabaseConnection, sql: &str| {
        let done = database.execute_unprepared(sql).await;
        // A server that is gone says nothing of the statement that it fell over.
        done.unwrap_or_else(|error| panic!("{error} at {sql} around {}", case.shown()));
    };
    let (shared, alone) = (&world.shared, &actor.alone);
    let verdict = match &actor.side {
        Side::Planner(scoped) | Side::Both(scoped) if !case.writes => {
            return compared(world, actor, case, scoped, shared).await;
        }
        Side::Planner(scoped) => {
            join(run(shared, "BEGIN"), run(alone, "BEGIN")).await;
            let verdict = compared(world, actor, case, scoped, shared).await;
            join(run(shared, "ROLLBACK"), run(alone, "ROLLBACK")).await;
            verdict
        }
        Side::RowSecurity(application, begin) => {
            join(run(application, begin), run(alone, "BEGIN")).await;
            let verdict = compared(world, actor, case, application, application).await;
            join(run(application, "ROLLBACK"), run(alone, "ROLLBACK")).await;
            verdict
        }
        Side::Both(scoped) => {
            let (transaction, ()) = join(scoped.begin(), run(alone, "BEGIN")).await;
            let transaction = transaction.unwrap();
            let verdict = compared(world, actor, case, &transaction, &transaction).await;
            let (ended, ()) = join(transaction.rollback(), run(alone, "ROLLBACK")).await;
            ended.unwrap();
            verdict
        }
    };
    match verdict {
        Verdict::Allowed(_) if world.state(shared).await != world.baseline => {
            Verdict::Differs("what must change nothing changed something".into())
        }
        verdict => verdict,
    }
}

/// Runs the case on both sides; `watched` sees what it did on the shared one.
async fn compared(
    world: &World,
    actor: &Actor,
    case: &Case,
    db: &(impl ConnectionTrait + StreamTrait),
    watched: &(impl ConnectionTrait + StreamTrait),
) -> Verdict {
    if let Some(must) = case.must {
        return required(world, case, must, db, watched).await;
    }
    let (scoped, alone) = match &case.call {
        Some((call, tenant)) => {
            let (scoped, alone) =
                join(call.run(db, None), call.run(&actor.alone, Some(*tenant))).await;
            (
                settled(scoped.map(Outcome::Rows)),
                settled(alone.map(Outcome::Rows)),
            )
        }
        None => {
            join(
                outcome(db, &case.scoped, case.returns_rows),
                outcome(&actor.alone, &case.alone, case.returns_rows),
            )
            .await
        }
    };
    if let Some(told) = told(&scoped) {
        return Verdict::Differs(told);
    }
    if [&scoped, &alone]
        .into_iter()
        .flatten()
        .any(Outcome::took_too_long)
    {
        return Verdict::FailsAlike("it took too long".into());
    }
    if let (Ok(Outcome::Rows(_) | Outcome::Affected(_)), Ok(Outcome::Failed(failure))) =
        (&scoped, &alone)
        && fails_alone(world.schema.backend, case, failure)
    {
        let changed = match case.writes {
            true => world.others_changed(actor.tenant, world.state(watched).await),
            false => None,
        };
        return unless_changed(failure, changed);
    }
    // A row in the way may be passed over as if it were not in the statement, or be an error.
    if case
        .tree
        .as_ref()
        .is_some_and(|(tree, _)| tree.meets_others())
        && let Ok(Outcome::Failed(failure)) = &scoped
    {
        let is_over = world.schema.backend == DbBackend::Postgres;
        let changed = match is_over || world.state(watched).await == world.baseline {
            true => None,
            false => Some("a statement that failed changed something".to_owned()),
        };
        return unless_changed(failure, changed);
    }
    // An upsert of MySQL's fails on a row that is only read, which the other database keeps.
    if world.schema.backend == DbBackend::MySql
        && world.schema.has_guards
        && let Ok(Outcome::Failed(failure)) = &scoped
        && (failure.text == DbErr::RecordNotInserted.to_string()
            || failure.code.as_deref() == Some("21000"))
    {
        let changed = world.others_changed(actor.tenant, world.state(watched).await);
        return unless_changed(failure, changed);
    }
    let verdict = verdict(world.schema.backend, scoped, alone);
    match verdict {
        Verdict::Differs(_) | Verdict::Refused(_) | Verdict::Allowed(_) => return verdict,
        // The transaction is over.
        Verdict::FailsAlike(_) if world.schema.backend == DbBackend::Postgres => return verdict,
        Verdict::Agrees | Verdict::FailsAlike(_) if !case.writes => return verdict,
        Verdict::Agrees | Verdict::FailsAlike(_) => {}
    }
    let (shared, alone) = join(world.state(watched), world.state(&actor.alone)).await;
    match world.wrong(actor.tenant, shared, alone) {
        Some(wrong) => Verdict::Differs(wrong),
        None => verdict,
    }
}

/// A failure says nothing, unless it changed something.
fn unless_changed(failure: &Failure, changed: Option<String>) -> Verdict {
    changed.map_or_else(
        || Verdict::FailsAlike(failure.text.clone()),
        Verdict::Differs,
    )
}

/// Whether a statement may succeed that fails so in a database of one tenant.
fn fails_alone(backend: DbBackend, case: &Case, failure: &Failure) -> bool {
    match backend {
        DbBackend::Postgres => false,
        // A write reads its target in no other subquery than a derived table, which the planner
        // makes of a table where something may fail.
        DbBackend::MySql if failure.text.contains("1093 (HY000)") => true,
        // MariaDB 10.11.19 finds a column ambiguous once it has merged two readings of one common
        // table expression.
        DbBackend::MySql if failure.text.contains("1052 (23000)") => true,
        // Both put the user's constant for the column that is equal to it, and then compute what
        // has no column, rows or none. Behind a CASE they do not: no row of others is asked either
        // way.
        _ => may_fail(case),
    }
}

async fn required(
    world: &World,
    case: &Case,
    must: Must,
    db: &(impl ConnectionTrait + StreamTrait),
    watched: &(impl ConnectionTrait + StreamTrait),
) -> Verdict {
    let found = outcome(db, &case.scoped, case.returns_rows).await;
    if let Some(told) = told(&found) {
        return Verdict::Differs(told);
    }
    let verdict = match (must, found) {
        (Must::Refuse(kind), Err(found)) if found.kind() == kind => {
            Verdict::Refused(found.to_string())
        }
        // The transaction is over: the state is looked at after it.
        (Must::Differ(difference), Ok(Outcome::Failed(failure)))
            if difference.code().is_some() && failure.code.as_deref() == difference.code() =>
        {
            return Verdict::Allowed(difference);
        }
        (Must::Differ(difference), Ok(outcome))
            if difference.code().is_none() && outcome.is_nothing() =>
        {
            Verdict::Allowed(difference)
        }
        (must, other) => {
            return Verdict::Differs(format!("must come to {must:?}, and came to {other:?}"));
        }
    };
    match world.state(watched).await == world.baseline {
        true => verdict,
        false => Verdict::Differs("what must change nothing changed something".into()),
    }
}

/// What a scoped statement says of a row that its tenant does not read.
fn told(scoped: &Result<Outcome, Error>) -> Option<String> {
    let tells = match scoped {
        Ok(outcome) => outcome.tells(MARKER),
        Err(refusal) => format!("{refusal}{refusal:?}").contains(MARKER),
    };
    tells.then(|| format!("another tenant's row is told of: {scoped:?}"))
}

fn verdict(
    backend: DbBackend,
    scoped: Result<Outcome, Error>,
    alone: Result<Outcome, Error>,
) -> Verdict {
    match (
        scoped,
        alone.expect("nothing refuses on a plain connection"),
    ) {
        (Err(refusal), _) => Verdict::Refused(refusal.to_string()),
        // An error of rights or policies is like none on the tenant's own database.
        (Ok(Outcome::Failed(scoped)), Outcome::Failed(alone))
            if backend != DbBackend::Postgres || scoped.code == alone.code =>
        {
            Verdict::FailsAlike(scoped.text)
        }
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
