//! Inserts that name the tenant column or meet a key with it, prepared statements, and the state of
//! a session.

use sea_orm::Value;

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    in_order, of,
};

#[tokio::test]
async fn w17_rows_of_a_query_are_stamped_column_by_column() {
    judge([
        of("9", SameOrRefused, &[
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 3",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 1, 3",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 3 DESC LIMIT 1",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note GROUP BY 1, 2, 3",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note GROUP BY 3",
            "INSERT INTO tag (id, name) SELECT DISTINCT ON (3) id + 900, title FROM note",
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note UNION SELECT id + 950, name FROM tag ORDER BY 3",
            "INSERT INTO tag (id, name) (SELECT id + 900, title FROM note ORDER BY 3)",
            "INSERT INTO tag (id, name) VALUES (900, 'x'), (901, 'y') ORDER BY 3",
            "INSERT INTO memo (id, title) SELECT id + 900, title FROM note ORDER BY 4",
            "WITH s AS (SELECT id, title FROM note) INSERT INTO tag (id, name) SELECT id + 900, title FROM s ORDER BY 3",
        ]),
        of("17", SameOrRefused, &[
            "INSERT INTO tag (id, tenant_id, name) SELECT id + 900, tenant_id, name FROM tag GROUP BY ROLLUP (id, tenant_id, name)",
            "INSERT INTO tag (id, tenant_id, name) SELECT id + 900, tenant_id, name FROM tag GROUP BY CUBE (id, name), tenant_id",
            "INSERT INTO tag (id, tenant_id, name) SELECT max(id) + 900, tenant_id, 'x' FROM tag GROUP BY GROUPING SETS ((tenant_id), ())",
            "INSERT INTO tag (id, tenant_id, name) SELECT max(id) + 900, 1, 'x' FROM tag GROUP BY ROLLUP (2)",
            "INSERT INTO tag (id, name) SELECT max(id) + 900, 'x' FROM tag GROUP BY ROLLUP (name)",
            "INSERT INTO tag (id, tenant_id, name, at) SELECT t.* FROM tag t WHERE t.id > 900",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT *, 101 FROM (SELECT 1, 999) s",
            "INSERT INTO note_tag (note_id, tenant_id, tag_id) SELECT s.*, 102 FROM (SELECT 101, 1) s",
            "INSERT INTO note_tag (note_id, tenant_id, tag_id) SELECT s.*, 1, 102 FROM (SELECT 101) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, s.* FROM (SELECT 2, 102, 103) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT t.tenant_id, 101, 900 FROM tree c LEFT JOIN tag t ON t.id = c.id + 500",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT s.tenant_id, 101, 900 FROM (SELECT 2 AS tenant_id) s",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT tenant_id + 1, 101, 900 FROM tag",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, 101, 900 UNION SELECT 2, 101, 901",
        ]),
        of("17 control", Accepted, &[
            "INSERT INTO tag (id, name) SELECT id + 900, title FROM note ORDER BY 1",
            "INSERT INTO tag (id, tenant_id, name) SELECT id + 900, tenant_id, name FROM tag",
            "INSERT INTO note_tag (tenant_id, note_id, tag_id) SELECT 1, id, 900 FROM note",
            "INSERT INTO tag (id, name) SELECT max(id) + 900, 'x' FROM tag GROUP BY name",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn w20_an_upsert_may_name_a_key_that_the_tenant_leads() {
    judge([
        of("16", SameOrRefused, &[
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (email) DO UPDATE SET n = excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (email) DO NOTHING",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5), (104, 'new@x', 6) ON CONFLICT (email) DO UPDATE SET n = acc.n + excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT (\"email\") DO UPDATE SET n = 7 WHERE acc.n < 5 RETURNING id, n",
            "INSERT INTO acc AS a (id, email, n) VALUES (103, 'b@x', 5) ON CONFLICT (email) DO UPDATE SET n = a.n + 1",
            "INSERT INTO acc (id, email) SELECT id + 900, 'a@x' FROM note WHERE id = 101 ON CONFLICT (email) DO UPDATE SET n = 8",
            "INSERT INTO acc (id, email) VALUES (103, 'GLOBEX@x') ON CONFLICT (email) DO UPDATE SET n = 8 RETURNING *",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (101, 102) ON CONFLICT (note_id, tag_id) DO NOTHING",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (201, 202) ON CONFLICT (note_id, tag_id) DO NOTHING",
            "INSERT INTO note_tag (note_id, tag_id) VALUES (101, 102) ON CONFLICT (tag_id, note_id) DO UPDATE SET tag_id = 900",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'one', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO UPDATE SET title = excluded.title",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'two', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
            "INSERT INTO blog (id, slug, title) VALUES (103, 'one', 'x') ON CONFLICT (slug) DO NOTHING",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT (lower(email)) DO NOTHING",
            "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT (n) DO NOTHING",
        ]),
        of("16 control", Accepted, &[
            "INSERT INTO acc (id, email, n) VALUES (101, 'c@x', 5) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT DO NOTHING",
            "INSERT INTO acc (id, email, n) VALUES (103, 'a@x', 5) ON CONFLICT ON CONSTRAINT acc_email DO UPDATE SET n = excluded.n",
            "INSERT INTO acc (id, email, n) VALUES (103, 'new@x', 5)",
        ]),
    ])
    .await;
}

fn one(value: impl Into<Value>) -> Vec<Value> {
    vec![value.into()]
}

#[tokio::test]
async fn p09_a_prepared_statement_does_not_answer_for_values_of_other_types() {
    let by_score = "SELECT n.id FROM note n WHERE n.score > $1 ORDER BY n.id";
    let lines = "SELECT n.id\nFROM note n\nWHERE n.score > $1 ORDER BY n.id";
    let lower = "select n.id from note n where n.score > $1 order by n.id";
    // Plain SeaORM, which answers for the reference, reads each text with the types that it had
    // first.
    let again = "select n.id from note n where n.score > $1 order by  n.id";
    let comment = "SELECT n.id FROM note n WHERE n.score > $1 /* a */ ORDER BY n.id";
    judge([
        in_order("8", Accepted, [(by_score, one(5)), (lines, one(5.5))]),
        in_order("8 case", Accepted, [(by_score, one(5)), (lower, one(5.5))]),
        in_order(
            "8 comment",
            Accepted,
            [(by_score, one(5)), (comment, one(5.5))],
        ),
        in_order(
            "8 back",
            Accepted,
            [(lines, one(5.5)), (by_score, one(5)), (again, one(7_i64))],
        ),
        in_order(
            "8 same text",
            Accepted,
            [(by_score, one(5)), (by_score, one(7))],
        ),
        in_order(
            "8 delete",
            Accepted,
            [
                ("DELETE FROM note WHERE score < $1", one(1)),
                ("DELETE  FROM note WHERE score < $1", one(2.5)),
                ("SELECT id FROM note ORDER BY id", vec![]),
            ],
        ),
        in_order(
            "8 update",
            Accepted,
            [
                ("UPDATE note SET score = 1 WHERE score > $1", one(100)),
                ("UPDATE note SET score = 1\nWHERE score > $1", one(9.5)),
                ("SELECT id, score FROM note ORDER BY id", vec![]),
            ],
        ),
        in_order(
            "8 price",
            Accepted,
            [
                ("SELECT id FROM note WHERE price > $1 ORDER BY id", one(9)),
                (
                    "SELECT id FROM note WHERE price > $1 -- \n ORDER BY id",
                    one(1.5),
                ),
            ],
        ),
        in_order(
            "8 text",
            Accepted,
            [
                ("SELECT $1::text AS x FROM note WHERE id = 101", one("a")),
                ("SELECT $1::text  AS x FROM note WHERE id = 101", one("b")),
            ],
        ),
        in_order(
            "8 insert",
            Accepted,
            [
                (
                    "INSERT INTO tag (id, name) SELECT id + 900, title FROM note WHERE score > $1",
                    one(100),
                ),
                (
                    "INSERT INTO tag (id, name) SELECT id + 900, title FROM note\nWHERE score > $1",
                    one(9.5),
                ),
            ],
        ),
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
                "SET search_path = pg_catalog",
                "SET LOCAL app.tenant_id = '2'",
                "SET SESSION AUTHORIZATION DEFAULT",
                "SET ROLE NONE",
                "RESET ALL",
                "DISCARD ALL",
                "SELECT set_config('app.tenant_id', '2', false)",
                "SELECT set_config('search_path', 'pg_temp', true) FROM note",
                "SELECT id FROM note WHERE set_config('app.tenant_id', '2', true) = '2'",
                "CREATE TEMP TABLE note (id bigint)",
                "CREATE TEMPORARY VIEW note AS SELECT 1",
                "SELECT id INTO TEMP mine FROM note",
                "SELECT * INTO mine FROM note",
                "PREPARE p AS SELECT 1",
                "EXECUTE p",
                "DEALLOCATE ALL",
                "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM note",
                "FETCH ALL FROM c",
                "LISTEN x",
                "NOTIFY x, 'y'",
                "SELECT pg_notify('x', 'y')",
                "LOAD 'x'",
                "DO 'BEGIN NULL; END'",
                "LOCK TABLE note",
                "BEGIN",
                "COMMIT",
                "ROLLBACK",
                "SAVEPOINT a",
                "SELECT pg_advisory_lock(1)",
                "SELECT pg_try_advisory_lock(id) FROM note",
                "SELECT nextval('note_id_seq')",
                "SELECT setval('note_id_seq', 1)",
                "SELECT currval('note_id_seq')",
                "SELECT lastval()",
                "SELECT set_limit(0.1)",
                "SELECT setseed(0.5)",
                "SELECT pg_export_snapshot()",
                "SELECT id FROM pg_temp.note",
            ],
        ),
        of(
            "p09 control",
            Accepted,
            &[
                "SELECT id FROM note ORDER BY id",
                "WITH mine AS (SELECT id FROM note) SELECT id FROM mine ORDER BY id",
            ],
        ),
    ])
    .await;
}
