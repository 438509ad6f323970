//! The axum quickstart and this one answer alike: status, body and every header but those of the
//! connection.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{env::VarError, future::pending};

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const NOTE: &str = "0e000000-0000-4000-8000-000000000001";
const ABSENT: &str = "00000000-0000-4000-8000-00000000dead";
const GLOBEX: &str = "910be000-0000-4000-8000-000000000000";

const PATHS: &[&str] = &[
    "/",
    "/healthz",
    "/whoami",
    "/notes",
    "/notes/",
    "/notes?q=1",
    "//notes",
    "/notes/{note}",
    "/notes/{NOTE}",
    "/notes/{absent}",
    "/notes/17",
    "/notes/%2F",
    "/notes/%FF",
    "/notes/%00",
    "/notes/%zz",
    "/notes/{note}/more",
    "/notes/search",
    "/notes/search?q=",
    "/notes/search?q=OAD",
    "/notes/search?q=%25",
    "/notes/search?q=%",
    "/notes/search?q=%FF",
    "/notes/search?q=%00",
    "/notes/search?q=a&q=b",
    "/notes/search?q=a&z=b",
    "/authors",
    "/dev/tokens",
    "/dev",
];

const BODIES: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    r#""text""#,
    r#"{"title":"t"}"#,
    r#"{"title":7,"body":"b"}"#,
    r#"{"title":"t","body":null}"#,
    r#"{"title":"t","title":"u","body":"b"}"#,
    r#"{"title":"t","body":"b","id":"x"}"#,
    r#"{"title":"","body":"b"}"#,
    r#"{"title":"t\u0000","body":"b"}"#,
    r#"{"title":"t","body":"b"} x"#,
    r#"{"title":"\ud800","body":"b"}"#,
    r#"{"user":"","tenant":"acme","role":"member"}"#,
    r#"{"user":"u","tenant":"a b","role":"member"}"#,
    r#"{"user":"u","tenant":"acme","role":"root"}"#,
    r#"{"user":"u","tenant":"acme"}"#,
];

/// Both services, on ports of their own, over databases that hold the same.
struct Twins {
    client: Client,
    addresses: [String; 2],
}

type Reply = (StatusCode, HeaderMap, String);

/// Starts one of the two: their types have the same names, but are not the same.
macro_rules! start {
    ($twin:ident, $environment:expr) => {{
        let config = $twin::Config::read(|name| match name {
            "TENANCY_SIGNING_KEY" => Ok("a signing key of the tests, long enough".to_owned()),
            "TENANCY_ENV" => Ok($environment.to_owned()),
            _ => Err(VarError::NotPresent),
        });
        let config = config.unwrap();
        let raw = $twin::connect(&config.database_url).await.unwrap();
        let app = $twin::app(raw.clone(), &config).await.unwrap();
        store_a_note(&raw).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { $twin::serve(listener, app, pending()).await });
        address
    }};
}

async fn store_a_note(raw: &DatabaseConnection) {
    let note = NOTE.replace('-', "");
    let insert = format!(
        "INSERT INTO note (id, tenant_id, author_id, title, body) VALUES \
         (x'{note}', x'acc00000000040008000000000000000', x'acc00000000040008000000000000001', 'Road', '100%')"
    );
    raw.execute_unprepared(&insert).await.unwrap();
}

impl Twins {
    async fn start(environment: &str) -> Self {
        Self {
            client: Client::builder().no_proxy().build().unwrap(),
            addresses: [
                start!(quickstart, environment),
                start!(actix_quickstart, environment),
            ],
        }
    }

