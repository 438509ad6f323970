//! Escapes W02, W03, W06, R12 and R17: writes that read other tables, and writes that meet other
//! rows.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, QuerySelect, Set,
    TransactionTrait, TryInsertResult, sea_query::OnConflict,
};
use tenancy_seaorm::{Error, ErrorKind, ScopedConnection};
use testbed::{ACME, GLOBEX, Testbed, country, note, on_every_backend, on_every_engine};

/// Runs a statement that is not refused, and requires that another tenant's rows stay as they are.
async fn run(bed: &Testbed, db: &ScopedConnection, sql: &str) -> Result<u64, DbErr> {
    let before = bed.rows_of(GLOBEX).await;
    let done = db.execute_unprepared(sql).await;
    if let Err(error) = &done {
        assert!(Error::of(error).is_none(), "{sql}: {error}");
    }
    assert_eq!(bed.rows_of(GLOBEX).await, before, "{sql}");
    done.map(|done| done.rows_affected())
}

async fn title_of(bed: &Testbed, id: i64) -> Option<(uuid::Uuid, String)> {
    let note = note::Entity::find_by_id(id).one(&bed.owner).await.unwrap();
    note.map(|note| (note.tenant_id, note.title))
}

fn with_id(id: i64, title: &str) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        ..testbed::new_note(title)
    }
}

