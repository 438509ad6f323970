use std::io;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use sea_orm::DatabaseConnection;
use tenancy_axum::{Context, TenancyLayer};
use tenancy_core::{
    Tenancy,
    resolve::{CookieResolver, HeaderResolver, Platform, SubdomainResolver},
};
use tenancy_seaorm::{Catalog, TenantDatabase};
use tokio::net::TcpListener;

use crate::{
    auth::{self, Issued, SigningKey, TokenRequest},
    authors,
    config::{Config, Environment},
    entity::{author, note},
    error::{AppError, LONGEST_BODY, StartError},
    input::JsonInput,
    notes, seed,
    whoami::WhoAmI,
};

/// The service over a database, whose tables and people it creates where they are missing.
///
/// # Errors
///
/// When the database refuses the tables, or the tenancy cannot be built.
pub async fn app(connection: DatabaseConnection, config: &Config) -> Result<Router, StartError> {
    seed::tables_and_people(&connection).await?;

    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("localhost"))
        .resolver(CookieResolver::new("tenant_id"))
        .fallback(Platform)
        .authenticate(auth::tokens(&config.signing_key))
        .store(seed::tenants()?)
        .build()?;
    let catalog = Catalog::builder()
        .tenant_owned::<author::Entity>()
        .tenant_owned::<note::Entity>()
        .build()?;
    let database = TenantDatabase::new(connection, &catalog)?;
    database.check().await?.ensure_safe()?;

    let scoped = Router::new()
        .route("/whoami", get(who_am_i))
        .route("/notes", get(notes::list).post(notes::create))
        .route("/notes/search", get(notes::search))
        .route(
            "/notes/{id}",
            get(notes::read).patch(notes::edit).delete(notes::remove),
        )
        .route("/authors", get(authors::list))
        .route_layer(TenancyLayer::new(tenancy))
        .with_state(database);

    let mut app = Router::new()
        .route("/healthz", get(async || "ok"))
        .merge(scoped);
    if config.environment == Environment::Development {
        let issue = post(dev_token).with_state(config.signing_key.clone());
        app = app.route("/dev/token", issue);
    }
    Ok(app
        .fallback(async || AppError::no_such_route())
        .method_not_allowed_fallback(async || AppError::method_not_allowed())
        .layer(DefaultBodyLimit::max(LONGEST_BODY)))
}

/// Answers requests until `stop` is ready, and then those that have begun.
///
/// # Errors
///
/// When the connection to the port is lost.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
}

async fn who_am_i(Context(context): Context) -> Json<WhoAmI> {
    Json(WhoAmI::from(&context))
}

async fn dev_token(
    State(key): State<SigningKey>,
    input: JsonInput<TokenRequest>,
) -> Result<Json<Issued>, AppError> {
    let Json(request) = input?;
    Ok(Json(auth::issue(&key, &request)?))
}
