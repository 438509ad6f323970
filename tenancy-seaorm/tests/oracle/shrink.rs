//! Smaller statements: one part of the tree left out at a time.

use super::tree::{
    Body, CteBody, Distinct, Expr, From, Insert, Items, On, Query, Source, Statement,
};

/// Every statement that is one step smaller, the boldest steps first.
pub fn smaller(statement: &Statement) -> impl Iterator<Item = Statement> + use<> {
    let statement = statement.clone();
    (0..).map_while(move |step| {
        let mut smaller = statement.clone();
        let mut cut = Cut { left: step };
        cut.statement(&mut smaller);
        (cut.left == TAKEN).then_some(smaller)
    })
}

const TAKEN: usize = usize::MAX;

/// Walks the tree and makes the cut with this number.
struct Cut {
    left: usize,
}

impl Cut {
    /// Whether this is the place.
    fn here(&mut self) -> bool {
        match self.left {
            TAKEN => false,
            0 => {
                self.left = TAKEN;
                true
            }
            _ => {
                self.left -= 1;
                false
            }
        }
    }

    fn drop_option<T>(&mut self, part: &mut Option<T>) {
        if part.is_some() && self.here() {
            *part = None;
        }
    }

    /// Keeps at least `least`.
    fn drop_one<T>(&mut self, parts: &mut Vec<T>, least: usize) {
        let mut index = 0;
        while index < parts.len() && parts.len() > least {
            if self.here() {
                parts.remove(index);
                return;
            }
            index += 1;
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => {
                self.drop_option(&mut update.filter);
                self.drop_option(&mut update.limit);
                self.drop_one(&mut update.assignments, 1);
                self.drop_one(&mut update.returning, 0);
                if update.sets_tenant && self.here() {
                    update.sets_tenant = false;
                }
                self.drop_option(&mut update.beside);
                for (_, value) in &mut update.assignments {
                    self.expr(value);
                }
                self.optional(update.filter.as_mut());
            }
            Statement::Delete(delete) => {
                self.drop_option(&mut delete.filter);
                self.drop_option(&mut delete.limit);
                self.drop_one(&mut delete.returning, 0);
                self.drop_option(&mut delete.beside);
                self.optional(delete.filter.as_mut());
            }
        }
    }

    fn insert(&mut self, insert: &mut Insert) {
        self.drop_option(&mut insert.conflict);
        self.drop_one(&mut insert.returning, 0);
        self.drop_one(&mut insert.in_the_way, 0);
        match &mut insert.source {
            Source::Query(query) => self.query(query),
            Source::Rows(rows) => {
                self.drop_one(rows, 1);
                rows.iter_mut().flatten().for_each(|value| self.expr(value));
            }
        }
    }

    fn query(&mut self, query: &mut Query) {
        if let Body::Set(_, left, right) = &query.body {
            let arms = [left.clone(), right.clone()];
            for arm in arms {
                if self.here() {
                    query.body = arm.body;
                    return;
                }
            }
        }
        self.drop_one(&mut query.ctes, 0);
        self.drop_option(&mut query.offset);
        self.drop_option(&mut query.limit);
        self.drop_option(&mut query.lock);
        self.drop_one(&mut query.order, 0);
        // Which rows come first is by chance without it.
        if query.ordered && query.limit.is_none() && self.here() {
            query.ordered = false;
        }
        match &mut query.body {
            Body::Select(select) => {
                self.drop_option(&mut select.filter);
                self.drop_option(&mut select.having);
                self.drop_one(&mut select.group, 0);
                if !matches!(select.distinct, Distinct::No) && self.here() {
                    select.distinct = Distinct::No;
                }
                self.drop_one(&mut select.from, 1);
                select.from.iter_mut().for_each(|from| self.from(from));
                if let Items::List(items) = &mut select.items {
                    self.drop_one(items, 1);
                    items.iter_mut().for_each(|item| self.expr(item));
                }
                self.optional(select.filter.as_mut());
                self.optional(select.having.as_mut());
            }
            Body::Set(_, left, right) => {
                self.query(left);
                self.query(right);
            }
            Body::Values(rows) => {
                self.drop_one(rows, 1);
                rows.iter_mut().flatten().for_each(|value| self.expr(value));
            }
        }
        for cte in &mut query.ctes {
            match &mut cte.body {
                CteBody::Query(query) => self.query(query),
                CteBody::Write(statement) => self.statement(statement),
            }
        }
        self.optional(query.limit.as_mut());
    }

    fn from(&mut self, from: &mut From) {
        match from {
            From::Table { .. } => {}
            From::Derived { query, .. } => self.query(query),
            From::Join(left, _, right, on) => {
                let sides = [left.clone(), right.clone()];
                self.from(left);
                self.from(right);
                if let On::Condition(condition) = on {
                    self.expr(condition);
                }
                for side in sides {
                    if self.here() {
                        *from = *side;
                        return;
                    }
                }
            }
        }
    }

    fn optional(&mut self, expr: Option<&mut Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        let replacements: Vec<Expr> = match expr {
            Expr::Binary(left, "AND" | "OR" | "+" | "-", right) | Expr::Concat(left, right) => {
                vec![(**left).clone(), (**right).clone()]
            }
            Expr::Not(inner) => vec![(**inner).clone()],
            Expr::Case(arms, otherwise) => {
                let results = arms.iter().map(|(_, result)| result.clone());
                results
                    .chain(otherwise.iter().map(|other| (**other).clone()))
                    .collect()
            }
            Expr::Call("COALESCE", arguments) => arguments.clone(),
            Expr::Window { function, .. } => vec![(**function).clone()],
            _ => Vec::new(),
        };
        for replacement in replacements {
            if self.here() {
                *expr = replacement;
                return;
            }
        }
        match expr {
            Expr::Column(..) | Expr::Bound(_) | Expr::Literal(_) | Expr::Null(_) => {}
            Expr::Binary(left, _, right)
            | Expr::Concat(left, right)
            | Expr::IsDistinct(left, right)
            | Expr::Like(left, right, _) => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Not(inner)
            | Expr::IsNull(inner, _)
            | Expr::Cast(inner, _)
            | Expr::JsonText(inner, _)
            | Expr::Failing(_, inner) => {
                self.expr(inner);
            }
            Expr::Between(value, low, high) => {
                self.expr(value);
                self.expr(low);
                self.expr(high);
            }
            Expr::InList(value, list, _) => {
                self.drop_one(list, 1);
                self.expr(value);
            }
            Expr::InQuery(value, query, _) | Expr::Quantified(value, _, _, query) => {
                self.expr(value);
                self.query(query);
            }
            Expr::Exists(query, _) | Expr::Scalar(query) => self.query(query),
            Expr::Case(arms, otherwise) => {
                self.drop_one(arms, 1);
                for (condition, result) in arms {
                    self.expr(condition);
                    self.expr(result);
                }
                self.optional(otherwise.as_deref_mut());
            }
            Expr::Call(_, arguments) => arguments
                .iter_mut()
                .for_each(|argument| self.expr(argument)),
            Expr::Aggregate {
                distinct,
                arg,
                filter,
                ..
            } => {
                self.drop_option(filter);
                if *distinct && self.here() {
                    *distinct = false;
                }
                self.optional(arg.as_deref_mut());
            }
            Expr::Window {
                partition, order, ..
            } => {
                self.drop_one(partition, 0);
                self.drop_one(order, 0);
            }
        }
    }
}
