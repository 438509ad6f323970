//! The last pass over the tree: every name is quoted as the engine folds it, what the lists admit
//! is the system's own on PostgreSQL, and operators are parted, so that what is printed can mean
//! one thing only.
//!
//! ```sql
//! SELECT Lower(n.Title) || 'x' FROM Note AS n
//! -- PostgreSQL
//! SELECT (pg_catalog."lower"("n"."title") OPERATOR(pg_catalog.||) 'x') FROM "note" AS "n"
//! -- SQLite, MySQL
//! SELECT Lower(`n`.`Title`) || 'x' FROM `Note` AS `n`
//! ```

use std::{collections::HashSet, ops::ControlFlow};

use sqlparser::{
    ast::{
        BinaryOperator, CeilFloorKind, DataType, DateTimeField, Expr, Function, FunctionArg,
        FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, Interval, ObjectName,
        ObjectNamePart, Statement, TableAlias, TableFactor, UnaryOperator, Value, VisitMut,
        VisitorMut,
    },
    tokenizer::{Location, Span},
};

use super::{
    allowed::Allowed, dialect::Dialect, functions, names::is_dual, operators, reserved,
    tree::choose, words,
};
use crate::error::{Error, refuse_if};

/// Settles all names and operators of a statement that has been walked.
pub(crate) fn settle(
    statement: &mut Statement,
    dialect: Dialect,
    allowed: &Allowed,
    exceptions: &HashSet<Location>,
) -> Result<(), Error> {
    let mut settling = Settling {
        dialect,
        allowed,
        exceptions,
    };
    match statement.visit(&mut settling) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Where no identifier stands in any text: the mark of a word of the grammar's that the parser
/// keeps as an identifier.
const SYNTAX: Span = Span {
    start: Location {
        line: u64::MAX,
        column: 0,
    },
    end: Location {
        line: u64::MAX,
        column: 0,
    },
};

/// PostgreSQL's own schema, as the parser keeps it in the name of an operator.
pub(crate) const SYSTEM: &str = "\"pg_catalog\"";

struct Settling<'a> {
    dialect: Dialect,
    allowed: &'a Allowed,
    /// Where reserved words are names.
    exceptions: &'a HashSet<Location>,
}

