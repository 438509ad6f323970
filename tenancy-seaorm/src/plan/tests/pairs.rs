//! Each refusal beside the statement that differs from it in that one thing and is accepted.

use super::*;
use Dialect::{MySql, Postgres, Sqlite};
use ErrorKind::{
    ForeignTenant, MultipleStatements, Parameters, ReadOnlyTable, UnknownFunction, UnknownTable,
    UnknownType, Unsupported,
};

#[track_caller]
fn assert_pairs(pairs: &[(Dialect, ErrorKind, &str, &str)]) {
    let mut flaws = Vec::new();
    for (dialect, kind, refused, accepted) in pairs {
        match planned(*dialect, refused) {
            Err(error) if error.kind() == *kind => {}
            Err(error) => flaws.push(format!("{refused}: {:?}, {error}", error.kind())),
            Ok(plan) => flaws.push(format!("{refused}: became {}", plan.sql())),
        }
        if let Err(error) = planned(*dialect, accepted) {
            flaws.push(format!("{accepted}: {error}"));
        }
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

#[test]
fn r03_two_tables_never_go_by_one_name() {
    assert_pairs(&[
        (
            Postgres,
            Unsupported,
            "UPDATE note SET title = 'x' FROM note",
            "UPDATE note SET title = 'x' FROM note n",
        ),
        (
            Postgres,
            Unsupported,
            "DELETE FROM note USING note",
            "DELETE FROM note USING note n",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT 1 FROM note, (SELECT 1) AS note",
            "SELECT 1 FROM note, (SELECT 1) AS d",
        ),
    ]);
}

#[test]
fn r10_mysqls_own_expressions_hide_no_subquery() {
    assert_pairs(&[
        (
            MySql,
            UnknownTable,
            "SELECT 1 FROM note WHERE title RLIKE (SELECT amount FROM ledger)",
            "SELECT 1 FROM note WHERE title RLIKE (SELECT x.id FROM note x)",
        ),
        (
            MySql,
            UnknownTable,
            "SELECT CONVERT((SELECT amount FROM ledger), CHAR) FROM note",
            "SELECT CONVERT((SELECT x.id FROM note x), CHAR) FROM note",
        ),
        (
            MySql,
            UnknownTable,
            "SELECT 1 FROM note WHERE (SELECT amount FROM ledger) MEMBER OF('[1]')",
            "SELECT 1 FROM note WHERE (SELECT x.id FROM note x) MEMBER OF('[1]')",
        ),
        (
            MySql,
            UnknownTable,
            "UPDATE note SET title = 'x' ORDER BY (SELECT amount FROM ledger)",
            "UPDATE note SET title = 'x' ORDER BY id",
        ),
        (
            MySql,
            UnknownTable,
            "DELETE FROM note LIMIT (SELECT amount FROM ledger)",
            "DELETE FROM note LIMIT 1",
        ),
        (
            MySql,
            UnknownTable,
            "UPDATE note n JOIN note m ON n.id = m.id SET n.title = (SELECT amount FROM ledger)",
            "UPDATE note n JOIN note m ON n.id = m.id SET n.title = m.title",
        ),
        (
            MySql,
            UnknownTable,
            "UPDATE note n JOIN note m ON n.id = m.id SET n.title = 'x' WHERE n.id = (SELECT amount FROM ledger)",
            "UPDATE note n JOIN note m ON n.id = m.id SET n.title = 'x' WHERE n.id = 1",
        ),
        (
            MySql,
            UnknownTable,
            "INSERT INTO note SET title = (SELECT amount FROM ledger)",
            "INSERT INTO note SET title = 'x'",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT id FROM note FETCH FIRST N'1' ROWS ONLY",
            "SELECT id FROM note FETCH FIRST 1 ROWS ONLY",
        ),
        (
            Postgres,
            UnknownTable,
            "INSERT INTO note (title) SELECT amount FROM ledger",
            "INSERT INTO note (title) SELECT title FROM note",
        ),
        (
            Postgres,
            UnknownTable,
            "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'x' WHERE note.id = (SELECT amount FROM ledger)",
            "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'x' WHERE note.id = 1",
        ),
    ]);
}

#[test]
fn r12_names_of_common_table_expressions_are_known_where_the_database_knows_them() {
    assert_pairs(&[
        (
            Postgres,
            UnknownTable,
            "WITH note AS (SELECT 1) SELECT 1 FROM other.note",
            "WITH note AS (SELECT 1) SELECT 1 FROM note",
        ),
        (
            Postgres,
            UnknownTable,
            "WITH c AS (SELECT 1 UNION SELECT 1 FROM c) SELECT 1 FROM c",
            "WITH RECURSIVE c AS (SELECT 1 UNION SELECT 1 FROM c) SELECT 1 FROM c",
        ),
        (
            Postgres,
            UnknownTable,
            "SELECT 1 FROM (WITH c AS (SELECT 1 AS x) SELECT 1) AS d ORDER BY (SELECT x FROM c)",
            "WITH c AS (SELECT 1 AS x) SELECT 1 ORDER BY (SELECT x FROM c)",
        ),
    ]);
}

#[test]
fn r13_notations_whose_meaning_is_not_certain_are_refused() {
    assert_pairs(&[
        (
            MySql,
            Unsupported,
            r"SELECT 'a\'b' FROM note",
            "SELECT 'a''b' FROM note",
        ),
        (
            MySql,
            Unsupported,
            r"SELECT 'a\nb' FROM note",
            "SELECT 'a b' FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT @a FROM note",
            "SELECT a FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT @@global.version FROM note",
            "SELECT note.title FROM note",
        ),
        (
            MySql,
            Unsupported,
            r"SELECT 'a\\b' FROM note",
            "SELECT 'a/b' FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT \"a\" FROM note",
            "SELECT 'a' FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT N'a' FROM note",
            "SELECT X'61' FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT N'a' FROM note",
            "SELECT E'a' FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT U&'a' FROM note",
            "SELECT $$a$$ FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT HIGH_PRIORITY id FROM note",
            "SELECT id FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT /*+ MAX_EXECUTION_TIME(1) */ id FROM note",
            "SELECT /* MAX_EXECUTION_TIME(1) */ id FROM note",
        ),
        (
            MySql,
            Unsupported,
            "SELECT id FROM note PARTITION (p0)",
            "SELECT id FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT id FROM note TABLESAMPLE SYSTEM (50)",
            "SELECT id FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT * FROM note UNION TABLE note",
            "SELECT * FROM note UNION SELECT * FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT id INTO stolen FROM note",
            "SELECT id FROM note",
        ),
        (
            Postgres,
            MultipleStatements,
            "SELECT 1 FROM note; SELECT 2 FROM note",
            "SELECT 1 FROM note;",
        ),
        (
            Sqlite,
            Parameters,
            "SELECT ?, ?1 FROM note",
            "SELECT ?1, ?1 FROM note",
        ),
        (
            Sqlite,
            Parameters,
            "SELECT ?70000 FROM note",
            "SELECT ?700 FROM note",
        ),
    ]);
    // What a string means on PostgreSQL does not depend on a setting.
    assert_postgres(
        r"SELECT 'a\b' FROM note",
        r#"SELECT E'a\\b' FROM note WHERE note."tenant_id" = $1"#,
    );
}

#[test]
fn r14_names_mean_what_the_database_makes_of_them() {
    assert_pairs(&[
        (
            MySql,
            UnknownTable,
            "SELECT 1 FROM NOTE",
            "SELECT 1 FROM note",
        ),
        (
            Sqlite,
            ForeignTenant,
            "UPDATE note SET TENANT_ID = 1 + 1",
            "UPDATE note SET TITLE = 1 + 1",
        ),
        (
            Postgres,
            ForeignTenant,
            "UPDATE note SET Tenant_Id = 1 + 1",
            "UPDATE note SET \"Tenant_Id\" = 1 + 1",
        ),
        (
            MySql,
            ForeignTenant,
            "UPDATE note SET `tenant_\u{131}d` = 1 + 1",
            "UPDATE note SET `tenant_d` = 1 + 1",
        ),
        (
            MySql,
            ForeignTenant,
            "UPDATE note SET `Tenant_ID` = 1 + 1",
            "UPDATE note SET `Tenant` = 1 + 1",
        ),
    ]);
}

#[test]
fn r16_what_calls_code_of_a_users_is_refused() {
    assert_pairs(&[
        (
            Postgres,
            UnknownFunction,
            "SELECT public.lower(title) FROM note",
            "SELECT lower(title) FROM note",
        ),
        (
            MySql,
            UnknownFunction,
            "SELECT current_user FROM note",
            "SELECT `current_user` FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT 1 FROM note WHERE id OPERATOR(public.=) 1",
            "SELECT 1 FROM note WHERE id = 1",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT !!id FROM note",
            "SELECT ~id FROM note",
        ),
        (
            Sqlite,
            Unsupported,
            "SELECT 1 FROM note WHERE title MATCH 'x'",
            "SELECT 1 FROM note WHERE title LIKE 'x'",
        ),
        (
            MySql,
            Unsupported,
            "SELECT (title := 'x') FROM note",
            "SELECT (title = 'x') FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT id FROM note ORDER BY id USING <",
            "SELECT id FROM note ORDER BY id ASC",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT (note).title FROM note",
            "SELECT (note.title) FROM note",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT CAST('x' AS regclass) FROM note",
            "SELECT CAST('x' AS text) FROM note",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT regclass 'note' FROM note",
            "SELECT date '2026-01-01' FROM note",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT CAST(NULL AS regclass[]) FROM note",
            "SELECT CAST(NULL AS text[]) FROM note",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT CAST('x' AS mood) FROM note",
            "SELECT CAST('x' AS inet) FROM note",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT CAST('x' AS public.inet) FROM note",
            "SELECT CAST('x' AS inet) FROM note",
        ),
        (
            Sqlite,
            UnknownFunction,
            "SELECT 1 FROM note(1)",
            "SELECT 1 FROM note",
        ),
    ]);
}

#[test]
fn r17_a_tenant_does_not_lock_rows_of_a_reference_table() {
    assert_pairs(&[
        (
            Postgres,
            ReadOnlyTable,
            "SELECT 1 FROM country FOR UPDATE",
            "SELECT 1 FROM note FOR UPDATE",
        ),
        (
            Postgres,
            ReadOnlyTable,
            "SELECT 1 FROM note, country FOR SHARE",
            "SELECT 1 FROM note, country FOR SHARE OF note",
        ),
        (
            Postgres,
            ReadOnlyTable,
            "SELECT 1 FROM (SELECT 1 FROM country) AS d FOR UPDATE",
            "SELECT 1 FROM (SELECT 1 FROM note) AS d FOR UPDATE",
        ),
        (
            Postgres,
            ReadOnlyTable,
            "SELECT 1 FROM (note JOIN country ON 1 = 1) FOR UPDATE",
            "SELECT 1 FROM (note JOIN country ON 1 = 1) FOR UPDATE OF note",
        ),
    ]);
}

#[test]
fn w01_w02_rows_of_an_insert_belong_to_the_tenant() {
    assert_pairs(&[
        (
            Postgres,
            Unsupported,
            "INSERT INTO note VALUES (1, 2, 'x')",
            "INSERT INTO note (id, title) VALUES (1, 'x')",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note VALUES (DEFAULT, DEFAULT)",
            "INSERT INTO note VALUES (DEFAULT)",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note VALUES (\"default\")",
            "INSERT INTO note VALUES (default), (DEFAULT)",
        ),
        (
            MySql,
            Unsupported,
            "INSERT INTO note VALUES (DEFAULT)",
            "INSERT INTO note VALUES ()",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note (title) VALUES ('a') FETCH FIRST N'1' ROWS ONLY",
            "INSERT INTO note (title) VALUES ('a') FETCH FIRST 1 ROWS ONLY",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note (tenant_id, tenant_id) VALUES (1, 2)",
            "INSERT INTO note (tenant_id, id) VALUES (1, 2)",
        ),
        (
            MySql,
            Unsupported,
            "INSERT INTO note SET tenant_id = 1, tenant_id = 2",
            "INSERT INTO note SET tenant_id = 1, id = 2",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note (id, title) VALUES (1, 'x', 8)",
            "INSERT INTO note (id, title) VALUES (1, 'x')",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) VALUES (\"default\")",
            "INSERT INTO note (tenant_id) VALUES (default)",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note (tenant_id) WITH c AS (SELECT 1) SELECT tenant_id FROM note",
            "INSERT INTO note (tenant_id) SELECT tenant_id FROM note",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) SELECT note.id FROM note",
            "INSERT INTO note (tenant_id) SELECT note.tenant_id FROM note",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) SELECT id + 1 FROM note",
            "INSERT INTO note (id) SELECT id + 1 FROM note",
        ),
        (
            Postgres,
            Unsupported,
            "INSERT INTO note (tenant_id, title) SELECT tenant_id FROM note",
            "INSERT INTO note (tenant_id, title) SELECT tenant_id, title FROM note",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) SELECT tenant_id FROM note GROUP BY tenant_id",
            "INSERT INTO note (tenant_id) SELECT tenant_id FROM note",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) SELECT n.tenant_id FROM country c LEFT JOIN note n ON n.id = c.id",
            "INSERT INTO note (tenant_id) SELECT n.tenant_id FROM country c JOIN note n ON n.id = c.id",
        ),
        (
            Postgres,
            ForeignTenant,
            "INSERT INTO note (tenant_id) SELECT tenant_id FROM note, (SELECT 1 AS x) AS d",
            "INSERT INTO note (tenant_id) SELECT note.tenant_id FROM note, (SELECT 1 AS x) AS d",
        ),
        (
            MySql,
            Unsupported,
            "REPLACE INTO note (title) VALUES ('x')",
            "INSERT INTO note (title) VALUES ('x')",
        ),
        (
            Sqlite,
            Unsupported,
            "INSERT OR REPLACE INTO note (title) VALUES ('x')",
            "INSERT OR IGNORE INTO note (title) VALUES ('x')",
        ),
    ]);
    assert_postgres(
        "INSERT INTO note (title) SELECT 'a' UNION SELECT 'b'",
        r#"INSERT INTO note (title, "tenant_id") SELECT 'a', $1 UNION SELECT 'b', $1"#,
    );
    assert_postgres(
        "INSERT INTO note VALUES (DEFAULT), (DEFAULT)",
        r#"INSERT INTO note ("tenant_id") VALUES ($1), ($1)"#,
    );
    assert_mysql(
        "INSERT INTO note () VALUES ()",
        "INSERT INTO note (`tenant_id`) VALUES (?)",
    );
    assert_mysql(
        "INSERT INTO note SET title = 'x'",
        "INSERT INTO note SET title = 'x', `tenant_id` = ?",
    );
}

