//! What only MySQL and MariaDB say: their upserts, writes to several tables, limits, variables and
//! collations.

use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PaginatorTrait, Schema, Set,
};
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{Catalog, ErrorKind, TenantDatabase};
use testbed::{ACME, GLOBEX, Testbed, note};

async fn on_mysql(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::MySql, test).await;
}

/// Runs statements as acme, each with the number of rows that the server counts, and requires that
/// globex's rows stay.
async fn run(bed: &Testbed, cases: &[(&str, u64)]) {
    let acme = bed.acme();
    let before = bed.rows_of(GLOBEX).await;
    for (sql, rows) in cases {
        let done = acme.execute_unprepared(sql).await;
        let done = done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(done.rows_affected(), *rows, "{sql}");
        assert_eq!(bed.rows_of(GLOBEX).await, before, "{sql}");
    }
}

async fn refuse(bed: &Testbed, kind: ErrorKind, statements: &[&str]) {
    for sql in statements {
        bed.assert_refused(kind, bed.acme().execute_unprepared(sql))
            .await;
    }
}

#[tokio::test]
async fn w03_on_duplicate_key_update_changes_ones_own_row_only() {
    on_mysql(async |bed| {
        run(
            bed,
            &[
                // Two for a row that is updated, one for a new row.
                ("INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON DUPLICATE KEY UPDATE title = VALUES(title)", 2),
                ("INSERT INTO note (id, title, body) VALUES (3, 'x', 'y'), (800, 'x', 'y') ON DUPLICATE KEY UPDATE body = 'counted'", 3),
                ("INSERT INTO note (id, title, body) SELECT n.id, 'again', n.body FROM note n WHERE n.id = 3 ON DUPLICATE KEY UPDATE title = 'again'", 2),
                ("INSERT IGNORE INTO note (id, title, body) VALUES (2, 'x', 'y')", 0),
                ("INSERT INTO note SET id = 801, title = 'set', body = 'y'", 1),
            ],
        )
        .await;
        // On another tenant's row the statement fails.
        for sql in [
            "INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON DUPLICATE KEY UPDATE title = VALUES(title), body = VALUES(body)",
            "INSERT INTO note (id, tenant_id, title, body) VALUES (2, NULL, 'x', 'y') ON DUPLICATE KEY UPDATE tenant_id = VALUES(tenant_id), title = VALUES(title)",
            "INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON DUPLICATE KEY UPDATE id = id",
            "INSERT INTO note (id, title, body) VALUES (2, 'x', 'y') ON DUPLICATE KEY UPDATE title = VALUES(title), body = 'taken over'",
            "INSERT INTO note (id, title, body) VALUES (2, 'x', 'y'), (802, 'x', 'y') ON DUPLICATE KEY UPDATE score = score + 1",
            "INSERT INTO note (id, title, body) VALUES (802, 'x', 'y'), (2, 'x', 'y') ON DUPLICATE KEY UPDATE score = score + 1",
            "INSERT INTO note SET id = 2, title = 'set', body = 'y' ON DUPLICATE KEY UPDATE title = 'taken over'",
        ] {
            let before = bed.rows_of(GLOBEX).await;
            let error = bed.acme().execute_unprepared(sql).await.unwrap_err();
            assert_eq!(error, DbErr::RecordNotInserted, "{sql}");
            assert_eq!(bed.rows_of(GLOBEX).await, before, "{sql}");
        }
        assert!(note::Entity::find_by_id(802).one(&bed.owner).await.unwrap().is_none());
        let title = async |id| note::Entity::find_by_id(id).one(&bed.owner).await.unwrap().unwrap();
        assert_eq!(title(1).await.title, "x");
        assert_eq!(title(3).await.title, "again");
        for id in [1, 3, 800, 801] {
            assert_eq!(title(id).await.tenant_id, ACME);
        }
        refuse(
            bed,
            ErrorKind::ForeignTenant,
            &[
                "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON DUPLICATE KEY UPDATE tenant_id = VALUES(title)",
                "INSERT INTO note (id, title, body) VALUES (1, 'x', 'y') ON DUPLICATE KEY UPDATE TENANT_ID = UUID()",
                "INSERT INTO note SET title = 'x', tenant_id = UUID()",
                // The server takes this for the same name.
                "INSERT INTO note SET title = 'x', `tenant_\u{131}d` = UUID()",
            ],
        )
        .await;
        refuse(bed, ErrorKind::Unsupported, &["REPLACE INTO note (id, title, body) VALUES (2, 'x', 'y')"]).await;
    })
    .await;
}

