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
    ];
    let cases = of("29 attacked", SameOrRefused, &sql);
    judge::all(DbBackend::Sqlite, Model::usual(DbBackend::Sqlite), [cases]).await;
}
