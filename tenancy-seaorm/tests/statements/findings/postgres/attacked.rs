//! What an attack with fresh eyes found on the first version of these rules.

use sea_orm::DbBackend;

use crate::findings::{
    case::{
        Expected::{Accepted, Refused, SameOrRefused},
        each, of,
    },
    judge,
    model::Model,
};

#[tokio::test]
async fn r27_a_name_is_a_column_of_whatever_it_may_mean() {
    let sql = [
        "SELECT (SELECT x.y FROM (SELECT n.all_titles AS y) x, (SELECT 1 AS all_titles) n) AS z FROM note n LIMIT 1",
        "SELECT (SELECT x.y FROM (VALUES (n.all_titles)) AS x (y), (SELECT 1 AS all_titles) n) AS z FROM note n LIMIT 1",
        "SELECT (SELECT x.y FROM LATERAL (SELECT n.peek AS y) x JOIN (SELECT 1 AS peek) n ON true) AS z FROM note n LIMIT 1",
        "SELECT (WITH c AS (SELECT n.all_titles AS y) SELECT c.y FROM c, (SELECT 1 AS all_titles) n) AS z FROM note n LIMIT 1",
        "WITH n AS (SELECT 1 AS all_titles) SELECT (SELECT x.y FROM (SELECT n.all_titles AS y) x, n) AS z FROM note n LIMIT 1",
        "SELECT (SELECT count(*) FROM country a JOIN country b ON n.rank > 10, (SELECT 1 AS rank) n) AS z FROM note n ORDER BY n.id LIMIT 1",
        "SELECT (SELECT count(*) FROM generate_series(1, n.rank) g, (SELECT 1 AS rank) n) AS z FROM note n ORDER BY n.id LIMIT 1",
        "SELECT (SELECT x.y FROM (SELECT - n AS y) x, (SELECT 1 AS n) n) AS z FROM note n LIMIT 1",
        "SELECT (SELECT x.y FROM (SELECT n::text AS y) x, (SELECT 1 AS n) n) AS z FROM tag n LIMIT 1",
        "SELECT id FROM note n WHERE (SELECT count(*) FROM country a JOIN country b ON n = 'GLOBEX', (SELECT 1 AS n) n) > 0",
        "WITH note AS (SELECT 1 AS all_titles) DELETE FROM note WHERE id = 101 RETURNING note.all_titles",
        "WITH note AS (SELECT 1 AS all_titles) UPDATE note SET title = note.all_titles WHERE id = 101 RETURNING title",
        "WITH note AS (SELECT 1 AS note) UPDATE note SET title = title WHERE id = 101 RETURNING - note",
        "SELECT (SELECT public.note.all_titles FROM (SELECT 1 AS all_titles) note) AS z FROM note LIMIT 1",
        "SELECT path.path FROM unnest(ARRAY['x']) AS path (a)",
        "SELECT md5.md5 FROM generate_series(1::bigint, 1::bigint) AS md5 (a)",
        "SELECT s.abbrev FROM (SELECT CASE WHEN id > 0 THEN 'x' ELSE abbrev('1.1.1.1'::inet) END FROM note) s (a) LIMIT 1",
        "SELECT c.code FROM country AS c (a, b) LIMIT 1",
        "SELECT s.id FROM (SELECT * FROM note) AS s (a) LIMIT 1",
    ];
    let cases = of("27 attacked", Refused, &sql);
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases],
    )
    .await;
}

