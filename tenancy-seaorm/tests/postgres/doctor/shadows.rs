//! Objects of the application's that have the name of what every statement may use.

use tenancy_seaorm::Severity::Warning;

use super::{examine, fixed, on_a_good_database, run};

const SAME: &str =
    "CREATE FUNCTION same(author, text) RETURNS boolean LANGUAGE sql AS 'SELECT $1.name = $2'";

#[tokio::test]
async fn r27_operators_of_an_accepted_name() {
    on_a_good_database(async |bed| {
        for name in ["=", "<", "!~~", "%", "<->", "<%"] {
            let make = format!(
                "CREATE OPERATOR {name} (LEFTARG = author, RIGHTARG = text, FUNCTION = same)"
            );
            let drop = format!("DROP OPERATOR {name} (author, text)");
            let object = format!("public.{name}(public.author,text)");
            let reason = "function public.same(public.author,text)";
            fixed(bed, &[SAME, &make], Warning, "R27", &object, reason).await;
            run(bed, &[&drop, "DROP FUNCTION same"]).await;
        }
    })
    .await;
}

#[tokio::test]
async fn r27_casts_to_an_accepted_type() {
    on_a_good_database(async |bed| {
        let make = [
            "CREATE FUNCTION told(author) RETURNS text LANGUAGE sql AS 'SELECT $1.name'",
            "CREATE CAST (author AS text) WITH FUNCTION told(author)",
        ];
        let object = "CAST (public.author AS text)";
        fixed(bed, &make, Warning, "R27", object, "public.told").await;
        // Nobody has to name the type of a cast that is implied.
        let make = [
            "CREATE FUNCTION written(text) RETURNS author LANGUAGE sql AS 'SELECT NULL::author'",
            "CREATE CAST (text AS author) WITH FUNCTION written(text) AS IMPLICIT",
        ];
        let object = "CAST (text AS public.author)";
        fixed(bed, &make, Warning, "R27", object, "public.written").await;
    })
    .await;
}

#[tokio::test]
async fn r27_domains_of_an_accepted_name() {
    on_a_good_database(async |bed| {
        let make = ["CREATE DOMAIN citext AS text CHECK (value <> '')"];
        let object = "public.citext";
        fixed(bed, &make, Warning, "R27", object, "runs its checks").await;
    })
    .await;
}

#[tokio::test]
async fn r27_what_no_statement_can_use_is_not_reported() {
    on_a_good_database(async |bed| {
        let make = [
            SAME,
            // Of another name, and out of reach.
            "CREATE OPERATOR =#= (LEFTARG = author, RIGHTARG = text, FUNCTION = same)",
            "CREATE SCHEMA attic",
            "CREATE OPERATOR attic.= (LEFTARG = author, RIGHTARG = text, FUNCTION = same)",
            "CREATE DOMAIN attic.citext AS text",
            // To a type that has to be allowed by name.
            "CREATE FUNCTION written(text) RETURNS author LANGUAGE sql AS 'SELECT NULL::author'",
            "CREATE CAST (text AS author) WITH FUNCTION written(text)",
        ];
        run(bed, &make).await;
        assert_eq!(examine(bed).await.findings(), []);
    })
    .await;
}
