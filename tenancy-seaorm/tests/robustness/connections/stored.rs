//! Tables that would store something else than the tenant's id, and tables that are no tables.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, TransactionTrait};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, Policy, ScopedConnection, TenantColumnType, TenantDatabase,
};
use testbed::Testbed;

/// A connection of the tenant of this id, on a table `item` whose tenant column the catalog says is
/// of `kind`.
fn scoped(bed: &Testbed, kind: TenantColumnType, id: TenantId) -> ScopedConnection {
    scoped_to(bed, "item", kind, id)
}

fn scoped_to(bed: &Testbed, table: &str, kind: TenantColumnType, id: TenantId) -> ScopedConnection {
    let catalog = Catalog::builder()
        .table(table, Policy::column("tenant_id", kind))
        .build()
        .unwrap();
    let database = TenantDatabase::new(bed.application.clone(), &catalog).unwrap();
    let tenant = Tenant::new(id, Slug::parse("somebody").unwrap());
    let context = TenantContext::assume(tenant.into(), "a test").unwrap();
    database.scoped(&context).unwrap()
}

async fn item(bed: &Testbed, columns: &str) {
    let drop = "DROP TABLE IF EXISTS item";
    bed.owner.execute_unprepared(drop).await.unwrap();
    let create =
        format!("CREATE TABLE item (id INTEGER PRIMARY KEY, title VARCHAR(20), {columns})");
    bed.owner.execute_unprepared(&create).await.unwrap();
}

fn kind(error: &DbErr) -> Option<ErrorKind> {
    Error::of(error).map(Error::kind)
}

async fn count(bed: &Testbed) -> i64 {
    let row = bed.sql("SELECT COUNT(*) FROM item", []);
    let row = bed.owner.query_one_raw(row).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn w01_a_stamp_is_never_cut_into_another_tenants_id() {
    testbed::on(DbBackend::MySql, async |bed| {
        let long = TenantId::text("acme-corp").unwrap();
        let short = TenantId::text("acme-").unwrap();
        for columns in [
            "tenant_id VARCHAR(5)",
            "tenant_id CHAR(5) CHARACTER SET ascii",
        ] {
            item(bed, columns).await;
            // The server, which is strict, refuses the first, and we the second.
            for ignore in ["", "IGNORE "] {
                let insert = format!("INSERT {ignore}INTO item (id, title) VALUES (1, 'x')");
                let acme = scoped(bed, TenantColumnType::Text, long.clone());
                let given =
                    format!("INSERT {ignore}INTO item (id, title, tenant_id) VALUES (1, 'x', ?)");
                for insert in [
                    bed.sql(&insert, []),
                    // The second time, it is known.
                    bed.sql(&insert, []),
                    // An id that is given is the same one.
                    bed.sql(&given, ["acme-corp".into()]),
                    bed.sql(&given.replace('?', "'acme-corp'"), []),
                    bed.sql(
                        &given.replace("VALUES (1, 'x', ?)", "SELECT 1, 'x', 'acme-corp'"),
                        [],
                    ),
                ] {
                    let refused = acme.execute_raw(insert).await.unwrap_err();
                    let is_ours = kind(&refused) == Some(ErrorKind::Incompatible);
                    assert_eq!(is_ours, !ignore.is_empty(), "{refused}");
                    assert_eq!(count(bed).await, 0);
                }
                // One that fits is not refused on the same table.
                let insert = insert.replace("(1,", if ignore.is_empty() { "(2," } else { "(3," });
                let other = scoped(bed, TenantColumnType::Text, short.clone());
                other.execute_unprepared(&insert).await.unwrap();
                let delete = other.execute_unprepared("DELETE FROM item").await.unwrap();
                assert_eq!(delete.rows_affected(), 1);
            }
        }
        let large = TenantId::integer(5_000_000_000).unwrap();
        let (uuid, integer) = (
            TenantId::uuid(testbed::ACME).unwrap(),
            TenantId::integer(7).unwrap(),
        );
        for (columns, column, id) in [
            ("tenant_id INT", TenantColumnType::Int64, &large),
            ("tenant_id SMALLINT", TenantColumnType::Int32, &integer),
            ("tenant_id DOUBLE", TenantColumnType::Int64, &integer),
            ("tenant_id BINARY(8)", TenantColumnType::Uuid, &uuid),
            ("tenant_id VARCHAR(36)", TenantColumnType::Uuid, &uuid),
            (
                "tenant_id ENUM('acme', 'globex')",
                TenantColumnType::Text,
                &long,
            ),
            // Where ids would be stored, and never found.
            (
                "tenant_id VARCHAR(36) CHARACTER SET utf16",
                TenantColumnType::Text,
                &long,
            ),
            ("tenant_id UUID", TenantColumnType::Text, &uuid),
        ] {
            item(bed, columns).await;
            for statement in [
                "INSERT INTO item (id, title) VALUES (1, 'x')",
                "INSERT IGNORE INTO item (id, title) VALUES (1, 'x')",
                "SELECT id FROM item",
                "SELECT 1 WHERE EXISTS (SELECT 1 FROM item)",
                "UPDATE item SET title = 'y'",
            ] {
                let scoped = scoped(bed, column, id.clone());
                let refused = scoped.execute_unprepared(statement).await.unwrap_err();
                assert_eq!(
                    kind(&refused),
                    Some(ErrorKind::Incompatible),
                    "{columns}: {refused}"
                );
            }
            assert_eq!(count(bed).await, 0);
        }
        for (columns, column, id) in [
            ("tenant_id BIGINT UNSIGNED", TenantColumnType::Int64, &large),
            ("tenant_id INT", TenantColumnType::Int32, &integer),
            ("tenant_id BINARY(16)", TenantColumnType::Uuid, &uuid),
            ("tenant_id UUID", TenantColumnType::Uuid, &uuid),
            ("tenant_id CHAR(36)", TenantColumnType::Text, &uuid),
            (
                "tenant_id VARCHAR(9) CHARACTER SET latin1",
                TenantColumnType::Text,
                &long,
            ),
        ] {
            item(bed, columns).await;
            let scoped = scoped(bed, column, id.clone());
            let insert = "INSERT IGNORE INTO item (id, title) VALUES (1, 'x')";
            scoped.execute_unprepared(insert).await.unwrap();
            let read = bed.sql("SELECT id FROM item", []);
            let read = scoped.query_all_raw(read).await.unwrap();
            assert_eq!(read.len(), 1, "{columns}");
        }
    })
    .await;
}

#[tokio::test]
async fn w01_texts_that_sqlite_turns_into_numbers_are_no_ids() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        for type_name in ["INTEGER", "NUMERIC", "STRING", "REAL"] {
            item(bed, &format!("tenant_id {type_name}")).await;
            let somebody = TenantId::text("a7").unwrap();
            let scoped = scoped(bed, TenantColumnType::Text, somebody);
            let insert = "INSERT INTO item (id, title) VALUES (1, 'x')";
            let refused = scoped.execute_unprepared(insert).await.unwrap_err();
            assert_eq!(kind(&refused), Some(ErrorKind::Incompatible), "{refused}");
        }
    })
    .await;
}