#[tokio::test]
async fn r29_what_no_column_decides_is_evaluated_by_row_all_the_same() {
    let sql = [
        "SELECT id FROM note WHERE score < -1000 AND slug < (SELECT max(slug) FROM note LIMIT '-1')",
        "WITH note AS (SELECT id, title ~ body AS c FROM note) SELECT id FROM note WHERE id > 297 AND c",
        "WITH RECURSIVE note AS (SELECT id, title ~ body AS c FROM public.note) SELECT id FROM note WHERE id > 297 AND c",
        "WITH RECURSIVE x AS (SELECT id, title ~ body AS c FROM note WHERE EXISTS (WITH x AS (SELECT 1 AS y) SELECT y FROM x)) SELECT id FROM x WHERE id > 297 AND c",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title > (SELECT max(title) FROM memo LIMIT '-1')",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT name FROM country OFFSET '-1')",
        "DELETE FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT name FROM country OFFSET '-1')",
        "SELECT id FROM note WHERE score < -1000 AND id BETWEEN 1 AND (SELECT count(*) FROM country FETCH FIRST '-1' ROWS ONLY)",
        "WITH c AS (SELECT max(name) AS m FROM country LIMIT '-1') SELECT id FROM note WHERE score < -1000 AND title > (SELECT max(m) FROM c)",
        "UPDATE memo SET is_open = true WHERE title LIKE 'USER8 private 1' AND title > (SELECT max(title) FROM memo LIMIT '-1')",
        "SELECT s.id FROM (SELECT id, title COLLATE \"C\", body COLLATE \"POSIX\" FROM note) s WHERE s.title LIKE 'GLOBEX%' AND s.title < s.body",
        "SELECT s.id FROM (SELECT id, score, title COLLATE \"C\", body COLLATE \"POSIX\" FROM note) s WHERE s.score < -1000 AND lower(coalesce(s.title, s.body)) IS NULL",
        "SELECT id FROM tag WHERE name LIKE 'poi%' AND coalesce(at, TIMESTAMPTZ '2020-01-01') IS NULL",
        "SELECT id FROM tag WHERE name = 'poison' AND CASE WHEN at IS NOT NULL THEN at ELSE timestamptz '2020-01-01' END IS NULL",
        "SELECT at FROM tag GROUP BY at HAVING coalesce(at, TIMESTAMP '2020-01-01') IS NULL",
        "DELETE FROM tag WHERE coalesce(at, timestamptz '2020-01-01') IS NULL",
        "SELECT tag.id FROM tag LEFT JOIN note USING (at) WHERE tag.name LIKE 'pois%' AND at IS NULL",
        "SELECT tag.id FROM tag NATURAL LEFT JOIN (SELECT at FROM note) n WHERE at IS NULL",
        "SELECT id FROM note WHERE score < -1000 AND title > (SELECT max(name) FROM country HAVING sum(FLOAT8 '1e308') IS NOT NULL)",
        "SELECT count(*) OVER (ORDER BY code ROWS '1' PRECEDING) FROM country",
        // In any part of the statement, queries in FROM are closed.
        "SELECT code FROM country ORDER BY (SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203)",
        "SELECT count(*) FROM country GROUP BY (SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203)",
        "SELECT DISTINCT ON ((SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203)) code FROM country",
        "SELECT rank() OVER w FROM country WINDOW w AS (ORDER BY (SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203))",
        "SELECT code FROM country LIMIT (SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203)",
        "VALUES ((SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203))",
        "SELECT 1 UNION VALUES ((SELECT count(*) FROM (SELECT id, 10 / score AS x FROM note) s WHERE x IS NULL AND id = 203))",
        // Constants add up.
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT name FROM country WHERE code = 'q' OR now() - INTERVAL '99 centuries' IS NULL)",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND now() - INTERVAL '99 millennia' - INTERVAL '99 millennia' - INTERVAL '99 millennia' IS NULL",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND now() - INTERVAL 'P1e6Y' IS NULL",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT name FROM country WHERE current_date - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 - 99999 IS NULL)",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT lag(name) OVER (ORDER BY code ROWS NULL PRECEDING) FROM country)",
        "DELETE FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT lag(name) OVER (ORDER BY code ROWS NULL PRECEDING) FROM country)",
        "SELECT id FROM memo WHERE title LIKE 'USER8 private 1' AND title NOT IN (SELECT lag(name) OVER w FROM country WINDOW w AS (ORDER BY code ROWS NULL PRECEDING))",
        // What of a subquery fails by its form.
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT (SELECT max(c.code) FROM country) FROM country c LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(*) FROM country c HAVING (SELECT max(c.code) FROM country) IS NULL) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT max(ARRAY[p])::text FROM (VALUES (POINT '(1,2)'), (POINT '(3,4)')) s (p)) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT code FROM country ORDER BY (1, POINT '(1,2)') LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT rank() OVER (ORDER BY (1, POINT '(1,2)')) FROM country LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT max(at) FROM (SELECT DATE '5000000-01-01' AS at UNION ALL SELECT TIMESTAMP '2020-01-01') s) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT x FROM (SELECT 1e999 AS x UNION ALL SELECT FLOAT8 '1') s LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT code FROM (SELECT code, (code IS NULL, POINT '(1,2)') AS r FROM country) s ORDER BY r LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT (code IS NULL, POINT '(1,2)')::text FROM country ORDER BY (code IS NULL, POINT '(1,2)') LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(*) FROM (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country) s GROUP BY r LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(DISTINCT r) FROM (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country) s) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT code FROM country ORDER BY nullif((code IS NULL, POINT '(1,2)'), NULL) LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT code FROM country ORDER BY rank() OVER (ORDER BY (code IS NULL, POINT '(1,2)')) LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(c.code ORDER BY (c.code IS NULL, POINT '(1,2)')) FROM country c) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT 1 FROM (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country) a JOIN (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country) b USING (r) LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT lag(d, 1, TIMESTAMP '2020-01-01') OVER (ORDER BY d) FROM (SELECT DATE '5000000-01-01' AS d FROM country OFFSET 0) s ORDER BY 1 LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT TIMESTAMP '2020-01-01' IN (TIMESTAMP '2020-01-02', (SELECT d FROM (SELECT DATE '5000000-01-01' AS d FROM country OFFSET 0) s LIMIT 1))) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT CIRCLE '<(1e308,1e308),1>' @> p FROM (SELECT POINT '(1,2)' AS p OFFSET 0) s LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT (SELECT count(*) FILTER (WHERE c.code = 'de') FROM country d) FROM country c LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT (SELECT count((SELECT c.code FROM country c WHERE c.code = n.code LIMIT 1)) FROM country c) FROM country n LIMIT 1) IS NULL",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT x FROM (SELECT NULL AS x UNION ALL SELECT 1e999 UNION ALL SELECT FLOAT8 '1') s LIMIT 1) IS NULL",
        "WITH tag AS (SELECT 1 AS z UNION ALL SELECT 2) SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT (SELECT max(name) FROM tag) FROM country LIMIT 1) IS NULL",
        "UPDATE memo SET title = title WHERE is_open IS NOT TRUE OR (SELECT code FROM country ORDER BY nullif((code IS NULL, POINT '(1,2)'), NULL) LIMIT 1) IS NULL",
        "SELECT (SELECT 1 FROM note m GROUP BY m.score HAVING CASE WHEN max(n.id) IS NULL THEN true ELSE (10 / m.score) IS NULL END LIMIT 1) FROM note n",
    ];
    let mut model = Model::usual(DbBackend::Postgres);
    // Values that other types cannot hold.
    model.others.push_str(
        "INSERT INTO tag VALUES (296, 2, 'poison', '5000000-01-01');
         INSERT INTO note (id, tenant_id, title, score) VALUES (296, 2, 'GLOBEX far', -2000);",
    );
    let cases = of("29 attacked", SameOrRefused, &sql);
    judge::all(DbBackend::Postgres, model, [cases]).await;
}

