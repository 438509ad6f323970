//! Whether the tables of a live database are what a catalog takes them for.

mod live;

use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use crate::{
    catalog::{Catalog, Table},
    doctor::{Doctor, Finding, Report, Severity},
    link::Link,
    policy::{id::IdKind, table::TablePolicy},
    sql::names::TableName,
};
use live::{Foreign, Key, Live};

/// Longest text that a tenant's id has: see `TenantId` of `tenancy-core`.
const LONGEST_ID: u32 = 64;

/// What the doctor says of tables, whether or not there is row-level security.
const OF_TABLES: [&str; 5] = ["D10", "D11", "W09", "W10", "W11"];

/// Compares the tables of `catalog` with those behind `link`, which is that of `connection`.
pub(crate) async fn check(
    link: &Link,
    connection: &DatabaseConnection,
    catalog: &Catalog,
) -> Result<Report, DbErr> {
    if link.backend() == DbBackend::Postgres {
        let report = Doctor::of(catalog).examine(connection).await?;
        let findings = report.findings().iter();
        let findings = findings.filter(|finding| OF_TABLES.contains(&finding.code()));
        return Ok(Report::new(findings.cloned().collect()));
    }
    let mut findings = Vec::new();
    if link.backend() == DbBackend::MySql && !live::commits_by_itself(link.as_ref()).await? {
        findings.push(Finding::new(
            Severity::Error,
            "D14",
            "autocommit",
            "sessions begin with `autocommit = 0`: a statement outside of a transaction is committed by whoever borrows its connection next, or lost",
            None,
        ));
    }
    for (name, table) in catalog.tables() {
        let live = Live::read(link.as_ref(), name).await?;
        match (table, live) {
            (_, None) => findings.push(finding(
                Severity::Error,
                "D11",
                name,
                "the catalog has this table, and the database has not or does not show it to this user",
            )),
            (Table::Owned(owned), Some(live)) => {
                Examined {
                    catalog,
                    name,
                    owned,
                    live: &live,
                }
                .report(&mut findings);
            }
            (Table::Reference, Some(_)) => {}
        }
    }
    Ok(Report::new(findings))
}

fn finding(
    severity: Severity,
    code: &'static str,
    table: &TableName,
    reason: impl Into<String>,
) -> Finding {
    Finding::new(severity, code, shown(table), reason, None)
}

fn shown(table: &TableName) -> String {
    match &table.schema {
        Some(schema) => format!("{schema}.{}", table.table),
        None => table.table.to_string(),
    }
}

/// A tenant-owned table, by the catalog's word and by the database's.
struct Examined<'a> {
    catalog: &'a Catalog,
    name: &'a TableName,
    owned: &'a TablePolicy,
    live: &'a Live,
}

