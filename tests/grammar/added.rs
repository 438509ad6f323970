//! Takes what the planner adds out of a statement.

use serde_json::{Value, json};

use crate::{
    planned::TENANT_COLUMN,
    tree::{names, node},
};

const AND: i64 = 1;

/// The statement without predicates, guards, fences and stamps. `tenant` is the number of the
/// tenant's placeholder; there is none in the statement that came.
pub fn without(value: Value, tenant: usize) -> Value {
    match value {
        Value::Array(items) => items
            .into_iter()
            .map(|item| without(item, tenant))
            .collect(),
        Value::Object(object) => {
            let fields = object
                .into_iter()
                .map(|(name, value)| (name, without(value, tenant)))
                .filter(|(_, value)| *value != nothing());
            bare(Value::Object(fields.collect()), tenant)
        }
        other => other,
    }
}

/// What is left of a condition that was all ours.
fn nothing() -> Value {
    json!({"BoolExpr": {"boolop": AND}})
}

fn bare(value: Value, tenant: usize) -> Value {
    let Some((kind, fields)) = node(&value) else {
        return value;
    };
    match kind {
        "AExpr" if is_predicate(&value, tenant) => nothing(),
        "BoolExpr" if fields["boolop"] == AND => conjunction(fields.get("args")),
        "CaseExpr" => guarded(&value).unwrap_or(value),
        "RangeSubselect" => fenced(&value).unwrap_or(value),
        "SelectStmt" => closed(listed(&value).unwrap_or(value)),
        "InsertStmt" => stamped(value),
        _ => value,
    }
}

/// `n.tenant_id = $2`.
pub fn is_predicate(value: &Value, tenant: usize) -> bool {
    let expr = &value["AExpr"];
    expr["kind"] == 1
        && names(&expr["name"]) == ["="]
        && names(&expr["lexpr"]["ColumnRef"]["fields"]).last() == Some(&TENANT_COLUMN)
        && expr["rexpr"]["ParamRef"]["number"] == tenant
}

/// Conditions of one level, of which some may be nothing.
fn conjunction(args: Option<&Value>) -> Value {
    let args = args.and_then(Value::as_array).into_iter().flatten();
    let mut left = Vec::new();
    for arg in args {
        match node(arg) {
            Some(("BoolExpr", fields)) if fields["boolop"] == AND => {
                left.extend(
                    fields
                        .get("args")
                        .and_then(Value::as_array)
                        .into_iter()
                        .flatten(),
                );
            }
            _ => left.push(arg),
        }
    }
    match left.as_slice() {
        [] => nothing(),
        [one] => (*one).clone(),
        _ => json!({"BoolExpr": {"boolop": AND, "args": left}}),
    }
}

/// The condition in `CASE WHEN … THEN condition ELSE false END`, whose own condition was ours, or
/// `(SELECT true)`, where no table of the block has a predicate beside it.
fn guarded(value: &Value) -> Option<Value> {
    let case = &value["CaseExpr"];
    let [when] = case["args"].as_array()?.as_slice() else {
        return None;
    };
    let when = &when["CaseWhen"];
    let is_asked = |expr: &Value| {
        let query = &expr["SubLink"]["subselect"]["SelectStmt"];
        *query
            == json!({"op": 1, "target_list": [{"ResTarget": {"val": {"AConst": {"val": {"Boolval": {"boolval": true}}}}}}]})
    };
    let is_ours = when.get("expr").is_none_or(is_asked)
        && case.get("arg").is_none()
        && case["defresult"] == json!({"AConst": {"val": {"Boolval": {}}}});
    is_ours.then(|| when["result"].clone())
}

