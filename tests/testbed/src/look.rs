//! What is in a testbed afterwards.

use std::fmt::Debug;

use sea_orm::{DbErr, FromQueryResult, JsonValue, QueryResult, Statement};
use tenancy_seaorm::{Error, ErrorKind};
use uuid::Uuid;

use crate::Testbed;

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
