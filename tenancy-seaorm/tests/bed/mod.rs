//! A database of several tenants, on SQLite, PostgreSQL and MySQL or MariaDB, for the tests to
//! reach into.
//!
//! On a server every bed is a database of its own, and scoped connections log in as a role that
//! owns nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    dead_code,
    unreachable_pub,
    missing_docs
)]

use std::{fmt::Debug, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend,
    DbErr, EntityTrait, FromQueryResult, IntoActiveModel, JsonValue, QueryResult, Schema, Set,
    Statement,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId, TenantKind};
use tenancy_seaorm::{Catalog, Error, ErrorKind, ScopedConnection, TenantDatabase};
use uuid::Uuid;

pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub name: String,
        #[sea_orm(has_many)]
        pub notes: HasMany<super::note::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub author_id: Option<i64>,
        pub title: String,
        pub body: String,
        pub score: Option<i32>,
        #[sea_orm(belongs_to, from = "author_id", to = "id", skip_fk)]
        pub author: HasOne<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Readable by all.
pub mod country {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "country")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub code: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// In no catalog.
pub mod ledger {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ledger")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: Uuid,
        pub amount: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The tenants of a bed. Ids are such that sorting and arithmetic on them mean nothing.
pub const ACME: Uuid = Uuid::from_u128(0xac3e_0000_0000_4000_8000_0000_0000_0001);
pub const GLOBEX: Uuid = Uuid::from_u128(0x610b_0000_0000_4000_8000_0000_0000_0002);
pub const PLATFORM: Uuid = Uuid::from_u128(0x9147_0000_0000_4000_8000_0000_0000_0003);

pub struct Bed {
    /// Sees everything: for preparing and for looking at what happened.
    pub owner: DatabaseConnection,
    pub database: TenantDatabase,
    /// The connection under `database`, as the role of the application.
    pub application: DatabaseConnection,
    pub backend: DbBackend,
    /// The role that `application` logs in as, where there is one.
    pub role: String,
    login: String,
    is_locked_twice: bool,
    cleanup: Option<Cleanup>,
}

struct Cleanup {
    server: DatabaseConnection,
    statements: Vec<String>,
}

/// All engines, or the one that `TENANCY_TEST_ONLY` names: for a quick look while working.
pub fn backends() -> Vec<DbBackend> {
    let all = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];
    match std::env::var("TENANCY_TEST_ONLY") {
        Ok(only) => all
            .into_iter()
            .filter(|one| format!("{one:?}").eq_ignore_ascii_case(&only))
            .collect(),
        Err(_) => all.into(),
    }
}

/// Runs `test` on a fresh bed of every backend, PostgreSQL with row-level security among them, and
/// cleans up whatever comes of it.
pub async fn on_every_backend(test: impl AsyncFn(&Bed)) {
    on_every_engine(&test).await;
    #[cfg(feature = "row-security")]
    if backends().contains(&DbBackend::Postgres) {
        let mut bed = Bed::new(DbBackend::Postgres).await;
        bed.fill().await;
        bed.lock_twice().await;
        run(bed, "on PostgreSQL with row-level security", &test).await;
    }
}

/// The same without PostgreSQL's policies, where they change what the server says.
pub async fn on_every_engine(test: impl AsyncFn(&Bed)) {
    for backend in backends() {
        on(backend, &test).await;
    }
}

/// The same on one backend.
pub async fn on(backend: DbBackend, test: impl AsyncFn(&Bed)) {
    let bed = Bed::new(backend).await;
    bed.fill().await;
    run(bed, &format!("on {backend:?}"), test).await;
}

async fn run(bed: Bed, place: &str, test: impl AsyncFn(&Bed)) {
    let outcome = AssertUnwindSafe(test(&bed)).catch_unwind().await;
    bed.close().await;
    if let Err(panic) = outcome {
        eprintln!("{place}");
        std::panic::resume_unwind(panic);
    }
}

