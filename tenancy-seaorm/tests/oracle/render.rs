//! From a tree to the text of a statement, in the notation of one engine and in changing styles.

use sea_orm::{DbBackend, Statement as Sql, Value};

use super::{
    poison::Poison,
    schema::{Kind, Ty, quoted},
    tree::{
        Beside, Body, Conflict, Cte, CteBody, Delete, Distinct, Expr, From, Insert, Items, On,
        Query, Select, Source, Statement, Target, Update,
    },
};

pub struct Text {
    backend: DbBackend,
    /// Whether inserts name the tenant though the statement does not: on a database without scopes
    /// nobody stamps them.
    stamps: bool,
    style: fastrand::Rng,
    sql: String,
    values: Vec<Value>,
}

/// The text of `statement`; `style` chooses between spellings of the same.
pub fn text(statement: &Statement, backend: DbBackend, style: u64, stamps: bool) -> Sql {
    let mut text = Text {
        backend,
        stamps,
        style: fastrand::Rng::with_seed(style),
        sql: String::new(),
        values: Vec::new(),
    };
    text.statement(statement);
    Sql::from_sql_and_values(backend, text.sql, text.values)
}

impl Text {
    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    /// A keyword, with something around it that means nothing.
    fn word(&mut self, word: &str) {
        let word = match self.style.u8(..40) {
            0 => word.to_ascii_lowercase(),
            1 => format!("/* {} */ {word}", word.len()),
            2 => format!("\n{word}\t"),
            _ => word.into(),
        };
        self.push(&word);
    }

    fn name(&mut self, name: &str) {
        let is_plain = name != "order" && name.bytes().all(|byte| !byte.is_ascii_uppercase());
        if is_plain && self.style.u8(..4) > 0 {
            self.push(name);
        } else {
            self.push(&quoted(self.backend, name));
        }
    }

    fn names(&mut self, names: &[String]) {
        self.list(names, |text, name| text.name(name));
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            each(self, item);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        self.list(exprs, Self::expr);
    }

