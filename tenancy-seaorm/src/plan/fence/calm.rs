//! What never fails, on which engine and for which operands. Everything else may.
//!
//! Whether an expression has a column does not matter: engines evaluate `score > exp(1000)` row by row, and after other conditions that
//! tell of the row. Small constants are calm: numbers of a few digits, and times some years from now.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    ops::ControlFlow,
};

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, LimitClause, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr, Statement,
    TableFactor, UnaryOperator, Value, Visit, Visitor,
};

use super::super::{Dialect, names};
use crate::{
    Error,
    catalog::{Class, FoldedCatalog, TableName},
};

/// Functions that fail on no value of any type that they take, on every engine.
const CALM: [&str; 33] = [
    "char_length",
    "character_length",
    "coalesce",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "dense_rank",
    "exists",
    "first_value",
    "grouping",
    "ifnull",
    "lag",
    "last_value",
    "lcase",
    "lead",
    "length",
    "lower",
    "ltrim",
    "max",
    "min",
    "now",
    "nullif",
    "num_nonnulls",
    "num_nulls",
    "octet_length",
    "percent_rank",
    "rank",
    "row_number",
    "rtrim",
    "trim",
    "upper",
];

/// SQLite yields NULL, a text or a floating point number where others fail.
/// <https://www.sqlite.org/lang_corefunc.html>, <https://www.sqlite.org/lang_datefunc.html>
const CALM_ON_SQLITE: [&str; 13] = [
    "avg",
    "date",
    "datetime",
    "iif",
    "instr",
    "julianday",
    "round",
    "strftime",
    "substr",
    "substring",
    "time",
    "total",
    "typeof",
];

/// Functions of many rows: by the time they are computed, the rows have been chosen.
#[rustfmt::skip]
const AGGREGATES: [&str; 36] = [
    "any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr", "count",
    "covar_pop", "covar_samp", "every", "group_concat", "json_agg", "json_arrayagg", "json_group_array",
    "json_group_object", "json_object_agg", "json_objectagg", "jsonb_agg", "jsonb_object_agg", "max", "min", "mode",
    "percentile_cont", "percentile_disc", "range_agg", "std", "stddev", "stddev_pop", "stddev_samp", "string_agg",
    "sum", "total", "variance",
];

/// What is known about the names of a statement.
pub(in super::super) struct Calm<'a> {
    dialect: Dialect,
    catalog: &'a FoldedCatalog,
    /// Every table of the statement.
    tables: Vec<TableName>,
    /// Names that the statement gives to expressions: they may be of any type.
    aliases: HashSet<Box<str>>,
    is_mixed: bool,
    /// Strict mode makes an error of text that is compared with a number.
    /// <https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict>
    compares_strictly: bool,
    /// There is a table whose columns the database has not been asked about.
    is_unlearned: bool,
    /// What such columns hold would have made a difference.
    has_guessed: Cell<bool>,
    /// Collations make a difference, which the database alone knows.
    needs_facts: Cell<bool>,
    /// The values that are calm beside a column of text as long as they are text.
    texts: RefCell<Vec<usize>>,
    /// The same beside a column of numbers.
    numbers: RefCell<Vec<usize>>,
}

impl<'a> Calm<'a> {
    pub(in super::super) fn of(
        statement: &Statement,
        dialect: Dialect,
        catalog: &'a FoldedCatalog,
    ) -> Result<Self, Error> {
        let mut named = Named {
            dialect,
            tables: Vec::new(),
            aliases: HashSet::new(),
            is_mixed: false,
        };
        if let ControlFlow::Break(error) = statement.visit(&mut named) {
            return Err(error);
        }
        let mut calm = Self {
            dialect,
            catalog,
            tables: named.tables,
            aliases: named.aliases,
            is_mixed: named.is_mixed,
            compares_strictly: dialect == Dialect::MySql
                && !matches!(statement, Statement::Query(_)),
            is_unlearned: false,
            has_guessed: Cell::new(false),
            needs_facts: Cell::new(false),
            texts: RefCell::default(),
            numbers: RefCell::default(),
        };
        calm.is_unlearned = !calm.unclassed().is_empty();
        Ok(calm)
    }

    /// The indexes of values that have to be text, and of those that have to be numbers.
    pub(in super::super) fn into_bound(self) -> [Box<[usize]>; 2] {
        [self.texts, self.numbers].map(|indexes| {
            let mut indexes = indexes.into_inner();
            indexes.sort_unstable();
            indexes.dedup();
            indexes.into_boxed_slice()
        })
    }