impl Bed {
    /// A bed with empty tables.
    pub async fn new(backend: DbBackend) -> Self {
        match backend {
            DbBackend::Sqlite => Self::sqlite().await,
            DbBackend::Postgres => Self::postgres().await,
            DbBackend::MySql => Self::mysql().await,
            other => panic!("{other:?} is not tested"),
        }
    }

    async fn sqlite() -> Self {
        let connection = connect("sqlite::memory:").await;
        create_tables(&connection).await;
        Self {
            owner: connection.clone(),
            database: TenantDatabase::new(connection.clone(), &catalog()).unwrap(),
            application: connection,
            backend: DbBackend::Sqlite,
            role: String::new(),
            login: String::new(),
            is_locked_twice: false,
            cleanup: None,
        }
    }

    async fn postgres() -> Self {
        let base = std::env::var("TENANCY_TEST_POSTGRES")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let server = Database::connect(&base).await.unwrap_or_else(|error| {
            panic!("no PostgreSQL at TENANCY_TEST_POSTGRES or 127.0.0.1:5432 ({error}): run the tests with `scripts/test.sh`, which starts one")
        });
        let name = format!("tenancy_{}", Uuid::new_v4().simple());
        let run = async |sql: String| server.execute_unprepared(&sql).await.unwrap();
        run(format!("CREATE DATABASE {name}")).await;
        run(format!(
            "CREATE ROLE {name} LOGIN PASSWORD '{name}' NOSUPERUSER NOBYPASSRLS"
        ))
        .await;
        let (url, query) = base
            .split_once('?')
            .map_or((base.as_str(), None), |(url, query)| (url, Some(query)));
        let host = url.rsplit_once('/').unwrap().0;
        let with_query = |url: String| query.map_or(url.clone(), |query| format!("{url}?{query}"));
        let owner = connect(&with_query(format!("{host}/{name}"))).await;
        create_tables(&owner).await;
        for grant in [
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO",
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO",
        ] {
            owner
                .execute_unprepared(&format!("{grant} {name}"))
                .await
                .unwrap();
        }
        let address = host
            .rsplit_once('@')
            .map_or_else(|| host.split_once("//").unwrap().1, |(_, address)| address);
        let login = with_query(format!("postgres://{name}:{name}@{address}/{name}"));
        let application = connect(&login).await;
        Self {
            owner,
            database: TenantDatabase::new(application.clone(), &catalog()).unwrap(),
            application,
            backend: DbBackend::Postgres,
            role: name.clone(),
            login,
            is_locked_twice: false,
            cleanup: Some(Cleanup {
                server,
                statements: vec![
                    format!("DROP DATABASE {name} WITH (FORCE)"),
                    // With the roles that a test has made beside it.
                    format!(
                        "DO $$ DECLARE other name; BEGIN FOR other IN SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{name}')
                         LOOP EXECUTE format('DROP ROLE %I', other); END LOOP; END $$"
                    ),
                ],
            }),
        }
    }

    async fn mysql() -> Self {
        let base = std::env::var("TENANCY_TEST_MYSQL")
            .unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/mysql".into());
        let server = Database::connect(&base).await.unwrap_or_else(|error| {
            panic!("no MySQL or MariaDB at TENANCY_TEST_MYSQL or 127.0.0.1:3306 ({error}): run the tests with `scripts/test.sh`, which starts one")
        });
        // Names of users have at most 32 characters.
        let name = format!("tenancy_{:.20}", Uuid::new_v4().simple().to_string());
        for sql in [
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            // Without a password: MySQL 8 asks for TLS or RSA before it takes one.
            format!("CREATE USER '{name}'@'%'"),
            format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO '{name}'@'%'"),
        ] {
            server.execute_unprepared(&sql).await.unwrap();
        }
        let (host, _) = base.rsplit_once('/').unwrap();
        let owner = connect(&format!("{host}/{name}")).await;
        create_tables(&owner).await;
        let address = host
            .rsplit_once('@')
            .map_or_else(|| host.split_once("//").unwrap().1, |(_, address)| address);
        // A statement that leaves the cache is closed without an answer, and the next one then
        // waits 40 ms for TCP.
        let login = format!("mysql://{name}@{address}/{name}?statement-cache-capacity=6000");
        let application = connect(&login).await;
        Self {
            owner,
            database: TenantDatabase::new(application.clone(), &catalog()).unwrap(),
            application,
            backend: DbBackend::MySql,
            role: name.clone(),
            login,
            is_locked_twice: false,
            cleanup: Some(Cleanup {
                server,
                statements: vec![
                    format!("DROP DATABASE {name}"),
                    format!("DROP USER '{name}'@'%'"),
                ],
            }),
        }
    }

