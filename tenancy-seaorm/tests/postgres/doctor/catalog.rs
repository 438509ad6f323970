//! A database that is not what the catalog says.

use sea_orm::{ConnectionTrait, Database};
use tenancy_seaorm::{
    Catalog, Condition, Doctor, Error as TenancyError, ErrorKind, Grants, Policy,
    Severity::{Error, Warning},
    TenantColumnType,
};

use super::{examine, fixed, found, on_a_good_database, run};

#[tokio::test]
async fn d11_tables_and_columns_that_are_missing_or_different() {
    on_a_good_database(async |bed| {
        let make = [
            "ALTER TABLE note DROP CONSTRAINT note_pkey, DROP CONSTRAINT note_tenant_id_author_id_fkey",
            "ALTER TABLE note ALTER COLUMN tenant_id DROP NOT NULL",
        ];
        fixed(bed, &make, Warning, "D11", "public.note", "may be NULL").await;
        let bare = format!("CREATE TABLE note_share (tenant_id uuid NOT NULL); GRANT SELECT ON note_share TO {}", bed.role);
        bed.owner.execute_unprepared(&bare).await.unwrap();
        let catalog = Catalog::builder()
            .table("note", Policy::column("tenant_id", TenantColumnType::Int64))
            .table("author", Policy::column("org", TenantColumnType::Uuid))
            .table(
                "note_share",
                Policy::column("tenant_id", TenantColumnType::Uuid)
                    .owner_column("author", TenantColumnType::Text)
                    .visible_when(Condition::column("hidden").is_true().negated()),
            )
            .table("Nowhere", Policy::column("tenant_id", TenantColumnType::Uuid))
            .reference_table("country")
            .build()
            .unwrap();
        let report = Doctor::of(&catalog).examine(&bed.application).await.unwrap();
        for (object, reason) in [
            ("public.note", "of type uuid, and the catalog says bigint"),
            ("public.author", "no tenant column `org`"),
            ("\"Nowhere\"", "the database has not"),
            ("public.note_share", "names the column `author`"),
            ("public.note_share", "names the column `hidden`"),
        ] {
            let is_it = |one: &&tenancy_seaorm::Finding| one.object() == object && one.reason().contains(reason);
            let finding = report.findings().iter().find(is_it);
            let finding = finding.unwrap_or_else(|| panic!("{object}: {report}"));
            assert_eq!((finding.code(), finding.severity()), ("D11", Error));
        }
        bed.owner.execute_unprepared("DROP TABLE note_share").await.unwrap();
        found(bed, &["DROP TABLE author CASCADE"], Error, "D11", "\"author\"", "the database has not").await;
    })
    .await;
}

#[tokio::test]
async fn a01_grants_that_outlive_their_row() {
    on_a_good_database(async |bed| {
        for sql in [
            "CREATE TABLE agent (tenant_id uuid NOT NULL, id bigint NOT NULL, mode text, PRIMARY KEY (tenant_id, id))",
            "CREATE TABLE agent_share (tenant_id uuid NOT NULL, agent_id bigint NOT NULL, grantee_id uuid NOT NULL,
                PRIMARY KEY (tenant_id, agent_id, grantee_id))",
        ] {
            bed.owner.execute_unprepared(sql).await.unwrap();
        }
        let uuid = TenantColumnType::Uuid;
        let tenant = || Policy::column("tenant_id", uuid);
        let ids = ("agent_id", TenantColumnType::Int64);
        let grants = Grants::table_named("agent_share", ids, ("grantee_id", uuid));
        let catalog = Catalog::builder()
            .table("agent", tenant().shared_by_column("mode", grants))
            .table("agent_share", tenant())
            .build()
            .unwrap();
        let found = async || {
            let report = Doctor::of(&catalog).examine(&bed.owner).await.unwrap();
            let found = report.findings().iter().find(|one| one.code() == "A01").cloned();
            found.map(|one| (one.object().to_owned(), one.fix().unwrap().to_owned()))
        };
        // One without a cascade, or without the tenant, does not do.
        let half = "ALTER TABLE agent_share ADD FOREIGN KEY (tenant_id, agent_id) REFERENCES agent (tenant_id, id)";
        bed.owner.execute_unprepared(half).await.unwrap();
        let (object, fix) = found().await.unwrap();
        assert_eq!(object, "public.agent_share");
        bed.owner.execute_unprepared(&fix).await.unwrap();
        assert_eq!(found().await, None);
    })
    .await;
}

#[tokio::test]
async fn d01_a_role_that_does_not_exist_is_not_taken_for_safe() {
    on_a_good_database(async |bed| {
        let doctor = Doctor::of(&testbed::catalog())
            .application_role("no'body")
            .unwrap();
        let report = doctor.examine(&bed.owner).await.unwrap();
        assert!(!report.is_safe());
        assert!(
            report.to_string().contains("there is no such role"),
            "{report}"
        );
        for role in ["", "public", "none"] {
            let refused = Doctor::of(&testbed::catalog()).application_role(role);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Catalog);
        }
    })
    .await;
}

#[tokio::test]
async fn the_application_can_ask_for_itself_and_changes_nothing() {
    on_a_good_database(async |bed| {
        let doctor = Doctor::of(&testbed::catalog());
        assert_eq!(
            doctor.examine(&bed.application).await.unwrap().findings(),
            []
        );
        run(bed, &["GRANT TRUNCATE ON note TO {role}"]).await;
        assert_eq!(
            doctor.examine(&bed.application).await.unwrap(),
            examine(bed).await
        );
        // A superuser is its own finding.
        let report = doctor.examine(&bed.owner).await.unwrap();
        let codes: Vec<_> = report.findings().iter().map(|one| one.code()).collect();
        assert!(
            !report.is_safe() && codes.iter().all(|code| matches!(*code, "D01" | "D07")),
            "{report}"
        );
    })
    .await;
}

#[tokio::test]
async fn other_databases_are_refused() {
    let sqlite = Database::connect("sqlite::memory:").await.unwrap();
    let error = Doctor::of(&testbed::catalog())
        .examine(&sqlite)
        .await
        .unwrap_err();
    assert_eq!(
        TenancyError::of(&error).unwrap().kind(),
        ErrorKind::Incompatible
    );
}

#[tokio::test]
async fn d01_names_are_taken_literally() {
    on_a_good_database(async |bed| {
        let odd = r#"{owned}'"\ %s; --"#;
        let quoted = odd.replace('"', "\"\"");
        run(
            bed,
            &[
                &format!("CREATE ROLE \"{{role}}{quoted}\""),
                &format!("GRANT TRUNCATE ON note TO \"{{role}}{quoted}\""),
                &format!("CREATE POLICY \"{quoted}\" ON note USING (true)"),
            ],
        )
        .await;
        let doctor = Doctor::of(&testbed::catalog());
        let doctor = doctor
            .application_role(&format!("{}{odd}", bed.role))
            .unwrap();
        let report = doctor.examine(&bed.owner).await.unwrap();
        let codes: Vec<_> = report.findings().iter().map(|one| one.code()).collect();
        assert_eq!(codes, ["D02", "D07"], "{report}");
        for finding in report.findings() {
            run(bed, &[finding.fix().unwrap()]).await;
        }
        assert_eq!(doctor.examine(&bed.owner).await.unwrap().findings(), []);
    })
    .await;
}
