//! Runs a statement in its scope and on the one-tenant database, and compares.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, JsonValue, TransactionTrait};
use tenancy_seaorm::{Error, ErrorKind};

use crate::{
    case::{Case, Expected},
    model::Model,
    places::{Places, is_chosen},
    rows::{State, difference, values},
    world::World,
};

/// What only rows outside of the scope hold.
const MARKS: [&str; 3] = ["GLOBEX", "INITECH", "USER8"];

const EXCUSE: &str = "its syntax is not that of the connection's database";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    RolledBack,
    Committed,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Rows(Vec<JsonValue>),
    Affected(u64),
}

#[derive(Debug)]
enum Verdict {
    Refused(ErrorKind, String),
    Answered(Vec<Answer>),
    /// The database's own error.
    Failed(String),
}

/// What the one-tenant database says, and what it holds afterwards.
struct Reference {
    verdict: Verdict,
    own: Vec<String>,
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
    #[cfg(feature = "row-security")]
    if places.backend == DbBackend::Postgres {
        world.lock_twice().await;
        pass(&mut world, places.backend, &mut tried, " behind policies").await;
    }
    world.close().await;
    let failed = tried
        .into_iter()
        .filter(|tried| !tried.complaints.is_empty());
    failed.map(Tried::shown).collect()
}

/// Tries every case in every way.
async fn pass(world: &mut World<'_>, backend: DbBackend, tried: &mut [Tried<'_>], lock: &str) {
    for Tried {
        case,
        reference,
        complaints,
    } in tried
    {
        let ways: &[Way] = match case.is_brief {
            true => &[Way::Plain],
            false => &[Way::Plain, Way::RolledBack, Way::Committed],
        };
        for way in ways {
            if let Some(complaint) = judge(world, backend, case, reference, *way).await {
                complaints.push((format!("{way:?}{lock}"), complaint));
            }
        }
    }
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
            shown(&self.reference.verdict),
            told.join("\n")
        )
    }
}

async fn reference(world: &mut World<'_>, backend: DbBackend, case: &Case) -> Reference {
    let verdict = verdict(send(&world.alone, backend, case).await);
    let after = world.state_alone().await;
    if case.writes() || after != world.base_alone {
        world.restore_alone().await;
    }
    Reference {
        verdict,
        own: after.own,
    }
}

async fn send(
    db: &impl ConnectionTrait,
    backend: DbBackend,
    case: &Case,
) -> Result<Vec<Answer>, DbErr> {
    let mut answers = Vec::new();
    for (sent, statement) in case.statements(backend) {
        if !sent.returns_rows() {
            let done = db.execute_raw(statement).await?;
            answers.push(Answer::Affected(done.rows_affected()));
            continue;
        }
        let rows = db.query_all_raw(statement).await?;
        let mut rows: Vec<JsonValue> = rows.iter().map(|row| values(row).into()).collect();
        if !sent.is_ordered() {
            rows.sort_by_cached_key(JsonValue::to_string);
        }
        answers.push(Answer::Rows(rows));
    }
    Ok(answers)
}

fn verdict(sent: Result<Vec<Answer>, DbErr>) -> Verdict {
    match sent {
        Ok(answers) => Verdict::Answered(answers),
        Err(error) => {
            let text = format!("{error} {error:?}");
            match Error::of(&error) {
                Some(refusal) => Verdict::Refused(refusal.kind(), text),
                None => Verdict::Failed(text),
            }
        }
    }
}

/// What is wrong with the answer or with the rows afterwards, if anything.
async fn judge(
    world: &mut World<'_>,
    backend: DbBackend,
    case: &Case,
    reference: &Reference,
    way: Way,
) -> Option<String> {
    let verdict = verdict(scoped(world, backend, case, way).await);
    let after = world.state().await;
    let complaint = complaint(world, case, reference, way, &verdict, &after).or_else(|| {
        let is_sent = |statement| world.scoped.rewrite(statement).is_ok();
        let is_late = matches!(verdict, Verdict::Refused(..))
            && case
                .statements(backend)
                .all(|(_, statement)| is_sent(statement));
        is_late.then(|| "it was refused after something was sent".into())
    });
    if case.writes() || after != world.base {
        world.restore().await;
    }
    complaint
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
    case: &Case,
    reference: &Reference,
    way: Way,
    verdict: &Verdict,
    after: &State,
) -> Option<String> {
    if after.others != world.base.others {
        let difference = difference(&after.others, &world.base.others);
        return Some(format!("rows of others changed, {difference}"));
    }
    let is_same = is_same(verdict, &reference.verdict);
    if let Some(mark) = mark(verdict, &reference.verdict) {
        return Some(format!("it tells of {mark}: it {}", shown(verdict)));
    }
    let is_refused = matches!(verdict, Verdict::Refused(..));
    let refusal = match verdict {
        Verdict::Refused(_, text) => text.as_str(),
        _ => "",
    };
    let is_example = matches!(reference.verdict, Verdict::Answered(_)) || world.is_mysql;
    let is_right = match case.expected {
        Expected::Accepted | Expected::AcceptedOrExplained | Expected::AcceptedOrNames(_)
            if !is_example =>
        {
            return Some("the case is wrong: the one-tenant database does not take it".into());
        }
        Expected::Accepted | Expected::Same => is_same,
        Expected::AcceptedOrExplained => is_same || (is_refused && !refusal.contains(EXCUSE)),
        Expected::AcceptedOrNames(word) => is_same || (is_refused && refusal.contains(word)),
        Expected::Refused => is_refused,
        Expected::SameOrRefused => is_same || is_refused,
        Expected::Harmless => is_same || !matches!(verdict, Verdict::Answered(_)),
    };
    if !is_right {
        return Some(format!("it {}", shown(verdict)));
    }
    let own = match is_same && way != Way::RolledBack {
        true => &reference.own,
        false => &world.base.own,
    };
    (after.own != *own).then(|| format!("of the scope's rows, {}", difference(&after.own, own)))
}

fn is_same(verdict: &Verdict, reference: &Verdict) -> bool {
    match (verdict, reference) {
        (Verdict::Answered(answers), Verdict::Answered(expected)) => answers == expected,
        (Verdict::Failed(_), Verdict::Failed(_)) => true,
        _ => false,
    }
}

/// A mark in the answer or in the error, unless the one-tenant database shows it as well: out of the statement.
fn mark(verdict: &Verdict, reference: &Verdict) -> Option<&'static str> {
    let upper = |verdict: &Verdict| format!("{verdict:?}").to_uppercase();
    let (text, harmless) = (upper(verdict), upper(reference));
    MARKS
        .into_iter()
        .find(|mark| text.contains(mark) && !harmless.contains(mark))
}

fn shown(verdict: &Verdict) -> String {
    let (what, text) = match verdict {
        Verdict::Refused(kind, text) => (format!("is refused as {kind:?}"), text.clone()),
        Verdict::Answered(answers) => ("answers".into(), format!("{answers:?}")),
        Verdict::Failed(text) => ("fails".into(), text.clone()),
    };
    let text: String = text.chars().take(400).collect();
    format!("{what}: {text}")
}