#[test]
fn w03_an_upsert_changes_the_tenants_own_row() {
    assert_postgres(
        "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'x' WHERE 1 = 1 OR 2 = 2",
        concat!(
            r#"INSERT INTO note (id, "tenant_id") VALUES (1, $1) ON CONFLICT(id) DO UPDATE SET title = 'x' "#,
            r#"WHERE note."tenant_id" = $1 AND (1 = 1 OR 2 = 2)"#
        ),
    );
    assert_mysql(
        "INSERT INTO note (id) VALUES (1) ON DUPLICATE KEY UPDATE title = 'x'",
        concat!(
            "INSERT INTO note (id, `tenant_id`) VALUES (1, ?) ON DUPLICATE KEY UPDATE tenant_id = ",
            "CASE WHEN note.`tenant_id` = ? THEN note.tenant_id ",
            "ELSE (SELECT note.tenant_id UNION ALL SELECT note.tenant_id) END, title = 'x'"
        ),
    );
    // `IGNORE` would make a warning of the guard's error, and NULL of the tenant.
    assert_pairs(&[(
        MySql,
        Unsupported,
        "INSERT IGNORE INTO note (id) VALUES (1) ON DUPLICATE KEY UPDATE title = VALUES(title)",
        "INSERT IGNORE INTO note (id) VALUES (1)",
    )]);
    // Its error says that nothing was inserted, unless another query could fail so.
    for (sql, says_so) in [
        ("VALUES (1) ON DUPLICATE KEY UPDATE title = 'x'", true),
        (
            "VALUES (1) ON DUPLICATE KEY UPDATE title = (SELECT title FROM note)",
            false,
        ),
        (
            "VALUES ((SELECT id FROM country)) ON DUPLICATE KEY UPDATE title = 'x'",
            false,
        ),
        (
            "SELECT id FROM country ON DUPLICATE KEY UPDATE title = 'x'",
            false,
        ),
    ] {
        let plan = planned(MySql, &format!("INSERT INTO note (id) {sql}")).unwrap();
        assert_eq!(plan.fails_on_others, says_so, "{sql}");
    }
    const POSTGRES: &str =
        "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET tenant_id = ";
    const MYSQL: &str = "INSERT INTO note (id) VALUES (1) ON DUPLICATE KEY UPDATE tenant_id = ";
    for (dialect, start, refused, accepted) in [
        (Postgres, POSTGRES, "1 + 1", "excluded.tenant_id"),
        (Postgres, POSTGRES, "note.tenant_id", "excluded.tenant_id"),
        (Postgres, POSTGRES, "excluded.id", "excluded.tenant_id"),
        (MySql, MYSQL, "1 + 1", "VALUES(tenant_id)"),
        (MySql, MYSQL, "VALUES(id)", "VALUES(tenant_id)"),
        (MySql, MYSQL, "ABS(tenant_id)", "VALUES(tenant_id)"),
    ] {
        assert_pairs(&[(
            dialect,
            ForeignTenant,
            &format!("{start}{refused}"),
            &format!("{start}{accepted}"),
        )]);
    }
}