    fn bind(&mut self, value: &Value) {
        self.values.push(value.clone());
        match self.backend {
            DbBackend::Postgres => {
                let number = self.values.len();
                self.push(&format!("${number}"));
            }
            _ => self.push("?"),
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query, None),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
        }
    }

    /// `stamp` is a last column of every row.
    fn query(&mut self, query: &Query, stamp: Option<&Expr>) {
        if !query.ctes.is_empty() {
            self.word("WITH ");
            if query.recursive {
                self.push("RECURSIVE ");
            }
            self.list(&query.ctes, Self::cte);
            self.push(" ");
        }
        match &query.body {
            Body::Select(select) => self.select(select, stamp),
            Body::Values(rows) => {
                self.word("VALUES ");
                self.list(rows, |text, row| {
                    text.push("(");
                    text.exprs(row);
                    text.push(")");
                });
            }
            Body::Set(between, left, right) => {
                self.arm(left, stamp);
                self.push(&format!(" {between} "));
                self.arm(right, stamp);
            }
        }
        if query.ordered || !query.order.is_empty() {
            self.word(" ORDER BY ");
            self.list(&query.order, |text, (expr, descending)| {
                text.expr(expr);
                if *descending {
                    text.push(" DESC");
                }
            });
            if query.ordered {
                let ordinals: Vec<_> = (1..=query.body.width())
                    .map(|number| number.to_string())
                    .collect();
                if !query.order.is_empty() {
                    self.push(", ");
                }
                self.push(&ordinals.join(", "));
            }
        }
        if let Some(limit) = &query.limit {
            self.word(" LIMIT ");
            self.expr(limit);
        }
        if let Some(offset) = &query.offset {
            self.word(" OFFSET ");
            self.expr(offset);
        }
        if let Some(lock) = query.lock {
            self.push(&format!(" {lock}"));
        }
    }

    fn arm(&mut self, query: &Query, stamp: Option<&Expr>) {
        if query.is_plain() {
            return self.query(query, stamp);
        }
        // SQLite has no parentheses here, and MariaDB no `WITH` in them.
        let (opening, closing) = match self.backend {
            DbBackend::Sqlite => ("SELECT * FROM (", ")"),
            DbBackend::MySql if !query.ctes.is_empty() => ("SELECT * FROM (", ") AS arm"),
            _ => ("(", ")"),
        };
        self.push(opening);
        self.query(query, stamp);
        self.push(closing);
    }

    fn cte(&mut self, cte: &Cte) {
        self.name(&cte.name);
        if !cte.columns.is_empty() {
            self.push(" (");
            self.names(&cte.columns);
            self.push(")");
        }
        self.push(" AS (");
        match &cte.body {
            CteBody::Query(query) => self.query(query, None),
            CteBody::Write(statement) => self.statement(statement),
        }
        self.push(")");
    }

    fn select(&mut self, select: &Select, stamp: Option<&Expr>) {
        self.word("SELECT ");
        match select.distinct {
            Distinct::No => {}
            Distinct::Rows => self.push("DISTINCT "),
            Distinct::On => self.push("DISTINCT ON (1) "),
        }
        match &select.items {
            Items::Star(None, _) => self.push("*"),
            Items::Star(Some(alias), _) => {
                self.name(alias);
                self.push(".*");
            }
            Items::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.push(", ");
                    }
                    self.expr(item);
                    self.push(&format!(" AS c{index}"));
                }
            }
        }
        if let Some(tenant) = stamp {
            self.push(", ");
            self.expr(tenant);
        }
        if !select.from.is_empty() {
            self.word(" FROM ");
            self.list(&select.from, Self::from);
        }
        self.clause(" WHERE ", select.filter.as_ref());
        if !select.group.is_empty() {
            self.word(" GROUP BY ");
            self.exprs(&select.group);
        }
        self.clause(" HAVING ", select.having.as_ref());
    }

    fn clause(&mut self, word: &str, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            self.word(word);
            self.expr(condition);
        }
    }

    fn from(&mut self, from: &From) {
        match from {
            From::Table { name, alias } => self.table(name, alias),
            From::Derived {
                query,
                alias,
                lateral,
            } => {
                self.push(if *lateral { "LATERAL (" } else { "(" });
                self.query(query, None);
                self.push(") AS ");
                self.name(alias);
            }
            From::Join(left, join, right, on) => {
                self.from(left);
                self.word(&format!(" {join} "));
                let is_nested = matches!(**right, From::Join(..));
                self.push(if is_nested { "(" } else { "" });
                self.from(right);
                self.push(if is_nested { ")" } else { "" });
                match on {
                    On::Condition(condition) => self.clause(" ON ", Some(condition)),
                    On::Using(column) => self.push(&format!(" USING ({column})")),
                    On::Nothing => {}
                }
            }
        }
    }

    fn table(&mut self, name: &str, alias: &str) {
        self.name(name);
        if alias != name {
            let between = if self.style.bool() { " AS " } else { " " };
            self.push(between);
            self.name(alias);
        }
    }

    /// The table that is written, whose alias takes an `AS` on SQLite.
    fn target(&mut self, target: &Target) {
        self.name(&target.name);
        if target.alias != target.name {
            self.push(" AS ");
            self.name(&target.alias);
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let Insert {
            target,
            columns,
            source,
            in_the_way: _,
            named: _,
            conflict,
            returning,
        } = insert;
        let verb = match (conflict, self.backend) {
            (Some(Conflict::Ignore), DbBackend::MySql) => "INSERT IGNORE INTO ",
            (Some(Conflict::Ignore), _) => "INSERT OR IGNORE INTO ",
            _ => "INSERT INTO ",
        };
        self.word(verb);
        self.name(&target.name);
        let stamp = insert.tenant(self.stamps);
        let stamp = stamp.as_ref();
        let mut columns = columns.clone();
        if stamp.is_some() {
            columns.push(target.tenant_column.clone());
        }
        self.push(" (");
        self.names(&columns);
        self.push(") ");
        match source {
            Source::Query(query) => self.query(query, stamp),
            Source::Rows(rows) => {
                self.word("VALUES ");
                let rows: Vec<_> = insert.rows(rows, self.stamps).collect();
                self.list(&rows, |text, row| {
                    text.push("(");
                    text.exprs(row);
                    if let Some(tenant) = stamp {
                        text.push(", ");
                        text.expr(tenant);
                    }
                    text.push(")");
                });
            }
        }
        self.conflict(target, conflict.as_ref());
        self.returning(returning);
    }

    fn conflict(&mut self, target: &Target, conflict: Option<&Conflict>) {
        let is_mysql = self.backend == DbBackend::MySql;
        let Some(conflict) = conflict else { return };
        match conflict {
            Conflict::Ignore => return,
            Conflict::Nothing | Conflict::Update(..) if is_mysql => {
                self.push(" ON DUPLICATE KEY UPDATE ");
            }
            Conflict::Nothing | Conflict::Update(..) => {
                self.push(" ON CONFLICT (");
                self.names(&target.key);
                self.push(") DO ");
            }
        }
        match conflict {
            Conflict::Ignore => {}
            Conflict::Nothing if is_mysql => self.push("id = id"),
            Conflict::Nothing => self.push("NOTHING"),
            Conflict::Update(taken, assigned, filter) => {
                if !is_mysql {
                    self.push("UPDATE SET ");
                }
                self.list(taken, |text, column| {
                    text.name(column);
                    text.push(if is_mysql {
                        " = VALUES("
                    } else {
                        " = excluded."
                    });
                    text.name(column);
                    text.push(if is_mysql { ")" } else { "" });
                });
                if !taken.is_empty() && !assigned.is_empty() {
                    self.push(", ");
                }
                self.assignments(assigned);
                self.clause(" WHERE ", filter.as_ref());
            }
        }
    }

    fn assignments(&mut self, assignments: &[(String, Expr)]) {
        self.list(assignments, |text, (column, value)| {
            text.name(column);
            text.push(" = ");
            text.expr(value);
        });
    }

    fn update(&mut self, update: &Update) {
        let Update {
            target,
            assignments,
            sets_tenant,
            beside,
            filter,
            limit,
            returning,
        } = update;
        self.word("UPDATE ");
        self.target(target);
        let joined = beside.as_ref().filter(|_| self.backend == DbBackend::MySql);
        if let Some(beside) = joined {
            self.push(" JOIN ");
            self.from(&beside.from);
            self.clause(" ON ", Some(&beside.on));
        }
        self.word(" SET ");
        self.list(assignments, |text, (column, value)| {
            if joined.is_some() {
                text.name(&target.alias);
                text.push(".");
            }
            text.name(column);
            text.push(" = ");
            text.expr(value);
        });
        if *sets_tenant {
            self.push(", ");
            if joined.is_some() {
                self.name(&target.alias);
                self.push(".");
            }
            self.name(&target.tenant_column);
            self.push(" = ");
            self.bind(&target.tenant);
        }
        match (beside, joined) {
            (Some(beside), None) => {
                self.word(" FROM ");
                self.from(&beside.from);
                self.where_beside(beside, filter.as_ref());
            }
            _ => self.where_meant(target, filter.as_ref()),
        }
        self.first_rows(*limit);
        self.returning(returning);
    }

    fn delete(&mut self, delete: &Delete) {
        let Delete {
            target,
            beside,
            filter,
            limit,
            returning,
        } = delete;
        match beside {
            Some(beside) if self.backend == DbBackend::MySql => {
                self.word("DELETE ");
                self.name(&target.alias);
                self.push(" FROM ");
                self.target(target);
                self.push(" JOIN ");
                self.from(&beside.from);
                self.clause(" ON ", Some(&beside.on));
                self.clause(" WHERE ", filter.as_ref());
            }
            _ => {
                self.word("DELETE FROM ");
                self.target(target);
                match beside {
                    Some(beside) => {
                        self.word(" USING ");
                        self.from(&beside.from);
                        self.where_beside(beside, filter.as_ref());
                    }
                    None => self.where_meant(target, filter.as_ref()),
                }
            }
        }
        self.first_rows(*limit);
        self.returning(returning);
    }

    fn where_meant(&mut self, target: &Target, filter: Option<&Expr>) {
        let Some(guard) = target.guard.as_ref().filter(|_| self.stamps) else {
            return self.clause(" WHERE ", filter);
        };
        self.clause(" WHERE ", Some(guard));
        if let Some(filter) = filter {
            self.push(" AND (");
            self.expr(filter);
            self.push(")");
        }
    }

    fn where_beside(&mut self, beside: &Beside, filter: Option<&Expr>) {
        self.clause(" WHERE ", Some(&beside.on));
        if let Some(filter) = filter {
            self.push(" AND (");
            self.expr(filter);
            self.push(")");
        }
    }

    fn first_rows(&mut self, limit: Option<u8>) {
        if let Some(limit) = limit {
            self.push(&format!(" ORDER BY id LIMIT {limit}"));
        }
    }

    fn returning(&mut self, columns: &[String]) {
        if !columns.is_empty() {
            self.word(" RETURNING ");
            self.list(columns, |text, column| match column.split_once('.') {
                Some((alias, column)) => {
                    text.name(alias);
                    text.push(".");
                    text.name(column);
                }
                None => text.name(column),
            });
        }
    }

    /// An operand, whatever stands beside it.
    fn operand(&mut self, expr: &Expr) {
        let is_atom = matches!(
            expr,
            Expr::Column(..)
                | Expr::Bound(_)
                | Expr::Literal(_)
                | Expr::Null(_)
                | Expr::Call(..)
                | Expr::Aggregate { .. }
                | Expr::Cast(..)
                | Expr::Scalar(_)
                | Expr::Failing(..)
                | Expr::Exists(_, false)
        );
        if is_atom {
            self.expr(expr);
        } else {
            self.push("(");
            self.expr(expr);
            self.push(")");
        }
    }

    fn subquery(&mut self, query: &Query) {
        self.push("(");
        self.query(query, None);
        self.push(")");
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Column(alias, column) => {
                self.name(alias);
                self.push(".");
                self.name(column);
            }
            Expr::Bound(value) => self.bind(value),
            Expr::Literal(text) => self.push(text),
            Expr::Null(ty) => self.cast(&Expr::Literal("NULL".into()), *ty),
            // Bare on purpose: what is added beside it must not take the user's `OR` apart.
            Expr::Binary(left, "OR", right) if self.style.bool() => {
                self.expr(left);
                self.push(" OR ");
                self.expr(right);
            }
            Expr::Binary(left, operator, right) => {
                self.operand(left);
                self.push(&format!(" {operator} "));
                self.operand(right);
            }
            Expr::Concat(left, right) if self.backend == DbBackend::MySql => {
                self.push("CONCAT(");
                self.expr(left);
                self.push(", ");
                self.expr(right);
                self.push(")");
            }
            Expr::Concat(left, right) => {
                self.operand(left);
                self.push(" || ");
                self.operand(right);
            }
            Expr::Not(inner) => {
                self.push("NOT (");
                self.expr(inner);
                self.push(")");
            }
            Expr::IsNull(inner, negated) => {
                self.operand(inner);
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            Expr::IsDistinct(left, right) => {
                let is_mysql = self.backend == DbBackend::MySql;
                self.push(if is_mysql { "NOT (" } else { "" });
                self.operand(left);
                self.push(if is_mysql {
                    " <=> "
                } else {
                    " IS DISTINCT FROM "
                });
                self.operand(right);
                self.push(if is_mysql { ")" } else { "" });
            }
            Expr::Between(value, low, high) => {
                self.operand(value);
                self.push(" BETWEEN ");
                self.operand(low);
                self.push(" AND ");
                self.operand(high);
            }
            Expr::InList(value, list, negated) => {
                self.operand(value);
                self.push(if *negated { " NOT IN (" } else { " IN (" });
                self.exprs(list);
                self.push(")");
            }
            Expr::InQuery(value, query, negated) => {
                self.operand(value);
                self.push(if *negated { " NOT IN " } else { " IN " });
                self.subquery(query);
            }
            Expr::Exists(query, negated) => {
                self.push(if *negated { "NOT EXISTS " } else { "EXISTS " });
                self.subquery(query);
            }
            Expr::Quantified(value, operator, quantifier, query) => {
                self.operand(value);
                self.push(&format!(" {operator} {quantifier} "));
                self.subquery(query);
            }
            Expr::Scalar(query) => self.subquery(query),
            Expr::Like(value, pattern, negated) => {
                self.operand(value);
                self.push(if *negated { " NOT LIKE " } else { " LIKE " });
                self.operand(pattern);
            }
            Expr::Case(arms, otherwise) => {
                self.word("CASE");
                for (condition, result) in arms {
                    self.push(" WHEN ");
                    self.expr(condition);
                    self.push(" THEN ");
                    self.expr(result);
                }
                self.clause(" ELSE ", otherwise.as_deref());
                self.push(" END");
            }
            Expr::Cast(inner, ty) => self.cast(inner, *ty),
            Expr::Call(name, arguments) => {
                self.push(&format!("{name}("));
                self.exprs(arguments);
                self.push(")");
            }
            Expr::Aggregate { .. } | Expr::Window { .. } => self.sum_as_integer(expr),
            Expr::JsonText(document, key) if self.backend == DbBackend::MySql => {
                self.push("JSON_VALUE(");
                self.expr(document);
                self.push(&format!(", '$.{key}')"));
            }
            Expr::JsonText(document, key) => {
                self.operand(document);
                self.push(&format!(" ->> '{key}'"));
            }
            Expr::Failing(text, operand) => {
                for (index, part) in text.split("{}").enumerate() {
                    if index > 0 {
                        self.operand(operand);
                    }
                    self.push(part);
                }
            }
        }
    }

    fn cast(&mut self, inner: &Expr, ty: Ty) {
        self.push("CAST(");
        self.expr(inner);
        self.push(" AS ");
        self.push(cast_name(self.backend, ty));
        self.push(")");
    }

    /// Sums of integers are of another type on some engines.
    fn sum_as_integer(&mut self, expr: &Expr) {
        let function = match expr {
            Expr::Window { function, .. } => function,
            other => other,
        };
        let is_sum = matches!(function, Expr::Aggregate { name: "SUM", .. });
        if is_sum {
            self.push("CAST(");
        }
        self.aggregate(function);
        if let Expr::Window {
            partition, order, ..
        } = expr
        {
            self.push(" OVER (");
            if !partition.is_empty() {
                self.push("PARTITION BY ");
                self.exprs(partition);
            }
            if !order.is_empty() {
                self.push(" ORDER BY ");
                self.exprs(order);
            }
            self.push(")");
        }
        if is_sum {
            self.push(&format!(" AS {})", cast_name(self.backend, Ty::Int)));
        }
    }

    fn aggregate(&mut self, function: &Expr) {
        let Expr::Aggregate {
            name,
            distinct,
            arg,
            filter,
        } = function
        else {
            return self.expr(function);
        };
        self.push(&format!("{name}("));
        if *distinct {
            self.push("DISTINCT ");
        }
        match arg {
            Some(arg) => self.expr(arg),
            None if *name == "COUNT" => self.push("*"),
            None => {}
        }
        self.push(")");
        if let Some(filter) = filter {
            self.push(" FILTER (WHERE ");
            self.expr(filter);
            self.push(")");
        }
    }
}

