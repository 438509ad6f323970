//! The program itself, and the lines that it prints.

use std::{
    io::{Write as _, stderr},
    process::Stdio,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::{
    Quickstart,
    database::{Backend, with_database},
    service::GLOBEX,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn program(quickstart: Quickstart) -> Command {
    let mut command = Command::new(quickstart.program);
    for name in [
        "DATABASE_URL",
        "PORT",
        "TENANCY_ENV",
        "TENANCY_SIGNING_KEY",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Starts the service on a free port and returns what it prints, up to the last line that can be
/// pasted.
async fn start(command: &mut Command, last: &str) -> (Child, String) {
    let mut child = command.env("PORT", "0").spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while let Some(line) = timeout(PATIENCE, lines.next_line())
        .await
        .expect("the service starts")
        .unwrap()
    {
        let done = line.starts_with(last);
        printed += &line;
        printed.push('\n');
        if done {
            return (child, printed);
        }
    }
    panic!("the service stopped: {:?}", child.wait_with_output().await);
}

async fn failure(command: &mut Command) -> String {
    let output = timeout(PATIENCE, command.output())
        .await
        .expect("the service stops")
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

async fn the_printed_lines_work_when_pasted(quickstart: Quickstart, backend: Backend) {
    if Command::new("curl")
        .arg("--version")
        .output()
        .await
        .is_err()
    {
        // Past the capture of the test harness, so that it is seen.
        let said = format!(
            "NOT RUN ({backend:?}): the printed curl lines, because curl is not installed\n"
        );
        stderr().write_all(said.as_bytes()).unwrap();
        return;
    }
    with_database(backend, async move |url| {
        let (child, printed) =
            start(program(quickstart).env("DATABASE_URL", url), "Acme has").await;
        let lines: Vec<_> = printed
            .lines()
            .filter(|line| line.contains("curl "))
            .collect();
        let output = Command::new("sh")
            .arg("-euc")
            .arg(lines.join("\n"))
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let output = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Value> = output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let [
            note,
            of_acme,
            of_globex,
            found,
            authors,
            acme,
            globex,
            elevated,
        ] = answers.as_slice()
        else {
            panic!("{output}");
        };
        assert_eq!(note["title"], "Roadmap");
        assert_eq!(*of_acme, json!([note]));
        assert_eq!(*of_globex, json!([]));
        assert_eq!(*found, json!([note]));
        assert_eq!(
            (&authors[0]["notes"], &authors[1]["notes"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(
            (&acme["tenant"], &acme["source"]),
            (&json!("acme"), &json!("subdomain"))
        );
        assert_eq!(globex["status"], 404);
        assert_eq!(
            (&elevated["tenant_id"], &elevated["roles"]),
            (&json!(GLOBEX), &json!(["platform_admin"]))
        );
        drop(child);
    })
    .await;
}

pub async fn sqlite_the_printed_lines_work_when_pasted(quickstart: Quickstart) {
    the_printed_lines_work_when_pasted(quickstart, Backend::Sqlite).await;
}

pub async fn postgres_the_printed_lines_work_when_pasted(quickstart: Quickstart) {
    the_printed_lines_work_when_pasted(quickstart, Backend::Postgres).await;
}

/// Tables and people are there already at the second start.
pub async fn postgres_starts_again_on_the_same_database(quickstart: Quickstart) {
    with_database(Backend::Postgres, async move |url| {
        for _ in 0..2 {
            start(program(quickstart).env("DATABASE_URL", &url), "Acme has").await;
        }
    })
    .await;
}

pub async fn production_prints_no_token_lines(quickstart: Quickstart) {
    let key = "k".repeat(32);
    let mut command = program(quickstart);
    command
        .env("TENANCY_ENV", "production")
        .env("TENANCY_SIGNING_KEY", &key);
    let (_child, printed) = start(&mut command, "Tenants:").await;
    assert!(
        !printed.contains("curl") && !printed.contains(&key),
        "{printed}"
    );
}

pub async fn what_stops_the_start_is_named(quickstart: Quickstart) {
    let said = failure(program(quickstart).env("TENANCY_ENV", "production")).await;
    assert!(said.contains("TENANCY_SIGNING_KEY"), "{said}");
    let said = failure(program(quickstart).env("TENANCY_SIGNING_KEY", "hunter2")).await;
    assert!(
        said.contains("32 bytes") && !said.contains("hunter2"),
        "{said}"
    );
    let said = failure(program(quickstart).env("TENANCY_ENV", "staging")).await;
    assert!(said.contains("TENANCY_ENV"), "{said}");
    let said = failure(program(quickstart).env("PORT", "http")).await;
    assert!(said.contains("PORT"), "{said}");
    for url in [
        "mysql://alice:hunter2@127.0.0.1/notes",
        "postgres://alice:hunter2@127.0.0.1:http/notes",
        "hunter2",
    ] {
        let said = failure(program(quickstart).env("DATABASE_URL", url)).await;
        assert!(
            said.contains("DATABASE_URL") && !said.contains("hunter2"),
            "{said}"
        );
    }
    let said =
        failure(program(quickstart).env("DATABASE_URL", "sqlite:no/such/folder/notes.db")).await;
    assert!(said.contains("mode=rwc"), "{said}");
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = failure(program(quickstart).env("PORT", &port)).await;
    assert!(said.contains(&port) && said.contains("PORT"), "{said}");
}
