//! What is known of the two sides of a comparison, and whether some of their values cannot be
//! compared.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, SelectItem, SetExpr, UnaryOperator, Value,
};

use super::{Calm, call::function_name, column_name};
use crate::{catalog::Class, plan::Dialect};

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
    /// Whether two values cannot be compared for some values.
    pub(super) fn comparison_fails(&self, left: &Expr, right: &Expr) -> bool {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            let mut pairs = left.iter().zip(right);
            return pairs.any(|(left, right)| self.comparison_fails(left, right));
        }
        let literals = [literal(left), literal(right)];
        let (left, right) = (self.class(left), self.class(right));
        let may_be_text = |of: Operand| {
            matches!(
                of,
                Operand::Of(Class::Text | Class::Collated) | Operand::Any
            )
        };
        if self.dialect == Dialect::Postgres && may_be_text(left) && may_be_text(right) {
            // Of two texts that are no constants, the collations have to be the same.
            let mixes = self.mixes_collations();
            if left != Operand::Any && right != Operand::Any {
                return [left, right].contains(&Operand::Of(Class::Collated));
            }
            if mixes {
                return true;
            }
        }
        match self.dialect {
            Dialect::Sqlite => false,
            Dialect::MySql if !self.compares_strictly => false,
            Dialect::MySql => {
                if let (Operand::Of(class), Operand::Placeholder(index))
                | (Operand::Placeholder(index), Operand::Of(class)) = (left, right)
                {
                    self.beside.borrow_mut().push((index, class));
                }
                // Other texts are converted for each row that is looked at, and fail there.
                if let (Operand::Of(class), _, [_, Some(text)])
                | (_, Operand::Of(class), [Some(text), _]) = (left, right, literals)
                    && matches!(class, Class::Time | Class::Uuid)
                {
                    return !class.holds(text);
                }
                !are_alike(left, right)
            }
            Dialect::Postgres if [left, right].contains(&Operand::Of(Class::Foreign)) => true,
            // Beside a floating point number, `numeric` becomes one, and may be too large.
            Dialect::Postgres => {
                let is_exact = |of: Operand| {
                    matches!(
                        of,
                        Operand::Of(Class::Decimal | Class::Integer) | Operand::Number
                    )
                };
                let may_be_exact =
                    |of: Operand| matches!(of, Operand::Of(Class::Decimal) | Operand::Any);
                let may_be_float = |of: Operand| {
                    matches!(
                        of,
                        Operand::Of(Class::Float) | Operand::Any | Operand::Placeholder(_)
                    )
                };
                !(is_exact(left) && is_exact(right))
                    && ((may_be_exact(left) && may_be_float(right))
                        || (may_be_exact(right) && may_be_float(left)))
            }
        }
    }

    pub(super) fn yields_same(&self, expr: &Expr, query: &Query) -> bool {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return false;
        };
        match select.projection.as_slice() {
            [SelectItem::UnnamedExpr(only) | SelectItem::ExprWithAlias { expr: only, .. }] => {
                !self.comparison_fails(expr, only)
            }
            _ => false,
        }
    }

    /// What is known of an operand.
    pub(super) fn class(&self, expr: &Expr) -> Operand {
        match expr {
            Expr::Nested(inner) => self.class(inner),
            Expr::Collate { expr: inner, .. } if self.dialect != Dialect::Postgres => {
                self.class(inner)
            }
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
                _ => Operand::Text,
            },
            Expr::TypedString(typed) => match typed.data_type {
                DataType::Date | DataType::Time(..) | DataType::Timestamp(..) => {
                    Operand::Of(Class::Time)
                }
                _ => Operand::Any,
            },
            Expr::Trim { expr, .. } => match self.class(expr) {
                class @ (Operand::Of(Class::Text) | Operand::Unlearned) => class,
                _ => Operand::Any,
            },
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                column_name(expr).map_or(Operand::Any, |name| self.column(name))
            }
            // A text keeps its collation.
            Expr::Cast {
                data_type: DataType::Text | DataType::Varchar(_) | DataType::Char(_),
                expr,
                ..
            } => match self.class(expr) {
                class @ (Operand::Any | Operand::Of(Class::Collated))
                    if self.dialect == Dialect::Postgres =>
                {
                    class
                }
                _ => Operand::Of(Class::Text),
            },
            Expr::Function(function) => match function_name(function).as_deref() {
                Some("lower" | "upper" | "trim" | "ltrim" | "rtrim" | "lcase" | "ucase") => {
                    match self.class_of_arguments(function) {
                        class @ (Operand::Of(Class::Text) | Operand::Unlearned) => class,
                        _ => Operand::Any,
                    }
                }
                Some(
                    "count" | "length" | "char_length" | "octet_length" | "row_number" | "rank",
                ) => Operand::Of(Class::Integer),
                Some("now" | "current_timestamp" | "current_date") => Operand::Of(Class::Time),
                Some("coalesce" | "ifnull" | "nullif" | "max" | "min") => {
                    self.class_of_arguments(function)
                }
                _ => Operand::Any,
            },
            Expr::Array(array) => match array.elem.first() {
                Some(first) => self.class(first),
                None => Operand::Null,
            },
            _ => Operand::Any,
        }
    }

    /// Whether PostgreSQL compares a text by patterns without asking which collation it has.
    /// <https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC>
    pub(super) fn has_default_collation(&self, expr: &Expr) -> bool {
        if self.dialect != Dialect::Postgres {
            return true;
        }
        self.needs_facts.set(true);
        matches!(
            self.class(expr),
            Operand::Of(Class::Text | Class::Other) | Operand::Unlearned
        )
    }

    /// Whether PostgreSQL converts some of these to the type of others.
    pub(super) fn converts<'e>(&self, values: impl Iterator<Item = &'e Expr>) -> bool {
        self.dialect == Dialect::Postgres
            && !matches!(
                self.common(values),
                Some(
                    Operand::Null
                        | Operand::Number
                        | Operand::Text
                        | Operand::Digits
                        | Operand::Unlearned
                ) | Some(Operand::Of(
                    Class::Integer
                        | Class::Decimal
                        | Class::Float
                        | Class::Text
                        | Class::Uuid
                        | Class::Boolean
                ))
            )
    }

    /// Whether PostgreSQL converts members of a list: it gives one type to all of them, and to what
    /// is looked for. Constants take whatever type is asked for.
    pub(super) fn list_converts(&self, expr: &Expr, list: &[Expr]) -> bool {
        let is_constant = |value: &&Expr| {
            matches!(
                self.class(value),
                Operand::Number
                    | Operand::Text
                    | Operand::Digits
                    | Operand::Null
                    | Operand::Placeholder(_)
            )
        };
        let mut others = list.iter().filter(|value| !is_constant(value)).peekable();
        self.dialect == Dialect::Postgres
            && others.peek().is_some()
            && self.converts(std::iter::once(expr).chain(others))
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

    /// By the tables of the statement: those that have such a column have to agree.
    pub(super) fn column(&self, name: &Ident) -> Operand {
        let Ok(column) = self.dialect.column(name) else {
            return Operand::Any;
        };
        if self.named.is_mixed || self.named.aliases.contains(&column) {
            return Operand::Any;
        }
        // They will be known before anything is sent.
        if self.is_unlearned {
            self.has_guessed.set(true);
            return Operand::Unlearned;
        }
        let known = self.catalog.columns();
        let mut classes = self
            .named
            .tables
            .iter()
            .filter_map(|table| known.class(table, &column));
        match classes.next() {
            Some(first) if classes.all(|other| other == first) => Operand::Of(first),
            Some(_) => Operand::Any,
            None => Operand::Any,
        }
    }
}
