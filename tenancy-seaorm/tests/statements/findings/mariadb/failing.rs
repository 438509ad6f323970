//! Expressions that fail on values that only others have: read as constants, pushed into an index,
//! in every clause.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, SameOrRefused},
    bound, each, of,
};

/// Each is out of range for a number of another tenant, whose text it reads from the row or
/// guesses.
const CONDITIONS: [&str; 12] = [
    "CASE WHEN body LIKE '12GL%' THEN EXP(id * 1000) ELSE 1 END > 0",
    "EXP(id * 1000) > 0",
    "POW(10, id * 100) > 0",
    "9223372036854775807 + id > 0",
    "id - 9223372036854775807 - 20 < 0",
    "IF(email LIKE 'zed%', EXP(800), 1) > 0",
    "COT(id - 12) > -1000",
    "-9223372036854775807 - id < 0",
    "IFNULL(NULLIF(body, '12GLOBEX'), EXP(id * 1000)) IS NOT NULL",
    "id * 9223372036854775807 > 0",
    "CAST(id AS SIGNED) * 9223372036854775807 <> 1",
    "EXP(CHAR_LENGTH(title) * 1000) > 0",
];

#[tokio::test]
async fn r29_a_row_that_a_unique_key_finds_is_not_evaluated() {
    let places = [
        "SELECT id FROM note WHERE id = 12 AND {}",
        "SELECT id FROM note WHERE {} AND id = 12",
        "SELECT id FROM note WHERE id IN (11, 12) AND {}",
        "SELECT {} FROM note WHERE id = 12",
        "UPDATE note SET score = 1 WHERE id = 12 AND {}",
        "DELETE FROM note WHERE id = 12 AND {}",
        "SELECT id FROM (SELECT * FROM note) s WHERE id = 12 AND {}",
    ];
    let statements = CONDITIONS
        .into_iter()
        .flat_map(|condition| places.map(|place| place.replace("{}", condition)));
    judge([
        of("1", SameOrRefused, &[
            "INSERT INTO tag (id, name) SELECT id + 900, 'zz' FROM note WHERE id = 11 AND CAST(body AS SIGNED) > 0",
            "SELECT id FROM note WHERE id = 12 AND CASE WHEN body LIKE '12GL%' THEN EXP(id * 1000) ELSE 1 END > 0",
            "INSERT INTO tag (id, name) SELECT id + 900, 'zz' FROM note WHERE id = 11 AND body + 0 > 0",
            "INSERT INTO tag (id, name) SELECT id + 900, 'zz' FROM note WHERE id = 11 AND body = 5",
            "INSERT INTO tag (id, name, at) SELECT id + 900, 'zz', body FROM note WHERE id = 11",
            "INSERT INTO tree (id, label) SELECT body, 'zz' FROM note WHERE id = 11",
            "INSERT INTO tag (id, name) VALUES (900, (SELECT CAST(body AS SIGNED) FROM note WHERE id = 11))",
            "UPDATE note SET score = 1 WHERE id = 11 AND CAST(body AS SIGNED) > 0",
            "UPDATE note SET score = body WHERE id = 11",
            "UPDATE note SET score = (SELECT CAST(n.body AS SIGNED) FROM (SELECT * FROM note) n WHERE n.id = 11)",
            "UPDATE tag SET at = (SELECT body FROM note WHERE id = 11)",
            "UPDATE note JOIN tag ON tag.id = 12 SET note.score = 2 WHERE note.id = 11 AND CAST(note.body AS SIGNED) = tag.id",
            "DELETE FROM note WHERE id = 11 AND body > 5",
            "DELETE note FROM note JOIN tag ON tag.id = note.id WHERE note.id = 11 AND CAST(note.body AS SIGNED) = 1",
            "DELETE FROM tag WHERE name = 'GLOBEXtag' AND CAST(name AS SIGNED) > 0",
            "DELETE FROM tag WHERE name = 'green' AND EXP(id * 1000) > 0",
            "SELECT id FROM tag WHERE name = 'GLOBEXtag' AND EXP(id * 1000) > 0",
            "SELECT id FROM acc WHERE id = 201 AND EXP(n * 100) > 0",
            "SELECT id FROM memo WHERE id = 2 AND EXP(id * 1000) > 0",
            "SELECT id FROM memo WHERE id = 2 AND IF(title LIKE 'USER8%', EXP(800), 1) > 0",
            "DELETE FROM memo WHERE id = 2 AND CAST(title AS SIGNED) > 0",
            "INSERT INTO tag (id, name) SELECT 900, 'zz' FROM memo WHERE id = 2 AND title + 0 > 0",
            "SELECT note_id FROM note_tag WHERE tenant_id = 2 AND note_id = 11 AND tag_id = 11 AND EXP(note_id * 100) > 0",
            "SELECT t.id FROM tag t JOIN note n ON n.id = 12 AND EXP(n.id * 1000) > 0",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.id = 12 AND EXP(n.id * 1000) > 0",
            "SELECT t.id, n.id FROM note n RIGHT JOIN tag t ON n.id = 12 AND EXP(n.id * 1000) > 0",
            "SELECT t.id FROM tag t, note n WHERE n.id = 12 AND EXP(n.id * 1000) > t.id",
            "SELECT t.id FROM tag t STRAIGHT_JOIN note n ON n.id = 12 WHERE EXP(n.id * 1000) > 0",
            "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM note n WHERE n.id = 12 AND EXP(n.id * 1000) > 0)",
            "SELECT id FROM tag WHERE id IN (SELECT EXP(id * 1000) FROM note WHERE id = 12)",
            "SELECT id FROM tag WHERE id = (SELECT EXP(id * 1000) FROM note WHERE id = 12)",
            "SELECT (SELECT EXP(id * 1000) FROM note WHERE id = 12)",
            "SELECT id FROM note WHERE id = 12 GROUP BY id HAVING EXP(id * 1000) > 0",
            "SELECT MAX(EXP(id * 1000)) FROM note WHERE id = 12",
            "SELECT id FROM note WHERE id = 12 ORDER BY EXP(id * 1000)",
            "SELECT id, SUM(EXP(id * 1000)) OVER () FROM note WHERE id = 12",
            "WITH s AS (SELECT id, EXP(id * 1000) AS x FROM note WHERE id = 12) SELECT id FROM s WHERE x > 0",
            "WITH RECURSIVE s AS (SELECT id FROM tree WHERE id = 1 UNION SELECT t.id FROM tree t JOIN s ON t.parent_id = s.id AND t.id = 12 AND EXP(t.id * 1000) > 0) SELECT id FROM s",
            "SELECT id FROM tag UNION SELECT EXP(id * 1000) FROM note WHERE id = 12",
            "SELECT id FROM note WHERE id = 12 AND EXP(id * 1000) > 0 FOR UPDATE",
            "SELECT id FROM note WHERE id = 12 AND EXP(id * 1000) > 0 LIMIT 1",
        ]),
        each("1 each", SameOrRefused, statements),
        bound("1 bound", SameOrRefused, "SELECT id FROM note WHERE id = ? AND EXP(id * ?) > 0", [12.into(), 1000.into()]),
        bound("1 bound, text", SameOrRefused, "DELETE FROM tag WHERE name = ? AND CAST(name AS SIGNED) = 1", ["GLOBEXtag".into()]),
        of("1 control", Accepted, &[
            "SELECT id FROM note WHERE id = 2 AND title LIKE 'ACME%'",
            "SELECT id FROM note WHERE id = 2 AND EXP(id * 100) > 0",
            "UPDATE note SET score = 1 WHERE id = 2",
            "DELETE FROM tag WHERE name = 'red'",
            "SELECT id FROM memo WHERE id = 1",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_a_condition_in_an_index_meets_no_entry_of_others() {
    judge([
        of("2", SameOrRefused, &[
            "INSERT INTO tag (id, name) SELECT id + 900, 'zz' FROM note WHERE email LIKE 'zed%' AND CAST(email AS SIGNED) = 5",
            "SELECT id FROM note FORCE INDEX (ix_score) WHERE score > 100 AND EXP(score) > 0",
            "SELECT id FROM note USE INDEX (ix_score) WHERE score > 100 AND EXP(score) > 0",
            "SELECT id FROM note IGNORE INDEX (PRIMARY) WHERE score BETWEEN 900 AND 1100 AND EXP(score) > 0",
            "SELECT score FROM note FORCE INDEX (ix_score) WHERE score > 100 AND EXP(score) > 0 ORDER BY score",
            "SELECT MAX(score) FROM note FORCE INDEX (ix_score) WHERE score > 100 AND EXP(score) > 0",
            "SELECT COUNT(*) FROM note WHERE email >= 'z' AND IF(email LIKE 'zed@GLOBEX', EXP(800), 1) > 0",
            "SELECT id FROM note FORCE INDEX (ix_email) WHERE email = 'zed@GLOBEX' AND EXP(id * 1000) > 0",
            "SELECT email FROM note FORCE INDEX (ix_email) WHERE email > 'y' AND EXP(CHAR_LENGTH(email) * 100) > 0",
            "SELECT id FROM note FORCE INDEX (ix_email) WHERE email IN ('zed@GLOBEX', 'kim@INITECH') AND EXP(id * 1000) > 0",
            "SELECT score FROM note FORCE INDEX (ix_score) GROUP BY score HAVING EXP(score) > 0 AND score > 100",
            "SELECT DISTINCT EXP(score) FROM note FORCE INDEX (ix_score) WHERE score > 100",
            "SELECT t.id FROM tag t JOIN note n FORCE INDEX (ix_score) ON n.score > 100 AND EXP(n.score) > t.id",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n FORCE INDEX (ix_score) ON n.score = 1000 AND EXP(n.score) > 0",
            "SELECT id FROM (SELECT id, score FROM note FORCE INDEX (ix_score)) s WHERE score > 100 AND EXP(score) > 0",
            "WITH s AS (SELECT id, score FROM note) SELECT id FROM s WHERE score > 100 AND EXP(score) > 0",
            "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM note FORCE INDEX (ix_score) WHERE score > 100 AND EXP(score) > 0)",
            "SELECT id FROM note WHERE score > 100 AND EXP(score) > 0 UNION SELECT id FROM tag",
            "SELECT id, RANK() OVER (ORDER BY EXP(score)) FROM note FORCE INDEX (ix_score) WHERE score > 100",
            "SELECT id FROM tag WHERE name LIKE 'GLO%' AND IF(name = 'GLOBEXtag', EXP(800), 1) > 0",
            "SELECT id FROM tag WHERE name > 'g' AND EXP(CHAR_LENGTH(name) * 100) > 0",
            "UPDATE note SET score = 1 WHERE email LIKE 'zed%' AND CAST(email AS SIGNED) = 5",
            "UPDATE note SET title = 'x' WHERE score > 100 AND EXP(score) > 0",
            "UPDATE note SET title = 'x' WHERE score > 100 AND EXP(score) > 0 ORDER BY score LIMIT 1",
            "DELETE FROM note WHERE email LIKE 'zed%' AND email + 0 = 5",
            "DELETE FROM note WHERE score > 100 AND EXP(score) > 0 LIMIT 1",
            "DELETE FROM tag WHERE name LIKE 'GLO%' AND CAST(name AS SIGNED) = 5",
            "INSERT INTO tree (id, label) SELECT id + 900, 'zz' FROM note WHERE score > 100 AND EXP(score) > 0",
            "INSERT INTO tag (id, name) SELECT id + 900, email FROM note WHERE email > 'y' AND email = 0",
        ]),
        bound("2 bound", SameOrRefused, "SELECT id FROM note WHERE score > ? AND EXP(score) > ?", [100.into(), 0.into()]),
        of("2 control", Accepted, &[
            "SELECT id FROM note FORCE INDEX (ix_score) WHERE score > 10 ORDER BY id",
            "SELECT id FROM note WHERE email LIKE 'bob%'",
            "INSERT INTO tag (id, name) SELECT id + 900, email FROM note WHERE email LIKE 'bob%'",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r29_everyday_statements_are_not_failed_by_values_of_others() {
    judge([
        of("2 everyday", Accepted, &[
            "SELECT id, EXP(score) FROM note ORDER BY id",
            "SELECT id FROM note WHERE EXP(score) > 1 ORDER BY id",
            "SELECT * FROM (SELECT id, EXP(score) AS q FROM note) s WHERE q > 1 ORDER BY id",
            "WITH s AS (SELECT id, EXP(score) AS q FROM note) SELECT id FROM s WHERE q > 1 ORDER BY id",
            "SELECT MAX(EXP(score)), COUNT(*) FROM note",
            "SELECT score FROM note GROUP BY score HAVING EXP(score) > 1 ORDER BY score",
            "SELECT id FROM note ORDER BY EXP(score), id",
            "SELECT id, RANK() OVER (ORDER BY EXP(score)) FROM note ORDER BY id",
            "SELECT t.id, n.id FROM tag t JOIN note n ON n.id = t.id AND EXP(n.score) > 1 ORDER BY t.id",
            "SELECT t.id, n.id FROM tag t LEFT JOIN note n ON n.id >= t.id AND EXP(n.score) > 1 ORDER BY t.id, n.id",
            "SELECT id FROM tag t WHERE EXISTS (SELECT 1 FROM note n WHERE n.id = t.id AND EXP(n.score) > 1) ORDER BY id",
            "SELECT t.id, (SELECT MAX(EXP(n.score)) FROM note n WHERE n.id <= t.id) FROM tag t ORDER BY t.id",
            "SELECT EXP(score) AS q FROM note UNION SELECT id FROM tag ORDER BY q",
            "UPDATE note SET score = score * 2 WHERE EXP(score) > 1",
            "UPDATE note SET score = 9223372036854775807 - 9223372036854775000 + score",
            "UPDATE note JOIN tag ON tag.id = note.id SET note.title = tag.name WHERE EXP(note.score) > 1",
            "DELETE FROM note WHERE EXP(score) > 1",
            "INSERT INTO tree (id, label) SELECT id + 900, title FROM note WHERE EXP(score) > 1",
            "UPDATE note SET score = CAST(SUBSTRING(email, 1, 3) = 'ann' AS SIGNED)",
            "UPDATE tag SET at = '2024-02-03' WHERE at > '2024-01-01'",
            "INSERT INTO tree (id, label) SELECT CAST(body AS SIGNED) + 900, title FROM note WHERE id = 3",
        ]),
    ])
    .await;
}
