//! What the databases hold.

use sea_orm::DbBackend;
use tenancy_core::TenantId;
use tenancy_seaorm::{Catalog, Policy, TenantColumnType::Int64};

pub struct Model {
    pub catalog: Catalog,
    pub tenant: TenantId,
    /// Makes the tables of the shared database.
    pub schema: String,
    /// Makes those of the one-tenant database: no key there has the tenant column, which has a
    /// default.
    pub alone: String,
    /// The rows that the scope reads. The one-tenant database has no others.
    pub own: String,
    pub others: String,
    /// Each table, with what holds for the scope's rows.
    pub tables: &'static [(&'static str, &'static str)],
    /// Runs once, after the first rows.
    pub finish: &'static str,
    /// Sets something in each session of MariaDB's.
    pub session: Option<&'static str>,
}

const TABLES: &[(&str, &str)] = &[
    ("note", "tenant_id = 1"),
    ("tag", "tenant_id = 1"),
    ("note_tag", "tenant_id = 1"),
    ("tree", "tenant_id = 1"),
    ("acc", "tenant_id = 1"),
    ("memo", "tenant_id = 1 AND owner_id = 7"),
    ("blog", "tenant_id = 1"),
    ("country", "1 = 0"),
    ("ledger", "1 = 0"),
];

impl Model {
    /// The usual tables: rows of three tenants and of two users of the first one.
    pub fn usual(backend: DbBackend) -> Self {
        let schema = match backend {
            DbBackend::Postgres => concat!(
                include_str!("sql/postgres.sql"),
                include_str!("sql/postgres_traps.sql")
            ),
            DbBackend::MySql => include_str!("sql/mariadb.sql"),
            _ => include_str!("sql/sqlite.sql"),
        };
        let (own, others) = match backend {
            DbBackend::Postgres => (
                include_str!("sql/postgres_own.sql"),
                include_str!("sql/postgres_others.sql"),
            ),
            DbBackend::MySql => (include_str!("sql/own.sql"), include_str!("sql/others.sql")),
            _ => (
                include_str!("sql/own.sql"),
                concat!(
                    include_str!("sql/others.sql"),
                    include_str!("sql/sqlite_others.sql")
                ),
            ),
        };
        Self {
            catalog: catalog(),
            tenant: TenantId::integer(1).unwrap(),
            schema: schema.into(),
            alone: alone(schema, "1"),
            own: own.into(),
            others: others.into(),
            tables: TABLES,
            // With statistics, PostgreSQL tries patterns on values while it plans.
            finish: match backend {
                DbBackend::Postgres => "ANALYZE note, tag, note_tag, tree, acc, memo, blog",
                _ => "",
            },
            session: None,
        }
    }
}

/// The schema of the one-tenant database.
pub fn alone(schema: &str, tenant: &str) -> String {
    let with_default = |schema: String, definition: &str| {
        schema.replace(definition, &format!("{definition} DEFAULT {tenant}"))
    };
    let schema = schema.replace("(tenant_id, ", "(");
    let schema = with_default(schema, "tenant_id bigint NOT NULL");
    with_default(schema, "tenant_id BIGINT NOT NULL")
}

fn catalog() -> Catalog {
    let owned = || Policy::column("tenant_id", Int64);
    let tables = ["note", "tag", "note_tag", "tree", "acc", "blog"];
    tables
        .into_iter()
        .fold(Catalog::builder(), |catalog, table| {
            catalog.table(table, owned())
        })
        .table("memo", owned().owner_column("owner_id", Int64))
        .reference_table("country")
        .build()
        .unwrap()
}
