//! A statement is read to its end, or not at all.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused},
    of,
};

#[tokio::test]
async fn r26_text_after_a_complete_statement_is_refused() {
    judge([
        of(
            "10",
            Refused,
            &[
                "DELETE FROM note END WHERE id = 101",
                "SELECT id FROM note ORDER BY id END LIMIT 1",
                "DELETE FROM note end where id = 101",
                "DELETE FROM note/* */END WHERE id = 101",
                "UPDATE note SET title = 'x' END WHERE id = 101",
                "UPDATE note SET title = 'x' WHERE id = 101 END AND score > 100",
                "INSERT INTO tag (id, name) VALUES (900, 'x') END ON CONFLICT DO NOTHING",
                "INSERT INTO tag (id, name) SELECT id + 900, title FROM note END WHERE id = 101",
                "SELECT id FROM note END",
                "SELECT id FROM note WHERE id = 101 END OR id = 102",
                "SELECT CASE WHEN score > 5 THEN 1 ELSE 2 END END FROM note",
                "SELECT id FROM note END UNION SELECT id FROM tag",
                "WITH s AS (SELECT id FROM note) SELECT id FROM s END WHERE id = 101",
                "VALUES (1) END, (2)",
                "SELECT 1 END; SELECT 2",
                "SELECT 1; END",
                "END SELECT 1",
                "END",
                "DELETE FROM note END -- WHERE id = 101",
                "DELETE FROM note END RETURNING id",
            ],
        ),
        of(
            "10 control",
            Accepted,
            &[
                "DELETE FROM note WHERE id = 101",
                "SELECT id FROM note ORDER BY id LIMIT 1",
                "SELECT id FROM note ORDER BY id;",
                "SELECT CASE WHEN score > 5 THEN 1 ELSE 2 END FROM note",
                r#"SELECT id AS "end" FROM note"#,
            ],
        ),
    ])
    .await;
}
