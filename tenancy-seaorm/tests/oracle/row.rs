//! One row: whose it is, who reads it, and the text that loads it.

use sea_orm::DbBackend;
use tenancy_core::tenant::TenantIdRef;

use super::{
    readers::{PROVIDER, RESOURCE},
    rows::{constant, values},
    schema::{Kind, Mark, Schema, TENANTS, Table, Ty},
};

pub struct Row {
    pub id: i64,
    /// None for everybody's.
    pub tenant: Option<usize>,
    /// Whether it is the user's, in the user's tenant.
    pub is_users: bool,
    pub is_public: bool,
    pub is_deleted: bool,
    pub is_hidden: bool,
    pub mode: Option<&'static str>,
    /// The tenants that the row itself names.
    pub readers: Vec<usize>,
    pub class: Option<&'static str>,
    /// The row that it is a grant for, and the tenant.
    pub grants: Option<(i64, usize)>,
    /// The tenant that provides, and for which one.
    pub provides: Option<(usize, Option<usize>)>,
    pub text: String,
}

/// What other tables say of a table's readers.
pub struct Lists<'a> {
    /// Giver, row and grantee, where there is a table of grants.
    grants: Option<Vec<(usize, i64, usize)>>,
    provides: Vec<(usize, Option<usize>)>,
    table: &'a Table,
}

impl<'a> Lists<'a> {
    pub fn of(schema: &Schema, table: &'a Table, all: &[Vec<Row>]) -> Self {
        let tables = schema.tables.iter().zip(all);
        let mut grants = tables
            .filter(|(grants, _)| grants.grants_for == Some(table.name))
            .map(|(_, rows)| {
                let grant = |row: &Row| {
                    let (resource, grantee) = row.grants?;
                    Some((row.tenant?, resource, grantee))
                };
                rows.iter().filter_map(grant).collect()
            });
        Self {
            grants: grants.next(),
            provides: all
                .iter()
                .flatten()
                .filter_map(|row| row.provides)
                .collect(),
            table,
        }
    }

    /// Whether the user reads the row in the tenant.
    pub fn reads(&self, row: &Row, tenant: usize) -> bool {
        let Some(owner) = row.tenant else { return true };
        let is_own = owner == tenant;
        if let Some((_, grantee)) = row.grants {
            return grantee == tenant || (is_own && row.is_users);
        }
        if row.is_deleted || row.is_hidden {
            return false;
        }
        let is_granted = match &self.grants {
            Some(grants) => grants.contains(&(owner, row.id, tenant)),
            None => row.readers.contains(&tenant) && self.names_readers(),
        };
        let is_provided = matches!(row.class, Some("platform" | "solution" | "industry"))
            && self.provides.iter().any(|(provider, user)| {
                *provider == owner && user.is_none_or(|user| user == tenant)
            });
        (is_own && (row.is_users || row.is_public))
            || row.mode == Some("global")
            || (row.mode == Some("selective") && is_granted)
            || is_provided
    }

    fn names_readers(&self) -> bool {
        let columns = &self.table.columns;
        columns
            .iter()
            .any(|column| matches!(column.ty, Ty::Readers(_) | Ty::ReaderIds(_)))
    }
}

impl Row {
    pub fn new(id: i64, tenant: Option<usize>) -> Self {
        Self {
            id,
            tenant,
            is_users: true,
            is_public: false,
            is_deleted: false,
            is_hidden: false,
            mode: None,
            readers: Vec::new(),
            class: None,
            grants: None,
            provides: None,
            text: String::new(),
        }
    }

    /// With the text that loads it.
    pub fn written(self, random: &mut fastrand::Rng, schema: &Schema, table: &Table) -> Self {
        let tenant = self.tenant.unwrap_or(0);
        let name = schema.quoted(table.name);
        let columns: Vec<_> = table.columns.iter().collect();
        let values = values(random, schema, &columns, self.id, tenant);
        let set = self.says(random, schema, table);
        let mut text = format!("INSERT INTO {name} VALUES {values};\n");
        if !set.is_empty() {
            let set: Vec<_> = set
                .iter()
                .map(|(column, value)| format!("{} = {value}", schema.quoted(column)))
                .collect();
            let tenant = table.tenant.map_or(String::new(), |(column, kind)| {
                let own = constant(schema.backend, &schema.tenant_value(tenant, kind));
                format!(" AND {} = {own}", schema.quoted(column))
            });
            text += &format!(
                "UPDATE {name} SET {} WHERE id = {}{tenant};\n",
                set.join(", "),
                self.id
            );
        }
        Self { text, ..self }
    }

