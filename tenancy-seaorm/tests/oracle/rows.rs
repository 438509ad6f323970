//! Random rows of every tenant, and the text that loads them.

use sea_orm::{DbBackend, Value};

use super::{
    poison,
    readers::{CLASSES, MODES, PROVIDER},
    row::{Lists, Row},
    schema::{Column, Mark, Schema, TENANTS, Table, Ty, USER},
};

/// Without blanks at the end and with one spelling each: some collations take more for equal.
pub const WORDS: [&str; 7] = ["plan", "draft", "orphan", "plan_b", "", "O'Brien", "a%b"];

pub struct Rows {
    /// Loads every tenant's rows.
    pub shared: String,
    /// Loads the rows that one tenant's user reads, by tenant.
    pub alone: Vec<String>,
    /// The ids of the user's rows, by table and tenant. Those of a shared table are everybody's.
    pub ids: Vec<Vec<Vec<i64>>>,
    /// The ids that an insert of the user's may find taken, by rows that it sees.
    pub met: Vec<Vec<Vec<i64>>>,
    /// The rows that nobody who acts reads, by table: their ids, and the keys of poisoned tables.
    pub poisoned: Vec<Vec<(i64, i64)>>,
}

/// The ids of rows that are behind something, of another user or a mark, begin here. Nobody inserts
/// one up to 999.
pub const BEHIND: i64 = 800;
const HIDDEN: i64 = 850;
const DELETED: i64 = 900;

impl Rows {
    /// `acting` are the tenants that run statements.
    pub fn random(random: &mut fastrand::Rng, schema: &Schema, acting: &[usize]) -> Self {
        let mut all: Vec<Vec<Row>> = Vec::new();
        for table in &schema.tables {
            let rows = match (table.tenant, table.grants_for) {
                (None, _) => everybodys(random, schema, table),
                (Some(_), None) => of_tenants(random, schema, table),
                (Some(_), Some(of)) => {
                    let position = schema.tables.iter().position(|table| table.name == of);
                    grants(random, schema, table, &all[position.unwrap_or(0)])
                }
            };
            all.push(rows);
        }
        let mut rows = Self {
            shared: String::new(),
            alone: vec![String::new(); TENANTS],
            ids: Vec::new(),
            met: Vec::new(),
            poisoned: Vec::new(),
        };
        for (table, of_table) in schema.tables.iter().zip(&all) {
            let mut ids = vec![Vec::new(); TENANTS];
            let mut met = vec![Vec::new(); TENANTS];
            let mut poisoned = Vec::new();
            let lists = Lists::of(schema, table, &all);
            for (row, key) in of_table.iter().zip(100..) {
                let mut text = row.text.clone();
                if table.is_poisoned() {
                    let is_harmful = !acting.iter().any(|tenant| lists.reads(row, *tenant));
                    text += &poison::put(random, schema, table, row, key, is_harmful);
                    if is_harmful {
                        poisoned.push((row.id, key));
                    }
                }
                rows.shared.push_str(&text);
                for tenant in 0..TENANTS {
                    if !lists.reads(row, tenant) {
                        continue;
                    }
                    rows.alone[tenant].push_str(&text);
                    let is_own = row.tenant.is_none_or(|owner| owner == tenant);
                    if is_own && !(BEHIND..1_000).contains(&row.id) {
                        ids[tenant].push(row.id);
                    }
                    if is_own || table.key.len() == 1 {
                        met[tenant].push(row.id);
                    }
                }
            }
            rows.poisoned.push(poisoned);
            rows.met.push(met);
            rows.ids.push(ids);
        }
        rows
    }
}

fn everybodys(random: &mut fastrand::Rng, schema: &Schema, table: &Table) -> Vec<Row> {
    let is_assignment = table.columns.iter().any(|column| column.name == PROVIDER);
    let rows = (1..=random.i64(2..=4)).map(|id| {
        let mut row = Row::new(id, None);
        if is_assignment {
            row.provides = Some((
                random.usize(..TENANTS),
                (random.u8(..3) != 0).then(|| random.usize(..TENANTS)),
            ));
        }
        row.written(random, schema, table)
    });
    rows.collect()
}

