//! What keeps an expression that may fail from rows that a scope does not read: R29, rule by rule.

use super::{Bare, Dialect, Viewer, plan, planned};
use crate::{
    catalog::{Class, Facts},
    plan::fence::Fit,
    sql::names::TableName,
};

fn bare(dialect: Dialect, sql: &str) -> Bare {
    planned(dialect, sql).unwrap().sql()
}

#[test]
fn r29_a_calm_statement_keeps_its_shape() {
    for sql in [
        "SELECT * FROM note WHERE id = 5 AND title LIKE 'a%' AND lower(title) = 'x' ORDER BY id LIMIT 3",
        "SELECT n.id, n.id + 1, 10 / n.id, CAST(n.title AS integer) FROM note n WHERE n.id BETWEEN 1 AND 9",
        "SELECT count(*), max(10 / id) FROM note WHERE title IS NOT NULL GROUP BY id / 2 HAVING count(*) > 1",
        "SELECT id FROM note WHERE id IN (SELECT id FROM country) AND id > 1 + 2 AND EXISTS (SELECT 1 FROM country)",
        "UPDATE note SET title = CAST(10 / id AS text) WHERE id = 5",
        "DELETE FROM note WHERE id = 5 RETURNING 10 / id",
        "INSERT INTO note (id, title) SELECT 10 / id, title FROM note WHERE id = 5",
    ] {
        let text = format!("{:?}", bare(Dialect::Postgres, sql));
        assert!(!text.contains("CASE") && !text.contains("OFFSET"), "{text}");
    }
    for sql in [
        "UPDATE note SET title = ? WHERE id = ?",
        "DELETE FROM note WHERE id = ? AND title = 'a' AND title IN ('a', 'b')",
        "UPDATE note SET title = 'a' WHERE id IN (1, 2) OR title <> ?",
    ] {
        assert!(!bare(Dialect::MySql, sql).contains("CASE"), "{sql}");
    }
}

#[test]
fn r29_a_condition_that_may_fail_comes_after_the_predicate() {
    let sql = "SELECT id FROM note WHERE id = 5 AND 10 / id > 1";
    assert_eq!(
        bare(Dialect::Postgres, sql),
        "SELECT id FROM note WHERE note.tenant_id = $1 AND (id = 5 AND CASE WHEN note.tenant_id = $1 THEN (10 / id) > 1 ELSE false END)"
    );
    assert_eq!(
        bare(Dialect::MySql, sql),
        "SELECT id FROM note WHERE note.tenant_id = ? AND (id = 5 AND CASE WHEN (SELECT note.tenant_id) = ? THEN 10 / id > 1 ELSE false END)"
    );
    assert_eq!(
        bare(
            Dialect::Sqlite,
            "DELETE FROM note WHERE json(title) IS NOT NULL"
        ),
        "DELETE FROM note WHERE note.tenant_id = ?1 AND (CASE WHEN (SELECT note.tenant_id) = ?1 THEN json(title) IS NOT NULL ELSE (1 = 0) END)"
    );
    // `XOR` binds less than `AND` to MySQL, and more to the parser.
    let xor = "SELECT id FROM note WHERE id = 1 XOR id = 2 AND EXP(id) > 0";
    assert!(planned(Dialect::MySql, xor).is_err());
    assert_eq!(
        bare(
            Dialect::MySql,
            "SELECT id FROM note WHERE ((id = 1) XOR (id = 2)) AND EXP(id) > 0"
        ),
        "SELECT id FROM note WHERE note.tenant_id = ? AND (((id = 1) XOR (id = 2)) AND CASE WHEN (SELECT note.tenant_id) = ? THEN EXP(id) > 0 ELSE false END)"
    );
    // Both sides of a join, and what is beside a table that is written.
    assert_eq!(
        bare(
            Dialect::Postgres,
            "SELECT 1 FROM note n JOIN note m ON n.id = m.id AND 1 / m.id > 0"
        ),
        "SELECT 1 FROM note n JOIN note m ON n.id = m.id AND CASE WHEN n.tenant_id = $1 AND m.tenant_id = $1 THEN (1 / m.id) > 0 ELSE false END WHERE n.tenant_id = $1 AND m.tenant_id = $1"
    );
    assert_eq!(
        bare(
            Dialect::Postgres,
            "UPDATE note SET title = 'a' FROM note m WHERE m.id = note.id AND 1 / m.id > 0"
        ),
        "UPDATE note SET title = 'a' FROM note m WHERE note.tenant_id = $1 AND m.tenant_id = $1 AND (m.id = note.id AND CASE WHEN note.tenant_id = $1 AND m.tenant_id = $1 THEN (1 / m.id) > 0 ELSE false END)"
    );
    assert!(
        bare(
            Dialect::Postgres,
            "INSERT INTO note (id) VALUES (1) ON CONFLICT (id, tenant_id) DO UPDATE SET title = 'a' WHERE 1 / note.id > 0"
        )
        .contains("WHERE note.tenant_id = $1 AND (CASE WHEN note.tenant_id = $1 THEN (1 / note.id) > 0 ELSE false END)")
    );
}

