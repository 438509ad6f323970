//! R16: functions that reach further than their arguments. `planner/functions` holds the whole list
//! to the servers.

use sea_orm::{ConnectionTrait, DbBackend};
use tenancy_seaorm::{Catalog, Error, ErrorKind, TenantDatabase};
use testbed::{ACME, context, note, on_every_backend, query, titles};

#[tokio::test]
async fn r16_functions_that_reach_elsewhere_are_refused() {
    on_every_backend(async |bed| {
        for sql in [
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT query_to_xml('SELECT * FROM note', true, true, '')",
            "SELECT current_setting('app.tenant_id')",
            "SELECT set_config('app.tenant_id', 'x', true)",
            "SELECT pg_sleep(1)",
            "SELECT dblink('x', 'y')",
            "SELECT lo_import('/etc/passwd')",
            "SELECT load_extension('x')",
            "SELECT readfile('/etc/passwd')",
            "SELECT last_insert_rowid()",
            "SELECT pg_catalog.version()",
            "SELECT title FROM note ORDER BY pg_sleep(1)",
            "SELECT COUNT(*) FROM note HAVING pg_sleep(1) IS NULL",
        ] {
            bed.assert_refused(
                ErrorKind::UnknownFunction,
                bed.acme().query_all_raw(bed.sql(sql, [])),
            )
            .await;
        }
        for sql in [
            "SELECT * FROM pragma_table_info('note')",
            "SELECT * FROM json_array('[1]')",
            "SELECT * FROM dblink('x')",
        ] {
            bed.assert_refused(
                ErrorKind::UnknownFunction,
                bed.acme().query_all_raw(bed.sql(sql, [])),
            )
            .await;
        }
        if bed.backend == DbBackend::MySql {
            for sql in [
                "SELECT current_user",
                "SELECT SLEEP(1)",
                "SELECT LOAD_FILE('/etc/passwd')",
                "SELECT GET_LOCK('x', 1)",
                "SELECT LAST_INSERT_ID()",
                "SELECT DATABASE()",
                "SELECT VERSION()",
                "SELECT USER()",
                "SELECT extractvalue('<a/>', '/a')",
            ] {
                bed.assert_refused(
                    ErrorKind::UnknownFunction,
                    bed.acme().query_all_raw(bed.sql(sql, [])),
                )
                .await;
            }
        } else {
            let sql = "SELECT COUNT(*) FILTER (WHERE pg_sleep(1) IS NULL) FROM note";
            bed.assert_refused(
                ErrorKind::UnknownFunction,
                bed.acme().query_all_raw(bed.sql(sql, [])),
            )
            .await;
        }
        assert_eq!(
            titles(
                &bed.acme(),
                bed.sql("SELECT UPPER(title) FROM note WHERE id = 1", [])
            )
            .await,
            ["PLAN"]
        );
        if bed.backend == DbBackend::Postgres {
            for sql in ["SELECT current_user", "SELECT user", "SELECT session_user"] {
                bed.assert_refused(
                    ErrorKind::UnknownFunction,
                    bed.acme().query_all_raw(bed.sql(sql, [])),
                )
                .await;
            }
            let cast = bed.sql("SELECT 'ledger'::regclass", []);
            bed.assert_refused(ErrorKind::UnknownType, bed.acme().query_all_raw(cast))
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn r16_an_application_may_allow_a_function_of_its_own() {
    on_every_backend(async |bed| {
        let plain = bed.acme();
        let sql = || bed.sql("SELECT frobnicate(title) FROM note", []);
        bed.assert_refused(ErrorKind::UnknownFunction, plain.query_all_raw(sql()))
            .await;
        let catalog = Catalog::builder()
            .tenant_owned::<note::Entity>()
            .allow_function("frobnicate")
            .build()
            .unwrap();
        let database = TenantDatabase::new(bed.application.clone(), &catalog).unwrap();
        let error = database
            .scoped(&context(ACME))
            .unwrap()
            .query_all_raw(sql())
            .await
            .unwrap_err();
        // Now it is the database that does not know the function.
        assert!(Error::of(&error).is_none(), "{error}");
    })
    .await;
}

#[tokio::test]
async fn r16_functions_of_each_engine_that_look_elsewhere_are_refused() {
    on_every_backend(async |bed| {
        let functions: &[&str] = match bed.backend {
            DbBackend::Sqlite => &[
                "changes()",
                "total_changes()",
                "last_insert_rowid()",
                "sqlite_version()",
                "sqlite_source_id()",
                "sqlite_compileoption_get(0)",
                "load_extension('x')",
                "writefile('x', 'y')",
                "edit('x')",
                "fts3_tokenizer('x')",
                "\"changes\"()",
            ],
            DbBackend::Postgres => &[
                "query_to_xml('SELECT * FROM note', true, true, '')",
                "table_to_xml('note', true, true, '')",
                "database_to_xml(true, true, '')",
                "cursor_to_xml('c', 1, true, true, '')",
                "ts_stat('SELECT title FROM note')",
                "nextval('note_id_seq')",
                "currval('note_id_seq')",
                "lastval()",
                "setval('note_id_seq', 1)",
                "pg_read_file('x')",
                "pg_ls_dir('.')",
                "pg_stat_file('x')",
                "lo_get(1)",
                "lo_export(1, 'x')",
                "current_setting('app.tenant_id')",
                "set_config('app.tenant_id', 'x', false)",
                "pg_backend_pid()",
                "pg_terminate_backend(1)",
                "pg_cancel_backend(1)",
                "pg_advisory_lock(1)",
                "pg_try_advisory_xact_lock(1)",
                "has_table_privilege('ledger', 'select')",
                "to_regclass('ledger')",
                "pg_relation_size('ledger')",
                "obj_description(1)",
                "col_description(1, 1)",
                "pg_get_viewdef(1)",
                "inet_server_addr()",
                "txid_current()",
                "version()",
                "current_database()",
                "\"current_schema\"()",
                "PG_SLEEP(1)",
                "\"pg_sleep\"(1)",
                "pg_notify('x', 'y')",
                "row_security_active('note')",
            ],
            _ => &[
                "SLEEP(1)",
                "BENCHMARK(1, 1)",
                "LOAD_FILE('x')",
                "GET_LOCK('x', 1)",
                "RELEASE_LOCK('x')",
                "IS_USED_LOCK('x')",
                "FOUND_ROWS()",
                "ROW_COUNT()",
                "CONNECTION_ID()",
                "LAST_INSERT_ID()",
                "DATABASE()",
                "SCHEMA()",
                "VERSION()",
                "USER()",
                "SESSION_USER()",
                "CURRENT_USER()",
                "UUID_SHORT()",
                "MASTER_POS_WAIT('x', 1)",
                "LASTVAL(s)",
                "NEXTVAL(s)",
                "SETVAL(s, 1)",
                "COLUMN_GET('x', 'y' AS CHAR)",
                "sYs_exec('x')",
                "`sleep`(1)",
            ],
        };
        for function in functions {
            for sql in [
                format!("SELECT {function}"),
                format!("SELECT id FROM note WHERE {function} IS NOT NULL OR 1 = 1"),
                format!("SELECT id FROM note ORDER BY {function}"),
                format!("UPDATE note SET title = {function}"),
            ] {
                let error = bed.acme().execute_unprepared(&sql).await.unwrap_err();
                let kind = Error::of(&error).map(Error::kind);
                assert!(
                    matches!(
                        kind,
                        Some(ErrorKind::UnknownFunction | ErrorKind::NotParsed)
                    ),
                    "{sql}: {error}"
                );
            }
        }
        let from: &[&str] = match bed.backend {
            DbBackend::Sqlite => &[
                "sqlite_stmt()",
                "pragma_table_info('note')",
                "generate_series(1, 2)",
            ],
            DbBackend::Postgres => &[
                "ROWS FROM (generate_series(1, 2))",
                "json_to_recordset('[]') AS x(a integer)",
                "pg_ls_dir('.')",
                "LATERAL pg_ls_dir('.')",
                "dblink('x', 'y') AS t(a integer)",
            ],
            _ => &[
                "JSON_TABLE('[1]', '$[*]' COLUMNS (a INTEGER PATH '$')) AS t",
                "seq_1_to_2(1)",
            ],
        };
        for source in from {
            let sql = format!("SELECT 1 FROM {source}");
            let error = bed.acme().execute_unprepared(&sql).await.unwrap_err();
            let kind = Error::of(&error).map(Error::kind);
            assert!(
                matches!(
                    kind,
                    Some(
                        ErrorKind::UnknownFunction | ErrorKind::Unsupported | ErrorKind::NotParsed
                    )
                ),
                "{sql}: {error}"
            );
        }
        assert_eq!(
            query(
                bed,
                &bed.acme(),
                "SELECT LENGTH(title) FROM note WHERE ABS(id) > 0"
            )
            .await
            .unwrap()
            .len(),
            3
        );
    })
    .await;
}