fn of_tenants(random: &mut fastrand::Rng, schema: &Schema, table: &Table) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut next = 1;
    for tenant in 0..TENANTS {
        let number = i64::try_from(tenant).unwrap();
        if table.key.len() > 1 {
            next = 1;
        }
        for _ in 0..random.usize(2..=4) {
            rows.push(Row::new(next, Some(tenant)));
            next += 1;
        }
        // Rows of another user in the tenant.
        let count = if table.has(Ty::User) { 3 } else { 0 };
        rows.extend((0..count).map(|row| {
            let mut row = Row::new(BEHIND + 3 * number + row, Some(tenant));
            row.is_users = false;
            row.is_public = table.has(Ty::Public) && random.bool();
            row
        }));
        // Rows that were deleted before, and such that are not there for users, as alike to the
        // others as can be.
        let count = if table.mark().is_some() { 2 } else { 0 };
        rows.extend((0..count).map(|row| {
            let mut row = Row::new(DELETED + 2 * number + row, Some(tenant));
            row.is_deleted = true;
            row
        }));
        let count = if table.has(Ty::Status) { 2 } else { 0 };
        rows.extend((0..count).map(|row| {
            let mut row = Row::new(HIDDEN + 2 * number + row, Some(tenant));
            row.is_hidden = true;
            row
        }));
    }
    for row in &mut rows {
        if table.has(Ty::Mode) {
            row.mode = *random.choice(&MODES).unwrap();
            if random.u8(..3) > 0 {
                row.readers = (0..TENANTS).filter(|_| random.u8(..3) == 0).collect();
            }
        }
        if table.has(Ty::Class) {
            row.class = *random.choice(&CLASSES).unwrap();
        }
    }
    rows.into_iter()
        .map(|row| row.written(random, schema, table))
        .collect()
}

/// Grants for these rows, and some that another tenant than the row's gave.
fn grants(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    resources: &[Row],
) -> Vec<Row> {
    let mut next = [1, BEHIND];
    let grants = (0..TENANTS + 24).map(|number| {
        let resource = match number < TENANTS {
            // Everybody gives one.
            true => resources.iter().find(|row| row.tenant == Some(number)),
            false => random.choice(resources),
        };
        let resource = resource.unwrap();
        let forged = number >= TENANTS && random.u8(..4) == 0;
        let giver = match forged {
            true => random.usize(..TENANTS),
            false => resource.tenant.unwrap(),
        };
        // Those for rows of other users, and for none, are not the user's.
        let is_users = !schema.grants_rows_of_users(table)
            || resources
                .iter()
                .any(|row| row.id == resource.id && row.tenant == Some(giver) && row.is_users);
        let next = &mut next[usize::from(!is_users)];
        let mut row = Row::new(*next, Some(giver));
        *next += 1;
        row.is_users = is_users;
        row.grants = Some((resource.id, random.usize(..TENANTS)));
        row.written(random, schema, table)
    });
    grants.collect()
}

/// A value for a column, which may be null where the column may.
pub fn value(random: &mut fastrand::Rng, ty: Ty, nullable: bool) -> Value {
    let null = nullable && random.u8(..100) < 25;
    match ty {
        Ty::Int => Value::BigInt((!null).then(|| random.i64(0..8))),
        Ty::Real => Value::Double((!null).then(|| f64::from(random.i32(-4..8)) / 2.0)),
        Ty::Flag => Value::Bool((!null).then(|| random.bool())),
        Ty::User => Value::String(Some(USER.into())),
        Ty::Public => Value::Bool((!null).then(|| random.bool())),
        Ty::Mode => Value::String(MODES[random.usize(..MODES.len())].map(Into::into)),
        Ty::Readers(_) | Ty::ReaderIds(_) | Ty::Class | Ty::Status | Ty::Phase => {
            Value::String(None)
        }
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
        Ty::Poison(poison) => poison.harmless(random, null),
        Ty::Text | Ty::Tenant(_) => {
            Value::String((!null).then(|| WORDS[random.usize(..WORDS.len())].into()))
        }
    }
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
            _ if column.name == "ref" || column.name == "author_id" => Value::BigInt(
                (random.u8(..100) < 85 || !column.nullable).then(|| random.i64(1..24)),
            ),
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