    /// The tables whose columns have to be known to tell what may fail, and are not.
    pub(in super::super) fn unlearned(&self) -> Vec<TableName> {
        if self.needs_facts.get() && self.dialect == Dialect::Postgres {
            let known = self.catalog.columns();
            let is_open = |table: &&TableName| {
                self.catalog.table(table).is_some() && !known.is_learned(table)
            };
            return self.tables.iter().filter(is_open).cloned().collect();
        }
        match self.has_guessed.get() {
            true => self.unclassed(),
            false => Vec::new(),
        }
    }

    fn unclassed(&self) -> Vec<TableName> {
        if self.dialect == Dialect::Sqlite
            || (self.dialect == Dialect::MySql && !self.compares_strictly)
        {
            return Vec::new();
        }
        let known = self.catalog.columns();
        let is_open =
            |table: &&TableName| self.catalog.table(table).is_some() && !known.has_classes(table);
        self.tables.iter().filter(is_open).cloned().collect()
    }

    /// Whether something in an expression may fail on the values of some row, in its subqueries too.
    pub(in super::super) fn fails(&self, expr: &Expr) -> bool {
        self.finds(expr, false)
    }

    /// The same outside of the arguments of aggregates, which see no rows but those that conditions have left.
    pub(in super::super) fn fails_outside_aggregates(&self, expr: &Expr) -> bool {
        self.finds(expr, true)
    }

    /// The same of a query or a part of FROM.
    pub(in super::super) fn any_fails(&self, tree: &impl Visit) -> bool {
        self.finds(tree, false)
    }

    fn finds(&self, tree: &impl Visit, skips_aggregates: bool) -> bool {
        let mut search = Search {
            calm: self,
            skips_aggregates,
            depth: 0,
            skipped: 0,
        };
        tree.visit(&mut search).is_break()
    }

