//! Numbers, comments and operators that MariaDB reads otherwise than the parser.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, SameOrRefused},
    of,
};

#[tokio::test]
async fn r30_numbers_mean_what_the_server_reads() {
    judge([
        of(
            "7",
            SameOrRefused,
            &[
                "SELECT id FROM note WHERE id = 0x01",
                "SELECT id FROM note WHERE score & 0x0F",
                "SELECT id FROM note WHERE id = 0x1",
                "SELECT id FROM note WHERE id = 0X01",
                "SELECT id FROM note WHERE id IN (0x01, 0x02)",
                "SELECT id FROM note WHERE id = x'01'",
                "SELECT id FROM note WHERE id = X'1'",
                "SELECT id FROM note WHERE id = 0b01",
                "SELECT id FROM note WHERE id = 0B01",
                "SELECT id FROM note WHERE id = b'01'",
                "SELECT id FROM note WHERE id = B'01'",
                "SELECT id FROM note WHERE title = 0x41434D4520706C616E",
                "SELECT 0x41, 0x41 + 0, x'41', HEX(0x4D), 0x",
                "SELECT 0b11, 0b11 + 0, b'11', 0b",
                "SELECT id FROM note LIMIT 0x1",
                "SELECT id FROM note ORDER BY id + 0x01",
                "SELECT id | 0x10, id ^ 0x01, id << 0x1 FROM note",
                "SELECT 0xZZ, 1a, 1_000 FROM note",
                "SELECT 1a FROM note",
                "SELECT 1_000 FROM note",
                "SELECT 1e FROM note",
                "SELECT 1e5x FROM note",
                "SELECT 5e FROM note",
                "SELECT note.1a FROM note",
                "SELECT id FROM note WHERE id = 1or 1 = 1",
                "SELECT 1.e2, .5, 5., 00012, 1e3",
                "SELECT 18446744073709551615, 9999999999999999999999",
                "UPDATE note SET score = 0x10 WHERE id = 1",
                "UPDATE note SET body = 0x414243 WHERE id = 1",
                "INSERT INTO tag (id, name) VALUES (0x0384, 0x78)",
                "INSERT INTO tag (id, tenant_id, name) VALUES (900, 0x1, 'x')",
                "INSERT INTO tag (id, tenant_id, name) VALUES (900, 0x02, 'x')",
                "DELETE FROM note WHERE id = 0x01",
            ],
        ),
        of(
            "7 control",
            Accepted,
            &[
                "SELECT id FROM note WHERE id = 1",
                "SELECT id, 1.5, .5, 1e2 FROM note ORDER BY id",
                "UPDATE note SET score = 16 WHERE id = 1",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r30_comments_that_are_code_are_read_as_the_server_reads_them() {
    judge([
        of(
            "9",
            SameOrRefused,
            &[
                "SELECT /*M! id, */ title FROM note",
                "SELECT /*! id, */ title FROM note",
                "SELECT /*!99999 id, */ title FROM note",
                "SELECT /*!50701 id, */ title FROM note",
                "SELECT /*!50100 id, */ title FROM note",
                "SELECT /*!100100 id, */ title FROM note",
                "SELECT /*!999999 id, */ title FROM note",
                "SELECT /*M!100100 id, */ title FROM note",
                "SELECT /*M!999999 id, */ title FROM note",
                "SELECT /*m! id, */ title FROM note",
                "SELECT /*!*/ title FROM note",
                "SELECT /* ! id, */ title FROM note",
                "SELECT /*! /* id, */ */ title FROM note",
                "SELECT /*!50100id,*/ title FROM note",
                "SELECT id FROM note /*! WHERE id = 1 */",
                "SELECT id FROM note /*M! UNION SELECT secret FROM ledger */",
                "SELECT id FROM note /*!99999 WHERE id = 1 */",
                "SELECT title AS x /*M! , (SELECT MAX(secret) FROM ledger) */ FROM note",
                "SELECT '/*! ' AS a, id /*! , title */ FROM note",
                "SELECT /*+ MAX_EXECUTION_TIME(1000) */ id FROM note",
                "UPDATE note SET title = 'x' /*!99999 WHERE id = 1 */",
                "UPDATE note SET title = 'x' /*M! , tenant_id = 2 */ WHERE id = 1",
                "DELETE FROM note /*!50701 WHERE id = 1 */",
                "INSERT INTO tag (id, name /*M! , tenant_id */) VALUES (900, 'x' /*M! , 2 */)",
                "SELECT id FROM note # WHERE id = 1",
                "SELECT id FROM note #\nWHERE id = 1",
                "SELECT 1--1",
                "SELECT id --1\nFROM note",
                "SELECT id -- 1\nFROM note",
                "SELECT id --\tx\nFROM note",
                "SELECT id --\nFROM note",
                "SELECT id /* -- */ FROM note",
                "SELECT id /* /* */ FROM note",
                "SELECT id FROM note /* unfinished",
            ],
        ),
        of(
            "9 control",
            Accepted,
            &[
                "SELECT /* id, */ title FROM note",
                "SELECT id -- one\nFROM note",
                "SELECT id FROM note WHERE id = 1 # the end",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn r31_operators_bind_as_the_server_has_them() {
    judge([
        of(
            "8",
            SameOrRefused,
            &[
                "SELECT id FROM note WHERE BINARY title = 'acme plan'",
                "SELECT id FROM note WHERE BINARY title <> 'acme plan'",
                "SELECT id FROM note WHERE title = BINARY 'acme plan'",
                "SELECT id FROM note WHERE BINARY title = BINARY 'ACME plan'",
                "SELECT id FROM note WHERE BINARY title LIKE 'acme%'",
                "SELECT id FROM note WHERE BINARY title IN ('acme plan', 'x')",
                "SELECT id FROM note WHERE BINARY title BETWEEN 'acme' AND 'bcme'",
                "SELECT id FROM note WHERE BINARY title REGEXP '^acme'",
                "SELECT id FROM note WHERE BINARY title <=> 'acme plan'",
                "SELECT id FROM note WHERE BINARY title IS NULL",
                "SELECT id FROM note WHERE NOT BINARY title = 'acme plan'",
                "SELECT id FROM note WHERE BINARY(title) = 'acme plan'",
                "SELECT id FROM note WHERE BINARY title = 'acme plan' OR id = 3",
                "SELECT id FROM note WHERE BINARY title + 1 = 1",
                "SELECT id FROM note WHERE BINARY id = 1 AND score = 10",
                "SELECT id FROM note ORDER BY BINARY title, id",
                "SELECT BINARY title = 'acme plan' FROM note",
                "SELECT COUNT(*) FROM note GROUP BY BINARY title",
                "SELECT n.id FROM note n JOIN tag t ON BINARY n.title = t.name",
                "UPDATE note SET score = 1 WHERE BINARY title = 'acme plan'",
                "DELETE FROM note WHERE BINARY title = 'acme plan'",
            ],
        ),
        of(
            "31",
            SameOrRefused,
            &[
                "SELECT -2 DIV 3, 5 DIV 2 * 2, 7 MOD 4 * 2, -7 % 3",
                "SELECT 1 | 2 = 3, 6 & 4 = 4, 6 & 3 + 1, 1 << 2 + 1",
                "SELECT 2 ^ 3 * 2, - 2 ^ 2, 2 + 3 ^ 1, ~ 1 + 1",
                "SELECT 1 = 1 = 1, 3 > 2 > 1, 1 < 2 = 1, 2 = 1 < 2",
                "SELECT id FROM note WHERE ! score = 10",
                "SELECT id FROM note WHERE NOT score = 10 AND id > 1",
                "SELECT id FROM note WHERE score = 10 XOR id = 1 AND 1 = 1",
                "SELECT id FROM note WHERE score = 10 OR id = 2 XOR id = 3",
                "SELECT id FROM note WHERE score = 10 || id = 2",
                "SELECT id FROM note WHERE score = 10 && id = 1 || id = 3",
                "SELECT id FROM note WHERE title || ' ' = 'ACME plan '",
                "SELECT id FROM note WHERE title IS NULL = 0",
                "SELECT id FROM note WHERE title LIKE 'ACME%' = 1",
                "SELECT id FROM note WHERE NOT title LIKE 'ACME p%'",
                "SELECT id FROM note WHERE NOT id IN (1, 2)",
                "SELECT id FROM note WHERE score BETWEEN 1 AND 10 = 1",
                "SELECT id FROM note WHERE score BETWEEN 5 AND 5 + 5 AND id = 1",
                "SELECT id FROM note WHERE title COLLATE utf8mb4_bin = 'acme plan'",
                "SELECT id FROM note WHERE title = 'acme plan' COLLATE utf8mb4_bin",
                "SELECT at - INTERVAL 1 DAY + INTERVAL 2 HOUR FROM note",
                "SELECT CASE score WHEN 10 THEN 1 ELSE 2 END + 1 FROM note",
                "SELECT id FROM note WHERE parent_id <=> NULL OR id = 3",
                "SELECT id FROM note WHERE (id, score) = (1, 10)",
                "SELECT id := 5 FROM note",
                "SELECT title SOUNDS LIKE 'ACME plan' FROM note",
            ],
        ),
        of(
            "8 control",
            Accepted,
            &[
                "SELECT id FROM note WHERE title = 'acme plan'",
                "SELECT id FROM note WHERE CAST(title AS BINARY) = 'acme plan'",
                "SELECT id FROM note WHERE score = 10 OR id = 2 ORDER BY id",
            ],
        ),
    ])
    .await;
}
