//! A catalog that contradicts itself is not built, and a tenant that it cannot hold gets no
//! connection.

use std::sync::Arc;

use sea_orm::Database;
use tenancy_core::{Slug, Tenant, TenantContext, TenantId};
use tenancy_seaorm::{
    Catalog, CatalogBuilder, ErrorKind, Policy, TenantColumnType, TenantDatabase,
};
use uuid::Uuid;

fn by_uuid() -> Policy {
    Policy::column("tenant_id", TenantColumnType::Uuid)
}

#[test]
fn a_table_has_exactly_one_policy() {
    let with_note = || Catalog::builder().table("note", by_uuid());
    let in_office = || Catalog::builder().table("office.note", by_uuid());
    let refused: [CatalogBuilder; 6] = [
        with_note().table("note", by_uuid()),
        with_note().reference_table("note"),
        // One table on SQLite and MySQL.
        with_note().reference_table("Note"),
        in_office().reference_table("office.NOTE"),
        in_office().reference_table("OFFICE.note"),
        Catalog::builder().table("", by_uuid()),
    ];
    for catalog in refused {
        assert_eq!(catalog.build().unwrap_err().kind(), ErrorKind::Catalog);
    }
    let accepted = with_note()
        .reference_table("notes")
        .reference_table("office.note");
    assert!(accepted.build().is_ok());
}

#[test]
fn an_allowed_function_is_written_in_lower_case() {
    let allow = |name| Catalog::builder().allow_function(name).build();
    assert_eq!(allow("MyFunction").unwrap_err().kind(), ErrorKind::Catalog);
    assert!(allow("my_function").is_ok());
}

#[tokio::test]
async fn a_tenant_whose_id_fits_no_tenant_column_gets_no_connection() {
    let catalog = Catalog::builder().table("note", by_uuid()).build().unwrap();
    let connection = Database::connect("sqlite::memory:").await.unwrap();
    let database = TenantDatabase::new(connection, &catalog).unwrap();
    let scoped = |id| {
        let acme = Tenant::new(id, Slug::parse("acme").unwrap());
        database.scoped(&TenantContext::assume(Arc::new(acme), "a test").unwrap())
    };
    let error = scoped(TenantId::integer(1).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incompatible);
    let uuid = TenantId::uuid(Uuid::from_u128(1)).unwrap();
    assert!(scoped(uuid).is_ok());
}
