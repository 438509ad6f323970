//! Rows that belong to a user inside their tenant.

use sea_orm::{DbBackend, Statement, Value};
use tenancy_core::TenantId;

use super::{Dialect, plan};
use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind},
    plan::{ActorKind, Ids, Plan, TenantSet, Viewer},
    policy::{Policy, id::TenantColumnType, soft_delete::SoftDelete},
};

fn catalog() -> Catalog {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Int64);
    Catalog::builder()
        .table(
            "agent",
            tenant()
                .owner_column("owner", TenantColumnType::Text)
                .public_when("is_public")
                .soft_delete(SoftDelete::timestamp("deleted_at")),
        )
        .table(
            "draft",
            tenant().owner_column("author_id", TenantColumnType::Int64),
        )
        .table("note", tenant())
        .build()
        .unwrap()
}

fn planned(dialect: Dialect, actor: ActorKind, sql: &str) -> Result<Plan, Error> {
    let viewer = Viewer {
        actor,
        ..Viewer::default()
    };
    plan(sql, &catalog().folded(dialect), dialect, viewer)
}

fn assert_postgres(actor: ActorKind, sql: &str, expected: &str) {
    assert_eq!(
        planned(Dialect::Postgres, actor, sql).unwrap().sql(),
        expected
    );
}

use ActorKind::{Administrator, Guest, Member, Service};

#[test]
fn a02_reads_are_of_own_rows_and_public_ones() {
    let sql = "SELECT * FROM agent WHERE id = 1 OR id = 2";
    for (actor, expected) in [
        (
            Administrator,
            r#"SELECT * FROM agent WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL AND (id = 1 OR id = 2)"#,
        ),
        (
            Member,
            r#"SELECT * FROM agent WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL AND (agent."owner" = $2 AND agent."owner" COLLATE "C" = $2 OR agent."is_public" = true) AND (id = 1 OR id = 2)"#,
        ),
        (
            Guest,
            r#"SELECT * FROM agent WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL AND agent."is_public" = true AND (id = 1 OR id = 2)"#,
        ),
    ] {
        assert_postgres(actor, sql, expected);
    }
    // Without such a flag: own rows, and none.
    let sql = "SELECT * FROM note n LEFT JOIN draft d ON d.id = n.id";
    assert_postgres(
        Member,
        sql,
        r#"SELECT * FROM note n LEFT JOIN draft d ON d."tenant_id" = $1 AND d."author_id" = $2 AND (d.id = n.id) WHERE n."tenant_id" = $1"#,
    );
    assert_postgres(
        Guest,
        sql,
        r#"SELECT * FROM note n LEFT JOIN draft d ON d."tenant_id" = $1 AND false AND (d.id = n.id) WHERE n."tenant_id" = $1"#,
    );
}

#[test]
fn a02_writes_are_of_own_rows() {
    assert_postgres(
        Member,
        "UPDATE agent SET title = 'a'",
        r#"UPDATE agent SET title = 'a' WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL AND agent."owner" = $2 AND agent."owner" COLLATE "C" = $2"#,
    );
    assert_postgres(
        Member,
        "DELETE FROM draft WHERE id = $1",
        r#"DELETE FROM draft WHERE draft."tenant_id" = $2 AND draft."author_id" = $3 AND (id = $1)"#,
    );
    assert_postgres(
        Guest,
        "DELETE FROM draft",
        r#"DELETE FROM draft WHERE draft."tenant_id" = $1 AND false"#,
    );
    assert_postgres(
        Administrator,
        "UPDATE draft SET author_id = 7",
        r#"UPDATE draft SET author_id = 7 WHERE draft."tenant_id" = $1"#,
    );
    assert_postgres(
        Member,
        "INSERT INTO draft (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET title = excluded.title",
        r#"INSERT INTO draft (id, "tenant_id", "author_id") VALUES (1, $1, $2) ON CONFLICT(id) DO UPDATE SET title = excluded.title WHERE draft."tenant_id" = $1 AND draft."author_id" = $2"#,
    );
}

