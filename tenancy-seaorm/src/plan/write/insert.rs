//! Inserts are stamped.

use sqlparser::ast::{
    Assignment, Expr, Ident, Insert, InsertAliases, ObjectName, Query, SetExpr, SqliteOnConflict,
    TableFactor, TableObject,
};

use crate::{
    error::{Error, refuse_if},
    plan::{ActorKind, Placement, Planner, Reach, fence, read::names::qualifier},
    policy::id::IdColumn,
    sql::{dialect::Dialect, reserved, tree::values},
};

impl Planner<'_> {
    pub(in crate::plan) fn insert(&mut self, insert: &mut Insert) -> Result<(), Error> {
        let Insert {
            insert_token: _,
            optimizer_hints,
            or,
            ignore,
            into: _,
            table,
            table_alias,
            columns,
            overwrite,
            source,
            assignments,
            partitioned,
            after_columns,
            has_table_keyword,
            on,
            returning,
            output,
            replace_into,
            priority,
            insert_alias,
            settings,
            format_clause,
            multi_table_insert_type,
            multi_table_into_clauses,
            multi_table_when_clauses,
            multi_table_else_clause,
        } = insert;
        refuse_if(!optimizer_hints.is_empty(), "an optimizer hint")?;
        refuse_if(*replace_into, "`REPLACE`")?;
        Self::conflict_resolution(*or)?;
        refuse_if(output.is_some(), "`OUTPUT`")?;
        refuse_if(
            *overwrite
                || partitioned.is_some()
                || !after_columns.is_empty()
                || *has_table_keyword
                || priority.is_some()
                || (*ignore && self.dialect != Dialect::MySql)
                || settings.is_some()
                || format_clause.is_some()
                || multi_table_insert_type.is_some()
                || !multi_table_into_clauses.is_empty()
                || !multi_table_when_clauses.is_empty()
                || multi_table_else_clause.is_some(),
            "this form of `INSERT`",
        )?;
        let name = match table {
            TableObject::TableName(name) => name,
            TableObject::TableFunction(_) | TableObject::TableQuery(_) => {
                return Err(Error::unsupported("`INSERT` into a function or a query"));
            }
        };
        // Whether another query of the statement than ours can yield several rows.
        let values_ask = match source.as_deref().map(|source| source.body.as_ref()) {
            None => assignments.iter().any(fence::has_query),
            Some(SetExpr::Values(values)) => fence::has_query(values),
            Some(_) => true,
        };
        // What is done about a row in the way may ask for each row of the source.
        let is_query = source
            .as_deref()
            .is_some_and(|source| !matches!(source.body.as_ref(), SetExpr::Values(_)));
        self.fences.above.asks =
            is_query && on.as_ref().is_some_and(|on| self.fences.calm.asks(on));
        if let Some(alias) = table_alias {
            reserved::ensure_alias(&alias.alias, self.dialect)?;
            refuse_if(
                *self.dialect.fold(&alias.alias)? == *"excluded",
                "a table that goes by `excluded`",
            )?;
        }
        let target = self.target(name, table_alias.as_ref().map(|alias| &alias.alias))?;
        self.ignores = self.ignores || *ignore;
        if let (true, Some(owned)) = (*ignore, target.owned) {
            // The server would store as much of an id as fits, which may be another tenant's id.
            let chooses_user = owned.ownership().is_some()
                && matches!(
                    self.viewer.actor,
                    ActorKind::Service | ActorKind::Administrator
                );
            refuse_if(
                self.viewer.reach != Reach::Own || owned.grants_for().is_some() || chooses_user,
                "`INSERT IGNORE` where the caller chooses whose a row is, or whom a grant is for,",
            )?;
        }
        match target.owned {
            None => {
                self.steps.note(&target.table, None, Placement::Reference);
                for Assignment { target: _, value } in assignments {
                    self.expr(value)?;
                }
                if let Some(source) = source {
                    self.query(source)?;
                }
            }
            Some(owned) if !assignments.is_empty() => {
                refuse_if(
                    source.is_some() || !columns.is_empty(),
                    "this form of `INSERT … SET`",
                )?;
                self.ensure_may_insert(&target.table, owned)?;
                self.ensure_may_grant(&target.table, owned)?;
                let ids = self.id_columns(owned);
                self.stamp_assignments(&target.table, assignments, &ids)?;
            }
            Some(owned) => {
                self.ensure_may_insert(&target.table, owned)?;
                self.ensure_may_grant(&target.table, owned)?;
                let ids = self.id_columns(owned);
                self.stamp(&target.table, columns, source, &ids)?;
            }
        }
        // The server returns the row that was in the way, whoever it belongs to, and changed or
        // not.
        refuse_if(
            self.dialect == Dialect::MySql
                && on.is_some()
                && returning.is_some()
                && target.owned.is_some(),
            "`RETURNING` of an `INSERT … ON DUPLICATE KEY UPDATE`",
        )?;
        if self.dialect == Dialect::MySql
            && on.is_some()
            && let Some(source) = source.as_deref()
        {
            self.ensure_target_is_named_once(&source.body, &target.qualifier)?;
        }
        // A key of the schema may say `ON CONFLICT REPLACE`, which would delete another tenant's
        // row, or end the transaction.
        if self.dialect == Dialect::Sqlite && or.is_none() {
            *or = Some(SqliteOnConflict::Abort);
        }
        if let Some(on) = on {
            let row = match insert_alias {
                None => None,
                Some(InsertAliases {
                    row_alias,
                    col_aliases,
                }) if col_aliases.as_ref().is_none_or(Vec::is_empty) => Some(&*row_alias),
                Some(_) => {
                    return Err(Error::unsupported("renaming the columns of the new row"));
                }
            };
            self.fails_on_others = self.dialect == Dialect::MySql
                && target.owned.is_some()
                && !values_ask
                && !fence::has_query(on);
            self.on_insert(on, &target, row, *ignore)?;
        }
        self.select_items(returning.as_deref_mut().unwrap_or_default())
    }

    /// The assignments of an upsert name the row in the way by its table, which the query may read,
    /// too.
    fn ensure_target_is_named_once(&self, body: &SetExpr, target: &Ident) -> Result<(), Error> {
        let SetExpr::Select(select) = body else {
            return Ok(());
        };
        for tree in &select.from {
            let joined = tree.joins.iter().map(|join| &join.relation);
            for factor in std::iter::once(&tree.relation).chain(joined) {
                let known_as = match factor {
                    TableFactor::Table { name, alias, .. } => {
                        qualifier(self.dialect, name, alias.as_ref().map(|alias| &alias.name))?
                    }
                    TableFactor::Derived {
                        alias: Some(alias), ..
                    } => self.dialect.settled(&alias.name)?,
                    _ => continue,
                };
                refuse_if(
                    known_as.value.eq_ignore_ascii_case(&target.value),
                    "an upsert from a query that reads its own table under its own name (give it an alias)",
                )?;
            }
        }
        Ok(())
    }

    /// `DEFAULT VALUES`.
    pub(in crate::plan) fn stamp_default_row(
        &mut self,
        columns: &mut Vec<ObjectName>,
        source: &mut Option<Box<Query>>,
        ids: &[&IdColumn],
    ) -> Result<(), Error> {
        let row = ids.iter().map(|column| self.id_placeholder(column));
        *source = Some(Box::new(values(row.collect())));
        columns.extend(ids.iter().map(|column| self.id_column_name(column)));
        Ok(())
    }

    /// `VALUES (DEFAULT)` on PostgreSQL and `VALUES ()` on MySQL: what SeaORM writes for a model in
    /// which nothing is set.
    pub(in crate::plan) fn stamp_rows_of_defaults(
        &mut self,
        columns: &mut Vec<ObjectName>,
        query: &mut Query,
        ids: &[&IdColumn],
    ) -> Result<(), Error> {
        // The first column's default, and those of the others without a word.
        let is_default = |row: &[Expr]| match (self.dialect, row) {
            (Dialect::Postgres, [Expr::Identifier(only)]) => crate::sql::tree::is_default(only),
            (Dialect::MySql, []) => true,
            (Dialect::Sqlite | Dialect::Postgres | Dialect::MySql, _) => false,
        };
        let rows = match query.body.as_mut() {
            SetExpr::Values(values) if values.rows.iter().all(|row| is_default(&row.content)) => {
                &mut values.rows
            }
            _ => {
                return Err(Error::unsupported("`INSERT` without a list of columns"));
            }
        };
        for row in rows {
            row.content = ids
                .iter()
                .map(|column| self.id_placeholder(column))
                .collect();
        }
        columns.extend(ids.iter().map(|column| self.id_column_name(column)));
        self.query(query)
    }
}
