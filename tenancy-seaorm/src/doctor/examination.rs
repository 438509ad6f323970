//! One examination: the queries, and the policies compared with those that should stand.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};

use super::{
    Finding, Report, Severity,
    checks::CHECKS,
    expression::{Schemas, understood},
};
use crate::{
    Catalog,
    catalog::{self, IdKind, Table, TableName},
    rls::{CatalogPolicy, SETTINGS, policies, quote, secure},
};

pub(super) struct Examination<'a, C> {
    connection: &'a C,
    findings: Vec<Finding>,
}

/// A table of the catalog, and the one that it names.
type Found<'a> = (&'a TableName, &'a Table, Option<i64>);

/// A tenant-owned table that is there.
struct Owned<'a> {
    oid: i64,
    entry: &'a TableName,
    name: String,
    attnum: i32,
    known: &'a catalog::Owned,
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
                    // A right that nobody in reach was granted by name comes from a role of PostgreSQL's own.
                    row.try_get::<Option<String>>("", "fix")?
                        .filter(|fix| !fix.ends_with(" FROM ")),
                ));
            }
        }
        Ok(Report::new(examination.findings))
    }

    async fn rows(&self, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        self.connection.query_all_raw(statement).await
    }

    fn report(
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
        known: &'c catalog::Owned,
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
        known: &catalog::Owned,
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

    /// The schemas of the tables that the catalog names without one.
    async fn schemas(&self, found: &[Found<'_>]) -> Result<Schemas, DbErr> {
        let oids: Vec<_> = found
            .iter()
            .filter(|(name, ..)| name.schema.is_none())
            .filter_map(|(.., oid)| oid.map(|oid| oid.to_string()))
            .collect();
        if oids.is_empty() {
            return Ok(Schemas::new());
        }
        let rows = self
            .rows(&format!(
                "SELECT c.relname::text AS name, n.nspname::text AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN ({})",
                oids.join(", ")
            ))
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "schema")?)))
            .collect()
    }

    async fn policies(
        &mut self,
        owned: &[Owned<'_>],
        platform: Option<&str>,
        schemas: &Schemas,
    ) -> Result<(), DbErr> {
        for table in owned {
            let rows = self
                .rows(&format!(
                    "SELECT polname::text AS name, polpermissive AS permissive, polcmd::text AS command,
                        CASE WHEN polroles <> '{{0}}' THEN coalesce((SELECT rolname::text FROM pg_roles WHERE polroles = ARRAY[oid]), '') END AS role,
                        pg_get_expr(polqual, polrelid) AS reads, pg_get_expr(polwithcheck, polrelid) AS writes
                     FROM pg_policy WHERE polrelid = {}",
                    table.oid
                ))
                .await?;
            let wanted = policies(table.entry, table.known, platform);
            let mut standing = vec![false; wanted.len()];
            for row in rows {
                let name: String = row.try_get("", "name")?;
                if let Some(ours) = wanted.iter().position(|policy| policy.name == name) {
                    standing[ours] = is_as_wanted(&row, &wanted[ours], schemas)?;
                } else if row.try_get("", "permissive")? {
                    let fix = format!("DROP POLICY {} ON {}", quote::identifier(&name), table.name);
                    let reason = format!("the permissive policy `{name}` is not the catalog's");
                    self.report(Severity::Error, "D02", &*table.name, reason, Some(fix));
                }
            }
            for (is_standing, policy) in standing.into_iter().zip(wanted) {
                if !is_standing {
                    let kind = if policy.is_permissive {
                        "permissive"
                    } else {
                        "restrictive"
                    };
                    let reason = format!(
                        "the {kind} policy `{}` is missing, or is not the catalog's",
                        policy.name
                    );
                    let fix = secure(table.entry, table.known, platform).join("; ");
                    self.report(Severity::Error, "D02", &*table.name, reason, Some(fix));
                }
            }
        }
        Ok(())
    }
}

fn is_as_wanted(
    row: &QueryResult,
    wanted: &CatalogPolicy<'_>,
    schemas: &Schemas,
) -> Result<bool, DbErr> {
    let role: Option<String> = row.try_get("", "role")?;
    let is_alike = row.try_get::<bool>("", "permissive")? == wanted.is_permissive
        && row.try_get::<String>("", "command")? == wanted.command.code()
        && role.as_deref() == wanted.role;
    if !is_alike {
        return Ok(false);
    }
    for (column, is_wanted, condition) in [
        ("reads", wanted.command.has_using(), &wanted.using),
        ("writes", wanted.command.has_check(), &wanted.check),
    ] {
        let text: Option<String> = row.try_get("", column)?;
        let stands = match (text, understood(condition, schemas)) {
            // What the server prints has every schema.
            (Some(text), Some(condition)) => {
                is_wanted && understood(&text, &Schemas::new()) == Some(condition)
            }
            (Some(_), None) => false,
            (None, _) => !is_wanted,
        };
        if !stands {
            return Ok(false);
        }
    }
    Ok(true)
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
