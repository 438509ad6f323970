//! Ways around the tables of the catalog.

use tenancy_seaorm::Severity::{Error, Warning};

use super::{examine, fixed, on_a_good_database, run};

#[tokio::test]
async fn d02_tables_outside_the_catalog() {
    on_a_good_database(async |bed| {
        run(
            bed,
            &[
                "CREATE TABLE ledger (id int, amount int)",
                "CREATE SCHEMA annexe",
                "CREATE TABLE annexe.note (id int)",
            ],
        )
        .await;
        assert_eq!(examine(bed).await.findings(), [], "granted to nobody");
        for (grant, object) in [
            ("SELECT ON ledger TO {role}", "public.ledger"),
            ("SELECT (amount) ON ledger TO {role}", "public.ledger"),
            ("DELETE ON annexe.note TO PUBLIC", "annexe.note"),
        ] {
            let make = format!("GRANT {grant}");
            fixed(bed, &[&make], Error, "D02", object, "in no catalog").await;
        }
    })
    .await;
}

#[tokio::test]
async fn d03_views_that_read_as_their_owner() {
    on_a_good_database(async |bed| {
        run(bed, &["CREATE VIEW titles AS SELECT title FROM note"]).await;
        assert_eq!(examine(bed).await.findings(), [], "granted to nobody");
        let make = ["GRANT SELECT ON titles TO {role}"];
        fixed(
            bed,
            &make,
            Error,
            "D03",
            "public.titles",
            "rights of its owner",
        )
        .await;
        let make = ["ALTER VIEW titles SET (security_invoker = off)"];
        fixed(
            bed,
            &make,
            Error,
            "D03",
            "public.titles",
            "rights of its owner",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn d03_materialised_views() {
    on_a_good_database(async |bed| {
        let make = [
            "CREATE MATERIALIZED VIEW counts AS SELECT tenant_id, count(*) FROM note GROUP BY 1",
            "GRANT SELECT ON counts TO {role}",
        ];
        fixed(bed, &make, Error, "D03", "public.counts", "no policies").await;
    })
    .await;
}

#[tokio::test]
async fn d03_partitions_that_are_granted() {
    on_a_good_database(async |bed| {
        run(
            bed,
            &[
                "DROP TABLE note",
                "CREATE TABLE note (tenant_id uuid NOT NULL, id bigserial, title text, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id)",
                "CREATE TABLE note_0 PARTITION OF note FOR VALUES WITH (MODULUS 1, REMAINDER 0) PARTITION BY HASH (tenant_id)",
                "CREATE TABLE note_0_0 PARTITION OF note_0 FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
            ],
        )
        .await;
        let security = tenancy_seaorm::RowSecurity::of(&testbed::catalog());
        let security = security.application_role(&bed.role).unwrap();
        security.apply(&bed.owner).await.unwrap();
        assert_eq!(examine(bed).await.findings(), []);
        for (grant, object) in [
            ("SELECT ON note_0 TO {role}", "public.note_0"),
            ("INSERT ON note_0_0 TO PUBLIC", "public.note_0_0"),
        ] {
            let make = format!("GRANT {grant}");
            fixed(bed, &[&make], Error, "D03", object, "directly").await;
        }
    })
    .await;
}

#[tokio::test]
async fn d03_functions_with_the_rights_of_their_owner() {
    on_a_good_database(async |bed| {
        let make = ["CREATE FUNCTION notes() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.note'"];
        fixed(bed, &make, Error, "D03", "public.notes()", "who ignores policies").await;
        let make = ["CREATE PROCEDURE wipe(text) LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.note'"];
        fixed(bed, &make, Error, "D03", "public.wipe(text)", "SECURITY DEFINER").await;
        let make = [
            "CREATE FUNCTION hook() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER hook BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION hook()",
        ];
        fixed(bed, &make, Error, "D03", "public.hook()", "is the trigger of").await;
        // An owner who is confined is less of a worry.
        let make = [
            "CREATE ROLE {role}_owner",
            "ALTER FUNCTION notes() OWNER TO {role}_owner",
            "GRANT EXECUTE ON FUNCTION notes() TO {role}",
        ];
        fixed(bed, &make, Warning, "D03", "public.notes()", "SECURITY DEFINER").await;
    })
    .await;
}
