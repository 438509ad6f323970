//! Random statements over the entities of the bed, as SeaORM builders and as raw SQL.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbBackend, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr},
};
use testbed::{author, note};
use uuid::Uuid;

use super::{
    compare::Case,
    orm::{Call, KINDS},
    report::Origin,
    schema::{Kind, Schema},
    world::World,
};

pub struct Generator {
    random: fastrand::Rng,
    backend: DbBackend,
    next_id: i64,
    values: Vec<Value>,
    /// The notes that were made for each tenant, some of which are gone again.
    own: HashMap<Uuid, Vec<i64>>,
    copies: i64,
}

const WORDS: [&str; 6] = ["plan", "draft", "orphan", "plan b", "", "O'Brien"];

impl Generator {
    pub fn new(seed: u64, backend: DbBackend, world: &World) -> Self {
        let notes = world.ids[1].iter().enumerate();
        Self {
            random: fastrand::Rng::with_seed(seed),
            backend,
            next_id: 1_000,
            values: Vec::new(),
            own: notes
                .map(|(tenant, ids)| (tenant_of(&world.schema, tenant), ids.clone()))
                .collect(),
            copies: 0,
        }
    }

    fn below(&mut self, end: usize) -> usize {
        self.random.usize(..end)
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.random.u8(..100) < percent
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// An id of anyone's row, or of none.
    fn some_id(&mut self) -> i64 {
        self.random.i64(1..=40)
    }

    fn note(&mut self, tenant: Uuid) -> note::Model {
        note::Model {
            id: self.id(),
            tenant_id: tenant,
            author_id: self.chance(80).then(|| self.random.i64(1..=24)),
            title: self.pick(&WORDS).into(),
            body: self.pick(&WORDS).into(),
            score: self.chance(70).then(|| self.random.i32(-3..10)),
        }
    }

    pub fn case(&mut self, schema: &Schema, tenant: usize) -> Case {
        let tenant = tenant_of(schema, tenant);
        self.values.clear();
        match self.below(24) {
            0..10 => self.raw_select(),
            10..15 => self.built_select(),
            15..17 => self.update(),
            17 => self.delete(),
            18..20 => self.insert(tenant),
            20 => self.insert_query(tenant),
            21..23 => self.upsert(tenant),
            _ => self.beside(),
        }
    }

    /// A call of SeaORM's own API.
    pub fn call(&mut self, schema: &Schema, tenant: usize) -> Case {
        let tenant = tenant_of(schema, tenant);
        let own = self.own.get(&tenant).cloned().unwrap_or_default();
        let word = self.below(WORDS.len());
        let call = Call {
            kind: self.below(KINDS),
            id: self.some_id(),
            own: own[self.below(own.len())],
            word: WORDS[word],
            rows: self.random.u64(0..4),
        };
        let text = Statement::from_string(self.backend, format!("{call:?}"));
        let mut case = self.read(Origin::Orm, text);
        case.writes = call.writes();
        case.call = Some((call, tenant));
        case
    }

    fn read(&self, origin: Origin, statement: Statement) -> Case {
        Case {
            origin,
            tree: None,
            call: None,
            alone: statement.clone(),
            scoped: statement,
            returns_rows: true,
            writes: false,
            must: None,
        }
    }

    fn write(&self, origin: Origin, scoped: Statement, alone: Statement) -> Case {
        Case {
            origin,
            tree: None,
            call: None,
            scoped,
            alone,
            returns_rows: false,
            writes: true,
            must: None,
        }
    }

    fn raw(&mut self, sql: String) -> Statement {
        Statement::from_sql_and_values(self.backend, sql, std::mem::take(&mut self.values))
    }

    /// A placeholder for `value`.
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        match self.backend {
            DbBackend::Postgres => format!("${}", self.values.len()),
            _ => "?".into(),
        }
    }

    // ---- raw text ----

