//! Gives common table expressions the same names on both sides: the planner's are its own.

use serde_json::{Value, json};

use crate::tree::node;

/// The expressions that are known in a place, innermost last: the name, and the one for both sides.
type Known = Vec<(String, String)>;

/// The statement with its common table expressions numbered, and whatever reads them by that
/// number, as PostgreSQL finds it.
pub fn resolved(mut statement: Value) -> Value {
    Walk { count: 0 }.of(&mut statement, &Known::new());
    statement
}

struct Walk {
    count: usize,
}

impl Walk {
    fn of(&mut self, value: &mut Value, known: &Known) {
        if let Some(("RangeVar", _)) = node(value) {
            return read(&mut value["RangeVar"], known);
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.of(item, known)),
            Value::Object(fields) => {
                let mut known = known.clone();
                if let Some(with) = fields.get_mut("with_clause") {
                    self.with(with, &mut known);
                }
                for (name, value) in fields {
                    // What is locked is named by what it goes by in FROM.
                    if name != "with_clause" && name != "locked_rels" {
                        self.of(value, &known);
                    }
                }
            }
            _ => {}
        }
    }

    fn with(&mut self, with: &mut Value, known: &mut Known) {
        let is_recursive = with.get("recursive").is_some();
        let Some(ctes) = with["ctes"].as_array_mut() else {
            return;
        };
        if is_recursive {
            for cte in &mut *ctes {
                known.push(self.number(cte));
            }
        }
        for cte in ctes {
            let named = (!is_recursive).then(|| self.number(cte));
            self.of(&mut cte["CommonTableExpr"]["ctequery"], known);
            known.extend(named);
        }
    }

    fn number(&mut self, cte: &mut Value) -> (String, String) {
        self.count += 1;
        let number = format!("expression {}", self.count);
        let name = std::mem::replace(&mut cte["CommonTableExpr"]["ctename"], json!(number));
        (name.as_str().unwrap().into(), number)
    }
}

fn read(table: &mut Value, known: &Known) {
    if table.get("schemaname").is_some() {
        return;
    }
    let name = table["relname"].as_str().unwrap().to_owned();
    let Some((_, number)) = known.iter().rev().find(|(known, _)| *known == name) else {
        return;
    };
    table["relname"] = json!(number);
    if table.get("alias").is_none() {
        table["alias"] = json!({"aliasname": name});
    }
}
