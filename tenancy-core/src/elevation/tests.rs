use std::{sync::Arc, time::Duration};

use super::{Elevation, ElevationScope, PlatformCapability};
use crate::{
    audit::{
        AuditChannel, AuditEvent, AuditKind, AuditOutcome, RequestId,
        tests::{Kept, context, tenant},
    },
    context::TenantContext,
    error::{AuthorityError, AuthorityErrorKind},
    id::TenantId,
    source::Source,
};

const MINUTE: Duration = Duration::from_secs(60);

fn id(number: i64) -> TenantId {
    TenantId::integer(number).unwrap()
}

fn two() -> ElevationScope {
    ElevationScope::tenants([id(2), id(1), id(2)])
}

fn refused<T>(outcome: Result<T, AuthorityError>) -> AuthorityErrorKind {
    let Err(error) = outcome else {
        panic!("not refused");
    };
    error.kind()
}

#[tokio::test]
async fn a04_an_elevation_is_recorded_in_the_trail_of_each_tenant_before_it_is_there() {
    let kept = Arc::new(Kept::default());
    let root = context(Arc::clone(&kept), "root", "acme").await;
    kept.take();
    let elevation = Elevation::request(&root, "ticket 4711", two(), MINUTE).unwrap();

    assert_eq!(elevation.scope(), &ElevationScope::tenants([id(1), id(2)]));
    assert_eq!(elevation.subject(), Some("root"));
    assert_eq!(elevation.reason(), "ticket 4711");
    assert_eq!(
        elevation.context().map(TenantContext::tenant_id),
        Some(&id(1))
    );
    assert!(elevation.ensure_current().is_ok());
    let events = kept.take();
    assert_eq!(events.len(), 2);
    for (event, tenant) in events.iter().zip([id(1), id(2)]) {
        assert_eq!(event.kind(), AuditKind::CrossTenant);
        assert_eq!(event.action(), "tenancy.elevate");
        assert_eq!(event.outcome(), AuditOutcome::Success);
        assert_eq!(event.tenant(), Some(&tenant));
        assert_eq!(event.actor(), Some("root"));
        assert_eq!(event.issuer(), Some("tests"));
        assert_eq!(event.reason(), Some("ticket 4711"));
        assert_eq!(event.source(), Source::Elevation);
        assert_eq!(event.elevation(), Some(elevation.id()));
        assert_eq!(event.expires(), Some(elevation.expires()));
        assert_eq!(event.request_id().map(RequestId::as_str), Some("req-7"));
    }
}

#[tokio::test]
async fn a04_an_elevation_over_all_tenants_is_one_event_of_the_platform() {
    let kept = Arc::new(Kept::default());
    let root = context(Arc::clone(&kept), "root", "acme").await;
    kept.take();
    let elevation = Elevation::request(&root, "audit", ElevationScope::All, MINUTE).unwrap();
    assert!(elevation.scope().covers(&id(99)));
    let [event] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!(
        (event.kind(), event.tenant()),
        (AuditKind::CrossTenant, None)
    );

    // And so are the things that are done with it.
    elevation
        .audit("usage.report")
        .resource("report", 7)
        .record()
        .unwrap();
    elevation.audit_in(&id(2), "usage.read").record().unwrap();
    let [whole, of_one] = &kept.take()[..] else {
        panic!("two events");
    };
    assert_eq!((whole.tenant(), of_one.tenant()), (None, Some(&id(2))));
    assert_eq!(whole.resource_kind(), Some("report"));
    for event in [whole, of_one] {
        assert_eq!(event.kind(), AuditKind::Action);
        assert_eq!(event.elevation(), Some(elevation.id()));
        assert_eq!(event.actor(), Some("root"));
    }
}

