//! What a statement calls its tables and columns, as far as it says of what type a name is.

use std::{collections::HashSet, ops::ControlFlow};

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, Statement, TableFactor, Visit,
    Visitor,
};

use super::column_name;
use crate::{
    Error,
    catalog::TableName,
    plan::{Dialect, names},
};

/// The tables and the aliases of a statement.
pub(super) struct Named {
    dialect: Dialect,
    /// Every table of the statement.
    pub(super) tables: Vec<TableName>,
    /// Names that the statement gives to expressions: they may be of any type.
    pub(super) aliases: HashSet<Box<str>>,
    /// A set operation has a `*`: any column may be of several types.
    pub(super) is_mixed: bool,
    /// What the aliases of columns stand for.
    pub(super) expressions: Vec<(Box<str>, Expr)>,
    /// The common table expressions.
    pub(super) ctes: Vec<(Box<str>, Query)>,
    /// `COLLATE` stands somewhere.
    pub(super) has_collations: bool,
}

impl Named {
    pub(super) fn of(statement: &Statement, dialect: Dialect) -> Result<Self, Error> {
        let mut named = Self {
            dialect,
            tables: Vec::new(),
            aliases: HashSet::new(),
            is_mixed: false,
            expressions: Vec::new(),
            ctes: Vec::new(),
            has_collations: false,
        };
        match statement.visit(&mut named) {
            ControlFlow::Continue(()) => Ok(named),
            ControlFlow::Break(error) => Err(error),
        }
    }

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
                        SelectItem::ExprWithAlias { alias, .. } => self.alias(alias)?,
                        SelectItem::UnnamedExpr(expr) => {
                            if let Some(name) = column_name(expr) {
                                self.alias(name)?;
                            }
                        }
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
            if let SelectItem::UnnamedExpr(Expr::Collate { expr, .. }) = item
                && let Some(name) = column_name(expr)
            {
                self.alias(name)?;
            }
            if let SelectItem::ExprWithAlias { alias, expr } = item
                && !matches!(expr, Expr::CompoundIdentifier(_) | Expr::Value(_))
                && self.dialect != Dialect::Postgres
            {
                let name = self.dialect.column(alias)?;
                self.expressions.push((name, expr.clone()));
            }
            if let SelectItem::ExprWithAlias { alias, expr } = item
                && column_name(expr).is_none_or(|name| name.value != alias.value)
            {
                self.alias(alias)?;
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

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
        self.has_collations = self.has_collations || matches!(expr, Expr::Collate { .. });
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
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
            match self.dialect.fold(&cte.alias.name) {
                Ok(name) => self.ctes.push((name.into(), (*cte.query).clone())),
                Err(error) => return ControlFlow::Break(error),
            };
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
