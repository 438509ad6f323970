//! What never fails on PostgreSQL: a small grammar of what indexes and joins are made of.
//!
//! ```text
//! condition  = column IS NULL | operand < operand | column IN (constants) | column LIKE constant
//!            | column @> constant | column = ANY(constant) | EXISTS (block) | operand IN (block)
//!            | these with AND, OR, NOT
//! operand    = column | constant | lower(column) | count(*) | max(column) | now()
//!            | (block of one row)
//! ```
//!
//! The two sides of a comparison are of types that PostgreSQL compares as they are. A column is
//! what its table says: where something else in the statement has its name, and is of another
//! class, nothing is known of it. All else comes after the predicate. That costs it an index, which
//! it seldom has.

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArguments, UnaryOperator, Value,
};

use super::{
    Calm, Fit,
    call::function_name,
    is_character, is_constant,
    operand::{Operand, is_comparison},
    own::only_item,
    search::{is_now, is_small},
};
use crate::{catalog::Class, sql::operators};

/// What a document that is written out may nest. PostgreSQL's stack holds some 12,000.
/// <https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-MAX-STACK-DEPTH>
pub(in crate::plan) const DEPTH: usize = 100;

impl Calm<'_> {
    /// Whether an expression is of the grammar, apart from its parts.
    pub(super) fn is_calm_on_postgres(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => !self.is_computed(expr),
            Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::Nested(_)
            | Expr::Exists { .. }
            // Rows are compared place by place, where they stand.
            | Expr::Tuple(_)
            | Expr::UnaryOp {
                op: UnaryOperator::Not,
                ..
            } => true,
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            } => self.operand(expr) == Operand::Number,
            Expr::BinaryOp { left, op, right } => self.is_calm_operator(left, op, right),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.compares(left, right)
            }
            Expr::Between {
                expr, low, high, ..
            } => self.compares(expr, low) && self.compares(expr, high),
            // One type is found for all of a list, which is the column's where the rest are
            // written out. What is bound may be of several, one of which has to hold all.
            Expr::InList { expr, list, .. } => {
                if list.len() > 1 {
                    list.iter().for_each(|value| self.note_bound(value));
                }
                list.iter()
                    .all(|value| self.compares(expr, value) && self.is_constant(value))
            }
            Expr::InSubquery { expr, subquery, .. } => {
                only_item(subquery).is_some_and(|item| self.compares(expr, item))
            }
            Expr::AnyOp {
                left,
                compare_op,
                right,
                ..
            }
            | Expr::AllOp {
                left,
                compare_op,
                right,
            } => is_comparison(compare_op) && self.compares_with_each(left, right),
            Expr::Like {
                expr,
                pattern,
                any: false,
                escape_char,
                ..
            }
            | Expr::ILike {
                expr,
                pattern,
                any: false,
                escape_char,
                ..
            } => {
                is_constant(pattern)
                    && escape_char.as_deref().is_none_or(is_character)
                    && self.is_plain_text(expr)
            }
            Expr::Function(function) => self.is_calm_call_on_postgres(function),
            Expr::Subquery(query) => self.yields_one_row(query),
            Expr::Array(array) => array.elem.iter().all(|value| self.is_literal(value)),
            Expr::Cast {
                kind: CastKind::Cast | CastKind::DoubleColon,
                data_type: DataType::Text | DataType::Varchar(None),
                expr,
                ..
            } => matches!(
                self.operand(expr),
                Operand::Unlearned
                    | Operand::Of(Class::Integer | Class::Uuid | Class::Boolean | Class::Text)
            ),
            _ => false,
        }
    }

    fn is_calm_operator(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
        match op {
            BinaryOperator::And | BinaryOperator::Or => true,
            _ if is_comparison(op) => self.compares(left, right),
            // One that the application allowed does what it does.
            _ if self.catalog.allowed().allows_operator(&op.to_string()) => false,
            _ if operators::is_like(op) => is_constant(right) && self.is_plain_text(left),
            // What indexes of documents and arrays answer.
            BinaryOperator::AtArrow
            | BinaryOperator::ArrowAt
            | BinaryOperator::PGOverlap
            | BinaryOperator::Question
            | BinaryOperator::QuestionAnd
            | BinaryOperator::QuestionPipe => self.contains(left, right),
            // Text would be made ready for the search first, which has a limit.
            BinaryOperator::AtAt => self.operand(left) == Operand::Of(Class::Search),
            BinaryOperator::Arrow => {
                self.operand(left) == Operand::Of(Class::Json) && self.is_literal(right)
            }
            _ => false,
        }
    }

    fn is_calm_call_on_postgres(&self, function: &Function) -> bool {
        let (Some(name), Some(args)) = (function_name(function), plain_args(function)) else {
            return false;
        };
        match (name.as_str(), args.as_slice()) {
            ("now" | "current_timestamp" | "current_date", []) => true,
            ("count", []) => true,
            ("row_number" | "rank" | "dense_rank", []) => function.over.is_some(),
            ("count", [_]) => !is_distinct(function),
            ("max" | "min", [arg]) => self.sorts(arg),
            // Of one column alone: a constant may be as large as it likes.
            ("sum" | "avg", [arg]) => {
                function.over.is_none()
                    && matches!(arg, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
                    && matches!(
                        self.operand(arg),
                        Operand::Unlearned | Operand::Of(Class::Integer)
                    )
            }
            // Texts of over 128 MB apart: see the documentation of raw SQL.
            (
                "lower" | "upper" | "length" | "char_length" | "character_length" | "octet_length",
                [arg],
            ) => matches!(
                self.operand(arg),
                Operand::Unlearned | Operand::Of(Class::Text)
            ),
            _ => false,
        }
    }

    /// Whether two sides are compared as they are. Rows are compared place by place, but those in
    /// them as records.
    fn compares(&self, left: &Expr, right: &Expr) -> bool {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            let mut pairs = left.iter().zip(right);
            return left.len() == right.len()
                && pairs.all(|(left, right)| self.compares_values(left, right));
        }
        self.compares_values(left, right)
    }

    fn compares_values(&self, left: &Expr, right: &Expr) -> bool {
        let (left, right) = (self.operand(left), self.operand(right));
        match (left, right) {
            (Operand::Any, _) | (_, Operand::Any) => false,
            // They will be known before anything is sent.
            (Operand::Unlearned, _) | (_, Operand::Unlearned) => true,
            (Operand::Of(one), Operand::Of(other)) => match (one, other) {
                (Class::Integer, Class::Decimal | Class::Float)
                | (Class::Decimal | Class::Float, Class::Integer) => true,
                _ => one == other && is_sortable(one),
            },
            (Operand::Of(class), Operand::Placeholder(index))
            | (Operand::Placeholder(index), Operand::Of(class)) => {
                if class == Class::Float {
                    self.beside.borrow_mut().push((index, Fit::Float));
                }
                // Beside a number with decimals that is no `numeric`, the column becomes one.
                matches!(class, Class::Collated | Class::Json)
                    || (is_sortable(class) && class != Class::Decimal)
            }
            (Operand::Of(class), _) | (_, Operand::Of(class)) => {
                !matches!(class, Class::Foreign | Class::Computed | Class::Search)
            }
            (Operand::Placeholder(_), _) | (_, Operand::Placeholder(_)) => false,
            // Constants that are written out: what fails there fails while it is read.
            _ => true,
        }
    }

    /// Notes that what is bound has to be such as every type of numbers, or of times, holds.
    fn note_bound(&self, value: &Expr) {
        match value {
            Expr::Tuple(parts) => parts.iter().for_each(|part| self.note_bound(part)),
            value => {
                if let Operand::Placeholder(index) = self.operand(value) {
                    self.beside.borrow_mut().push((index, Fit::Float));
                }
            }
        }
    }

    /// `column = ANY($1)`, `column = ANY(ARRAY['a', 'b'])`.
    fn compares_with_each(&self, left: &Expr, right: &Expr) -> bool {
        let class = match self.operand(left) {
            Operand::Unlearned => return true,
            Operand::Of(class) => class,
            _ => return false,
        };
        match right {
            Expr::Nested(inner) => self.compares_with_each(left, inner),
            Expr::Array(array) => {
                is_sortable(class) && array.elem.iter().all(|value| self.is_literal(value))
            }
            Expr::Value(_) => is_sortable(class) && !matches!(class, Class::Decimal | Class::Float),
            _ => false,
        }
    }

    /// `document @> constant`, `tags && ARRAY['a']`: of a column that holds such things.
    fn contains(&self, left: &Expr, right: &Expr) -> bool {
        let is_column = |expr: &Expr| {
            matches!(
                self.operand(expr),
                Operand::Unlearned | Operand::Of(Class::Json | Class::Other)
            )
        };
        let other = match (is_column(left), is_column(right)) {
            (true, false) => right,
            (false, true) => left,
            _ => return false,
        };
        match other {
            Expr::Array(array) => array.elem.iter().all(|value| self.is_literal(value)),
            Expr::Value(value) => match &value.value {
                Value::Placeholder(_) => {
                    if let Operand::Placeholder(index) = self.operand(other) {
                        self.beside.borrow_mut().push((index, Fit::Document));
                    }
                    true
                }
                Value::SingleQuotedString(text) => nests(text) <= DEPTH,
                _ => false,
            },
            _ => false,
        }
    }

    /// Text of the database's own collation, which patterns never fail on.
    /// <https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC>
    fn is_plain_text(&self, expr: &Expr) -> bool {
        matches!(
            self.operand(expr),
            Operand::Unlearned | Operand::Of(Class::Text)
        )
    }

    /// Whether values of an expression have an order that never fails.
    pub(super) fn sorts(&self, expr: &Expr) -> bool {
        match self.operand(expr) {
            Operand::Unlearned => true,
            Operand::Of(class) => is_sortable(class),
            _ => false,
        }
    }

    fn is_constant(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Tuple(parts) => parts.iter().all(|part| self.is_constant(part)),
            expr => self.is_literal(expr) || matches!(self.operand(expr), Operand::Placeholder(_)),
        }
    }

    /// A constant that is written out.
    fn is_literal(&self, expr: &Expr) -> bool {
        matches!(
            self.operand(expr),
            Operand::Number | Operand::Text | Operand::Digits | Operand::Null
        )
    }

    /// What is known of an operand.
    pub(super) fn operand(&self, expr: &Expr) -> Operand {
        match expr {
            Expr::Nested(inner) => self.operand(inner),
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => match parts.last() {
                Some(name) => self.column(name),
                None => Operand::Any,
            },
            Expr::UnaryOp {
                op: UnaryOperator::Minus | UnaryOperator::Plus,
                expr,
            } => match self.operand(expr) {
                Operand::Number => Operand::Number,
                _ => Operand::Any,
            },
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) if is_short(text) => Operand::Number,
                Value::Placeholder(name) => match self.dialect.placeholder_index(name) {
                    Ok(index) => Operand::Placeholder(index),
                    Err(_) => Operand::Any,
                },
                Value::Null => Operand::Null,
                Value::SingleQuotedString(_)
                | Value::EscapedStringLiteral(_)
                | Value::Boolean(_) => Operand::Text,
                _ => Operand::Any,
            },
            Expr::TypedString(typed) => match typed.data_type {
                DataType::Date | DataType::Timestamp(..) => Operand::Of(Class::Time),
                _ => Operand::Any,
            },
            Expr::BinaryOp { left, .. } if is_small(expr) => match is_now(left) {
                true => Operand::Of(Class::Time),
                false => Operand::Number,
            },
            Expr::Cast {
                data_type: DataType::Text | DataType::Varchar(None),
                expr: inner,
                ..
            } if self.is_calm_on_postgres(expr) => match self.operand(inner) {
                Operand::Unlearned => Operand::Unlearned,
                _ => Operand::Of(Class::Text),
            },
            Expr::Function(function) => self.result(function),
            Expr::Subquery(query) => {
                only_item(query).map_or(Operand::Any, |item| self.operand(item))
            }
            _ => Operand::Any,
        }
    }

    /// What a function yields.
    fn result(&self, function: &Function) -> Operand {
        let (Some(name), Some(args)) = (function_name(function), plain_args(function)) else {
            return Operand::Any;
        };
        match (name.as_str(), args.as_slice()) {
            ("now" | "current_timestamp" | "current_date", []) => Operand::Of(Class::Time),
            ("count", [] | [_]) | ("row_number" | "rank" | "dense_rank", []) => {
                Operand::Of(Class::Integer)
            }
            ("length" | "char_length" | "character_length" | "octet_length", [_]) => {
                Operand::Of(Class::Integer)
            }
            ("lower" | "upper", [arg]) => match self.operand(arg) {
                class @ (Operand::Unlearned | Operand::Of(Class::Text)) => class,
                _ => Operand::Any,
            },
            ("max" | "min", [arg @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_))]) => {
                self.operand(arg)
            }
            _ => Operand::Any,
        }
    }

    /// Whether a name may be that of a column that is computed where it is read: a view's.
    fn is_computed(&self, expr: &Expr) -> bool {
        let Some(Ok(name)) = super::column_name(expr).map(|name| self.dialect.column(name)) else {
            return true;
        };
        self.needs_facts.set(true);
        let known = self.catalog.columns();
        let mut tables = self.named.tables.iter();
        match self.named.passes_on {
            true => self.reads_computed(),
            false => tables.any(|table| known.class(table, &name) == Some(Class::Computed)),
        }
    }

    /// Whether a table of the statement has columns that are computed where they are read.
    pub(super) fn reads_computed(&self) -> bool {
        self.needs_facts.set(true);
        let known = self.catalog.columns();
        let mut tables = self.named.tables.iter();
        tables.any(|table| known.has(table, Class::Computed))
    }
}