    /// Whether an expression may fail, apart from its parts.
    fn may_fail(&self, expr: &Expr) -> bool {
        let is_sqlite = self.dialect == Dialect::Sqlite;
        match expr {
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::Nested(_)
            | Expr::Exists { .. }
            | Expr::Trim { .. }
            | Expr::Tuple(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_) => false,
            // Two collations may not agree, which PostgreSQL tells when it compares.
            Expr::Collate { .. } => self.dialect == Dialect::Postgres,
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner) => !self.is_condition(inner),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                let results = conditions.iter().map(|when| &when.result);
                let results = results.chain(else_result.as_deref());
                let mut values = conditions.iter().map(|when| &when.condition);
                self.converts(results)
                    || match operand.as_deref() {
                        Some(operand) => values.any(|value| self.comparison_fails(operand, value)),
                        None => values.any(|condition| !self.is_condition(condition)),
                    }
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.comparison_fails(left, right)
            }
            Expr::InList { expr, list, .. } => {
                list.iter().any(|value| self.comparison_fails(expr, value))
            }
            Expr::Between {
                expr, low, high, ..
            } => {
                // MySQL converts all three to one type, and times when it comes to them.
                self.comparison_fails(expr, low)
                    || self.comparison_fails(expr, high)
                    || self.comparison_fails(low, high)
                    || (self.compares_strictly && self.class(expr) == Operand::Of(Class::Time))
            }
            Expr::InSubquery { expr, subquery, .. } => {
                let is_alike_to_all = match self.dialect {
                    Dialect::Sqlite => true,
                    Dialect::MySql => !self.compares_strictly,
                    Dialect::Postgres => !matches!(
                        self.class(expr),
                        Operand::Any | Operand::Of(Class::Decimal | Class::Float)
                    ),
                };
                !is_alike_to_all && !self.yields_same(expr, subquery)
            }
            Expr::UnaryOp { op, expr } => match op {
                UnaryOperator::Not | UnaryOperator::BangNot => !self.is_condition(expr),
                UnaryOperator::Plus => self.compares_strictly,
                UnaryOperator::Minus | UnaryOperator::BitwiseNot => !is_sqlite,
                _ => true,
            },
            Expr::BinaryOp { left, op, right } => self.operator_fails(left, op, right),
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
            } => {
                self.compares_strictly
                    || !is_comparison(compare_op)
                    || self.comparison_fails(left, right)
            }
            // Of patterns, those that are written out or bound are looked at.
            Expr::Like {
                expr,
                pattern,
                any,
                escape_char,
                ..
            }
            | Expr::ILike {
                expr,
                pattern,
                any,
                escape_char,
                ..
            } => {
                *any || !is_constant(pattern)
                    || !escape_char.as_deref().is_none_or(is_character)
                    || !self.has_default_collation(expr)
            }
            Expr::Cast { data_type, .. } => {
                let is_text = matches!(
                    data_type,
                    DataType::Text | DataType::Varchar(None) | DataType::Char(None)
                );
                !is_text && !is_sqlite
            }
            Expr::Function(function) => !self.is_calm_call(function),
            Expr::Subquery(query) => !yields_one_row(query),
            // Arrays fail where their elements are arrays of other dimensions.
            Expr::Array(array) => array.elem.len() > 1,
            Expr::IsNormalized { .. }
            | Expr::IsJson { .. }
            | Expr::JsonAccess { .. }
            | Expr::CompoundFieldAccess { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::Convert { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Extract { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Position { .. }
            | Expr::Substring { .. }
            | Expr::Overlay { .. }
            | Expr::InUnnest { .. }
            | Expr::Prefixed { .. }
            | Expr::Struct { .. }
            | Expr::Named { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::Interval(_)
            | Expr::MatchAgainst { .. }
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..)
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => true,
        }
    }

    fn operator_fails(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
        match op {
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor => {
                !self.is_condition(left) || !self.is_condition(right)
            }
            _ if is_comparison(op) => self.comparison_fails(left, right),
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight => self.dialect != Dialect::Sqlite,
            // The text may be too long.
            BinaryOperator::StringConcat => true,
            BinaryOperator::Glob => !is_constant(right),
            // One that the application allowed does what it does.
            _ if self.catalog.allows_operator(&op.to_string()) => true,
            // Documents, arrays and ranges that have been read contain each other or do not.
            BinaryOperator::AtArrow
            | BinaryOperator::ArrowAt
            | BinaryOperator::PGOverlap
            | BinaryOperator::Question
            | BinaryOperator::QuestionAnd
            | BinaryOperator::QuestionPipe => self.dialect != Dialect::Postgres,
            // Text would be made ready for the search first, which has a limit.
            BinaryOperator::AtAt => self.class(left) != Operand::Of(Class::Search),
            BinaryOperator::Arrow | BinaryOperator::LongArrow => {
                self.dialect != Dialect::Postgres || self.class(left) != Operand::Of(Class::Json)
            }
            BinaryOperator::PGLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGNotILikeMatch => {
                !is_constant(right) || !self.has_default_collation(left)
            }
            _ => true,
        }
    }

    /// Whether two values cannot be compared for some values.
    fn comparison_fails(&self, left: &Expr, right: &Expr) -> bool {
        if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
            let mut pairs = left.iter().zip(right);
            return pairs.any(|(left, right)| self.comparison_fails(left, right));
        }
        let (left, right) = (self.class(left), self.class(right));
        let is_text = |of: Operand| matches!(of, Operand::Of(Class::Text | Class::Collated));
        if self.dialect == Dialect::Postgres && is_text(left) && is_text(right) {
            // Of two columns, the collations have to be the same.
            self.needs_facts.set(true);
            return [left, right].contains(&Operand::Of(Class::Collated));
        }
        match self.dialect {
            Dialect::Sqlite => false,
            Dialect::MySql if !self.compares_strictly => false,
            Dialect::MySql => {
                if let (Operand::Of(class), Operand::Placeholder(index))
                | (Operand::Placeholder(index), Operand::Of(class)) = (left, right)
                {
                    match class {
                        Class::Text => self.texts.borrow_mut().push(index),
                        Class::Integer | Class::Decimal | Class::Float | Class::Boolean => {
                            self.numbers.borrow_mut().push(index);
                        }
                        _ => {}
                    }
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

    fn yields_same(&self, expr: &Expr, query: &Query) -> bool {
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
    fn class(&self, expr: &Expr) -> Operand {
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
                Value::SingleQuotedString(text)
                    if text.parse::<f64>().is_ok_and(f64::is_finite) =>
                {
                    Operand::Digits
                }
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
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => {
                parts.last().map_or(Operand::Any, |name| self.column(name))
            }
            Expr::Cast {
                data_type: DataType::Text | DataType::Varchar(_) | DataType::Char(_),
                ..
            } => Operand::Of(Class::Text),
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
    fn has_default_collation(&self, expr: &Expr) -> bool {
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
    fn converts<'e>(&self, values: impl Iterator<Item = &'e Expr>) -> bool {
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
    fn class_of_arguments(&self, function: &Function) -> Operand {
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

    /// A sum of what may be too large.
    fn adds_up(&self, expr: &Expr) -> bool {
        let Expr::Function(function) = expr else {
            return false;
        };
        let is_sum = matches!(function_name(function).as_deref(), Some("sum" | "avg"));
        is_sum
            && (self.dialect == Dialect::Sqlite
                || !matches!(
                    self.class_of_arguments(function),
                    Operand::Of(Class::Integer | Class::Decimal) | Operand::Unlearned
                ))
    }

    /// By the tables of the statement: those that have such a column have to agree.
    fn column(&self, name: &Ident) -> Operand {
        let Ok(column) = self.dialect.column(name) else {
            return Operand::Any;
        };
        if self.is_mixed || self.aliases.contains(&column) {
            return Operand::Any;
        }
        // They will be known before anything is sent.
        if self.is_unlearned {
            self.has_guessed.set(true);
            return Operand::Unlearned;
        }
        let known = self.catalog.columns();
        let mut classes = self
            .tables
            .iter()
            .filter_map(|table| known.class(table, &column));
        match classes.next() {
            Some(first) if classes.all(|other| other == first) => Operand::Of(first),
            Some(_) => Operand::Any,
            None => Operand::Any,
        }
    }

    /// Whether MySQL takes an expression for true or false without reading text as a number, where it does so strictly.
    pub(in super::super) fn is_condition(&self, expr: &Expr) -> bool {
        if !self.compares_strictly {
            return true;
        }
        match expr {
            Expr::Nested(inner) => self.is_condition(inner),
            Expr::Value(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::RLike { .. }
            | Expr::Exists { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. } => true,
            Expr::UnaryOp { op, .. } => {
                matches!(op, UnaryOperator::Not | UnaryOperator::BangNot)
            }
            Expr::BinaryOp { op, .. } => {
                is_comparison(op)
                    || matches!(
                        op,
                        BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor
                    )
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => matches!(
                self.class(expr),
                Operand::Unlearned
                    | Operand::Of(
                        Class::Integer
                            | Class::Decimal
                            | Class::Float
                            | Class::Boolean
                            | Class::Time
                    )
            ),
            _ => false,
        }
    }

    /// Whether a join by columns of these names may fail or convert them; by whatever columns, for `NATURAL`.
    pub(in super::super) fn join_fails(&self, columns: Option<&[ObjectName]>) -> bool {
        match (self.dialect, columns) {
            (Dialect::Sqlite, _) => false,
            (Dialect::MySql, _) => self.compares_strictly,
            (Dialect::Postgres, None) => true,
            (Dialect::Postgres, Some(columns)) => columns.iter().any(|name| {
                let name = name.0.last().and_then(|part| part.as_ident());
                !matches!(
                    name.map(|name| self.column(name)),
                    Some(
                        Operand::Unlearned
                            | Operand::Of(
                                Class::Integer
                                    | Class::Text
                                    | Class::Uuid
                                    | Class::Boolean
                                    | Class::Other
                            )
                    )
                )
            }),
        }
    }

    fn is_calm_call(&self, function: &Function) -> bool {
        let Some(name) = function_name(function) else {
            return false;
        };
        let name = name.as_str();
        // Their sum may be too large, by the rows that are read alone.
        let is_total = matches!(name, "sum" | "avg") && function.over.is_none();
        let args = match &function.args {
            FunctionArguments::List(list) => list.args.as_slice(),
            FunctionArguments::None | FunctionArguments::Subquery(_) => &[],
        };
        if self.dialect == Dialect::Postgres {
            match name {
                "coalesce" => {
                    let exprs = args.iter().filter_map(|arg| match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                        _ => None,
                    });
                    return !self.converts(exprs);
                }
                // Text by whose collation?
                "lower" | "upper" | "ltrim" | "rtrim" | "trim" => {
                    return matches!(
                        self.class_of_arguments(function),
                        Operand::Of(Class::Text | Class::Other) | Operand::Unlearned
                    );
                }
                _ => {}
            }
        }
        match (name, args) {
            // With a second argument, they read bytes as text.
            ("length" | "lower" | "upper" | "octet_length" | "char_length", [_, _, ..]) => {
                return false;
            }
            (
                "nullif",
                [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(left)),
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(right)),
                ],
            ) => return !self.comparison_fails(left, right),
            _ => {}
        }
        is_total
            || CALM.contains(&name)
            || (self.dialect == Dialect::Sqlite && CALM_ON_SQLITE.contains(&name))
    }
}

/// What stands on one side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
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
        // What is bound beside a number has to be one, and beside text has to be text: see `Plan::bind`.
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

fn is_comparison(op: &BinaryOperator) -> bool {
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

/// One character, written out.
fn is_character(expr: &Expr) -> bool {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => {
                text.chars().count() == 1
            }
            _ => false,
        },
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

/// A query of aggregates alone, or of one row at most.
fn yields_one_row(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    let is_grouped = match &select.group_by {
        sqlparser::ast::GroupByExpr::All(_) => true,
        sqlparser::ast::GroupByExpr::Expressions(exprs, _) => !exprs.is_empty(),
    };
    let is_total = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            is_aggregate(expr)
        }
        _ => false,
    };
    !is_grouped && !select.projection.is_empty() && select.projection.iter().all(is_total)
}

fn function_name(function: &Function) -> Option<String> {
    match function.name.0.last() {
        Some(ObjectNamePart::Identifier(name)) => Some(name.value.to_ascii_lowercase()),
        _ => None,
    }
}

/// Looks for something that may fail on some row.
struct Search<'a> {
    calm: &'a Calm<'a>,
    skips_aggregates: bool,
    /// How many queries stand around.
    depth: usize,
    /// How many expressions stand around of which nothing is looked at.
    skipped: usize,
}

impl Search<'_> {
    /// Small constants; and of groups what is computed from aggregates, which no engine moves to before there are groups.
    fn skips(&self, expr: &Expr) -> bool {
        let is_of_groups =
            || self.skips_aggregates && self.depth == 0 && !is_logical(expr) && has_aggregate(expr);
        is_small(expr) || is_of_groups()
    }
}

/// What combines conditions, and may be taken apart.
fn is_logical(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Nested(_)
            | Expr::UnaryOp {
                op: UnaryOperator::Not,
                ..
            }
            | Expr::BinaryOp {
                op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor,
                ..
            }
    )
}

/// A constant that cannot be too large for anything: `60 * 60`, `now() - INTERVAL '1 day'`.
fn is_small(expr: &Expr) -> bool {
    let has_digits = |text: &str, most: usize| {
        text.split(|char: char| !char.is_ascii_digit())
            .all(|run| run.len() <= most)
    };
    let is_interval = |expr: &Expr| match expr {
        Expr::Interval(interval) => {
            let text = format!("{interval}").to_ascii_lowercase();
            let is_long = ["year", "dec", "cent", "mil", "'p"]
                .iter()
                .any(|unit| text.contains(unit));
            matches!(&*interval.value, Expr::Value(_))
                && has_digits(&text, if is_long { 2 } else { 4 })
        }
        _ => false,
    };
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.len() <= 5,
            _ => false,
        },
        Expr::Nested(inner) => is_small(inner),
        Expr::Function(function) => matches!(
            function_name(function).as_deref(),
            Some(
                "now"
                    | "current_timestamp"
                    | "current_date"
                    | "localtimestamp"
                    | "curdate"
                    | "utc_timestamp"
            )
        ),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Plus | BinaryOperator::Minus => {
                is_small(left) && (is_small(right) || is_interval(right))
            }
            BinaryOperator::Multiply => {
                matches!((&**left, &**right), (Expr::Value(_), Expr::Value(_)))
                    && is_small(left)
                    && is_small(right)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether the limits of a query are numbers that are written out: `LIMIT '-1'` fails once the query is asked.
fn has_plain_limits(query: &Query) -> bool {
    let is_number = |expr: &Expr| {
        matches!(expr, Expr::Value(value) if matches!(&value.value, Value::Number(text, _)
            if text.bytes().all(|byte| byte.is_ascii_digit())))
    };
    let is_limit = match &query.limit_clause {
        None => true,
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            limit.as_ref().is_none_or(is_number)
                && offset
                    .as_ref()
                    .is_none_or(|offset| is_number(&offset.value))
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            is_number(offset) && is_number(limit)
        }
    };
    let fetched = query
        .fetch
        .as_ref()
        .and_then(|fetch| fetch.quantity.as_ref());
    is_limit && fetched.is_none_or(is_number)
}

fn has_aggregate(expr: &Expr) -> bool {
    struct Aggregates;
    impl Visitor for Aggregates {
        type Break = bool;

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<bool> {
            match is_aggregate(expr) {
                true => ControlFlow::Break(true),
                false => ControlFlow::Continue(()),
            }
        }

        // An aggregate of a query inside is computed for each row of this one.
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<bool> {
            ControlFlow::Break(false)
        }
    }
    expr.visit(&mut Aggregates) == ControlFlow::Break(true)
}

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        match has_plain_limits(query) {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    /// A function in FROM fails as others do.
    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { args: Some(_), .. }
            | TableFactor::Function { .. }
            | TableFactor::UNNEST { .. }
                if self.skipped == 0 =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.skipped > 0 || self.skips(expr) {
            self.skipped += 1;
            return ControlFlow::Continue(());
        }
        // What is added up in a query inside is too much for the query, whenever it is asked.
        let adds_up = self.depth > 0 && self.calm.adds_up(expr);
        match adds_up || self.calm.may_fail(expr) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.skipped = self.skipped.saturating_sub(1);
        ControlFlow::Continue(())
    }
}

/// A call of an aggregate, which is not one of a window's.
pub(in super::super) fn is_aggregate(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => {
            function.over.is_none()
                && function_name(function).is_some_and(|name| AGGREGATES.contains(&&*name))
        }
        _ => false,
    }
}

