//! Rows that other tenants read.

use super::{Bare, Dialect, plan};
use crate::{
    TenantColumnType::{self, Int64, Text, Uuid},
    catalog::Catalog,
    error::{Error, ErrorKind},
    plan::{ActorKind, Plan, Reach, Viewer},
    policy::{
        Policy,
        condition::Condition,
        sharing::{Assignments, Grants},
        soft_delete::SoftDelete,
    },
};

fn agents(ids: TenantColumnType, grants: Grants) -> Policy {
    Policy::column("tenant_id", ids).shared_by_column("mode", grants)
}

fn in_table(ids: TenantColumnType) -> Grants {
    Grants::table_named("agent_share", ("agent_id", ids), ("grantee", ids))
}

/// Rows of users, and of tenants alone.
fn catalog() -> Catalog {
    let grants = |name: &str| Grants::table_named(name, ("row_id", Int64), ("grantee", Int64));
    let tenant = || Policy::column("tenant_id", Int64);
    Catalog::builder()
        .table(
            "agent",
            agents(Int64, in_table(Int64))
                .owner_column("owner", Int64)
                .soft_delete(SoftDelete::timestamp("deleted_at")),
        )
        .table("agent_share", tenant())
        .table(
            "office.paper",
            tenant().shared_by_column("mode", grants("office.paper_share")),
        )
        .table("office.paper_share", tenant())
        .table("poster", tenant().shared_by_column("mode", Grants::none()))
        .table(
            "template",
            tenant().provided_when(
                "kind",
                Assignments::table_named("assignment", "provider_id", "user_id", Int64),
            ),
        )
        .reference_table("assignment")
        .table(
            "invoice",
            tenant()
                .visible_when(Condition::column("is_secret").is_true().negated())
                .editable_when(
                    Condition::column("status")
                        .is_in(["draft", "it's"])
                        .or(Condition::column("total").lt(0)),
                ),
        )
        .table("statement", tenant().read_only())
        .build()
        .unwrap()
}

fn planned(catalog: &Catalog, dialect: Dialect, viewer: Viewer, sql: &str) -> Result<Plan, Error> {
    plan(sql, &catalog.folded(dialect), dialect, viewer)
}

fn actor(actor: ActorKind) -> Viewer {
    Viewer {
        actor,
        ..Viewer::default()
    }
}

fn text(dialect: Dialect, of: ActorKind, sql: &str) -> Bare {
    let plan = planned(&catalog(), dialect, actor(of), sql).unwrap();
    plan.sql()
}

fn refusal(viewer: Viewer, sql: &str) -> Error {
    planned(&catalog(), Dialect::Postgres, viewer, sql).unwrap_err()
}

use ActorKind::{Administrator, Guest, Member, Service};

#[test]
fn a01_rows_of_others_are_read_by_their_mode_and_a_grant_of_their_own_tenant() {
    assert_eq!(
        text(
            Dialect::Postgres,
            Service,
            "SELECT id FROM agent a WHERE a.id = 1"
        ),
        concat!(
            r#"SELECT id FROM agent a WHERE (a."tenant_id" = $1 AND a."deleted_at" IS NULL OR a."deleted_at" IS NULL AND (a."mode" = 'global' AND CAST(a."mode" AS TEXT) COLLATE "C" = 'global' OR "#,
            r#"a."mode" = 'selective' AND CAST(a."mode" AS TEXT) COLLATE "C" = 'selective' AND a."id" = ANY(ARRAY(SELECT "tenancy_list"."agent_id" FROM "agent_share" AS "tenancy_list" WHERE "tenancy_list"."grantee" = $1)) "#,
            r#"AND EXISTS (SELECT 1 FROM "agent_share" AS "tenancy_list" WHERE "tenancy_list"."grantee" = $1 AND "tenancy_list"."agent_id" = a."id" "#,
            r#"AND "tenancy_list"."tenant_id" = a."tenant_id"))) AND (a.id = 1)"#
        ),
    );
    assert_eq!(
        text(
            Dialect::Sqlite,
            Member,
            "SELECT id FROM agent a WHERE a.id = ?"
        ),
        concat!(
            r#"SELECT id FROM agent a WHERE (a."tenant_id" = ?2 AND a."deleted_at" IS NULL AND a."owner" = ?3 OR a."deleted_at" IS NULL AND (a."mode" COLLATE BINARY = 'global' OR "#,
            r#"a."mode" COLLATE BINARY = 'selective' AND a."id" IN (SELECT "tenancy_list"."agent_id" FROM "agent_share" AS "tenancy_list" WHERE "tenancy_list"."grantee" = ?2) "#,
            r#"AND EXISTS (SELECT 1 FROM "agent_share" AS "tenancy_list" WHERE "tenancy_list"."grantee" = ?2 AND "tenancy_list"."agent_id" = a."id" "#,
            r#"AND "tenancy_list"."tenant_id" = a."tenant_id"))) AND (a.id = ?1)"#
        ),
    );
    assert_eq!(
        text(Dialect::MySql, Guest, "SELECT id FROM poster"),
        "SELECT id FROM poster WHERE (poster.`tenant_id` = ? OR poster.`mode` = 'global' AND CAST(poster.`mode` AS BINARY) = 'global')",
    );
}