/// Without its strict mode, MySQL stores what fits of an id; without `autocommit` it leaves writes
/// to the next borrower.
#[tokio::test]
async fn w01_sessions_of_mysql_are_strict_and_commit() {
    testbed::on(DbBackend::MySql, async |bed| {
        item(bed, "tenant_id VARCHAR(5)").await;
        for setting in ["sql_mode = ''", "autocommit = 0"] {
            let pool = crate::connections::pool_at(bed.application_url(), 1).await;
            let set = format!("SET SESSION {setting}");
            pool.execute_unprepared(&set).await.unwrap();
            let catalog = Catalog::builder()
                .table("item", Policy::column("tenant_id", TenantColumnType::Text));
            let database = TenantDatabase::new(pool.clone(), &catalog.build().unwrap()).unwrap();
            let tenant = Tenant::new(
                TenantId::text("acme-corp").unwrap(),
                Slug::parse("acme").unwrap(),
            );
            let context = TenantContext::assume(tenant.into(), "a test").unwrap();
            let acme = database.scoped(&context).unwrap();
            for statement in [
                "INSERT INTO item (id, title) VALUES (1, 'x')",
                "SELECT id FROM item",
            ] {
                let refused = acme.execute_unprepared(statement).await.unwrap_err();
                assert_eq!(kind(&refused), Some(ErrorKind::Incompatible), "{refused}");
            }
            pool.close().await.unwrap();
            assert_eq!(count(bed).await, 0);
        }
    })
    .await;
}

