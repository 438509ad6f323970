//! Escapes R02 to R12: every form of a read returns what it would return on a database that holds
//! one tenant's rows.
//!
//! That database is a real one. The positive control: sent as it is, the statement returns
//! something else.

use std::cell::{Cell, RefCell};

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tenancy_seaorm::ScopedConnection;
use testbed::{ACME, GLOBEX, on, on_every_backend};
use uuid::Uuid;

const ALL: [DbBackend; 3] = [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql];
const SQLITE: [DbBackend; 1] = [DbBackend::Sqlite];
const POSTGRES: [DbBackend; 1] = [DbBackend::Postgres];
const MYSQL: [DbBackend; 1] = [DbBackend::MySql];
const NOT_MYSQL: [DbBackend; 2] = [DbBackend::Sqlite, DbBackend::Postgres];
const NOT_SQLITE: [DbBackend; 2] = [DbBackend::Postgres, DbBackend::MySql];

/// Runs each statement on the engines that have it, for both tenants.
async fn agree(cases: &[(&[DbBackend], &str)]) {
    on_every_backend(async |bed| {
        let cases: Vec<&str> = cases
            .iter()
            .filter(|(engines, _)| engines.contains(&bed.backend))
            .map(|(_, sql)| *sql)
            .collect();
        let leaks: Vec<_> = cases.iter().map(|_| Cell::new(false)).collect();
        let flaws = RefCell::new(Vec::new());
        for tenant in [ACME, GLOBEX] {
            on(bed.backend, async |alone| {
                for table in ["note", "author"] {
                    let others = format!("DELETE FROM {table} WHERE tenant_id <> $1");
                    let others = alone.sql(&others, [tenant.into()]);
                    alone.owner.execute_raw(others).await.unwrap();
                }
                for (sql, leaks) in cases.iter().zip(&leaks) {
                    let statement = || bed.sql(sql, []);
                    let expected = rows(&alone.application, statement()).await;
                    let scoped = rows(&bed.scoped(tenant), statement()).await;
                    let plain = rows(&bed.application, statement()).await;
                    if expected.is_err() || scoped != expected {
                        flaws
                            .borrow_mut()
                            .push(format!("{sql}\nscoped: {scoped:?}\nalone: {expected:?}"));
                    }
                    leaks.set(leaks.get() || plain != expected);
                }
            })
            .await;
        }
        let mut flaws = flaws.take();
        for (sql, leaks) in cases.iter().zip(leaks) {
            if !leaks.get() {
                flaws.push(format!("{sql}\nis the same with and without other tenants"));
            }
        }
        assert!(
            flaws.is_empty(),
            "on {:?}:\n{}",
            bed.backend,
            flaws.join("\n")
        );
    })
    .await;
}

async fn rows(db: &impl ConnectionTrait, statement: Statement) -> Result<Vec<String>, String> {
    let rows = db.query_all_raw(statement).await;
    let rows = rows.map_err(|error| error.to_string())?;
    let mut rows: Vec<_> = rows.iter().map(testbed::values).collect();
    rows.sort();
    Ok(rows)
}

#[tokio::test]
async fn r02_or_stays_inside_wherever_a_predicate_is_placed() {
    agree(&[
        (&ALL, "SELECT id FROM note WHERE title = 'plan' OR 1 = 1"),
        (&ALL, "SELECT id FROM note WHERE title = 'plan' AND score > 1 OR score IS NULL"),
        (&ALL, "SELECT id FROM note WHERE NOT (title = 'plan' OR id = 3) OR id = 2"),
        (&ALL, "SELECT n.id, a.id FROM note n JOIN author a ON a.id = n.author_id OR 1 = 1"),
        (&ALL, "SELECT n.id, a.id FROM note n LEFT JOIN author a ON a.id = n.author_id OR a.name = 'bob'"),
        (&ALL, "SELECT n.id, a.id FROM author a RIGHT JOIN note n ON 1 = 0 OR a.id = n.author_id OR a.id = 4"),
        (&ALL, "SELECT n.id, a.id FROM note n, author a WHERE a.id = n.author_id OR a.id = 2 OR a.id = 1"),
        (&NOT_MYSQL, "SELECT n.id, a.id FROM note n FULL JOIN author a ON a.id = n.author_id OR 1 = 0"),
        (&ALL, "SELECT title FROM note GROUP BY title HAVING COUNT(*) > 5 OR 1 = 1"),
        (&ALL, "SELECT id FROM note WHERE id IN (SELECT id FROM note WHERE id = 1 OR 1 = 1) OR 1 = 0"),
    ])
    .await;
}