/// What PostgreSQL would look up on the search path.
#[tokio::test]
async fn r27_prefix_operators_types_and_columns_without_a_name_are_the_systems_own() {
    let traps = "CREATE OPERATOR @ (RIGHTARG = text, FUNCTION = path);
         CREATE FUNCTION quiet(boolean) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
         CREATE OPERATOR ~ (RIGHTARG = boolean, FUNCTION = quiet);
         CREATE DOMAIN datetime AS text CHECK (tell(VALUE));
         CREATE DOMAIN double AS text CHECK (tell(VALUE));
         CREATE DOMAIN tinyint AS text CHECK (tell(VALUE));
         CREATE FUNCTION \"substring\"(anyelement) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
         CREATE FUNCTION \"case\"(anyelement) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';
         CREATE FUNCTION title(anyelement) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT titles()';";
    let mut model = Model::usual(DbBackend::Postgres);
    model.schema.push_str(traps);
    model.alone.push_str(traps);
    let sql = [
        "SELECT @ title FROM note",
        "SELECT id FROM note WHERE @ title <> ''",
        "SELECT ~ is_open FROM note",
        "SELECT CAST('1' AS DATETIME) FROM note",
        "SELECT CAST('1' AS DOUBLE) FROM note",
        "SELECT CAST('1' AS TINYINT) FROM note",
        "SELECT s.substring FROM (SELECT substr(title, 1, 2) FROM note) s",
        "SELECT s.\"case\" FROM (SELECT CASE WHEN score > 0 THEN 1 ELSE 2 END::int FROM note) s",
        "WITH RECURSIVE a AS (SELECT * FROM note), note AS (SELECT 1 AS id) SELECT a.title FROM a",
        "(SELECT id FROM tag) ORDER BY CAST(CAST(tag AS text) AS int)",
        "((SELECT id FROM tag)) ORDER BY max(tag::text) OVER ()",
        "(SELECT id FROM note) ORDER BY note = 'x'",
        "SELECT id FROM ((SELECT id FROM tag) ORDER BY tag::text LIMIT 3) s",
        "INSERT INTO acc (id, email) (SELECT id + 900, 'x' FROM tag) ORDER BY tag::text",
    ];
    let told = of("27 searched", SameOrRefused, &sql);
    let named = of(
        "27 named",
        Accepted,
        &[
            "SELECT s.substr FROM (SELECT substr(title, 1, 2) FROM note) s ORDER BY 1",
            "(SELECT id FROM tag AS t) ORDER BY t.name",
            "SELECT -score, + score, ~ score, @ score FROM note ORDER BY id",
            "SELECT id FROM note WHERE -score < 3 ORDER BY - id",
        ],
    );
    judge::all(DbBackend::Postgres, model, [told, named]).await;
}

