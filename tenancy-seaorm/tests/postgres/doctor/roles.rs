//! What the application's role is and may do.

use tenancy_seaorm::{
    Doctor, Finding,
    Severity::{Error, Note, Warning},
};

use super::{examine, fixed, found, on_a_good_database, run};

#[tokio::test]
async fn d01_roles_that_policies_do_not_hold() {
    on_a_good_database(async |bed| {
        for (attribute, reason) in [
            ("SUPERUSER", "ignores every policy"),
            ("BYPASSRLS", "ignores every policy"),
            ("REPLICATION", "reads all rows"),
            ("CREATEROLE", "member of other roles"),
        ] {
            let make = format!("ALTER ROLE {{role}} {attribute}");
            fixed(bed, &[&make], Error, "D01", "{role}", reason).await;
        }
    })
    .await;
}

#[tokio::test]
async fn d01_membership_in_such_roles() {
    on_a_good_database(async |bed| {
        let make = [
            "CREATE ROLE {role}_inner BYPASSRLS",
            "CREATE ROLE {role}_outer",
            "GRANT {role}_inner TO {role}_outer",
            "GRANT {role}_outer TO {role}",
        ];
        fixed(bed, &make, Error, "D01", "{role}_inner", "is a member").await;
        let make = ["GRANT pg_execute_server_program TO {role}"];
        let role = "pg_execute_server_program";
        fixed(bed, &make, Error, "D01", role, "files or programs").await;
    })
    .await;
}

#[tokio::test]
async fn d01_a_role_that_owns_tables() {
    on_a_good_database(async |bed| {
        let make = ["ALTER TABLE note OWNER TO {role}"];
        fixed(bed, &make, Error, "D01", "public.note", "owns the table").await;
        // It keeps what it was granted before it owned the table.
        let make = [
            "CREATE ROLE {role}_owner",
            "GRANT {role}_owner TO {role}",
            "ALTER TABLE country OWNER TO {role}_owner",
        ];
        fixed(bed, &make, Error, "D01", "public.country", "owns the table").await;
    })
    .await;
}

#[tokio::test]
async fn d01_an_owner_that_is_exempt() {
    on_a_good_database(async |bed| {
        let make = ["ALTER TABLE note NO FORCE ROW LEVEL SECURITY"];
        fixed(bed, &make, Error, "D01", "public.note", "exempt").await;
    })
    .await;
}

#[tokio::test]
async fn d05_defaults_of_the_setting() {
    on_a_good_database(async |bed| {
        for (target, setting) in [
            ("ROLE {role}", "app.tenant_id"),
            ("ROLE {role} IN DATABASE {role}", "app.tenant_id"),
            ("DATABASE {role}", "app.tenant_id"),
            ("DATABASE {role}", "app.user_scope"),
            ("ROLE {role}", "app.user_id"),
        ] {
            let object = "{role}";
            let make = format!("ALTER {target} SET {setting} = 'acme'");
            let reason = format!("sessions start with a value of {setting}");
            let findings = found(bed, &[&make], Error, "D05", object, &reason).await;
            for fix in findings.iter().filter_map(Finding::fix) {
                run(bed, &[fix]).await;
            }
            // A session of the owner's that began in between has it from its start: only the
            // session itself is left to be found.
            for finding in examine(bed).await.findings() {
                assert!(
                    ["app.tenant_id", "app.user_scope", "app.user_id"].contains(&finding.object()),
                    "{finding}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn d05_a_session_that_starts_with_a_tenant() {
    on_a_good_database(async |bed| {
        for setting in ["app.tenant_id", "app.user_scope", "app.user_id"] {
            let make = format!("ALTER ROLE {{role}} SET {setting} = 'acme'");
            run(bed, &[&make]).await;
        }
        let session = bed.login().await;
        let report = Doctor::of(&testbed::catalog())
            .examine(&session)
            .await
            .unwrap();
        let objects: Vec<_> = report
            .findings()
            .iter()
            .map(|one| (one.code(), one.object()))
            .collect();
        assert_eq!(
            objects,
            [
                ("D05", "app.tenant_id"),
                ("D05", "app.user_id"),
                ("D05", "app.user_scope"),
                ("D05", bed.role.as_str()),
                ("D05", bed.role.as_str()),
                ("D05", bed.role.as_str()),
            ],
            "{report}"
        );
        session.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn d07_rights_that_policies_do_not_hold() {
    on_a_good_database(async |bed| {
        for grant in [
            "TRUNCATE ON note TO {role}",
            "TRUNCATE ON note TO PUBLIC",
            "REFERENCES ON note TO {role}",
            "REFERENCES (id) ON note TO {role}",
            "TRIGGER ON note TO PUBLIC",
        ] {
            let make = format!("GRANT {grant}");
            fixed(
                bed,
                &[&make],
                Error,
                "D07",
                "public.note",
                "the application role has",
            )
            .await;
        }
        let make = [
            "CREATE ROLE {role}_group",
            "GRANT {role}_group TO {role}",
            "GRANT TRUNCATE ON country TO {role}_group",
        ];
        fixed(bed, &make, Error, "D07", "public.country", "TRUNCATE").await;
    })
    .await;
}

#[tokio::test]
async fn d07_ownership_and_creation() {
    on_a_good_database(async |bed| {
        let make = ["CREATE SCHEMA annexe AUTHORIZATION {role}"];
        fixed(bed, &make, Error, "D07", "annexe", "owns the schema").await;
        for grant in [
            "CREATE ON SCHEMA annexe TO {role}",
            "CREATE ON SCHEMA annexe TO PUBLIC",
        ] {
            let make = format!("GRANT {grant}");
            fixed(bed, &[&make], Warning, "D07", "annexe", "create objects").await;
        }
        let make = ["GRANT CREATE ON DATABASE {role} TO {role}"];
        fixed(bed, &make, Warning, "D07", "{role}", "create schemas").await;
        for grantee in ["{role}", "PUBLIC"] {
            let make = format!("GRANT TEMPORARY ON DATABASE {{role}} TO {grantee}");
            fixed(bed, &[&make], Note, "D07", "{role}", "temporary tables").await;
        }
    })
    .await;
}

#[tokio::test]
async fn w14_reference_tables_that_can_be_written() {
    on_a_good_database(async |bed| {
        for grant in ["INSERT", "UPDATE", "UPDATE (code)", "DELETE"] {
            let make = format!("GRANT {grant} ON country TO {{role}}");
            fixed(
                bed,
                &[&make],
                Error,
                "W14",
                "public.country",
                "reference table",
            )
            .await;
        }
    })
    .await;
}