#[test]
fn a01_rows_of_others_are_written_by_nobody() {
    for of in [Service, Administrator] {
        assert_eq!(
            text(Dialect::Postgres, of, "UPDATE agent SET title = 'x'"),
            r#"UPDATE agent SET title = 'x' WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL"#,
        );
    }
    assert_eq!(
        text(Dialect::Postgres, Member, "DELETE FROM office.paper"),
        r#"DELETE FROM office.paper WHERE paper."tenant_id" = $1"#,
    );
    // They are beside what is written, as they are read.
    assert!(
        text(
            Dialect::Postgres,
            Service,
            "UPDATE poster SET title = p.title FROM office.paper p"
        )
        .contains(r#""paper_share""#)
    );
    for sql in [
        "SELECT * FROM poster FOR UPDATE",
        "SELECT * FROM agent FOR SHARE",
        "SELECT * FROM agent_share FOR UPDATE",
        "SELECT * FROM template FOR UPDATE",
    ] {
        assert_eq!(
            refusal(Viewer::default(), sql).kind(),
            ErrorKind::ReadOnlyTable,
            "{sql}"
        );
    }
}

#[test]
fn only_editable_rows_are_read_where_that_is_asked_for() {
    let only = |actor| Viewer {
        only_editable: true,
        actor,
        ..Viewer::default()
    };
    let sql = "SELECT * FROM agent FOR UPDATE";
    let plan = planned(&catalog(), Dialect::Postgres, only(Member), sql).unwrap();
    assert_eq!(
        plan.sql(),
        r#"SELECT * FROM agent WHERE agent."tenant_id" = $1 AND agent."deleted_at" IS NULL AND agent."owner" = $2 FOR UPDATE"#
    );
}

#[test]
fn a01_a_query_that_names_the_tenant_of_a_shared_row_is_refused() {
    for source in ["agent", "poster", "template", "agent_share"] {
        let sql = format!("INSERT INTO statement2 (tenant_id) SELECT tenant_id FROM {source}");
        let sql = sql.replace("statement2", "invoice");
        let refused = refusal(Viewer::default(), &sql);
        assert_eq!(refused.kind(), ErrorKind::ForeignTenant, "{sql}");
    }
    let own = "INSERT INTO invoice (tenant_id) SELECT tenant_id FROM invoice";
    text(Dialect::Postgres, Service, own);
}

#[test]
fn a03_no_name_of_the_statement_stands_for_the_grants() {
    for sql in [
        "WITH agent_share AS (SELECT 1 AS agent_id, 2 AS grantee, 3 AS tenant_id) SELECT * FROM agent",
        "WITH x AS (SELECT * FROM agent), agent_share AS (SELECT 1) SELECT * FROM x",
        "SELECT * FROM (WITH agent_share AS (SELECT 1) SELECT * FROM agent) x",
        "SELECT (WITH agent_share AS (SELECT 1) SELECT 1), id FROM agent",
        "WITH \"AGENT_SHARE\" AS (SELECT 1) SELECT * FROM agent",
        "WITH paper_share AS (SELECT 1) SELECT * FROM office.paper",
        "WITH assignment AS (SELECT 1 AS provider_id, 2 AS user_id) SELECT * FROM template",
        "SELECT * FROM agent AS tenancy_list",
        "SELECT * FROM agent AS \"Tenancy_List\"",
        "SELECT * FROM template AS tenancy_list",
    ] {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let refused = planned(&catalog(), dialect, Viewer::default(), sql).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::Unsupported, "{sql}");
        }
    }
    let other = "WITH agent_shares AS (SELECT 1 AS id) SELECT * FROM agent_shares";
    text(Dialect::Postgres, Service, other);
    // Who reads only own rows asks no grants.
    let only = Viewer {
        only_editable: true,
        ..Viewer::default()
    };
    let sql = "WITH agent_share AS (SELECT 1 AS id) SELECT * FROM agent, agent_share";
    planned(&catalog(), Dialect::Postgres, only, sql).unwrap();
}

