//! Runs statements in their scope and on the one-tenant database, and compares.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::{DbBackend, DbErr, TransactionTrait};

use crate::findings::{
    case::{Case, Expected},
    model::Model,
    places::{Places, is_chosen},
    rows::{State, difference},
    verdict::{Answer, Reference, Verdict, send},
    witness,
    world::World,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    RolledBack,
    Committed,
}

struct Tried<'c> {
    case: &'c Case,
    reference: Reference,
    /// By the way in which it was sent.
    complaints: Vec<(String, String)>,
}

/// Judges all cases, and panics once with a list of those that fail.
pub async fn all(backend: DbBackend, model: Model, cases: impl IntoIterator<Item = Vec<Case>>) {
    if !is_chosen(backend) {
        return;
    }
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    let places = Places::new(backend).await;
    let outcome = AssertUnwindSafe(failures(&places, model, &cases))
        .catch_unwind()
        .await;
    places.remove().await;
    match outcome {
        Ok(failures) if failures.is_empty() => {}
        Ok(failures) => panic!(
            "on {backend:?}, {} of {} cases fail:\n{}",
            failures.len(),
            cases.len(),
            failures.join("\n")
        ),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

async fn failures(places: &Places, model: Model, cases: &[Case]) -> Vec<String> {
    let mut world = World::new(places, model).await;
    let mut tried = Vec::new();
    for case in cases {
        tried.push(Tried {
            case,
            reference: reference(&mut world, places.backend, case).await,
            complaints: Vec::new(),
        });
    }
    pass(&mut world, places.backend, &mut tried, "").await;
    if places.backend == DbBackend::Postgres {
        world.lock_twice().await;
        pass(&mut world, places.backend, &mut tried, " behind policies").await;
    }
    world.close().await;
    tried
        .into_iter()
        .filter(|tried| !tried.complaints.is_empty())
        .map(Tried::shown)
        .collect()
}

async fn reference(world: &mut World<'_>, backend: DbBackend, case: &Case) -> Reference {
    if case.expected == Expected::Refused {
        return Reference {
            verdict: Verdict::NotAsked,
            own: world.base_alone.own.clone(),
        };
    }
    let verdict = Verdict::of(send(&world.alone, backend, case).await);
    let after = world.state_alone().await;
    if case.writes() || after != world.base_alone {
        world.restore_alone().await;
    }
    Reference {
        verdict,
        own: after.own,
    }
}

/// Tries every case in every way.
async fn pass(world: &mut World<'_>, backend: DbBackend, tried: &mut [Tried<'_>], lock: &str) {
    for tried in tried {
        let ways: &[Way] = match tried.case.is_brief {
            true => &[Way::Plain],
            false => &[Way::Plain, Way::RolledBack, Way::Committed],
        };
        for way in ways {
            if let Some(complaint) = judge(world, backend, tried, *way).await {
                tried.complaints.push((format!("{way:?}{lock}"), complaint));
            }
        }
    }
}

/// What is wrong with the answer or with the rows afterwards, if anything.
async fn judge(
    world: &mut World<'_>,
    backend: DbBackend,
    tried: &Tried<'_>,
    way: Way,
) -> Option<String> {
    let case = tried.case;
    let verdict = Verdict::of(scoped(world, backend, case, way).await);
    let witnessed = match way {
        Way::Plain => witnessed(world, backend, case, &verdict).await,
        Way::RolledBack | Way::Committed => None,
    };
    let after = world.state().await;
    let complaint = complaint(world, tried, way, &verdict, &after).or_else(|| {
        let mut statements = case.statements(backend);
        let is_late = verdict.is_refusal()
            && statements.all(|(_, statement)| world.scoped.rewrite(statement).is_ok());
        is_late.then(|| "it was refused after something was sent".into())
    });
    let complaint = complaint.or_else(|| witnessed.clone());
    if case.writes() || after != world.base {
        world.restore().await;
    }
    if complaint.is_some() && after.others == world.base.others && is_of_own_rows(tried, &verdict) {
        // Which of two conditions is tested first is for the engine to choose, on either database.
        // What fails without the rows of others fails on the scope's own.
        world.isolate().await;
        let again = Verdict::of(scoped(world, backend, case, way).await);
        world.restore().await;
        if again.is_same(&verdict) {
            return witnessed;
        }
    }
    complaint
}

/// What the engine says against a case that was sent to it.
async fn witnessed(
    world: &World<'_>,
    backend: DbBackend,
    case: &Case,
    verdict: &Verdict,
) -> Option<String> {
    if !matches!(verdict, Verdict::Answered(_) | Verdict::Failed(_)) {
        return None;
    }
    let owned = world.owned();
    for (_, statement) in case.statements(backend) {
        // One that failed may be followed by others, which were not sent.
        let Ok(planned) = world.scoped.rewrite(statement) else {
            continue;
        };
        let complaint = witness::complaint(world.witness(), &planned, &owned).await;
        // What fails may do so while it is planned.
        let has_failed = matches!(verdict, Verdict::Failed(_));
        let complaint =
            complaint.filter(|complaint| !has_failed || !complaint.starts_with(witness::UNASKED));
        if complaint.is_some() {
            return complaint;
        }
    }
    None
}

/// Whether one of the two databases answers and the other fails, where that may lie in its own
/// rows.
fn is_of_own_rows(tried: &Tried<'_>, verdict: &Verdict) -> bool {
    let reference = &tried.reference.verdict;
    tried.case.expected == Expected::SameOrRefused
        && !verdict.is_not_read()
        && verdict.mark(reference).is_none()
        && matches!(
            (verdict, reference),
            (Verdict::Answered(_), Verdict::Failed(_)) | (Verdict::Failed(_), Verdict::Answered(_))
        )
}

async fn scoped(
    world: &World<'_>,
    backend: DbBackend,
    case: &Case,
    way: Way,
) -> Result<Vec<Answer>, DbErr> {
    if way == Way::Plain {
        return send(&world.scoped, backend, case).await;
    }
    let transaction = world.scoped.begin().await?;
    let sent = send(&transaction, backend, case).await;
    let ended = match way {
        Way::Committed => transaction.commit().await,
        Way::Plain | Way::RolledBack => transaction.rollback().await,
    };
    // PostgreSQL does not commit what follows an error.
    let answers = sent?;
    ended.map(|()| answers)
}

fn complaint(
    world: &World<'_>,
    tried: &Tried<'_>,
    way: Way,
    verdict: &Verdict,
    after: &State,
) -> Option<String> {
    let Tried {
        case, reference, ..
    } = tried;
    if after.others != world.base.others {
        let difference = difference(&after.others, &world.base.others);
        return Some(format!("rows of others changed, {difference}"));
    }
    if let Some(mark) = verdict.mark(&reference.verdict) {
        return Some(format!("it tells of {mark}: it {}", verdict.shown()));
    }
    let must_work = matches!(
        case.expected,
        Expected::Accepted | Expected::AcceptedOrExplained | Expected::AcceptedOrNames(_)
    );
    if must_work && !world.is_mysql && !matches!(reference.verdict, Verdict::Answered(_)) {
        return Some("the case is wrong: the one-tenant database does not take it".into());
    }
    if !verdict.fits(case.expected, &reference.verdict) {
        return Some(format!("it {}", verdict.shown()));
    }
    let own = match verdict.is_same(&reference.verdict) && way != Way::RolledBack {
        true => &reference.own,
        false => &world.base.own,
    };
    (after.own != *own).then(|| format!("of the scope's rows, {}", difference(&after.own, own)))
}

impl Tried<'_> {
    /// An entry of the list: each complaint once, with the ways that meet it.
    fn shown(self) -> String {
        let mut told: Vec<(String, Vec<String>)> = Vec::new();
        for (way, complaint) in self.complaints {
            match told.iter_mut().find(|(known, _)| *known == complaint) {
                Some((_, ways)) => ways.push(way),
                None => told.push((complaint, vec![way])),
            }
        }
        let told: Vec<_> = told
            .into_iter()
            .map(|(complaint, ways)| format!("    {}: {complaint}", ways.join(", ")))
            .collect();
        format!(
            "[{}] {}\n    expected {:?}; the one-tenant database {}\n{}",
            self.case.id,
            self.case.shown(),
            self.case.expected,
            self.reference.verdict.shown(),
            told.join("\n")
        )
    }
}
