//! The databases of the walk: SQLite in memory, and one of its own on PostgreSQL.

use std::{env, panic::resume_unwind};

use reqwest::Url;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Runs `test` with the URL of an empty database, which is gone afterwards whether the test passes
/// or not.
pub async fn with_database<F, T>(backend: Backend, test: F)
where
    F: FnOnce(String) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    match backend {
        Backend::Sqlite => test("sqlite::memory:".to_owned()).await,
        Backend::Postgres => {
            let (server, mut url) = server().await;
            let name = format!("tenancy_quickstart_{}", Uuid::new_v4().simple());
            let create = format!("CREATE DATABASE {name} TEMPLATE template0");
            server.execute_unprepared(&create).await.unwrap();
            url.set_path(&name);
            let outcome = tokio::spawn(test(url.into())).await;
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            server.execute_unprepared(&drop).await.unwrap();
            if let Err(error) = outcome {
                resume_unwind(error.into_panic());
            }
        }
    }
}

async fn server() -> (DatabaseConnection, Url) {
    let url = env::var("TENANCY_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    match quickstart::connect(&url).await {
        Ok(server) => (server, url.parse().unwrap()),
        Err(error) => panic!(
            "{error}: this test needs a PostgreSQL server. `scripts/test.sh` starts one and runs the tests; \
             or name one in TENANCY_TEST_POSTGRES."
        ),
    }
}
