//! Ordinary statements of SQLite's.

use crate::findings::{
    case::{
        Expected::{Accepted, AcceptedOrExplained},
        bound, of,
    },
    sqlite::judge,
};

#[tokio::test]
async fn ordinary_comparisons_with_is() {
    judge([
        of(
            "is",
            AcceptedOrExplained,
            &[
                "SELECT id FROM note WHERE id IS 1",
                "SELECT id FROM note WHERE parent_id IS NOT 1 ORDER BY id",
                "SELECT id FROM note WHERE parent_id IS author_id ORDER BY id",
                "SELECT id FROM note WHERE title IS 'ACME plan'",
                "SELECT id FROM note WHERE id IS (SELECT min(id) FROM note)",
                "SELECT id FROM note WHERE doc ISNULL",
                "SELECT id, doc ISNULL FROM note ORDER BY id",
                "UPDATE note SET title = 'x' WHERE parent_id IS 1",
                "DELETE FROM note WHERE parent_id IS NOT 1",
            ],
        ),
        of(
            "is, read",
            Accepted,
            &[
                "SELECT id FROM note WHERE doc NOTNULL ORDER BY id",
                "SELECT id FROM note WHERE doc NOT NULL ORDER BY id",
                "SELECT id FROM note WHERE parent_id IS NOT DISTINCT FROM 1 ORDER BY id",
                "SELECT id FROM note WHERE (score > 10) IS TRUE ORDER BY id",
            ],
        ),
        bound(
            "is, bound",
            AcceptedOrExplained,
            "SELECT id FROM note WHERE parent_id IS ? ORDER BY id",
            [1.into()],
        ),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_upserts() {
    judge([
        of("upsert", AcceptedOrExplained, &[
            "INSERT INTO note AS n (id, title) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET title = n.title || excluded.title",
            "INSERT INTO acc AS a (id, email) VALUES (101, 'x') ON CONFLICT (id) DO UPDATE SET n = a.n + 1 WHERE a.n < 5",
            "INSERT INTO blog (id, slug) VALUES (103, 'three') ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
            "INSERT INTO tag (id, name) VALUES (1, 'x') ON CONFLICT (id) DO NOTHING ON CONFLICT (name) DO UPDATE SET name = 'y'",
            "INSERT INTO tag (id, name) VALUES (1, 'x') ON CONFLICT (name COLLATE BINARY) DO NOTHING ON CONFLICT DO NOTHING",
            "INSERT INTO tag (id, name) SELECT id, title FROM note WHERE true ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        ]),
        of("upsert, read", Accepted, &[
            "INSERT INTO note (id, title) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET title = note.title || excluded.title",
            "INSERT INTO note (id, title) VALUES (1, 'x'), (900, 'y') ON CONFLICT (id) DO UPDATE SET title = excluded.title WHERE note.score < 50",
            "INSERT INTO tag (id, name) VALUES (900, 'red') ON CONFLICT DO NOTHING",
            "INSERT INTO tag (id, name) VALUES (900, 'red') ON CONFLICT (name) DO UPDATE SET at = '2024-05-05' RETURNING id",
            "INSERT OR IGNORE INTO tag (id, name) VALUES (1, 'x'), (900, 'y')",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_hints_schema_names_and_quotes() {
    judge([
        of(
            "names",
            AcceptedOrExplained,
            &[
                "SELECT id FROM main.note ORDER BY id",
                "SELECT n.id FROM main.note n JOIN main.tag t ON t.id = n.id ORDER BY 1",
                "UPDATE main.note SET title = 'x' WHERE id = 1",
                "INSERT INTO main.tag (id, name) VALUES (900, 'x')",
                "DELETE FROM main.tag WHERE id = 1",
                "SELECT email FROM note INDEXED BY ix_email WHERE email > 'b' ORDER BY email",
                "SELECT id FROM note NOT INDEXED WHERE score > 10 ORDER BY id",
                "UPDATE note INDEXED BY ix_score SET title = 'x' WHERE score > 10",
                "DELETE FROM note NOT INDEXED WHERE score > 10",
                "SELECT id FROM 'note' ORDER BY id",
                "SELECT title AS 'the title' FROM note ORDER BY id",
            ],
        ),
        of(
            "names, read",
            Accepted,
            &[
                "SELECT [id], `title` FROM [note] ORDER BY id",
                "SELECT \"id\" FROM \"note\" ORDER BY \"id\"",
                "SELECT Id FROM NOTE ORDER BY ID",
                "SELECT title AS \"the title\" FROM note ORDER BY id",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_elements_of_json() {
    judge([
        of("json_each", Accepted, &[
            "SELECT n.id, j.value FROM note n, json_each(n.doc, '$.tags') j ORDER BY 1, 2",
            "SELECT n.id, j.key, j.value FROM note n JOIN json_each(n.doc, '$.tags') AS j WHERE n.id = 1 ORDER BY 2",
            "SELECT value FROM json_each('[3, 1, 2]') ORDER BY value",
            "SELECT n.id FROM note n WHERE EXISTS (SELECT 1 FROM json_each(n.doc, '$.tags') WHERE value = 'x') ORDER BY 1",
            "SELECT id FROM note WHERE id IN (SELECT value FROM json_each('[1, 2]')) ORDER BY id",
            "SELECT n.id, count(j.value) FROM note n LEFT JOIN json_each(n.doc, '$.tags') j GROUP BY n.id ORDER BY 1",
            "SELECT fullkey, atom FROM json_tree('{\"a\": [1, 2]}') WHERE atom IS NOT NULL ORDER BY fullkey",
            "INSERT INTO tag (id, name) SELECT 900 + key, value FROM json_each('[\"p\", \"q\"]')",
            "UPDATE note SET score = (SELECT count(*) FROM json_each(note.doc, '$.tags')) WHERE id = 1",
            "DELETE FROM note WHERE id IN (SELECT value FROM json_each('[1]'))",
        ]),
        bound(
            "json_each, bound",
            Accepted,
            "SELECT id FROM note WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            ["[1, 3]".into()],
        ),
    ])
    .await;
}
