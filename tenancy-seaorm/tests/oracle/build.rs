//! From a tree to SeaORM's statement builders, where they have what it holds.

use sea_orm::{
    DbBackend, Statement as Sql, StatementBuilder, Value,
    sea_query::{
        Alias, Asterisk, CaseStatement, CommonTableExpression, DeleteStatement, Expr as Sea,
        ExprTrait, Func, InsertStatement, IntoTableRef, JoinType, LikeExpr, OnConflict, Order,
        OverStatement, Query as Sq, SelectStatement, TableRef, UnionType, UpdateStatement,
        WindowStatement, WithClause,
    },
};

use super::{
    render::cast_name,
    schema::Ty,
    tree::{
        Body, Conflict, Cte, CteBody, Delete, Distinct, Expr, From, Insert, Items, On, Query,
        Select, Source, Statement, Update,
    },
};

#[derive(Clone, Copy)]
struct Builder {
    backend: DbBackend,
    stamps: bool,
}

/// None when the builders lack a part of it.
pub fn built(statement: &Statement, backend: DbBackend, stamps: bool) -> Option<Sql> {
    let builder = Builder { backend, stamps };
    Some(match statement {
        Statement::Query(query) => StatementBuilder::build(&builder.query(query, None)?, &backend),
        Statement::Insert(insert) => StatementBuilder::build(&builder.insert(insert)?, &backend),
        Statement::Update(update) => StatementBuilder::build(&builder.update(update)?, &backend),
        Statement::Delete(delete) => StatementBuilder::build(&builder.delete(delete)?, &backend),
    })
}

fn name(name: &str) -> Alias {
    Alias::new(name)
}

fn table(of: &str, alias: &str) -> TableRef {
    let table = name(of).into_table_ref();
    if of == alias {
        table
    } else {
        table.alias(name(alias))
    }
}

impl Builder {
    fn query(self, query: &Query, stamp: Option<&Expr>) -> Option<SelectStatement> {
        let mut select = match &query.body {
            Body::Select(select) => self.select(select, stamp)?,
            Body::Set(between, left, right) if left.is_plain() && right.is_plain() => {
                let between = match *between {
                    "UNION" => UnionType::Distinct,
                    "UNION ALL" => UnionType::All,
                    "EXCEPT" => UnionType::Except,
                    "INTERSECT" => UnionType::Intersect,
                    _ => return None,
                };
                let mut left = self.query(left, stamp)?;
                left.union(between, self.query(right, stamp)?);
                left
            }
            Body::Set(..) | Body::Values(_) => return None,
        };
        if !query.ctes.is_empty() {
            let mut with = WithClause::new();
            with.recursive(query.recursive);
            for cte in &query.ctes {
                with.cte(self.cte(cte)?);
            }
            select.with_cte(with);
        }
        for (expr, descending) in &query.order {
            let order = if *descending { Order::Desc } else { Order::Asc };
            select.order_by_expr(self.expr(expr)?, order);
        }
        if query.ordered {
            for number in 1..=query.body.width() {
                select.order_by_expr(Sea::cust(number.to_string()), Order::Asc);
            }
        }
        if let Some(limit) = &query.limit {
            select.limit(number(limit)?);
        }
        if let Some(offset) = &query.offset {
            select.offset(number(offset)?);
        }
        if query.lock.is_some() {
            select.lock_exclusive();
        }
        Some(select)
    }

    fn cte(self, cte: &Cte) -> Option<CommonTableExpression> {
        let mut built = CommonTableExpression::new();
        built
            .table_name(name(&cte.name))
            .columns(cte.columns.iter().map(|column| name(column)));
        match &cte.body {
            CteBody::Query(query) => built.query(self.query(query, None)?),
            CteBody::Write(statement) => match &**statement {
                Statement::Query(query) => built.query(self.query(query, None)?),
                Statement::Insert(insert) => built.query(self.insert(insert)?),
                Statement::Update(update) => built.query(self.update(update)?),
                Statement::Delete(delete) => built.query(self.delete(delete)?),
            },
        };
        Some(built)
    }

