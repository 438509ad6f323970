//! Escapes R13 and R22: every way in which a statement reaches a connection, and what
//! comes back when it must not.

use futures_util::TryStreamExt;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, JsonValue, PaginatorTrait,
    QueryTrait, Statement, StreamTrait, TransactionOptions, TransactionTrait,
    sea_query::{Expr, ExprTrait, Query},
};
use tenancy_seaorm::{Error, ErrorKind};
use testbed::{Testbed, note, on_every_backend};

/// The number of rows that each entry point reads or writes.
async fn reached(
    bed: &Testbed,
    db: &(impl ConnectionTrait + StreamTrait),
) -> Vec<(&'static str, u64)> {
    let all = || bed.sql("SELECT id, title FROM note", []);
    let count = || bed.sql("SELECT COUNT(*) AS many FROM note", []);
    let select = note::Entity::find().into_query();
    let counting = Query::select()
        .expr(Expr::col(note::Column::Id).count())
        .from(note::Entity)
        .to_owned();
    let update = Query::update()
        .table(note::Entity)
        .value(note::Column::Body, "built")
        .to_owned();
    let first = |row: Option<sea_orm::QueryResult>| {
        let many: i64 = row.unwrap().try_get_by_index(0).unwrap();
        u64::try_from(many).unwrap()
    };
    let many = |rows: usize| u64::try_from(rows).unwrap();
    let write = bed.sql("UPDATE note SET body = $1", ["raw".into()]);
    vec![
        (
            "query_all_raw",
            many(db.query_all_raw(all()).await.unwrap().len()),
        ),
        (
            "query_all",
            many(db.query_all(&select).await.unwrap().len()),
        ),
        (
            "query_one_raw",
            first(db.query_one_raw(count()).await.unwrap()),
        ),
        ("query_one", first(db.query_one(&counting).await.unwrap())),
        (
            "stream_raw",
            many(
                db.stream_raw(all())
                    .await
                    .unwrap()
                    .try_collect::<Vec<_>>()
                    .await
                    .unwrap()
                    .len(),
            ),
        ),
        (
            "stream",
            many(
                db.stream(&select)
                    .await
                    .unwrap()
                    .try_collect::<Vec<_>>()
                    .await
                    .unwrap()
                    .len(),
            ),
        ),
        (
            "execute_raw",
            db.execute_raw(write).await.unwrap().rows_affected(),
        ),
        (
            "execute",
            db.execute(&update).await.unwrap().rows_affected(),
        ),
        (
            "execute_unprepared",
            db.execute_unprepared("UPDATE note SET body = 'text'")
                .await
                .unwrap()
                .rows_affected(),
        ),
        (
            "from_raw_sql",
            many(
                note::Entity::find()
                    .from_raw_sql(bed.sql("SELECT * FROM note", []))
                    .all(db)
                    .await
                    .unwrap()
                    .len(),
            ),
        ),
        (
            "paginate",
            note::Entity::find()
                .from_raw_sql(all())
                .paginate(db, 2)
                .num_items()
                .await
                .unwrap(),
        ),
        (
            "find_by_statement",
            many(
                JsonValue::find_by_statement(all())
                    .all(db)
                    .await
                    .unwrap()
                    .len(),
            ),
        ),
        (
            "into_json",
            many(
                note::Entity::find()
                    .into_json()
                    .all(db)
                    .await
                    .unwrap()
                    .len(),
            ),
        ),
        (
            "all",
            many(note::Entity::find().all(db).await.unwrap().len()),
        ),
    ]
}

/// What each entry point makes of a statement that must not run.
async fn refused(db: &(impl ConnectionTrait + StreamTrait), sql: &str) -> Vec<Option<ErrorKind>> {
    let statement = || Statement::from_string(ConnectionTrait::get_database_backend(db), sql);
    let kind = |error: Option<DbErr>| error.as_ref().and_then(Error::of).map(Error::kind);
    vec![
        kind(db.query_all_raw(statement()).await.err()),
        kind(db.query_one_raw(statement()).await.err()),
        kind(db.stream_raw(statement()).await.err()),
        kind(db.execute_raw(statement()).await.err()),
        kind(db.execute_unprepared(sql).await.err()),
        kind(
            JsonValue::find_by_statement(statement())
                .all(db)
                .await
                .err(),
        ),
    ]
}

async fn assert_scoped(bed: &Testbed, db: &(impl ConnectionTrait + StreamTrait)) {
    for (entry, rows) in reached(bed, db).await {
        assert_eq!(rows, 3, "{entry}");
    }
    for (sql, kind) in [
        ("SELECT * FROM ledger", ErrorKind::UnknownTable),
        ("SELECT 1; DELETE FROM note", ErrorKind::MultipleStatements),
        ("DROP TABLE note", ErrorKind::Unsupported),
        ("SELECT id FROM note WHERE", ErrorKind::NotParsed),
    ] {
        for found in refused(db, sql).await {
            assert_eq!(found, Some(kind), "{sql}");
        }
    }
}