#[test]
fn r29_what_decides_whether_a_constant_is_evaluated_makes_it_fail() {
    for condition in [
        "CASE WHEN title = 'a' THEN 1 / 0 ELSE 1 END > 0",
        "title = 'a' OR 1 / 0 > 0",
        "id IN (1, 1 / 0)",
        "coalesce(id, 1 / 0) = 1",
    ] {
        let sql = format!("SELECT id FROM note WHERE {condition}");
        assert!(
            bare(Dialect::Postgres, &sql).contains("ELSE false END"),
            "{sql}"
        );
    }
}

#[test]
fn r29_tables_that_an_outer_join_null_extends_are_derived() {
    for (dialect, fence) in [
        (Dialect::Postgres, "OFFSET 0"),
        (Dialect::MySql, "LIMIT 18446744073709551615"),
    ] {
        let text = bare(
            dialect,
            "SELECT n.id FROM note n LEFT JOIN note m ON m.id = n.id WHERE EXP(m.id) > 0",
        );
        let derived = format!(" {fence}) AS m ON m.id = n.id");
        assert!(text.contains(&derived), "{text}");
        assert!(text.contains("ELSE false END"), "{text}");
    }
    let text = bare(
        Dialect::Sqlite,
        "SELECT n.id FROM note n RIGHT JOIN note m ON json(n.title) = 'x'",
    );
    // There, a right join puts constants in place of columns even in a guard.
    assert!(text.contains("LIMIT -1) AS n RIGHT JOIN (SELECT"), "{text}");
}

#[test]
fn r29_groups_compared_columns_and_lateral_queries_fence_all_tables() {
    for sql in [
        "SELECT id FROM note GROUP BY id HAVING 10 / id > 1",
        "SELECT id FROM country WHERE id IN (SELECT 10 / id FROM note)",
        "SELECT n.id FROM note n, LATERAL (SELECT 10 / n.id AS q) l WHERE l.q > 1",
        "SELECT d FROM note n, generate_series(1, n.id) AS d",
    ] {
        let text = bare(Dialect::Postgres, sql);
        assert!(
            text.contains("FROM (SELECT * FROM note WHERE note.tenant_id = $1 OFFSET 0) AS n"),
            "{text}"
        );
    }
}

#[test]
fn r29_queries_in_from_are_closed_beside_what_may_fail() {
    for (dialect, fence) in [
        (Dialect::Postgres, "OFFSET 0"),
        (Dialect::Sqlite, "LIMIT -1"),
        (Dialect::MySql, "LIMIT 18446744073709551615"),
    ] {
        for sql in [
            "SELECT s.id FROM (SELECT id, title FROM note) s WHERE CAST(EXP(s.id) AS char) > 'a'",
            "WITH s AS (SELECT id, title FROM note) SELECT s.id FROM s WHERE CAST(EXP(s.id) AS char) > 'a'",
            "SELECT s.q FROM (SELECT EXP(id) AS q FROM note) s WHERE s.q > 1",
        ] {
            let text = bare(dialect, sql);
            assert!(text.contains(&format!("{fence})")), "{text}");
        }
    }
    let text = bare(
        Dialect::Sqlite,
        "SELECT * FROM (SELECT id FROM note UNION VALUES (1)) s WHERE abs(s.id) > 0",
    );
    assert!(text.contains("(SELECT * FROM (SELECT id FROM note WHERE note.tenant_id = ?1 UNION VALUES (1)) AS tenancy_list LIMIT -1) s"), "{text}");
}

