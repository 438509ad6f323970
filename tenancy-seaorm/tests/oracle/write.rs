//! Random statements: queries, and writes of every form that an engine has.

use sea_orm::{DbBackend, Value};

use super::{
    generate::{Generator, Relation},
    readers::RESOURCE,
    rows,
    schema::{Table, Ty},
    tree::{
        Beside, Conflict, Cte, CteBody, Delete, Expr, From, Insert, Query, Source, Statement,
        Target, Update,
    },
};

/// What a statement does with its target.
#[derive(Clone, Copy)]
enum Writes {
    Inserts,
    Updates,
    Deletes,
}

impl Generator<'_> {
    pub fn statement(&mut self) -> Statement {
        let kind = self.random.u8(..20);
        self.writes = (3..9).contains(&kind);
        match kind {
            0 | 1 => Statement::Query(self.star()),
            2 if self.is(DbBackend::Postgres) => Statement::Query(self.writing_query()),
            3..6 => Statement::Insert(self.insert()),
            6..8 => Statement::Update(self.update()),
            8 => Statement::Delete(self.delete()),
            _ => {
                let types = self.types();
                Statement::Query(self.query(&types))
            }
        }
    }

    /// A query beside which a common table expression writes.
    fn writing_query(&mut self) -> Query {
        let name = self.fresh("w");
        let mut write = match self.random.u8(..3) {
            0 => Statement::Insert(self.insert()),
            1 => Statement::Update(self.update()),
            _ => Statement::Delete(self.delete()),
        };
        let (Statement::Insert(Insert {
            returning, target, ..
        })
        | Statement::Update(Update {
            returning, target, ..
        })
        | Statement::Delete(Delete {
            returning, target, ..
        })) = &mut write
        else {
            return self.star();
        };
        let table = self
            .schema
            .tables
            .iter()
            .find(|table| table.name == target.name);
        let columns = table.map_or(&[][..], |table| &table.columns);
        let columns: Vec<_> = columns
            .iter()
            .filter(|column| matches!(column.ty, Ty::Int | Ty::Text))
            .collect();
        // Two tables may have columns of these names.
        *returning = columns
            .iter()
            .map(|column| format!("{}.{}", target.alias, column.name))
            .collect();
        let relation = Relation {
            name: name.clone(),
            columns: columns
                .iter()
                .map(|column| (column.name.to_string(), column.ty))
                .collect(),
            table: None,
        };
        self.ctes = vec![relation];
        let types = self.types();
        let mut query = self.query(&types);
        // Beside those of its own it would be hidden or out of order.
        query.ctes.insert(
            0,
            Cte {
                name,
                columns: Vec::new(),
                body: CteBody::Write(Box::new(write)),
            },
        );
        query
    }

    /// A table to write. Rows of others that are read and not changed would be changed where the
    /// user is alone, unless triggers keep them.
    fn target(&mut self, writes: Writes) -> (usize, Target) {
        let schema = self.schema;
        let is_changed = |table: &Table| schema.has_guards || !table.has(Ty::Public);
        let table = self.pick_table(|table| {
            table.tenant.is_some()
                && match writes {
                    Writes::Inserts => !schema.grants_rows_of_users(table),
                    Writes::Updates => is_changed(table),
                    // The grants of a user's row would stay, on the database of one tenant alone.
                    Writes::Deletes => {
                        is_changed(table)
                            && !(table.has(Ty::User) && schema.grants_of(table).is_some())
                    }
                }
        });
        let table_of = &self.schema.tables[table];
        let name = table_of.name;
        let (column, kind) = table_of.tenant.unwrap_or(("", super::schema::Kind::Text));
        let target = Target {
            name: name.into(),
            alias: name.into(),
            tenant_column: column.into(),
            tenant: self.schema.tenant_value(self.tenant, kind),
            guard: None,
            key: table_of.key.iter().map(|name| (*name).into()).collect(),
        };
        (table, target)
    }

    fn guard(&self, table: usize, target: &Target) -> Option<Expr> {
        let table = &self.schema.tables[table];
        let guard = self
            .schema
            .spoken_guard(table, &target.alias, self.tenant)?;
        Some(Expr::Literal(guard))
    }

    /// The columns but the key, in the order of the table; some of those that may be null are left
    /// out.
    fn assignable(&mut self, table: usize, all: bool) -> Vec<(&'static str, Ty)> {
        let of = &self.schema.tables[table];
        let keeps_resource = self.schema.grants_rows_of_users(of);
        let columns = of.columns.clone();
        let columns = columns.into_iter().filter(|column| {
            column.name != "id"
                && !(keeps_resource && column.name == RESOURCE)
                && match column.ty {
                    Ty::Int | Ty::Text | Ty::Real | Ty::Flag | Ty::Json | Ty::Mode => true,
                    Ty::Tenant(_) => Some(column.name) == of.grantee(),
                    Ty::Poison(poison) => poison.is_written(),
                    Ty::Mark(_)
                    | Ty::User
                    | Ty::Public
                    | Ty::Readers(_)
                    | Ty::ReaderIds(_)
                    | Ty::Class
                    | Ty::Status
                    | Ty::Phase => false,
                }
                && (if all {
                    !column.nullable || self.random.bool()
                } else {
                    self.random.u8(..3) == 0
                })
        });
        columns.map(|column| (column.name, column.ty)).collect()
    }

    fn insert(&mut self) -> Insert {
        let (table, target) = self.target(Writes::Inserts);
        let assigned = self.assignable(table, true);
        let mut columns = vec!["id".to_string()];
        columns.extend(assigned.iter().map(|(name, _)| (*name).to_string()));
        let from_query = self.chance(35);
        let met = self.met[table][self.tenant].clone();
        let conflicts = !from_query && self.chance(40);
        let mut in_the_way = Vec::new();
        let source = if from_query {
            Source::Query(Box::new(self.copies(&assigned)))
        } else {
            let count = self.random.usize(1..=3);
            self.joins_plainly = count > 1;
            for id in self.strangers(table, conflicts) {
                in_the_way.push(self.row(id, &assigned));
            }
            let rows = (0..count).map(|row| {
                let id = if conflicts && row == 0 {
                    *self.pick(&met)
                } else {
                    5_000 + row as i64
                };
                self.row(id, &assigned)
            });
            Source::Rows(rows.collect())
        };
        let conflict = conflicts.then(|| self.conflict(table, &target, &assigned));
        let returning = self.returning(table, true);
        let named = (!from_query && self.chance(40)).then(|| self.spelled(&target.tenant));
        Insert {
            target,
            columns,
            source,
            in_the_way,
            named,
            conflict,
            returning,
        }
    }

    fn row(&mut self, id: i64, assigned: &[(&'static str, Ty)]) -> Vec<Expr> {
        let id = match self.random.bool() {
            true => Expr::Bound(id.into()),
            false => Expr::Literal(id.to_string()),
        };
        let values = assigned.iter().map(|(_, ty)| match ty {
            Ty::Int | Ty::Text => match self.constant_or_scalar(*ty) {
                // What it finds may be nothing.
                scalar @ Expr::Scalar(_) => Expr::Call(
                    "COALESCE",
                    vec![scalar, Expr::Bound(rows::value(self.random, *ty, false))],
                ),
                constant => constant,
            },
            Ty::Tenant(_) => self.constant(*ty),
            ty => Expr::Bound(rows::value(self.random, *ty, false)),
        });
        std::iter::once(id)
            .chain(values.collect::<Vec<_>>())
            .collect()
    }

    /// Ids of other tenants' rows, where a key is of all tenants.
    fn strangers(&mut self, table: usize, conflicts: bool) -> Vec<i64> {
        let is_met = self.chance(if conflicts { 30 } else { 5 });
        if self.schema.tables[table].key.len() > 1 || !is_met {
            return Vec::new();
        }
        let tenants = self.ids[table].len();
        let other = (self.tenant + self.random.usize(1..tenants)) % tenants;
        let mut ids = self.ids[table][other].clone();
        self.random.shuffle(&mut ids);
        ids.truncate(self.random.usize(1..=2));
        ids
    }

    /// The tenant in one of the spellings that are its own.
    fn spelled(&mut self, tenant: &Value) -> Expr {
        // Behind the policies alone it goes to the server as it is.
        if !self.locks.has_planner() {
            return Expr::Bound(tenant.clone());
        }
        let spellings: Vec<Expr> = match *tenant {
            Value::Uuid(Some(id)) => {
                let hex = id.simple().to_string();
                let mut spellings = vec![
                    Expr::Bound(id.as_bytes().to_vec().into()),
                    Expr::Bound(id.to_string().into()),
                    Expr::Bound(hex.to_uppercase().into()),
                ];
                if !self.is(DbBackend::Postgres) {
                    spellings.push(Expr::Literal(format!("X'{hex}'")));
                }
                spellings
            }
            Value::Int(Some(id)) => integers(id.into()),
            Value::BigInt(Some(id)) => integers(id),
            _ => Vec::new(),
        };
        match spellings.is_empty() || self.chance(30) {
            true => Expr::Bound(tenant.clone()),
            false => self.pick(&spellings).clone(),
        }
    }

    /// Rows of new ids, from what the tenant reads.
    fn copies(&mut self, assigned: &[(&'static str, Ty)]) -> Query {
        let types: Vec<_> = std::iter::once(Ty::Int)
            .chain(assigned.iter().map(|(_, ty)| *ty))
            .collect();
        let mut query = super::tree::Query::of(super::tree::Body::Values(Vec::new()));
        let table = self.random.usize(..self.schema.tables.len());
        let (name, alias) = (self.schema.tables[table].name, self.fresh("s"));
        let relation = self.relation(table, &alias);
        self.scopes.push(vec![relation]);
        let filter = self.chance(70).then(|| self.condition(2));
        let id = Expr::Binary(
            Box::new(Expr::Column(alias.clone(), "id".into())),
            "+",
            Box::new(Expr::Literal("7000".into())),
        );
        let items = types.iter().enumerate().map(|(index, ty)| match index {
            0 => id.clone(),
            _ if matches!(ty, Ty::Tenant(_)) => self.constant(*ty),
            _ => Expr::Call(
                "COALESCE",
                vec![
                    self.expr(*ty, 1),
                    match ty {
                        Ty::Json => Expr::Cast(Box::new(Expr::Literal("'{}'".into())), Ty::Json),
                        ty => Expr::Bound(rows::value(self.random, *ty, false)),
                    },
                ],
            ),
        });
        let items = items.collect();
        self.scopes.pop();
        query.body = super::tree::Body::Select(Box::new(super::tree::Select {
            distinct: super::tree::Distinct::No,
            items: super::tree::Items::List(items),
            from: vec![From::Table {
                name: name.into(),
                alias,
            }],
            filter,
            group: Vec::new(),
            having: None,
        }));
        query.ordered = self.chance(20);
        if query.ordered {
            query.limit = Some(Expr::Literal("2".into()));
        }
        query
    }

    fn conflict(
        &mut self,
        table: usize,
        target: &Target,
        assigned: &[(&'static str, Ty)],
    ) -> Conflict {
        if !self.is(DbBackend::Postgres) && self.chance(15) {
            return Conflict::Ignore;
        }
        if self.chance(25) {
            return Conflict::Nothing;
        }
        let mut taken: Vec<String> = assigned
            .iter()
            .filter(|_| self.random.bool())
            .map(|(name, _)| (*name).into())
            .collect();
        if taken.is_empty() || self.chance(10) {
            taken.push(target.tenant_column.clone());
        }
        self.scopes.push(vec![self.relation(table, &target.name)]);
        let mut set = Vec::new();
        let has_number = self.schema.tables[table]
            .columns
            .iter()
            .any(|column| column.name == "i1");
        if has_number && !taken.iter().any(|name| name == "i1") && self.chance(40) {
            set.push((
                "i1".to_string(),
                Expr::Call(
                    "COALESCE",
                    vec![self.expr(Ty::Int, 1), Expr::Literal("3".into())],
                ),
            ));
        }
        let filter = (!self.is(DbBackend::MySql) && self.chance(40)).then(|| self.condition(1));
        self.scopes.pop();
        Conflict::Update(taken, set, filter)
    }

    /// Columns of the row that was written, where the engine tells.
    fn returning(&mut self, table: usize, is_insert: bool) -> Vec<String> {
        let has_returning = !self.is(DbBackend::MySql) || is_insert;
        if !has_returning || self.chance(70) {
            return Vec::new();
        }
        let columns = self.schema.tables[table]
            .columns
            .iter()
            // After a deletion, a mark is set that is nowhere else.
            .filter(|column| !matches!(column.ty, Ty::Mark(_)))
            .map(|column| column.name.to_string());
        columns.filter(|_| self.random.bool()).collect()
    }

    fn beside(&mut self, table: usize, target: &Target) -> (Beside, Relation) {
        self.joins_plainly = true;
        // Rows of several tenants may have one id.
        let other = self.pick_table(|table| table.key.len() == 1 || !table.reads_of_others());
        let alias = self.fresh("b");
        let relation = self.relation(other, &alias);
        let own = self.relation(table, &target.alias);
        let reference = own
            .columns
            .iter()
            .find(|(name, _)| name == "ref" || name == "author_id");
        let reference = reference.map_or("id", |(name, _)| name);
        // By its whole key, so that at most one row belongs to each that is written.
        let on = Expr::Binary(
            Box::new(Expr::Column(alias.clone(), "id".into())),
            "=",
            Box::new(Expr::Column(target.alias.clone(), reference.into())),
        );
        let from = From::Table {
            name: self.schema.tables[other].name.into(),
            alias,
        };
        (Beside { from, on }, relation)
    }

    fn update(&mut self) -> Update {
        let (table, mut target) = self.target(Writes::Updates);
        if self.chance(40) {
            target.alias = self.fresh("u");
        }
        target.guard = self.guard(table, &target);
        let mut columns = self.assignable(table, false);
        if columns.is_empty() {
            columns.push(("t1", Ty::Text));
            if !self.schema.tables[table]
                .columns
                .iter()
                .any(|column| column.name == "t1")
            {
                columns = vec![if target.name == "author" {
                    ("name", Ty::Text)
                } else {
                    ("title", Ty::Text)
                }];
            }
        }
        let own = self.relation(table, &target.alias);
        // MySQL's form of several tables is refused where rows are users', or read only.
        let of = &self.schema.tables[table];
        let is_refused = self.is(DbBackend::MySql) && (of.has(Ty::User) || of.reads_more());
        let (beside, other) = match !is_refused && self.chance(30) {
            true => {
                let (beside, other) = self.beside(table, &target);
                (Some(beside), Some(other))
            }
            false => (None, None),
        };
        // What is assigned from is the row beside, or nothing that is assigned to.
        let mut poison = own.clone().of_poison();
        poison
            .columns
            .retain(|(name, _)| columns.iter().all(|(assigned, _)| assigned != name));
        let poison = vec![poison];
        self.scopes.push(vec![own]);
        let assignments = columns.iter().map(|(name, ty)| {
            let nullable = self.schema.tables[table]
                .columns
                .iter()
                .any(|column| column.name == *name && column.nullable);
            let of = match &other {
                Some(other) => vec![other.clone()],
                None if self.is(DbBackend::MySql) => poison.clone(),
                None => self.scopes[0].clone(),
            };
            let scopes = std::mem::replace(&mut self.scopes, vec![of]);
            let value = match ty {
                Ty::Json | Ty::Flag => Expr::Bound(rows::value(self.random, *ty, nullable)),
                Ty::Tenant(_) => self.constant(*ty),
                ty => self.expr(*ty, 1),
            };
            self.scopes = scopes;
            let value = match ty {
                Ty::Json | Ty::Flag | Ty::Tenant(_) => value,
                _ if nullable => value,
                ty => Expr::Call(
                    "COALESCE",
                    vec![value, Expr::Bound(rows::value(self.random, *ty, false))],
                ),
            };
            ((*name).to_string(), value)
        });
        let assignments = assignments.collect();
        self.scopes[0].extend(other);
        let filter = self.chance(80).then(|| self.condition(2));
        self.scopes.pop();
        let is_limited = self.is(DbBackend::MySql) && beside.is_none() && self.chance(20);
        let returning = if beside.is_none() {
            self.returning(table, false)
        } else {
            Vec::new()
        };
        Update {
            target,
            assignments,
            sets_tenant: self.chance(10),
            beside,
            filter,
            limit: is_limited.then(|| self.random.u8(0..4)),
            returning,
        }
    }

    fn delete(&mut self) -> Delete {
        let (table, mut target) = self.target(Writes::Deletes);
        let has_alias = self.chance(40);
        // What MySQL has in the form of several tables, and the rows that MariaDB returns, are
        // refused where rows are marked.
        let target_of = &self.schema.tables[table];
        let is_refused = self.is(DbBackend::MySql)
            && (target_of.mark().is_some() || target_of.has(Ty::User) || target_of.reads_more());
        let has_beside = !self.is(DbBackend::Sqlite) && !is_refused && self.chance(35);
        // MariaDB has it in the form of several tables only.
        if has_alias && (!self.is(DbBackend::MySql) || has_beside) {
            target.alias = self.fresh("u");
        }
        target.guard = self.guard(table, &target);
        let own = self.relation(table, &target.alias);
        self.scopes.push(vec![own]);
        let beside = has_beside.then(|| {
            let (beside, other) = self.beside(table, &target);
            self.scopes[0].push(other);
            beside
        });
        let filter = self.chance(85).then(|| self.condition(2));
        self.scopes.pop();
        let is_limited = self.is(DbBackend::MySql) && beside.is_none() && self.chance(20);
        let returning = if beside.is_none() && !is_refused {
            self.returning(table, !is_limited)
        } else {
            Vec::new()
        };
        Delete {
            target,
            beside,
            filter,
            limit: is_limited.then(|| self.random.u8(0..4)),
            returning,
        }
    }
}

/// An integer in all widths that hold it.
fn integers(id: i64) -> Vec<Expr> {
    let mut widths: Vec<Value> = vec![id.into()];
    widths.extend(i8::try_from(id).map(Value::from));
    widths.extend(i16::try_from(id).map(Value::from));
    widths.extend(i32::try_from(id).map(Value::from));
    widths.extend(u8::try_from(id).map(Value::from));
    widths.extend(u16::try_from(id).map(Value::from));
    widths.extend(u32::try_from(id).map(Value::from));
    widths.extend(u64::try_from(id).map(Value::from));
    let mut spellings: Vec<_> = widths.into_iter().map(Expr::Bound).collect();
    spellings.push(Expr::Literal(id.to_string()));
    spellings
}
