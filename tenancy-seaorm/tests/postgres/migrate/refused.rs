//! What is not migrated, and what is left as it was.

use sea_orm::{Database, DbErr};
use tenancy_core::TenantId;
use tenancy_seaorm::{Catalog, Error, ErrorKind, Policy, TenantColumnType, TenantMigration};

use super::{ACME, KEYS, assert_owned, catalog, keys, migration, on_legacy, run, texts};

fn refused(outcome: Result<(), DbErr>, kind: ErrorKind, why: &str) {
    let error = outcome.unwrap_err();
    let found = Error::of(&error).unwrap_or_else(|| panic!("not a refusal: {error}"));
    assert_eq!(found.kind(), kind, "{found}");
    assert!(found.to_string().contains(why), "{found}");
}

#[tokio::test]
async fn rows_that_belong_to_nobody_stop_it() {
    on_legacy(async |bed| {
        let nobodys = TenantMigration::of(&catalog());
        refused(
            nobodys.expand(&bed.owner, |_| {}).await,
            ErrorKind::Catalog,
            "100 rows of \"author\" belong to no tenant",
        );
        refused(
            nobodys.contract(&bed.owner, |_| {}).await,
            ErrorKind::Catalog,
            "run `expand`",
        );
        run(
            bed,
            "INSERT INTO author (org) VALUES ('unheard of'), ('unheard of')",
        )
        .await;
        let migration = migration(bed);
        refused(
            migration.expand(&bed.owner, |_| {}).await,
            ErrorKind::Catalog,
            "2 rows of \"author\" belong to no tenant",
        );
        // The service can still write: nothing is NOT NULL yet.
        run(
            bed,
            "INSERT INTO author (org) VALUES ('also unheard of'), ('acme')",
        )
        .await;
        assert_eq!(
            texts(
                bed,
                "SELECT count(*)::text FROM author WHERE tenant_id IS NULL"
            )
            .await,
            ["3"]
        );
        run(bed, "DELETE FROM author WHERE tenant_id IS NULL").await;
        migration.expand(&bed.owner, |_| {}).await.unwrap();
        assert_owned(bed).await;
    })
    .await;
}

#[tokio::test]
async fn w09_rows_that_link_two_tenants_stop_it() {
    on_legacy(async |bed| {
        run(bed, "UPDATE note SET parent_id = id + 1 WHERE id = 1").await;
        let migration = migration(bed);
        let error = migration
            .expand(&bed.owner, |_| {})
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("violates foreign key constraint"), "{error}");
        // New ones are stopped already.
        let link = sea_orm::ConnectionTrait::execute_unprepared(
            &bed.owner,
            "UPDATE note SET parent_id = 4 WHERE id = 3",
        )
        .await;
        assert!(
            link.unwrap_err()
                .to_string()
                .contains("violates foreign key constraint")
        );
        run(bed, "UPDATE note SET parent_id = NULL WHERE id = 1").await;
        migration.expand(&bed.owner, |_| {}).await.unwrap();
        migration.contract(&bed.owner, |_| {}).await.unwrap();
        assert_eq!(keys(bed).await, KEYS);
    })
    .await;
}

#[tokio::test]
async fn foreign_keys_that_cannot_be_given_the_tenant_are_named() {
    on_legacy(async |bed| {
        run(
            bed,
            "ALTER TABLE mail ADD COLUMN parent bigint REFERENCES mail ON UPDATE SET NULL",
        )
        .await;
        let outcome = migration(bed).expand(&bed.owner, |_| {}).await;
        refused(
            outcome,
            ErrorKind::Catalog,
            "mail_parent_fkey of mail cannot be given the tenant",
        );
    })
    .await;
}

#[tokio::test]
async fn all_rows_may_belong_to_one_tenant() {
    on_legacy(async |bed| {
        let migration =
            TenantMigration::of(&catalog()).existing_rows(&TenantId::uuid(ACME).unwrap());
        migration.expand(&bed.owner, |_| {}).await.unwrap();
        run(
            bed,
            "INSERT INTO author (org) VALUES ('of the old version')",
        )
        .await;
        for table in ["author", "note", "tag", "mail", "event"] {
            let others = format!(
                "SELECT count(*)::text FROM {table} WHERE tenant_id IS DISTINCT FROM '{ACME}'"
            );
            assert_eq!(texts(bed, &others).await, ["0"], "{table}");
        }
        migration.contract(&bed.owner, |_| {}).await.unwrap();
        assert_eq!(keys(bed).await, KEYS);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_changes() {
    on_legacy(async |bed| {
        let integer = TenantMigration::of(&catalog()).existing_rows(&TenantId::integer(1).unwrap());
        refused(integer.expand(&bed.owner, |_| {}).await, ErrorKind::Incompatible, "does not fit its column");
        refused(integer.apply(&bed.owner).await, ErrorKind::Incompatible, "does not fit its column");
        let unknown = TenantMigration::of(&catalog()).existing_rows_of("customer", "SELECT 1");
        refused(unknown.expand(&bed.owner, |_| {}).await, ErrorKind::Catalog, "not a tenant-owned table");
        refused(unknown.apply(&bed.owner).await, ErrorKind::Catalog, "not a tenant-owned table");
        for (table, column, why) in [
            ("nothing", "tenant_id", "the database has not"),
            ("author", "org", "of type text, and the catalog says uuid"),
        ] {
            let catalog = Catalog::builder().table(table, Policy::column(column, TenantColumnType::Uuid)).build().unwrap();
            refused(TenantMigration::of(&catalog).expand(&bed.owner, |_| {}).await, ErrorKind::Catalog, why);
        }
        let untouched = "SELECT a.attrelid::regclass::text FROM pg_attribute a WHERE a.attname = 'tenant_id' AND a.attnum > 0";
        assert_eq!(texts(bed, untouched).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn other_databases_are_refused() {
    let sqlite = Database::connect("sqlite::memory:").await.unwrap();
    let migration = TenantMigration::of(&catalog());
    refused(
        migration.expand(&sqlite, |_| {}).await,
        ErrorKind::Incompatible,
        "PostgreSQL",
    );
    refused(
        migration.contract(&sqlite, |_| {}).await,
        ErrorKind::Incompatible,
        "PostgreSQL",
    );
    refused(
        migration.apply(&sqlite).await,
        ErrorKind::Incompatible,
        "PostgreSQL",
    );
}