#[tokio::test]
async fn r03_r04_joins_of_every_kind_join_the_tenants_rows() {
    agree(&[
        (&ALL, "SELECT n.id, a.id FROM note n JOIN author a ON a.id = n.author_id"),
        (&ALL, "SELECT n.id, a.id FROM note n INNER JOIN author a ON a.name <> n.title"),
        (&ALL, "SELECT n.id, a.id FROM note n JOIN author a USING (id)"),
        (&ALL, "SELECT n.id, a.name FROM note n JOIN author a USING (tenant_id)"),
        (&ALL, "SELECT n.id, a.id FROM note n CROSS JOIN author a"),
        (&ALL, "SELECT n.id, a.id FROM note n, author a"),
        (&ALL, "SELECT n.id, m.id, a.id FROM note n, note m, author a WHERE a.id = n.author_id AND m.title = n.title"),
        (&ALL, "SELECT n.id, a.id FROM note n NATURAL JOIN author a"),
        (&ALL, "SELECT n.id, a.name FROM note n NATURAL LEFT JOIN author a"),
        (&ALL, "SELECT n.title, a.id FROM author a NATURAL RIGHT JOIN note n"),
        (&ALL, "SELECT n.id, a.id FROM note n LEFT JOIN author a ON a.id = n.author_id"),
        (&ALL, "SELECT n.id, a.id FROM note n LEFT OUTER JOIN author a ON a.id = n.author_id WHERE a.id IS NULL"),
        (&ALL, "SELECT n.id, a.name FROM note n LEFT JOIN author a USING (id)"),
        (&ALL, "SELECT a.id, n.title FROM note n RIGHT JOIN author a USING (id)"),
        (&ALL, "SELECT a.id, n.id FROM note n RIGHT JOIN author a ON a.id = n.author_id"),
        (&ALL, "SELECT c.id, n.id FROM country c LEFT JOIN note n ON n.score > 1"),
        (&ALL, "SELECT c.code, n.id FROM note n RIGHT JOIN country c ON n.id = 2"),
        (&ALL, "SELECT n.id, m.id FROM note n JOIN note m ON m.title = n.title"),
        (&ALL, "SELECT n.id, m.id FROM note n LEFT JOIN note m ON m.id > n.id"),
        (&ALL, "SELECT n.id, a.id, m.id FROM note n LEFT JOIN author a ON a.id = n.author_id LEFT JOIN note m ON m.author_id = a.id"),
        (&ALL, "SELECT n.id, a.id, m.id FROM note n LEFT JOIN author a ON a.id = n.author_id RIGHT JOIN note m ON m.author_id = a.id"),
        (&ALL, "SELECT n.id, a.id, m.id FROM note n LEFT JOIN (author a JOIN note m ON m.author_id = a.id) ON a.id = n.author_id"),
        (&ALL, "SELECT c.id, n.id, a.id FROM country c LEFT JOIN (note n LEFT JOIN author a ON a.id = n.author_id) ON n.id > c.id"),
        (&ALL, "SELECT n.id, d.name FROM note n LEFT JOIN (SELECT id, name FROM author) AS d ON d.id = n.author_id"),
        (&ALL, "SELECT n.*, a.* FROM note n LEFT JOIN author a ON a.id = n.author_id"),
        (&NOT_MYSQL, "SELECT n.id, a.id FROM note n FULL JOIN author a ON a.id = n.author_id"),
        (&NOT_MYSQL, "SELECT n.title, a.name FROM note n FULL OUTER JOIN author a USING (id)"),
        (&NOT_MYSQL, "SELECT n.title, a.name FROM note n NATURAL FULL JOIN author a"),
        (&NOT_MYSQL, "SELECT n.id, a.id, m.id FROM note n FULL JOIN author a ON a.id = n.author_id LEFT JOIN note m ON m.id = a.id"),
        (&NOT_MYSQL, "SELECT c.id, n.id, a.id FROM country c LEFT JOIN (note n FULL JOIN author a ON a.id = n.author_id) ON n.id > c.id"),
        (&MYSQL, "SELECT n.id, a.id FROM note n STRAIGHT_JOIN author a ON a.id = n.author_id"),
        (&POSTGRES, "SELECT n.id, d.id FROM note n LEFT JOIN LATERAL (SELECT a.id FROM author a WHERE a.id <> n.id) AS d ON 1 = 1"),
        (&POSTGRES, "SELECT a.id, d.id FROM author a CROSS JOIN LATERAL (SELECT n.id FROM note n WHERE n.author_id = a.id OR n.author_id IS NULL) AS d"),
    ])
    .await;
}

