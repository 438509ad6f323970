//! Keys and tables of odd shapes, and owners who see less than all rows.

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbErr};
use tenancy_core::TenantId;
use tenancy_seaorm::{
    Catalog, Error, ErrorKind, Policy, RowSecurity, TenantColumnType, TenantMigration,
};
use testbed::Testbed;

use super::{run, texts};

fn catalog(tables: &[&str]) -> Catalog {
    let tenant = || Policy::column("tenant_id", TenantColumnType::Int64);
    let builder = tables.iter().fold(Catalog::builder(), |builder, table| {
        builder.table(table, tenant())
    });
    builder.build().unwrap()
}

fn migration(tables: &[&str]) -> TenantMigration {
    TenantMigration::of(&catalog(tables)).existing_rows(&TenantId::integer(1).unwrap())
}

async fn on(statements: &[&str], test: impl AsyncFn(&Testbed)) {
    testbed::on(sea_orm::DbBackend::Postgres, async |bed| {
        run(bed, "DROP TABLE note, author, country, ledger").await;
        for sql in statements {
            run(bed, &sql.replace("{role}", &bed.role)).await;
        }
        test(bed).await;
    })
    .await;
}

fn refused(outcome: Result<(), DbErr>, kind: ErrorKind, why: &str) {
    let error = outcome.unwrap_err();
    let found = Error::of(&error).unwrap_or_else(|| panic!("not a refusal: {error}"));
    assert_eq!(found.kind(), kind, "{found}");
    assert!(found.to_string().contains(why), "{found}");
}

#[tokio::test]
async fn unique_indexes_keep_what_they_say() {
    on(
        &[
            "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "CREATE TABLE a (id bigint PRIMARY KEY, email text, code text, n integer)",
            "CREATE UNIQUE INDEX emails ON a (email COLLATE ci) WITH (fillfactor = 70)",
            "CREATE UNIQUE INDEX codes ON a (code text_pattern_ops DESC) INCLUDE (n) WHERE n > 0",
            "ALTER TABLE a ADD CONSTRAINT ns UNIQUE NULLS NOT DISTINCT (n), ALTER n SET NOT NULL, REPLICA IDENTITY USING INDEX ns",
            "INSERT INTO a VALUES (1, 'A@x', 'c', 1)",
        ],
        async |bed| {
            let migration = migration(&["a"]);
            migration.expand(&bed.owner, |_| {}).await.unwrap();
            migration.contract(&bed.owner, |_| {}).await.unwrap();
            let indexes = "SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisreplident THEN ' identity' ELSE '' END FROM pg_index WHERE indrelid = 'a'::regclass ORDER BY 1";
            assert_eq!(
                texts(bed, indexes).await,
                [
                    "CREATE UNIQUE INDEX a_pkey ON public.a USING btree (id)",
                    "CREATE UNIQUE INDEX a_tenant_id_id_key ON public.a USING btree (tenant_id, id)",
                    "CREATE UNIQUE INDEX codes ON public.a USING btree (tenant_id, code text_pattern_ops DESC) INCLUDE (n) WHERE (n > 0)",
                    "CREATE UNIQUE INDEX emails ON public.a USING btree (tenant_id, email COLLATE ci) WITH (fillfactor='70')",
                    "CREATE UNIQUE INDEX ns ON public.a USING btree (tenant_id, n) NULLS NOT DISTINCT identity",
                ]
            );
        },
    )
    .await;
}

#[tokio::test]
async fn foreign_keys_keep_what_they_do() {
    on(
        &[
            "CREATE TABLE p (a integer NOT NULL, b integer NOT NULL, UNIQUE (a, b))",
            "CREATE TABLE c (id bigint PRIMARY KEY, a integer NOT NULL, b integer, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES p (a, b) ON DELETE SET NULL (b))",
        ],
        async |bed| {
            migration(&["p", "c"]).expand(&bed.owner, |_| {}).await.unwrap();
            let key = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'k'";
            assert_eq!(texts(bed, key).await, ["FOREIGN KEY (tenant_id, a, b) REFERENCES p(tenant_id, a, b) ON DELETE SET NULL (b)"]);
        },
    )
    .await;
    on(
        &[
            "CREATE TABLE p (a integer, b integer, UNIQUE (a, b))",
            "CREATE TABLE c (id bigint PRIMARY KEY, a integer, b integer, CONSTRAINT k FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL)",
        ],
        async |bed| {
            let outcome = migration(&["p", "c"]).expand(&bed.owner, |_| {}).await;
            refused(outcome, ErrorKind::Catalog, "k of c cannot be given the tenant");
        },
    )
    .await;
}

#[tokio::test]
async fn a_key_that_another_table_rests_on_is_named_in_time() {
    on(
        &[
            "CREATE TABLE a (id bigint PRIMARY KEY, email text UNIQUE)",
            "CREATE TABLE outside (email text CONSTRAINT watched REFERENCES a (email))",
        ],
        async |bed| {
            let outcome = migration(&["a"]).expand(&bed.owner, |_| {}).await;
            refused(outcome, ErrorKind::Catalog, "watched of outside");
        },
    )
    .await;
}