#[test]
fn sqlite_makes_no_join_of_exists_where_a_predicate_has_an_or() {
    assert_eq!(
        text(
            Dialect::Sqlite,
            Service,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM poster p WHERE p.id > 0) OR NOT EXISTS (SELECT 1 FROM poster q)"
        ),
        concat!(
            r#"SELECT 1 WHERE (CASE WHEN EXISTS (SELECT 1 FROM poster p WHERE (p."tenant_id" = ?1 OR p."mode" COLLATE BINARY = 'global') AND (p.id > 0)) THEN 1 ELSE 0 END) "#,
            r#"OR NOT EXISTS (SELECT 1 FROM poster q WHERE (q."tenant_id" = ?1 OR q."mode" COLLATE BINARY = 'global'))"#
        )
    );
    let plain = "SELECT 1 WHERE EXISTS (SELECT 1 FROM invoice)";
    assert!(!text(Dialect::Sqlite, Service, plain).contains("IS TRUE"));
    assert!(
        !text(
            Dialect::Postgres,
            Service,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM poster)"
        )
        .contains("IS TRUE")
    );
}

#[test]
fn mysql_inserts_no_rows_whose_values_come_from_behind_a_fence_of_the_same_table() {
    let rows = |table: &str, rows: &str| format!("INSERT INTO {table} (id, n) VALUES {rows}");
    let count = "(1, 1), (2, (SELECT COUNT(p.id) FROM poster p WHERE ABS(p.n) > 0))";
    let refused = planned(
        &catalog(),
        Dialect::MySql,
        Viewer::default(),
        &rows("poster", count),
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    for (dialect, sql) in [
        (Dialect::MySql, rows("invoice", count)),
        (
            Dialect::MySql,
            rows(
                "poster",
                "(2, (SELECT COUNT(p.id) FROM poster p WHERE ABS(p.n) > 0))",
            ),
        ),
        (Dialect::Postgres, rows("poster", count)),
    ] {
        text(dialect, Service, &sql);
    }
}

#[test]
fn both_tenants_read_a_grant_and_the_giver_alone_writes_it() {
    assert_eq!(
        text(
            Dialect::Postgres,
            Service,
            "SELECT * FROM office.paper_share s"
        ),
        r#"SELECT * FROM office.paper_share s WHERE (s."tenant_id" = $1 OR s."grantee" = $1)"#,
    );
    assert_eq!(
        text(Dialect::Postgres, Guest, "DELETE FROM office.paper_share"),
        r#"DELETE FROM office.paper_share WHERE paper_share."tenant_id" = $1"#,
    );
    assert_eq!(
        text(
            Dialect::Postgres,
            Member,
            "INSERT INTO office.paper_share (row_id, grantee) VALUES (1, 2)"
        ),
        r#"INSERT INTO office.paper_share (row_id, grantee, "tenant_id") VALUES (1, 2, $1)"#,
    );
}

#[test]
fn a03_users_give_no_grants_for_rows_of_others() {
    assert_eq!(
        text(Dialect::Postgres, Member, "DELETE FROM agent_share s"),
        concat!(
            r#"DELETE FROM agent_share s WHERE s."tenant_id" = $1 AND EXISTS (SELECT 1 FROM "agent" AS "tenancy_list" "#,
            r#"WHERE "tenancy_list"."owner" = $2 AND "tenancy_list"."id" = s."agent_id" AND "tenancy_list"."tenant_id" = s."tenant_id")"#
        ),
    );
    assert_eq!(
        text(Dialect::Postgres, Guest, "DELETE FROM agent_share s"),
        r#"DELETE FROM agent_share s WHERE s."tenant_id" = $1 AND false"#,
    );
    for sql in [
        "INSERT INTO agent_share (agent_id, grantee) VALUES (1, 2)",
        "INSERT INTO agent_share (agent_id, grantee) SELECT id, 2 FROM agent",
        "INSERT INTO agent_share DEFAULT VALUES",
        "UPDATE agent_share SET agent_id = 2",
        "UPDATE agent_share SET \"agent_id\" = 2",
        "UPDATE agent_share SET (grantee, agent_id) = (1, 2)",
        "INSERT INTO agent_share (agent_id, grantee) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET agent_id = 3",
    ] {
        for of in [Member, Guest] {
            let kind = refusal(actor(of), sql).kind();
            assert_eq!(kind, ErrorKind::ForeignOwner, "{sql}");
        }
        text(Dialect::Postgres, Administrator, sql);
        text(Dialect::Postgres, Service, sql);
    }
    let sql =
        "WITH agent AS (SELECT 1 AS id, 2 AS owner, 3 AS tenant_id) SELECT * FROM agent_share";
    assert_eq!(refusal(actor(Member), sql).kind(), ErrorKind::Unsupported);
    let sql = "UPDATE agent_share SET rowid = 2";
    let refused = planned(&catalog(), Dialect::Sqlite, actor(Member), sql).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
    // What a grant lets its tenant do is the giver's to say.
    text(
        Dialect::Postgres,
        Member,
        "UPDATE agent_share SET grantee = 3",
    );
    let shares = Viewer {
        shares: true,
        only_editable: true,
        ..actor(Member)
    };
    let sql = "INSERT INTO agent_share (agent_id, grantee) SELECT id, $2 FROM agent WHERE id = $1";
    assert_eq!(
        planned(&catalog(), Dialect::Postgres, shares, sql)
            .unwrap()
            .sql(),
        r#"INSERT INTO agent_share (agent_id, grantee, "tenant_id") SELECT id, $2, $3 FROM agent WHERE agent."tenant_id" = $3 AND agent."deleted_at" IS NULL AND agent."owner" = $4 AND (id = $1)"#
    );
}

#[test]
fn texts_are_compared_byte_by_byte_in_grants_too() {
    let catalog = Catalog::builder()
        .table("agent", agents(Text, in_table(Text)))
        .table("agent_share", Policy::column("tenant_id", Text))
        .build()
        .unwrap();
    for (dialect, exact) in [
        (
            Dialect::Postgres,
            r#""tenancy_list"."agent_id" = agent."id" COLLATE "C" AND "tenancy_list"."tenant_id" = agent."tenant_id" COLLATE "C""#,
        ),
        (
            Dialect::Sqlite,
            r#""tenancy_list"."agent_id" = agent."id" COLLATE BINARY AND "tenancy_list"."tenant_id" = agent."tenant_id" COLLATE BINARY"#,
        ),
        (
            Dialect::MySql,
            "(HEX(agent.`id`), HEX(agent.`tenant_id`)) IN (SELECT HEX(`tenancy_list`.`agent_id`), HEX(`tenancy_list`.`tenant_id`) FROM",
        ),
    ] {
        let plan = planned(&catalog, dialect, Viewer::default(), "SELECT 1 FROM agent").unwrap();
        assert!(plan.sql().contains(exact), "{}", plan.sql());
    }
}

#[test]
fn grants_in_the_row_are_ids_in_an_array() {
    let sql = |dialect, ids, grants| {
        let catalog = Catalog::builder()
            .table("agent", agents(ids, grants))
            .build()
            .unwrap();
        let plan = planned(&catalog, dialect, Viewer::default(), "SELECT 1 FROM agent");
        plan.map(|plan| plan.sql())
    };
    assert_eq!(
        sql(
            Dialect::Postgres,
            Uuid,
            Grants::array_column("readers", Uuid)
        )
        .unwrap(),
        r#"SELECT 1 FROM agent WHERE (agent."tenant_id" = $1 OR agent."mode" = 'global' AND CAST(agent."mode" AS TEXT) COLLATE "C" = 'global' OR agent."mode" = 'selective' AND CAST(agent."mode" AS TEXT) COLLATE "C" = 'selective' AND $1 = ANY(agent."readers"))"#,
    );
    assert_eq!(
        sql(Dialect::Postgres, Uuid, Grants::json("readers", Uuid)).unwrap(),
        r#"SELECT 1 FROM agent WHERE (agent."tenant_id" = $1 OR agent."mode" = 'global' AND CAST(agent."mode" AS TEXT) COLLATE "C" = 'global' OR agent."mode" = 'selective' AND CAST(agent."mode" AS TEXT) COLLATE "C" = 'selective' AND jsonb_typeof(agent."readers") = 'array' AND (agent."readers" @> to_jsonb(CAST($2 AS TEXT))))"#,
    );
    let refused = sql(Dialect::Sqlite, Uuid, Grants::array_column("readers", Uuid));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Incompatible);
    for dialect in [Dialect::Sqlite, Dialect::MySql] {
        for ids in [Int64, Text] {
            sql(dialect, ids, Grants::json("readers", ids)).unwrap();
        }
    }
}