#[test]
fn r29_mysql_reads_no_text_as_a_number_in_a_write() {
    for sql in [
        "DELETE FROM note WHERE title = 5",
        "UPDATE note SET id = 1 WHERE title IN (1, 2)",
        "DELETE FROM note WHERE title = id",
        "INSERT INTO note (title) SELECT title FROM note WHERE title > 1",
    ] {
        assert!(
            bare(Dialect::MySql, sql).contains("ELSE false END"),
            "{sql}"
        );
    }
    assert!(!bare(Dialect::MySql, "SELECT id FROM note WHERE title = 5").contains("CASE"));
    // What is bound beside a column of text has to be text.
    let plan = planned(
        Dialect::MySql,
        "DELETE FROM note WHERE id = ? AND title = ?",
    )
    .unwrap();
    assert_eq!(
        *plan.beside,
        [
            (0, Fit::Class(Class::Integer)),
            (1, Fit::Class(Class::Text))
        ]
    );
}

#[test]
fn r29_an_expression_that_has_the_name_of_its_table_is_closed() {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        for sql in [
            "WITH note AS (SELECT id, EXP(id) AS c FROM note) SELECT id FROM note WHERE c = 5",
            "WITH RECURSIVE x AS (SELECT id, EXP(id) AS c FROM note WHERE EXISTS (WITH x AS (SELECT 1 AS y) SELECT y FROM x)) SELECT id FROM x WHERE c = 5",
        ] {
            let text = format!("{:?}", bare(dialect, sql));
            let fence = match dialect {
                Dialect::Postgres => "OFFSET 0) SELECT id",
                _ => "LIMIT 18446744073709551615) SELECT id",
            };
            assert!(text.contains(fence), "{text}");
        }
        // What reads itself is computed before it is read.
        let sql = "WITH RECURSIVE note AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM note WHERE EXP(id) < 5) SELECT id FROM note";
        let text = format!("{:?}", bare(dialect, sql));
        assert!(
            !text.contains("OFFSET") && !text.contains("LIMIT"),
            "{text}"
        );
    }
    // With its schema, the name is the table's.
    let sql = "WITH RECURSIVE \"Memo\" AS (SELECT id, EXP(id) AS c FROM office.\"Memo\") SELECT id FROM \"Memo\" WHERE c = 5";
    let text = format!("{:?}", bare(Dialect::Postgres, sql));
    assert!(text.contains("OFFSET 0) SELECT id"), "{text}");
}

