//! What an attack with fresh eyes found on the first version of these rules.

use sea_orm::DbBackend;

use crate::findings::{
    case::{
        Expected::{Accepted, SameOrRefused},
        each, of,
    },
    judge,
    model::Model,
};

#[tokio::test]
async fn r29_what_no_column_decides_is_evaluated_by_row_all_the_same() {
    let sql = [
        "SELECT id FROM note WHERE email >= 'ann@G' AND email < 'ann@H' AND email <> json('{')",
        "SELECT id FROM note WHERE score > 900 AND score < 1100 AND score <> json('{')",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND json('{') || random() IS NULL",
        "SELECT note.id, tag.name FROM note LEFT JOIN tag ON tag.name = 'GLOBEXtag' AND json('{') IS NULL",
        "SELECT note.id, tag.name FROM note LEFT JOIN tag ON tag.name = 'GLOBEXtag' AND abs(-9223372036854775807 - 1) > 0",
        "SELECT id FROM note WHERE email >= 'ann@G' AND email < 'ann@H' AND email LIKE 'x' ESCAPE 'ab'",
        "SELECT email FROM note GROUP BY email HAVING email = 'ann@GLOBEX' AND email LIKE 'x' ESCAPE 'ab'",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND (SELECT sum(9223372036854775807) FROM tag) > 0",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND (SELECT count(*) FROM json_each('{')) > 0",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND email IN (SELECT value FROM json_each('{'))",
        "SELECT id FROM note WHERE email >= 'ann@G' AND email < 'ann@H' AND email || zeroblob(999999991) IS NULL",
        "SELECT MAX(n.id) FROM country c RIGHT JOIN note n ON json_array_length(n.body) = 2",
        "SELECT n.id FROM country c RIGHT JOIN note n ON json(n.body) IS NULL WHERE n.id > 0",
        // An alias stands for its expression, and `max` of two values is no aggregate.
        "SELECT abs(score) AS j FROM note WHERE score < 0 AND j > 0",
        "SELECT abs(n.score) AS j FROM note n JOIN tag t ON n.score < 0 AND j > 0",
        "SELECT id FROM tag WHERE EXISTS (SELECT abs(score) AS j FROM note WHERE score < 0 AND j > '')",
        "WITH c AS (SELECT abs(score) AS j FROM note WHERE score < 0 AND j > 0) SELECT * FROM c",
        "INSERT INTO acc (id, email) SELECT abs(score) AS j, 'x' FROM note WHERE score < 0 AND j > 0",
        "SELECT abs(score) AS j FROM note GROUP BY score HAVING j > 0",
        "SELECT score FROM note GROUP BY score HAVING max(abs(score), 0) IS NOT NULL",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND id NOT IN (SELECT count(*) OVER (ORDER BY code ROWS -1 PRECEDING) FROM country)",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND id NOT IN (SELECT count(*) OVER (ORDER BY code ROWS NULL PRECEDING) FROM country)",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND id NOT IN (SELECT 5 FROM country LIMIT 99999999999999999999)",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND id NOT IN (SELECT 5 FROM country LIMIT 1 OFFSET 99999999999999999999)",
        "SELECT code FROM country ORDER BY (SELECT count(*) FROM (SELECT id, abs(score) AS x FROM note) s WHERE x > 0)",
    ];
    let cases = of("29 attacked", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r25_true_and_false_are_no_names() {
    let sql = [
        "SELECT abs(score) AS true FROM note WHERE score < 0 AND true > 0",
        "SELECT abs(score) AS false FROM note WHERE score < 0 AND 1 IS NOT FALSE",
        "SELECT abs(score) AS unknown FROM note WHERE score < 0 AND 1 IS UNKNOWN",
        "SELECT id, 0 AS true FROM memo",
        "SELECT id, 1 AS false FROM memo WHERE title LIKE '%'",
        "SELECT id, 0 AS \"true\" FROM note WHERE json(title) IS NULL",
        "SELECT id FROM note WHERE score > 1 IS TRUE",
        "SELECT id FROM note WHERE (score > 1) IS NOT TRUE",
        "SELECT id FROM note WHERE (score > 1) IS FALSE",
        "SELECT id FROM note WHERE (slug = 'one') IS NOT FALSE",
    ];
    let cases = of("25 truth", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r29_what_stands_beside_a_table_is_kept_from_its_rows() {
    let sql = [
        // Hidden columns of functions are arguments.
        "SELECT n.id FROM note n RIGHT JOIN json_each('[1]') j ON j.root = CASE WHEN n.id < 10 THEN '$' ELSE n.title END",
        "SELECT n.id FROM note n RIGHT JOIN json_each() j ON j.json = n.body",
        "SELECT n.id FROM note n RIGHT JOIN json_each('[1]') j ON root = n.title",
        "SELECT t.id FROM note n JOIN json_each('[1]') j ON j.root = n.title RIGHT JOIN tag t ON t.id = n.id",
        "SELECT n.id FROM (SELECT title AS root FROM note) n RIGHT JOIN json_each('[1]') j USING (root)",
        // The condition of a join knows the tables of others.
        "SELECT c.code FROM country c JOIN country d ON json(n.email) IS NULL JOIN note n ON n.email IN ('zoe@INITECH', '')",
        "SELECT c.code FROM note n JOIN country c JOIN country d ON json(n.email) IS NULL ON n.email IN ('zoe@INITECH', '')",
        "SELECT c.code FROM country c JOIN country d ON json(n.email) IS NULL, note n WHERE n.email = 'zoe@INITECH'",
        "SELECT id FROM tag WHERE EXISTS (SELECT 1 FROM country c JOIN country d ON json(n.email) IS NULL JOIN note n ON n.email = 'zoe@INITECH')",
        "INSERT INTO acc (id, email) SELECT 900, c.code FROM country c JOIN country d ON json(n.email) IS NULL JOIN note n ON n.email = 'zoe@INITECH'",
        "UPDATE tag SET name = name FROM country c JOIN country d ON json(n.email) IS NULL JOIN note n ON n.id = 24",
        "UPDATE note SET body = 'x' FROM country c JOIN country d ON json(note.email) IS NULL WHERE note.email = 'zoe@INITECH'",
        // Queries of reference tables.
        "SELECT n.id FROM (SELECT code, json(name) AS j FROM country) s LEFT JOIN note n ON n.email = 'ann@GLOBEX' AND n.email > s.j",
        "WITH s (j) AS (SELECT json(name) FROM country) SELECT n.id FROM s LEFT JOIN note n ON n.email = 'ann@GLOBEX' AND n.email > s.j",
        "SELECT n.id FROM note n JOIN (SELECT code FROM country WHERE json('{') || random() IS NULL) s ON n.email = 'ann@GLOBEX'",
        "SELECT n.id FROM note n JOIN (SELECT j.value AS v FROM json_each('[\"{\"]') j WHERE json(j.value) IS NULL) s ON n.email = 'ann@GLOBEX' AND n.title > s.v",
        "SELECT n.id FROM note n LEFT JOIN (SELECT abs(-9223372036854775807 - 1) AS v FROM country) s ON n.email = 'ann@GLOBEX' AND n.score > s.v",
    ];
    let cases = of("29 beside", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r31_a_test_for_null_goes_before_what_binds_tighter() {
    let sql = [
        "DELETE FROM note WHERE body NOTNULL < 1",
        "SELECT id FROM note WHERE body NOTNULL < 1",
        "SELECT id FROM note WHERE (body NOTNULL) < 1",
        "SELECT id FROM note WHERE slug ISNULL = 1",
        "SELECT id FROM note WHERE slug IS NOT NULL || 'x' = '1x'",
        "DELETE FROM note WHERE id IN (SELECT main.note.parent_id FROM note LEFT JOIN tag USING (id))",
        "SELECT main.note.id FROM note",
        "SELECT code FROM country WHERE EXISTS (SELECT 1 FROM note n WHERE (n.id IN (1, 3) OR n.email = 'x') AND n.body = printf('%d', 7))",
        "INSERT INTO tag (id, name) SELECT id + 900, name FROM tag ORDER BY +3",
        "INSERT INTO tag (id, name) SELECT id + 900, name FROM tag ORDER BY 3 COLLATE NOCASE",
    ];
    let cases = of("31 null", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r29_what_fails_in_from_meets_no_row_of_others() {
    let sources = [
        "json_each('{')",
        "json_each('[1]', 'x')",
        "json_tree('{' || '')",
        "(SELECT value FROM json_each('{'))",
        "(SELECT sum(9223372036854775807) FROM note)",
        "(SELECT count(*) OVER (ROWS -1 PRECEDING) FROM country)",
        "(SELECT id FROM note n WHERE json(n.body) IS NULL)",
    ];
    let statements = sources.iter().flat_map(|source| {
        [
            format!("SELECT c.code FROM country d JOIN tag t ON t.name LIKE 'GLOBEXt%' LEFT JOIN {source} j ON 1 = 1 RIGHT JOIN country c ON 1 = 1"),
            format!("SELECT count(*) FROM country c RIGHT JOIN (tag t JOIN country d ON t.name LIKE 'GLOBEXt%' CROSS JOIN {source} j) ON 1 = 1"),
            format!("SELECT id FROM note WHERE id IN (SELECT d.code FROM country d JOIN tag t ON t.name LIKE 'GLOBEXt%' LEFT JOIN {source} j ON 1 = 1 RIGHT JOIN country c ON 1 = 1)"),
            format!("UPDATE note SET title = 'x' FROM country d JOIN tag t ON t.id = 11 LEFT JOIN {source} j ON 1 = 1 RIGHT JOIN country c ON 1 = 1 WHERE note.id = 1"),
        ]
    });
    let cases = each("29 sources", SameOrRefused, statements);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r31_truth_is_no_number() {
    let sql = [
        "DELETE FROM note WHERE score IS DISTINCT FROM TRUE",
        "UPDATE note SET title = 'x' WHERE score IS NOT DISTINCT FROM (TRUE)",
        "SELECT id, title FROM note ORDER BY TRUE, id DESC LIMIT 1",
        "SELECT title, count(*) FROM note GROUP BY TRUE",
        "SELECT count(*) FROM note GROUP BY FALSE",
        "INSERT INTO tree (id, label) SELECT 900 + id, title FROM note ORDER BY TRUE, id DESC LIMIT 1",
        "SELECT id, 0 AS \"true\" FROM note WHERE true",
        "SELECT id, -id AS true FROM note ORDER BY true LIMIT 1",
        "SELECT id FROM note WHERE score IS TRUE < 2",
        "SELECT id FROM note WHERE score IS NOT FALSE || 'x' = '1x'",
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) = parent_id IS TRUE",
        "SELECT id FROM note WHERE - - NOT EXISTS (SELECT 1 FROM tag) | 1",
        "SELECT id FROM note WHERE TRUE AND NOT FALSE",
        "SELECT id, TRUE, score > 1 IS TRUE FROM note",
    ];
    let cases = of("31 truth", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}

#[tokio::test]
async fn r31_an_operator_has_the_operands_that_sqlite_gives_it() {
    let sql = [
        "DELETE FROM note WHERE author_id = NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) IS NOT TRUE",
        "SELECT id FROM note WHERE author_id + NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) IS NOT TRUE",
        "SELECT id FROM note WHERE author_id BETWEEN 0 AND NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) IS FALSE",
        "SELECT id FROM note WHERE CASE WHEN score < NOT EXISTS (SELECT 1 FROM tag) IS NOT TRUE THEN 1 END",
        "SELECT id FROM note WHERE author_id | NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) IS TRUE",
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM tag WHERE id = 99) NOT LIKE id IS NOT FALSE",
        "DELETE FROM note WHERE score IS NOT DISTINCT FROM TRUE IN (1, 2)",
        "DELETE FROM note WHERE score IS NOT DISTINCT FROM TRUE = 1",
        "UPDATE note SET title = 'x' WHERE score IS DISTINCT FROM TRUE BETWEEN 0 AND 0",
        "SELECT id FROM note WHERE score IS NOT DISTINCT FROM TRUE LIKE '1'",
        "SELECT id FROM note WHERE score IS NOT DISTINCT FROM TRUE GLOB '1'",
        "SELECT id FROM note WHERE score IS NOT DISTINCT FROM (TRUE) IN (1)",
        "SELECT id FROM note WHERE score IS NOT DISTINCT FROM TRUE COLLATE NOCASE IN (1)",
        "SELECT id FROM note WHERE score = 1 LIKE '1'",
        "SELECT id FROM note WHERE 3 = score IN (1, 0)",
        "SELECT id FROM note WHERE 1 & 3 << 1",
        "SELECT id FROM note WHERE score | 1 & 2",
        "SELECT id FROM note WHERE id = 1 < 2",
        "SELECT id FROM note WHERE 2 < id = 1",
        "SELECT id FROM note WHERE - score || '1' = '-11'",
        "SELECT id FROM note WHERE doc ->> 'a' || 'x' = 'x'",
    ];
    let cases = of("31 operands", SameOrRefused, &sql);
    let sql = [
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM tag WHERE tag.id = note.id) AND score IN (0, 1, 2) OR title LIKE 'a%' ORDER BY id",
        "SELECT id, score + 1 > 2 AND NOT score = 3 FROM note WHERE title || 'x' LIKE '%x' ORDER BY id",
        "SELECT id FROM note WHERE score BETWEEN 0 AND 1 + 1 AND parent_id IS NULL AND NOT title IN ('a') ORDER BY id",
        "SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM tag) THEN 1 ELSE 2 END, NOT EXISTS (SELECT 1 FROM tag)",
        "SELECT id FROM note WHERE score < 3 = 1 AND (NOT EXISTS (SELECT 1 FROM tag WHERE id = 99)) IS TRUE ORDER BY id",
    ];
    let ordinary = of("31 ordinary", Accepted, &sql);
    judge::all(
        DbBackend::Sqlite,
        Model::usual(DbBackend::Sqlite),
        [cases, ordinary],
    )
    .await;
}
