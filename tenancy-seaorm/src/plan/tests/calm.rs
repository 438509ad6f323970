//! What never fails, form by form: R29. A condition that is of the grammar stands as it is; any
//! other one stands in a CASE.

use super::{Dialect, Plan, Viewer, catalog, plan};
use crate::{
    catalog::{Class, Facts},
    error::Error,
    plan::fence::Fit,
    sql::names::TableName,
};

/// A plan of which the columns are known: one of each class, in `note` and in `country`.
fn learned(dialect: Dialect, sql: &str) -> Plan {
    try_learned(dialect, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn try_learned(dialect: Dialect, sql: &str) -> Result<Plan, Error> {
    let catalog = catalog().folded(dialect);
    for (table, of) in [("note", None), ("country", Some(Class::Computed))] {
        let columns = [
            ("id", Class::Integer),
            ("title", Class::Text),
            ("score", Class::Integer),
            ("price", Class::Decimal),
            ("rate", Class::Float),
            ("at", Class::Time),
            ("uid", Class::Uuid),
            ("flag", Class::Boolean),
            ("doc", Class::Json),
            ("tags", Class::Other),
            ("name", Class::Collated),
            ("vector", Class::Search),
            ("point", Class::Foreign),
        ];
        let mut columns: Vec<_> = columns
            .map(|(name, class)| (Box::from(name), class))
            .into_iter()
            .collect();
        columns.extend(of.map(|class| (Box::from("shown"), class)));
        let facts = Facts {
            columns: columns.into_iter().collect(),
            keys: Vec::new(),
        };
        catalog.columns().learn(TableName::parse(table), facts);
    }
    plan(sql, &catalog, dialect, Viewer::default())
}

fn is_guarded(dialect: Dialect, sql: &str) -> bool {
    learned(dialect, sql).sql().contains("CASE WHEN")
}

#[track_caller]
fn assert_grammar(dialect: Dialect, start: &str, calm: &[&str], failing: &[&str]) {
    for condition in calm {
        let sql = format!("{start} {condition}");
        assert!(!is_guarded(dialect, &sql), "is kept back: {sql}");
    }
    for condition in failing {
        let sql = format!("{start} {condition}");
        assert!(is_guarded(dialect, &sql), "is not kept back: {sql}");
    }
}

#[test]
fn r29_postgresql_compares_what_is_of_one_class() {
    assert_grammar(
        Dialect::Postgres,
        "SELECT id FROM note WHERE",
        &[
            "id = 5 AND score = id AND score < price AND score > rate",
            "title = 'x' AND title <> $1 AND lower(title) = $2",
            "at > now() AND at < now() - INTERVAL '1 day' AND at = DATE '2024-01-01'",
            "price > 1.5 AND rate < 2.5 AND uid = $1 AND flag = true AND NOT flag",
            "id IN (1, 2, $1) AND title NOT IN ('a', 'b') AND id BETWEEN 1 AND $2",
            "(id, title) = (1, 'x') AND (id, score) IN ((1, 2), (3, $1))",
            "id = ANY($1) AND title = ANY(ARRAY['a', 'b'])",
            "name = 'x' AND doc = $1 AND doc @> '{\"a\": [1]}' AND doc ? 'a' AND tags @> ARRAY['x'] AND tags && $2",
            "title LIKE 'a%' AND title ILIKE $1 AND lower(title) LIKE 'b%'",
            "id IS NULL OR point IS NOT NULL OR flag IS NOT TRUE",
            "id = -5 AND 1 = 2 AND (id > 60 * 60)",
            "title = 'x' AND id::text = 'y' AND length(title) > 3",
            "id = (SELECT max(id) FROM note m WHERE m.title = note.title)",
            "id IN (SELECT score FROM note m) AND EXISTS (SELECT 1 FROM note m WHERE m.id = note.id)",
        ],
        &[
            // Of other classes.
            "price = rate",
            "price = $1",
            "rate = price",
            "name = title",
            "name LIKE 'x'",
            "point = '1,2'",
            "tags = $1",
            "$1 = $2",
            "at = score",
            "price IN (SELECT rate FROM note)",
            "$1 NOT IN (SELECT price FROM note)",
            "'x' = ANY(tags)",
            "price = ANY($1)",
            // What an operand yields is not known.
            "coalesce(score, 1e999) = 5",
            "nullif(score, 5) = 5",
            "CASE WHEN flag THEN score END = 5",
            "score = 1e400",
            "score = -$1",
            "(-$1) IS NULL",
            "(1, (score, 1)) IS DISTINCT FROM (1, (id, 1))",
            "(1, (id, 1)) IN ((1, (5, 1)))",
            "id IN (score, price)",
            "title = (SELECT title FROM note m)",
            // They fail by their size.
            "doc ->> 'a' = 'x'",
            "doc::text = 'x'",
            "trim(title) = 'x'",
            "title || 'x' = 'y'",
            "title LIKE title",
            "id + 1 = 5",
            "title SIMILAR TO 'x'",
            "name COLLATE \"C\" = 'x'",
            "ARRAY[title] = ARRAY['x']",
            "(id, point) = (1, '(1,2)')",
        ],
    );
    // A view's column may be an expression.
    assert_grammar(
        Dialect::Postgres,
        "SELECT n.id FROM note n JOIN country c ON c.id = n.id WHERE",
        &["c.id = 5"],
        &["c.shown IS NULL", "shown = 5"],
    );
    let deep = format!("doc @> '{}{}'", "[".repeat(200), "]".repeat(200));
    assert_grammar(
        Dialect::Postgres,
        "SELECT id FROM note WHERE",
        &[],
        &[&deep],
    );
}

#[test]
fn r29_postgresql_knows_a_column_by_what_the_statement_calls_so() {
    // (what stands in FROM beside note, what is compared)
    for (beside, comparison) in [
        ("(SELECT score AS s FROM note) d", "d.s = n.id"),
        ("(SELECT score FROM note) d", "d.score = n.id"),
        ("(SELECT max(score) FROM note) d", "d.max = n.id"),
        ("(SELECT count(*) AS c FROM note) d", "d.c = n.id"),
        ("(SELECT * FROM note) d", "d.title = n.title"),
    ] {
        let sql = format!("SELECT n.id FROM note n, {beside} WHERE {comparison}");
        assert!(!is_guarded(Dialect::Postgres, &sql), "{sql}");
    }
    for (beside, comparison) in [
        ("(SELECT rate AS score FROM note) d", "n.score = d.score"),
        (
            "(SELECT (title COLLATE \"C\") FROM note) d",
            "d.title = n.title",
        ),
        (
            "(SELECT CASE WHEN flag THEN 1.5 ELSE score END FROM note) d",
            "d.score = n.id",
        ),
        (
            "(SELECT CAST(score AS double precision) FROM note) d",
            "d.score = n.price",
        ),
        (
            "(SELECT (SELECT rate AS score LIMIT 1) FROM note) d",
            "d.score = n.price",
        ),
        ("(VALUES (1.5)) AS d", "d.column1 = n.id"),
        ("unnest(ARRAY[1.5]) AS score", "score.score = n.id"),
        (
            "(SELECT score FROM note UNION SELECT 1.5) d",
            "d.score = n.id",
        ),
        ("(SELECT 1) AS d (score)", "d.score = n.id"),
    ] {
        let sql = format!("SELECT n.id FROM note n, {beside} WHERE {comparison}");
        assert!(is_guarded(Dialect::Postgres, &sql), "{sql}");
    }
}

#[test]
fn r29_postgresql_orders_and_groups_what_has_an_order() {
    let calm = [
        "id IN (SELECT id FROM note GROUP BY id)",
        "id IN (SELECT DISTINCT id FROM note)",
        "id = (SELECT id FROM note ORDER BY at DESC LIMIT 1)",
        "(SELECT sum(score) FROM note) IS NULL",
    ];
    let failing = [
        "id IN (SELECT id FROM note GROUP BY point, id)",
        "point IN (SELECT DISTINCT point FROM note)",
        "id = (SELECT id FROM note ORDER BY point LIMIT 1)",
        "id = (SELECT id FROM note ORDER BY 1 LIMIT 1)",
        "id IN (SELECT id FROM note UNION SELECT score FROM note)",
        "(SELECT sum(coalesce(score, 1)) FROM note) IS NULL",
        "(SELECT sum(price) FROM note) IS NULL",
        "(SELECT count(DISTINCT point) FROM note) IS NULL",
        "(SELECT max(point) FROM note) IS NULL",
    ];
    assert_grammar(
        Dialect::Postgres,
        "SELECT id FROM note WHERE",
        &calm,
        &failing,
    );
    // Times are of several types, which a set operation makes one.
    let sql =
        "SELECT d.at FROM (SELECT at FROM note UNION SELECT at FROM note) d, note n WHERE n.id = 1";
    let text = format!("{:?}", learned(Dialect::Postgres, sql).sql());
    assert!(text.contains("OFFSET 0"), "{text}");
    for join in [
        "note LEFT JOIN country USING (at)",
        "(note LEFT JOIN country USING (at))",
    ] {
        let sql = format!("SELECT note.id FROM {join} WHERE note.title = 'x'");
        let text = format!("{:?}", learned(Dialect::Postgres, &sql).sql());
        assert!(text.contains("OFFSET 0"), "{text}");
        let same = sql.replace("(at)", "(id)");
        let text = format!("{:?}", learned(Dialect::Postgres, &same).sql());
        assert!(!text.contains("OFFSET 0"), "{text}");
    }
    let derived = "SELECT d.id FROM (SELECT id, at FROM note) d LEFT JOIN country USING (at)";
    let text = format!("{:?}", learned(Dialect::Postgres, derived).sql());
    assert!(text.contains("OFFSET 0) d"), "{text}");
}

#[test]
fn r29_what_is_bound_fits_what_it_is_compared_with() {
    let beside = |sql: &str| learned(Dialect::Postgres, sql).beside;
    let sql = "SELECT id FROM note WHERE rate = $1 AND doc @> $2 AND id = $3";
    assert_eq!(*beside(sql), [(0, Fit::Float), (1, Fit::Document)]);
    // One of the types of a list has to hold all that is in it.
    let sql = "SELECT id FROM note WHERE score IN ($1, $2, 3)";
    assert_eq!(*beside(sql), [(0, Fit::Float), (1, Fit::Float)]);
    let sql = "SELECT id FROM note WHERE title = $1 AND score IN ($2)";
    assert_eq!(*beside(sql), []);
}

#[test]
fn r29_a_strict_write_compares_what_is_of_one_class() {
    assert_grammar(
        Dialect::MySql,
        "DELETE FROM note WHERE",
        &[
            "id = 5 AND title = 'x' AND at = '2024-01-31' AND uid = '5ccaa71c-8b2a-95de-6e3d-4aa6bd186145'",
            "id = ? AND title <> ? AND score IN (1, '2') AND id BETWEEN 1 AND 5",
            "lower(title) = 'x' AND length(title) > 3 AND title LIKE 'a%' AND at < now()",
            "id IS NULL OR NOT (id = 5) OR flag",
            "id = -5",
        ],
        &[
            "at <> x'616263'",
            "at <> 'abc' COLLATE utf8mb4_bin",
            "nullif(at, x'616263') IS NULL",
            "now() > x'616263'",
            "NOT 'abc'",
            "'abc' IS TRUE",
            "('abc' OR id = 5)",
            "NOT ?",
            "(5 - INTERVAL 1 DAY) IS NULL",
            "CAST(x'ff' AS CHAR) IS NULL",
            "coalesce(at, 'abc') IS NULL",
            "CASE WHEN id = 5 THEN title ELSE 5 END IS NULL",
            "title LIKE title",
            "at LIKE 'x'",
            "trim(title) = 'x'",
            "at BETWEEN '2024-01-01' AND '2024-01-02'",
            "id + 1 = 5",
            "title = 5",
        ],
    );
    // A string is the name of its column.
    for query in [
        "SELECT 'score'",
        "SELECT ('score')",
        "SELECT ' score'",
        "VALUES ('score'), ('abc')",
        "SELECT 1 UNION VALUES ('score')",
    ] {
        let sql =
            format!("INSERT INTO note (id) SELECT 1 FROM note n JOIN ({query}) d ON d.score <> 5");
        let text = learned(Dialect::MySql, &sql).sql();
        assert!(
            text.contains("LIMIT 18446744073709551615) AS n JOIN"),
            "{text:?}"
        );
    }
}

#[test]
fn r29_a_column_that_a_view_computes_is_so_under_every_name() {
    for sql in [
        "SELECT s.b FROM note n, (SELECT * FROM country) AS s (a, b) WHERE s.b IS NULL",
        "WITH s (a, b) AS (SELECT shown, id FROM country) SELECT a FROM s, note WHERE a IS NULL",
        "SELECT q.x FROM (SELECT id AS x FROM note UNION ALL SELECT * FROM country) AS q WHERE q.x IS NULL",
    ] {
        let text = learned(Dialect::Postgres, sql).sql().to_string();
        assert!(
            text.contains("OFFSET 0") || text.contains("CASE WHEN"),
            "{text}"
        );
    }
    // Of the only block, each name is a column's own.
    let sql = "SELECT * FROM note, country WHERE score = 5";
    assert!(!is_guarded(Dialect::Postgres, sql));
}

#[test]
fn r29_what_sqlite_cuts_off_is_short() {
    assert_grammar(
        Dialect::Sqlite,
        "SELECT id FROM note WHERE",
        &[
            "trim(title) = 'x'",
            "trim(title, ' ') = 'x'",
            "ltrim(title, 'ab') = 'x'",
        ],
        &[
            "trim(title, ?) = 'x'",
            "rtrim(title, title) = 'x'",
            "ltrim(title, ?) IS NULL",
        ],
    );
}

#[test]
fn r29_mariadb_computes_no_order_offset_or_name_of_its_own_early() {
    let long = "x".repeat(65);
    for sql in [
        "UPDATE note n JOIN country c ON c.id = 1 SET n.title = 'x' ORDER BY EXISTS (SELECT 1 FROM country d WHERE n.title) LIMIT 1",
        "UPDATE note n JOIN country c ON c.id = 1 SET n.title = 'x' ORDER BY n.title + 1 LIMIT 1",
        "SELECT id FROM (SELECT * FROM note OFFSET 0 ROWS) d WHERE EXP(id) > 0",
        &format!("SELECT id FROM note GROUP BY id HAVING `{long}` > 0"),
        "SELECT id AS ` x` FROM note",
        "SELECT id AS `x ` FROM note",
    ] {
        assert!(super::planned(Dialect::MySql, sql).is_err(), "{sql}");
    }
    for sql in [
        "UPDATE note n JOIN country c ON c.id = 1 SET n.title = 'x' ORDER BY n.id LIMIT 1",
        "SELECT id FROM (SELECT * FROM note LIMIT 5 OFFSET 1) d",
        "SELECT id FROM note ORDER BY id LIMIT 1, 2",
        &format!("SELECT id AS `{}` FROM note", &long[1..]),
    ] {
        super::planned(Dialect::MySql, sql).unwrap();
    }
    // A query in FROM is not merged into what is computed of the buffer.
    let sql = "SELECT EXISTS (SELECT 1 FROM country c WHERE d.title LIKE 'a%') FROM (SELECT * FROM note) d HAVING count(*) > 0";
    let text = super::planned(Dialect::MySql, sql)
        .unwrap()
        .sql()
        .to_string();
    assert!(text.contains("LIMIT 18446744073709551615) d"), "{text}");
}

#[test]
fn r29_a_query_that_is_compared_is_fenced_wherever_it_stands_on_mysql() {
    let query = "id IN (SELECT title FROM note WHERE title LIKE 'a%')";
    for sql in [
        format!("UPDATE note SET score = {query}"),
        format!("INSERT INTO country (id) VALUES (1) ON DUPLICATE KEY UPDATE id = {query}"),
        format!("INSERT INTO note (id, score) VALUES (1, 7 {})", &query[3..]),
        format!("INSERT INTO note (id) SELECT id FROM country ORDER BY {query}"),
        format!("DELETE FROM note RETURNING {query}"),
    ] {
        match try_learned(Dialect::MySql, &sql) {
            Ok(plan) => assert!(
                plan.sql().contains("LIMIT 18446744073709551615) AS note"),
                "{sql}: {:?}",
                plan.sql()
            ),
            // What everybody reads is not written.
            Err(error) => assert!(sql.contains("INTO country"), "{sql}: {error}"),
        }
    }
}

#[test]
fn r31_sqlite_has_a_table_of_its_own() {
    for sql in [
        "SELECT id FROM note WHERE id = NOT EXISTS (SELECT 1 FROM country) IS NOT TRUE",
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM country) = id",
        "SELECT id FROM note WHERE id IS NOT DISTINCT FROM title IN (1, 2)",
        "SELECT id FROM note WHERE id * 2 || 'x' = 'x'",
        "SELECT id FROM note WHERE id | 1 & 2",
    ] {
        let refused = super::planned(Dialect::Sqlite, sql)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("other operands"), "{sql}: {refused}");
    }
    for sql in [
        "SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM country) AND id IN (1, 2) OR title LIKE 'a' || '%'",
        "SELECT id FROM note WHERE id < 3 = 1 AND NOT title = 'x' COLLATE NOCASE",
        "SELECT id FROM note WHERE id BETWEEN 1 AND 2 + 3 AND -id < 5 AND title IS NULL",
    ] {
        super::planned(Dialect::Sqlite, sql).unwrap();
    }
}

