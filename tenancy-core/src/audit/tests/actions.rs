//! What the application records, and where the library does.

use super::*;
use crate::resolve::{Mode, PathResolver, SubdomainResolver};

#[tokio::test]
async fn an_action_has_who_where_what_how_and_why() {
    let kept = Arc::new(Kept::default());
    let ann = context(Arc::clone(&kept), "ann", "acme").await;
    let begun = SystemTime::now();
    ann.audit("note.share")
        .resource("note", 7)
        .outcome(AuditOutcome::Denied)
        .reason("the note is private")
        .record()
        .unwrap();
    let [event] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!(event.kind(), AuditKind::Action);
    assert_eq!(event.action(), "note.share");
    assert_eq!(event.outcome(), AuditOutcome::Denied);
    assert_eq!(event.tenant(), Some(ann.tenant_id()));
    assert_eq!((event.actor(), event.subject()), (Some("ann"), Some("ann")));
    assert_eq!(event.impersonator(), None);
    assert_eq!(event.resource_kind(), Some("note"));
    assert_eq!(event.resource_id(), Some("7"));
    assert_eq!(event.reason(), Some("the note is private"));
    assert_eq!(event.source(), Source::Header);
    assert_eq!(event.request_id().map(RequestId::as_str), Some("req-7"));
    assert!((begun..=SystemTime::now()).contains(&event.time()));
}

#[tokio::test]
async fn an_action_that_a_sink_does_not_take_is_an_error() {
    let ann = context(Kept::few(1), "ann", "acme").await;
    assert!(ann.audit("note.read").record().is_ok());
    assert!(ann.audit("note.read").record().is_err());
    // In its own place it is, whatever the tenancy's sink says.
    let other = Kept::default();
    assert!(ann.audit("note.read").record_to(&other).is_ok());
    assert!(ann.audit("note.read").append_to(&other).await.is_ok());
    assert_eq!(other.take().len(), 2);
    assert!(ann.audit("x").append_to(&Kept::few(0)).await.is_err());

    let (channel, events) = AuditChannel::new(1);
    drop(events);
    let ann = context(channel.clone(), "ann", "acme").await;
    assert!(ann.audit("note.read").record().is_err());
    assert_eq!(channel.dropped(), 1);
}

#[test]
fn an_action_of_a_job_goes_to_the_sink_of_its_tenancy() {
    let kept = Arc::new(Kept::default());
    let acme = Arc::new(tenant(1, "acme"));
    let job = tenancy(Arc::clone(&kept))
        .assume(Arc::clone(&acme), "nightly report")
        .unwrap();
    job.audit("report.send").record().unwrap();
    let kinds: Vec<_> = kept.take().iter().map(AuditEvent::kind).collect();
    assert_eq!(kinds, [AuditKind::Assumed, AuditKind::Action]);
    // Without a tenancy there is only the log.
    let job = TenantContext::assume(acme, "nightly report").unwrap();
    assert!(job.audit("report.send").record().is_ok());
}

#[test]
fn text_that_no_store_would_take_is_made_plain_and_not_refused() {
    let acme = Arc::new(tenant(1, "acme"));
    let job = TenantContext::assume(acme, "test").unwrap();
    let event = job
        .audit(&"é".repeat(100))
        .resource("a\0b", "x".repeat(1000))
        .reason(&"y".repeat(5000))
        .request_id(&RequestId::parse("req-8").unwrap())
        .into_event();
    assert_eq!(event.action(), "é".repeat(64));
    assert_eq!(event.resource_kind(), Some("a\u{fffd}b"));
    assert_eq!(event.resource_id().map(str::len), Some(256));
    assert_eq!(event.reason().map(str::len), Some(1024));
    assert_eq!(event.request_id().map(RequestId::as_str), Some("req-8"));
}

/// Every pair of sources that disagrees leaves an event behind, with the tenant that was refused.
#[tokio::test]
async fn s03_whichever_two_sources_disagree_the_refusal_is_audited() {
    // A subdomain, a path, a header, and a query.
    let says = |which: usize, tenant: &str| match which {
        0 => ("host", format!("{tenant}.example.com")),
        1 => ("path", format!("/t/{tenant}/notes")),
        2 => ("x-tenant-id", tenant.to_owned()),
        _ => ("query", format!("tenant={tenant}")),
    };
    for one in 0..4 {
        for other in one + 1..4 {
            let kept = Arc::new(Kept::default());
            let store = InMemoryTenantStore::new();
            store.insert(tenant(1, "acme")).unwrap();
            store.insert(tenant(2, "globex")).unwrap();
            let tenancy = Tenancy::builder()
                .resolver(SubdomainResolver::of("example.com"))
                .resolver(PathResolver::after("/t"))
                .resolver(HeaderResolver::new("x-tenant-id"))
                .resolver(QueryResolver::new("tenant"))
                .authenticate(Users)
                .audit(Arc::clone(&kept))
                .store(store)
                .build()
                .unwrap();
            let (mut path, mut query) = ("/".to_owned(), String::new());
            let mut headers = vec![("x-user", "ann".to_owned())];
            if one != 0 {
                headers.push(("host", "example.com".to_owned()));
            }
            for said in [says(one, "acme"), says(other, "globex")] {
                match said {
                    ("path", value) => path = value,
                    ("query", value) => query = format!("?{value}"),
                    header => headers.push(header),
                }
            }
            let headers: Vec<_> = headers.iter().map(|(k, v)| (*k, v.as_str())).collect();
            let request = request(&format!("{path}{query}"), &headers);
            assert!(tenancy.resolve(&request, Mode::Required).await.is_err());
            let [event] = &kept.take()[..] else {
                panic!("one event for {request:?}");
            };
            assert_eq!(event.reason(), Some("disagreement"));
            assert_eq!(event.outcome(), AuditOutcome::Denied);
            assert_eq!(event.subject(), Some("ann"));
            assert_eq!(event.tenant(), Some(&TenantId::integer(1).unwrap()));
        }
    }
}
