//! Columns that are harmless on the rows of those who act, and poison on all others: what is
//! evaluated there fails.
//!
//! On the tenant's own rows no such expression fails, so that an error of a scoped statement tells
//! of another's row. What fails is in `traps`.

use sea_orm::{DbBackend, Value};

use super::{
    row::Row,
    rows::constant,
    schema::{Column, Schema, Table, Ty},
};

/// No row and no error of a scoped statement says it.
pub const MARKER: &str = "POISON";
/// What no two rows of a table have in common.
pub const KEY: &str = "p_key";
/// The number of no harmless row, beside 0.
pub const HUGE: i64 = 1_000_000;

/// What the column of a harmless row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    /// A year, as text.
    Digits,
    /// A name, which is a regular expression and a pattern as well.
    Ident,
    /// A JSON document, as text.
    Doc,
    /// A small number, which is a month as well.
    Number,
    /// An array of two numbers.
    List,
    /// A number that finds the row, whosever it is. It harms nobody.
    Key,
}

#[derive(Clone, Debug)]
pub struct Index {
    pub is_unique: bool,
    pub columns: Vec<&'static str>,
}

const COLUMNS: [(&str, Poison); 5] = [
    ("p_digits", Poison::Digits),
    ("p_ident", Poison::Ident),
    ("p_doc", Poison::Doc),
    ("p_number", Poison::Number),
    ("p_list", Poison::List),
];

const WORDS: [&str; 3] = ["some", "word_a", "plan"];

impl Poison {
    /// Whether something fails on it there.
    pub fn is_on(self, backend: DbBackend) -> bool {
        backend == DbBackend::Postgres || !matches!(self, Self::Ident | Self::List)
    }

    /// Whether statements write it: harmless values only.
    pub fn is_written(self) -> bool {
        !matches!(self, Self::List | Self::Key)
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Key)
    }

    /// What no expression fails on.
    pub fn harmless(self, random: &mut fastrand::Rng, null: bool) -> Value {
        let text = match self {
            Self::Number => return Value::BigInt((!null).then(|| random.i64(1..=5))),
            Self::Key => return Value::BigInt(None),
            Self::Digits => random.i32(2001..=2020).to_string(),
            Self::Ident => WORDS[random.usize(..WORDS.len())].into(),
            Self::Doc => format!(
                "{{\"k\": {}, \"s\": \"{}\"}}",
                random.i64(0..4),
                WORDS[random.usize(..WORDS.len())]
            ),
            Self::List => ["{1,2}", "{5,7}"][random.usize(..2)].into(),
        };
        Value::String((!null).then_some(text))
    }

    /// What some expressions fail on.
    fn harmful(self, random: &mut fastrand::Rng, key: i64) -> Value {
        let text = match self {
            Self::Number => return [0, HUGE][random.usize(..2)].into(),
            Self::Key => return key.into(),
            Self::Digits => format!("{MARKER} {key}"),
            // It ends in an escape of nothing.
            Self::Ident => format!("{MARKER}\\"),
            Self::Doc => match random.u8(..4) {
                0 => format!("[\"{MARKER}\"]"),
                1 => format!("{{\"k\": \"{MARKER}\"}}"),
                _ => format!("{MARKER}{{"),
            },
            Self::List => ["{{1},{2}}", "{1,2,3}", "{1}"][random.usize(..3)].into(),
        };
        text.into()
    }
}

impl Table {
    pub fn is_poisoned(&self) -> bool {
        self.has(Ty::Poison(Poison::Key))
    }
}

/// Gives some tables such columns, one at least.
pub fn add(random: &mut fastrand::Rng, backend: DbBackend, tables: &mut [Table]) {
    let owned = tables.iter_mut().filter(|table| table.tenant.is_some());
    let mut owned: Vec<_> = owned.collect();
    let certain = random.usize(..owned.len());
    for (index, table) in owned.iter_mut().enumerate() {
        if index == certain || random.u8(..100) < 65 {
            add_to(random, backend, table);
        }
    }
}

fn add_to(random: &mut fastrand::Rng, backend: DbBackend, table: &mut Table) {
    let Some((tenant, _)) = table.tenant else {
        return;
    };
    let mut columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(_, poison)| poison.is_on(backend))
        .collect();
    random.shuffle(&mut columns);
    columns.truncate(random.usize(2..=3));
    // An engine may test what an index holds before it has read the row.
    table.indexes.push(Index {
        is_unique: true,
        columns: match random.bool() {
            true => vec![KEY],
            false => vec![tenant, KEY],
        },
    });
    for (name, poison) in &columns {
        let columns = match random.u8(..6) {
            0 | 1 => vec![*name],
            2 => vec![tenant, *name],
            3 => vec![KEY, *name],
            _ => continue,
        };
        if *poison != Poison::List {
            table.indexes.push(Index {
                is_unique: false,
                columns,
            });
        }
    }
    columns.push((KEY, Poison::Key));
    for (name, poison) in columns {
        let column = Column {
            name,
            ty: Ty::Poison(poison),
            nullable: true,
        };
        table
            .columns
            .insert(random.usize(..=table.columns.len()), column);
    }
}

/// What a row gets when it is loaded: its key, and poison if nobody who acts reads it.
pub fn put(
    random: &mut fastrand::Rng,
    schema: &Schema,
    table: &Table,
    row: &Row,
    key: i64,
    is_harmful: bool,
) -> String {
    let mut set = Vec::new();
    for column in &table.columns {
        if let Ty::Poison(poison) = column.ty
            && (is_harmful || poison == Poison::Key)
        {
            let value = constant(schema.backend, &poison.harmful(random, key));
            set.push(format!("{} = {value}", schema.quoted(column.name)));
        }
    }
    let (Some((tenant, kind)), Some(owner)) = (table.tenant, row.tenant) else {
        return String::new();
    };
    let (name, tenant) = (schema.quoted(table.name), schema.quoted(tenant));
    let owner = constant(schema.backend, &schema.tenant_value(owner, kind));
    format!(
        "UPDATE {name} SET {} WHERE id = {} AND {tenant} = {owner};\n",
        set.join(", "),
        row.id
    )
}
