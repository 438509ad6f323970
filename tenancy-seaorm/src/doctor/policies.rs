//! The policies that stand in the database, compared with those of the catalog.

use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::{
    Severity,
    examination::{Examination, Found, Owned},
    expression::{Schemas, understood},
};
use crate::{
    rls::{CatalogPolicy, policies, secure},
    sql::quote,
};

impl<C: ConnectionTrait> Examination<'_, C> {
    /// The schemas of the tables that the catalog names without one.
    pub(super) async fn schemas(&self, found: &[Found<'_>]) -> Result<Schemas, DbErr> {
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

    pub(super) async fn policies(
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
                    standing[ours] = matches_wanted(&row, &wanted[ours], schemas)?;
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

fn matches_wanted(
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
