//! Expressions that fail on values that only others have: looked up by key, pushed down, in every
//! clause.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Same, SameOrRefused},
    bound, each, of,
};

/// Each fails on some row of another tenant, by its text, its numbers or its documents.
const CONDITIONS: [&str; 24] = [
    "parse_ident(title) IS NOT NULL",
    "to_date(title, 'YYYY') IS NOT NULL",
    "title::int > 0",
    "CAST(body AS date) > '2024-01-01'",
    "to_number(title, '999') > 0",
    "to_timestamp(title, 'YYYY-MM-DD') IS NOT NULL",
    "title::jsonb IS NOT NULL",
    "slug::uuid IS NOT NULL",
    "10 / score > 0",
    "10 % score = 1",
    "ln(score) > 0",
    "sqrt(score - 1) >= 0",
    "power(score, -1) > 0",
    "log(score) > 0",
    "chr(score) <> ''",
    "score + 2147483647 > 0",
    "score * 1000000 > 0",
    "make_date(score, 1, 1) > '0001-01-01'",
    "decode(title, 'hex') IS NOT NULL",
    "tags[1]::int > 0",
    "(doc ->> 's')::int > 0",
    "doc['k']::int > 100",
    "price::numeric(3, 2) > 0",
    "substring(title, 1, score - 1) IS NOT NULL",
];

/// Fails on all rows of others and on none of the scope's.
const EVERYDAY: &str = "10 / score";

