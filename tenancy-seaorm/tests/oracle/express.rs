//! Random expressions of a wanted type, and conditions.

use sea_orm::{DbBackend, Value};

use super::{
    generate::{Generator, Relation, beside},
    rows::{self, WORDS},
    schema::Ty,
    tree::{Body, Distinct, Expr, Items, Query, Select},
};

impl Generator<'_> {
    /// A column of this type, of the own block or of one around it.
    fn column(&mut self, ty: Ty) -> Option<Expr> {
        let mut found = Vec::new();
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            for Relation { name, columns, .. } in scope {
                let fitting = columns.iter().filter(|column| column.1 == ty);
                found.extend(
                    fitting.map(|column| (depth, Expr::Column(name.clone(), column.0.clone()))),
                );
            }
        }
        // Rather one of the own block.
        if self.chance(75) && found.iter().any(|(depth, _)| *depth == 0) {
            found.retain(|(depth, _)| *depth == 0);
        }
        (!found.is_empty()).then(|| self.pick(&found).1.clone())
    }

    pub fn constant(&mut self, ty: Ty) -> Expr {
        if let Some(tenant) = self.some_tenant(ty) {
            return Expr::Bound(tenant);
        }
        let value = rows::value(self.random, ty, false);
        match (ty, value) {
            (Ty::Int, value) if self.random.bool() => {
                Expr::Literal(rows::constant(self.schema.backend, &value))
            }
            (Ty::Text, value) if self.random.bool() => {
                Expr::Literal(rows::constant(self.schema.backend, &value))
            }
            (_, value) => Expr::Bound(value),
        }
    }

    pub fn constant_or_scalar(&mut self, ty: Ty) -> Expr {
        if matches!(ty, Ty::Int | Ty::Text) && self.chance(25) && self.may_nest() {
            return self.scalar(ty);
        }
        match ty {
            // What a bound flag or fraction is in a list of rows depends on the engine.
            Ty::Flag | Ty::Real => Expr::Cast(Box::new(self.constant(ty)), ty),
            _ => self.constant(ty),
        }
    }

    pub fn expr(&mut self, ty: Ty, depth: usize) -> Expr {
        if let Some(trap) = self.trap(ty, 20) {
            return trap;
        }
        let plain = self.chance(60) || depth == 0;
        if plain {
            return match self.column(ty) {
                Some(column) if self.chance(85) => column,
                _ if self.chance(8) => Expr::Null(ty),
                _ => self.constant_or_scalar(ty),
            };
        }
        let depth = depth - 1;
        match (ty, self.random.u8(..8)) {
            (Ty::Int | Ty::Text, 0 | 1) if self.may_nest() => self.scalar(ty),
            (Ty::Int | Ty::Text | Ty::Real, 2) => {
                let arms = (0..self.random.usize(1..=2))
                    .map(|_| (self.condition(depth), self.expr(ty, depth)))
                    .collect();
                let otherwise = self.chance(60).then(|| Box::new(self.expr(ty, depth)));
                Expr::Case(arms, otherwise)
            }
            (Ty::Int | Ty::Text | Ty::Real, 3) => {
                Expr::Call("COALESCE", vec![self.expr(ty, depth), self.constant(ty)])
            }
            (Ty::Int, 4) => {
                let text = self.expr(Ty::Text, depth);
                Expr::Call("LENGTH", vec![text])
            }
            (Ty::Int, 5) => Expr::Call("ABS", vec![self.expr(ty, depth)]),
            (Ty::Int, _) => {
                let operator = *self.pick(&["+", "-", "+"]);
                let (left, right) = (self.expr(ty, depth), self.expr(ty, depth));
                Expr::Binary(Box::new(left), operator, Box::new(right))
            }
            (Ty::Text, 4) => match self.column(Ty::Json) {
                Some(document) => Expr::JsonText(Box::new(document), "s"),
                None => self.constant(ty),
            },
            (Ty::Text, 5) => {
                let number = self.expr(Ty::Int, depth);
                Expr::Cast(Box::new(number), Ty::Text)
            }
            (Ty::Text, 6) => match self.column(ty) {
                Some(column) => Expr::Call(*self.pick(&["UPPER", "LOWER"]), vec![column]),
                None => self.constant(ty),
            },
            (Ty::Text, _) => {
                let (left, right) = (self.expr(ty, depth), self.expr(ty, depth));
                Expr::Concat(Box::new(left), Box::new(right))
            }
            _ => self.expr(ty, 0),
        }
    }

    /// A query of one row and one column.
    pub fn scalar(&mut self, ty: Ty) -> Expr {
        let mut query = if self.chance(80) || !self.scopes.is_empty() {
            let mut select = self.block();
            let name = match ty {
                Ty::Int => *self.pick(&["COUNT", "SUM", "MIN", "MAX"]),
                _ => *self.pick(&["MIN", "MAX"]),
            };
            select.items = Items::List(vec![self.aggregate(name, ty)]);
            self.scopes.pop();
            Query::of(Body::Select(Box::new(select)))
        } else {
            self.query(&[ty])
        };
        let is_single = matches!(&query.body, Body::Select(select) if select.group.is_empty() && matches!(&select.items, Items::List(items) if matches!(items.as_slice(), [Expr::Aggregate { .. }])));
        if !is_single {
            query.ordered = true;
            query.limit = Some(Expr::Literal("1".into()));
        }
        Expr::Scalar(Box::new(query))
    }

    /// A block without items, whose scope is still open.
    fn block(&mut self) -> Select {
        self.scopes.push(Vec::new());
        let joins = usize::from(self.chance(20));
        let (from, relations) = self.join_tree(joins);
        if let Some(scope) = self.scopes.last_mut() {
            scope.extend(relations);
        }
        let filter = self.chance(75).then(|| self.condition(1));
        Select {
            distinct: Distinct::No,
            items: Items::List(Vec::new()),
            from: vec![from],
            filter,
            group: Vec::new(),
            having: None,
        }
    }

    /// Over the own block's columns only: others would make it an aggregate of the block around.
    fn aggregate(&mut self, name: &'static str, ty: Ty) -> Expr {
        let own = self.scopes.pop().unwrap_or_default();
        let around = std::mem::replace(&mut self.scopes, vec![own]);
        let of = if name == "COUNT" {
            *self.pick(&[Ty::Int, Ty::Text])
        } else {
            ty
        };
        let trap = self.trap(of, 20);
        let arg = match trap.or_else(|| self.column(of)) {
            None if name != "COUNT" => Some(Box::new(self.constant(of))),
            Some(column) if name != "COUNT" || self.chance(60) => Some(Box::new(column)),
            _ => None,
        };
        let has_filter = !self.is(DbBackend::MySql) && self.chance(15);
        let blocks = std::mem::take(&mut self.blocks);
        let filter = has_filter.then(|| Box::new(self.condition(0)));
        self.blocks = blocks;
        let own = self.scopes.pop().unwrap_or_default();
        self.scopes = around;
        self.scopes.push(own);
        let distinct = arg.is_some() && self.chance(25);
        Expr::Aggregate {
            name,
            distinct,
            arg,
            filter,
        }
    }

    pub fn window(&mut self, ty: Ty) -> Expr {
        let function = match ty {
            Ty::Int if self.chance(40) => {
                let name = *self.pick(&["RANK", "DENSE_RANK"]);
                Expr::Aggregate {
                    name,
                    distinct: false,
                    arg: None,
                    filter: None,
                }
            }
            Ty::Int => self.plain_aggregate(&["COUNT", "SUM", "MAX"], ty),
            Ty::Text | Ty::Real => self.plain_aggregate(&["MIN", "MAX"], ty),
            _ => return self.expr(ty, 1),
        };
        let ranks = matches!(
            function,
            Expr::Aggregate {
                arg: None,
                name: "RANK" | "DENSE_RANK",
                ..
            }
        );
        let mut partition: Vec<_> = (0..self.random.usize(0..=1))
            .map(|_| self.expr(Ty::Int, 0))
            .collect();
        let mut order = if ranks || self.chance(40) {
            vec![self.expr(Ty::Int, 0)]
        } else {
            Vec::new()
        };
        partition.extend(self.trap(Ty::Int, 20));
        if !order.is_empty() {
            order.extend(self.trap(Ty::Int, 20));
        }
        // MariaDB 10.11.19 mistakes the partitions of another window where one has a constant for a
        // key.
        if self.is(DbBackend::MySql) {
            let is_column = |key: &Expr| matches!(key, Expr::Column(..) | Expr::Failing(..));
            partition.retain(is_column);
            order.retain(is_column);
            // A rank needs an order.
            if ranks && order.is_empty() {
                return self.expr(ty, 0);
            }
        }
        Expr::Window {
            function: Box::new(function),
            partition,
            order,
        }
    }

    fn plain_aggregate(&mut self, names: &[&'static str], ty: Ty) -> Expr {
        let name = *self.pick(names);
        match self.aggregate(name, ty) {
            Expr::Aggregate {
                name, arg, filter, ..
            } => Expr::Aggregate {
                name,
                distinct: false,
                arg,
                filter,
            },
            other => other,
        }
    }

    /// Groups by some columns and yields them and aggregates.
    pub fn group(&mut self, select: &mut Select, types: &[Ty]) {
        let own: Vec<_> = self.scopes.last().cloned().unwrap_or_default();
        let columns: Vec<(Expr, Ty)> = own
            .iter()
            .flat_map(|relation| {
                relation
                    .columns
                    .iter()
                    .map(|(name, ty)| (Expr::Column(relation.name.clone(), name.clone()), *ty))
            })
            .collect();
        let mut keys: Vec<(Expr, Ty)> = Vec::new();
        for _ in 0..self.random.usize(0..=2) {
            keys.push(self.pick(&columns).clone());
        }
        let mut items = Vec::new();
        for ty in types {
            let key = keys
                .iter()
                .find(|(_, of)| of == ty)
                .map(|(key, _)| key.clone());
            let item = match (key, ty) {
                (Some(key), _) if self.random.bool() => key,
                (_, Ty::Int) => {
                    let name = *self.pick(&["COUNT", "SUM", "MIN", "MAX"]);
                    self.aggregate(name, *ty)
                }
                (_, Ty::Text | Ty::Real) => {
                    let name = *self.pick(&["MIN", "MAX"]);
                    self.aggregate(name, *ty)
                }
                (Some(key), _) => key,
                (None, ty) => match columns.iter().find(|(_, of)| of == ty) {
                    Some(column) => {
                        keys.push(column.clone());
                        column.0.clone()
                    }
                    None => Expr::Null(*ty),
                },
            };
            items.push(item);
        }
        select.items = Items::List(items);
        select.group = keys.into_iter().map(|(key, _)| key).collect();
        if self.chance(40) {
            let count = self.aggregate("COUNT", Ty::Int);
            let right = if self.chance(25) && self.may_nest() {
                // Of the groups, it sees nothing.
                let scopes = std::mem::take(&mut self.scopes);
                let scalar = self.scalar(Ty::Int);
                self.scopes = scopes;
                scalar
            } else {
                Expr::Literal(self.random.u8(0..3).to_string())
            };
            let operator = *self.pick(&[">", "<>", "<="]);
            select.having = Some(Expr::Binary(Box::new(count), operator, Box::new(right)));
        }
        if let Some(failing) = self.failing_having(&mut select.group, 40) {
            select.having = Some(match select.having.take() {
                Some(having) => beside(having, Some(failing)),
                None => failing,
            });
        }
        select.group.extend(self.trap(Ty::Int, 20));
    }

    pub fn condition(&mut self, depth: usize) -> Expr {
        if let Some(failing) = self.failing_condition(30) {
            return failing;
        }
        if depth > 0 && self.chance(45) {
            let left = self.condition(depth - 1);
            if self.chance(20) {
                return Expr::Not(Box::new(left));
            }
            let right = self.condition(depth - 1);
            let operator = *self.pick(&["OR", "OR", "AND"]);
            return Expr::Binary(Box::new(left), operator, Box::new(right));
        }
        let ty = *self.pick(&[Ty::Int, Ty::Int, Ty::Text, Ty::Real]);
        let negated = self.chance(25);
        match self.random.u8(..16) {
            0 | 1 if self.may_nest() => {
                let mut select = self.block();
                self.scopes.pop();
                select.items = Items::List(vec![Expr::Literal("1".into())]);
                Expr::Exists(Box::new(Query::of(Body::Select(Box::new(select)))), negated)
            }
            2 | 3 if self.may_nest() => {
                let value = self.expr(ty, 0);
                let mut query = if self.scopes.is_empty() {
                    self.query(&[ty])
                } else {
                    self.member_query(ty)
                };
                // MariaDB has no LIMIT in a subquery of IN.
                if self.is(DbBackend::MySql) {
                    strip_limit(&mut query);
                }
                // MariaDB 10.11.19 compares the result of a query with none of a correlated one's.
                let is_mistaken =
                    self.is(DbBackend::MySql) && format!("{value:?}").contains("Scalar(");
                if !self.is(DbBackend::Sqlite) && !is_mistaken && self.chance(30) {
                    let operator = *self.pick(&["=", "<>", ">", "<="]);
                    let quantifier = *self.pick(&["ANY", "ALL"]);
                    return Expr::Quantified(
                        Box::new(value),
                        operator,
                        quantifier,
                        Box::new(query),
                    );
                }
                Expr::InQuery(Box::new(value), Box::new(query), negated)
            }
            4 => Expr::IsNull(Box::new(self.expr(ty, 0)), negated),
            5 => {
                let (value, low, high) = (
                    self.expr(Ty::Int, 0),
                    self.constant(Ty::Int),
                    self.constant(Ty::Int),
                );
                Expr::Between(Box::new(value), Box::new(low), Box::new(high))
            }
            6 => {
                let value = self.expr(ty, 0);
                let list = (0..self.random.usize(1..=3))
                    .map(|_| self.constant(ty))
                    .collect();
                Expr::InList(Box::new(value), list, negated)
            }
            7 => {
                let value = self.expr(Ty::Text, 0);
                let pattern = format!("%{}%", self.pick(&WORDS[..4]));
                Expr::Like(
                    Box::new(value),
                    Box::new(Expr::Bound(Value::from(pattern))),
                    negated,
                )
            }
            8 => self.tenant_condition(),
            9 => match self.column(Ty::Flag) {
                Some(flag) => flag,
                None => Expr::IsNull(Box::new(self.expr(Ty::Text, 0)), negated),
            },
            10 => {
                let (left, right) = (self.expr(ty, 0), self.expr(ty, 0));
                Expr::IsDistinct(Box::new(left), Box::new(right))
            }
            11 => match self.column(Ty::Json) {
                Some(document) => {
                    let text = Expr::JsonText(Box::new(document), "s");
                    Expr::Binary(Box::new(text), "=", Box::new(self.constant(Ty::Text)))
                }
                None => Expr::Binary(
                    Box::new(Expr::Literal("1".into())),
                    "=",
                    Box::new(Expr::Literal("1".into())),
                ),
            },
            _ => {
                let operator = *self.pick(&["=", "=", "<>", "<", ">=", ">"]);
                let (left, right) = (self.expr(ty, 1), self.expr(ty, 1));
                Expr::Binary(Box::new(left), operator, Box::new(right))
            }
        }
    }

    /// What the caller says of the tenant, with the right value or a wrong one.
    fn tenant_condition(&mut self) -> Expr {
        let kinds: Vec<_> = self
            .scopes
            .iter()
            .flatten()
            .flat_map(|relation| &relation.columns)
            .map(|(_, ty)| *ty)
            .collect();
        let kinds: Vec<_> = kinds
            .into_iter()
            .filter(|ty| matches!(ty, Ty::Tenant(_)))
            .collect();
        if kinds.is_empty() {
            return Expr::IsNull(Box::new(self.expr(Ty::Int, 0)), true);
        }
        let ty = *self.pick(&kinds);
        let (Some(left), Some(right)) = (self.column(ty), self.column(ty)) else {
            return Expr::IsNull(Box::new(self.expr(Ty::Int, 0)), true);
        };
        match self.random.u8(..4) {
            0 => Expr::IsNull(Box::new(left), self.random.bool()),
            1 => Expr::Binary(Box::new(left), "=", Box::new(right)),
            2 => Expr::Binary(Box::new(left), "<>", Box::new(self.constant(ty))),
            _ => Expr::Binary(Box::new(left), "=", Box::new(self.constant(ty))),
        }
    }

    fn member_query(&mut self, ty: Ty) -> Query {
        let mut select = self.block();
        let item = self.expr(ty, 0);
        self.scopes.pop();
        select.items = Items::List(vec![item]);
        Query::of(Body::Select(Box::new(select)))
    }
}

fn strip_limit(query: &mut Query) {
    query.limit = None;
    query.offset = None;
    if let Body::Set(_, left, right) = &mut query.body {
        strip_limit(left);
        strip_limit(right);
    }
}
