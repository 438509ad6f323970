//! Where the databases come from: SQLite in memory, and two servers.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Schema};
use tenancy_seaorm::TenantDatabase;
use uuid::Uuid;

use crate::{
    author, catalog, country, ledger, note,
    testbed::{Cleanup, Testbed},
};

pub(crate) async fn sqlite() -> Testbed {
    let connection = connect("sqlite::memory:").await;
    create_tables(&connection).await;
    Testbed {
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

pub(crate) async fn postgres() -> Testbed {
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
    Testbed {
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

pub(crate) async fn mysql() -> Testbed {
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
    Testbed {
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

pub(crate) async fn connect(url: &str) -> DatabaseConnection {
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
