//! SQLite: the program that it would run.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};

use super::unscoped;

/// A table or an index.
struct Tree {
    table: String,
    name: String,
    /// Where in it the tenant column is.
    tenant: Option<i64>,
}

/// The place of a column that is the key of its table.
const ROWID: i64 = -1;

struct Step {
    code: String,
    p1: i64,
    p2: i64,
    p3: i64,
    p4: String,
}

type Cursors = BTreeSet<i64>;

/// By column, the cursors whose tenant is in it.
type Record = BTreeMap<i64, Cursors>;

/// What a program does with its cursors, in the order in which it is written.
#[derive(Default)]
struct Reader<'t> {
    open: BTreeMap<i64, &'t Tree>,
    /// Those that write nothing.
    only_read: Cursors,
    read: Cursors,
    /// Those that look for a key before it is written.
    probed: Cursors,
    /// Those whose rows are changed or removed.
    changed: Cursors,
    scoped: Cursors,
    /// The same by what is compared, and not by a key that is to be unique.
    compared: Cursors,
    /// Cursors that stand on the same row.
    pairs: Vec<(i64, i64)>,
    registers: BTreeMap<i64, Cursors>,
    records: BTreeMap<i64, Record>,
    /// What is in tables that the program makes, and which of them are the same.
    made: BTreeMap<i64, Record>,
    same: BTreeMap<i64, i64>,
    /// Cursors that read a record in a register.
    pseudo: BTreeMap<i64, i64>,
    /// Registers with the key of the row on which a cursor stands.
    rowids: BTreeMap<i64, i64>,
}

pub(super) async fn complaint(
    owner: &DatabaseConnection,
    planned: &Statement,
    owned: &[(&str, &str)],
) -> Result<Option<String>, DbErr> {
    let explain = Statement {
        sql: format!("EXPLAIN {}", planned.sql),
        ..planned.clone()
    };
    let mut program = Vec::new();
    for row in owner.query_all_raw(explain).await? {
        let p4: Option<String> = row.try_get("", "p4")?;
        program.push(Step {
            code: row.try_get("", "opcode")?,
            p1: row.try_get("", "p1")?,
            p2: row.try_get("", "p2")?,
            p3: row.try_get("", "p3")?,
            p4: p4.unwrap_or_default(),
        });
    }
    if let Some(name) = foreign(owner, planned, &program).await? {
        return Ok(Some(format!("it calls {name}")));
    }
    let trees = trees(owner, owned).await?;
    for step in &program {
        if step.code == "Clear"
            && let Some(tree) = trees.get(&step.p1)
        {
            return Ok(Some(format!("all of {} is deleted", tree.table)));
        }
    }
    let mut reader = Reader::default();
    for step in &program {
        reader.open(step, &trees);
    }
    for step in &program {
        reader.position(step);
        reader.compare(step);
        reader.carry(step);
    }
    Ok(reader.complaint())
}

/// The tables of tenants and their indexes, by root page.
async fn trees(
    owner: &DatabaseConnection,
    owned: &[(&str, &str)],
) -> Result<BTreeMap<i64, Tree>, DbErr> {
    let mut trees = BTreeMap::new();
    for (table, column) in owned {
        let sql = format!(
            "SELECT m.rootpage AS root, m.name AS name,
             CASE m.type
             WHEN 'table' THEN
                 (SELECT CASE WHEN c.pk = 1 AND upper(c.type) = 'INTEGER'
                  THEN {ROWID} ELSE c.cid END
                  FROM pragma_table_info(m.name) c WHERE lower(c.name) = lower('{column}'))
             ELSE
                 (SELECT min(x.seqno) FROM pragma_index_xinfo(m.name) x
                  WHERE lower(x.name) = lower('{column}'))
             END AS tenant
             FROM sqlite_schema m
             WHERE m.rootpage > 0 AND lower(m.tbl_name) = lower('{table}')"
        );
        let statement = Statement::from_string(owner.get_database_backend(), sql);
        for row in owner.query_all_raw(statement).await? {
            let tree = Tree {
                table: (*table).into(),
                name: row.try_get("", "name")?,
                tenant: row.try_get("", "tenant")?,
            };
            trees.insert(row.try_get("", "root")?, tree);
        }
    }
    Ok(trees)
}

