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
