//! Foreign keys, unique keys and indexes, none of which obey policies.

use tenancy_seaorm::Severity::{Error, Note, Warning};

use super::{fixed, found, on_a_good_database, run};

#[tokio::test]
async fn w09_foreign_keys_without_the_tenant() {
    on_a_good_database(async |bed| {
        let prepare = [
            "ALTER TABLE note DROP CONSTRAINT note_tenant_id_author_id_fkey",
            "ALTER TABLE author ADD COLUMN code text, ADD UNIQUE (tenant_id, code)",
            "ALTER TABLE note ADD COLUMN code text",
        ];
        run(bed, &prepare).await;
        // A foreign key needs a unique key, which is a finding of its own: it goes first.
        for (rule, severity, code, reason) in [
            ("", Warning, "W09", "accepts another tenant's row"),
            ("ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED", Warning, "W09", "accepts"),
            ("ON DELETE CASCADE", Error, "W10", "ON DELETE CASCADE"),
            ("ON UPDATE CASCADE", Error, "W10", "ON UPDATE CASCADE"),
            ("ON DELETE SET NULL", Error, "W10", "ON DELETE SET NULL"),
        ] {
            run(bed, &["ALTER TABLE author ADD CONSTRAINT codes UNIQUE (code)"]).await;
            let add = format!("ALTER TABLE note ADD CONSTRAINT to_code FOREIGN KEY (code) REFERENCES author (code) {rule}");
            run(bed, &[&add]).await;
            let report = super::examine(bed).await;
            let finding = report.findings().iter().find(|one| one.code() == code);
            let finding = finding.unwrap_or_else(|| panic!("{rule}: {report}"));
            assert_eq!(finding.severity(), severity, "{rule}: {report}");
            assert_eq!(finding.object(), "public.note.to_code");
            assert!(finding.reason().contains(reason), "{finding}");
            run(bed, &[finding.fix().unwrap(), "ALTER TABLE author DROP CONSTRAINT codes"]).await;
            assert_eq!(super::examine(bed).await.findings(), [], "{rule}");
            let definition = "SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conname = 'to_code'";
            let definition = text(bed, definition).await;
            let expected = rule.replace("SET NULL", "SET NULL (code)");
            let expected = format!("FOREIGN KEY (tenant_id, code) REFERENCES author(tenant_id, code) {expected}");
            assert_eq!(definition, expected.trim_end());
            run(bed, &["ALTER TABLE note DROP CONSTRAINT to_code"]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn w11_exclusion_constraints_without_the_tenant() {
    on_a_good_database(async |bed| {
        let make = ["ALTER TABLE note ADD COLUMN area box, ADD CONSTRAINT apart EXCLUDE USING gist (area WITH &&)"];
        found(bed, &make, Warning, "W11", "public.note.apart", "exclusion").await;
    })
    .await;
}

#[tokio::test]
async fn w10_a_cascade_within_one_table_on_a_surrogate_key() {
    on_a_good_database(async |bed| {
        let make = [
            "ALTER TABLE author DROP CONSTRAINT author_pkey CASCADE, ADD PRIMARY KEY (id)",
            "ALTER TABLE author ADD COLUMN boss bigint REFERENCES author ON DELETE CASCADE",
            "CREATE INDEX ON author (tenant_id)",
        ];
        run(bed, &make).await;
        let report = super::examine(bed).await;
        let codes: Vec<_> = report
            .findings()
            .iter()
            .map(|one| (one.code(), one.severity()))
            .collect();
        assert_eq!(codes, [("W10", Error), ("W11", Note)], "{report}");
        run(bed, &[report.findings()[0].fix().unwrap()]).await;
        found(
            bed,
            &[],
            Note,
            "W11",
            "public.author_pkey",
            "learns of another's row",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn w11_unique_keys_without_the_tenant() {
    on_a_good_database(async |bed| {
        for (make, object) in [
            ("ALTER TABLE note ADD CONSTRAINT titles UNIQUE (title)", "public.titles"),
            ("ALTER TABLE note ADD CONSTRAINT later UNIQUE (title, body) DEFERRABLE INITIALLY DEFERRED", "public.later"),
            ("CREATE UNIQUE INDEX folded ON note (lower(title), (body || title)) WHERE score > 0", "public.folded"),
            ("CREATE UNIQUE INDEX \"Odd one\" ON note (title) INCLUDE (tenant_id)", "public.\"Odd one\""),
            ("ALTER TABLE author DROP CONSTRAINT author_pkey CASCADE, ADD PRIMARY KEY (id, name)", "public.author_pkey"),
        ] {
            if object == "public.author_pkey" {
                // Its own index would be the next finding.
                run(bed, &["CREATE INDEX ON author (tenant_id)"]).await;
            }
            fixed(bed, &[make], Warning, "W11", object, "learns of another's row").await;
        }
    })
    .await;
}

#[tokio::test]
async fn d10_tables_without_an_index_for_the_policies() {
    on_a_good_database(async |bed| {
        let make = [
            "ALTER TABLE note DROP CONSTRAINT note_pkey, DROP CONSTRAINT note_tenant_id_title_key",
            "CREATE INDEX ON note (id, tenant_id)",
            "CREATE INDEX ON note (tenant_id) WHERE score > 0",
            "CREATE INDEX ON note USING hash (tenant_id)",
        ];
        fixed(bed, &make, Warning, "D10", "public.note", "no index").await;
    })
    .await;
}

async fn text(bed: &testbed::Testbed, sql: &str) -> String {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = bed.owner.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}
