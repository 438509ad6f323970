//! Runs the program on a database that is made for the test, first unsafe and then safe.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{env, panic::resume_unwind, path::Path};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, sqlx::postgres::PgConnectOptions};
use serde_json::Value;
use tenancy_seaorm::{Catalog, Policy, RowSecurity, TenantColumnType};
use tokio::process::Command;
use uuid::Uuid;

const README: &str = include_str!("../README.md");
const MAIN: &str = include_str!("../src/main.rs");

/// What the program wrote, and its exit code.
struct Ran {
    code: i32,
    output: String,
    error: String,
}

/// Runs the program, with a URL in the environment where there is one.
async fn run(arguments: &[&str], url: Option<&str>) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor"));
    command.env_remove("DATABASE_URL").args(arguments);
    if let Some(url) = url {
        command.env("DATABASE_URL", url);
    }
    let output = command.output().await.unwrap();
    Ran {
        code: output.status.code().unwrap(),
        output: String::from_utf8(output.stdout).unwrap(),
        error: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A database with a role for the application, of the same name. Both are gone after the test.
async fn with_database<T>(test: impl FnOnce(String, String, DatabaseConnection) -> T)
where
    T: Future<Output = ()> + Send + 'static,
{
    let server_url = env::var("TENANCY_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let server = Database::connect(&server_url).await.unwrap_or_else(|error| {
        panic!(
            "{error}: this test needs a PostgreSQL server. `scripts/test.sh` starts one and runs the tests; \
             or name one in TENANCY_TEST_POSTGRES."
        )
    });
    let name = format!("tenancy_doctor_{}", Uuid::new_v4().simple());
    let path = server_url.find('?').unwrap_or(server_url.len());
    let (address, query) = server_url.split_at(path);
    let (address, _) = address.rsplit_once('/').unwrap();
    let url = format!("{address}/{name}{query}");
    for sql in [
        format!("CREATE DATABASE {name} TEMPLATE template0"),
        format!("CREATE ROLE {name} LOGIN"),
    ] {
        server.execute_unprepared(&sql).await.unwrap();
    }
    let owner = Database::connect(&url).await.unwrap();
    let outcome = tokio::spawn(test(url, name.clone(), owner)).await;
    for sql in [
        format!("DROP DATABASE {name} WITH (FORCE)"),
        format!("DROP ROLE {name}"),
    ] {
        server.execute_unprepared(&sql).await.unwrap();
    }
    if let Err(error) = outcome {
        resume_unwind(error.into_panic());
    }
}