    fn select(self, of: &Select, stamp: Option<&Expr>) -> Option<SelectStatement> {
        let mut select = Sq::select();
        match of.distinct {
            Distinct::No => {}
            Distinct::Rows => {
                select.distinct();
            }
            Distinct::On => return None,
        }
        match &of.items {
            Items::Star(None, _) => {
                select.column(Asterisk);
            }
            Items::Star(Some(alias), _) => {
                select.column((name(alias), Asterisk));
            }
            Items::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let alias = name(&format!("c{index}"));
                    match item {
                        Expr::Window {
                            function,
                            partition,
                            order,
                        } => {
                            let mut window = WindowStatement::new();
                            for expr in partition {
                                window.add_partition_by(self.expr(expr)?);
                            }
                            for expr in order {
                                window.order_by_expr(self.expr(expr)?, Order::Asc);
                            }
                            // A sum is cast around the window.
                            if matches!(**function, Expr::Aggregate { name: "SUM", .. }) {
                                return None;
                            }
                            select.expr_window_as(self.expr(function)?, window, alias);
                        }
                        item => {
                            select.expr_as(self.expr(item)?, alias);
                        }
                    }
                }
            }
        }
        if let Some(tenant) = stamp {
            select.expr(self.expr(tenant)?);
        }
        // Joins are written after all tables, so they belong to the last one.
        let (last, first) = of.from.split_last()?;
        for from in first.iter().chain([last]) {
            let is_last = std::ptr::eq(from, last);
            self.from(&mut select, from, is_last)?;
        }
        if let Some(filter) = &of.filter {
            select.and_where(self.expr(filter)?);
        }
        for key in &of.group {
            select.add_group_by([self.expr(key)?]);
        }
        if let Some(having) = &of.having {
            select.and_having(self.expr(having)?);
        }
        Some(select)
    }

    fn from(self, select: &mut SelectStatement, from: &From, may_join: bool) -> Option<()> {
        match from {
            From::Table { name: of, alias } => {
                select.from(table(of, alias));
            }
            From::Derived {
                query,
                alias,
                lateral: false,
            } => {
                select.from_subquery(self.query(query, None)?, name(alias));
            }
            From::Join(left, kind, right, On::Condition(on)) if may_join => {
                self.from(select, left, true)?;
                let join = match *kind {
                    "JOIN" => JoinType::Join,
                    "INNER JOIN" => JoinType::InnerJoin,
                    "LEFT JOIN" | "LEFT OUTER JOIN" => JoinType::LeftJoin,
                    "RIGHT JOIN" => JoinType::RightJoin,
                    "FULL JOIN" => JoinType::FullOuterJoin,
                    _ => return None,
                };
                let on = self.expr(on)?;
                match &**right {
                    From::Table { name: of, alias } => {
                        select.join(join, table(of, alias), on);
                    }
                    From::Derived {
                        query,
                        alias,
                        lateral,
                    } => {
                        let query = self.query(query, None)?;
                        if *lateral {
                            select.join_lateral(join, query, name(alias), on);
                        } else {
                            select.join_subquery(join, query, name(alias), on);
                        }
                    }
                    From::Join(..) => return None,
                }
            }
            From::Derived { .. } | From::Join(..) => return None,
        }
        Some(())
    }

    fn insert(self, insert: &Insert) -> Option<InsertStatement> {
        let Insert {
            target,
            columns,
            source,
            in_the_way: _,
            named: _,
            conflict,
            returning,
        } = insert;
        let stamp = insert.tenant(self.stamps);
        let stamp = stamp.as_ref();
        let mut built = Sq::insert();
        let columns = columns.iter().chain(stamp.map(|_| &target.tenant_column));
        built
            .into_table(name(&target.name))
            .columns(columns.map(|column| name(column)));
        match source {
            Source::Rows(rows) => {
                for row in insert.rows(rows, self.stamps) {
                    let mut values = row
                        .iter()
                        .map(|value| self.expr(value))
                        .collect::<Option<Vec<_>>>()?;
                    if let Some(tenant) = stamp {
                        values.push(self.expr(tenant)?);
                    }
                    built.values(values).ok()?;
                }
            }
            Source::Query(query) => {
                built.select_from(self.query(query, stamp)?).ok()?;
            }
        }
        match conflict {
            None => {}
            Some(Conflict::Ignore) => return None,
            Some(Conflict::Nothing) => {
                let mut conflict =
                    OnConflict::columns(target.key.iter().map(|column| name(column)));
                built.on_conflict(
                    conflict
                        .do_nothing_on(target.key.iter().map(|column| name(column)))
                        .to_owned(),
                );
            }
            Some(Conflict::Update(taken, assigned, filter)) => {
                let mut conflict =
                    OnConflict::columns(target.key.iter().map(|column| name(column)));
                conflict.update_columns(taken.iter().map(|column| name(column)));
                for (column, value) in assigned {
                    conflict.value(name(column), self.expr(value)?);
                }
                if let Some(filter) = filter {
                    conflict.action_and_where(self.expr(filter)?);
                }
                built.on_conflict(conflict);
            }
        }
        if !returning.is_empty() {
            built.returning(self.returning(returning)?);
        }
        Some(built)
    }

    fn returning(self, columns: &[String]) -> Option<sea_orm::sea_query::ReturningClause> {
        // MariaDB has it, and the builder for MySQL does not.
        if self.backend == DbBackend::MySql || columns.iter().any(|column| column.contains('.')) {
            return None;
        }
        Some(Sq::returning().columns(columns.iter().map(|column| name(column))))
    }

    fn update(self, update: &Update) -> Option<UpdateStatement> {
        let Update {
            target,
            assignments,
            sets_tenant,
            beside,
            filter,
            limit,
            returning,
        } = update;
        let mut built = Sq::update();
        built.table(table(&target.name, &target.alias));
        for (column, value) in assignments {
            built.value(name(column), self.expr(value)?);
        }
        if *sets_tenant {
            built.value(name(&target.tenant_column), target.tenant.clone());
        }
        if let Some(beside) = beside {
            let From::Table { name: of, alias } = &beside.from else {
                return None;
            };
            if self.backend == DbBackend::MySql {
                return None;
            }
            built
                .from(table(of, alias))
                .and_where(self.expr(&beside.on)?);
        }
        if let Some(guard) = target.guard.as_ref().filter(|_| self.stamps) {
            built.and_where(self.expr(guard)?);
        }
        if let Some(filter) = filter {
            built.and_where(self.expr(filter)?);
        }
        if let Some(limit) = limit {
            built
                .order_by(name("id"), Order::Asc)
                .limit((*limit).into());
        }
        if !returning.is_empty() {
            built.returning(self.returning(returning)?);
        }
        Some(built)
    }

    fn delete(self, delete: &Delete) -> Option<DeleteStatement> {
        let Delete {
            target,
            beside: None,
            filter,
            limit,
            returning,
        } = delete
        else {
            return None;
        };
        let mut built = Sq::delete();
        built.from_table(table(&target.name, &target.alias));
        if let Some(guard) = target.guard.as_ref().filter(|_| self.stamps) {
            built.and_where(self.expr(guard)?);
        }
        if let Some(filter) = filter {
            built.and_where(self.expr(filter)?);
        }
        if let Some(limit) = limit {
            built
                .order_by(name("id"), Order::Asc)
                .limit((*limit).into());
        }
        if !returning.is_empty() {
            built.returning(self.returning(returning)?);
        }
        Some(built)
    }

    fn exprs(self, exprs: &[Expr]) -> Option<Vec<Sea>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn cast(self, expr: Sea, ty: Ty) -> Sea {
        expr.cast_as(name(cast_name(self.backend, ty)))
    }

    fn expr(self, expr: &Expr) -> Option<Sea> {
        Some(match expr {
            Expr::Column(alias, column) => Sea::col((name(alias), name(column))),
            Expr::Bound(value) => Sea::val(value.clone()),
            Expr::Literal(text) => Sea::cust(text.clone()),
            Expr::Null(ty) => self.cast(Sea::cust("NULL"), *ty),
            Expr::Binary(left, operator, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                match *operator {
                    "AND" => left.and(right),
                    "OR" => left.or(right),
                    "=" => left.eq(right),
                    "<>" => left.ne(right),
                    "<" => left.lt(right),
                    "<=" => left.lte(right),
                    ">" => left.gt(right),
                    ">=" => left.gte(right),
                    "+" => left.add(right),
                    "-" => left.sub(right),
                    _ => return None,
                }
            }
            Expr::Not(inner) => self.expr(inner)?.not(),
            Expr::IsNull(inner, false) => self.expr(inner)?.is_null(),
            Expr::IsNull(inner, true) => self.expr(inner)?.is_not_null(),
            Expr::Between(value, low, high) => {
                self.expr(value)?.between(self.expr(low)?, self.expr(high)?)
            }
            Expr::InList(value, list, false) => self.expr(value)?.is_in(self.exprs(list)?),
            Expr::InList(value, list, true) => self.expr(value)?.is_not_in(self.exprs(list)?),
            Expr::InQuery(value, query, false) => {
                self.expr(value)?.in_subquery(self.query(query, None)?)
            }
            Expr::InQuery(value, query, true) => {
                self.expr(value)?.not_in_subquery(self.query(query, None)?)
            }
            Expr::Exists(query, false) => Sea::exists(self.query(query, None)?),
            Expr::Exists(query, true) => Sea::not_exists(self.query(query, None)?),
            Expr::Quantified(value, operator, quantifier, query) => {
                let query = self.query(query, None)?;
                let right = if *quantifier == "ANY" {
                    Sea::any(query)
                } else {
                    Sea::all(query)
                };
                let value = self.expr(value)?;
                match *operator {
                    "=" => value.eq(right),
                    "<>" => value.ne(right),
                    ">" => value.gt(right),
                    "<=" => value.lte(right),
                    _ => return None,
                }
            }
            Expr::Scalar(query) => Sea::from(self.query(query, None)?),
            Expr::Like(value, pattern, negated) => {
                let Expr::Bound(Value::String(Some(pattern))) = &**pattern else {
                    return None;
                };
                let (value, pattern) = (self.expr(value)?, LikeExpr::new(pattern.clone()));
                if *negated {
                    value.not_like(pattern)
                } else {
                    value.like(pattern)
                }
            }
            Expr::Case(arms, otherwise) => {
                let mut case = CaseStatement::new();
                for (condition, result) in arms {
                    case = case.case(self.expr(condition)?, self.expr(result)?);
                }
                if let Some(otherwise) = otherwise {
                    case = case.finally(self.expr(otherwise)?);
                }
                case.into()
            }
            Expr::Cast(inner, ty) => {
                let inner = self.expr(inner)?;
                self.cast(inner, *ty)
            }
            Expr::Call("COALESCE", arguments) => Func::coalesce(self.exprs(arguments)?).into(),
            Expr::Call(function, arguments) => Func::cust(name(function))
                .args(self.exprs(arguments)?)
                .into(),
            Expr::Aggregate {
                name: function,
                distinct: false,
                arg,
                filter: None,
            } => {
                let arg = match arg {
                    Some(arg) => Some(self.expr(arg)?),
                    None if *function == "COUNT" => Some(Sea::col(Asterisk)),
                    None => None,
                };
                let called = Sea::from(Func::cust(name(function)).args(arg));
                if *function == "SUM" {
                    self.cast(called, Ty::Int)
                } else {
                    called
                }
            }
            Expr::Aggregate {
                name: "COUNT",
                distinct: true,
                arg: Some(arg),
                filter: None,
            } => self.expr(arg)?.count_distinct(),
            // What stands in brackets is a name to the builder.
            Expr::Failing(text, _) if text.contains("ARRAY[") => return None,
            Expr::Failing(text, operand) => {
                let operand = self.expr(operand)?;
                let placeholder = match self.backend {
                    DbBackend::Postgres => "$1",
                    _ => "?",
                };
                let times = text.matches("{}").count();
                Sea::cust_with_exprs(text.replace("{}", placeholder), vec![operand; times])
            }
            Expr::Aggregate { .. }
            | Expr::Window { .. }
            | Expr::Concat(..)
            | Expr::IsDistinct(..)
            | Expr::JsonText(..) => return None,
        })
    }
}

/// The builders limit by constants only.
fn number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Literal(text) => text.parse().ok(),
        Expr::Bound(Value::BigInt(Some(number))) => u64::try_from(*number).ok(),
        _ => None,
    }
}