#[tokio::test]
async fn r08_counts_groups_and_windows_see_one_tenant() {
    agree(&[
        (&ALL, "SELECT COUNT(*), COUNT(score), COUNT(DISTINCT title), MIN(id), MAX(id) FROM note"),
        (&ALL, "SELECT title, COUNT(*) FROM note GROUP BY title"),
        (&ALL, "SELECT title FROM note GROUP BY title HAVING COUNT(*) > 1 OR MAX(id) > 3"),
        (&ALL, "SELECT author_id, COUNT(*) FROM note GROUP BY author_id HAVING SUM(score) > 9 OR author_id IS NULL"),
        (&ALL, "SELECT a.name, COUNT(n.id) FROM author a LEFT JOIN note n ON n.author_id = a.id GROUP BY a.id, a.name"),
        (&ALL, "SELECT COUNT(*) FROM (SELECT DISTINCT author_id FROM note) AS d"),
        (&ALL, "SELECT DISTINCT tenant_id FROM note"),
        (&ALL, "SELECT COUNT(*) FROM (SELECT 1 FROM note WHERE EXISTS (SELECT 1 FROM author WHERE id = 2)) AS d"),
        (&ALL, "SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM note"),
        (&ALL, "SELECT id, RANK() OVER (PARTITION BY title ORDER BY id DESC) FROM note"),
        (&ALL, "SELECT id, LAG(id) OVER (ORDER BY id), LEAD(title) OVER (ORDER BY id) FROM note"),
        (&ALL, "SELECT id, COUNT(*) OVER (), MAX(id) OVER (PARTITION BY author_id) FROM note"),
        (&ALL, "SELECT id, COUNT(*) OVER w FROM note WINDOW w AS (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)"),
        (&ALL, "SELECT id, FIRST_VALUE(id) OVER (ORDER BY id) FROM note"),
        (&NOT_MYSQL, "SELECT COUNT(*) FILTER (WHERE title = 'plan') FROM note"),
        (&NOT_SQLITE, "SELECT id FROM note WHERE id >= ALL (SELECT id FROM note)"),
        (&POSTGRES, "SELECT DISTINCT ON (title) title, id FROM note ORDER BY title, id DESC"),
        (&POSTGRES, "SELECT title, COUNT(*) FROM note GROUP BY ROLLUP (title)"),
        (&POSTGRES, "SELECT title, author_id, COUNT(*) FROM note GROUP BY GROUPING SETS ((title), (author_id), ())"),
        (&POSTGRES, "SELECT id, name, COUNT(*) OVER () FROM author GROUP BY id"),
        (&MYSQL, "SELECT title, COUNT(*) FROM note GROUP BY title WITH ROLLUP"),
        (&MYSQL, "SELECT GROUP_CONCAT(id ORDER BY id SEPARATOR ',') FROM note"),
    ])
    .await;
}