#[test]
fn r29_what_may_fail_is_found_wherever_it_stands() {
    for sql in [
        "SELECT id FROM note WHERE CAST(title AS INT) IS NULL",
        "SELECT id FROM note WHERE ARRAY[id, 1] IS NULL",
        "SELECT id FROM note WHERE id > 99999 * 99999",
        "SELECT id FROM note WHERE now() - INTERVAL '99 centuries' IS NULL",
        "SELECT id FROM note WHERE now() - INTERVAL '1 day' - INTERVAL '1 day' IS NULL",
        "SELECT id FROM note WHERE id IN (SELECT id FROM country LIMIT '-1')",
        "SELECT id FROM note WHERE id IN (SELECT id FROM country LIMIT 9999999999999999999)",
        "SELECT id FROM note WHERE id IN (SELECT count(*) OVER (ORDER BY id ROWS NULL PRECEDING) FROM country)",
        "SELECT id FROM note WHERE id IN (SELECT count(*) OVER w FROM country WINDOW w AS (ORDER BY id ROWS NULL PRECEDING))",
        "WITH c AS (SELECT max(id) AS m FROM country LIMIT '-1') SELECT id FROM note WHERE id > (SELECT max(m) FROM c)",
    ] {
        let text = bare(Dialect::Postgres, sql);
        assert!(text.contains("CASE WHEN note.tenant_id = $1"), "{text}");
    }
    for sql in [
        "SELECT id FROM note WHERE id > 60 * 60 AND id < -5",
        "SELECT id FROM note WHERE now() - INTERVAL '30 days' IS NULL",
        "SELECT id FROM note WHERE id IN (SELECT id FROM country LIMIT 5 OFFSET 2)",
    ] {
        assert!(!bare(Dialect::Postgres, sql).contains("CASE"), "{sql}");
    }
    let text = bare(
        Dialect::Sqlite,
        "SELECT abs(id) AS j FROM note WHERE id < 0 AND j > 0",
    );
    assert!(text.contains("THEN j > 0"), "{text}");
    let text = bare(
        Dialect::Sqlite,
        "SELECT id FROM note GROUP BY id HAVING max(abs(id), 0) IS NOT NULL",
    );
    assert!(text.contains("LIMIT -1) AS note"), "{text}");
}

#[test]
fn r29_any_query_in_from_is_closed_by_what_stands_anywhere() {
    let failing = "SELECT count(*) FROM (SELECT id, 10 / id AS x FROM note) s WHERE x = 1";
    for sql in [
        format!("SELECT id FROM country ORDER BY ({failing})"),
        format!("SELECT 1 FROM country GROUP BY ({failing})"),
        format!("SELECT rank() OVER w FROM country WINDOW w AS (ORDER BY ({failing}))"),
        format!("SELECT id FROM country LIMIT ({failing})"),
        format!("VALUES (({failing}))"),
    ] {
        let text = bare(Dialect::Postgres, &sql);
        assert!(text.contains("OFFSET 0) s"), "{text}");
    }
}

/// MariaDB evaluates them while it plans.
#[test]
fn r29_queries_in_any_part_of_a_block_fence_its_tables_on_mysql() {
    let failing = "EXISTS (SELECT 1 FROM country c WHERE EXP(n.id) > 0)";
    for sql in [
        format!("SELECT n.id FROM note n WHERE n.id = 5 AND {failing}"),
        format!("SELECT n.id FROM country JOIN note n ON n.id = 5 AND {failing}"),
        format!("SELECT n.id FROM note n WHERE n.id = 5 ORDER BY {failing}"),
        format!("SELECT rank() OVER w FROM note n WHERE n.id = 5 WINDOW w AS (ORDER BY {failing})"),
        format!(
            "INSERT INTO note (id) SELECT 1 FROM note n WHERE n.id = 5 ON DUPLICATE KEY UPDATE title = {failing}"
        ),
    ] {
        let text = bare(Dialect::MySql, &sql);
        let fence = "FROM note WHERE note.tenant_id = ? LIMIT 18446744073709551615)";
        assert!(text.contains(fence), "{text}");
    }
    for sql in [
        format!("UPDATE note n JOIN country k ON k.id = 1 SET n.title = 'x' WHERE {failing}"),
        format!("UPDATE note n JOIN country k ON k.id = 1 SET n.title = {failing}"),
        format!("DELETE n FROM note n JOIN country k ON k.id = 1 WHERE {failing}"),
        // MariaDB takes such an order for that of the query in parentheses.
        format!("(SELECT n.id FROM note n WHERE n.id = 5) ORDER BY {failing}"),
    ] {
        assert!(planned(Dialect::MySql, &sql).is_err(), "{sql}");
    }
}

