//! Conflict clauses, upserts, queries that are inserted, and the state of a session.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    in_order, of,
};

#[tokio::test]
async fn w19_a_conflict_clause_ends_no_transaction_and_replaces_no_row() {
    judge([
        of("3", Refused, &[
            "INSERT OR ROLLBACK INTO note (id, title) VALUES (1, 'dup')",
            "INSERT OR ROLLBACK INTO note (id, title) VALUES (900, 'new')",
            "insert or rollback into note (id, title) values (11, 'dup')",
            "INSERT OR ROLLBACK INTO tag (id, name) SELECT id, title FROM note",
            "INSERT OR ROLLBACK INTO tag (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING",
            "INSERT OR ROLLBACK INTO tag (id, name) VALUES (900, 'x') RETURNING id",
            "INSERT OR ROLLBACK INTO note DEFAULT VALUES",
            "INSERT OR/**/ROLLBACK INTO tag (id, name) VALUES (1, 'red')",
            "WITH s AS (SELECT 1 AS id) INSERT OR ROLLBACK INTO tag (id, name) SELECT id, 'x' FROM s",
            "UPDATE OR ROLLBACK tag SET name = 'blue'",
            "UPDATE OR ROLLBACK tag SET id = 1 WHERE id = 2",
            "INSERT OR REPLACE INTO note (id, title) VALUES (11, 'x')",
            "INSERT OR REPLACE INTO note (id, title) VALUES (1, 'x')",
            "INSERT OR REPLACE INTO tag (id, name) VALUES (900, 'GLOBEXtag')",
            "REPLACE INTO note (id, title) VALUES (11, 'x')",
            "REPLACE INTO tag (id, name) SELECT 900, 'GLOBEXtag'",
            "UPDATE OR REPLACE tag SET name = 'GLOBEXtag' WHERE id = 1",
            "UPDATE OR REPLACE note SET id = 11 WHERE id = 1",
            "ROLLBACK",
            "COMMIT",
            "BEGIN",
            "SAVEPOINT a",
            "RELEASE a",
            "SELECT RAISE(ROLLBACK, 'x')",
        ]),
        of("3 others", SameOrRefused, &[
            "INSERT OR FAIL INTO note (id, title) VALUES (1, 'dup')",
            "INSERT OR FAIL INTO note (id, title) VALUES (900, 'x'), (1, 'dup'), (901, 'y')",
            "INSERT OR FAIL INTO tag (id, name) SELECT id, title FROM note",
            "INSERT OR ABORT INTO note (id, title) VALUES (900, 'x'), (1, 'dup')",
            "INSERT OR IGNORE INTO note (id, title) VALUES (900, 'x'), (1, 'dup')",
            "INSERT OR IGNORE INTO tag (id, name) SELECT id, title FROM note",
            "UPDATE OR FAIL tag SET name = 'blue'",
            "UPDATE OR ABORT tag SET name = 'blue'",
            "UPDATE OR IGNORE tag SET name = 'blue'",
        ]),
        of("3 control", Accepted, &[
            "INSERT INTO note (id, title) VALUES (900, 'new')",
            "INSERT INTO tag (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING",
            "UPDATE tag SET name = 'green-blue' WHERE id = 1",
        ]),
        in_order("3 control, two", Accepted, [
            ("INSERT INTO tag (id, name) VALUES (900, 'x')", vec![]),
            ("INSERT INTO tag (id, name) VALUES (901, 'y')", vec![]),
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w20_an_upsert_may_name_a_key_that_the_tenant_leads() {
    judge([
        of("7", SameOrRefused, &[
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (email) DO UPDATE SET n = excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (email) DO NOTHING",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (\"email\") DO UPDATE SET n = acc.n + excluded.n WHERE acc.n < 5",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5), (104, 'z@x', 6) ON CONFLICT (email) DO UPDATE SET n = 9 RETURNING id, n",
            "INSERT INTO acc (id, email) VALUES (103, 'GLOBEX@x') ON CONFLICT (email) DO UPDATE SET n = 8 RETURNING *",
            "INSERT INTO acc (id, email) SELECT id + 900, 'a@x' FROM note WHERE id = 1 ON CONFLICT (email) DO UPDATE SET n = 8",
            "INSERT INTO acc (id, email) VALUES (101, 'b@x') ON CONFLICT (id) DO NOTHING ON CONFLICT (email) DO UPDATE SET n = 8",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (1, 2) ON CONFLICT (note_id, tag_id) DO NOTHING",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (11, 11) ON CONFLICT (note_id, tag_id) DO NOTHING",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (1, 2) ON CONFLICT (tag_id, note_id) DO UPDATE SET tag_id = 900",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'one', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO UPDATE SET title = excluded.title",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'two', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'one', 'x') ON CONFLICT (slug) DO NOTHING",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT (n) DO NOTHING",
        ]),
        of("7 control", Accepted, &[
            "INSERT INTO acc (id, email, n) VALUES (101, 'c@x', 5) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT DO NOTHING",
            "INSERT INTO acc (id, email, n) VALUES (103, 'new@x', 5)",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w17_rows_of_a_query_are_stamped_column_by_column() {
    judge([
        of("17", SameOrRefused, &[
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 3",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 3 DESC LIMIT 1",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note GROUP BY 1, 2, 3",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note UNION SELECT 950, 'x' ORDER BY 3",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT *, 900 FROM (SELECT 1, 2)",
            "INSERT INTO note_tag (note_id, tenant_id, tag_id) SELECT s.*, 900 FROM (SELECT 1, 2) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, s.* FROM (SELECT 900, 2) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT tenant_id + 1, 1, 900 FROM tag",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT t.tenant_id, 1, 900 FROM tree c LEFT JOIN tag t ON t.id = c.id + 500",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT '1', 1, 900",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT max(tenant_id), 1, 900 FROM tag WHERE 1 = 0",
        ]),
        of("17 control", Accepted, &[
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 1",
            "INSERT INTO tag (id, tenant_id, name) SELECT id + 900, tenant_id, title FROM note",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn p09_no_statement_leaves_anything_in_the_session() {
    judge([
        of(
            "p09",
            Refused,
            &[
                "PRAGMA foreign_keys = ON",
                "PRAGMA writable_schema = 1",
                "PRAGMA case_sensitive_like = 1",
                "PRAGMA table_info(note)",
                "ATTACH ':memory:' AS other",
                "DETACH other",
                "CREATE TEMP TABLE note (id INTEGER)",
                "CREATE TEMP VIEW note AS SELECT 1 AS id",
                "CREATE TEMP TRIGGER t AFTER INSERT ON note BEGIN SELECT 1; END",
                "CREATE TABLE mine AS SELECT * FROM note",
                "DROP TABLE note",
                "VACUUM",
                "ANALYZE",
                "REINDEX",
                "EXPLAIN SELECT id FROM note",
                "EXPLAIN QUERY PLAN SELECT id FROM note",
                "SELECT last_insert_rowid()",
                "SELECT changes(), total_changes()",
                "INSERT INTO tag (id, name) VALUES (900, last_insert_rowid())",
                "SELECT id FROM temp.note",
                "SELECT sqlite_version(), sqlite_source_id()",
            ],
        ),
        of(
            "p09 control",
            Accepted,
            &[
                "SELECT id FROM note ORDER BY id",
                "UPDATE note SET score = score + 1 WHERE id = 1",
            ],
        ),
    ])
    .await;
}
