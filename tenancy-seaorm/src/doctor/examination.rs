//! One examination: what is asked of the database.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::{Finding, Report, Severity, checks::CHECKS};
use crate::{
    catalog::{Catalog, Table},
    policy::{id::IdKind, table::TablePolicy},
    settings::SETTINGS,
    sql::{names::TableName, operators::on_search_path, quote},
};

pub(super) struct Examination<'a, C> {
    connection: &'a C,
    findings: Vec<Finding>,
}

/// A table of the catalog, and the one that it names.
pub(super) type Found<'a> = (&'a TableName, &'a Table, Option<i64>);

/// A tenant-owned table that is there.
pub(super) struct Owned<'a> {
    pub(super) oid: i64,
    pub(super) entry: &'a TableName,
    pub(super) name: String,
    pub(super) attnum: i32,
    pub(super) known: &'a TablePolicy,
}

impl<'a, C: ConnectionTrait> Examination<'a, C> {
    pub(super) async fn of(
        connection: &'a C,
        catalog: &Catalog,
        role: Option<&str>,
        platform: Option<&str>,
    ) -> Result<Report, DbErr> {
        let mut examination = Self {
            connection,
            findings: Vec::new(),
        };
        let (mut owned, mut reference) = (Vec::new(), Vec::new());
        // Found along the caller's path, before all names are written out in full.
        let mut found = Vec::new();
        for (name, table) in catalog.tables() {
            found.push((name, table, examination.find(name).await?));
        }
        examination
            .rows("SET TRANSACTION READ ONLY")
            .await
            .map(drop)?;
        examination
            .rows("SELECT set_config('search_path', 'pg_catalog', true)")
            .await?;
        let schemas = examination.schemas(&found).await?;
        for (name, table, oid) in found {
            let Some(oid) = oid else {
                examination.report(
                    Severity::Error,
                    "D11",
                    quote::table(name),
                    "the catalog has this table and the database has not, or the role may not use its schema",
                    None,
                );
                continue;
            };
            match table {
                Table::Owned(table) => {
                    owned.extend(examination.tenant_column(oid, name, table).await?);
                }
                Table::Reference => reference.push(oid),
            }
        }
        examination.version().await?;
        examination.policies(&owned, platform, &schemas).await?;
        examination.grants(&owned).await?;
        let role = examination.role(role).await?;
        let prelude = prelude(&role, platform, &owned, &reference);
        for check in CHECKS {
            for row in examination
                .rows(&format!("{prelude} {}", check.sql))
                .await?
            {
                examination.findings.push(Finding::new(
                    check.severity,
                    check.code,
                    row.try_get::<String>("", "object")?,
                    row.try_get::<String>("", "reason")?,
                    // A right that no role in reach was granted by name comes from a role of
                    // PostgreSQL's own.
                    row.try_get::<Option<String>>("", "fix")?
                        .filter(|fix| !fix.ends_with(" FROM ")),
                ));
            }
        }
        Ok(Report::new(examination.findings))
    }

    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        self.connection.query_all_raw(statement).await
    }

    pub(super) fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        object: impl Into<String>,
        reason: impl Into<String>,
        fix: Option<String>,
    ) {
        self.findings
            .push(Finding::new(severity, code, object, reason, fix));
    }

    async fn find(&self, name: &TableName) -> Result<Option<i64>, DbErr> {
        let name = quote::literal(&quote::table(name));
        let rows = self
            .rows(&format!("SELECT to_regclass({name})::oid::bigint AS oid"))
            .await?;
        match rows.first() {
            Some(row) => row.try_get("", "oid"),
            None => Ok(None),
        }
    }

    /// The role's name, after a finding if there is no such role.
    async fn role(&mut self, role: Option<&str>) -> Result<String, DbErr> {
        let role = role.map_or_else(|| "current_user".to_owned(), quote::literal);
        let known = self
            .rows(&format!("SELECT FROM pg_roles WHERE rolname = {role}"))
            .await?;
        if known.is_empty() {
            self.report(
                Severity::Error,
                "D01",
                role.clone(),
                "there is no such role, and what it may do was not examined",
                None,
            );
        }
        Ok(role)
    }

    async fn tenant_column<'c>(
        &mut self,
        oid: i64,
        entry: &'c TableName,
        known: &'c TablePolicy,
    ) -> Result<Option<Owned<'c>>, DbErr> {
        let column = known.tenant();
        let rows = self
            .rows(&format!(
                "SELECT c.oid::regclass::text AS name, c.relkind::text AS kind, a.attnum::integer AS attnum, a.atttypid::regtype::text AS type
                 FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = {} AND a.attnum > 0
                 WHERE c.oid = {oid}",
                quote::literal(column.name())
            ))
            .await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let name: String = row.try_get("", "name")?;
        let kind: String = row.try_get("", "kind")?;
        // Views are examined as views.
        if kind == "v" || kind == "m" {
            return Ok(None);
        }
        let attnum: Option<i32> = row.try_get("", "attnum")?;
        let Some(attnum) = attnum else {
            let reason = format!("the table has no tenant column `{}`", column.name());
            self.report(Severity::Error, "D11", name, reason, None);
            return Ok(None);
        };
        let kind: String = row.try_get("", "type")?;
        let fits: &[&str] = match column.kind() {
            IdKind::Uuid => &["uuid"],
            IdKind::Int32 => &["integer"],
            IdKind::Int64 => &["bigint"],
            IdKind::Text => &["text", "character varying"],
        };
        if !fits.contains(&kind.as_str()) {
            let reason = format!(
                "the tenant column `{}` is of type {kind}, and the catalog says {}",
                column.name(),
                fits[0]
            );
            self.report(Severity::Error, "D11", name.clone(), reason, None);
        }
        self.policy_columns(oid, &name, known).await?;
        Ok(Some(Owned {
            oid,
            entry,
            name,
            attnum,
            known,
        }))
    }

    /// The other columns that a policy names are there.
    async fn policy_columns(
        &mut self,
        oid: i64,
        table: &str,
        known: &TablePolicy,
    ) -> Result<(), DbErr> {
        let mut wanted = known.columns();
        wanted.retain(|name| *name != known.tenant().name());
        if wanted.is_empty() {
            return Ok(());
        }
        let rows = self
            .rows(&format!("SELECT attname::text AS name FROM pg_attribute WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped"))
            .await?;
        let there: Vec<String> = rows
            .iter()
            .map(|row| row.try_get("", "name"))
            .collect::<Result<_, _>>()?;
        for name in wanted {
            if !there.iter().any(|there| there == name) {
                let reason =
                    format!("the policy names the column `{name}`, and the table has none");
                self.report(Severity::Error, "D11", table, reason, None);
            }
        }
        Ok(())
    }

    async fn version(&mut self) -> Result<(), DbErr> {
        let rows = self
            .rows("SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS name")
            .await?;
        if let Some(row) = rows.first()
            && let Some(needed) = outdated(row.try_get("", "number")?)
        {
            let version: String = row.try_get("", "name")?;
            self.report(
                Severity::Warning,
                "D08",
                format!("PostgreSQL {version}"),
                format!(
                    "the server lacks known fixes of row-level security: update it to {needed}"
                ),
                None,
            );
        }
        Ok(())
    }
}