#[tokio::test]
async fn an_index_of_another_table_is_left_alone() {
    on(
        &[
            "CREATE TABLE a (id bigint PRIMARY KEY)",
            "CREATE TABLE other (x integer)",
            "CREATE INDEX a_tenant_id_id_key ON other (x)",
        ],
        async |bed| {
            let outcome = migration(&["a"]).expand(&bed.owner, |_| {}).await;
            refused(outcome, ErrorKind::Catalog, "something else of this name");
        },
    )
    .await;
}

#[tokio::test]
async fn rows_that_no_update_changes_are_an_error() {
    on(
        &[
            "CREATE TABLE a (id bigint PRIMARY KEY)",
            "INSERT INTO a VALUES (1)",
            "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER never BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION never()",
        ],
        async |bed| {
            let outcome = migration(&["a"]).expand(&bed.owner, |_| {}).await;
            refused(outcome, ErrorKind::Catalog, "a trigger or a rule");
        },
    )
    .await;
}

#[tokio::test]
async fn the_trigger_comes_last_and_is_nobody_elses() {
    let (one, two) = (
        format!("{}1", "a".repeat(60)),
        format!("{}2", "a".repeat(60)),
    );
    on(
        &[
            &format!("CREATE TABLE {one} (id bigint PRIMARY KEY, found bigint)"),
            &format!("CREATE TABLE {two} (id bigint PRIMARY KEY, found bigint)"),
            "CREATE FUNCTION sets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.found := 10 + NEW.id; RETURN NEW; END $$",
            &format!("CREATE TRIGGER trg_found BEFORE INSERT ON {one} FOR EACH ROW EXECUTE FUNCTION sets()"),
            &format!("CREATE TRIGGER trg_found BEFORE INSERT ON {two} FOR EACH ROW EXECUTE FUNCTION sets()"),
        ],
        async |bed| {
            let catalog = catalog(&[&one, &two]);
            let migration = TenantMigration::of(&catalog)
                .existing_rows_of(&one, "SELECT found")
                .existing_rows_of(&two, "SELECT found + 100");
            migration.expand(&bed.owner, |_| {}).await.unwrap();
            // Somebody else's writer, who looks up tables elsewhere.
            run(bed, &format!("BEGIN; SET LOCAL search_path = pg_catalog; INSERT INTO public.{one} (id) VALUES (1); INSERT INTO public.{two} (id) VALUES (1); COMMIT")).await;
            assert_eq!(texts(bed, &format!("SELECT tenant_id::text FROM {one} UNION ALL SELECT tenant_id::text FROM {two}")).await, ["11", "111"]);
            migration.contract(&bed.owner, |_| {}).await.unwrap();
            assert_eq!(texts(bed, "SELECT tgname::text FROM pg_trigger WHERE tgname ~ 'tenancy'").await, [""; 0]);
        },
    )
    .await;
}

#[tokio::test]
async fn w09_an_owner_who_sees_less_than_all_rows_does_not_migrate() {
    on(
        &[
            "CREATE ROLE {role}_owner LOGIN PASSWORD '{role}_owner'",
            "GRANT ALL ON SCHEMA public TO {role}_owner",
            "CREATE TABLE p (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, UNIQUE (tenant_id, id))",
            "CREATE TABLE c (id bigint PRIMARY KEY, tenant_id bigint NOT NULL, p_id bigint REFERENCES p)",
            // A row that links two tenants.
            "INSERT INTO p VALUES (1, 1), (2, 2)",
            "INSERT INTO c VALUES (1, 2, 1)",
            "ALTER TABLE p OWNER TO {role}_owner",
            "ALTER TABLE c OWNER TO {role}_owner",
        ],
        async |bed| {
            let role = format!("{}_owner", bed.role);
            let url = bed.application_url().replacen(&format!("{0}:{0}@", bed.role), &format!("{role}:{role}@"), 1);
            let mut options = ConnectOptions::new(url);
            options.sqlx_logging(false);
            let owner = Database::connect(options).await.unwrap();
            RowSecurity::of(&catalog(&["p", "c"])).apply(&owner).await.unwrap();
            let migration = migration(&["p", "c"]);
            refused(migration.expand(&owner, |_| {}).await, ErrorKind::Incompatible, "hides rows from the owner");
            let applied = migration.apply(&owner).await.unwrap_err().to_string();
            assert!(applied.contains("row-level security"), "{applied}");
            // One who sees them all finds it, and nothing is finished before it is mended.
            let error = migration.expand(&bed.owner, |_| {}).await.unwrap_err().to_string();
            assert!(error.contains("violates foreign key constraint"), "{error}");
            refused(migration.contract(&bed.owner, |_| {}).await, ErrorKind::Catalog, "does not include the tenant: run `expand`");
            bed.owner.execute_unprepared("UPDATE c SET p_id = 2").await.unwrap();
            migration.expand(&bed.owner, |_| {}).await.unwrap();
            migration.contract(&bed.owner, |_| {}).await.unwrap();
            owner.close().await.unwrap();
        },
    )
    .await;
}