impl VisitorMut for Settling<'_> {
    type Break = Error;

    fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<Error> {
        if ident.span == SYNTAX {
            return ControlFlow::Continue(());
        }
        let settled = reserved::ensure_name(ident, self.dialect, self.exceptions)
            .and_then(|()| self.dialect.settled(ident));
        flow(settled.map(|settled| *ident = settled))
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        if let Some(alias) = alias(factor) {
            flow(reserved::ensure_alias(&alias.name, self.dialect))?;
        }
        match factor {
            // Of several arrays it is the grammar's, by this name alone, and the system's in any
            // case.
            TableFactor::Table {
                name,
                args: Some(args),
                ..
            } if args.args.len() > 1 && functions::is_unnest(name) => ControlFlow::Continue(()),
            TableFactor::Table {
                name,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, .. } => flow(self.function_name(name)),
            TableFactor::Table { name, .. } if self.dialect == Dialect::MySql && is_dual(name) => {
                if let [ObjectNamePart::Identifier(only)] = name.0.as_mut_slice() {
                    mark(only);
                }
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        flow(self.before(expr))
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        if self.dialect == Dialect::Postgres {
            self.qualify_operator(expr);
        }
        ControlFlow::Continue(())
    }
}

fn alias(factor: &TableFactor) -> Option<&TableAlias> {
    match factor {
        TableFactor::Table { alias, .. }
        | TableFactor::Derived { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::JsonTable { alias, .. }
        | TableFactor::NestedJoin { alias, .. } => alias.as_ref(),
        // The walk refuses the others.
        _ => None,
    }
}

impl Settling<'_> {
    /// `true`, and conditions that are held against it, in words that SQLite takes for no name.
    ///
    /// ```sql
    /// SELECT flag IS NOT TRUE, false FROM note
    /// SELECT CASE WHEN `flag` THEN 0 ELSE 1 END, 0 FROM `note`
    /// ```
    fn without_names_of_truth(expr: &mut Expr) -> Result<(), Error> {
        let number = |is_one: bool| {
            let digit = if is_one { "1" } else { "0" };
            Expr::value(Value::Number(digit.into(), false))
        };
        let is_truth = |expr: &Expr| match strip(expr) {
            Expr::Value(value) => matches!(value.value, Value::Boolean(_)),
            _ => false,
        };
        let (condition, when, is_negated) = match expr {
            // Not a number: `ORDER BY 1` is a position.
            Expr::Value(value) => {
                if let Value::Boolean(is_true) = value.value {
                    *expr = Expr::Nested(Box::new(Expr::BinaryOp {
                        left: Box::new(number(true)),
                        op: BinaryOperator::Eq,
                        right: Box::new(number(is_true)),
                    }));
                }
                return Ok(());
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                return refuse_if(
                    is_truth(left) || is_truth(right),
                    "`IS DISTINCT FROM` a truth value, which SQLite reads as `IS TRUE`,",
                );
            }
            Expr::IsTrue(inner) => (inner, true, false),
            Expr::IsNotTrue(inner) => (inner, false, false),
            Expr::IsFalse(inner) => (inner, true, true),
            Expr::IsNotFalse(inner) => (inner, false, true),
            Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => {
                return Err(Error::unsupported("`UNKNOWN`, which is a name to SQLite,"));
            }
            _ => return Ok(()),
        };
        let mut condition = std::mem::replace(&mut **condition, null());
        if is_negated {
            nest(&mut condition);
            condition = Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr: Box::new(condition),
            };
        }
        *expr = choose(condition, number(when), number(!when));
        Ok(())
    }

    fn before(&self, expr: &mut Expr) -> Result<(), Error> {
        if self.dialect == Dialect::Sqlite {
            part_tests(expr)?;
            Self::without_names_of_truth(expr)?;
        }
        match expr {
            // `DEFAULT` in a row or an assignment is reserved everywhere.
            Expr::Identifier(name) if super::tree::is_default(name) => mark(name),
            Expr::Function(function) => {
                self.words_as_arguments(function);
                self.function_name(&mut function.name)?;
            }
            // A constant of the grammar's, with and without parentheses.
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } if matches!(&**expr, Expr::Nested(inner) if operators::is_number(inner)) => {
                unnest(expr);
            }
            // Of what it is is for a mode of MySQL's to say.
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } if self.dialect == Dialect::MySql
                && !matches!(**expr, Expr::Nested(_) | Expr::Exists { .. }) =>
            {
                nest(expr);
            }
            // `- -x` is a comment, and `+~x` another operator than the two.
            Expr::UnaryOp { op: _, expr } if matches!(**expr, Expr::UnaryOp { .. }) => nest(expr),
            Expr::Extract { field, .. } => self.unit(field)?,
            Expr::Interval(Interval {
                leading_field,
                last_field,
                ..
            }) => {
                for field in [leading_field, last_field].into_iter().flatten() {
                    self.unit(field)?;
                }
            }
            Expr::Cast {
                data_type: DataType::Custom(..),
                ..
            } if self.dialect == Dialect::MySql => {
                return Err(Error::unsupported("a cast to this type"));
            }
            // Calls in the grammar's clothes, which PostgreSQL looks up on the search path like
            // others.
            Expr::Substring { special: true, .. } | Expr::Ceil { .. } | Expr::Floor { .. }
                if self.dialect == Dialect::Postgres =>
            {
                self.call(expr)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Units are known, and stand without quotes on MySQL.
    fn unit(&self, field: &mut DateTimeField) -> Result<(), Error> {
        let (DateTimeField::Custom(name) | DateTimeField::Week(Some(name))) = field else {
            return Ok(());
        };
        if !words::is_unit(&name.value) {
            return Err(Error::unsupported("a unit of time that is not known"));
        }
        if self.dialect != Dialect::Postgres {
            mark(name);
        }
        Ok(())
    }

    /// The name of a function: the grammar's own and the engine's stand bare where they have to,
    /// those of PostgreSQL's lists in its own schema, and those that the application allowed are
    /// names like others.
    fn function_name(&self, name: &mut ObjectName) -> Result<(), Error> {
        let [ObjectNamePart::Identifier(only)] = name.0.as_mut_slice() else {
            return Ok(());
        };
        if only.quote_style == Some('\'') {
            return Err(Error::unsupported("a name in single quotes"));
        }
        let folded = self.dialect.fold_function(only)?;
        if self.dialect == Dialect::Postgres {
            let is_bare = only.quote_style.is_none();
            if is_bare && matches!(&*folded, "extract" | "position") {
                return Err(Error::unsupported(&format!(
                    "`{folded}` with arguments that are parted by commas"
                )));
            }
            if is_bare && functions::is_grammar(&folded) {
                mark(only);
            } else if functions::is_native(&folded, self.dialect)
                && !self.allowed.allows_function(&folded)
            {
                *name = system(&folded);
            }
        } else if functions::is_native(&folded, self.dialect) {
            // In backticks it would be a stored function, or a name.
            only.quote_style = None;
            mark(only);
        }
        Ok(())
    }

    /// `TIMESTAMPDIFF(DAY, …)` and `NORMALIZE(…, NFC)` take words of the grammar's.
    fn words_as_arguments(&self, function: &mut Function) {
        let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
            return;
        };
        let FunctionArguments::List(list) = &mut function.args else {
            return;
        };
        let name = name.value.to_ascii_lowercase();
        match (self.dialect, name.as_str(), list.args.as_mut_slice()) {
            (
                Dialect::MySql,
                "timestampadd" | "timestampdiff" | "get_format",
                [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(unit))),
                    ..,
                ],
            ) if unit.quote_style.is_none() && words::is_unit(&unit.value) => mark(unit),
            (
                Dialect::Postgres,
                "normalize",
                [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(form))],
            ) => {
                if let Expr::Identifier(word) = form
                    && word.quote_style.is_none()
                {
                    let word = word.value.to_ascii_uppercase();
                    *form = Expr::value(Value::SingleQuotedString(word));
                }
            }
            _ => {}
        }
    }

    /// `pg_catalog.substring(…)` for `SUBSTRING(…, …)`.
    fn call(&self, expr: &mut Expr) -> Result<(), Error> {
        let taken = std::mem::replace(expr, null());
        let (name, args) = match taken {
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special: _,
                shorthand,
            } => {
                let parts = [substring_from, substring_for].into_iter().flatten();
                let args = std::iter::once(expr).chain(parts).map(|part| *part);
                let name = if shorthand { "substr" } else { "substring" };
                (name, args.collect::<Vec<_>>())
            }
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => ("ceil", vec![*expr]),
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime),
            } => ("floor", vec![*expr]),
            _ => {
                return Err(Error::unsupported(
                    "`CEIL` and `FLOOR` with a second argument",
                ));
            }
        };
        let args = args
            .into_iter()
            .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
        let name = match self.allowed.allows_function(name) {
            true => ObjectName::from(vec![Ident::new(name)]),
            false => system(name),
        };
        *expr = Expr::Function(Function {
            name,
            uses_odbc_syntax: false,
            parameters: FunctionArguments::None,
            args: FunctionArguments::List(FunctionArgumentList {
                duplicate_treatment: None,
                args: args.collect(),
                clauses: Vec::new(),
            }),
            filter: None,
            null_treatment: None,
            over: None,
            within_group: Vec::new(),
        });
        Ok(())
    }

    /// `(a OPERATOR(pg_catalog.+) b)` for `a + b`. The parentheses keep how tight it binds.
    fn qualify_operator(&self, expr: &mut Expr) {
        let is_settled = |expr: &Expr| match expr {
            Expr::BinaryOp { op, .. } => matches!(op, BinaryOperator::PGCustomBinaryOperator(_)),
            Expr::UnaryOp { op, expr } => operators::is_call(*op, expr),
            _ => false,
        };
        let is_doubled = |expr: &Expr| {
            matches!(expr, Expr::Nested(inner) if matches!(&**inner, Expr::Nested(inner)
                if is_settled(inner)))
        };
        // `- -1` is a constant of the grammar's, too.
        if let Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: operand,
        } = &*expr
            && let Some(constant) = negated(operand)
        {
            *expr = constant;
            return;
        }
        match expr {
            Expr::BinaryOp { op, .. } => {
                let Some(name) = operators::system_name(op) else {
                    return;
                };
                if self.allowed.allows_operator(&name) {
                    return;
                }
                *op = BinaryOperator::PGCustomBinaryOperator(vec![SYSTEM.into(), name]);
                nest(expr);
            }
            // The parser does not read `OPERATOR(pg_catalog.-) x`: the text gets it at its end,
            // where `(-(` stands.
            Expr::UnaryOp { op, expr: operand }
                if operators::is_call(*op, operand)
                    && !self.allowed.allows_operator(&op.to_string()) =>
            {
                if !matches!(**operand, Expr::Nested(_)) {
                    nest(operand);
                }
                nest(expr);
            }
            // Their elements stand in parentheses of their own.
            Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
                for set in sets {
                    if let [only] = set.as_mut_slice() {
                        unnest(only);
                    }
                }
            }
            outer if is_doubled(outer) => unnest(outer),
            _ => {}
        }
    }
}

