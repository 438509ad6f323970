//! What the setting may hold, for each type of tenant column.

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use tenancy_seaorm::{Catalog, Policy, RowSecurity, TenantColumnType};
use testbed::Testbed;

use super::{count, own, set, texts};

/// One table for each type, each with two rows of one tenant and one of another.
const TABLES: &[(&str, &str, TenantColumnType, &str, &str)] = &[
    (
        "of_uuid",
        "uuid",
        TenantColumnType::Uuid,
        "ac3e0000-0000-4000-8000-000000000001",
        "610b0000-0000-4000-8000-000000000002",
    ),
    (
        "of_int4",
        "integer",
        TenantColumnType::Int32,
        "2147483647",
        "7",
    ),
    (
        "of_int8",
        "bigint",
        TenantColumnType::Int64,
        "9223372036854775807",
        "10",
    ),
    ("of_text", "text", TenantColumnType::Text, "acme", "Acme"),
    (
        "of_varchar",
        "varchar(64)",
        TenantColumnType::Text,
        "acme",
        "acme:1",
    ),
    (
        "of_loose_text",
        "text COLLATE caseless",
        TenantColumnType::Text,
        "acme",
        "ACME",
    ),
];

async fn on_tables(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        own(
            bed,
            &["CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"],
        )
        .await;
        let mut catalog = Catalog::builder();
        for (table, kind, column, first, second) in TABLES {
            own(
                bed,
                &[
                    &format!("CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY, \"Org's id\" {kind} NOT NULL)"),
                    &format!("INSERT INTO {table} (\"Org's id\") VALUES ('{first}'), ('{first}'), ('{second}')"),
                ],
            )
            .await;
            catalog = catalog.table(table, Policy::column("Org's id", *column));
        }
        let catalog = catalog.build().unwrap();
        let security = RowSecurity::of(&catalog).application_role(&bed.role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        test(bed).await;
    })
    .await;
}

#[tokio::test]
async fn d04_the_right_setting_shows_the_tenants_rows() {
    on_tables(async |bed| {
        for (table, _, _, first, second) in TABLES {
            assert_eq!(count(&set(bed, first).await, table).await, "2", "{table}");
            assert_eq!(count(&set(bed, second).await, table).await, "1", "{table}");
        }
        let upper = TABLES[0].3.to_uppercase();
        assert_eq!(count(&set(bed, &upper).await, "of_uuid").await, "2");
    })
    .await;
}

#[tokio::test]
async fn d04_an_unset_empty_or_malformed_setting_shows_no_rows_and_raises_nothing() {
    let malformed = [
        "",
        " ",
        "null",
        "NULL",
        "acme ",
        "ac3e0000-0000-4000-8000-00000000000",
        "ac3e0000-0000-4000-8000-0000000000011",
        "{ac3e0000-0000-4000-8000-000000000001}",
        "ac3e0000-0000-4000-8000-000000000001\n",
        "\nac3e0000-0000-4000-8000-000000000001",
        "ac3e0000-0000-4000-8000-000000000001' OR true --",
        "ａc3e0000-0000-4000-8000-000000000001",
        "0",
        "-7",
        "+7",
        "07",
        "7.0",
        "7e0",
        "0x7",
        "٧",
        "2147483648",
        "9223372036854775808",
        "99999999999999999999999999999999999999",
        "%",
        "_",
        "true",
    ];
    on_tables(async |bed| {
        for (table, ..) in TABLES {
            // A session in which the setting never was, then one in which a transaction has set it.
            let fresh = bed.application.begin().await.unwrap();
            assert_eq!(count(&fresh, table).await, "0", "{table}, unset");
            fresh.rollback().await.unwrap();
            for setting in malformed {
                let transaction = set(bed, setting).await;
                assert_eq!(
                    count(&transaction, table).await,
                    "0",
                    "{table}: {setting:?}"
                );
                for sql in [
                    format!("SELECT id::text FROM {table} WHERE id = 1"),
                    format!("UPDATE {table} SET id = DEFAULT RETURNING id::text"),
                    format!("DELETE FROM {table} RETURNING id::text"),
                ] {
                    let rows = texts(&transaction, &sql).await;
                    assert!(rows.unwrap().is_empty(), "{sql}: {setting:?}");
                }
            }
            let after = bed.application.begin().await.unwrap();
            assert_eq!(count(&after, table).await, "0", "{table}, set before");
        }
    })
    .await;
}

#[tokio::test]
async fn d04_without_a_setting_nothing_is_inserted() {
    on_tables(async |bed| {
        for (table, _, _, first, second) in TABLES {
            let insert = format!("INSERT INTO {table} (\"Org's id\") VALUES ('{first}')");
            for setting in ["", "malformed", second] {
                let refused = set(bed, setting).await.execute_unprepared(&insert).await;
                let error = refused.expect_err(table).to_string();
                assert!(error.contains("row-level security"), "{error}");
            }
            let done = set(bed, first).await.execute_unprepared(&insert).await;
            assert_eq!(done.unwrap().rows_affected(), 1, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn d10_the_condition_is_evaluated_once_and_uses_the_tenants_index() {
    on_tables(async |bed| {
        for (table, _, _, first, _) in TABLES {
            let mut other = match *table {
                "of_uuid" => "gen_random_uuid()".to_owned(),
                "of_int4" | "of_int8" => "n % 1000 + 20".to_owned(),
                _ => "'t' || n % 1000".to_owned(),
            };
            other = format!(
                "INSERT INTO {table} (\"Org's id\") SELECT {other} FROM generate_series(1, 20000) n"
            );
            own(
                bed,
                &[
                    &other,
                    &format!("CREATE INDEX {table}_tenant ON {table} (\"Org's id\", id)"),
                    &format!("ANALYZE {table}"),
                ],
            )
            .await;
            for query in [
                "",
                " WHERE id > 0 ORDER BY id DESC LIMIT 5",
                " WHERE id = 2",
            ] {
                let explain = format!("EXPLAIN SELECT * FROM {table}{query}");
                let plan = texts(&set(bed, first).await, &explain)
                    .await
                    .unwrap()
                    .join("\n");
                assert!(plan.contains(&format!("{table}_tenant")), "{plan}");
                assert!(
                    plan.contains("Index Cond: ") && plan.contains("Org's id"),
                    "{plan}"
                );
                assert!(plan.contains("InitPlan 1"), "{plan}");
                assert!(
                    !plan.contains("SubPlan") && !plan.contains("Seq Scan"),
                    "{plan}"
                );
            }
        }
    })
    .await;
}
