use std::net::SocketAddr;

use futures_util::FutureExt;
use http::{Request, request::Parts};

use super::Development;
use crate::{
    audit::{AuditChannel, AuditKind},
    authenticate::Authenticator,
    error::{Reason, ResolveError},
    id::{Slug, TenantId},
    principal::Role,
    request::PeerAddr,
    resolve::{HeaderResolver, Mode, SubdomainResolver},
    store::InMemoryTenantStore,
    tenancy::{Tenancy, TenancyBuilder},
    tenant::{Tenant, TenantKind, TenantStatus},
};

fn development() -> Development {
    Development::new("acme", "alice")
        .role(Role::Member)
        .bound_to("127.0.0.1:3000".parse().unwrap())
        .environment("development")
}

fn store() -> InMemoryTenantStore {
    let store = InMemoryTenantStore::new();
    for (id, slug) in [(1, "acme"), (2, "globex")] {
        let slug = Slug::parse(slug).unwrap();
        let tenant = Tenant::new(TenantId::integer(id).unwrap(), slug);
        store.insert(tenant).unwrap();
    }
    let hq = Tenant::new(TenantId::integer(3).unwrap(), Slug::parse("hq").unwrap());
    store.insert(hq.with_kind(TenantKind::Platform)).unwrap();
    store
}

fn builder(store: InMemoryTenantStore) -> TenancyBuilder {
    Tenancy::builder()
        .resolver(HeaderResolver::new("x-tenant-id"))
        .resolver(SubdomainResolver::of("localhost"))
        .authenticate(development())
        .store(store)
}

/// A request from this machine to this host.
fn request(host: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/").header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut parts = request.body(()).unwrap().into_parts().0;
    let peer: SocketAddr = "127.0.0.1:50000".parse().unwrap();
    parts.extensions.insert(PeerAddr(peer));
    parts
}

async fn entered(tenancy: &Tenancy, request: &Parts) -> Result<String, Reason> {
    match tenancy.resolve(request, Mode::Required).await {
        Ok(context) => {
            let context = context.unwrap();
            assert_eq!(context.principal().unwrap().subject(), "alice");
            assert_eq!(context.roles(), [Role::Member]);
            assert!(!context.is_elevated());
            Ok(context.tenant().slug().to_string())
        }
        Err(error) => Err(error.reason()),
    }
}

#[tokio::test]
async fn a_request_of_this_machine_is_let_in_and_any_hint_at_another_is_refused() {
    let tenancy = builder(store()).build().unwrap();
    let local = Ok("acme".to_owned());
    for (host, headers) in [
        ("localhost:3000", &[][..]),
        ("127.0.0.1:3000", &[]),
        ("[::1]:3000", &[]),
        ("acme.localhost", &[]),
        ("localhost", &[("origin", "http://localhost:5173")]),
        ("localhost", &[("origin", "https://acme.localhost")]),
        ("localhost", &[("sec-fetch-site", "same-origin")]),
        ("localhost", &[("sec-fetch-site", "none")]),
    ] {
        let outcome = entered(&tenancy, &request(host, headers)).await;
        assert_eq!(outcome, local, "{host} {headers:?}");
    }
    for (host, headers) in [
        // The name of a page that now leads to this machine.
        ("evil.example:3000", &[][..]),
        ("localhost.evil.example", &[]),
        ("evillocalhost", &[]),
        ("192.0.2.1:3000", &[]),
        ("[2001:db8::1]", &[]),
        ("0.0.0.0:3000", &[]),
        ("localhost", &[("origin", "https://evil.example")]),
        ("localhost", &[("origin", "http://localhost.evil.example")]),
        ("localhost", &[("origin", "http://localhost@evil.example")]),
        ("localhost", &[("origin", "null")]),
        (
            "localhost",
            &[
                ("origin", "http://localhost"),
                ("origin", "https://evil.example"),
            ],
        ),
        ("localhost", &[("sec-fetch-site", "cross-site")]),
        ("localhost", &[("x-forwarded-for", "127.0.0.1")]),
        ("localhost", &[("x-forwarded-host", "localhost")]),
        ("localhost", &[("forwarded", "for=127.0.0.1")]),
        ("localhost", &[("via", "1.1 proxy")]),
        ("localhost", &[("x-real-ip", "127.0.0.1")]),
    ] {
        let outcome = entered(&tenancy, &request(host, headers)).await;
        assert_eq!(outcome, Err(Reason::TokenInvalid), "{host} {headers:?}");
    }
}