/// The tables and the aliases of a statement.
struct Named {
    dialect: Dialect,
    tables: Vec<TableName>,
    aliases: HashSet<Box<str>>,
    /// A set operation has a `*`: any column may be of several types.
    is_mixed: bool,
}

impl Named {
    fn alias(&mut self, name: &Ident) -> Result<(), Error> {
        self.aliases.insert(self.dialect.column(name)?);
        Ok(())
    }

    /// The names of the first arm stand for the types of all.
    fn mixed(&mut self, body: &SetExpr) -> Result<(), Error> {
        match body {
            SetExpr::Select(select) => {
                for item in &select.projection {
                    match item {
                        SelectItem::UnnamedExpr(Expr::Identifier(name))
                        | SelectItem::ExprWithAlias { alias: name, .. } => self.alias(name)?,
                        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
                            if let Some(name) = parts.last() {
                                self.alias(name)?;
                            }
                        }
                        SelectItem::UnnamedExpr(_) => {}
                        _ => self.is_mixed = true,
                    }
                }
                Ok(())
            }
            SetExpr::SetOperation { left, .. } => self.mixed(left),
            SetExpr::Query(query) => self.mixed(&query.body),
            _ => Ok(()),
        }
    }

    fn items(&mut self, projection: &[SelectItem]) -> Result<(), Error> {
        for item in projection {
            // Of another collation than the column of that name.
            if let SelectItem::UnnamedExpr(Expr::Collate { expr, .. }) = item {
                match &**expr {
                    Expr::Identifier(name) => self.alias(name)?,
                    Expr::CompoundIdentifier(parts) => {
                        if let Some(name) = parts.last() {
                            self.alias(name)?;
                        }
                    }
                    _ => {}
                }
            }
            if let SelectItem::ExprWithAlias { alias, expr } = item {
                let is_same = match expr {
                    Expr::Identifier(name) => name.value == alias.value,
                    Expr::CompoundIdentifier(parts) => {
                        parts.last().is_some_and(|name| name.value == alias.value)
                    }
                    _ => false,
                };
                if !is_same {
                    self.alias(alias)?;
                }
            }
        }
        Ok(())
    }
}

impl Visitor for Named {
    type Break = Error;

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Error> {
        // What has more parts is refused where it stands.
        if let Ok(table) = names::table_name(self.dialect, relation)
            && !self.tables.contains(&table)
        {
            self.tables.push(table);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &sqlparser::ast::Select) -> ControlFlow<Error> {
        match self.items(&select.projection) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        // The columns of a set operation are of all its arms.
        if let SetExpr::SetOperation { left, .. } = query.body.as_ref()
            && let Err(error) = self.mixed(left)
        {
            return ControlFlow::Break(error);
        }
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            for column in &cte.alias.columns {
                if let Err(error) = self.alias(&column.name) {
                    return ControlFlow::Break(error);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Error> {
        let alias = match factor {
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. } => alias,
            _ => &None,
        };
        for column in alias.iter().flat_map(|alias| &alias.columns) {
            if let Err(error) = self.alias(&column.name) {
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }
}