/// Which operands an operator has is not the same to the parser.
#[tokio::test]
async fn r31_operators_that_postgresql_groups_otherwise_are_refused() {
    let sql = [
        "SELECT title ~ 'A' || 'x' FROM note",
        "SELECT title ~~ 'Ac%' || 'x' FROM note",
        "SELECT - |/ 16 + 9",
        "SELECT - @ -5 + 9",
        "SELECT 17 % @ -5 + 2",
        "SELECT 17 % ~ 5 - 2",
        "SELECT true = title ~ 'A' FROM note",
        "SELECT - score ^ 2 FROM note",
    ];
    let grouped = of(
        "31 grouped",
        Accepted,
        &[
            "SELECT (title ~ 'A') || 'x', title ~ ('A' || 'x') FROM note ORDER BY id",
            "SELECT -(|/ 16) + 9, 17 % (~ 5) - 2, (-score) ^ 2 FROM note ORDER BY id",
            "SELECT true = (title ~ 'A'), 1 + ~ score, score * -1 FROM note ORDER BY id",
            "SELECT doc -> 'a' ->> 'b' = 'c' AND NOT title LIKE 'x' || 'y' FROM note ORDER BY id",
        ],
    );
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [of("31 split", Refused, &sql), grouped],
    )
    .await;
}

/// Names of ours are nobody else's.
#[tokio::test]
async fn r12_a_common_table_expression_is_found_by_no_name_of_ours() {
    let sql = [
        "WITH tenancy_with_2 AS (SELECT 1 AS all_titles), b AS (SELECT * FROM note) SELECT tenancy_with_2.all_titles FROM tenancy_with_2",
        "WITH tenancy_with_2 AS (SELECT 1 AS abbrev), b AS (SELECT id FROM note) SELECT tenancy_with_2.abbrev FROM tenancy_with_2",
        "WITH a AS (SELECT 1 AS id), a AS (SELECT * FROM note) SELECT * FROM a",
    ];
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [of("12 printed", Refused, &sql)],
    )
    .await;
}

/// `SELECT … WHERE is_open IS NOT TRUE OR (query) IS NULL`: a query that names nothing of the row
/// is evaluated once, and only where some row is open, whoever owns it.
fn asked_once(query: &str) -> String {
    format!("SELECT id FROM memo WHERE is_open IS NOT TRUE OR ({query}) IS NULL")
}