#[test]
fn w05_no_update_sets_the_tenant_column() {
    assert_pairs(&[
        (
            Postgres,
            ForeignTenant,
            "UPDATE note SET tenant_id = 1 + 1",
            "UPDATE note SET id = 1 + 1",
        ),
        (
            Postgres,
            ForeignTenant,
            "UPDATE note SET tenant_id = NULL",
            "UPDATE note SET title = NULL",
        ),
        (
            Postgres,
            ForeignTenant,
            "UPDATE note SET tenant_id = DEFAULT",
            "UPDATE note SET title = DEFAULT",
        ),
        (
            Postgres,
            Unsupported,
            "UPDATE note SET (tenant_id, title) = (1, 'x')",
            "UPDATE note SET (id, title) = (1, 'x')",
        ),
        (
            Sqlite,
            Unsupported,
            "UPDATE note SET note.tenant_id = 8",
            "UPDATE note SET title = 8",
        ),
        (
            Sqlite,
            Unsupported,
            "UPDATE OR REPLACE note SET id = 8",
            "UPDATE note SET id = 8",
        ),
        (
            MySql,
            ForeignTenant,
            "UPDATE note n JOIN note m ON n.id = m.id SET n.tenant_id = 1 + 1",
            "UPDATE note n JOIN note m ON n.id = m.id SET n.id = 1 + 1",
        ),
    ]);
}

