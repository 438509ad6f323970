//! Compares what came with what was printed.

use std::collections::BTreeMap;

use serde_json::Value;
use testbed::lexical::split::{is_space, split};

use crate::{added, carried, planned, resolve::resolved, tree};

/// The operators that statements find on the search path. The doctor reports others of their names.
const SEARCHED: &[&str] = &[
    "=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "%", "<%", "%>", "<<%", "%>>",
    // `SIMILAR TO`.
    "~", "!~", //
    "<->", "<<->", "<->>", "<<<->", "<->>>", "<#>", "<=>", "<+>", "<~>",
];

/// What became of the statements.
#[derive(Default)]
pub struct Tally {
    tried: usize,
    accepted: usize,
    faults: BTreeMap<String, String>,
}

impl Tally {
    pub fn judge(&mut self, sql: &str) {
        self.tried += 1;
        let Some((text, tenant)) = planned::plan(sql) else {
            return;
        };
        self.accepted += 1;
        if let Some(fault) = fault(sql, &text, tenant) {
            self.faults
                .insert(sql.into(), format!("{fault}\n    printed: {text}"));
        }
    }

    /// # Panics
    ///
    /// With the faults, if there are any, and if too few statements were accepted.
    pub fn end(self, least: usize) {
        let Self {
            tried,
            accepted,
            faults,
        } = self;
        println!("{accepted} of {tried} accepted");
        let shown: Vec<_> = faults
            .iter()
            .take(40)
            .map(|(sql, fault)| format!("{sql}\n    {fault}"))
            .collect();
        assert!(
            faults.is_empty(),
            "{} of {accepted} statements do not mean what came:\n{}",
            faults.len(),
            shown.join("\n")
        );
        assert!(accepted >= least, "{accepted} of {tried} were accepted");
    }
}

fn fault(sql: &str, text: &str, tenant: usize) -> Option<String> {
    let (came, printed) = match (tree::read(sql), tree::read(text)) {
        (Ok(came), Ok(printed)) => (came, printed),
        // PostgreSQL will say so.
        (Err(_), Err(_)) => return None,
        (Err(error), Ok(_)) if is_lenient(sql, text, &error) => return None,
        (Err(error), Ok(_)) => return Some(format!("only what is printed can be read: {error}")),
        (Ok(_), Err(error)) => return Some(format!("only what came can be read: {error}")),
    };
    if let Some(fault) = carried::fault(&printed.statement, tenant) {
        return Some(fault);
    }
    if let Some(name) = printed
        .searched
        .iter()
        .find(|name| !SEARCHED.contains(&&***name))
    {
        return Some(format!("`{name}` is looked up on the search path"));
    }
    let came = added::without(resolved(came.statement), tenant);
    let left = added::without(resolved(printed.statement), tenant);
    (came != left).then(|| differ(&came, &left, &mut Vec::new()))
}

/// Whether the parser takes what PostgreSQL does not, with one meaning, which is printed in full:
/// `x NOT NULL` as SQLite has it, `FETCH FIRST 1` without its last words, and `x::text()`.
fn is_lenient(sql: &str, text: &str, error: &str) -> bool {
    let pieces: Vec<_> = split(sql)
        .into_iter()
        .filter(|piece| !is_space(piece) && !piece.starts_with("/*") && !piece.starts_with("--"))
        .map(|piece| piece.to_ascii_uppercase())
        .collect();
    let has = |wanted: [&str; 2]| pieces.windows(2).any(|pair| pair == wanted);
    let error = error.to_ascii_uppercase();
    let is_at_not = error.contains("\"NOT\"") || error.contains("\"NULL\"");
    (is_at_not && text.contains(" IS NOT NULL"))
        || pieces.iter().any(|piece| piece == "FETCH")
        || (has(["(", ")"]) && sql.contains("::"))
}

/// The first place where two trees differ.
fn differ<'v>(came: &'v Value, left: &'v Value, path: &mut Vec<String>) -> String {
    match (came, left) {
        (Value::Object(one), Value::Object(other)) => {
            for name in one.keys().chain(other.keys()) {
                let (one, other) = (&came[name.as_str()], &left[name.as_str()]);
                if one != other {
                    path.push(name.clone());
                    return differ(one, other, path);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                if one != other {
                    path.push(index.to_string());
                    return differ(one, other, path);
                }
            }
        }
        _ => {}
    }
    format!("at {}\n    came: {came}\n    left: {left}", path.join("."))
}