    fn raw_select(&mut self) -> Case {
        let sql = match self.below(8) {
            0 => self.aggregate(),
            1 => {
                let (left, right) = (self.plain_select("n"), self.plain_select("n"));
                let between = self.pick(&["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
                format!("{left} {between} {right}")
            }
            2 => {
                let inner = self.plain_select("n");
                let outer = self.pick(&[
                    "SELECT COUNT(*) AS c FROM d",
                    "SELECT d.title FROM d",
                    "SELECT * FROM d LEFT JOIN author a ON a.name = d.title",
                ]);
                format!("WITH d AS ({inner}) {outer}")
            }
            3 => {
                let inner = self.plain_select("n");
                let condition = self.condition("d", 1);
                format!("SELECT d.id, d.title FROM ({inner}) AS d WHERE {condition}")
            }
            _ => self.joined_select(),
        };
        let statement = self.raw(sql);
        self.read(Origin::Raw, statement)
    }

    fn plain_select(&mut self, alias: &str) -> String {
        let condition = self.condition(alias, 2);
        format!(
            "SELECT {alias}.id, {alias}.title, {alias}.body, {alias}.score, {alias}.author_id FROM note {alias} WHERE {condition}"
        )
    }

    fn joined_select(&mut self) -> String {
        let shapes: [(&str, &[&str]); 17] = [
            ("note n", &["n"] as &[_]),
            ("note AS n", &["n"]),
            (
                "note n INNER JOIN author a ON a.id = n.author_id",
                &["n", "a"],
            ),
            (
                "note n JOIN author a ON a.id = n.author_id OR a.name = n.title",
                &["n", "a"],
            ),
            (
                "note n LEFT JOIN author a ON a.id = n.author_id",
                &["n", "a"],
            ),
            (
                "author a LEFT JOIN note n ON a.id = n.author_id AND n.score > 2",
                &["n", "a"],
            ),
            (
                "author a LEFT JOIN note n ON a.id = n.author_id LEFT JOIN note m ON m.title = n.body",
                &["n", "a", "m"],
            ),
            (
                "author a LEFT JOIN note n ON a.id = n.author_id INNER JOIN note m ON m.title = n.body OR m.id = a.id + 1",
                &["n", "a", "m"],
            ),
            (
                "note n RIGHT JOIN author a ON a.id = n.author_id",
                &["n", "a"],
            ),
            (
                "note m INNER JOIN note n ON n.title = m.title RIGHT JOIN author a ON a.id = n.author_id",
                &["n", "a", "m"],
            ),
            (
                "note n FULL JOIN author a ON a.id = n.author_id",
                &["n", "a"],
            ),
            ("note n LEFT JOIN author a USING (id)", &["n", "a"]),
            ("note n CROSS JOIN author a", &["n", "a"]),
            ("note n, author a", &["n", "a"]),
            (
                "note n LEFT JOIN (author a INNER JOIN country c ON c.id = 1) ON a.id = n.author_id",
                &["n", "a"],
            ),
            (
                "note n LEFT JOIN (SELECT * FROM author) a ON a.id = n.author_id",
                &["n", "a"],
            ),
            (
                "country c LEFT JOIN author a ON a.id = c.id + 1 LEFT JOIN note n ON n.author_id = a.id",
                &["n", "a"],
            ),
        ];
        let mut shape = shapes[self.below(17)];
        while self.backend == DbBackend::MySql && shape.0.contains("FULL JOIN") {
            shape = shapes[self.below(17)];
        }
        let (from, aliases) = shape;
        let mut columns = Vec::new();
        for alias in aliases {
            columns.push(format!("{alias}.id AS {alias}_id"));
            let name = if *alias == "a" { "name" } else { "title" };
            columns.push(format!("{alias}.{name} AS {alias}_name"));
        }
        if self.chance(20) {
            columns.push("(SELECT COUNT(*) FROM note i WHERE i.title = n.title) AS same".into());
        }
        let mut sql = format!("SELECT {} FROM {from}", columns.join(", "));
        if self.chance(80) {
            let alias = aliases[self.below(aliases.len())];
            let condition = if alias == "a" {
                self.author_condition()
            } else {
                self.condition(alias, 2)
            };
            sql.push_str(&format!(" WHERE {condition}"));
        }
        if self.chance(30) {
            let order: Vec<_> = aliases.iter().map(|alias| format!("{alias}.id")).collect();
            let rows = self.random.u8(0..9);
            sql.push_str(&format!(" ORDER BY {} LIMIT {rows}", order.join(", ")));
            // SQLite 3.51.3 itself skips wrong rows for OFFSET with EXISTS.
            if !sql.contains("EXISTS") {
                sql.push_str(&format!(" OFFSET {}", rows / 3));
            }
        }
        sql
    }

    fn aggregate(&mut self) -> String {
        let condition = self.condition("n", 2);
        match self.below(4) {
            0 => format!(
                "SELECT COUNT(*) AS c, SUM(n.score) AS s, MIN(n.title) AS m FROM note n WHERE {condition}"
            ),
            1 => format!(
                "SELECT n.title, COUNT(*) AS c FROM note n WHERE {condition} GROUP BY n.title HAVING COUNT(*) > 1"
            ),
            2 => format!(
                "SELECT a.id, a.name, COUNT(n.id) AS c FROM author a LEFT JOIN note n ON n.author_id = a.id AND {condition} GROUP BY a.id, a.name"
            ),
            _ => format!(
                "SELECT DISTINCT n.body, MAX(n.score) OVER (PARTITION BY n.body) AS top FROM note n WHERE {condition}"
            ),
        }
    }

    fn author_condition(&mut self) -> String {
        let name = self.pick(&WORDS);
        let name = self.bind(name);
        let id = self.some_id();
        match self.below(3) {
            0 => format!("a.name = {name} OR a.id > {id}"),
            1 => format!("a.name <> {name}"),
            _ => format!("a.id IS NULL OR a.name = {name}"),
        }
    }

    fn condition(&mut self, alias: &str, depth: usize) -> String {
        if depth > 0 && self.chance(50) {
            let (left, right) = (
                self.condition(alias, depth - 1),
                self.condition(alias, depth - 1),
            );
            return match self.below(4) {
                0 => format!("{left} OR {right}"),
                1 => format!("({left} OR {right})"),
                2 => format!("NOT ({left}) AND {right}"),
                _ => format!("{left} AND {right}"),
            };
        }
        let id = self.some_id();
        let word = self.pick(&WORDS);
        match self.below(12) {
            0 => format!("{alias}.id = {}", self.bind(id)),
            1 => format!("{alias}.title = {}", self.bind(word)),
            2 => format!("{alias}.score > {}", self.random.i32(-3..10)),
            3 => format!("{alias}.score IS NULL"),
            4 => format!(
                "{alias}.title LIKE {}",
                self.bind(format!("%{}%", &word[..word.len().min(2)]))
            ),
            5 => format!("{alias}.id BETWEEN {} AND {}", self.bind(id), id + 20),
            6 => format!("{alias}.id IN ({}, {}, {id})", id + 1, id / 2),
            7 => format!(
                "{alias}.author_id IN (SELECT x.id FROM author x WHERE x.name = {})",
                self.bind(word)
            ),
            8 => format!(
                "EXISTS (SELECT 1 FROM note x WHERE x.title = {alias}.title AND x.id <> {alias}.id)"
            ),
            9 => format!("{alias}.id > (SELECT MIN(x.id) FROM note x)"),
            10 => format!("COALESCE({alias}.score, {}) < 5", self.bind(7)),
            _ => "1 = 1".into(),
        }
    }

    // ---- SeaORM's builders ----

    fn filter(&mut self, depth: usize) -> Condition {
        let mut condition = if self.chance(50) {
            Condition::any()
        } else {
            Condition::all()
        };
        if self.chance(15) {
            condition = condition.not();
        }
        for _ in 0..=self.below(3) {
            condition = if depth > 0 && self.chance(30) {
                let inner = self.filter(depth - 1);
                condition.add(inner)
            } else {
                let expr = self.filter_expr();
                condition.add(expr)
            };
        }
        condition
    }

    fn filter_expr(&mut self) -> SimpleExpr {
        let id = self.some_id();
        let word = self.pick(&WORDS);
        match self.below(8) {
            0 => note::Column::Id.eq(id),
            1 => note::Column::Id.is_in([id, id + 1, id + 7]),
            2 => note::Column::Title.contains(word),
            3 => note::Column::Score.is_null(),
            4 => note::Column::Score.gte(self.random.i32(-3..10)),
            5 => note::Column::Title.ne(word),
            6 => {
                let mut inner = author::Entity::find()
                    .select_only()
                    .column(author::Column::Id);
                inner = inner.filter(author::Column::Name.eq(word));
                note::Column::AuthorId.in_subquery(inner.into_query())
            }
            _ => Expr::col((note::Entity, note::Column::Id)).gt(id),
        }
    }

    fn built_select(&mut self) -> Case {
        let filter = self.filter(2);
        let backend = self.backend;
        let statement = match self.below(6) {
            0 => note::Entity::find().filter(filter).build(backend),
            1 => note::Entity::find()
                .find_also_related(author::Entity)
                .filter(filter)
                .build(backend),
            2 => {
                let rows = self.random.u64(0..9);
                note::Entity::find()
                    .filter(filter)
                    .order_by_asc(note::Column::Id)
                    .limit(rows)
                    .offset(rows / 2)
                    .build(backend)
            }
            3 => note::Entity::find()
                .inner_join(author::Entity)
                .filter(filter)
                .select_only()
                .column(note::Column::Id)
                .column(author::Column::Name)
                .build(backend),
            4 => note::Entity::find()
                .filter(filter)
                .select_only()
                .column(note::Column::Title)
                .column_as(note::Column::Score.sum(), "total")
                .group_by(note::Column::Title)
                .build(backend),
            _ => author::Entity::find()
                .left_join(note::Entity)
                .filter(filter)
                .select_only()
                .column(author::Column::Id)
                .column_as(note::Column::Id.count(), "notes")
                .group_by(author::Column::Id)
                .build(backend),
        };
        self.read(Origin::Orm, statement)
    }

    fn update(&mut self) -> Case {
        let word = self.pick(&WORDS);
        if self.chance(50) {
            let id = self.some_id();
            // Narrow, so that rows keep differing.
            let filter = Condition::all()
                .add(self.filter(1))
                .add(note::Column::Id.between(id, id + 15));
            let update = note::Entity::update_many()
                .col_expr(note::Column::Body, Expr::val(word))
                .col_expr(note::Column::Score, Expr::col(note::Column::Score).add(1))
                .filter(filter);
            let update = update.build(self.backend);
            return self.write(Origin::Orm, update.clone(), update);
        }
        let bound = self.bind(word);
        let id = self.some_id();
        let condition = self.condition("note", 1);
        let condition = format!("({condition}) AND id BETWEEN {id} AND {id} + 15");
        let sql = match self.below(3) {
            0 => format!("UPDATE note SET body = {bound} WHERE {condition}"),
            1 => format!(
                "UPDATE note SET title = {bound}, score = (SELECT MAX(x.score) FROM note x) WHERE {condition}"
            ),
            _ => format!(
                "UPDATE author SET name = {bound} WHERE id IN (SELECT author_id FROM note WHERE {condition})"
            ),
        };
        let statement = self.raw(sql);
        self.write(Origin::Raw, statement.clone(), statement)
    }

    /// Narrow, so that rows are left to look at.
    fn delete(&mut self) -> Case {
        let id = self.some_id();
        if self.chance(50) {
            let delete = note::Entity::delete_by_id(id).build(self.backend);
            return self.write(Origin::Orm, delete.clone(), delete);
        }
        let id = self.bind(id);
        let statement = match self.below(2) {
            0 => self.raw(format!(
                "DELETE FROM note WHERE id = {id} OR (id < 3 AND title = 'draft')"
            )),
            _ => self.raw(format!(
                "DELETE FROM note WHERE id IN (SELECT x.id FROM note x WHERE x.id = {id})"
            )),
        };
        self.write(Origin::Raw, statement.clone(), statement)
    }

    /// Copies of the tenant's rows, or of shared ones.
    fn insert_query(&mut self, tenant: Uuid) -> Case {
        self.copies += 1_000_000;
        let copy = self.copies;
        let id = self.some_id();
        let query = |tenant: &str| match copy / 1_000_000 % 3 {
            0 => format!(
                "SELECT a.id + {copy}, a.name, 'copy'{tenant} FROM author a WHERE a.id > {id} OR a.name = 'plan'"
            ),
            1 => format!(
                "SELECT n.id + {copy}, a.name, n.title{tenant} FROM note n LEFT JOIN author a ON a.id = n.author_id WHERE a.name IS NOT NULL AND n.id BETWEEN {id} AND {id} + 9"
            ),
            _ => format!(
                "SELECT c.id + {copy}, 'shared', c.code{tenant} FROM country c UNION ALL SELECT a.id + {copy} + 10, a.name, 'own'{tenant} FROM author a WHERE a.id = {id}"
            ),
        };
        let placeholder = match self.backend {
            DbBackend::Postgres => ", $1",
            DbBackend::Sqlite => ", ?1",
            _ => ", ?",
        };
        let scoped = format!("INSERT INTO note (id, title, body) {}", query(""));
        let alone = format!(
            "INSERT INTO note (id, title, body, tenant_id) {}",
            query(placeholder)
        );
        // Where placeholders go by position, each takes a value.
        let times = match self.backend {
            DbBackend::MySql => alone.matches('?').count(),
            _ => 1,
        };
        self.write(
            Origin::Raw,
            Statement::from_string(self.backend, scoped),
            Statement::from_sql_and_values(self.backend, alone, vec![Value::from(tenant); times]),
        )
    }

    /// Meets rows of the tenant only: what is in the way of a key that all tenants share is another
    /// matter.
    fn upsert(&mut self, tenant: Uuid) -> Case {
        let mut models: Vec<note::Model> = (0..=self.below(2)).map(|_| self.note(tenant)).collect();
        let own = self.own.entry(tenant).or_default();
        if let Some(id) = own.get(self.random.usize(..own.len().max(1))) {
            models[0].id = *id;
        }
        own.extend(models.iter().map(|model| model.id));
        let on_conflict = match self.below(3) {
            0 => OnConflict::column(note::Column::Id)
                .do_nothing_on([note::Column::Id])
                .to_owned(),
            1 => OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::Score])
                .to_owned(),
            _ => OnConflict::column(note::Column::Id)
                .update_columns([note::Column::TenantId, note::Column::Body])
                .value(note::Column::Score, Expr::val(7))
                .to_owned(),
        };
        let insert = |models: Vec<note::ActiveModel>| {
            note::Entity::insert_many(models)
                .on_conflict(on_conflict.clone())
                .build(self.backend)
        };
        let named: Vec<_> = models
            .iter()
            .map(|model| model.clone().into_active_model().reset_all())
            .collect();
        self.write(Origin::Orm, insert(named.clone()), insert(named))
    }

