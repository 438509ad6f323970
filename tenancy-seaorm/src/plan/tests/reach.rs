//! A04: statements of an elevation, which reach several tenants.

use sea_orm::{Statement, Value};
use tenancy_core::TenantId;

use super::{Dialect, plan};
use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    plan::{Ids, Plan, PlanCache, Reach, TenantSet, Viewer},
    policy::{Policy, id::TenantColumnType, soft_delete::SoftDelete},
};

fn catalog() -> Catalog {
    let tenant = |kind| Policy::column("tenant_id", kind);
    Catalog::builder()
        .table("note", tenant(TenantColumnType::Int64))
        .table(
            "draft",
            tenant(TenantColumnType::Int64)
                .owner_column("author_id", TenantColumnType::Text)
                .public_when("is_public")
                .soft_delete(SoftDelete::timestamp("deleted_at")),
        )
        .table("memo", tenant(TenantColumnType::Text))
        .reference_table("country")
        .build()
        .unwrap()
}

fn viewer(reach: Reach) -> Viewer {
    Viewer {
        is_platform: reach == Reach::All,
        reach,
        ..Viewer::default()
    }
}

fn planned(dialect: Dialect, reach: Reach, sql: &str) -> Result<Plan, Error> {
    plan(sql, &catalog().folded(dialect), dialect, viewer(reach))
}

fn assert_plan(dialect: Dialect, reach: Reach, sql: &str, expected: &str) {
    assert_eq!(planned(dialect, reach, sql).unwrap().sql(), expected);
}

fn assert_refused(reach: Reach, sql: &str, kind: ErrorKind) {
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let refused = planned(dialect, reach, sql).map(|plan| plan.sql());
        assert_eq!(refused.unwrap_err().kind(), kind, "{dialect:?}: {sql}");
    }
}

use Reach::{All, Chosen};

