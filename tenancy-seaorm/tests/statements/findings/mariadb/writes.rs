//! Upserts, joined updates, queries that are inserted, functions in FROM and the state of a
//! session.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    bound, of,
};

#[tokio::test]
async fn w20_an_upsert_returns_no_row_that_was_in_its_way() {
    judge([
        of("4", Refused, &[
            "INSERT INTO note (id, title) VALUES (11, 'x') ON DUPLICATE KEY UPDATE id = VALUES(id) RETURNING *",
            "INSERT INTO note (id, title) VALUES (11, 'x') ON DUPLICATE KEY UPDATE title = VALUES(title) RETURNING title",
            "INSERT INTO note (id, title) VALUES (11, 'x') ON DUPLICATE KEY UPDATE title = VALUES(title) RETURNING id, body",
            "INSERT INTO note (id, title) VALUES (900, 'x'), (11, 'y') ON DUPLICATE KEY UPDATE score = score + 1 RETURNING *",
            "INSERT INTO note (id, title) SELECT id + 10, title FROM note WHERE id = 1 ON DUPLICATE KEY UPDATE score = 1 RETURNING note.body",
            "INSERT INTO note SET id = 11, title = 'x' ON DUPLICATE KEY UPDATE title = 'x' RETURNING email",
            "INSERT INTO tag (id, name) VALUES (900, 'GLOBEXtag') ON DUPLICATE KEY UPDATE name = VALUES(name) RETURNING *",
            "INSERT INTO tag (id, name) VALUES (900, 'green') ON DUPLICATE KEY UPDATE at = NULL RETURNING id",
            "INSERT INTO acc (id, email) VALUES (201, 'x') ON DUPLICATE KEY UPDATE n = 1 RETURNING email, n",
            "INSERT INTO memo (id, title) VALUES (2, 'x') ON DUPLICATE KEY UPDATE is_open = is_open RETURNING title",
            "INSERT IGNORE INTO note (id, title) VALUES (11, 'x') ON DUPLICATE KEY UPDATE score = 1 RETURNING *",
            "REPLACE INTO note (id, title) VALUES (11, 'x') RETURNING *",
        ]),
        bound(
            "4 bound",
            Refused,
            "INSERT INTO note (id, title) VALUES (?, ?) ON DUPLICATE KEY UPDATE title = VALUES(title) RETURNING *",
            [11.into(), "x".into()],
        ),
        of("4 control", Accepted, &[
            "INSERT INTO note (id, title) VALUES (900, 'x') RETURNING id, title",
            "INSERT INTO note (id, title) VALUES (1, 'x') ON DUPLICATE KEY UPDATE title = VALUES(title)",
            "INSERT INTO note (id, title) VALUES (900, 'x') ON DUPLICATE KEY UPDATE title = VALUES(title)",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w20_an_upsert_does_what_it_does_on_the_tenants_own_database() {
    judge([
        of("5", SameOrRefused, &[
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = DEFAULT",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = DEFAULT(n)",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', DEFAULT) ON DUPLICATE KEY UPDATE n = VALUES(n) + 5",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = 7, email = DEFAULT",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x'), (104, 'z@x') ON DUPLICATE KEY UPDATE n = DEFAULT",
            "INSERT INTO acc SET id = 103, email = 'a@x' ON DUPLICATE KEY UPDATE n = DEFAULT",
            "INSERT INTO acc (id, email) SELECT 103, 'a@x' ON DUPLICATE KEY UPDATE n = DEFAULT",
            "INSERT INTO note (id, title) VALUES (1, 'x') ON DUPLICATE KEY UPDATE title = DEFAULT, score = DEFAULT",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE acc.n = acc.n + 1",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = IF(n > 0, VALUES(id), 5)",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = (SELECT COUNT(*) FROM note)",
            "INSERT IGNORE INTO acc (id, email) VALUES (103, 'a@x')",
        ]),
        of("10", SameOrRefused, &[
            "INSERT INTO tree (id, label) SELECT id + 100, label FROM tree WHERE id = 3 ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) SELECT id, label FROM tree WHERE id = 3 ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) SELECT t.id, t.label FROM tree t WHERE t.id = 3 ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) SELECT tree.id, tree.label FROM tree ON DUPLICATE KEY UPDATE tree.label = 'again'",
            "INSERT INTO tree (id, label) SELECT id, label FROM tree ON DUPLICATE KEY UPDATE parent_id = VALUES(id)",
            "INSERT INTO tree (id, label) SELECT a.id, b.label FROM tree a JOIN tree b ON b.id = a.parent_id ON DUPLICATE KEY UPDATE label = VALUES(label)",
            "INSERT INTO tree (id, label) SELECT MAX(id), 'max' FROM tree ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) SELECT id, label FROM (SELECT * FROM tree) s ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) WITH s AS (SELECT * FROM tree) SELECT id, label FROM s ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO tree (id, label) SELECT id, title FROM note ON DUPLICATE KEY UPDATE label = title",
            "INSERT INTO tree (id, label) SELECT n.id, n.title FROM note n ON DUPLICATE KEY UPDATE label = n.body",
            "INSERT INTO acc (id, email) SELECT id + 10, email FROM acc ON DUPLICATE KEY UPDATE n = 50",
            "INSERT INTO note_tag (note_id, tag_id) SELECT note_id, tag_id FROM note_tag ON DUPLICATE KEY UPDATE tag_id = VALUES(tag_id)",
            "INSERT INTO memo (id, title) SELECT id, title FROM memo ON DUPLICATE KEY UPDATE title = 'again'",
        ]),
        of("10 control", Accepted, &[
            "INSERT INTO tree (id, label) SELECT id + 100, label FROM tree WHERE id = 3",
            "INSERT INTO tree (id, label) SELECT id, title FROM note ON DUPLICATE KEY UPDATE label = 'again'",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON DUPLICATE KEY UPDATE n = 5",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w06_a_write_to_tables_that_are_joined_by_name() {
    judge([
        of("11", SameOrRefused, &[
            "UPDATE note LEFT JOIN tag USING (id) SET note.title = 'using'",
            "UPDATE note JOIN tag USING (id) SET note.title = 'using'",
            "UPDATE note RIGHT JOIN tag USING (id) SET note.title = 'using'",
            "UPDATE note NATURAL JOIN tag SET note.title = 'natural'",
            "UPDATE note NATURAL LEFT JOIN tag SET note.title = 'natural'",
            "UPDATE note n LEFT JOIN tag t USING (id) SET n.title = t.name",
            "UPDATE note n LEFT JOIN tag t USING (id) SET n.score = 1, t.name = CONCAT('n', t.id)",
            "UPDATE tree LEFT JOIN note USING (id) LEFT JOIN tag USING (id) SET tree.label = tag.name",
            "UPDATE note LEFT JOIN tag USING (id, tenant_id) SET note.title = 'using'",
            "UPDATE note LEFT JOIN (SELECT id FROM tag) t USING (id) SET note.title = 'using'",
            "DELETE note FROM note LEFT JOIN tag USING (id) WHERE tag.id IS NULL",
            "DELETE n, t FROM note n LEFT JOIN tag t USING (id)",
            "DELETE FROM note USING note LEFT JOIN tag USING (id) WHERE tag.name IS NULL",
        ]),
        of("11 control", Accepted, &[
            "UPDATE note LEFT JOIN tag ON tag.id = note.id SET note.title = 'on'",
            "DELETE note FROM note LEFT JOIN tag ON tag.id = note.id WHERE tag.id IS NULL",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w17_rows_of_a_query_are_stamped_column_by_column() {
    judge([
        of("17", SameOrRefused, &[
            "INSERT INTO tree (id, tenant_id, label) SELECT MAX(id) + 900, tenant_id, 'x' FROM tag GROUP BY tenant_id WITH ROLLUP",
            "INSERT INTO tree (id, label) SELECT MAX(id) + 900, 'x' FROM tag GROUP BY name WITH ROLLUP",
            "INSERT INTO tree (id, label) SELECT id + 900, name FROM tag ORDER BY 3",
            "INSERT INTO tree (id, label) SELECT id + 900, name FROM tag GROUP BY 1, 2, 3",
            "INSERT INTO tree (id, label) SELECT id + 900, name FROM tag UNION SELECT 950, 'x' ORDER BY 3",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT *, 900 FROM (SELECT 1, 2) s",
            "INSERT INTO note_tag (note_id, tenant_id, tag_id) SELECT s.*, 900 FROM (SELECT 1, 2) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, s.* FROM (SELECT 900, 2) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT tenant_id + 1, 1, 900 FROM tag",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT t.tenant_id, 1, 900 FROM tree c LEFT JOIN tag t ON t.id = c.id + 500",
        ]),
        of("17 control", Accepted, &[
            "INSERT INTO tree (id, label) SELECT id + 900, name FROM tag ORDER BY 1",
            "INSERT INTO tree (id, tenant_id, label) SELECT id + 900, tenant_id, name FROM tag",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r34_what_reads_in_from_is_known_and_its_arguments_are_visited() {
    judge([
        of("34", Refused, &[
            "SELECT * FROM JSON_TABLE((SELECT JSON_ARRAYAGG(secret) FROM ledger), '$[*]' COLUMNS (s VARCHAR(50) PATH '$')) j",
            "SELECT n.id FROM note n, JSON_TABLE((SELECT JSON_ARRAYAGG(secret) FROM ledger), '$[*]' COLUMNS (s VARCHAR(50) PATH '$')) j",
            "SELECT * FROM seq_1_to_5",
            "SELECT * FROM mysql.user",
            "SELECT * FROM information_schema.tables",
            "SELECT LOAD_FILE('/etc/passwd')",
            "SELECT id FROM note PROCEDURE ANALYSE()",
            "SELECT id FROM note INTO OUTFILE '/tmp/x'",
            "SELECT SLEEP(0)",
            "SELECT BENCHMARK(1, MD5('x'))",
            "SELECT NEXTVAL(s)",
            "SELECT MATCH (title) AGAINST ('plan') FROM note",
            "SELECT test.f(id) FROM note",
            "SELECT JSON_VALUE((SELECT secret FROM ledger), '$')",
            "HANDLER note OPEN",
        ]),
        of("34 control", Accepted, &[
            "SELECT JSON_VALUE(doc, '$.a') FROM note ORDER BY id",
            "SELECT MD5(title) FROM note ORDER BY id",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn p09_no_statement_leaves_anything_in_the_session() {
    judge([
        of("p09", Refused, &[
            "SET @a = 1",
            "SET SESSION sql_mode = 'ANSI_QUOTES'",
            "SET NAMES latin1",
            "SET CHARACTER SET latin1",
            "SET ROLE NONE",
            "SET STATEMENT sql_mode = 'ANSI_QUOTES' FOR SELECT 1",
            "SELECT @a",
            "SELECT @a := title FROM note",
            "SELECT title INTO @a FROM note LIMIT 1",
            "SELECT @@sql_mode",
            "SELECT @@session.tx_isolation",
            "SELECT id FROM note WHERE (@a := id) > 0",
            "UPDATE note SET score = (@a := 5)",
            "INSERT INTO tag (id, name) VALUES (900, @a)",
            "SELECT SQL_CALC_FOUND_ROWS id FROM note LIMIT 1",
            "SELECT FOUND_ROWS()",
            "SELECT ROW_COUNT()",
            "SELECT LAST_INSERT_ID()",
            "SELECT LAST_INSERT_ID(id) FROM note",
            "UPDATE note SET score = LAST_INSERT_ID(score + 1) WHERE id = 1",
            "INSERT INTO note (id, title) VALUES (1, 'x') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)",
            "SELECT GET_LOCK('x', 0)",
            "SELECT RELEASE_ALL_LOCKS()",
            "SELECT USER(), CURRENT_USER, DATABASE()",
            "CREATE TEMPORARY TABLE note (id INT)",
            "PREPARE p FROM 'SELECT 1'",
            "EXECUTE IMMEDIATE 'SELECT 1'",
            "USE mysql",
            "START TRANSACTION",
            "COMMIT",
            "LOCK TABLES note WRITE",
            "UNLOCK TABLES",
            "FLUSH TABLES",
            "KILL 1",
            "DO 1",
            "CALL p()",
            "SHOW WARNINGS",
            "ANALYZE TABLE note",
        ]),
        of("p09 control", Accepted, &[
            "SELECT id FROM note ORDER BY id",
            "UPDATE note SET score = score + 1 WHERE id = 1",
        ]),
    ])
    .await;
}
