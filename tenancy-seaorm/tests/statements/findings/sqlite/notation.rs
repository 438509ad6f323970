//! Numbers, strings, comments and operators that SQLite reads otherwise than the parser, and
//! functions in FROM.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    of,
};

#[tokio::test]
async fn r30_numbers_strings_and_comments_mean_what_sqlite_reads() {
    judge([
        of(
            "5",
            SameOrRefused,
            &[
                "SELECT id FROM note WHERE id = 0x01",
                "SELECT id FROM note WHERE id = 0X1",
                "SELECT id FROM note WHERE id IN (0x01, 0x2)",
                "SELECT id FROM note WHERE score & 0x0F",
                "SELECT id FROM note WHERE id = x'01'",
                "SELECT 0x10, 0xFF + 1, -0x10, typeof(0x10)",
                "SELECT 0x FROM note",
                "SELECT 0xZZ FROM note",
                "SELECT 0x1FFFFFFFFFFFFFFFF FROM note",
                "SELECT id FROM note ORDER BY id LIMIT 0x1",
                "SELECT typeof(x'10'), typeof(X'1f'), hex(x'41')",
                "SELECT x'1' FROM note",
                "SELECT 1_000, 1_0.5",
                "SELECT 1__0 FROM note",
                "SELECT 1a FROM note",
                "SELECT 1e FROM note",
                "SELECT 1e5x FROM note",
                "SELECT 0b11 FROM note",
                "SELECT 0o17 FROM note",
                "SELECT id FROM note WHERE id = 1or 1 = 1",
                "SELECT .5, 5., 1.e2, 00012, 1e3",
                "SELECT 9223372036854775808, typeof(9223372036854775808), -9223372036854775808",
                "UPDATE note SET score = 0x10 WHERE id = 1",
                "UPDATE note SET body = x'0041' WHERE id = 1",
                "INSERT INTO tag (id, name) VALUES (0x384, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (900, 0x1, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (900, 0x2, 'x')",
                "DELETE FROM note WHERE id = 0x01",
            ],
        ),
        of(
            "5 strings",
            SameOrRefused,
            &[
                r"SELECT 'a\'",
                r"SELECT 'a\', title FROM note --'",
                "SELECT 'a' 'b' FROM note",
                "SELECT 'it''s', title FROM note",
                "SELECT E'a' FROM note",
                "SELECT N'a' FROM note",
                "SELECT $$a$$ FROM note",
                "SELECT \"a\"\"b\" FROM note",
                "SELECT `a``b` FROM note",
                "SELECT [a]]b] FROM note",
                "SELECT TRUE, FALSE, NULL, true + 1 FROM note",
                "SELECT '\u{feff}', length('\u{feff}') FROM note",
            ],
        ),
        of(
            "5 comments",
            SameOrRefused,
            &[
                "SELECT /* id, */ title FROM note",
                "SELECT /* /* id, */ title FROM note",
                "SELECT id -- x\nFROM note",
                "SELECT id --\rFROM note",
                "SELECT id --\u{85}FROM note",
                "SELECT id FROM note /*! WHERE id = 1 */",
                "SELECT id FROM note # WHERE id = 1",
                "SELECT 1--1",
                "SELECT id FROM note /* unfinished",
                "SELECT id FROM note -- unfinished",
                "SELECT id/**/FROM/**/note",
            ],
        ),
        of(
            "5 control",
            Accepted,
            &[
                "SELECT id, 16, .5, 1e2 FROM note ORDER BY id",
                "SELECT hex(x'41'), 'it''s' FROM note",
                "UPDATE note SET score = 16 WHERE id = 1",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r31_operators_bind_as_sqlite_has_them() {
    judge([of(
        "31",
        SameOrRefused,
        &[
            "SELECT 1 = 1 = 1, 3 > 2 > 1, 2 = 1 < 2, 1 < 2 = 1",
            "SELECT 1 | 2 = 3, 6 & 3 + 1, 1 << 2 + 1, 7 & 4 = 4",
            "SELECT -2 % 3, 7 % 4 * 2, - 2 + 1, ~ 1 + 1",
            "SELECT 1 || 2 * 3, 1 + 2 || 3, 'a' || 'b' = 'ab'",
            "SELECT NOT 1 = 2, NOT 1 + 1, NOT NULL IS NULL",
            "SELECT id FROM note WHERE NOT score = 10 AND id > 1",
            "SELECT id FROM note WHERE title IS NULL = 0",
            "SELECT id FROM note WHERE body NOT NULL AND id = 1",
            "SELECT id FROM note WHERE title LIKE 'ACME%' = 1",
            "SELECT id FROM note WHERE title LIKE 'ACME' || '%'",
            "SELECT id FROM note WHERE title GLOB 'ACME*' AND id = 1",
            "SELECT id FROM note WHERE score BETWEEN 5 AND 5 + 5 AND id = 1",
            "SELECT id FROM note WHERE score BETWEEN 1 AND 10 = 1",
            "SELECT id FROM note WHERE id IN (1, 2) = 1",
            "SELECT id FROM note WHERE title = 'acme plan' COLLATE NOCASE",
            "SELECT id FROM note WHERE title COLLATE NOCASE = 'acme plan' OR id = 3",
            "SELECT id FROM note WHERE parent_id IS 1 AND id = 2",
            "SELECT id FROM note WHERE parent_id IS NOT 1",
            "SELECT id FROM note WHERE parent_id IS NOT DISTINCT FROM 1",
            "SELECT CASE score WHEN 10 THEN 1 ELSE 2 END + 1 FROM note",
            "SELECT doc -> '$.a' || 'x', doc ->> '$.a' = 1 FROM note",
            "SELECT id FROM note WHERE (id, score) = (1, 10)",
            "SELECT id == 1, id <> 1, id != 1 FROM note",
            "SELECT id FROM note WHERE title REGEXP '^A'",
            "SELECT id FROM note WHERE title MATCH 'A'",
        ],
    )])
    .await;
}

#[tokio::test]
async fn r34_what_reads_in_from_is_known_and_its_arguments_are_visited() {
    judge([
        of("34", Refused, &[
            "SELECT value FROM json_each((SELECT json_group_array(secret) FROM ledger))",
            "SELECT n.id, j.value FROM note n, json_each((SELECT json_group_array(secret) FROM ledger)) j",
            "SELECT value FROM json_tree((SELECT json_group_array(secret) FROM ledger))",
            "SELECT id FROM note WHERE id IN (SELECT value FROM json_each((SELECT json_group_array(secret) FROM ledger)))",
            "SELECT n.id FROM note n LEFT JOIN json_each((SELECT json_group_array(secret) FROM ledger)) j ON 1",
            "SELECT value FROM json_each('[1]', (SELECT secret FROM ledger))",
            "SELECT name FROM pragma_table_info('note')",
            "SELECT * FROM pragma_database_list",
            "SELECT name FROM sqlite_master",
            "SELECT name FROM sqlite_schema",
            "SELECT name FROM main.sqlite_master",
            "SELECT * FROM sqlite_sequence",
            "SELECT * FROM dbstat",
            "SELECT * FROM fsdir('.')",
            "SELECT * FROM bytecode('SELECT 1')",
            "SELECT load_extension('x')",
            "SELECT readfile('/etc/passwd')",
            "SELECT fts3_tokenizer('x')",
            "INSERT INTO tag (id, name) SELECT 900, value FROM json_each((SELECT json_group_array(secret) FROM ledger))",
        ]),
        of("34 others", SameOrRefused, &[
            "SELECT value FROM json_each((SELECT json_group_array(title) FROM note ORDER BY id))",
            "SELECT n.id, j.value FROM note n LEFT JOIN json_each(n.doc, '$.tags') j ON j.value = 'x' ORDER BY 1, 2",
            "SELECT n.id, j.value FROM note n, json_each(n.body) j",
            "SELECT n.id, j.value FROM note n, json_each(n.doc) j WHERE n.id = 24",
            "SELECT note.id FROM json_each('[1]') AS note",
            "WITH json_each AS (SELECT 5 AS value) SELECT value FROM json_each",
            "SELECT value FROM json_each",
            "SELECT value FROM generate_series(1, 3)",
        ]),
        of("34 control", Accepted, &[
            "SELECT json_extract(doc, '$.tags[0]') FROM note WHERE id = 1",
            "SELECT n.id FROM note n, tag t WHERE t.id = n.id ORDER BY 1",
        ]),
    ])
    .await;
}
