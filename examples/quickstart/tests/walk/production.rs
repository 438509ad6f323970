//! `TENANCY_ENV=production`.

use std::env::VarError;

use quickstart::{Config, ConfigError, Environment};
use serde_json::json;

use crate::{
    database::{Backend, with_database},
    reply::Reply,
    service::Service,
    tokens,
};

fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read(|name| {
        let given = variables.iter().find(|(given, _)| *given == name);
        given
            .map(|(_, value)| (*value).to_owned())
            .ok_or(VarError::NotPresent)
    })
}

#[tokio::test]
async fn there_is_no_dev_token_and_signed_tokens_work() {
    with_database(Backend::Sqlite, async |url| {
        let service = Service::start(&url, &[("TENANCY_ENV", "production")]).await;
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

#[test]
fn production_wants_a_signing_key() {
    let production = ("TENANCY_ENV", "production");
    assert!(matches!(
        read(&[production]),
        Err(ConfigError::NoSigningKey)
    ));
    for short in ["", "secret", &"k".repeat(31)] {
        let refused = read(&[production, ("TENANCY_SIGNING_KEY", short)]);
        assert!(
            matches!(refused, Err(ConfigError::SigningKey(_))),
            "{short}"
        );
    }
    let config = read(&[production, ("TENANCY_SIGNING_KEY", &"k".repeat(32))]).unwrap();
    assert_eq!(config.environment, Environment::Production);
    assert!(!format!("{config:?}").contains("kkk"));
}

#[test]
fn a_misspelt_environment_is_not_development() {
    for word in ["", "Production", "prod", "production ", "dev"] {
        assert!(
            matches!(
                read(&[("TENANCY_ENV", word)]),
                Err(ConfigError::Environment)
            ),
            "{word:?}"
        );
    }
    assert_eq!(read(&[]).unwrap().environment, Environment::Development);
    assert_eq!(
        read(&[("TENANCY_ENV", "development")]).unwrap().environment,
        Environment::Development
    );
}

#[test]
fn the_defaults_are_port_3000_and_sqlite_in_memory() {
    let config = read(&[]).unwrap();
    assert_eq!(
        (config.port, config.database_url.as_str()),
        (3000, "sqlite::memory:")
    );
    let config = read(&[
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
            matches!(read(&[("PORT", port)]), Err(ConfigError::Port)),
            "{port:?}"
        );
    }
    for url in ["", "notes.db", "mysql://alice:hunter2@127.0.0.1/notes"] {
        let refused = read(&[("DATABASE_URL", url)]);
        assert!(matches!(refused, Err(ConfigError::DatabaseUrl)), "{url}");
    }
    let config = read(&[("DATABASE_URL", "postgres://alice:hunter2@127.0.0.1/notes")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}
