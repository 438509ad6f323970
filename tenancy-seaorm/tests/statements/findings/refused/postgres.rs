//! Ordinary statements of PostgreSQL's.

use crate::findings::{
    case::{
        Expected::{Accepted, AcceptedOrExplained, AcceptedOrNames},
        bound, of,
    },
    postgres::judge,
};

#[tokio::test]
async fn ordinary_functions_in_from_that_read_only_their_arguments() {
    judge([
        of("from", Accepted, &[
            "SELECT d::date, count(n.id) FROM generate_series(date '2024-01-01', date '2024-01-10', interval '1 day') AS d LEFT JOIN note n ON n.at::date = d::date GROUP BY d ORDER BY d",
            "INSERT INTO tag (id, name) SELECT a, b FROM unnest(ARRAY[401, 402], ARRAY['x', 'y']) AS u(a, b)",
            "SELECT i FROM generate_series(1, 3) AS i",
            "SELECT i FROM generate_series(1, 10, 3) AS g(i) ORDER BY i",
            "SELECT n.id, t.tag FROM note n CROSS JOIN LATERAL unnest(n.tags) AS t(tag) ORDER BY 1, 2",
            "SELECT n.id, tag FROM note n, unnest(n.tags) AS tag WHERE tag = 't1' ORDER BY 1",
            "SELECT n.id, t.tag, t.number FROM note n, unnest(n.tags) WITH ORDINALITY AS t(tag, number) WHERE n.id = 101 ORDER BY 3",
            "SELECT n.id, e FROM note n, jsonb_array_elements(n.doc -> 'a') AS e WHERE n.id < 103 ORDER BY 1, 2",
            "SELECT key, value FROM jsonb_each_text('{\"a\": 1, \"b\": 2}') ORDER BY key",
            "SELECT part FROM regexp_split_to_table('a,b', ',') AS part ORDER BY part",
            "SELECT part FROM string_to_table('a b', ' ') AS part ORDER BY part",
            "SELECT n.id FROM unnest(ARRAY[101, 103]) AS u(id) JOIN note n ON n.id = u.id ORDER BY 1",
            "SELECT n.title FROM note n WHERE n.id IN (SELECT x FROM unnest('{101,102}'::bigint[]) AS x) ORDER BY 1",
            "UPDATE note SET score = u.s FROM unnest(ARRAY[101, 102], ARRAY[7, 8]) AS u(id, s) WHERE note.id = u.id",
            "DELETE FROM note USING unnest(ARRAY[101, 102]) AS u(id) WHERE note.id = u.id",
        ]),
        bound("from, bound", Accepted, "SELECT i FROM generate_series($1::int, $2::int) AS i ORDER BY i", [1.into(), 3.into()]),
        of("from, records", AcceptedOrNames("jsonb_to_recordset"), &[
            "SELECT a, b FROM jsonb_to_recordset('[{\"a\": 1, \"b\": \"x\"}]') AS r(a int, b text)",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_arrays_of_a_query_and_rows() {
    judge([of("array", Accepted, &[
        "SELECT t.id, ARRAY(SELECT n.title FROM note n WHERE n.author_id = t.id ORDER BY 1) FROM tag t ORDER BY 1",
        "SELECT array_length(ARRAY(SELECT id FROM note), 1)",
        "SELECT id FROM tag WHERE id = ANY (ARRAY(SELECT tag_id FROM note_tag WHERE note_id = 101)) ORDER BY id",
        "SELECT array_to_string(ARRAY(SELECT name FROM tag ORDER BY id), ', ')",
        "UPDATE note SET tags = ARRAY(SELECT name FROM tag ORDER BY id) WHERE id = 101",
        "SELECT id FROM note WHERE ROW(id, score) = ROW(101, 4)",
        "SELECT id FROM note WHERE ROW(score, id) > ROW(5, 100) ORDER BY id",
        "SELECT id FROM note WHERE (id, score) IN (SELECT 101, 4)",
        "SELECT id FROM note WHERE ROW(id, score) IN (ROW(101, 4), ROW(102, 7)) ORDER BY id",
        "SELECT ROW(id, title)::text FROM note ORDER BY id",
        "SELECT id FROM note WHERE ROW(slug, score) IS NOT NULL ORDER BY id",
    ])])
    .await;
}

#[tokio::test]
async fn ordinary_operators() {
    judge([
        of("operators", AcceptedOrNames("allow_operator"), &[
            "SELECT id FROM note WHERE 'Acme' <% title ORDER BY id",
            "SELECT id FROM note WHERE title %> 'Acme' ORDER BY id",
            "SELECT id FROM note WHERE 'Acme' <<% title ORDER BY id",
            "SELECT id FROM note WHERE title %>> 'Acme' ORDER BY id",
            "SELECT id FROM note ORDER BY title <-> 'Acme 1', id",
            "SELECT id FROM note ORDER BY 'Acme 1' <<-> title, id",
            "SELECT id, title <->> 'Acme' FROM note ORDER BY id",
            "SELECT int4range(1, 5) -|- int4range(5, 9)",
        ]),
        of("operators of the server's own", Accepted, &[
            "SELECT id FROM note WHERE tags && ARRAY['t1', 't2'] ORDER BY id",
            "SELECT id FROM note WHERE tags @> ARRAY['mine'] AND tags <@ ARRAY['mine', 't1'] ORDER BY id",
            "SELECT id FROM note WHERE doc @> '{\"k\": 2}' OR doc ? 'nothing'",
            "SELECT id, doc #>> '{a,0}', doc - 'k', doc || '{\"x\": 1}' FROM note ORDER BY id",
            "SELECT id FROM note WHERE doc @? '$.a[*] ? (@ > 5)' ORDER BY id",
            "SELECT id FROM note WHERE to_tsvector('simple', title) @@ to_tsquery('simple', 'acme & 2')",
            "SELECT id FROM note WHERE title ~* '^acme [12]' ORDER BY id",
            "SELECT id FROM note WHERE title ^@ 'Acme' ORDER BY id",
            "SELECT id FROM note WHERE (at, at + interval '1 day') OVERLAPS (timestamptz '2024-01-02', timestamptz '2024-01-03') ORDER BY id",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_patterns_by_list() {
    judge([
        of(
            "like any",
            Accepted,
            &[
                "SELECT id FROM note WHERE title ILIKE ANY (ARRAY['%1', '%2']) ORDER BY id",
                "SELECT id FROM note WHERE title LIKE ANY (ARRAY['%1', '%2']) ORDER BY id",
                "SELECT id FROM note WHERE title LIKE ANY ('{%1,%2}') ORDER BY id",
                "SELECT id FROM note WHERE title NOT ILIKE ANY (ARRAY['%1', '%2']) ORDER BY id",
                "SELECT id FROM note WHERE title ~~ ANY (ARRAY['%1', '%2']) ORDER BY id",
                "SELECT id FROM note WHERE title !~~ ALL (ARRAY['%1', '%2']) ORDER BY id",
                "UPDATE note SET score = 1 WHERE title LIKE ANY (ARRAY['%1', '%2'])",
            ],
        ),
        of(
            "like all",
            AcceptedOrExplained,
            &[
                "SELECT id FROM note WHERE title LIKE ALL (ARRAY['Acme%', '%1']) ORDER BY id",
                "SELECT id FROM note WHERE title NOT LIKE ALL (ARRAY['%1', '%2']) ORDER BY id",
            ],
        ),
        bound(
            "like any, bound",
            Accepted,
            "SELECT id FROM note WHERE title ILIKE ANY (ARRAY[$1, $2]) ORDER BY id",
            ["%1".into(), "%2".into()],
        ),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_conflict_targets() {
    judge([of("conflict", AcceptedOrExplained, &[
        "INSERT INTO blog (id, slug, title) VALUES (103, 'three', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
        "INSERT INTO blog (id, slug, title) VALUES (103, 'one', 'x') ON CONFLICT (slug) WHERE deleted_at IS NULL DO UPDATE SET title = excluded.title",
        "INSERT INTO blog (id, slug, title) SELECT 103, 'one', 'x' ON CONFLICT (slug) WHERE deleted_at IS NULL DO NOTHING",
        "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT (email COLLATE \"default\") DO NOTHING",
        "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT ((email)) DO NOTHING",
        "INSERT INTO acc (id, email) VALUES (103, 'a@x') ON CONFLICT (email text_ops) DO NOTHING",
    ])])
    .await;
}

#[tokio::test]
async fn ordinary_syntax() {
    judge([
        of("syntax", AcceptedOrExplained, &[
            "SELECT id FROM note WHERE id = 101 FOR NO KEY UPDATE",
            "UPDATE note SET tags[1] = 'x' WHERE id = 101",
            "SELECT id FROM note WHERE id = 101 FOR KEY SHARE",
            "SELECT id FROM note ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
            "UPDATE note SET doc['k'] = '5' WHERE id = 101",
            "UPDATE note SET tags[1:2] = '{x,y}' WHERE id = 101",
            "UPDATE note SET (title, body) = ROW('a', 'b') WHERE id = 101",
            "UPDATE note SET (title, body) = (SELECT 'a', 'b') WHERE id = 101",
            "SELECT id FROM note WHERE score BETWEEN SYMMETRIC 7 AND 4 ORDER BY id",
            "SELECT slug ISNULL FROM note",
            "SELECT * FROM ONLY note WHERE id = 101",
            "SELECT id FROM note WHERE title SIMILAR TO 'Acme (1|2)' ORDER BY id",
            "SELECT FROM note WHERE id = 101",
            "SELECT id FROM note ORDER BY id OFFSET 2 ROWS FETCH NEXT 1 ROW ONLY",
            "INSERT INTO note (id, title) OVERRIDING SYSTEM VALUE VALUES (900, 'x')",
            "SELECT OVERLAY(title PLACING 'xx' FROM 1 FOR 2) FROM note ORDER BY id",
        ]),
        of("syntax that is read", Accepted, &[
            "SELECT DISTINCT ON (is_open) is_open, id FROM note ORDER BY is_open, id",
            "SELECT count(*) FILTER (WHERE score > 5) FROM note",
            "SELECT score, sum(id) OVER w FROM note WINDOW w AS (ORDER BY id) ORDER BY id",
            "SELECT is_open, count(*) FROM note GROUP BY GROUPING SETS ((is_open), ()) ORDER BY 2",
            "SELECT id FROM note ORDER BY slug NULLS LAST, id",
            "SELECT EXTRACT(day FROM at), at AT TIME ZONE 'UTC' FROM note ORDER BY id",
            "SELECT id FROM note WHERE id = 101 FOR UPDATE",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_functions() {
    judge([
        of(
            "functions",
            Accepted,
            &[
                "SELECT pg_typeof(score)::text FROM note WHERE id = 101",
                "SELECT pg_typeof(NULL)::text",
                "SELECT id FROM note WHERE pg_typeof(title)::text = 'text' ORDER BY id",
            ],
        ),
        of(
            "functions by list",
            AcceptedOrNames("allow_function"),
            &[
                "SELECT pg_size_pretty(score::bigint) FROM note ORDER BY id",
                "SELECT pg_size_bytes('1 kB')",
                "SELECT timezone('UTC', at) FROM note ORDER BY id",
                "SELECT id FROM note ORDER BY similarity(title, 'Acme 1') DESC, id",
                "SELECT float8(score) FROM note ORDER BY id",
                "SELECT xpath('/a/text()', '<a>1</a>')::text",
                "SELECT array_position(tags, 'mine'), array_ndims(tags) FROM note ORDER BY id",
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn ordinary_names_with_a_schema() {
    judge([of(
        "schema",
        AcceptedOrExplained,
        &[
            "SELECT id FROM public.note ORDER BY id",
            "SELECT n.id FROM public.note n JOIN public.tag t ON t.id = n.id ORDER BY 1",
            "SELECT public.note.id FROM public.note ORDER BY 1",
            r#"SELECT id FROM "public"."note" ORDER BY id"#,
            "SELECT code FROM public.country ORDER BY code",
            "UPDATE public.note SET title = 'x' WHERE id = 101",
            "INSERT INTO public.tag (id, name) VALUES (900, 'x')",
            "DELETE FROM public.tag WHERE id = 101",
            "SELECT pg_catalog.lower(title) FROM note ORDER BY id",
        ],
    )])
    .await;
}