    /// A write that reads another table beside its own.
    fn beside(&mut self) -> Case {
        let id = self.some_id();
        let condition = format!("note.id BETWEEN {id} AND {id} + 9");
        let word = self.pick(&["plan", "draft"]);
        let sql = match (self.backend, self.below(3)) {
            (DbBackend::MySql, 0) => format!(
                "UPDATE note JOIN author a ON a.id = note.author_id SET note.score = a.id, a.name = '{word}' WHERE {condition}"
            ),
            (DbBackend::MySql, 1) => format!(
                "UPDATE note LEFT JOIN author a ON a.id = note.author_id SET note.body = COALESCE(a.name, 'none') WHERE {condition} OR a.name = '{word}'"
            ),
            (DbBackend::MySql, _) => format!(
                "DELETE note FROM note JOIN author a ON a.id = note.author_id WHERE {condition} AND a.name = '{word}'"
            ),
            (DbBackend::Postgres, 0) => format!(
                "DELETE FROM note USING author a WHERE a.id = note.author_id AND {condition} AND a.name = '{word}'"
            ),
            (DbBackend::Postgres, 1) => format!(
                "WITH u AS (UPDATE note SET score = 1 WHERE {condition} RETURNING id) UPDATE author SET name = '{word}' WHERE id IN (SELECT u.id + 1 FROM u)"
            ),
            _ => format!(
                "UPDATE note SET body = a.name FROM author a WHERE a.id = note.author_id AND ({condition} OR a.name = '{word}')"
            ),
        };
        let statement = Statement::from_string(self.backend, sql);
        self.write(Origin::Raw, statement.clone(), statement)
    }

    fn insert(&mut self, tenant: Uuid) -> Case {
        let models: Vec<_> = (0..=self.below(3)).map(|_| self.note(tenant)).collect();
        let named: Vec<_> = models
            .iter()
            .map(|model| model.clone().into_active_model().reset_all())
            .collect();
        let names_tenant = self.chance(30);
        let scoped: Vec<_> = named
            .iter()
            .cloned()
            .map(|mut model| {
                if !names_tenant {
                    model.tenant_id = sea_orm::NotSet;
                }
                model
            })
            .collect();
        self.write(
            Origin::Orm,
            note::Entity::insert_many(scoped).build(self.backend),
            note::Entity::insert_many(named).build(self.backend),
        )
    }
}

fn tenant_of(schema: &Schema, tenant: usize) -> Uuid {
    match schema.tenant_value(tenant, Kind::Uuid) {
        Value::Uuid(Some(id)) => id,
        other => panic!("{other:?} is no tenant of the bed"),
    }
}