    pub async fn close(self) {
        let Some(Cleanup { server, statements }) = self.cleanup else {
            return;
        };
        self.owner.close().await.unwrap();
        self.application.close().await.unwrap();
        for sql in statements {
            server.execute_unprepared(&sql).await.unwrap();
        }
        server.close().await.unwrap();
    }

    /// Two tenants with rows of the same names, a shared country, and a table outside the catalog.
    ///
    /// Ids: ACME's are odd, GLOBEX's are even.
    pub async fn fill(&self) {
        for (tenant, first) in [(ACME, 1), (GLOBEX, 2)] {
            for (id, name) in [(first, "ann"), (first + 2, "bob")] {
                insert(
                    &self.owner,
                    author::Model {
                        id,
                        tenant_id: tenant,
                        name: name.into(),
                    },
                )
                .await;
            }
            for (id, author_id, title, score) in [
                (first, Some(first), "plan", Some(10)),
                (first + 2, Some(first), "draft", None),
                (first + 4, None, "orphan", Some(30)),
            ] {
                let body = format!("body of {title}");
                let model = note::Model {
                    id,
                    tenant_id: tenant,
                    author_id,
                    title: title.into(),
                    body,
                    score,
                };
                insert(&self.owner, model).await;
            }
            insert(
                &self.owner,
                ledger::Model {
                    id: first,
                    tenant_id: tenant,
                    amount: 5,
                },
            )
            .await;
        }
        // A row of GLOBEX that points at ACME's author: joins must not follow it.
        let crossing = note::Model {
            id: 100,
            tenant_id: GLOBEX,
            author_id: Some(1),
            title: "crossing".into(),
            body: "body of crossing".into(),
            score: Some(1),
        };
        insert(&self.owner, crossing).await;
        insert(
            &self.owner,
            country::Model {
                id: 1,
                code: "NZ".into(),
            },
        )
        .await;
        if self.backend == DbBackend::Postgres {
            for table in ["author", "note", "country", "ledger"] {
                let sql = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)");
                self.owner.execute_unprepared(&sql).await.unwrap();
            }
        }
    }

    /// Puts PostgreSQL's policies under the planner's predicates.
    #[cfg(feature = "row-security")]
    pub async fn lock_twice(&mut self) {
        let security = tenancy_seaorm::RowSecurity::of(&catalog());
        security.apply(&self.owner).await.unwrap();
        self.database = self.database.clone().with_row_security().unwrap();
        self.is_locked_twice = true;
    }

    /// Whether there are policies under the planner's predicates.
    pub fn is_locked_twice(&self) -> bool {
        self.is_locked_twice
    }

    /// Where the application's role logs in.
    pub fn application_url(&self) -> &str {
        &self.login
    }

    /// Further sessions of the application's role.
    pub async fn login(&self) -> DatabaseConnection {
        connect(&self.login).await
    }

    pub fn scoped(&self, tenant: Uuid) -> ScopedConnection {
        self.database.scoped(&context(tenant)).unwrap()
    }

    pub fn acme(&self) -> ScopedConnection {
        self.scoped(ACME)
    }

    pub fn globex(&self) -> ScopedConnection {
        self.scoped(GLOBEX)
    }

    /// A statement with this backend's placeholders and quotes; `sql` is written with `$1`, each
    /// used once, and `"`.
    pub fn sql(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> Statement {
        let sql = match self.backend {
            DbBackend::Sqlite => sql.replace('$', "?"),
            DbBackend::MySql => (1..=9).fold(sql.replace('"', "`"), |sql, number| {
                sql.replace(&format!("${number}"), "?")
            }),
            _ => sql.into(),
        };
        Statement::from_sql_and_values(self.backend, sql, values)
    }

    /// Everything in the database, as the owner sees it.
    pub async fn snapshot(&self) -> Vec<JsonValue> {
        let mut rows = Vec::new();
        for table in ["author", "note", "country", "ledger"] {
            let all = Statement::from_string(
                self.backend,
                format!("SELECT '{table}' AS of_table, {table}.* FROM {table} ORDER BY id"),
            );
            rows.extend(
                JsonValue::find_by_statement(all)
                    .all(&self.owner)
                    .await
                    .unwrap(),
            );
        }
        rows
    }

    /// Every row of a tenant, as the owner sees it.
    pub async fn rows_of(&self, tenant: Uuid) -> Vec<JsonValue> {
        let mut rows = Vec::new();
        for table in ["author", "note", "ledger"] {
            let sql = format!("SELECT * FROM {table} WHERE tenant_id = $1 ORDER BY id");
            let of_tenant = JsonValue::find_by_statement(self.sql(&sql, [tenant.into()]));
            rows.extend(of_tenant.all(&self.owner).await.unwrap());
        }
        rows
    }

    /// Requires that `statement` is refused for `kind` and changes nothing.
    pub async fn assert_refused<T: Debug>(
        &self,
        kind: ErrorKind,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) {
        let before = self.snapshot().await;
        let error = statement.await.expect_err("the statement was not refused");
        let found = Error::of(&error).unwrap_or_else(|| panic!("not a refusal: {error}"));
        assert_eq!(found.kind(), kind, "{found}");
        assert_eq!(
            self.snapshot().await,
            before,
            "a refused statement changed something"
        );
    }
}

