//! Words that PostgreSQL reads otherwise than as names.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    each, of,
};

/// Reserved words, and words that begin an operator or a clause after an expression.
/// <https://www.postgresql.org/docs/15/sql-keywords-appendix.html>
const WORDS: &str = "\
    ALL AND ANY ARRAY AS ASC AT BETWEEN CASE CAST COLLATE CROSS CURRENT_DATE \
    CURRENT_USER DEFAULT DESC DISTINCT ELSE EXCEPT FETCH FILTER FOR FROM FULL GROUP \
    HAVING ILIKE IN INTERSECT IS ISNULL JOIN LATERAL LEFT LIKE LIMIT NATURAL NOT \
    NOTNULL NULL OFFSET ON ONLY OR ORDER OVER OVERLAPS RETURNING SESSION_USER SIMILAR \
    TABLESAMPLE UNION USER USING WINDOW";

#[tokio::test]
async fn r25_only_before_a_table_is_no_name() {
    judge([
        of("5", Refused, &[
            r#"WITH "only" AS (SELECT 1 AS x) SELECT * FROM only note"#,
            r#"WITH "only" AS (SELECT 1) SELECT secret FROM only ledger"#,
            r#"WITH "only" AS (SELECT 1) SELECT l.secret FROM ONLY ledger l"#,
            r#"WITH only AS (SELECT 1) SELECT secret FROM only ledger"#,
            r#"WITH "only" AS (SELECT 1) SELECT secret FROM only (ledger)"#,
            r#"WITH "only" AS (SELECT 1) SELECT t.id, secret FROM tag t, only ledger"#,
            r#"WITH "only" AS (SELECT 1) SELECT t.id, secret FROM tag t JOIN only ledger ON true"#,
            r#"WITH "only" AS (SELECT 1) SELECT t.id, secret FROM tag t LEFT JOIN oNLy ledger ON true"#,
            r#"WITH "only" AS (SELECT 1) SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM only ledger)"#,
            r#"WITH "only" AS (SELECT 1) SELECT (SELECT secret FROM only ledger)"#,
            r#"WITH "only" AS (SELECT 1) SELECT name FROM tag UNION SELECT secret FROM only ledger"#,
            r#"WITH "only" AS (SELECT 1), s AS (SELECT secret FROM only ledger) SELECT * FROM s"#,
            r#"WITH "only" AS (SELECT 1) SELECT * FROM tag t, LATERAL (SELECT secret FROM only ledger) s"#,
            r#"WITH RECURSIVE "only" AS (SELECT 1) SELECT title FROM only note"#,
            r#"WITH "only" AS (SELECT 1) INSERT INTO tag (id, name) SELECT 900, secret FROM only ledger"#,
            r#"WITH "only" AS (SELECT 1) UPDATE note SET body = secret FROM only ledger"#,
            r#"WITH "only" AS (SELECT 1) DELETE FROM note USING only ledger"#,
            r#"WITH "only" AS (SELECT 1) UPDATE only ledger SET secret = 'x'"#,
            r#"WITH "only" AS (SELECT 1) DELETE FROM only ledger"#,
            "SELECT secret FROM ONLY ledger",
            "SELECT secret FROM ONLY (ledger)",
        ]),
        of("5 others", SameOrRefused, &[
            "SELECT id FROM ONLY note",
            "SELECT id FROM note *",
            "UPDATE ONLY note SET title = 'x'",
            "UPDATE ONLY (note) SET title = 'x' WHERE id = 101",
            "DELETE FROM ONLY note WHERE id = 101",
            "DELETE FROM ONLY note n WHERE n.id = 101",
            "SELECT n.id FROM ONLY note n JOIN ONLY tag t ON t.id = n.id",
            "DELETE FROM tag USING ONLY note n WHERE n.id = tag.id",
        ]),
        of("5 control", Accepted, &[
            "WITH s AS (SELECT 1 AS x) SELECT note.id, s.x FROM note, s ORDER BY 1",
            r#"WITH "only" AS (SELECT 1 AS x) SELECT x FROM "only""#,
            "SELECT n.id FROM note n WHERE n.id = 101",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r25_a_word_of_the_session_is_no_table_and_no_column() {
    let words = [
        "current_user",
        "user",
        "session_user",
        "current_role",
        "current_catalog",
        "current_schema",
        "system_user",
    ];
    let places = [
        r#"WITH "{}" AS (SELECT 1 AS x) SELECT * FROM {}"#,
        r#"WITH "{}" AS (SELECT 1 AS x) SELECT n.id, s.* FROM note n, {} AS s"#,
        r#"SELECT {} FROM (SELECT 1 AS "{}") s"#,
        r#"SELECT n.id FROM note n, (SELECT 'x' AS "{}") s WHERE {} = 'x'"#,
        "SELECT {}",
        "UPDATE note SET title = {}",
        "INSERT INTO tag (id, name) VALUES (900, {})",
    ];
    let statements = words
        .into_iter()
        .flat_map(|word| places.map(|place| place.replace("{}", word)));
    // In version 15, one of them is not yet a word of its own.
    let (known, new): (Vec<_>, Vec<_>) = statements.partition(|sql| !sql.contains("system_user"));
    judge([
        each("5 session", Refused, known),
        each("5 session, new", SameOrRefused, new),
        of(
            "5 session, control",
            Accepted,
            &[
                r#"SELECT id, s."user" FROM note, (SELECT 'x' AS "user") s ORDER BY id"#,
                "UPDATE note SET title = 'user'",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r25_no_word_becomes_an_alias_that_is_more_than_one() {
    let places = [
        "SELECT slug {} FROM note",
        "SELECT slug {} title FROM note",
        "SELECT id FROM note {}",
        "SELECT id FROM note {} WHERE id = 101",
        "SELECT id FROM (SELECT id FROM note) {}",
    ];
    let statements = WORDS
        .split_whitespace()
        .flat_map(|word| places.map(|place| place.replace("{}", word)));
    judge([
        of(
            "13",
            SameOrRefused,
            &[
                "SELECT slug ISNULL FROM note",
                "SELECT slug NOTNULL FROM note",
                "SELECT id FROM note WHERE slug ISNULL",
                "SELECT id FROM note WHERE (slug NOTNULL) = true",
                "SELECT id, slug ISNULL AS x FROM note ORDER BY slug ISNULL, id",
                "UPDATE note SET is_open = slug ISNULL",
                "INSERT INTO tag (id, name) SELECT id + 900, (slug ISNULL)::text FROM note",
                "DELETE FROM note WHERE id = 101 RETURNING slug ISNULL",
                "SELECT slug ISNULL, slug NOTNULL FROM note",
                "SELECT (SELECT slug ISNULL) FROM note",
            ],
        ),
        each("13 words", SameOrRefused, statements),
        of(
            "13 control",
            Accepted,
            &[
                "SELECT slug IS NULL FROM note",
                r#"SELECT slug AS "isnull" FROM note"#,
                "SELECT slug s FROM note n",
            ],
        ),
    ])
    .await;
}
