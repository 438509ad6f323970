//! W05, W06 and R12: updates and deletes of many rows, beside other tables and in common table
//! expressions, and assignments to the tenant column.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter,
    Set, Unchanged, sea_query::Expr,
};
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, GLOBEX, execute_beside_globex, note, on_every_backend};

#[tokio::test]
async fn w05_the_tenant_column_cannot_be_assigned() {
    on_every_backend(async |bed| {
        let acme = bed.acme();
        let moved = note::ActiveModel {
            id: Unchanged(1),
            tenant_id: Set(GLOBEX),
            ..Default::default()
        };
        bed.assert_refused(ErrorKind::ForeignTenant, moved.update(&acme))
            .await;
        for value in [
            Expr::val(GLOBEX),
            Expr::col(note::Column::TenantId),
            Expr::val(1).add(1),
        ] {
            let first = note::Entity::update_many()
                .col_expr(note::Column::TenantId, value.clone())
                .filter(note::Column::Id.eq(1));
            bed.assert_refused(ErrorKind::ForeignTenant, first.exec(&acme))
                .await;
            let last = note::Entity::update_many()
                .filter(note::Column::Id.eq(1))
                .col_expr(note::Column::Title, Expr::val("x"))
                .col_expr(note::Column::TenantId, value);
            bed.assert_refused(ErrorKind::ForeignTenant, last.exec(&acme))
                .await;
        }
        for sql in [
            "UPDATE note SET tenant_id = (SELECT tenant_id FROM author LIMIT 1)",
            "UPDATE note SET tenant_id = NULL",
            "UPDATE note SET title = 'x', tenant_id = tenant_id",
        ] {
            bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_unprepared(sql))
                .await;
        }
        let row = "UPDATE note SET (title, tenant_id) = ('x', 'y')";
        bed.assert_refused(ErrorKind::Unsupported, acme.execute_unprepared(row))
            .await;
        let null = bed.sql(
            "UPDATE note SET tenant_id = $1",
            [sea_orm::Value::Uuid(None)],
        );
        bed.assert_refused(ErrorKind::ForeignTenant, acme.execute_raw(null))
            .await;
        // Its own tenant is no change.
        let same = note::ActiveModel {
            id: Unchanged(1),
            tenant_id: Set(ACME),
            title: Set("same".into()),
            ..Default::default()
        };
        assert_eq!(same.update(&acme).await.unwrap().title, "same");
    })
    .await;
}

#[tokio::test]
async fn w06_bulk_writes_touch_one_tenant() {
    on_every_backend(async |bed| {
        let theirs = async || {
            note::Entity::find()
                .filter(note::Column::TenantId.eq(GLOBEX))
                .all(&bed.owner)
                .await
                .unwrap()
        };
        let before = theirs().await;
        let acme = bed.acme();
        let all = note::Entity::update_many().col_expr(note::Column::Body, Expr::val("bulk"));
        assert_eq!(all.exec(&acme).await.unwrap().rows_affected, 3);
        let either = "UPDATE note SET score = 1 WHERE id = 1 OR id = 2 OR 1 = 1";
        assert_eq!(
            acme.execute_unprepared(either)
                .await
                .unwrap()
                .rows_affected(),
            3
        );
        let inner = match bed.backend {
            DbBackend::MySql => "DELETE FROM note ORDER BY id LIMIT 2",
            _ => "DELETE FROM note WHERE id IN (SELECT id FROM note ORDER BY id LIMIT 2)",
        };
        assert_eq!(
            acme.execute_unprepared(inner)
                .await
                .unwrap()
                .rows_affected(),
            2
        );
        assert_eq!(
            note::Entity::delete_many()
                .exec(&acme)
                .await
                .unwrap()
                .rows_affected,
            1
        );
        assert_eq!(theirs().await, before);
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
            assert_eq!(execute_beside_globex(bed, &acme, sql).await.unwrap(), rows, "{sql}");
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