#[test]
fn a02_inserts_are_the_members() {
    for (sql, expected) in [
        (
            "INSERT INTO draft (id, title) VALUES ($1, $2), (3, 'b')",
            r#"INSERT INTO draft (id, title, "tenant_id", "author_id") VALUES ($1, $2, $3, $4), (3, 'b', $3, $4)"#,
        ),
        (
            "INSERT INTO draft (id, author_id) VALUES ($1, $2)",
            r#"INSERT INTO draft (id, author_id, "tenant_id") VALUES ($1, $2, $3)"#,
        ),
        (
            "INSERT INTO draft DEFAULT VALUES",
            r#"INSERT INTO draft ("tenant_id", "author_id") VALUES ($1, $2)"#,
        ),
        (
            "INSERT INTO draft (id) SELECT id FROM note",
            r#"INSERT INTO draft (id, "tenant_id", "author_id") SELECT id, $1, $2 FROM note WHERE note."tenant_id" = $1"#,
        ),
    ] {
        assert_postgres(Member, sql, expected);
    }
    // An administrator chooses, and is the owner of what names none. The service is nobody.
    for (actor, sql, expected) in [
        (
            Administrator,
            "INSERT INTO draft (id, author_id) VALUES (1, (SELECT 7))",
            r#"INSERT INTO draft (id, author_id, "tenant_id") VALUES (1, (SELECT 7), $1)"#,
        ),
        (
            Administrator,
            "INSERT INTO draft (id) VALUES (1)",
            r#"INSERT INTO draft (id, "tenant_id", "author_id") VALUES (1, $1, $2)"#,
        ),
        (
            Service,
            "INSERT INTO draft (id) VALUES (1)",
            r#"INSERT INTO draft (id, "tenant_id") VALUES (1, $1)"#,
        ),
    ] {
        assert_postgres(actor, sql, expected);
    }
}

#[test]
fn a02_rows_are_not_given_to_others() {
    for (actor, sql) in [
        (
            Member,
            "INSERT INTO draft (id, author_id) SELECT id, author_id FROM draft",
        ),
        (
            Member,
            "INSERT INTO draft (id, author_id) SELECT id, 1 + 1 FROM note",
        ),
        (
            Member,
            "INSERT INTO draft (id, author_id) VALUES (1, (SELECT 2))",
        ),
        (Member, "UPDATE draft SET author_id = author_id + 1"),
        (Member, "UPDATE draft SET author_id = (SELECT 2)"),
        (Guest, "INSERT INTO draft (id) VALUES (1)"),
        (Guest, "INSERT INTO draft DEFAULT VALUES"),
    ] {
        let error = planned(Dialect::Postgres, actor, sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignOwner, "{sql}: {error}");
        assert_eq!(error.problem().status(), 403);
    }
    // What is bound is compared.
    for (sql, value, allowed) in [
        (
            "INSERT INTO draft (id, author_id) VALUES (1, $1)",
            Value::from(7_i64),
            true,
        ),
        (
            "INSERT INTO draft (id, author_id) VALUES (1, $1)",
            Value::from(7_i32),
            true,
        ),
        (
            "INSERT INTO draft (id, author_id) VALUES (1, $1)",
            Value::BigInt(None),
            true,
        ),
        (
            "INSERT INTO draft (id, author_id) VALUES (1, $1)",
            Value::from(8_i64),
            false,
        ),
        ("UPDATE draft SET author_id = $1", Value::from(7_i64), true),
        ("UPDATE draft SET author_id = $1", Value::from(8_i64), false),
        (
            "UPDATE draft SET author_id = $1",
            Value::BigInt(None),
            false,
        ),
    ] {
        let plan = planned(Dialect::Postgres, Member, sql).unwrap();
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [value.clone()]);
        let tenant = TenantId::integer(1).unwrap();
        let ids = Ids {
            tenants: TenantSet::Own(&tenant),
            user: Some("7"),
        };
        let bound = plan.bind(statement, ids);
        match allowed {
            true => {
                let values = bound.unwrap().values.unwrap().0;
                assert_eq!(values.first(), Some(&Value::from(7_i64)), "{sql} {value:?}");
            }
            false => assert_eq!(
                bound.unwrap_err().kind(),
                ErrorKind::ForeignOwner,
                "{sql} {value:?}"
            ),
        }
    }
    for sql in [
        "UPDATE draft SET author_id = 7",
        "INSERT INTO draft (id, author_id) VALUES (1, 8)",
    ] {
        let plan = planned(Dialect::Postgres, Member, sql).unwrap();
        let tenant = TenantId::integer(1).unwrap();
        let ids = Ids {
            tenants: TenantSet::Own(&tenant),
            user: Some("7"),
        };
        let bound = plan.bind(Statement::from_string(DbBackend::Postgres, sql), ids);
        assert_eq!(bound.is_ok(), sql.contains("UPDATE"), "{sql}");
    }
}

