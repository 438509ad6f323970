//! Appending to the chain, by any number of writers.
//!
//! Whoever appends first writes to the row that holds the head, and so waits for whoever does at
//! the same time: a lock that all three engines have. SQLite takes its write lock there, before
//! anything is read.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement, TransactionOptions,
    sea_query::{Expr, ExprTrait, Query},
};

use super::{AuditEntry, AuditHead, HEAD, PLATFORM, TABLE, TENANT, entry::columns};
use crate::{
    error::{Error, ErrorKind},
    link::Guarded,
    settings::TENANT_ID,
};

/// Rows of one statement, so that their values fit the engines' limits.
const ROWS: usize = 500;

/// Appends entries in one transaction, all or none.
///
/// `last` is where an attempt before this one would have ended. If it did, though its answer was
/// lost, nothing is appended again.
pub(super) async fn append(
    connection: &DatabaseConnection,
    entries: &[AuditEntry],
    last: &mut Option<(AuditHead, String)>,
) -> Result<(), DbErr> {
    let transaction = Guarded::begin(connection, TransactionOptions::default()).await?;
    let outcome = append_in(&transaction, entries, last).await;
    match outcome {
        Ok(()) => transaction.commit().await,
        Err(error) => {
            // The first error is the one that says why.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

async fn append_in(
    transaction: &Guarded,
    entries: &[AuditEntry],
    last: &mut Option<(AuditHead, String)>,
) -> Result<(), DbErr> {
    enter(transaction, PLATFORM).await?;
    let mut lock = Query::update();
    lock.table(HEAD)
        .value("seq", Expr::col("seq"))
        .and_where(Expr::col(TENANT).eq(PLATFORM));
    transaction.execute(&lock).await?;
    let head = head(transaction).await?;
    if let Some((last, tenant)) = last
        && was_committed(transaction, last, tenant).await?
    {
        return Ok(());
    }

    let (mut seq, mut hash) = (head.seq, head.hash);
    let mut by_tenant: BTreeMap<&str, Vec<AuditEntry>> = BTreeMap::new();
    for entry in entries {
        seq += 1;
        let entry_in_place = entry.chained(seq, &hash);
        entry_in_place.hash().clone_into(&mut hash);
        let tenant = entry.tenant_or_platform();
        *last = Some((
            AuditHead {
                seq,
                hash: hash.clone(),
            },
            tenant.to_owned(),
        ));
        by_tenant.entry(tenant).or_default().push(entry_in_place);
    }
    for (tenant, entries) in by_tenant {
        enter(transaction, tenant).await?;
        for entries in entries.chunks(ROWS) {
            let mut insert = Query::insert();
            insert.into_table(TABLE).columns(columns());
            for entry in entries {
                insert
                    .values(entry.values().map(Expr::from))
                    .map_err(|error| DbErr::Custom(error.to_string()))?;
            }
            transaction.execute(&insert).await?;
        }
    }
    enter(transaction, PLATFORM).await?;
    let mut advance = Query::update();
    advance
        .table(HEAD)
        .values([("seq", seq.into()), ("hash", hash.into())])
        .and_where(Expr::col(TENANT).eq(PLATFORM));
    transaction.execute(&advance).await?;
    Ok(())
}

/// Where the chain ends, as the database has it.
pub(super) async fn head(connection: &impl ConnectionTrait) -> Result<AuditHead, DbErr> {
    let mut select = Query::select();
    select
        .columns(["seq", "hash"])
        .from(HEAD)
        .and_where(Expr::col(TENANT).eq(PLATFORM));
    match connection.query_one(&select).await? {
        Some(row) => Ok(AuditHead {
            seq: row.try_get("", "seq")?,
            hash: row.try_get("", "hash")?,
        }),
        None => Err(Error::new(
            ErrorKind::Incompatible,
            "no head of the audit trail is to be seen: run `AuditTrail::statements`, and look as a role whom policies let",
        )
        .into()),
    }
}

async fn was_committed(
    transaction: &Guarded,
    last: &AuditHead,
    tenant: &str,
) -> Result<bool, DbErr> {
    enter(transaction, tenant).await?;
    let mut select = Query::select();
    select
        .column("hash")
        .from(TABLE)
        .and_where(Expr::col("seq").eq(last.seq));
    let row = transaction.query_one(&select).await?;
    let hash: Option<String> = row.map(|row| row.try_get("", "hash")).transpose()?;
    Ok(hash.as_deref() == Some(&*last.hash))
}

/// Sets the tenant that policies look at, for this transaction alone.
async fn enter(transaction: &Guarded, tenant: &str) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let sql = format!("SELECT set_config('{TENANT_ID}', $1, true)");
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [tenant.into()]);
    transaction.query_one_raw(statement).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::{ConnectOptions, Database};
    use tenancy_core::{Slug, Tenant, TenantContext, TenantId};

    use super::*;
    use crate::audit::AuditTrail;

    #[tokio::test]
    async fn what_was_committed_though_its_answer_was_lost_is_not_appended_again() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let connection = Database::connect(options).await.unwrap();
        for statement in AuditTrail::statements(DbBackend::Sqlite).unwrap() {
            connection.execute_unprepared(&statement).await.unwrap();
        }
        let acme = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
        let acme = TenantContext::assume(Arc::new(acme), "test").unwrap();
        let entries =
            ["one", "two"].map(|action| AuditEntry::new(&acme.audit(action).into_event()));
        let seq = async || head(&connection).await.unwrap().seq();

        let mut last = None;
        append(&connection, &entries, &mut last).await.unwrap();
        append(&connection, &entries, &mut last).await.unwrap();
        assert_eq!(seq().await, 2);
        // Another writer was faster.
        append(&connection, &entries[..1], &mut None).await.unwrap();
        append(&connection, &entries, &mut last).await.unwrap();
        assert_eq!(seq().await, 3);
        // The same event again, recorded on purpose.
        append(&connection, &entries, &mut None).await.unwrap();
        assert_eq!(seq().await, 5);
        assert!(AuditTrail::verify(&connection).await.unwrap().is_intact());
    }
}