#[test]
fn provided_rows_are_those_of_a_provider_that_the_platform_assigned() {
    assert_eq!(
        text(Dialect::Postgres, Member, "SELECT * FROM template t"),
        concat!(
            r#"SELECT * FROM template t WHERE (t."tenant_id" = $1 OR t."kind" IN ('platform', 'solution', 'industry') AND CAST(t."kind" AS TEXT) COLLATE "C" IN ('platform', 'solution', 'industry') "#,
            r#"AND t."tenant_id" = ANY(ARRAY(SELECT "tenancy_list"."provider_id" FROM "assignment" AS "tenancy_list" WHERE ("tenancy_list"."user_id" = $1 OR "tenancy_list"."user_id" IS NULL))) "#,
            r#"AND EXISTS (SELECT 1 FROM "assignment" AS "tenancy_list" WHERE ("tenancy_list"."user_id" = $1 OR "tenancy_list"."user_id" IS NULL) AND "tenancy_list"."provider_id" = t."tenant_id"))"#
        ),
    );
    let write = "INSERT INTO assignment (provider_id) VALUES (1)";
    assert_eq!(
        refusal(Viewer::default(), write).kind(),
        ErrorKind::ReadOnlyTable
    );
}

#[test]
fn conditions_bind_all_but_administrators() {
    let (read, write) = ("SELECT * FROM invoice", "DELETE FROM invoice");
    assert_eq!(
        text(Dialect::Postgres, Administrator, read),
        r#"SELECT * FROM invoice WHERE invoice."tenant_id" = $1"#
    );
    assert_eq!(
        text(Dialect::Postgres, Member, read),
        r#"SELECT * FROM invoice WHERE invoice."tenant_id" = $1 AND (NOT (invoice."is_secret" IS TRUE))"#
    );
    assert_eq!(
        text(Dialect::MySql, Guest, write),
        "DELETE FROM invoice WHERE invoice.`tenant_id` = ? AND (NOT (invoice.`is_secret` IS TRUE)) AND ((invoice.`status` = 'draft' OR invoice.`status` = 'it''s') OR (invoice.`total` < 0))"
    );
    assert_eq!(
        refusal(actor(Member), "SELECT * FROM invoice FOR UPDATE").kind(),
        ErrorKind::ReadOnlyTable
    );
    // The one guard of an upsert stands before what it looks at is set.
    let upsert =
        "INSERT INTO invoice (id) VALUES (1) ON DUPLICATE KEY UPDATE status = 'x', title = 2";
    let text = format!("{:?}", text(Dialect::MySql, Member, upsert));
    assert!(
        text.contains("UPDATE tenant_id = CASE WHEN invoice.tenant_id = ? AND"),
        "{text}"
    );
}

