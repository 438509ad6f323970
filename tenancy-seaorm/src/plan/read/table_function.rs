//! Functions in FROM: those that read nothing but their arguments, each of which is visited.
//!
//! ```sql
//! FROM generate_series(1, 3) AS d, unnest($1, $2) WITH ORDINALITY AS u (a, b, n)
//! -- PostgreSQL
//! FROM pg_catalog.generate_series(1, 3) AS d, pg_catalog.unnest($1, $2) WITH ORDINALITY AS u (a, b, n)
//! ```

use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, Ident, ObjectName, TableFactor, TableFunctionArgs,
};

use crate::{
    error::{Error, refuse_if},
    plan::Planner,
    sql::{dialect::Dialect, functions},
};

/// Functions of PostgreSQL's that yield rows.
/// <https://www.postgresql.org/docs/current/functions-srf.html>
const POSTGRES: [&str; 18] = [
    "generate_series",
    "generate_subscripts",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_each_text",
    "json_object_keys",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_each_text",
    "jsonb_object_keys",
    "jsonb_path_query",
    "jsonb_path_query_tz",
    "regexp_matches",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

/// <https://www.sqlite.org/json1.html#table_valued_functions_for_parsing_json_values>
const SQLITE: [&str; 4] = ["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

impl Planner<'_> {
    /// Visits a function in FROM.
    pub(in crate::plan) fn table_function(
        &mut self,
        name: &ObjectName,
        args: &mut [FunctionArg],
    ) -> Result<(), Error> {
        let folded = match name.0.last().and_then(|part| part.as_ident()) {
            Some(only) if name.0.len() == 1 => self.dialect.fold_function(only)?,
            _ => return Err(functions::refused(&super::names::plain(name))),
        };
        let known: &[&str] = match self.dialect {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
            Dialect::MySql => &[],
        };
        if !known.contains(&&*folded) && !self.catalog.allowed().allows_function(&folded) {
            return Err(functions::refused(&folded));
        }
        for arg in args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.expr(expr)?,
                _ => return Err(Error::unsupported("this argument of a function in FROM")),
            }
        }
        Ok(())
    }

    /// `unnest` is a function like others to PostgreSQL, and has a form of its own to the parser.
    pub(in crate::plan) fn named_unnest(&self, factor: &mut TableFactor) -> Result<(), Error> {
        let TableFactor::UNNEST {
            alias,
            array_exprs,
            with_offset,
            with_offset_alias,
            with_ordinality,
        } = factor
        else {
            return Ok(());
        };
        refuse_if(
            self.dialect != Dialect::Postgres || *with_offset || with_offset_alias.is_some(),
            "`UNNEST` in FROM",
        )?;
        let args = std::mem::take(array_exprs)
            .into_iter()
            .map(|array| FunctionArg::Unnamed(FunctionArgExpr::Expr(array)));
        *factor = TableFactor::Table {
            name: ObjectName::from(vec![Ident::new("unnest")]),
            alias: alias.take(),
            args: Some(TableFunctionArgs {
                args: args.collect(),
                settings: None,
            }),
            with_hints: Vec::new(),
            version: None,
            with_ordinality: *with_ordinality,
            partitions: Vec::new(),
            json_path: None,
            sample: None,
            index_hints: Vec::new(),
        };
        Ok(())
    }
}
