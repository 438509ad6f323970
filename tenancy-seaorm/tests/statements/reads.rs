//! Escapes R: reads, on every engine, each with a positive control on the same rows.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    IntoActiveModel, JoinType, JsonValue, LoaderTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, StreamTrait, TransactionTrait,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId, TenantStatus};
use tenancy_seaorm::{Catalog, Error, ErrorKind, ScopedConnection, TenantDatabase};
use testbed::{
    ACME, GLOBEX, author, context, country, ledger, note, on_every_backend, on_every_engine,
};
use uuid::Uuid;

/// The titles that `statement` returns, sorted.
async fn titles(db: &impl ConnectionTrait, statement: Statement) -> Vec<String> {
    let rows = db.query_all_raw(statement).await.unwrap();
    let mut titles: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    titles.sort();
    titles
}

async fn number(db: &impl ConnectionTrait, statement: Statement) -> i64 {
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[test]
fn r01_there_is_no_scope_without_a_tenant() {
    // No id can be made of nothing, and no context of an inactive tenant.
    assert!(TenantId::uuid(Uuid::nil()).is_err());
    assert!(TenantId::text("").is_err());
    assert!(TenantId::integer(0).is_err());
    let suspended = tenant(ACME).with_status(TenantStatus::Suspended);
    assert!(TenantContext::assume(Arc::new(suspended), "a test").is_err());
    assert!(TenantContext::assume(Arc::new(tenant(ACME)), "a test").is_ok());
    assert!(TenantContext::current().is_err());
}

fn tenant(id: Uuid) -> Tenant {
    Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse("acme").unwrap())
}

#[tokio::test]
async fn r01_a_tenant_whose_id_cannot_be_in_the_columns_gets_no_connection() {
    on_every_backend(async |bed| {
        let numbered = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
        let numbered = TenantContext::assume(Arc::new(numbered), "a test").unwrap();
        let error = bed.database.scoped(&numbered).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incompatible);
        assert!(bed.database.scoped(&context(ACME)).is_ok());
    })
    .await;
}

#[tokio::test]
async fn r02_or_by_the_user_stays_inside_parentheses() {
    on_every_backend(async |bed| {
        let found = note::Entity::find()
            .filter(
                Condition::any()
                    .add(note::Column::Title.eq("plan"))
                    .add(note::Column::Score.gt(0)),
            )
            .order_by_asc(note::Column::Id)
            .all(&bed.acme())
            .await
            .unwrap();
        assert_eq!(found.iter().map(|note| note.id).collect::<Vec<_>>(), [1, 5]);
        let raw = bed.sql("SELECT title FROM note WHERE title = 'plan' OR 1 = 1", []);
        assert_eq!(titles(&bed.acme(), raw).await, ["draft", "orphan", "plan"]);
    })
    .await;
}

#[tokio::test]
async fn r03_every_join_is_scoped_on_both_sides() {
    on_every_backend(async |bed| {
        let mut cases = vec![
            ("note n INNER JOIN author a ON a.id = n.author_id", 2),
            ("note n LEFT JOIN author a ON a.id = n.author_id", 3),
            ("author a RIGHT JOIN note n ON a.id = n.author_id", 3),
            ("note n CROSS JOIN author a", 6),
            ("note n, author a", 6),
            ("note n JOIN note m ON m.score <> n.score", 2),
            ("note n, note m", 9),
            ("note n NATURAL JOIN author a", 2),
            ("note n LEFT JOIN author a USING (id)", 3),
            ("note n LEFT JOIN (author a INNER JOIN country c ON c.id = 1) ON a.id = n.author_id", 3),
        ];
        cases.push(match bed.backend {
            DbBackend::MySql => ("note n STRAIGHT_JOIN author a ON a.id = n.author_id", 2),
            _ => ("note n FULL JOIN author a ON a.id = n.author_id", 4),
        });
        for (from, expected) in cases {
            let count = number(&bed.acme(), bed.sql(&format!("SELECT COUNT(*) FROM {from}"), [])).await;
            assert_eq!(count, expected, "{from}");
        }
    })
    .await;
}

#[tokio::test]
async fn r04_a_left_join_keeps_its_outer_rows_when_the_related_row_is_foreign() {
    on_every_backend(async |bed| {
        let pairs = note::Entity::find()
            .find_also_related(author::Entity)
            .order_by_asc(note::Column::Id)
            .all(&bed.globex())
            .await
            .unwrap();
        let seen: Vec<_> = pairs
            .iter()
            .map(|(note, author)| (note.id, author.as_ref().map(|author| author.id)))
            .collect();
        // Note 100 points at an author of ACME: the note stays, the author does not come with it.
        assert_eq!(seen, [(2, Some(2)), (4, Some(2)), (6, None), (100, None)]);
    })
    .await;
}

