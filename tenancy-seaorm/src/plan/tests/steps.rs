//! What a plan says about itself.

use super::super::{Placement, plan};
use super::{Bare, Dialect, PLATFORM, catalog, planned};

fn shape(dialect: Dialect, sql: &str) -> String {
    planned(dialect, sql).unwrap().shape().to_string()
}

#[test]
fn a_plan_tells_where_each_predicate_stands() {
    for (sql, expected) in [
        ("SELECT 1", ""),
        ("SELECT id FROM note", "note:where"),
        (
            "SELECT 1 FROM note a JOIN note b ON a.id = b.id",
            "note:where note:where",
        ),
        (
            "SELECT 1 FROM note a LEFT JOIN note b ON a.id = b.id",
            "note:where note:on",
        ),
        (
            "SELECT 1 FROM note a RIGHT JOIN note b ON a.id = b.id",
            "note:on note:where",
        ),
        (
            "SELECT 1 FROM note a FULL JOIN note b ON a.id = b.id",
            "note:derived note:derived",
        ),
        (
            "SELECT 1 FROM note a LEFT JOIN (note b JOIN note c ON b.id = c.id) ON a.id = b.id",
            "note:where note:on note:on",
        ),
        (
            "SELECT 1 FROM note, country",
            "note:where country:reference",
        ),
        (
            "SELECT 1 FROM country WHERE id IN (SELECT id FROM note)",
            "note:where country:reference",
        ),
        (
            "WITH own AS (SELECT id FROM note) SELECT id FROM own",
            "note:where",
        ),
        ("UPDATE note SET title = 'a'", "note:target"),
        ("DELETE FROM note WHERE id = 1", "note:target"),
        ("INSERT INTO note (id) VALUES (1)", "note:stamped"),
        ("INSERT INTO note DEFAULT VALUES", "note:stamped"),
        ("INSERT INTO note (tenant_id) VALUES (1)", "note:checked"),
        (
            "INSERT INTO note (id) SELECT id FROM country",
            "note:stamped country:reference",
        ),
        (
            "INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = 'a'",
            "note:stamped note:guarded",
        ),
        (
            "INSERT INTO note (id) VALUES (1) ON CONFLICT DO NOTHING",
            "note:stamped",
        ),
    ] {
        assert_eq!(shape(Dialect::Sqlite, sql), expected, "{sql}");
    }
    for (sql, expected) in [
        (
            "UPDATE note a JOIN note b ON a.id = b.id SET a.title = 'x'",
            "note:where note:where",
        ),
        ("INSERT INTO note SET id = 1", "note:stamped"),
        (
            "INSERT INTO note (id) VALUES (1) ON DUPLICATE KEY UPDATE title = 'a'",
            "note:stamped note:guarded",
        ),
    ] {
        assert_eq!(shape(Dialect::MySql, sql), expected, "{sql}");
    }
}

#[test]
fn what_the_platform_writes_is_a_reference_table() {
    let catalog = catalog().folded(Dialect::Sqlite);
    for sql in [
        "UPDATE country SET id = 1",
        "DELETE FROM country",
        "INSERT INTO country (id) VALUES (1)",
    ] {
        let plan = plan(sql, &catalog, Dialect::Sqlite, PLATFORM).unwrap();
        assert_eq!(plan.shape().to_string(), "country:reference", "{sql}");
    }
}

#[test]
fn an_explanation_names_tables_and_aliases_and_no_values() {
    let sql = "SELECT n.id FROM note AS n LEFT JOIN note ON note.id = n.id WHERE n.title = $1";
    let explanation = planned(Dialect::Postgres, sql).unwrap().explain();
    let [outer, inner] = explanation.steps() else {
        panic!("two tables: {explanation}");
    };
    assert_eq!(
        (outer.table(), outer.alias(), outer.placement()),
        ("note", Some("n"), Placement::Where)
    );
    assert_eq!(
        (inner.table(), inner.alias(), inner.placement()),
        ("note", None, Placement::On)
    );
    assert_eq!(
        Bare::of(&explanation.to_string()),
        r#"SELECT n.id FROM note AS n LEFT JOIN note ON note."tenant_id" = $2 AND (note.id = n.id) WHERE n."tenant_id" = $2 AND (n.title = $1)
  note AS n: filtered first in WHERE
  note: filtered in the ON of its outer join, so that rows without a match stay
  binds the tenant after the statement's own values (1)"#
    );
    assert_eq!(
        explanation.sql(),
        explanation.to_string().lines().next().unwrap()
    );
}
