//! What the chain of the receiving service makes of a forwarded context.

use futures_util::FutureExt;

use super::*;
use crate::{
    audit::{AuditChannel, AuditKind, RequestId},
    error::Reason,
    forward::ForwardError,
    source::Source,
    tenant::TenantStatus,
};

fn reason(outcome: Result<TenantContext, ResolveError>) -> Reason {
    outcome.expect_err("a refusal").reason()
}

#[tokio::test]
async fn a_members_context_arrives_with_the_same_tenant_subject_and_roles() {
    let ed25519 = (
        ContextSigner::ed25519_pem(TEST_PRIVATE_KEY, "gateway", "billing").unwrap(),
        ForwardedContext::to("billing").trust_ed25519_pem("gateway", TEST_PUBLIC_KEY),
    );
    for (signer, receiver) in [(signer(), receiver()), ed25519] {
        let sent = context("ann", "acme").await;
        let id = RequestId::parse("req-7").unwrap();
        let headers = signer.headers_with_request_id(&sent, &id).unwrap();
        assert_eq!(headers["x-request-id"], "req-7");
        let request = arriving(&headers, &[]);
        let told = receiver.verify(&request).unwrap().unwrap();
        assert_eq!(told.issuer(), "gateway");
        assert_eq!(told.request_id(), Some(id));

        let arrived = enter(&service(receiver), &request).await.unwrap();
        assert_eq!(arrived.tenant_id(), sent.tenant_id());
        assert_eq!(arrived.principal().unwrap().subject(), "ann");
        assert_eq!(arrived.roles(), sent.roles());
        assert!(arrived.has_role(&Role::parse("billing").unwrap()));
        assert!(!arrived.is_elevated());
        assert_eq!(*arrived.source(), Source::Token);
    }
}

#[tokio::test]
async fn s03_a_header_that_names_another_tenant_is_refused() {
    let tenancy = service(receiver());
    let headers = signer().headers(&context("ann", "acme").await).unwrap();
    for same in ["acme", "1"] {
        let request = arriving(&headers, &[("x-tenant-id", same)]);
        assert!(enter(&tenancy, &request).await.is_ok());
    }
    let request = arriving(&headers, &[("x-tenant-id", "globex")]);
    assert_eq!(
        reason(enter(&tenancy, &request).await),
        Reason::Disagreement
    );
}

#[tokio::test]
async fn s01_without_a_forwarded_context_there_is_no_principal() {
    let tenancy = service(receiver());
    let request = request(&[("x-tenant-id", "acme")]);
    assert_eq!(
        reason(enter(&tenancy, &request).await),
        Reason::TokenMissing
    );
}

#[tokio::test]
async fn s07_a_tenant_that_the_receiving_service_suspended_is_refused() {
    let store = tenants();
    let tenancy = over(store.clone(), receiver());
    let sent = context("ann", "acme").await;
    let request = arriving(&signer().headers(&sent).unwrap(), &[]);
    assert!(enter(&tenancy, &request).await.is_ok());
    store
        .set_status(sent.tenant_id(), TenantStatus::Suspended)
        .unwrap();
    assert_eq!(
        reason(enter(&tenancy, &request).await),
        Reason::InactiveTenant
    );
}

#[tokio::test]
async fn a04_an_elevation_arrives_as_one_is_audited_again_and_leads_nowhere_else() {
    let (sink, mut events) = AuditChannel::new(8);
    let tenancy = Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .authenticate(receiver())
        .audit(sink)
        .store(tenants())
        .build()
        .unwrap();
    let sent = context("root", "globex").await;
    assert!(sent.is_elevated());
    let headers = signer().headers(&sent).unwrap();

    for others in [&[][..], &[("x-tenant-id", "globex")]] {
        let arrived = enter(&tenancy, &arriving(&headers, others)).await.unwrap();
        assert!(arrived.is_elevated());
        assert_eq!(arrived.tenant_id(), sent.tenant_id());
        assert_eq!(arrived.roles(), [Role::PlatformAdmin]);
        let event = events.recv().now_or_never().flatten().unwrap();
        assert_eq!(event.kind(), AuditKind::Elevated);
        assert_eq!(event.subject(), Some("root"));
    }

    // At the gateway the same header would have been an elevation.
    assert!(context("root", "acme").await.is_elevated());
    for elsewhere in ["acme", "hq"] {
        let request = arriving(&headers, &[("x-tenant-id", elsewhere)]);
        assert_eq!(
            reason(enter(&tenancy, &request).await),
            Reason::Disagreement
        );
        assert_eq!(
            events.recv().now_or_never().flatten().unwrap().kind(),
            AuditKind::Refused
        );
    }
}

#[tokio::test]
async fn a05_an_administrator_at_home_stays_there() {
    let tenancy = service(receiver());
    let sent = context("root", "hq").await;
    assert!(!sent.is_elevated());
    let headers = signer().headers(&sent).unwrap();
    let arrived = enter(&tenancy, &arriving(&headers, &[])).await.unwrap();
    assert_eq!(arrived.roles(), [Role::PlatformAdmin]);
    assert!(!arrived.is_elevated());
    let request = arriving(&headers, &[("x-tenant-id", "acme")]);
    assert_eq!(
        reason(enter(&tenancy, &request).await),
        Reason::Disagreement
    );
}

#[tokio::test]
async fn s02_an_id_that_reads_like_another_tenants_slug_does_not_open_it() {
    let named = |id: TenantId| {
        let store = InMemoryTenantStore::new();
        let slug = Slug::parse("acme").unwrap();
        store.insert(Tenant::new(id, slug)).unwrap();
        store
    };
    let acme = TenantId::text("acme").unwrap();
    let user = request(&[("x-user", "ann"), ("x-tenant-id", "acme")]);
    let gateway = over(named(acme.clone()), Users);
    let sent = enter(&gateway, &user).await.unwrap();
    let request = arriving(&signer().headers(&sent).unwrap(), &[]);

    let same = over(named(acme), receiver());
    assert!(enter(&same, &request).await.is_ok());
    let other = over(named(TenantId::integer(9).unwrap()), receiver());
    assert_eq!(reason(enter(&other, &request).await), Reason::NotAMember);
}

#[tokio::test]
async fn a_context_that_is_nobodys_is_not_forwarded() {
    let public = service(Users);
    let request = request(&[("x-tenant-id", "acme")]);
    let guest = public.resolve(&request, Mode::Public).await.unwrap();
    for nobody in [guest.unwrap(), assumed()] {
        let error = signer().headers(&nobody).unwrap_err();
        assert_eq!(error, ForwardError::NoPrincipal);
    }
    assert!(signer().headers(&context("ann", "acme").await).is_ok());
}

#[tokio::test]
async fn s03_a_request_with_credentials_of_its_own_is_refused() {
    let tenancy = service(receiver());
    let headers = signer().headers(&context("ann", "acme").await).unwrap();
    assert!(enter(&tenancy, &arriving(&headers, &[])).await.is_ok());
    for others in [
        &[("authorization", "Bearer a.b.c")][..],
        &[("authorization", "")],
        &[("authorization", "Basic YQ=="), ("authorization", "x")],
    ] {
        let outcome = enter(&tenancy, &arriving(&headers, others)).await;
        assert_eq!(reason(outcome), Reason::TokenInvalid, "{others:?}");
    }
}