/// An expression without its parentheses and its collation.
fn strip(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => strip(inner),
        expr => expr,
    }
}

/// `body NOTNULL < 1` is `(body NOTNULL) < 1` to SQLite, and is printed as `body IS NOT NULL < 1`,
/// which is not. `score IS TRUE < 2` is `score IS (TRUE < 2)`, and `NOT EXISTS (…) = 1` is
/// `NOT (EXISTS (…) = 1)`.
fn part_tests(expr: &Expr) -> Result<(), Error> {
    let is_split = match expr {
        Expr::BinaryOp { left, op, .. } => {
            let is_logical = matches!(op, BinaryOperator::And | BinaryOperator::Or);
            let is_equation = matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq);
            match **left {
                Expr::IsNull(_) | Expr::IsNotNull(_) => !is_logical && !is_equation,
                Expr::IsTrue(_)
                | Expr::IsNotTrue(_)
                | Expr::IsFalse(_)
                | Expr::IsNotFalse(_)
                | Expr::Exists { negated: true, .. } => !is_logical,
                _ => false,
            }
        }
        Expr::UnaryOp { op, expr } => {
            *op != UnaryOperator::Not && matches!(**expr, Expr::Exists { negated: true, .. })
        }
        Expr::IsNull(inner)
        | Expr::IsNotNull(inner)
        | Expr::IsTrue(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotFalse(inner) => matches!(**inner, Expr::Exists { negated: true, .. }),
        _ => false,
    };
    refuse_if(
        is_split,
        "an operator after `IS NULL`, `IS TRUE` or `NOT EXISTS` (put what belongs together in parentheses)",
    )
}

/// What the minus before a constant makes of it.
fn negated(operand: &Expr) -> Option<Expr> {
    match operand {
        Expr::Nested(inner) => negated(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } if operators::is_number(expr) => Some((**expr).clone()),
        number if operators::is_number(number) => Some(Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(number.clone()),
        }),
        _ => None,
    }
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

/// Takes one pair of parentheses off, where there is one.
fn unnest(expr: &mut Expr) {
    if let Expr::Nested(inner) = expr {
        *expr = std::mem::replace(&mut **inner, null());
    }
}

pub(crate) fn nest(expr: &mut Expr) {
    let inner = std::mem::replace(expr, null());
    *expr = Expr::Nested(Box::new(inner));
}

/// A name in PostgreSQL's own schema.
fn system(name: &str) -> ObjectName {
    let quoted = |name| Ident::with_quote('"', name);
    ObjectName::from(vec![quoted("pg_catalog"), quoted(name)])
}

/// Keeps a word without quotes.
fn mark(word: &mut Ident) {
    word.span = SYNTAX;
}

fn flow(outcome: Result<(), Error>) -> ControlFlow<Error> {
    match outcome {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
    }
}
