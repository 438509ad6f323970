//! What is read is what was written: R26, R31; and what SQLite takes for names: R25.

use super::{Dialect, planned};
use crate::error::ErrorKind;

fn refused(dialect: Dialect, sql: &str) -> String {
    planned(dialect, sql).expect_err(sql).to_string()
}

#[test]
fn r31_the_parser_passes_over_no_word_and_no_constant() {
    for (sql, what) in [
        ("SELECT TRIM(LEADING title, 'x') FROM note", "`LEADING`"),
        ("SELECT TRIM(BOTH title, 'x') FROM note", "`BOTH`"),
        ("SELECT INTERVAL(1) '1.77' FROM note", "a constant"),
        ("INSERT INTO local note (id) VALUES (1)", "`LOCAL`"),
    ] {
        let error = refused(Dialect::Postgres, sql);
        assert!(error.contains(what), "{sql}: {error}");
    }
    for sql in [
        "SELECT TRIM(LEADING 'x' FROM title) FROM note",
        "SELECT ALL id AS i FROM note AS n INNER JOIN country c ON c.id = n.id ORDER BY id ASC LIMIT ALL",
        "SELECT id FROM note FETCH NEXT 1 ROW ONLY",
        "SELECT id FROM note LEFT OUTER JOIN country USING (id) WHERE title IS NULL OR title NOTNULL",
        "SELECT - - id, + (~ id) FROM note WHERE title = 'it''s' OR title = E'a\\'b' OR title = $$x$$",
    ] {
        planned(Dialect::Postgres, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    // Strings that follow each other are one to MySQL.
    planned(
        Dialect::MySql,
        "SELECT 'a'\n'b' FROM note WHERE title = 'c' 'd'",
    )
    .unwrap();
}

#[test]
fn r25_true_and_false_are_no_words_to_sqlite() {
    for (sql, sent) in [
        (
            "SELECT id FROM note WHERE true",
            "SELECT id FROM note WHERE note.tenant_id = ?1 AND (1 = 1)",
        ),
        (
            "SELECT id FROM note WHERE id IS TRUE",
            "SELECT id FROM note WHERE note.tenant_id = ?1 AND (CASE WHEN id THEN 1 ELSE 0 END)",
        ),
        (
            "SELECT id FROM note WHERE id IS NOT TRUE",
            "SELECT id FROM note WHERE note.tenant_id = ?1 AND (CASE WHEN id THEN 0 ELSE 1 END)",
        ),
        (
            "SELECT id FROM note WHERE id IS FALSE",
            "SELECT id FROM note WHERE note.tenant_id = ?1 AND (CASE WHEN NOT (id) THEN 1 ELSE 0 END)",
        ),
        (
            "SELECT id FROM note WHERE id IS NOT FALSE",
            "SELECT id FROM note WHERE note.tenant_id = ?1 AND (CASE WHEN NOT (id) THEN 0 ELSE 1 END)",
        ),
    ] {
        let plan = planned(Dialect::Sqlite, sql).unwrap();
        let found = format!("{:?}", plan.sql()).replace(['(', ')'], "");
        let sent = sent.replace(['(', ')'], "");
        assert!(found.contains(&sent), "{found} is not {sent}");
    }
    for sql in [
        "SELECT id FROM note WHERE id IS UNKNOWN",
        "SELECT id FROM note WHERE id IS DISTINCT FROM (TRUE)",
        "SELECT 0 AS true FROM note",
        "SELECT 0 AS `false` FROM note",
    ] {
        refused(Dialect::Sqlite, sql);
    }
}

#[test]
fn r31_a_test_for_null_is_parted_from_what_binds_tighter() {
    for sql in [
        "SELECT id FROM note WHERE title NOTNULL < 1",
        "SELECT id FROM note WHERE title IS NULL || 'x' = 'y'",
        "SELECT id FROM note WHERE id IS TRUE < 2",
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1) = 1",
        "SELECT id FROM note WHERE - NOT EXISTS (SELECT 1)",
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1) IS TRUE",
    ] {
        refused(Dialect::Sqlite, sql);
    }
    refused(
        Dialect::Postgres,
        "SELECT id FROM note WHERE - NOT EXISTS (SELECT 1) | 1",
    );
    for sql in [
        "SELECT id FROM note WHERE (title NOTNULL) < 1",
        "SELECT id FROM note WHERE title NOTNULL AND id IS NULL OR id = 1",
    ] {
        planned(Dialect::Sqlite, sql).unwrap();
    }
}

