//! PostgreSQL: its plan, and what it says a statement depends on.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, JsonValue, Statement, TransactionTrait, Value,
};

use super::{names, unscoped};

const CONDITIONS: [&str; 9] = [
    "Conflict Filter",
    "Filter",
    "Hash Cond",
    "Index Cond",
    "Join Filter",
    "Merge Cond",
    "One-Time Filter",
    "Recheck Cond",
    "TID Cond",
];

/// Functions, operators and domains that are neither PostgreSQL's own nor pg_trgm's.
const DEPENDENCIES: &str = "
    SELECT pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
    FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass
    AND d.objid = (SELECT p.oid FROM pg_proc p WHERE p.proname = 'tenancy_witness')
    AND (d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
        OR d.refclassid = 'pg_type'::regclass
        AND EXISTS (SELECT FROM pg_type t WHERE t.oid = d.refobjid AND t.typtype = 'd'))
    AND NOT EXISTS (
        SELECT FROM pg_depend e
        JOIN pg_extension x ON e.refclassid = 'pg_extension'::regclass AND x.oid = e.refobjid
        WHERE e.classid = d.refclassid AND e.objid = d.refobjid AND x.extname = 'pg_trgm')";

#[derive(Default)]
struct Plan {
    /// Schema, table and alias of what is read. No two have the same alias.
    scans: Vec<[String; 3]>,
    /// Alias and table of what `ON CONFLICT DO UPDATE` changes, with its keys.
    upserts: Vec<([String; 3], Vec<String>)>,
    conditions: Vec<String>,
}

pub(super) async fn complaint(
    owner: &DatabaseConnection,
    planned: &Statement,
    owned: &[(&str, &str)],
) -> Result<Option<String>, DbErr> {
    // The driver would read a value as the type that the text was prepared with.
    let values = planned.values.iter().flat_map(|values| &values.0);
    let types: Vec<_> = values.map(std::mem::discriminant).collect();
    let explain = Statement {
        sql: format!(
            "EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {} /* {types:?} */",
            planned.sql
        ),
        ..planned.clone()
    };
    let mut plan = Plan::default();
    for row in owner.query_all_raw(explain).await? {
        let tree: JsonValue = row.try_get_by_index(0)?;
        walk(&tree, &mut plan);
    }
    let column_of = |[schema, table, _]: &[String; 3]| {
        let is_system = ["pg_catalog", "information_schema"].contains(&schema.as_str());
        let owned = owned.iter().find(|(owned, _)| !is_system && owned == table);
        owned.map(|(_, column)| *column)
    };
    let is_scoped = |alias: &str, column: &str| {
        let mut conditions = plan.conditions.iter();
        conditions.any(|condition| names(condition, alias, column))
    };
    for scan in &plan.scans {
        if let Some(column) = column_of(scan)
            && !is_scoped(&scan[2], column)
        {
            return Ok(Some(unscoped(&scan[1], &scan[2])));
        }
    }
    for (target, keys) in &plan.upserts {
        if let Some(column) = column_of(target)
            && !is_scoped(&target[2], column)
            && !has_column(owner, &target[0], keys, column).await?
        {
            return Ok(Some(format!("{} is changed by a conflict", target[1])));
        }
    }
    foreign(owner, planned).await
}

fn walk(node: &JsonValue, plan: &mut Plan) {
    let node = match node {
        JsonValue::Array(nodes) => {
            nodes.iter().for_each(|node| walk(node, plan));
            return;
        }
        JsonValue::Object(node) => node,
        _ => return,
    };
    let text = |key: &str| node.get(key).and_then(JsonValue::as_str);
    let conditions = CONDITIONS.iter().filter_map(|key| text(key));
    plan.conditions.extend(conditions.map(String::from));
    if let Some(table) = text("Relation Name") {
        let part = |key: &str| text(key).unwrap_or_default().to_owned();
        let relation = [part("Schema"), table.to_owned(), part("Alias")];
        if text("Node Type") != Some("ModifyTable") {
            plan.scans.push(relation);
        } else if text("Conflict Resolution") == Some("UPDATE") {
            let keys = node.get("Conflict Arbiter Indexes");
            let keys = keys.and_then(JsonValue::as_array).into_iter().flatten();
            let keys = keys.filter_map(JsonValue::as_str).map(String::from);
            plan.upserts.push((relation, keys.collect()));
        }
    }
    for key in ["Plan", "Plans"] {
        if let Some(inner) = node.get(key) {
            walk(inner, plan);
        }
    }
}

/// Whether each of the keys has the column.
async fn has_column(
    owner: &DatabaseConnection,
    schema: &str,
    keys: &[String],
    column: &str,
) -> Result<bool, DbErr> {
    for key in keys {
        let sql = "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                   JOIN pg_namespace s ON s.oid = c.relnamespace
                   WHERE s.nspname = $1 AND c.relname = $2 AND a.attname = $3";
        let values = [schema, key.as_str(), column].map(Value::from);
        let statement = Statement::from_sql_and_values(owner.get_database_backend(), sql, values);
        let row = owner.query_one_raw(statement).await?;
        let number = row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
        if number == 0 {
            return Ok(false);
        }
    }
    Ok(!keys.is_empty())
}

/// What the statement calls that is not PostgreSQL's own. The plan does not tell: it prints no
/// schema of what is found without one. So it becomes the body of a procedure, which depends on it.
async fn foreign(owner: &DatabaseConnection, planned: &Statement) -> Result<Option<String>, DbErr> {
    let values = planned.values.as_ref().map_or(&[][..], |values| &values.0);
    let kinds: Option<Vec<_>> = values.iter().map(kind).collect();
    let Some(kinds) = kinds else {
        return Ok(None);
    };
    let procedure = format!(
        "CREATE PROCEDURE public.tenancy_witness({}) BEGIN ATOMIC {}\n; END",
        kinds.join(", "),
        planned.sql
    );
    let transaction = owner.begin().await?;
    let found = match transaction.execute_unprepared(&procedure).await {
        Ok(_) => {
            let dependencies = Statement::from_string(planned.db_backend, DEPENDENCIES);
            transaction.query_one_raw(dependencies).await
        }
        Err(error) => Err(error),
    };
    transaction.rollback().await?;
    let Some(row) = found? else {
        return Ok(None);
    };
    let what: String = row.try_get_by_index(0)?;
    Ok(Some(format!("it uses the {what}")))
}

/// The type as which a value is bound.
fn kind(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Bool(_) => "boolean",
        Value::TinyInt(_) => "\"char\"",
        Value::SmallInt(_) | Value::TinyUnsigned(_) => "smallint",
        Value::Int(_) | Value::SmallUnsigned(_) => "integer",
        Value::BigInt(_) | Value::Unsigned(_) | Value::BigUnsigned(_) => "bigint",
        Value::Float(_) => "real",
        Value::Double(_) => "double precision",
        Value::String(_) | Value::Char(_) => "text",
        Value::Bytes(_) => "bytea",
        Value::Json(_) => "jsonb",
        Value::Uuid(_) => "uuid",
        _ => return None,
    })
}
