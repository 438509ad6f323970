//! Statements, and what must come of them.

use sea_orm::{DbBackend, Statement, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The answer of the one-tenant database, which is no error there.
    Accepted,
    /// The same, or a refusal that does not say that the database has no such syntax.
    AcceptedOrExplained,
    /// The same, or a refusal with this word in it.
    AcceptedOrNames(&'static str),
    /// What the one-tenant database does, be it an error.
    Same,
    /// A typed error, before anything is sent.
    Refused,
    SameOrRefused,
    /// Anything that tells nothing of others: the answer of the one-tenant database, a refusal, or
    /// an error.
    Harmless,
}

/// Statements that are sent one after the other on one connection.
#[derive(Debug, Clone)]
pub struct Case {
    pub id: String,
    pub expected: Expected,
    pub sent: Vec<Sent>,
    /// One of very many: it is not tried in transactions.
    pub is_brief: bool,
}

#[derive(Debug, Clone)]
pub struct Sent {
    pub sql: String,
    pub values: Vec<Value>,
}

impl Case {
    pub fn statements(&self, backend: DbBackend) -> impl Iterator<Item = (&Sent, Statement)> {
        self.sent.iter().map(move |sent| {
            let Sent { sql, values } = sent;
            let statement = match values.is_empty() {
                true => Statement::from_string(backend, sql),
                false => Statement::from_sql_and_values(backend, sql, values.clone()),
            };
            (sent, statement)
        })
    }

    pub fn writes(&self) -> bool {
        !self.sent.iter().all(|sent| sent.begins_with("select"))
    }

    /// The texts, each with its values.
    pub fn shown(&self) -> String {
        let shown = self.sent.iter().map(|Sent { sql, values }| {
            let sql = sql.escape_debug().to_string().replace("\\'", "'");
            match values.is_empty() {
                true => sql,
                false => format!("{sql} with {values:?}"),
            }
        });
        shown.collect::<Vec<_>>().join("; then ")
    }
}

impl Sent {
    fn begins_with(&self, word: &str) -> bool {
        let text = self.sql.trim_start().get(..word.len());
        text.is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    /// Whether rows come back, rather than their number.
    pub fn returns_rows(&self) -> bool {
        let writes = ["insert", "update", "delete", "replace"];
        let lower = self.sql.to_ascii_lowercase();
        !writes.iter().any(|word| self.begins_with(word)) || lower.contains("returning")
    }

    /// Whether the rows come in an order: that of a window or of an inner query is none.
    pub fn is_ordered(&self) -> bool {
        let lower = self.sql.to_ascii_lowercase();
        let mut depth = 0;
        lower.char_indices().any(|(at, char)| {
            match char {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0 && lower[at..].starts_with("order by")
        })
    }
}

/// The statements of one kind, numbered.
pub fn of(id: &str, expected: Expected, statements: &[&str]) -> Vec<Case> {
    numbered(id, expected, statements.iter().copied(), false)
}

/// A great many statements of one kind, which a template has made.
pub fn each(
    id: &str,
    expected: Expected,
    statements: impl IntoIterator<Item = String>,
) -> Vec<Case> {
    numbered(id, expected, statements, true)
}

fn numbered(
    id: &str,
    expected: Expected,
    statements: impl IntoIterator<Item = impl Into<String>>,
    is_brief: bool,
) -> Vec<Case> {
    let case = |(number, sql): (usize, String)| Case {
        id: format!("{id}.{}", number + 1),
        expected,
        sent: vec![Sent {
            sql,
            values: Vec::new(),
        }],
        is_brief,
    };
    let statements = statements.into_iter().map(|sql| -> String { sql.into() });
    statements.enumerate().map(case).collect()
}

/// One statement with bound values.
pub fn bound(
    id: &str,
    expected: Expected,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Vec<Case> {
    in_order(id, expected, [(sql, values.into_iter().collect())])
}

/// Statements that meet each other on one connection.
pub fn in_order<'s>(
    id: &str,
    expected: Expected,
    statements: impl IntoIterator<Item = (&'s str, Vec<Value>)>,
) -> Vec<Case> {
    let sent = statements.into_iter().map(|(sql, values)| Sent {
        sql: sql.into(),
        values,
    });
    vec![Case {
        id: id.into(),
        expected,
        sent: sent.collect(),
        is_brief: false,
    }]
}
