//! What came of a text: its answer, and the scope's rows behind it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DbBackend, JsonValue};

use crate::findings::{
    case::{Case, Expected, Sent},
    verdict::{Answer, Verdict, send},
};

/// The tables of the scope's rows.
pub const OWN: [&str; 7] = ["note", "tag", "note_tag", "tree", "acc", "memo", "blog"];

/// What came of a text.
pub struct Came {
    pub verdict: Verdict,
    /// The scope's rows afterwards, where the text may have changed them.
    pub rows: Option<Verdict>,
}

impl Came {
    /// Whether answers and rows are the same, in whatever order.
    pub fn is_same(&self, other: &Self) -> bool {
        let are_rows_same = match (&self.rows, &other.rows) {
            (Some(rows), Some(expected)) => rows.is_same(expected),
            _ => true,
        };
        self.verdict.is_same(&other.verdict) && are_rows_same
    }

    pub fn mark(&self, plain: &Self) -> Option<&'static str> {
        let harmless = plain.rows.as_ref().unwrap_or(&Verdict::NotAsked);
        let rows = self.rows.as_ref().and_then(|rows| rows.mark(harmless));
        self.verdict.mark(&plain.verdict).or(rows)
    }

    pub fn shown(&self) -> String {
        match &self.rows {
            Some(rows) => format!("{}; afterwards {}", self.verdict.shown(), rows.shown()),
            None => self.verdict.shown(),
        }
    }
}

/// Sends a text, and looks at the rows where it may have changed some.
pub async fn sent(db: &impl ConnectionTrait, backend: DbBackend, case: &Case) -> Came {
    let Ok(answered) = AssertUnwindSafe(send(db, backend, case))
        .catch_unwind()
        .await
    else {
        panic!("{backend:?} panics at {}", case.shown());
    };
    let verdict = in_no_order(Verdict::of(answered));
    let mut rows = None;
    if case.writes() && matches!(verdict, Verdict::Answered(_)) {
        let own = send(db, backend, &own_rows()).await;
        rows = Some(in_no_order(Verdict::of(own)));
    }
    Came { verdict, rows }
}

fn own_rows() -> Case {
    let sent = OWN.map(|table| Sent {
        sql: format!("SELECT * FROM {table}"),
        values: Vec::new(),
    });
    Case {
        id: "rows".into(),
        expected: Expected::Same,
        sent: sent.into(),
        is_brief: true,
    }
}

fn in_no_order(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Answered(mut answers) => {
            for answer in &mut answers {
                if let Answer::Rows(rows) = answer {
                    rows.sort_by_cached_key(JsonValue::to_string);
                }
            }
            Verdict::Answered(answers)
        }
        other => other,
    }
}
