//! What the next borrower of a pool's connection finds.

use sea_orm::{
    DatabaseConnection,
    sqlx::{self, Executor, Row},
};

#[derive(Debug, PartialEq, Eq)]
pub struct Borrowed {
    pub in_transaction: bool,
    /// The values of all of the library's settings, one after the other.
    pub setting: String,
}

impl Borrowed {
    pub fn clean() -> Self {
        Self {
            in_transaction: false,
            setting: String::new(),
        }
    }

    pub async fn next(pool: &DatabaseConnection) -> Self {
        let pool = pool.get_postgres_connection_pool();
        let mut connection = pool.acquire().await.unwrap();
        // By the simple protocol, in which a statement outside of a transaction begins with its
        // transaction.
        let look = "SELECT transaction_timestamp() = statement_timestamp(), concat(current_setting('app.tenant_id', true), current_setting('app.user_scope', true), current_setting('app.user_id', true))";
        let rows = connection.fetch_all(sqlx::raw_sql(look)).await.unwrap();
        Self {
            in_transaction: !rows[0].get::<bool, _>(0),
            setting: rows[0].get(1),
        }
    }
}
