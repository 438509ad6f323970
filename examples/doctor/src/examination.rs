use std::{io, time::Duration};

use sea_orm::{ConnectOptions, Database, DbErr, sqlx::postgres::PgConnectOptions};
use tenancy_seaorm::{Catalog, Doctor, Error, Policy, Report};

use crate::arguments::Arguments;

/// Why there is no report. The text never holds the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the database URL must be one like postgres://user:password@host/database")]
    Url,
    #[error("{0}")]
    Arguments(#[from] Error),
    #[error("{0}")]
    Database(#[from] DbErr),
    #[error("the report could not be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the report could not be written: {0}")]
    Output(#[from] io::Error),
}

pub(crate) async fn examine(arguments: &Arguments) -> Result<Report, Failure> {
    let mut doctor = Doctor::of(&catalog(arguments)?);
    if let Some(role) = &arguments.role {
        doctor = doctor.application_role(role)?;
    }
    let connection = Database::connect(options(&arguments.database_url)?).await?;
    let report = doctor.examine(&connection).await?;
    connection.close().await?;
    Ok(report)
}

fn catalog(arguments: &Arguments) -> Result<Catalog, Error> {
    let mut catalog = Catalog::builder();
    for table in &arguments.tenant_owned {
        let policy = Policy::column(&arguments.column, arguments.column_type.into());
        catalog = catalog.table(table, policy);
    }
    for table in &arguments.reference {
        catalog = catalog.reference_table(table);
    }
    catalog.build()
}

fn options(url: &str) -> Result<ConnectOptions, Failure> {
    // SeaORM refuses a wrong one as well, and says it with the password.
    let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if !is_postgres || url.parse::<PgConnectOptions>().is_err() {
        return Err(Failure::Url);
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false);
    Ok(options)
}
