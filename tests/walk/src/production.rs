//! `TENANCY_ENV=production`.

use serde_json::json;

use crate::{
    Quickstart, Settings,
    database::{Backend, with_database},
    reply::Reply,
    service::Service,
    tokens,
};

/// Whether a configuration is refused for this.
fn is(read: &Result<Settings, String>, error: &str) -> bool {
    read.as_ref().is_err_and(|found| found.starts_with(error))
}

pub async fn there_is_no_dev_token_and_signed_tokens_work(quickstart: Quickstart) {
    with_database(Backend::Sqlite, async move |url| {
        let service = Service::start(quickstart, &url, &[("TENANCY_ENV", "production")]).await;
        let request = json!({ "user": "alice", "tenant": "acme", "role": "member" });
        let refused = Reply::to(service.call("POST", "/dev/token").json(&request)).await;
        refused.problem(404);
        assert_eq!(
            refused,
            Reply::to(service.call("POST", "/no/such/route").json(&request)).await
        );

        let token = tokens::sign(&tokens::claims());
        service.get("/notes", &token).await.expect(200);
        let forged = tokens::sign_with(
            jsonwebtoken::Algorithm::HS256,
            &"0".repeat(32),
            &tokens::claims(),
        );
        service.get("/notes", &forged).await.problem(401);
    })
    .await;
}

pub fn production_wants_a_signing_key(quickstart: Quickstart) {
    let production = ("TENANCY_ENV", "production");
    assert!(is(&(quickstart.read)(&[production]), "NoSigningKey"));
    for short in ["", "secret", &"k".repeat(31)] {
        let refused = (quickstart.read)(&[production, ("TENANCY_SIGNING_KEY", short)]);
        assert!(is(&refused, "SigningKey"), "{short}");
    }
    let config =
        (quickstart.read)(&[production, ("TENANCY_SIGNING_KEY", &"k".repeat(32))]).unwrap();
    assert_eq!(config.environment, "Production");
    assert!(!config.debug.contains("kkk"));
}

pub fn a_misspelt_environment_is_not_development(quickstart: Quickstart) {
    for word in ["", "Production", "prod", "production ", "dev"] {
        assert!(
            is(&(quickstart.read)(&[("TENANCY_ENV", word)]), "Environment"),
            "{word:?}"
        );
    }
    assert_eq!((quickstart.read)(&[]).unwrap().environment, "Development");
    assert_eq!(
        (quickstart.read)(&[("TENANCY_ENV", "development")])
            .unwrap()
            .environment,
        "Development"
    );
}

pub fn the_defaults_are_port_3000_and_sqlite_in_memory(quickstart: Quickstart) {
    let config = (quickstart.read)(&[]).unwrap();
    assert_eq!(
        (config.port, config.database_url.as_str()),
        (3000, "sqlite::memory:")
    );
    let config = (quickstart.read)(&[
        ("PORT", "0"),
        ("DATABASE_URL", "postgres://localhost/notes"),
    ])
    .unwrap();
    assert_eq!(
        (config.port, config.database_url.as_str()),
        (0, "postgres://localhost/notes")
    );
    for port in ["", "http", "65536", "-1"] {
        assert!(
            is(&(quickstart.read)(&[("PORT", port)]), "Port"),
            "{port:?}"
        );
    }
    for url in ["", "notes.db", "mysql://alice:hunter2@127.0.0.1/notes"] {
        let refused = (quickstart.read)(&[("DATABASE_URL", url)]);
        assert!(is(&refused, "DatabaseUrl"), "{url}");
    }
    let config =
        (quickstart.read)(&[("DATABASE_URL", "postgres://alice:hunter2@127.0.0.1/notes")]).unwrap();
    assert!(!config.debug.contains("hunter2"));
}
