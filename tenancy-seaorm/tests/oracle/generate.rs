//! Random queries, composed by recursion: what stands anywhere may be another query.

use sea_orm::{DbBackend, Value};

use super::{
    locks::Locks,
    poison::Poison,
    rows,
    schema::{Schema, Ty},
    tree::{Body, Cte, CteBody, Distinct, Expr, From, Items, On, Query, Select},
    world::World,
};

pub struct Generator<'a> {
    pub random: &'a mut fastrand::Rng,
    pub schema: &'a Schema,
    /// The ids that an insert may find taken, by table and tenant.
    pub met: &'a [Vec<Vec<i64>>],
    /// The ids of rows, by table and tenant.
    pub ids: &'a [Vec<Vec<i64>>],
    pub locks: Locks,
    /// The ids and keys of rows that nobody who acts reads, by table.
    pub poisoned: &'a [Vec<(i64, i64)>],
    pub tenant: usize,
    /// Whether it has expressions that fail on the rows of others.
    pub poisons: bool,
    /// What the expressions of each block may name, innermost last.
    pub scopes: Vec<Vec<Relation>>,
    pub ctes: Vec<Relation>,
    /// The names of common table expressions that may not be read here. In the body of a `WITH` of
    /// a subquery, MariaDB reads the table of such a name, which the planner does not let it find.
    unseen: Vec<String>,
    /// The names of common table expressions that compute columns.
    computed: Vec<String>,
    pub names: usize,
    /// How many more blocks the statement may have.
    pub blocks: usize,
    /// Whether the statement is a write.
    pub writes: bool,
    /// Whether it may not join by common columns, on MariaDB. The planner makes a derived table of
    /// such a join, and a write of several tables may read its target in no other subquery than a
    /// derived table (error 1093); that of an insert of several rows is filled before the first,
    /// where other subqueries may read the rows before their own.
    pub joins_plainly: bool,
    /// Whether some common table expression of the statement is recursive.
    recurses: bool,
    /// How many queries are around this place.
    depth: usize,
    /// How many of them are common table expressions.
    inside: usize,
    /// What the rows of the last block are ordered by, beside what they yield.
    order_key: Option<Expr>,
}

/// Something in FROM.
#[derive(Clone)]
pub struct Relation {
    pub name: String,
    pub columns: Vec<(String, Ty)>,
    /// Which table it is, if it is no query of some kind.
    pub table: Option<usize>,
}

impl Relation {
    /// Of the columns `c0`, `c1` and so on.
    pub fn of_types(name: &str, types: &[Ty]) -> Self {
        Self {
            name: name.into(),
            columns: types
                .iter()
                .enumerate()
                .map(|(index, ty)| (format!("c{index}"), *ty))
                .collect(),
            table: None,
        }
    }
}

const ROWS: [Ty; 6] = [Ty::Int, Ty::Int, Ty::Text, Ty::Text, Ty::Real, Ty::Flag];

impl<'a> Generator<'a> {
    pub fn new(random: &'a mut fastrand::Rng, world: &'a World, tenant: usize) -> Self {
        let blocks = random.usize(1..7);
        let poisons = random.u8(..100) < 50;
        Self {
            random,
            schema: &world.schema,
            met: &world.met,
            ids: &world.ids,
            locks: world.locks,
            poisoned: &world.poisoned,
            tenant,
            poisons,
            scopes: Vec::new(),
            ctes: Vec::new(),
            unseen: Vec::new(),
            computed: Vec::new(),
            names: 0,
            blocks,
            writes: false,
            joins_plainly: false,
            recurses: false,
            depth: 0,
            inside: 0,
            order_key: None,
        }
    }

    pub fn chance(&mut self, percent: u8) -> bool {
        self.random.u8(..100) < percent
    }

