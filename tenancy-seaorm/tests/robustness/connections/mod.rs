//! Escapes P01, P02, P04, P06, P09 and W01: what a connection may carry to the next borrower of a
//! pool, and what the tables behind it have to be; on every engine, with and without row-level
//! security.

mod borrower;
mod checked;
mod cuts;
mod ended;
mod nested;
mod refused;
mod stored;
mod told;
mod values;
mod work;

use std::time::Duration;

use sea_orm::{ActiveValue::Set, ConnectOptions, Database, DatabaseConnection};
use testbed::{Testbed, note};

/// A pool of the application's role at `url`.
async fn pool_at(url: &str, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// The application's database on a pool of its own, behind the locks that `bed` has.
async fn database_on(bed: &Testbed, pool: &DatabaseConnection) -> tenancy_seaorm::TenantDatabase {
    let database = tenancy_seaorm::TenantDatabase::new(pool.clone(), &testbed::catalog()).unwrap();
    match bed.is_locked_twice() {
        true => database.with_row_security().unwrap(),
        false => database,
    }
}

fn new_note(id: i64) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        title: Set("new".into()),
        body: Set("new".into()),
        ..Default::default()
    }
}
