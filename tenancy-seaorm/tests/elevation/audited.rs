//! What is recorded, and what stands in the log.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait};
use tenancy_core::{
    AuditKind, AuditOutcome, AuthorityErrorKind, Elevation, ElevationScope, TenantId,
};
use uuid::Uuid;

use crate::{
    bed::{ACME, GLOBEX, note},
    logged::Log,
    world::{Kept, MINUTE, everywhere, on, request, two},
};

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

#[tokio::test]
async fn t07_every_statement_of_an_elevation_names_it_in_the_log() {
    let (log, _guard) = Log::keep(tracing::Level::DEBUG);
    everywhere(async |world| {
        let db = world.two().await;
        let number = db.elevation().id();
        log.take();
        note::Entity::find().count(&db).await.unwrap();
        assert!(db.execute_unprepared("SELECT * FROM ledger").await.is_err());
        let acme = world.database.scoped(&crate::bed::context(ACME)).unwrap();
        note::Entity::find().all(&acme).await.unwrap();
        let lines = log.take();
        let line = |text: &str| {
            let line = lines.lines().find(|line| line.contains(text));
            line.unwrap_or_else(|| panic!("no {text} in {lines}"))
        };
        let span = format!("elevation{{elevation={number} scope=");
        let planned = line("plan=note:where");
        assert!(planned.contains(&span), "{planned}");
        assert!(planned.contains("reason=\"ticket 4711\""), "{planned}");
        assert!(
            planned.ends_with(&format!("elevation={number}")),
            "{planned}"
        );
        assert!(line("statement refused").contains(&span));
        let own = lines
            .lines()
            .rfind(|line| line.contains("statement scoped"));
        assert!(own.is_some_and(|own| !own.contains("elevation")), "{own:?}");
    })
    .await;
}

#[tokio::test]
async fn t07_what_the_driver_logs_is_in_the_span_of_the_elevation() {
    let (log, _guard) = Log::keep(tracing::Level::DEBUG);
    on(DbBackend::Postgres, async |world| {
        let pool = sea_orm::Database::connect(world.bed.application_url());
        let catalog = crate::bed::catalog();
        let database = tenancy_seaorm::TenantDatabase::new(pool.await.unwrap(), &catalog).unwrap();
        let elevation = crate::world::elevation(two(), MINUTE).await;
        let span = format!("elevation{{elevation={}", elevation.id());
        let db = database.elevated(elevation).unwrap();
        log.take();
        note::Entity::find().all(&db).await.unwrap();
        let lines = log.take();
        let sent = lines.lines().find(|line| line.contains("sqlx::query"));
        assert!(sent.is_some_and(|line| line.contains(&span)), "{lines}");
    })
    .await;
}