#[test]
fn a_subject_that_is_no_id_of_the_column_is_refused() {
    let tenant = TenantId::integer(1).unwrap();
    let sql = "SELECT * FROM draft";
    let plan = planned(Dialect::Sqlite, Member, sql).unwrap();
    for (user, fits) in [
        ("7", true),
        ("ann", false),
        ("", false),
        ("+7", false),
        ("007", false),
    ] {
        let statement = Statement::from_string(DbBackend::Sqlite, sql);
        let bound = plan.bind(
            statement,
            Ids {
                tenants: TenantSet::Own(&tenant),
                user: Some(user),
            },
        );
        assert_eq!(bound.is_ok(), fits, "{user}");
    }
}

#[test]
fn what_could_reach_rows_of_others_is_refused() {
    for (dialect, sql) in [
        (Dialect::Postgres, "SELECT * FROM agent FOR UPDATE"),
        (
            Dialect::Postgres,
            "SELECT * FROM note, agent FOR SHARE OF agent",
        ),
        (
            Dialect::MySql,
            "UPDATE agent a JOIN note n ON n.id = a.id SET a.title = 'x'",
        ),
        (
            Dialect::MySql,
            "DELETE a FROM agent a JOIN note n ON n.id = a.id",
        ),
    ] {
        for actor in [Member, Guest] {
            assert!(planned(dialect, actor, sql).is_err(), "{sql}");
        }
    }
    // Where nothing is public, what is read may be changed.
    for (dialect, sql) in [
        (Dialect::Postgres, "SELECT * FROM draft FOR UPDATE"),
        (
            Dialect::MySql,
            "UPDATE draft d JOIN note n ON n.id = d.id SET d.title = 'x'",
        ),
    ] {
        assert!(planned(dialect, Member, sql).is_ok(), "{sql}");
    }
    let given = "UPDATE draft d JOIN note n ON n.id = d.id SET d.author_id = d.author_id + 1";
    let error = planned(Dialect::MySql, Member, given).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignOwner);
    for sql in [
        "SELECT * FROM agent FOR UPDATE",
        "SELECT * FROM note, agent FOR SHARE OF agent",
    ] {
        assert!(
            planned(Dialect::Postgres, Administrator, sql).is_ok(),
            "{sql}"
        );
    }
    let beside = "SELECT * FROM note n, agent a WHERE a.id = n.id FOR UPDATE OF n";
    assert!(planned(Dialect::Postgres, Member, beside).is_ok());
}

#[test]
fn a_policys_columns_are_for_one_thing_each() {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Int64);
    for policy in [
        tenant().public_when("is_public"),
        tenant().owner_column("tenant_id", TenantColumnType::Int64),
        tenant()
            .owner_column("owner", TenantColumnType::Int64)
            .public_when("owner"),
        tenant().owner_column("", TenantColumnType::Int64),
        tenant()
            .owner_column("owner", TenantColumnType::Text)
            .soft_delete(SoftDelete::timestamp("owner")),
    ] {
        let error = Catalog::builder()
            .table("agent", policy)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Catalog);
    }
}

