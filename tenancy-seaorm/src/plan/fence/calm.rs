//! What never fails, on which engine and for which operands. Everything else may.
//!
//! An expression without a column is the same for every row: where it fails, it fails on the tenant's own database too. Not so where a
//! value decides whether it is evaluated: in `CASE`, in what follows an `OR`, in a function or a subquery.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    ops::ControlFlow,
};

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr, Statement, TableFactor,
    UnaryOperator, Value, Visit, Visitor,
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
    /// Strict mode makes an error of text that is compared with a number.
    /// <https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict>
    compares_strictly: bool,
    /// There is a table whose columns the database has not been asked about.
    is_unlearned: bool,
    /// What such columns hold would have made a difference.
    has_guessed: Cell<bool>,
    /// The values that are calm beside a column of text as long as they are text.
    texts: RefCell<Vec<usize>>,
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
        };
        if let ControlFlow::Break(error) = statement.visit(&mut named) {
            return Err(error);
        }
        let mut calm = Self {
            dialect,
            catalog,
            tables: named.tables,
            aliases: named.aliases,
            compares_strictly: dialect == Dialect::MySql
                && !matches!(statement, Statement::Query(_)),
            is_unlearned: false,
            has_guessed: Cell::new(false),
            texts: RefCell::default(),
        };
        calm.is_unlearned = !calm.unclassed().is_empty();
        Ok(calm)
    }

    /// The indexes of values that have to be text.
    pub(in super::super) fn into_texts(self) -> Box<[usize]> {
        let mut texts = self.texts.into_inner();
        texts.sort_unstable();
        texts.dedup();
        texts.into_boxed_slice()
    }

    /// The tables whose columns have to be known to tell what may fail, and are not.
    pub(in super::super) fn unlearned(&self) -> Vec<TableName> {
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
            aggregates: 0,
            conditions: 0,
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
            | Expr::Collate { .. }
            | Expr::Exists { .. }
            | Expr::Trim { .. }
            | Expr::Tuple(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_) => false,
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner) => !self.is_condition(inner),
            Expr::Case {
                operand,
                conditions,
                ..
            } => {
                let mut values = conditions.iter().map(|when| &when.condition);
                match operand.as_deref() {
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
            } => self.comparison_fails(expr, low) || self.comparison_fails(expr, high),
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
                pattern,
                any,
                escape_char,
                ..
            }
            | Expr::ILike {
                pattern,
                any,
                escape_char,
                ..
            } => *any || !is_constant(pattern) || !escape_char.as_deref().is_none_or(is_constant),
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
            | BinaryOperator::StringConcat
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseOr
            | BinaryOperator::PGBitwiseShiftLeft
            | BinaryOperator::PGBitwiseShiftRight => self.dialect != Dialect::Sqlite,
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
            | BinaryOperator::PGNotILikeMatch => !is_constant(right),
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
        match self.dialect {
            Dialect::Sqlite => false,
            Dialect::MySql if !self.compares_strictly => false,
            Dialect::MySql => {
                if let (Operand::Of(Class::Text), Operand::Placeholder(index))
                | (Operand::Placeholder(index), Operand::Of(Class::Text)) = (left, right)
                {
                    self.texts.borrow_mut().push(index);
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
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => self.class(inner),
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
                _ => Operand::Text,
            },
            Expr::TypedString(_) => Operand::Of(Class::Time),
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => {
                parts.last().map_or(Operand::Any, |name| self.column(name))
            }
            Expr::Cast {
                data_type: DataType::Text | DataType::Varchar(_) | DataType::Char(_),
                ..
            } => Operand::Of(Class::Text),
            Expr::Function(function) => match function_name(function).as_deref() {
                Some("lower" | "upper" | "trim" | "ltrim" | "rtrim") => Operand::Of(Class::Text),
                Some(
                    "count" | "length" | "char_length" | "octet_length" | "row_number" | "rank",
                ) => Operand::Of(Class::Integer),
                Some("now" | "current_timestamp" | "current_date") => Operand::Of(Class::Time),
                Some("coalesce" | "ifnull" | "nullif" | "max" | "min") => match &function.args {
                    FunctionArguments::List(list) => match list.args.first() {
                        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) => {
                            self.class(first)
                        }
                        _ => Operand::Any,
                    },
                    _ => Operand::Any,
                },
                _ => Operand::Any,
            },
            Expr::Array(array) => match array.elem.first() {
                Some(first) => self.class(first),
                None => Operand::Null,
            },
            _ => Operand::Any,
        }
    }

    /// By the tables of the statement: those that have such a column have to agree.
    fn column(&self, name: &Ident) -> Operand {
        let Ok(column) = self.dialect.column(name) else {
            return Operand::Any;
        };
        if self.aliases.contains(&column) {
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

    /// Whether a comparison of columns whose types nobody looks at may fail, as `USING` makes it.
    pub(in super::super) fn compares_strictly(&self) -> bool {
        self.compares_strictly
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
    Null,
    Placeholder(usize),
    /// A column of a table that the database has not been asked about yet.
    Unlearned,
    Any,
}

/// Whether MySQL compares two operands without reading a column's text as a number.
/// <https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html>
fn are_alike(left: Operand, right: Operand) -> bool {
    use Operand::{Null, Number, Of, Placeholder, Text, Unlearned};
    let is_numeric = |of| {
        matches!(
            of,
            Of(Class::Integer | Class::Decimal | Class::Float | Class::Boolean)
        )
    };
    let is_constant = |of| matches!(of, Number | Text | Null | Placeholder(_));
    match (left, right) {
        (Null, _) | (_, Null) | (Unlearned, _) | (_, Unlearned) => true,
        (one, other) if is_constant(one) && is_constant(other) => true,
        // The constant is what is converted.
        (one, other) if is_numeric(one) && (is_numeric(other) || is_constant(other)) => true,
        (one, other) if is_numeric(other) && is_constant(one) => true,
        (Of(Class::Time), Text | Placeholder(_) | Of(Class::Time))
        | (Text | Placeholder(_), Of(Class::Time)) => true,
        // What is bound has to be text: see `Plan::bind`.
        (Of(Class::Text), Text | Placeholder(_) | Of(Class::Text))
        | (Text | Placeholder(_), Of(Class::Text)) => true,
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

/// Whether a column, or a query, has a part in an expression.
fn has_column(expr: &Expr) -> bool {
    struct Columns;
    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            match expr {
                Expr::Identifier(name) if !super::super::is_default(name) => ControlFlow::Break(()),
                Expr::CompoundIdentifier(_) => ControlFlow::Break(()),
                Expr::Function(function) => match &function.args {
                    FunctionArguments::List(list)
                        if list.args.iter().any(|arg| {
                            matches!(
                                arg,
                                FunctionArg::Unnamed(FunctionArgExpr::QualifiedWildcard(_))
                            )
                        }) =>
                    {
                        ControlFlow::Break(())
                    }
                    _ => ControlFlow::Continue(()),
                },
                _ => ControlFlow::Continue(()),
            }
        }

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    expr.visit(&mut Columns).is_break()
}

/// Looks for something that may fail on some row.
struct Search<'a> {
    calm: &'a Calm<'a>,
    skips_aggregates: bool,
    /// How many queries stand around.
    depth: usize,
    /// How many aggregates stand around, of the block itself.
    aggregates: usize,
    /// How many expressions stand around that evaluate their parts by what others yield.
    conditions: usize,
}

fn is_conditional(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Case { .. }
            | Expr::Function(_)
            | Expr::InList { .. }
            | Expr::Between { .. }
            | Expr::BinaryOp {
                op: BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Xor,
                ..
            }
    )
}

impl Search<'_> {
    fn is_skipped(&self, expr: &Expr) -> bool {
        self.skips_aggregates && self.depth == 0 && is_aggregate(expr)
    }

    /// Whether what stands in an expression is evaluated by what others of its parts yield for a row.
    fn is_conditional(&self, expr: &Expr) -> bool {
        is_conditional(expr) && (!self.skips_aggregates || has_column_outside_aggregates(expr))
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

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.is_skipped(expr) {
            self.aggregates += 1;
        }
        let is_seen = self.aggregates == 0 && self.calm.may_fail(expr);
        let fails = is_seen
            && match self.skips_aggregates {
                true => self.conditions > 0 || has_column_outside_aggregates(expr),
                false => self.conditions > 0 || self.depth > 0 || has_column(expr),
            };
        if fails {
            return ControlFlow::Break(());
        }
        self.conditions += usize::from(self.is_conditional(expr));
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.is_skipped(expr) {
            self.aggregates -= 1;
        }
        self.conditions -= usize::from(self.is_conditional(expr));
        ControlFlow::Continue(())
    }
}

/// Whether a column has a part in an expression other than through an aggregate.
fn has_column_outside_aggregates(expr: &Expr) -> bool {
    struct Columns(usize);
    impl Visitor for Columns {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if is_aggregate(expr) {
                self.0 += 1;
            }
            let is_column = matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
            match is_column && self.0 == 0 {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }

        fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if is_aggregate(expr) {
                self.0 -= 1;
            }
            ControlFlow::Continue(())
        }

        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    expr.visit(&mut Columns(0)).is_break()
}

/// The tables and the aliases of a statement.
struct Named {
    dialect: Dialect,
    tables: Vec<TableName>,
    aliases: HashSet<Box<str>>,
}

impl Named {
    fn alias(&mut self, name: &Ident) -> Result<(), Error> {
        self.aliases.insert(self.dialect.column(name)?);
        Ok(())
    }

    fn items(&mut self, projection: &[SelectItem]) -> Result<(), Error> {
        for item in projection {
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
