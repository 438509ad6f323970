use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use futures_util::FutureExt;
use http::{HeaderName, Request, request::Parts};

use super::{
    AuditChannel, AuditEvent, AuditKind, AuditOutcome, AuditSink, DurableAuditSink, RequestId,
};
use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::{AuditError, ResolveError},
    id::{Slug, TenantId},
    principal::{Membership, Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, QueryResolver},
    source::Source,
    store::InMemoryTenantStore,
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey},
};

mod actions;

/// A sink that keeps events, until it is told to fail.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<AuditEvent>>, AtomicUsize);

impl Kept {
    /// A sink that takes this many events and no more.
    pub(crate) fn few(room: usize) -> Self {
        Self(Mutex::default(), AtomicUsize::new(usize::MAX - room))
    }

    pub(crate) fn take(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl AuditSink for Kept {
    fn record(&self, event: &AuditEvent) {
        let _ = self.try_record(event);
    }

    fn try_record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        let room = |taken: usize| taken.checked_add(1);
        self.1
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .map_err(|_| AuditError::new("no room"))?;
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}

impl DurableAuditSink for Kept {
    fn append<'a>(&'a self, events: &'a [AuditEvent]) -> Answer<'a, Result<(), AuditError>> {
        Answer::later(async {
            tokio::task::yield_now().await;
            events.iter().try_for_each(|event| self.try_record(event))
        })
    }
}

/// Believes the header `x-user`: `root` administers the platform, `eve` tries to, `adam`
/// administers acme, and all others are members of acme.
struct Users;

impl Authenticator for Users {
    fn authenticate<'a>(
        &'a self,
        request: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let name = request
            .single_header(&HeaderName::from_static("x-user"))
            .unwrap();
        Answer::Now(Ok(name.map(|name| {
            let user = Principal::new(str::from_utf8(name).unwrap()).issued_by("tests");
            let acme = TenantKey::parse_name("acme").unwrap();
            let member = |role| user.clone().with_membership(Membership::new(acme, [role]));
            Authenticated::new(match name {
                b"root" => user.platform_admin(),
                b"adam" => member(Role::TenantAdmin),
                b"eve" => member(Role::PlatformAdmin),
                _ => member(Role::Member),
            })
        })))
    }
}

pub(crate) fn tenant(id: i64, slug: &str) -> Tenant {
    Tenant::new(TenantId::integer(id).unwrap(), Slug::parse(slug).unwrap())
}

pub(crate) fn tenancy(sink: impl AuditSink) -> Tenancy {
    let store = InMemoryTenantStore::new();
    store.insert(tenant(1, "acme")).unwrap();
    store.insert(tenant(2, "globex")).unwrap();
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(QueryResolver::new("tenant"))
        .authenticate(Users)
        .audit(sink)
        .store(store)
        .build()
        .unwrap()
}

/// The context of a user of [`Users`] who asks for a tenant.
pub(crate) async fn context(sink: impl AuditSink, user: &str, tenant: &str) -> TenantContext {
    let headers = [
        ("x-user", user),
        ("x-tenant-id", tenant),
        ("x-request-id", "req-7"),
        ("x-role", "platform_admin"),
    ];
    let request = request("/?role=platform_admin", &headers);
    let tenancy = tenancy(sink);
    tenancy
        .resolve(&request, tenancy.mode())
        .await
        .unwrap()
        .unwrap()
}

fn request(uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

async fn resolve(tenancy: &Tenancy, user: &str, tenant: &str, uri: &str) -> bool {
    let headers = [
        ("x-user", user),
        ("x-tenant-id", tenant),
        ("x-request-id", "req-7"),
        ("authorization", "Bearer a.secret.token"),
    ];
    let request = request(uri, &headers);
    tenancy.resolve(&request, tenancy.mode()).await.is_ok()
}

#[tokio::test]
async fn s02_s03_refusals_and_elevations_reach_the_sink_and_good_requests_do_not() {
    let kept = Arc::new(Kept::default());
    let tenancy = tenancy(Arc::clone(&kept));
    let globex = TenantId::integer(2).unwrap();
    let acme = TenantId::integer(1).unwrap();

    assert!(resolve(&tenancy, "ann", "acme", "/").await);
    assert_eq!(kept.take(), []);

    for (user, named, uri, kind, tenant, reason) in [
        (
            "ann",
            "globex",
            "/",
            AuditKind::Refused,
            &globex,
            Some("not_a_member"),
        ),
        (
            "ann",
            "acme",
            "/?tenant=globex",
            AuditKind::Refused,
            &acme,
            Some("disagreement"),
        ),
        ("root", "globex", "/", AuditKind::Elevated, &globex, None),
    ] {
        let begun = SystemTime::now();
        assert_eq!(
            resolve(&tenancy, user, named, uri).await,
            kind == AuditKind::Elevated
        );
        let [event] = &kept.take()[..] else {
            panic!("one event for {user} in {named}");
        };
        assert_eq!(event.kind(), kind);
        assert_eq!(event.tenant(), Some(tenant));
        assert_eq!(event.subject(), Some(user));
        assert_eq!(event.actor(), Some(user));
        assert_eq!(event.issuer(), Some("tests"));
        assert_eq!(event.action(), "tenancy.enter");
        let outcome = match kind {
            AuditKind::Refused => AuditOutcome::Denied,
            _ => AuditOutcome::Success,
        };
        assert_eq!(event.outcome(), outcome);
        assert_eq!(event.source(), Source::Header);
        assert_eq!(event.reason(), reason);
        assert_eq!(event.request_id().map(RequestId::as_str), Some("req-7"));
        assert!((begun..=SystemTime::now()).contains(&event.time()));
        assert!(!format!("{event:?}").contains("secret"), "t07");
    }
}

#[test]
fn a04_assuming_a_tenant_reaches_the_sink_and_a_refused_attempt_does_not() {
    let kept = Kept::default();
    let acme = Arc::new(tenant(1, "acme"));
    assert!(TenantContext::assume_with(Arc::clone(&acme), " ", &kept).is_err());
    assert_eq!(kept.take(), []);
    assert!(TenantContext::assume_with(acme, "nightly report", &kept).is_ok());
    let [event] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!(event.kind(), AuditKind::Assumed);
    assert_eq!(event.reason(), Some("nightly report"));
    assert_eq!(event.subject(), None);
}

#[tokio::test]
async fn a_full_or_abandoned_channel_counts_what_it_drops_and_blocks_nobody() {
    let (sink, mut events) = AuditChannel::new(2);
    let tenancy = tenancy(sink.clone());
    for _ in 0..5 {
        assert!(!resolve(&tenancy, "ann", "globex", "/").await);
    }
    assert_eq!(sink.dropped(), 3);
    assert_eq!(
        events.recv().now_or_never().flatten().unwrap().kind(),
        AuditKind::Refused
    );
    assert!(resolve(&tenancy, "root", "globex", "/").await);
    assert_eq!(sink.dropped(), 3);
    assert_eq!(
        events.recv().now_or_never().flatten().unwrap().kind(),
        AuditKind::Refused
    );
    assert_eq!(
        events.recv().now_or_never().flatten().unwrap().kind(),
        AuditKind::Elevated
    );

    drop(events);
    assert!(!resolve(&tenancy, "ann", "globex", "/").await);
    assert_eq!(sink.dropped(), 4);
}

#[test]
fn a_channel_ends_after_its_last_event() {
    let (sink, mut events) = AuditChannel::new(0);
    TenantContext::assume_with(Arc::new(tenant(1, "acme")), "test", &sink).unwrap();
    drop(sink);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        assert!(events.recv().await.is_some());
        assert!(events.recv().await.is_none());
    });
}

