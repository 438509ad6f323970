//! R15 and R18: tables outside of the catalog, the catalogs of the engines, and views.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, JoinType, PaginatorTrait, QuerySelect};
use tenancy_seaorm::{Catalog, Error, ErrorKind, Policy, TenantColumnType};
use testbed::{acme_under, ledger, note, on_every_backend, query};

#[tokio::test]
async fn r15_tables_outside_the_catalog_and_system_catalogs_are_refused() {
    on_every_backend(async |bed| {
        bed.assert_refused(
            ErrorKind::UnknownTable,
            ledger::Entity::find().all(&bed.acme()),
        )
        .await;
        assert_eq!(ledger::Entity::find().count(&bed.owner).await.unwrap(), 2);
        let joined = note::Entity::find().join(
            JoinType::InnerJoin,
            note::Entity::belongs_to(ledger::Entity)
                .from(note::Column::Id)
                .to(ledger::Column::Id)
                .into(),
        );
        bed.assert_refused(ErrorKind::UnknownTable, joined.all(&bed.acme()))
            .await;
        for sql in [
            "SELECT name FROM sqlite_master",
            "SELECT name FROM sqlite_schema",
            "SELECT name FROM pragma_table_list",
            "SELECT relname FROM pg_class",
            "SELECT table_name FROM information_schema.tables",
            "SELECT query FROM pg_catalog.pg_stat_activity",
            "SELECT id FROM note WHERE id IN (SELECT id FROM ledger)",
            "SELECT (SELECT MAX(amount) FROM ledger) FROM note",
            "WITH x AS (SELECT * FROM ledger) SELECT * FROM x",
            "SELECT id FROM note UNION SELECT id FROM ledger",
            "SELECT id FROM note ORDER BY (SELECT MAX(amount) FROM ledger)",
            "SELECT id FROM note n LEFT JOIN author a ON a.id = (SELECT MAX(id) FROM ledger)",
            "UPDATE note SET score = (SELECT MAX(amount) FROM ledger)",
            "DELETE FROM note WHERE id IN (SELECT id FROM ledger)",
            "INSERT INTO note (title, body) VALUES ('x', (SELECT 'y' FROM ledger))",
        ] {
            bed.assert_refused(
                ErrorKind::UnknownTable,
                bed.acme().query_all_raw(bed.sql(sql, [])),
            )
            .await;
        }
    })
    .await;
}

#[tokio::test]
async fn r15_what_the_engine_knows_of_itself_is_refused() {
    on_every_backend(async |bed| {
        let tables: &[&str] = match bed.backend {
            DbBackend::Sqlite => &[
                "sqlite_master",
                "sqlite_schema",
                "sqlite_temp_master",
                "SQLITE_SEQUENCE",
                "\"sqlite_master\"",
                "main.sqlite_master",
                "dbstat",
                "pragma_table_info",
                "sqlite_stat1",
            ],
            DbBackend::Postgres => &[
                "pg_class",
                "PG_CLASS",
                "\"pg_class\"",
                "pg_catalog.pg_class",
                "pg_stats",
                "pg_stat_activity",
                "pg_stat_user_tables",
                "pg_settings",
                "pg_roles",
                "pg_locks",
                "information_schema.columns",
                "pg_attribute",
                "pg_sequences",
                "pg_prepared_statements",
            ],
            _ => &[
                "information_schema.tables",
                "INFORMATION_SCHEMA.COLUMNS",
                "`information_schema`.`tables`",
                "mysql.user",
                "mysql.innodb_table_stats",
                "performance_schema.threads",
                "sys.version",
            ],
        };
        for table in tables {
            for sql in [
                format!("SELECT * FROM {table}"),
                format!("SELECT n.id FROM note n LEFT JOIN {table} t ON 1 = 1"),
                format!("SELECT id FROM note WHERE EXISTS (SELECT 1 FROM {table})"),
            ] {
                bed.assert_refused(ErrorKind::UnknownTable, bed.acme().execute_unprepared(&sql))
                    .await;
            }
        }
        // The positive control: the application's role may read the first of them.
        let plain = format!("SELECT 1 FROM {}", tables[0]);
        assert!(
            !query(bed, &bed.application, &plain)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn r18_views_are_refused_until_they_have_a_policy_of_their_own() {
    on_every_backend(async |bed| {
        let mut views = vec!["shown"];
        for sql in [
            "CREATE VIEW shown AS SELECT id, tenant_id, title FROM note",
            "CREATE VIEW totals AS SELECT COUNT(*) AS many FROM note",
        ] {
            bed.owner.execute_unprepared(sql).await.unwrap();
        }
        if bed.backend == DbBackend::Postgres {
            let kept = "CREATE MATERIALIZED VIEW kept AS SELECT id, tenant_id, title FROM note";
            bed.owner.execute_unprepared(kept).await.unwrap();
            views.push("kept");
        }
        let without = acme_under(bed, &testbed::catalog());
        let policy = || Policy::column("tenant_id", TenantColumnType::Uuid);
        let with = Catalog::builder().tenant_owned::<note::Entity>();
        let with = views
            .iter()
            .fold(with, |catalog, view| catalog.table(view, policy()));
        let with = acme_under(bed, &with.build().unwrap());
        for view in views.iter().chain(&["totals"]) {
            let select = format!("SELECT * FROM {view}");
            bed.assert_refused(ErrorKind::UnknownTable, query(bed, &without, &select))
                .await;
            let join = format!("SELECT n.id FROM note n LEFT JOIN {view} v ON 1 = 1");
            bed.assert_refused(ErrorKind::UnknownTable, query(bed, &without, &join))
                .await;
        }
        for view in &views {
            let select = format!("SELECT title FROM {view} WHERE id = 2 OR 1 = 1");
            assert_eq!(query(bed, &with, &select).await.unwrap().len(), 3, "{view}");
            assert_eq!(
                query(bed, &bed.owner, &select).await.unwrap().len(),
                7,
                "{view}"
            );
        }
        bed.assert_refused(
            ErrorKind::UnknownTable,
            query(bed, &with, "SELECT * FROM totals"),
        )
        .await;
        for sql in [
            "REFRESH MATERIALIZED VIEW kept",
            "CREATE VIEW mine AS SELECT * FROM ledger",
            "DROP VIEW shown",
        ] {
            let error = with.execute_unprepared(sql).await.unwrap_err();
            let kind = Error::of(&error).map(Error::kind);
            assert!(
                matches!(kind, Some(ErrorKind::Unsupported | ErrorKind::NotParsed)),
                "{sql}: {error}"
            );
        }
    })
    .await;
}