#[tokio::test]
async fn r13_every_entry_point_of_connections_and_transactions_is_scoped() {
    on_every_backend(async |bed| {
        // The positive control: there is more to be had.
        let plain = bed.owner.begin().await.unwrap();
        for (entry, rows) in reached(bed, &plain).await {
            assert_eq!(rows, 7, "{entry}");
        }
        plain.rollback().await.unwrap();

        let acme = bed.acme();
        assert_scoped(bed, &acme).await;
        let outer = acme.begin().await.unwrap();
        assert_scoped(bed, &outer).await;
        let inner = outer.begin().await.unwrap();
        assert_scoped(bed, &inner).await;
        let innermost = inner
            .begin_with_options(TransactionOptions::default())
            .await
            .unwrap();
        assert_scoped(bed, &innermost).await;
        innermost.commit().await.unwrap();
        inner.rollback().await.unwrap();
        outer.commit().await.unwrap();
        let configured = acme.begin_with_config(None, None).await.unwrap();
        assert_scoped(bed, &configured).await;
        configured.rollback().await.unwrap();
        acme.transaction_async(async |transaction| {
            assert_scoped(bed, transaction).await;
            Ok::<_, DbErr>(())
        })
        .await
        .unwrap();
        let counted = acme.transaction(|transaction| {
            Box::pin(async move { note::Entity::find().count(transaction).await })
        });
        assert_eq!(counted.await.unwrap(), 3);
        let theirs = note::Entity::find().all(&bed.globex()).await.unwrap();
        assert!(theirs.iter().all(|note| note.body.starts_with("body of")));
    })
    .await;
}

#[tokio::test]
async fn r22_explanations_are_refused_and_refusals_say_nothing() {
    on_every_backend(async |bed| {
        for sql in [
            "EXPLAIN SELECT * FROM note",
            "EXPLAIN ANALYZE SELECT * FROM note",
            "EXPLAIN QUERY PLAN SELECT * FROM note",
            "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM note",
            "EXPLAIN FORMAT=JSON SELECT * FROM note",
            "DESCRIBE note",
            "DESC note",
            "ANALYZE note",
            "SHOW CREATE TABLE note",
            "SHOW WARNINGS",
        ] {
            let error = bed.acme().query_all_raw(bed.sql(sql, [])).await.unwrap_err();
            let kind = Error::of(&error).map(Error::kind);
            assert!(matches!(kind, Some(ErrorKind::Unsupported | ErrorKind::NotParsed)), "{sql}: {error}");
        }
        for sql in [
            "SELECT 'hunter2' FROM ledger",
            "SELECT pg_sleep('hunter2')",
            "INSERT INTO note (tenant_id, title) VALUES ('hunter2', 'hunter2')",
            "UPDATE country SET code = 'hunter2'",
            "SELECT 'hunter2'; SELECT 1",
            "SELEC 'hunter2'",
        ] {
            let error = bed.acme().execute_unprepared(sql).await.unwrap_err();
            let refusal = Error::of(&error).unwrap_or_else(|| panic!("{sql}: {error}"));
            assert!(!format!("{error} {error:?} {refusal:?}").contains("hunter2"), "{error}");
            let problem = format!("{:?}", refusal.problem());
            for word in ["hunter2", "ledger", "note", "country", "SELE", "pg_sleep"] {
                assert!(!problem.contains(word), "{problem}");
            }
        }
        // An error of the database's own shows the tenant's value, which was not the first in the
        // table.
        if bed.backend == DbBackend::Postgres {
            for (tenant, shown, hidden) in [(bed.globex(), "crossing", "orphan"), (bed.acme(), "orphan", "crossing")] {
                let sql = format!("SELECT CAST(title AS integer) FROM note WHERE title IN ('crossing', 'orphan') AND score <> {}", if shown == "crossing" { 30 } else { 0 });
                let error = tenant.query_all_raw(bed.sql(&sql, [])).await.unwrap_err();
                assert!(error.to_string().contains(shown), "{error}");
                assert!(!error.to_string().contains(hidden), "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn r13_a_statement_that_was_built_for_another_database_is_refused() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let built_for = |backend| Statement::from_string(backend, "SELECT id FROM note");
        for backend in [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql] {
            let outcome = acme.query_all_raw(built_for(backend)).await;
            if backend == bed.backend {
                assert_eq!(outcome.unwrap().len(), 3);
            } else {
                let error = outcome.unwrap_err();
                let kind = Error::of(&error).map(Error::kind);
                assert_eq!(kind, Some(ErrorKind::Incompatible), "{backend:?}");
            }
        }
    })
    .await;
}