#[test]
fn r29_a_query_beside_an_aggregate_reads_a_buffer_of_own_rows_on_mysql() {
    let calm = "EXISTS (SELECT 1 FROM country c WHERE n.title LIKE 'a%')";
    let fence = "FROM note WHERE note.tenant_id = ? LIMIT 18446744073709551615)";
    for sql in [
        format!("SELECT count(*), {calm} FROM note n WHERE n.id = 5"),
        format!("SELECT {calm} FROM note n WHERE n.id = 5 HAVING count(*) > 0"),
        format!("SELECT count(*) FROM note n WHERE n.id = 5 ORDER BY {calm}"),
        format!("SELECT {calm}, (SELECT count(n.title) FROM country n) FROM note n WHERE n.id = 5"),
        format!("SELECT 1, 2 UNION SELECT count(*), {calm} FROM note n WHERE n.id = 5"),
    ] {
        let text = bare(Dialect::MySql, &sql);
        assert!(text.contains(fence), "{text}");
    }
    for sql in [
        "SELECT count(*), max(n.title) FROM note n WHERE n.id = 5".to_owned(),
        format!("SELECT count(*), {calm} FROM note n WHERE n.id = 5 GROUP BY n.title"),
        format!("SELECT n.id, {calm} FROM note n WHERE n.id = 5"),
    ] {
        let text = bare(Dialect::MySql, &sql);
        assert!(!text.contains("LIMIT"), "{text}");
    }
    for sql in [
        "SELECT title, count(*), row_number() OVER () FROM note",
        "(SELECT title, count(*) FROM note) ORDER BY row_number() OVER ()",
        "SELECT title, row_number() OVER (), (SELECT count(n.title) FROM country n) FROM note n",
    ] {
        assert!(planned(Dialect::MySql, sql).is_err(), "{sql}");
    }
}

fn learned(dialect: Dialect, class: Class, sql: &str) -> Bare {
    let catalog = super::catalog().folded(dialect);
    let columns = [("id", Class::Integer), ("title", class)];
    let columns = columns.map(|(name, class)| (name.into(), class));
    let facts = Facts {
        columns: columns.into_iter().collect(),
        keys: Vec::new(),
    };
    catalog.columns().learn(TableName::parse("note"), facts);
    let plan = plan(sql, &catalog, dialect, Viewer::default());
    plan.unwrap().sql()
}

#[test]
fn r29_texts_of_two_collations_are_not_compared() {
    for sql in [
        "SELECT id FROM note n WHERE n.title < n.title",
        "SELECT id FROM note n WHERE n.title::text < n.title",
        "SELECT n.id FROM note n, (SELECT title AS x FROM note) s WHERE s.x < n.title",
        "SELECT n.id FROM note n WHERE n.title NOT IN (SELECT title FROM note)",
        "SELECT n.id FROM note n WHERE n.title > (SELECT max(title) FROM note)",
    ] {
        let is_guarded = |class| learned(Dialect::Postgres, class, sql).contains("CASE");
        assert!(is_guarded(Class::Collated), "{sql}");
        assert!(!is_guarded(Class::Text), "{sql}");
    }
}

#[test]
fn r29_a_text_beside_a_time_is_one_in_a_write_of_mysqls() {
    let is_guarded = |class, text: &str| {
        let sql = format!("DELETE FROM note WHERE title <> '{text}'");
        learned(Dialect::MySql, class, &sql).contains("CASE")
    };
    for text in ["abc", "2024-02-30", "2024-13-01", "2024-01-01 25:00:00", ""] {
        assert!(is_guarded(Class::Time, text), "{text}");
    }
    for text in [
        "2024-02-28",
        "2024-01-31 23:59:59",
        "2024-01-31T23:59:59.123456",
    ] {
        assert!(!is_guarded(Class::Time, text), "{text}");
    }
    assert!(is_guarded(Class::Uuid, "abc"));
    assert!(!is_guarded(
        Class::Uuid,
        "5ccaa71c-8b2a-95de-6e3d-4aa6bd186145"
    ));
}

