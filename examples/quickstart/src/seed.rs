use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, Schema, Set,
};
use tenancy_core::{
    Slug, Tenant, TenantId,
    store::InMemoryTenantStore,
    tenant::{TenantKind, TenantStatus},
};
use uuid::Uuid;

use crate::{
    entity::{author, note},
    error::StartError,
};

pub(crate) struct Seed {
    pub(crate) slug: &'static str,
    name: &'static str,
    kind: TenantKind,
    pub(crate) status: TenantStatus,
    /// The tenant's id; its people's ids follow it.
    id: u128,
    pub(crate) people: [&'static str; 2],
}

pub(crate) const TENANTS: [Seed; 4] = [
    Seed {
        slug: "acme",
        name: "Acme Corporation",
        kind: TenantKind::Client,
        status: TenantStatus::Active,
        id: 0xacc0_0000_0000_4000_8000_0000_0000_0000,
        people: ["alice", "bob"],
    },
    Seed {
        slug: "globex",
        name: "Globex Corporation",
        kind: TenantKind::Client,
        status: TenantStatus::Active,
        id: 0x910b_e000_0000_4000_8000_0000_0000_0000,
        people: ["carol", "dave"],
    },
    Seed {
        slug: "initech",
        name: "Initech",
        kind: TenantKind::Client,
        status: TenantStatus::Suspended,
        id: 0x1717_ec00_0000_4000_8000_0000_0000_0000,
        people: ["erin", "frank"],
    },
    Seed {
        slug: "platform",
        name: "The platform",
        kind: TenantKind::Platform,
        status: TenantStatus::Active,
        id: 0xb1a7_f000_0000_4000_8000_0000_0000_0000,
        people: ["grace", "heidi"],
    },
];

pub(crate) fn tenants() -> Result<InMemoryTenantStore, StartError> {
    let store = InMemoryTenantStore::new();
    for seed in &TENANTS {
        let tenant = tenant(seed).map_err(|error| StartError::Tenants(error.into()))?;
        store
            .insert(tenant)
            .map_err(|error| StartError::Tenants(error.into()))?;
    }
    Ok(store)
}

fn tenant(seed: &Seed) -> Result<Tenant, tenancy_core::tenant::InvalidId> {
    let id = TenantId::uuid(Uuid::from_u128(seed.id))?;
    Ok(Tenant::new(id, Slug::parse(seed.slug)?)
        .with_name(seed.name)
        .with_kind(seed.kind)
        .with_status(seed.status))
}

/// Creates what is missing. This is the service's own work, not a tenant's, so it takes the plain
/// connection.
pub(crate) async fn tables_and_people(db: &DatabaseConnection) -> Result<(), DbErr> {
    create_table(db, author::Entity).await?;
    create_table(db, note::Entity).await?;
    for seed in &TENANTS {
        for (name, number) in seed.people.into_iter().zip(1..) {
            let id = Uuid::from_u128(seed.id + number);
            if author::Entity::find_by_id(id).one(db).await?.is_none() {
                let author = author::ActiveModel {
                    id: Set(id),
                    tenant_id: Set(Uuid::from_u128(seed.id)),
                    name: Set(name.to_owned()),
                };
                author.insert(db).await?;
            }
        }
    }
    Ok(())
}

async fn create_table<E: EntityTrait>(db: &DatabaseConnection, entity: E) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(entity);
    db.execute(table.if_not_exists()).await?;
    for mut index in schema.create_index_from_entity(entity) {
        db.execute(index.if_not_exists()).await?;
    }
    Ok(())
}
