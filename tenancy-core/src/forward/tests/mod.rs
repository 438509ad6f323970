//! Contexts that travel from a gateway to a service `billing`.

mod chain;
mod token;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Request, request::Parts};

use super::{ContextSigner, ForwardedContext};
use crate::{
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    context::TenantContext,
    error::ResolveError,
    id::{Slug, TenantId},
    principal::{Membership, Principal, Role},
    request::RequestView,
    resolve::{HeaderResolver, Mode},
    store::InMemoryTenantStore,
    tenancy::Tenancy,
    tenant::{Tenant, TenantKey, TenantKind},
};

const SECRET: [u8; 32] = [7; 32];

/// A key that was made for these tests and is used nowhere else.
const TEST_PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIPPhzM7DfBCwZmcDbW1nc9kcEYj/4lM91QkkOmhwvqjD
-----END PRIVATE KEY-----";
const TEST_PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAXY+6fEQXqKYlJVkGH9uH0Q2CRjoG9waYxRbBPool2GI=
-----END PUBLIC KEY-----";

/// Believes the header `x-user`: `ann` is a member of acme and `root` administers the platform.
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
            let user = Principal::new(str::from_utf8(name).unwrap());
            Authenticated::new(match name {
                b"root" => user.platform_admin(),
                _ => {
                    let acme = TenantKey::parse_name("acme").unwrap();
                    let roles = [Role::Member, Role::parse("billing").unwrap()];
                    user.with_membership(Membership::new(acme, roles))
                }
            })
        })))
    }
}

fn tenant(id: i64, slug: &str) -> Tenant {
    Tenant::new(TenantId::integer(id).unwrap(), Slug::parse(slug).unwrap())
}

fn tenants() -> InMemoryTenantStore {
    let store = InMemoryTenantStore::new();
    store.insert(tenant(1, "acme")).unwrap();
    store.insert(tenant(2, "globex")).unwrap();
    let platform = tenant(3, "hq").with_kind(TenantKind::Platform);
    store.insert(platform).unwrap();
    store
}

fn request(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// The request that arrives with forwarded headers and others.
fn arriving(forwarded: &HeaderMap, others: &[(&str, &str)]) -> Parts {
    let mut parts = request(others);
    for (name, value) in forwarded {
        parts.headers.append(name, value.clone());
    }
    parts
}

fn service(authenticator: impl Authenticator) -> Tenancy {
    over(tenants(), authenticator)
}

fn over(store: InMemoryTenantStore, authenticator: impl Authenticator) -> Tenancy {
    let builder = Tenancy::builder().authenticate(authenticator).store(store);
    builder
        .resolver(HeaderResolver::new("x-tenant-id"))
        .build()
        .unwrap()
}

async fn enter(tenancy: &Tenancy, request: &Parts) -> Result<TenantContext, ResolveError> {
    let context = tenancy.resolve(request, Mode::Required).await?;
    Ok(context.expect("a context in a required mode"))
}

/// A context of the gateway.
async fn context(user: &str, tenant: &str) -> TenantContext {
    let request = request(&[("x-user", user), ("x-tenant-id", tenant)]);
    enter(&service(Users), &request).await.unwrap()
}

fn signer() -> ContextSigner {
    ContextSigner::hs256(SECRET, "gateway", "billing").unwrap()
}

fn receiver() -> ForwardedContext {
    ForwardedContext::to("billing").trust_hs256("gateway", SECRET)
}

fn assumed() -> TenantContext {
    TenantContext::assume(Arc::new(tenant(1, "acme")), "test").unwrap()
}