#[test]
fn r29_what_a_subquery_may_fail_by_its_form_is_found() {
    for sql in [
        "SELECT id FROM note n WHERE (SELECT (SELECT max(c.id) FROM country) FROM country c LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT max(ARRAY[id]) FROM country) IS NULL",
        "SELECT id FROM note WHERE (SELECT id FROM country ORDER BY (1, id) LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT rank() OVER (ORDER BY (1, id)) FROM country LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT count(*) FILTER (WHERE note.id = 1) FROM country) IS NULL",
        "SELECT id FROM note WHERE (SELECT id FROM country ORDER BY nullif((1, id), NULL) LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT id FROM country JOIN note n USING (id) LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT s.id FROM (SELECT id FROM country) s LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT 1e999 AS x UNION ALL SELECT FLOAT8 '1' LIMIT 1) IS NULL",
        "SELECT id FROM note WHERE (SELECT id FROM note LIMIT 1 FOR UPDATE NOWAIT) IS NULL",
    ] {
        let text = bare(Dialect::Postgres, sql);
        assert!(text.contains("THEN (SELECT"), "{text}");
    }
    for sql in [
        "SELECT id FROM note WHERE id IN (SELECT id FROM country WHERE id > 5)",
        "SELECT id FROM note n WHERE EXISTS (SELECT 1 FROM country c WHERE c.id = n.id)",
        "SELECT id FROM note WHERE id = (SELECT max(id) FROM country)",
        "SELECT id FROM note n WHERE (SELECT count(*) FROM country c WHERE c.id = n.id) > 2",
        "SELECT id FROM note WHERE id IN (SELECT id FROM country GROUP BY id HAVING count(*) > 1)",
        "SELECT id FROM note n WHERE EXISTS (SELECT * FROM country c JOIN note m ON m.id = c.id WHERE c.id = n.id ORDER BY c.id)",
    ] {
        assert!(!bare(Dialect::Postgres, sql).contains("CASE"), "{sql}");
    }
    // MySQL reads text as a condition in any block of a write.
    for sql in [
        "INSERT INTO note (id) SELECT 1 FROM note n WHERE n.id = 11 AND EXISTS (SELECT 1 FROM country c WHERE n.title)",
        "INSERT INTO note (id) SELECT 1 FROM note n WHERE n.id = 11 AND EXISTS (SELECT 1 FROM country c JOIN country d ON n.title)",
    ] {
        let text = bare(Dialect::MySql, sql);
        assert!(text.contains("LIMIT 18446744073709551615"), "{text}");
    }
}

#[test]
fn r29_what_stands_beside_a_failing_condition_is_derived() {
    // (dialect, statement, table that has to be derived)
    for (dialect, sql, derived) in [
        // A condition of a join knows the tables of others.
        (
            Dialect::Sqlite,
            "SELECT 1 FROM country c JOIN country d ON json(n.title) IS NULL JOIN note n ON n.id = 1",
            "LIMIT -1) AS n",
        ),
        (
            Dialect::Sqlite,
            "SELECT 1 FROM country c JOIN country d ON json(n.title) IS NULL, note n",
            "LIMIT -1) AS n",
        ),
        (
            Dialect::MySql,
            "SELECT 1 FROM (SELECT id FROM note) s JOIN country c ON EXP(s.id) > 0 JOIN note n ON n.id = s.id",
            "LIMIT 18446744073709551615) AS n",
        ),
        // A subquery becomes a join.
        (
            Dialect::MySql,
            "SELECT s.id FROM (SELECT id FROM note) s WHERE EXP(s.id) > 0 AND s.id IN (SELECT n.id FROM note n)",
            "LIMIT 18446744073709551615) AS n",
        ),
        (
            Dialect::MySql,
            "SELECT m.id FROM note m WHERE m.id IN (SELECT n.id FROM note n) GROUP BY m.id HAVING EXP(m.id) > 0",
            "LIMIT 18446744073709551615) AS n",
        ),
        (
            Dialect::MySql,
            "DELETE FROM country WHERE EXP(id) > 0 AND id IN (SELECT n.id FROM note n)",
            "LIMIT 18446744073709551615) AS n",
        ),
        // A query of reference tables is merged.
        (
            Dialect::MySql,
            "SELECT n.id FROM (SELECT id FROM country WHERE EXP(id) > 1) s JOIN note n ON n.id = s.id",
            "LIMIT 18446744073709551615) s",
        ),
        (
            Dialect::Sqlite,
            "SELECT n.id FROM (SELECT json(id) AS j FROM country) s JOIN note n ON n.id = s.j",
            "LIMIT -1) s",
        ),
    ] {
        let plan = plan(
            sql,
            &super::catalog().folded(dialect),
            dialect,
            super::PLATFORM,
        );
        let text = format!("{:?}", plan.unwrap().sql());
        assert!(text.contains(derived), "{text}");
    }
    // The last join of a statement has a guard for all of its tables.
    let sql = "SELECT 1 FROM note m JOIN note n ON json(n.title) IS NULL";
    assert!(bare(Dialect::Sqlite, sql).contains("CASE WHEN"), "{sql}");
    let sql =
        "UPDATE note SET title = 'x' FROM country c JOIN country d ON json(note.title) IS NULL";
    assert!(planned(Dialect::Sqlite, sql).is_err(), "{sql}");
}

