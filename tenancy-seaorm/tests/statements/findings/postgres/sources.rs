//! Functions in FROM, operators and types: by list, with every argument visited. Joins whose tables
//! become derived ones.

use super::judge;
use crate::findings::case::{
    Expected::{Accepted, Refused, SameOrRefused},
    of,
};

#[tokio::test]
async fn r34_a_function_in_from_is_known_and_its_arguments_are_visited() {
    judge([
        of("34", Refused, &[
            "SELECT * FROM peek((SELECT n FROM note n WHERE n.id = 101))",
            "SELECT p FROM note n, peek(n) AS p",
            "SELECT p FROM note n CROSS JOIN LATERAL all_titles(n) AS p",
            "SELECT * FROM titles()",
            "SELECT * FROM titles() WITH ORDINALITY",
            "SELECT * FROM ROWS FROM (titles(), generate_series(1, 2))",
            "SELECT * FROM pg_ls_dir('.')",
            "SELECT * FROM pg_read_file('/etc/passwd')",
            "SELECT * FROM query_to_xml('SELECT * FROM note', true, false, '')",
            "SELECT * FROM ts_stat('SELECT to_tsvector(title) FROM note')",
            "SELECT * FROM pg_stat_get_activity(NULL)",
            "SELECT * FROM current_setting('search_path')",
            "SELECT * FROM pg_settings",
            "SELECT x FROM generate_series(1, (SELECT count(*) FROM ledger)) AS x",
            "SELECT x FROM unnest((SELECT array_agg(secret) FROM ledger)) AS x",
            "SELECT x FROM unnest(ARRAY(SELECT secret FROM ledger)) AS x",
            "SELECT x FROM note n, unnest(n.tags || (SELECT max(secret) FROM ledger)) AS x",
            "SELECT * FROM jsonb_each_text((SELECT jsonb_object_agg(secret, 1) FROM ledger))",
            "SELECT * FROM regexp_split_to_table((SELECT secret FROM ledger), ' ')",
            "SELECT * FROM json_array_elements_text((SELECT json_agg(l) FROM ledger l))",
            "SELECT n.id FROM note n LEFT JOIN unnest((SELECT array_agg(secret) FROM ledger)) u ON true",
            "SELECT ARRAY(SELECT secret FROM ledger)",
            "SELECT ROW((SELECT secret FROM ledger))",
            "SELECT id FROM note WHERE title LIKE ANY (ARRAY(SELECT secret FROM ledger))",
            "SELECT id FROM note WHERE title = ANY (SELECT secret FROM ledger)",
            "SELECT * FROM public.unnest(ARRAY[1])",
            "INSERT INTO tag (id, name) SELECT 900, x FROM unnest((SELECT array_agg(secret) FROM ledger)) AS x",
            "UPDATE note SET body = x FROM unnest((SELECT array_agg(secret) FROM ledger)) AS x",
            "DELETE FROM note USING titles() AS t WHERE t > ''",
        ]),
        of("34 others", SameOrRefused, &[
            "SELECT x FROM generate_series(1, (SELECT max(id) - 100 FROM note)) AS x",
            "SELECT x FROM unnest((SELECT array_agg(title) FROM note)) AS x",
            "SELECT x FROM unnest(ARRAY(SELECT title FROM note)) AS x",
            "SELECT n.id, x FROM note n, unnest(n.tags) AS x",
            "SELECT n.id, x FROM note n LEFT JOIN LATERAL unnest(n.tags) AS x ON x <> 'mine'",
            "SELECT n.id, x FROM note n, LATERAL jsonb_array_elements(n.doc -> 'a') AS x",
            "SELECT n.id, x FROM note n, jsonb_array_elements_text(n.doc -> 'a') AS x WHERE n.id = 298",
            "SELECT * FROM ROWS FROM (unnest(ARRAY[1, 2]), generate_series(1, 3)) AS t(a, b)",
            "SELECT * FROM generate_series(1, 2) AS note(id)",
            "SELECT note.id FROM generate_series(1, 2) AS note(id), tag",
            "WITH generate_series AS (SELECT 5 AS x) SELECT * FROM generate_series",
            "SELECT * FROM XMLTABLE('/r' PASSING '<r>1</r>' COLUMNS a int PATH '.')",
            "SELECT count(*) FROM note TABLESAMPLE BERNOULLI (50) REPEATABLE (1)",
        ]),
        of("34 control", Accepted, &[
            "SELECT id, unnest(tags) FROM note ORDER BY 1, 2",
            "SELECT n.id FROM note n, tag t WHERE t.id = n.id ORDER BY 1",
            "SELECT id FROM note WHERE title = ANY (SELECT title FROM note WHERE score > 5) ORDER BY id",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r34_operators_and_types_are_accepted_by_list() {
    judge([
        of("34 operators", Refused, &[
            "SELECT id FROM note n WHERE n OPERATOR(public.@@) 'x'",
            "SELECT 1 OPERATOR(public.+) 2",
            "SELECT id FROM note ORDER BY title USING OPERATOR(public.<)",
            "SELECT id FROM note WHERE id = ALL (SELECT secret::int FROM ledger)",
        ]),
        of("34 types", Refused, &[
            "SELECT 'ledger'::regclass",
            "SELECT 'ledger'::regclass::oid::int",
            "SELECT CAST('note' AS regclass)",
            "SELECT regclass 'ledger'",
            "SELECT 'postgres'::regrole",
            "SELECT 'public'::regnamespace",
            "SELECT 'peek(note)'::regprocedure",
            "SELECT 'titles'::regproc",
            "SELECT '(1,2)'::note",
            "SELECT (jsonb_populate_record(NULL::note, doc)).title FROM note",
            "SELECT title::public.loud FROM note",
            "SELECT NULL::public.note",
            "SELECT ARRAY[NULL]::ledger[]",
        ]),
        of("34 others", SameOrRefused, &[
            "SELECT 1 OPERATOR(pg_catalog.+) 2",
            "SELECT id FROM note ORDER BY score USING >, id",
            "SELECT '1'::pg_catalog.int4",
            "SELECT title::pg_catalog.text FROM note",
            "SELECT 'x'::name",
            "SELECT 'x'::\"char\"",
            "SELECT '1'::oid",
            "SELECT '{1}'::_int4",
            "SELECT id FROM note WHERE score = ANY ('{4, 7}'::int[])",
        ]),
        of("34 control", Accepted, &[
            "SELECT id, score::text, title::varchar(3), '1'::int, price::float8 FROM note ORDER BY id",
            "SELECT id FROM note WHERE tags && ARRAY['t1'] ORDER BY id",
            "SELECT id FROM note WHERE doc @> '{\"k\": 2}'",
        ]),
    ])
    .await;
}

#[tokio::test]
async fn r03_a_key_stands_for_its_row_in_every_join() {
    judge([
        of("15", SameOrRefused, &[
            "SELECT a.id, a.title, count(b.id) FROM note a FULL JOIN note b ON a.id = b.author_id GROUP BY a.id",
            "SELECT a.id, a.title, count(*) FROM note a NATURAL LEFT JOIN tag t GROUP BY a.id",
            "SELECT a.id, a.title, count(t.name) FROM note a LEFT JOIN tag t USING (id) GROUP BY a.id",
            "SELECT a.id, a.title, t.name FROM note a RIGHT JOIN tag t USING (id) GROUP BY a.id, t.id",
            "SELECT a.*, count(b.id) FROM note a FULL JOIN note b ON a.id = b.author_id GROUP BY a.id",
            "SELECT a.id, a.title FROM note a FULL JOIN tag t USING (id) GROUP BY a.id HAVING count(t.name) > 0",
            "SELECT a.id FROM note a FULL JOIN tag t ON t.id = a.id GROUP BY a.id ORDER BY a.title, a.id",
            "SELECT t.id, t.label, count(c.id) FROM tree t FULL JOIN tree c ON c.parent_id = t.id GROUP BY t.id",
            "SELECT m.id, m.title, count(n.id) FROM memo m FULL JOIN note n ON n.id = m.id GROUP BY m.id",
            "SELECT m.id, m.title FROM memo m GROUP BY m.id",
            "SELECT a.id, a FROM note a FULL JOIN tag t ON t.id = a.id WHERE a.id = 101",
            "SELECT a.id FROM note a FULL JOIN tag t ON t.id = a.id FOR UPDATE OF a",
        ]),
        of("15 control", Accepted, &[
            "SELECT a.id, a.title, count(b.id) FROM note a LEFT JOIN note b ON a.id = b.author_id GROUP BY a.id",
            "SELECT a.id, count(b.id) FROM note a FULL JOIN note b ON a.id = b.author_id GROUP BY a.id",
            "SELECT a.id, a.title, count(t.name) FROM note a JOIN tag t USING (id) GROUP BY a.id",
        ]),
    ])
    .await;
}