#[tokio::test]
async fn r10_subqueries_in_every_position_see_one_tenant() {
    agree(&[
        (&ALL, "SELECT (SELECT COUNT(*) FROM note)"),
        (&ALL, "SELECT id, (SELECT COUNT(*) FROM note n WHERE n.author_id = a.id OR n.author_id IS NULL) FROM author a"),
        (&ALL, "SELECT COALESCE((SELECT MAX(id) FROM note), 0)"),
        (&ALL, "SELECT CASE WHEN (SELECT COUNT(*) FROM note) > 3 THEN (SELECT MIN(id) FROM note) ELSE (SELECT MAX(id) FROM note) END"),
        (&ALL, "SELECT c.id FROM country c WHERE (SELECT COUNT(*) FROM note) = 3"),
        (&ALL, "SELECT c.id FROM country c WHERE 2 IN (SELECT id FROM note)"),
        (&ALL, "SELECT c.id FROM country c WHERE 2 NOT IN (SELECT id FROM note)"),
        (&ALL, "SELECT c.id FROM country c WHERE EXISTS (SELECT 1 FROM note WHERE id = 2)"),
        (&ALL, "SELECT c.id FROM country c WHERE NOT EXISTS (SELECT 1 FROM note WHERE id = 2)"),
        (&ALL, "SELECT c.id FROM country c WHERE 4 BETWEEN (SELECT MIN(id) FROM note) AND (SELECT MAX(id) FROM author)"),
        (&ALL, "SELECT c.id FROM country c WHERE 'plan' LIKE (SELECT MAX(title) FROM note WHERE id IN (1, 4))"),
        (&ALL, "SELECT c.id FROM country c WHERE (1, 'ann') IN (SELECT id, name FROM author)"),
        (&ALL, "SELECT c.id FROM country c JOIN country d ON (SELECT COUNT(*) FROM note) = 4"),
        (&ALL, "SELECT c.id, d.id FROM country c LEFT JOIN country d ON EXISTS (SELECT 1 FROM note WHERE id = 1)"),
        (&ALL, "SELECT COUNT(*) FROM country HAVING (SELECT COUNT(*) FROM note) = 3"),
        (&ALL, "SELECT COUNT(*) FROM country GROUP BY (SELECT MAX(id) FROM note) HAVING (SELECT MAX(id) FROM note) > 5"),
        (&ALL, "SELECT d.id FROM (SELECT id FROM note WHERE id IN (SELECT id FROM author)) AS d"),
        (&ALL, "SELECT e.c FROM (SELECT d.c FROM (SELECT COUNT(*) AS c FROM note) AS d) AS e"),
        // The row that a limit leaves depends on what the order is taken from.
        (&ALL, "SELECT d.x FROM (SELECT 1 AS x UNION ALL SELECT 2) AS d ORDER BY CASE WHEN EXISTS (SELECT 1 FROM note WHERE id = 2) THEN d.x ELSE -d.x END LIMIT 1"),
        (&ALL, "SELECT COUNT(*) OVER (PARTITION BY (SELECT COUNT(*) FROM note)) + (SELECT COUNT(*) FROM author) - (SELECT MAX(id) FROM note) FROM country"),
        (&NOT_MYSQL, "SELECT d.x FROM (SELECT 1 AS x UNION ALL SELECT 2) AS d ORDER BY d.x LIMIT (SELECT COUNT(*) - 2 FROM note WHERE id < 5 OR id = 100)"),
        (&NOT_MYSQL, "SELECT d.x FROM (SELECT 1 AS x UNION ALL SELECT 2) AS d ORDER BY d.x LIMIT 1 OFFSET (SELECT COUNT(*) FROM note WHERE id = 2)"),
        (&NOT_MYSQL, "VALUES ((SELECT COUNT(*) FROM note)), ((SELECT MAX(id) FROM author))"),
        (&NOT_MYSQL, "SELECT COUNT(*) FILTER (WHERE EXISTS (SELECT 1 FROM note WHERE id = 2)) FROM country"),
        (&NOT_SQLITE, "SELECT c.id FROM country c WHERE 2 = ANY (SELECT id FROM note)"),
        (&NOT_SQLITE, "SELECT c.id FROM country c WHERE 6 > ALL (SELECT id FROM note)"),
        (&POSTGRES, "SELECT c.id, d.n FROM country c, LATERAL (SELECT COUNT(*) AS n FROM note WHERE note.id > c.id) AS d"),
        (&POSTGRES, "SELECT (ARRAY[(SELECT COUNT(*) FROM note)])[1]"),
        (&POSTGRES, "SELECT MODE() WITHIN GROUP (ORDER BY (SELECT MAX(id) FROM note)) FROM country"),
    ])
    .await;
}

