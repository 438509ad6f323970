//! The statements themselves: repeated, taken back, and on tables of every sort.

use sea_orm::{ConnectionTrait, Database, DbBackend, TransactionTrait};
use tenancy_seaorm::{Catalog, Error, ErrorKind, Policy, RowSecurity, TenantColumnType};
use testbed::{ACME, GLOBEX, Testbed};

use super::{count, on_secured, own, refused, security, set, texts};

/// Everything that the statements decide on.
pub(crate) async fn state(bed: &Testbed) -> Vec<String> {
    let state = "SELECT concat_ws(' ', c.relname, c.relacl::text, c.relrowsecurity, c.relforcerowsecurity,
            p.polname, p.polpermissive, p.polcmd, p.polroles::text, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1";
    texts(&bed.owner, state).await.unwrap()
}

#[tokio::test]
async fn applying_again_changes_nothing() {
    on_secured(async |bed| {
        let first = state(bed).await;
        assert_eq!(
            first
                .iter()
                .filter(|line| line.contains(" tenancy_permissive ")
                    || line.contains(" tenancy_restrictive "))
                .count(),
            4
        );
        security(bed).apply(&bed.owner).await.unwrap();
        assert_eq!(state(bed).await, first);
        for statement in security(bed).statements() {
            bed.owner.execute_unprepared(&statement).await.unwrap();
        }
        assert_eq!(state(bed).await, first);
    })
    .await;
}

#[tokio::test]
async fn applying_repairs_what_was_changed() {
    on_secured(async |bed| {
        let first = state(bed).await;
        own(
            bed,
            &[
                "ALTER POLICY tenancy_permissive ON note USING (true)",
                "DROP POLICY tenancy_restrictive ON note",
                "ALTER TABLE note DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY",
                &format!("GRANT TRUNCATE, TRIGGER ON note TO {}", bed.role),
                "GRANT REFERENCES ON note TO PUBLIC",
                "GRANT INSERT ON country TO PUBLIC",
            ],
        )
        .await;
        assert_ne!(state(bed).await, first);
        security(bed).apply(&bed.owner).await.unwrap();
        assert_eq!(state(bed).await, first);
    })
    .await;
}

#[tokio::test]
async fn removal_takes_back_policies_and_grants() {
    on_secured(async |bed| {
        security(bed).remove(&bed.owner).await.unwrap();
        let state = state(bed).await.join("\n");
        assert!(
            !state.contains("tenancy_permissive") && !state.contains(" t t"),
            "{state}"
        );
        // Without policies, the grants would reach everything.
        let db = set(bed, &ACME.to_string()).await;
        refused(&db, "SELECT * FROM note", "permission denied").await;
        refused(&db, "SELECT nextval('note_id_seq')", "permission denied").await;
        drop(db);
        security(bed).remove(&bed.owner).await.unwrap();
        security(bed).apply(&bed.owner).await.unwrap();
        assert_eq!(count(&set(bed, &ACME.to_string()).await, "note").await, "3");
    })
    .await;
}

#[tokio::test]
async fn a_failure_leaves_everything_as_it_was() {
    testbed::on(DbBackend::Postgres, async |bed| {
        let before = state(bed).await;
        let catalog = Catalog::builder()
            .tenant_owned::<testbed::note::Entity>()
            .table("zebra", Policy::column("tenant_id", TenantColumnType::Uuid))
            .build()
            .unwrap();
        let failed = RowSecurity::of(&catalog).apply(&bed.owner).await;
        assert!(failed.unwrap_err().to_string().contains("zebra"));
        assert_eq!(state(bed).await, before);
    })
    .await;
}

#[tokio::test]
async fn other_databases_are_refused() {
    let sqlite = Database::connect("sqlite::memory:").await.unwrap();
    let error = RowSecurity::of(&testbed::catalog())
        .apply(&sqlite)
        .await
        .unwrap_err();
    assert_eq!(Error::of(&error).unwrap().kind(), ErrorKind::Incompatible);
}