#[tokio::test]
async fn a04_an_elevation_needs_a_reason_tenants_and_a_lifetime() {
    let kept = Arc::new(Kept::default());
    let root = context(Arc::clone(&kept), "root", "acme").await;
    kept.take();
    let ask = |reason, scope, lifetime| refused(Elevation::request(&root, reason, scope, lifetime));
    let many = |count| ElevationScope::tenants((1..=count).map(id));
    for blank in ["", " \t\n"] {
        assert_eq!(ask(blank, two(), MINUTE), AuthorityErrorKind::EmptyReason);
    }
    for scope in [many(0), many(1001)] {
        assert_eq!(ask("test", scope, MINUTE), AuthorityErrorKind::Scope);
    }
    for lifetime in [Duration::ZERO, 481 * MINUTE, Duration::MAX] {
        assert_eq!(ask("test", two(), lifetime), AuthorityErrorKind::Lifetime);
    }
    assert!(kept.take().is_empty());
    assert!(Elevation::request(&root, "test", many(1000), 480 * MINUTE).is_ok());
}

#[tokio::test]
async fn a04_an_elevation_that_is_not_recorded_is_not_given() {
    for room in [0, 1] {
        let kept = Arc::new(Kept::few(room + 1));
        // One event is that of entering.
        let root = context(Arc::clone(&kept), "root", "acme").await;
        kept.take();
        let outcome = Elevation::request(&root, "test", two(), MINUTE);
        assert_eq!(refused(outcome), AuthorityErrorKind::NotAudited);
        assert_eq!(kept.take().len(), room);
    }
    let (full, _events) = AuditChannel::new(1);
    let root = context(full.clone(), "root", "acme").await;
    let outcome = Elevation::request(&root, "test", two(), MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::NotAudited);
}

#[tokio::test]
async fn a04_an_elevation_waits_for_a_durable_sink() {
    let (own, kept) = (Arc::new(Kept::default()), Kept::default());
    let root = context(Arc::clone(&own), "root", "acme").await;
    own.take();
    let asked = Elevation::request_durably(&root, "test", two(), MINUTE, &kept);
    assert!(asked.await.is_ok());
    assert_eq!(kept.take().len(), 2);
    assert!(own.take().is_empty(), "it stands in for the tenancy's");

    let full = Kept::few(1);
    let asked = Elevation::request_durably(&root, "test", two(), MINUTE, &full);
    assert_eq!(refused(asked.await), AuthorityErrorKind::NotAudited);
}

#[tokio::test]
async fn a04_an_elevation_ends() {
    let root = context(Kept::default(), "root", "acme").await;
    let elevation = Elevation::request(&root, "test", two(), Duration::from_nanos(1)).unwrap();
    while !elevation.is_expired() {
        std::hint::spin_loop();
    }
    assert_eq!(
        refused(elevation.ensure_current()),
        AuthorityErrorKind::Expired
    );
}

#[tokio::test]
async fn a04_a05_only_verified_platform_administrators_get_one_and_attempts_are_recorded() {
    // `eve` has the platform's role in a membership, and every request claims it in a header and in
    // its query.
    for user in ["ann", "adam", "eve"] {
        let kept = Arc::new(Kept::default());
        let context = context(Arc::clone(&kept), user, "acme").await;
        let outcome = Elevation::request(&context, "curious", two(), MINUTE);
        assert_eq!(refused(outcome), AuthorityErrorKind::NotAllowed);
        let [event] = &kept.take()[..] else {
            panic!("one event");
        };
        assert_eq!(event.kind(), AuditKind::CrossTenant);
        assert_eq!(event.outcome(), AuditOutcome::Denied);
        assert_eq!(event.actor(), Some(user));
        assert_eq!(event.reason(), Some("curious"));
    }
    // A guest is no administrator either.
    let job = TenantContext::assume(Arc::new(tenant(1, "acme")), "test").unwrap();
    let outcome = Elevation::request(&job, "test", two(), MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::NotAllowed);
}