/// A function that is called and is not one of SQLite's own.
async fn foreign(
    owner: &DatabaseConnection,
    planned: &Statement,
    program: &[Step],
) -> Result<Option<String>, DbErr> {
    let calls = program.iter().filter(|step| {
        let is_function = ["Function", "PureFunc"].contains(&step.code.as_str());
        is_function || step.code.starts_with("Agg")
    });
    // It is printed as `lower(1)`.
    let mut called: BTreeSet<_> = calls
        .filter_map(|step| step.p4.rsplit_once('('))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    if called.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT DISTINCT lower(name) FROM pragma_function_list WHERE builtin = 1";
    let own = Statement::from_string(planned.db_backend, sql);
    for row in owner.query_all_raw(own).await? {
        called.remove(&row.try_get_by_index::<String>(0)?);
    }
    Ok(called.pop_first())
}

impl<'t> Reader<'t> {
    fn open(&mut self, step: &Step, trees: &'t BTreeMap<i64, Tree>) {
        let Step { p1, p2, p3, .. } = *step;
        match step.code.as_str() {
            "OpenRead" | "OpenWrite" | "ReopenIdx" => {
                // Temporary tables have a file of their own.
                if let (0, Some(tree)) = (p3, trees.get(&p2)) {
                    self.open.entry(p1).or_insert(tree);
                    if step.code != "OpenWrite" {
                        self.only_read.insert(p1);
                    }
                }
            }
            "OpenPseudo" => {
                self.pseudo.insert(p1, p2);
            }
            "OpenDup" => {
                let first = self.canonical(p2);
                self.same.insert(p1, first);
            }
            _ => {}
        }
    }

    fn canonical(&self, cursor: i64) -> i64 {
        self.same.get(&cursor).copied().unwrap_or(cursor)
    }

    /// Which cursors are moved, and to what.
    fn position(&mut self, step: &Step) {
        let Step { p1, p2, p3, .. } = *step;
        let code = step.code.as_str();
        match code {
            "Rewind" | "Last" | "SeekGE" | "SeekGT" | "SeekLE" | "SeekLT" | "SeekRowid"
            | "Count" => {
                self.read.insert(p1);
            }
            // Before a row is written, these only look whether it can be.
            "NotExists" | "Found" | "NotFound" | "NoConflict" => {
                if self.only_read.contains(&p1) {
                    self.read.insert(p1);
                }
                if code == "NotExists" && !self.rowids.contains_key(&p3) {
                    self.probed.insert(p1);
                }
            }
            "DeferredSeek" => {
                self.read.insert(p3);
                self.pairs.push((p1, p3));
            }
            "IdxRowid" => {
                self.rowids.insert(p2, p1);
            }
            "Column" | "Delete" => {
                self.changed.insert(p1);
            }
            _ => {}
        }
        if matches!(code, "SeekRowid" | "NotExists")
            && let Some(index) = self.rowids.get(&p3)
        {
            self.pairs.push((*index, p1));
        }
    }

    /// Which cursors have their tenant compared with something, or sought by it.
    fn compare(&mut self, step: &Step) {
        let Step { p1, p3, .. } = *step;
        let code = step.code.as_str();
        if matches!(code, "Eq" | "Ne" | "Lt" | "Le" | "Gt" | "Ge") {
            for register in [p1, p3] {
                let tenants = self.registers.get(&register).cloned().unwrap_or_default();
                self.compared.extend(&tenants);
                self.scoped.extend(tenants);
            }
            return;
        }
        let is_seek = code.starts_with("Seek");
        let is_search = matches!(code, "Found" | "NotFound" | "NoConflict" | "NotExists");
        if !is_seek && !is_search && !matches!(code, "IdxGE" | "IdxGT" | "IdxLE" | "IdxLT") {
            return;
        }
        let length = step.p4.parse::<i64>().unwrap_or_default().max(0);
        let mut tenants = Cursors::new();
        match self.open.get(&p1).and_then(|tree| tree.tenant) {
            Some(ROWID) if is_seek || code == "NotExists" => {
                tenants.insert(p1);
            }
            Some(place) if place != ROWID && place < length => {
                tenants.insert(p1);
            }
            _ => {}
        }
        if let Some(record) = self.made.get(&self.canonical(p1)) {
            tenants.extend(record.range(..length).flat_map(|(_, tenants)| tenants));
        }
        if is_seek {
            let key = self.registers.range(p3..p3.saturating_add(length));
            tenants.extend(key.flat_map(|(_, tenants)| tenants));
            self.compared.extend(&tenants);
        }
        self.scoped.extend(tenants);
    }

