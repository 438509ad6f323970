//! Rows that are deleted by a mark.

use super::{Bare, Dialect, plan};
use crate::{
    catalog::Catalog,
    error::ErrorKind,
    plan::{ActorKind, Placement, Viewer},
    policy::{Policy, id::TenantColumnType, soft_delete::SoftDelete},
};

fn catalog() -> Catalog {
    let policy = |by| Policy::column("tenant_id", TenantColumnType::Int64).soft_delete(by);
    Catalog::builder()
        .table("note", policy(SoftDelete::timestamp("deleted_at")))
        .table("tag", policy(SoftDelete::deleted_flag("gone")))
        .table("agent", policy(SoftDelete::active_flag("is_active")))
        .table(
            "plain",
            Policy::column("tenant_id", TenantColumnType::Int64),
        )
        .build()
        .unwrap()
}

fn planned(dialect: Dialect, sql: &str, sees_deleted: bool) -> Result<Bare, ErrorKind> {
    let viewer = Viewer {
        is_platform: false,
        sees_deleted,
        actor: ActorKind::Service,
        ..Viewer::default()
    };
    plan(sql, &catalog().folded(dialect), dialect, viewer)
        .map(|plan| plan.sql())
        .map_err(|error| error.kind())
}

#[test]
fn w12_marked_rows_are_not_there() {
    for (sql, scoped) in [
        (
            "SELECT * FROM note WHERE id = 1 OR id = 2",
            r#"SELECT * FROM note WHERE note."tenant_id" = $1 AND note."deleted_at" IS NULL AND (id = 1 OR id = 2)"#,
        ),
        (
            "SELECT * FROM note n LEFT JOIN tag t ON t.note_id = n.id",
            r#"SELECT * FROM note n LEFT JOIN tag t ON t."tenant_id" = $1 AND t."gone" IS NOT TRUE AND (t.note_id = n.id) WHERE n."tenant_id" = $1 AND n."deleted_at" IS NULL"#,
        ),
        (
            "SELECT * FROM agent FULL JOIN plain USING (id)",
            r#"SELECT * FROM (SELECT * FROM agent WHERE agent."tenant_id" = $1 AND agent."is_active" = true) AS agent FULL JOIN (SELECT * FROM plain WHERE plain."tenant_id" = $1) AS plain USING(id)"#,
        ),
        (
            "UPDATE note SET title = 'a' WHERE id = 1",
            r#"UPDATE note SET title = 'a' WHERE note."tenant_id" = $1 AND note."deleted_at" IS NULL AND (id = 1)"#,
        ),
        (
            "INSERT INTO tag (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET gone = false",
            r#"INSERT INTO tag (id, "tenant_id") VALUES (1, $1) ON CONFLICT(id) DO UPDATE SET gone = false WHERE tag."tenant_id" = $1 AND tag."gone" IS NOT TRUE"#,
        ),
    ] {
        assert_eq!(planned(Dialect::Postgres, sql, false).unwrap(), scoped);
        let all = planned(Dialect::Postgres, sql, true).unwrap();
        assert!(
            !all.contains("IS NULL") && !all.contains("IS NOT TRUE") && !all.contains("= true"),
            "{all}"
        );
    }
}

