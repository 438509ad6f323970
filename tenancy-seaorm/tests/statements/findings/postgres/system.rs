//! Columns of the system's, which depend on the writes of all tenants.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused},
    each, of,
};

#[tokio::test]
async fn r28_system_columns_are_refused() {
    let columns = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];
    let places = [
        "SELECT {}::text FROM note WHERE id = 101",
        "SELECT n.{}::text FROM note n WHERE n.id = 101",
        r#"SELECT "{}"::text FROM note WHERE id = 101"#,
        "SELECT id FROM note ORDER BY {}::text",
        "SELECT count(*) FROM note GROUP BY {}",
        "DELETE FROM note WHERE id = 101 RETURNING {}::text",
        "SELECT s.{}::text FROM (SELECT {} FROM note) s",
    ];
    let statements = columns
        .into_iter()
        .flat_map(|column| places.map(|place| place.replace("{}", column)));
    judge([
        of("14", Refused, &[
            "SELECT ctid::text FROM note WHERE id = 101",
            "SELECT id FROM note WHERE ctid = '(0,1)'",
            "SELECT id FROM note WHERE CTID::text = '(0,1)'",
            "SELECT tableoid::regclass FROM country",
            "UPDATE note SET title = ctid::text WHERE id = 101",
            "UPDATE note SET title = 'x' WHERE ctid IN (SELECT ctid FROM note ORDER BY id LIMIT 1)",
            "DELETE FROM note WHERE ctid = ANY (ARRAY(SELECT ctid FROM note WHERE id = 101))",
            "INSERT INTO tag (id, name) SELECT 900, xmin::text FROM note WHERE id = 101",
            "INSERT INTO tag (id, name) VALUES (900, 'x') RETURNING ctid::text, xmin::text",
            "SELECT n.id FROM note n JOIN tag t ON t.ctid = n.ctid",
            "SELECT id, row_number() OVER (ORDER BY ctid) FROM note",
            "WITH s AS (SELECT ctid AS c FROM note) SELECT c::text FROM s",
            "SELECT max(xmin::text) FROM note",
            "SELECT age(xmin) FROM note WHERE id = 101",
        ]),
        each("14 each", Refused, statements),
        of("14 control", Accepted, &[
            "SELECT id::text FROM note WHERE id = 101",
            "UPDATE note SET title = 'x' WHERE id IN (SELECT id FROM note ORDER BY id LIMIT 1)",
            "SELECT id, row_number() OVER (ORDER BY id) FROM note",
        ]),
    ])
    .await;
}
