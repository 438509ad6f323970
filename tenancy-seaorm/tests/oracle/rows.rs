//! Random rows of every tenant, and the text that loads them.

use sea_orm::{DbBackend, Value};

use super::schema::{Column, Mark, OWNER, PUBLIC, Schema, TENANTS, Table, Ty, USER};

/// Without blanks at the end and with one spelling each: some collations take more for equal.
pub const WORDS: [&str; 7] = ["plan", "draft", "orphan", "plan_b", "", "O'Brien", "a%b"];

pub struct Rows {
    /// Loads every tenant's rows.
    pub shared: String,
    /// Loads one tenant's rows, by tenant.
    pub alone: Vec<String>,
    /// The ids of a tenant's rows, by table and tenant. Those of a shared table are everybody's.
    pub ids: Vec<Vec<Vec<i64>>>,
}

impl Rows {
    pub fn random(random: &mut fastrand::Rng, schema: &Schema) -> Self {
        let mut rows = Self {
            shared: String::new(),
            alone: vec![String::new(); TENANTS],
            ids: Vec::new(),
        };
        for table in &schema.tables {
            let mut ids = vec![Vec::new(); TENANTS];
            let mut next = 1;
            match table.tenant {
                None => {
                    for _ in 0..random.usize(2..=4) {
                        let row = row(random, schema, table, next, 0);
                        rows.shared.push_str(&row);
                        for tenant in 0..TENANTS {
                            rows.alone[tenant].push_str(&row);
                            ids[tenant].push(next);
                        }
                        next += 1;
                    }
                }
                Some(_) => {
                    for tenant in 0..TENANTS {
                        if table.key.len() > 1 {
                            next = 1;
                        }
                        for _ in 0..random.usize(2..=4) {
                            let row = row(random, schema, table, next, tenant);
                            rows.shared.push_str(&row);
                            rows.alone[tenant].push_str(&row);
                            ids[tenant].push(next);
                            next += 1;
                        }
                        if table.has(Ty::User) {
                            let (all, visible) = of_others(random, schema, table, tenant);
                            rows.shared.push_str(&all);
                            rows.alone[tenant].push_str(&visible);
                        }
                        if let Some(mark) = table.mark() {
                            rows.shared
                                .push_str(&deleted(random, schema, table, mark, tenant));
                        }
                    }
                }
            }
            rows.ids.push(ids);
        }
        rows
    }
}

/// Rows of other users in the tenant: all of them, and those that are public.
fn of_others(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    tenant: usize,
) -> (String, String) {
    let (mut all, mut visible) = (String::new(), String::new());
    for number in 0..3 {
        let id = OTHERS + 3 * i64::try_from(tenant).unwrap() + number;
        let name = schema.quoted(table.name);
        let is_public = table.has(Ty::Public) && random.bool();
        let public = match table.has(Ty::Public) {
            true => format!(", {PUBLIC} = {is_public}"),
            false => String::new(),
        };
        let row = row(random, schema, table, id, tenant);
        let row = format!("{row}UPDATE {name} SET {OWNER} = 'bob'{public} WHERE id = {id};\n");
        all.push_str(&row);
        if is_public {
            visible.push_str(&row);
        }
    }
    (all, visible)
}

/// The ids of rows of other users begin here.
const OTHERS: i64 = 800;

/// Rows that were deleted before, as alike to the others as can be: the tenant's own database never had them.
fn deleted(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    mark: Mark,
    tenant: usize,
) -> String {
    let set = match mark {
        Mark::Timestamp => "CURRENT_TIMESTAMP",
        Mark::Deleted => "TRUE",
        Mark::Active => "FALSE",
    };
    (0..2)
        .map(|number| {
            let id = DELETED + 2 * i64::try_from(tenant).unwrap() + number;
            let name = schema.quoted(table.name);
            let row = row(random, schema, table, id, tenant);
            format!("{row}UPDATE {name} SET gone = {set} WHERE id = {id};\n")
        })
        .collect()
}

/// The ids of rows that were deleted before begin here.
pub const DELETED: i64 = 900;

/// A value for a column, which may be null where the column may.
pub fn value(random: &mut fastrand::Rng, ty: Ty, nullable: bool) -> Value {
    let null = nullable && random.u8(..100) < 25;
    match ty {
        Ty::Int => Value::BigInt((!null).then(|| random.i64(0..8))),
        Ty::Real => Value::Double((!null).then(|| f64::from(random.i32(-4..8)) / 2.0)),
        Ty::Flag => Value::Bool((!null).then(|| random.bool())),
        Ty::User => Value::String(Some(USER.into())),
        Ty::Public => Value::Bool((!null).then(|| random.bool())),
        // That the row is not deleted.
        Ty::Mark(Mark::Timestamp) => Value::String(None),
        Ty::Mark(Mark::Deleted) => Value::Bool((!null).then_some(false)),
        Ty::Mark(Mark::Active) => Value::Bool(Some(true)),
        Ty::Json => {
            let (number, word) = (random.i64(0..4), WORDS[random.usize(..4)]);
            let document = sea_orm::JsonValue::from_iter([
                ("k", sea_orm::JsonValue::from(number)),
                ("s", word.into()),
            ]);
            Value::Json((!null).then(|| Box::new(document)))
        }
        Ty::Text | Ty::Tenant(_) => {
            Value::String((!null).then(|| WORDS[random.usize(..WORDS.len())].into()))
        }
    }
}

fn row(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    id: i64,
    tenant: usize,
) -> String {
    let columns: Vec<_> = table.columns.iter().collect();
    let values = values(random, schema, &columns, id, tenant);
    format!(
        "INSERT INTO {} VALUES {values};\n",
        schema.quoted(table.name)
    )
}

/// A row of values in the text of a statement.
pub fn values(
    random: &mut fastrand::Rng,
    schema: &Schema,
    columns: &[&Column],
    id: i64,
    tenant: usize,
) -> String {
    let values = columns.iter().map(|column| {
        let value = match column.ty {
            _ if column.name == "id" => id.into(),
            Ty::Tenant(kind) => schema.tenant_value(tenant, kind),
            // At any tenant's rows, and at none.
            _ if column.name == "ref" || column.name == "author_id" => {
                Value::BigInt((random.u8(..100) < 85).then(|| random.i64(1..24)))
            }
            ty => self::value(random, ty, column.nullable),
        };
        constant(schema.backend, &value)
    });
    let values: Vec<_> = values.collect();
    format!("({})", values.join(", "))
}

/// A value in the text of a statement.
pub fn constant(backend: DbBackend, value: &Value) -> String {
    match value {
        Value::BigInt(Some(number)) => number.to_string(),
        Value::Int(Some(number)) => number.to_string(),
        Value::Double(Some(number)) => format!("{number:?}"),
        Value::Bool(Some(flag)) => flag.to_string(),
        Value::String(Some(text)) => format!("'{}'", text.replace('\'', "''")),
        Value::Json(Some(document)) => format!("'{}'", document.to_string().replace('\'', "''")),
        Value::Uuid(Some(id)) if backend == DbBackend::Postgres => format!("'{id}'"),
        Value::Uuid(Some(id)) => format!("X'{}'", id.simple()),
        _ => "NULL".into(),
    }
}
