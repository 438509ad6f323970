//! Texts that the parser and an engine may read as different tokens: statements with errors made in
//! them, each refused, or read by both alike. Always the same texts, unless
//! `TENANCY_LEXICAL_MUTATIONS`, the number for each test, or `TENANCY_LEXICAL_SEED` is set.

mod arena;
mod came;
mod excuse;
mod expressions;
mod statements;

use std::{collections::HashSet, panic::AssertUnwindSafe};

use futures_util::FutureExt;
use sea_orm::{DbBackend, Value};
use testbed::lexical::mutate::{Kind, Mutator};

use crate::findings::{
    case::{Case, Expected, Sent},
    places::{Places, is_chosen},
    verdict::Verdict,
};
use arena::Arena;
use expressions::Expressions;

#[tokio::test]
async fn r25_words_are_names_or_keywords_to_both_on_sqlite() {
    attack(DbBackend::Sqlite, Attack::Errors(Kind::Names)).await;
}

#[tokio::test]
async fn r25_words_are_names_or_keywords_to_both_on_postgres() {
    attack(DbBackend::Postgres, Attack::Errors(Kind::Names)).await;
}

#[tokio::test]
async fn r25_words_are_names_or_keywords_to_both_on_mariadb() {
    attack(DbBackend::MySql, Attack::Errors(Kind::Names)).await;
}

#[tokio::test]
async fn r26_a_statement_is_all_of_a_text_to_both_on_sqlite() {
    attack(DbBackend::Sqlite, Attack::Errors(Kind::Ends)).await;
}

#[tokio::test]
async fn r26_a_statement_is_all_of_a_text_to_both_on_postgres() {
    attack(DbBackend::Postgres, Attack::Errors(Kind::Ends)).await;
}

#[tokio::test]
async fn r26_a_statement_is_all_of_a_text_to_both_on_mariadb() {
    attack(DbBackend::MySql, Attack::Errors(Kind::Ends)).await;
}

#[tokio::test]
async fn r30_numbers_strings_and_operators_mean_the_same_on_sqlite() {
    attack(DbBackend::Sqlite, Attack::Errors(Kind::Notation)).await;
}

#[tokio::test]
async fn r30_numbers_strings_and_operators_mean_the_same_on_postgres() {
    attack(DbBackend::Postgres, Attack::Errors(Kind::Notation)).await;
}

#[tokio::test]
async fn r30_numbers_strings_and_operators_mean_the_same_on_mariadb() {
    attack(DbBackend::MySql, Attack::Errors(Kind::Notation)).await;
}

#[tokio::test]
async fn r30_operators_are_refused_or_bind_as_on_postgres() {
    attack(DbBackend::Postgres, Attack::Operators).await;
}

#[derive(Debug, Clone, Copy)]
enum Attack {
    Errors(Kind),
    Operators,
}

/// So many texts that write are sent before others' rows are looked at.
const BATCH: usize = 40;

enum Outcome {
    Refused,
    Same,
    Excused,
    Differs(String),
    Leaks(String),
}

#[derive(Default)]
struct Tally {
    refused: usize,
    same: usize,
    excused: usize,
    faults: Vec<String>,
    /// Accepted ones that may write, which are to be sent again.
    writing: Vec<Case>,
}

