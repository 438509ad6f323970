//! What is in a testbed afterwards.

use std::fmt::Debug;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, JsonValue, QueryResult, Statement};
use tenancy_seaorm::{Error, ErrorKind, ScopedConnection};
use uuid::Uuid;

use crate::{GLOBEX, Testbed};

impl Testbed {
    /// Everything in the database, as the owner sees it.
    pub async fn snapshot(&self) -> Vec<JsonValue> {
        let mut rows = Vec::new();
        for table in ["author", "note", "country", "ledger"] {
            let all = Statement::from_string(
                self.backend,
                format!("SELECT '{table}' AS of_table, {table}.* FROM {table} ORDER BY id"),
            );
            rows.extend(
                JsonValue::find_by_statement(all)
                    .all(&self.owner)
                    .await
                    .unwrap(),
            );
        }
        rows
    }

    /// Every row of a tenant, as the owner sees it.
    pub async fn rows_of(&self, tenant: Uuid) -> Vec<JsonValue> {
        let mut rows = Vec::new();
        for table in ["author", "note", "ledger"] {
            let sql = format!("SELECT * FROM {table} WHERE tenant_id = $1 ORDER BY id");
            let of_tenant = JsonValue::find_by_statement(self.sql(&sql, [tenant.into()]));
            rows.extend(of_tenant.all(&self.owner).await.unwrap());
        }
        rows
    }

    /// Requires that `statement` is refused for `kind` and changes nothing.
    pub async fn assert_refused<T: Debug>(
        &self,
        kind: ErrorKind,
        statement: impl Future<Output = Result<T, DbErr>>,
    ) {
        let before = self.snapshot().await;
        let error = statement.await.expect_err("the statement was not refused");
        let found = Error::of(&error).unwrap_or_else(|| panic!("not a refusal: {error}"));
        assert_eq!(found.kind(), kind, "{found}");
        assert_eq!(
            self.snapshot().await,
            before,
            "a refused statement changed something"
        );
    }
}

/// Every value of a row, whatever its type and its name.
pub fn values(row: &QueryResult) -> String {
    let read = |index| {
        None.or_else(|| {
            row.try_get_by_index::<Option<String>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<i64>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<i32>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<f64>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<bool>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<Uuid>>(index)
                .ok()
                .map(|value| format!("{value:?}"))
        })
        .or_else(|| {
            row.try_get_by_index::<Option<Vec<u8>>>(index)
                .ok()
                .map(|value| format!("{value:02x?}"))
        })
        .unwrap_or_else(|| "a value of another type".into())
    };
    let values: Vec<_> = (0..row.column_names().len()).map(read).collect();
    values.join(" | ")
}

/// The rows of a query.
pub async fn query(
    bed: &Testbed,
    db: &impl ConnectionTrait,
    sql: &str,
) -> Result<Vec<QueryResult>, DbErr> {
    db.query_all_raw(Statement::from_string(bed.backend, sql))
        .await
}

/// The titles that a statement returns, sorted.
pub async fn titles(db: &impl ConnectionTrait, statement: Statement) -> Vec<String> {
    let rows = db.query_all_raw(statement).await.unwrap();
    let mut titles: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    titles.sort();
    titles
}

/// Runs a statement that is not refused, and requires that GLOBEX's rows stay as they are.
pub async fn execute_beside_globex(
    bed: &Testbed,
    db: &ScopedConnection,
    sql: &str,
) -> Result<u64, DbErr> {
    let before = bed.rows_of(GLOBEX).await;
    let done = db.execute_unprepared(sql).await;
    if let Err(error) = &done {
        assert!(Error::of(error).is_none(), "{sql}: {error}");
    }
    assert_eq!(bed.rows_of(GLOBEX).await, before, "{sql}");
    done.map(|done| done.rows_affected())
}