/// Whose a row is, or whom a grant is for, where the caller says so.
#[tokio::test]
async fn w01_an_insert_that_ignores_chooses_no_id() {
    use tenancy_core::elevation::ElevationScope;
    testbed::on(DbBackend::MySql, async |bed| {
        let both = [testbed::ACME, testbed::GLOBEX].map(|id| TenantId::uuid(id).unwrap());
        let minute = std::time::Duration::from_secs(60);
        let scope = ElevationScope::tenants(both);
        let elevation = crate::service().elevate("a test", scope, minute);
        let elevated = bed.database.elevated(elevation.unwrap()).unwrap();
        for text in [
            "INSERT IGNORE INTO note (id, tenant_id, title, body) SELECT n.id + 900, n.tenant_id, 'x', 'x' FROM note n",
            "INSERT IGNORE INTO note (id, tenant_id, title, body) VALUES (900, $1, 'x', 'x')",
        ] {
            let values = text.contains("$1").then(|| testbed::ACME.into());
            let refused = elevated.execute_raw(bed.sql(text, values)).await.unwrap_err();
            assert_eq!(kind(&refused), Some(ErrorKind::Unsupported), "{refused}");
        }
        let own = "INSERT IGNORE INTO note (id, title, body) VALUES (900, 'x', 'x')";
        bed.acme().execute_unprepared(own).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn w01_integers_that_sqlite_rounds_are_no_ids() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        item(bed, "tenant_id DOUBLE").await;
        let large = TenantId::integer((1 << 53) + 1).unwrap();
        let insert = "INSERT INTO item (id, title) VALUES (1, 'x')";
        let refused = scoped(bed, TenantColumnType::Int64, large)
            .execute_unprepared(insert)
            .await
            .unwrap_err();
        assert_eq!(kind(&refused), Some(ErrorKind::Incompatible), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn virtual_tables_are_refused() {
    testbed::on(DbBackend::Sqlite, async |bed| {
        let create = "CREATE VIRTUAL TABLE item USING fts5(tenant_id UNINDEXED, title)";
        bed.owner.execute_unprepared(create).await.unwrap();
        let acme = scoped(bed, TenantColumnType::Text, TenantId::text("acme").unwrap());
        for statement in [
            "SELECT title FROM item WHERE item = 'word' ORDER BY rank",
            "SELECT title FROM item WHERE title = 'word'",
            "SELECT title FROM main.item",
            "SELECT title FROM `ITEM` AS i",
            "WITH d AS (SELECT title FROM item) SELECT title FROM d",
            "INSERT INTO item (item, rank) VALUES ('rank', 'nosuch()')",
            "INSERT INTO item (title) VALUES ('x')",
            "UPDATE item SET title = 'x'",
            "DELETE FROM item",
        ] {
            let refused = acme.execute_unprepared(statement).await.unwrap_err();
            assert_eq!(
                kind(&refused),
                Some(ErrorKind::Unsupported),
                "{statement}: {refused}"
            );
            let transaction = acme.begin().await.unwrap();
            let refused = transaction.execute_unprepared(statement).await.unwrap_err();
            assert_eq!(
                kind(&refused),
                Some(ErrorKind::Unsupported),
                "{statement}: {refused}"
            );
        }
    })
    .await;
}

/// The own id is that, however it is spelt, and what is stored is always the same.
#[tokio::test]
async fn w01_the_own_id_is_accepted_in_every_spelling() {
    use sea_orm::Value;
    let (uuid, integer) = (testbed::ACME, 7_i64);
    testbed::on_every_engine(async |bed| {
        let on_server = |server: &'static str, sqlite: &'static str| match bed.backend {
            DbBackend::Sqlite => sqlite,
            _ => server,
        };
        let bytes = match bed.backend {
            DbBackend::Postgres => "uuid",
            _ => "BINARY(16)",
        };
        let mut cases: Vec<(TenantColumnType, TenantId, Vec<Value>, Vec<String>)> = Vec::new();
        let widths: Vec<Value> = vec![
            7_i8.into(),
            7_i16.into(),
            7_i32.into(),
            integer.into(),
            7_u8.into(),
            7_u16.into(),
            7_u32.into(),
            7_u64.into(),
            "7".into(),
        ];
        for column in [TenantColumnType::Int32, TenantColumnType::Int64] {
            let id = TenantId::integer(integer).unwrap();
            cases.push((column, id, widths.clone(), vec!["7".into(), "'7'".into()]));
        }
        let simple = uuid.simple().to_string();
        let mut texts = vec![
            format!("'{uuid}'"),
            format!("'{simple}'"),
            format!("'{}'", uuid.to_string().to_uppercase()),
        ];
        if bed.backend != DbBackend::Postgres {
            texts.push(format!("X'{simple}'"));
            texts.push(format!("x'{}'", simple.to_uppercase()));
        }
        let values = vec![
            uuid.into(),
            uuid.as_bytes().to_vec().into(),
            uuid.to_string().into(),
            simple.into(),
        ];
        let id = TenantId::uuid(uuid).unwrap();
        cases.push((TenantColumnType::Uuid, id, values, texts));
        for (column, id, values, texts) in cases {
            let type_name = match column {
                TenantColumnType::Uuid => bytes,
                TenantColumnType::Int32 => "INTEGER",
                _ => on_server("BIGINT", "INTEGER"),
            };
            item(bed, &format!("tenant_id {type_name}")).await;
            if bed.backend == DbBackend::Postgres {
                let grant = format!("GRANT ALL ON item TO {}", bed.role);
                bed.owner.execute_unprepared(&grant).await.unwrap();
            }
            let scoped = scoped(bed, column, id);
            let mut rows = 0;
            for value in values {
                rows += 1;
                let told = format!("{value:?}");
                let insert = "INSERT INTO item (id, tenant_id) VALUES ($1, $2)";
                let insert = bed.sql(insert, [rows.into(), value]);
                let done = scoped.execute_raw(insert).await;
                done.unwrap_or_else(|error| panic!("{told}: {error}"));
            }
            for text in texts {
                rows += 1;
                let insert = format!("INSERT INTO item (id, tenant_id) VALUES ({rows}, {text})");
                let done = scoped.execute_unprepared(&insert).await;
                done.unwrap_or_else(|error| panic!("{insert}: {error}"));
            }
            let read = scoped
                .query_all_raw(bed.sql("SELECT id FROM item", []))
                .await;
            assert_eq!(read.unwrap().len(), rows as usize);
            for other in [
                Value::from(8_u8),
                (-7_i64).into(),
                u64::MAX.into(),
                vec![7_u8; 16].into(),
            ] {
                let told = format!("{other:?}");
                let insert = "INSERT INTO item (id, tenant_id) VALUES ($1, $2)";
                let insert = bed.sql(insert, [99.into(), other]);
                let refused = scoped.execute_raw(insert).await.unwrap_err();
                assert_eq!(kind(&refused), Some(ErrorKind::ForeignTenant), "{told}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_with_a_quote_in_its_name_holds_each_tenants_rows() {
    testbed::on_every_backend(async |bed| {
        let kind = match bed.backend {
            DbBackend::Postgres => "uuid",
            _ => "BINARY(16)",
        };
        let names = match bed.backend {
            DbBackend::MySql => [r#"it"s"#, "it`s", "it's"],
            _ => [r#"it"s"#, "it`s`", "it's"],
        };
        for name in names {
            let quoted = match bed.backend {
                DbBackend::MySql => format!("`{}`", name.replace('`', "``")),
                _ => format!("\"{}\"", name.replace('"', "\"\"")),
            };
            let owner = &bed.owner;
            owner
                .execute_unprepared(&format!("DROP TABLE IF EXISTS {quoted}"))
                .await
                .unwrap();
            let create =
                format!("CREATE TABLE {quoted} (id INTEGER PRIMARY KEY, tenant_id {kind})");
            owner.execute_unprepared(&create).await.unwrap();
            if bed.backend == DbBackend::Postgres {
                let grant = format!("GRANT ALL ON {quoted} TO PUBLIC");
                owner.execute_unprepared(&grant).await.unwrap();
            }
            let [acme, globex] = [testbed::ACME, testbed::GLOBEX].map(|tenant| {
                let tenant = TenantId::uuid(tenant).unwrap();
                scoped_to(bed, name, TenantColumnType::Uuid, tenant)
            });
            for (id, db) in [(1, &acme), (2, &globex)] {
                let insert = format!("INSERT INTO {quoted} (id) VALUES ({id})");
                let insert = Statement::from_string(bed.backend, insert);
                db.execute_raw(insert).await.unwrap();
            }
            let select = format!("SELECT {quoted}.id FROM {quoted}");
            let select = Statement::from_string(bed.backend, select);
            let rows = acme.query_all_raw(select).await.unwrap();
            assert_eq!(rows.len(), 1, "{name}");
            assert_eq!(rows[0].try_get::<i32>("", "id").unwrap(), 1);
        }
    })
    .await;
}
