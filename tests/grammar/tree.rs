//! What PostgreSQL's grammar reads in a text, as JSON.

use pg_query::ParserOptions;
use serde_json::{Map, Value, json};

/// The one statement of a text.
pub struct Read {
    /// Without what may differ between two spellings of it.
    pub statement: Value,
    /// The functions and operators that are looked up on the search path.
    pub searched: Vec<String>,
}

/// Reads a text.
///
/// # Errors
///
/// What the grammar says of a text that is no statement.
pub fn read(sql: &str) -> Result<Read, String> {
    let parsed =
        pg_query::parse(sql, ParserOptions::default()).map_err(|error| error.to_string())?;
    let [statement] = parsed.protobuf.stmts.as_slice() else {
        return Err(format!("{} statements", parsed.protobuf.stmts.len()));
    };
    let value = serde_json::to_value(&statement.stmt).unwrap();
    let mut searched = Vec::new();
    search(&value, &mut searched);
    Ok(Read {
        statement: plain(value),
        searched,
    })
}

fn search(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| search(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                let names = match name.as_str() {
                    // Of several arrays, the grammar's own.
                    "FuncCall"
                        if value["args"].as_array().map_or(0, Vec::len) > 1
                            && value["funcname"][0]["node"]["String"]["sval"] == "unnest" =>
                    {
                        &Value::Null
                    }
                    "FuncCall" => &value["funcname"],
                    // `x BETWEEN y AND z` names no operator.
                    "AExpr" if !matches!(value["kind"].as_i64(), Some(11..)) => &value["name"],
                    _ => &Value::Null,
                };
                let parts = names.as_array().into_iter().flatten();
                let parts: Vec<_> = parts
                    .filter_map(|part| part["node"]["String"]["sval"].as_str())
                    .collect();
                if !parts.is_empty() && parts.first() != Some(&"pg_catalog") {
                    found.push(parts.join("."));
                }
                search(value, found);
            }
        }
        _ => {}
    }
}

/// Without wrappers, places in the text, and what is not there.
fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(mut object) => match object.remove("node") {
            Some(node) => plain(node),
            None => {
                let fields = object.into_iter().map(|(name, value)| {
                    let value = branch(&name, value);
                    (name, plain(value))
                });
                let fields = fields.filter(|(name, value)| !is_place(name) && !is_absent(value));
                Value::Object(fields.map(spelled).collect())
            }
        },
        other => other,
    }
}

/// A branch of `UNION` and its like, as the query that it is.
fn branch(name: &str, value: Value) -> Value {
    let is_query = matches!(name, "larg" | "rarg") && value.get("target_list").is_some();
    match is_query {
        true => json!({"SelectStmt": value}),
        false => value,
    }
}

fn is_place(field: &str) -> bool {
    matches!(field, "location" | "stmt_len") || field.ends_with("_start") || field.ends_with("_end")
}

fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// One spelling of what has several.
fn spelled((name, value): (String, Value)) -> (String, Value) {
    let value = match (name.as_str(), value) {
        // `f(…)` is what the planner prints as `pg_catalog.f(…)`, and `x = y` as
        // `x OPERATOR(pg_catalog.=) y`.
        ("funcname" | "name" | "names" | "oper_name", Value::Array(parts)) => of_system(parts),
        ("FuncCall", Value::Object(call)) => without(call, &["funcformat"]),
        ("RangeVar", Value::Object(table)) => {
            let alias = table.get("alias");
            let is_own = alias == Some(&json!({"aliasname": table["relname"]}));
            match is_own {
                true => without(table, &["alias"]),
                false => Value::Object(table),
            }
        }
        // `x LIKE y` is `x ~~ y`.
        ("AExpr", Value::Object(mut expr)) => {
            if let Some(8 | 9) = expr["kind"].as_i64() {
                expr.insert("kind".into(), json!(1));
            }
            Value::Object(expr)
        }
        (_, value) => value,
    };
    (name, value)
}

fn of_system(parts: Vec<Value>) -> Value {
    let is_system = parts.len() > 1 && parts[0] == json!({"String": {"sval": "pg_catalog"}});
    parts.into_iter().skip(usize::from(is_system)).collect()
}

fn without(mut object: Map<String, Value>, fields: &[&str]) -> Value {
    for field in fields {
        object.remove(*field);
    }
    Value::Object(object)
}

/// The kind of a node, and its fields.
pub fn node(value: &Value) -> Option<(&str, &Map<String, Value>)> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    let (kind, fields) = object.iter().next()?;
    Some((kind, fields.as_object()?))
}

/// The names of a list: `["n", "id"]` of `n.id`.
pub fn names(value: &Value) -> Vec<&str> {
    let parts = value.as_array().into_iter().flatten();
    parts
        .filter_map(|part| part["String"]["sval"].as_str())
        .collect()
}