#[test]
fn a_request_id_is_short_and_plain_or_missing() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let id = |headers: &[(&str, &str)]| {
        let request = request("/", headers);
        RequestId::of(&request).map(|id| id.to_string())
    };
    let long = "x".repeat(129);
    for (headers, expected) in [
        (&[][..], None),
        (&[("x-request-id", "a-1")], Some("a-1")),
        (&[("x-request-id", &long[1..])], Some(&long[1..])),
        (&[("x-request-id", &long)], None),
        (&[("x-request-id", "")], None),
        (&[("x-request-id", "two words")], None),
        (&[("x-request-id", "a\"}\t{")], None),
        (&[("x-request-id", "a"), ("x-request-id", "a")], None),
        (
            &[("traceparent", trace)],
            Some("4bf92f3577b34da6a3ce929d0e0e4736"),
        ),
        (
            &[("x-request-id", "bad id"), ("traceparent", trace)],
            Some("4bf92f3577b34da6a3ce929d0e0e4736"),
        ),
        (
            &[("x-request-id", "a-1"), ("traceparent", trace)],
            Some("a-1"),
        ),
        (&[("traceparent", &trace.to_uppercase())], None),
        (&[("traceparent", &trace[..40])], None),
        (
            &[(
                "traceparent",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            )],
            None,
        ),
    ] {
        assert_eq!(id(headers).as_deref(), expected, "{headers:?}");
    }
}
