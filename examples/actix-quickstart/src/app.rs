use std::{future::ready, io};

use actix_web::{
    App, HttpServer, Resource, ResponseError, Route, guard,
    http::header::{ALLOW, HeaderValue},
    web::{self, Data, Json, ServiceConfig},
};
use sea_orm::DatabaseConnection;
use tenancy_actix::{Context, TenancyMiddleware};
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
    error::{AppError, StartError},
    input::{self, JsonInput},
    notes, seed,
    whoami::WhoAmI,
};

/// What each worker of the server builds its routes from.
#[derive(Clone)]
pub struct Service {
    tenancy: Tenancy,
    database: TenantDatabase,
    /// In development only.
    token_key: Option<SigningKey>,
}

/// The service over a database, whose tables and people it creates where they are missing.
///
/// # Errors
///
/// When the database refuses the tables, or the tenancy cannot be built.
pub async fn app(connection: DatabaseConnection, config: &Config) -> Result<Service, StartError> {
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
    Ok(Service {
        tenancy,
        database,
        token_key: match config.environment {
            Environment::Development => Some(config.signing_key.clone()),
            Environment::Production => None,
        },
    })
}

impl Service {
    /// Adds the routes and what they need to an [`App`].
    pub fn routes(&self, app: &mut ServiceConfig) {
        let scoped = |route: Route| route.wrap(TenancyMiddleware::new(self.tenancy.clone()));
        app.configure(input::configure)
            .app_data(Data::new(self.database.clone()))
            .service(resource("/whoami", "GET,HEAD").route(scoped(get().to(who_am_i))))
            .service(
                resource("/notes", "GET,HEAD,POST")
                    .route(scoped(get().to(notes::list)))
                    .route(scoped(web::post().to(notes::create))),
            )
            .service(resource("/notes/search", "GET,HEAD").route(scoped(get().to(notes::search))))
            .service(
                resource("/notes/{id}", "GET,HEAD,PATCH,DELETE")
                    .route(scoped(get().to(notes::read)))
                    .route(scoped(web::patch().to(notes::edit)))
                    .route(scoped(web::delete().to(notes::remove))),
            )
            .service(resource("/authors", "GET,HEAD").route(scoped(get().to(authors::list))))
            .service(resource("/healthz", "GET,HEAD").route(get().to(async || "ok")))
            .default_service(web::to(async || AppError::no_such_route().error_response()));
        if let Some(key) = &self.token_key {
            app.app_data(Data::new(key.clone()))
                .service(resource("/dev/token", "POST").route(web::post().to(dev_token)));
        }
    }
}

/// Answers requests until `stop` is ready, and then those that have begun.
///
/// # Errors
///
/// When the connection to the port is lost.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let server = HttpServer::new(move || App::new().configure(|app| service.routes(app)))
        .shutdown_signal(stop)
        .listen_auto_h2c(listener.into_std()?)?
        .run();
    server.await
}

/// A path, and the methods that it gets routes for. The middleware is around the single routes and
/// not around all of it, so that a method that it has no route for is answered with 405, whoever
/// asks.
fn resource(path: &str, methods: &'static str) -> Resource {
    let methods = HeaderValue::from_static(methods);
    web::resource(path).default_service(web::to(move || {
        let mut response = AppError::method_not_allowed().error_response();
        response.headers_mut().insert(ALLOW, methods.clone());
        ready(response)
    }))
}

/// `HEAD` is answered as `GET` without a body.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn who_am_i(Context(context): Context) -> Json<WhoAmI> {
    Json(WhoAmI::from(&context))
}

async fn dev_token(
    key: Data<SigningKey>,
    JsonInput(request): JsonInput<TokenRequest>,
) -> Result<Json<Issued>, AppError> {
    Ok(Json(auth::issue(&key, &request)?))
}