#[tokio::test]
async fn a04_the_process_has_one_capability() {
    let kept = Arc::new(Kept::default());
    let capability = PlatformCapability::take(Arc::clone(&kept)).unwrap();
    assert!(PlatformCapability::take(Kept::default()).is_none());

    let elevation = capability.elevate("usage report", two(), MINUTE).unwrap();
    assert_eq!(elevation.subject(), None);
    assert!(elevation.context().is_none());
    assert_eq!(
        refused(capability.elevate(" ", two(), MINUTE)),
        AuthorityErrorKind::EmptyReason
    );
    let given = kept.take();
    let tenants: Vec<_> = given.iter().map(AuditEvent::tenant).collect();
    assert_eq!(tenants, [Some(&id(1)), Some(&id(2))]);
    for event in &given {
        assert_eq!(event.kind(), AuditKind::CrossTenant);
        assert_eq!(event.action(), "tenancy.elevate");
        assert_eq!(event.outcome(), AuditOutcome::Success);
        assert_eq!(event.reason(), Some("usage report"));
        assert_eq!(event.source(), Source::Elevation);
        assert_eq!(event.elevation(), Some(elevation.id()));
        assert_eq!(event.expires(), Some(elevation.expires()));
        assert_eq!((event.actor(), event.subject()), (None, None));
    }
    elevation.audit("usage.report").record().unwrap();
    let [done] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!((done.kind(), done.actor()), (AuditKind::Action, None));
    assert_eq!(done.elevation(), Some(elevation.id()));
    let durable = Kept::default();
    let asked = capability.elevate_durably("usage report", two(), MINUTE, &durable);
    assert!(asked.await.is_ok());
    let reasons: Vec<_> = durable.take();
    let reasons: Vec<_> = reasons.iter().map(AuditEvent::reason).collect();
    assert_eq!(reasons, [Some("usage report"); 2]);

    drop(capability);
    assert!(PlatformCapability::take(Kept::default()).is_none());
}

#[cfg(feature = "forward")]
#[tokio::test]
async fn a04_an_administrator_of_another_service_stays_in_the_one_tenant() {
    use crate::{
        forward::{ContextSigner, ForwardedContext},
        resolve::HeaderResolver,
        store::InMemoryTenantStore,
        tenancy::Tenancy,
    };
    let root = context(Kept::default(), "root", "globex").await;
    let signer = ContextSigner::hs256([7; 32], "gateway", "billing").unwrap();
    let store = InMemoryTenantStore::new();
    store.insert(tenant(2, "globex")).unwrap();
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(ForwardedContext::to("billing").trust_hs256("gateway", [7; 32]))
        .store(store)
        .build()
        .unwrap();
    let mut request = http::Request::new(()).into_parts().0;
    request.headers = signer.headers(&root).unwrap();
    let arrived = tenancy.resolve(&request, tenancy.mode()).await.unwrap();
    let arrived = arrived.unwrap();
    assert!(arrived.is_elevated());
    for scope in [ElevationScope::tenants([id(2)]), ElevationScope::All] {
        let outcome = Elevation::request(&arrived, "test", scope, MINUTE);
        assert_eq!(refused(outcome), AuthorityErrorKind::NotAllowed);
    }
}

#[tokio::test]
async fn t07_an_elevation_is_in_its_span() {
    use tracing_subscriber::layer::SubscriberExt;

    let root = context(Kept::default(), "root", "acme").await;
    let elevation = Elevation::request(&root, "ticket 4711", two(), MINUTE).unwrap();
    let fields = crate::context::tests::Fields::default();
    let subscriber = tracing_subscriber::registry().with(fields.clone());
    tracing::subscriber::with_default(subscriber, || drop(elevation.span()));
    let expected = [
        format!("elevation={}", elevation.id()),
        "scope=1, 2".to_owned(),
        "reason=\"ticket 4711\"".to_owned(),
        "subject=\"root\"".to_owned(),
    ];
    assert_eq!(fields.take(), expected);
}

#[test]
fn a_scope_is_short_in_a_log() {
    let scope = |count| ElevationScope::tenants((1..=count).map(id)).to_string();
    assert_eq!(scope(8), "1, 2, 3, 4, 5, 6, 7, 8");
    assert_eq!(scope(1000), "1, 2, 3, 4, 5, 6, 7, 8 and 992 more");
    assert_eq!(ElevationScope::All.to_string(), "all");
}
