//! Each generated policy weakened in turn: the doctor names it, the rows of another tenant come
//! within reach, and both are put right again.
//!
//! A policy that is weakened hides behind the other one, so the probe looks at each of them alone
//! as well.

mod owners;
mod probe;

use sea_orm::DbBackend;
use tenancy_seaorm::{
    Catalog, Doctor, Finding, Policy, Report, RowSecurity, Severity, TenantColumnType,
};
use testbed::{Testbed, author, country, note};

use super::{ddl::state, own, texts};

/// Answers with the setting, and promises that the answer never changes.
const IMMUTABLE: &str =
    "CREATE OR REPLACE FUNCTION tenant() RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid $$";

/// What somebody does to a policy, where `{condition}` is what it says and `{kind}` what it is.
const OF_POLICIES: &[(&str, &str)] = &[
    ("dropped", "DROP POLICY {policy} ON {table}"),
    (
        "always true",
        "ALTER POLICY {policy} ON {table} USING (true) WITH CHECK (true)",
    ),
    (
        "reads everything",
        "ALTER POLICY {policy} ON {table} USING (true)",
    ),
    (
        "writes everything",
        "ALTER POLICY {policy} ON {table} WITH CHECK (true)",
    ),
    (
        "OR true",
        "ALTER POLICY {policy} ON {table} USING ({condition} OR true) WITH CHECK ({condition} OR true)",
    ),
    (
        "OR true in the check",
        "ALTER POLICY {policy} ON {table} WITH CHECK ({condition} OR true)",
    ),
    (
        "of every row that has a tenant",
        "ALTER POLICY {policy} ON {table} USING (tenant_id IS NOT NULL) WITH CHECK (tenant_id IS NOT NULL)",
    ),
    (
        "for SELECT only",
        "{drop}; CREATE POLICY {policy} ON {table} AS {kind} FOR SELECT TO PUBLIC USING ({condition})",
    ),
    (
        "for UPDATE only",
        "{drop}; CREATE POLICY {policy} ON {table} AS {kind} FOR UPDATE TO PUBLIC USING ({condition}) WITH CHECK ({condition})",
    ),
    (
        "for the application's role only",
        "ALTER POLICY {policy} ON {table} TO {role}",
    ),
    (
        "for another role only",
        "ALTER POLICY {policy} ON {table} TO {role}_owner",
    ),
    (
        "of the other kind",
        "{drop}; CREATE POLICY {policy} ON {table} AS {other} FOR ALL TO PUBLIC USING ({condition}) WITH CHECK ({condition})",
    ),
    (
        "on an IMMUTABLE function",
        "ALTER POLICY {policy} ON {table} USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant())",
    ),
    (
        "reads on an IMMUTABLE function",
        "ALTER POLICY {policy} ON {table} USING (tenant_id = tenant())",
    ),
    (
        "writes on an IMMUTABLE function",
        "ALTER POLICY {policy} ON {table} WITH CHECK (tenant_id = tenant())",
    ),
    (
        "on an IMMUTABLE function in a sub-select",
        "ALTER POLICY {policy} ON {table} USING (tenant_id = (SELECT tenant()))",
    ),
];

/// And to a table.
const OF_TABLES: &[(&str, &str)] = &[
    (
        "not forced",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    ),
    ("disabled", "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
    (
        "a further permissive policy, and no restrictive one",
        "DROP POLICY tenancy_restrictive ON {table}; CREATE POLICY everything ON {table} USING (true)",
    ),
    (
        "both policies on an IMMUTABLE function",
        "ALTER POLICY tenancy_permissive ON {table} USING (tenant_id = tenant());
         ALTER POLICY tenancy_restrictive ON {table} USING (tenant_id = tenant())",
    ),
];

/// The bed's tables, and one whose rows belong to users.
fn catalog() -> Catalog {
    let agents = Policy::column("tenant_id", TenantColumnType::Uuid)
        .owner_column("owner", TenantColumnType::Text)
        .public_when("is_public");
    Catalog::builder()
        .tenant_owned::<note::Entity>()
        .tenant_owned::<author::Entity>()
        .table("agent", agents)
        .reference::<country::Entity>()
        .build()
        .unwrap()
}

fn security(bed: &Testbed) -> RowSecurity {
    RowSecurity::of(&catalog())
        .application_role(&bed.role)
        .unwrap()
}

/// A safe database, with a role that can own tables.
async fn on_safe(test: impl AsyncFn(&Testbed)) {
    testbed::on(DbBackend::Postgres, async |bed| {
        owners::make(bed).await;
        security(bed).apply(&bed.owner).await.unwrap();
        own(
            bed,
            &[
                &format!("REVOKE ALL ON ledger FROM {}", bed.role),
                &format!("CREATE ROLE {}_owner", bed.role),
                &format!("GRANT USAGE, CREATE ON SCHEMA public TO {}_owner", bed.role),
            ],
        )
        .await;
        assert!(examine(bed).await.is_safe(), "{}", examine(bed).await);
        probe::all(bed).await.unwrap();
        owners::probe(bed).await.unwrap();
        test(bed).await;
    })
    .await;
}

async fn examine(bed: &Testbed) -> Report {
    let doctor = Doctor::of(&catalog());
    let doctor = doctor.application_role(&bed.role).unwrap();
    doctor.examine(&bed.owner).await.unwrap()
}

fn errors<'a>(report: &'a Report, table: &str) -> Vec<&'a Finding> {
    let object = format!("public.{table}");
    let of_table = |finding: &&Finding| {
        finding.severity() == Severity::Error && finding.object() == object.as_str()
    };
    report.findings().iter().filter(of_table).collect()
}

