//! Expressions that fail on values that only others have: covered by an index, looked up by key, in
//! every clause.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, SameOrRefused},
    bound, each, of,
};

/// Each fails on a row of another tenant: by a text that is no JSON, or by a number.
const CONDITIONS: [&str; 10] = [
    "json(email) IS NOT NULL",
    "json_extract(email, '$.a') IS NULL",
    "email -> '$.a' IS NULL",
    "json_array_length(email) > 0",
    "json_type(body) = 'object'",
    "abs(score - 1 + 0) > 0 AND abs(-9223372036854775807 - (email > 'y')) > 0",
    "abs(-9223372036854775807 - (title LIKE 'GLOBEX%')) > 0",
    "json_set(doc, '$.a', 1) IS NOT NULL",
    "json_patch('{}', body) IS NOT NULL",
    "zeroblob(score * 1000000000) IS NOT NULL",
];

#[tokio::test]
async fn r29_a_condition_that_an_index_covers_meets_no_entry_of_others() {
    let places = [
        "SELECT id FROM note WHERE email > 'y' AND {}",
        "SELECT id FROM note WHERE id = 24 AND {}",
        "SELECT id FROM note WHERE id IN (24, 25) AND {}",
        "SELECT {} FROM note WHERE email > 'y'",
        "UPDATE note SET title = 'x' WHERE email > 'y' AND {}",
        "DELETE FROM note WHERE score > 1000 AND {}",
        "SELECT id FROM (SELECT * FROM note) s WHERE email > 'y' AND {}",
    ];
    let statements = CONDITIONS
        .into_iter()
        .flat_map(|condition| places.map(|place| place.replace("{}", condition)));
    judge([
        of("2", SameOrRefused, &[
            "SELECT id FROM note WHERE email > 'y' AND json(email) IS NOT NULL",
            "DELETE FROM tag WHERE name = 'green' AND json(name) IS NOT NULL",
            "SELECT email FROM note WHERE email > 'y' AND json(email) IS NOT NULL ORDER BY email",
            "SELECT count(*) FROM note WHERE email > 'y' AND json(email) IS NOT NULL",
            "SELECT max(json(email)) FROM note WHERE email > 'y'",
            "SELECT email FROM note WHERE email > 'y' GROUP BY email HAVING json(email) IS NOT NULL",
            "SELECT DISTINCT json(email) FROM note WHERE email > 'y'",
            "SELECT id FROM note WHERE email > 'y' ORDER BY json(email)",
            "SELECT id, sum(abs(-9223372036854775807 - (email > 'y'))) OVER () FROM note WHERE email > 'y'",
            "SELECT name FROM tag WHERE name > 'g' AND name < 'h' AND json(name) IS NOT NULL",
            "SELECT t.id FROM tag t JOIN note n ON n.email > 'y' AND json(n.email) IS NOT NULL",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.email > 'y' AND json(n.email) IS NOT NULL",
            "SELECT t.id, n.id FROM note n RIGHT JOIN tag t ON n.id = 24 AND json(n.body) IS NOT NULL",
            "SELECT t.id, n.id FROM note n FULL JOIN tag t ON n.id = t.id WHERE n.id = 24 AND json(n.body) IS NOT NULL",
            "SELECT t.id FROM tag t, note n WHERE n.email > 'y' AND json(n.email) = t.name",
            "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM note WHERE email > 'y' AND json(email) IS NOT NULL)",
            "SELECT id FROM tag WHERE id IN (SELECT json(email) FROM note WHERE email > 'y')",
            "SELECT id FROM tag WHERE id = (SELECT json(email) FROM note WHERE email > 'y')",
            "SELECT id FROM (SELECT id, email AS e FROM note) s WHERE e > 'y' AND json(e) IS NOT NULL",
            "WITH s AS (SELECT id, email FROM note) SELECT id FROM s WHERE email > 'y' AND json(email) IS NOT NULL",
            "WITH s AS MATERIALIZED (SELECT id, json(email) AS j FROM note WHERE email > 'y') SELECT id FROM s",
            "WITH RECURSIVE s AS (SELECT id, label FROM tree WHERE id = 1 UNION SELECT t.id, t.label FROM tree t JOIN s ON t.parent_id = s.id AND t.id = 12 AND json(t.label) IS NOT NULL) SELECT id FROM s",
            "SELECT id FROM tag UNION SELECT json(email) FROM note WHERE email > 'y'",
            "SELECT id FROM tag EXCEPT SELECT json(body) FROM note WHERE id = 24",
            "SELECT id FROM memo WHERE id = 2 AND json(title) IS NOT NULL",
            "SELECT id FROM memo WHERE id = 2 AND abs(-9223372036854775807 - (title LIKE 'USER8%')) > 0",
            "DELETE FROM memo WHERE id = 2 AND json(title) IS NOT NULL",
            "SELECT id FROM acc WHERE email = 'GLOBEX@x' AND json(email) IS NOT NULL",
            "SELECT note_id FROM note_tag WHERE tenant_id = 2 AND abs(-9223372036854775807 - (note_id > 10)) > 0",
            "SELECT id FROM blog WHERE slug = 'one' AND deleted_at IS NULL AND json(slug) IS NOT NULL AND id = 201",
            "SELECT sum(score) FROM note WHERE score > 1000",
            "SELECT total(score), sum(score + 9223372036854775807) FROM note WHERE score > 1000",
            "UPDATE tag SET name = 'x' WHERE name = 'green' AND json(name) IS NOT NULL",
            "UPDATE note SET title = json(email) WHERE email > 'y'",
            "UPDATE note SET title = n.title FROM note n WHERE n.email > 'y' AND json(n.email) IS NOT NULL",
            "DELETE FROM tag WHERE name = 'green' AND json(name) IS NOT NULL RETURNING id",
            "INSERT INTO tag (id, name) SELECT id + 900, json(email) FROM note WHERE email > 'y'",
        ]),
        each("2 each", SameOrRefused, statements),
        bound("2 bound", SameOrRefused, "SELECT id FROM note WHERE email > ? AND json(email) IS NOT NULL", ["y".into()]),
        bound("2 bound, key", SameOrRefused, "DELETE FROM tag WHERE name = ? AND json(name) IS NOT NULL", ["green".into()]),
        of("2 control", Accepted, &[
            "SELECT id FROM note WHERE email > 'b' ORDER BY id",
            "SELECT id FROM note WHERE id = 1 AND json(doc) IS NOT NULL",
            "DELETE FROM tag WHERE name = 'red'",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_everyday_statements_are_not_failed_by_values_of_others() {
    judge([
        of("2 everyday", Accepted, &[
            "SELECT id, json_extract(doc, '$.a') FROM note ORDER BY id",
            "SELECT id, doc ->> '$.a' FROM note ORDER BY id",
            "SELECT id FROM note WHERE json_extract(doc, '$.a') > 1 ORDER BY id",
            "SELECT * FROM (SELECT id, json_extract(doc, '$.a') AS a FROM note) s WHERE a IS NOT NULL ORDER BY id",
            "WITH s AS (SELECT id, json_extract(doc, '$.a') AS a FROM note) SELECT id FROM s WHERE a = 2",
            "SELECT max(json_extract(doc, '$.a')), count(*) FROM note",
            "SELECT json_extract(doc, '$.a') AS a, count(*) FROM note GROUP BY a ORDER BY a",
            "SELECT id FROM note GROUP BY id HAVING json_extract(doc, '$.a') > 0 ORDER BY id",
            "SELECT id FROM note ORDER BY json_extract(doc, '$.a'), id",
            "SELECT id, rank() OVER (ORDER BY json_extract(doc, '$.a')) FROM note ORDER BY id",
            "SELECT t.id, n.id FROM tag t JOIN note n ON n.id = t.id AND json_extract(n.doc, '$.a') > 0 ORDER BY t.id",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.id = t.id AND json_extract(n.doc, '$.a') > 1 ORDER BY t.id",
            "SELECT id FROM tag t WHERE EXISTS (SELECT 1 FROM note n WHERE n.id = t.id AND json_extract(n.doc, '$.a') > 1) ORDER BY id",
            "SELECT t.id, (SELECT max(json_extract(n.doc, '$.a')) FROM note n WHERE n.id <= t.id) FROM tag t ORDER BY t.id",
            "SELECT json_extract(doc, '$.a') FROM note UNION SELECT id FROM tag ORDER BY 1",
            "SELECT sum(score), avg(score), total(score) FROM note",
            "SELECT id, abs(score) FROM note ORDER BY id",
            "SELECT id FROM note WHERE abs(score - 15) < 6 ORDER BY id",
            "UPDATE note SET score = json_extract(doc, '$.a') WHERE doc IS NOT NULL",
            "UPDATE note SET doc = json_set(doc, '$.b', 5) WHERE json_extract(doc, '$.a') = 1",
            "DELETE FROM note WHERE json_extract(doc, '$.a') = 1",
            "INSERT INTO tree (id, label) SELECT id + 900, json_extract(doc, '$.a') FROM note WHERE json_extract(doc, '$.a') > 0",
        ]),
    ])
    .await;
}
