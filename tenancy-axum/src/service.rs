//! The plumbing around [`adapter::resolve`], which decides.

use std::{
    mem,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response,
    header::{CACHE_CONTROL, VARY},
};
use http_body_util::Either;
use tenancy_core::{
    Mode, Tenancy,
    adapter::{self, headers},
};
use tower_service::Service;

use crate::{
    body::ScopedBody,
    future::{ResponseBody, ResponseFuture},
    peer::PeerSource,
    render::Renderer,
};

/// The service that [`TenancyLayer`](crate::TenancyLayer) makes.
///
/// It resolves the tenant, puts [`Resolved`](tenancy_core::context::Resolved) into the request's
/// extensions, and runs the inner service inside
/// [`TenantContext::scope`](tenancy_core::TenantContext::scope). The inner service may be anything
/// that answers HTTP requests: an axum router, a tonic server, a hyper service. Outside axum, read
/// the context with [`TenantContext::current`](tenancy_core::TenantContext::current) or from the
/// extensions. The response's body is polled in the same scope; a task that the service spawns, for
/// a WebSocket for example, has to be given the context.
///
/// # Examples
///
/// ```
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tenancy_axum::TenancyLayer;
/// # use tenancy_core::{
/// #     Mode, Slug, Tenancy, Tenant, TenantId, resolve::HeaderResolver,
/// #     store::InMemoryTenantStore,
/// # };
/// use tenancy_core::TenantContext;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let tenants = InMemoryTenantStore::new();
/// # tenants.insert(Tenant::new(TenantId::integer(1)?, Slug::parse("acme")?))?;
/// # let tenancy = Tenancy::builder()
/// #     .resolver(HeaderResolver::new("x-tenant-id"))
/// #     .store(tenants)
/// #     .mode(Mode::Public)
/// #     .build()?;
/// let service = ServiceBuilder::new()
///     .layer(TenancyLayer::new(tenancy))
///     .service_fn(|_: Request<()>| async {
///         let title = match TenantContext::current() {
///             Ok(context) => context.tenant().name().to_owned(),
///             Err(_) => "no tenant".to_owned(),
///         };
///         Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(title))))
///     });
///
/// let request = Request::get("/").header("x-tenant-id", "acme").body(())?;
/// assert_eq!(service.clone().oneshot(request).await?.status(), 200);
/// let request = Request::get("/").header("x-tenant-id", "globex").body(())?;
/// assert_eq!(service.oneshot(request).await?.status(), 404);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TenancyService<S> {
    inner: S,
    tenancy: Tenancy,
    mode: Mode,
    peer: PeerSource,
    renderer: Renderer,
}

impl<S> TenancyService<S> {
    pub(crate) fn new(
        inner: S,
        tenancy: Tenancy,
        mode: Mode,
        peer: PeerSource,
        renderer: Renderer,
    ) -> Self {
        Self {
            inner,
            tenancy,
            mode,
            peer,
            renderer,
        }
    }
}

impl<S, B, RB> Service<Request<B>> for TenancyService<S>
where
    S: Service<Request<B>, Response = Response<RB>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    RB: http_body::Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<RB>>;
    type Error = S::Error;
    type Future = ResponseFuture<RB, S::Error>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // `poll_ready` made this very instance ready, and a clone of it need not be. The clone
        // stays here, to be polled before the next call; the ready one serves this request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let tenancy = self.tenancy.clone();
        let mode = self.mode;
        let peer = self.peer.clone();
        let renderer = self.renderer.clone();

        ResponseFuture::new(async move {
            let (mut parts, body) = request.into_parts();
            peer.note(&mut parts.extensions);
            let outer = parts.extensions.get();
            let outcome = adapter::resolve(&tenancy, &parts, mode, outer).await;
            let asked = renderer.keep(&parts);
            let mut response = match outcome {
                Ok(resolved) => {
                    let context = resolved.context().cloned();
                    parts.extensions.insert(resolved);
                    let request = Request::from_parts(parts, body);
                    let response = match &context {
                        // The call itself stands inside the scope too: a service may do its work
                        // there, and only hand back the result.
                        Some(context) => {
                            context
                                .scope(async move { inner.call(request).await })
                                .await?
                        }
                        None => inner.call(request).await?,
                    };
                    let response = response.map(|body| ScopedBody::new(body, context));
                    renderer.render_inner(response, asked.as_ref())
                }
                Err(problem) => renderer.render(&problem, asked.as_ref()).map(Either::Right),
            };
            restrict_caching(response.headers_mut(), tenancy.vary());
            Ok(response)
        })
    }
}

/// Keeps shared caches from handing one tenant's response to another, unless the handler decided.
fn restrict_caching(headers: &mut HeaderMap, vary: &HeaderValue) {
    let varies = headers.get_all(VARY).iter().map(HeaderValue::as_bytes);
    if headers::lacks_vary(varies, vary.as_bytes()) {
        headers.append(VARY, vary.clone());
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(headers::PRIVATE));
}
