//! Row-level security from the catalog, with nothing else between the statement and the rows: plain
//! SeaORM on the application's own connection.

mod ddl;
mod isolation;
mod owners;
mod roles;
mod setting;
mod tampering;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement, TransactionTrait,
};
use tenancy_seaorm::RowSecurity;
use testbed::Testbed;

/// A filled bed whose tables have row-level security.
async fn on_secured(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        security(bed).apply(&bed.owner).await.unwrap();
        test(bed).await;
    })
    .await;
}

fn security(bed: &Testbed) -> RowSecurity {
    RowSecurity::of(&testbed::catalog())
        .application_role(&bed.role)
        .unwrap()
}

/// A transaction of the application's role with this tenant, as text.
async fn set(bed: &Testbed, tenant: &str) -> DatabaseTransaction {
    let transaction = bed.application.begin().await.unwrap();
    let set = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT set_config('app.tenant_id', $1, true)",
        [tenant.into()],
    );
    transaction.query_one_raw(set).await.unwrap();
    transaction
}

async fn own(bed: &Testbed, statements: &[&str]) {
    for sql in statements {
        let done = bed.owner.execute_unprepared(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// The first column of every row, as text.
async fn texts(connection: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()
}

async fn count(connection: &impl ConnectionTrait, table: &str) -> String {
    let counted = texts(connection, &format!("SELECT count(*)::text FROM {table}")).await;
    counted
        .unwrap_or_else(|error| panic!("{table}: {error}"))
        .remove(0)
}

/// Requires that the database refuses the statement for this reason, in a savepoint of its own.
async fn refused(connection: &impl TransactionTrait, sql: &str, reason: &str) {
    let savepoint = connection.begin().await.unwrap();
    let outcome = savepoint.execute_unprepared(sql).await;
    let error = outcome.expect_err(sql).to_string();
    assert!(error.contains(reason), "{sql}: {error}");
}
