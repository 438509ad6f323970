//! PostgreSQL plans a scoped statement as it plans the one that a careful person writes by hand.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use testbed::{ACME, Testbed};

/// The statement that an application writes, and the same with the tenant in it; `$t` is the
/// tenant.
const STATEMENTS: &[(&str, &str)] = &[
    (
        "SELECT * FROM note WHERE id = $1",
        "SELECT * FROM note WHERE tenant_id = $t AND id = $1",
    ),
    (
        "SELECT * FROM note",
        "SELECT * FROM note WHERE tenant_id = $t",
    ),
    (
        "SELECT * FROM note ORDER BY id LIMIT 20",
        "SELECT * FROM note WHERE tenant_id = $t ORDER BY id LIMIT 20",
    ),
    (
        "SELECT * FROM note WHERE id > $1 ORDER BY id LIMIT 20",
        "SELECT * FROM note WHERE tenant_id = $t AND id > $1 ORDER BY id LIMIT 20",
    ),
    (
        "SELECT * FROM note ORDER BY id DESC LIMIT 1",
        "SELECT * FROM note WHERE tenant_id = $t ORDER BY id DESC LIMIT 1",
    ),
    (
        "SELECT * FROM note WHERE id IN (1, 2, 3)",
        "SELECT * FROM note WHERE tenant_id = $t AND id IN (1, 2, 3)",
    ),
    (
        "SELECT * FROM note WHERE title = 'a' OR score > 10",
        "SELECT * FROM note WHERE tenant_id = $t AND (title = 'a' OR score > 10)",
    ),
    (
        "SELECT * FROM note WHERE title LIKE 'note 1%' AND body IS NOT NULL",
        "SELECT * FROM note WHERE tenant_id = $t AND title LIKE 'note 1%' AND body IS NOT NULL",
    ),
    (
        "SELECT COUNT(*) FROM note",
        "SELECT COUNT(*) FROM note WHERE tenant_id = $t",
    ),
    (
        "SELECT author_id, MAX(score) FROM note GROUP BY author_id HAVING COUNT(*) > 1",
        "SELECT author_id, MAX(score) FROM note WHERE tenant_id = $t GROUP BY author_id HAVING COUNT(*) > 1",
    ),
    (
        "SELECT n.*, a.name FROM note n JOIN author a ON a.id = n.author_id WHERE n.id = $1",
        "SELECT n.*, a.name FROM note n JOIN author a ON a.id = n.author_id WHERE n.tenant_id = $t AND a.tenant_id = $t AND n.id = $1",
    ),
    (
        "SELECT n.*, a.name FROM note n LEFT JOIN author a ON a.id = n.author_id",
        "SELECT n.*, a.name FROM note n LEFT JOIN author a ON a.tenant_id = $t AND a.id = n.author_id WHERE n.tenant_id = $t",
    ),
    (
        "SELECT n.*, a.name FROM author a RIGHT JOIN note n ON a.id = n.author_id ORDER BY n.id LIMIT 5",
        "SELECT n.*, a.name FROM author a RIGHT JOIN note n ON a.tenant_id = $t AND a.id = n.author_id WHERE n.tenant_id = $t ORDER BY n.id LIMIT 5",
    ),
    (
        "SELECT n.id, a.id FROM note n FULL JOIN author a ON a.id = n.author_id",
        "SELECT n.id, a.id FROM (SELECT * FROM note WHERE tenant_id = $t) n FULL JOIN (SELECT * FROM author WHERE tenant_id = $t) a ON a.id = n.author_id",
    ),
    (
        "SELECT n.id FROM note n, author a, country c WHERE a.id = n.author_id AND c.id = n.score",
        "SELECT n.id FROM note n, author a, country c WHERE n.tenant_id = $t AND a.tenant_id = $t AND a.id = n.author_id AND c.id = n.score",
    ),
    (
        "SELECT * FROM author a WHERE EXISTS (SELECT 1 FROM note n WHERE n.author_id = a.id AND n.score > 90)",
        "SELECT * FROM author a WHERE a.tenant_id = $t AND EXISTS (SELECT 1 FROM note n WHERE n.tenant_id = $t AND n.author_id = a.id AND n.score > 90)",
    ),
    (
        "SELECT * FROM note WHERE author_id IN (SELECT id FROM author WHERE name = $1)",
        "SELECT * FROM note WHERE tenant_id = $t AND author_id IN (SELECT id FROM author WHERE tenant_id = $t AND name = $1)",
    ),
    (
        "SELECT id, title FROM note UNION ALL SELECT id, name FROM author ORDER BY 1 LIMIT 10",
        "SELECT id, title FROM note WHERE tenant_id = $t UNION ALL SELECT id, name FROM author WHERE tenant_id = $t ORDER BY 1 LIMIT 10",
    ),
    (
        "WITH best AS (SELECT author_id, MAX(score) AS score FROM note GROUP BY author_id) SELECT a.name, best.score FROM best JOIN author a ON a.id = best.author_id",
        "WITH best AS (SELECT author_id, MAX(score) AS score FROM note WHERE tenant_id = $t GROUP BY author_id) SELECT a.name, best.score FROM best JOIN author a ON a.id = best.author_id WHERE a.tenant_id = $t",
    ),
    (
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY score DESC) FROM note",
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY author_id ORDER BY score DESC) FROM note WHERE tenant_id = $t",
    ),
    (
        "SELECT a.name, l.title FROM author a, LATERAL (SELECT title FROM note n WHERE n.author_id = a.id ORDER BY n.id LIMIT 3) AS l",
        "SELECT a.name, l.title FROM author a, LATERAL (SELECT title FROM note n WHERE n.tenant_id = $t AND n.author_id = a.id ORDER BY n.id LIMIT 3) AS l WHERE a.tenant_id = $t",
    ),
    (
        "SELECT * FROM note WHERE id = $1 FOR UPDATE",
        "SELECT * FROM note WHERE tenant_id = $t AND id = $1 FOR UPDATE",
    ),
    (
        "UPDATE note SET title = 'x' WHERE id = $1",
        "UPDATE note SET title = 'x' WHERE tenant_id = $t AND id = $1",
    ),
    (
        "UPDATE note SET title = a.name FROM author a WHERE a.id = note.author_id",
        "UPDATE note SET title = a.name FROM author a WHERE note.tenant_id = $t AND a.tenant_id = $t AND a.id = note.author_id",
    ),
    (
        "DELETE FROM note WHERE score < 5",
        "DELETE FROM note WHERE tenant_id = $t AND score < 5",
    ),
    (
        "DELETE FROM note USING author a WHERE a.id = note.author_id AND a.name = $1",
        "DELETE FROM note USING author a WHERE note.tenant_id = $t AND a.tenant_id = $t AND a.id = note.author_id AND a.name = $1",
    ),
    (
        "INSERT INTO note (title, body) SELECT name, 'x' FROM author",
        "INSERT INTO note (title, body, tenant_id) SELECT name, 'x', $t FROM author WHERE tenant_id = $t",
    ),
    (
        "INSERT INTO note (id, title, body) VALUES (7, 'x', 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE note.score > 1",
        "INSERT INTO note (id, title, body, tenant_id) VALUES (7, 'x', 'y', $t) ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE note.tenant_id = $t AND note.score > 1",
    ),
];

