//! What came of a case, and what is wrong with it.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, JsonValue};
use tenancy_seaorm::{Error, ErrorKind};

use crate::findings::{
    case::{Case, Expected},
    rows::values,
};

/// What only rows outside of the scope hold.
const MARKS: [&str; 3] = ["GLOBEX", "INITECH", "USER8"];

const EXCUSE: &str = "its syntax is not that of the connection's database";

#[derive(Debug, PartialEq)]
pub enum Answer {
    Rows(Vec<JsonValue>),
    Affected(u64),
}

#[derive(Debug)]
pub enum Verdict {
    Refused(ErrorKind, String),
    Answered(Vec<Answer>),
    /// The database's own error.
    Failed(String),
    /// What must be refused is not tried on the one-tenant database: some of it would change the
    /// server.
    NotAsked,
}

/// What the one-tenant database says, and what it holds afterwards.
pub struct Reference {
    pub verdict: Verdict,
    pub own: Vec<String>,
}

pub async fn send(
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

impl Verdict {
    pub fn of(sent: Result<Vec<Answer>, DbErr>) -> Self {
        let error = match sent {
            Ok(answers) => return Self::Answered(answers),
            Err(error) => error,
        };
        let text = format!("{error} {error:?}");
        match Error::of(&error) {
            Some(refusal) => Self::Refused(refusal.kind(), text),
            None => Self::Failed(text),
        }
    }

    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(..))
    }

    pub fn is_same(&self, reference: &Self) -> bool {
        match (self, reference) {
            (Self::Answered(answers), Self::Answered(expected)) => answers == expected,
            (Self::Failed(_), Self::Failed(_)) => true,
            _ => false,
        }
    }

    /// A mark in the answer or in the error, unless the one-tenant database shows it, too: out of
    /// the statement.
    pub fn mark(&self, reference: &Self) -> Option<&'static str> {
        // MySQL counts the rows that it has looked at.
        if matches!(self, Self::Failed(text) if text.contains(" at row ")) {
            return Some(" at row ");
        }
        let upper = |verdict: &Self| format!("{verdict:?}").to_uppercase();
        let (text, harmless) = (upper(self), upper(reference));
        MARKS
            .into_iter()
            .find(|mark| text.contains(*mark) && !harmless.contains(*mark))
    }

    /// Whether the database could not read the statement, whatever rows there are.
    pub fn is_not_read(&self) -> bool {
        const SAID: [&str; 3] = ["1064 (", "42601", "syntax error"];
        matches!(self, Self::Failed(text) if SAID.iter().any(|said| text.contains(said)))
    }

    /// Whether this is among what is expected.
    pub fn fits(&self, expected: Expected, reference: &Self) -> bool {
        let is_same = self.is_same(reference);
        let refusal = match self {
            Self::Refused(_, text) => Some(text),
            _ => None,
        };
        match expected {
            Expected::Accepted | Expected::Same => is_same,
            Expected::AcceptedOrExplained => {
                is_same || refusal.is_some_and(|text| !text.contains(EXCUSE))
            }
            Expected::AcceptedOrNames(word) => {
                is_same || refusal.is_some_and(|text| text.contains(word))
            }
            Expected::Refused => refusal.is_some(),
            Expected::SameOrRefused => is_same || refusal.is_some(),
            Expected::Harmless => is_same || !matches!(self, Self::Answered(_)),
        }
    }

    pub fn shown(&self) -> String {
        let (what, text) = match self {
            Self::Refused(kind, text) => (format!("is refused as {kind:?}"), text.clone()),
            Self::Answered(answers) => ("answers".into(), format!("{answers:?}")),
            Self::Failed(text) => ("fails".into(), text.clone()),
            Self::NotAsked => return "is not asked".into(),
        };
        let text: String = text.chars().take(400).collect();
        format!("{what}: {text}")
    }
}