#[tokio::test]
async fn a_peer_that_is_known_has_to_be_this_machine() {
    let tenancy = builder(store()).build().unwrap();
    for (peer, is_local) in [
        ("127.0.0.1:1", true),
        ("127.8.8.8:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("192.168.0.7:1", false),
        ("[::ffff:192.168.0.7]:1", false),
        ("[2001:db8::1]:1", false),
    ] {
        let mut parts = request("localhost", &[]);
        let address: SocketAddr = peer.parse().unwrap();
        parts.extensions.insert(PeerAddr(address));
        let outcome = entered(&tenancy, &parts).await;
        assert_eq!(outcome.is_ok(), is_local, "{peer}");
    }
    let mut parts = request("localhost", &[]);
    parts.extensions.remove::<PeerAddr>();
    assert!(entered(&tenancy, &parts).await.is_ok());
}

#[tokio::test]
async fn e01_e02_e03_hosts_are_read_as_strictly_as_ever() {
    let tenancy = builder(store()).build().unwrap();
    let mut none = request("localhost", &[]);
    none.headers.remove("host");
    let twice = request("localhost", &[("host", "localhost")]);
    for parts in [none, twice, request("a@localhost", &[])] {
        let outcome = entered(&tenancy, &parts).await;
        assert_eq!(outcome, Err(Reason::Malformed), "{:?}", parts.headers);
    }
}

#[tokio::test]
async fn s02_s03_isolation_is_the_same_as_with_a_token() {
    let store = store();
    let tenancy = builder(store.clone()).build().unwrap();
    let with = |name| request("localhost", &[("x-tenant-id", name)]);
    assert_eq!(
        entered(&tenancy, &with("acme")).await,
        Ok("acme".to_owned())
    );
    for (named, reason) in [
        ("globex", Reason::Disagreement),
        ("hq", Reason::Disagreement),
        ("nobody", Reason::UnknownTenant),
    ] {
        assert_eq!(entered(&tenancy, &with(named)).await, Err(reason));
    }
    let by_host = request("globex.localhost", &[]);
    assert_eq!(entered(&tenancy, &by_host).await, Err(Reason::Disagreement));

    let acme = TenantId::integer(1).unwrap();
    store.set_status(&acme, TenantStatus::Suspended).unwrap();
    assert_eq!(
        entered(&tenancy, &with("acme")).await,
        Err(Reason::InactiveTenant)
    );
}

#[tokio::test]
async fn s11_a_request_with_a_token_has_no_principal_here() {
    let parts = request("localhost", &[("authorization", "Bearer a.b.c")]);
    assert!(matches!(development().authenticate(&parts).await, Ok(None)));
    let parts = request("localhost", &[]);
    assert!(matches!(
        development().authenticate(&parts).await,
        Ok(Some(_))
    ));
}

#[tokio::test]
async fn every_request_that_is_let_in_is_audited() {
    let (sink, mut events) = AuditChannel::new(8);
    let tenancy = builder(store()).audit(sink).build().unwrap();
    for _ in 0..2 {
        assert!(entered(&tenancy, &request("localhost", &[])).await.is_ok());
        let event = events.recv().now_or_never().flatten().unwrap();
        assert_eq!(event.kind(), AuditKind::Development);
        assert_eq!(event.subject(), Some("alice"));
        assert_eq!(event.tenant(), Some(&TenantId::integer(1).unwrap()));
    }
    assert!(
        entered(&tenancy, &request("evil.example", &[]))
            .await
            .is_err()
    );
    drop(tenancy);
    assert_eq!(events.recv().now_or_never().flatten(), None);
}

#[tokio::test]
async fn a05_settings_that_are_not_safe_are_refused() {
    let new = || Development::new("acme", "alice");
    let local: SocketAddr = "127.0.0.1:3000".parse().unwrap();
    for environment in ["development", "dev", "local"] {
        assert!(
            new()
                .bound_to(local)
                .environment(environment)
                .check()
                .is_ok()
        );
    }
    let v6 = "[::1]:0".parse().unwrap();
    assert!(development().bound_to(v6).check().is_ok());

    let mut refused = vec![
        new().bound_to(local),
        new().environment("development"),
        development().role(Role::PlatformAdmin),
        Development::new("", "alice")
            .bound_to(local)
            .environment("dev"),
        Development::new("acme", "")
            .bound_to(local)
            .environment("dev"),
    ];
    let names = [
        "",
        "Development",
        "development ",
        "production",
        "staging",
        "test",
        "developmentx",
    ];
    refused.extend(names.map(|name| new().bound_to(local).environment(name)));
    let addresses = [
        "0.0.0.0:3000",
        "[::]:3000",
        "192.168.0.7:3000",
        "[::ffff:0.0.0.0]:1",
    ];
    refused.extend(addresses.map(|address| development().bound_to(address.parse().unwrap())));
    for development in refused {
        assert!(development.check().is_err(), "{development:?}");
        // A tenancy that was not built cannot be used, and the part itself refuses as well.
        let outcome: Result<_, ResolveError> =
            development.authenticate(&request("localhost", &[])).await;
        assert!(outcome.is_err(), "{development:?}");
    }
}