    /// Where tenants are afterwards.
    fn carry(&mut self, step: &Step) {
        let Step { p1, p2, p3, .. } = *step;
        match step.code.as_str() {
            "Column" => {
                let record = match self.pseudo.get(&p1) {
                    Some(register) => self.records.get(register),
                    None => self.made.get(&self.canonical(p1)),
                };
                let tenants = match self.open.get(&p1) {
                    Some(tree) if tree.tenant == Some(p2) => Cursors::from([p1]),
                    Some(_) => Cursors::new(),
                    None => record
                        .and_then(|record| record.get(&p2))
                        .cloned()
                        .unwrap_or_default(),
                };
                self.registers.insert(p3, tenants);
                self.records.remove(&p3);
            }
            "Rowid" => {
                let tree = self.open.get(&p1);
                let is_tenant = tree.is_some_and(|tree| tree.tenant == Some(ROWID));
                let tenants = is_tenant.then(|| Cursors::from([p1]));
                self.registers.insert(p2, tenants.unwrap_or_default());
            }
            "Copy" => self.copy(p1, p2, p3 + 1),
            "SCopy" => self.copy(p1, p2, 1),
            "Move" => self.copy(p1, p2, p3),
            "MakeRecord" => {
                let columns = self.registers.range(p1..p1 + p2.max(0));
                let record = columns.map(|(at, tenants)| (at - p1, tenants.clone()));
                self.records.insert(p3, record.collect());
                self.registers.remove(&p3);
            }
            "IdxInsert" | "Insert" | "SorterInsert" => {
                let table = self.canonical(p1);
                let made = self.made.entry(table).or_default();
                for (column, tenants) in self.records.get(&p2).into_iter().flatten() {
                    made.entry(*column).or_default().extend(tenants);
                }
            }
            "SorterData" => {
                let record = self.made.get(&self.canonical(p1)).cloned();
                self.records.insert(p2, record.unwrap_or_default());
            }
            "Integer" | "Int64" | "Real" | "String" | "String8" | "Blob" | "Variable" => {
                self.registers.remove(&p2);
            }
            "Null" => {
                for register in p2..=p3.max(p2) {
                    self.registers.remove(&register);
                }
            }
            "Function" | "PureFunc" => {
                self.registers.remove(&p3);
            }
            _ => {}
        }
    }

    fn copy(&mut self, from: i64, to: i64, number: i64) {
        for at in 0..number {
            let tenants = self.registers.get(&(from + at)).cloned();
            self.registers.insert(to + at, tenants.unwrap_or_default());
        }
    }

    fn complaint(&self) -> Option<String> {
        for (cursor, tree) in &self.open {
            if self.read.contains(cursor) {
                if self.on_the_row_of(*cursor).is_disjoint(&self.scoped) {
                    return Some(unscoped(&tree.table, &tree.name));
                }
                continue;
            }
            // What stands in the way of an insert.
            let is_searched = self.compared.iter().any(|other| {
                let other = self.open.get(other);
                other.is_some_and(|other| other.table == tree.table)
            });
            let is_changed = self.probed.contains(cursor) && self.changed.contains(cursor);
            if is_changed && !is_searched {
                return Some(format!("{} is changed by a conflict", tree.table));
            }
        }
        None
    }

    /// The cursors of a table and of its indexes that move together.
    fn on_the_row_of(&self, cursor: i64) -> Cursors {
        let table = |cursor: &i64| self.open.get(cursor).map(|tree| &tree.table);
        let mut together = Cursors::from([cursor]);
        loop {
            let before = together.len();
            for (index, row) in &self.pairs {
                let is_one = table(index) == table(&cursor) && table(row) == table(&cursor);
                if is_one && (together.contains(index) || together.contains(row)) {
                    together.extend([index, row]);
                }
            }
            if together.len() == before {
                return together;
            }
        }
    }
}
