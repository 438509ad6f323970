use std::{sync::Arc, time::Duration};

use super::ImpersonationPolicy;
use crate::{
    audit::{
        AuditEvent, AuditKind, AuditOutcome,
        tests::{Kept, context, tenant},
    },
    context::{Admission, TenantContext},
    elevation::{Elevation, ElevationScope},
    error::{AuthorityError, AuthorityErrorKind},
    id::TenantId,
    principal::{Membership, Principal, Role},
    source::Source,
    tenant::{TenantKey, TenantKind},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A user of acme and of globex, with a different role in each.
fn bob() -> Principal {
    let billing = Role::parse("billing").unwrap();
    Principal::new("bob")
        .issued_by("tests")
        .with_membership(in_tenant("acme", billing))
        .with_membership(in_tenant("globex", Role::TenantAdmin))
}

fn in_tenant(name: &str, role: Role) -> Membership {
    Membership::new(TenantKey::parse_name(name).unwrap(), [role])
}

fn refused<T>(outcome: Result<T, AuthorityError>) -> AuthorityErrorKind {
    let Err(error) = outcome else {
        panic!("not refused");
    };
    error.kind()
}

fn any() -> ImpersonationPolicy {
    ImpersonationPolicy::new().allow_tenant_admins()
}

#[tokio::test]
async fn a06_both_identities_are_in_the_context_in_its_span_and_in_every_event() {
    use tracing_subscriber::layer::SubscriberExt;

    for administrator in ["root", "adam"] {
        let kept = Arc::new(Kept::default());
        let own = context(Arc::clone(&kept), administrator, "acme").await;
        kept.take();
        let acting = any().begin(&own, &bob(), "ticket 4711", MINUTE).unwrap();

        let subject = |principal: Option<&Principal>| principal.map(|who| who.subject().to_owned());
        assert_eq!(subject(acting.principal()).as_deref(), Some("bob"));
        assert_eq!(
            subject(acting.impersonator()).as_deref(),
            Some(administrator)
        );
        assert_eq!(subject(acting.actor()).as_deref(), Some(administrator));
        assert_eq!(subject(own.actor()).as_deref(), Some(administrator));
        assert!(own.impersonator().is_none());
        assert!(format!("{acting:?}").contains(administrator));

        acting
            .audit("note.read")
            .resource("note", 7)
            .record()
            .unwrap();
        let [begun, read] = &kept.take()[..] else {
            panic!("two events");
        };
        assert_eq!(begun.kind(), AuditKind::Impersonated);
        assert_eq!(begun.action(), "tenancy.impersonate");
        assert_eq!(begun.reason(), Some("ticket 4711"));
        assert_eq!(begun.expires(), acting.expires());
        for event in [begun, read] {
            assert_eq!(event.outcome(), AuditOutcome::Success);
            assert_eq!(event.subject(), Some("bob"));
            assert_eq!(event.impersonator(), Some(administrator));
            assert_eq!(event.impersonator_issuer(), Some("tests"));
            assert_eq!(event.actor(), Some(administrator));
            assert_eq!(event.tenant(), Some(own.tenant_id()));
            assert!(event.request_id().is_some());
        }

        let fields = crate::context::tests::Fields::default();
        let subscriber = tracing_subscriber::registry().with(fields.clone());
        tracing::subscriber::with_default(subscriber, || drop(acting.span()));
        let expected = [
            "tenant=1".to_owned(),
            "source=\"header\"".to_owned(),
            "subject=\"bob\"".to_owned(),
            format!("impersonator={administrator:?}"),
        ];
        assert_eq!(fields.take(), expected);
    }
}

#[tokio::test]
async fn a06_rights_are_the_users_in_this_tenant_and_nothing_of_the_administrators() {
    for administrator in ["root", "adam"] {
        let own = context(Kept::default(), administrator, "acme").await;
        let acting = any().begin(&own, &bob(), "test", MINUTE).unwrap();
        assert_eq!(acting.roles(), [Role::parse("billing").unwrap()]);
        assert!(!acting.is_elevated());
        assert_eq!(acting.tenant_id(), own.tenant_id());
        let user = acting.principal().unwrap();
        assert!(!user.is_platform_admin());
        // Nor are the user's rights elsewhere among them.
        assert_eq!(user.roles_in(&tenant(2, "globex")), None);
        let beyond = Elevation::request(&acting, "test", ElevationScope::All, MINUTE);
        assert_eq!(refused(beyond), AuthorityErrorKind::NotAllowed);
    }
}

#[tokio::test]
async fn a06_only_administrators_impersonate_and_tenants_only_where_that_is_allowed() {
    for (policy, user, expected) in [
        (ImpersonationPolicy::new(), "root", true),
        (ImpersonationPolicy::new(), "adam", false),
        (ImpersonationPolicy::new(), "ann", false),
        (any(), "adam", true),
        (any(), "ann", false),
        // `eve` has the platform's role in a membership, where it means nothing.
        (any(), "eve", false),
    ] {
        let kept = Arc::new(Kept::default());
        let own = context(Arc::clone(&kept), user, "acme").await;
        kept.take();
        let outcome = policy.begin(&own, &bob(), "curious", MINUTE);
        assert_eq!(outcome.is_ok(), expected, "{user}");
        let [event] = &kept.take()[..] else {
            panic!("one event for {user}");
        };
        let ending = if expected {
            AuditOutcome::Success
        } else {
            assert_eq!(refused(outcome), AuthorityErrorKind::NotAllowed);
            AuditOutcome::Denied
        };
        assert_eq!(event.outcome(), ending);
        // Who tried, and as whom.
        assert_eq!((event.actor(), event.subject()), (Some(user), Some("bob")));
        assert_eq!(event.reason(), Some("curious"));
    }
    let job = TenantContext::assume(Arc::new(tenant(1, "acme")), "test").unwrap();
    let outcome = any().begin(&job, &bob(), "test", MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::NotAllowed);
}

#[tokio::test]
async fn a06_some_users_are_nobodys_to_impersonate() {
    let stranger = Principal::new("zoe").with_membership(in_tenant("globex", Role::Member));
    for administrator in ["root", "adam"] {
        let own = context(Kept::default(), administrator, "acme").await;
        let themselves = own.principal().unwrap().clone();
        let themselves = themselves.with_membership(in_tenant("acme", Role::Member));
        for user in [bob().platform_admin(), stranger.clone(), themselves] {
            let outcome = any().begin(&own, &user, "test", MINUTE);
            assert_eq!(refused(outcome), AuthorityErrorKind::TargetNotAllowed);
        }
        let protecting = any().protect(Role::parse("billing").unwrap());
        let outcome = protecting.begin(&own, &bob(), "test", MINUTE);
        assert_eq!(refused(outcome), AuthorityErrorKind::TargetNotAllowed);
    }
    // In the platform's own tenant, its administrators have a role without a membership.
    let hq = Arc::new(tenant(3, "hq").with_kind(TenantKind::Platform));
    let chief = Principal::new("adam").with_membership(in_tenant("hq", Role::TenantAdmin));
    let own = TenantContext::new(
        hq,
        Source::Header,
        Some(Arc::new(chief)),
        Admission::Member,
        crate::audit::Trail::default(),
    );
    let root = Principal::new("root").platform_admin();
    let outcome = any().begin(&own, &root, "test", MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::TargetNotAllowed);
}

#[tokio::test]
async fn a06_impersonations_do_not_nest() {
    let kept = Arc::new(Kept::default());
    let own = context(Arc::clone(&kept), "root", "acme").await;
    let adam = Principal::new("adam").with_membership(in_tenant("acme", Role::TenantAdmin));
    let acting = any().begin(&own, &adam, "test", MINUTE).unwrap();
    kept.take();
    let outcome = any().begin(&acting, &bob(), "test", MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::Nested);
    let [event] = &kept.take()[..] else {
        panic!("one event");
    };
    assert_eq!(event.outcome(), AuditOutcome::Denied);
    assert_eq!(
        (event.actor(), event.subject()),
        (Some("root"), Some("bob"))
    );
}

#[tokio::test]
async fn a06_an_impersonation_needs_a_reason_and_a_lifetime_and_ends() {
    let own = context(Kept::default(), "root", "acme").await;
    for (reason, lifetime, kind) in [
        (" ", MINUTE, AuthorityErrorKind::EmptyReason),
        ("test", Duration::ZERO, AuthorityErrorKind::Lifetime),
        ("test", 481 * MINUTE, AuthorityErrorKind::Lifetime),
    ] {
        assert_eq!(refused(any().begin(&own, &bob(), reason, lifetime)), kind);
    }
    let short = Duration::from_nanos(1);
    let acting = any().begin(&own, &bob(), "test", short).unwrap();
    let copy = acting.clone();
    while !acting.is_expired() {
        std::hint::spin_loop();
    }
    for context in [acting, copy] {
        assert_eq!(
            refused(context.ensure_current()),
            AuthorityErrorKind::Expired
        );
        assert_eq!(context.roles(), []);
    }
    assert!(own.ensure_current().is_ok());
}

#[tokio::test]
async fn a06_an_impersonation_that_is_not_recorded_is_not_given() {
    let own = context(Kept::few(1), "root", "acme").await;
    let outcome = any().begin(&own, &bob(), "test", MINUTE);
    assert_eq!(refused(outcome), AuthorityErrorKind::NotAudited);

    let durable = Kept::few(1);
    let begun = any()
        .begin_durably(&own, &bob(), "test", MINUTE, &durable)
        .await;
    assert_eq!(begun.unwrap().tenant_id(), &TenantId::integer(1).unwrap());
    let kinds: Vec<_> = durable.take().iter().map(AuditEvent::kind).collect();
    assert_eq!(kinds, [AuditKind::Impersonated]);
    let begun = any()
        .begin_durably(&own, &bob(), "test", MINUTE, &durable)
        .await;
    assert_eq!(refused(begun), AuthorityErrorKind::NotAudited);
}

#[cfg(feature = "forward")]
#[tokio::test]
async fn a06_an_impersonation_is_not_forwarded_as_the_users_own() {
    use crate::forward::{ContextSigner, ForwardError};

    let own = context(Kept::default(), "root", "acme").await;
    let acting = any().begin(&own, &bob(), "test", MINUTE).unwrap();
    let signer = ContextSigner::hs256([7; 32], "gateway", "billing").unwrap();
    assert!(signer.headers(&own).is_ok());
    assert_eq!(signer.headers(&acting), Err(ForwardError::Impersonated));
}
