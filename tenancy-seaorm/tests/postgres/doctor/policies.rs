//! Policies that are off, missing, weaker, or rest on what changes.

use tenancy_seaorm::Severity::{Error, Warning};
use testbed::Testbed;

use super::{examine, fixed, on_a_good_database, run};

#[tokio::test]
async fn d02_row_level_security_that_is_off() {
    on_a_good_database(async |bed| {
        let make = ["ALTER TABLE note DISABLE ROW LEVEL SECURITY"];
        fixed(bed, &make, Error, "D02", "public.note", "not enabled").await;
    })
    .await;
}

#[tokio::test]
async fn d02_each_policy_dropped_or_weakened() {
    on_a_good_database(async |bed| {
        let right = "tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid)";
        for table in ["note", "author"] {
            for (policy, kind) in [
                ("tenancy_permissive", "PERMISSIVE"),
                ("tenancy_restrictive", "RESTRICTIVE"),
            ] {
                let other = if kind == "PERMISSIVE" {
                    "RESTRICTIVE"
                } else {
                    "PERMISSIVE"
                };
                let again = |rest: &str| {
                    format!(
                        "DROP POLICY {policy} ON {table}; CREATE POLICY {policy} ON {table} {rest}"
                    )
                };
                let object = format!("public.{table}");
                for make in [
                    format!("DROP POLICY {policy} ON {table}"),
                    format!("ALTER POLICY {policy} ON {table} USING (true)"),
                    format!("ALTER POLICY {policy} ON {table} WITH CHECK (true)"),
                    format!("ALTER POLICY {policy} ON {table} USING (tenant_id IS NOT NULL)"),
                    format!("ALTER POLICY {policy} ON {table} TO {{role}}"),
                    // Safe enough, and not the generated one: a malformed setting raises an error.
                    format!("ALTER POLICY {policy} ON {table} USING ({right})"),
                    again(&format!("AS {kind} FOR SELECT USING (true)")),
                    again(&format!("AS {kind} FOR ALL USING ({right})")),
                    again(&format!(
                        "AS {other} FOR ALL USING ({right}) WITH CHECK ({right})"
                    )),
                ]
                .into_iter()
                .take(if table == "note" { 9 } else { 2 })
                {
                    fixed(bed, &[&make], Error, "D02", &object, policy).await;
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn d02_a_permissive_policy_of_somebody_else() {
    on_a_good_database(async |bed| {
        let make = ["CREATE POLICY \"all of it\" ON note FOR SELECT USING (true)"];
        fixed(
            bed,
            &make,
            Error,
            "D02",
            "public.note",
            "`all of it` is not the catalog's",
        )
        .await;
        // One that narrows is nobody's business.
        run(
            bed,
            &["CREATE POLICY narrow ON note AS RESTRICTIVE USING (score > 0)"],
        )
        .await;
        assert_eq!(examine(bed).await.findings(), []);
    })
    .await;
}

#[tokio::test]
async fn d06_functions_in_policies() {
    on_a_good_database(async |bed| {
        let define = |volatility: &str| {
            format!("CREATE FUNCTION tenant() RETURNS uuid {volatility} LANGUAGE sql AS $$ SELECT current_setting('app.tenant_id')::uuid $$")
        };
        run(bed, &[&define("IMMUTABLE")]).await;
        // Each generated policy in turn.
        for policy in ["tenancy_permissive", "tenancy_restrictive"] {
            run(bed, &[&format!("ALTER POLICY {policy} ON note USING (tenant_id = tenant())")]).await;
            assert_codes(bed, &["D02", "D06"]).await;
            let report = examine(bed).await;
            let d06 = report.findings().iter().find(|one| one.code() == "D06").unwrap();
            assert!(d06.reason().contains("IMMUTABLE function public.tenant()"), "{d06}");
            let d02 = report.findings().iter().find(|one| one.code() == "D02").unwrap();
            run(bed, &[d02.fix().unwrap()]).await;
            assert_codes(bed, &[]).await;
        }
        let make = ["CREATE POLICY narrow ON note AS RESTRICTIVE USING (tenant_id = tenant())"];
        run(bed, &make).await;
        let fix = examine(bed).await.findings()[0].fix().unwrap().to_owned();
        run(bed, &[&fix]).await;
        assert_codes(bed, &["D06"]).await;
        assert!(examine(bed).await.is_safe());
        fixed(bed, &[], Warning, "D06", "public.note", "can be replaced").await;
    })
    .await;
}

#[tokio::test]
async fn d06_operators_and_leakproof_functions() {
    on_a_good_database(async |bed| {
        run(
            bed,
            &[
                "CREATE FUNCTION same(uuid, uuid) RETURNS boolean STABLE LANGUAGE sql AS $$ SELECT true $$",
                "CREATE OPERATOR === (FUNCTION = same, LEFTARG = uuid, RIGHTARG = uuid)",
            ],
        )
        .await;
        let make = ["CREATE POLICY narrow ON note AS RESTRICTIVE USING (tenant_id === tenant_id)"];
        fixed(bed, &make, Warning, "D06", "public.note", "public.same(uuid,uuid)").await;
        let make = ["ALTER FUNCTION same(uuid, uuid) LEAKPROOF"];
        fixed(bed, &make, Warning, "D06", "public.same(uuid,uuid)", "before the policies").await;
    })
    .await;
}

async fn assert_codes(bed: &Testbed, codes: &[&str]) {
    let report = examine(bed).await;
    let found: Vec<_> = report.findings().iter().map(|one| one.code()).collect();
    assert_eq!(found, codes, "{report}");
}