async fn attack(backend: DbBackend, attack: Attack) {
    if !is_chosen(backend) {
        return;
    }
    let places = Places::new(backend).await;
    let outcome = AssertUnwindSafe(tally(&places, attack))
        .catch_unwind()
        .await;
    places.remove().await;
    let Tally {
        refused,
        same,
        excused,
        mut faults,
        ..
    } = match outcome {
        Ok(tally) => tally,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    let all = refused + same + excused + faults.len();
    let counts =
        format!("of {all} texts {refused} are refused, {same} the same, {excused} excused");
    if all > 10 * (same + faults.len()) {
        faults.push("hardly any text is accepted, so that this shows nothing".into());
    }
    let found = faults.len();
    faults.truncate(50);
    assert!(
        faults.is_empty(),
        "on {backend:?}, {counts}, {found} wrong:\n{}",
        faults.join("\n")
    );
}

async fn tally(places: &Places, attack: Attack) -> Tally {
    let mut arena = Arena::new(places).await;
    let seed = number("TENANCY_LEXICAL_SEED").unwrap_or(0x7e5c);
    let count = number("TENANCY_LEXICAL_MUTATIONS");
    let mut tally = Tally::default();
    match attack {
        Attack::Operators => {
            let mut expressions = Expressions::new(seed);
            for _ in 0..count.unwrap_or(2_000) {
                let (expression, values) = expressions.expression();
                let sql = format!("SELECT {expression}");
                tally.add(&mut arena, sql, values).await;
            }
        }
        Attack::Errors(kind) => {
            let statements = tally.statements(&mut arena).await;
            let mut mutator = Mutator::new(seed, &statements, arena.keywords().await);
            let mut known: HashSet<String> = statements.into_iter().collect();
            for _ in 0..count.unwrap_or(1_000) {
                let text = mutator.text(kind);
                if known.insert(text.clone()) {
                    tally.add(&mut arena, text, Vec::new()).await;
                }
            }
        }
    }
    tally.commit(&mut arena).await;
    arena.close().await;
    tally
}

impl Tally {
    /// The statements without errors, most of which are accepted.
    async fn statements(&mut self, arena: &mut Arena<'_>) -> Vec<String> {
        let statements = statements::of(arena.backend);
        let mut refused = Vec::new();
        for sql in &statements {
            let before = self.refused;
            self.add(arena, sql.clone(), Vec::new()).await;
            if self.refused > before {
                refused.push(sql.as_str());
            }
        }
        assert!(
            refused.len() * 10 <= statements.len(),
            "statements are refused without an error in them:\n{}",
            refused.join("\n")
        );
        statements
    }

    async fn add(&mut self, arena: &mut Arena<'_>, sql: String, values: Vec<Value>) {
        let case = Case {
            id: "text".into(),
            expected: Expected::SameOrRefused,
            sent: vec![Sent { sql, values }],
            is_brief: true,
        };
        match compared(arena, &case).await {
            Outcome::Refused => {
                self.refused += 1;
                return;
            }
            Outcome::Same => self.same += 1,
            Outcome::Excused => self.excused += 1,
            Outcome::Differs(why) | Outcome::Leaks(why) => {
                self.faults.push(format!("{}\n    {why}", case.shown()));
            }
        }
        if case.writes() {
            self.writing.push(case);
        }
        if self.writing.len() >= BATCH {
            self.commit(arena).await;
        }
    }

    async fn commit(&mut self, arena: &mut Arena<'_>) {
        let writing = std::mem::take(&mut self.writing);
        self.faults.extend(arena.commit(&writing).await);
    }
}

/// Twice where there is a difference: ids that come next may have been others.
async fn compared(arena: &mut Arena<'_>, case: &Case) -> Outcome {
    match once(arena, case).await {
        Outcome::Differs(_) => {}
        outcome => return outcome,
    }
    arena.renew().await;
    let outcome = once(arena, case).await;
    if matches!(outcome, Outcome::Differs(_)) && arena.is_excused(case).await {
        return Outcome::Excused;
    }
    outcome
}

async fn once(arena: &mut Arena<'_>, case: &Case) -> Outcome {
    let scoped = arena.scoped(case).await;
    if scoped.verdict.is_refusal() {
        return match scoped.verdict.mark(&Verdict::NotAsked) {
            Some(mark) => Outcome::Leaks(format!("its refusal tells of {mark}")),
            None => Outcome::Refused,
        };
    }
    let plain = arena.plain(case).await;
    if let Some(mark) = scoped.mark(&plain) {
        return Outcome::Leaks(format!("it tells of {mark}: it {}", scoped.shown()));
    }
    if scoped.is_same(&plain) {
        return Outcome::Same;
    }
    Outcome::Differs(format!(
        "it {}\n    the one-tenant database {}",
        scoped.shown(),
        plain.shown()
    ))
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a number"))
}
