use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};

/// Connects to a database by its URL.
///
/// # Errors
///
/// When the URL is not one, or the database does not answer.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false);
    if url.starts_with("sqlite:") && (url.contains(":memory:") || url.contains("mode=memory")) {
        // Each connection would open a database of its own, and closing the last one drops it.
        options
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    }
    // A server that does not answer is waited for.
    tracing::info!("connecting to the database");
    Database::connect(options).await
}
