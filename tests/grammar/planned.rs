//! Plans statements for PostgreSQL without a database.

use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectOptions, Database, DbBackend, Statement, Value};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, Policy, ScopedConnection, TenantColumnType::Int64, TenantDatabase,
};
use tokio::runtime::{Builder, Runtime};

/// The tables of tenants, with their columns.
pub const OWNED: &[(&str, &[&str])] = &[
    (
        "note",
        &[
            "id",
            "tenant_id",
            "author_id",
            "title",
            "body",
            "score",
            "tags",
            "doc",
            "at",
            "price",
            "is_open",
            "slug",
            "name",
            "email",
        ],
    ),
    ("author", &["id", "tenant_id", "name"]),
    ("tag", &["id", "tenant_id", "name", "at"]),
    ("note_tag", &["tenant_id", "note_id", "tag_id"]),
    ("tree", &["id", "tenant_id", "parent_id", "label"]),
    ("acc", &["id", "tenant_id", "email", "n"]),
    ("memo", &["id", "tenant_id", "owner_id", "title", "is_open"]),
    ("blog", &["id", "tenant_id", "slug", "deleted_at", "title"]),
];
pub const TENANT_COLUMN: &str = "tenant_id";
pub const REFERENCE: (&str, &[&str]) = ("country", &["code", "name"]);
/// More placeholders than a statement of the tests has.
const MOST_VALUES: usize = 12;

/// What the planner prints for a statement, with the number of the placeholder that is the
/// tenant's; `None` for what it refuses.
pub fn plan(sql: &str) -> Option<(String, usize)> {
    let (_, scope) = scope();
    let mut count = 0;
    loop {
        let values = vec![Value::Bool(Some(true)); count];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        let refused = match scope.rewrite(statement) {
            Ok(planned) => return Some((planned.sql, count + 1)),
            Err(error) => Error::of(&error).map(Error::kind),
        };
        if refused != Some(ErrorKind::Parameters) || count == MOST_VALUES {
            return None;
        }
        count += 1;
    }
}

/// A connection of a tenant's that is never opened.
fn scope() -> &'static (Runtime, ScopedConnection) {
    static SCOPE: OnceLock<(Runtime, ScopedConnection)> = OnceLock::new();
    SCOPE.get_or_init(|| {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let catalog = OWNED
            .iter()
            .fold(Catalog::builder(), |catalog, (table, columns)| {
                catalog
                    .table(table, Policy::column(TENANT_COLUMN, Int64))
                    .columns(table, columns.iter().copied())
            });
        let catalog = catalog
            .reference_table(REFERENCE.0)
            .columns(REFERENCE.0, REFERENCE.1.iter().copied())
            .build()
            .unwrap();
        let id = TenantId::integer(7).unwrap();
        let tenant = Tenant::new(id, Slug::parse("acme").unwrap());
        let context = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
        let mut options = ConnectOptions::new("postgres://nobody@localhost/none");
        options.connect_lazy(true);
        let connection = runtime.block_on(Database::connect(options)).unwrap();
        let database = TenantDatabase::new(connection, &catalog).unwrap();
        let scope = database.scoped(&context).unwrap();
        (runtime, scope)
    })
}