/// The table in `(SELECT * FROM table WHERE … OFFSET 0) AS name`.
fn fenced(value: &Value) -> Option<Value> {
    let derived = &value["RangeSubselect"];
    let alias = &derived["alias"];
    let query = derived["subquery"]["SelectStmt"].as_object()?;
    let all = json!([{"ResTarget": {"val": {"ColumnRef": {"fields": [{"AStar": {}}]}}}}]);
    let is_ours = query.get("target_list") == Some(&all)
        && query.keys().all(|field| {
            matches!(
                field.as_str(),
                "target_list" | "from_clause" | "op" | "limit_option"
            )
        });
    let [table] = query.get("from_clause")?.as_array()?.as_slice() else {
        return None;
    };
    let (kind, fields) = node(table)?;
    if !is_ours
        || kind != "RangeVar"
        || fields.contains_key("alias")
        || derived.get("lateral").is_some()
    {
        return None;
    }
    let mut fields = fields.clone();
    if *alias != json!({"aliasname": fields["relname"]}) {
        fields.insert("alias".into(), alias.clone());
    }
    Some(json!({"RangeVar": fields}))
}

/// The query in `SELECT * FROM (query) AS tenancy_list`, which takes what a `UNION` cannot.
fn listed(value: &Value) -> Option<Value> {
    let query = &value["SelectStmt"];
    let [derived] = query["from_clause"].as_array()?.as_slice() else {
        return None;
    };
    let derived = &derived["RangeSubselect"];
    let is_ours = derived["alias"] == json!({"aliasname": "tenancy_list"});
    is_ours.then(|| derived["subquery"].clone())
}

/// A query without the `OFFSET 0` that closes it. One that came has it taken out, too.
fn closed(mut value: Value) -> Value {
    let query = value["SelectStmt"].as_object_mut().unwrap();
    let zero = json!({"AConst": {"val": {"Ival": {"ival": 0}}}});
    if query.get("limit_offset") == Some(&zero) {
        query.remove("limit_offset");
    }
    query.remove("limit_option");
    value
}

/// An insert without the tenant column and what is written there. One that came has them taken out,
/// too.
fn stamped(mut value: Value) -> Value {
    let insert = value["InsertStmt"].as_object_mut().unwrap();
    let place = insert.get("cols").and_then(|columns| {
        let mut columns = columns.as_array()?.iter();
        columns.position(|column| column["ResTarget"]["name"] == TENANT_COLUMN)
    });
    if let Some(place) = place {
        let columns = insert["cols"].as_array_mut().unwrap();
        columns.remove(place);
        let place = (place < columns.len()).then_some(place);
        unstamp(&mut insert["select_stmt"]["SelectStmt"], place);
    }
    let rows =
        &insert.get("select_stmt").cloned().unwrap_or_default()["SelectStmt"]["values_lists"];
    let is_bare = insert
        .get("cols")
        .is_none_or(|columns| *columns == json!([]));
    let is_default = |value: &Value| value.get("SetToDefault").is_some();
    let mut values = rows
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|row| row["List"]["items"].as_array().unwrap());
    // A row of nothing but defaults has several spellings.
    if is_bare && rows.is_array() && values.all(is_default) {
        let count = rows.as_array().map_or(0, Vec::len);
        insert.insert("select_stmt".into(), json!({"defaults": count}));
        insert.remove("cols");
    } else if is_bare && insert.get("select_stmt").is_none() {
        insert.insert("select_stmt".into(), json!({"defaults": 1}));
    }
    value
}

/// Takes the value at this place out of every row; the last one without a place.
fn unstamp(query: &mut Value, place: Option<usize>) {
    let branches = ["larg", "rarg"];
    if query.get(branches[0]).is_some() {
        for branch in branches {
            unstamp(&mut query[branch]["SelectStmt"], place);
        }
        return;
    }
    let rows = query.get_mut("values_lists").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        take(&mut row["List"]["items"], place);
    }
    if let Some(targets) = query.get_mut("target_list") {
        take(targets, place);
        if *targets == json!([]) {
            query.as_object_mut().unwrap().remove("target_list");
        }
    }
}

fn take(items: &mut Value, place: Option<usize>) {
    let items = items.as_array_mut().unwrap();
    match place {
        Some(place) if place < items.len() => drop(items.remove(place)),
        Some(_) => {}
        None => drop(items.pop()),
    }
}
