//! Escape R16: which functions the planner accepts, held to what the engines themselves say of
//! their functions.
//!
//! The lists are written by scripts/functions.py from the documentation; these tests ask the
//! servers that the other tests use.

mod calls;
mod dangerous;

use std::collections::BTreeSet;

use calls::Calls;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use tenancy_seaorm::{Error, ScopedConnection};
use testbed::{Testbed, plan_check::accepted_functions};

/// A function of the server, once for each thing that is odd about it and once for nothing.
#[derive(FromQueryResult)]
struct Function {
    name: String,
    odd: String,
}

/// What may be odd about a function that is accepted: every other is a finding.
type Explained = &'static [(&'static str, &'static [&'static str])];

const POSTGRES_FUNCTIONS: &str = "
    WITH overload AS (
        SELECT proname AS name, provolatile, proretset, lanname, prorettype || proargtypes::oid[] AS types
        FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
        WHERE pronamespace = 'pg_catalog'::regnamespace
    )
    SELECT name, '' AS odd FROM overload
    UNION SELECT name, 'volatile' FROM overload WHERE provolatile = 'v'
    UNION SELECT name, 'a set' FROM overload WHERE proretset
    UNION SELECT name, 'not in the server itself' FROM overload WHERE lanname NOT IN ('internal', 'sql')
    UNION SELECT name, 'a reference' FROM overload CROSS JOIN LATERAL unnest(types) AS type
    WHERE format_type(type, NULL) ~
        '^(reg|pg_|trigger|event_trigger|(aclitem|cid|cstring|internal|oid|refcursor|tid|txid_snapshot|xid|xid8)(\\[\\])?$)'";

const POSTGRES_EXPLAINED: Explained = &[
    // Something new at each call, and for no other reason.
    (
        "volatile",
        &["clock_timestamp", "gen_random_uuid", "random", "timeofday"],
    ),
    // Made of the arguments.
    (
        "a set",
        &[
            "generate_series",
            "generate_subscripts",
            "json_array_elements",
            "json_array_elements_text",
            "json_each",
            "json_each_text",
            "json_object_keys",
            "jsonb_array_elements",
            "jsonb_array_elements_text",
            "jsonb_each",
            "jsonb_each_text",
            "jsonb_object_keys",
            "jsonb_path_query",
            "jsonb_path_query_tz",
            "regexp_matches",
            "regexp_split_to_table",
            "string_to_table",
            "unnest",
        ],
    ),
    // The name of a text search configuration, which has rules for words and no rows; and numbers,
    // which `max` and `min` compare and of which `age` tells how many transactions ago; and the
    // type of an argument, whatever its value.
    (
        "a reference",
        &[
            "age",
            "json_to_tsvector",
            "jsonb_to_tsvector",
            "max",
            "min",
            "pg_typeof",
            "phraseto_tsquery",
            "plainto_tsquery",
            "to_tsquery",
            "to_tsvector",
            "ts_headline",
            "websearch_to_tsquery",
        ],
    ),
];

/// The flags are SQLITE_DETERMINISTIC, SQLITE_DIRECTONLY and SQLITE_INNOCUOUS. Aggregates carry no
/// first flag.
const SQLITE_FUNCTIONS: &str = "
    SELECT name, '' AS odd FROM pragma_function_list
    UNION SELECT name, 'not deterministic' FROM pragma_function_list WHERE flags & 0x800 = 0 AND type = 's'
    UNION SELECT name, 'for direct use only' FROM pragma_function_list WHERE flags & 0x80000 <> 0
    UNION SELECT name, 'not innocuous' FROM pragma_function_list WHERE flags & 0x200000 = 0
    UNION SELECT name, 'not in the library itself' FROM pragma_function_list WHERE NOT builtin";

const SQLITE_EXPLAINED: Explained = &[(
    "not deterministic",
    &[
        "current_date",
        "current_time",
        "current_timestamp",
        "random",
        "randomblob",
    ],
)];

/// Of MariaDB and of MySQL. The names of some topics are more than those of the function.
const MYSQL_TOPICS: &str = "
    SELECT REPLACE(REPLACE(LOWER(topic.name), ' function', ''), '\\\\', '') AS name,
        CASE WHEN category.name IN (
            'Information Functions', 'Miscellaneous Functions', 'Locking Functions', 'Internal Functions', 'GTID',
            'Performance Schema Functions'
        ) THEN 'its category' ELSE '' END AS odd
    FROM mysql.help_topic topic JOIN mysql.help_category category USING (help_category_id)
    WHERE category.name LIKE '%function%' OR category.name IN ('GTID', 'XML')";