#[test]
fn w14_a_read_only_table_is_read() {
    assert_eq!(
        text(Dialect::Postgres, Service, "SELECT * FROM statement"),
        r#"SELECT * FROM statement WHERE statement."tenant_id" = $1"#
    );
    for sql in [
        "INSERT INTO statement (id) VALUES (1)",
        "UPDATE statement SET id = 1",
        "DELETE FROM statement",
        "SELECT * FROM statement FOR UPDATE",
    ] {
        assert_eq!(
            refusal(Viewer::default(), sql).kind(),
            ErrorKind::ReadOnlyTable,
            "{sql}"
        );
    }
}

#[test]
fn a04_whoever_reaches_several_tenants_reads_no_others_and_writes_read_only_tables() {
    let chosen = Viewer {
        reach: Reach::Chosen(2),
        ..Viewer::default()
    };
    let text = |viewer, sql: &str| {
        let plan = planned(&catalog(), Dialect::Postgres, viewer, sql).unwrap();
        plan.sql()
    };
    assert_eq!(
        text(chosen, "SELECT * FROM poster"),
        r#"SELECT * FROM poster WHERE poster."tenant_id" IN ($1, $2)"#
    );
    assert_eq!(
        text(chosen, "SELECT * FROM office.paper_share FOR UPDATE"),
        r#"SELECT * FROM office.paper_share WHERE paper_share."tenant_id" IN ($1, $2) FOR UPDATE"#
    );
    let all = Viewer {
        reach: Reach::All,
        ..chosen
    };
    assert_eq!(
        text(all, "UPDATE statement SET id = 1"),
        r#"UPDATE statement SET id = 1 WHERE statement."tenant_id" IS NOT NULL"#
    );
}

