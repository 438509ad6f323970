//! Where a string ends, under the SQL modes that have a say in it and in every place where one may
//! stand.

use super::{judge, judge_with};
use crate::findings::case::{
    Case,
    Expected::{Accepted, Refused, SameOrRefused},
    of,
};

const NO_BACKSLASH_ESCAPES: &str =
    "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')";

const ANSI_QUOTES: &str = "SET SESSION sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')";

/// To one mode each ends at its second quote, and to the other at its last.
fn backslashes() -> Vec<Case> {
    of(
        "3",
        Refused,
        &[
            r"SELECT title AS '\', GROUP_CONCAT(email) FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT title '\', GROUP_CONCAT(email) FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT '\', GROUP_CONCAT(email) FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT GROUP_CONCAT(title SEPARATOR '\'), GROUP_CONCAT(email) FROM note WHERE tenant_id <> 1 AND ? -- ') FROM note",
            r"SELECT GROUP_CONCAT(title ORDER BY id SEPARATOR '\') FROM note -- ') FROM note",
            r"SELECT 'a' '\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT N'\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT _utf8mb4'\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT x'\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT DATE '\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT title COLLATE '\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT CONVERT(title USING '\'), email FROM note WHERE tenant_id <> 1 AND ? -- ') FROM note",
            r"SELECT CAST(title AS CHAR CHARACTER SET '\'), email FROM note WHERE tenant_id <> 1 AND ? -- ') FROM note",
            r"SELECT at + INTERVAL '\' DAY, email FROM note WHERE tenant_id <> 1 AND ? -- ' DAY FROM note",
            r"SELECT id FROM note WHERE title LIKE 'a' ESCAPE '\' OR tenant_id <> 1 AND ? -- '",
            r"SELECT id FROM note WHERE title REGEXP '\' OR tenant_id <> 1 AND ? -- '",
            r"SELECT id FROM note USE INDEX ('\') WHERE tenant_id <> 1 AND ? -- ')",
            r"SELECT id FROM note AS '\' WHERE tenant_id <> 1 AND ? -- '",
            r"SELECT id FROM note ORDER BY '\' -- '",
            r"SELECT title AS '\' FROM note UNION SELECT email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note",
            r"SELECT id FROM (SELECT id AS '\', email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note) s",
            r"WITH s AS (SELECT title AS '\' FROM note) SELECT email FROM note WHERE tenant_id <> 1 AND ? -- ' FROM note) SELECT 1",
            r"SELECT JSON_VALUE(doc, '\'), email FROM note WHERE tenant_id <> 1 AND ? -- ') FROM note",
            r"UPDATE note SET title = '\', body = (SELECT MAX(secret) FROM ledger) -- ' WHERE id = 1",
            r"DELETE FROM note WHERE title = '\' OR 1 = 1 -- '",
            r"INSERT INTO tag (id, name) VALUES (900, '\'), (901, 'x') -- ')",
            r"INSERT INTO tag (id, name) SELECT 900 AS '\', secret FROM ledger -- ', 'x'",
            r"INSERT INTO note (id, title) VALUES (1, 'x') ON DUPLICATE KEY UPDATE title = '\' -- '",
            r"SELECT title AS '\\' FROM note",
            r"SELECT 'a\'b' FROM note",
        ],
    )
}

fn double_quotes() -> Vec<Case> {
    of(
        "3 quotes",
        Refused,
        &[
            r#"SELECT title "\", email FROM note WHERE tenant_id <> 1 AND ? -- " FROM note"#,
            r#"SELECT title AS "\", email FROM note WHERE tenant_id <> 1 AND ? -- " FROM note"#,
            r#"SELECT "\", email FROM note WHERE tenant_id <> 1 AND ? -- " FROM note"#,
            r#"SELECT GROUP_CONCAT(title SEPARATOR "\"), email FROM note WHERE tenant_id <> 1 AND ? -- ") FROM note"#,
            r#"SELECT title COLLATE "\", email FROM note WHERE tenant_id <> 1 AND ? -- " FROM note"#,
            r#"SELECT id FROM note USE INDEX ("\") WHERE tenant_id <> 1 AND ? -- ")"#,
            r#"SELECT id FROM note AS "\" WHERE tenant_id <> 1 AND ? -- ""#,
            r#"SELECT id AS "\" FROM note UNION SELECT email FROM note WHERE tenant_id <> 1 AND ? -- " FROM note"#,
            r#"SELECT "email" FROM note WHERE "tenant_id" <> 1"#,
            r#"SELECT id FROM note WHERE title = "body""#,
            r#"SELECT id FROM note WHERE "id" = 1"#,
            r#"SELECT id FROM note ORDER BY "id""#,
            r#"SELECT secret FROM "ledger""#,
            r#"SELECT id FROM "note""#,
            r#"SELECT "note".id FROM note"#,
            r#"UPDATE note SET title = "body""#,
            r#"UPDATE note SET "tenant_id" = 2"#,
            r#"INSERT INTO tag ("id", "name") VALUES (900, 'x')"#,
            r#"DELETE FROM note WHERE "title" = 'ACME plan'"#,
            r#"SELECT "it's" FROM note -- '"#,
            r#"SELECT "a" "b", title FROM note"#,
        ],
    )
}

fn harmless() -> Vec<Case> {
    of(
        "3 others",
        SameOrRefused,
        &[
            r#"SELECT title AS "x" FROM note"#,
            r#"SELECT title "x" FROM note"#,
            r#"SELECT GROUP_CONCAT(title ORDER BY id SEPARATOR "; ") FROM note"#,
            "SELECT title AS 'x' FROM note",
            "SELECT title AS 'it''s' FROM note",
            "SELECT title AS '`' FROM note",
            r"SELECT title AS `\` FROM note",
            r"SELECT title AS `\`, email FROM note -- `",
            "SELECT 'a' 'b' FROM note",
            "SELECT 'a'\n'b' FROM note",
            "SELECT 'x' AS 'y', title FROM note",
            "SELECT title COLLATE 'utf8mb4_bin' FROM note",
            "SELECT id FROM note -- '\\\nWHERE id = 1",
            "SELECT id FROM note /* \\' */ WHERE id = 1",
        ],
    )
}

fn control() -> Vec<Case> {
    of(
        "3 control",
        Accepted,
        &[
            "SELECT title AS t, email FROM note ORDER BY id",
            "SELECT GROUP_CONCAT(title ORDER BY id SEPARATOR '; ') FROM note",
            "SELECT 'it''s', title FROM note",
            "SELECT `title` AS `x` FROM `note`",
            "UPDATE note SET title = 'it''s' WHERE id = 1",
        ],
    )
}

#[tokio::test]
async fn r30_a_string_ends_in_one_place_under_every_mode() {
    judge([backslashes(), double_quotes(), harmless(), control()]).await;
}

#[tokio::test]
async fn r30_a_string_ends_in_one_place_without_backslash_escapes() {
    let cases = [backslashes(), double_quotes(), harmless(), control()];
    judge_with(Some(NO_BACKSLASH_ESCAPES), cases).await;
}

#[tokio::test]
async fn r30_a_string_ends_in_one_place_with_ansi_quotes() {
    let cases = [backslashes(), double_quotes(), harmless(), control()];
    judge_with(Some(ANSI_QUOTES), cases).await;
}