/// Requires that a tampering is found twice, by reading and by trying, and that either way of
/// repair undoes it.
async fn found_and_repaired(bed: &Testbed, table: &str, policy: &str, what: &str, tampering: &str) {
    let before = state(bed).await;
    // Created again each time: what the doctor advises for it is to make it STABLE.
    own(bed, &[IMMUTABLE, tampering]).await;
    let report = examine(bed).await;
    let found = errors(&report, table);
    assert!(
        found.iter().any(|error| error.reason().contains(policy)),
        "{what}: the doctor says {report}"
    );
    let Err(reached) = try_table(bed, table).await else {
        panic!("{what}: the doctor says {report}, and no probe fails");
    };
    let mut codes: Vec<_> = found.iter().map(|error| error.code()).collect();
    codes.dedup();
    println!("{what}: {}; {reached}", codes.join(" and "));

    for error in found {
        let fix = error.fix().unwrap_or_else(|| panic!("no fix: {error}"));
        own(bed, &[fix]).await;
    }
    assert!(examine(bed).await.is_safe(), "{what}: fixed");
    let isolated = try_table(bed, table).await;
    isolated.unwrap_or_else(|reached| panic!("{what}: fixed, and {reached}"));

    own(bed, &[IMMUTABLE, tampering]).await;
    security(bed).apply(&bed.owner).await.unwrap();
    // It leaves alone what it has not made.
    let further = format!("DROP POLICY IF EXISTS everything ON {table}");
    own(bed, &[&further]).await;
    assert_eq!(state(bed).await, before, "{what}: applied again");
}

async fn try_table(bed: &Testbed, table: &str) -> Result<(), String> {
    match table {
        "agent" => owners::probe(bed).await,
        table => probe::of(bed, table).await,
    }
}

async fn each_policy(policy: &str, kind: &str, other: &str) {
    on_safe(async |bed| {
        for table in ["note", "author"] {
            let of_policy = format!(
                "SELECT qual FROM pg_policies WHERE tablename = '{table}' AND policyname = '{policy}'"
            );
            let condition = texts(&bed.owner, &of_policy).await.unwrap().remove(0);
            for (name, template) in OF_POLICIES {
                let tampering = template
                    .replace("{drop}", "DROP POLICY {policy} ON {table}")
                    .replace("{policy}", policy)
                    .replace("{table}", table)
                    .replace("{kind}", kind)
                    .replace("{other}", other)
                    .replace("{role}", &bed.role)
                    .replace("{condition}", &condition);
                let what = format!("{policy} on {table} {name}");
                found_and_repaired(bed, table, policy, &what, &tampering).await;
            }
        }
        assert!(examine(bed).await.is_safe());
        probe::all(bed).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn d02_d06_a_weakened_permissive_policy_is_reported_and_lets_a_probe_through() {
    each_policy("tenancy_permissive", "PERMISSIVE", "RESTRICTIVE").await;
}

#[tokio::test]
async fn d02_d06_a_weakened_restrictive_policy_is_reported_and_lets_a_probe_through() {
    each_policy("tenancy_restrictive", "RESTRICTIVE", "PERMISSIVE").await;
}

#[tokio::test]
async fn d01_d02_d06_a_table_laid_open_is_reported_and_lets_a_probe_through() {
    on_safe(async |bed| {
        for table in ["note", "author"] {
            for (name, template) in OF_TABLES {
                let tampering = template.replace("{table}", table);
                found_and_repaired(bed, table, "", &format!("{table} {name}"), &tampering).await;
            }
        }
        assert!(examine(bed).await.is_safe());
        probe::all(bed).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn d06_a_kept_plan_with_an_immutable_function_answers_with_the_first_tenants_rows() {
    on_safe(async |bed| {
        let both = OF_TABLES.last().unwrap().1.replace("{table}", "note");
        own(bed, &[IMMUTABLE, &both]).await;
        let reached = probe::of(bed, "note").await.unwrap_err();
        assert_eq!(
            reached,
            "as it stands, the application sees rows of another tenant"
        );
        // A function that is declared for what it is answers each tenant with its own.
        own(bed, &["ALTER FUNCTION tenant() STABLE"]).await;
        probe::of(bed, "note").await.unwrap();
    })
    .await;
}
