//! Names as they are sent: R25, R27, R28 and R34, to the letter.

use super::{Dialect, planned};
use crate::error::ErrorKind;

fn exact(dialect: Dialect, sql: &str) -> String {
    planned(dialect, sql).unwrap().exact().to_owned()
}

fn refusal(dialect: Dialect, sql: &str) -> String {
    match planned(dialect, sql) {
        Err(error) => error.to_string(),
        Ok(plan) => panic!("{sql}: became {}", plan.exact()),
    }
}

#[test]
fn r25_every_name_is_sent_in_quotes_as_the_engine_folds_it() {
    let sql =
        "WITH W AS (SELECT Title AS T FROM Note AS N) SELECT w.T, 'a' AS \"B c\" FROM w ORDER BY T";
    assert_eq!(
        exact(Dialect::Postgres, sql),
        concat!(
            r#"WITH "tenancy_with_1" AS (SELECT "title" AS "t" FROM "note" AS "n" WHERE "n"."tenant_id" = $1) "#,
            r#"SELECT "w"."t", 'a' AS "B c" FROM "tenancy_with_1" AS "w" ORDER BY "t""#
        )
    );
    assert_eq!(
        exact(Dialect::Sqlite, sql),
        concat!(
            "WITH `tenancy_with_1` AS (SELECT `Title` AS `T` FROM `Note` AS `N` WHERE `N`.`tenant_id` = ?1) ",
            "SELECT `w`.`T`, 'a' AS `B c` FROM `tenancy_with_1` AS `w` ORDER BY `T`"
        )
    );
    assert_eq!(
        exact(
            Dialect::MySql,
            "SELECT n.id AS 'a b' FROM note AS n USE INDEX (PRIMARY) WINDOW w AS (ORDER BY id)"
        ),
        "SELECT `n`.`id` AS `a b` FROM `note` AS `n` USE INDEX (`PRIMARY`) WHERE `n`.`tenant_id` = ? WINDOW `w` AS (ORDER BY `id`)"
    );
    assert_eq!(
        exact(
            Dialect::Postgres,
            "INSERT INTO note AS n (title) VALUES (DEFAULT) ON CONFLICT ON CONSTRAINT note_pkey DO UPDATE SET title = excluded.title RETURNING n.id"
        ),
        concat!(
            r#"INSERT INTO "note" AS "n" ("title", "tenant_id") VALUES (DEFAULT, $1) ON CONFLICT ON CONSTRAINT "note_pkey" "#,
            r#"DO UPDATE SET "title" = "excluded"."title" WHERE "n"."tenant_id" = $1 RETURNING "n"."id""#
        )
    );
}

#[test]
fn r25_a_word_that_the_engine_reserves_is_no_name() {
    for (dialect, sql) in [
        (
            Dialect::Postgres,
            "WITH \"only\" AS (SELECT 1) SELECT * FROM only note",
        ),
        (
            Dialect::Postgres,
            "WITH \"user\" AS (SELECT 1) SELECT * FROM user",
        ),
        (Dialect::Postgres, "SELECT title ISNULL FROM note"),
        (Dialect::Postgres, "SELECT title day FROM note"),
        (Dialect::Postgres, "SELECT id FROM note AND"),
        (
            Dialect::Postgres,
            "UPDATE note SET title = 'a' RETURNING title ISNULL",
        ),
        (Dialect::Sqlite, "SELECT title ISNULL FROM note"),
        (Dialect::Sqlite, "SELECT id FROM note BETWEEN"),
        (Dialect::MySql, "SELECT id FROM note BINARY"),
        (Dialect::MySql, "SELECT title ESCAPED FROM note"),
    ] {
        let error = planned(dialect, sql).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::NotParsed),
            "{sql}: {error}"
        );
    }
    // Where the engine takes it for a name, and where it is quoted.
    assert_eq!(
        exact(
            Dialect::Postgres,
            "SELECT n.title AS end, n.order FROM note n, \"user\""
                .replace(", \"user\"", "")
                .as_str()
        ),
        r#"SELECT "n"."title" AS "end", "n"."order" FROM "note" "n" WHERE "n"."tenant_id" = $1"#
    );
    assert!(planned(Dialect::MySql, "SELECT n.order FROM note n").is_ok());
    assert!(planned(Dialect::Sqlite, "SELECT title AS \"isnull\" FROM note").is_ok());
}

