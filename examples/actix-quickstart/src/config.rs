use std::{env::VarError, fmt};

use url::Url;

use crate::auth::{InvalidKey, SigningKey};

const IN_MEMORY: &str = "sqlite::memory:";
const PORT: u16 = 3000;

/// What the environment says.
pub struct Config {
    /// Development or production.
    pub environment: Environment,
    /// The TCP port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// A SeaORM URL, of SQLite or PostgreSQL. It may hold a password.
    pub database_url: String,
    /// Signs and verifies tokens.
    pub signing_key: SigningKey,
}

/// Where the service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Tokens can be had from `/dev/token`, and the signing key is a new one at each start unless
    /// one is given.
    Development,
    /// There is no `/dev/token`, and a signing key must be given.
    Production,
}

/// A variable of the environment that cannot be used. The text never holds its value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `TENANCY_ENV` is neither word. Guessing could leave `/dev/token` open.
    #[error("TENANCY_ENV must be `development` (or unset) or `production`")]
    Environment,
    /// `PORT` is no port.
    #[error("PORT must be a number from 0 to 65535")]
    Port,
    /// `DATABASE_URL` is no URL, or of another kind of database.
    #[error(
        "DATABASE_URL must be a URL like `sqlite:notes.db?mode=rwc` or `postgres://user@host/database`"
    )]
    DatabaseUrl,
    /// `TENANCY_SIGNING_KEY` is missing in production.
    #[error("TENANCY_SIGNING_KEY must be set when TENANCY_ENV=production")]
    NoSigningKey,
    /// `TENANCY_SIGNING_KEY` is too short.
    #[error("TENANCY_SIGNING_KEY: {0}")]
    SigningKey(#[from] InvalidKey),
    /// A variable is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUnicode(&'static str),
}

impl Config {
    /// Reads `TENANCY_ENV`, `PORT`, `DATABASE_URL` and `TENANCY_SIGNING_KEY` through `variable`,
    /// which is [`std::env::var`] but in tests.
    ///
    /// # Errors
    ///
    /// When a variable cannot be used, or production has no signing key.
    pub fn read(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ConfigError> {
        let variable = |name| match variable(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::NotUnicode(name)),
        };
        let environment = match variable("TENANCY_ENV")?.as_deref() {
            None | Some("development") => Environment::Development,
            Some("production") => Environment::Production,
            Some(_) => return Err(ConfigError::Environment),
        };
        let port = match variable("PORT")? {
            None => PORT,
            Some(port) => port.parse().map_err(|_| ConfigError::Port)?,
        };
        let signing_key = match (variable("TENANCY_SIGNING_KEY")?, environment) {
            (Some(key), _) => SigningKey::new(&key)?,
            (None, Environment::Development) => SigningKey::random(),
            (None, Environment::Production) => return Err(ConfigError::NoSigningKey),
        };
        let database_url = match variable("DATABASE_URL")? {
            None => IN_MEMORY.to_owned(),
            // SeaORM would refuse it too, but with the password in the text.
            Some(url) if !is_known(&url) => return Err(ConfigError::DatabaseUrl),
            Some(url) => url,
        };
        Ok(Self {
            environment,
            port,
            database_url,
            signing_key,
        })
    }
}

fn is_known(database_url: &str) -> bool {
    Url::parse(database_url)
        .is_ok_and(|url| matches!(url.scheme(), "sqlite" | "postgres" | "postgresql"))
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("environment", &self.environment)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