#[tokio::test]
async fn r11_arms_of_set_operations_see_one_tenant() {
    agree(&[
        (&ALL, "SELECT id FROM note UNION SELECT id FROM author"),
        (&ALL, "SELECT id FROM note UNION ALL SELECT id FROM author ORDER BY id LIMIT 3"),
        (&ALL, "SELECT id FROM note INTERSECT SELECT id FROM author"),
        (&ALL, "SELECT id FROM note EXCEPT SELECT id FROM author"),
        (&ALL, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT id FROM note"),
        (&ALL, "SELECT id FROM note WHERE id IN (SELECT id FROM author UNION SELECT author_id FROM note)"),
        (&ALL, "SELECT COUNT(*) FROM (SELECT id FROM note EXCEPT SELECT id FROM author UNION SELECT 9) AS d"),
        (&NOT_SQLITE, "(SELECT id FROM note ORDER BY id DESC LIMIT 1) UNION ALL (SELECT id FROM author ORDER BY id DESC LIMIT 1)"),
        (&NOT_SQLITE, "SELECT id FROM note EXCEPT (SELECT id FROM author UNION SELECT author_id FROM note WHERE author_id IS NOT NULL)"),
        (&NOT_SQLITE, "((SELECT id FROM note) UNION (SELECT id FROM author)) INTERSECT (SELECT id FROM note)"),
        (&POSTGRES, "SELECT title FROM note INTERSECT ALL SELECT title FROM note"),
        (&POSTGRES, "SELECT title FROM note EXCEPT ALL SELECT name FROM author"),
        (&POSTGRES, "VALUES (1) UNION SELECT id FROM note"),
    ])
    .await;
}

#[tokio::test]
async fn r12_common_table_expressions_see_one_tenant_and_shadow_in_their_scope() {
    agree(&[
        (&ALL, "WITH n AS (SELECT id, author_id FROM note) SELECT n.id, a.id FROM n LEFT JOIN author a ON a.id = n.author_id"),
        (&ALL, "WITH n(x) AS (SELECT id FROM note), a(y) AS (SELECT x FROM n WHERE x IN (SELECT id FROM author)) SELECT x, y FROM n, a"),
        (&ALL, "WITH author AS (SELECT id FROM note) SELECT id FROM author"),
        (&ALL, "WITH x AS (SELECT id FROM author), author AS (SELECT id + 50 AS id FROM note) SELECT x.id, author.id FROM x, author"),
        (&ALL, "SELECT d.id FROM (WITH author AS (SELECT 7 AS id) SELECT id FROM author) AS d UNION ALL SELECT id FROM author"),
        (&ALL, "SELECT id FROM author WHERE 7 IN (WITH author AS (SELECT 7 AS id) SELECT id FROM author)"),
        (&ALL, "WITH RECURSIVE up(id) AS (SELECT MIN(id) FROM note UNION ALL SELECT n.id FROM note n JOIN up ON n.id = up.id + 1) SELECT id FROM up"),
        (&ALL, "WITH RECURSIVE tree(id, depth) AS (SELECT id, 1 FROM author WHERE name = 'ann' UNION SELECT n.id, tree.depth + 1 FROM note n, tree WHERE n.author_id = tree.id AND tree.depth < 4) SELECT id, depth FROM tree"),
        (&NOT_SQLITE, "WITH note AS (SELECT id FROM note) SELECT id FROM note"),
        (&POSTGRES, "WITH n AS MATERIALIZED (SELECT id FROM note) SELECT COUNT(*) FROM n"),
        (&POSTGRES, "WITH n AS (WITH a AS (SELECT id FROM author) SELECT id FROM a UNION SELECT id FROM note) SELECT id FROM n"),
    ])
    .await;
}

#[tokio::test]
async fn r12_a_later_expression_shadows_a_table_in_earlier_bodies_on_sqlite() {
    let bodies = [
        "SELECT id FROM author",
        "SELECT id FROM (SELECT id FROM author)",
        "SELECT id FROM note WHERE id + 50 IN (SELECT id FROM author)",
        "SELECT id FROM author UNION SELECT 1",
        "WITH y AS (SELECT id FROM author) SELECT id FROM y",
        "SELECT n.id FROM note n LEFT JOIN author a ON a.id = n.id + 50 WHERE a.id IS NOT NULL",
        "SELECT id FROM author UNION SELECT id - 1 FROM x WHERE id > 55",
    ];
    let ends = [
        "SELECT id FROM x",
        "SELECT id FROM note WHERE id IN (SELECT id FROM x) OR id + 50 IN (SELECT id FROM x)",
        "SELECT x.id, author.id FROM x, author",
    ];
    let statements: Vec<_> = bodies
        .iter()
        .flat_map(|body| ends.iter().map(move |end| (body, end)))
        .map(|(body, end)| {
            format!("WITH x AS ({body}), author AS (SELECT id + 50 AS id FROM note) {end}")
        })
        .collect();
    let engines: &[DbBackend] = &SQLITE;
    let cases: Vec<_> = statements
        .iter()
        .map(|sql| (engines, sql.as_str()))
        .collect();
    agree(&cases).await;
    on_every_backend(async |bed| {
        if bed.backend != DbBackend::Sqlite {
            return;
        }
        // Its own name means itself there, and not the table.
        let own = "WITH author AS (SELECT id FROM author) SELECT id FROM author";
        for db in [&bed.acme(), &bed.globex()] {
            let error = rows(db, bed.sql(own, [])).await.unwrap_err();
            assert!(error.contains("circular reference"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn r07_a_tenant_in_the_callers_condition_only_narrows() {
    on_every_backend(async |bed| {
        let count = async |db: &ScopedConnection, sql: &str, asked: Uuid| {
            let values = sql.matches('$').map(|_| asked.into());
            rows(db, bed.sql(sql, values.collect::<Vec<_>>())).await.unwrap().len()
        };
        for (sql, own, foreign) in [
            ("SELECT id FROM note WHERE tenant_id = $1", 3, 0),
            ("SELECT id FROM note WHERE tenant_id IN ($1)", 3, 0),
            ("SELECT id FROM note WHERE tenant_id <> $1", 0, 3),
            ("SELECT id FROM note WHERE tenant_id = $1 OR tenant_id <> $2", 3, 3),
            ("SELECT id FROM note WHERE NOT (tenant_id = $1)", 0, 3),
            ("SELECT id FROM note WHERE tenant_id IS NULL OR tenant_id = $1", 3, 0),
            ("SELECT n.id FROM note n JOIN author a ON a.tenant_id = $1 AND a.id = n.author_id", 2, 0),
            ("SELECT n.id FROM note n LEFT JOIN author a ON a.tenant_id = $1 WHERE a.id IS NOT NULL", 6, 0),
            ("SELECT id FROM note WHERE tenant_id IN (SELECT tenant_id FROM author WHERE tenant_id = $1)", 3, 0),
            ("SELECT COUNT(*) FROM note GROUP BY tenant_id HAVING tenant_id = $1", 1, 0),
        ] {
            assert_eq!(count(&bed.acme(), sql, ACME).await, own, "{sql}");
            assert_eq!(count(&bed.acme(), sql, GLOBEX).await, foreign, "{sql}");
        }
        let theirs = bed.rows_of(GLOBEX).await;
        for (sql, own) in [
            ("UPDATE note SET score = 1 WHERE tenant_id = $1", 3),
            ("DELETE FROM note WHERE tenant_id = $1 OR tenant_id IS NULL", 3),
        ] {
            for (asked, expected) in [(GLOBEX, 0), (ACME, own)] {
                let done = bed.acme().execute_raw(bed.sql(sql, [asked.into()])).await.unwrap();
                assert_eq!(done.rows_affected(), expected, "{sql}");
                assert_eq!(bed.rows_of(GLOBEX).await, theirs, "{sql}");
            }
        }
    })
    .await;
}