#[tokio::test]
async fn w02_insert_from_a_query_is_stamped_and_reads_the_tenants_rows() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        for (sql, rows) in [
            ("INSERT INTO note (title, body) SELECT title, 'copy' FROM note WHERE body <> 'copy' OR 1 = 1", 3),
            ("INSERT INTO note (title, body) SELECT DISTINCT name, 'copy' FROM author", 2),
            ("INSERT INTO note (title, body) SELECT code, 'copy' FROM country UNION ALL SELECT name, 'copy' FROM author", 3),
            ("INSERT INTO note (title, body) WITH a AS (SELECT name FROM author) SELECT name, 'copy' FROM a", 2),
            ("WITH a AS (SELECT name FROM author) INSERT INTO note (title, body) SELECT name, 'copy' FROM a", 2),
            ("INSERT INTO note (title, body) SELECT a.name, 'copy' FROM author a LEFT JOIN note n ON n.author_id = a.id GROUP BY a.name", 2),
            ("INSERT INTO note (title, body) SELECT * FROM (SELECT name, 'copy' FROM author) AS a ORDER BY 1 LIMIT 1", 1),
            // The caller names the tenant column, and what it yields is the tenant.
            ("INSERT INTO note (tenant_id, title, body) SELECT tenant_id, name, 'copy' FROM author", 2),
            ("INSERT INTO note (title, body, tenant_id) SELECT n.title, 'copy', a.tenant_id FROM note n JOIN author a ON a.id = n.author_id AND n.body <> 'copy'", 2),
        ] {
            let before = note::Entity::find().count(&acme).await.unwrap();
            // MySQL has the clause before the query only.
            if bed.backend == DbBackend::MySql && sql.starts_with("WITH") {
                continue;
            }
            assert_eq!(run(bed, &acme, sql).await.unwrap(), rows, "{sql}");
            assert_eq!(note::Entity::find().count(&acme).await.unwrap(), before + rows, "{sql}");
            acme.execute_unprepared("DELETE FROM note WHERE body = 'copy'").await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn w02_insert_from_a_query_that_may_yield_another_tenant_is_refused() {
    on_every_backend(async |bed| {
        for sql in [
            "INSERT INTO note (tenant_id, title, body) SELECT title, title, body FROM note",
            "INSERT INTO note (tenant_id, title, body) SELECT name, title, body FROM note n JOIN (SELECT 'x' AS name) AS d ON 1 = 1",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM (SELECT 1 AS tenant_id) AS d",
            "INSERT INTO note (tenant_id, title, body) SELECT d.tenant_id, 'x', 'y' FROM note n JOIN (SELECT 1 AS tenant_id) AS d ON 1 = 1",
            // Outer joins and ROLLUP yield nulls, which are nobody's.
            "INSERT INTO note (tenant_id, title, body) SELECT a.tenant_id, n.title, n.body FROM note n LEFT JOIN author a ON 1 = 0",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note GROUP BY tenant_id",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note UNION SELECT tenant_id, 'x', 'y' FROM author",
            "INSERT INTO note (tenant_id, title, body) SELECT tenant_id + 1, 'x', 'y' FROM note",
        ] {
            bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(sql)).await;
        }
        for sql in [
            // A table of that name that is none.
            "INSERT INTO note (tenant_id, title, body) WITH note AS (SELECT 1 AS tenant_id) SELECT tenant_id, 'x', 'y' FROM note",
            "INSERT INTO note (tenant_id, title, body) SELECT * FROM note",
            "INSERT INTO note SELECT * FROM note",
        ] {
            bed.assert_refused(ErrorKind::Unsupported, bed.acme().execute_unprepared(sql)).await;
        }
        let sql = "WITH note AS (SELECT 1 AS tenant_id) INSERT INTO note (tenant_id, title, body) SELECT tenant_id, 'x', 'y' FROM note";
        bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(sql)).await;
        let foreign = format!("INSERT INTO note (tenant_id, title, body) SELECT '{GLOBEX}', title, body FROM note");
        bed.assert_refused(ErrorKind::ForeignTenant, bed.acme().execute_unprepared(&foreign)).await;
        let own = format!("INSERT INTO note (tenant_id, title, body) SELECT '{ACME}', title, body FROM note");
        assert_eq!(run(bed, &bed.acme(), &own).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn w03_an_upsert_leaves_another_tenants_row_and_says_so() {
    on_every_engine(async |bed| {
        let acme = bed.acme();
        let theirs = title_of(bed, 2).await;
        let take_over = || {
            OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::Body])
                .to_owned()
        };
        // With the tenant column among those that are updated, as a whole model is saved.
        let everything = || {
            OnConflict::column(note::Column::Id)
                .update_columns([note::Column::Title, note::Column::TenantId])
                .to_owned()
        };
        for (on_conflict, title) in [(take_over(), "taken over"), (everything(), "taken again")] {
            let insert =
                |id| note::Entity::insert(with_id(id, title)).on_conflict(on_conflict.clone());
            assert_eq!(
                insert(2).exec(&acme).await.unwrap_err(),
                DbErr::RecordNotInserted
            );
            assert!(insert(2).exec_with_returning(&acme).await.is_err());
            // MySQL has no condition for an upsert: the statement fails.
            let touched = insert(2).exec_without_returning(&acme).await;
            match bed.backend {
                DbBackend::MySql => assert_eq!(touched, Err(DbErr::RecordNotInserted)),
                _ => assert_eq!(touched, Ok(0)),
            }
            assert_eq!(title_of(bed, 2).await, theirs);
            // One's own row is taken over, and a row that is not there is inserted.
            insert(1).exec(&acme).await.unwrap();
            assert_eq!(title_of(bed, 1).await, Some((ACME, title.into())));
            insert(700).exec(&acme).await.unwrap();
            assert_eq!(title_of(bed, 700).await, Some((ACME, title.into())));
            note::Entity::delete_by_id(700).exec(&acme).await.unwrap();
        }
        let nothing =
            note::Entity::insert(with_id(2, "new")).on_conflict_do_nothing_on([note::Column::Id]);
        assert!(matches!(
            nothing.exec(&acme).await,
            Ok(TryInsertResult::Conflicted)
        ));
        let some = note::Entity::insert_many([
            with_id(1, "mine"),
            with_id(2, "theirs"),
            with_id(701, "new"),
        ]);
        let touched = some
            .on_conflict(take_over())
            .exec_without_returning(&acme)
            .await;
        assert_eq!(title_of(bed, 2).await, theirs);
        match bed.backend {
            // All rows or none.
            DbBackend::MySql => {
                assert_eq!(touched, Err(DbErr::RecordNotInserted));
                assert_eq!(title_of(bed, 701).await, None);
            }
            _ => {
                assert_eq!(touched, Ok(2));
                assert_eq!(title_of(bed, 1).await, Some((ACME, "mine".into())));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn w03_conflict_clauses_in_raw_sql_are_scoped_or_refused() {
    on_every_engine(async |bed| {
        if bed.backend == DbBackend::MySql {
            return; // has others: tests/mysql.rs
        }
        let acme = bed.acme();
        let mut cases = vec![
            ("INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE 1 = 1 OR note.id = 2", 0),
            ("INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT DO NOTHING", 0),
            ("INSERT INTO note (id, title, body) SELECT n.id, 'again', n.body FROM note n WHERE 1 = 1 ON CONFLICT (id) DO UPDATE SET title = excluded.title", 3),
            ("INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET score = (SELECT COUNT(*) FROM note)", 1),
        ];
        // The parser reads an alias on PostgreSQL only.
        if bed.backend == DbBackend::Postgres {
            cases.extend([
                ("INSERT INTO note AS n (id, title, body) VALUES (2, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = n.title || excluded.title", 0),
                ("INSERT INTO note AS n (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = n.title || excluded.title", 1),
            ]);
        }
        for (sql, rows) in cases {
            assert_eq!(run(bed, &acme, sql).await.unwrap(), rows, "{sql}");
        }
        let note = note::Entity::find_by_id(1).one(&acme).await.unwrap().unwrap();
        assert_eq!(note.score, Some(3));
        assert!(note.title.starts_with("again"), "{note:?}");
        let mut refused = vec![
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.title",
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = note.tenant_id",
            "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON CONFLICT (id) DO UPDATE SET tenant_id = (SELECT tenant_id FROM note LIMIT 1)",
        ];
        for sql in refused.drain(..) {
            bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_unprepared(sql)).await;
        }
        if bed.backend == DbBackend::Sqlite {
            let ignore = "INSERT OR IGNORE INTO note (id, title, body) VALUES (2, 'x', 'y')";
            assert_eq!(run(bed, &acme, ignore).await.unwrap(), 0);
            for sql in ["INSERT OR REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')", "REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')"] {
                bed.assert_refused(ErrorKind::Unsupported, acme.execute_unprepared(sql)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn w06_writes_beside_other_tables_touch_one_tenant() {
    on_every_backend(async |bed| {
        if bed.backend == DbBackend::MySql {
            return; // has others: tests/mysql.rs
        }
        let acme = bed.acme();
        let mut cases = vec![
            ("UPDATE note SET score = 5 FROM author WHERE author.id = note.author_id", 2),
            ("UPDATE note AS n SET title = a.name FROM author a, country c WHERE a.id = n.author_id OR 1 = 1", 3),
            ("UPDATE note SET score = 6 FROM author a JOIN author b ON a.id = b.id LEFT JOIN note m ON m.author_id = a.id WHERE a.id = note.author_id", 2),
            ("WITH a AS (SELECT id FROM author) UPDATE note SET score = 7 FROM a WHERE a.id = note.author_id", 2),
            ("WITH a AS (SELECT id FROM author) DELETE FROM note WHERE author_id IN (SELECT id FROM a) AND title = 'draft'", 0),
        ];
        if bed.backend == DbBackend::Postgres {
            cases.push(("DELETE FROM note USING author a WHERE a.id = note.author_id AND note.id = 3", 1));
            cases.push(("DELETE FROM note n USING author a JOIN country c ON 1 = 1 WHERE 1 = 1 OR a.id = n.id", 2));
        } else {
            cases.push(("DELETE FROM note WHERE id IN (SELECT id FROM note ORDER BY id LIMIT 2)", 2));
        }
        for (sql, rows) in cases {
            assert_eq!(run(bed, &acme, sql).await.unwrap(), rows, "{sql}");
        }
        // The crossing note of globex points at acme's author, and must not be reached through it.
        let globex = bed.globex();
        let crossing = "UPDATE note SET score = 9 FROM author WHERE author.id = note.author_id AND note.id = 100";
        assert_eq!(globex.execute_unprepared(crossing).await.unwrap().rows_affected(), 0);
        for sql in [
            "UPDATE note SET tenant_id = author.tenant_id FROM author",
            "UPDATE note SET tenant_id = a.id FROM author a",
        ] {
            bed.assert_refused(ErrorKind::ForeignTenant, globex.execute_unprepared(sql)).await;
        }
        for sql in [
            "UPDATE note SET score = 1 FROM ledger WHERE ledger.id = note.id",
            "UPDATE ledger SET amount = 1 FROM note WHERE ledger.id = note.id",
        ] {
            bed.assert_refused(ErrorKind::UnknownTable, globex.execute_unprepared(sql)).await;
        }
        let same_name = "UPDATE note SET score = 1 FROM author note WHERE 1 = 1";
        bed.assert_refused(ErrorKind::Unsupported, globex.execute_unprepared(same_name)).await;
        let reference = "UPDATE country SET code = note.title FROM note";
        bed.assert_refused(ErrorKind::ReadOnlyTable, globex.execute_unprepared(reference)).await;
    })
    .await;
}

#[tokio::test]
async fn r12_common_table_expressions_that_write_are_scoped() {
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let acme = bed.acme();
        let count = async |sql: &str| acme.query_all_raw(bed.sql(sql, [])).await.unwrap().len();
        let before = bed.rows_of(GLOBEX).await;
        assert_eq!(count("WITH u AS (UPDATE note SET score = 1 RETURNING id) SELECT * FROM u").await, 3);
        assert_eq!(count("WITH i AS (INSERT INTO note (title, body) SELECT name, 'copy' FROM author RETURNING *) SELECT * FROM i").await, 2);
        assert_eq!(count("WITH d AS (DELETE FROM note WHERE body = 'copy' OR 1 = 0 RETURNING id), e AS (SELECT 1 FROM d) SELECT * FROM e").await, 2);
        assert_eq!(count("WITH moved AS (DELETE FROM note WHERE id = 5 RETURNING title) INSERT INTO note (title, body) SELECT title, 'moved' FROM moved RETURNING id").await, 1);
        assert_eq!(bed.rows_of(GLOBEX).await, before);
        for (kind, sql) in [
            (ErrorKind::ForeignTenant, "WITH u AS (UPDATE note SET tenant_id = gen_random_uuid() RETURNING id) SELECT * FROM u"),
            (ErrorKind::UnknownTable, "WITH u AS (DELETE FROM ledger RETURNING id) SELECT * FROM u"),
            (ErrorKind::ReadOnlyTable, "WITH u AS (DELETE FROM country RETURNING id) SELECT * FROM u"),
        ] {
            bed.assert_refused(kind, acme.execute_unprepared(sql)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn r17_a_tenant_does_not_lock_shared_rows() {
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Postgres {
            return;
        }
        let acme = bed.acme();
        bed.assert_refused(ErrorKind::ReadOnlyTable, country::Entity::find().lock_exclusive().all(&acme)).await;
        for sql in [
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR UPDATE",
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR SHARE OF c",
            "SELECT 1 FROM note n JOIN country c ON c.id = n.id FOR UPDATE OF n FOR SHARE OF c",
            "SELECT 1 FROM (SELECT * FROM country) AS d FOR UPDATE",
            "SELECT 1 FROM note n JOIN (SELECT * FROM country) AS d ON 1 = 1 FOR UPDATE OF d",
            "SELECT 1 FROM note n JOIN (note m JOIN country c ON 1 = 1) ON 1 = 1 FOR UPDATE",
            "SELECT 1 FROM note WHERE id IN (SELECT id FROM country FOR UPDATE)",
        ] {
            bed.assert_refused(ErrorKind::ReadOnlyTable, acme.execute_unprepared(sql)).await;
        }
        let transaction = bed.owner.begin().await.unwrap();
        transaction.execute_unprepared("LOCK TABLE country IN SHARE MODE").await.unwrap();
        for (sql, rows) in [
            ("SELECT n.id FROM note n JOIN country c ON 1 = 1 FOR UPDATE OF n NOWAIT", 3),
            ("SELECT n.id FROM note n WHERE 1 IN (SELECT id FROM country) FOR UPDATE NOWAIT", 3),
            ("WITH c AS (SELECT id FROM country) SELECT n.id FROM note n, c FOR UPDATE OF n NOWAIT", 3),
        ] {
            assert_eq!(acme.query_all_raw(bed.sql(sql, [])).await.unwrap().len(), rows, "{sql}");
        }
        transaction.rollback().await.unwrap();
        // The platform may.
        let platform = bed.scoped(testbed::PLATFORM);
        country::Entity::find().lock_exclusive().all(&platform).await.unwrap();
    })
    .await;
}