#[tokio::test]
async fn r29_what_an_expression_compares_is_known() {
    let queries = [
        // A constant among the arguments is of another type than the column.
        "SELECT max(name) FROM country WHERE coalesce(nullif(length(code), 2), 1e999) = FLOAT8 '1.5'",
        "SELECT max(name) FROM country WHERE nullif(1e999, length(code)) > FLOAT8 '1'",
        "SELECT max(name) FROM country WHERE nullif(1e999, length(code)) BETWEEN FLOAT8 '1' AND FLOAT8 '2'",
        "SELECT max(name) FROM country WHERE CASE nullif(1e999, length(code)) WHEN FLOAT8 '1' THEN true END",
        "SELECT avg(nullif(9e131071, length(code))) FROM country",
        "SELECT tag.at FROM tag UNION SELECT note.at FROM note ORDER BY 1 LIMIT 1",
        "SELECT max(name) FROM country WHERE name LIKE repeat('%a', 60000)",
        "SELECT max(name) FROM country WHERE (SELECT doc FROM note LIMIT 1) ->> 'a' IS NULL",
    ];
    let queries = queries.iter().map(|query| asked_once(query));
    let mut cases = each("29 asked once", SameOrRefused, queries);
    let sql = [
        // What has no alias goes by a name that stands in it.
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR s.title < s.body) FROM (SELECT id, (title COLLATE \"C\"), (body COLLATE \"POSIX\") FROM note) s LIMIT 1",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR s.title IS NOT DISTINCT FROM s.body) FROM (SELECT id, (title COLLATE \"C\"), (body COLLATE \"POSIX\") FROM note) s LIMIT 1",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR lower(coalesce(s.title, s.body)) IS NULL) FROM (SELECT id, (title COLLATE \"C\"), (body COLLATE \"POSIX\") FROM note) s LIMIT 1",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR (SELECT max(name) FROM country WHERE s.score = FLOAT8 '1') IS NULL) FROM (SELECT CASE WHEN id < 0 THEN 1 ELSE score END FROM note) s LIMIT 1",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR score.score = FLOAT8 '1') FROM unnest(ARRAY[1e999]) AS score",
        // A column of a query around is of any type.
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(*) FROM country GROUP BY s.r LIMIT 1) IS NULL) FROM (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country LIMIT 1) s",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR 1 IN (SELECT DISTINCT 1 FROM country GROUP BY s.r)) FROM (SELECT (code IS NULL, POINT '(1,2)') AS r FROM country LIMIT 1) s",
        // Times of two types.
        "SELECT tag.id FROM (tag LEFT JOIN note USING (at)) WHERE tag.name LIKE 'GLOBEX%' AND at IS NULL",
        "SELECT t.id FROM (SELECT id, at, name FROM tag) t LEFT JOIN note USING (at) WHERE t.name LIKE 'GLOBEX%' AND at IS NULL",
        "WITH t AS (SELECT id, at, name FROM tag) SELECT t.id FROM t LEFT JOIN note USING (at) WHERE t.name LIKE 'GLOBEX%' AND at IS NULL",
    ];
    cases.extend(of("29 known", SameOrRefused, &sql));
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases],
    )
    .await;
}

#[tokio::test]
async fn r27_a_column_is_one_that_postgresql_has() {
    let sql = [
        "SELECT abbrev.abbrev FROM unnest(ARRAY[1], ARRAY[2]) AS abbrev",
        "SELECT abbrev.abbrev FROM unnest(to_tsvector('simple', 'x')) AS abbrev",
        "DELETE FROM note USING unnest(to_tsvector('simple', 'x')) AS abbrev WHERE abbrev.abbrev LIKE '%GLOBEX%'",
        "UPDATE note SET body = abbrev.abbrev FROM unnest(to_tsvector('simple', 'x')) AS abbrev",
        "SELECT s.abbrev FROM (SELECT * FROM (SELECT 1 AS x, 2 AS abbrev) a JOIN (SELECT 2 AS abbrev, 3 AS z) b USING (abbrev)) AS s (p)",
        "WITH s (p) AS (SELECT * FROM (SELECT 1 AS x, 2 AS abbrev) a NATURAL JOIN (SELECT 2 AS abbrev, 3 AS z) b) SELECT s.abbrev FROM s",
        "SELECT s.abbrev FROM (SELECT * FROM unnest(ARRAY['x']) WITH ORDINALITY AS abbrev) AS s (a)",
        "SELECT s.exists FROM (SELECT NOT EXISTS (SELECT 1) FROM note) s",
        "SELECT id FROM note WHERE id ~* ANY (ARRAY['x'])",
        "SELECT id FROM note WHERE title ~ ALL (ARRAY['x'])",
    ];
    let cases = of("27 columns", Refused, &sql);
    let sql = [
        // A name of a block is not in sight of the queries in its FROM.
        "WITH recent AS (SELECT n.id FROM note n WHERE n.score > 3) SELECT n.id FROM recent n WHERE n.id > (SELECT min(score) FROM note) ORDER BY 1",
        "SELECT n.id FROM (SELECT n.id FROM note n WHERE n.score > 3) n ORDER BY 1",
        "SELECT u.u FROM unnest(ARRAY['x', 'y']) AS u ORDER BY 1",
        "SELECT u.a FROM note n, unnest(n.tags) AS u (a) ORDER BY 1",
    ];
    let ordinary = of("27 ordinary", Accepted, &sql);
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases, ordinary],
    )
    .await;
}

