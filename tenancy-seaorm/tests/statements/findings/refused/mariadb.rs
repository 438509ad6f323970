//! Ordinary statements of MariaDB's.

use crate::findings::{
    case::{
        Expected::{Accepted, AcceptedOrExplained},
        bound, of,
    },
    mariadb::judge,
};

#[tokio::test]
async fn ordinary_updates_of_qualified_columns() {
    judge([
        of("update", Accepted, &[
            "UPDATE note n SET n.title = 'x' WHERE n.id = 1",
            "UPDATE note SET note.title = 'x' WHERE note.id = 1",
            "UPDATE note AS n SET n.title = 'x', n.score = n.score + 1 WHERE n.id = 2",
            "UPDATE note SET note.score = note.score + 1",
            "UPDATE note n SET title = 'x' WHERE id = 1",
            "UPDATE note n SET n.title = CONCAT(n.title, '!') ORDER BY n.id LIMIT 2",
            "UPDATE `note` SET `note`.`title` = 'x' WHERE `note`.`id` = 1",
            "UPDATE note n JOIN tag t ON t.id = n.id SET n.title = t.name",
            "UPDATE memo m SET m.title = 'x' WHERE m.id = 1",
            "DELETE n FROM note n WHERE n.id = 1",
        ]),
        bound("update, bound", Accepted, "UPDATE note n SET n.title = ? WHERE n.id = ?", ["x".into(), 1.into()]),
        of("update of two", AcceptedOrExplained, &[
            "UPDATE note, tag SET note.title = tag.name WHERE tag.id = note.id",
            "UPDATE note n, tag t SET n.title = t.name, t.name = CONCAT(t.name, '!') WHERE t.id = n.id",
            "UPDATE note n, (SELECT id FROM tag) t SET n.title = 'x' WHERE t.id = n.id",
            "DELETE n, t FROM note n, tag t WHERE t.id = n.id",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_queries_from_dual() {
    judge([
        of("dual", Accepted, &[
            "INSERT INTO tag (id, name) SELECT 70, 'n70' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM tag WHERE name = 'n70')",
            "INSERT INTO tag (id, name) SELECT 70, 'red' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM tag WHERE name = 'red') AND 1 = 1",
            "SELECT 1 FROM DUAL",
            "SELECT 1 FROM dual",
            "SELECT (SELECT MAX(id) FROM note) FROM DUAL WHERE 1 = 1",
            "SELECT 1 UNION SELECT 2 FROM DUAL ORDER BY 1",
            "SELECT id FROM note WHERE EXISTS (SELECT 1 FROM DUAL) ORDER BY id",
            "INSERT INTO tag (id, name) SELECT 71, 'n71' FROM dual",
        ]),
        bound("dual, bound", Accepted, "INSERT INTO tag (id, name) SELECT ?, ? FROM DUAL", [72.into(), "n72".into()]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_locks_priorities_and_hints() {
    judge([
        of(
            "hints",
            AcceptedOrExplained,
            &[
                "SELECT id FROM note WHERE id = 1 LOCK IN SHARE MODE",
                "SELECT id FROM note WHERE id = 1 LOCK IN SHARE MODE NOWAIT",
                "SELECT id FROM note WHERE id = 1 FOR UPDATE WAIT 1",
                "SELECT SQL_NO_CACHE id FROM note ORDER BY id",
                "SELECT HIGH_PRIORITY id FROM note ORDER BY id",
                "SELECT STRAIGHT_JOIN n.id FROM note n JOIN tag t ON t.id = n.id ORDER BY 1",
                "SELECT SQL_BIG_RESULT score, COUNT(*) FROM note GROUP BY score ORDER BY 1",
                "INSERT LOW_PRIORITY INTO tag (id, name) VALUES (70, 'x')",
                "INSERT HIGH_PRIORITY INTO tag (id, name) VALUES (70, 'x')",
                "UPDATE LOW_PRIORITY note SET title = 'x' WHERE id = 1",
                "UPDATE IGNORE note SET title = 'x' WHERE id = 1",
                "DELETE LOW_PRIORITY FROM note WHERE id = 1",
                "DELETE QUICK FROM note WHERE id = 1",
                "DELETE IGNORE FROM note WHERE id = 1",
                "SELECT id FROM note FORCE INDEX FOR ORDER BY (PRIMARY) ORDER BY id",
                "SELECT /*+ NO_ICP(note) */ id FROM note ORDER BY id",
            ],
        ),
        of(
            "hints that are read",
            Accepted,
            &[
                "SELECT id FROM note WHERE id = 1 FOR UPDATE",
                "SELECT id FROM note WHERE id = 1 FOR UPDATE NOWAIT",
                "SELECT id FROM note WHERE id = 1 FOR UPDATE SKIP LOCKED",
                "SELECT id FROM note USE INDEX (PRIMARY) ORDER BY id",
                "SELECT id FROM note IGNORE INDEX (ix_email, ix_score) WHERE email LIKE 'ann%'",
                "INSERT IGNORE INTO tag (id, name) VALUES (1, 'x'), (70, 'y')",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_expressions() {
    judge([
        of("expressions", AcceptedOrExplained, &[
            "SELECT at - INTERVAL '1:30' HOUR_MINUTE FROM note ORDER BY id",
            "SELECT at + INTERVAL '1 2' DAY_HOUR FROM note ORDER BY id",
            "SELECT DATE_ADD(at, INTERVAL '1-2' YEAR_MONTH) FROM note ORDER BY id",
            "SELECT EXTRACT(YEAR_MONTH FROM at) FROM note ORDER BY id",
            "SELECT id FROM note WHERE title SOUNDS LIKE 'ACME plan' ORDER BY id",
            "SELECT score MOD 3, score % 3 FROM note ORDER BY id",
            "SELECT CHAR(65 USING utf8mb4)",
            "SELECT INTERVAL 1 DAY + at FROM note ORDER BY id",
            "SELECT CAST(title AS CHAR CHARACTER SET utf8mb4) FROM note ORDER BY id",
            "SELECT _utf8mb4'x', N'y'",
            "SELECT {d '2024-01-01'}",
            "SELECT id FROM note WHERE title NOT RLIKE 'plan' ORDER BY id",
            "SELECT id FROM note WHERE id NOT BETWEEN 2 AND 3 XOR 0",
        ]),
        of("expressions that are read", Accepted, &[
            "SELECT at + INTERVAL 1 DAY, DATE_SUB(at, INTERVAL 2 HOUR) FROM note ORDER BY id",
            "SELECT TIMESTAMPDIFF(DAY, '2023-12-31', at), TIMESTAMPADD(MINUTE, 5, at) FROM note ORDER BY id",
            "SELECT GROUP_CONCAT(DISTINCT title ORDER BY title DESC SEPARATOR ', ') FROM note",
            "SELECT CONVERT(title USING utf8mb4), CAST(score AS UNSIGNED), CAST(score AS CHAR) FROM note ORDER BY id",
            "SELECT id FROM note WHERE title REGEXP '^ACME [pd]' ORDER BY id",
            "SELECT score DIV 3, IF(score > 10, 'a', 'b'), IFNULL(body, '') FROM note ORDER BY id",
            "SELECT id FROM note WHERE parent_id <=> NULL",
            "SELECT TRIM(LEADING 'A' FROM title), SUBSTRING(title FROM 2 FOR 3), POSITION('M' IN title) FROM note ORDER BY id",
            "SELECT id FROM note WHERE title COLLATE utf8mb4_bin = 'ACME plan'",
            "SELECT id FROM note WHERE at > DATE '2024-01-15' AND at < TIMESTAMP '2024-03-01 00:00:00'",
            "SELECT YEAR(at), DATE_FORMAT(at, '%Y-%m') FROM note ORDER BY id",
            "SELECT JSON_VALUE(doc, '$.a'), JSON_CONTAINS(doc, '1', '$.a') FROM note ORDER BY id",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_notations_of_the_tenants_own_id() {
    judge([
        of(
            "own id",
            AcceptedOrExplained,
            &[
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, +1, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, (1), 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, 01, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, 1.0, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, CAST(1 AS SIGNED), 'x')",
                "INSERT INTO tag (id, tenant_id, name) SELECT 72, +1, 'x'",
                "UPDATE tag SET tenant_id = +1 WHERE id = 1",
                "UPDATE tag SET tenant_id = tenant_id WHERE id = 1",
            ],
        ),
        of(
            "own id as it is",
            Accepted,
            &[
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, 1, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (72, '1', 'x')",
            ],
        ),
        bound(
            "own id, bound",
            Accepted,
            "INSERT INTO tag (id, tenant_id, name) VALUES (72, ?, 'x')",
            [1_i64.into()],
        ),
    ])
    .await;
}