#[test]
fn a_role_is_one_role() {
    let of = |role| RowSecurity::of(&testbed::catalog()).application_role(role);
    for role in ["", "public", "none", "a\0b"] {
        assert_eq!(of(role).unwrap_err().kind(), ErrorKind::Catalog, "{role:?}");
    }
    for role in ["app", "Public", "current_user", "o'clock", "a\"b"] {
        assert!(of(role).is_ok(), "{role:?}");
    }
    let unknown = RowSecurity::of(&testbed::catalog()).view("unheard_of");
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::Catalog);
}

#[tokio::test]
async fn names_are_taken_literally() {
    let odd = r#"a'b"c\d %s $tenancy$ É; DROP TABLE note; --"#;
    testbed::on(DbBackend::Postgres, async |bed| {
        let role = format!("{}_{odd}", &bed.role[..16]);
        let quoted = odd.replace('"', "\"\"");
        let role_quoted = role.replace('"', "\"\"");
        own(
            bed,
            &[
                &format!("CREATE SCHEMA \"{quoted}\""),
                &format!("CREATE TABLE \"{quoted}\".\"{quoted}\" (id bigserial, \"{quoted}\" bigint NOT NULL)"),
                &format!("INSERT INTO \"{quoted}\".\"{quoted}\" (\"{quoted}\") VALUES (1), (1), (2)"),
                &format!("CREATE ROLE \"{role_quoted}\""),
                &format!("GRANT \"{role_quoted}\" TO {}", bed.role),
            ],
        )
        .await;
        let catalog = Catalog::builder()
            .table(&format!("{odd}.{odd}"), Policy::column(odd, TenantColumnType::Int64))
            .build()
            .unwrap();
        let security = RowSecurity::of(&catalog).application_role(&role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        security.apply(&bed.owner).await.unwrap();
        let db = set(bed, "1").await;
        assert_eq!(count(&db, &format!("\"{quoted}\".\"{quoted}\"")).await, "2");
        let insert = format!("INSERT INTO \"{quoted}\".\"{quoted}\" (\"{quoted}\") VALUES (1)");
        assert_eq!(db.execute_unprepared(&insert).await.unwrap().rows_affected(), 1);
        refused(&db, &insert.replace("(1)", "(2)"), "row-level security").await;
        drop(db);
        security.remove(&bed.owner).await.unwrap();
        own(bed, &[&format!("DROP OWNED BY \"{role_quoted}\""), &format!("DROP ROLE \"{role_quoted}\"")]).await;
    })
    .await;
}

#[tokio::test]
async fn d03_partitions_are_reached_through_their_table_only() {
    testbed::on(DbBackend::Postgres, async |bed| {
        own(
            bed,
            &[
                "CREATE TABLE event (id bigserial, tenant_id uuid NOT NULL, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)",
                "CREATE TABLE event_0 PARTITION OF event FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "CREATE TABLE event_1 PARTITION OF event FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
                &format!("INSERT INTO event (tenant_id) VALUES ('{ACME}'), ('{ACME}'), ('{GLOBEX}')"),
            ],
        )
        .await;
        let catalog = Catalog::builder()
            .table("event", Policy::column("tenant_id", TenantColumnType::Uuid))
            .build()
            .unwrap();
        let security = RowSecurity::of(&catalog).application_role(&bed.role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        let db = set(bed, &ACME.to_string()).await;
        assert_eq!(count(&db, "event").await, "2");
        let insert = |tenant| format!("INSERT INTO event (tenant_id) VALUES ('{tenant}')");
        db.execute_unprepared(&insert(ACME)).await.unwrap();
        refused(&db, &insert(GLOBEX), "row-level security").await;
        refused(&db, "SELECT * FROM event_0", "permission denied").await;
        let deleted = db.execute_unprepared("DELETE FROM event").await.unwrap();
        assert_eq!(deleted.rows_affected(), 3);
        drop(db);

        // Nor by anybody to whom a partition is granted, until it has policies of its own.
        own(bed, &[&format!("GRANT SELECT ON event_0, event_1 TO {}", bed.role)]).await;
        let db = set(bed, &ACME.to_string()).await;
        assert_eq!(count(&db, "event").await, "2");
        assert_eq!(count(&db, "event_0").await, "0");
        assert_eq!(count(&db, "event_1").await, "0");
        drop(db);
        security.remove(&bed.owner).await.unwrap();
        own(bed, &[&format!("GRANT SELECT ON event TO {}", bed.role)]).await;
        let db = set(bed, "").await;
        assert_eq!(count(&db, "event").await, "3", "open again");
    })
    .await;
}

#[tokio::test]
async fn r18_a_registered_view_reads_as_its_reader() {
    testbed::on(DbBackend::Postgres, async |bed| {
        own(
            bed,
            &["CREATE VIEW titles AS SELECT id, tenant_id, title FROM note"],
        )
        .await;
        let catalog = Catalog::builder()
            .tenant_owned::<testbed::note::Entity>()
            .table(
                "titles",
                Policy::column("tenant_id", TenantColumnType::Uuid),
            )
            .build()
            .unwrap();
        let security = RowSecurity::of(&catalog)
            .application_role(&bed.role)
            .unwrap()
            .view("titles")
            .unwrap();
        for _ in 0..2 {
            security.apply(&bed.owner).await.unwrap();
            assert_eq!(
                count(&set(bed, &ACME.to_string()).await, "titles").await,
                "3"
            );
            assert_eq!(
                count(&bed.application.begin().await.unwrap(), "titles").await,
                "0"
            );
        }
        security.remove(&bed.owner).await.unwrap();
        refused(
            &set(bed, "").await,
            "SELECT * FROM titles",
            "permission denied",
        )
        .await;
    })
    .await;
}

#[test]
fn a01_what_is_read_of_others_is_for_select_alone() {
    use tenancy_seaorm::{Grants, TenantColumnType::Int64};
    let tenant = || Policy::column("tenant_id", Int64);
    let grants = Grants::table_named("office.share", ("agent_id", Int64), ("grantee", Int64));
    let catalog = Catalog::builder()
        .table("agent", tenant().shared_by_column("mode", grants))
        .table("office.share", tenant())
        .build()
        .unwrap();
    let statements = RowSecurity::of(&catalog).statements();
    let policies: Vec<_> = statements
        .iter()
        .filter_map(|sql| sql.strip_prefix("CREATE POLICY "))
        .map(|sql| {
            let (head, condition) = sql.split_once(" TO PUBLIC ").unwrap();
            (head, condition)
        })
        .collect();
    let heads: Vec<_> = policies.iter().map(|(head, _)| *head).collect();
    let of = |table: &str| {
        [
            format!(r#""tenancy_permissive" ON {table} AS PERMISSIVE FOR SELECT"#),
            format!(r#""tenancy_restrictive" ON {table} AS RESTRICTIVE FOR SELECT"#),
            format!(r#""tenancy_permissive_insert" ON {table} AS PERMISSIVE FOR INSERT"#),
            format!(r#""tenancy_restrictive_insert" ON {table} AS RESTRICTIVE FOR INSERT"#),
            format!(r#""tenancy_permissive_update" ON {table} AS PERMISSIVE FOR UPDATE"#),
            format!(r#""tenancy_restrictive_update" ON {table} AS RESTRICTIVE FOR UPDATE"#),
            format!(r#""tenancy_permissive_delete" ON {table} AS PERMISSIVE FOR DELETE"#),
            format!(r#""tenancy_restrictive_delete" ON {table} AS RESTRICTIVE FOR DELETE"#),
        ]
    };
    assert_eq!(
        heads,
        [of(r#""agent""#), of(r#""office"."share""#)].concat()
    );
    // Only what is for `SELECT` speaks of modes, of grants and of grantees.
    for (head, condition) in policies {
        let is_read = head.ends_with("FOR SELECT");
        let says_who = condition.contains("'global'") || condition.contains("\"grantee\"");
        assert_eq!(says_who, is_read, "{head}: {condition}");
    }
}
