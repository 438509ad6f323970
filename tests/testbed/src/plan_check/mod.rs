//! What holds of any text that the planner is given, whatever the dialect. Shared with the fuzz
//! targets `planner` and `lexical`.

mod functions;
pub mod printed;

use std::{collections::HashMap, ops::ControlFlow, sync::Arc, sync::OnceLock};

use sea_orm::{ConnectOptions, Database, DbBackend, DbErr, Statement, Value};
use sqlparser::{
    ast::{self, BinaryOperator, Expr, Query, TableFactor, TableObject, Visit, Visitor},
    dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect},
    parser::Parser,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, Error, ErrorKind, ScopedConnection, TenantDatabase};

pub use self::functions::accepted_functions;

pub mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub const BACKENDS: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];
/// The tenant's id, which no generated text has in it.
const TENANT: i64 = 7_700_077;
/// More placeholders than a generated text has.
const MOST_VALUES: usize = 40;

/// Plans `sql` and checks what comes of it. Returns whether it was accepted.
pub fn check(backend: DbBackend, sql: &str) -> bool {
    let (rewritten, given) = match rewrite(backend, sql) {
        Ok(accepted) => accepted,
        Err(error) => {
            let refusal = Error::of(&error).expect("nothing but refusals: no database was asked");
            assert!(!refusal.to_string().is_empty());
            return false;
        }
    };
    let text = &rewritten.sql;
    let place = || format!("{backend:?}: {sql:?}\nbecame {text:?}");
    assert!(
        !text.contains('\0') && !text.contains(&TENANT.to_string()),
        "{}",
        place()
    );
    let statements = Parser::parse_sql(dialect(backend), &without_system_prefixes(text))
        .unwrap_or_else(|error| panic!("{}\n{error}", place()));
    assert_eq!(statements.len(), 1, "{}", place());

    let tenant = match backend {
        DbBackend::Sqlite => format!("?{}", given + 1),
        DbBackend::Postgres => format!("${}", given + 1),
        _ => "?".into(),
    };
    let mut census = Census {
        tenant,
        ..Census::default()
    };
    let _ = statements.visit(&mut census);
    let mut owned = 0;
    for (name, qualifier) in &census.tables {
        // Whether a common table expression or a table is meant is for the tests of the planner.
        if census.ctes.contains(name) {
            continue;
        }
        // MySQL names tables of the join there, by the names that they go by in it.
        if backend == DbBackend::MySql
            && name == qualifier
            && let Some(index) = census.deleted.iter().position(|deleted| deleted == name)
        {
            census.deleted.remove(index);
            continue;
        }
        owned += 1;
        let predicates = census
            .predicates
            .get_mut(qualifier)
            .filter(|predicates| **predicates > 0);
        *predicates.unwrap_or_else(|| panic!("`{qualifier}` is not scoped: {}", place())) -= 1;
    }
    for name in &census.inserted {
        owned += 1;
        assert!(
            census.placeholders > 0,
            "rows for `{name}` are not stamped: {}",
            place()
        );
    }
    let bound = rewritten.values.map_or(0, |values| {
        values
            .0
            .iter()
            .filter(|value| **value == TENANT.into())
            .count()
    });
    match backend {
        // One value for each place.
        DbBackend::MySql => assert!(
            bound >= owned,
            "{bound} values for {owned} places: {}",
            place()
        ),
        _ => assert_eq!(bound, usize::from(census.placeholders > 0), "{}", place()),
    }
    true
}

/// `(-(x))` for `(OPERATOR("pg_catalog".-) (x))`, which the parser does not read.
fn without_system_prefixes(text: &str) -> String {
    const PREFIX: &str = "(OPERATOR(\"pg_catalog\".";
    let mut parts = text.split(PREFIX);
    let mut plain = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let (operator, rest) = part.split_once(')').unwrap();
        plain.push('(');
        plain.push_str(operator);
        plain.push_str(rest.trim_start());
    }
    plain
}

