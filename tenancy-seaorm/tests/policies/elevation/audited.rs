//! What is recorded.

use std::sync::Arc;

use sea_orm::{EntityTrait, PaginatorTrait};
use tenancy_core::{
    TenantId,
    audit::{AuditKind, AuditOutcome},
    elevation::{AuthorityErrorKind, Elevation, ElevationScope},
};
use testbed::{ACME, GLOBEX, note};
use uuid::Uuid;

use crate::elevation::world::{Kept, MINUTE, everywhere, request, two};

fn id(tenant: Uuid) -> TenantId {
    TenantId::uuid(tenant).unwrap()
}

#[tokio::test]
async fn a04_each_chosen_tenant_is_told_before_anything_is_read() {
    everywhere(async |world| {
        let kept = Arc::new(Kept::default());
        let root = request("root", Arc::clone(&kept)).await;
        kept.take();
        let elevation = Elevation::request(&root, "ticket 4711", two(), MINUTE).unwrap();
        let number = elevation.id();
        let events = kept.take();
        let mut told: Vec<_> = events.iter().filter_map(|event| event.tenant()).collect();
        told.sort_unstable();
        assert_eq!(told, [&id(GLOBEX), &id(ACME)]);
        for event in &events {
            assert_eq!(event.kind(), AuditKind::CrossTenant);
            assert_eq!(event.outcome(), AuditOutcome::Success);
            assert_eq!(event.reason(), Some("ticket 4711"));
            assert_eq!(event.actor(), Some("root"));
            assert_eq!(event.elevation(), Some(number));
        }

        let db = world.database.elevated(elevation).unwrap();
        assert_eq!(db.elevation().id(), number);
        let count = note::Entity::find().count(&db).await.unwrap();
        db.audit("report.notes")
            .resource("count", count)
            .record()
            .unwrap();
        db.elevation()
            .audit_in(&id(ACME), "report.read")
            .record()
            .unwrap();
        let done = kept.take();
        assert_eq!(done.len(), 2);
        assert!(
            done.iter()
                .all(|event| event.elevation() == Some(number) && event.kind() == AuditKind::Action)
        );
        assert_eq!(done[0].resource_id(), Some("8"));
        assert_eq!(done[1].tenant(), Some(&id(ACME)));
    })
    .await;
}

#[tokio::test]
async fn a04_who_is_no_administrator_of_the_platform_gets_none_and_that_is_recorded() {
    let kept = Arc::new(Kept::default());
    let heidi = request("heidi", Arc::clone(&kept)).await;
    kept.take();
    for scope in [two(), ElevationScope::All] {
        let refused = Elevation::request(&heidi, "curious", scope, MINUTE).unwrap_err();
        assert_eq!(refused.kind(), AuthorityErrorKind::NotAllowed);
        let [event] = &kept.take()[..] else {
            panic!("one event");
        };
        assert_eq!(event.kind(), AuditKind::CrossTenant);
        assert_eq!(event.outcome(), AuditOutcome::Denied);
        assert_eq!(event.reason(), Some("curious"));
        assert_eq!(event.actor(), Some("heidi"));
    }
}
