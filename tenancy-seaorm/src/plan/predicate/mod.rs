//! From a rule to an expression: what stands in a statement so that it reaches the scope's rows and
//! no others.
//!
//! ```sql
//! SELECT title FROM note AS n WHERE n.title <> ''
//! SELECT title FROM note AS n WHERE n."tenant_id" = $1 AND (n.title <> '')
//! ```

mod ids;
mod json;
mod listed;

use sqlparser::ast::{BinaryOperator, DataType, Expr, Ident};

pub(crate) use ids::Reach;

use super::Planner;
use crate::{
    error::{Error, ErrorKind},
    policy::{
        condition::{Literal, Node},
        id::{IdColumn, IdKind},
        rule::{LIST, Rule},
        soft_delete::{Mark, SoftDelete},
        table::TablePolicy,
    },
    sql::{
        dialect::Dialect,
        tree::{
            and, binary, boolean, bytes, cast, collate, column, equals, equals_any, in_list,
            integer, nested, nested_or, not, or, string,
        },
    },
};
use ids::{binary_collation, c_collation};

impl Planner<'_> {
    /// What holds for the rows of a table that this scope may read.
    pub(super) fn readable(&mut self, row: &Ident, owned: &TablePolicy) -> Result<Expr, Error> {
        let rule = self.viewer.readable(owned);
        self.predicate(row, &rule).map(nested_or)
    }

    /// What holds for the rows of a table that this scope may change.
    pub(super) fn writable(&mut self, row: &Ident, owned: &TablePolicy) -> Result<Expr, Error> {
        let rule = self.viewer.editable(owned);
        self.predicate(row, &rule).map(nested_or)
    }

    /// The expression of a rule about the row that goes by this name. A rule that is left after
    /// what the viewer is free of was taken away binds it.
    fn predicate(&mut self, row: &Ident, rule: &Rule) -> Result<Expr, Error> {
        Ok(match rule {
            Rule::All(rules) => self
                .predicates(row, rules)?
                .into_iter()
                .reduce(and)
                .unwrap_or_else(|| boolean(true)),
            Rule::Any(rules) => self
                .predicates(row, rules)?
                .into_iter()
                .reduce(or)
                .unwrap_or_else(|| boolean(false)),
            Rule::Tenant(id) => self.tenant_predicate(row, id),
            Rule::Owner(id) => self.id_predicate(row, id),
            Rule::UnlessAdministrator(rule) | Rule::Foreign { tenant: _, rule } => {
                self.predicate(row, rule)?
            }
            Rule::NotDeleted(mark) | Rule::OwnNotDeleted(mark) => {
                self.not_deleted_predicate(row, mark)
            }
            Rule::Flag(flag) => equals(self.of_row(row, flag), boolean(true)),
            Rule::When(condition) => nested(self.condition_predicate(row, &condition.0)),
            Rule::Word(name, words) => self.word_predicate(row, name, words),
            Rule::Null(id) => Expr::IsNull(Box::new(self.of_row(row, id.name()))),
            Rule::Granted(list) | Rule::Assigned(list) => self.in_tenants_list(row, list)?,
            Rule::GrantsOwnRow(list) => self.in_users_list(row, list)?,
            Rule::InArray(ids) => self.in_array_predicate(row, ids)?,
            Rule::InJson(ids) => self.in_json_predicate(row, ids)?,
        })
    }

    fn predicates(&mut self, row: &Ident, rules: &[Rule]) -> Result<Vec<Expr>, Error> {
        rules.iter().map(|rule| self.predicate(row, rule)).collect()
    }

    fn not_deleted_predicate(&self, row: &Ident, deletion: &SoftDelete) -> Expr {
        let column = self.of_row(row, deletion.column());
        match deletion.mark() {
            Mark::Timestamp => Expr::IsNull(Box::new(column)),
            Mark::Deleted => Expr::IsNotTrue(Box::new(column)),
            Mark::Active => equals(column, boolean(true)),
        }
    }

    /// A condition of the application's own.
    fn condition_predicate(&self, row: &Ident, node: &Node) -> Expr {
        let inner = |node| nested(self.condition_predicate(row, node));
        let value = |literal: &Literal| match literal {
            Literal::Integer(number) => integer(*number),
            Literal::Text(text) => string(&self.dialect.string(text)),
        };
        match node {
            Node::In(name, values) => {
                let equal = values
                    .iter()
                    .map(|literal| equals(self.of_row(row, name), value(literal)));
                equal.reduce(or).unwrap_or_else(|| boolean(false))
            }
            Node::IsNull(name) => Expr::IsNull(Box::new(self.of_row(row, name))),
            Node::IsTrue(name) => Expr::IsTrue(Box::new(self.of_row(row, name))),
            Node::Less(name, literal) => {
                binary(self.of_row(row, name), BinaryOperator::Lt, value(literal))
            }
            Node::Not(node) => not(self.condition_predicate(row, node)),
            Node::And(left, right) => and(inner(left), inner(right)),
            Node::Or(left, right) => or(inner(left), inner(right)),
        }
    }

    /// That a column holds one of these words, byte by byte: to a collation, `Global ` may be
    /// `global`. The first comparison is the one that an index answers.
    ///
    /// ```sql
    /// n."mode" = 'global' AND CAST(n."mode" AS TEXT) COLLATE "C" = 'global'   -- PostgreSQL
    /// n.`mode` = 'global' AND CAST(n.`mode` AS BINARY) = 'global'             -- MySQL
    /// n.`mode` COLLATE BINARY = 'global'                                      -- SQLite
    /// ```
    fn word_predicate(&self, row: &Ident, name: &str, words: &[&str]) -> Expr {
        let is_one = |column: Expr| match words {
            [only] => equals(column, string(only)),
            several => in_list(column, several.iter().map(|word| string(word)).collect()),
        };
        let column = self.of_row(row, name);
        match self.dialect {
            Dialect::Sqlite => is_one(collate(column, binary_collation())),
            Dialect::Postgres => {
                let exact = collate(cast(column.clone(), DataType::Text), c_collation());
                and(is_one(column), is_one(exact))
            }
            Dialect::MySql => and(is_one(column.clone()), is_one(bytes(column))),
        }
    }

    fn in_array_predicate(&mut self, row: &Ident, ids: &IdColumn) -> Result<Expr, Error> {
        if self.dialect != Dialect::Postgres {
            return Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "`{}` is an array, which only PostgreSQL has: keep grants in JSON or in a table",
                    ids.name()
                ),
            ));
        }
        let column = self.of_row(row, ids.name());
        let array = match ids.kind() {
            IdKind::Text => collate(column, c_collation()),
            IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => column,
        };
        Ok(equals_any(self.id_placeholder(ids), array))
    }

    /// `row.name`.
    fn of_row(&self, row: &Ident, name: &str) -> Expr {
        column(row, self.dialect.quoted(name))
    }

    /// A name for the rows of a list, inside which the row that it is about can still be named.
    fn list_alias(&self, row: &Ident) -> Result<Ident, Error> {
        if row.value.eq_ignore_ascii_case(LIST) {
            return Err(Error::unsupported("the name `tenancy_list` for a table"));
        }
        Ok(self.dialect.quoted(LIST))
    }
}
