//! Whether each access to a tenant's table carries the tenant.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    added::is_predicate,
    planned::{OWNED, REFERENCE, TENANT_COLUMN},
    tree::{names, node},
};

/// What is wrong with a printed statement, if anything.
pub fn fault(statement: &Value, tenant: usize) -> Option<String> {
    let mut walk = Walk {
        tenant,
        faults: Vec::new(),
    };
    match node(statement) {
        Some(("SelectStmt" | "InsertStmt" | "UpdateStmt" | "DeleteStmt", _)) => {
            walk.of(statement, &BTreeSet::new());
        }
        other => walk
            .faults
            .push(format!("it is a {:?}", other.map(|(kind, _)| kind))),
    }
    (!walk.faults.is_empty()).then(|| walk.faults.join("; "))
}

struct Walk {
    tenant: usize,
    faults: Vec<String>,
}

/// The names of common table expressions that are known in a place.
type Known = BTreeSet<String>;

impl Walk {
    fn of(&mut self, value: &Value, known: &Known) {
        match node(value) {
            Some(("SelectStmt", query)) => {
                let known = &self.with(query, known);
                self.block(query.get("from_clause"), query, known, &[]);
            }
            Some(("UpdateStmt", update)) => {
                let known = &self.with(update, known);
                self.block(update.get("from_clause"), update, known, &["relation"]);
            }
            Some(("DeleteStmt", delete)) => {
                let known = &self.with(delete, known);
                self.block(delete.get("using_clause"), delete, known, &["relation"]);
            }
            Some(("InsertStmt", insert)) => {
                let known = &self.with(insert, known);
                self.insert(insert, known);
            }
            Some(("RangeVar", table)) => {
                self.faults.push(format!("a table at no place: {table:?}"))
            }
            _ => match value {
                Value::Array(items) => items.iter().for_each(|item| self.of(item, known)),
                Value::Object(fields) => self.fields(fields, known),
                _ => {}
            },
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, known: &Known) {
        for (name, value) in fields {
            // What is locked is named by what it goes by in FROM.
            if name != "with_clause" && name != "locked_rels" {
                self.of(value, known);
            }
        }
    }

    /// The names that a `WITH` adds, after a look at its queries.
    fn with(&mut self, statement: &Map<String, Value>, known: &Known) -> Known {
        let mut known = known.clone();
        let Some(with) = statement.get("with_clause") else {
            return known;
        };
        let ctes: Vec<_> = with["ctes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cte| &cte["CommonTableExpr"])
            .collect();
        let name = |cte: &Value| cte["ctename"].as_str().unwrap().to_owned();
        if with.get("recursive").is_some() {
            known.extend(ctes.iter().map(|cte| name(cte)));
        }
        for cte in ctes {
            self.of(&cte["ctequery"], &known);
            known.insert(name(cte));
        }
        known
    }

    /// A `SELECT`, `UPDATE` or `DELETE`, whose tables stand in `from` and in these fields.
    fn block(
        &mut self,
        from: Option<&Value>,
        statement: &Map<String, Value>,
        known: &Known,
        targets: &[&str],
    ) {
        let mut conditions: Vec<&Value> = statement.get("where_clause").into_iter().collect();
        let mut tables: Vec<(&Map<String, Value>, bool)> = Vec::new();
        for target in targets {
            tables.push((statement[*target].as_object().unwrap(), true));
        }
        let mut others = Vec::new();
        for item in from.and_then(Value::as_array).into_iter().flatten() {
            joined(item, &mut tables, &mut conditions, &mut others);
        }
        for (table, is_target) in tables {
            self.table(table, is_target, &conditions, known);
        }
        for other in others {
            self.of(other, known);
        }
        for condition in conditions {
            self.of(condition, known);
        }
        for (name, value) in statement {
            let is_done = matches!(
                name.as_str(),
                "from_clause" | "using_clause" | "where_clause" | "with_clause" | "locking_clause"
            ) || targets.contains(&name.as_str());
            if !is_done {
                self.of(value, known);
            }
        }
    }

    /// A table in FROM, or one that is written.
    fn table(
        &mut self,
        table: &Map<String, Value>,
        is_target: bool,
        conditions: &[&Value],
        known: &Known,
    ) {
        let name = table["relname"].as_str().unwrap();
        let is_plain = !table.contains_key("catalogname")
            && matches!(
                table.get("schemaname").and_then(Value::as_str),
                None | Some("public")
            )
            && table.get("inh").is_some();
        let is_cte = !is_target && !table.contains_key("schemaname") && known.contains(name);
        if !is_plain {
            self.faults.push(format!("the table {table:?}"));
        }
        if is_cte || name == REFERENCE.0 && !is_target {
            return;
        }
        if !OWNED.iter().any(|(owned, _)| *owned == name) {
            self.faults.push(format!("the table {name} is no tenant's"));
        }
        let alias = table
            .get("alias")
            .map_or(name, |alias| alias["aliasname"].as_str().unwrap());
        let is_held = conditions
            .iter()
            .any(|condition| self.holds(condition, alias));
        if !is_held {
            self.faults
                .push(format!("{alias} ({name}) is read without its tenant"));
        }
    }

    /// Whether a condition holds for no row but those of the tenant.
    fn holds(&self, condition: &Value, alias: &str) -> bool {
        if is_predicate(condition, self.tenant) {
            let column = names(&condition["AExpr"]["lexpr"]["ColumnRef"]["fields"]);
            return column == [alias, TENANT_COLUMN];
        }
        match node(condition) {
            Some(("BoolExpr", fields)) if fields["boolop"] == 1 => {
                let mut args = fields["args"].as_array().unwrap().iter();
                args.any(|arg| self.holds(arg, alias))
            }
            _ => false,
        }
    }

    /// The tenant, or what the rows that are read have for it: each is the tenant's.
    fn is_tenant(&self, value: &Value) -> bool {
        value["ParamRef"]["number"] == self.tenant
            || names(&value["ColumnRef"]["fields"]).last() == Some(&TENANT_COLUMN)
    }

    fn insert(&mut self, insert: &Map<String, Value>, known: &Known) {
        let table = insert["relation"]["relname"].as_str().unwrap();
        if !OWNED.iter().any(|(owned, _)| *owned == table) {
            self.faults
                .push(format!("the table {table} is no tenant's"));
        }
        let columns = insert
            .get("cols")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let place = columns
            .map(|column| column["ResTarget"]["name"].as_str().unwrap())
            .position(|column| column == TENANT_COLUMN);
        let Some(place) = place else {
            self.faults
                .push("an insert without the tenant column".into());
            return;
        };
        let source = &insert["select_stmt"];
        // Counted from the end where it is the last one: a `*` before it is of any length.
        let from_end = insert["cols"].as_array().map_or(0, Vec::len) - place;
        for row in rows(source) {
            let value = match from_end {
                1 => row.last(),
                _ => row.get(place),
            };
            let value = value.map(|value| match value.get("ResTarget") {
                Some(target) => &target["val"],
                None => value,
            });
            if !value.is_some_and(|value| self.is_tenant(value)) {
                self.faults.push(format!("a row is stamped with {value:?}"));
            }
        }
        let conflict = &insert
            .get("on_conflict_clause")
            .cloned()
            .unwrap_or_default();
        let name = insert["relation"]
            .get("alias")
            .map_or(table, |alias| alias["aliasname"].as_str().unwrap());
        let updates = conflict.get("target_list").is_some();
        if updates
            && !conflict
                .get("where_clause")
                .is_some_and(|condition| self.holds(condition, name))
        {
            self.faults
                .push("an upsert changes a row of anybody".into());
        }
        for (field, value) in insert {
            if !matches!(field.as_str(), "relation" | "with_clause") {
                self.of(value, known);
            }
        }
    }
}

/// The rows that an insert takes from a query: those of `VALUES`, or the columns of each branch.
fn rows(source: &Value) -> Vec<&Vec<Value>> {
    let query = &source["SelectStmt"];
    if let Some(values) = query.get("values_lists").and_then(Value::as_array) {
        return values
            .iter()
            .filter_map(|row| row["List"]["items"].as_array())
            .collect();
    }
    match (
        query.get("larg"),
        query.get("target_list").and_then(Value::as_array),
    ) {
        (None, Some(targets)) => vec![targets],
        _ => Vec::new(),
    }
}

/// Takes a join apart.
fn joined<'v>(
    item: &'v Value,
    tables: &mut Vec<(&'v Map<String, Value>, bool)>,
    conditions: &mut Vec<&'v Value>,
    others: &mut Vec<&'v Value>,
) {
    match node(item) {
        Some(("RangeVar", table)) => tables.push((table, false)),
        Some(("JoinExpr", join)) => {
            joined(&join["larg"], tables, conditions, others);
            joined(&join["rarg"], tables, conditions, others);
            conditions.extend(join.get("quals"));
        }
        _ => others.push(item),
    }
}
