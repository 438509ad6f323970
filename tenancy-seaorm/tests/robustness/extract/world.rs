//! Two tenants with a note each, and a third whose id is of another kind than the column.

use sea_orm::{
    ActiveModelTrait, ConnectOptions, ConnectionTrait, Database, EntityTrait, Schema, Set,
};
use tenancy_core::{
    Mode, Slug, Tenancy, Tenant, TenantId, authenticate::jwt::Jwt, resolve::HeaderResolver,
    store::InMemoryTenantStore,
};
use tenancy_seaorm::{Catalog, ScopedConnection, TenantDatabase};
use uuid::Uuid;

pub(crate) mod note {
    #![allow(missing_docs, unreachable_pub)]
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub tenant_id: i64,
        pub title: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) const TENANT: &str = "x-tenant-id";
/// What the client is told when the service is set up wrongly. It names nothing.
pub(crate) const MISCONFIGURED: &str = r#"{"title":"Internal Server Error","status":500,"detail":"the service cannot answer this request","code":"internal_error"}"#;

pub(crate) fn tenancy() -> Tenancy {
    let tenants = InMemoryTenantStore::new();
    for (id, slug) in [
        (TenantId::integer(1).unwrap(), "acme"),
        (TenantId::integer(2).unwrap(), "globex"),
        (TenantId::uuid(Uuid::from_u128(3)).unwrap(), "unfit"),
    ] {
        let tenant = Tenant::new(id, Slug::parse(slug).unwrap());
        tenants.insert(tenant).unwrap();
    }
    Tenancy::builder()
        .resolver(HeaderResolver::new(TENANT))
        .authenticate(
            Jwt::hs256([7; 32])
                .audience("api")
                .issuer("https://id.example.com"),
        )
        .store(tenants)
        .mode(Mode::Public)
        .build()
        .unwrap()
}

pub(crate) async fn database() -> TenantDatabase {
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let connection = Database::connect(options).await.unwrap();
    let schema = Schema::new(connection.get_database_backend());
    let table = schema.create_table_from_entity(note::Entity);
    connection.execute(&table).await.unwrap();
    for (tenant_id, title) in [(1, "of acme"), (2, "of globex")] {
        let note = note::ActiveModel {
            tenant_id: Set(tenant_id),
            title: Set(title.to_owned()),
            ..Default::default()
        };
        note.insert(&connection).await.unwrap();
    }
    let catalog = Catalog::builder()
        .tenant_owned::<note::Entity>()
        .build()
        .unwrap();
    TenantDatabase::new(connection, &catalog).unwrap()
}

/// What every handler here answers.
pub(crate) async fn titles(db: ScopedConnection) -> String {
    let notes = note::Entity::find().all(&db).await.unwrap();
    let titles: Vec<_> = notes.into_iter().map(|note| note.title).collect();
    titles.join(", ")
}
