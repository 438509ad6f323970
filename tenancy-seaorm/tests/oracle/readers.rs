//! Rows that a tenant reads and does not change: other tenants share or provide them, or a
//! condition locks them.
//!
//! The tenant's own database holds them beside its own rows, and keeps them by triggers.

use sea_orm::DbBackend;
use tenancy_seaorm::{Assignments, Condition, Grants, Policy, TenantColumnType};

use super::{
    rows::{BEHIND, constant},
    schema::{Column, Kind, Schema, TENANT_COLUMNS, Table, Ty},
};

pub const MODE: &str = "mode";
pub const READERS: &str = "readers";
pub const READER_IDS: &str = "reader_ids";
pub const CLASS: &str = "class";
pub const STATUS: &str = "status";
pub const PHASE: &str = "phase";
/// The row that a grant is for.
pub const RESOURCE: &str = "ref";
/// Which tenant reads it, one name for each name of a tenant column.
const GRANTEES: [&str; 4] = ["to_tenant", "to_org", "to_OwnerOrg", "to_client"];
const GRANTS: [&str; 2] = ["share", "Given"];
const ASSIGNMENTS: &str = "assignment";
pub const PROVIDER: &str = "provider_id";
pub const CONSUMER: &str = "consumer_id";

/// What a row says of who reads it.
pub const MODES: [Option<&str>; 7] = [
    None,
    Some("private"),
    Some("global"),
    Some("selective"),
    Some("selective"),
    Some("Global"),
    Some("other"),
];
pub const CLASSES: [Option<&str>; 6] = [
    None,
    Some("client"),
    Some("platform"),
    Some("solution"),
    Some("industry"),
    Some("Platform"),
];

impl Table {
    /// Whether a tenant reads rows of it that it may not change.
    pub fn reads_more(&self) -> bool {
        self.has(Ty::Public) || self.has(Ty::Phase) || self.reads_of_others()
    }

    /// Whether rows of other tenants are read.
    pub fn reads_of_others(&self) -> bool {
        self.has(Ty::Mode) || self.has(Ty::Class) || self.grants_for.is_some()
    }

    /// The column of the tenant that a grant is for.
    pub fn grantee(&self) -> Option<&'static str> {
        self.grants_for?;
        let names = self.columns.iter().map(|column| column.name);
        names.into_iter().find(|name| GRANTEES.contains(name))
    }
}

impl Schema {
    pub fn grants_of(&self, table: &Table) -> Option<&Table> {
        let is_of = |grants: &&Table| grants.grants_for == Some(table.name);
        self.tables.iter().find(is_of)
    }

    /// The tables that say who reads the rows of this one.
    pub fn lists_of(&self, table: &Table) -> impl Iterator<Item = &'static str> {
        let grants = self.grants_of(table).map(|grants| grants.name);
        let assignments = table.has(Ty::Class).then_some(ASSIGNMENTS);
        grants.into_iter().chain(assignments)
    }

    /// Whether the rows are grants for rows of users, which statements do not give.
    pub fn grants_rows_of_users(&self, table: &Table) -> bool {
        let is_users = |of: &Table| Some(of.name) == table.grants_for && of.has(Ty::User);
        self.tables.iter().any(is_users)
    }

    /// Whether the planner's own conditions name the table: a common table expression of that name
    /// is refused beside it.
    pub fn is_private(&self, table: &Table) -> bool {
        table.grants_for.is_some()
            || table.name == ASSIGNMENTS
            || (table.has(Ty::User) && self.grants_of(table).is_some())
    }

    /// The policy with what holds for readers of such rows.
    pub fn with_readers(&self, table: &Table, mut policy: Policy) -> Policy {
        let kind = table
            .tenant
            .map_or(TenantColumnType::Text, |(_, kind)| kind.registered());
        if table.has(Ty::Mode) {
            let grants = match self
                .grants_of(table)
                .and_then(|of| Some((of, of.grantee()?)))
            {
                Some((grants, grantee)) => Grants::table_named(
                    grants.name,
                    (RESOURCE, TenantColumnType::Int64),
                    (grantee, kind),
                ),
                None if table.columns.iter().any(|column| column.name == READERS) => {
                    Grants::json(READERS, kind)
                }
                None if table.columns.iter().any(|column| column.name == READER_IDS) => {
                    Grants::array_column(READER_IDS, kind)
                }
                None => Grants::none(),
            };
            policy = policy.shared_by_column(MODE, grants);
        }
        if table.has(Ty::Class) {
            let by = Assignments::table_named(ASSIGNMENTS, PROVIDER, CONSUMER, kind);
            policy = policy.provided_when(CLASS, by);
        }
        if table.has(Ty::Status) {
            let status = || Condition::column(STATUS);
            policy = policy.visible_when(status().ne("hidden").or(status().is_null()));
        }
        if table.has(Ty::Phase) {
            policy = policy.editable_when(Condition::column(PHASE).eq("open"));
        }
        policy
    }

    /// What a row is that the tenant changes, of the tenant's own database.
    fn is_changed(&self, table: &Table, row: &str, tenant: usize) -> Option<String> {
        let (column, kind) = table.tenant?;
        let own = constant(self.backend, &self.tenant_value(tenant, kind));
        let open = match table.has(Ty::Phase) {
            true => format!(" AND {row}.{PHASE} = 'open'"),
            false => String::new(),
        };
        Some(format!(
            "{row}.{} = {own} AND {row}.id NOT BETWEEN {BEHIND} AND 999{open}",
            self.quoted(column)
        ))
    }

    /// Triggers that keep the rows which the tenant reads only, on its own database.
    pub fn guards(&self, tenant: usize) -> String {
        let guarded = self.tables.iter().enumerate();
        guarded
            .filter(|(_, table)| self.has_guards && table.reads_more())
            .filter_map(|(index, table)| {
                let is_changed = self.is_changed(table, "OLD", tenant)?;
                Some(self.guard(index, table, &is_changed))
            })
            .collect()
    }

    fn guard(&self, index: usize, table: &Table, is_changed: &str) -> String {
        let name = self.quoted(table.name);
        match self.backend {
            DbBackend::Sqlite => ["UPDATE", "DELETE"]
                .map(|event| {
                    format!(
                        "CREATE TRIGGER keep_{event}_{index} BEFORE {event} ON {name} WHEN NOT COALESCE({is_changed}, FALSE) \
                         BEGIN SELECT RAISE(IGNORE); END;\n"
                    )
                })
                .concat(),
            DbBackend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION keep_{index}() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
                 IF {is_changed} THEN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END IF; RETURN NULL; END $$;
                 CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION keep_{index}();\n"
            ),
            // It cannot skip a row: an upsert sets it to what it is. Updates and deletes say
            // themselves which rows they mean.
            _ => {
                let columns = table.columns.iter().map(|column| {
                    let column = self.quoted(column.name);
                    format!("NEW.{column} = IF({is_changed}, NEW.{column}, OLD.{column})")
                });
                let columns: Vec<_> = columns.collect();
                format!(
                    "CREATE TRIGGER keep_{index} BEFORE UPDATE ON {name} FOR EACH ROW SET {};\n",
                    columns.join(", ")
                )
            }
        }
    }

    /// What an update or delete says of the rows that it means, where triggers cannot keep the
    /// others.
    pub fn spoken_guard(&self, table: &Table, row: &str, tenant: usize) -> Option<String> {
        let is_needed = self.has_guards && self.backend == DbBackend::MySql && table.reads_more();
        is_needed
            .then(|| self.is_changed(table, &self.quoted(row), tenant))
            .flatten()
    }
}

