//! The report, for people and for machines.

use tenancy_seaorm::ErrorKind;

use super::{examine, on_a_good_database, run};

#[tokio::test]
async fn a_report_reads_well_and_stops_a_service() {
    on_a_good_database(async |bed| {
        let clean = examine(bed).await;
        assert!(clean.is_safe() && clean.ensure_safe().is_ok());
        assert_eq!(clean.to_string(), "the database keeps tenants apart: nothing was found");
        run(
            bed,
            &[
                "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
                "CREATE UNIQUE INDEX titles ON note (title)",
            ],
        )
        .await;
        let report = examine(bed).await;
        let text = "the database does not keep tenants apart (errors: 1, findings: 2):
error D02 public.note: row-level security is not enabled on a tenant-owned table
    fix: ALTER TABLE public.note ENABLE ROW LEVEL SECURITY; ALTER TABLE public.note FORCE ROW LEVEL SECURITY
warning W11 public.titles: the unique index on public.note does not include the tenant column: a tenant that meets it learns of another's row
    fix: DROP INDEX public.titles";
        assert_eq!(report.to_string(), text);
        let error = report.ensure_safe().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsafeDatabase);
        assert_eq!(error.to_string(), text);
        assert_eq!(error.problem().status(), 500);
        assert!(!format!("{:?}", error.problem()).contains("note"));
    })
    .await;
}

#[tokio::test]
async fn a_report_is_json() {
    on_a_good_database(async |bed| {
        run(bed, &["GRANT TRUNCATE ON note TO {role}"]).await;
        let json = serde_json::to_value(examine(bed).await).unwrap();
        let expected = serde_json::json!({ "findings": [{
            "severity": "error",
            "code": "D07",
            "object": "public.note",
            "reason": "the application role has TRUNCATE, which ignores policies",
            "fix": format!("REVOKE TRUNCATE ON TABLE public.note FROM {}", bed.role),
        }] });
        assert_eq!(json, expected);
    })
    .await;
}
