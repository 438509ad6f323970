//! The README says what is so: its ten lines compile and isolate, and the quickstart prints what it
//! shows.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error;

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use quickstart::{Environment, banner, entity::note};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, Schema, Set,
};
use serde_json::json;
use tenancy_axum::TenancyLayer;
use tenancy_core::{
    Slug, Tenancy, Tenant, TenantId,
    authenticate::jwt::Jwt,
    resolve::{HeaderResolver, SubdomainResolver},
    store::InMemoryTenantStore,
};
use tenancy_seaorm::{Catalog, ScopedConnection, TenantDatabase};
use uuid::Uuid;

const README: &str = include_str!("../../../README.md");
const THIS_FILE: &str = include_str!("readme.rs");
const MAIN: &str = include_str!("../src/main.rs");
const SECRET: &str = "a secret of at least thirty-two bytes";

struct AppError(DbErr);

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl axum::response::IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

mod before {
    use super::*;

    #[allow(clippy::let_and_return)] // as the README has it
    pub(super) fn app(connection: DatabaseConnection) -> Router {
        let app = Router::new()
            .route("/notes", get(list))
            .with_state(connection);
        app
    }

    async fn list(
        State(db): State<DatabaseConnection>,
    ) -> Result<Json<Vec<note::Model>>, AppError> {
        Ok(Json(note::Entity::find().all(&db).await?))
    }
}

mod after {
    use super::*;

    pub(super) fn app(
        connection: DatabaseConnection,
        secret: &str,
        tenants: InMemoryTenantStore,
    ) -> Result<Router, Box<dyn Error>> {
        let tenancy = Tenancy::builder()
            .resolver(HeaderResolver::new("x-tenant-id"))
            .resolver(SubdomainResolver::of("example.com"))
            .authenticate(
                Jwt::hs256(secret)
                    .audience("api")
                    .issuer("https://id.example.com"),
            )
            .store(tenants)
            .build()?;
        let catalog = Catalog::builder().tenant_owned::<note::Entity>().build()?;
        let app = Router::new()
            .route("/notes", get(list))
            .layer(TenancyLayer::new(tenancy))
            .with_state(TenantDatabase::new(connection, &catalog)?);
        Ok(app)
    }

    async fn list(db: ScopedConnection) -> Result<Json<Vec<note::Model>>, AppError> {
        Ok(Json(note::Entity::find().all(&db).await?))
    }
}

/// The text between a fence of this kind and its end.
fn block(language: &str) -> &'static str {
    let (_, rest) = README
        .split_once(&format!("```{language}\n"))
        .expect("the README has the block");
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn the_ten_lines_of_the_readme_are_the_compiled_ones() {
    // As far as rustfmt may lay them out differently.
    let squeeze = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.replace(",)", ")")
    };
    let (before, after) = THIS_FILE.split_once("mod after").unwrap();
    let (before, after) = (squeeze(before), squeeze(after));
    for part in block("diff").split("\n\n") {
        let side = |sign: char| {
            part.lines()
                .filter(move |line| !line.starts_with(sign))
                .map(|line| squeeze(&line[1..]))
        };
        assert!(before.contains(&side('+').collect::<String>()), "{part}");
        assert!(after.contains(&side('-').collect::<String>()), "{part}");
    }
    assert_eq!(
        block("diff")
            .lines()
            .filter(|line| line.starts_with('+'))
            .count(),
        10
    );
}

#[tokio::test]
async fn the_ten_lines_make_the_service_multi_tenant() {
    let connection = quickstart::connect("sqlite::memory:").await.unwrap();
    let schema = Schema::new(connection.get_database_backend());
    // Without the author that the quickstart's notes refer to.
    connection
        .execute_unprepared("PRAGMA foreign_keys = OFF")
        .await
        .unwrap();
    connection
        .execute(&schema.create_table_from_entity(note::Entity))
        .await
        .unwrap();
    let tenants = InMemoryTenantStore::new();
    for slug in ["acme", "globex"] {
        let id = Uuid::new_v4();
        tenants
            .insert(Tenant::new(
                TenantId::uuid(id).unwrap(),
                Slug::parse(slug).unwrap(),
            ))
            .unwrap();
        let note = note::ActiveModel {
            id: Set(Uuid::new_v4()),
            tenant_id: Set(id),
            author_id: Set(Uuid::new_v4()),
            title: Set(slug.to_owned()),
            body: Set(String::new()),
        };
        note.insert(&connection).await.unwrap();
    }
    // With two crypto backends compiled in, as in a build of all features, one has to be chosen
    // before the first token is made.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let token = jsonwebtoken::encode(
        &jsonwebtoken::Header::default(),
        &json!({ "iss": "https://id.example.com", "aud": "api", "sub": "alice", "tenant_id": "acme", "roles": ["member"], "exp": 4_102_444_800_u64 }),
        &jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .unwrap();

    let apps = [
        (
            before::app(connection.clone()),
            vec![(None, 200, vec!["acme", "globex"])],
        ),
        (
            after::app(connection, SECRET, tenants).unwrap(),
            vec![
                (Some("acme"), 200, vec!["acme"]),
                (Some("globex"), 404, vec![]),
                (None, 401, vec![]),
            ],
        ),
    ];
    for (app, calls) in apps {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notes", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        for (tenant, status, titles) in calls {
            let mut call = reqwest::Client::builder()
                .no_proxy()
                .build()
                .unwrap()
                .get(&url);
            if let Some(tenant) = tenant {
                call = call.bearer_auth(&token).header("x-tenant-id", tenant);
            }
            let reply = call.send().await.unwrap();
            assert_eq!(reply.status(), status);
            if status == 200 {
                let notes: Vec<serde_json::Value> = reply.json().await.unwrap();
                let mut found: Vec<_> = notes
                    .iter()
                    .map(|note| note["title"].as_str().unwrap())
                    .collect();
                found.sort_unstable();
                assert_eq!(found, titles);
            }
        }
        server.abort();
    }
}

#[test]
fn the_readme_shows_what_the_quickstart_prints() {
    let address = "127.0.0.1:3000".parse().unwrap();
    assert_eq!(block("text"), banner(address, Environment::Development));
}

#[test]
fn the_lines_at_the_top_of_main_are_printed_too() {
    let printed = banner("127.0.0.1:3000".parse().unwrap(), Environment::Development);
    let lines: Vec<_> = MAIN
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| line.contains("curl "))
        .collect();
    assert!(lines.len() > 3);
    for line in lines {
        assert!(printed.lines().any(|printed| printed == line), "{line}");
    }
}
