//! Notes of several tenants in one database: actix-web, SeaORM and embedded SQLite.
//!
//! ```text
//! cargo run -p actix-quickstart
//! ```
//!
//! Then, in another shell (the service prints more of these lines when it starts):
//!
//! ```sh
//! ACME=$(curl -s http://127.0.0.1:3000/dev/token -H 'content-type: application/json' -d '{"user":"alice","tenant":"acme","role":"member"}' | cut -d '"' -f 4)
//! GLOBEX=$(curl -s http://127.0.0.1:3000/dev/token -H 'content-type: application/json' -d '{"user":"carol","tenant":"globex","role":"member"}' | cut -d '"' -f 4)
//! curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $ACME" -H 'content-type: application/json' -d '{"title":"Roadmap","body":"For the eyes of acme"}'
//! curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $ACME"
//! curl -sw '\n' http://127.0.0.1:3000/notes -H "authorization: Bearer $GLOBEX"
//! curl -sw '\n' http://acme.localhost:3000/whoami -H "authorization: Bearer $ACME"
//! ```
//!
//! | variable | default | |
//! |---|---|---|
//! | `PORT` | `3000` | on 127.0.0.1; 0 takes a free one |
//! | `DATABASE_URL` | `sqlite::memory:` | `sqlite:notes.db?mode=rwc` for a file, or `postgres://user@host/database` |
//! | `TENANCY_ENV` | `development` | `production` removes `/dev/token` and wants a signing key |
//! | `TENANCY_SIGNING_KEY` | random at each start | at least 32 bytes, signs tokens with HS256 |
//!
//! # To a service of your own
//!
//! Copy the folder, and take the versions and lints that it inherits from the workspace into its
//! `Cargo.toml`. Then
//!
//! - delete `seed.rs` and `banner.rs`: your tables come from migrations, your tenants from a
//!   `TenantStore` over your own records;
//! - delete `/dev/token` in `app.rs` and `issue` in `auth.rs`: your identity provider signs tokens.
//!   Put its key, issuer and audience into `tokens`;
//! - in `app.rs`, put your domain in place of `localhost`, and delete each way to name a tenant
//!   that you do not want, the `Platform` fallback first of all;
//! - in `main.rs`, put the address to listen on in place of `127.0.0.1`, and a proxy that speaks
//!   TLS before it;
//! - let the service log in to PostgreSQL as a role that neither owns tables nor is a superuser;
//! - put your entities and handlers in place of notes and authors, and name each entity that
//!   tenants own in the `Catalog`. A table that is not named there cannot be read at all;
//! - wrap each new route in `scoped`, as those in `app.rs` are. A handler outside of it gets no
//!   connection: it answers 500.
//!
//! Keep `input.rs` and `error.rs`, which answer every mistake with a problem document and no word
//! from the database.

use std::{
    env,
    io::{self, Write as _},
    process::ExitCode,
};

use actix_quickstart::{Config, StartError, app, banner, connect, serve};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), StartError> {
    let config = Config::read(|name| env::var(name))?;
    let port = config.port;
    let listening = |error| StartError::Listen { port, error };

    let app = app(connect(&config.database_url).await?, &config).await?;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(listening)?;
    let address = listener.local_addr().map_err(listening)?;
    // Whoever started the service may have closed its output already.
    let _ = writeln!(io::stdout(), "{}", banner(address, config.environment));

    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    serve(listener, app, stop).await.map_err(listening)
}