#[tokio::test]
async fn r06_related_and_loaded_models_are_the_tenants() {
    on_every_backend(async |bed| {
        let authors = author::Entity::find()
            .order_by_asc(author::Column::Id)
            .all(&bed.acme())
            .await
            .unwrap();
        let notes = authors.load_many(note::Entity, &bed.acme()).await.unwrap();
        assert_eq!(notes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 0]);
        // The same models loaded in the other tenant: note 100 is GLOBEX's own, nothing of ACME's
        // comes.
        let foreign = authors
            .load_many(note::Entity, &bed.globex())
            .await
            .unwrap();
        assert_eq!(
            foreign
                .iter()
                .flatten()
                .map(|note| note.id)
                .collect::<Vec<_>>(),
            [100]
        );
        let with = author::Entity::find()
            .find_with_related(note::Entity)
            .all(&bed.acme())
            .await
            .unwrap();
        assert_eq!(with.iter().map(|(_, notes)| notes.len()).sum::<usize>(), 2);
    })
    .await;
}

#[tokio::test]
async fn r07_caller_supplied_tenant_filter_does_not_replace_ours() {
    on_every_backend(async |bed| {
        for (asked, expected) in [(GLOBEX, 0), (ACME, 3)] {
            let found = note::Entity::find()
                .filter(note::Column::TenantId.eq(asked))
                .all(&bed.acme())
                .await
                .unwrap();
            assert_eq!(found.len(), expected);
            let raw = bed.sql(
                "SELECT title FROM note WHERE tenant_id = $1 OR tenant_id = $2",
                [asked.into(), asked.into()],
            );
            assert_eq!(titles(&bed.acme(), raw).await.len(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn r08_keys_counts_and_aggregates_see_one_tenant() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        assert!(
            note::Entity::find_by_id(2)
                .one(&acme)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            note::Entity::find_by_id(1)
                .one(&acme)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(note::Entity::find().count(&acme).await.unwrap(), 3);
        let highest: Option<i32> = note::Entity::find()
            .select_only()
            .column_as(note::Column::Score.max(), "highest")
            .into_tuple()
            .one(&acme)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(highest, Some(30));
        for (sql, expected) in [
            ("SELECT COUNT(*) FROM note", 3),
            ("SELECT COUNT(DISTINCT tenant_id) FROM note", 1),
            ("SELECT MAX(id) FROM note", 5),
            (
                "SELECT COUNT(*) FROM note GROUP BY title HAVING COUNT(*) >= 1 ORDER BY 1 LIMIT 1",
                1,
            ),
            (
                "SELECT COUNT(*) FROM (SELECT DISTINCT title FROM note) AS t",
                3,
            ),
            (
                "SELECT ROW_NUMBER() OVER (ORDER BY id DESC) FROM note ORDER BY 1 DESC LIMIT 1",
                3,
            ),
            (
                "SELECT COUNT(CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN 1 END)",
                0,
            ),
            (
                "SELECT COUNT(CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 1) THEN 1 END)",
                1,
            ),
        ] {
            assert_eq!(number(&acme, bed.sql(sql, [])).await, expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn r09_pages_and_streams_hold_one_tenant() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let pages = note::Entity::find()
            .order_by_asc(note::Column::Id)
            .paginate(&acme, 2);
        assert_eq!(
            pages.num_items_and_pages().await.unwrap().number_of_items,
            3
        );
        assert_eq!(pages.fetch_page(1).await.unwrap().len(), 1);
        let mut cursor = note::Entity::find().cursor_by(note::Column::Id);
        let after = cursor.after(1).first(10).all(&acme).await.unwrap();
        assert_eq!(after.iter().map(|note| note.id).collect::<Vec<_>>(), [3, 5]);
        let streamed: Vec<note::Model> = note::Entity::find()
            .stream(&acme)
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(streamed.len(), 3);
        let transaction = acme.begin().await.unwrap();
        let rows = transaction
            .stream_raw(bed.sql("SELECT id FROM note", []))
            .await
            .unwrap();
        assert_eq!(rows.try_collect::<Vec<_>>().await.unwrap().len(), 3);
        transaction.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r10_r11_r12_subqueries_set_operations_and_ctes_are_scoped_in_every_block() {
    on_every_backend(async |bed| {
        let mut cases = vec![
            ("SELECT (SELECT COUNT(*) FROM note)", 3),
            ("SELECT COUNT(*) FROM note WHERE id IN (SELECT id FROM note WHERE id = 2 UNION SELECT 1)", 1),
            ("SELECT COUNT(*) FROM (SELECT id FROM note UNION ALL SELECT id FROM author) AS u", 5),
            ("SELECT COUNT(*) FROM (SELECT id FROM note EXCEPT SELECT id FROM author) AS u", 1),
            ("SELECT COUNT(*) FROM (SELECT id FROM note INTERSECT SELECT id FROM author) AS u", 2),
            ("WITH n AS (SELECT * FROM note) SELECT COUNT(*) FROM n", 3),
            // A CTE named like a table shadows it, in its scope only.
            ("WITH author AS (SELECT 7 AS id) SELECT COUNT(*) + (SELECT COUNT(*) FROM note) FROM author", 4),
            ("SELECT COUNT(*) + (WITH author AS (SELECT 7 AS id) SELECT COUNT(*) FROM author) FROM author", 3),
            ("WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < (SELECT COUNT(*) FROM note)) SELECT COUNT(*) FROM up", 3),
        ];
        if bed.backend != DbBackend::MySql {
            cases.push(("SELECT COUNT(*) FROM note ORDER BY (SELECT COUNT(*) FROM author) LIMIT (SELECT 1)", 3));
        }
        for (sql, expected) in cases {
            assert_eq!(number(&bed.acme(), bed.sql(sql, [])).await, expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn r13_raw_sql_is_scoped_through_every_entry_point() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let all = || bed.sql("SELECT title, id FROM note ORDER BY id", []);
        assert_eq!(acme.query_all_raw(all()).await.unwrap().len(), 3);
        let first = acme
            .query_one_raw(bed.sql("SELECT title FROM note WHERE id = $1", [2.into()]))
            .await
            .unwrap();
        assert!(first.is_none());
        assert_eq!(
            JsonValue::find_by_statement(all())
                .all(&acme)
                .await
                .unwrap()
                .len(),
            3
        );
        let models = note::Entity::find()
            .from_raw_sql(bed.sql("SELECT * FROM note", []))
            .all(&acme)
            .await
            .unwrap();
        assert_eq!(models.len(), 3);
        let stream = acme.stream_raw(all()).await.unwrap();
        assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().len(), 3);
        let done = acme
            .execute_raw(bed.sql("UPDATE note SET body = $1", ["raw".into()]))
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 3);
        let done = acme
            .execute_unprepared("UPDATE note SET body = 'unprepared'")
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 3);
        let foreign = note::Entity::find()
            .filter(note::Column::TenantId.eq(GLOBEX))
            .all(&bed.owner)
            .await
            .unwrap();
        assert!(foreign.iter().all(|note| note.body.starts_with("body of")));
    })
    .await;
}

#[tokio::test]
async fn r13_odd_notations_are_scoped_or_refused() {
    on_every_backend(async |bed| {
        for sql in [
            "SELECT title FROM note -- WHERE tenant_id = 1",
            "SELECT title FROM note /* ; */ WHERE 1 = 1 OR 2 = 2",
            "SELECT/**/title\tFROM\r\n\"note\"",
            "SELECT title FROM note;",
            "SELECT title FROM note WHERE title <> '; DROP TABLE note; --'",
            "SELECT title FROM note WHERE body <> 'it''s'",
        ] {
            assert_eq!(
                titles(&bed.acme(), bed.sql(sql, [])).await,
                ["draft", "orphan", "plan"],
                "{sql}"
            );
        }
        for (sql, kind) in [
            (
                "SELECT 1; SELECT title FROM note",
                ErrorKind::MultipleStatements,
            ),
            ("SELECT 1; DELETE FROM note", ErrorKind::MultipleStatements),
            ("", ErrorKind::NotParsed),
            ("SELEC title FROM note", ErrorKind::NotParsed),
            ("SELECT 'unterminated FROM note", ErrorKind::NotParsed),
            ("DROP TABLE note", ErrorKind::Unsupported),
            ("CREATE TABLE mine (id INTEGER)", ErrorKind::Unsupported),
            (
                "ALTER TABLE note ADD COLUMN x INTEGER",
                ErrorKind::Unsupported,
            ),
            ("BEGIN", ErrorKind::Unsupported),
            ("COMMIT", ErrorKind::Unsupported),
            ("EXPLAIN SELECT * FROM note", ErrorKind::Unsupported),
            (
                "MERGE INTO note USING author ON 1 = 1 WHEN MATCHED THEN DELETE",
                ErrorKind::Unsupported,
            ),
        ] {
            bed.assert_refused(kind, bed.acme().execute_unprepared(sql))
                .await;
        }
        let of_dialect: &[&str] = match bed.backend {
            DbBackend::Sqlite => &[
                "PRAGMA table_list",
                "ATTACH DATABASE 'x' AS y",
                "REPLACE INTO note (id) VALUES (1)",
            ],
            DbBackend::MySql => &[
                "SET @tenant = 'x'",
                "TRUNCATE note",
                "LOCK TABLES note WRITE",
                "CALL p()",
                "SHOW TABLES",
                "USE mysql",
                "REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')",
                "LOAD DATA INFILE '/etc/passwd' INTO TABLE note",
                "SELECT title FROM note INTO OUTFILE '/tmp/x'",
                "HANDLER note OPEN",
                "DO SLEEP(1)",
                "SELECT @tenant",
                "SELECT @@version",
                "SELECT @@global.version",
                "SELECT title FROM note LIMIT @tenant",
                "SELECT (@tenant := title) FROM note",
                // What a backslash means is the server's setting.
                r"SELECT title FROM note WHERE title = 'x\' OR 1 = 1",
                r"SELECT title FROM note WHERE title = '\\' OR 1 = 1",
                r#"SELECT title FROM note WHERE title = "x""#,
            ],
            _ => &[
                "SET app.tenant_id = 'x'",
                "RESET ALL",
                "TRUNCATE note",
                "LOCK TABLE note",
                "CALL p()",
                "COPY note TO STDOUT",
                "SHOW search_path",
                "DEALLOCATE ALL",
                "PREPARE p AS SELECT 1",
                "LISTEN x",
            ],
        };
        for sql in of_dialect {
            let before = bed.snapshot().await;
            let error = bed.acme().execute_unprepared(sql).await.unwrap_err();
            assert!(
                Error::of(&error).is_some(),
                "{sql} reached the database: {error}"
            );
            assert_eq!(bed.snapshot().await, before);
        }
    })
    .await;
}

#[tokio::test]
async fn r14_names_fold_as_the_database_folds_them() {
    on_every_backend(async |bed| {
        for sql in [
            "SELECT title FROM NOTE",
            "SELECT title FROM Note AS N",
            "SELECT \"note\".\"title\" FROM \"note\"",
        ] {
            // Whether case counts is the server's setting, so that it counts here.
            if bed.backend == DbBackend::MySql && !sql.contains('"') {
                let renamed = bed.sql(sql, []);
                bed.assert_refused(ErrorKind::UnknownTable, bed.acme().query_all_raw(renamed))
                    .await;
                continue;
            }
            assert_eq!(
                titles(&bed.acme(), bed.sql(sql, [])).await.len(),
                3,
                "{sql}"
            );
        }
        match bed.backend {
            DbBackend::Sqlite => {
                for sql in [
                    "SELECT title FROM \"NOTE\"",
                    "SELECT title FROM [note]",
                    "SELECT title FROM `nOTE`",
                ] {
                    assert_eq!(
                        titles(&bed.acme(), bed.sql(sql, [])).await.len(),
                        3,
                        "{sql}"
                    );
                }
            }
            DbBackend::MySql => {
                let sql = "SELECT `TITLE` FROM `note` AS `N` WHERE `N`.`Id` > 0";
                assert_eq!(titles(&bed.acme(), bed.sql(sql, [])).await.len(), 3);
            }
            _ => {
                // A table of another name, and one of the same name in another schema.
                for sql in [
                    "CREATE TABLE \"NOTE\" AS SELECT * FROM note",
                    "CREATE SCHEMA other",
                    "CREATE TABLE other.note AS SELECT * FROM note",
                ] {
                    bed.owner.execute_unprepared(sql).await.unwrap();
                }
                let quoted = bed.sql("SELECT title FROM \"NOTE\"", []);
                bed.assert_refused(ErrorKind::UnknownTable, bed.acme().query_all_raw(quoted))
                    .await;
            }
        }
        // The database itself, on SQLite: nothing temporary stands before its tables there.
        let acme = bed.acme();
        let main = acme.query_all_raw(bed.sql("SELECT title FROM main.note", []));
        match bed.backend {
            DbBackend::Sqlite => assert_eq!(main.await.unwrap().len(), 3),
            _ => bed.assert_refused(ErrorKind::UnknownTable, main).await,
        }
        // Where PostgreSQL keeps what has no schema.
        let public = acme.query_all_raw(bed.sql("SELECT title FROM public.note", []));
        match bed.backend {
            DbBackend::Postgres => assert_eq!(public.await.unwrap().len(), 3),
            _ => bed.assert_refused(ErrorKind::UnknownTable, public).await,
        }
        for name in ["other.note", "temp.note"] {
            let sql = format!("SELECT title FROM {name}");
            bed.assert_refused(
                ErrorKind::UnknownTable,
                bed.acme().query_all_raw(bed.sql(&sql, [])),
            )
            .await;
        }
    })
    .await;
}

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
async fn r17_row_locks_are_scoped() {
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let transaction = bed.acme().begin().await.unwrap();
        let locked = note::Entity::find()
            .lock_exclusive()
            .all(&transaction)
            .await
            .unwrap();
        assert_eq!(locked.len(), 3);
        // The other tenant's rows are free: this would wait otherwise.
        let free = bed.sql("SELECT title FROM note FOR UPDATE NOWAIT", []);
        assert_eq!(titles(&bed.globex(), free).await.len(), 4);
        let taken = bed.sql("SELECT title FROM note FOR UPDATE SKIP LOCKED", []);
        assert_eq!(titles(&bed.acme(), taken).await.len(), 0);
        transaction.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r19_a_cached_plan_holds_no_tenant() {
    on_every_engine(async |bed| {
        let all = || bed.sql("SELECT title FROM note", []);
        for _ in 0..3 {
            assert_eq!(titles(&bed.acme(), all()).await.len(), 3);
            assert_eq!(titles(&bed.globex(), all()).await.len(), 4);
        }
        // Another catalog over the same connection has plans of its own.
        let shared = Catalog::builder()
            .reference::<note::Entity>()
            .build()
            .unwrap();
        let shared = TenantDatabase::new(bed.application.clone(), &shared).unwrap();
        assert_eq!(
            titles(&shared.scoped(&context(ACME)).unwrap(), all())
                .await
                .len(),
            7
        );
        assert_eq!(titles(&bed.acme(), all()).await.len(), 3);
        // So has another authority.
        let write = || {
            country::Entity::insert(
                country::Model {
                    id: 9,
                    code: "FR".into(),
                }
                .into_active_model(),
            )
        };
        write().exec(&bed.scoped(testbed::PLATFORM)).await.unwrap();
        bed.assert_refused(ErrorKind::ReadOnlyTable, write().exec(&bed.acme()))
            .await;
    })
    .await;
}

#[tokio::test]
async fn r19_two_tenants_at_once_keep_to_their_own() {
    on_every_backend(async |bed| {
        let reader = async |db: ScopedConnection, tenant: Uuid, expected: usize| {
            for _ in 0..50 {
                let notes = note::Entity::find().all(&db).await.unwrap();
                assert_eq!(notes.len(), expected);
                assert!(notes.iter().all(|note| note.tenant_id == tenant));
            }
        };
        tokio::join!(reader(bed.acme(), ACME, 3), reader(bed.globex(), GLOBEX, 4));
    })
    .await;
}

#[tokio::test]
async fn r23_a_user_expression_does_not_fail_on_another_tenants_value() {
    on_every_backend(async |bed| {
        // GLOBEX's notes of even id: dividing by zero on PostgreSQL, if it were evaluated for them.
        let sql = "SELECT title FROM note WHERE 10 / (id % 2) > 0";
        assert_eq!(titles(&bed.acme(), bed.sql(sql, [])).await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn placeholders_must_fit_the_values() {
    on_every_backend(async |bed| {
        let sql = "SELECT title FROM note WHERE id = $1 AND score = $2";
        for values in [
            vec![],
            vec![1.into()],
            vec![1.into(), 10.into(), GLOBEX.into()],
        ] {
            bed.assert_refused(
                ErrorKind::Parameters,
                bed.acme().query_all_raw(bed.sql(sql, values)),
            )
            .await;
        }
        assert_eq!(
            titles(&bed.acme(), bed.sql(sql, [1.into(), 10.into()])).await,
            ["plan"]
        );
    })
    .await;
}
