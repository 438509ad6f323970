//! R13: raw SQL in every notation, and its placeholders.

use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, JsonValue, QueryFilter,
    StreamTrait,
};
use tenancy_seaorm::{Error, ErrorKind, ScopedConnection};
use testbed::{GLOBEX, note, on_every_backend, titles};

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

#[tokio::test]
async fn r13_strings_of_every_notation_stay_strings() {
    on_every_backend(async |bed| {
        let titles =
            async |db: &ScopedConnection, sql: &str| db.query_all_raw(bed.sql(sql, [])).await;
        let of_engine: &[&str] = match bed.backend {
            DbBackend::Postgres => &[
                "SELECT title FROM note WHERE body <> $$' OR 1 = 1 -- $$",
                "SELECT title FROM note WHERE body <> $q$ $$ ; DELETE FROM note $q$",
                r"SELECT title FROM note WHERE body <> E'\' OR 1 = 1 --'",
                r"SELECT title FROM note WHERE body <> 'a\'",
                "SELECT title FROM note WHERE body <> 'a' /* /* nested */ OR 1 = 1 */",
                "SELECT title FROM note WHERE body <> 'a'\u{a0}",
            ],
            DbBackend::Sqlite => &[
                r"SELECT title FROM note WHERE body <> 'a\'",
                "SELECT [title] FROM `note` WHERE \"body\" <> 'x'",
                "SELECT title FROM note WHERE body <> x'27'",
            ],
            _ => &[
                "SELECT title FROM note WHERE body <> x'27'",
                "SELECT `title` FROM `note` WHERE body <> '''' -- '",
                "SELECT title FROM note WHERE body <> '/*' AND title <> '*/ OR 1 = 1 --'",
            ],
        };
        let everywhere = [
            "SELECT title FROM note WHERE body <> ''''",
            "SELECT title FROM note WHERE body <> '''' OR title = ''' OR ''1'' = ''1'",
            "\u{9}\u{a}\u{d}SELECT\u{c}title\u{b}FROM note",
            "sElEcT title fRoM note wHeRe body <> ';'",
        ];
        for sql in everywhere.iter().chain(of_engine) {
            match titles(&bed.acme(), sql).await {
                Ok(rows) => assert_eq!(rows.len(), 3, "{sql}"),
                // White space that is none to every engine.
                Err(error) => assert_eq!(
                    Error::of(&error).map(Error::kind),
                    Some(ErrorKind::Unsupported),
                    "{sql}: {error}"
                ),
            }
        }
        assert_eq!(titles(&bed.acme(), everywhere[0]).await.unwrap().len(), 3);
    })
    .await;
}
