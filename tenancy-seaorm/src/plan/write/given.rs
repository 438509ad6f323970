//! Ids that a statement gives for the columns that hold the tenant and the owner.

use sqlparser::ast::{self, Expr};

use crate::{
    error::{Error, ErrorKind},
    plan::{
        Planner,
        bind::{Bound, Check, GivenValue, missing_tenant},
    },
    policy::id::{IdColumn, IdKind, IdRole},
    sql::{dialect::Dialect, tree::is_default},
};

impl Planner<'_> {
    /// Requires that `value`, given for a tenant or an owner column, is the scope's.
    pub(in crate::plan) fn check_given(
        &mut self,
        value: &mut Expr,
        column: &IdColumn,
        table: &str,
        stamps_null: bool,
    ) -> Result<(), Error> {
        let stamps_null = stamps_null && self.stamps(column);
        if let Some(plain) = plain_literal(value) {
            *value = plain;
        }
        let given = match value {
            Expr::Value(literal) => match &literal.value {
                ast::Value::Placeholder(name) => {
                    let index = self.dialect.placeholder_index(name)?;
                    let used_once = self.placeholders.is_used_once(index);
                    self.placeholders.check(Check {
                        given: GivenValue::Value(index),
                        bound: Bound::of(column),
                        table: table.into(),
                        column: column.name().into(),
                        // A value that stands elsewhere too must not change there.
                        stamps_null: stamps_null && used_once,
                    });
                    return Ok(());
                }
                ast::Value::Null if stamps_null => None,
                ast::Value::Null if !self.stamps(column) => {
                    return Err(missing_tenant(table, column.name()));
                }
                ast::Value::Number(text, _) | ast::Value::SingleQuotedString(text) => {
                    Some(text.as_str().into())
                }
                // The bytes of a UUID, which are its digits: PostgreSQL has bits in this notation.
                ast::Value::HexStringLiteral(digits)
                    if column.kind() == IdKind::Uuid && self.dialect != Dialect::Postgres =>
                {
                    Some(digits.as_str().into())
                }
                _ => return Err(self.foreign_expression(table, column)),
            },
            Expr::Identifier(name) if stamps_null && is_default(name) => None,
            _ => return Err(self.foreign_expression(table, column)),
        };
        if let Some(text) = given {
            self.placeholders.check(Check {
                given: GivenValue::Literal(text),
                bound: Bound::of(column),
                table: table.into(),
                column: column.name().into(),
                stamps_null: false,
            });
            if !self.stamps(column) {
                *value = self.placeholders.of_checked(column);
                return Ok(());
            }
        }
        *value = self.id_placeholder(column);
        Ok(())
    }

    fn foreign_expression(&self, table: &str, column: &IdColumn) -> Error {
        let (kind, whose) = match column.role() {
            IdRole::Tenant if self.stamps(column) => (
                ErrorKind::ForeignTenant,
                "tenant column and was given an expression: leave it out, or bind the context's tenant id",
            ),
            IdRole::Tenant => (
                ErrorKind::ForeignTenant,
                "tenant column and was given an expression: bind the id of one of the elevation's tenants",
            ),
            IdRole::User => (
                ErrorKind::ForeignOwner,
                "owner column and was given an expression: leave it out, or bind the principal's subject",
            ),
        };
        Error::new(kind, format!("`{table}.{}` is the {whose}", column.name()))
    }
}

/// `(1)`, `+1` and `-1` as one number, or the constant in parentheses.
fn plain_literal(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Nested(inner) => Some(plain_literal(inner).unwrap_or_else(|| (**inner).clone())),
        Expr::UnaryOp { op, expr } => {
            let inner = plain_literal(expr).unwrap_or_else(|| (**expr).clone());
            let Expr::Value(literal) = inner else {
                return None;
            };
            let ast::Value::Number(text, is_long) = literal.value else {
                return None;
            };
            let text = match op {
                ast::UnaryOperator::Plus => text,
                ast::UnaryOperator::Minus => match text.strip_prefix('-') {
                    Some(positive) => positive.into(),
                    None => format!("-{text}"),
                },
                _ => return None,
            };
            Some(Expr::value(ast::Value::Number(text, is_long)))
        }
        _ => None,
    }
}
