//! Steps of `sea-orm-migration`.

use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, sea_orm::DbErr,
};
use tenancy_seaorm::{RowSecurity, TenantMigration};

use super::{ACME, KEYS, assert_healthy, catalog, keys, on_legacy};

fn migration() -> TenantMigration {
    let tenant = tenancy_core::TenantId::uuid(ACME).unwrap();
    TenantMigration::of(&catalog()).existing_rows(&tenant)
}

struct Expand;

impl MigrationName for Expand {
    fn name(&self) -> &str {
        "m1_expand"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Expand {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        migration().expand(manager.get_connection(), |_| {}).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}

struct Contract;

impl MigrationName for Contract {
    fn name(&self) -> &str {
        "m2_contract"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Contract {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        migration().contract(manager.get_connection(), |_| {}).await
    }
}

/// Policies are a step of their own, which can be taken back.
struct Policies;

impl MigrationName for Policies {
    fn name(&self) -> &str {
        "m3_policies"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Policies {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RowSecurity::of(&catalog())
            .apply(manager.get_connection())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RowSecurity::of(&catalog())
            .remove(manager.get_connection())
            .await
    }
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Expand), Box::new(Contract), Box::new(Policies)]
    }
}

#[tokio::test]
async fn the_halves_are_steps_of_sea_orm_migration() {
    on_legacy(async |bed| {
        Migrator::up(&bed.owner, None).await.unwrap();
        assert_eq!(
            keys(bed)
                .await
                .into_iter()
                .filter(|key| !key.starts_with("seaql"))
                .collect::<Vec<_>>(),
            KEYS
        );
        assert_healthy(bed).await;
        for _ in 0..2 {
            Migrator::down(&bed.owner, Some(1)).await.unwrap();
            Migrator::up(&bed.owner, None).await.unwrap();
            assert_healthy(bed).await;
        }
    })
    .await;
}