#[test]
fn r25_a_name_holds_nothing_that_would_end_its_quotes() {
    for name in [
        "\"a\"\"\"\"b\"",
        "\"a``b\"",
        "\"a\\b\"",
        "\"a\u{1}b\"",
        "\"a\u{feff}b\"",
        "\"\"",
    ] {
        let sql = format!("SELECT title AS {name} FROM note");
        assert!(
            refusal(Dialect::Postgres, &sql).contains("a name that"),
            "{name}"
        );
    }
    for name in ["\"größe; -- x\"", "\"a\"\"b\"", "\"\"\"a`'\""] {
        let sql = format!("SELECT title AS {name} FROM note");
        assert!(exact(Dialect::Postgres, &sql).contains(name));
    }
}

#[test]
fn r27_functions_and_operators_are_the_systems_own() {
    assert_eq!(
        exact(
            Dialect::Postgres,
            "SELECT Lower(title) || 'x', -id + 2 * 3, coalesce(title, ''), substring(title, 1, 2), ceil(id) FROM note WHERE id % 2 = 0"
        ),
        concat!(
            r#"SELECT ("pg_catalog"."lower"("title") OPERATOR("pg_catalog".||) 'x'), "#,
            r#"((OPERATOR("pg_catalog".-) ("id")) OPERATOR("pg_catalog".+) (2 OPERATOR("pg_catalog".*) 3)), coalesce("title", ''), "#,
            r#""pg_catalog"."substring"("title", 1, 2), "pg_catalog"."ceil"("id") "#,
            r#"FROM "note" WHERE "note"."tenant_id" = $1 AND (CASE WHEN "note"."tenant_id" = $1 THEN "id" % 2 = 0 ELSE false END)"#
        )
    );
    for sql in [
        "SELECT - 2 ^ 2",
        "SELECT ~ id + 1 FROM note",
        "SELECT 17 % ~ id - 2 FROM note",
        "SELECT - @ id + 9 FROM note",
        "SELECT title ~ 'A' || 'x' FROM note",
        "SELECT true = title ~~ 'A' FROM note",
        "SELECT id = score = score FROM note",
    ] {
        assert!(
            refusal(Dialect::Postgres, sql).contains("other operands"),
            "{sql}"
        );
    }
    assert_eq!(
        exact(
            Dialect::Sqlite,
            "SELECT - - id, + ~ id FROM note WHERE lower(title) = 'a'"
        ),
        "SELECT -(-`id`), +(~`id`) FROM `note` WHERE `note`.`tenant_id` = ?1 AND (lower(`title`) = 'a')"
    );
    assert_eq!(
        exact(Dialect::Sqlite, "SELECT (-(id)), -(5) FROM note"),
        "SELECT (-(`id`)), -5 FROM `note` WHERE `note`.`tenant_id` = ?1"
    );
    assert_eq!(
        exact(
            Dialect::Postgres,
            "SELECT -(9223372036854775808) FROM note GROUP BY ROLLUP (id, -id)"
        ),
        concat!(
            r#"SELECT -9223372036854775808 FROM "note" WHERE "note"."tenant_id" = $1 "#,
            r#"GROUP BY ROLLUP ("id", OPERATOR("pg_catalog".-) ("id"))"#
        )
    );
}