/// What a call is given, if these are expressions, and nothing stands beside them: `count(*)` is
/// given none.
fn plain_args(function: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &function.args else {
        return matches!(function.args, FunctionArguments::None).then(Vec::new);
    };
    if !list.clauses.is_empty() || !function.within_group.is_empty() {
        return None;
    }
    let mut args = Vec::new();
    for arg in &list.args {
        match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) => args.push(arg),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => {}
            _ => return None,
        }
    }
    Some(args)
}

fn is_distinct(function: &Function) -> bool {
    matches!(&function.args, FunctionArguments::List(list)
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct))
}

/// Whether all values of a class can be compared with each other.
pub(super) fn is_sortable(class: Class) -> bool {
    match class {
        Class::Integer
        | Class::Decimal
        | Class::Float
        | Class::Uuid
        | Class::Text
        | Class::Time
        | Class::Json
        | Class::Boolean => true,
        Class::Collated | Class::Search | Class::Other | Class::Foreign | Class::Computed => false,
    }
}

/// A number that every type of numbers holds.
fn is_short(number: &str) -> bool {
    number.len() <= 18
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// How deep a document is nested, which need not be one.
pub(in crate::plan) fn nests(document: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut is_string, mut is_escaped) = (false, false);
    for byte in document.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