/// What MariaDB lists; MySQL has no such table.
const MARIADB_FUNCTIONS: &str = "
    SELECT LOWER(`function`) AS name,
        CASE WHEN LOWER(`function`) LIKE 'json%' OR LOWER(`function`) IN (
            SELECT REPLACE(REPLACE(LOWER(name), ' function', ''), '\\\\', '') FROM mysql.help_topic
        ) THEN '' ELSE 'without a help topic' END AS odd
    FROM information_schema.sql_functions";

const MYSQL_EXPLAINED: Explained = &[
    (
        "its category",
        &[
            "any_value",
            "bin_to_uuid",
            "format_bytes",
            "format_pico_time",
            "grouping",
            "inet6_aton",
            "inet6_ntoa",
            "inet_aton",
            "inet_ntoa",
            "is_ipv4",
            "is_ipv4_compat",
            "is_ipv4_mapped",
            "is_ipv6",
            "is_uuid",
            // The window function; without a window it answers its last argument.
            "last_value",
            "uuid",
            "uuid_to_bin",
        ],
    ),
    (
        "without a help topic",
        &[
            "aes_decrypt",
            "aes_encrypt",
            "compress",
            "cume_dist",
            "dense_rank",
            "first_value",
            "lag",
            "lead",
            "md5",
            "median",
            "nth_value",
            "ntile",
            "percent_rank",
            "percentile_cont",
            "percentile_disc",
            "random_bytes",
            "rank",
            "sha",
            "sha1",
            "sha2",
            "uncompress",
            "uncompressed_length",
        ],
    ),
];

/// Ways to write a call.
fn spellings(backend: DbBackend, name: &str) -> [String; 5] {
    let quote = match backend {
        DbBackend::MySql => '`',
        _ => '"',
    };
    [
        format!("SELECT {name}()"),
        format!("SELECT {name}(1)"),
        format!("SELECT {}('x', 'y')", name.to_ascii_uppercase()),
        format!("SELECT {quote}{name}{quote}(1)"),
        format!("SELECT 1 FROM note WHERE {quote}{name}{quote}(title) = 'x'"),
    ]
}

fn is_accepted(acme: &ScopedConnection, backend: DbBackend, name: &str) -> bool {
    spellings(backend, name)
        .into_iter()
        .any(|sql| acme.rewrite(Statement::from_string(backend, sql)).is_ok())
}

/// Requires that the planner refuses them all, as calls or as words of their own.
fn refuse(bed: &Testbed, dangerous: &str, words: &str) {
    let acme = bed.acme();
    let calls = dangerous
        .split_whitespace()
        .flat_map(|name| spellings(bed.backend, name));
    let words = words
        .split_whitespace()
        .map(|word| format!("SELECT {word}"));
    for sql in calls.chain(words) {
        let statement = Statement::from_string(bed.backend, &sql);
        let error = acme.rewrite(statement).expect_err(&sql);
        assert!(Error::of(&error).is_some(), "{sql}: {error}");
    }
}

/// Requires that among `functions` at least `least` are accepted, none of them dangerous, and that
/// everything odd is explained.
fn hold(
    bed: &Testbed,
    functions: &[Function],
    dangerous: &str,
    explained: Explained,
    least: usize,
) {
    let acme = bed.acme();
    let names: BTreeSet<&str> = functions.iter().map(|one| one.name.as_str()).collect();
    let accepted: BTreeSet<&str> = names
        .into_iter()
        .filter(|name| is_accepted(&acme, bed.backend, name))
        .collect();
    assert!(accepted.len() >= least, "{}: {accepted:?}", accepted.len());

    let dangerous: BTreeSet<&str> = [dangerous, dangerous::ANYWHERE]
        .into_iter()
        .flat_map(str::split_whitespace)
        .collect();
    let both: Vec<_> = accepted.intersection(&dangerous).collect();
    assert!(both.is_empty(), "accepted, and dangerous: {both:?}");

    let findings: Vec<String> = functions
        .iter()
        .filter(|one| !one.odd.is_empty() && accepted.contains(&*one.name))
        .filter(|one| {
            !explained
                .iter()
                .any(|(odd, names)| *odd == one.odd && names.contains(&&*one.name))
        })
        .map(|one| format!("{}: {}", one.name, one.odd))
        .collect();
    assert!(
        findings.is_empty(),
        "accepted, and to be looked at: {findings:#?}"
    );
}

