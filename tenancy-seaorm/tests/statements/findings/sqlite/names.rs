//! White space that SQLite skips, words that it reads otherwise, and `rowid`.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    each, of,
};

/// White space to one of the two, and part of a name to the other.
const SPACES: [&str; 9] = [
    "\u{feff}", "\u{a0}", "\u{85}", "\u{2028}", "\u{3000}", "\u{200b}", "\u{b}", "\u{c}", "\u{1c}",
];

/// Words that begin an operator or a clause. <https://www.sqlite.org/lang_keywords.html>
const WORDS: &str = "\
    AND AS ASC BETWEEN COLLATE CROSS ESCAPE EXCEPT FILTER FROM FULL GLOB IN INDEXED \
    INNER IS ISNULL JOIN LEFT LIKE LIMIT MATCH NATURAL NOT NOTNULL OR ORDER OVER REGEXP \
    RETURNING RIGHT UNION USING WINDOW";

#[tokio::test]
async fn r25_a_byte_order_mark_is_no_part_of_a_name() {
    judge([
        of("1", SameOrRefused, &[
            "WITH \"\u{feff}note\" AS (SELECT 1 AS x) SELECT * FROM \u{feff}note",
            "WITH \"\u{feff}ledger\" AS (SELECT 1 AS x) SELECT * FROM \u{feff}ledger",
            "WITH [\u{feff}ledger] AS (SELECT 1 AS x) SELECT * FROM \u{feff}ledger AS l",
            "WITH \"\u{feff}ledger\" AS (SELECT 1 AS x) SELECT n.id, l.* FROM note n JOIN \u{feff}ledger l",
            "WITH \"\u{feff}note\" AS (SELECT 1 AS x) SELECT (SELECT title FROM \u{feff}note LIMIT 1)",
            "WITH \"\u{feff}note\" AS (SELECT 1 AS x) SELECT id FROM tag UNION SELECT title FROM \u{feff}note",
            "WITH \"\u{feff}note\" AS (SELECT 1 AS x) INSERT INTO tag (id, name) SELECT id + 900, title FROM \u{feff}note",
            "WITH \"\u{feff}note\" AS (SELECT 1 AS x) DELETE FROM tag WHERE id IN (SELECT id FROM \u{feff}note)",
            "SELECT \u{feff}id FROM note",
            "SELECT id \u{feff}x FROM note",
            "SELECT id FROM note \u{feff}n",
            "\u{feff}SELECT id FROM note",
            "SELECT id FROM note\u{feff}",
            "SELECT id FROM note WHERE\u{feff}id = 1",
            "SELECT \u{feff}load_extension('x')",
            "SELECT \u{feff}max(id) FROM note",
            "SELECT n\u{feff}.\u{feff}id FROM note n",
            "SELECT s.\u{feff}id FROM (SELECT 5 AS \"\u{feff}id\", id FROM note) s",
        ]),
        of("1 writes", Refused, &[
            "UPDATE note SET \u{feff}tenant_id = 2",
            "UPDATE note SET title = 'x', \u{feff}tenant_id = 2 WHERE id = 1",
            "UPDATE note SET tenant_id\u{feff} = 2",
            "UPDATE note SET (\u{feff}tenant_id, title) = (2, 'x')",
            "UPDATE memo SET \u{feff}owner_id = 8",
            "INSERT INTO tag (id, \u{feff}tenant_id, name) VALUES (900, 2, 'x')",
            "INSERT INTO tag (\u{feff}tenant_id, id, name) SELECT 2, id + 900, title FROM note",
            "INSERT INTO tag (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET \u{feff}tenant_id = 2",
            "INSERT INTO memo (id, \u{feff}owner_id, title) VALUES (900, 8, 'x')",
            "INSERT INTO \u{feff}ledger (secret) VALUES ('x')",
            "UPDATE \u{feff}ledger SET secret = 'x'",
            "DELETE FROM \u{feff}ledger",
        ]),
        of("1 control", Accepted, &[
            "WITH n AS (SELECT 1 AS x) SELECT * FROM n",
            "UPDATE note SET title = '\u{feff}x' WHERE id = 1",
            "SELECT id\tFROM\nnote",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r25_unusual_white_space_and_words_change_no_name() {
    let spaced = [
        "SELECT id FROM{}note",
        "SELECT id FROM {}note",
        "SELECT id FROM note{}WHERE id = 1",
        "SELECT {}id FROM note",
        "SELECT id{}x FROM note",
        "SELECT id FROM note WHERE id = 1{}OR 1 = 1",
        "WITH \"{}ledger\" AS (SELECT 'x' AS secret) SELECT secret FROM {}ledger",
        "WITH \"{}note\" AS (SELECT 1 AS id) SELECT * FROM {}note",
        "UPDATE note SET {}tenant_id = 2",
        "INSERT INTO tag (id, {}tenant_id, name) VALUES (900, 2, 'x')",
        "DELETE FROM note WHERE id = 1{}AND 1 = 1",
    ];
    let spaced = SPACES
        .into_iter()
        .flat_map(|space| spaced.map(|place| place.replace("{}", space)));
    let aliases = [
        "SELECT title {} FROM note",
        "SELECT id FROM note {}",
        "SELECT title {} body FROM note",
    ];
    let aliases = WORDS
        .split_whitespace()
        .flat_map(|word| aliases.map(|place| place.replace("{}", word)));
    judge([
        each("25 spaces", SameOrRefused, spaced),
        each("25 words", SameOrRefused, aliases),
        of(
            "25 quotes",
            SameOrRefused,
            &[
                "SELECT \"nosuch\" FROM note",
                "SELECT \"title\" FROM note",
                "SELECT id FROM note WHERE title = \"ACME plan\"",
                "SELECT 'title' FROM note",
                "SELECT id FROM 'note'",
                "SELECT id FROM 'ledger'",
                "SELECT secret FROM 'ledger'",
                "SELECT [title] FROM [note]",
                "SELECT [title], `id` FROM `note`",
                "SELECT title AS 'x' FROM note",
                "SELECT title 'x' FROM note",
                "SELECT 'note'.'id' FROM note",
                "UPDATE note SET 'tenant_id' = 2",
                "UPDATE note SET [tenant_id] = 2",
                "UPDATE 'note' SET title = 'x'",
                "INSERT INTO tag (id, 'tenant_id', name) VALUES (900, 2, 'x')",
                "WITH 'ledger' AS (SELECT 1 AS secret) SELECT secret FROM ledger",
            ],
        ),
        of(
            "25 control",
            Accepted,
            &["SELECT id\u{c}FROM note", "SELECT \"id\" FROM \"note\""],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r26_text_after_a_complete_statement_is_refused() {
    judge([
        of(
            "4",
            Refused,
            &[
                "DELETE FROM note END WHERE id = 1",
                "DELETE FROM note end",
                "DELETE FROM note WHERE id = 1 END AND 1 = 0",
                "UPDATE note SET title = 'x' END WHERE id = 1",
                "SELECT id FROM note END LIMIT 1",
                "SELECT id FROM note WHERE id = 1 END OR id = 2",
                "SELECT CASE WHEN 1 THEN 2 END END FROM note",
                "INSERT INTO tag (id, name) VALUES (900, 'x') END ON CONFLICT DO NOTHING",
                "INSERT INTO tag (id, name) SELECT id + 900, title FROM note END WHERE id = 1",
                "WITH s AS (SELECT id FROM note) SELECT id FROM s END WHERE id = 1",
                "VALUES (1) END",
                "SELECT 1; END",
                "SELECT 1 END; SELECT 2",
                "END",
                "END TRANSACTION",
                "DELETE FROM note/**/END--",
            ],
        ),
        of(
            "4 control",
            Accepted,
            &[
                "DELETE FROM note WHERE id = 1",
                "SELECT CASE WHEN score > 15 THEN 1 ELSE 2 END FROM note",
                "SELECT id FROM note ORDER BY id LIMIT 1;",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r28_rowid_tells_nothing_of_rows_of_others() {
    let names = ["rowid", "oid", "_rowid_", "ROWID"];
    let places = [
        "SELECT {} FROM note",
        "SELECT {} FROM note_tag",
        "SELECT n.{}, n.id FROM note n",
        "SELECT t.{} FROM note_tag t WHERE t.{} > 2",
        "SELECT max({}) FROM note_tag",
        "SELECT tag_id FROM note_tag ORDER BY {}",
        "SELECT \"{}\" FROM note_tag",
        "UPDATE note_tag SET {} = 900",
        "UPDATE note SET {} = 900 WHERE id = 1",
        "DELETE FROM note_tag WHERE {} = 1",
        "DELETE FROM note_tag WHERE tag_id = 1 RETURNING {}",
        "INSERT INTO note_tag ({}, note_id, tag_id) VALUES (1, 900, 900)",
        "INSERT INTO note ({}, title) VALUES (900, 'x')",
        "SELECT c.{} FROM country c",
    ];
    let statements = names
        .into_iter()
        .flat_map(|name| places.map(|place| place.replace("{}", name)));
    judge([
        of("6", SameOrRefused, &[
            "SELECT note.rowid, tag.name FROM note FULL JOIN tag ON note.id = tag.id ORDER BY 1, 2",
            "SELECT note.rowid, tag.name FROM note LEFT JOIN tag USING (id) ORDER BY 1, 2",
            "SELECT note.rowid FROM note NATURAL LEFT JOIN tag ORDER BY 1",
            "SELECT s.rowid FROM (SELECT * FROM note) s ORDER BY 1",
            "WITH s AS (SELECT rowid AS r FROM note_tag) SELECT r FROM s",
            "SELECT m.rowid FROM memo m FULL JOIN note n ON m.id = n.id ORDER BY 1",
            "SELECT id FROM note WHERE rowid = 11",
            "SELECT id FROM note WHERE rowid BETWEEN 1 AND 12",
            "SELECT rowid FROM tag EXCEPT SELECT rowid FROM note_tag",
        ]),
        each("6 each", SameOrRefused, statements),
        of("6 control", Accepted, &[
            "SELECT note.id, tag.name FROM note FULL JOIN tag ON note.id = tag.id ORDER BY 1, 2",
            "SELECT tag_id FROM note_tag ORDER BY note_id, tag_id",
        ]),
    ])
    .await;
}