#[test]
fn r29_an_exists_with_an_or_is_no_join_on_sqlite() {
    let wrapped = "CASE WHEN EXISTS (SELECT 1 FROM note n";
    for (condition, is_wrapped) in [
        ("n.id = 1 OR n.id = 2", true),
        ("n.id = 1 AND n.title = 'x'", false),
    ] {
        let sql =
            format!("SELECT 1 FROM country WHERE EXISTS (SELECT 1 FROM note n WHERE {condition})");
        let text = format!("{:?}", bare(Dialect::Sqlite, &sql));
        assert_eq!(text.contains(wrapped), is_wrapped, "{text}");
    }
}

#[test]
fn r29_a_statement_of_several_blocks_reads_derived_tables_alone_on_mysql() {
    let fence = "LIMIT 18446744073709551615";
    for (sql, fences) in [
        ("SELECT id FROM note WHERE EXP(id) > 0", 0),
        ("SELECT id FROM note WHERE id IN (SELECT id FROM note m)", 0),
        (
            "SELECT id FROM note WHERE EXP(id) > 0 AND id IN (SELECT id FROM note m)",
            2,
        ),
        (
            "SELECT id FROM note UNION SELECT id FROM note m WHERE EXP(id) > 0",
            2,
        ),
        (
            "UPDATE note SET title = 'x' WHERE EXP(id) > 0 AND id IN (SELECT id FROM note m)",
            1,
        ),
        (
            "INSERT INTO note (id) SELECT id FROM note m WHERE EXP(id) > 0",
            0,
        ),
        (
            "INSERT INTO note (id) VALUES ((SELECT EXP(id) FROM note m LIMIT 1))",
            1,
        ),
    ] {
        let text = bare(Dialect::MySql, sql);
        assert_eq!(text.matches(fence).count(), fences, "{text}");
    }
}

#[test]
fn mariadb_finds_all_rows_before_it_changes_one() {
    let exact = |sql| planned(Dialect::MySql, sql).map(|plan| plan.exact().to_owned());
    for sql in [
        "DELETE FROM note WHERE id NOT IN (SELECT n.id FROM note AS n WHERE n.id <> note.id)",
        "UPDATE note SET title = 'a' WHERE id IN (SELECT id FROM country)",
        "UPDATE note SET title = (SELECT MIN(title) FROM note AS n)",
    ] {
        assert!(exact(sql).unwrap().ends_with(" ORDER BY NULL"), "{sql}");
    }
    for sql in [
        "DELETE FROM note WHERE id = 1",
        "DELETE FROM note WHERE id IN (SELECT id FROM country) RETURNING id",
        "UPDATE note SET title = 'a' WHERE id IN (SELECT id FROM country) ORDER BY id",
    ] {
        assert!(!exact(sql).unwrap().contains("ORDER BY NULL"), "{sql}");
    }
    let returning = "DELETE FROM note WHERE id IN (SELECT id FROM note AS n) RETURNING id";
    assert_eq!(
        exact(returning).unwrap_err().kind(),
        crate::error::ErrorKind::Unsupported
    );
}