#[test]
fn r27_a_row_is_no_value_and_a_qualified_name_is_a_column() {
    for sql in [
        "SELECT rank(n) FROM country c, (SELECT 1 AS x) n WHERE c.id = 1 AND n IS NULL",
        "SELECT d FROM (SELECT id FROM note) d",
        "SELECT d.all_titles FROM (SELECT id FROM note) d",
        "SELECT c.all_titles FROM note n, (SELECT n.id) c",
        "SELECT count(n.*), to_json(n.*) FROM note n",
        "SELECT x.title FROM note",
        "SELECT (n).title FROM note n",
    ] {
        assert_eq!(
            planned(Dialect::Postgres, sql).unwrap_err().kind(),
            ErrorKind::Unsupported,
            "{sql}"
        );
    }
    // Of a table, the entity's columns are known. The database is asked about others.
    let known = planned(Dialect::Postgres, "SELECT n.title FROM note n").unwrap();
    assert!(known.unlearned.is_empty());
    for sql in [
        "SELECT note.all_titles FROM note",
        "SELECT rank(n) FROM note n",
        "SELECT n::text FROM note n",
        "SELECT s.all_titles FROM (SELECT * FROM note) s",
        "WITH s AS (SELECT n.* FROM note n) SELECT s.all_titles FROM s",
        "UPDATE note SET title = note.all_titles",
        "SELECT id FROM note ORDER BY note.all_titles",
        "INSERT INTO note (title) VALUES ('a') ON CONFLICT (id) DO UPDATE SET title = excluded.all_titles",
        "DELETE FROM note RETURNING note.all_titles",
    ] {
        let plan = planned(Dialect::Postgres, sql).unwrap();
        assert!(!plan.unlearned.is_empty(), "{sql}");
        assert_eq!(
            plan.ensure_learned().unwrap_err().kind(),
            ErrorKind::Unsupported
        );
    }
    for sql in [
        "SELECT d.id, d.t, count(*), json_agg(d) FROM (SELECT id, title AS t FROM note) d GROUP BY 1, 2",
        "SELECT s.title FROM (SELECT * FROM note) s",
        "WITH RECURSIVE w (a) AS (SELECT id FROM note UNION SELECT w.a FROM w) SELECT w.a FROM w",
        "SELECT u.a, d, count(n.*) FROM note n, unnest(ARRAY[1], ARRAY[2]) AS u (a, b), generate_series(1, 2) AS d GROUP BY 1, 2",
        "SELECT n.id FROM note n WHERE EXISTS (SELECT 1 FROM country c WHERE c.id = n.id)",
    ] {
        let plan = planned(Dialect::Postgres, sql).unwrap();
        assert!(plan.unlearned.is_empty(), "{sql}: {:?}", plan.unlearned);
    }
}

#[test]
fn r28_columns_of_the_system_are_refused() {
    for (dialect, sql) in [
        (Dialect::Postgres, "SELECT ctid::text FROM note"),
        (Dialect::Postgres, "SELECT note.xmin FROM note"),
        (Dialect::Postgres, "DELETE FROM note WHERE tableoid = 1"),
        (Dialect::Sqlite, "SELECT rowid FROM note"),
        (Dialect::Sqlite, "SELECT note._ROWID_ FROM note"),
        (Dialect::Sqlite, "SELECT id FROM note ORDER BY oid"),
        (Dialect::MySql, "SELECT _rowid FROM note"),
    ] {
        assert!(refusal(dialect, sql).contains("the database adds"), "{sql}");
    }
}

#[test]
fn r34_functions_in_from_are_accepted_by_list_and_their_arguments_visited() {
    assert_eq!(
        exact(
            Dialect::Postgres,
            "SELECT d FROM generate_series(1, 3) WITH ORDINALITY AS d, unnest($1) AS u (a), unnest($1, $1) AS v (a, b)"
        ),
        r#"SELECT "d" FROM "pg_catalog"."generate_series"(1, 3) WITH ORDINALITY AS "d", "pg_catalog"."unnest"($1) AS "u" ("a"), "unnest"($1, $1) AS "v" ("a", "b")"#
    );
    assert!(
        exact(
            Dialect::Sqlite,
            "SELECT j.value FROM note n, json_each((SELECT title FROM note)) j"
        )
        .contains("(SELECT `title` FROM `note` WHERE `note`.`tenant_id` = ?1)")
    );
    for (dialect, sql) in [
        (Dialect::Postgres, "SELECT * FROM pg_ls_dir('.')"),
        (
            Dialect::Postgres,
            "SELECT * FROM public.generate_series(1, 2)",
        ),
        (Dialect::Sqlite, "SELECT * FROM pragma_table_info('note')"),
        (Dialect::MySql, "SELECT * FROM json_each('[]')"),
    ] {
        assert_eq!(
            planned(dialect, sql).unwrap_err().kind(),
            ErrorKind::UnknownFunction,
            "{sql}"
        );
    }
}
