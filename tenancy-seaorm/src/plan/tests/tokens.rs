//! What a text may consist of: R26 and R30.

use super::{Dialect, planned};
use crate::error::ErrorKind::{self, MultipleStatements, NotParsed, Unsupported};

fn kind(dialect: Dialect, sql: &str) -> Option<ErrorKind> {
    planned(dialect, sql).err().map(|error| error.kind())
}

#[test]
fn r26_after_the_statement_comes_the_end() {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        for sql in [
            "DELETE FROM note END WHERE id = 1",
            "SELECT id FROM note ORDER BY id END LIMIT 1",
            "UPDATE note SET title = CASE WHEN id > 5 THEN 'a' ELSE 'b' END END WHERE id = 1",
            "SELECT 1 )",
            "",
            ";",
        ] {
            assert_eq!(kind(dialect, sql), Some(NotParsed), "{sql}");
        }
        for sql in ["SELECT 1; SELECT 2", "SELECT 1;;", "SELECT 1; END"] {
            assert_eq!(kind(dialect, sql), Some(MultipleStatements), "{sql}");
        }
        assert_eq!(kind(dialect, "SELECT 1 ; "), None);
    }
}

#[test]
fn r30_what_an_engine_may_read_otherwise_is_refused() {
    for (dialect, sql) in [
        (Dialect::MySql, r"SELECT title AS '\', x' FROM note"),
        (
            Dialect::MySql,
            r"SELECT GROUP_CONCAT(title SEPARATOR '\\') FROM note",
        ),
        (Dialect::MySql, r#"SELECT title "a" FROM note"#),
        (Dialect::MySql, "SELECT /*! 1, */ 2"),
        (Dialect::MySql, "SELECT /*M! 1, */ 2"),
        (Dialect::MySql, "SELECT /*!50701 1, */ 2"),
        (
            Dialect::MySql,
            "SELECT id FROM note WHERE BINARY title = 'a'",
        ),
        (Dialect::MySql, "SELECT 0x0F"),
        (Dialect::MySql, "SELECT [`note`]"),
        (Dialect::MySql, "SELECT id[1] FROM note"),
        (Dialect::MySql, "SELECT id::n.id FROM note n"),
        (Dialect::Sqlite, "SELECT id::n.id FROM note n"),
        (Dialect::MySql, "SELECT 0b11"),
        (Dialect::MySql, "SELECT X'0'"),
        (Dialect::MySql, "SELECT @a"),
        (Dialect::Postgres, "SELECT $1a$, x$1a$"),
        (Dialect::Postgres, "SELECT $ä$ x$ä$"),
        (Dialect::Postgres, "SELECT 0x1F"),
        (Dialect::Postgres, "SELECT 0b11"),
        (Dialect::Postgres, "SELECT 0o17"),
        (Dialect::Postgres, "SELECT 1_000"),
        (Dialect::Postgres, "SELECT 1a"),
        (Dialect::Postgres, "SELECT U&\"d\\0061t\" FROM note"),
        (Dialect::Postgres, "SELECT U&\"title\" FROM note"),
        (Dialect::Postgres, "SELECT (*) FROM note"),
        (Dialect::Postgres, "SELECT COUNT((*)) FROM note"),
        (Dialect::Postgres, "SELECT id FROM note GLOBAL"),
        (Dialect::Postgres, "SELECT count(*) FILTER FROM note"),
        (Dialect::Postgres, "SELECT count(*) FILTER (id) FROM note"),
        (Dialect::Postgres, "SELECT id FROM note WHERE id <| 1"),
        (Dialect::Postgres, "SELECT x'\\27'"),
        (Dialect::Postgres, "SELECT 'a'b"),
        (Dialect::Postgres, "SELECT 1 +~ 2"),
        (Dialect::Postgres, "SELECT 1 @-2"),
        (
            Dialect::Sqlite,
            "WITH \"\u{feff}note\" AS (SELECT 1) SELECT * FROM \u{feff}note",
        ),
        (Dialect::Sqlite, "UPDATE note SET \u{feff}title = 'a'"),
        (Dialect::Sqlite, "SELECT\u{a0}1"),
        (Dialect::Sqlite, "SELECT\u{b}1"),
        (Dialect::Sqlite, "SELECT 1\u{85}"),
        (Dialect::Postgres, "SELECT\u{3000}1"),
        (Dialect::MySql, "SELECT 1 -- a\rDELETE"),
    ] {
        let refused = kind(dialect, sql);
        assert!(
            matches!(
                refused,
                Some(Unsupported | NotParsed | ErrorKind::Parameters)
            ),
            "{sql} on {dialect:?}: {refused:?}"
        );
    }
    for (dialect, sql) in [
        (Dialect::MySql, "SELECT 'it''s', 1e3, .5, X'0F' -- x\n"),
        (
            Dialect::MySql,
            "SELECT CAST(title AS BINARY) = 'a', (BINARY title) = 'a' FROM note",
        ),
        (
            Dialect::Postgres,
            "SELECT E'a\\n', $t$ it's $t$, 1.5e-3, a.\"größe\" FROM note a",
        ),
        (
            Dialect::Postgres,
            "SELECT 1 + -2, 2*-1, 3 - - 2, 'a' /* b /* c */ */",
        ),
        (Dialect::Sqlite, "SELECT\t1,\r\n0x10, x'0f'\u{c}"),
    ] {
        let refused = planned(dialect, sql).err();
        assert!(refused.is_none(), "{sql} on {dialect:?}: {refused:?}");
    }
    assert!(
        planned(Dialect::Sqlite, "SELECT 0x10")
            .unwrap()
            .exact()
            .contains("16")
    );
}

#[test]
fn a_name_with_a_quote_in_it_resolves_and_is_printed_as_it_was() {
    let planned = |dialect, name, sql| {
        let policy =
            crate::policy::Policy::column("tenant_id", crate::policy::id::TenantColumnType::Uuid);
        let catalog = crate::catalog::Catalog::builder()
            .table(name, policy)
            .build();
        crate::plan::plan(
            sql,
            &catalog.unwrap().folded(dialect),
            dialect,
            crate::plan::Viewer::default(),
        )
    };
    for (dialect, name, sql, expected) in [
        (
            Dialect::MySql,
            "it`s",
            "SELECT `it``s`.id FROM `it``s`",
            "FROM `it``s` WHERE `it``s`.`tenant_id` = ?",
        ),
        (
            Dialect::Postgres,
            "it\"s",
            r#"SELECT 1 AS "a""b" FROM "it""s""#,
            r#"SELECT 1 AS "a""b" FROM "it""s" WHERE "it""s"."tenant_id" = $1"#,
        ),
        (
            Dialect::Sqlite,
            "it\"s",
            r#"SELECT 1 FROM "it""s""#,
            "FROM `it\"s` WHERE `it\"s`.`tenant_id` = ?1",
        ),
    ] {
        let planned = planned(dialect, name, sql).unwrap().exact().to_owned();
        assert!(planned.contains(expected), "{planned}");
    }
    // The printer would take two in a row for one that is doubled already.
    for (dialect, sql) in [
        (Dialect::MySql, "SELECT 1 AS `a````b`"),
        (Dialect::Postgres, r#"SELECT 1 AS "a""""b""#),
        (Dialect::Sqlite, r#"SELECT 1 AS "a``b""#),
    ] {
        assert_eq!(kind(dialect, sql), Some(Unsupported), "{sql}");
    }
}

#[test]
fn r20_two_hundred_levels_are_read_and_more_are_refused_by_name() {
    for (open, close) in [("(", ")"), ("id IN (SELECT id FROM note WHERE ", ")")] {
        let sql = |depth| {
            format!(
                "SELECT id FROM note WHERE {}id = 1{}",
                open.repeat(depth),
                close.repeat(depth)
            )
        };
        for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
            let refused = planned(dialect, &sql(200)).err();
            assert!(refused.is_none(), "{open} on {dialect:?}: {refused:?}");
            let refused = planned(dialect, &sql(300)).unwrap_err();
            assert!(refused.to_string().contains("256 levels"), "{refused}");
        }
    }
}

#[test]
fn lock_in_share_mode_is_read_and_printed() {
    for sql in [
        "SELECT id FROM note LOCK IN SHARE MODE",
        "SELECT id FROM note lock in share mode",
        "SELECT id FROM note FOR SHARE",
    ] {
        let plan = planned(Dialect::MySql, sql).unwrap();
        assert!(
            plan.exact().ends_with(" LOCK IN SHARE MODE"),
            "{}",
            plan.exact()
        );
    }
    for sql in [
        "SELECT `lock` in share mode FROM note",
        "SELECT id FROM note WHERE title = 'LOCK IN SHARE MODE' LOCK IN SHARE",
    ] {
        assert!(planned(Dialect::MySql, sql).is_err(), "{sql}");
    }
}

#[test]
fn a_text_that_is_not_read_is_told_by_the_word_that_is_not() {
    for (dialect, sql, word) in [
        (
            Dialect::Postgres,
            "SELECT id FROM note FOR NO KEY UPDATE",
            "NO",
        ),
        (Dialect::Sqlite, "SELECT id FROM note WHERE id IS 1", "IS"),
        (
            Dialect::MySql,
            "SELECT id FROM note LOCK IN SHARE MODE NOWAIT",
            "IN",
        ),
    ] {
        let error = planned(dialect, sql).unwrap_err().to_string();
        assert!(error.contains(&format!("`{word}`")), "{error}");
        assert!(!error.contains("syntax"), "{error}");
    }
}
