//! R01: there is no scope without a tenant, nor for one that the columns cannot hold.

use std::sync::Arc;

use tenancy_core::{Slug, Tenant, TenantContext, TenantId, tenant::TenantStatus};
use tenancy_seaorm::ErrorKind;
use testbed::{ACME, context, on_every_backend};
use uuid::Uuid;

#[test]
fn r01_there_is_no_scope_without_a_tenant() {
    // No id can be made of nothing, and no context of an inactive tenant.
    assert!(TenantId::uuid(Uuid::nil()).is_err());
    assert!(TenantId::text("").is_err());
    assert!(TenantId::integer(0).is_err());
    let suspended = tenant(ACME).with_status(TenantStatus::Suspended);
    assert!(TenantContext::assume(Arc::new(suspended), "a test").is_err());
    assert!(TenantContext::assume(Arc::new(tenant(ACME)), "a test").is_ok());
    assert!(TenantContext::current().is_err());
}

fn tenant(id: Uuid) -> Tenant {
    Tenant::new(TenantId::uuid(id).unwrap(), Slug::parse("acme").unwrap())
}

#[tokio::test]
async fn r01_a_tenant_whose_id_cannot_be_in_the_columns_gets_no_connection() {
    on_every_backend(async |bed| {
        let numbered = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
        let numbered = TenantContext::assume(Arc::new(numbered), "a test").unwrap();
        let error = bed.database.scoped(&numbered).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Incompatible);
        assert!(bed.database.scoped(&context(ACME)).is_ok());
    })
    .await;
}