#[test]
fn r29_frames_of_ranges_and_long_formats_may_fail() {
    for frame in ["ROWS 1 PRECEDING", "RANGE UNBOUNDED PRECEDING"] {
        let sql = format!(
            "SELECT id FROM note WHERE id NOT IN (SELECT count(*) OVER (ORDER BY code {frame}) FROM country)"
        );
        assert!(!is_guarded(Dialect::Sqlite, &sql), "{sql}");
    }
    let sql = "SELECT id FROM note WHERE id NOT IN (SELECT count(*) OVER (ORDER BY code RANGE 5 PRECEDING) FROM country)";
    assert!(is_guarded(Dialect::Sqlite, sql));
    assert!(!is_guarded(
        Dialect::Sqlite,
        "SELECT id FROM note WHERE strftime('%Y', at) = '2024'"
    ));
    assert!(is_guarded(
        Dialect::Sqlite,
        "SELECT id FROM note WHERE strftime(?, at) = '2024'"
    ));
}

#[test]
fn r29_a_failing_expression_is_found_behind_its_name() {
    for dialect in [Dialect::Sqlite, Dialect::MySql] {
        let sql = "WITH w AS (SELECT EXP(id) AS q FROM country) SELECT id FROM note WHERE EXISTS (SELECT 1 FROM w)";
        let text = format!("{:?}", learned(dialect, sql).sql());
        assert!(
            text.contains("CASE WHEN (SELECT note.tenant_id)") || text.contains("AS note"),
            "{text}"
        );
    }
    assert!(is_guarded(
        Dialect::MySql,
        "SELECT id FROM note WHERE CAST(title AS CHAR) = 'x'"
    ));
}