#[test]
fn w05_the_table_that_is_written_keeps_the_names_of_its_columns() {
    assert_pairs(&[
        (
            Postgres,
            Unsupported,
            "UPDATE note AS n (id, title, tenant_id) SET title = 'x'",
            "UPDATE note AS n SET title = 'x'",
        ),
        (
            Postgres,
            Unsupported,
            "DELETE FROM note AS n (id, title, tenant_id)",
            "DELETE FROM note AS n",
        ),
    ]);
}

#[test]
fn w06_writes_to_several_tables_are_scoped_on_each() {
    assert_postgres(
        "UPDATE note SET title = n.title FROM note n",
        r#"UPDATE note SET title = n.title FROM note n WHERE note."tenant_id" = $1 AND n."tenant_id" = $1"#,
    );
    assert_postgres(
        "DELETE FROM note USING note n",
        r#"DELETE FROM note USING note n WHERE note."tenant_id" = $1 AND n."tenant_id" = $1"#,
    );
    assert_mysql(
        "UPDATE note n JOIN note m ON n.id = m.id SET n.title = 'x' WHERE 1 = 1 OR 2 = 2",
        "UPDATE note n JOIN note m ON n.id = m.id SET n.title = 'x' WHERE n.`tenant_id` = ? AND m.`tenant_id` = ? AND (1 = 1 OR 2 = 2)",
    );
    assert_pairs(&[(
        MySql,
        Unsupported,
        "DELETE x FROM note n JOIN note m ON n.id = m.id",
        "DELETE n FROM note n JOIN note m ON n.id = m.id",
    )]);
}