async fn functions(bed: &Testbed, sql: &str) -> Vec<Function> {
    let statement = Statement::from_string(bed.backend, sql);
    Function::find_by_statement(statement)
        .all(&bed.owner)
        .await
        .unwrap()
}

/// Requires that the calls run, scoped, and answer what they should.
async fn call(bed: &Testbed, calls: &Calls) {
    let rows = [
        (calls.alone, ""),
        (calls.over_notes, "FROM note"),
        (calls::WINDOWS, "FROM note ORDER BY id"),
    ];
    let text = match bed.backend {
        DbBackend::MySql => "char",
        _ => "text",
    };
    for (calls, from) in rows {
        for (call, expected) in calls {
            let sql = format!("SELECT CAST(({call}) AS {text}) AS answer {from}");
            let statement = Statement::from_string(bed.backend, &sql);
            let rows = bed.acme().query_all_raw(statement).await;
            let answers: Vec<String> = rows
                .unwrap_or_else(|error| panic!("{sql}: {error}"))
                .iter()
                .map(|row| row.try_get("", "answer").unwrap())
                .collect();
            assert_eq!(answers.join("|"), *expected, "{sql}");
        }
    }
}

async fn on(backend: DbBackend, test: impl AsyncFn(&Testbed)) {
    if testbed::backends().contains(&backend) {
        testbed::on(backend, test).await;
    }
}

#[tokio::test]
async fn r16_functions_that_reach_further_are_refused_on_every_engine() {
    testbed::on_every_backend(async |bed| {
        refuse(bed, dangerous::ANYWHERE, "");
        match bed.backend {
            DbBackend::Postgres => {
                refuse(bed, dangerous::POSTGRES, dangerous::POSTGRES_WORDS);
            }
            DbBackend::Sqlite => refuse(bed, dangerous::SQLITE, ""),
            _ => refuse(bed, dangerous::MYSQL, dangerous::MYSQL_WORDS),
        }
    })
    .await;
}

#[tokio::test]
async fn r16_accepted_functions_of_postgres_read_only_their_arguments() {
    on(DbBackend::Postgres, async |bed| {
        let functions = functions(bed, POSTGRES_FUNCTIONS).await;
        hold(
            bed,
            &functions,
            dangerous::POSTGRES,
            POSTGRES_EXPLAINED,
            300,
        );
        call(bed, &calls::POSTGRES).await;
    })
    .await;
}

#[tokio::test]
async fn r16_accepted_functions_of_sqlite_read_only_their_arguments() {
    on(DbBackend::Sqlite, async |bed| {
        let functions = functions(bed, SQLITE_FUNCTIONS).await;
        hold(bed, &functions, dangerous::SQLITE, SQLITE_EXPLAINED, 90);
        call(bed, &calls::SQLITE).await;
    })
    .await;
}

#[tokio::test]
async fn r16_accepted_functions_of_mysql_read_only_their_arguments() {
    on(DbBackend::MySql, async |bed| {
        let mut known = functions(bed, MYSQL_TOPICS).await;
        // Some topics are of operators and of what surrounds functions.
        known.retain(|one| {
            one.name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let is_listed = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'information_schema' AND LOWER(table_name) = 'sql_functions'";
        let is_listed = Statement::from_string(bed.backend, is_listed);
        if !bed.owner.query_all_raw(is_listed).await.unwrap().is_empty() {
            known.extend(functions(bed, MARIADB_FUNCTIONS).await);
        }
        hold(bed, &known, dangerous::MYSQL, MYSQL_EXPLAINED, 200);
        call(bed, &calls::MYSQL).await;
    })
    .await;
}

/// Where a server has no function of a name, it is one that somebody stored.
#[tokio::test]
async fn r16_the_server_has_every_listed_function_of_mysql_itself() {
    on(DbBackend::MySql, async |bed| {
        for name in accepted_functions(DbBackend::MySql) {
            for arguments in ["", "1", "1, 1", "1, 1, 1"] {
                let sql = format!("SELECT {name}({arguments})");
                let answer = bed.owner.execute_unprepared(&sql).await;
                let is_stored =
                    answer.is_err_and(|error| error.to_string().contains("1305 (42000)"));
                assert!(!is_stored, "{sql}");
            }
        }
    })
    .await;
}