#[tokio::test]
async fn w06_writes_to_several_tables_touch_one_tenant() {
    on_mysql(async |bed| {
        run(
            bed,
            &[
                ("UPDATE note SET score = 4 ORDER BY id DESC LIMIT 2", 2),
                ("UPDATE note n JOIN author a ON a.id = n.author_id SET n.score = 5, a.name = 'renamed'", 3),
                ("UPDATE note n LEFT JOIN author a ON a.id = n.author_id OR 1 = 1 SET n.title = a.name WHERE n.id = 1 OR 1 = 1", 3),
                ("UPDATE note n JOIN author a JOIN country c SET n.score = c.id WHERE 1 = 1", 3),
                ("UPDATE author a RIGHT JOIN note n ON a.id = n.author_id SET a.name = 'right'", 1),
                ("DELETE FROM note ORDER BY id LIMIT 1", 1),
                ("DELETE n FROM note n JOIN author a ON a.id = n.author_id WHERE 1 = 1 OR n.id = 2", 1),
                ("DELETE FROM n USING note AS n LEFT JOIN author a ON 1 = 1 WHERE n.id > 0", 1),
            ],
        )
        .await;
        assert_eq!(note::Entity::find().count(&bed.acme()).await.unwrap(), 0);
        // The crossing note of globex points at acme's author, and is no way to it.
        let crossing = "UPDATE note n JOIN author a ON a.id = n.author_id SET a.name = 'crossed' WHERE n.id = 100";
        let done = bed.globex().execute_unprepared(crossing).await.unwrap();
        assert_eq!(done.rows_affected(), 0);
        refuse(
            bed,
            ErrorKind::ForeignTenant,
            &[
                "UPDATE note n JOIN author a ON 1 = 1 SET n.tenant_id = a.tenant_id",
                "UPDATE note n JOIN author a ON 1 = 1 SET a.`TENANT_ID` = UUID()",
                "UPDATE note n JOIN author a ON 1 = 1 SET a.`tenant_\u{131}d` = UUID()",
                "UPDATE note SET `tenant_\u{131}d` = UUID()",
            ],
        )
        .await;
        refuse(
            bed,
            ErrorKind::ReadOnlyTable,
            &[
                "UPDATE note n JOIN country c ON 1 = 1 SET c.code = 'XX'",
                "DELETE c FROM country c JOIN note n ON 1 = 1",
                "DELETE FROM c USING country AS c JOIN note n ON 1 = 1",
                "DELETE n, c FROM country c JOIN note n ON 1 = 1",
            ],
        )
        .await;
        refuse(
            bed,
            ErrorKind::Unsupported,
            &[
                // Whose column it is only the server knows.
                "UPDATE note n JOIN country c ON 1 = 1 SET code = 'XX'",
                "UPDATE note n JOIN (SELECT 1 AS x) AS d ON 1 = 1 SET d.x = 2",
                "DELETE other FROM note n JOIN author a ON 1 = 1",
            ],
        )
        .await;
        refuse(
            bed,
            ErrorKind::UnknownTable,
            &[
                "UPDATE note n JOIN ledger l ON 1 = 1 SET n.title = 'x'",
                "DELETE l FROM ledger l JOIN note n ON 1 = 1",
            ],
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn r13_what_comments_hide_from_other_servers_is_refused() {
    on_mysql(async |bed| {
        let titles = async |sql: &str| bed.acme().query_all_raw(bed.sql(sql, [])).await;
        for sql in [
            "SELECT title FROM note # WHERE tenant_id = 1",
            "SELECT title FROM note WHERE title <> 'it''s' AND 5 DIV 2 = 2 AND NOT (1 XOR 1) AND title <=> title",
            "SELECT title FROM note USE INDEX (PRIMARY) WHERE title RLIKE '.' LIMIT 0, 9",
            "SELECT CONVERT(title USING utf8mb4) FROM note GROUP BY title WITH ROLLUP HAVING title IS NOT NULL",
        ] {
            let rows = titles(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            assert_eq!(rows.len(), 3, "{sql}");
        }
        // What servers of some versions run, and others do not.
        for sql in [
            "SELECT title FROM note /*! WHERE 1 = 1 OR tenant_id > 1 */",
            "SELECT title FROM note /*!50000 WHERE 1 = 1 */ -- x",
            "SELECT title FROM note /*M! WHERE 1 = 1 */",
            "SELECT title FROM note WHERE 1 = 1 /*!UNION SELECT amount FROM ledger */",
        ] {
            bed.assert_refused(ErrorKind::Unsupported, titles(sql)).await;
        }
    })
    .await;
}

mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: String,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Two tenants whose ids differ in case only, in a column that compares without case.
#[tokio::test]
async fn r24_ids_that_a_collation_takes_for_equal_are_two_tenants() {
    for backend in testbed::backends() {
        testbed::on(backend, async |bed| {
            let create = match bed.backend {
                DbBackend::Sqlite => {
                    "CREATE TABLE page (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant_id TEXT COLLATE NOCASE NOT NULL, title TEXT NOT NULL)".into()
                }
                backend => {
                    let schema = Schema::new(backend);
                    let table = schema.create_table_from_entity(page::Entity);
                    backend.build(&table).sql
                }
            };
            bed.owner.execute_unprepared(&create).await.unwrap();
            let catalog = Catalog::builder().tenant_owned::<page::Entity>().build().unwrap();
            // The owner, since nobody granted the table to the application.
            let database = TenantDatabase::new(bed.owner.clone(), &catalog).unwrap();
            let scoped = |id: &str| {
                let tenant = Tenant::new(TenantId::text(id).unwrap(), Slug::parse("page").unwrap());
                let context = TenantContext::assume(Arc::new(tenant), "a test").unwrap();
                database.scoped(&context).unwrap()
            };
            let (upper, lower) = (scoped("Acme"), scoped("acme"));
            for (db, title) in [(&upper, "upper"), (&lower, "lower")] {
                let page = page::ActiveModel { title: Set(title.into()), ..Default::default() };
                page.insert(db).await.unwrap();
            }
            for (db, title) in [(&upper, "upper"), (&lower, "lower")] {
                let pages = page::Entity::find().all(db).await.unwrap();
                assert_eq!(pages.iter().map(|page| page.title.as_str()).collect::<Vec<_>>(), [title]);
            }
            assert_eq!(page::Entity::delete_many().exec(&lower).await.unwrap().rows_affected, 1);
            assert_eq!(page::Entity::find().count(&upper).await.unwrap(), 1);
        })
        .await;
    }
}
