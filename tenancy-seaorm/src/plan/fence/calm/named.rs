//! What a statement calls its tables and columns, as far as it says of what type a name is.

use std::{collections::HashSet, ops::ControlFlow};

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SelectItem, SetExpr, Statement, TableFactor, Value,
    Visit, Visitor,
};

use super::column_name;
use crate::{
    error::Error,
    plan::read::names,
    sql::{dialect::Dialect, names::TableName},
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
    /// What goes by a name that the statement gives: of PostgreSQL's, what queries in FROM and
    /// common table expressions yield; elsewhere whatever has an alias. What the engine names in a
    /// way of its own is among the aliases.
    pub(super) outputs: Vec<(Box<str>, Expr)>,
    /// The queries in FROM, by address.
    derived: HashSet<usize>,
    /// What tables and aliases go by, once for each that has the name.
    ranges: Vec<Box<str>>,
    /// How many blocks there are, and whether one has a `*`.
    pub(super) blocks: usize,
    has_star: bool,
    /// Columns are passed on that are not named: by a `*`, or under another name.
    pub(super) passes_on: bool,
    /// The common table expressions.
    pub(super) ctes: Vec<(Box<str>, Query)>,
}

impl Named {
    pub(super) fn of(statement: &Statement, dialect: Dialect) -> Result<Self, Error> {
        let mut named = Self {
            dialect,
            tables: Vec::new(),
            aliases: HashSet::new(),
            is_mixed: false,
            expressions: Vec::new(),
            outputs: Vec::new(),
            derived: HashSet::new(),
            ranges: Vec::new(),
            blocks: 0,
            has_star: false,
            passes_on: false,
            ctes: Vec::new(),
        };
        match statement.visit(&mut named) {
            ControlFlow::Continue(()) => {
                // That of the only block passes nothing on.
                named.passes_on = named.passes_on || (named.has_star && named.blocks > 1);
                Ok(named)
            }
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// Whether several tables or aliases of the statement go by a name.
    pub(super) fn is_ambiguous(&self, range: &Ident) -> bool {
        let Ok(wanted) = self.dialect.fold(range) else {
            return true;
        };
        let mut of_name = self.ranges.iter().filter(|name| ***name == *wanted);
        of_name.nth(1).is_some()
    }

    fn range(&mut self, name: &Ident) -> Result<(), Error> {
        self.ranges.push(self.dialect.fold(name)?.into());
        Ok(())
    }

    fn alias(&mut self, name: &Ident) -> Result<(), Error> {
        self.aliases.insert(self.dialect.column(name)?);
        Ok(())
    }

    /// What a function in FROM yields goes by its alias or its own name.
    fn function(&mut self, factor: &TableFactor) -> Result<(), Error> {
        let (name, alias) = match factor {
            TableFactor::Table {
                name,
                alias,
                args: Some(_),
                ..
            }
            | TableFactor::Function { name, alias, .. } => (
                name.0.last().and_then(|part| part.as_ident()),
                alias.as_ref(),
            ),
            TableFactor::UNNEST { alias, .. } => (None, alias.as_ref()),
            _ => return Ok(()),
        };
        for own in [
            "unnest",
            "ordinality",
            "key",
            "value",
            "lexeme",
            "positions",
            "weights",
        ] {
            self.aliases.insert(own.into());
        }
        let names = name.into_iter().chain(alias.map(|alias| &alias.name));
        names.into_iter().try_for_each(|name| self.alias(name))
    }

    /// The columns of a query that others read.
    /// <https://www.postgresql.org/docs/current/queries-table-expressions.html>
    fn yields(&mut self, body: &SetExpr) -> Result<(), Error> {
        match body {
            SetExpr::Select(select) => select
                .projection
                .iter()
                .try_for_each(|item| self.yields_item(item)),
            SetExpr::Query(query) => self.yields(&query.body),
            // Named as the first arm is, see `mixed`.
            SetExpr::SetOperation { .. } => Ok(()),
            SetExpr::Insert(Statement::Insert(insert)) => {
                self.yields_rows(insert.returning.as_deref())
            }
            SetExpr::Update(Statement::Update(update)) => {
                self.yields_rows(update.returning.as_deref())
            }
            SetExpr::Delete(Statement::Delete(delete)) => {
                self.yields_rows(delete.returning.as_deref())
            }
            // Named `column1` and so on.
            _ => Ok(()),
        }
    }

    fn yields_rows(&mut self, returning: Option<&[SelectItem]>) -> Result<(), Error> {
        let mut items = returning.into_iter().flatten();
        items.try_for_each(|item| self.yields_item(item))
    }

    fn yields_item(&mut self, item: &SelectItem) -> Result<(), Error> {
        match item {
            SelectItem::ExprWithAlias { expr, alias } => {
                let name = self.dialect.column(alias)?;
                self.outputs.push((name, expr.clone()));
                Ok(())
            }
            SelectItem::UnnamedExpr(Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => Ok(()),
            SelectItem::UnnamedExpr(expr) => {
                if let Expr::Function(function) = expr
                    && let Some(name) = function.name.0.last().and_then(|part| part.as_ident())
                {
                    let name = self.dialect.fold(name)?.into();
                    self.outputs.push((name, expr.clone()));
                    return Ok(());
                }
                self.names_itself(expr)
            }
            SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => Ok(()),
            SelectItem::ExprWithAliases { .. } => {
                self.is_mixed = true;
                Ok(())
            }
        }
    }

    /// An expression without a name goes by one that stands in it: that of a column, a function or
    /// a type.
    fn names_itself(&mut self, expr: &Expr) -> Result<(), Error> {
        // The grammar's own, and the types by the names that PostgreSQL has for them.
        for name in [
            "array",
            "bit",
            "bool",
            "bpchar",
            "btrim",
            "case",
            "ceil",
            "date",
            "exists",
            "extract",
            "float4",
            "float8",
            "floor",
            "int2",
            "int4",
            "int8",
            "interval",
            "ltrim",
            "numeric",
            "overlay",
            "position",
            "row",
            "rtrim",
            "substr",
            "substring",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "timezone",
            "trim",
            "varbit",
            "varchar",
        ] {
            self.aliases.insert(name.into());
        }
        struct Names<'a>(&'a mut Named);
        impl Visitor for Names<'_> {
            type Break = Error;

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Error> {
                let named = match expr {
                    Expr::Function(function) => {
                        function.name.0.last().and_then(|part| part.as_ident())
                    }
                    expr => column_name(expr),
                };
                let noted = match (named, expr) {
                    (Some(name), _) => self.0.alias(name),
                    (None, Expr::Cast { data_type, .. }) => {
                        self.0
                            .aliases
                            .insert(data_type.to_string().to_lowercase().into());
                        Ok(())
                    }
                    _ => Ok(()),
                };
                flow(noted)
            }

            // A query of one column goes by its name.
            fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
                for item in &select.projection {
                    if let SelectItem::ExprWithAlias { alias, .. } = item {
                        flow(self.0.alias(alias))?;
                    }
                }
                ControlFlow::Continue(())
            }
        }
        match expr.visit(&mut Names(self)) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// The names of the first arm stand for the types of all.
    fn mixed(&mut self, body: &SetExpr) -> Result<(), Error> {
        match body {
            SetExpr::Select(select) => {
                for item in &select.projection {
                    match item {
                        SelectItem::ExprWithAlias { alias, .. } => self.alias(alias)?,
                        SelectItem::UnnamedExpr(expr) => self.names_itself(expr)?,
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

    /// MariaDB calls the columns of `VALUES` by what stands in the first row.
    fn values(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Values(values) => {
                self.blocks += 1;
                if self.dialect != Dialect::MySql {
                    return;
                }
                let first = values.rows.first().map(|row| row.content.as_slice());
                for value in first.into_iter().flatten() {
                    self.string(value);
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.values(left);
                self.values(right);
            }
            _ => {}
        }
    }

    /// A string is the name of its column, too: MariaDB takes it from the first character on that
    /// shows, and out of parentheses.
    fn string(&mut self, item: &Expr) {
        let Some(text) = string(item) else {
            return;
        };
        let is_cut = |char: char| char.is_ascii() && !char.is_ascii_graphic();
        for name in [text, text.trim_start_matches(is_cut)] {
            if let Ok(name) = self.dialect.column(&Ident::new(name)) {
                self.aliases.insert(name);
            }
        }
    }

    fn items(&mut self, projection: &[SelectItem]) -> Result<(), Error> {
        if self.dialect == Dialect::Postgres {
            return Ok(());
        }
        for item in projection {
            if let SelectItem::UnnamedExpr(expr) = item {
                self.string(expr);
            }
            if let SelectItem::ExprWithAlias { alias, expr } = item
                && !matches!(expr, Expr::CompoundIdentifier(_) | Expr::Value(_))
            {
                let name = self.dialect.column(alias)?;
                self.expressions.push((name, expr.clone()));
            }
            if let SelectItem::ExprWithAlias { alias, expr } = item {
                let name = self.dialect.column(alias)?;
                self.outputs.push((name, expr.clone()));
            }
        }
        Ok(())
    }
}

/// A string that is written out.
fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => string(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn flow(noted: Result<(), Error>) -> ControlFlow<Error> {
    match noted {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => ControlFlow::Break(error),
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
        match relation.0.last().and_then(|part| part.as_ident()) {
            Some(name) => flow(self.range(name)),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<Error> {
        self.blocks += 1;
        self.has_star = self.has_star
            || select.projection.iter().any(|item| {
                matches!(
                    item,
                    SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)
                )
            });
        flow(self.items(&select.projection))
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Error> {
        self.values(&query.body);
        // The columns of a set operation are of all its arms.
        if let SetExpr::SetOperation { left, .. } = query.body.as_ref()
            && let Err(error) = self.mixed(left)
        {
            return ControlFlow::Break(error);
        }
        let is_postgres = self.dialect == Dialect::Postgres;
        if is_postgres
            && self.derived.remove(&std::ptr::from_ref(query).addr())
            && let Err(error) = self.yields(&query.body)
        {
            return ControlFlow::Break(error);
        }
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.derived.insert(std::ptr::from_ref(&*cte.query).addr());
            match self.dialect.fold(&cte.alias.name) {
                Ok(name) => self.ctes.push((name.into(), (*cte.query).clone())),
                Err(error) => return ControlFlow::Break(error),
            };
            self.passes_on = self.passes_on || !cte.alias.columns.is_empty();
            for column in &cte.alias.columns {
                if let Err(error) = self.alias(&column.name) {
                    return ControlFlow::Break(error);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Error> {
        if let TableFactor::Derived { subquery, .. } = factor {
            self.derived.insert(std::ptr::from_ref(&**subquery).addr());
        }
        if let Err(error) = self.function(factor) {
            return ControlFlow::Break(error);
        }
        let alias = match factor {
            TableFactor::Table { alias, .. }
            | TableFactor::Derived { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. } => alias,
            _ => &None,
        };
        if let Some(alias) = alias {
            self.passes_on = self.passes_on || !alias.columns.is_empty();
            flow(self.range(&alias.name))?;
        }
        for column in alias.iter().flat_map(|alias| &alias.columns) {
            if let Err(error) = self.alias(&column.name) {
                return ControlFlow::Break(error);
            }
        }
        ControlFlow::Continue(())
    }
}
