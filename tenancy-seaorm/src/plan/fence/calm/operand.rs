//! What is known of the two sides of a comparison, and whether MySQL can compare all their values.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, UnaryOperator, Value,
};

use super::{Calm, Fit, call::function_name, column_name, own::only_item};
use crate::{catalog::Class, sql::dialect::Dialect};

/// What stands on one side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    Of(Class),
    Number,
    Text,
    /// Text that is a number.
    Digits,
    Null,
    Placeholder(usize),
    /// A column of a table that the database has not been asked about yet.
    Unlearned,
    Any,
}

/// Whether MySQL compares two operands without reading a column's text as a number.
/// <https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html>
fn are_alike(left: Operand, right: Operand) -> bool {
    use Operand::{Digits, Null, Number, Of, Placeholder, Text, Unlearned};
    let is_numeric = |of| {
        matches!(
            of,
            Of(Class::Integer | Class::Decimal | Class::Float | Class::Boolean)
        )
    };
    match (left, right) {
        (Null, _) | (_, Null) | (Unlearned, _) | (_, Unlearned) => true,
        (Number | Digits, Number) | (Number, Digits) | (Text | Digits, Text | Digits) => true,
        // What is bound beside a number has to be one, and beside text has to be text: see
        // `Plan::bind`.
        (one, other) if is_numeric(one) => {
            is_numeric(other) || matches!(other, Number | Digits | Placeholder(_))
        }
        (one, other) if is_numeric(other) => matches!(one, Number | Digits | Placeholder(_)),
        (Of(Class::Text | Class::Uuid | Class::Time), Text | Digits | Placeholder(_))
        | (Text | Digits | Placeholder(_), Of(Class::Text | Class::Uuid | Class::Time)) => true,
        (Of(one), Of(other)) => {
            one == other && matches!(one, Class::Text | Class::Uuid | Class::Time)
        }
        _ => false,
    }
}

/// A text that is written out.
fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => literal(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::Spaceship
    )
}