#[tokio::test]
async fn r31_the_parser_passes_over_no_word() {
    let sql = [
        "SELECT id FROM note WHERE TRIM(LEADING title, '1') = 'Acme 1'",
        "UPDATE note SET title = TRIM(TRAILING title, '1') WHERE id = 101",
        "SELECT id, at + INTERVAL(0) '1.7 seconds' FROM note",
        "INSERT INTO local note (id, title) VALUES (990, 'x')",
        "INSERT INTO tag (id, name) (SELECT id + 900, title FROM note ORDER BY 3 LIMIT 1) UNION (SELECT 990, 'x')",
        "WITH RECURSIVE w AS (DELETE FROM note WHERE id = 101 RETURNING id), note AS (SELECT id FROM w) SELECT id FROM w",
    ];
    let cases = of("31 words", SameOrRefused, &sql);
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases],
    )
    .await;
}

#[tokio::test]
async fn r29_what_stands_around_an_aggregate_is_no_aggregate() {
    let conditions = [
        "to_date(title, coalesce('YYYY', max(title))) IS NULL",
        "CASE WHEN true THEN title ~ body ELSE count(*) > 0 END",
        "CASE 1 WHEN 1 THEN title ~ body ELSE count(*) > 0 END",
        "(title ~ body AND (true OR count(*) > 0)) IS TRUE",
        "(title ~ body) = (true OR count(*) > 0)",
        "(title ~ body) IN (true OR count(*) > 0)",
    ];
    let statements = conditions.iter().flat_map(|condition| {
        [
            format!("SELECT title FROM note WHERE title LIKE 'GLOBEX%' GROUP BY title, body HAVING {condition}"),
            format!("DELETE FROM tag WHERE name IN (SELECT title FROM note WHERE title LIKE 'GLOBEX%' GROUP BY title, body HAVING {condition})"),
        ]
    });
    let cases = each("29 around", SameOrRefused, statements);
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases],
    )
    .await;
}

#[tokio::test]
async fn r29_values_and_rows_in_rows_are_closed() {
    let sql = [
        "SELECT m.id FROM memo m, (VALUES ((SELECT 10 / count(*) FROM country WHERE code = 'zz'))) v (x) WHERE m.is_open IS NOT TRUE OR v.x IS NULL",
        "WITH v (x) AS (VALUES ((SELECT 10 / count(*) FROM country WHERE code = 'zz'))) SELECT m.id FROM memo m, v WHERE m.is_open IS NOT TRUE OR v.x IS NULL",
        "SELECT m.id FROM memo m LEFT JOIN (VALUES (to_date('xx', 'YYYY'))) v (x) ON true WHERE m.is_open IS NOT TRUE OR v.x IS NULL",
        "UPDATE memo m SET title = 'x' FROM (VALUES ((SELECT 10 / count(*) FROM country WHERE code = 'zz'))) v (x) WHERE m.is_open IS NOT TRUE OR v.x IS NULL",
        "DELETE FROM memo m USING (VALUES ((SELECT 10 / count(*) FROM country WHERE code = 'zz'))) v (x) WHERE m.is_open IS NOT TRUE OR v.x IS NULL",
        "SELECT id FROM note WHERE score < 0 AND (1, (score, 1)) IS DISTINCT FROM (1, (id, 1))",
        "SELECT id FROM note WHERE title LIKE 'GLOBEX%' AND (1, (title, 1)) IS DISTINCT FROM (1, ('x', 1))",
        "UPDATE note SET title = 'x' WHERE title LIKE 'GLOBEX%' AND (1, (score, 1)) IS NOT DISTINCT FROM (1, (id, 1))",
        "SELECT id FROM memo WHERE is_open IS NOT TRUE OR (SELECT count(*) FROM country WHERE (1, (code, 1)) = (1, ('x', 1))) IS NULL",
        "SELECT id FROM note WHERE title LIKE 'GLOBEX%' AND (1, (id, 1)) IN ((1, (5, 1)))",
        "SELECT (SELECT count(*) FROM memo WHERE is_open IS NOT TRUE OR (e.doc -> 'a') IS NULL) FROM (SELECT (SELECT '{\"a\": \"\\u0000\"}'::json AS doc)) e",
    ];
    let cases = of("29 closed", SameOrRefused, &sql);
    judge::all(
        DbBackend::Postgres,
        Model::usual(DbBackend::Postgres),
        [cases],
    )
    .await;
}