    /// What it says of its readers and writers.
    fn says(
        &self,
        random: &mut fastrand::Rng,
        schema: &Schema,
        table: &Table,
    ) -> Vec<(&'static str, String)> {
        let mut set = Vec::new();
        let text = |text: Option<&str>| text.map_or("NULL".into(), |text| format!("'{text}'"));
        let id = |tenant: usize, kind| constant(schema.backend, &schema.tenant_value(tenant, kind));
        for column in &table.columns {
            let value = match column.ty {
                Ty::User if !self.is_users => "'bob'".into(),
                Ty::Public if !self.is_users => self.is_public.to_string(),
                Ty::Mark(mark) if self.is_deleted => match mark {
                    // The same each time that the rows are loaded.
                    Mark::Timestamp => "'2024-01-01 00:00:00'".into(),
                    Mark::Deleted => "TRUE".into(),
                    Mark::Active => "FALSE".into(),
                },
                Ty::Mode => text(self.mode),
                Ty::Readers(kind) => format!("'{}'", self.in_json(random, schema, kind)),
                Ty::ReaderIds(_) => format!("'{{{}}}'", self.names(schema).join(",")),
                Ty::Class => text(self.class),
                Ty::Status if self.is_hidden => "'hidden'".into(),
                Ty::Status => text([None, Some("shown"), Some("Hidden")][random.usize(..3)]),
                Ty::Phase => {
                    text([None, Some("open"), Some("open"), Some("shut")][random.usize(..4)])
                }
                Ty::Tenant(kind) => match (self.grants, self.provides) {
                    (Some((_, to)), _) if Some(column.name) == table.grantee() => id(to, kind),
                    (_, Some((provider, _))) if column.name == PROVIDER => id(provider, kind),
                    (_, Some((_, user))) => user.map_or("NULL".into(), |user| id(user, kind)),
                    _ => continue,
                },
                _ => match self.grants {
                    Some((resource, _)) if column.name == RESOURCE => resource.to_string(),
                    _ => continue,
                },
            };
            set.push((column.name, value));
        }
        set
    }

    fn names(&self, schema: &Schema) -> Vec<String> {
        let names = self.readers.iter().map(|reader| &schema.tenants[*reader]);
        names.map(ToString::to_string).collect()
    }

    /// The readers in JSON, among what names nobody; or, of a row without, what is no array.
    fn in_json(&self, random: &mut fastrand::Rng, schema: &Schema, kind: Kind) -> String {
        let is_number = matches!(kind, Kind::Int32 | Kind::Int64);
        let quoted = |name: &str| format!("\"{name}\"");
        let shown = |name: &String| match is_number {
            true => name.clone(),
            false => quoted(name),
        };
        let mut items: Vec<_> = self.names(schema).iter().map(shown).collect();
        let somebody = &schema.tenants[random.usize(..TENANTS)];
        let near = match somebody.value() {
            _ if is_number => quoted(&somebody.to_string()),
            TenantIdRef::Integer(number) => number.to_string(),
            _ => quoted(&format!("{somebody} ")),
        };
        if items.is_empty() {
            let members = schema.tenants.iter().enumerate();
            let members: Vec<_> = members
                .map(|(key, id)| format!("\"{key}\": {}", shown(&id.to_string())))
                .collect();
            return match random.u8(..4) {
                0 => shown(&somebody.to_string()),
                1 => format!("{{{}}}", members.join(", ")),
                2 if schema.backend == DbBackend::Sqlite => format!("[{near}"),
                _ => "[]".into(),
            };
        }
        items.insert(random.usize(..=items.len()), near);
        format!("[{}]", items.join(", "))
    }
}
