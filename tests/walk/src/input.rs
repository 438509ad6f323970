//! Bodies, paths and queries that the service does not understand: a 4xx problem that names what is
//! wrong, and no row changes.

use std::sync::Arc;

use serde_json::json;

use crate::{
    reply::Reply,
    service::{ABSENT, Service},
};

const JSON: &str = "application/json";

/// Method, path, content type, body, status, and what the detail names.
const CASES: &[(&str, &str, &str, &str, u16, &str)] = &[
    ("POST", "/notes", JSON, "", 400, "EOF"),
    ("POST", "/notes", JSON, "{", 400, "EOF"),
    ("POST", "/notes", JSON, "not json", 400, "line 1"),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","body":"b"} x"#,
        400,
        "trailing",
    ),
    (
        "POST",
        "/notes",
        "text/plain",
        r#"{"title":"t","body":"b"}"#,
        415,
        "content-type",
    ),
    ("POST", "/notes", JSON, "[]", 422, "title"),
    ("POST", "/notes", JSON, "null", 422, "title"),
    ("POST", "/notes", JSON, r#"{"title":"t"}"#, 422, "body"),
    ("POST", "/notes", JSON, r#"{"body":"b"}"#, 422, "title"),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":7,"body":"b"}"#,
        422,
        "title",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","body":null}"#,
        422,
        "body",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","body":{"a":1}}"#,
        422,
        "body",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","title":"u","body":"b"}"#,
        422,
        "title",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","body":"b","id":"x"}"#,
        422,
        "id",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"","body":"b"}"#,
        422,
        "title",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t\u0000","body":"b"}"#,
        422,
        "title",
    ),
    (
        "POST",
        "/notes",
        JSON,
        r#"{"title":"t","body":"\u0000"}"#,
        422,
        "body",
    ),
    ("PATCH", "/notes/{id}", JSON, "", 400, "EOF"),
    (
        "PATCH",
        "/notes/{id}",
        JSON,
        r#"{"title":null}"#,
        422,
        "title",
    ),
    ("PATCH", "/notes/{id}", JSON, r#"{"body":7}"#, 422, "body"),
    (
        "PATCH",
        "/notes/{id}",
        JSON,
        r#"{"title":""}"#,
        422,
        "title",
    ),
    (
        "PATCH",
        "/notes/{id}",
        JSON,
        r#"{"body":"a\u0000b"}"#,
        422,
        "body",
    ),
    (
        "PATCH",
        "/notes/{id}",
        JSON,
        r#"{"tenant_id":"00000000-0000-4000-8000-00000000dead"}"#,
        422,
        "tenant_id",
    ),
    (
        "PATCH",
        "/notes/{id}",
        JSON,
        r#"{"author_id":"00000000-0000-4000-8000-00000000dead"}"#,
        422,
        "author_id",
    ),
    ("GET", "/notes/17", JSON, "", 400, "UUID"),
    ("GET", "/notes/not-an-id", JSON, "", 400, "UUID"),
    ("GET", "/notes/%FF", JSON, "", 400, "UUID"),
    ("GET", "/notes/%2F", JSON, "", 400, "UUID"),
    ("GET", "/notes/%zz", JSON, "", 400, "UUID"),
    ("GET", "/notes/%00", JSON, "", 400, "UUID"),
    ("PATCH", "/notes/17", JSON, r#"{"title":"t"}"#, 400, "UUID"),
    ("DELETE", "/notes/' OR 1=1", JSON, "", 400, "UUID"),
    ("GET", "/notes/search", JSON, "", 400, "q"),
    ("GET", "/notes/search?q=a&q=b", JSON, "", 400, "q"),
    ("GET", "/notes/search?q=%00", JSON, "", 422, "q"),
    ("GET", "/nothing/here", JSON, "", 404, "route"),
    ("PUT", "/notes", JSON, "{}", 405, "method"),
    ("DELETE", "/notes/search", JSON, "", 405, "method"),
    (
        "POST",
        "/dev/token",
        JSON,
        r#"{"user":"alice","tenant":"acme","role":"root"}"#,
        422,
        "role",
    ),
    (
        "POST",
        "/dev/token",
        JSON,
        r#"{"user":"alice","tenant":"acme"}"#,
        422,
        "role",
    ),
    (
        "POST",
        "/dev/token",
        JSON,
        r#"{"user":"","tenant":"acme","role":"member"}"#,
        422,
        "user",
    ),
    (
        "POST",
        "/dev/token",
        JSON,
        r#"{"user":"alice","tenant":"a,b","role":"member"}"#,
        422,
        "tenant",
    ),
    (
        "POST",
        "/dev/token",
        JSON,
        r#"{"user":"alice","tenant":3,"role":"member"}"#,
        422,
        "tenant",
    ),
    ("GET", "/dev/token", JSON, "", 405, "method"),
];

pub async fn what_the_client_got_wrong_is_named(service: Arc<Service>) {
    let alice = service.member("alice", "acme").await;
    let note = service.note(&alice, "stays").await;
    let before = service.rows().await;
    for &(method, path, content_type, body, status, named) in CASES {
        let call = service.call(method, &path.replace("{id}", &note));
        let reply = Reply::to(
            call.bearer_auth(&alice)
                .header("content-type", content_type)
                .body(body),
        )
        .await;
        let detail = reply.problem(status);
        assert!(detail.contains(named), "{method} {path} {body}: {detail}");
        assert_eq!(reply.header("allow").is_some(), status == 405, "{reply:?}");
    }
    for (field, value) in [("title", "a".repeat(201)), ("body", "b".repeat(20_001))] {
        let mut note = json!({ "title": "t", "body": "b" });
        note[field] = json!(value);
        let detail = service
            .send("POST", "/notes", &alice, &note)
            .await
            .problem(422);
        assert!(detail.contains(field), "{detail}");
    }
    // On a connection of its own, because the server may close one whose body it did not read.
    let huge = service
        .call("POST", "/notes")
        .bearer_auth(&alice)
        .header("connection", "close")
        .json(&json!({ "title": "t", "body": "b".repeat(3 << 20) }));
    Reply::to(huge).await.problem(413);
    service
        .send(
            "PATCH",
            &format!("/notes/{ABSENT}"),
            &alice,
            &json!({ "title": "t" }),
        )
        .await
        .problem(404);
    assert_eq!(service.rows().await, before);

    // The longest that is accepted, and characters of several bytes.
    let title = "é".repeat(200);
    let long = json!({ "title": title, "body": "b".repeat(20_000) });
    let stored = service
        .send("POST", "/notes", &alice, &long)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&stored["title"], &stored["body"]),
        (&long["title"], &long["body"])
    );
}
