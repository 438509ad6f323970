//! Functions, operators, casts and types of the application's own, which read more than their
//! arguments.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Harmless, Refused, SameOrRefused},
    of,
};

#[tokio::test]
async fn r27_a_qualified_name_is_a_column_and_calls_no_function() {
    judge([
        of("6", Refused, &[
            "SELECT note.all_titles FROM note",
            "UPDATE note SET body = note.all_titles WHERE id = 101",
            "SELECT n.all_titles FROM note n",
            r#"SELECT "n"."peek" FROM note AS "n""#,
            "SELECT N.PEEK FROM note n",
            "SELECT n.shout, n.rank, n.path FROM note n",
            "SELECT id FROM note WHERE note.peek LIKE '%GLOBEX%'",
            "SELECT n.id FROM note n JOIN tag t ON n.peek > t.name",
            "SELECT n.id FROM tag t LEFT JOIN note n ON n.id = t.id AND n.peek IS NOT NULL",
            "SELECT id FROM note ORDER BY note.peek, id",
            "SELECT count(*) FROM note n GROUP BY n.peek",
            "SELECT n.id FROM note n GROUP BY n.id HAVING max(n.peek) > ''",
            "SELECT max(n.peek) FROM note n",
            "SELECT length(n.peek) FROM note n WHERE n.id = 101",
            "SELECT (SELECT n.peek) FROM note n",
            "SELECT t.id, (SELECT max(n.peek) FROM note n WHERE n.id = t.id) FROM tag t",
            "SELECT t.id, s.p FROM tag t, LATERAL (SELECT n.peek AS p FROM note n WHERE n.id = t.id) s",
            "WITH s AS (SELECT n.peek AS p FROM note n) SELECT p FROM s",
            "SELECT title FROM note UNION SELECT n.peek FROM note n",
            "SELECT n.id, rank() OVER (ORDER BY n.peek) FROM note n",
            "SELECT DISTINCT ON (n.peek) n.id FROM note n",
            "SELECT CASE WHEN n.peek > 'B' THEN 1 END FROM note n",
            "DELETE FROM note WHERE note.peek > '' AND id = 101",
            "DELETE FROM note WHERE id = 101 RETURNING note.peek",
            "UPDATE note SET title = 'x' WHERE id = 101 RETURNING note.peek",
            "UPDATE note n SET title = t.name || n.peek FROM tag t WHERE t.id = n.id",
            "INSERT INTO tag (id, name) SELECT 900, n.peek FROM note n WHERE n.id = 101",
            "INSERT INTO note (id, title) VALUES (900, 'x') RETURNING note.peek",
            "INSERT INTO note (id, title) VALUES (101, 'x') ON CONFLICT (id) DO UPDATE SET title = note.peek",
            "INSERT INTO note (id, title) VALUES (101, 'x') ON CONFLICT (id) DO UPDATE SET title = excluded.peek",
            "SELECT all_titles(note) FROM note",
            "SELECT (note).all_titles FROM note",
            "SELECT (n).peek FROM note n",
            "SELECT peek(n) FROM note n",
            "SELECT public.note.peek FROM note",
            // The rows of a query over one table are still that table's to PostgreSQL.
            "SELECT s.peek FROM (SELECT * FROM note) s",
            "SELECT (s.n).peek FROM (SELECT n FROM note n) s",
            "WITH s AS (SELECT * FROM note) SELECT s.all_titles FROM s",
        ]),
        of("6 others", SameOrRefused, &[
            "SELECT public.note.title FROM note",
            "SELECT note.text FROM note",
            "SELECT note.name FROM note",
            "SELECT n FROM note n WHERE n.id = 101",
            "SELECT country.upper FROM country",
        ]),
        of("6 control", Accepted, &[
            "SELECT note.title FROM note",
            r#"SELECT n."title", n.id FROM note n ORDER BY n.id"#,
            "UPDATE note SET body = note.title WHERE id = 101",
            "SELECT s.title FROM (SELECT title FROM note) s",
            "DELETE FROM note WHERE note.id = 101 RETURNING note.title",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r27_an_overload_of_a_known_function_tells_nothing() {
    judge([
        of(
            "7",
            Harmless,
            &[
                "SELECT id, rank(n) FROM note n",
                "SELECT id, rank(note) FROM note",
                "SELECT id, path(n) FROM note n",
                "SELECT id, age(n) FROM note n",
                "SELECT id, lower(n) FROM note n",
                "SELECT id, lower((n)) FROM note n",
                "SELECT id, rank(n.*) FROM note n",
                "SELECT id, path(n.title) FROM note n",
                "SELECT path(title || '') FROM note",
                "SELECT id, md5(id) FROM note",
                "SELECT id, md5(n.id) FROM note n WHERE n.id = 101",
                "SELECT id, abbrev(id) FROM note",
                "SELECT id, abbrev(n) FROM note n",
                "SELECT abbrev(1)",
                "SELECT abbrev('x'::text)",
                "SELECT path('x'::text)",
                "SELECT md5(5::bigint)",
                "SELECT id FROM note n WHERE path(n) LIKE '%GLOBEX%'",
                "SELECT id FROM note n WHERE id = 101 AND md5(id) LIKE '%GLOBEX%'",
                "SELECT id FROM note n ORDER BY rank(n), id",
                "SELECT max(path(n)) FROM note n",
                "SELECT count(c) FROM country c",
                "SELECT count(c) OVER () FROM country c",
                "SELECT count(country) FROM country HAVING count(country) > ''",
                "UPDATE note n SET body = path(n) WHERE id = 101",
                "INSERT INTO tag (id, name) SELECT 900, path(n) FROM note n WHERE n.id = 101",
                "DELETE FROM note WHERE id = 101 RETURNING path(note)",
                "SELECT path(s) FROM (SELECT n FROM note n) s(s)",
            ],
        ),
        of(
            "7 operators",
            Harmless,
            &[
                "SELECT id FROM note n WHERE n @@ 'GLOBEX'",
                "SELECT id, n @@ 'GLOBEX' FROM note n",
                "SELECT id FROM note WHERE note @@ title",
                "SELECT id FROM note n WHERE n = n.title",
                "SELECT id FROM note n WHERE n = 'GLOBEX'::text",
                "SELECT - n FROM note n",
                "SELECT -note FROM note WHERE id = 101",
                "SELECT id || date '2024-01-01' FROM note WHERE id = 101",
                "SELECT n.id || t.at FROM note n JOIN tag t ON t.id = n.id",
                "SELECT id FROM note n WHERE n OPERATOR(public.@@) 'GLOBEX'",
                "SELECT id FROM note n WHERE n = ANY (ARRAY['GLOBEX 1'::text])",
                "UPDATE note n SET score = 1 WHERE n @@ 'GLOBEX'",
            ],
        ),
        of(
            "7 casts and types",
            Harmless,
            &[
                "SELECT t::text FROM tag t",
                "SELECT CAST(tag AS text) FROM tag",
                "SELECT id FROM tag t WHERE t::text LIKE '%GLOBEX%'",
                "SELECT text(t) FROM tag t",
                "SELECT t.text FROM tag t",
                "SELECT t::varchar FROM tag t",
                "SELECT CAST(title AS loud) FROM note WHERE id = 101",
                "SELECT title::public.loud FROM note WHERE id = 101",
                "SELECT loud 'x'",
                "SELECT 'x'::loud",
                "SELECT ARRAY['x']::loud[]",
                "INSERT INTO tag (id, name) VALUES (900, 'x'::loud)",
            ],
        ),
        of(
            "7 control",
            Accepted,
            &[
                "SELECT id, rank() OVER (ORDER BY score, id) FROM note",
                "SELECT id, age(at, at) FROM note",
                "SELECT id, lower(title), md5(title) FROM note",
                "SELECT count(c.code) FROM country c",
                "SELECT title || ' ' || body FROM note",
                "SELECT -score, title::text FROM note",
            ],
        ),
    ])
    .await;
}