/// The statement with as many values as it has placeholders, and their number.
pub fn rewrite(backend: DbBackend, sql: &str) -> Result<(Statement, usize), DbErr> {
    let (_, scope) = scopes().iter().find(|(of, _)| *of == backend).unwrap();
    let with = |count: usize| {
        scope.rewrite(Statement::from_sql_and_values(
            backend,
            sql,
            vec![Value::Bool(Some(true)); count],
        ))
    };
    let misfits =
        |error: &DbErr| Error::of(error).is_some_and(|error| error.kind() == ErrorKind::Parameters);
    let mut count = 0;
    loop {
        match with(count) {
            Err(error) if misfits(&error) && count < MOST_VALUES => count += 1,
            Err(error) => return Err(error),
            Ok(statement) => return Ok((statement, count)),
        }
    }
}

/// Connections of a tenant's that are never opened.
fn scopes() -> &'static [(DbBackend, ScopedConnection)] {
    static SCOPES: OnceLock<(tokio::runtime::Runtime, Vec<(DbBackend, ScopedConnection)>)> =
        OnceLock::new();
    let (_, scopes) = SCOPES.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let catalog = Catalog::builder()
            .tenant_owned::<note::Entity>()
            .tenant_owned::<author::Entity>()
            .build()
            .unwrap();
        let tenant = Tenant::new(
            TenantId::integer(TENANT).unwrap(),
            Slug::parse("acme").unwrap(),
        );
        let context = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
        let urls = [
            "sqlite::memory:",
            "postgres://nobody@localhost/none",
            "mysql://nobody@localhost/none",
        ];
        let scopes = BACKENDS.into_iter().zip(urls).map(|(backend, url)| {
            let mut options = ConnectOptions::new(url);
            options.connect_lazy(true);
            let connection = runtime.block_on(Database::connect(options)).unwrap();
            (
                backend,
                TenantDatabase::new(connection, &catalog)
                    .unwrap()
                    .scoped(&context)
                    .unwrap(),
            )
        });
        let scopes = scopes.collect();
        (runtime, scopes)
    });
    scopes
}

fn dialect(backend: DbBackend) -> &'static dyn Dialect {
    match backend {
        DbBackend::Sqlite => &SQLiteDialect {},
        DbBackend::Postgres => &PostgreSqlDialect {},
        _ => &MySqlDialect {},
    }
}

/// What a rewritten statement names. Names are in lower case, which takes more for equal than the
/// databases do.
#[derive(Default)]
struct Census {
    /// The placeholder of the tenant's value.
    tenant: String,
    /// Tenant-owned tables that are read or changed, each with the name that it goes by.
    tables: Vec<(String, String)>,
    inserted: Vec<String>,
    ctes: Vec<String>,
    /// What stands before the `USING` of a `DELETE`.
    deleted: Vec<String>,
    /// How often `name.tenant_id = tenant` stands there.
    predicates: HashMap<String, usize>,
    placeholders: usize,
}

impl Visitor for Census {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
        self.ctes
            .extend(ctes.map(|cte| cte.alias.name.value.to_lowercase()));
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> ControlFlow<()> {
        if let ast::Statement::Insert(insert) = statement
            && let TableObject::TableName(name) = &insert.table
        {
            self.inserted.push(name.to_string());
        }
        if let ast::Statement::Delete(delete) = statement
            && delete.using.is_some()
            && let ast::FromTable::WithFromKeyword(from) = &delete.from
        {
            let names = from
                .iter()
                .map(|tree| tree.relation.to_string().to_lowercase());
            self.deleted.extend(names);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor {
            let last = name
                .0
                .last()
                .and_then(|part| part.as_ident())
                .map(|name| name.value.to_lowercase());
            let last = last.unwrap_or_else(|| name.to_string());
            let known_as = alias
                .as_ref()
                .map_or_else(|| last.clone(), |alias| alias.name.value.to_lowercase());
            self.tables.push((last, known_as));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } = expr
            && let Expr::CompoundIdentifier(parts) = &**left
            && let [qualifier, column] = parts.as_slice()
            && column.value == "tenant_id"
            && right.to_string() == self.tenant
        {
            *self
                .predicates
                .entry(qualifier.value.to_lowercase())
                .or_default() += 1;
        }
        if expr.to_string() == self.tenant {
            self.placeholders += 1;
        }
        ControlFlow::Continue(())
    }
}