#[test]
fn r27_columns_of_functions_and_queries_are_those_that_postgresql_has() {
    for sql in [
        "SELECT f.f FROM unnest(ARRAY[1], ARRAY[2]) AS f",
        "SELECT f.f FROM unnest(to_tsvector('x')) AS f",
        "SELECT s.exists FROM (SELECT NOT EXISTS (SELECT 1)) s",
        "SELECT s.b FROM (SELECT 1 AS a, 2 AS b) AS s (x)",
        "SELECT id FROM note WHERE title ~* ANY (ARRAY['x'])",
        "SELECT id FROM note WHERE title ~ ALL (ARRAY['x'])",
    ] {
        refused(Dialect::Postgres, sql);
    }
    for sql in [
        "SELECT f.f FROM unnest(ARRAY[1]) AS f",
        "SELECT f.a FROM unnest(ARRAY[1], ARRAY[2]) AS f (a, b)",
        "SELECT s.exists FROM (SELECT EXISTS (SELECT 1)) s",
        "SELECT s.x FROM (SELECT 1 AS a, 2 AS b) AS s (x)",
        "SELECT id FROM note WHERE title = ANY (ARRAY['x'])",
        "SELECT id FROM note WHERE title ~~ ANY (ARRAY['x'])",
        // A query in FROM, and the body of an expression, see nothing of the block around.
        "WITH n AS (SELECT n.title AS t FROM note n) SELECT n.t FROM n",
        "SELECT n.t FROM (SELECT n.title AS t FROM note n) n",
    ] {
        planned(Dialect::Postgres, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    // But for one that is lateral.
    refused(
        Dialect::Postgres,
        "SELECT n.t FROM (SELECT 1 AS t) n, LATERAL (SELECT n.title FROM note n) m",
    );
}

#[test]
fn r29_hidden_columns_of_functions_are_arguments_on_sqlite() {
    for sql in [
        "SELECT 1 FROM note n JOIN json_each('[1]') j ON j.root = n.title",
        "SELECT 1 FROM note n, json_each('[1]') j WHERE json = n.title",
        "SELECT 1 FROM (SELECT title AS root FROM note) n JOIN json_each('[1]') j USING (root)",
        "SELECT 1 FROM note n NATURAL JOIN json_each('[1]') j",
        "SELECT main.note.id FROM note",
    ] {
        refused(Dialect::Sqlite, sql);
    }
    planned(
        Dialect::Sqlite,
        "SELECT j.value FROM note n JOIN json_each('[1]') j ON j.value = n.title",
    )
    .unwrap();
}

#[test]
fn r31_joins_are_in_the_order_of_the_text() {
    let sql = "SELECT 1 FROM note n JOIN country c RIGHT JOIN country d ON d.id = c.id";
    let error = planned(Dialect::MySql, sql).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let sql = sql.replace("JOIN country c", "CROSS JOIN country c");
    planned(Dialect::MySql, &sql).unwrap();
}

#[test]
fn w17_a_position_is_one_of_the_query_in_every_arm() {
    for query in [
        "(SELECT id FROM note ORDER BY 2 LIMIT 1) UNION (SELECT 1)",
        "SELECT id FROM note UNION SELECT id FROM note GROUP BY 2",
        "SELECT id FROM note ORDER BY +2",
    ] {
        refused(Dialect::Postgres, &format!("INSERT INTO note (id) {query}"));
    }
    planned(
        Dialect::Postgres,
        "INSERT INTO note (id) (SELECT id FROM note ORDER BY 1 LIMIT 1) UNION (SELECT 1)",
    )
    .unwrap();
    refused(
        Dialect::Postgres,
        "INSERT INTO note AS excluded (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'x'",
    );
}

#[test]
fn r29_patterns_have_so_many_wildcards_on_postgresql() {
    let pattern = |wildcards| {
        format!(
            "SELECT id FROM note WHERE title LIKE '{}'",
            "%a".repeat(wildcards)
        )
    };
    refused(Dialect::Postgres, &pattern(1_001));
    planned(Dialect::Postgres, &pattern(1_000)).unwrap();
}