#[tokio::test]
async fn scoped_statements_have_the_plans_of_hand_written_ones_on_postgres() {
    if !testbed::backends().contains(&DbBackend::Postgres) {
        return;
    }
    testbed::on(DbBackend::Postgres, async |bed| {
        grow(bed).await;
        let mut differences = Vec::new();
        for (sql, by_hand) in STATEMENTS {
            let values: &[Value] = match (sql.contains("$1"), sql.contains("name = $1")) {
                (false, _) => &[],
                (true, false) => &[Value::BigInt(Some(41))],
                (true, true) => &[Value::String(Some("author 1".into()))],
            };
            let statement =
                Statement::from_sql_and_values(DbBackend::Postgres, *sql, values.to_vec());
            let scoped = bed.acme().rewrite(statement).unwrap();
            let tenant = format!("${}", values.len() + 1);
            let by_hand = Statement::from_sql_and_values(
                DbBackend::Postgres,
                by_hand.replace("$t", &tenant),
                values.iter().cloned().chain([ACME.into()]),
            );
            let (scoped_plan, plan) = (explain(bed, &scoped).await, explain(bed, &by_hand).await);
            if scoped_plan != plan {
                differences.push(format!("{sql}\nscoped:\n{scoped_plan}\nby hand:\n{plan}\n"));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        // The positive control: a plan shows whether the tenant is in the statement.
        let bare = Statement::from_string(
            DbBackend::Postgres,
            "SELECT * FROM note ORDER BY id LIMIT 20",
        );
        let scoped = bed.acme().rewrite(bare.clone()).unwrap();
        assert_ne!(explain(bed, &bare).await, explain(bed, &scoped).await);
        assert!(
            explain(bed, &scoped).await.contains("note_tenant_id"),
            "the index is not used"
        );
    })
    .await;
}

/// The plan, as PostgreSQL prints it.
async fn explain(bed: &Testbed, statement: &Statement) -> String {
    let mut explain = statement.clone();
    explain.sql = format!("EXPLAIN (COSTS OFF) {}", statement.sql);
    let rows = bed.owner.query_all_raw(explain).await.unwrap();
    let lines = rows
        .iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// A hundred tenants, some thousands of rows, and the indexes that a schema with tenants has.
async fn grow(bed: &Testbed) {
    for sql in [
        "DELETE FROM note",
        "DELETE FROM author",
        "INSERT INTO author (id, tenant_id, name) SELECT i, ('ac3e0000-0000-4000-8000-' || LPAD(TO_HEX(i % 100 + 1), 12, '0'))::uuid, 'author ' || i % 7 FROM generate_series(1, 1000) AS i",
        "INSERT INTO note (id, tenant_id, author_id, title, body, score) SELECT i, ('ac3e0000-0000-4000-8000-' || LPAD(TO_HEX(i % 100 + 1), 12, '0'))::uuid, i % 1000 + 1, 'note ' || i, 'body', i % 97 FROM generate_series(1, 8000) AS i",
        "CREATE UNIQUE INDEX note_tenant_id ON note (tenant_id, id)",
        "CREATE UNIQUE INDEX author_tenant_id ON author (tenant_id, id)",
        "CREATE INDEX note_author ON note (tenant_id, author_id)",
        "VACUUM ANALYZE",
    ] {
        bed.owner.execute_unprepared(sql).await.unwrap();
    }
}