#[test]
fn a04_reads_are_of_the_chosen_tenants_or_of_rows_that_have_one() {
    let sql = "SELECT * FROM note WHERE id = 1 OR id = 2";
    for (reach, expected) in [
        (Chosen(1), r#"note."tenant_id" = $1"#),
        (Chosen(3), r#"note."tenant_id" IN ($1, $2, $3)"#),
        (All, r#"note."tenant_id" IS NOT NULL"#),
    ] {
        let expected = format!("SELECT * FROM note WHERE {expected} AND (id = 1 OR id = 2)");
        assert_plan(Dialect::Postgres, reach, sql, &expected);
    }
    // The same tenants for every table of a kind; all rows of users; none that are marked.
    assert_plan(
        Dialect::Postgres,
        Chosen(2),
        "SELECT * FROM note n LEFT JOIN draft d ON d.id = n.id WHERE n.id = $1",
        r#"SELECT * FROM note n LEFT JOIN draft d ON d."tenant_id" IN ($2, $3) AND d."deleted_at" IS NULL AND (d.id = n.id) WHERE n."tenant_id" IN ($2, $3) AND (n.id = $1)"#,
    );
}

#[test]
fn a04_tenants_of_text_compare_byte_by_byte() {
    for (dialect, expected) in [
        (
            Dialect::Sqlite,
            r#"SELECT id FROM memo WHERE memo."tenant_id" COLLATE BINARY IN (?1, ?2)"#,
        ),
        (
            Dialect::Postgres,
            r#"SELECT id FROM memo WHERE memo."tenant_id" IN ($1, $2) AND memo."tenant_id" COLLATE "C" IN ($1, $2)"#,
        ),
        (
            Dialect::MySql,
            "SELECT id FROM memo WHERE memo.`tenant_id` IN (?, ?) AND CAST(memo.`tenant_id` AS BINARY) IN (CAST(? AS BINARY), CAST(? AS BINARY))",
        ),
    ] {
        assert_plan(dialect, Chosen(2), "SELECT id FROM memo", expected);
    }
}

#[test]
fn a04_writes_carry_the_tenants() {
    assert_plan(
        Dialect::Sqlite,
        Chosen(2),
        "UPDATE note SET title = ? WHERE id = ? OR id = ?",
        r#"UPDATE OR ABORT note SET title = ?1 WHERE note."tenant_id" IN (?4, ?5) AND (id = ?2 OR id = ?3)"#,
    );
    assert_plan(
        Dialect::Sqlite,
        Chosen(2),
        "INSERT INTO note (id, tenant_id) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET title = 'a'",
        r#"INSERT OR ABORT INTO note (id, tenant_id) VALUES (1, ?1) ON CONFLICT(id) DO UPDATE SET title = 'a' WHERE note."tenant_id" IN (?2, ?3)"#,
    );
    assert_plan(
        Dialect::MySql,
        Chosen(2),
        "INSERT INTO note (id, tenant_id) VALUES (1, ?) ON DUPLICATE KEY UPDATE title = 'a'",
        "INSERT INTO note (id, tenant_id) VALUES (1, ?) ON DUPLICATE KEY UPDATE tenant_id = CASE WHEN note.tenant_id IN (?, ?) THEN note.tenant_id ELSE (SELECT note.tenant_id UNION ALL SELECT note.tenant_id) END, title = 'a'",
    );
    assert_plan(
        Dialect::Postgres,
        Chosen(2),
        "INSERT INTO note (id, tenant_id) SELECT d.id, d.tenant_id FROM draft d",
        r#"INSERT INTO note (id, tenant_id) SELECT d.id, d.tenant_id FROM draft d WHERE d."tenant_id" IN ($1, $2) AND d."deleted_at" IS NULL"#,
    );
}

#[test]
fn a04_rows_say_which_tenants_they_are_and_stay_its() {
    for reach in [Chosen(1), Chosen(2), All] {
        for sql in [
            "INSERT INTO note (title) VALUES ('a')",
            "INSERT INTO note (title) SELECT title FROM note",
            "INSERT INTO note (tenant_id, title) VALUES (NULL, 'a')",
            "INSERT INTO note (tenant_id, title) SELECT NULL, title FROM note",
        ] {
            assert_refused(reach, sql, ErrorKind::MissingTenant);
        }
        for (dialect, sql) in [
            (Dialect::Sqlite, "INSERT INTO note DEFAULT VALUES"),
            (Dialect::Postgres, "INSERT INTO note VALUES (DEFAULT)"),
            (Dialect::MySql, "INSERT INTO note VALUES ()"),
            (Dialect::MySql, "INSERT INTO note SET title = 'a'"),
            (
                Dialect::MySql,
                "INSERT INTO note SET tenant_id = NULL, title = 'a'",
            ),
        ] {
            let refused = planned(dialect, reach, sql).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::MissingTenant, "{sql}");
        }
        for sql in [
            "INSERT INTO note (tenant_id, title) VALUES (DEFAULT, 'a')",
            "INSERT INTO note (tenant_id, title) VALUES (1 + 1, 'a')",
            "INSERT INTO note (tenant_id, title) VALUES ((SELECT tenant_id FROM note), 'a')",
            "INSERT INTO note (tenant_id, title) SELECT id, title FROM note",
            "INSERT INTO note (tenant_id, title) SELECT d.tenant_id, n.title FROM note n LEFT JOIN draft d ON d.id = n.id",
            "INSERT INTO note (tenant_id) SELECT tenant_id FROM note UNION SELECT 2",
            "UPDATE note SET tenant_id = 1",
            "UPDATE note SET tenant_id = tenant_id",
        ] {
            assert_refused(reach, sql, ErrorKind::ForeignTenant);
        }
        for (dialect, sql) in [
            (
                Dialect::Sqlite,
                "INSERT INTO note (id, tenant_id) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id",
            ),
            (
                Dialect::Postgres,
                "INSERT INTO note (id, tenant_id) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET tenant_id = 1",
            ),
            (
                Dialect::MySql,
                "INSERT INTO note (id, tenant_id) VALUES (1, 1) ON DUPLICATE KEY UPDATE tenant_id = VALUES(tenant_id)",
            ),
            (
                Dialect::MySql,
                "UPDATE note n JOIN draft d ON d.id = n.id SET n.tenant_id = d.tenant_id",
            ),
            (
                Dialect::MySql,
                "UPDATE note n JOIN draft d ON d.id = n.id SET n.tenant_id = 1",
            ),
        ] {
            let refused = planned(dialect, reach, sql).map(|plan| plan.sql());
            assert_eq!(
                refused.unwrap_err().kind(),
                ErrorKind::ForeignTenant,
                "{sql}"
            );
        }
    }
}

#[test]
fn w14_reference_tables_are_written_over_all_tenants_only() {
    let sql = "INSERT INTO country (id) VALUES (1)";
    assert_refused(Chosen(2), sql, ErrorKind::ReadOnlyTable);
    assert_plan(Dialect::Postgres, All, sql, sql);
}

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn bind(
    reach: Reach,
    ids: &[TenantId],
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<Value>, Error> {
    let plan = planned(Dialect::Postgres, reach, sql)?;
    let tenants = match reach {
        All => TenantSet::All,
        Chosen(_) | Reach::Own => TenantSet::Chosen(ids),
    };
    let statement = Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values);
    let bound = plan.bind(
        statement,
        Ids {
            tenants,
            user: None,
        },
    )?;
    Ok(bound.values.map(|values| values.0).unwrap_or_default())
}

#[test]
fn a04_what_a_row_names_is_bound_in_the_type_of_the_column() {
    let two = [id(1), id(2)];
    let sql = "INSERT INTO note (id, tenant_id) VALUES (1, $1), (2, '2')";
    for reach in [Chosen(2), All] {
        for given in [Value::from(1_i64), Value::from(1_i32), Value::from("1")] {
            let bound = bind(reach, &two, sql, vec![given]).unwrap();
            assert_eq!(bound, [Value::from(1_i64), Value::from(2_i64)]);
        }
        for (given, kind) in [
            (Value::BigInt(None), ErrorKind::MissingTenant),
            (Value::String(None), ErrorKind::MissingTenant),
            (Value::from(0_i64), ErrorKind::ForeignTenant),
            (Value::from("1 "), ErrorKind::ForeignTenant),
            (Value::from("acme"), ErrorKind::ForeignTenant),
            (Value::from(true), ErrorKind::ForeignTenant),
        ] {
            let refused = bind(reach, &two, sql, vec![given.clone()]).unwrap_err();
            assert_eq!(refused.kind(), kind, "{given:?}");
        }
    }
    let three = vec![Value::from(3_i64)];
    assert!(bind(All, &[], sql, three.clone()).is_ok());
    let refused = bind(Chosen(2), &two, sql, three).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ForeignTenant);

    // In a column of text, an id is spelt in one way.
    let sql = "INSERT INTO memo (id, tenant_id) VALUES (1, $1)";
    let spelt = "0ac3e000-0000-4000-8000-000000000001";
    for (given, is_id) in [
        ("acme", true),
        ("7", true),
        ("07", false),
        ("", false),
        (" acme", false),
        (spelt, true),
        (&spelt.to_uppercase(), false),
        ("00000000-0000-0000-0000-000000000000", false),
    ] {
        let bound = bind(All, &[], sql, vec![given.into()]);
        assert_eq!(bound.is_ok(), is_id, "{given:?}");
    }
}

#[test]
fn r19_plans_of_elevations_are_not_kept() {
    let cache = PlanCache::new(&catalog(), Dialect::Postgres);
    let sql = "SELECT * FROM note";
    for reach in [Chosen(1), Chosen(2), All] {
        cache.plan(sql, viewer(reach)).unwrap();
    }
    assert_eq!(cache.size().0.len(), 0);
    let own = cache.plan(sql, Viewer::default()).unwrap();
    assert_eq!(
        own.sql(),
        r#"SELECT * FROM note WHERE note."tenant_id" = $1"#
    );
    let two = cache.plan(sql, viewer(Chosen(2))).unwrap();
    assert_eq!(
        two.sql(),
        r#"SELECT * FROM note WHERE note."tenant_id" IN ($1, $2)"#
    );
    assert_eq!(cache.size().0.values().sum::<usize>(), 1);
}

#[test]
fn r20_a_thousand_tenants_are_planned_for_every_table_of_a_statement() {
    let sql = "SELECT * FROM note a JOIN note b ON b.id = a.id FULL JOIN memo c ON c.id = a.id WHERE EXISTS (SELECT 1 FROM draft)";
    let plan = planned(Dialect::Postgres, Chosen(1000), sql).unwrap();
    let last = plan.sql().matches("$1000").count();
    assert_eq!(last, 3, "the last of the number's tenants, for each table");
    assert_eq!(
        plan.sql().matches("$2000").count(),
        2,
        "of the text's, twice"
    );
    assert_eq!(
        plan.explain().to_string().lines().last(),
        Some("  binds the elevation's tenants")
    );
}

#[cfg(feature = "audit")]
#[test]
fn a03_an_elevation_reads_the_audit_trail_and_does_not_write_it() {
    let catalog = Catalog::builder().audit_trail().build().unwrap();
    let dialect = Dialect::Postgres;
    for reach in [Chosen(2), All] {
        let planned = |sql| plan(sql, &catalog.folded(dialect), dialect, viewer(reach));
        assert!(planned("SELECT * FROM tenancy_audit").is_ok());
        for sql in [
            "DELETE FROM tenancy_audit",
            "UPDATE tenancy_audit SET hash = ''",
            "INSERT INTO tenancy_audit (tenant_id) VALUES ('acme')",
        ] {
            let refused = planned(sql).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReadOnlyTable, "{sql}");
        }
    }
}