/// Every value of a row, whatever its type and its name.
pub fn values(row: &QueryResult) -> String {
    let read = |index| {
        None.or_else(|| {
            row.try_get_by_index::<Option<String>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<i64>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<i32>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<f64>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<bool>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<Uuid>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<Vec<u8>>>(index)
                .ok()
                .map(|value| format!("{value:02x?}"))
        })
        .unwrap_or_else(|| "a value of another type".into())
    };
    let values: Vec<_> = (0..row.column_names().len()).map(read).collect();
    values.join(" | ")
}

pub fn catalog() -> Catalog {
    Catalog::builder()
        .tenant_owned::<author::Entity>()
        .tenant_owned::<note::Entity>()
        .reference::<country::Entity>()
        .build()
        .unwrap()
}

pub fn context(tenant: Uuid) -> TenantContext {
    let (slug, kind) = match tenant {
        ACME => ("acme", TenantKind::Client),
        GLOBEX => ("globex", TenantKind::Client),
        PLATFORM => ("platform", TenantKind::Platform),
        _ => ("other", TenantKind::Client),
    };
    let tenant =
        Tenant::new(TenantId::uuid(tenant).unwrap(), Slug::parse(slug).unwrap()).with_kind(kind);
    TenantContext::assume(Arc::new(tenant), "a test").unwrap()
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // One connection: an in-memory SQLite database lives and dies with it.
    options
        .max_connections(if url.starts_with("sqlite") { 1 } else { 4 })
        .sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

async fn create_tables(connection: &DatabaseConnection) {
    let schema = Schema::new(connection.get_database_backend());
    for mut table in [
        schema.create_table_from_entity(author::Entity),
        schema.create_table_from_entity(country::Entity),
        schema.create_table_from_entity(ledger::Entity),
        schema.create_table_from_entity(note::Entity),
    ] {
        connection.execute(table.if_not_exists()).await.unwrap();
    }
}

pub async fn insert<M, A>(connection: &DatabaseConnection, model: M)
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + sea_orm::ActiveModelBehavior + Send,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
{
    A::Entity::insert(model.into_active_model().reset_all())
        .exec(connection)
        .await
        .unwrap();
}

/// A note that names no tenant.
pub fn new_note(title: &str) -> note::ActiveModel {
    note::ActiveModel {
        title: Set(title.into()),
        body: Set("new".into()),
        ..Default::default()
    }
}
