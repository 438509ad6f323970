//! What an attack with fresh eyes found on the first version of these rules.

use sea_orm::DbBackend;

use crate::{
    case::{Expected::SameOrRefused, of},
    judge,
    model::Model,
};

#[tokio::test]
async fn r29_what_no_column_decides_is_evaluated_by_row_all_the_same() {
    let sql = [
        "SELECT id FROM note WHERE id = 11 AND body LIKE 'GLOBEX s%' AND score > exp(1000)",
        "WITH note AS (SELECT id, title, CAST(EXP(score) AS SIGNED) AS c FROM note) SELECT m.title FROM note AS n JOIN note AS m ON m.c = n.c",
        "WITH RECURSIVE x AS (SELECT id, title, CAST(EXP(score) AS SIGNED) AS c FROM note WHERE EXISTS (WITH x AS (SELECT 1 AS y) SELECT y FROM x)) SELECT m.title FROM x AS n JOIN x AS m ON m.c = n.c",
        "SELECT id FROM memo WHERE id = 2 AND title LIKE 'USER8%' AND title > exp(1000)",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND rand() + exp(1000) > 0",
        "SELECT id FROM note WHERE email = 'ann@GLOBEX' AND CAST(rand() AS SIGNED) + 9223372036854775807 + 2 > 0",
        "SELECT t.id FROM tag t JOIN note n ON n.id = 11 AND n.score > exp(1000)",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND coalesce(parent_id, title) = 5",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM memo WHERE id = 2 AND coalesce(NULL, title) = 5",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE email >= 'ann@G' AND email < 'ann@H' AND coalesce(NULL, email) = 5",
        "UPDATE note n JOIN tag t ON t.id = 1 SET n.body = 'x' WHERE n.id = 11 AND coalesce(n.parent_id, n.title) = 5",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND '5' BETWEEN title AND score",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND '2024-01-01' BETWEEN at AND title",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND at BETWEEN 'abc' AND 'x'",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND score = 'abc'",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND score IN ('abc', 1)",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND length(title) = 'abc'",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND price > 'abc'",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND title",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND NOT title",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note WHERE id = 11 AND nullif(title, 5) IS NULL",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM (SELECT score FROM note UNION ALL SELECT email FROM note WHERE email = 'ann@GLOBEX') t WHERE t.score = 5",
        "INSERT INTO acc (id, email) SELECT 300, 'x' FROM note NATURAL JOIN (SELECT 11 AS id, 5 AS title) t",
        "SELECT (SELECT MAX(c.name) FROM country c WHERE 9223372036854775807 + n.score > 20) FROM note n WHERE n.id = 11",
    ];
    let cases = of("29 attacked", SameOrRefused, &sql);
    judge::all(DbBackend::MySql, Model::usual(DbBackend::MySql), [cases]).await;
}
