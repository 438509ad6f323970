//! The tenant of rows without one: for those that are there, in batches, and for those
//! that the old version of the service still writes, by a trigger.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbErr};
use tenancy_core::TenantId;

use super::{
    progress::{MigrationStep, Progress},
    structure::{Live, rows},
};
use crate::{
    error::{Error, ErrorKind},
    policy::id::IdColumn,
    sql::{names::TableName, quote},
};

/// The trigger on each table that is being filled. Triggers fire in the order of their names: this
/// one after those that may set what the tenant is found by.
const TRIGGER: &str = "zz_tenancy_fill";

/// Where a row's tenant comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Tenant(TenantId),
    /// A query of one value, which may name the row's columns by the table's name.
    Query(Box<str>),
}

impl Source {
    /// # Errors
    ///
    /// [`ErrorKind::Incompatible`] when the tenant's id cannot be stored in the column.
    pub(super) fn expression(&self, table: &str, column: &IdColumn) -> Result<String, Error> {
        match self {
            Self::Query(query) => Ok(format!("({query})")),
            Self::Tenant(tenant) if column.kind().value(tenant).is_some() => {
                let tenant = quote::literal(&tenant.to_string());
                Ok(format!("{tenant}::{}", column.kind().sql()))
            }
            Self::Tenant(_) => Err(Error::new(
                ErrorKind::Incompatible,
                format!(
                    "the tenant of the existing rows of {table} does not fit its column `{}`",
                    column.name()
                ),
            )),
        }
    }
}

/// For whoever writes rows without a tenant, until it is removed.
///
/// The function runs with the rights of who writes. It is made anew, because one that is there may
/// belong to another role, and looks tables up as this migration does.
pub(super) fn trigger(table: &Live<'_>, source: &Source) -> Result<Vec<String>, Error> {
    let function = function(table);
    let column = quote::identifier(table.column.name());
    let expression = source.expression(&table.sql, table.column)?;
    let alias = quote::identifier(&table.name.table);
    let body = format!(
        "#variable_conflict use_column\nBEGIN SELECT {expression} INTO NEW.{column} FROM (SELECT NEW.*) AS {alias}; RETURN NEW; END"
    );
    let sql = &table.sql;
    let mut statements = remove_trigger(table);
    statements.push(format!(
        "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS {}",
        quote::literal(&body)
    ));
    statements.push(format!(
        "CREATE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON {sql} FOR EACH ROW WHEN (NEW.{column} IS NULL) EXECUTE FUNCTION {function}()"
    ));
    Ok(statements)
}

pub(super) fn remove_trigger(table: &Live<'_>) -> Vec<String> {
    vec![
        format!("DROP TRIGGER IF EXISTS {TRIGGER} ON {}", table.sql),
        format!("DROP FUNCTION IF EXISTS {}()", function(table)),
    ]
}

/// The function stands beside its table.
fn function(table: &Live<'_>) -> String {
    quote::table(&TableName {
        schema: table.name.schema.clone(),
        table: format!("tenancy_fill_{}", table.oid).into(),
    })
}

/// How much is changed at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// What a batch should take.
    pub(super) batch: Duration,
    /// Between two batches.
    pub(super) pause: Duration,
}

/// Fills the tenant column of one table, from its first page to the last that there was at the
/// start. What is written meanwhile has its tenant from the trigger. Rows that somebody has locked
/// are left for the next pass: they have theirs from the trigger, too, if they are changed.
pub(super) async fn fill<P: FnMut(&Progress) + Send>(
    owner: &impl ConnectionTrait,
    table: &Live<'_>,
    source: &Source,
    pace: Pace,
    progress: &mut P,
) -> Result<(), DbErr> {
    let expression = source.expression(&table.sql, table.column)?;
    loop {
        let mut filled = 0;
        let parts = parts(owner, table.oid).await?;
        let total = parts.iter().map(|(_, pages)| pages).sum();
        let mut done = 0;
        for (part, pages) in parts {
            let mut size = 16;
            let mut first = 0;
            while first < pages {
                let last = (first + size).min(pages);
                let started = Instant::now();
                let sql = batch(table, &part, &expression, first, last);
                filled += owner.execute_unprepared(&sql).await?.rows_affected();
                let took = started.elapsed();
                if took > pace.batch {
                    size = (size / 2).max(1);
                } else if took < pace.batch / 2 {
                    size = (size * 2).min(65_536);
                }
                done += last - first;
                first = last;
                progress(&Progress::new(
                    &table.sql,
                    MigrationStep::Backfill,
                    done,
                    total,
                    filled,
                ));
                if !pace.pause.is_zero() && first < pages {
                    let pause = format!("SELECT pg_catalog.pg_sleep({})", pace.pause.as_secs_f64());
                    rows(owner, pause).await?;
                }
            }
        }
        let left = unowned(owner, table, &expression).await?;
        if left.rows == 0 {
            return Ok(());
        }
        if left.unmapped > 0 {
            return Err(unowned_error(table, left.unmapped).into());
        }
        if filled == 0 && finds_unlocked(owner, table).await? {
            let why = format!(
                "rows of {} are not changed by an UPDATE: a trigger or a rule of the table keeps them as they are",
                table.sql
            );
            return Err(Error::new(ErrorKind::Catalog, why).into());
        }
        // Another session has locked them.
        rows(owner, "SELECT pg_catalog.pg_sleep(1)".to_owned()).await?;
    }
}