/// Has some of the tables' rows read by others. The first one is left to be as it is.
pub fn share(random: &mut fastrand::Rng, backend: DbBackend, tables: &mut Vec<Table>) {
    let mut grants = GRANTS.into_iter();
    let mut added = Vec::new();
    let mut is_provided = false;
    let owned = tables.iter_mut().filter(|table| table.tenant.is_some());
    for table in owned.skip(1) {
        let Some((_, kind)) = table.tenant else {
            continue;
        };
        let mut columns = Vec::new();
        if random.u8(..100) < 50 {
            columns.push((MODE, Ty::Mode));
            match random.u8(..7) {
                0 => {}
                1 | 2 => columns.push((READERS, Ty::Readers(kind))),
                3 if backend == DbBackend::Postgres => {
                    columns.push((READER_IDS, Ty::ReaderIds(kind)));
                }
                _ => added.extend(grants.next().map(|name| grants_for(random, name, table))),
            }
        }
        if !is_provided && random.u8(..100) < 30 {
            is_provided = true;
            columns.push((CLASS, Ty::Class));
            added.push(assignments(kind));
        }
        for condition in [(STATUS, Ty::Status), (PHASE, Ty::Phase)] {
            if random.u8(..100) < 20 {
                columns.push(condition);
            }
        }
        for (name, ty) in columns {
            let column = column(name, ty, true);
            table
                .columns
                .insert(random.usize(..=table.columns.len()), column);
        }
    }
    tables.extend(added);
}

fn column(name: &'static str, ty: Ty, nullable: bool) -> Column {
    Column { name, ty, nullable }
}

fn grants_for(random: &mut fastrand::Rng, name: &'static str, of: &Table) -> Table {
    let tenant = of.tenant;
    let (giver, kind) = tenant.unwrap_or((TENANT_COLUMNS[0], Kind::Text));
    let position = TENANT_COLUMNS.iter().position(|column| *column == giver);
    let mut columns = vec![
        column("id", Ty::Int, false),
        column(giver, Ty::Tenant(kind), false),
        column(RESOURCE, Ty::Int, false),
        column(GRANTEES[position.unwrap_or(0)], Ty::Tenant(kind), false),
        column("t1", Ty::Text, true),
    ];
    random.shuffle(&mut columns);
    Table {
        name,
        tenant,
        columns,
        key: match random.bool() {
            true => vec![giver, "id"],
            false => vec!["id"],
        },
        grants_for: Some(of.name),
        indexes: Vec::new(),
    }
}

fn assignments(kind: Kind) -> Table {
    Table {
        name: ASSIGNMENTS,
        tenant: None,
        columns: vec![
            column("id", Ty::Int, false),
            column(PROVIDER, Ty::Tenant(kind), false),
            column(CONSUMER, Ty::Tenant(kind), true),
        ],
        key: vec!["id"],
        grants_for: None,
        indexes: Vec::new(),
    }
}