pub fn cast_name(backend: DbBackend, ty: Ty) -> &'static str {
    match (ty, backend) {
        // Nothing is cast to it.
        (
            Ty::Mark(_)
            | Ty::User
            | Ty::Public
            | Ty::Readers(_)
            | Ty::ReaderIds(_)
            | Ty::Class
            | Ty::Status
            | Ty::Phase,
            _,
        ) => unreachable!(),
        (Ty::Int | Ty::Flag | Ty::Tenant(Kind::Int32 | Kind::Int64), DbBackend::MySql) => "SIGNED",
        (Ty::Poison(poison), DbBackend::MySql) if poison.is_number() => "SIGNED",
        (Ty::Poison(poison), _) if poison.is_number() => "BIGINT",
        (Ty::Poison(Poison::List), _) => "BIGINT[]",
        (Ty::Poison(_), DbBackend::MySql) => "CHAR",
        (Ty::Poison(_), _) => "TEXT",
        (Ty::Flag, DbBackend::Postgres) => "BOOLEAN",
        (Ty::Int | Ty::Flag | Ty::Tenant(Kind::Int32 | Kind::Int64), _) => "BIGINT",
        (Ty::Real, DbBackend::Postgres) => "DOUBLE PRECISION",
        (Ty::Real, _) => "DOUBLE",
        (Ty::Json, DbBackend::Postgres) => "JSONB",
        (Ty::Tenant(Kind::Uuid), DbBackend::Postgres) => "UUID",
        (Ty::Text | Ty::Mode | Ty::Json | Ty::Tenant(_), DbBackend::MySql) => "CHAR",
        (Ty::Text | Ty::Mode | Ty::Json | Ty::Tenant(_), _) => "TEXT",
    }
}