#[tokio::test]
async fn r29_a_condition_does_not_run_before_the_tenants() {
    let places = [
        "SELECT id FROM note WHERE id = 203 AND {}",
        "SELECT id FROM note WHERE {} AND id > 200",
        "DELETE FROM note WHERE id = 203 AND {}",
    ];
    let statements = CONDITIONS
        .into_iter()
        .flat_map(|condition| places.map(|place| place.replace("{}", condition)));
    judge([
        of(
            "3",
            SameOrRefused,
            &[
                "SELECT id FROM note WHERE id = 203 AND parse_ident(title) IS NOT NULL",
                "UPDATE note SET score = 1 WHERE id = 203 AND to_date(title, 'YYYY') IS NOT NULL",
            ],
        ),
        each("3 each", SameOrRefused, statements),
        of(
            "3 control",
            Accepted,
            &[
                "SELECT id FROM note WHERE id = 103 AND title = 'Acme 3'",
                "UPDATE note SET score = 1 WHERE id = 103 AND 10 / score > 0",
                "DELETE FROM note WHERE id = 103 AND to_date('2024', 'YYYY') IS NOT NULL",
            ],
        ),
        bound(
            "3 control, bound",
            Accepted,
            "SELECT id FROM note WHERE id = $1 AND 10 / score > 0",
            [103.into()],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r29_a_condition_in_any_clause_meets_no_row_of_others() {
    judge([
        of("3 clauses", SameOrRefused, &[
            "SELECT title::int FROM note WHERE id = 203",
            "SELECT max(title::int) FROM note WHERE id = 203",
            "SELECT id FROM note WHERE id = 203 ORDER BY title::int",
            "SELECT count(*) FROM note WHERE id = 203 GROUP BY title::int",
            "SELECT title FROM note WHERE id > 200 GROUP BY title HAVING title::int > 0",
            "SELECT DISTINCT ON (title::int) id FROM note WHERE id > 200",
            "SELECT DISTINCT title::int FROM note WHERE id > 200",
            "SELECT id, sum(title::int) OVER (PARTITION BY id) FROM note WHERE id = 203",
            "SELECT id, rank() OVER (ORDER BY title::int) FROM note WHERE id = 203",
            "SELECT t.id FROM tag t JOIN note n ON n.id = 203 AND n.title::int > 0",
            "SELECT t.id FROM note n JOIN tag t ON t.name::int = n.id",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.id = 203 AND n.title::int > 0",
            "SELECT t.id, n.id FROM note n RIGHT JOIN tag t ON n.id = 203 AND n.title::int > 0",
            "SELECT t.id, n.id FROM note n FULL JOIN tag t ON n.id = t.id WHERE n.id = 203 AND n.title::int > 0",
            "SELECT id FROM note JOIN tag USING (id) WHERE id > 200 AND title::int > 0",
            "SELECT t.id FROM tag t, note n WHERE n.id = 203 AND n.title::int = t.id",
            "SELECT t.id, s.x FROM tag t, LATERAL (SELECT n.title::int AS x FROM note n WHERE n.id = 203) s",
            "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM note n WHERE n.id = 203 AND n.title::int > 0)",
            "SELECT id FROM tag WHERE NOT EXISTS (SELECT 1 FROM note n WHERE n.title::int = tag.id AND n.id = 203)",
            "SELECT id FROM tag WHERE id IN (SELECT title::int FROM note WHERE id = 203)",
            "SELECT id FROM tag WHERE id = (SELECT title::int FROM note WHERE id = 203)",
            "SELECT id FROM tag WHERE id > ALL (SELECT title::int FROM note WHERE id = 203)",
            "SELECT id FROM note WHERE id = 203 AND (SELECT title::int) > 0",
            "SELECT id FROM (SELECT id, title FROM note) s WHERE id = 203 AND title::int > 0",
            "SELECT id FROM (SELECT id, title::int AS x FROM note OFFSET 0) s WHERE id = 203",
            "WITH s AS (SELECT id, title FROM note) SELECT id FROM s WHERE id = 203 AND title::int > 0",
            "WITH s AS MATERIALIZED (SELECT id, title FROM note WHERE title::int > 0) SELECT id FROM s",
            "WITH s AS NOT MATERIALIZED (SELECT id, title::int AS x FROM note) SELECT id FROM s WHERE id = 203 AND x > 0",
            "WITH RECURSIVE s AS (SELECT id, label FROM tree WHERE id = 101 UNION ALL SELECT t.id, t.label FROM tree t JOIN s ON t.parent_id = s.id AND t.label::int > 0) SELECT id FROM s",
            "SELECT id FROM tag UNION ALL SELECT title::int FROM note WHERE id = 203",
            "SELECT id FROM tag EXCEPT SELECT title::int FROM note WHERE id > 200",
            "SELECT id FROM note WHERE id IN (201, 203, 205) AND title::int > 0",
            "SELECT id FROM note WHERE id BETWEEN 201 AND 205 AND title::int > 0",
            "SELECT id FROM note WHERE (id, title::int) IN ((203, 1))",
            "SELECT id FROM note WHERE id = 203 AND score = 0 AND author_id / score > 0",
            "SELECT id FROM note WHERE id = 203 OR title::int = 5",
            "SELECT id FROM note WHERE CASE WHEN title LIKE 'GLOBEX%' THEN 1 / score ELSE 1 END = 2",
            "SELECT id FROM note WHERE tenant_id = 2 AND title::int > 0",
            "SELECT id FROM note WHERE tenant_id <> 1 AND title::int > 0",
            "SELECT id FROM note WHERE id = 203 AND title::int > 0 LIMIT 1",
            "SELECT id FROM note LIMIT (SELECT title::int FROM note WHERE id = 203)",
            "SELECT id FROM acc WHERE email = 'GLOBEX@x' AND email::int > 0",
            "SELECT id FROM acc WHERE email = 'a@x' AND 1 / (n - 90) > 0",
            "SELECT id FROM blog WHERE slug = 'one' AND deleted_at IS NULL AND 1 / (id - 201) < 0 AND title::int > 0",
            "SELECT note_id FROM note_tag WHERE note_id = 203 AND 1 / (note_id - 203) = 0",
            "UPDATE note SET score = title::int WHERE id = 203",
            "UPDATE note SET score = (SELECT max(n.title::int) FROM note n WHERE n.id = 203)",
            "UPDATE tag SET name = n.title FROM note n WHERE n.id = 203 AND n.title::int > 0",
            "UPDATE note SET score = 1 WHERE id = 203 RETURNING title::int",
            "DELETE FROM tag USING note n WHERE n.id = 203 AND n.title::int > 0",
            "DELETE FROM note WHERE id = 203 RETURNING title::int",
            "INSERT INTO tag (id, name) SELECT title::int, 'x' FROM note WHERE id = 203",
            "INSERT INTO tag (id, name) VALUES (900, (SELECT title::int FROM note WHERE id = 203)::text)",
            "INSERT INTO note (id, title) VALUES (901, 'x') ON CONFLICT (id) DO UPDATE SET score = note.title::int",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_everyday_statements_are_not_failed_by_values_of_others() {
    let everyday = [
        "SELECT * FROM (SELECT id, {} AS q FROM note) s WHERE q IS NOT NULL",
        "SELECT id, {} FROM note",
        "SELECT id FROM note WHERE {} >= 1 ORDER BY id",
        "SELECT id FROM note ORDER BY {}, id",
        "SELECT sum({}), avg({}) FROM note",
        "SELECT DISTINCT {} FROM note",
        "SELECT {} AS q, count(*) FROM note GROUP BY q ORDER BY q",
        "SELECT score, count(*) FROM note GROUP BY score HAVING {} > 1 ORDER BY score",
        "SELECT id, rank() OVER (ORDER BY {}) FROM note ORDER BY id",
        "SELECT id, sum({}) OVER (PARTITION BY is_open ORDER BY id) FROM note ORDER BY id",
        "SELECT s.q FROM (SELECT id, {} AS q FROM note) s JOIN tag t ON t.id = s.id WHERE s.q >= 1 ORDER BY 1",
        "WITH s AS (SELECT id, {} AS q FROM note) SELECT id, q FROM s WHERE q > 1 ORDER BY id",
        "WITH s AS (SELECT id, {} AS q FROM note) SELECT a.id FROM s a JOIN s b ON a.q = b.q AND a.id < b.id ORDER BY a.id, b.id",
        "SELECT t.id, note.id FROM tag t JOIN note ON note.id = t.id AND {} > 0 ORDER BY 1",
        "SELECT t.id, note.id FROM tag t LEFT JOIN note ON note.id = t.id AND {} > 1 ORDER BY 1",
        "SELECT t.id FROM tag t WHERE EXISTS (SELECT 1 FROM note WHERE note.id = t.id AND {} > 1) ORDER BY 1",
        "SELECT t.id, (SELECT max({}) FROM note WHERE note.id >= t.id) FROM tag t ORDER BY 1",
        "SELECT t.id, s.q FROM tag t, LATERAL (SELECT {} AS q FROM note WHERE note.id = t.id) s ORDER BY 1",
        "SELECT {} AS q FROM note UNION SELECT id FROM tag ORDER BY 1",
        "SELECT q FROM (SELECT {} AS q FROM note UNION ALL SELECT id FROM tag) s WHERE q < 5 ORDER BY 1",
        "SELECT id FROM note WHERE {} > 1 ORDER BY id LIMIT 2 OFFSET 1",
        "UPDATE note SET score = {} WHERE {} > 1",
        "UPDATE tag SET name = 'x' FROM note WHERE note.id = tag.id AND {} > 1",
        "DELETE FROM note WHERE {} > 1",
        "DELETE FROM tag USING note WHERE note.id = tag.id AND {} > 1",
        "UPDATE note SET score = 7 WHERE {} > 1 RETURNING id, 10 / score",
        "INSERT INTO tag (id, name) SELECT id + 900, title FROM note WHERE {} > 1",
    ];
    let everyday = everyday.map(|sql| sql.replace("{}", EVERYDAY));
    let everyday: Vec<_> = everyday.iter().map(String::as_str).collect();
    judge([
        of("4", Accepted, &everyday),
        of(
            "4 others",
            Accepted,
            &[
                "SELECT id, split_part(title, ' ', 2)::int AS number FROM note ORDER BY number",
                "SELECT id FROM note WHERE (doc ->> 'k')::int > 3 ORDER BY id",
                "SELECT id, (doc -> 'a' ->> 0)::int FROM note ORDER BY id",
                "SELECT id, score * 100000000 FROM note WHERE score < 5 ORDER BY id",
                "SELECT id, substring(title, 1, score - 1) FROM note ORDER BY id",
                "SELECT id, at::date + score FROM note ORDER BY id",
                "SELECT id, jsonb_array_elements(doc -> 'a') FROM note ORDER BY id, 2",
                "SELECT id FROM note WHERE title ~ ('^' || split_part(title, ' ', 1)) ORDER BY id",
                "SELECT id, ln(score) FROM note ORDER BY id",
                "SELECT sum(score) FROM note WHERE ln(score) > 1",
            ],
        ),
        of(
            "4 own",
            Same,
            &[
                "SELECT title::int FROM note",
                "SELECT id FROM note WHERE parse_ident(title) IS NOT NULL",
                "SELECT id, 1 / (score - 4) FROM note",
                "UPDATE note SET score = title::int WHERE id = 101",
                "DELETE FROM note WHERE id = 101 AND title::date IS NOT NULL",
                "INSERT INTO tag (id, name) VALUES (101, 'x')",
            ],
        ),
    ])
    .await;
}