#[test]
fn a_policy_that_does_not_hold_together_is_no_catalog() {
    let plain = || Policy::column("tenant_id", Int64);
    let agent = || agents(Int64, in_table(Int64));
    let builder = || Catalog::builder().table("agent", agent());
    let mistakes = [
        // No such table of grants, or not of tenants' own rows.
        builder(),
        builder().reference_table("agent_share"),
        builder().table("agent_share", plain().owner_column("user_id", Int64)),
        builder().table("agent_share", plain().read_only()),
        builder().table("agent_share", Policy::column("grantee", Int64)),
        builder().table("agent_share", Policy::column("tenant_id", Uuid)),
        // Two tables share by the same one.
        builder()
            .table("agent_share", plain())
            .table("robot", agent()),
        // Ids of different kinds.
        Catalog::builder().table("agent", agents(Int64, Grants::json("readers", Text))),
        Catalog::builder()
            .table(
                "agent",
                agents(
                    Int64,
                    Grants::table_named("agent_share", ("agent_id", Int64), ("grantee", Text)),
                ),
            )
            .table("agent_share", plain()),
        builder().table("agent_share", plain()).table(
            "x",
            plain()
                .key_column("id", Uuid)
                .shared_by_column("mode", in_table(Int64)),
        ),
        // One column for two things.
        Catalog::builder().table(
            "agent",
            plain().shared_by_column("tenant_id", Grants::none()),
        ),
        Catalog::builder().table(
            "agent",
            plain().shared_by_column("mode", Grants::json("mode", Int64)),
        ),
        // Anybody could write the assignments.
        Catalog::builder()
            .table(
                "template",
                plain().provided_when(
                    "kind",
                    Assignments::table_named("assignment", "p", "u", Int64),
                ),
            )
            .table("assignment", plain()),
        Catalog::builder().table(
            "template",
            plain().provided_when(
                "kind",
                Assignments::table_named("assignment", "p", "u", Int64),
            ),
        ),
        Catalog::builder().table(
            "invoice",
            plain().editable_when(Condition::column("").is_null()),
        ),
        Catalog::builder().table(
            "invoice",
            plain().editable_when(Condition::column("a").eq("\\")),
        ),
    ];
    for (index, builder) in mistakes.into_iter().enumerate() {
        let mistake = builder
            .build()
            .err()
            .unwrap_or_else(|| panic!("mistake {index} was not found"));
        assert_eq!(mistake.kind(), ErrorKind::Catalog);
    }
    builder().table("agent_share", plain()).build().unwrap();
}