    pub fn pick<'b, T>(&mut self, from: &'b [T]) -> &'b T {
        &from[self.random.usize(..from.len())]
    }

    pub fn is(&self, backend: DbBackend) -> bool {
        self.schema.backend == backend
    }

    pub fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Takes one block off what the statement may still have.
    pub fn may_nest(&mut self) -> bool {
        let may = self.blocks > 0;
        self.blocks = self.blocks.saturating_sub(1);
        may
    }

    pub fn types(&mut self) -> Vec<Ty> {
        (0..self.random.usize(1..=3))
            .map(|_| match self.poisons && self.chance(20) {
                true => self.carried(),
                false => *self.pick(&ROWS),
            })
            .collect()
    }

    /// A type of poison, for something outside to fail on.
    fn carried(&mut self) -> Ty {
        let poisons = [Poison::Digits, Poison::Doc, Poison::Number, Poison::Ident];
        let of_backend = poisons.map(|poison| poison.is_on(self.schema.backend));
        let count = of_backend.iter().filter(|is_on| **is_on).count();
        Ty::Poison(poisons[self.random.usize(..count)])
    }

    /// A query that nothing around it can be seen from.
    pub fn closed_query(&mut self, types: &[Ty]) -> Query {
        let scopes = std::mem::take(&mut self.scopes);
        let query = self.query(types);
        self.scopes = scopes;
        query
    }

    /// A query of columns of these types.
    pub fn query(&mut self, types: &[Ty]) -> Query {
        let known = self.ctes.len();
        self.depth += 1;
        let mut query = Query::of(Body::Values(Vec::new()));
        // Those of a subquery cannot see what is around it on every engine.
        if self.scopes.is_empty() && self.chance(20) && self.may_nest() && !self.is_fatal() {
            self.with(&mut query);
        }
        query.body = match self.random.u8(..10) {
            0 if self.may_nest() => self.set_operation(types),
            _ => {
                let select = self.select(types);
                if let Some(key) = self.order_key.take() {
                    query.order.push((key, self.random.bool()));
                }
                Body::Select(Box::new(select))
            }
        };
        self.order(&mut query);
        self.ctes.truncate(known);
        self.depth -= 1;
        query
    }

    fn set_operation(&mut self, types: &[Ty]) -> Body {
        let between: &[&str] = match self.schema.backend {
            DbBackend::Sqlite => &["UNION", "UNION ALL", "EXCEPT", "INTERSECT"],
            _ => &[
                "UNION",
                "UNION ALL",
                "EXCEPT",
                "INTERSECT",
                "INTERSECT ALL",
                "EXCEPT ALL",
            ],
        };
        let between = self.pick(between);
        let (left, right) = (self.query(types), self.query(types));
        Body::Set(between, Box::new(left), Box::new(right))
    }

    /// Whether one more common table expression could end MariaDB. The process of 10.11.19 falls
    /// over a recursion that another one names, in a prepared write or inside of a third one that
    /// is named twice.
    fn is_fatal(&self) -> bool {
        self.is(DbBackend::MySql) && self.recurses && (self.writes || self.inside > 0)
    }

    fn with(&mut self, query: &mut Query) {
        if !self.is(DbBackend::MySql) || self.depth == 1 {
            return self.expressions(query);
        }
        let outer = std::mem::take(&mut self.ctes);
        let seen = self.unseen.len();
        self.unseen.extend(outer.iter().map(|cte| cte.name.clone()));
        self.expressions(query);
        self.unseen.truncate(seen);
        let own = std::mem::replace(&mut self.ctes, outer);
        self.ctes.extend(own);
    }

    fn expressions(&mut self, query: &mut Query) {
        for _ in 0..self.random.usize(1..=2) {
            if self.is_fatal() {
                break;
            }
            let name = if query.recursive {
                self.fresh("w")
            } else {
                self.cte_name()
            };
            let types = self.types();
            let (relation, cte) = match self.random.u8(..5) {
                // MariaDB 10.11 falls over a recursion inside of a common table expression that is
                // named twice.
                0 if query.ctes.is_empty() && (self.depth == 1 || !self.is(DbBackend::MySql)) => {
                    query.recursive = true;
                    self.recurses = true;
                    self.recursive_cte(name)
                }
                1 => self.values_cte(name, &types),
                _ => {
                    self.inside += 1;
                    let body = self.closed_query(&types);
                    self.inside -= 1;
                    let relation = Relation::of_types(&name, &types);
                    (
                        relation,
                        Cte {
                            name,
                            columns: Vec::new(),
                            body: CteBody::Query(body),
                        },
                    )
                }
            };
            if matches!(&cte.body, CteBody::Query(query) if query.computes(&self.computed)) {
                self.computed.push(relation.name.clone());
            }
            self.ctes.push(relation);
            query.ctes.push(cte);
        }
    }

    /// Often the name of a table, which it hides.
    fn cte_name(&mut self) -> String {
        let table = self.pick(&self.schema.tables);
        let name = table.name;
        let is_free = self.ctes.iter().all(|cte| cte.name != name)
            && !self.unseen.iter().any(|unseen| unseen == name)
            && !self.schema.is_private(table);
        let often = match self.schema.backend {
            // It has such a query refer to itself.
            DbBackend::Sqlite => 5,
            // Where the next one names it twice, and something names the one around twice, MariaDB
            // 10.11.19 does not come to an end of preparing them, and takes more and more memory.
            DbBackend::MySql if self.inside > 0 => 0,
            _ => 30,
        };
        if is_free && self.chance(often) {
            name.into()
        } else {
            self.fresh("w")
        }
    }

    fn values_cte(&mut self, name: String, types: &[Ty]) -> (Relation, Cte) {
        let relation = Relation::of_types(&name, types);
        let scopes = std::mem::take(&mut self.scopes);
        let rows = (0..self.random.usize(1..=3)).map(|_| {
            types
                .iter()
                .map(|ty| match self.constant_or_scalar(*ty) {
                    // MariaDB 10.11.19 sizes a column for the text before a prepared write has it,
                    // and then finds it too long.
                    Expr::Bound(value) if self.writes && self.is(DbBackend::MySql) => {
                        Expr::Literal(rows::constant(self.schema.backend, &value))
                    }
                    value => value,
                })
                .collect()
        });
        let rows = rows.collect();
        self.scopes = scopes;
        let columns = relation
            .columns
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        (
            relation,
            Cte {
                name,
                columns,
                body: CteBody::Query(Query::of(Body::Values(rows))),
            },
        )
    }

    /// Follows references from some rows on, a few steps far.
    fn recursive_cte(&mut self, name: String) -> (Relation, Cte) {
        let table = self.pick_table(|table| table.tenant.is_some());
        let source = self.schema.tables[table].name;
        let reference = self.schema.tables[table]
            .columns
            .iter()
            .find(|column| column.name == "ref" || column.name == "author_id");
        let reference = reference.map_or("id", |column| column.name);
        let column = |alias: &str, name: &str| Expr::Column(alias.into(), name.into());
        let from = |name: &str, alias: &str| From::Table {
            name: name.into(),
            alias: alias.into(),
        };
        let block = |items, from, filter| {
            Query::of(Body::Select(Box::new(Select {
                distinct: Distinct::No,
                items: Items::List(items),
                from: vec![from],
                filter,
                group: Vec::new(),
                having: None,
            })))
        };
        let depth = Expr::Cast(Box::new(Expr::Literal("0".into())), Ty::Int);
        self.scopes.push(vec![self.relation(table, "s")]);
        let filter = self.chance(60).then(|| self.condition(1));
        self.scopes.pop();
        let seed = block(vec![column("s", "id"), depth], from(source, "s"), filter);
        let next = Expr::Binary(
            Box::new(column("r", "c1")),
            "+",
            Box::new(Expr::Literal("1".into())),
        );
        let follows = Expr::Binary(
            Box::new(column("n", reference)),
            "=",
            Box::new(column("r", "c0")),
        );
        let joined = From::Join(
            Box::new(from(source, "n")),
            "JOIN",
            Box::new(from(&name, "r")),
            On::Condition(follows),
        );
        let is_near = Expr::Binary(
            Box::new(column("r", "c1")),
            "<",
            Box::new(Expr::Literal("2".into())),
        );
        let step = block(vec![column("n", "id"), next], joined, Some(is_near));
        let between = if self.chance(50) {
            "UNION"
        } else {
            "UNION ALL"
        };
        // Its own name would hide the table that it starts from.
        let name = if name == source {
            self.fresh("w")
        } else {
            name
        };
        let step = rename(step, source, &name);
        let relation = Relation::of_types(&name, &[Ty::Int, Ty::Int]);
        let columns = vec!["c0".into(), "c1".into()];
        let body = Query::of(Body::Set(between, Box::new(seed), Box::new(step)));
        (
            relation,
            Cte {
                name,
                columns,
                body: CteBody::Query(body),
            },
        )
    }

    pub fn pick_table(&mut self, fits: impl Fn(&super::schema::Table) -> bool) -> usize {
        let fitting: Vec<_> = (0..self.schema.tables.len())
            .filter(|index| fits(&self.schema.tables[*index]))
            .collect();
        *self.pick(&fitting)
    }

    pub fn relation(&self, table: usize, alias: &str) -> Relation {
        let columns = self.schema.tables[table].columns.iter();
        Relation {
            name: alias.into(),
            columns: columns
                .map(|column| match column.ty {
                    Ty::Mode | Ty::Class | Ty::Status | Ty::Phase => (column.name.into(), Ty::Text),
                    ty => (column.name.into(), ty),
                })
                .collect(),
            table: Some(table),
        }
    }

    fn order(&mut self, query: &mut Query) {
        let is_on =
            matches!(&query.body, Body::Select(select) if matches!(select.distinct, Distinct::On));
        if !is_on && !self.chance(25) {
            return;
        }
        // Rows that are alike in all columns may come in any order.
        query.ordered = true;
        if self.chance(60) {
            let rows = self.random.i64(0..6);
            query.limit = Some(match self.random.u8(..10) {
                0..3 => Expr::Bound(rows.into()),
                // MySQL takes constants only.
                3..5 if !self.is(DbBackend::MySql) && self.may_nest() => {
                    let scopes = std::mem::take(&mut self.scopes);
                    let count = self.scalar(Ty::Int);
                    self.scopes = scopes;
                    Expr::Call(
                        "COALESCE",
                        vec![Expr::Call("ABS", vec![count]), Expr::Literal("2".into())],
                    )
                }
                _ => Expr::Literal(rows.to_string()),
            });
            // SQLite 3.51.3 itself skips wrong rows for OFFSET with a correlated EXISTS.
            if !self.is(DbBackend::Sqlite) && self.chance(40) {
                query.offset = Some(Expr::Literal(self.random.u8(0..3).to_string()));
            }
        }
    }

    fn select(&mut self, types: &[Ty]) -> Select {
        self.scopes.push(Vec::new());
        let from = self.sources();
        let filter = self.chance(70).then(|| self.condition(2));
        let filter = filter.map(|filter| self.unjoined(filter, &from));
        let mut select = Select {
            distinct: Distinct::No,
            items: Items::List(Vec::new()),
            from,
            filter,
            group: Vec::new(),
            having: None,
        };
        if self.chance(25) {
            self.group(&mut select, types);
        } else {
            let may_window = self.chance(15);
            let items = types.iter().map(|ty| match may_window {
                true if self.random.bool() => self.window(*ty),
                _ => self.expr(*ty, 2),
            });
            select.items = Items::List(items.collect());
            select.distinct = match self.random.u8(..10) {
                0 => Distinct::Rows,
                1 if self.is(DbBackend::Postgres) => Distinct::On,
                _ => Distinct::No,
            };
            if matches!(select.distinct, Distinct::No) {
                self.order_key = self.trap(Ty::Int, 15);
            }
        }
        self.scopes.pop();
        select
    }

    fn sources(&mut self) -> Vec<From> {
        let trees = if self.chance(15) { 2 } else { 1 };
        let mut found = Vec::new();
        let mut from = Vec::new();
        for tree in 0..trees {
            let joins = *self.pick(if tree == 0 {
                &[0, 0, 0, 1, 1, 1, 2]
            } else {
                &[0, 0, 1]
            });
            let (tree, relations) = self.join_tree(joins);
            from.push(tree);
            found.extend(relations);
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(found);
        }
        from
    }

    pub fn join_tree(&mut self, joins: usize) -> (From, Vec<Relation>) {
        if joins == 0 {
            let (from, relation) = self.factor(&[]);
            return (from, vec![relation]);
        }
        let of_left = self.random.usize(0..joins);
        let (left, mut relations) = self.join_tree(of_left);
        let of_right = joins - 1 - of_left;
        let (right, added) = match of_right {
            0 => {
                let (from, relation) = self.factor(&relations);
                (from, vec![relation])
            }
            _ => self.join_tree(of_right),
        };
        let is_lateral = matches!(&right, From::Derived { lateral: true, .. });
        let mut kinds = vec![
            "JOIN",
            "INNER JOIN",
            "LEFT JOIN",
            "LEFT JOIN",
            "LEFT OUTER JOIN",
        ];
        if !is_lateral {
            kinds.extend(["RIGHT JOIN", "CROSS JOIN"]);
            if !self.is(DbBackend::MySql) {
                kinds.push("FULL JOIN");
            }
        }
        let kind = match *self.pick(&kinds) {
            "LEFT JOIN" | "LEFT OUTER JOIN" if self.keeps_values(&right) => "JOIN",
            "RIGHT JOIN" if self.keeps_values(&left) => "JOIN",
            kind => kind,
        };
        let (on, kind) = self.on(kind, &relations, &added);
        relations.extend(added);
        (
            From::Join(Box::new(left), kind, Box::new(right), on),
            relations,
        )
    }

    /// Whether MariaDB could keep a value where an outer join has no row on this side: 10.11.19
    /// takes a column that comes to a constant in a query in FROM for that constant everywhere,
    /// once it has merged the query.
    fn keeps_values(&self, from: &From) -> bool {
        self.is(DbBackend::MySql) && from.computes(&self.computed)
    }

    fn on(
        &mut self,
        kind: &'static str,
        left: &[Relation],
        right: &[Relation],
    ) -> (On, &'static str) {
        if kind == "CROSS JOIN" {
            return (On::Nothing, kind);
        }
        if let ([one], [other]) = (left, right)
            && one.table.is_some()
            && other.table.is_some()
            && !(self.joins_plainly && self.is(DbBackend::MySql))
            && self.chance(12)
        {
            return match (kind, self.random.bool()) {
                ("JOIN", true) => (On::Nothing, "NATURAL JOIN"),
                ("LEFT JOIN", true) => (On::Nothing, "NATURAL LEFT JOIN"),
                _ => (On::Using("id".into()), kind),
            };
        }
        let mut both = left.to_vec();
        both.extend_from_slice(right);
        let equal = self.equality(left, right);
        // PostgreSQL joins fully on equality only.
        if kind == "FULL JOIN" {
            return match equal {
                Some(equal) => {
                    self.scopes.push(both);
                    let failing = self.failing_condition(15);
                    self.scopes.pop();
                    (On::Condition(beside(equal, failing)), kind)
                }
                None => (
                    On::Condition(Expr::Binary(
                        Box::new(Expr::Literal("1".into())),
                        "=",
                        Box::new(Expr::Literal("1".into())),
                    )),
                    "LEFT JOIN",
                ),
            };
        }
        self.scopes.push(both);
        let condition = match equal {
            Some(equal) if self.chance(70) => equal,
            Some(equal) if self.chance(60) => {
                let more = self.condition(1);
                let operator = *self.pick(&["AND", "AND", "OR"]);
                Expr::Binary(Box::new(equal), operator, Box::new(more))
            }
            _ => self.condition(1),
        };
        let failing = self.failing_condition(20);
        self.scopes.pop();
        let condition = match condition {
            // MariaDB 10.11.19 takes it for true of a column around the query that cannot be null.
            Expr::IsNull(value, false)
                if self.is(DbBackend::MySql)
                    && matches!(&*value, Expr::Column(alias, _)
                        if !left.iter().chain(right).any(|relation| relation.name == *alias)) =>
            {
                Expr::IsNull(value, true)
            }
            condition => condition,
        };
        (On::Condition(beside(condition, failing)), kind)
    }

    /// `left.column = right.column`, of one type.
    fn equality(&mut self, left: &[Relation], right: &[Relation]) -> Option<Expr> {
        let mut pairs = Vec::new();
        for one in left {
            for (name, ty) in &one.columns {
                for other in right {
                    for (named, of) in &other.columns {
                        if ty == of && matches!(ty, Ty::Int | Ty::Text | Ty::Tenant(_)) {
                            let column = |relation: &Relation, name: &str| {
                                Box::new(Expr::Column(relation.name.clone(), name.into()))
                            };
                            pairs.push((column(one, name), column(other, named)));
                        }
                    }
                }
            }
        }
        if pairs.is_empty() {
            return None;
        }
        let (left, right) = self.pick(&pairs).clone();
        Some(Expr::Binary(left, "=", right))
    }

    /// A table, a common table expression or a query; `left` is what a lateral one sees.
    fn factor(&mut self, left: &[Relation]) -> (From, Relation) {
        if !self.ctes.is_empty() && self.chance(40) {
            let ctes = self.ctes.clone();
            let mut relation = self.pick(&ctes).clone();
            let name = std::mem::replace(&mut relation.name, self.fresh("x"));
            return (
                From::Table {
                    name,
                    alias: relation.name.clone(),
                },
                relation,
            );
        }
        if self.chance(20) && self.may_nest() {
            let types = self.types();
            let lateral = !left.is_empty() && self.is(DbBackend::Postgres) && self.chance(50);
            let query = if lateral {
                self.scopes.push(left.to_vec());
                let query = self.query(&types);
                self.scopes.pop();
                query
            } else {
                self.closed_query(&types)
            };
            let alias = self.fresh("d");
            let relation = Relation::of_types(&alias, &types);
            return (
                From::Derived {
                    query: Box::new(query),
                    alias,
                    lateral,
                },
                relation,
            );
        }
        let hidden = self.ctes.iter().map(|cte| &cte.name).chain(&self.unseen);
        let hidden: Vec<_> = hidden.cloned().collect();
        let visible = (0..self.schema.tables.len()).filter(|index| {
            !hidden
                .iter()
                .any(|name| name == self.schema.tables[*index].name)
        });
        let visible: Vec<_> = visible.collect();
        if visible.is_empty() && !self.ctes.is_empty() {
            let relation = self.ctes[0].clone();
            let alias = self.fresh("x");
            return (
                From::Table {
                    name: relation.name.clone(),
                    alias: alias.clone(),
                },
                Relation {
                    name: alias,
                    ..relation
                },
            );
        }
        let table = *self.pick(&visible);
        let name = self.schema.tables[table].name;
        let is_taken = self
            .scopes
            .iter()
            .flatten()
            .chain(left)
            .any(|relation| relation.name == name);
        // Under its own name where that cannot be mistaken.
        let alias = if !is_taken && self.names == 0 {
            self.names = 1;
            name.to_string()
        } else {
            self.fresh("a")
        };
        (
            From::Table {
                name: name.into(),
                alias: alias.clone(),
            },
            self.relation(table, &alias),
        )
    }

    /// A condition as it is, beside no right join of SQLite's: 3.51.3 makes a join of an `EXISTS`
    /// there, too, and loses rows that have no match.
    fn unjoined(&self, filter: Expr, from: &[From]) -> Expr {
        let goes_right = from.iter().any(|tree| {
            let tree = format!("{tree:?}");
            ["\"RIGHT JOIN\"", "\"FULL JOIN\""]
                .iter()
                .any(|kind| tree.contains(kind))
        });
        let asks = format!("{filter:?}").contains("Exists(");
        match self.is(DbBackend::Sqlite) && goes_right && asks {
            true => Expr::Call("COALESCE", vec![filter, Expr::Literal("0".into())]),
            false => filter,
        }
    }

    /// A whole table's columns, or a pair of tables'.
    pub fn star(&mut self) -> Query {
        self.scopes.push(Vec::new());
        let from = self.sources();
        let filter = self.chance(70).then(|| self.condition(2));
        let scope = self.scopes.pop().unwrap_or_default();
        let items = match self.random.bool() {
            true => Items::Star(Some(scope[0].name.clone()), scope[0].columns.len()),
            false => Items::Star(
                None,
                scope.iter().map(|relation| relation.columns.len()).sum(),
            ),
        };
        let select = Select {
            distinct: Distinct::No,
            items,
            from,
            filter,
            group: Vec::new(),
            having: None,
        };
        let mut query = Query::of(Body::Select(Box::new(select)));
        if !self.is(DbBackend::Sqlite) && self.chance(15) {
            query.lock = self.lockable(&query).then_some("FOR UPDATE");
        }
        query
    }

    /// Locks fall on what may be changed only: not on shared tables, nor on rows that are read
    /// only.
    fn lockable(&self, query: &Query) -> bool {
        let Body::Select(select) = &query.body else {
            return false;
        };
        let is_own =
            |from: &From| match from {
                From::Table { name, .. } => self.schema.tables.iter().any(|table| {
                    table.name == name && table.tenant.is_some() && !table.reads_more()
                }),
                From::Derived { .. } | From::Join(..) => false,
            };
        self.ctes.is_empty() && select.from.iter().all(is_own)
    }

    /// The tenant's id or another's, as a value of this type.
    pub fn some_tenant(&mut self, ty: Ty) -> Option<Value> {
        let Ty::Tenant(kind) = ty else { return None };
        let tenant = if self.random.bool() {
            self.tenant
        } else {
            self.random.usize(..self.schema.tenants.len())
        };
        Some(self.schema.tenant_value(tenant, kind))
    }
}

/// With one more condition.
pub fn beside(condition: Expr, more: Option<Expr>) -> Expr {
    match more {
        Some(more) => Expr::Binary(Box::new(condition), "AND", Box::new(more)),
        None => condition,
    }
}

/// Where the step of a recursion names what it recurs into.
fn rename(mut step: Query, source: &str, to: &str) -> Query {
    if let Body::Select(select) = &mut step.body
        && let Some(From::Join(_, _, right, _)) = select.from.first_mut()
        && let From::Table { name, .. } = &mut **right
        && name == source
    {
        *name = to.into();
    }
    step
}