pub(super) fn unowned_error(table: &Live<'_>, left: i64) -> Error {
    Error::new(
        ErrorKind::Catalog,
        format!(
            "{left} rows of {} belong to no tenant: say whose they are with `existing_rows` or `existing_rows_of`, and with a query that finds a tenant for each",
            table.sql
        ),
    )
}

/// Rows without a tenant.
pub(super) struct Unowned {
    pub(super) rows: i64,
    /// Those that no tenant is found for.
    pub(super) unmapped: i64,
}

pub(super) async fn unowned(
    owner: &impl ConnectionTrait,
    table: &Live<'_>,
    expression: &str,
) -> Result<Unowned, DbErr> {
    let column = quote::identifier(table.column.name());
    let sql = format!(
        "SELECT count(*) AS rows, count(*) FILTER (WHERE ({expression}) IS NULL) AS unmapped FROM {} AS {} WHERE {column} IS NULL",
        table.sql,
        quote::identifier(&table.name.table)
    );
    let found = rows(owner, sql).await?;
    let Some(row) = found.first() else {
        return Ok(Unowned {
            rows: 0,
            unmapped: 0,
        });
    };
    Ok(Unowned {
        rows: row.try_get("", "rows")?,
        unmapped: row.try_get("", "unmapped")?,
    })
}

/// Whether a row without a tenant could be changed at once.
async fn finds_unlocked(owner: &impl ConnectionTrait, table: &Live<'_>) -> Result<bool, DbErr> {
    let column = quote::identifier(table.column.name());
    let sql = format!(
        "SELECT FROM {} WHERE {column} IS NULL LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
        table.sql
    );
    Ok(!rows(owner, sql).await?.is_empty())
}

/// The table and what inherits from it, as far as it holds rows, with the number of its pages.
async fn parts(owner: &impl ConnectionTrait, oid: i64) -> Result<Vec<(String, u64)>, DbErr> {
    let found = rows(
        owner,
        format!(
            "WITH RECURSIVE tree(oid) AS (
                SELECT {oid}::oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON t.oid = i.inhparent
             )
             SELECT c.oid::regclass::text AS part, pg_relation_size(c.oid) / current_setting('block_size')::bigint AS pages
             FROM tree JOIN pg_class c USING (oid) WHERE c.relkind = 'r' ORDER BY 1"
        ),
    )
    .await?;
    let read = |row: sea_orm::QueryResult| {
        let pages: i64 = row.try_get("", "pages")?;
        Ok((row.try_get("", "part")?, pages.unsigned_abs()))
    };
    found.into_iter().map(read).collect()
}

/// The rows of some pages, found by where they are rather than by an index, which there may be none
/// of.
fn batch(table: &Live<'_>, part: &str, expression: &str, first: u64, last: u64) -> String {
    let column = quote::identifier(table.column.name());
    let alias = quote::identifier(&table.name.table);
    format!(
        "UPDATE ONLY {part} AS {alias} SET {column} = {expression} WHERE ctid = ANY (ARRAY(\
         SELECT ctid FROM ONLY {part} WHERE ctid >= '({first},0)' AND ctid < '({last},0)' AND {column} IS NULL \
         FOR NO KEY UPDATE SKIP LOCKED))"
    )
}
