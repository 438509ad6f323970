//! Expressions: every node that is accepted is named here, and its parts are visited.

mod function;
mod literal;
pub(super) mod pattern;
mod types;

use sqlparser::ast::{
    AccessExpr, Array, BinaryOperator, CaseWhen, CeilFloorKind, DataType, Expr, Ident, Interval,
    MemberOf, Subscript, TypedString, WindowFrame, WindowFrameBound, WindowSpec,
};

use super::Planner;
use crate::{
    error::Error,
    sql::{dialect::Dialect, operators, precedence},
};

impl Planner<'_> {
    /// Visits any number of expressions: a list, an option or a boxed one.
    pub(in crate::plan) fn exprs<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e mut Expr>,
    ) -> Result<(), Error> {
        exprs.into_iter().try_for_each(|expr| self.expr(expr))
    }

    pub(in crate::plan) fn expr(&mut self, expr: &mut Expr) -> Result<(), Error> {
        precedence::ensure_same_grouping(expr, self.dialect)?;
        let converts = self.converting(expr);
        match expr {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(parts) => {
                parts.iter().try_for_each(|part| self.variable(part))
            }
            Expr::Value(value) => self.literal(&mut value.value),
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::Nested(inner) => self.expr(inner),
            Expr::IsJson { expr, .. }
            | Expr::IsNormalized { expr, .. }
            | Expr::Extract { expr, .. }
            | Expr::Collate { expr, .. } => self.expr(expr),
            Expr::UnaryOp { op, expr } => {
                operators::unary(*op, self.dialect)?;
                operators::ensure_operand(*op, expr)?;
                self.expr(expr)
            }
            Expr::BinaryOp { left, op, right } => {
                operators::binary(op, self.dialect, self.catalog.allowed())?;
                if matches!(op, BinaryOperator::Glob) || operators::is_like(op) {
                    self.pattern(right, None)?;
                }
                self.expr(left)?;
                self.expr(right)
            }
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                self.expr(left)?;
                self.expr(right)
            }
            Expr::AnyOp {
                left,
                compare_op,
                right,
                is_some: _,
            }
            | Expr::AllOp {
                left,
                compare_op,
                right,
            } => {
                operators::quantified(compare_op, self.dialect, self.catalog.allowed())?;
                crate::error::refuse_if(
                    precedence::goes_on_after_query(right, self.dialect),
                    "an operator after the query of `ANY` or `ALL` (put what belongs together in parentheses)",
                )?;
                self.expr(left)?;
                self.fences.above.compares = matches!(**right, Expr::Subquery(_));
                let was_beside = self.enter_failing(converts);
                let done = self.expr(right);
                self.fences.beside_failing = was_beside;
                done
            }
            Expr::InList {
                expr,
                list,
                negated: _,
            } => {
                self.expr(expr)?;
                self.exprs(list)
            }
            Expr::InSubquery {
                expr,
                subquery,
                negated: _,
            } => {
                self.expr(expr)?;
                self.fences.above.compares = true;
                let was_beside = self.enter_failing(converts);
                let done = self.query(subquery);
                self.fences.beside_failing = was_beside;
                done
            }
            Expr::Exists { .. } => self.exists(expr),
            Expr::Subquery(subquery) => self.query(subquery),
            Expr::Between {
                expr,
                negated: _,
                low,
                high,
            } => {
                self.expr(expr)?;
                self.expr(low)?;
                self.expr(high)
            }
            Expr::Like {
                negated: _,
                any,
                expr,
                pattern,
                escape_char,
            }
            | Expr::ILike {
                negated: _,
                any,
                expr,
                pattern,
                escape_char,
            } => {
                let is_listed = matches!(
                    **pattern,
                    Expr::Nested(_) | Expr::Tuple(_) | Expr::Subquery(_)
                );
                crate::error::refuse_if(
                    *any && (self.dialect != Dialect::Postgres || !is_listed),
                    "this form of `LIKE ANY`",
                )?;
                self.pattern(pattern, escape_char.as_deref())?;
                self.expr(expr)?;
                self.expr(pattern)?;
                self.exprs(escape_char.as_deref_mut())
            }
            Expr::SimilarTo {
                negated: _,
                expr,
                pattern,
                escape_char,
            } => {
                self.expr(expr)?;
                self.expr(pattern)?;
                self.exprs(escape_char.as_deref_mut())
            }
            Expr::Cast {
                kind: _,
                expr,
                data_type,
                format,
            } => {
                crate::error::refuse_if(format.is_some(), "`CAST … FORMAT`")?;
                // `BINARY a = b` is a cast of the comparison to the parser, and of `a` to MySQL.
                let binds_less = matches!(
                    **expr,
                    Expr::BinaryOp { .. }
                        | Expr::UnaryOp { .. }
                        | Expr::Like { .. }
                        | Expr::RLike { .. }
                        | Expr::InList { .. }
                        | Expr::InSubquery { .. }
                        | Expr::Between { .. }
                        | Expr::IsNull(_)
                        | Expr::IsNotNull(_)
                        | Expr::IsTrue(_)
                        | Expr::IsNotTrue(_)
                        | Expr::IsFalse(_)
                        | Expr::IsNotFalse(_)
                        | Expr::IsUnknown(_)
                        | Expr::IsNotUnknown(_)
                        | Expr::Collate { .. }
                        | Expr::MemberOf(_)
                );
                crate::error::refuse_if(
                    self.dialect == Dialect::MySql
                        && matches!(data_type, DataType::Binary(_))
                        && binds_less,
                    "the operator `BINARY` before a comparison (write `CAST(a AS BINARY) = b`)",
                )?;
                self.data_type(data_type)?;
                self.expr(expr)
            }
            Expr::TypedString(TypedString {
                data_type,
                value,
                uses_odbc_syntax,
            }) => {
                crate::error::refuse_if(*uses_odbc_syntax, "an ODBC literal")?;
                self.data_type(data_type)?;
                self.literal(&mut value.value)
            }
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => {
                self.expr(timestamp)?;
                self.expr(time_zone)
            }
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                match field {
                    CeilFloorKind::DateTimeField(_) => {}
                    CeilFloorKind::Scale(value) => self.literal(&mut value.value)?,
                }
                self.expr(expr)
            }
            Expr::Position { expr, r#in } => {
                self.expr(expr)?;
                self.expr(r#in)
            }
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                special: _,
                shorthand: _,
            } => {
                self.expr(expr)?;
                self.exprs(substring_from.as_deref_mut())?;
                self.exprs(substring_for.as_deref_mut())
            }
            Expr::Trim {
                expr,
                trim_where: _,
                trim_what,
                trim_characters,
            } => {
                self.expr(expr)?;
                self.exprs(trim_what.as_deref_mut())?;
                self.exprs(trim_characters.iter_mut().flatten())
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => {
                self.expr(expr)?;
                self.expr(overlay_what)?;
                self.expr(overlay_from)?;
                self.exprs(overlay_for.as_deref_mut())
            }
            Expr::Function(function) => self.function(function),
            Expr::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => {
                self.exprs(operand.as_deref_mut())?;
                for CaseWhen { condition, result } in conditions {
                    self.expr(condition)?;
                    self.expr(result)?;
                }
                self.exprs(else_result.as_deref_mut())
            }
            Expr::Tuple(items) => self.exprs(items),
            Expr::Array(Array { elem, named: _ }) => self.exprs(elem),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                self.exprs(sets.iter_mut().flatten())
            }
            Expr::Interval(Interval {
                value,
                leading_field: _,
                leading_precision: _,
                last_field: _,
                fractional_seconds_precision: _,
            }) => {
                crate::error::refuse_if(
                    self.dialect == Dialect::Postgres && !matches!(**value, Expr::Value(_)),
                    "`INTERVAL` before anything but a string",
                )?;
                self.expr(value)
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                // `n.tags[1]` is a part of a column.
                let column = usize::from(element_of(root, access_chain).is_some());
                self.expr(root)?;
                access_chain
                    .iter_mut()
                    .skip(column)
                    .try_for_each(|access| self.access(access))
            }
            Expr::JsonAccess { .. } => Err(Error::unsupported("a JSON path with `:`")),
            Expr::InUnnest { .. } => Err(Error::unsupported("`IN UNNEST`")),
            Expr::RLike {
                negated: _,
                expr,
                pattern,
                regexp: _,
            } => {
                self.expr(expr)?;
                self.expr(pattern)
            }
            // To another type, or to another character set.
            Expr::Convert {
                is_try: false,
                expr,
                data_type,
                charset: _,
                target_before_value: false,
                styles,
            } if styles.is_empty() && self.dialect == Dialect::MySql => {
                data_type
                    .iter()
                    .try_for_each(|data_type| self.data_type(data_type))?;
                self.expr(expr)
            }
            Expr::MemberOf(MemberOf { value, array }) => {
                self.expr(value)?;
                self.expr(array)
            }
            Expr::Convert { .. } => Err(Error::unsupported("this form of `CONVERT`")),
            Expr::Prefixed { .. } => Err(Error::unsupported("a string with an introducer")),
            Expr::Struct { .. } => Err(Error::unsupported("`STRUCT`")),
            Expr::Named { .. } => Err(Error::unsupported("a named expression")),
            Expr::Dictionary(_) | Expr::Map(_) => Err(Error::unsupported("a map literal")),
            Expr::MatchAgainst { .. } => Err(Error::unsupported("`MATCH … AGAINST`")),
            Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => {
                Err(Error::unsupported("`*` as a value"))
            }
            Expr::OuterJoin(_) => Err(Error::unsupported("`(+)`")),
            Expr::Prior(_) => Err(Error::unsupported("`PRIOR`")),
            Expr::Lambda(_) => Err(Error::unsupported("a lambda")),
        }
    }

    pub(in crate::plan) fn window(&mut self, window: &mut WindowSpec) -> Result<(), Error> {
        let WindowSpec {
            window_name: _,
            partition_by,
            order_by,
            window_frame,
        } = window;
        self.exprs(partition_by)?;
        self.order_by_exprs(order_by)?;
        let Some(WindowFrame {
            units: _,
            start_bound,
            end_bound,
        }) = window_frame
        else {
            return Ok(());
        };
        for bound in std::iter::once(start_bound).chain(end_bound) {
            match bound {
                WindowFrameBound::CurrentRow => {}
                WindowFrameBound::Preceding(distance) | WindowFrameBound::Following(distance) => {
                    let is_text = matches!(distance.as_deref(), Some(Expr::Interval(interval))
                        if interval.leading_field.is_none() && self.dialect == Dialect::Postgres
                            && !matches!(&*interval.value, Expr::Value(value) if value.value.to_string().contains(' ')));
                    crate::error::refuse_if(is_text, "text as the distance of a window frame")?;
                    self.exprs(distance.as_deref_mut())?;
                }
            }
        }
        Ok(())
    }

    fn access(&mut self, access: &mut AccessExpr) -> Result<(), Error> {
        match access {
            // PostgreSQL also reads `(row).name` as a call of the function `name`.
            AccessExpr::Dot(_) => Err(Error::unsupported("a field of an expression")),
            AccessExpr::Subscript(Subscript::Index { index }) => self.expr(index),
            AccessExpr::Subscript(Subscript::Slice {
                lower_bound,
                upper_bound,
                stride,
            }) => {
                self.exprs(lower_bound)?;
                self.exprs(upper_bound)?;
                self.exprs(stride)
            }
        }
    }
}

/// The table and the column of `n.tags[1]`, which the parser takes for a field of `n`.
pub(in crate::plan) fn element_of<'e>(
    root: &'e Expr,
    chain: &'e [AccessExpr],
) -> Option<[&'e Ident; 2]> {
    match (root, chain) {
        (
            Expr::Identifier(table),
            [
                AccessExpr::Dot(Expr::Identifier(column)),
                AccessExpr::Subscript(_),
                ..,
            ],
        ) => Some([table, column]),
        _ => None,
    }
}
