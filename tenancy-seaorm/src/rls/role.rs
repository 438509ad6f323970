//! The database's roles: the owner, the application, the reader, the platform.

use super::grant;
use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    sql::quote,
};

#[derive(Debug, Clone, Default)]
pub(super) struct Roles {
    pub(super) owner: Option<Box<str>>,
    pub(super) application: Option<Box<str>>,
    pub(super) read_only: Option<Box<str>>,
    pub(super) platform: Option<Box<str>>,
}

impl Roles {
    /// Those that get grants, quoted.
    pub(super) fn granted(&self) -> Vec<String> {
        [&self.application, &self.read_only, &self.platform]
            .into_iter()
            .flatten()
            .map(|role| quote::identifier(role))
            .collect()
    }

    pub(super) fn statements(&self, catalog: &Catalog) -> Vec<String> {
        let named = [
            &self.owner,
            &self.application,
            &self.read_only,
            &self.platform,
        ];
        let mut statements: Vec<_> = named
            .into_iter()
            .flatten()
            .map(|role| create(role))
            .collect();
        // With `lock_down`, the schema of the tables that name none is the first of the search
        // path.
        let mut schemas: Vec<_> = catalog
            .tables()
            .iter()
            .map(|(name, _)| match &name.schema {
                Some(schema) => quote::literal(schema),
                None => "current_schema()".to_owned(),
            })
            .collect();
        schemas.sort_unstable();
        schemas.dedup();
        for schema in schemas {
            statements.push(lock_down(&schema, self.owner.as_deref()));
        }
        if let Some(owner) = &self.owner {
            let owner = quote::identifier(owner);
            for (name, _) in catalog.tables() {
                let table = quote::table(name);
                statements.push(format!("ALTER TABLE IF EXISTS {table} OWNER TO {owner}"));
                statements.push(grant::own_partitions(&table, &owner));
            }
        }
        statements
    }
}

/// A name that stands for one role, and not for all or none, as `public` and `none` do.
pub(crate) fn role_name(role: &str) -> Result<Box<str>, Error> {
    if matches!(role, "" | "public" | "none") || role.contains('\0') {
        return Err(Error::new(
            ErrorKind::Catalog,
            format!("{role:?} is not the name of a role: name the one that the service logs in as"),
        ));
    }
    Ok(role.into())
}

/// A new role is neither a superuser nor has `BYPASSRLS`: these are PostgreSQL's defaults, and only
/// a superuser may even name them.
fn create(role: &str) -> String {
    quote::block(&format!(
        "BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role} LOGIN; END IF; END",
        name = quote::literal(role),
        role = quote::identifier(role),
    ))
}

/// Only the owner creates objects in the schema, and no role temporary tables.
fn lock_down(schema: &str, owner: Option<&str>) -> String {
    let owned = owner.map_or_else(String::new, |owner| {
        format!(
            "EXECUTE pg_catalog.format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', {schema}, {}); ",
            quote::literal(owner)
        )
    });
    quote::block(&format!(
        "BEGIN \
         EXECUTE pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', {schema}); \
         {owned}\
         EXECUTE pg_catalog.format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database()); \
         END"
    ))
}