const PRELUDE: &str = concat!(
    include_str!("prelude.sql"),
    ", ",
    include_str!("../migrate/structure.sql")
);

fn prelude(role: &str, platform: Option<&str>, owned: &[Owned<'_>], reference: &[i64]) -> String {
    let mut prelude = String::new();
    for piece in PRELUDE.split_inclusive(['{', '}']) {
        match piece {
            "owned}" => prelude.push_str(&rows_of(
                "NULL::oid, NULL::int2",
                owned
                    .iter()
                    .map(|table| format!("({}::oid, {}::int2)", table.oid, table.attnum)),
            )),
            "reference}" => prelude.push_str(&rows_of(
                "NULL::oid",
                reference.iter().map(|oid| format!("({oid}::oid)")),
            )),
            "role}" => prelude.push_str(role),
            "settings}" => prelude.push_str(&rows_of(
                "NULL::text",
                SETTINGS
                    .iter()
                    .map(|name| format!("({})", quote::literal(name))),
            )),
            "operators}" => prelude.push_str(&rows_of(
                "NULL::text",
                on_search_path().map(|name| format!("({})", quote::literal(name))),
            )),
            "platform}" => {
                prelude.push_str(&platform.map_or_else(|| "NULL".to_owned(), quote::literal));
            }
            text => prelude.push_str(text.trim_end_matches('{')),
        }
    }
    prelude
}

fn rows_of(types: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        format!("SELECT {types} WHERE false")
    } else {
        format!("VALUES {}", rows.join(", "))
    }
}

/// The version that has the fixes which this one lacks.
fn outdated(number: i32) -> Option<&'static str> {
    let (least, name) = match number / 10_000 {
        ..=14 => (140_019, "14.19"),
        15 => (150_014, "15.14"),
        16 => (160_010, "16.10"),
        17 => (170_006, "17.6"),
        _ => return None,
    };
    (number < least).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d08_servers_without_the_fixes_are_named() {
        for (number, needed) in [
            (130_022, Some("14.19")),
            (140_018, Some("14.19")),
            (140_019, None),
            (150_013, Some("15.14")),
            (150_014, None),
            (160_009, Some("16.10")),
            (160_010, None),
            (170_005, Some("17.6")),
            (170_006, None),
            (180_000, None),
        ] {
            assert_eq!(outdated(number), needed, "{number}");
        }
    }
}