#[test]
fn an_upsert_may_keep_the_owner_that_the_row_has() {
    for (dialect, sql) in [
        (
            Dialect::Postgres,
            "INSERT INTO draft (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET author_id = excluded.author_id",
        ),
        (
            Dialect::MySql,
            "INSERT INTO draft (id) VALUES (1) ON DUPLICATE KEY UPDATE author_id = VALUES(author_id)",
        ),
        (
            Dialect::MySql,
            "INSERT INTO draft (id) VALUES (1) ON DUPLICATE KEY UPDATE author_id = author_id",
        ),
        (
            Dialect::MySql,
            "INSERT INTO draft (id) VALUES (1) AS n ON DUPLICATE KEY UPDATE author_id = n.author_id",
        ),
    ] {
        assert!(planned(dialect, Member, sql).is_ok(), "{sql}");
    }
    for (dialect, sql) in [
        (
            Dialect::Postgres,
            "INSERT INTO draft (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET author_id = excluded.id",
        ),
        (
            Dialect::MySql,
            "INSERT INTO draft (id) VALUES (1) ON DUPLICATE KEY UPDATE author_id = id",
        ),
    ] {
        let error = planned(dialect, Member, sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignOwner, "{sql}");
    }
}

/// A `*` may yield two columns and another one none: the checked constant would be another
/// column's.
#[test]
fn w02_a_wildcard_beside_a_named_tenant_is_refused() {
    for sql in [
        "INSERT INTO note (id, tenant_id, x) SELECT s.*, 5, e.* FROM (SELECT 1, 99) s, (SELECT FROM note LIMIT 1) e",
        "INSERT INTO note (id, tenant_id, x) SELECT *, 5 FROM (SELECT 1, 99) s",
        "INSERT INTO draft (id, author_id, x) SELECT s.*, 7, e.* FROM (SELECT 1, 9) s, (SELECT FROM note LIMIT 1) e",
    ] {
        let error = planned(Dialect::Postgres, Member, sql).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{sql}: {error}");
    }
}

/// They null-extend what they group by, a constant by its position too.
#[test]
fn w02_grouping_sets_do_not_unmake_the_tenant() {
    for (dialect, sql) in [
        (
            Dialect::Postgres,
            "INSERT INTO draft (id) SELECT count(*) FROM note GROUP BY ROLLUP (2, 3)",
        ),
        (
            Dialect::Postgres,
            "INSERT INTO draft (id) SELECT count(*) FROM note GROUP BY GROUPING SETS ((2, 3), (2))",
        ),
        (
            Dialect::Postgres,
            "INSERT INTO draft (id) SELECT 1 UNION SELECT count(*) FROM note GROUP BY CUBE (2)",
        ),
        (
            Dialect::Postgres,
            "INSERT INTO draft (id, tenant_id) SELECT count(*), 5 FROM note GROUP BY ROLLUP (2)",
        ),
        (
            Dialect::MySql,
            "INSERT INTO draft (id) SELECT count(*) FROM note GROUP BY 3 WITH ROLLUP",
        ),
    ] {
        assert!(planned(dialect, Member, sql).is_err(), "{sql}");
    }
    let plain = "INSERT INTO draft (id) SELECT count(*) FROM note GROUP BY title";
    assert!(planned(Dialect::Postgres, Member, plain).is_ok());
}

/// SQLite's other names of an `INTEGER PRIMARY KEY`.
#[test]
fn w05_a_row_id_may_be_the_tenant() {
    for sql in [
        "UPDATE draft SET rowid = 9",
        "UPDATE draft SET \"ROWID\" = 9",
        "UPDATE draft SET (title, oid) = ('a', 9)",
        "INSERT INTO draft (author_id, rowid, title) VALUES (7, 8, 'a')",
        "INSERT INTO draft (_rowid_) VALUES (8)",
        "INSERT INTO draft (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET [oid] = 9",
    ] {
        for actor in [Member, Service] {
            assert!(planned(Dialect::Sqlite, actor, sql).is_err(), "{sql}");
        }
    }
    // Elsewhere they are names like others.
    assert!(planned(Dialect::Postgres, Member, "UPDATE draft SET rowid = 9").is_ok());
}