async fn execute(owner: &DatabaseConnection, sql: &str) {
    let done = owner.execute_unprepared(sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

const TABLES: [&str; 7] = [
    "--tenant-owned",
    "note",
    "--tenant-owned",
    "billing.invoice",
    "--reference",
    "country",
    "--role",
];

/// Tables with keys as they should be, and nothing between the tenants.
async fn create_tables(owner: &DatabaseConnection, role: &str) {
    for sql in [
        "CREATE SCHEMA billing",
        "CREATE TABLE note (tenant_id uuid NOT NULL, id bigint NOT NULL, title text, PRIMARY KEY (tenant_id, id))",
        "CREATE TABLE billing.invoice (tenant_id uuid NOT NULL, id bigint NOT NULL, PRIMARY KEY (tenant_id, id))",
        "CREATE TABLE country (id bigint PRIMARY KEY, code text)",
        &format!("GRANT SELECT, INSERT ON note TO {role}"),
        &format!("REVOKE TEMPORARY ON DATABASE {role} FROM PUBLIC"),
        // The default before PostgreSQL 15.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    ] {
        execute(owner, sql).await;
    }
}

fn policies(role: &str) -> RowSecurity {
    let owned = || Policy::column("tenant_id", TenantColumnType::Uuid);
    let catalog = Catalog::builder()
        .table("note", owned())
        .table("billing.invoice", owned())
        .reference_table("country")
        .build();
    RowSecurity::of(&catalog.unwrap())
        .application_role(role)
        .unwrap()
}

/// The codes of the findings of one severity, in a report as JSON.
fn codes(report: &str, severity: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["severity"] == severity)
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_unsafe_database_fails_until_the_policies_stand() {
    with_database(async |url, role, owner| {
        create_tables(&owner, &role).await;
        let mut json = TABLES.to_vec();
        json.extend([&role, "--format", "json"]);
        let ran = run(&json, Some(&url)).await;
        assert_eq!(ran.code, 1, "{}", ran.error);
        assert!(
            codes(&ran.output, "error").contains(&"D02".to_owned()),
            "{}",
            ran.output
        );
        // The same for people, with the URL as an argument.
        let mut human = TABLES.to_vec();
        human.extend([&*role, &url]);
        let ran = run(&human, None).await;
        assert_eq!(ran.code, 1, "{}", ran.error);
        assert!(
            ran.output
                .starts_with("the database does not keep tenants apart"),
            "{}",
            ran.output
        );
        assert!(
            ran.output.contains("error D02 public.note: "),
            "{}",
            ran.output
        );

        policies(&role).apply(&owner).await.unwrap();
        let ran = run(&json, Some(&url)).await;
        assert_eq!(
            (ran.code, ran.output.as_str()),
            (0, "{\n  \"findings\": []\n}\n"),
            "{}",
            ran.error
        );
        assert_eq!(run(&human, None).await.code, 0);
    })
    .await;
}

#[tokio::test]
async fn warnings_fail_where_they_are_denied() {
    with_database(async |url, role, owner| {
        create_tables(&owner, &role).await;
        policies(&role).apply(&owner).await.unwrap();
        execute(&owner, "CREATE UNIQUE INDEX titles ON note (title)").await;
        let mut arguments = TABLES.to_vec();
        arguments.extend([&role, "--format", "json"]);
        let ran = run(&arguments, Some(&url)).await;
        assert_eq!(ran.code, 0, "{}", ran.error);
        assert_eq!(codes(&ran.output, "warning"), ["W11"]);
        arguments.extend(["--deny", "warnings"]);
        assert_eq!(run(&arguments, Some(&url)).await.code, 1);
    })
    .await;
}

#[tokio::test]
async fn the_fixes_are_sql_that_puts_it_right() {
    with_database(async |url, role, owner| {
        create_tables(&owner, &role).await;
        execute(&owner, "CREATE UNIQUE INDEX titles ON note (title)").await;
        let mut arguments = TABLES.to_vec();
        arguments.extend([&role, "--fix"]);
        let ran = run(&arguments, Some(&url)).await;
        assert_eq!(ran.code, 1, "{}", ran.error);
        execute(&owner, &ran.output).await;
        let ran = run(&arguments, Some(&url)).await;
        assert_eq!((ran.code, ran.output.as_str()), (0, ""), "{}", ran.error);
        // What is only a warning is not touched unless warnings are denied.
        arguments.extend(["--deny", "warnings"]);
        let ran = run(&arguments, Some(&url)).await;
        assert_eq!(ran.code, 1, "{}", ran.error);
        execute(&owner, &ran.output).await;
        let ran = run(&arguments, Some(&url)).await;
        assert_eq!((ran.code, ran.output.as_str()), (0, ""), "{}", ran.error);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_examined_is_neither_safe_nor_unsafe() {
    with_database(async |url, role, _| {
        let server: PgConnectOptions = url.parse().unwrap();
        let missing = format!(
            "postgres://u:secret@{}:{}/{role}_missing",
            server.get_host(),
            server.get_port()
        );
        for url in [
            &*missing,
            "mysql://root:secret@127.0.0.1/app",
            "postgres://u:secret@127.0.0.1:many/app",
            "secret",
        ] {
            for ran in [
                run(&["--tenant-owned", "note"], Some(url)).await,
                run(&["--tenant-owned", "note", "--format", "json", url], None).await,
            ] {
                assert_eq!((ran.code, ran.output.as_str()), (2, ""), "{url}");
                assert!(
                    !ran.error.is_empty() && !ran.error.contains("secret"),
                    "{}",
                    ran.error
                );
            }
        }
        for wrong in [
            &["--role", "app_user"] as &[_],
            &["--tenant-owned", "note", "--tenant-owned", "note"],
            &["--tenant-owned", "note", "--column", ""],
            &["--tenant-owned", "note", "--role", "public"],
            &["--tenant-owned", "note", "--type", "money"],
            &["--tenant-owned", "note", "--fix", "--format", "json"],
        ] {
            let ran = run(wrong, Some(&url)).await;
            assert_eq!((ran.code, ran.output.as_str()), (2, ""), "{wrong:?}");
        }
        assert_eq!(
            run(&["--tenant-owned", "note"], None).await.code,
            2,
            "no URL"
        );
    })
    .await;
}

#[test]
fn the_readme_and_the_top_of_main_give_the_same_command() {
    let command = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.contains("cargo run -p doctor"));
        let line = line.expect("the command is there");
        line.trim_start_matches(['/', '!', '$', ' ']).to_owned()
    };
    assert_eq!(command(README), command(MAIN));
}

#[test]
fn the_files_that_the_readme_links_to_exist() {
    for link in README.split("](").skip(1) {
        let (link, _) = link.split_once(')').expect("a link ends");
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(),
            "{link}"
        );
    }
}