#[test]
fn r29_an_aggregate_alone_is_computed_of_groups() {
    let having = |condition: &str| {
        let sql = format!("SELECT title FROM note GROUP BY title HAVING {condition}");
        format!("{:?}", learned(Dialect::Postgres, &sql).sql()).contains("OFFSET 0")
    };
    for calm in [
        "count(*) > 1",
        "max(score) = 5 AND title = 'x'",
        "max(10 / score) IS NULL",
    ] {
        assert!(!having(calm), "{calm}");
    }
    for failing in [
        "to_date(title, coalesce('YYYY', max(title))) IS NULL",
        "CASE WHEN true THEN title ~ title ELSE count(*) > 0 END",
    ] {
        assert!(having(failing), "{failing}");
    }
}

#[test]
fn r29_values_are_closed() {
    let sql =
        "SELECT n.id FROM note n, (VALUES (10 / 0)) v (x) WHERE n.title LIKE 'x%' OR v.x IS NULL";
    let text = format!("{:?}", learned(Dialect::Postgres, sql).sql());
    assert!(text.contains("VALUES ((10 / 0)) OFFSET 0) v"), "{text}");
    let plain = sql.replace("10 / 0", "5");
    let text = format!("{:?}", learned(Dialect::Postgres, &plain).sql());
    assert!(!text.contains("OFFSET 0"), "{text}");
}

