//! What the README and the top of `main.rs` say is so.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{error::Error, fmt, net::SocketAddr, path::Path};

use actix_quickstart::{Environment, banner, connect, entity::note};
use actix_web::{
    App, HttpServer, ResponseError,
    web::{self, Data, Json},
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, Schema, Set,
};
use serde_json::{Value, json};
use tenancy_actix::TenancyMiddleware;
use tenancy_core::{
    Slug, Tenancy, Tenant, TenantId,
    authenticate::jwt::Jwt,
    resolve::{HeaderResolver, SubdomainResolver},
    store::InMemoryTenantStore,
};
use tenancy_seaorm::{Catalog, ScopedConnection as Scoped, TenantDatabase};
use uuid::Uuid;

const README: &str = include_str!("../README.md");
const MAIN: &str = include_str!("../src/main.rs");
const MAIN_OF_AXUM: &str = include_str!("../../quickstart/src/main.rs");
const THIS_FILE: &str = include_str!("readme.rs");
const SECRET: &str = "a secret of at least thirty-two bytes";

#[derive(Debug)]
struct AppError(DbErr);

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        Self(error)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for AppError {}

/// Runs a server that was not told yet where to listen.
macro_rules! run {
    ($server:expr) => {{
        let server = $server.workers(1).bind(("127.0.0.1", 0))?;
        let address = server.addrs()[0];
        tokio::spawn(server.run());
        Ok(address)
    }};
}

mod before {
    use super::*;

    pub(super) fn start(connection: DatabaseConnection) -> Result<SocketAddr, Box<dyn Error>> {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(connection.clone()))
                .route("/notes", web::get().to(list))
        });
        run!(server)
    }

    async fn list(db: Data<DatabaseConnection>) -> Result<Json<Vec<note::Model>>, AppError> {
        Ok(Json(note::Entity::find().all(db.get_ref()).await?))
    }
}

mod after {
    use super::*;

    pub(super) fn start(
        connection: DatabaseConnection,
        secret: &str,
        tenants: InMemoryTenantStore,
    ) -> Result<SocketAddr, Box<dyn Error>> {
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
        let database = TenantDatabase::new(connection, &catalog)?;
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::new(database.clone()))
                .wrap(TenancyMiddleware::new(tenancy.clone()))
                .route("/notes", web::get().to(list))
        });
        run!(server)
    }

    async fn list(db: Scoped) -> Result<Json<Vec<note::Model>>, AppError> {
        Ok(Json(note::Entity::find().all(&db).await?))
    }
}

#[test]
fn the_lines_of_the_readme_are_the_compiled_ones() {
    // As far as rustfmt may lay them out differently.
    let squeeze = |text: &str| {
        let text: String = text.split_whitespace().collect();
        text.replace(",)", ")")
    };
    let (before, after) = THIS_FILE.split_once("mod after").unwrap();
    let (after, _) = after.split_once("#[test]").unwrap();
    let (before, after) = (squeeze(before), squeeze(after));
    let (_, block) = README.split_once("```diff\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    for part in block.split("\n\n") {
        let side = |sign: char| {
            part.lines()
                .filter(move |line| !line.starts_with(sign))
                .map(|line| squeeze(&line[1..]))
        };
        assert!(before.contains(&side('+').collect::<String>()), "{part}");
        assert!(after.contains(&side('-').collect::<String>()), "{part}");
    }
}

#[tokio::test]
async fn the_lines_of_the_readme_make_the_service_multi_tenant() {
    let connection = connect("sqlite::memory:").await.unwrap();
    // Without the author that the quickstart's notes refer to.
    connection
        .execute_unprepared("PRAGMA foreign_keys = OFF")
        .await
        .unwrap();
    let schema = Schema::new(connection.get_database_backend());
    let table = schema.create_table_from_entity(note::Entity);
    connection.execute(&table).await.unwrap();
    let tenants = InMemoryTenantStore::new();
    for slug in ["acme", "globex"] {
        let id = Uuid::new_v4();
        let tenant = Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse(slug).unwrap());
        tenants.insert(tenant).unwrap();
        let note = note::ActiveModel {
            id: Set(Uuid::new_v4()),
            tenant_id: Set(id),
            author_id: Set(Uuid::new_v4()),
            title: Set(slug.to_owned()),
            body: Set(String::new()),
        };
        note.insert(&connection).await.unwrap();
    }
    // Where a build has both backends, one has to be chosen before the first use.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    let token = jsonwebtoken::encode(
        &jsonwebtoken::Header::default(),
        &json!({ "iss": "https://id.example.com", "aud": "api", "sub": "alice", "tenant_id": "acme", "roles": ["member"], "exp": 4_102_444_800_u64 }),
        &jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .unwrap();

    let before = before::start(connection.clone()).unwrap();
    let after = after::start(connection, SECRET, tenants).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (address, tenant, status, titles) in [
        (before, None, 200, vec!["acme", "globex"]),
        (after, Some("acme"), 200, vec!["acme"]),
        (after, Some("globex"), 404, vec![]),
        (after, None, 401, vec![]),
    ] {
        let mut call = client.get(format!("http://{address}/notes"));
        if let Some(tenant) = tenant {
            call = call.bearer_auth(&token).header("x-tenant-id", tenant);
        }
        let reply = call.send().await.unwrap();
        assert_eq!(reply.status(), status, "{tenant:?}");
        if status == 200 {
            let notes: Vec<Value> = reply.json().await.unwrap();
            let mut found: Vec<_> = notes
                .iter()
                .map(|note| note["title"].as_str().unwrap())
                .collect();
            found.sort_unstable();
            assert_eq!(found, titles);
        }
    }
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

#[test]
fn both_say_how_to_start_this_one() {
    let command = concat!("cargo run -p ", env!("CARGO_PKG_NAME"), "\n");
    assert!(README.contains(&format!("$ {command}")));
    assert!(MAIN.contains(&format!("//! {command}")));
}

#[test]
fn the_programs_differ_in_their_names_only() {
    let code = |main: &str, name: &str| {
        let code = main.lines().filter(|line| !line.starts_with("//!"));
        code.collect::<Vec<_>>().join("\n").replace(name, "")
    };
    assert_eq!(
        code(MAIN, "actix_quickstart"),
        code(MAIN_OF_AXUM, "quickstart")
    );
}

/// Each example is whole, to be copied; what knows no web framework is in both.
#[test]
fn files_without_a_web_framework_are_the_same_in_both() {
    macro_rules! both {
        ($($file:literal),+) => {
            [$((
                $file,
                include_str!(concat!("../src/", $file)),
                include_str!(concat!("../../quickstart/src/", $file)),
            )),+]
        };
    }
    for (file, here, there) in both![
        "auth.rs",
        "banner.rs",
        "config.rs",
        "database.rs",
        "entity/author.rs",
        "entity/mod.rs",
        "entity/note.rs",
        "error.rs",
        "seed.rs",
        "whoami.rs"
    ] {
        assert!(here == there, "{file} differs from examples/quickstart");
    }
}

#[test]
fn the_files_that_the_readme_links_to_exist() {
    let links: Vec<_> = README
        .split("](")
        .skip(1)
        .map(|rest| rest.split_once(')').expect("a link ends").0)
        .collect();
    assert!(links.len() > 6);
    for link in links {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
        assert!(path.exists(), "{link}");
    }
}