impl Calm<'_> {
    /// Whether MySQL cannot compare two values for some values, where it is strict.
    pub(super) fn comparison_fails(&self, left: &Expr, right: &Expr) -> bool {
        if !self.compares_strictly {
            return false;
        }
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            let is_row = |expr: &Expr| matches!(expr, Expr::Tuple(_));
            let mut pairs = left.iter().zip(right);
            return pairs.any(|(left, right)| {
                is_row(left) || is_row(right) || self.comparison_fails(left, right)
            });
        }
        let literals = [literal(left), literal(right)];
        let (left, right) = (self.class(left), self.class(right));
        if let (Operand::Of(class), Operand::Placeholder(index))
        | (Operand::Placeholder(index), Operand::Of(class)) = (left, right)
        {
            self.beside.borrow_mut().push((index, Fit::Class(class)));
        }
        // Other texts are converted for each row that is looked at, and fail there.
        if let (Operand::Of(class), _, [_, Some(text)]) | (_, Operand::Of(class), [Some(text), _]) =
            (left, right, literals)
            && matches!(class, Class::Time | Class::Uuid)
        {
            return !class.holds(text);
        }
        !are_alike(left, right)
    }

    pub(super) fn yields_same(&self, expr: &Expr, query: &Query) -> bool {
        only_item(query).is_some_and(|only| !self.comparison_fails(expr, only))
    }

    /// What is known of an operand.
    pub(super) fn class(&self, expr: &Expr) -> Operand {
        match expr {
            Expr::Nested(inner) => self.class(inner),
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            } => match self.class(expr) {
                Operand::Number => Operand::Number,
                _ => Operand::Any,
            },
            Expr::Value(value) => match &value.value {
                Value::Number(..) => Operand::Number,
                Value::Placeholder(name) => match self.dialect.placeholder_index(name) {
                    Ok(index) => Operand::Placeholder(index),
                    Err(_) => Operand::Any,
                },
                Value::Boolean(_) => Operand::Number,
                Value::Null => Operand::Null,
                Value::SingleQuotedString(text) if Class::Integer.holds(text) => Operand::Digits,
                Value::SingleQuotedString(_) => Operand::Text,
                _ => Operand::Any,
            },
            Expr::TypedString(typed) => match typed.data_type {
                DataType::Date | DataType::Time(..) | DataType::Timestamp(..) => {
                    Operand::Of(Class::Time)
                }
                _ => Operand::Any,
            },
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                column_name(expr).map_or(Operand::Any, |name| self.column(name))
            }
            Expr::Function(function) => match function_name(function).as_deref() {
                Some("lower" | "upper" | "lcase" | "ucase") => {
                    match self.class_of_arguments(function) {
                        class @ (Operand::Of(Class::Text) | Operand::Unlearned) => class,
                        _ => Operand::Any,
                    }
                }
                Some(
                    "count" | "length" | "char_length" | "octet_length" | "row_number" | "rank",
                ) => Operand::Of(Class::Integer),
                Some("now" | "current_timestamp" | "current_date") => Operand::Of(Class::Time),
                Some("max" | "min") => self.class_of_arguments(function),
                _ => Operand::Any,
            },
            _ => Operand::Any,
        }
    }

    /// The class that all values have. None where they differ.
    fn common<'e>(&self, values: impl Iterator<Item = &'e Expr>) -> Option<Operand> {
        let mut common = Operand::Null;
        for value in values {
            common = match (common, self.class(value)) {
                (known, Operand::Null) => known,
                (Operand::Null, class) => class,
                (Operand::Any, _) | (_, Operand::Any) => return None,
                (one, other) if one == other => one,
                (Operand::Unlearned, _) | (_, Operand::Unlearned) => Operand::Unlearned,
                (Operand::Of(Class::Text), Operand::Text | Operand::Digits)
                | (Operand::Text | Operand::Digits, Operand::Of(Class::Text)) => {
                    Operand::Of(Class::Text)
                }
                (Operand::Text | Operand::Digits, Operand::Text | Operand::Digits) => Operand::Text,
                (Operand::Of(class @ (Class::Integer | Class::Decimal)), Operand::Number)
                | (Operand::Number, Operand::Of(class @ (Class::Integer | Class::Decimal))) => {
                    Operand::Of(class)
                }
                _ => return None,
            };
        }
        Some(common)
    }

    /// The class of the arguments of a function.
    pub(super) fn class_of_arguments(&self, function: &Function) -> Operand {
        let FunctionArguments::List(list) = &function.args else {
            return Operand::Any;
        };
        let exprs = list.args.iter().filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        });
        if exprs.clone().count() != list.args.len() {
            return Operand::Any;
        }
        match self.common(exprs) {
            // A constant that is chosen by a column is none.
            Some(class @ (Operand::Of(_) | Operand::Unlearned)) => class,
            _ => Operand::Any,
        }
    }

    /// By the tables of the statement, and by what it gives the name to: all have to agree.
    pub(super) fn column(&self, name: &Ident) -> Operand {
        let Ok(column) = self.dialect.column(name) else {
            return Operand::Any;
        };
        // So PostgreSQL calls those of `VALUES`.
        let is_numbered = column
            .strip_prefix("column")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        if self.named.is_mixed || is_numbered || self.named.aliases.contains(&column) {
            return Operand::Any;
        }
        let mut found = self.of_outputs(&column);
        if found == Some(Operand::Any) {
            return Operand::Any;
        }
        if self.dialect == Dialect::Postgres {
            self.needs_facts.set(true);
        }
        // They will be known before anything is sent.
        if self.is_unlearned {
            self.has_guessed.set(true);
            return Operand::Unlearned;
        }
        let known = self.catalog.columns();
        for table in &self.named.tables {
            if let Some(class) = known.class(table, &column) {
                let class = Operand::Of(class);
                if *found.get_or_insert(class) != class {
                    return Operand::Any;
                }
            }
        }
        found.unwrap_or(Operand::Any)
    }

    /// What the queries in FROM yield under a name, none if nothing.
    fn of_outputs(&self, name: &str) -> Option<Operand> {
        // It stands for itself, then.
        if !self.sought.borrow_mut().insert(name.into()) {
            return None;
        }
        let outputs = self.named.outputs.iter();
        let mut operands = outputs
            .filter(|(output, _)| **output == *name)
            .filter(|(_, expr)| !self.is_sought(expr))
            .map(|(_, expr)| match self.known(expr) {
                class @ (Operand::Of(_) | Operand::Unlearned) => class,
                _ => Operand::Any,
            });
        let first = operands.next();
        let found = match first {
            Some(first) if operands.all(|other| other == first) => Some(first),
            Some(_) => Some(Operand::Any),
            None => None,
        };
        self.sought.borrow_mut().remove(name);
        found
    }

    fn known(&self, expr: &Expr) -> Operand {
        match self.dialect {
            Dialect::Postgres => self.operand(expr),
            Dialect::Sqlite | Dialect::MySql => self.class(expr),
        }
    }

    fn is_sought(&self, expr: &Expr) -> bool {
        column_name(expr)
            .and_then(|name| self.dialect.column(name).ok())
            .is_some_and(|name| self.sought.borrow().contains(&name))
    }
}
