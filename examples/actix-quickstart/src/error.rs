use std::{error::Error, fmt::Display, ops::RangeInclusive};

use sea_orm::DbErr;
use tenancy_core::Problem;

use crate::config::ConfigError;

/// The longest body that is read, in bytes.
pub(crate) const LONGEST_BODY: usize = 2 << 20;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable of the environment cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database does not answer, or refuses the tables.
    #[error(
        "the database: {0} (DATABASE_URL chooses it; `sqlite:notes.db?mode=rwc` creates a file)"
    )]
    Database(#[from] DbErr),
    /// The tenancy cannot be built.
    #[error("the tenancy: {0}")]
    Tenancy(#[from] tenancy_core::BuildError),
    /// A seeded tenant is not one.
    #[error("the seeded tenants: {0}")]
    Tenants(Box<dyn Error + Send + Sync>),
    /// The catalog does not fit the entities or the database.
    #[error("the catalog: {0}")]
    Catalog(#[from] tenancy_seaorm::Error),
    /// The port is taken, or the connection to it is lost.
    #[error("127.0.0.1:{port}: {error} (PORT chooses another port)")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the operating system said.
        error: std::io::Error,
    },
}

/// What a handler answers when it cannot do what it was asked to: always problem+json (RFC 9457).
#[derive(Debug)]
pub(crate) struct AppError(pub(crate) Problem);

impl AppError {
    fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Problem::new(status, code, detail.into()))
    }

    pub(crate) fn no_such_route() -> Self {
        Self::new(404, "no_such_route", "there is no such route")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "the route does not know this method";
        Self::new(405, "method_not_allowed", detail)
    }

    /// The one answer for a note that does not exist and for a note of another tenant.
    pub(crate) fn no_such_note() -> Self {
        Self::new(404, "no_such_note", "there is no such note")
    }

    pub(crate) fn malformed_id() -> Self {
        Self::new(400, "invalid_path", "the id in the path must be a UUID")
    }

    pub(crate) fn malformed_query(why: impl Display) -> Self {
        Self::new(400, "invalid_query", format!("the query: {why}"))
    }

    pub(crate) fn body_is_not_json(why: impl Display) -> Self {
        Self::new(400, "invalid_body", format!("the body is not JSON: {why}"))
    }

    pub(crate) fn body_is_too_long() -> Self {
        let detail = format!("the body must have at most {LONGEST_BODY} bytes");
        Self::new(413, "invalid_body", detail)
    }

    pub(crate) fn body_is_not_said_to_be_json() -> Self {
        let detail = "the body must be JSON, and the content-type application/json";
        Self::new(415, "invalid_body", detail)
    }

    pub(crate) fn body_does_not_fit(why: impl Display) -> Self {
        Self::new(422, "invalid_body", format!("the body: {why}"))
    }

    pub(crate) fn invalid(field: &str, rule: &str) -> Self {
        Self::new(422, "invalid_field", format!("`{field}`: {rule}"))
    }

    /// For mistakes that are not the client's: it learns nothing, the log everything.
    pub(crate) fn internal(error: impl Error) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(500, "internal", "the service could not answer")
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::no_such_note(),
            error => Self::internal(error),
        }
    }
}

/// The rules for every text a client sends: its length in characters, and no NUL, which PostgreSQL
/// does not store.
pub(crate) fn text(
    field: &str,
    value: &str,
    length: RangeInclusive<usize>,
) -> Result<(), AppError> {
    if !length.contains(&value.chars().count()) {
        let rule = format!(
            "must have {} to {} characters",
            length.start(),
            length.end()
        );
        Err(AppError::invalid(field, &rule))
    } else if value.contains('\0') {
        Err(AppError::invalid(
            field,
            "must not hold the character U+0000",
        ))
    } else {
        Ok(())
    }
}