    async fn token(&self, user: &str, tenant: &str, role: &str) -> String {
        let request = json!({ "user": user, "tenant": tenant, "role": role });
        let [axum, actix] = self
            .ask(
                "POST",
                "/dev/token",
                &[("content-type", "application/json")],
                &request.to_string(),
            )
            .await;
        // The tokens hold the second in which they were made.
        assert_eq!((axum.0, &axum.1), (actix.0, &actix.1));
        let token: Value = serde_json::from_str(&actix.2).unwrap();
        token["token"].as_str().unwrap().to_owned()
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> [Reply; 2] {
        let path = path
            .replace("{note}", NOTE)
            .replace("{NOTE}", &NOTE.to_ascii_uppercase())
            .replace("{absent}", ABSENT);
        let mut replies = Vec::new();
        for address in &self.addresses {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let mut call = self.client.request(method, format!("{address}{path}"));
            for (name, value) in headers {
                call = call.header(*name, *value);
            }
            if !body.is_empty() {
                call = call.body(body.to_owned());
            }
            let reply = call.send().await.unwrap();
            let (status, mut headers) = (reply.status(), reply.headers().clone());
            headers.remove("date");
            headers.remove("connection");
            replies.push((status, headers, reply.text().await.unwrap()));
        }
        replies.try_into().unwrap()
    }

    async fn compare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let [axum, actix] = self.ask(method, path, headers, body).await;
        assert_eq!(actix, axum, "{method} {path} {headers:?} {body:?}");
        axum.0.as_u16()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_every_path_answers_alike() {
    let twins = Twins::start("development").await;
    let bearer =
        async |user, tenant, role| format!("Bearer {}", twins.token(user, tenant, role).await);
    let alice = bearer("alice", "acme", "member").await;
    let carol = bearer("carol", "globex", "member").await;
    let grace = bearer("grace", "platform", "platform_admin").await;
    let mut seen = [0; 600];
    for headers in [
        vec![],
        vec![("authorization", "Bearer x")],
        vec![("authorization", grace.as_str())],
        vec![("authorization", grace.as_str()), ("x-tenant-id", GLOBEX)],
        vec![("authorization", carol.as_str())],
        vec![("authorization", carol.as_str()), ("x-tenant-id", "acme")],
        vec![("authorization", alice.as_str()), ("x-tenant-id", "")],
        vec![("authorization", alice.as_str()), ("host", "a.b.localhost")],
        vec![
            ("authorization", alice.as_str()),
            ("cookie", "tenant_id=initech"),
        ],
        vec![("authorization", alice.as_str())],
    ] {
        for method in [
            "GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE", "PURGE",
        ] {
            for path in PATHS {
                seen[usize::from(twins.compare(method, path, &headers, "").await)] += 1;
            }
        }
    }
    for status in [200, 204, 400, 401, 404, 405, 415, 422] {
        assert!(seen[status] > 0, "no request was answered with {status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_do_not_fit_are_answered_alike() {
    let twins = Twins::start("development").await;
    let alice = format!("Bearer {}", twins.token("alice", "acme", "member").await);
    let huge = format!(r#"{{"title":"t","body":"{}"}}"#, "b".repeat(3 << 20));
    for (method, path) in [
        ("POST", "/notes"),
        ("PATCH", "/notes/{absent}"),
        ("PATCH", "/notes/17"),
        ("POST", "/dev/token"),
    ] {
        for content_type in [
            "application/json",
            "APPLICATION/JSON ; charset=utf-8",
            "application/vnd.api+json",
        ] {
            let headers = [
                ("authorization", alice.as_str()),
                ("content-type", content_type),
            ];
            for body in BODIES {
                assert!(
                    twins.compare(method, path, &headers, body).await >= 400,
                    "{body}"
                );
            }
        }
        for content_type in [
            "",
            "json",
            "text/json",
            "text/plain",
            "application/jsonx",
            "*/*",
        ] {
            let headers = [
                ("authorization", alice.as_str()),
                ("content-type", content_type),
            ];
            assert!(twins.compare(method, path, &headers, BODIES[5]).await >= 400);
        }
        // The server may close a connection whose body it did not read.
        let headers = [
            ("authorization", alice.as_str()),
            ("content-type", "application/json"),
            ("connection", "close"),
        ];
        assert_eq!(
            twins.compare(method, path, &headers, &huge).await,
            if path.ends_with("17") { 400 } else { 413 }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_is_written_alike() {
    let twins = Twins::start("development").await;
    let alice = format!("Bearer {}", twins.token("alice", "acme", "member").await);
    let headers = [
        ("authorization", alice.as_str()),
        ("content-type", "application/json"),
    ];
    for body in [
        r#"{"title":"t","body":"b"}"#,
        r#"{"body":"é","title":"\"<"}"#,
    ] {
        let replies = twins.ask("POST", "/notes", &headers, body).await;
        let [axum, actix] = replies.map(|(status, mut headers, text)| {
            let note: Value = serde_json::from_str(&text).unwrap();
            let id = note["id"].as_str().unwrap();
            assert_eq!(headers.remove("location").unwrap(), format!("/notes/{id}"));
            (status, headers, text.replace(id, ""))
        });
        assert_eq!(axum.0, 201);
        assert_eq!(actix, axum);
    }
    for body in ["{}", r#"{"title":"u"}"#, r#"{"body":""}"#] {
        assert_eq!(
            twins
                .compare("PATCH", "/notes/{note}", &headers, body)
                .await,
            200
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_answers_alike() {
    let twins = Twins::start("production").await;
    for path in ["/dev/token", "/whoami", "/healthz"] {
        let headers = [("content-type", "application/json")];
        let status = twins.compare("POST", path, &headers, BODIES[17]).await;
        assert_eq!(
            status,
            if path == "/dev/token" { 404 } else { 405 },
            "{path}"
        );
    }
}