#[test]
fn w14_reference_tables_are_written_by_the_platform() {
    assert_pairs(&[
        (
            Postgres,
            ReadOnlyTable,
            "UPDATE country SET id = 1",
            "SELECT id FROM country",
        ),
        (
            Postgres,
            ReadOnlyTable,
            "INSERT INTO country (id) VALUES (1)",
            "INSERT INTO note (id) VALUES (1)",
        ),
        (
            MySql,
            ReadOnlyTable,
            "UPDATE note n JOIN country c ON 1 = 1 SET c.id = 1",
            "UPDATE note n JOIN country c ON 1 = 1 SET n.id = 1",
        ),
        (
            MySql,
            ReadOnlyTable,
            "DELETE c FROM note n JOIN country c ON 1 = 1",
            "DELETE n FROM note n JOIN country c ON 1 = 1",
        ),
    ]);
    let cache = PlanCache::new(&catalog(), Postgres);
    let hidden = "INSERT INTO country (id) SELECT amount FROM ledger";
    assert_eq!(
        cache.plan(hidden, PLATFORM).unwrap_err().kind(),
        UnknownTable
    );
    // A plan of one viewer's is not found under another.
    let sql = "INSERT INTO country (id) SELECT id FROM note";
    assert!(cache.plan(sql, PLATFORM).is_ok());
    assert_eq!(
        cache.plan(sql, Viewer::default()).unwrap_err().kind(),
        ReadOnlyTable
    );
}