#[test]
fn r29_collations_meet_in_no_join_by_name() {
    let refused = |join: &str| {
        let sql = format!("SELECT note.id FROM note {join}");
        try_learned(Dialect::Postgres, &sql).is_err()
    };
    for join in [
        "JOIN country USING (name)",
        "NATURAL JOIN country",
        "FULL JOIN country ON country.name = note.name",
    ] {
        assert!(refused(join), "{join}");
    }
    for join in [
        "JOIN country USING (id)",
        "JOIN country ON country.name = note.name",
    ] {
        assert!(!refused(join), "{join}");
    }
}

#[test]
fn r29_mariadb_shows_no_buffer() {
    let refused = |sql: &str| super::planned(Dialect::MySql, sql).is_err();
    for sql in [
        "SELECT title, COUNT(*), ROW_NUMBER() OVER () FROM note",
        "SELECT title, COUNT(*) FROM note ORDER BY ROW_NUMBER() OVER ()",
        "SELECT 'x', 1, 1 UNION SELECT title, COUNT(*), ROW_NUMBER() OVER () FROM note",
        "SELECT title, ROW_NUMBER() OVER () FROM note HAVING COUNT(*) >= 0",
        "SELECT n.title, ROW_NUMBER() OVER (), (SELECT COUNT(n.id) FROM country) FROM note n",
        "INSERT INTO note (title, id) VALUES ('x', tenant_id)",
    ] {
        assert!(refused(sql), "{sql}");
    }
    for sql in [
        "SELECT title, COUNT(*), ROW_NUMBER() OVER () FROM note GROUP BY title",
        "SELECT title, COUNT(*) OVER () FROM note",
        "SELECT n.title, ROW_NUMBER() OVER (), (SELECT COUNT(c.id) FROM country c) FROM note n",
        "SELECT n.title, ROW_NUMBER() OVER (), (SELECT COUNT(*) FROM country c) FROM note n",
    ] {
        assert!(!refused(sql), "{sql}");
    }
}

#[test]
fn r29_what_fails_in_from_fences_what_stands_beside_it_on_sqlite() {
    for (from, is_derived) in [
        (
            "note n LEFT JOIN json_each('{') j ON 1 = 1 RIGHT JOIN country c ON 1 = 1",
            true,
        ),
        (
            "country c RIGHT JOIN (note n CROSS JOIN json_each('{') j) ON 1 = 1",
            true,
        ),
        ("note n LEFT JOIN json_each('{') j ON 1 = 1", false),
    ] {
        let sql = format!("SELECT n.id FROM {from}");
        let text = format!("{:?}", learned(Dialect::Sqlite, &sql).sql());
        assert_eq!(text.contains("LIMIT -1) AS n"), is_derived, "{text}");
    }
}
