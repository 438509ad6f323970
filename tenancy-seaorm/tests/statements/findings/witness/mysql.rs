//! MariaDB and MySQL: the plan, on tables without keys.
//!
//! A row that a key finds is read before there is a plan: its columns are constants then, and
//! nothing is left of their conditions. Temporary tables without any key hide those of the model,
//! so that every condition is still one when it is printed.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, JsonValue, Statement};
use sqlparser::{
    dialect::MySqlDialect,
    tokenizer::{Token, Tokenizer},
};

use super::{names, unscoped};
use crate::findings::world::run;

const CONDITIONS: [&str; 4] = [
    "attached_condition",
    "having_condition",
    "index_condition",
    "outer_ref_condition",
];

/// What the tables of the witness cannot be asked: an index that they lack, and on MySQL a
/// temporary table that is named twice.
const BEYOND: [&str; 2] = ["1176 (42000)", "1137 (HY000)"];

/// A `SELECT` with its tables.
#[derive(Default)]
struct Block {
    /// The alias of each table, with the conditions on its rows.
    tables: Vec<(String, Vec<String>)>,
    conditions: Vec<String>,
}

pub(super) async fn prepare(db: &DatabaseConnection, owned: &[(&str, &str)]) {
    for (table, _) in owned {
        let sql = format!("CREATE TEMPORARY TABLE {table} SELECT * FROM {table}");
        run(db, &sql).await;
    }
}

pub(super) async fn complaint(
    owner: &DatabaseConnection,
    planned: &Statement,
    owned: &[(&str, &str)],
) -> Result<Option<String>, DbErr> {
    let tokens = tokens(&planned.sql);
    // What names none of them may be nothing that is explained.
    if !owned
        .iter()
        .any(|(table, _)| tokens.iter().any(|token| token == table))
    {
        return Ok(None);
    }
    let explain = Statement {
        sql: format!("EXPLAIN FORMAT=JSON {}", planned.sql),
        ..planned.clone()
    };
    let row = match owner.query_one_raw(explain).await {
        Ok(row) => row,
        Err(error) => {
            let text = error.to_string();
            return match BEYOND.iter().any(|code| text.contains(code)) {
                true => Ok(None),
                false => Err(error),
            };
        }
    };
    let Some(row) = row else {
        return Ok(None);
    };
    let plan: String = row.try_get_by_index(0)?;
    if plan.contains("\"Deleting all rows\"") {
        return Ok(Some("all rows are deleted".into()));
    }
    let plan: JsonValue = serde_json::from_str(&plan)
        .map_err(|error| DbErr::Custom(format!("a plan that is no JSON, {error}: {plan}")))?;
    let mut blocks = vec![Block::default()];
    walk(&plan, 0, None, &mut blocks);
    for block in &blocks {
        for (alias, conditions) in &block.tables {
            let Some((table, column)) = meant(alias, &tokens, owned) else {
                continue;
            };
            let is_scoped = |conditions: &[String]| {
                let mut conditions = conditions.iter();
                conditions.any(|condition| names(condition, alias, column))
            };
            // A query that is merged into another keeps its aliases.
            let mut alike = block.tables.iter().filter(|(other, _)| other == alias);
            let is_alone = alike.nth(1).is_none();
            if !(is_scoped(conditions) || is_alone && is_scoped(&block.conditions)) {
                return Ok(Some(unscoped(table, alias)));
            }
        }
    }
    Ok(None)
}

/// `around` is the condition of the join in which a table stands.
fn walk(node: &JsonValue, block: usize, around: Option<&str>, blocks: &mut Vec<Block>) {
    let node = match node {
        JsonValue::Array(nodes) => {
            for node in nodes {
                walk(node, block, around, blocks);
            }
            return;
        }
        JsonValue::Object(node) => node,
        _ => return,
    };
    let text = |key: &str| node.get(key).and_then(JsonValue::as_str);
    let conditions = CONDITIONS.iter().filter_map(|key| text(key));
    let all: Vec<_> = conditions.chain(around).map(String::from).collect();
    blocks[block].conditions.extend(all.iter().cloned());
    // What is inserted into is not read, and has no way in which it is.
    let has = |key: &str| node.contains_key(key);
    let is_read = (has("access_type") || has("update") || has("delete"))
        && !["insert", "replace", "table_function"].into_iter().any(has);
    if let Some(alias) = text("table_name").filter(|_| is_read) {
        blocks[block].tables.push((alias.to_lowercase(), all));
    }
    let within = text("attached_condition").filter(|_| has("table"));
    for (key, inner) in node {
        match key.as_str() {
            "query_block" => {
                blocks.push(Block::default());
                walk(inner, blocks.len() - 1, None, blocks);
            }
            "table" => walk(inner, block, within, blocks),
            _ => walk(inner, block, None, blocks),
        }
    }
}

/// The table of `owned` that has an alias somewhere in a statement.
fn meant<'o>(
    alias: &str,
    tokens: &[String],
    owned: &[(&'o str, &'o str)],
) -> Option<(&'o str, &'o str)> {
    let is_meant = |(table, _): &&(&str, &str)| {
        let after = |at: usize| tokens.get(at).map(String::as_str);
        *table == alias
            || tokens.iter().enumerate().any(|(at, token)| {
                let next = match after(at + 1) {
                    Some("as") => after(at + 2),
                    next => next,
                };
                token == table && next == Some(alias)
            })
    };
    owned.iter().find(is_meant).copied()
}

/// The words of a statement in lower case, without quotes, and what is between them.
fn tokens(sql: &str) -> Vec<String> {
    let Ok(tokens) = Tokenizer::new(&MySqlDialect {}, sql).tokenize() else {
        // A session may have other rules for strings.
        let words = sql.split(|char: char| !char.is_alphanumeric() && char != '_' && char != '$');
        let words = words.filter(|word| !word.is_empty());
        return words.map(str::to_lowercase).collect();
    };
    let text = |token: Token| match token {
        Token::Whitespace(_) => None,
        Token::Word(word) => Some(word.value.to_lowercase()),
        Token::DoubleQuotedString(text) => Some(text.to_lowercase()),
        other => Some(other.to_string()),
    };
    tokens.into_iter().filter_map(text).collect()
}