#[test]
fn r03_an_outer_join_without_a_condition_gets_filtered_tables() {
    // Which columns `NATURAL` joins, and converts to each other, nobody says: no condition gets
    // into these.
    for (join, fence) in [
        ("LEFT JOIN note m USING(id)", ""),
        ("NATURAL LEFT JOIN note m", " OFFSET 0"),
        ("NATURAL RIGHT JOIN note m", " OFFSET 0"),
    ] {
        let derived = format!(r#"(SELECT * FROM note WHERE note."tenant_id" = $1{fence})"#);
        let expected = join.replace("note m", &format!("{derived} AS m"));
        assert_postgres(
            &format!("SELECT 1 FROM note n {join}"),
            &format!("SELECT 1 FROM {derived} AS n {expected}"),
        );
    }
}

fn assert_mysql(sql: &str, expected: &str) {
    assert_eq!(planned(MySql, sql).unwrap().sql(), expected);
}

#[test]
fn r30_what_an_engine_does_not_read_is_not_made_readable() {
    assert_pairs(&[
        (
            Postgres,
            Unsupported,
            "SELECT 1 FROM note n LEFT JOIN note m",
            "SELECT 1 FROM note n LEFT JOIN note m ON true",
        ),
        (
            MySql,
            Unsupported,
            "SELECT 1 FROM country c RIGHT JOIN note n",
            "SELECT 1 FROM country c JOIN note n",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT 1 FROM country c JOIN note n",
            "SELECT 1 FROM country c CROSS JOIN note n",
        ),
        (
            Postgres,
            Unsupported,
            "DELETE FROM note AS default",
            "DELETE FROM note AS n",
        ),
        (
            Postgres,
            Unsupported,
            "WITH 'c' AS (SELECT 1) SELECT 1 FROM c",
            "WITH \"c\" AS (SELECT 1) SELECT 1 FROM c",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT extract('year', now())",
            "SELECT extract(year FROM now())",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT extract(zone FROM now())",
            "SELECT extract(timezone FROM now())",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT (n).title[1], n.ctid[1] FROM note n",
            "SELECT n.title[1], n.title[1:2] FROM note n WHERE n.title[2] = 'x'",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT 1 = ALL (SELECT id FROM note) + 1",
            "SELECT 1 = ALL (SELECT id + 1 FROM note)",
        ),
        (
            Postgres,
            Unsupported,
            "SELECT CONVERT(1, CHAR)",
            "SELECT CAST(1 AS CHAR)",
        ),
        (
            Postgres,
            UnknownType,
            "SELECT CAST('1' AS DATETIME)",
            "SELECT CAST('1' AS TIMESTAMP)",
        ),
        (
            MySql,
            Unsupported,
            "SELECT title || 'x' FROM note",
            "SELECT CONCAT(title, 'x') FROM note",
        ),
        (
            MySql,
            UnknownFunction,
            "SELECT any_value(title) FROM note",
            "SELECT max(title) FROM note",
        ),
    ]);
}

#[test]
fn r31_operators_have_the_operands_that_mysql_finds() {
    assert_pairs(&[
        (
            MySql,
            Unsupported,
            "DELETE FROM note WHERE title = title LIKE 'x'",
            "DELETE FROM note WHERE (title = title) AND title LIKE 'x'",
        ),
        (
            MySql,
            Unsupported,
            "DELETE FROM note WHERE title = title IN (NULL)",
            "DELETE FROM note WHERE title IN (NULL) OR title = title",
        ),
        (
            MySql,
            Unsupported,
            "DELETE FROM note WHERE title BETWEEN 'a' AND 'b' LIKE 'c'",
            "DELETE FROM note WHERE title BETWEEN 'a' AND 'b' AND title LIKE 'c'",
        ),
        (
            MySql,
            Unsupported,
            "SELECT id ^ 2 * 3 FROM note",
            "SELECT (id ^ 2) * 3, id & 1 = 1, id DIV 2 + 1, NOT id = 1 FROM note",
        ),
    ]);
    let plan = planned(MySql, "DELETE FROM note WHERE NOT title = 'x'").unwrap();
    assert!(plan.sql().contains("NOT (title = 'x')"), "{}", plan.sql());
}

#[test]
fn r12_nobody_else_has_the_names_of_expressions() {
    assert_pairs(&[
        (
            Postgres,
            Unsupported,
            "WITH tenancy_with_2 AS (SELECT 1 AS id), b AS (SELECT 2 AS id) SELECT id FROM tenancy_with_2",
            "WITH a AS (SELECT 1 AS id), b AS (SELECT 2 AS id) SELECT id FROM a",
        ),
        (
            Postgres,
            Unsupported,
            "WITH a AS (SELECT 1 AS id) SELECT id FROM Tenancy_With_1",
            "WITH a AS (SELECT 1 AS id) SELECT id FROM a AS tenancy_with_1",
        ),
        (
            Sqlite,
            Unsupported,
            "WITH a AS (SELECT 1 AS id), A AS (SELECT 2 AS id) SELECT id FROM a",
            "WITH a AS (SELECT 1 AS id), b AS (SELECT 2 AS id) SELECT id FROM a",
        ),
    ]);
    let locked = "SELECT * FROM (WITH c AS (SELECT id FROM note) SELECT id FROM c) AS d FOR UPDATE";
    assert!(planned(Postgres, locked).is_ok());
}

#[test]
fn w17_an_aggregate_yields_no_tenant() {
    assert_pairs(&[
        (
            MySql,
            ForeignTenant,
            "INSERT IGNORE INTO note (id, title, tenant_id) SELECT 900, count(*), n.tenant_id FROM note n WHERE n.id = 9",
            "INSERT IGNORE INTO note (id, title, tenant_id) SELECT 900, lower(n.title), n.tenant_id FROM note n WHERE n.id = 9",
        ),
        (
            MySql,
            ForeignTenant,
            "INSERT IGNORE INTO note (id, tenant_id) SELECT 900, n.tenant_id FROM note n HAVING count(*) = 0",
            "INSERT IGNORE INTO note (id, tenant_id) SELECT 900, n.tenant_id FROM note n",
        ),
    ]);
}