impl Examined<'_> {
    fn report(&self, findings: &mut Vec<Finding>) {
        let mut add = |severity, code, reason: String| {
            findings.push(finding(severity, code, self.name, reason));
        };
        let tenant = self.owned.tenant();
        let Some(column) = self.live.column(tenant.name()) else {
            let why = format!("the table has no tenant column `{}`", tenant.name());
            return add(Severity::Error, "D11", why);
        };
        for id in self.owned.ids() {
            match self.live.shape.room(self.name, std::slice::from_ref(id)) {
                Err(unfit) => {
                    let code = if self.live.shape.is_virtual() {
                        "D12"
                    } else {
                        "D11"
                    };
                    add(Severity::Error, code, unfit.to_string());
                }
                Ok(room) if id.kind() == IdKind::Text && room.characters < LONGEST_ID => add(
                    Severity::Note,
                    "D11",
                    format!(
                        "the column `{}` holds {} characters: statements with longer ids are refused",
                        id.name(),
                        room.characters
                    ),
                ),
                Ok(_) => {}
            }
        }
        if column.is_nullable {
            let why = format!(
                "the tenant column `{}` may be NULL: such a row belongs to nobody, and no tenant sees it",
                tenant.name()
            );
            add(Severity::Warning, "D11", why);
        }
        if column.is_invisible {
            let why = format!(
                "the tenant column `{}` is invisible: `SELECT *` leaves it out",
                tenant.name()
            );
            add(Severity::Warning, "D11", why);
        }
        if let Some(view) = &self.live.view {
            if view.is_triggered {
                let why = "it is a view with `INSTEAD OF` triggers: what a write does is theirs to say, whatever the predicate: register the table below it";
                add(Severity::Error, "D13", why.into());
            }
            if view.reads_several {
                let why = "it is a view of several tables that can be written: a write changes rows of a table below it whose tenant nobody asks for: register the tables, and grant reads of the view alone";
                add(Severity::Error, "D13", why.into());
            }
            return;
        }
        if !self.live.keys.iter().any(|key| self.is_led(key)) {
            let why =
                "no index leads with the tenant column: every statement reads the whole table";
            add(Severity::Warning, "D10", why.into());
        }
        for key in self.live.keys.iter().filter(|key| key.is_unique) {
            if let Some((severity, why)) = self.of_key(key) {
                add(severity, "W11", why);
            }
        }
        for foreign in &self.live.foreign {
            if let Some((severity, code, why)) = self.of_foreign(foreign) {
                add(severity, code, why);
            }
        }
    }

    fn is_tenant(&self, column: &str) -> bool {
        column.eq_ignore_ascii_case(self.owned.tenant().name())
    }

    fn is_led(&self, key: &Key) -> bool {
        key.columns
            .first()
            .is_some_and(|part| self.is_tenant(&part.name))
    }

    /// What is wrong with a unique key.
    fn of_key(&self, key: &Key) -> Option<(Severity, String)> {
        let name = &key.name;
        let Some(tenant) = key.columns.iter().find(|part| self.is_tenant(&part.name)) else {
            let columns: Vec<_> = key.columns.iter().map(|part| &*part.name).collect();
            let columns = columns.join(", ");
            // Drawn by the database or at random: that an id is taken tells nothing.
            let severity = match key.is_surrogate {
                true => Severity::Note,
                false => Severity::Warning,
            };
            return Some((
                severity,
                format!(
                    "the unique key `{name}` ({columns}) does not include the tenant column: a tenant that meets it learns that another's row is there"
                ),
            ));
        };
        let is_text = self.owned.tenant().kind() == IdKind::Text;
        (is_text && !tenant.compares_bytes).then(|| {
            (
                Severity::Warning,
                format!(
                    "the unique key `{name}` compares a part of the tenant column, or all of it under a collation in which different ids may be equal, `acme` and `Acme`: one tenant's rows are in another's way. Give the column the collation `utf8mb4_bin` on MySQL and MariaDB, `BINARY` on SQLite"
                ),
            )
        })
    }

    /// What is wrong with a foreign key.
    fn of_foreign(&self, foreign: &Foreign) -> Option<(Severity, &'static str, String)> {
        let target = self.catalog.tables().into_iter().find(|(name, _)| {
            name.table.eq_ignore_ascii_case(&foreign.table)
                && (name.schema == self.name.schema || name.schema.is_none())
        });
        let Some((_, Table::Owned(target))) = target else {
            return None;
        };
        let tenant = target.tenant().name();
        let has_tenant = foreign
            .columns
            .iter()
            .any(|(from, to)| self.is_tenant(from) && to.eq_ignore_ascii_case(tenant));
        if has_tenant {
            return None;
        }
        let what = format!(
            "the foreign key `{}` to `{}` does not include the tenant: a row can point at another tenant's",
            foreign.name, foreign.table
        );
        Some(match foreign.changes_rows {
            true => (
                Severity::Error,
                "W10",
                format!(
                    "{what}, which then changes or deletes rows of this tenant by its own updates and deletes"
                ),
            ),
            false => (Severity::Warning, "W09", what),
        })
    }
}
