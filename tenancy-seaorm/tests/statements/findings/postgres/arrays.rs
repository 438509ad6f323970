//! Array constructors and patterns, which PostgreSQL evaluates before its policies, and rows of
//! other users.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, SameOrRefused},
    bound, of,
};

#[tokio::test]
async fn r29_an_array_constructor_meets_no_row_of_others() {
    judge([
        of("1", SameOrRefused, &[
            r#"SELECT id FROM note WHERE id = 203 AND ARRAY[CASE WHEN title COLLATE "C" >= 'GLOBEX 3' THEN '{1,2}'::int[] ELSE '{1}'::int[] END, '{1}'::int[]] IS NOT NULL"#,
            "SELECT id FROM note WHERE id = 203 AND ARRAY[tags, ARRAY['x','y']] IS NOT NULL",
            "SELECT id FROM note WHERE ARRAY[tags, ARRAY['x','y']] IS NOT NULL ORDER BY id",
            "SELECT id FROM note WHERE id = 203 AND ARRAY[ARRAY['x','y'], tags] IS NULL",
            "SELECT id FROM note WHERE id = 203 AND [tags, ARRAY['x','y']] IS NOT NULL",
            "SELECT id FROM note WHERE id = 203 AND ARRAY[tags, '{x,y}'::text[]] <> ARRAY[tags, tags]",
            "SELECT id FROM note WHERE id = 203 AND cardinality(ARRAY[tags, '{x,y}']) > 0",
            "SELECT id FROM note WHERE id = 203 AND array_length(ARRAY[tags, '{x,y}'], 1) IS NULL",
            "SELECT id FROM note WHERE id IN (201, 203) AND ARRAY[tags, '{x,y}'] IS NOT NULL",
            "SELECT id FROM note WHERE id BETWEEN 200 AND 210 AND (ARRAY[tags, '{x,y}'])[1][1] = 'x'",
            "SELECT id FROM note WHERE id = 203 AND CASE WHEN ARRAY[tags, '{x,y}'] IS NULL THEN true ELSE true END",
            "SELECT id FROM note WHERE id = 203 AND coalesce(ARRAY[tags, '{x,y}'], '{}') IS NOT NULL",
            "SELECT id FROM note WHERE id = 203 AND ROW(ARRAY[tags, '{x,y}']) IS NOT NULL",
            "SELECT id FROM note WHERE id = 203 AND (ARRAY[tags, '{x,y}'], 1) IS DISTINCT FROM (NULL, 1)",
            "SELECT ARRAY[tags, ARRAY['x','y']] FROM note WHERE id = 203",
            "SELECT id FROM note ORDER BY ARRAY[tags, ARRAY['x','y']] IS NULL, id",
            "SELECT count(*) FROM note GROUP BY ARRAY[tags, ARRAY['x','y']] IS NULL",
            "SELECT count(*) FROM note WHERE id = 203 GROUP BY tags HAVING ARRAY[tags, '{x,y}'] IS NOT NULL",
            "SELECT t.id FROM tag t JOIN note n ON n.id = 203 AND ARRAY[n.tags, '{x,y}'] IS NOT NULL",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.id = 203 AND ARRAY[n.tags, '{x,y}'] IS NOT NULL",
            "SELECT t.id, n.id FROM note n FULL JOIN tag t ON n.id = t.id AND ARRAY[n.tags, '{x,y}'] IS NOT NULL",
            "SELECT s.id FROM (SELECT id, ARRAY[tags, '{x,y}'] AS a FROM note) s WHERE a IS NOT NULL AND id = 203",
            "WITH s AS (SELECT id, ARRAY[tags, '{x,y}'] AS a FROM note WHERE id = 203) SELECT id FROM s WHERE a IS NULL",
            "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM note n WHERE n.id = 203 AND ARRAY[n.tags, '{x,y}'] IS NOT NULL)",
            "SELECT id FROM tag WHERE id IN (SELECT id FROM note WHERE id = 203 AND ARRAY[tags, '{x,y}'] IS NULL)",
            "SELECT 1 UNION SELECT id FROM note WHERE id = 203 AND ARRAY[tags, '{x,y}'] IS NOT NULL",
            "SELECT id, count(*) FILTER (WHERE ARRAY[tags, '{x,y}'] IS NULL) FROM note WHERE id = 203 GROUP BY id, tags",
            "SELECT note_id FROM note_tag WHERE note_id = 203 AND ARRAY[CASE WHEN tag_id > 200 THEN '{1,2}'::int[] ELSE '{1}' END, '{1}'] IS NOT NULL",
            "UPDATE note SET score = 2 WHERE id = 203 AND ARRAY[tags, '{x,y}'] IS NOT NULL",
            "UPDATE tag SET name = 'x' FROM note n WHERE n.id = 203 AND ARRAY[n.tags, '{x,y}'] IS NOT NULL",
            "DELETE FROM note WHERE id = 203 AND ARRAY[tags, ARRAY['x','y']] IS NOT NULL",
            "DELETE FROM tag USING note n WHERE n.id = 203 AND ARRAY[n.tags, '{x,y}'] IS NOT NULL",
            "INSERT INTO tag (id, name) SELECT 900, 'x' FROM note WHERE id = 203 AND ARRAY[tags, '{x,y}'] IS NULL",
        ]),
        of("1 control", Accepted, &[
            "SELECT id FROM note WHERE id = 103 AND tags[1] = 't0'",
            "SELECT id, ARRAY[title, body] FROM note WHERE id = 103",
            "SELECT note_id FROM note_tag WHERE note_id = 103",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_a_failure_does_not_tell_of_a_row_of_another_user() {
    judge([
        of("2", SameOrRefused, &[
            "SELECT id FROM memo WHERE parse_ident(title) IS NOT NULL",
            "SELECT id FROM memo WHERE id = 101 AND parse_ident(title) IS NOT NULL",
            "SELECT id FROM memo WHERE id = 101 AND title::int > 0",
            "SELECT id FROM memo WHERE title LIKE 'USER8%' AND to_date(title, 'YYYY') IS NOT NULL",
            "SELECT id FROM memo WHERE owner_id = 8 AND 1 / (owner_id - 8) > 0",
            "SELECT id FROM memo WHERE is_open AND ARRAY[CASE WHEN owner_id = 8 THEN '{1,2}'::int[] ELSE '{1}' END, '{1}'] IS NULL",
            "SELECT title::int FROM memo WHERE id = 103",
            "SELECT max(title::int) FROM memo WHERE owner_id = 8",
            "SELECT n.id FROM note n LEFT JOIN memo m ON m.id = n.id AND m.title::date > '2024-01-01'",
            "SELECT id FROM note WHERE EXISTS (SELECT 1 FROM memo WHERE memo.id = 101 AND title::int = 1)",
            "SELECT id FROM (SELECT id, CASE WHEN owner_id = 8 THEN title END AS t FROM memo) s WHERE t::int = 1",
            "SELECT id FROM memo UNION SELECT title::int FROM memo WHERE id = 101",
            "SELECT id, sum(1 / (owner_id - 8)) OVER (ORDER BY id) FROM memo",
            "SELECT owner_id FROM memo GROUP BY owner_id HAVING 1 / (owner_id - 8) < 0",
            "UPDATE memo SET is_open = true WHERE id = 101 AND to_date(title, 'YYYY') IS NOT NULL",
            "UPDATE memo SET is_open = 1 / (owner_id - 8) < 0",
            "DELETE FROM memo WHERE id = 101 AND title::int > 0",
            "INSERT INTO tag (id, name) SELECT 900, title FROM memo WHERE id = 101 AND title::int > 0",
        ]),
        of("2 control", Accepted, &[
            "SELECT id, title FROM memo ORDER BY id",
            "SELECT id FROM memo WHERE 1 / (owner_id - 8) < 0 ORDER BY id",
            "SELECT id FROM memo WHERE substr(title, 10)::int > 2 ORDER BY id",
            "UPDATE memo SET is_open = true WHERE substr(title, 10)::int = 2",
            "DELETE FROM memo WHERE id = 102",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_a_pattern_that_ends_in_its_escape_tells_nothing() {
    judge([
        of(
            "11",
            SameOrRefused,
            &[
                r"SELECT id FROM note WHERE title ~~ 'GLOBEX\'",
                r"SELECT id FROM note WHERE title LIKE ('GLOBEX\')",
                r"SELECT id FROM note WHERE title LIKE 'GLOBEX\'",
                r"SELECT id FROM note WHERE title LIKE (('GLOBEX\'))",
                r"SELECT id FROM note WHERE title NOT LIKE ('GLOBEX\')",
                r"SELECT id FROM note WHERE title ILIKE ('globex\')",
                r"SELECT id FROM note WHERE title ~~* 'globex\'",
                r"SELECT id FROM note WHERE title !~~ 'GLOBEX\'",
                r"SELECT id FROM note WHERE title !~~* 'GLOBEX\'",
                r"SELECT id FROM note WHERE title LIKE E'GLOBEX\\'",
                r"SELECT id FROM note WHERE title LIKE (E'GLOBEX\\')",
                r"SELECT id FROM note WHERE title LIKE $$GLOBEX\$$",
                r"SELECT id FROM note WHERE title ~~ $q$GLOBEX\$q$",
                r"SELECT id FROM note WHERE title LIKE U&'GLOBEX\005C'",
                r"SELECT id FROM note WHERE title LIKE 'GLOBEX' || '\'",
                r"SELECT id FROM note WHERE title LIKE concat('GLOBEX', chr(92))",
                r"SELECT id FROM note WHERE title LIKE 'GLOBEX\'::text",
                r"SELECT id FROM note WHERE title LIKE CAST('GLOBEX\' AS varchar)",
                r"SELECT id FROM note WHERE title LIKE text 'GLOBEX\'",
                r#"SELECT id FROM note WHERE title LIKE 'GLOBEX\' COLLATE "C""#,
                r"SELECT id FROM note WHERE title LIKE (SELECT 'GLOBEX\')",
                r"SELECT id FROM note WHERE title LIKE CASE WHEN true THEN 'GLOBEX\' END",
                r"SELECT id FROM note WHERE title LIKE coalesce('GLOBEX\', 'x')",
                r"SELECT id FROM note WHERE title LIKE 'GLOBEXx' ESCAPE 'x'",
                r"SELECT id FROM note WHERE title LIKE ('GLOBEXx') ESCAPE ('x')",
                r"SELECT id FROM note WHERE title LIKE 'GLOBEX ' ESCAPE ' '",
                r"SELECT id FROM note WHERE title SIMILAR TO 'GLOBEX\'",
                r"SELECT id FROM note WHERE title LIKE ANY (ARRAY['GLOBEX\'])",
                r"SELECT id FROM note WHERE title ~~ ANY (ARRAY['x', 'GLOBEX\'])",
                r"SELECT id FROM note WHERE title LIKE ALL ('{GLOBEX\\\\}'::text[])",
                r"SELECT id FROM note WHERE 'GLOBEX 1' LIKE title || '\'",
                r"SELECT id FROM note WHERE title LIKE title",
                r"SELECT id FROM note WHERE 'GLOBEX' ~~ title",
                r"SELECT id FROM note WHERE title ~ body",
                r"SELECT id FROM note WHERE 'x' ~ body",
                r"SELECT id FROM tag WHERE 'GLOBEX' LIKE name",
                r"SELECT id, title LIKE ('GLOBEX\') FROM note",
                r"SELECT id FROM note ORDER BY title ~~ 'GLOBEX\', id",
                r"SELECT title FROM note GROUP BY title HAVING title ~~ 'GLOBEX\'",
                r"SELECT t.id FROM tag t LEFT JOIN note n ON n.title LIKE ('GLOBEX\')",
                r"SELECT id FROM (SELECT id, title AS t FROM note) s WHERE t ~~ 'GLOBEX\'",
                r"UPDATE note SET score = 1 WHERE title ~~ 'GLOBEX\'",
                r"DELETE FROM note WHERE title LIKE ('GLOBEX\')",
                r"DELETE FROM memo WHERE title ~~ 'USER8\'",
                r"INSERT INTO tag (id, name) SELECT 900, 'x' FROM note WHERE title ~~ 'GLOBEX\'",
                r"SELECT like(title, 'GLOBEX\') FROM note",
                r"SELECT regexp_match(title, body) FROM note WHERE id = 298",
            ],
        ),
        bound(
            "11 bound",
            SameOrRefused,
            "SELECT id FROM note WHERE title ~~ $1",
            [r"GLOBEX\".into()],
        ),
        bound(
            "11 bound, nested",
            SameOrRefused,
            "SELECT id FROM note WHERE title LIKE ($1)",
            [r"GLOBEX\".into()],
        ),
        bound(
            "11 bound, joined",
            SameOrRefused,
            "SELECT id FROM note WHERE title LIKE $1 || $2",
            ["GLOBEX".into(), r"\".into()],
        ),
        bound(
            "11 bound, cast",
            SameOrRefused,
            "SELECT id FROM note WHERE title ILIKE $1::text",
            [r"globex\".into()],
        ),
        bound(
            "11 bound, escape",
            SameOrRefused,
            "SELECT id FROM note WHERE title LIKE 'GLOBEXx' ESCAPE $1",
            ["x".into()],
        ),
        of(
            "11 control",
            Accepted,
            &[
                "SELECT id FROM note WHERE title LIKE 'Acme%' ORDER BY id",
                r"SELECT id FROM note WHERE title ~~ 'Acme\ 1'",
                "SELECT id FROM note WHERE title ILIKE '%ME 2' ORDER BY id",
                "SELECT id FROM note WHERE title NOT LIKE 'Acmex_%' ESCAPE 'x' ORDER BY id",
            ],
        ),
        bound(
            "11 control, bound",
            Accepted,
            "SELECT id FROM note WHERE title LIKE $1",
            ["Acme 1".into()],
        ),
    ])
    .await;
}
