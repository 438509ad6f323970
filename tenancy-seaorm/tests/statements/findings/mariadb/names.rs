//! Names, white space and words that MariaDB reads otherwise than the parser, and what stands after
//! a statement.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    each, of,
};

/// White space to one of the two, and part of a name to the other.
const SPACES: [&str; 9] = [
    "\u{a0}", "\u{feff}", "\u{85}", "\u{2028}", "\u{3000}", "\u{200b}", "\u{b}", "\u{c}", "\u{1c}",
];

/// Words that begin an operator, a clause or a hint.
const WORDS: &str = "\
    AND AS BETWEEN BINARY COLLATE CROSS DIV ELSE FOR FORCE FROM HAVING IGNORE IN INTO IS \
    JOIN LEFT LIKE LIMIT LOCK MOD NATURAL NOT OR PARTITION PROCEDURE REGEXP RETURNING \
    RLIKE SOUNDS STRAIGHT_JOIN UNION USE WINDOW XOR";

#[tokio::test]
async fn r25_names_of_common_table_expressions_compare_without_case() {
    judge([
        of("12", SameOrRefused, &[
            "WITH NOTE AS (SELECT 1 AS id) SELECT id FROM note",
            "WITH Note AS (SELECT 1 AS id) SELECT id FROM note",
            "WITH NOTE AS (SELECT 1 AS id) SELECT note.id FROM note",
            "WITH `NOTE` AS (SELECT 1 AS id) SELECT id FROM `note`",
            "WITH NOTE (id) AS (SELECT 1) SELECT n.id FROM note n",
            "WITH note AS (SELECT 1 AS id) SELECT id FROM NOTE",
            "WITH LEDGER AS (SELECT 'x' AS secret) SELECT secret FROM ledger",
            "WITH ledger AS (SELECT 'x' AS secret) SELECT secret FROM LEDGER",
            "WITH TAG AS (SELECT 1 AS id, 'x' AS name) SELECT t.name FROM note n JOIN tag t ON t.id = n.id",
            "WITH NOTE AS (SELECT * FROM note) SELECT id FROM note",
            "WITH NOTE AS (SELECT id FROM note WHERE id = 1) SELECT id FROM Note",
            "WITH RECURSIVE NOTE AS (SELECT 1 AS id UNION SELECT id + 1 FROM note WHERE id < 3) SELECT id FROM NOTE",
            "SELECT id FROM (WITH NOTE AS (SELECT 1 AS id) SELECT id FROM note) s",
            "SELECT id FROM tag WHERE id IN (WITH NOTE AS (SELECT 1 AS id) SELECT id FROM note)",
            "WITH NOTE AS (SELECT 1 AS id) SELECT id FROM note UNION SELECT id FROM tag",
            "WITH NOTE AS (SELECT 1 AS id), n AS (SELECT id FROM note) SELECT id FROM n",
            "INSERT INTO tag (id, name) WITH NOTE AS (SELECT 900 AS id) SELECT id, 'x' FROM note",
            "WITH tr\u{e9}e AS (SELECT 1 AS id) SELECT id FROM tree",
        ]),
        of("12 control", Accepted, &[
            "WITH note AS (SELECT 1 AS id) SELECT id FROM note",
            "WITH n AS (SELECT id FROM note) SELECT id FROM n ORDER BY id",
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
        "WITH `{}ledger` AS (SELECT 'x' AS secret) SELECT secret FROM {}ledger",
        "WITH `{}note` AS (SELECT 1 AS id) SELECT * FROM {}note",
        "UPDATE note SET {}tenant_id = 2",
        "UPDATE note SET title = 'x'{}WHERE id = 1",
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
            "25 control",
            Accepted,
            &[
                "SELECT\tid\nFROM note\r\nWHERE id = 1",
                "SELECT title AS binary_title FROM note",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r26_text_after_a_complete_statement_is_refused() {
    judge([
        of("6", Refused, &[
            "UPDATE note SET score = CASE WHEN score > 5 THEN 1 ELSE 2 END END WHERE id = 1",
            "UPDATE note SET score = 1 END WHERE id = 1",
            "UPDATE note SET score = 1 end where id = 1",
            "UPDATE note SET score = 1 WHERE id = 1 END AND score > 100",
            "DELETE FROM note END WHERE id = 1",
            "DELETE FROM note END LIMIT 1",
            "DELETE FROM note ORDER BY id END LIMIT 1",
            "SELECT id FROM note END LIMIT 1",
            "SELECT id FROM note WHERE id = 1 END OR id = 2",
            "SELECT CASE WHEN 1 THEN 2 END END FROM note",
            "INSERT INTO tag (id, name) VALUES (900, 'x') END ON DUPLICATE KEY UPDATE name = 'y'",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note END WHERE id = 1",
            "WITH s AS (SELECT id FROM note) SELECT id FROM s END WHERE id = 1",
            "SELECT 1 END; SELECT 2",
            "SELECT 1; END",
            "END",
            "DELETE FROM note/**/END# WHERE id = 1",
        ]),
        of("6 control", Accepted, &[
            "UPDATE note SET score = CASE WHEN score > 5 THEN 1 ELSE 2 END WHERE id = 1",
            "DELETE FROM note WHERE id = 1",
            "SELECT id FROM note ORDER BY id LIMIT 1;",
        ]),
    ])
    .await;
}