#[test]
fn w12_a_delete_sets_the_mark() {
    for (dialect, sql, scoped) in [
        (
            Dialect::Postgres,
            "DELETE FROM note WHERE id = $1 RETURNING id",
            r#"UPDATE note SET "deleted_at" = CURRENT_TIMESTAMP WHERE note."tenant_id" = $2 AND note."deleted_at" IS NULL AND (id = $1) RETURNING id"#,
        ),
        (
            Dialect::Postgres,
            "DELETE FROM tag t USING plain p WHERE p.id = t.id",
            r#"UPDATE tag t SET "gone" = true FROM plain p WHERE t."tenant_id" = $1 AND t."gone" IS NOT TRUE AND p."tenant_id" = $1 AND (p.id = t.id)"#,
        ),
        (
            Dialect::Postgres,
            "WITH d AS (DELETE FROM agent RETURNING id) SELECT id FROM d",
            r#"WITH tenancy_with_1 AS (UPDATE agent SET "is_active" = false WHERE agent."tenant_id" = $1 AND agent."is_active" = true RETURNING id) SELECT id FROM tenancy_with_1 AS d"#,
        ),
        (
            Dialect::Sqlite,
            "DELETE FROM note",
            r#"UPDATE OR ABORT note SET "deleted_at" = CURRENT_TIMESTAMP WHERE note."tenant_id" = ?1 AND note."deleted_at" IS NULL"#,
        ),
        (
            Dialect::MySql,
            "DELETE FROM tag WHERE id = ? ORDER BY id LIMIT 1",
            "UPDATE tag SET `gone` = true WHERE tag.`tenant_id` = ? AND tag.`gone` IS NOT TRUE AND (id = ?) ORDER BY id LIMIT 1",
        ),
        (
            Dialect::Postgres,
            "DELETE FROM plain",
            r#"DELETE FROM plain WHERE plain."tenant_id" = $1"#,
        ),
    ] {
        assert_eq!(planned(dialect, sql, false).unwrap(), scoped);
    }
    let sql = "DELETE FROM note WHERE id = $1";
    let purge = planned(Dialect::Postgres, sql, true).unwrap();
    assert_eq!(
        purge,
        r#"DELETE FROM note WHERE note."tenant_id" = $2 AND (id = $1)"#
    );
}

#[test]
fn w12_deletes_that_no_update_stands_for_are_refused() {
    for sql in [
        "DELETE n FROM note n JOIN plain p ON p.id = n.id",
        "DELETE FROM n USING note n JOIN plain p ON p.id = n.id",
        "DELETE p, n FROM note n JOIN plain p ON p.id = n.id",
        "DELETE note FROM note",
        // MariaDB has no `UPDATE … RETURNING`.
        "DELETE FROM note RETURNING id",
    ] {
        assert_eq!(
            planned(Dialect::MySql, sql, false),
            Err(ErrorKind::Unsupported),
            "{sql}"
        );
        assert!(planned(Dialect::MySql, sql, true).is_ok(), "{sql}");
    }
    // The table beside it is not written.
    let beside = "DELETE p FROM note n JOIN plain p ON p.id = n.id";
    assert!(planned(Dialect::MySql, beside, false).is_ok());
}

/// MySQL assigns from left to right: the one guard stands first, and sees no new value.
#[test]
fn w12_an_upsert_looks_at_the_mark_first() {
    let sql = "INSERT INTO tag (id) VALUES (1) ON DUPLICATE KEY UPDATE gone = true, title = 'x'";
    let text = planned(Dialect::MySql, sql, false).unwrap();
    let guard = "UPDATE tenant_id = CASE WHEN tag.tenant_id = ? AND tag.gone IS NOT TRUE THEN";
    assert!(text.contains(guard), "{text:?}");
}

#[test]
fn a_deletion_says_so() {
    let sql = "DELETE FROM note WHERE id IN (SELECT id FROM plain)";
    let dialect = Dialect::Sqlite;
    let plan = plan(sql, &catalog().folded(dialect), dialect, Viewer::default()).unwrap();
    let steps: Vec<_> = plan
        .explain()
        .steps()
        .iter()
        .map(|step| step.placement())
        .collect();
    assert_eq!(steps, [Placement::Where, Placement::Marked]);
}

#[test]
fn a_mark_is_a_column_of_its_own() {
    for column in ["", "tenant_id"] {
        let policy = Policy::column("tenant_id", TenantColumnType::Int64);
        let policy = policy.soft_delete(SoftDelete::timestamp(column));
        let error = Catalog::builder()
            .table("note", policy)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Catalog);
    }
}
